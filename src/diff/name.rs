//! File names as they stand in a patch.

use std::{fmt::Write as _, os::unix::ffi::OsStrExt as _, path::Path};

/// `path` after `prefix` as it stands behind `---` or `+++`: C-quoted as git does where it has
/// control characters, quotes, backslashes or bytes outside ASCII (and, as git does not, where it
/// ends in a space, which `patch` would cut off), and followed by a TAB where it has spaces
/// (`patch` would take what follows the first one for a date).
pub fn patch_name(prefix: &str, path: &Path) -> String {
    let bytes = path.as_os_str().as_bytes();
    let odd = |byte: &u8| !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'\\');
    // A runner of GitHub takes it for the beginning of a command, wherever it stands.
    let is_command = memchr::memmem::find(bytes, b"##[").is_some();
    let quote = if bytes.iter().any(odd) || bytes.ends_with(b" ") || is_command {
        "\""
    } else {
        ""
    };
    let tab = if bytes.contains(&b' ') { "\t" } else { "" };

    let mut name = format!("{quote}{prefix}");
    for &byte in bytes {
        match byte {
            0x07 => name.push_str("\\a"),
            0x08 => name.push_str("\\b"),
            b'\t' => name.push_str("\\t"),
            b'\n' => name.push_str("\\n"),
            0x0b => name.push_str("\\v"),
            0x0c => name.push_str("\\f"),
            b'\r' => name.push_str("\\r"),
            b'"' => name.push_str("\\\""),
            b'\\' => name.push_str("\\\\"),
            b'#' if is_command => name.push_str("\\043"),
            b' '..=b'~' => name.push(char::from(byte)),
            _ => {
                let _ = write!(name, "\\{byte:03o}");
            }
        }
    }
    name + quote + tab
}
