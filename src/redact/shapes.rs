//! What looks like a credential that somebody issued, wherever it stands.

use std::ops::Range;

use memchr::{memchr_iter, memmem};

use super::private_keys;
use super::scan::Scan;
use super::tokens::Body::{Base64, Word};
use super::tokens::{length, token};
use super::values::is_random;

/// How ids of access keys begin (IAM User Guide, "Unique identifiers"); ids of users and roles are no
/// secrets.
const KEY_IDS: [&str; 4] = ["AKIA", "ASIA", "ABIA", "ACCA"];

/// The length of the secret half of a pair (IAM User Guide, "Manage access keys").
const SECRET_KEY: usize = 40;

/// How near to the id of an access key, in bytes, its other half may stand.
const NEAR: usize = 256;

/// How near before a scheme, in bytes, the name of its header may begin.
const HEADER: usize = 24;

/// What stands in the middle of a token of HCP Terraform.
const HCP: &str = ".atlasv1.";

/// Finds them all.
pub fn read(scan: &mut Scan<'_, '_>) {
    let key_ids = key_ids(scan);
    words(scan, &key_ids);
    private_keys::read(scan);
    schemes(scan);
    let text = scan.text;
    for at in memmem::find_iter(text.as_bytes(), HCP) {
        let head = text[..at].trim_end_matches(|c: char| c.is_ascii_alphanumeric());
        let end = at + HCP.len() + length(&text[at + HCP.len()..], Word);
        scan.hide(head.len()..end);
    }
}

/// Whether `text` is the id of an access key and nothing else.
pub fn is_key_id(text: &str) -> bool {
    text.len() == 20
        && KEY_IDS.iter().any(|prefix| text.starts_with(prefix))
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// The ids of access keys, where each is a word of its own.
fn key_ids(scan: &mut Scan<'_, '_>) -> Vec<usize> {
    let text = scan.text;
    let bytes = text.as_bytes();
    let alone = |byte: Option<&u8>| !byte.is_some_and(u8::is_ascii_alphanumeric);
    let starts = memchr_iter(b'A', bytes).filter(|&at| {
        text.get(at..at + 20).is_some_and(is_key_id)
            && alone(at.checked_sub(1).and_then(|before| bytes.get(before)))
            && alone(bytes.get(at + 20))
    });
    let starts: Vec<usize> = starts.collect();
    for &at in &starts {
        scan.hide(at..at + 20);
    }
    starts
}

/// Words with a known prefix, and those that look like the secret half of a pair.
fn words(scan: &mut Scan<'_, '_>, key_ids: &[usize]) {
    let text = scan.text;
    let bytes = text.as_bytes();
    let (mut at, mut read_to) = (0, 0);
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphanumeric() && !matches!(bytes[at], b'/' | b'+') {
            at += 1;
            continue;
        }
        let run = bytes[at..].iter();
        let run =
            run.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+'));
        let end = at + run.count();
        let near = key_ids.partition_point(|id| id + NEAR < at);
        let is_near = key_ids.get(near).is_some_and(|id| *id <= end + NEAR);
        if is_secret_key(bytes, at..end, is_near) {
            scan.hide(at..end);
        }
        // A token may begin behind the `/` or `+` of a longer run.
        for start in at..end {
            let begins = start == at || !bytes[start - 1].is_ascii_alphanumeric();
            if begins && start >= read_to && bytes[start].is_ascii_alphanumeric() {
                read_to = token(scan, start).unwrap_or(read_to);
            }
        }
        at = end;
    }
}

/// Whether a run of base64's characters is as long and as mixed as a secret key.
fn is_secret_key(bytes: &[u8], run: Range<usize>, is_near_id: bool) -> bool {
    let word = &bytes[run.clone()];
    let has = |is: fn(&u8) -> bool| word.iter().any(is);
    let is_part = |byte: Option<&u8>| matches!(byte, Some(b'-' | b'_' | b'='));
    let before = run.start.checked_sub(1).and_then(|at| bytes.get(at));
    let is_part = matches!(before, Some(b'-' | b'_' | b'.' | b'%')) || is_part(bytes.get(run.end));
    word.len() == SECRET_KEY
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && (is_near_id || has(u8::is_ascii_digit) && !is_part && !is_words(word))
}

/// Whether `word` is put together from words with capitals, as identifiers are.
fn is_words(word: &[u8]) -> bool {
    let class = |byte: &u8| (byte.is_ascii_lowercase(), byte.is_ascii_digit());
    let changes = word
        .windows(2)
        .filter(|pair| class(&pair[0]) != class(&pair[1]));
    let digits = word.iter().filter(|byte| byte.is_ascii_digit());
    // Of forty random characters about twenty-five differ in that from the one before.
    word.iter().all(u8::is_ascii_alphanumeric) && digits.count() <= 3 && changes.count() <= 16
}

/// What follows the name of an HTTP authentication scheme.
fn schemes(scan: &mut Scan<'_, '_>) {
    let text = scan.text;
    for scheme in ["earer ", "EARER ", "asic "] {
        for at in memmem::find_iter(text.as_bytes(), scheme) {
            let start = at + scheme.len();
            let length = length(&text[start..], Base64);
            let word = &text[start..start + length];
            // Words of a sentence are short, or letters of one case.
            let is_mixed = word.len() >= 8
                && word[1..].bytes().any(|byte| byte.is_ascii_uppercase())
                && word.bytes().any(|byte| byte.is_ascii_lowercase());
            let mut head = at.saturating_sub(HEADER);
            while !text.is_char_boundary(head) {
                head += 1;
            }
            let head = text[head..at].to_ascii_lowercase();
            let header = head.rsplit_once("uthorization");
            let is_header = header.is_some_and(|(_, behind)| behind.contains([':', '=']));
            let is_sure = is_header && word.len() >= 4;
            let is_mixed = is_mixed && scheme != "asic ";
            if is_random(word) || is_mixed || is_sure || word.len() >= 24 {
                scan.hide(start..start + length);
            }
        }
    }
}
