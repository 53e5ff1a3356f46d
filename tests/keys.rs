//! Which static keys go, decided across files and transforms.

mod backends;
mod providers;
mod variables;

use crate::support::{CONFIG, Tree};
use engine::plan::Plan;
use engine::selection::Selection;

const KEYED: &str = "provider \"aws\" {\n  version    = \"~> 5.0\"\n  access_key = var.a\n  secret_key = var.b\n}\n";

const BLOCK: &str = "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n    token  = \"x\"\n  }\n}\n";

#[track_caller]
fn planned(files: &[(&str, &str)], selection: Selection) -> (Tree, Plan) {
    let tree = Tree::new(files.iter().copied());
    let plan = tree.plan(CONFIG, selection).unwrap();
    (tree, plan)
}

/// A selection of these transforms, or of all but these.
fn selection(only: &[&str], skip: &[&str]) -> Selection {
    let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    Selection {
        only: owned(only),
        skip: owned(skip),
        ..Selection::default()
    }
}

fn scope(path: &str) -> Selection {
    Selection {
        scope: vec![path.into()],
        ..Selection::default()
    }
}
