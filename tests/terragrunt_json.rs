//! Terragrunt reads `terragrunt.hcl.json` as `terragrunt.hcl`: what either says counts alike.

use engine::selection::Selection;

use crate::support::{Tree, changed, reports, reviewed};

const ACCOUNTS: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\n";

/// The provider of a module, by a role of account `dev`.
const MODULE: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";

/// A file above units that generates the same provider.
fn root() -> String {
    format!(
        "generate \"provider\" {{\n  path      = \"provider.tf\"\n  if_exists = \"overwrite\"\n  contents  = <<EOF\n{MODULE}EOF\n}}\n"
    )
}

/// The files that a plan changes unasked.
fn safe(files: &[(&str, &str)]) -> Vec<String> {
    let tree = Tree::new(files.iter().copied());
    changed(&tree.plan(ACCOUNTS, Selection::default()).unwrap())
}

#[test]
fn what_a_unit_in_json_says_counts_as_in_hcl() {
    let role = "arn:aws:iam::222222222222:role/tg";
    let same = "arn:aws:iam::111111111111:role/tg";
    let source = (
        "terraform {\n  source = \"../m\"\n}\n",
        "\"terraform\": {\"source\": \"../m\"}",
    );
    let include = (
        "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n",
        "\"include\": {\"root\": {\"path\": \"${find_in_parent_folders(\\\"root.hcl\\\")}\"}}",
    );
    let bare = (
        include.0,
        "\"include\": {\"path\": \"${find_in_parent_folders(\\\"root.hcl\\\")}\"}",
    );
    let of_role = |arn: &str| {
        (
            format!("iam_role = \"{arn}\"\n"),
            format!("\"iam_role\": \"{arn}\""),
        )
    };
    let (other, own) = (of_role(role), of_role(same));
    let (other, own) = (
        (other.0.as_str(), other.1.as_str()),
        (own.0.as_str(), own.1.as_str()),
    );
    let computed = (
        "iam_role = get_env(\"ROLE\")\n",
        "\"iam_role\": \"${get_env(\\\"ROLE\\\")}\"",
    );
    let inputs = ("inputs = { a = \"b\" }\n", "\"inputs\": {\"a\": \"b\"}");
    for (parts, module, expected) in [
        // Its role acts for whatever it deploys.
        (vec![source, other], MODULE, &[][..]),
        (vec![source, computed], MODULE, &[]),
        (vec![source, own], MODULE, &["m/main.tf"]),
        (vec![source, inputs], MODULE, &["m/main.tf"]),
        // And for what the files that it includes generate.
        (vec![source, include, other], "", &[]),
        (vec![source, bare, other], "", &[]),
        (vec![source, include, computed], "", &[]),
        (vec![source, include, own], "", &["root.hcl"]),
        (vec![source, include], "", &["root.hcl"]),
    ] {
        let root = root();
        let hcl: String = parts.iter().map(|(hcl, _)| *hcl).collect();
        let json: Vec<&str> = parts.iter().map(|(_, json)| *json).collect();
        let json = format!("{{\n  {}\n}}\n", json.join(",\n  "));
        for (name, unit) in [("u/terragrunt.hcl", &hcl), ("u/terragrunt.hcl.json", &json)] {
            let mut files = vec![(name, unit.as_str()), ("m/main.tf", module)];
            if module.is_empty() {
                files.push(("root.hcl", &root));
            }
            assert_eq!(safe(&files), expected, "{name} {unit}");
        }
    }
}

#[test]
fn a_state_in_json_gets_the_profile_of_its_account() {
    let state = |profile: &str| {
        format!(
            "{{\n  \"terraform\": {{\"source\": \"../m\"}},\n  \"remote_state\": {{\n    \"backend\": \"s3\",\n    \"config\": {{\n      \"bucket\": \"b\",\n      \"key\": \"k\"{profile}\n    }}\n  }}\n}}\n"
        )
    };
    let files = [
        ("u/terragrunt.hcl.json", state("")),
        (
            "m/main.tf",
            format!("terraform {{\n  backend \"s3\" {{}}\n}}\n{MODULE}"),
        ),
    ];
    let tree = Tree::new(files.iter().map(|(path, text)| (*path, text.as_str())));
    let plan = tree.plan(ACCOUNTS, reviewed()).unwrap();
    let change = plan
        .changes
        .iter()
        .find(|it| it.path.ends_with("terragrunt.hcl.json"));
    let change = change.unwrap_or_else(|| panic!("{:#?}", reports(&plan)));
    assert_eq!(change.after, state(",\n      \"profile\": \"shared\""));
    assert!(plan.changes.iter().any(|it| it.path.ends_with("main.tf")));
}

#[test]
fn json_that_is_none_is_said() {
    let files = [
        ("u/terragrunt.hcl.json", "{\"iam_role\": "),
        ("m/main.tf", MODULE),
    ];
    let plan = Tree::new(files)
        .plan(ACCOUNTS, Selection::default())
        .unwrap();
    assert!(
        plan.skipped
            .iter()
            .any(|it| it.path.ends_with("terragrunt.hcl.json")),
        "{:?}",
        plan.skipped
    );
}
