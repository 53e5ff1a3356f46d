//! Static keys that stand literally in a text of any kind.

#[cfg(test)]
mod tests;

use std::ops::Range;

use memchr::memmem;

use ci::aws_names::is_of_other_cloud;
use syntax::text::line_start;

/// How ids of access keys begin: AWS's page "IAM identifiers", "unique ID prefixes".
const PREFIXES: [&str; 2] = ["AKIA", SESSION];

/// How those of the keys begin that STS gives for a session.
const SESSION: &str = "ASIA";

/// The length of an access key id.
const ID: usize = 20;

/// The length of a secret access key: IAM User Guide, "Manage access keys".
const SECRET: usize = 40;

/// How far apart, in bytes, the halves of a pair stand: comments and other settings come between.
const PAIR: usize = 256;

/// How far before a value, in bytes, its name stands: `variable "NAME"` has a type and a description
/// before its default, Kubernetes' `name: NAME` has `value:` on the next line.
const NAMED: usize = 160;

/// What may follow `secret` in the name of a secret access key, in lower case without separators.
const SECRET_NAMES: [&str; 2] = ["accesskey", "key"];

/// What may follow `access` in the name of an access key id.
const ID_NAMES: [&str; 1] = ["key"];

/// A literal key, or the halves of one pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiteralKey {
    /// Its bytes; of a pair, those of the half that comes first.
    pub range: Range<usize>,
    /// Whether both halves are there.
    pub is_pair: bool,
    /// Whether it is an id alone, which opens nothing by itself.
    pub is_id: bool,
    /// The bytes of every half.
    pub secrets: Vec<Range<usize>>,
}

impl LiteralKey {
    fn half(range: Range<usize>) -> Self {
        Self {
            is_pair: false,
            is_id: false,
            secrets: vec![range.clone()],
            range,
        }
    }

    fn id(range: Range<usize>) -> Self {
        Self {
            is_id: true,
            ..Self::half(range)
        }
    }

    fn pair(id: Range<usize>, secret: Range<usize>) -> Self {
        let first = if id.start < secret.start {
            &id
        } else {
            &secret
        };
        Self {
            range: first.clone(),
            is_pair: true,
            is_id: false,
            secrets: vec![id, secret],
        }
    }
}

/// Whether a text may hold literal keys, by a search for bytes.
pub fn may_hold(content: &[u8]) -> bool {
    let has = |word: &str| memmem::find(content, word.as_bytes()).is_some();
    PREFIXES.iter().any(|prefix| has(prefix)) || has("ecret") || has("SECRET")
}

/// The literal keys of a text, in order. What only looks like one is none: the keys of AWS's
/// documentation, which end in `EXAMPLE` and `EXAMPLEKEY`, placeholders, and whatever has not the form
/// of a key, among it references and encrypted values.
pub fn find(text: &str) -> Vec<LiteralKey> {
    let ids = ids(text);
    let secrets = secrets(text);
    let mut found: Vec<LiteralKey> = Vec::new();
    let mut paired = vec![false; secrets.len()];
    for id in ids {
        // Of several the nearest: a list of pairs has one behind the other.
        let between = |secret: &Range<usize>| {
            let behind = secret.start.saturating_sub(id.end);
            behind.max(id.start.saturating_sub(secret.end))
        };
        // They are in order, and a file of data may have thousands: only those around are asked.
        let first = secrets.partition_point(|secret| secret.end + PAIR < id.start);
        let around = secrets[first..].iter();
        let around = around.take_while(|secret| secret.start <= id.end + PAIR);
        let around = first..first + around.count();
        let near = around.filter(|number| !paired[*number]);
        let near = near.min_by_key(|number| between(&secrets[*number]));
        // The keys of a session expire within hours: their id alone is of nothing that is static.
        let is_of_session = text[id.clone()].starts_with(SESSION);
        if let Some(number) = near {
            paired[number] = true;
            found.push(LiteralKey::pair(id, secrets[number].clone()));
        } else if !is_of_session && is_named(text, id.start, "access", &ID_NAMES) {
            found.push(LiteralKey::id(id));
        }
    }
    for (secret, is_paired) in secrets.into_iter().zip(paired) {
        let is_named = || is_named(text, secret.start, "secret", &SECRET_NAMES);
        if !is_paired && has_digit(&text[secret.clone()]) && is_named() {
            found.push(LiteralKey::half(secret));
        }
    }
    found.sort_by_key(|key| key.range.start);
    found
}

/// The ids that stand for themselves and are no placeholders.
fn ids(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let is_part = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let mut found = Vec::new();
    for prefix in PREFIXES {
        for at in memmem::find_iter(bytes, prefix) {
            // One more than an id has: it may stand in a run of any length.
            let run = bytes[at..].iter().take(ID + 1);
            let run = run.take_while(|byte| is_part(byte)).count();
            let before = at.checked_sub(1).map(|before| bytes[before]);
            let is_word = !before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let behind = bytes.get(at + run);
            let is_whole = run == ID && !behind.is_some_and(u8::is_ascii_alphanumeric);
            if is_word && is_whole && !is_placeholder(&text[at..at + ID]) {
                found.push(at..at + ID);
            }
        }
    }
    found.sort_by_key(|id: &Range<usize>| id.start);
    found
}

/// Whether an id is one of AWS's documentation, or has letters in place of what is secret.
fn is_placeholder(id: &str) -> bool {
    id.ends_with("EXAMPLE") || id.contains("XXXXX") || id.contains("1234567890")
}

/// The words with the form of a secret access key: as long, and mixed as random characters are.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+');
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let run = bytes[at..].iter().take_while(|byte| is_part(byte)).count();
        if run == SECRET && is_secret(text, at..at + run) {
            found.push(at..at + run);
        }
        at += run.max(1);
    }
    found
}

fn is_secret(text: &str, run: Range<usize>) -> bool {
    let bytes = text.as_bytes();
    let word = &text[run.clone()];
    // Part of a longer identifier, token or number in base64, which ends with `=`.
    let before = run.start.checked_sub(1).map(|before| bytes[before]);
    let is_part = matches!(before, Some(b'-' | b'_' | b'.' | b'%' | b'@'))
        || matches!(bytes.get(run.end), Some(b'-' | b'_' | b'='));
    let has = |is: fn(&u8) -> bool| word.as_bytes().iter().any(is);
    !is_part
        && !word.ends_with("EXAMPLEKEY")
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && !is_words(word)
}

fn has_digit(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether a word is put together from words, as identifiers and paths are.
fn is_words(word: &str) -> bool {
    let class = |byte: u8| (byte.is_ascii_lowercase(), byte.is_ascii_uppercase());
    let changes = word.as_bytes().windows(2);
    let changes = changes
        .filter(|pair| class(pair[0]) != class(pair[1]))
        .count();
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    // Of forty random characters of base64 about twenty-five are of another class than the one before, and
    // six are digits; words have few of either.
    changes < 13 || changes <= 18 && digits <= 2
}

/// Whether a name stands on the way to the value at `offset` that holds `first` and one of `rest`
/// behind it, in any case and with any separators, and that is not another cloud's.
fn is_named(text: &str, offset: usize, first: &str, rest: &[&str]) -> bool {
    let mut from = offset.saturating_sub(NAMED);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let near = &text[from..offset];
    let lower = near.to_ascii_lowercase();
    let mut names = memmem::rfind_iter(lower.as_bytes(), first);
    names.any(|at| {
        let behind = lower[at + first.len()..].chars();
        let letters = behind.filter(|letter| !matches!(letter, '_' | '-' | ' '));
        let letters: String = letters.take(9).collect();
        if !rest.iter().any(|rest| letters.starts_with(rest)) {
            return false;
        }
        let start =
            near[..at].rfind(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let name = &near[start.map_or(0, |start| start + 1)..];
        let end = name.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let name = &name[..end.unwrap_or(name.len())];
        let is_full = letters.starts_with("accesskey") || first == "access";
        !is_of_other_cloud(name) && (is_full || speaks_of_aws(text, from + at))
    })
}

/// Whether AWS is named near `offset`: many services have a `secret_key`.
fn speaks_of_aws(text: &str, offset: usize) -> bool {
    let mut from = line_start(text, offset.saturating_sub(PAIR));
    let mut to = (offset + PAIR).min(text.len());
    while !text.is_char_boundary(from) {
        from += 1;
    }
    while !text.is_char_boundary(to) {
        to += 1;
    }
    let near = text[from..to].to_ascii_lowercase();
    near.contains("aws") || near.contains("amazon")
}
