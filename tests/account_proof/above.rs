//! The same repositories with their root modules below `infra`, which has the configuration: what runs them stands above
//! it, and no edit reaches it.

use std::io;
use std::path::{Path, PathBuf};

use diagnostics::finding::Finding;
use engine::index::survey::{Survey, Surveyor};
use engine::plan::Plan;
use engine::planner;
use engine::request::Request;
use engine::settings::Settings;
use engine::source::{Above, Source};
use proptest::prelude::*;
use transforms::{CATALOGUE, SCANS};

use super::model::Repository;
use super::{generator, moved_by};
use crate::support::Tree;

/// A repository, of which the root modules are planned.
struct Below {
    own: Tree,
    whole: Tree,
    /// What stands above the root.
    files: Vec<PathBuf>,
}

impl Below {
    fn of(tree: &Tree) -> Self {
        let (mut own, mut whole, mut files) = (Tree::default(), Tree::default(), Vec::new());
        for (path, text) in &tree.0 {
            if path
                .extension()
                .is_some_and(|it| it == "tf" || it == "tofu")
            {
                own.0.insert(path.clone(), text.clone());
                whole.0.insert(Path::new("infra").join(path), text.clone());
                continue;
            }
            files.push(path.clone());
            let text = text.replace("-chdir=", "-chdir=infra/");
            let text = text.replace("- dir: ", "- dir: infra/");
            // A matrix gives `-chdir` its value.
            let text = text.replace("-chdir=infra/${{ matrix.dir }}", "-chdir=${{ matrix.dir }}");
            whole.0.insert(path.clone(), text);
        }
        Self { own, whole, files }
    }

    fn plan(&self, config: &str) -> Plan {
        let request = Request {
            settings: Settings::parse(config, CATALOGUE).unwrap(),
            ..Request::usual(CATALOGUE)
        };
        let surveyor = Surveyor::new(self, &request);
        let mut survey = Survey::default();
        for path in self.own.0.keys() {
            surveyor.file(path, &mut Vec::new(), &mut survey);
        }
        planner::plan(self, [survey], request, SCANS).unwrap()
    }
}

impl Source for Below {
    fn read(&self, path: &Path, buffer: &mut Vec<u8>) -> io::Result<()> {
        self.own.read(path, buffer)
    }

    fn files(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        self.own.files(directory)
    }

    fn tree(&self) -> io::Result<Vec<PathBuf>> {
        self.own.tree()
    }

    fn obstacle(&self, _path: &Path) -> io::Result<Option<String>> {
        Ok(None)
    }

    fn above(&self) -> io::Result<Option<Above<'_>>> {
        Ok(Some(Above {
            source: &self.whole,
            root: Path::new("infra"),
            files: &self.files,
            links: &[],
        }))
    }
}

/// What moves below `infra`; `None` where nothing does.
fn moved_below(repository: &Repository) -> Option<String> {
    let (tree, config) = (repository.tree(), repository.config.text(repository.other));
    let below = Below::of(&tree);
    let own = config.replace("runner \"", "runner \"../");
    let plan = below.plan(&own);
    let mut text = format!("--- tfkeyless.hcl\n{own}");
    for (path, file) in &below.whole.0 {
        text.push_str(&format!("--- {}\n{file}", path.display()));
    }
    moved_by(&plan, (&config, &tree, text), |_, _| true)
}

/// The root modules that change, where a job with keys runs `dev`.
fn changed(steps: &str) -> Vec<String> {
    let workflow = format!(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{{{ secrets.A }}}}\n      AWS_SECRET_ACCESS_KEY: ${{{{ secrets.B }}}}\n    steps:\n      - run: {steps}\n"
    );
    let role = |id: &str| {
        format!(
            "provider \"aws\" {{\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
        )
    };
    let tree = Tree::new([
        ("dev/main.tf", role("111111111111").as_str()),
        ("live/main.tf", role("222222222222").as_str()),
        (".github/workflows/main.yml", workflow.as_str()),
    ]);
    let plan = Below::of(&tree).plan(
        "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\n",
    );
    let applied = plan.findings.iter().filter(|it: &&Finding| it.applied);
    let paths = applied.map(|it| it.at.path.display().to_string());
    paths.collect()
}

#[test]
fn only_what_runs_above_waits() {
    assert_eq!(changed("terraform -chdir=dev apply"), ["live/main.tf"]);
    assert_eq!(changed("ls"), ["dev/main.tf", "live/main.tf"]);
}

proptest! {
    #[test]
    fn no_identity_moves_unasked_below_what_runs_it(repository in generator::repository()) {
        let found = moved_below(&repository);
        prop_assert!(found.is_none(), "{}", found.unwrap_or_default());
    }
}
