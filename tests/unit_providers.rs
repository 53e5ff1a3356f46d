//! A unit of Terragrunt runs the providers that its files generate beside those of the module that it deploys: a role
//! of the one is not removed under an ambient provider of the other.

use engine::selection::Selection;

use crate::support::{Tree, changed, reviewed};

const ACCOUNTS: &str =
    "account \"dev\" { id = \"111111111111\" }\naccount \"shared\" { id = \"333333333333\" }\n";
const ROLE: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
const AMBIENT: &str = "provider \"aws\" {\n  alias  = \"dns\"\n  region = \"us-east-1\"\n}\n";
const OWN: &str = "provider \"aws\" {\n  alias   = \"dns\"\n  profile = \"shared\"\n}\n";
const GUARDED: &str = "provider \"aws\" {\n  alias               = \"dns\"\n  allowed_account_ids = [\"333333333333\"]\n}\n";
const SOURCE: &str = "terraform {\n  source = \"../m\"\n}\n";
const INCLUDE: &str = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n";

fn generating(provider: &str) -> String {
    format!(
        "generate \"p\" {{\n  path      = \"p.tf\"\n  if_exists = \"overwrite\"\n  contents  = <<EOF\n{provider}EOF\n}}\n"
    )
}

/// The files that a plan changes unasked, and those with `--review`.
fn outcome(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let tree = Tree::new(files.iter().copied());
    let plan = |selection| changed(&tree.plan(ACCOUNTS, selection).unwrap());
    (plan(Selection::default()), plan(reviewed()))
}

#[test]
fn a_role_waits_beside_an_ambient_provider_of_the_same_unit() {
    for (generated, module, edited, goes) in [
        (AMBIENT, ROLE, "m/main.tf", false),
        (ROLE, AMBIENT, "root.hcl", false),
        (OWN, ROLE, "m/main.tf", true),
        (ROLE, OWN, "root.hcl", true),
        (GUARDED, ROLE, "m/main.tf", true),
        (ROLE, GUARDED, "root.hcl", true),
        (ROLE, "", "root.hcl", true),
        ("", ROLE, "m/main.tf", true),
    ] {
        let root = generating(generated);
        let unit = format!("{SOURCE}{INCLUDE}");
        let (safe, asked) = outcome(&[
            ("root.hcl", &root),
            ("u/terragrunt.hcl", &unit),
            ("m/main.tf", module),
        ]);
        assert_eq!(
            safe.contains(&edited.to_owned()),
            goes,
            "{generated}{module}"
        );
        assert!(asked.contains(&edited.to_owned()), "{generated}{module}");
        let own = format!("{SOURCE}{root}");
        let edited = edited.replace("root.hcl", "u/terragrunt.hcl");
        let (safe, _) = outcome(&[("u/terragrunt.hcl", &own), ("m/main.tf", module)]);
        assert_eq!(safe.contains(&edited), goes, "{generated}{module}");
    }
}

#[test]
fn a_role_waits_where_what_the_unit_generates_is_not_understood() {
    for (contents, goes) in [
        (
            "\"provider \\\"aws\\\" {\\n  alias = \\\"x\\\"\\n}\\n\"",
            false,
        ),
        ("templatefile(\"provider.tftpl\", {})", false),
        ("\"locals {}\\n\"", true),
    ] {
        let unit = format!(
            "{SOURCE}generate \"x\" {{\n  path      = \"x.tf\"\n  if_exists = \"overwrite\"\n  contents  = {contents}\n}}\n"
        );
        let (safe, asked) = outcome(&[
            ("u/terragrunt.hcl", &unit),
            ("m/main.tf", ROLE),
            ("other/main.tf", ROLE),
        ]);
        let expected: &[&str] = if goes {
            &["m/main.tf", "other/main.tf"]
        } else {
            &["other/main.tf"]
        };
        assert_eq!(safe, expected, "{contents}");
        assert_eq!(asked, ["m/main.tf", "other/main.tf"], "{contents}");
    }
}

#[test]
fn the_other_provider_is_named() {
    let root = generating(AMBIENT);
    let unit = format!("{SOURCE}{INCLUDE}");
    let tree = Tree::new([
        ("root.hcl", root.as_str()),
        ("u/terragrunt.hcl", &unit),
        ("m/main.tf", ROLE),
    ]);
    let plan = tree.plan(ACCOUNTS, Selection::default()).unwrap();
    let why = "provider \"aws.dns\" (root.hcl:5) has no credentials of its own and uses the ambient credentials";
    let mut notes = plan.findings.iter().flat_map(|it| &it.notes);
    assert!(notes.any(|it| it.contains(why)), "{:#?}", plan.findings);
}
