//! Names that tell of a secret.

mod around;
mod words;

use around::is_around;
use words::{last, words};

/// What a name says of the value that it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// It is a secret, whatever it looks like.
    Always,
    /// It is one where it looks like one: the name also stands for places, names and settings of
    /// secrets.
    WhereRandom,
}

/// What makes a name telling wherever it stands in it, in lower case and without separators.
const PARTS: [&str; 30] = [
    "accesskey",
    "accesstoken",
    "apikey",
    "appkey",
    "authkey",
    "authtoken",
    "clientsecret",
    "connectionstring",
    "encryptionkey",
    "githubpat",
    "hmackey",
    "licensekey",
    "masterkey",
    "passphrase",
    "passwd",
    "password",
    "plaintextvalue",
    "privatekey",
    "secretaccess",
    "secretkey",
    "secretstring",
    "securitytoken",
    "sessionkey",
    "sessiontoken",
    "sharedkey",
    "signingkey",
    "sshpass",
    "webhooksecret",
    "xamzsignature",
    "xgoogsignature",
];

/// Words of a name that make it telling. `secrets` and `tokens` hold too many things that are none.
const WORDS: [&str; 4] = ["pwd", "secret", "token", "keypass"];

/// Words that make it telling where they are its last.
const LAST_WORDS: [&str; 4] = ["pass", "storepass", "userpass", "pw"];

/// Words that make a value worth a look.
const HINTS: [&str; 10] = [
    "auth",
    "authorization",
    "cert",
    "credential",
    "credentials",
    "secrets",
    "sig",
    "signature",
    "tokens",
    "webhook",
];

/// What `name` says, in any case and with any separators; `None` where it tells of no secret.
pub fn telling(name: &str) -> Option<Telling> {
    if !has_root(name) {
        return None;
    }
    let words = words(name);
    let letters = words.concat();
    if words.iter().any(|word| word == "public") {
        return None;
    }
    let is_telling = PARTS.iter().any(|part| letters.contains(part))
        // Beside it stand `serviceAccountKeyCreation` and the like.
        || letters.ends_with("accountkey")
        || words.iter().any(|word| WORDS.contains(&word.as_str()))
        || letters == "pw"
        || words.len() > 1 && last(&words).is_some_and(|word| LAST_WORDS.contains(&word));
    if is_telling {
        // The id is half of the pair, and shown by its first four letters where it is one.
        let is_path = words
            .iter()
            .any(|word| matches!(word.as_str(), "path" | "arn"));
        // `password_key` names what a password is kept under, `secret_key` is a secret.
        let is_key = last(&words) == Some("key") && !letters_end(&letters);
        let is_around = is_path || is_key || is_around(&words) && !letters.contains("accesskeyid");
        return Some(match is_around {
            true => Telling::WhereRandom,
            false => Telling::Always,
        });
    }
    let hints = words.iter().any(|word| HINTS.contains(&word.as_str()));
    (hints && !is_around(&words)).then_some(Telling::WhereRandom)
}

/// Whether `name` contains, in any case, the letters of one of the roots that every telling name has.
/// Most names have none, and a text has many names: each letter is compared with the roots that it
/// begins.
fn has_root(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.iter().enumerate().any(|(at, first)| {
        let roots: &[&str] = match first.to_ascii_lowercase() {
            b'a' => &["auth"],
            b'c' => &["cert", "cred"],
            b'h' => &["hook"],
            b'k' => &["key"],
            b'p' => &["pass", "pat", "plain", "pw"],
            b's' => &["secret", "sig", "string"],
            b't' => &["token"],
            _ => return false,
        };
        roots.iter().any(|root| {
            let letters = bytes.get(at..at + root.len());
            letters.is_some_and(|letters| letters.eq_ignore_ascii_case(root.as_bytes()))
        })
    })
}

/// Whether a name in letters ends with one that tells of a secret key.
fn letters_end(letters: &str) -> bool {
    letters.ends_with("accountkey") || PARTS.iter().any(|part| letters.ends_with(part))
}

/// Whether `name` is that of something around a secret, not of the secret.
pub fn is_of_surroundings(name: &str) -> bool {
    name.eq_ignore_ascii_case("key") || is_around(&words(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_hold_a_telling_word_tell_of_a_secret() {
        for name in [
            "access_key",
            "secretKey",
            "AwsSecretKey",
            "aws-secret-access-key",
            "SECRETKEY_1",
            "secret_key_dev",
            "AWS_SECRET_ACCESS_KEY_PROD",
            "AWS_ACCESS_KEY_ID",
            "PGPASSWORD",
            "DB_PASS",
            "dbPwd2",
            "api-key",
            "github_token_ro",
            "TF_VAR_secret_key",
        ] {
            assert_eq!(telling(name), Some(Telling::Always), "{name}");
        }
    }

    #[test]
    fn names_of_what_is_around_a_secret_tell_of_places_and_settings() {
        for name in [
            "secret_name",
            "password_length",
            "token_url",
            "secretArn",
            "secret_id",
            "http_tokens",
            "secrets",
            "credentials",
            "password-stdin",
        ] {
            assert_eq!(telling(name), Some(Telling::WhereRandom), "{name}");
        }
        for name in [
            "",
            "key",
            "kms_key",
            "state_bucket",
            "bypass_x",
            "tokenizer",
        ] {
            assert_eq!(telling(name), None, "{name}");
        }
    }

    /// A name that is passed over by its roots would be of no use in the tables.
    #[test]
    fn every_part_and_word_of_the_tables_has_a_root() {
        let parts = PARTS
            .into_iter()
            .chain(WORDS)
            .chain(LAST_WORDS)
            .chain(HINTS);
        for part in parts.chain(["accountkey"]) {
            assert!(has_root(part), "{part}");
            assert!(has_root(&format!("X_{}", part.to_uppercase())), "{part}");
        }
    }
}
