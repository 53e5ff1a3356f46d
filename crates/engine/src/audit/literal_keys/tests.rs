use super::*;

/// Halves with the form of a pair, put together here so that no scanner takes them for one.
fn id() -> String {
    format!("AKIA{}", "QZ7N3KWV5DJX2RTB")
}

fn secret() -> String {
    format!("{}/{}", "q7Rz0LkVw3Xy9Tb2Nf", "Hs8Jd5+Gm1PcQe4UaWi6O")
}

#[test]
fn keys_are_found_wherever_they_stand() {
    let (id, secret) = (id(), secret());
    for (text, pair) in [
        (
            format!("ENV AWS_ACCESS_KEY_ID={id} \\\n    AWS_SECRET_ACCESS_KEY={secret}\n"),
            true,
        ),
        (format!("ARG AWS_SECRET_ACCESS_KEY={secret}\n"), false),
        (format!("environment:\n  - AWS_ACCESS_KEY_ID={id}\n"), false),
        (
            format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"),
            true,
        ),
        (
            format!(
                "boto3.client('s3', aws_access_key_id='{id}', aws_secret_access_key='{secret}')"
            ),
            true,
        ),
        (
            format!("source \"amazon-ebs\" \"x\" {{\n  secret_key = \"{secret}\"\n}}\n"),
            false,
        ),
        (
            format!(
                "variable \"aws_secret_key\" {{\n  type = string\n  default = \"{secret}\"\n}}\n"
            ),
            false,
        ),
        (
            format!("- name: AWS_SECRET_ACCESS_KEY\n  value: \"{secret}\"\n"),
            false,
        ),
        (format!("{{\"SecretAccessKey\": \"{secret}\"}}"), false),
        (
            format!("aws configure set aws_secret_access_key {secret}\n"),
            false,
        ),
        (format!("# {id}\n# {secret}\n"), true),
        (format!("{secret} {id}"), true),
    ] {
        let found = find(&text);
        let is_pair: Vec<bool> = found.iter().map(|key| key.is_pair).collect();
        assert_eq!(is_pair, [pair], "{text}");
        assert!(may_hold(text.as_bytes()), "{text}");
    }
}

#[test]
fn pairs_of_a_list_are_told_apart() {
    let pair = format!("{}\n{}\n", id(), secret());
    assert_eq!(find(&format!("{pair}{pair}")).len(), 2);
}

#[test]
fn the_keys_of_a_session_are_found_as_a_pair() {
    let text = format!("{}\n{}\n", id().replace("AKIA", "ASIA"), secret());
    assert_eq!(find(&text).len(), 1);
}

#[test]
fn thousands_of_halves_are_paired_without_asking_each_for_each() {
    let pair = format!("{}\n{}\n", id(), secret());
    let apart = "#\n".repeat(PAIR);
    let text = format!("{pair}{apart}").repeat(1500);
    assert_eq!(find(&text).len(), 1500);
    // A run without an end is no id, and is read no further than one has letters.
    assert_eq!(find(&"AKIA".repeat(1 << 18)), []);
}

#[test]
fn what_is_no_key_is_not_found() {
    let (id, secret) = (id(), secret());
    for text in [
        "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE".to_owned(),
        format!("AWS_SECRET_ACCESS_KEY={}EXAMPLEKEY", &secret[..30]),
        "aws_access_key_id: AKIAXXXXXXXXXXXXXXXX".to_owned(),
        "AWS_SECRET_ACCESS_KEY: ${AWS_SECRET_ACCESS_KEY}".to_owned(),
        "secret_key = var.aws_secret_key".to_owned(),
        "AWS_SECRET_ACCESS_KEY=".to_owned(),
        "AWS_SECRET_ACCESS_KEY=changeme".to_owned(),
        "AWS_SECRET_ACCESS_KEY=<key>".to_owned(),
        "AWS_ACCESS_KEY_ID=test\nAWS_SECRET_ACCESS_KEY=test".to_owned(),
        "aws_secret_access_key: ENC[AES256_GCM,data:q7Rz0LkV,iv:w3Xy,type:str]".to_owned(),
        "aws_secret_access_key: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  36376233".to_owned(),
        // An id alone names a key and opens nothing.
        format!("The key {id} was deactivated."),
        // A secret of forty characters that nothing calls one of AWS.
        format!("digest: {secret}"),
        format!("secret_key: {secret}"),
        format!("AWS_URL=x\nSPACES_SECRET_KEY={secret}"),
        // A commit, and an identifier.
        "aws_secret_key_from: 0123456789abcdef0123456789abcdef01234567".to_owned(),
        "aws secret key: TheNameOfAnIdentifierThatHasFortyLetter1".to_owned(),
        format!("AWS_SECRET_ACCESS_KEY={secret}="),
        format!("AWS_ACCESS_KEY_ID={id}7"),
        // The id of a session alone.
        format!("AWS_ACCESS_KEY_ID={}", id.replace("AKIA", "ASIA")),
    ] {
        assert_eq!(find(&text), [], "{text}");
    }
}
