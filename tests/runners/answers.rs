//! What the configuration says of a runner, and what messages ask.

use engine::settings::Settings;
use transforms::CATALOGUE;

use super::{BOTH, NONE, plan, safe, tree};
use crate::support::{Tree, reports};

#[test]
fn an_answer_of_one_line_ends_the_wait() {
    let tree = tree("ci/Jenkinsfile", "sh 'terraform apply'\n");
    for (answer, expected) in [
        ("runner \"ci/Jenkinsfile\" { account = \"*\" }\n", BOTH),
        ("runner \"ci/Jenkinsfile\" { terraform = false }\n", BOTH),
        ("runner \"ci/Jenkinsfile\" { account = \"dev\" }\n", "dev"),
        ("runner \"ci/Jenkinsfile\" { account = \"shared\" }\n", NONE),
        ("runner \"ci/*\" { account = \"live\" }\n", "live"),
        (
            "runner \"**\" { account = \"live\" }\nrunner \"ci/J*\" { account = \"dev\" }\n",
            "dev",
        ),
        ("runner \"*\" { account = \"*\" }\n", NONE),
    ] {
        assert_eq!(safe(&tree, answer), expected, "{answer}");
    }
}

#[test]
fn an_answer_about_no_runner_is_reported() {
    let tree = tree("Jenkinsfile", "sh 'terraform apply'\n");
    let warned = |answer: &str| {
        let warnings = plan(&tree, answer).warnings.into_iter();
        let warnings = warnings.map(|it| (it.at.line, it.sentence()));
        warnings.collect::<Vec<_>>()
    };
    assert_eq!(warned("runner \"J*\" { terraform = false }\n"), []);
    let reason = "runner \"ci/x\" matches no file that runs Terraform".to_owned();
    assert_eq!(
        warned("runner \"ci/x\" { terraform = false }\n"),
        [(4, reason)]
    );
}

#[test]
fn a_wrong_answer_is_an_error_with_its_line() {
    for (text, expected) in [
        (
            "runner { account = \"*\" }",
            "1:1: `runner` takes one label",
        ),
        (
            "runner \"a\" {}",
            "1:1: `runner` needs either `account` or `terraform = false`",
        ),
        (
            "runner \"a\" { terraform = true }",
            "1:26: `terraform`: only `false`",
        ),
        (
            "runner \"a\" { role = \"x\" }",
            "1:14: unknown key `role`; it belongs in `ci`",
        ),
        (
            "\nrunner \"a\" { account = \"b\" }",
            "2:24: `account`: no `account` block has the label `b`; there is none",
        ),
        (
            "runner \"a\" { account = \"*\" }\nrunner \"a\" { account = \"*\" }",
            "2:8: `runner \"a\"` is set twice",
        ),
    ] {
        let error = Settings::parse(text, CATALOGUE)
            .map(|_| ())
            .expect_err(text);
        let error = error.to_string();
        let mut lines = error.lines();
        assert!(lines.any(|it| it.starts_with(expected)), "{text}: {error}");
    }
    let later = "runner \"a\" { account = \"b\" }\naccount \"b\" { id = \"111111111111\" }\n";
    assert!(Settings::parse(later, CATALOGUE).is_ok());
}

#[test]
fn the_message_names_the_runner_and_both_accounts() {
    let said = |tree: &Tree, answers: &str| {
        let plan = plan(tree, answers);
        let help = plan.open().next().and_then(|it| it.help.clone());
        (reports(&plan), help.unwrap_or_default())
    };
    let start = "provider \"aws\" no longer assumes a role: credentials for account 111111111111 (dev) come from the environment; ";
    let jenkins = tree(
        "Jenkinsfile",
        "node {\n  sh 'terraform -chdir=dev apply'\n}\n",
    );
    let (reports, help) = said(&jenkins, "");
    assert_eq!(
        reports,
        [format!(
            "dev/main.tf:4: {start}Jenkins (Jenkinsfile:2) runs it with credentials of its own: after the change it would act in their account, not in 111111111111 (dev)"
        )]
    );
    assert_eq!(
        help.to_string(),
        "add `runner \"Jenkinsfile\" { account = \"dev\" } # or \"live\", \"shared\"` to tfkeyless.hcl where its credentials are of one account, `runner \"Jenkinsfile\" { account = \"*\" }` where each root module gets its own account's credentials, and the profiles that the code names"
    );
    let (reports, _) = said(
        &jenkins,
        "runner \"Jenkinsfile\" { account = \"shared\" }\n",
    );
    assert_eq!(
        reports,
        [format!(
            "dev/main.tf:4: {start}Jenkins (Jenkinsfile:2) runs it with credentials of 333333333333 (shared): after the change it would act there, not in 111111111111 (dev)"
        )]
    );
    let workspace = "terraform {\n  cloud {\n    organization = \"x\"\n  }\n}\n";
    let (reports, _) = said(&tree("dev/backend.tf", workspace), "");
    assert_eq!(
        reports,
        [format!(
            "dev/main.tf:4: {start}HCP Terraform (dev/backend.tf:2) runs it with credentials of its own: after the change it would act in their account, not in 111111111111 (dev)"
        )]
    );
    let pinned = tree(
        "dev/Makefile",
        "apply:\n\taws-vault exec hub -- terraform apply\n",
    );
    let (reports, _) = said(&pinned, "");
    assert_eq!(
        reports,
        [format!(
            "dev/main.tf:4: {start}the Makefile (dev/Makefile:2) runs it with profile `hub`: after the change it would act in its account, not in 111111111111 (dev)"
        )]
    );
}
