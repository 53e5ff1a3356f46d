//! Secrets in elements of XML: `<password>text</password>`.

use memchr::memchr_iter;

use super::names::Telling;
use super::scan::Scan;
use super::values::is_of_name;

/// Finds them all, each on one line.
pub fn read(scan: &mut Scan<'_, '_>) {
    let text = scan.text;
    for at in memchr_iter(b'<', text.as_bytes()) {
        let tag = &text[at + 1..];
        let length = tag.find(|c| !(is_of_name(c) || matches!(c, '-' | '.' | ':')));
        let name = &tag[..length.unwrap_or(0)];
        let Some(content) = tag[name.len()..].strip_prefix('>') else {
            continue;
        };
        if name.is_empty() || scan.telling(name) != Some(Telling::Always) {
            continue;
        }
        let end = content.find(['<', '\n']).unwrap_or(0);
        let closing = content[end..].strip_prefix("</");
        if closing.is_some_and(|closing| closing.starts_with(name)) {
            let start = text.len() - content.len();
            scan.judge(start..start + end, Telling::Always);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::redact::{secrets, shown};

    #[test]
    fn the_text_of_telling_elements_is_masked() {
        for (text, expected) in [
            (
                "  <password>v w</password>\n",
                "  <password>****</password>\n",
            ),
            (
                "<db.password>v</db.password>",
                "<db.password>****</db.password>",
            ),
            ("<name>v</name>", "<name>v</name>"),
            (
                "<password>${var.x}</password>",
                "<password>${var.x}</password>",
            ),
            (
                "echo <password> and <password>",
                "echo <password> and <password>",
            ),
        ] {
            assert_eq!(shown(text, 0..text.len(), &secrets(text)), expected);
        }
    }
}
