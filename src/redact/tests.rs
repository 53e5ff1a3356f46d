//! What is masked, and what is not.

use super::*;

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(shown(text, 0..text.len(), &secrets(text)), expected);
}

#[test]
fn errors_of_the_system_have_no_numbers() {
    for (text, expected) in [
        ("a: gone (os error 2)", "a: gone"),
        ("a (os error 13): b (os error 2); c", "a: b; c"),
        ("what (os error ) is", "what (os error ) is"),
        ("x (os error 2", "x (os error 2"),
    ] {
        assert_eq!(for_people(text), expected);
        assert_eq!(on_one_line(text), expected);
    }
}

#[test]
fn literals_of_telling_names_are_masked() {
    check(r#"access_key = "abc""#, r#"access_key = "****""#);
    check(r#""secret_key" : 'a"bc'"#, r#""secret_key" : '****'"#);
    check(
        "AWS_SECRET_ACCESS_KEY: wJalrXUtn/FEMI+K=\n",
        "AWS_SECRET_ACCESS_KEY: ****\n",
    );
    check(
        "export AWS_SESSION_TOKEN=abc; x",
        "export AWS_SESSION_TOKEN=****; x",
    );
    check(
        "  aws-secret-access-key: 'abc' # x",
        "  aws-secret-access-key: '****' # x",
    );
    check(
        r#"{"SecretAccessKey": "abc"}"#,
        r#"{"SecretAccessKey": "****"}"#,
    );
    check(
        "dev_secret_key=\"a\\\"b\"\r\n",
        "dev_secret_key=\"****\"\r\n",
    );
    check(
        r#"os.environ["AWS_SECRET_KEY"] = "é""#,
        r#"os.environ["AWS_SECRET_KEY"] = "****""#,
    );
    check(r#"token = "Bearer ${var.x}!""#, r#"token = "****""#);
    check(r#"variable "db_token" {"#, r#"variable "db_token" {"#);
}

#[test]
fn defaults_of_variables_with_telling_names_are_masked() {
    check(
        "variable \"secret_key\" {\n  default = \"abc\"\n}\nvariable \"x\" {\n  default = \"abc\"\n}\n",
        "variable \"secret_key\" {\n  default = \"****\"\n}\nvariable \"x\" {\n  default = \"abc\"\n}\n",
    );
    check(
        "{\"variable\": {\n  \"secret_key\": {\"type\": {}, \"default\": \"a\\/b\"},\n  \"x\": {\"default\": \"abc\"}\n}}\n",
        "{\"variable\": {\n  \"secret_key\": {\"type\": {}, \"default\": \"****\"},\n  \"x\": {\"default\": \"abc\"}\n}}\n",
    );
    let closed = "variable \"secret_key\" {\n}\nresource \"r\" \"n\" {\n  default = \"abc\"\n}\n";
    check(closed, closed);
}

#[test]
fn literals_that_an_expression_may_evaluate_to_are_masked() {
    check(
        r#"secret_key = var.p ? "x" : "y""#,
        r#"secret_key = var.p ? "****" : "****""#,
    );
    check(
        r#"secret_key = var.p == "x" && "z" != v ? "${var.y}" : "y""#,
        r#"secret_key = var.p == "x" && "z" != v ? "${var.y}" : "****""#,
    );
    check(
        r#"secret_key = coalesce(var.x, "", "x") # "z""#,
        r#"secret_key = coalesce(var.x, "", "****") # "z""#,
    );
    check(
        r#"secret_key = lookup(var.keys, "x", trimspace("y")), a = "z""#,
        r#"secret_key = lookup(var.keys, "x", trimspace("****")), a = "z""#,
    );
    check(
        r#"password = lookup({ a = "x" }, "y", "z")"#,
        r#"password = lookup({ a = "****" }, "y", "****")"#,
    );
    check(
        r#"secret_key = "${var.p ? "x" : "y"}""#,
        r#"secret_key = "${var.p ? "****" : "****"}""#,
    );
    check(
        "secret_keys = [\n  \"x\", # why\n  var.y[\"z\"],\n  \"y\",\n]\na = \"z\"\n",
        "secret_keys = [\n  \"****\", # why\n  var.y[\"z\"],\n  \"****\",\n]\na = \"z\"\n",
    );
    let open = "r {\n  secret_keys = [\n}\nr {\n  a = \"x\"\n}\n";
    check(open, open);
}

#[test]
fn heredocs_are_masked_line_by_line() {
    check(
        "token = <<-EOT\r\n  a b\r\n\r\n  ${var.x}\r\n  c\r\n  EOT\r\nx = 1\r\n",
        "token = <<-EOT\r\n  ****\r\n\r\n  ${var.x}\r\n  ****\r\n  EOT\r\nx = 1\r\n",
    );
}

#[test]
fn passwords_and_private_keys_are_masked() {
    for name in ["db_password", "passwd", "clientSecret", "private_key"] {
        check(&format!("{name} = \"x\""), &format!("{name} = \"****\""));
        check(&format!("  {name}: x\n"), &format!("  {name}: ****\n"));
    }
    for text in [
        "secret_name = \"x\"",
        "secrets: inherit",
        "secrets = [{ name = \"x\" }]",
        "manage_master_user_password = true",
        "password = var.x",
        "password = random_password.x.result",
        "password = jsondecode(data.x.y.z)[\"password\"]",
        "secret = \"arn:aws:secretsmanager:eu-west-1:111111111111:secret:x\"",
        "private_key = file(\"~/.ssh/id_rsa\")",
        "private_key = \"${file(\"${path.module}/x\")}\"",
        "private_key = \"~/.ssh/id_rsa\"",
        "a description of the password: it is long",
        "# the policy (secret:NAME-*)",
        "# access_key: (optional) needs \"x\"",
        "password = \"${aws_secretsmanager_secret.x.arn}:key::\"",
        "password = \"@Microsoft.KeyVault(SecretUri=${var.x})\"",
        "password = \"stage/db/admin_password\"",
        "DB_PASSWORD=/app/${{ env.STAGE }}/db",
        "password_path = format(var.x, \"users\")",
    ] {
        check(text, text);
    }
}

#[test]
fn what_aws_configure_is_given_is_masked() {
    check(
        "aws configure set --profile x aws_secret_access_key 'a b' # y",
        "aws configure set --profile x aws_secret_access_key '****' # y",
    );
    check(
        "aws configure set x.aws_access_key_id abc --profile x\n",
        "aws configure set x.aws_access_key_id **** --profile x\n",
    );
    for text in [
        "aws configure set aws_secret_access_key ${{ secrets.X }}",
        "aws configure set aws_secret_access_key \"$X\"\n",
        "aws configure set aws_secret_access_key\nabc",
        "aws configure set region eu-west-1",
    ] {
        check(text, text);
    }
}

#[test]
fn references_and_plain_words_stay() {
    for text in [
        "secret_key = var.secret_key",
        "secret_key = data.x.y[\"z\"]",
        "secret_key = \"${lookup(var.keys, \"x\")}\"",
        "secret_key = \"${var.a}${var.b}\"",
        "token: ${{ secrets.X }}",
        "token: \"${{ secrets.X }}\"",
        "TOKEN=\"$TOKEN\"",
        "TOKEN=$(cat x)",
        "id-token: write",
        "token = string",
        "token = optional(string)",
        "token = true",
        "token:\n  required: true",
        "if var.token == \"abc\"",
        "{ for token => \"abc\" }",
        "if var.token ==local.x",
        "key = \"prod.tfstate\"",
        "http_tokens = \"required\"",
        "access_key = <<EOF",
    ] {
        check(text, text);
    }
}

#[test]
fn keys_in_module_sources_are_masked() {
    check(
        r#"source = "s3::https://s3.amazonaws.com/b/x.zip?aws_access_key_id=AKIAIOSFODNN7EXAMPLE&aws_access_key_secret=a/b%2B&aws_access_token=c&x=y""#,
        r#"source = "s3::https://s3.amazonaws.com/b/x.zip?aws_access_key_id=AKIA****&aws_access_key_secret=****&aws_access_token=****&x=y""#,
    );
}

#[test]
fn access_key_ids_are_masked_wherever_they_stand() {
    check("# was AKIAIOSFODNN7EXAMPLE.", "# was AKIA****.");
    check("key_ASIAIOSFODNN7EXAMPLE", "key_ASIA****");
    check("token = \"x AKIAIOSFODNN7EXAMPLE\"", "token = \"****\"");
    for text in [
        "XAKIAIOSFODNN7EXAMPLE",
        "AKIAIOSFODNN7EXAMPLEX",
        "AKIAIOSFODNN7EXAMPLe",
        "AKIA",
    ] {
        check(text, text);
    }
}

#[test]
fn credentials_in_urls_are_masked() {
    check("https://user:token@host/x", "https://****@host/x");
    check(
        "git::https://ghp_abc@github.com/o/r",
        "git::https://****@github.com/o/r",
    );
    for text in [
        "git::ssh://git@github.com/o/r.git",
        "ssh://deploy@host/x",
        "https://git@github.com/o/r.git",
        "https://x-access-token:${TOKEN}@github.com",
        "https://$TOKEN@github.com",
        "https://host/a@b",
        "https://host and a@b",
    ] {
        check(text, text);
    }
}

#[test]
fn secrets_that_overlap_are_one() {
    check("token=x://a:b&c@host", "token=****@host");
}

#[test]
fn what_is_known_to_be_secret_is_masked_wherever_it_stands() {
    let text = "deploy = \"plain words\"\n# plain words\nkey = \"plain\"\n";
    let known = Known::of(&[text], &["plain words".to_owned(), String::new()]);
    assert_eq!(
        shown(text, 0..text.len(), &known.secrets(text)),
        "deploy = \"****\"\n# ****\nkey = \"plain\"\n"
    );
}

#[test]
fn placeholders_references_and_names_stay() {
    let lines: Vec<&str> = include_str!("../../tests/secrets/harmless.txt")
        .lines()
        .collect();
    let masked = lines.iter().filter(|line| !secrets(line).is_empty());
    let masked: Vec<&&str> = masked.collect();
    assert!(
        lines.len() > 100 && masked.is_empty(),
        "{} of {}: {masked:#?}",
        masked.len(),
        lines.len()
    );
}

#[test]
fn a_cut_through_a_secret_shows_none_of_it() {
    let text = "AKIAIOSFODNN7EXAMPLE";
    assert_eq!(shown(text, 2..10, &secrets(text)), "****");
    let text = "AKIAIOSFODNN7EXAMPLE\nplain";
    assert_eq!(shown(text, 20..26, &secrets(text)), "\nplain");
    assert!(matches!(shown("a", 0..1, &[]), Cow::Borrowed("a")));
}

#[test]
fn further_ways_to_write_a_secret_are_masked() {
    for (text, expected) in [
        // A plain scalar goes on where it is indented further.
        (
            "DB_PASSWORD: abc\n  def\nX: y\n",
            "DB_PASSWORD: ****\n  ****\nX: y\n",
        ),
        ("DB_PASSWORD: abc\n  x: y\n", "DB_PASSWORD: ****\n  x: y\n"),
        (
            "headers = { Authorization = \"token abc\" }",
            "headers = { Authorization = \"token ****\" }",
        ),
        (
            "secrets = [\"abc123def456\", \"name\"]",
            "secrets = [\"****\", \"name\"]",
        ),
        (
            "ALTER ROLE u WITH PASSWORD 'abc'",
            "ALTER ROLE u WITH PASSWORD '****'",
        ),
        (
            "CREATE USER u IDENTIFIED BY 'abc'",
            "CREATE USER u IDENTIFIED BY '****'",
        ),
        ("useradd -p abc u", "useradd -p **** u"),
        ("twine upload -u x -p abc", "twine upload -u x -p ****"),
        ("gh secret set X -b\"abc\"", "gh secret set X -b\"****\""),
        ("SSHPASS=abc ssh x", "SSHPASS=**** ssh x"),
        ("vault login abc", "vault login ****"),
        ("vault login -method=aws", "vault login -method=aws"),
        ("x: y # password is abc123def456", "x: y # password is ****"),
        ("# pw=abc", "# pw=****"),
        ("x = \"PMAK-0123456789abcdef01234567-x\"", "x = \"****\""),
        (
            "x = \"AccountName=a;AccountKey=abc+/012==;EndpointSuffix=b\"",
            "x = \"AccountName=a;AccountKey=****;EndpointSuffix=b\"",
        ),
    ] {
        check(text, expected);
    }
}
