use super::*;

fn commands(text: &str) -> Vec<LocalCommand> {
    let document = Document::new("a/main.tf".into(), text.to_owned()).expect(text);
    let paths = ModulePaths {
        module: "MODULE".to_owned(),
        root: Some("ROOT".to_owned()),
    };
    LocalCommand::all(&document, &paths)
}

/// The script of a provisioner with these arguments.
fn script(arguments: &str) -> Option<String> {
    let text = format!(
        "resource \"null_resource\" \"x\" {{\n  provisioner \"local-exec\" {{\n{arguments}\n  }}\n}}\n"
    );
    let [command] = &commands(&text)[..] else {
        panic!("{text}");
    };
    command.script.clone()
}

#[test]
fn a_provisioner_runs_its_command_by_its_interpreter() {
    for (arguments, expected) in [
        ("command = \"aws s3 ls\"", "aws s3 ls"),
        (
            "command = \"aws s3 ls s3://${aws_s3_bucket.x[\"a\"].id}/y\"",
            "aws s3 ls s3://${...}/y",
        ),
        (
            "command = \"${path.module}/x.sh a\\\\nb \\\"c\\\"\"",
            "MODULE/x.sh a\\nb \"c\"",
        ),
        (
            "command = \"sh ${path.root}/x.sh $${HOME}\"",
            "sh ROOT/x.sh ${HOME}",
        ),
        (
            "command = <<-EOT\n    cd x\n    aws s3 ls\n  EOT",
            "cd x\naws s3 ls\n",
        ),
        (
            "command = \"%{ if var.x }aws s3 ls%{ endif }\"",
            " aws s3 ls ",
        ),
        (
            "command = join(\" \", [\"aws\", \"s3\", var.x])",
            "aws s3 ${...}",
        ),
        ("command = format(\"aws s3 rm %s\", var.x)", "aws s3 rm %s"),
        ("command = var.x ? \"a\" : \"b\"", "a\nb"),
        ("command = file(\"${path.module}/x.sh\")", "sh MODULE/x.sh"),
        ("command = templatefile(\"x.sh\", {})", "sh x.sh"),
        (
            "command = \"a b\"\ninterpreter = [\"bash\", \"-ec\"]",
            "a b",
        ),
        (
            "command = \"a b\"\ninterpreter = [\"PowerShell\", \"-Command\"]",
            "a b",
        ),
        (
            "command = \"a b\"\ninterpreter = var.w ? [\"cmd\"] : [\"sh\"]",
            "a b",
        ),
        (
            "command = \"x.py\"\ninterpreter = [\"python3\"]",
            "python3 x.py",
        ),
        (
            "command = \"a b\"\ninterpreter = [\"python3\", \"-c\"]",
            "python3 -c 'a b'",
        ),
    ] {
        assert_eq!(script(arguments).as_deref(), Some(expected), "{arguments}");
    }
    for computed in [
        "command = local.x",
        "command = var.x[0]",
        "command = f::x()",
    ] {
        assert_eq!(script(computed), None, "{computed}");
    }
}

#[test]
fn programs_and_plugins_are_commands_too() {
    for (text, of, expected) in [
        (
            "data \"external\" \"x\" {\n  program = [\"bash\", \"${path.module}/x y.sh\"]\n}\n",
            "data.external.x",
            Some("bash 'MODULE/x y.sh'"),
        ),
        (
            "data \"external\" \"x\" {\n  program = local.x\n}\n",
            "data.external.x",
            None,
        ),
        (
            "provider \"kubernetes\" {\n  exec {\n    command = \"aws\"\n    args = [\"eks\", \"get-token\", \"--cluster-name\", var.x]\n  }\n}\n",
            "provider \"kubernetes\"",
            Some("aws eks get-token --cluster-name '${...}'"),
        ),
        (
            "provider \"helm\" {\n  kubernetes {\n    exec {\n      command = \"aws\"\n      args = local.x\n    }\n  }\n}\n",
            "provider \"helm\"",
            Some("aws '${...}'"),
        ),
        (
            "provider \"helm\" {\n  kubernetes = {\n    exec = { command = \"aws\", args = [\"eks\", \"get-token\", \"--role-arn\", var.x] }\n  }\n}\n",
            "provider \"helm\"",
            Some("aws --version"),
        ),
    ] {
        let found = commands(text);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(
            (&*found[0].of, found[0].script.as_deref()),
            (of, expected),
            "{text}"
        );
    }
    let other = "provider \"kubernetes\" {\n  host = \"x\"\n}\ndata \"http\" \"x\" {\n}\nresource \"a\" \"b\" {\n  provisioner \"remote-exec\" {\n    inline = [\"aws s3 ls\"]\n  }\n}\n";
    assert_eq!(commands(other), []);
}

#[test]
fn credentials_of_its_own_are_those_that_its_environment_chooses() {
    for (environment, expected) in [
        ("{ AWS_PROFILE = \"x\" }", true),
        ("{ AWS_PROFILE = var.profile }", true),
        ("{ AWS_ACCESS_KEY_ID = var.key }", true),
        ("merge(local.x, { AWS_PROFILE = \"x\" })", true),
        ("{ AWS_PROFILE = \"\" }", false),
        ("{ AWS_PROFILE = null }", false),
        ("{ AWS_REGION = \"x\" }", false),
        ("local.x", false),
    ] {
        let text = format!(
            "resource \"a\" \"b\" {{\n  provisioner \"local-exec\" {{\n    command = \"x\"\n    environment = {environment}\n  }}\n}}\n"
        );
        assert_eq!(
            commands(&text)[0].has_own_credentials(),
            expected,
            "{environment}"
        );
    }
}
