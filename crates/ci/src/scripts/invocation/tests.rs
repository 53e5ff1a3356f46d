use super::*;
use crate::scripts::shell::commands;

#[test]
fn programs_are_found_behind_what_wraps_them() {
    for (command, expected) in [
        ("terraform apply", "terraform apply"),
        ("TF_LOG=x sudo -u ci terraform apply", "terraform apply"),
        ("env -i A=b /usr/bin/terraform plan", "terraform plan"),
        ("timeout -k 5 60m terraform apply", "terraform apply"),
        ("timeout --signal=KILL 60 nice -n 5 aws s3 ls", "aws s3 ls"),
        ("retry 3 terraform apply", "terraform apply"),
        ("retry -t 3 -- terraform apply", "terraform apply"),
        (
            "mise exec terraform@1.5 -- terraform apply",
            "terraform apply",
        ),
        ("mise x -- tofu apply", "tofu apply"),
        ("asdf exec terraform apply", "terraform apply"),
        ("aws-vault exec hub -- terraform apply", "terraform apply"),
        (
            "aws-vault exec -d 1h hub terraform apply",
            "terraform apply",
        ),
        ("direnv exec . terraform apply", "terraform apply"),
        ("xvfb-run -a npx cdk deploy", "cdk deploy"),
        ("poetry run python x.py", "python x.py"),
        ("nix develop -c terraform apply", "terraform apply"),
        ("xargs -n 1 aws s3 rm", "aws s3 rm"),
        ("mise install", "mise install"),
        ("doppler run -- terraform apply", "terraform apply"),
    ] {
        let parsed = commands(command);
        let found = Invocation::of(&parsed[0].words).unwrap();
        let words = [found.name().to_owned()];
        let words = [&words, found.arguments].concat().join(" ");
        assert_eq!(words, expected, "{command}");
    }
    let only = commands("A=b");
    assert!(Invocation::of(&only[0].words).is_none());
}

#[test]
fn wrappers_that_hide_the_home_directory_are_told_apart() {
    for (command, expected) in [
        ("sudo -EH terraform apply", true),
        ("sudo -E -H terraform apply", true),
        ("sudo --set-home -E terraform apply", true),
        ("sudo -E terraform apply", false),
        ("env -i PATH=$PATH terraform apply", true),
        ("env -i HOME=$HOME terraform apply", false),
        ("env A=b terraform apply", false),
        ("timeout -k 5 60 terraform apply", false),
    ] {
        let parsed = commands(command);
        let found = Invocation::of(&parsed[0].words).unwrap();
        assert_eq!(found.has_other_home, expected, "{command}");
    }
}

#[test]
fn scripts_in_words_are_found() {
    for (command, expected) in [
        ("bash -c 'a b'", Some("a b")),
        ("bash -exc \"a b\"", Some("a b")),
        ("sh -e x.sh", None),
        ("bash <<E\na b\nE\n", Some("a b\n")),
        ("su ci -c 'a'", Some("a")),
        ("nix-shell --run 'a b'", Some("a b")),
        ("retry 3 'a b'", Some("a b")),
        ("sops exec-env x.yaml 'a b'", Some("a b")),
        ("echo 'a b'", None),
        ("${{ inputs.a }} b", None),
    ] {
        let parsed = commands(command);
        let found = Invocation::of(&parsed[0].words).unwrap();
        assert_eq!(found.script(), expected, "{command}");
    }
}
