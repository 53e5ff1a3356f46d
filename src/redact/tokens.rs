//! Tokens that are known by how they begin.

use super::scan::Scan;
use super::values::is_random;
use Body::{Base64, Dotted, Plain, Word};

/// The characters that a token may have behind its prefix.
#[derive(Clone, Copy)]
pub enum Body {
    /// Letters and digits.
    Plain,
    /// These, `_` and `-`.
    Word,
    /// These, and `.`.
    Dotted,
    /// Base64, also as it stands in a URL.
    Base64,
}

/// How tokens begin, as those who issue them say, the least length of what follows, and its
/// characters. GitHub: "About authentication to GitHub"; GitLab: "Token overview"; Slack: "Tokens";
/// the others by GitHub's "Supported secret scanning patterns" and the documentation of each.
const TOKENS: [(&str, usize, Body); 85] = [
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
    ("PMAK-", 24, Word),
    ("pscale_pw_", 20, Dotted),
    ("pscale_tkn_", 20, Dotted),
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

/// Which of them begin with a letter, a bit each: nearly every word of a text is asked about.
const BY_FIRST: [u128; 128] = {
    let mut first = [0; 128];
    let mut number = 0;
    while number < TOKENS.len() {
        first[TOKENS[number].0.as_bytes()[0] as usize] |= 1 << number;
        number += 1;
    }
    first
};

fn beginning_with(letter: u8) -> impl Iterator<Item = (&'static str, usize, Body)> {
    let mut left = BY_FIRST
        .get(usize::from(letter))
        .copied()
        .unwrap_or_default();
    std::iter::from_fn(move || {
        let next = TOKENS.get(left.trailing_zeros() as usize)?;
        left &= left - 1;
        Some(*next)
    })
}

/// The end of the token that begins at `at`, if one does.
pub fn token(scan: &mut Scan<'_, '_>, at: usize) -> Option<usize> {
    let rest = &scan.text[at..];
    let mut tokens = beginning_with(rest.as_bytes()[0]);
    let known = tokens.find_map(|(prefix, least, body)| {
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
pub fn length(text: &str, body: Body) -> usize {
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
