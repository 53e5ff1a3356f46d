//! The bodies of private keys in PEM.

use memchr::memmem;

use super::scan::Scan;

/// Finds them all.
pub fn read(scan: &mut Scan<'_, '_>) {
    const BEGIN: &str = "-----BEGIN ";
    /// The longest is `OPENSSH PRIVATE KEY` (RFC 7468 and OpenSSH's PROTOCOL.key).
    const TITLE: usize = 32;
    let text = scan.text;
    let mut read_to = 0;
    for at in memmem::find_iter(text.as_bytes(), BEGIN) {
        let title = text[at + BEGIN.len()..].chars();
        let title: String = title.take(TITLE).take_while(|&c| c != '-').collect();
        if at < read_to || !title.contains("PRIVATE KEY") {
            continue;
        }
        let start = at + BEGIN.len() + title.len() + "-----".len();
        let mut end = start;
        if text.get(start - "-----".len()..start) != Some("-----") {
            continue;
        }
        // Lines of a key are base64, or headers of it.
        for line in text[start..].split_inclusive('\n') {
            if let Some(close) = line.find("-----END") {
                end += close;
                break;
            }
            let content =
                line.trim_matches(['\r', '\n', ' ', '\t', '#', '"', '\'', ',', '+', '\\']);
            if end > start && !is_of_key(content) {
                break;
            }
            end += line.len();
        }
        read_to = end;
        scan.hide(start..end);
    }
}

fn is_of_key(line: &str) -> bool {
    let is_header = |name: &str| line.starts_with(name);
    line.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\\'))
        || ["Proc-Type:", "DEK-Info:", "Version:", "Comment:"]
            .into_iter()
            .any(is_header)
}
