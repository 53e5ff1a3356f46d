//! Credentials in URLs and connection strings.

use std::ops::Range;

use memchr::{memchr2_iter, memmem, memrchr};

use super::names::Telling;
use super::scan::Scan;
use super::values::{LONGEST, only_references};

/// Addresses whose path is the credential, and how many of its first parts are not.
const WEBHOOKS: [(&str, usize); 5] = [
    ("hooks.slack.com/", 1),
    ("discord.com/api/webhooks/", 1),
    ("discordapp.com/api/webhooks/", 1),
    (".webhook.office.com/", 0),
    (".logic.azure.com/workflows/", 0),
];

/// Parameters of signed URLs: AWS, Azure and Google.
const SIGNATURES: [&str; 4] = [
    "Signature=",
    "sig=",
    "X-Amz-Credential=",
    "X-Amz-Security-Token=",
];

/// Finds them all.
pub fn read(scan: &mut Scan<'_, '_>) {
    let text = scan.text;
    for at in memmem::find_iter(text.as_bytes(), "://") {
        if let Some(span) = credentials(text, at) {
            scan.hide(span);
        }
    }
    for network in ["@tcp(", "@unix("] {
        for at in memmem::find_iter(text.as_bytes(), network) {
            if let Some(span) = data_source(text, at) {
                scan.hide(span);
            }
        }
    }
    for (begin, parts) in WEBHOOKS {
        let mut read_to = 0;
        for at in memmem::find_iter(text.as_bytes(), begin) {
            let start = at + begin.len();
            if start < read_to {
                continue;
            }
            let path = &text[start..start + address(&text[start..])];
            read_to = start + path.len();
            let mut rest = path;
            for _ in 0..parts {
                rest = rest.split_once('/').map_or("", |(_, rest)| rest);
            }
            if !only_references(rest) {
                scan.hide(start + path.len() - rest.len()..start + path.len());
            }
        }
    }
    let mut read_to = 0;
    for at in memchr2_iter(b'?', b'&', text.as_bytes()) {
        if at < read_to {
            continue;
        }
        let parameter = text[at + 1..].trim_start_matches("amp;");
        for name in SIGNATURES {
            if let Some(value) = parameter.strip_prefix(name) {
                let start = text.len() - value.len();
                let end = start
                    + value
                        .find(['&', '"', '\'', ' ', '\n', '\\'])
                        .unwrap_or(value.len());
                read_to = end;
                scan.judge(start..end, Telling::Always);
            }
        }
    }
}

/// The length of what `text` begins with of an address.
fn address(text: &str) -> usize {
    let ends = |c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '(' | ')' | '\\' | '`' | '?')
    };
    text.find(ends).unwrap_or(text.len())
}

/// The user and the password, or the token, in the URL whose `://` is at `at`.
fn credentials(text: &str, at: usize) -> Option<Range<usize>> {
    let start = at + "://".len();
    let rest = &text[start..];
    let ends = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '/' | '?' | '#' | '"' | '\'' | '<' | '>' | '(' | ')' | '\\'
            )
    };
    let authority = &rest[..rest.find(ends).unwrap_or(rest.len())];
    let Some(end) = memrchr(b'@', authority.as_bytes()) else {
        return beyond(rest, authority).map(|end| start..start + end);
    };
    let info = &authority[..end];
    let harmless = match info.split_once(':') {
        Some((_, password)) if !password.is_empty() => only_references(password),
        _ => info == "git" || text[..at].ends_with("ssh") || only_references(info),
    };
    (!harmless).then_some(start..start + info.len())
}

/// Where user and password end that hold a `/`, `?` or `#`, as they should not.
fn beyond(rest: &str, authority: &str) -> Option<usize> {
    let (user, password) = authority.split_once(':')?;
    let is_port = password.bytes().all(|byte| byte.is_ascii_digit());
    let is_of_user = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if is_port || user.is_empty() || !user.bytes().all(is_of_user) || only_references(password) {
        return None;
    }
    let near = &rest.as_bytes()[..rest.len().min(LONGEST)];
    let end = near
        .iter()
        .position(|byte| matches!(byte, b'@' | b' ' | b'"' | b'\'' | b'\n'))?;
    (near[end] == b'@').then_some(end)
}

/// The password of Go's `USER:PASSWORD@tcp(HOST)/NAME`, whose `@` is at `at`.
fn data_source(text: &str, at: usize) -> Option<Range<usize>> {
    let begins = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'');
    let near = text.as_bytes()[..at].iter().rev().take(LONGEST);
    let start = at - near.take_while(|byte| !begins(byte)).count();
    let (_, password) = text.get(start..at)?.split_once(':')?;
    (!only_references(password)).then_some(at - password.len()..at)
}
