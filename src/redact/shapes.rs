//! What looks like a credential that somebody issued, wherever it stands.

use std::ops::Range;

use memchr::{memchr_iter, memmem};

use super::secrets::Scan;
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

/// The characters that a token may have behind its prefix.
#[derive(Clone, Copy)]
enum Body {
    /// Letters and digits.
    Plain,
    /// These, `_` and `-`.
    Word,
    /// These, and `.`.
    Dotted,
    /// Base64, also as it stands in a URL.
    Base64,
}

use Body::{Base64, Dotted, Plain, Word};

/// How tokens begin, as those who issue them say, the least length of what follows, and its
/// characters. GitHub: "About authentication to GitHub"; GitLab: "Token overview"; Slack: "Tokens";
/// the others by GitHub's "Supported secret scanning patterns" and the documentation of each.
const TOKENS: [(&str, usize, Body); 82] = [
    ("ghp_", 20, Plain),
    ("gho_", 20, Plain),
    ("ghu_", 20, Plain),
    ("ghs_", 20, Dotted),
    ("ghr_", 20, Plain),
    ("github_pat_", 20, Word),
    ("v1.", 40, Plain),
    ("glpat-", 20, Dotted),
    ("gloas-", 20, Word),
    ("gldt-", 20, Word),
    ("glrt-", 20, Dotted),
    ("glcbt-", 20, Dotted),
    ("glptt-", 20, Word),
    ("glft-", 20, Word),
    ("glimt-", 20, Word),
    ("glagent-", 20, Word),
    ("glsoat-", 20, Word),
    ("glffct-", 20, Word),
    ("xoxa-", 10, Word),
    ("xoxb-", 10, Word),
    ("xoxc-", 10, Word),
    ("xoxd-", 10, Base64),
    ("xoxe-", 10, Word),
    ("xoxe.", 10, Dotted),
    ("xoxo-", 10, Word),
    ("xoxp-", 10, Word),
    ("xoxr-", 10, Word),
    ("xoxs-", 10, Word),
    ("xapp-", 10, Word),
    // AWS session tokens, as STS has issued them since 2014.
    ("IQoJ", 32, Base64),
    ("FwoG", 32, Base64),
    ("FQoG", 32, Base64),
    ("AQoD", 32, Base64),
    ("AgoJ", 32, Base64),
    ("ABSK", 32, Base64),
    ("npm_", 30, Plain),
    ("pypi-", 32, Word),
    ("rubygems_", 32, Plain),
    ("hvs.", 20, Word),
    ("hvb.", 20, Word),
    ("hvr.", 20, Word),
    ("sk_live_", 10, Plain),
    ("sk_test_", 10, Plain),
    ("rk_live_", 10, Plain),
    ("rk_test_", 10, Plain),
    ("whsec_", 20, Base64),
    ("SG.", 40, Dotted),
    ("dckr_pat_", 20, Word),
    ("dckr_oat_", 20, Word),
    ("AIza", 35, Word),
    ("ya29.", 20, Dotted),
    ("GOCSPX-", 20, Word),
    ("dop_v1_", 32, Plain),
    ("doo_v1_", 32, Plain),
    ("dor_v1_", 32, Plain),
    ("shpat_", 20, Plain),
    ("shpca_", 20, Plain),
    ("shppa_", 20, Plain),
    ("shpss_", 20, Plain),
    ("pul-", 40, Plain),
    ("tskey-", 16, Word),
    ("dapi", 32, Plain),
    ("sq0atp-", 20, Word),
    ("sq0csp-", 20, Word),
    ("sk-ant-", 20, Word),
    ("sk-proj-", 20, Word),
    ("sk-svcacct-", 20, Word),
    ("hf_", 30, Plain),
    ("ATATT3", 32, Base64),
    ("ATCTT3", 32, Base64),
    ("ATBB", 28, Plain),
    ("NRAK-", 20, Plain),
    ("NRII-", 20, Word),
    ("glsa_", 32, Word),
    ("glc_", 32, Base64),
    ("lin_api_", 32, Plain),
    ("CCIPAT_", 20, Word),
    ("bkua_", 32, Plain),
    ("dp.pt.", 32, Plain),
    ("dp.st.", 32, Dotted),
    ("AGE-SECRET-KEY-1", 32, Plain),
    ("sntrys_", 32, Base64),
];

/// How the token begins that a JSON Web Token is: `{"` in base64.
const JWT: &str = "eyJ";

/// What stands in the middle of a token of HCP Terraform.
const HCP: &str = ".atlasv1.";

/// Finds them all.
pub fn read(scan: &mut Scan<'_, '_>) {
    let key_ids = key_ids(scan);
    words(scan, &key_ids);
    private_keys(scan);
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

/// The end of the token that begins at `at`, if one does.
fn token(scan: &mut Scan<'_, '_>, at: usize) -> Option<usize> {
    let rest = &scan.text[at..];
    let first = rest.as_bytes()[0];
    let mut tokens = TOKENS
        .iter()
        .filter(|(prefix, ..)| prefix.as_bytes()[0] == first);
    let known = tokens.find_map(|&(prefix, least, body)| {
        let behind = rest.strip_prefix(prefix)?;
        let length = length(behind, body);
        let is_version = prefix == "v1." && !is_random(&behind[..length]);
        (length >= least && !is_version).then_some(prefix.len() + length)
    });
    let length = known.or_else(|| {
        let length = rest.starts_with(JWT).then(|| length(rest, Dotted))?;
        let parts = rest[..length].split('.').filter(|part| part.len() >= 4);
        (parts.count() >= 2).then_some(length)
    })?;
    scan.hide(at..at + length);
    Some(at + length)
}

/// How many bytes of `text` may be the body of a token.
fn length(text: &str, body: Body) -> usize {
    let is_of_body = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || match body {
                Plain => false,
                Word => matches!(byte, b'_' | b'-'),
                Dotted => matches!(byte, b'_' | b'-' | b'.'),
                Base64 => matches!(byte, b'_' | b'-' | b'.' | b'+' | b'/' | b'=' | b'%'),
            }
    };
    let length = text.bytes().take_while(is_of_body).count();
    // The full stop of a sentence is none of the token.
    text[..length].trim_end_matches('.').len()
}

/// The bodies of private keys in PEM.
fn private_keys(scan: &mut Scan<'_, '_>) {
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
