//! The digest by which a later run knows the content of a file again.

use sha1::{Digest as _, Sha1};

/// The SHA-1 of a content, in hexadecimal digits.
pub fn sha1(content: &[u8]) -> String {
    let hash = Sha1::digest(content);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
