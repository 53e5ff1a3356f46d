//! Lines to fill in: their order, and that they are read.

use crate::support::checkout::Checkout;

use super::{
    WORKFLOW, backend, has, has_not, keyed_job, lines, proposed, proposed_beside, role,
    signing_job, workflow,
};

#[test]
fn each_runner_beside_laptops_and_jobs_is_asked_about() {
    for (path, text, expected) in [
        (
            "ci/Jenkinsfile",
            "sh 'terraform apply'\n",
            vec![
                "# Jenkins runs Terraform: ci/Jenkinsfile:1",
                "# runner \"ci/Jenkinsfile\" { account = \"...\" }",
            ],
        ),
        (
            ".gitlab-ci.yml",
            "include:\n  - template: Terraform.gitlab-ci.yml\n",
            vec!["# runner \".gitlab-ci.yml\" { account = \"...\" }"],
        ),
        ("Jenkinsfile", "sh 'terraform fmt -check'\n", vec![]),
        ("Makefile", "apply:\n\tterraform apply\n", vec![]),
        (
            "Makefile",
            "apply:\n\tAWS_PROFILE=dev terraform apply\n",
            vec![],
        ),
        (
            "Makefile",
            "apply:\n\tAWS_PROFILE=ops terraform apply\n",
            vec!["# runner \"Makefile\" { account = \"...\" }"],
        ),
    ] {
        let proposal = proposed_beside(path, text);
        for line in &expected {
            has(&proposal, line);
        }
        let asked = usize::from(!expected.is_empty());
        assert_eq!(lines(&proposal, &["runner"]).len(), asked, "{proposal}");
    }
    has(
        &proposed_beside("Makefile", "apply:\n\tAWS_PROFILE=ops terraform apply\n"),
        "# The Makefile runs Terraform: Makefile:2\n",
    );
    let workspace = "terraform {\n  cloud {}\n}\n";
    let text = proposed(&[
        ("a/main.tf", &role("111111111111")),
        ("a/cloud.tf", workspace),
        ("b/cloud.tf", workspace),
        ("c/cloud.tf", workspace),
    ]);
    assert_eq!(
        lines(&text, &["runner"]),
        ["# runner \"**/cloud.tf\" { account = \"...\" }"]
    );
    has(
        &text,
        "# HCP Terraform runs Terraform: a/cloud.tf:2, b/cloud.tf:2 and 1 more\n",
    );
    let none = Checkout::bare(&[
        ("Jenkinsfile", "sh 'terraform apply'\n"),
        ("main.tf", "provider \"google\" {}\n"),
    ]);
    let none = none.run(&["init", "--print"]).code(0).stdout;
    assert_eq!(lines(&none, &["runner"]), [""; 0]);
}

/// A repository about which everything is asked.
fn asked() -> String {
    let jobs = [
        keyed_job("a", "", "secrets.KEY"),
        keyed_job("b", "    environment: dev\n", "secrets.KEY"),
        keyed_job("c", "", "secrets.OTHER"),
        signing_job("d", "", "${{ vars.ROLE }}"),
    ];
    proposed(&[
        ("dev/main.tf", &role("111111111111")),
        ("x/main.tf", &role("222222222222")),
        ("y/main.tf", &backend("    bucket = \"b\"\n")),
        (
            "z/main.tf",
            &backend("    bucket = \"c\"\n    profile = \"ops\"\n"),
        ),
        (
            "m.tf",
            "module \"m\" {\n  source = \"s3::https://s3.amazonaws.com/b/k-1.0.0.zip\"\n}\n",
        ),
        ("Jenkinsfile", "sh 'terraform apply'\n"),
        (WORKFLOW, &workflow(&jobs)),
    ])
}

#[test]
fn questions_are_asked_in_the_order_in_which_answers_lead_on() {
    let text = asked();
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
    let order = [
        "#   role          = \"arn:",
        "# keys \"KEY\"",
        "# keys \"OTHER\"",
        "# environment \"dev\"",
        "# runner \"Jenkinsfile\"",
        "# role \"vars.ROLE\"",
        "# If a server, a schedule or a pipeline of another repository applies these root modules too",
        "# sso {",
    ];
    assert!(order.map(at).is_sorted(), "{text}");
    // Where no role goes, nothing else may lose one.
    let plain = proposed(&[("main.tf", "provider \"aws\" {}\n")]);
    has_not(&plain, "another repository applies");
}

#[test]
fn every_line_to_fill_in_is_read_once_it_is_filled_in() {
    const BLOCKS: [&str; 13] = [
        "account \"",
        "ci {",
        "environment \"",
        "job \"",
        "keys \"",
        "module_source \"",
        "role \"",
        "runner \"",
        "sso {",
        "state_bucket \"",
        "state_profile =",
        "transform \"",
        "upgrade {",
    ];
    let text = asked();
    let mut filled = String::new();
    let (mut depth, mut count) = (0, 0);
    for line in text.lines() {
        let plain = line.strip_prefix("# ").unwrap_or(line);
        if depth == 0 && !BLOCKS.iter().any(|start| plain.starts_with(start)) {
            continue;
        }
        count += 1;
        let braces = |brace| plain.matches(brace).count();
        depth += braces('{') - plain.matches("{id}").count() - plain.matches("{version}").count();
        depth -= braces('}') - plain.matches("{id}").count() - plain.matches("{version}").count();
        let plain = plain
            .replace("id = \"...\"", "id = \"333333333333\"")
            .replace("account \"...\"", "account \"filled\"")
            .replace("\"...\"", "\"dev\"");
        filled += &(plain + "\n");
    }
    assert!(count > 20, "{text}");
    let read = engine::settings::Settings::parse(&filled, transforms::CATALOGUE);
    let read = read.unwrap_or_else(|error| panic!("{error}: {filled}"));
    assert_eq!(
        (read.keys.len(), read.environments.len(), read.roles.len()),
        (2, 1, 1)
    );
    assert_eq!((read.runners.len(), read.accounts.len()), (1, 3));
    assert_eq!(read.ci.role.to_string(), "arn:aws:iam::{id}:role/github-ci");
}
