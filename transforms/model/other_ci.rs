//! Static keys in CI that is not GitHub's, and in the scripts and Makefiles that any CI runs.

use super::workflow::origin::{Origin, origin};

/// Words of which a file with such keys contains one.
pub const WORDS: [&[u8]; 4] = [
    b"AWS_ACCESS_KEY_ID",
    b"AWS_SECRET_ACCESS_KEY",
    b"aws_access_key_id",
    b"access_key=",
];

/// Byte offsets of the places that hand a static key on: of lines that follow one another, the
/// first. What comes from STS is temporary, and placeholders are no keys.
pub fn static_keys(text: &str) -> impl Iterator<Item = usize> + '_ {
    let mut offset = 0;
    let mut follows = false;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = offset + line.len() - line.trim_start().len();
        offset += line.len();
        let is_place = hands_on(line.trim());
        let is_first = is_place && !follows;
        follows = is_place;
        is_first.then_some(start)
    })
}

fn hands_on(line: &str) -> bool {
    let is_comment = line.starts_with('#') || line.starts_with("//");
    let is_temporary = [
        "sts",
        "jq ",
        "Credentials",
        "unset ",
        "credential_process",
        "--query",
    ];
    if is_comment || is_temporary.iter().any(|word| line.contains(word)) {
        return false;
    }
    if line.contains("configure set aws_access_key_id")
        || line.contains("-config=access_key=")
        || line.contains("-config=\"access_key=")
    {
        return true;
    }
    let names = WORDS[..3]
        .iter()
        .filter_map(|word| std::str::from_utf8(word).ok());
    let mut found = names.filter_map(|name| line.split_once(name));
    found.any(|(before, after)| {
        let is_read = before.ends_with(['$', '{']) || before.ends_with("env.");
        let after = after.trim_start_matches(['"', '\'']).trim_start();
        let value = after
            .strip_prefix(['=', ':'])
            .map(|it| it.trim_start_matches(['=', ':', '?']).trim());
        // `-e NAME` and `credentials('NAME')` hand on what the CI holds.
        let is_handed = before.trim_end().ends_with("-e") || before.ends_with("credentials('");
        let word = value.map(|value| value.split_whitespace().next().unwrap_or_default());
        match word.map(|value| value.trim_matches(['"', '\'', ','])) {
            Some(value) => {
                !is_read
                    && !value.is_empty()
                    && (value.contains(['$', '(']) || origin(value) != Origin::Placeholder)
            }
            None => is_handed,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_what_only_speaks_of_them() {
        for keyed in [
            "  AWS_ACCESS_KEY_ID: $PROD_KEY",
            "export AWS_ACCESS_KEY_ID=\"$KEY\"",
            "AWS_ACCESS_KEY_ID = credentials('deploy')",
            "\tAWS_SECRET_ACCESS_KEY := $(SECRET)",
            "aws configure set aws_access_key_id $KEY",
            "terraform init -backend-config=access_key=$KEY",
            "docker run -e AWS_ACCESS_KEY_ID image",
            "AWS_ACCESS_KEY_ID=AKIA1111111111111111 make",
        ] {
            let text = format!("a\n  {keyed}\n  {keyed}\n\n{keyed}\n");
            let found: Vec<_> = static_keys(&text).collect();
            let indent = keyed.len() - keyed.trim_start().len();
            let last = text.len() - keyed.len() - 1 + indent;
            assert_eq!(found, [4 + indent, last], "{keyed}");
        }
        for other in [
            "# export AWS_ACCESS_KEY_ID=$KEY",
            "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY",
            "export AWS_ACCESS_KEY_ID=$(echo $OUT | jq -r .Credentials.AccessKeyId)",
            "AWS_ACCESS_KEY_ID=test aws s3 ls",
            "echo \"${AWS_ACCESS_KEY_ID:?not set}\"",
            "if [ -z \"$AWS_ACCESS_KEY_ID\" ]; then",
            "AWS_ACCESS_KEY_ID=",
        ] {
            assert_eq!(static_keys(other).next(), None, "{other}");
        }
    }
}
