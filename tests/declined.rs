//! Findings that are declined, by a comment or in the request: no edit of theirs is made, and what
//! depends on them is decided without.

use std::collections::BTreeSet;

use engine::declined::FindingName;
use engine::plan::Plan;
use engine::selection::Selection;

use crate::support::{PROVIDER_4, ROLE_1, Tree, changed, reports, reviewed};

const CONFIG: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\naccount \"shared\" { id = \"333333333333\" }\nkeys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\nmodule_source \"zips\" {\n  repository = \"github.com/a/b\"\n  ref = \"v1\"\n}\n";

const BACKEND: &str =
    "terraform {\n  backend \"s3\" {\n    bucket = \"states\"\n    key    = \"a\"\n  }\n}\n";

/// A job with static keys that applies one root module.
fn job(directory: &str) -> String {
    format!(
        "on: push\njobs:\n  apply:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: read\n    env:\n      AWS_ACCESS_KEY_ID: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n      AWS_SECRET_ACCESS_KEY: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n    steps:\n      - uses: actions/checkout@v4\n      - run: terraform -chdir={directory} init && terraform -chdir={directory} apply\n"
    )
}

fn plan(tree: &Tree, selection: Selection) -> Plan {
    tree.plan(CONFIG, selection).unwrap()
}

/// The plan without the changes of a transform to one subject.
fn without(tree: &Tree, selection: Selection, transform: &str, subject: &str) -> Plan {
    let all = tree.plan(CONFIG, selection.clone()).unwrap();
    let names = all
        .applied()
        .filter(|finding| finding.transform == transform && finding.subject.starts_with(subject));
    let names: BTreeSet<FindingName> = names.map(FindingName::of).collect();
    assert!(!names.is_empty(), "{:?}", all.findings);
    tree.plan_declining(CONFIG, selection, names).unwrap()
}

fn after(tree: &Tree, plan: &Plan, path: &str) -> String {
    tree.with(plan).0[std::path::Path::new(path)].clone()
}

#[test]
fn a_comment_keeps_its_line_from_every_transform() {
    let keyed = "provider \"aws\" {\n  access_key = \"AKIAIOSFODNN7EXAMPLE\" # tfkeyless: ignore[ID] why\n  secret_key = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\"\n}\n";
    let role = ROLE_1.replace("assume_role {", "assume_role { # tfkeyless: ignore[ID] why");
    let requirement = PROVIDER_4.replace("\"~> 4.0\"", "\"~> 4.0\" # tfkeyless: ignore[ID] why");
    let vpc = "module \"vpc\" {\n  source  = \"terraform-aws-modules/vpc/aws\"\n  # tfkeyless: ignore[ID] why\n  version = \"3.18.1\"\n  cidr    = \"10.0.0.0/16\"\n}\n";
    let eip = format!(
        "{PROVIDER_4}resource \"aws_eip\" \"a\" {{\n  vpc = true # tfkeyless: ignore[ID] why\n}}\n"
    );
    let zip = "module \"m\" {\n  # tfkeyless: ignore[ID] why\n  source = \"s3::https://s3.amazonaws.com/zips/a.zip\"\n}\n";
    let backend = BACKEND.replace(
        "backend \"s3\" {",
        "# tfkeyless: ignore[ID] why\n  backend \"s3\" {",
    );
    let lock = "# tfkeyless: ignore[ID] why\nprovider \"registry.terraform.io/hashicorp/aws\" {\n  version     = \"4.67.0\"\n  constraints = \"~> 4.0\"\n  hashes = [\n    \"h1:dCRc4GqsyfqHEMjgtlM1EympBcgTmcTkWaJmtd91+KA=\",\n  ]\n}\n";
    let workflow = job("app").replace(
        "AWS_ACCESS_KEY_ID: $",
        "# tfkeyless: ignore[ID] why\n      AWS_ACCESS_KEY_ID: $",
    );
    let variable = "variable \"role\" { # tfkeyless: ignore[ID] why\n  default = \"arn:aws:iam::111111111111:role/x\"\n}\nprovider \"aws\" {\n  assume_role {\n    role_arn = var.role\n  }\n}\n";
    for (id, path, text, beside) in [
        ("remove_static_keys", "app/main.tf", keyed, None),
        ("remove_assume_role", "app/main.tf", role.as_str(), None),
        ("bump_provider", "app/main.tf", requirement.as_str(), None),
        ("bump_module", "app/main.tf", vpc, None),
        ("upgrade_arguments", "app/main.tf", eip.as_str(), None),
        ("github_module_source", "app/main.tf", zip, None),
        ("set_backend_profile", "app/main.tf", backend.as_str(), None),
        (
            "relock_provider",
            "app/.terraform.lock.hcl",
            lock,
            Some(("app/main.tf", PROVIDER_4)),
        ),
        ("remove_unused", "app/main.tf", variable, None),
        (
            "workflow_oidc",
            ".github/workflows/ci.yml",
            workflow.as_str(),
            Some(("app/main.tf", BACKEND)),
        ),
    ] {
        let selection = || match id {
            "remove_unused" => reviewed(),
            _ => Selection::default(),
        };
        let files = |text: &str| {
            let own = [(path.to_owned(), text.to_owned())].into_iter();
            let beside =
                beside.map(|(path, text): (&str, &str)| (path.to_owned(), text.to_owned()));
            Tree(
                own.chain(beside)
                    .map(|(path, text)| (path.into(), text))
                    .collect(),
                [].into(),
            )
        };
        let ignoring = files(
            &text
                .replace("ID", id)
                .replace(&format!("AWS_ACCESS_KEY_{id}"), "AWS_ACCESS_KEY_ID"),
        );
        let other = files(&text.replace("ignore[ID]", "ignore[native_state_lock]"));
        let is_of = |plan: &Plan| {
            plan.findings
                .iter()
                .any(|it| it.transform == id && it.applied)
        };
        assert!(is_of(&plan(&other, selection())), "{id}: nothing to ignore");
        let kept = plan(&ignoring, selection());
        assert!(!is_of(&kept), "{id}: {:?}", kept.changes);
        let line = text
            .lines()
            .position(|line| line.contains("ignore[ID]"))
            .unwrap()
            + 1;
        let skipped = kept.skipped.iter().any(|skip| {
            skip.line == Some(line) && skip.reason == format!("has an ignore comment: ignore[{id}]")
        });
        assert!(skipped, "{id}: {:?}", kept.skipped);
    }
}

#[test]
fn a_declined_requirement_holds_its_arguments() {
    let text = format!("{PROVIDER_4}resource \"aws_db_instance\" \"a\" {{\n  name = \"x\"\n}}\n");
    let tree = Tree::new([("app/main.tf", text.as_str())]);
    assert_eq!(changed(&plan(&tree, Selection::default())), ["app/main.tf"]);
    for (transform, subject) in [("bump_provider", ""), ("upgrade_arguments", "")] {
        let held = without(&tree, Selection::default(), transform, subject);
        assert_eq!(changed(&held), Vec::<String>::new(), "{transform}");
    }
}

#[test]
fn a_declined_role_keeps_the_job_where_it_signed_in() {
    let app = format!("{BACKEND}{ROLE_1}");
    let workflow = job("app");
    let tree = Tree::new([
        ("app/main.tf", app.as_str()),
        (".github/workflows/ci.yml", &workflow),
    ]);
    let all = after(&tree, &plan(&tree, reviewed()), ".github/workflows/ci.yml");
    assert!(
        all.contains("DEV_AWS_OIDC_ROLE_ARN") || !all.contains("SHARED_"),
        "{all}"
    );
    let kept = without(&tree, reviewed(), "remove_assume_role", "provider \"aws\"");
    let module = after(&tree, &kept, "app/main.tf");
    assert!(module.contains("assume_role"), "{module}");
    assert!(!module.contains("allowed_account_ids"), "{module}");
    // The job signs in to the account of its keys, from which the role goes on.
    let accounts: Vec<&String> = kept
        .applied()
        .flat_map(|finding| &finding.signed_in)
        .flat_map(|job| &job.roles)
        .flat_map(|role| &role.accounts)
        .collect();
    assert!(!accounts.is_empty());
    assert!(
        accounts.iter().all(|it| *it == "333333333333"),
        "{accounts:?}"
    );
}

#[test]
fn a_declined_job_keeps_its_keys_and_the_roles_wait() {
    let app = format!("{BACKEND}{ROLE_1}");
    let workflow = job("app");
    let tree = Tree::new([
        ("app/main.tf", app.as_str()),
        (".github/workflows/ci.yml", &workflow),
    ]);
    let kept = without(&tree, Selection::default(), "workflow_oidc", "job apply");
    assert_eq!(changed(&kept), Vec::<String>::new());
    let reports = reports(&kept);
    assert!(
        reports.iter().any(|it| it
            .contains("job `apply` (.github/workflows/ci.yml:3) runs it and stays on static keys")
            || it.contains("stays on static keys")),
        "{reports:?}"
    );
    let skipped: Vec<&str> = kept.skipped.iter().map(|it| it.reason.as_str()).collect();
    assert!(
        skipped.contains(&"is left as it is: workflow_oidc of job apply is declined"),
        "{skipped:?}"
    );
}

#[test]
fn a_comment_at_a_job_or_among_its_keys_keeps_the_job() {
    let comment = "# tfkeyless: ignore[workflow_oidc] later\n";
    let at = |line: &str| {
        let (before, _) = line.split_at(line.len() - line.trim_start().len());
        job("dev").replace(line, &format!("{before}{comment}{line}"))
    };
    let root = format!("provider \"aws\" {{\n{ROLE_1}}}\n{BACKEND}");
    for line in [
        "  apply:\n",
        "      AWS_ACCESS_KEY_ID",
        "      AWS_SECRET_ACCESS_KEY:",
    ] {
        let tree = Tree::new([
            ("dev/main.tf", root.as_str()),
            (".github/workflows/tf.yml", &at(line)),
        ]);
        let plan = plan(&tree, Selection::default());
        let mut made = plan.applied().map(|it| it.transform);
        assert!(
            !made.any(|it| it == "workflow_oidc"),
            "{line} {:?}",
            changed(&plan)
        );
        let mut made = plan.applied().map(|it| it.transform);
        assert!(!made.any(|it| it == "remove_assume_role"), "{line}");
    }
    // Of another line it is nothing to the job.
    let other = at("    runs-on: ubuntu-latest\n");
    let tree = Tree::new([
        ("dev/main.tf", root.as_str()),
        (".github/workflows/tf.yml", &other),
    ]);
    let plan = plan(&tree, Selection::default());
    assert!(plan.applied().any(|it| it.transform == "workflow_oidc"));
}

#[test]
fn a_comment_within_a_block_keeps_what_would_be_added_to_it() {
    for (id, is_added) in [("set_backend_profile", false), ("remove_assume_role", true)] {
        let comment = format!("    # tfkeyless: ignore[{id}] x\n    key ");
        let root = format!(
            "provider \"aws\" {{}}\n{}",
            BACKEND.replace("    key ", &comment)
        );
        let tree = Tree::new([("dev/main.tf", root.as_str())]);
        let plan = plan(&tree, Selection::default());
        let mut made = plan.applied().map(|it| it.transform);
        assert_eq!(made.any(|it| it == "set_backend_profile"), is_added, "{id}");
    }
}

#[test]
fn of_two_providers_in_a_file_one_may_be_declined() {
    let text = format!(
        "{ROLE_1}provider \"aws\" {{\n  alias = \"b\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::111111111111:role/y\"\n  }}\n}}\nprovider \"aws\" {{\n  alias = \"c\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::333333333333:role/y\"\n  }}\n}}\n"
    );
    let tree = Tree::new([("app/main.tf", text.as_str())]);
    let kept = without(
        &tree,
        reviewed(),
        "remove_assume_role",
        "provider \"aws.b\"",
    );
    let module = after(&tree, &kept, "app/main.tf");
    assert_eq!(module.matches("assume_role {").count(), 1, "{module}");
    assert!(module.contains("profile = \"shared\""), "{module}");
    // An alias in the default provider's account follows it.
    let kept = without(&tree, reviewed(), "remove_assume_role", "provider \"aws\"");
    let module = after(&tree, &kept, "app/main.tf");
    assert_eq!(module.matches("assume_role {").count(), 2, "{module}");
}
