//! Values that are no secrets, and values that look like ones.

/// What a telling name may be assigned without it being a secret: types, switches, rights of a
/// workflow's token.
const WORDS: [&str; 16] = [
    "true",
    "false",
    "null",
    "string",
    "number",
    "bool",
    "any",
    "read",
    "write",
    "none",
    "unknown",
    "restricted",
    "permissive",
    "inherit",
    "optional",
    "required",
];

/// How the places of secrets begin.
const PLACES: [&str; 12] = [
    "ENC[",
    "alias/",
    "arn:",
    "~/",
    "./",
    "../",
    "id=",
    "type=",
    "projects/",
    "vault:",
    "{{secrets/",
    "@Microsoft.KeyVault(",
];

/// The longest value, in bytes, that may be none: a longer one is read again for every name in it,
/// and references and places are short.
pub const LONGEST: usize = 512;

/// The most bytes that a bracket may hold, or a quoted value of several lines: one that does not close
/// must not be followed to the end of the text again and again.
pub const FURTHEST: usize = 1 << 13;

/// Whether a value is known to be none that has to be hidden: a word, a placeholder, the place where
/// the secret is kept.
pub fn is_harmless(value: &str) -> bool {
    let last = value.rsplit_once('/').map(|(_, last)| last);
    value.len() <= LONGEST
        && (WORDS.contains(&value.trim_end_matches(',').to_ascii_lowercase().as_str())
            || is_assignment(value)
            || is_placeholder(value)
            || value.len() < 4 && value.bytes().all(|byte| byte.is_ascii_digit())
            || is_constant(value)
            || PLACES.iter().any(|begin| value.starts_with(begin))
            || value.starts_with('/') && value.len() > 1 && !is_random(value)
            || value.starts_with("${") && value.contains("arn}:")
            || last.is_some_and(|last| {
                last.starts_with('$') || super::names::telling(last).is_some() && !is_random(value)
            }))
}

/// Whether `value` assigns a reference to a name, as in `TOKEN=${var.token}`.
fn is_assignment(value: &str) -> bool {
    let assigned = value
        .split_once('=')
        .filter(|(name, _)| name.chars().all(is_of_name));
    assigned.is_some_and(|(_, value)| !value.is_empty() && only_interpolations(value))
}

/// Whether `value` is the telling name of a variable, as in `name = "AWS_SECRET_ACCESS_KEY"`.
fn is_constant(value: &str) -> bool {
    let mut bytes = value.bytes();
    value.contains('_')
        && bytes.all(|byte| byte.is_ascii_uppercase() || byte == b'_')
        && super::names::telling(value).is_some()
}

/// Whether `value` says what would have to stand there: `<token>`, `****`, `xxxx`, `%s`.
fn is_placeholder(value: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphabetic() || matches!(c, ' ' | '_' | '-');
    let inner = value.strip_prefix('<').and_then(|it| it.strip_suffix('>'));
    inner.is_some_and(|inner| inner.chars().all(plain))
        || value.len() > 2 && value.chars().all(|c| matches!(c, '*' | 'x' | 'X' | '.'))
        || verbs_only(value)
        || value
            .strip_prefix('%')
            .and_then(|it| it.strip_suffix('%'))
            .is_some_and(|name| {
                name.bytes()
                    .all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'0'..=b'9'))
            })
}

/// Whether nothing is left of a format without its verbs: `%s-%s`, `{0}`.
fn verbs_only(value: &str) -> bool {
    let mut rest = value.chars().peekable();
    let mut verbs = 0;
    while let Some(c) = rest.next() {
        match c {
            '%' if rest
                .next_if(|c| matches!(c, 's' | 'd' | 'v' | 'q'))
                .is_some() =>
            {
                verbs += 1;
            }
            '\\' if rest.next_if_eq(&'n').is_some() => {}
            '{' if rest.next_if(char::is_ascii_digit).is_some() => verbs += 1,
            _ if c.is_alphanumeric() => return false,
            _ => {}
        }
    }
    verbs > 0
}

/// Whether a word looks like a secret: a part of it, eight characters or more, mixes letters and
/// digits. Hashes of commits, versions, dates and names do not.
pub fn is_random(value: &str) -> bool {
    let is_hex = value.bytes().all(|byte| byte.is_ascii_hexdigit());
    if value.len() < 8
        || value.contains(char::is_whitespace)
        || value.contains("://")
        || value.contains("${")
        || value.starts_with("arn:")
        || is_hex && matches!(value.len(), 40 | 64)
    {
        return false;
    }
    let mut parts = value.split(['-', '_', '.', ':', '/', '@']);
    parts.any(|part| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        let letters = part.bytes().filter(u8::is_ascii_alphabetic).count();
        part.len() >= 8 && digits > 0 && letters > 0
    })
}

/// Whether nothing is left of `value` without its interpolations and shell variables.
pub fn only_references(value: &str) -> bool {
    references(value, true)
}

/// The same of a value that no shell reads: there `$name` is one only in capitals, as what replaces
/// it before wants them.
pub fn only_interpolations(value: &str) -> bool {
    references(value, false)
}

fn references(value: &str, in_shell: bool) -> bool {
    let mut rest = value;
    while let Some(first) = rest.chars().next() {
        rest = &rest[first.len_utf8()..];
        if matches!(first, '$' | '%' | '{') && rest.starts_with('{') {
            rest = &rest[balanced(rest)..];
        } else if first == '$' && rest.starts_with('(') {
            rest = &rest[closing(rest)..];
        } else if first == '`' && rest.contains('`') {
            rest = rest.split_once('`').map_or("", |(_, behind)| behind);
        } else if first == '$' {
            let behind = rest.trim_start_matches(is_of_name);
            let name = &rest[..rest.len() - behind.len()];
            let is_small = name.bytes().any(|byte| byte.is_ascii_lowercase());
            // `$ecret123` is no variable.
            if is_small && (!in_shell || is_random(name)) {
                return false;
            }
            rest = behind;
        } else if first.is_alphanumeric() {
            return false;
        }
    }
    true
}

/// Whether `c` may be part of a variable's name.
pub fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The length of the braces that `text` begins with, everything between them included.
pub fn balanced(text: &str) -> usize {
    enclosed(text, b'{', b'}')
}

/// The same of parentheses.
pub fn closing(text: &str) -> usize {
    enclosed(text, b'(', b')')
}

fn enclosed(text: &str, opens: u8, closes: u8) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate().take(FURTHEST) {
        if byte == opens {
            depth += 1;
        } else if byte == closes {
            if depth <= 1 {
                return at + 1;
            }
            depth -= 1;
        }
    }
    let mut end = text.len().min(FURTHEST);
    while !text.is_char_boundary(end) {
        end += 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_secret_mixes_letters_and_digits() {
        for value in [
            "hunter2hunter2",
            "s3cr3tW0rd",
            "dGVzdDp0ZXN0MTIz",
            "abc/Def12345+x=",
        ] {
            assert!(is_random(value), "{value}");
        }
        for value in [
            "us-east-1",
            "production",
            "v1.2.3",
            "2024-01-31",
            "469da60469da60469da60469da60469da60469da",
            "https://host/x1234567",
            "arn:aws:iam::111111111111:role/x",
            "a description 1234567a",
        ] {
            assert!(!is_random(value), "{value}");
        }
    }
}
