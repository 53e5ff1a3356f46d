//! The words that names are put together from.

/// The last word that is no number.
pub fn last(words: &[String]) -> Option<&str> {
    let mut words = words.iter().rev().map(String::as_str);
    words.find(|word| !word.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The words of a name in lower case: cut at separators, before capitals and around numbers.
pub fn words(name: &str) -> Vec<String> {
    let bytes = name.as_bytes();
    let mut words = vec![String::new()];
    for (at, &byte) in bytes.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| bytes[at]);
        let begins = before.is_some_and(|before| {
            let capital = byte.is_ascii_uppercase();
            let next_is_small = bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
            before.is_ascii_digit() != byte.is_ascii_digit()
                || capital && (before.is_ascii_lowercase() || next_is_small)
        });
        if (begins || !byte.is_ascii_alphanumeric())
            && words.last().is_some_and(|it| !it.is_empty())
        {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| byte.is_ascii_alphanumeric()) {
            word.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
