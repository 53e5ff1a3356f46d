//! Profiles: whether they are there, sign in, and are who they should be.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::machine::{Machine, profiles, sha1};

#[test]
fn the_chosen_profile_has_to_be_there() {
    Machine::healthy().without("AWS_PROFILE").finds_about(
        "profile_unset",
        "find no credentials",
        "export AWS_PROFILE=dev   # or one of shared",
    );
    Machine::healthy().with("AWS_PROFILE", "").finds_about(
        "profile_unset",
        "is empty",
        "export AWS_PROFILE=dev",
    );
    Machine::healthy().with("AWS_PROFILE", "prod").finds_about(
        "profile_missing",
        "names the profile prod",
        "aws configure sso --profile prod",
    );
    Machine::healthy()
        .with("AWS_DEFAULT_PROFILE", "shared")
        .finds_about(
            "default_profile",
            "AWS_DEFAULT_PROFILE is shared",
            "unset AWS_DEFAULT_PROFILE",
        );
}

#[test]
fn where_there_is_nothing_to_plan_no_profile_is_asked_for() {
    let empty = || {
        let machine = Machine::healthy().without("AWS_PROFILE");
        for file in ["repo/tfkeyless.hcl", "repo/main.tf"] {
            fs::remove_file(machine.files.path().join(file)).unwrap();
        }
        machine
    };
    let nothing = empty().doctor(&[]).code(0).stdout;
    assert!(nothing.starts_with("Nothing found"), "{nothing}");
    // Code, or an account to run it in, is something.
    for (path, text) in [
        (
            "repo/modules/vpc/main.tf",
            "resource \"aws_vpc\" \"this\" {\n}\n",
        ),
        ("repo/terragrunt.hcl", "inputs = {}\n"),
        (
            "repo/tfkeyless.hcl",
            "account \"dev\" { id = \"111111111111\" }\n",
        ),
    ] {
        let found = empty().write(path, text).doctor(&[]).stdout;
        assert!(found.contains("AWS_PROFILE is not set"), "{path}: {found}");
    }
}

#[test]
fn a_profile_without_the_word_is_none() {
    let text = profiles("https://x.awsapps.com/start").replace("[profile dev]", "[dev]");
    Machine::healthy()
        .write("home/.aws/config", &text)
        .finds_about(
            "profile_title",
            "[dev] is no profile here",
            "s/^\\[dev\\]/[profile dev]/",
        );
}

#[test]
fn keys_under_the_profiles_name_shadow_it() {
    let keys = "[other]\naws_access_key_id = AKIAOTHER\n[dev]\naws_access_key_id = AKIAs3cr3t\naws_secret_access_key = s3cr3t\n\n[last]\n";
    let machine = Machine::healthy().write("home/.aws/credentials", keys);
    machine.finds_about(
        "shadowing_keys",
        "static keys, which Terraform uses",
        "delete the section [dev] from",
    );
    let reported = machine.doctor(&[]).stdout;
    assert!(
        reported.contains("/home/.aws/credentials:3: [dev]"),
        "{reported}"
    );
}

#[test]
fn the_backends_profile_has_to_be_there() {
    let text = profiles("https://x.awsapps.com/start");
    let (dev, _) = text.split_once("[profile shared]").unwrap();
    Machine::healthy()
        .write("home/.aws/config", dev)
        .finds_about(
            "backend_profile_missing",
            "failed to get shared config profile, shared",
            "tfkeyless generate aws-config --merge",
        );
}

#[test]
fn a_profile_that_says_nothing_is_no_way_in() {
    let text = profiles("https://x.awsapps.com/start");
    let (dev, _) = text.split_once("[profile shared]").unwrap();
    Machine::healthy()
        .write(
            "home/.aws/config",
            &format!("{dev}[profile shared]\nregion = us-east-1\n"),
        )
        .finds_about(
            "profile_empty",
            "No valid credential sources",
            "take the section [profile shared] out of ",
        );
}

#[test]
fn tokens_run_out_and_are_of_one_spelling() {
    let machine = Machine::healthy();
    machine.token("https://x.awsapps.com/start", "2001-01-01T00:00:00UTC");
    machine.finds_about(
        "sso_token",
        "expired at 2001-01-01",
        "aws sso login --profile dev",
    );
    let cache = machine.files.path().join("home/.aws/sso/cache");
    fs::remove_dir_all(&cache).unwrap();
    machine.finds_about(
        "sso_token",
        "[profile dev] is not signed in",
        "aws sso login --profile dev",
    );
    // A session's token is none of a profile that names the portal itself.
    let session = format!("home/.aws/sso/cache/{}.json", sha1("corp"));
    let token = "{\"accessToken\": \"x\", \"startUrl\": \"https://x.awsapps.com/start\"}";
    let machine = machine.write(&session, token);
    machine.finds_about(
        "sso_token",
        "is not signed in",
        "aws sso login --profile dev",
    );
    machine.token("https://x.awsapps.com/start/#/", "2999-01-01T00:00:00Z");
    machine.finds_about(
        "sso_token",
        "the token is one for https://x.awsapps.com/start/#/",
        "aws sso login --profile dev",
    );
}

#[test]
fn a_session_is_called_after_its_name_and_renews_itself() {
    let text = "[profile dev]\nsso_session = corp\n[profile shared]\nsso_session = corp\n[sso-session corp]\nsso_start_url = https://x.awsapps.com/start\n";
    let machine = Machine::healthy().write("home/.aws/config", text);
    machine.finds_about(
        "sso_token",
        "is not signed in",
        "aws sso login --profile dev",
    );
    machine.token("corp", "2001-01-01T00:00:00Z");
    machine.finds_about(
        "sso_token",
        "expired at 2001",
        "aws sso login --profile dev",
    );
    let token = "{\"accessToken\": \"x\", \"expiresAt\": \"2001-01-01T00:00:00Z\", \"refreshToken\": \"y\"}";
    let path = format!("home/.aws/sso/cache/{}.json", sha1("corp"));
    machine.write(&path, token).doctor(&[]).code(0);
}

#[test]
fn the_profiles_of_providers_and_remote_states_have_to_be_there() {
    let text = profiles("https://x.awsapps.com/start");
    let (_, shared) = text.split_once("\n\n").unwrap();
    let provider = "provider \"aws\" {\n  profile = \"dev\"\n}\n";
    let machine = Machine::healthy().with("AWS_PROFILE", "shared");
    let machine = machine.write("repo/p.tf", provider);
    machine.doctor(&[]).code(0);
    let machine = machine.write("home/.aws/config", shared);
    machine.finds_about(
        "provider_profile_missing",
        "failed to get shared config profile, dev",
        "generate aws-config",
    );
    let state = "data \"terraform_remote_state\" \"x\" {\n  backend = \"s3\"\n  config = {\n    profile = \"alice-dev\"\n  }\n}\n";
    let machine = machine.write("repo/p.tf", state);
    machine.finds_about(
        "profile_unlisted",
        "data.terraform_remote_state.x takes the profile alice-dev",
        "in p.tf:4, one of dev, shared",
    );
    machine.finds_about(
        "profile_unlisted",
        "does not have: plan fails",
        "in p.tf:4, one of dev, shared",
    );
    let own = format!(
        "{}[profile alice-dev]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = dev\n",
        profiles("https://x.awsapps.com/start")
    );
    machine.write("home/.aws/config", &own).finds_about(
        "profile_unlisted",
        "other people and CI do not have it",
        "in p.tf:4, one of dev, shared",
    );
}

#[test]
fn a_profile_is_found_wherever_the_code_names_it() {
    let provider =
        |kind: &str, text: &str| format!("provider \"{kind}\" {{\n  profile = {text}\n}}\n");
    let generated = "generate \"p\" {\n  path = \"p.tf\"\n  if_exists = \"overwrite\"\n  contents = <<EOF\nprovider \"aws\" {\n  profile = \"alice\"\n}\nEOF\n}\n";
    let state = "remote_state {\n  backend = \"s3\"\n  config = {\n    bucket = \"b\"\n    profile = \"alice\"\n  }\n}\n";
    let backend =
        "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    profile = \"alice\"\n  }\n}\n";
    let default = "variable \"p\" {\n  default = \"alice\"\n}\n";
    for (path, text, more) in [
        ("other/x.tf", provider("aws", "\"alice\""), ""),
        ("other/x.tf", provider("awscc", "\"alice\""), ""),
        ("other/x.tf", provider("opensearch", "\"alice\""), ""),
        ("other/x.tf", provider("aws", "var.p") + default, ""),
        (
            "other/x.tf",
            provider("aws", "local.p") + "locals {\n  p = \"alice\"\n}\n",
            "",
        ),
        ("other/x.tf", backend.to_owned(), ""),
        ("unit/terragrunt.hcl", generated.to_owned(), ""),
        ("unit/terragrunt.hcl", state.to_owned(), ""),
        // Who sets it elsewhere is not asked.
        (
            "other/x.tf",
            provider("aws", "var.p") + default,
            "p = \"dev\"\n",
        ),
        ("other/x.tf", provider("aws", "var.q"), ""),
        ("other/x.tf", provider("github", "\"alice\""), ""),
    ] {
        let machine = Machine::healthy().write(&format!("repo/{path}"), &text);
        let machine = machine.write("repo/other/terraform.tfvars", more);
        let is_found = more.is_empty() && !text.contains("var.q") && !text.contains("github");
        let found = machine.doctor(&[]);
        assert_eq!(
            found
                .stdout
                .contains("takes the profile alice, which is no `account`"),
            is_found,
            "{path} {text} {}",
            found.stdout
        );
    }
}

#[test]
fn profiles_that_depend_on_others_are_followed() {
    let sso = "sso_start_url = https://x.awsapps.com/start\nsso_region = us-east-1\n";
    let role = "role_arn = arn:aws:iam::111111111111:role/x\n";
    for (dev, found) in [
        (format!("{role}source_profile = shared"), None),
        (format!("{role}credential_source = Environment"), None),
        (
            format!("{role}source_profile = gone"),
            Some((
                "source_profile",
                "is gone, which is no profile",
                "aws configure sso --profile gone",
            )),
        ),
        (
            format!("{role}source_profile = b\n[profile b]\n{role}source_profile = dev"),
            Some((
                "source_profile",
                "comes back to dev",
                "name a profile that signs in",
            )),
        ),
        (
            format!("{role}source_profile = shared\nmfa_serial = arn:aws:iam::1:mfa/x"),
            Some((
                "profile_mfa",
                "AssumeRoleTokenProvider",
                "config, then run `tfkeyless generate aws-config --merge`",
            )),
        ),
        (
            "credential_process = no-such-program --json".to_owned(),
            Some((
                "credential_process",
                "no-such-program",
                "install no-such-program",
            )),
        ),
        ("credential_process = /bin/sh -c x".to_owned(), None),
        (
            format!("{sso}[profile c\n"),
            Some((
                "section_unclosed",
                "`[profile c` has no `]`",
                "close the title",
            )),
        ),
    ] {
        let text = format!("[profile shared]\n{sso}\n[profile dev]\n{dev}\n");
        let machine = Machine::healthy().write("home/.aws/config", &text);
        match found {
            None => drop(machine.doctor(&[]).code(0)),
            Some((check, message, cure)) => machine.finds_about(check, message, cure),
        }
    }
}

#[test]
fn aws_says_who_a_profile_is() {
    let machine = Machine::healthy();
    machine
        .doctor(&["--online"])
        .code(2)
        .says("the AWS CLI is not installed");
    let aws = machine.files.path().join("bin/aws");
    machine.files.write(
        "bin/aws",
        "#!/bin/sh\n[ \"$4\" = dev ] && echo 999999999999 || echo 333333333333\n",
    );
    fs::set_permissions(&aws, fs::Permissions::from_mode(0o755)).unwrap();
    let reported = machine.doctor(&["--online"]).code(1).stdout;
    assert!(
        reported
            .contains("profile dev is in account 999999999999, but tfkeyless.hcl has 111111111111"),
        "{reported}"
    );
    machine.files.write(
        "bin/aws",
        "#!/bin/sh\necho 'The SSO session is over' >&2\nexit 255\n",
    );
    let reported = machine.doctor(&["--online"]).code(1).stdout;
    assert!(
        reported.contains("the identity of profile dev is unknown: The SSO session is over"),
        "{reported}"
    );
}

#[test]
fn a_profile_is_of_the_account_that_the_configuration_has_under_its_name() {
    let base = profiles("https://x.awsapps.com/start");
    let with = |lines: &str| {
        let text = base.replace("[profile dev]\n", &format!("[profile dev]\n{lines}"));
        Machine::healthy().write("home/.aws/config", &text)
    };
    with("sso_account_id = 444444444444\n").finds_about(
        "profile_account",
        "[profile dev] is of account 444444444444, and `account \"dev\"` of tfkeyless.hcl is 111111111111",
        "write `sso_account_id = 111111111111` in [profile dev]",
    );
    with("role_arn = arn:aws:iam::444444444444:role/x\nsource_profile = shared\n").finds_about(
        "profile_account",
        "Terraform would act in 444444444444",
        "name a role of account 111111111111",
    );
    with("sso_account_id = 111111111111\n").doctor(&[]).code(0);
}

#[test]
fn a_session_without_a_section_is_what_keeps_a_profile_from_signing_in() {
    let shared = profiles("https://x.awsapps.com/start");
    let (_, shared) = shared.split_once("[profile shared]").unwrap();
    let text = format!("[profile dev]\nsso_session = corp\n[profile shared]{shared}");
    let machine = Machine::healthy().write("home/.aws/config", &text);
    // And no token that would have to be there.
    machine.finds_about(
        "sso_session_missing",
        "there is no [sso-session corp]",
        "aws configure sso-session",
    );
}

#[test]
fn a_section_that_is_taken_out_is_made_anew_by_what_the_cure_says() {
    let text = profiles("https://x.awsapps.com/start");
    let (dev, shared) = text.split_once("\n\n").unwrap();
    let role = "[profile dev]\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = shared\nmfa_serial = arn:aws:iam::1:mfa/x\n\n";
    let machine = Machine::healthy().write("home/.aws/config", &format!("{role}{shared}"));
    let (check, _, cure) = machine.finds();
    assert_eq!(check, "profile_mfa");
    assert!(
        cure.starts_with("take the section [profile dev] out of"),
        "{cure}"
    );
    // As it says: alone, `--merge` leaves a section that is there as it is.
    let merge = ["generate", "aws-config", "--merge", "--yes"];
    machine.run(&merge).code(0);
    assert_eq!(machine.finds().0, "profile_mfa");
    let machine = machine.write("home/.aws/config", shared);
    machine.run(&merge).code(0);
    machine.doctor(&[]).code(0);
    assert!(dev.starts_with("[profile dev]"), "{dev}");
}

#[test]
fn a_line_that_is_not_utf_8_is_named_and_the_rest_is_looked_at() {
    let machine = Machine::healthy();
    let config = machine.files.path().join("home/.aws/config");
    let mut text = fs::read(&config).unwrap();
    text.extend(b"# caf\xe9\n");
    fs::write(&config, &text).unwrap();
    let lines = text.split(|&byte| byte == b'\n').count() - 1;
    machine.finds_about(
        "file_encoding",
        "the AWS CLI fails with `Unable to parse config file`",
        "write the line in UTF-8",
    );
    let reported = machine.doctor(&[]).code(1).stdout;
    assert!(
        reported.contains(&format!("/.aws/config:{lines}: ")),
        "{reported}"
    );
    machine
        .run(&["generate", "aws-config", "--merge", "--yes"])
        .code(2)
        .says(&format!("config:{lines} is not UTF-8"));
    assert_eq!(fs::read(&config).unwrap(), text);
}
