//! Files that cannot be read or looked at, at every call that planning makes: a plan is whole, or it
//! is none and names the file.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use engine::error::PlanError;
use engine::index::survey::{Survey, Surveyor};
use engine::plan::Plan;
use engine::planner;
use engine::request::Request;
use engine::settings::Settings;
use engine::source::Source;
use transforms::{CATALOGUE, SCANS};

use crate::support::{CONFIG, PROVIDER_4, ROLE_1, Tree, VPC_3};

/// A tree of which one call fails, and all later ones of the same file if that is asked for.
struct Faulty<'t> {
    tree: &'t Tree,
    calls: AtomicUsize,
    failing: usize,
}

impl Faulty<'_> {
    fn call<T>(&self, found: io::Result<T>) -> io::Result<T> {
        match self.calls.fetch_add(1, Ordering::SeqCst) == self.failing {
            true => Err(io::Error::from_raw_os_error(5)),
            false => found,
        }
    }
}

impl Source for Faulty<'_> {
    fn read(&self, path: &Path, buffer: &mut Vec<u8>) -> io::Result<()> {
        self.call(self.tree.read(path, buffer))
    }

    fn files(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        self.call(self.tree.files(directory))
    }

    fn tree(&self) -> io::Result<Vec<PathBuf>> {
        self.call(self.tree.tree())
    }

    fn obstacle(&self, path: &Path) -> io::Result<Option<String>> {
        self.call(self.tree.obstacle(path))
    }
}

fn plan(source: &dyn Source, tree: &Tree) -> Result<Plan, PlanError> {
    let request = Request {
        settings: Settings::parse(CONFIG, CATALOGUE).unwrap(),
        ..Request::usual(CATALOGUE)
    };
    let surveyor = Surveyor::new(source, &request);
    let mut survey = Survey::default();
    for path in tree.0.keys() {
        surveyor.file(path, &mut Vec::new(), &mut survey);
    }
    for (link, target) in &tree.1 {
        surveyor.link(link, target, &mut Vec::new(), &mut survey);
    }
    planner::plan(source, [survey], request, SCANS)
}

fn reported(plan: &Plan) -> String {
    let Plan {
        changes,
        findings,
        skipped,
        accounts,
        steps,
        ..
    } = plan;
    format!("{changes:#?}{findings:#?}{skipped:#?}{accounts:#?}{steps:#?}")
}

/// A repository in which every part of planning has something to read.
fn world() -> Tree {
    let module = format!(
        "{PROVIDER_4}{VPC_3}variable \"role\" {{\n  default = \"x\"\n}}\nprovider \"aws\" {{\n  region = \"eu-west-1\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::111111111111:role/${{var.role}}\"\n  }}\n}}\nresource \"null_resource\" \"n\" {{\n  provisioner \"local-exec\" {{\n    command = \"./run.sh\"\n  }}\n}}\n"
    );
    let workflow = "on:\n  push:\n    branches: [main]\npermissions:\n  contents: read\njobs:\n  plan:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n    steps:\n      - uses: ./.github/actions/setup\n      - run: make plan\n";
    let action =
        "runs:\n  using: composite\n  steps:\n    - run: terraform version\n      shell: bash\n";
    Tree::new([
        ("dev/main.tf", module.as_str()),
        ("dev/terraform.tfvars", "role = \"y\"\n"),
        ("dev/s3.tf", "terraform {\n  backend \"s3\" {}\n}\n"),
        ("dev/dev.s3.tfbackend", "bucket = \"b\"\nkey = \"k\"\n"),
        ("dev/run.sh", "aws s3 ls\n"),
        ("shared/provider.tf", ROLE_1),
        (
            "unit/terragrunt.hcl",
            "terraform {\n  source = \"../dev\"\n}\n",
        ),
        (
            "Makefile",
            "plan:\n\tterraform -chdir=dev plan -var-file=terraform.tfvars\n",
        ),
        (
            ".gitlab-ci.yml",
            "job:\n  script:\n    - ./deploy.sh\n    - make plan\n",
        ),
        ("deploy.sh", "terraform -chdir=app apply\n"),
        (".github/workflows/ci.yml", workflow),
        (".github/actions/setup/action.yml", action),
    ])
    .linked([("app/provider.tf", "shared/provider.tf")])
}

#[test]
fn a_fault_of_one_call_fails_the_plan_by_the_name_of_the_file() {
    let tree = world();
    let whole = Faulty {
        tree: &tree,
        calls: AtomicUsize::new(0),
        failing: usize::MAX,
    };
    let expected = reported(&plan(&whole, &tree).unwrap());
    let calls = whole.calls.load(Ordering::SeqCst);
    assert!(calls > 30, "{calls}");
    let mut failed = 0;
    for failing in 0..calls {
        let source = Faulty {
            tree: &tree,
            calls: AtomicUsize::new(0),
            failing,
        };
        match plan(&source, &tree) {
            Ok(plan) => assert_eq!(reported(&plan), expected, "call {failing}"),
            Err(PlanError::Unreadable(path, error)) => {
                failed += 1;
                assert_eq!(error.raw_os_error(), Some(5));
                // `make` looks for its file by several names.
                let is_there = |known: &PathBuf| known.starts_with(&path);
                let mut known = tree.0.keys().chain(tree.1.keys());
                assert!(
                    path.to_string_lossy().contains("akefile") || known.any(is_there),
                    "{path:?}"
                );
            }
            Err(other) => panic!("call {failing}: {other}"),
        }
    }
    assert_eq!(failed, calls);
}
