//! Static keys in CI systems other than GitHub Actions, and in the scripts and Makefiles that any
//! CI runs.

use crate::aws_names::{is_access_key_id, is_of_other_cloud};

/// A file with such keys contains one of these words.
pub const WORDS: [&[u8]; 4] = [
    b"AWS_ACCESS_KEY_ID",
    b"AWS_SECRET_ACCESS_KEY",
    b"aws_access_key_id",
    b"access_key=",
];

/// Byte offsets of the lines that set a static key; of adjacent lines, the first. Keys from STS or
/// beside a session token are temporary, and placeholders are no keys.
pub fn find(text: &str) -> impl Iterator<Item = usize> + '_ {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut places = Vec::new();
    let (mut offset, mut number) = (0, 0);
    while number < lines.len() {
        let run = lines[number..].iter();
        let count = run.take_while(|line| sets_key(line.trim())).count();
        // The session token stands directly before or after the pair.
        let around = number.saturating_sub(1)..lines.len().min(number + count + 1);
        if count > 0 && !lines[around].iter().any(|line| is_session(line)) {
            places.push(offset + lines[number].len() - lines[number].trim_start().len());
        }
        for line in &lines[number..number + count.max(1)] {
            offset += line.len();
        }
        number += count.max(1);
    }
    places.into_iter()
}

/// Whether a line sets or passes a session token, which makes the keys beside it temporary.
fn is_session(line: &str) -> bool {
    let line = line.trim().to_ascii_lowercase();
    let only_mentions = line.starts_with('#') || line.contains("unset ");
    line.contains("aws_session_token") && !only_mentions
}

fn sets_key(line: &str) -> bool {
    // Comments of shells, YAML and Make, and of Groovy.
    let is_comment = line.starts_with('#') || line.starts_with("//");
    // Marks of a value that comes from STS, and of lines that remove one.
    let is_temporary = [
        "sts",
        "jq ",
        "Credentials",
        "unset ",
        "credential_process",
        "--query",
    ];
    // What is printed for people, and goes nowhere else.
    let mut printers = ["echo ", "printf "].into_iter();
    let is_printed = printers.any(|it| line.starts_with(it)) && !line.contains(['>', '|']);
    if is_comment || is_printed || is_temporary.iter().any(|word| line.contains(word)) {
        return false;
    }
    if let Some((_, value)) = line.split_once("configure set aws_access_key_id") {
        return is_key(value.trim());
    }
    let mut backend = ["-config=access_key=", "-config=\"access_key="].into_iter();
    if let Some((_, value)) = backend.find_map(|it| line.split_once(it)) {
        // The key of an account of Azure's storage has that name, too.
        let is_azure =
            line.contains("storage_account_name") || line.contains("resource_group_name");
        return !is_azure && !is_of_other_cloud(variable_of(value));
    }
    let names = WORDS[..3]
        .iter()
        .filter_map(|word| std::str::from_utf8(word).ok());
    let mut found = names.filter_map(|name| line.split_once(name));
    found.any(|(before, after)| {
        // `$NAME`, `${NAME...}` and `env.NAME` read the variable, whatever operator follows.
        let is_read = before.ends_with(['$', '{']) || before.ends_with("env.");
        let after = after.trim_start_matches(['"', '\'']).trim_start();
        let value = after
            .strip_prefix(['=', ':'])
            .map(|it| it.trim_start_matches(['=', ':', '?']).trim());
        // Docker's `-e NAME` and Jenkins' `credentials('NAME')` pass what the CI system stores.
        let flags = ["-e", "--env", "--secret", "--secret="];
        let is_passed = flags.iter().any(|it| before.trim_end().ends_with(it))
            || before.ends_with("credentials('");
        match value {
            Some(value) => !is_read && is_key(value),
            None => is_passed,
        }
    })
}

/// Whether the first word of a value is a key or reads one. A variable of the same name only passes
/// the runner's own on, and names tell the keys of other clouds.
fn is_key(value: &str) -> bool {
    let word = value.split_whitespace().next().unwrap_or_default();
    let word = word.trim_matches(['"', '\'', ',']);
    let name = variable_of(word);
    let is_own = name == "AWS_ACCESS_KEY_ID" || name == "AWS_SECRET_ACCESS_KEY";
    match word.contains(['$', '(']) {
        true => !is_own && !is_of_other_cloud(name),
        false => is_access_key_id(word),
    }
}

/// The name of the variable that a text begins with.
fn variable_of(text: &str) -> &str {
    let name = text.trim_start_matches(['$', '{', '(']);
    let end = name.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    &name[..end.unwrap_or(name.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_what_only_speaks_of_them() {
        for keyed in [
            "  AWS_ACCESS_KEY_ID: $PROD_KEY",
            "export AWS_ACCESS_KEY_ID=\"$KEY\"",
            "echo \"AWS_ACCESS_KEY_ID=$KEY\" >> .env",
            "AWS_ACCESS_KEY_ID = credentials('deploy')",
            "\tAWS_SECRET_ACCESS_KEY := $(SECRET)",
            "aws configure set aws_access_key_id $KEY",
            "terraform init -backend-config=access_key=$KEY",
            "docker run -e AWS_ACCESS_KEY_ID image",
            "RUN --secret AWS_ACCESS_KEY_ID terraform apply",
            "AWS_ACCESS_KEY_ID=AKIA1111111111111111 make",
            "AWS_ACCESS_KEY_ID: $PROD_AWS_ACCESS_KEY_ID",
        ] {
            let text = format!("a\n  {keyed}\n  {keyed}\n\n{keyed}\n");
            let found: Vec<_> = find(&text).collect();
            let indent = keyed.len() - keyed.trim_start().len();
            let last = text.len() - keyed.len() - 1 + indent;
            assert_eq!(found, [4 + indent, last], "{keyed}");
        }
        let without = "export AWS_ACCESS_KEY_ID=$KEY\nunset AWS_SESSION_TOKEN\n";
        assert_eq!(find(without).next(), Some(0));
        for other in [
            "# export AWS_ACCESS_KEY_ID=$KEY",
            "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY",
            "export AWS_ACCESS_KEY_ID=$(echo $OUT | jq -r .Credentials.AccessKeyId)",
            "AWS_ACCESS_KEY_ID=test aws s3 ls",
            "echo \"    aws_access_key_id: \\${{ secret.AWS_ACCESS_KEY_ID }}\"",
            "echo \"${AWS_ACCESS_KEY_ID:?not set}\"",
            "if [ -z \"$AWS_ACCESS_KEY_ID\" ]; then",
            "AWS_ACCESS_KEY_ID=",
            "terraform init -backend-config=\"access_key=$ARM_ACCESS_KEY\"",
            "terraform init -backend-config=access_key=$KEY -backend-config=storage_account_name=x",
            "aws configure set aws_access_key_id test",
            "local saved_aws_access_key_id=\"${AWS_ACCESS_KEY_ID:-}\"",
            "ROOT_AWS_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY",
            "export AWS_ACCESS_KEY_ID=\"${R2_ACCESS_KEY_ID}\"",
            "export AWS_ACCESS_KEY_ID=$A\nexport AWS_SECRET_ACCESS_KEY=$B\nexport AWS_SESSION_TOKEN=$C",
            "\t-e AWS_SESSION_TOKEN \\\n\t-e AWS_ACCESS_KEY_ID",
        ] {
            assert_eq!(find(other).next(), None, "{other}");
        }
    }
}
