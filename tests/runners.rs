//! Runners beside laptops and GitHub's jobs: what waits where one of them runs a root module, and
//! what does not.

mod answers;
mod called;
mod directories;
mod harmless;
mod unnamed;
mod waiting;

use engine::plan::Plan;
use engine::selection::Selection;

use crate::support::{Tree, changed};

const ACCOUNTS: &str = "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\n";

/// A root module whose default provider assumes a role in that account.
fn root(id: &str) -> String {
    format!(
        "provider \"aws\" {{\n  region  = \"eu-west-1\"\n  version = \"~> 5.0\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
    )
}

/// The root modules `dev` and `live`, a directory of scripts, and one more file.
fn tree(path: &str, text: &str) -> Tree {
    let (dev, live) = (root("111111111111"), root("222222222222"));
    let mut tree = Tree::new([
        ("dev/main.tf", dev.as_str()),
        ("live/main.tf", live.as_str()),
        ("app/README.md", "No Terraform.\n"),
    ]);
    tree.0.insert(path.into(), text.to_owned());
    tree
}

fn plan(tree: &Tree, answers: &str) -> Plan {
    let config = format!("{ACCOUNTS}{answers}");
    tree.plan(&config, Selection::default()).unwrap()
}

/// The root modules that change unasked.
fn safe(tree: &Tree, answers: &str) -> String {
    let paths = changed(&plan(tree, answers)).into_iter();
    let roots = paths.map(|path| path.replace("/main.tf", ""));
    roots.collect::<Vec<_>>().join(" ")
}

/// A file, its text, and the root modules that change unasked beside it.
type Row = (&'static str, &'static str, &'static str);

/// Nothing changes unasked.
const NONE: &str = "";

/// Both root modules do.
const BOTH: &str = "dev live";
