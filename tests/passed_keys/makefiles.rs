//! Keys that a Makefile or a script of the tree passes by `-var`.

use super::{CI, KEYS, after, changed, planned, workflow};
use crate::support::{reports, reviewed};
use engine::selection::Selection;

const MAKEFILE: &str = "apply:\n\t@terraform apply -var access_key=$(AWS_ACCESS_KEY_ID) \\\n\t\t-var secret_key=$(AWS_SECRET_ACCESS_KEY) -auto-approve\n";
const SCRIPT: &str = "#!/bin/sh\nterraform init\nterraform apply -var \"access_key=$AWS_ACCESS_KEY_ID\" -var \"secret_key=${AWS_SECRET_ACCESS_KEY}\"\n";

fn job(run: &str) -> String {
    workflow(
        &format!("    env:\n{KEYS}"),
        &format!("      - run: {run}\n"),
    )
}

#[test]
fn arguments_of_makefiles_and_scripts_go_with_the_variables() {
    for (path, text, run, expected) in [
        (
            "Makefile",
            MAKEFILE,
            "make apply",
            "apply:\n\t@terraform apply -auto-approve\n",
        ),
        (
            "bin/apply.sh",
            SCRIPT,
            "./bin/apply.sh",
            "#!/bin/sh\nterraform init\nterraform apply\n",
        ),
    ] {
        // A script without the session token is a reason for review.
        let plan = planned(&job(run), &[(path, text)], Selection::default());
        assert_eq!(changed(&plan), [""; 0], "{path}");
        let plan = planned(&job(run), &[(path, text)], reviewed());
        let reports = reports(&plan);
        assert_eq!(after(&plan, path), expected, "{reports:#?}");
        assert!(after(&plan, CI).contains("role-to-assume"), "{reports:#?}");
        let message = format!("held only static keys: it is removed, with its `-var` in {path}");
        let mut messages = plan.findings.iter().map(|it| &it.message);
        assert!(messages.any(|it| it.starts_with(&message)), "{path}");
    }
}

#[test]
fn an_argument_that_another_module_may_need_keeps_the_variable() {
    let other = (
        "other/main.tf",
        "provider \"aws\" {}\nvariable \"access_key\" {}\n",
    );
    let away = MAKEFILE.replace("@terraform", "cd other && terraform");
    let mixed = SCRIPT.replace("$AWS_ACCESS_KEY_ID", "$KEY");
    for (name, path, text, run, files) in [
        (
            "two root modules",
            "bin/apply.sh",
            SCRIPT,
            "./bin/apply.sh",
            vec![other],
        ),
        (
            "another directory",
            "Makefile",
            &*away,
            "make apply",
            vec![other],
        ),
        (
            "another variable",
            "bin/apply.sh",
            &*mixed,
            "./bin/apply.sh",
            vec![],
        ),
    ] {
        let files: Vec<_> = files.into_iter().chain([(path, text)]).collect();
        let tree = crate::support::Tree::new(
            [("main.tf", super::MODULE), (CI, &*job(run))]
                .into_iter()
                .chain(files),
        );
        let plan = tree.plan("", reviewed()).unwrap();
        let reports = reports(&plan).join("\n");
        let left = "-var \"access_key=$KEY\"";
        let is_left = after(&plan, path).is_empty() || after(&plan, path).contains(left);
        assert!(is_left, "{name}: {reports}");
        assert!(
            reports.contains(&format!("{path} passes it by `-var`")),
            "{name}: {reports}"
        );
    }
    // Beside its module, the Makefile is known to run that one.
    let plan = planned(
        &job("make apply"),
        &[("Makefile", MAKEFILE), other],
        reviewed(),
    );
    assert!(
        changed(&plan).contains(&"Makefile"),
        "{:#?}",
        reports(&plan)
    );
}
