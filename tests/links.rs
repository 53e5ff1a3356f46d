//! Symbolic links: a linked file is read in the module that links it, and edited once, at its target,
//! where all of its modules get the same edits.

use std::fs;
use std::os::unix::fs::symlink;

use engine::plan::Plan;
use engine::selection::Selection;

use crate::support::checkout::Checkout;
use crate::support::{CONFIG, PROVIDER_4, ROLE_1, Tree, changed, reports, reviewed};

/// A root module's own code.
const QUEUE: &str = "resource \"aws_sqs_queue\" \"a\" {\n}\n";
/// Fails with provider 5, and only a person can change it.
const GROUPS: &str = "resource \"aws_db_instance\" \"g\" {\n  security_group_names = [\"g\"]\n}\n";
/// A provider whose role a variable names.
const BY_VARIABLE: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = var.role\n  }\n}\n";
const ACCOUNTS: &str = "state_profile = \"shared\"\naccount \"shared\" { id = \"333333333333\" }\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\n";

/// The default of a variable that names a role.
fn role(account: &str) -> String {
    format!("variable \"role\" {{\n  default = \"arn:aws:iam::{account}:role/deploy\"\n}}\n")
}

fn plan(tree: &Tree, config: &str) -> Plan {
    tree.plan(config, Selection::default()).unwrap()
}

fn after(tree: &Tree, plan: &Plan, path: &str) -> String {
    tree.with(plan).0[std::path::Path::new(path)].clone()
}

#[test]
fn a_linked_file_is_edited_once_for_all_modules_that_get_the_same() {
    let dev = role("111111111111");
    let keys = "terraform {\n  backend \"s3\" {\n    bucket     = \"states\"\n    key        = \"a\"\n    access_key = \"AKIAIOSFODNN7EXAMPLE\"\n    secret_key = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\"\n  }\n}\n";
    // What is in `shared/`, and what each of the two modules has beside its link.
    for (name, file, text, [app, web], gone) in [
        (
            "a role by variable",
            "provider.tf",
            BY_VARIABLE,
            [dev.as_str(), dev.as_str()],
            "assume_role",
        ),
        (
            "one role",
            "provider.tf",
            ROLE_1,
            [QUEUE, QUEUE],
            "assume_role",
        ),
        (
            "a requirement",
            "versions.tf",
            PROVIDER_4,
            [QUEUE, QUEUE],
            "~> 4.0",
        ),
        (
            "a backend",
            "backend.tf",
            keys,
            [QUEUE, QUEUE],
            "access_key",
        ),
        (
            "in JSON",
            "versions.tf.json",
            "{\"terraform\": {\"required_providers\": {\"aws\": {\"source\": \"hashicorp/aws\", \"version\": \"~> 4.0\"}}}}\n",
            [QUEUE, QUEUE],
            "~> 4.0",
        ),
    ] {
        let path = format!("shared/{file}");
        let tree = Tree::new([
            (path.as_str(), text),
            ("app/main.tf", app),
            ("web/main.tf", web),
        ]);
        let links = [format!("app/{file}"), format!("web/{file}")];
        let tree = tree.linked(links.iter().map(|link| (link.as_str(), path.as_str())));
        let plan = plan(&tree, ACCOUNTS);
        assert!(
            after(&tree, &plan, &path) != *text,
            "{name}: {:?}",
            reports(&plan)
        );
        assert!(!after(&tree, &plan, &path).contains(gone), "{name}");
        let mut edits = plan.applied().flat_map(|finding| &finding.edits);
        assert!(edits.all(|edit| tree.0.contains_key(&edit.path)), "{name}");
        let steps: Vec<_> = plan.steps.iter().flat_map(|step| &step.commands).collect();
        let steps = format!("{steps:?}");
        assert!(!steps.contains("-chdir=shared"), "{name}: {steps}");
        if text != ROLE_1 && text != BY_VARIABLE {
            for module in ["app", "web"] {
                assert!(
                    steps.contains(&format!("-chdir={module} init")),
                    "{name}: {steps}"
                );
            }
        }
        let again = tree.with(&plan);
        assert!(self::plan(&again, ACCOUNTS).changes.is_empty(), "{name}");
    }
}

/// Two modules, `app` and `web`, that link `shared/provider.tf`.
fn provider(text: &str, app: &str, web: &str) -> Tree {
    let tree = Tree::new([
        ("shared/provider.tf", text),
        ("app/main.tf", app),
        ("web/main.tf", web),
    ]);
    tree.linked([
        ("app/provider.tf", "shared/provider.tf"),
        ("web/provider.tf", "shared/provider.tf"),
    ])
}

fn with(mut tree: Tree, path: &str, text: &str) -> Tree {
    tree.0.insert(path.into(), text.to_owned());
    tree
}

#[test]
fn a_role_that_one_of_the_modules_keeps_stays_for_all_and_the_finding_names_it() {
    let tree = provider(ROLE_1, QUEUE, QUEUE);
    assert_eq!(changed(&plan(&tree, "")), ["shared/provider.tf"]);
    // It cannot be pinned: the profile of the keys' account is not known.
    let ambient = "provider \"aws\" {\n  alias = \"a\"\n}\n";
    let plan = plan(&with(tree, "web/ambient.tf", ambient), "");
    assert_eq!(changed(&plan), [""; 0]);
    let [report, ..] = &reports(&plan)[..] else {
        panic!("{:?}", reports(&plan));
    };
    let start = "shared/provider.tf:3: provider \"aws\" keeps its role: ";
    assert!(report.starts_with(start), "{report}");
    assert!(report.ends_with(" (in web)"), "{report}");
}

#[test]
fn a_role_in_another_account_for_each_module_stays_since_its_guard_would_name_one() {
    let [dev, live] = ["111111111111", "222222222222"].map(role);
    let plan = plan(&provider(BY_VARIABLE, &dev, &live), ACCOUNTS);
    assert_eq!(changed(&plan), [""; 0]);
    let [report] = &reports(&plan)[..] else {
        panic!("{:?}", reports(&plan));
    };
    let start =
        "shared/provider.tf:3: provider \"aws\" is not changed: shared/provider.tf belongs to web";
    assert!(report.starts_with(start), "{report}");
    assert!(report.contains("222222222222 (live)"), "{report}");
    assert!(report.ends_with(" (in app)"), "{report}");
}

#[test]
fn what_needs_review_in_one_of_the_modules_needs_it_in_all() {
    let jenkins = "node { sh 'cd web && terraform apply' }\n";
    let tree = with(provider(ROLE_1, QUEUE, QUEUE), "web/Jenkinsfile", jenkins);
    let plan = plan(&tree, ACCOUNTS);
    assert_eq!(changed(&plan), [""; 0]);
    let [report] = &reports(&plan)[..] else {
        panic!("{:?}", reports(&plan));
    };
    assert!(report.starts_with("shared/provider.tf:3: "), "{report}");
    assert!(
        report.contains("Jenkins (web/Jenkinsfile:1) runs it"),
        "{report}"
    );
    assert!(
        report.contains("come from the environment (in web)"),
        "{report}"
    );
    let plan = tree.plan(ACCOUNTS, reviewed()).unwrap();
    assert_eq!(changed(&plan), ["shared/provider.tf"]);
}

#[test]
fn of_the_declarations_in_a_linked_file_those_go_that_no_module_uses() {
    let region = "variable \"region\" {\n  default = \"eu-west-1\"\n}\n";
    let by_both = BY_VARIABLE.replace("var.role", "var.region == \"\" ? \"\" : var.role");
    let text = format!("{}{region}{by_both}", role("111111111111"));
    let output = "output \"role\" {\n  value = var.role\n}\n";
    let tree = provider(&text, output, QUEUE);
    let plan = tree.plan(ACCOUNTS, reviewed()).unwrap();
    let expected = format!(
        "{}provider \"aws\" {{\n  version             = \"~> 5.0\"\n  allowed_account_ids = [\"111111111111\"]\n}}\n",
        role("111111111111")
    );
    assert_eq!(after(&tree, &plan, "shared/provider.tf"), expected);
    assert_eq!(reports(&plan), [""; 0]);
}

#[test]
fn values_go_from_a_linked_file_where_every_module_loses_their_variable() {
    let variable = "variable \"role\" {\n}\n";
    let values = "name = \"a\"\nrole = \"arn:aws:iam::111111111111:role/x\"\n";
    let tree = Tree::new([
        ("app/main.tf", BY_VARIABLE),
        ("app/variables.tf", variable),
        ("web/main.tf", BY_VARIABLE),
        ("web/variables.tf", variable),
        ("shared/common.tfvars", values),
    ]);
    let tree = tree.linked([
        ("app/common.auto.tfvars", "shared/common.tfvars"),
        ("web/common.auto.tfvars", "shared/common.tfvars"),
    ]);
    let plan = tree.plan(ACCOUNTS, reviewed()).unwrap();
    assert_eq!(
        after(&tree, &plan, "shared/common.tfvars"),
        "name = \"a\"\n"
    );
    for (file, text, why) in [
        (
            "web/output.tf",
            "output \"role\" {\n  value = var.role\n}\n",
            "belongs to web, too, where it stays as it is",
        ),
        (
            "deploy.sh",
            "terraform plan -var-file ../shared/common.tfvars\n",
            "is read by deploy.sh, too",
        ),
    ] {
        let tree = with(tree.clone(), file, text);
        let plan = tree.plan(ACCOUNTS, reviewed()).unwrap();
        assert_eq!(after(&tree, &plan, "shared/common.tfvars"), values);
        let report = "app/variables.tf:1: variable \"role\" is not changed: shared/common.tfvars";
        assert_eq!(reports(&plan)[0], format!("{report} {why}"));
    }
}

#[test]
fn a_module_in_the_directory_of_the_target_is_asked_too() {
    // Without the profile of the keys' account it cannot be pinned, and its default keeps its role.
    let ambient = "provider \"aws\" {\n  alias = \"a\"\n}\n";
    for (app, expected) in [(QUEUE, &["app/provider.tf"][..]), (ambient, &[])] {
        let tree = Tree::new([
            ("app/provider.tf", ROLE_1),
            ("app/main.tf", app),
            ("web/main.tf", QUEUE),
        ]);
        let tree = tree.linked([("web/provider.tf", "app/provider.tf")]);
        assert_eq!(changed(&plan(&tree, "")), expected);
    }
}

#[test]
fn files_that_only_others_link_are_no_module_of_their_own() {
    let backend =
        "terraform {\n  backend \"s3\" {\n    bucket = \"states\"\n    key    = \"a\"\n  }\n}\n";
    // Beside the linked files nothing is deployed from `shared`, or it is.
    for (file, is_module) in [
        (None, false),
        (Some(("shared/README.md", "")), false),
        (Some(("shared/dev.tfvars", "a = 1\n")), false),
        (Some(("shared/main.tf", QUEUE)), true),
        (
            Some(("shared/outputs.tf", "output \"a\" {\n  value = 1\n}\n")),
            true,
        ),
        (Some(("shared/.terraform.lock.hcl", "")), true),
        (
            Some((
                "top/main.tf",
                "module \"a\" {\n  source = \"../shared\"\n}\n",
            )),
            true,
        ),
    ] {
        let tree = Tree::new([("shared/backend.tf", backend), ("app/main.tf", QUEUE)]);
        let tree = tree.linked([("app/backend.tf", "shared/backend.tf")]);
        let tree = match file {
            Some((path, text)) => with(tree, path, text),
            None => tree,
        };
        let plan = plan(&tree, ACCOUNTS);
        assert_eq!(changed(&plan), ["shared/backend.tf"], "{file:?}");
        let steps: Vec<_> = plan.steps.iter().flat_map(|step| &step.commands).collect();
        let inits = |directory: &str| {
            steps.contains(&&format!("terraform -chdir={directory} init -reconfigure"))
        };
        assert!(inits("app"), "{file:?} {steps:?}");
        if file.is_none_or(|(path, _)| path.starts_with("shared")) {
            assert_eq!(inits("shared"), is_module, "{file:?} {steps:?}");
        }
    }
}

#[test]
fn settings_of_a_backend_are_completed_by_a_linked_file() {
    let partial = "terraform {\n  backend \"s3\" {\n  }\n}\n";
    let settings = "bucket = \"states\"\nkey    = \"a\"\n";
    let tree = Tree::new([
        ("app/main.tf", partial),
        ("web/main.tf", partial),
        ("backends/dev.tfbackend", settings),
    ]);
    let tree = tree.linked([
        ("app/dev.tfbackend", "backends/dev.tfbackend"),
        ("web/dev.tfbackend", "backends/dev.tfbackend"),
    ]);
    let plan = plan(&tree, CONFIG);
    assert_eq!(reports(&plan), [""; 0]);
    let after = after(&tree, &plan, "backends/dev.tfbackend");
    let words: Vec<&str> = after.split_whitespace().collect();
    assert_eq!(
        words.join(" "),
        "bucket = \"states\" key = \"a\" profile = \"shared\""
    );
}

#[test]
fn breaking_code_beside_a_linked_requirement_holds_it() {
    let tree = Tree::new([
        ("shared/versions.tf", PROVIDER_4),
        ("app/main.tf", GROUPS),
        ("web/main.tf", QUEUE),
    ]);
    let [app, web] =
        ["app/versions.tf", "web/versions.tf"].map(|link| (link, "shared/versions.tf"));
    for (links, is_held) in [
        (vec![app], true),
        (vec![app, web], true),
        (vec![web], false),
    ] {
        let tree = tree.clone().linked(links);
        let plan = plan(&tree, "");
        if !is_held {
            assert_eq!(changed(&plan), ["shared/versions.tf"]);
            continue;
        }
        assert_eq!(changed(&plan), [""; 0]);
        let mut open = plan.open().filter(|it| it.transform == "bump_provider");
        let bump = open.next().unwrap();
        let at = (bump.at.path.to_str().unwrap(), bump.message.as_str());
        assert_eq!(
            at,
            (
                "shared/versions.tf",
                "is not upgraded from `~> 4.0` to `~> 5.0`"
            )
        );
        let why = bump.notes.join("; ");
        assert!(
            why.contains("`aws_db_instance.g` (app/main.tf:2) would fail"),
            "{why}"
        );
        assert!(open.next().is_none());
    }
}

#[test]
fn only_the_paths_named_are_written_though_a_link_among_them_leads_elsewhere() {
    let tree = provider(ROLE_1, QUEUE, QUEUE);
    for (path, expected) in [
        ("app", &[][..]),
        ("shared", &["shared/provider.tf"]),
        ("shared/provider.tf", &["shared/provider.tf"]),
    ] {
        let selection = Selection {
            scope: vec![path.into()],
            ..Selection::default()
        };
        let plan = tree.plan(ACCOUNTS, selection).unwrap();
        assert_eq!(changed(&plan), expected);
        let is_said = reports(&plan).iter().any(|report| {
            report.contains("shared/provider.tf, which it needs too, is not among the paths named")
        });
        assert_eq!(is_said, expected.is_empty(), "{path}: {:?}", reports(&plan));
    }
}

#[test]
fn a_module_is_called_through_a_linked_directory() {
    let call = "module \"vpc\" {\n  source = \"./modules/vpc\"\n}\n";
    let tree = Tree::new([
        ("app/versions.tf", PROVIDER_4),
        ("app/main.tf", call),
        ("modules/vpc/main.tf", GROUPS),
    ]);
    assert_eq!(changed(&plan(&tree, "")), ["app/versions.tf"]);
    let tree = tree.linked([("app/modules", "modules")]);
    let plan = plan(&tree, "");
    assert_eq!(changed(&plan), [""; 0]);
    let mut notes = plan.open().flat_map(|it| &it.notes);
    assert!(notes.any(|note| note.contains("(modules/vpc/main.tf:2) would fail")));
}

#[test]
fn a_job_runs_a_root_module_through_a_linked_directory() {
    let jenkins = "node { sh 'cd live && terraform apply' }\n";
    let github = "on: push\njobs:\n  apply:\n    runs-on: self-hosted\n    steps:\n      - run: terraform init && terraform apply\n        working-directory: live\n        env:\n          AWS_ACCESS_KEY_ID: ${{ secrets.KEY }}\n          AWS_SECRET_ACCESS_KEY: ${{ secrets.SECRET }}\n          OTHER: ${{ steps.x.outputs.aws_access_key_id }}\n";
    for (file, text) in [
        ("Jenkinsfile", jenkins),
        (".github/workflows/a.yml", github),
    ] {
        let tree = Tree::new([("envs/live/main.tf", ROLE_1), (file, text)]);
        let is_named = |tree: &Tree| {
            let plan = plan(tree, ACCOUNTS);
            let mut open = plan
                .open()
                .filter(|it| it.transform == "remove_assume_role");
            open.any(|it| it.message.contains(file))
        };
        let mut other = tree.clone();
        other.0.insert("live/README.md".into(), String::new());
        assert!(!is_named(&other), "{file}");
        assert!(is_named(&tree.linked([("live", "envs/live")])), "{file}");
    }
}

#[test]
fn an_audit_reports_what_is_linked_once() {
    let checkout = Checkout::committed(&[
        ("shared/provider.tf", ROLE_1),
        ("app/main.tf", QUEUE),
        ("web/main.tf", QUEUE),
    ]);
    for module in ["app", "web"] {
        let link = checkout.path().join(module).join("provider.tf");
        symlink("../shared/provider.tf", link).unwrap();
    }
    let audit = checkout.run(&["audit"]).code(1);
    let shown = format!("{}{}", audit.stdout, audit.stderr);
    assert_eq!(shown.matches("provider.tf:").count(), 1, "{shown}");
    let ignored = ROLE_1.replace(
        "assume_role {",
        "assume_role { # tfkeyless: ignore[remove_assume_role] it stays",
    );
    checkout.write("shared/provider.tf", &ignored);
    checkout.run(&["audit"]).code(0);
}

#[test]
fn what_is_written_is_the_target_and_the_link_stays_one() {
    let checkout = Checkout::committed(&[
        ("tfkeyless.hcl", ACCOUNTS),
        ("shared/provider.tf", ROLE_1),
        ("app/main.tf", QUEUE),
        ("deep/er/main.tf", QUEUE),
        ("target.txt", PROVIDER_4),
    ]);
    let links = [
        ("../shared/provider.tf", "app/provider.tf"),
        // A link to a link, by way of a linked directory.
        ("../../by/provider.tf", "deep/er/provider.tf"),
        ("app", "by"),
        ("../target.txt", "app/versions.tf"),
    ];
    for (target, link) in links {
        symlink(target, checkout.path().join(link)).unwrap();
    }
    checkout.commit();
    checkout.run(&["apply", "--yes"]).code(0);
    for (target, link) in links {
        let there = fs::read_link(checkout.path().join(link)).unwrap();
        assert_eq!(there.to_str(), Some(target), "{link}");
    }
    assert!(!checkout.read("shared/provider.tf").contains("assume_role"));
    assert!(checkout.read("target.txt").contains("~> 5.0"));
    assert_eq!(
        checkout.git(&["status", "--short"]),
        " M shared/provider.tf\n M target.txt\n"
    );
    assert_eq!(checkout.run(&["plan"]).code(0).stdout, "");
}

#[test]
fn a_link_that_is_not_followed_has_a_reason() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("main.tf"), ROLE_1).unwrap();
    let checkout = Checkout::committed(&[
        ("a/.hidden/main.tf", ROLE_1),
        ("nested/.git/HEAD", ""),
        ("nested/main.tf", ROLE_1),
        ("configured/tfkeyless.hcl", ""),
        ("configured/main.tf", ROLE_1),
        (".github/ci.yml", "on: push\njobs: {}\n"),
        ("README.md", ""),
    ]);
    let out = outside.path().to_str().unwrap();
    let out_file = format!("{out}/main.tf");
    for (link, target, why) in [
        (
            "out.tf",
            out_file.as_str(),
            " that leads out of the repository",
        ),
        ("out", out, " that leads out of the repository"),
        ("up", "..", " that leads out of the repository"),
        ("gone.tf", "none.tf", " to nothing"),
        ("through.tf", "README.md/x.tf", " to nothing"),
        ("loop.tf", "loop.tf", " that leads back to itself"),
        (
            "hidden.tf",
            "a/.hidden/main.tf",
            " into a/.hidden, which is a hidden directory",
        ),
        (
            "hidden",
            "a/.hidden",
            " into a/.hidden, which is a hidden directory",
        ),
        (
            "nested.tf",
            "nested/main.tf",
            " into nested, which is a git repository of its own",
        ),
        (
            "own.tf",
            "configured/main.tf",
            " into configured, which has a configuration of its own",
        ),
        (
            ".github/workflows/ci.yml",
            "../ci.yml",
            ", which CI does not follow",
        ),
    ] {
        let link_path = checkout.path().join(link);
        fs::create_dir_all(link_path.parent().unwrap()).unwrap();
        symlink(target, &link_path).unwrap();
        let plan = checkout.run(&["plan", "--verbose"]).code(0);
        assert_eq!(plan.stdout, "", "{link}");
        plan.says(&format!("{link} is a symbolic link{why}"));
        fs::remove_file(link_path).unwrap();
    }
    // An editor's lock, what no module reads, and a directory of the tree are nothing to report.
    for (link, target) in [("notes.txt", "README.md"), ("none", "gone"), ("tree", "a")] {
        symlink(target, checkout.path().join(link)).unwrap();
        let plan = checkout.run(&["plan", "--verbose"]).code(0);
        assert!(!plan.stderr.contains("symbolic link"), "{}", plan.stderr);
    }
}
