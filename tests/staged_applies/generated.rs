//! Workflows of several files, whose jobs share pairs of keys, environments and accounts.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

use crate::support::{Tree, reviewed};
use engine::selection::Selection;

/// Where a job has its keys.
#[derive(Clone, Copy, Debug)]
enum Place {
    With,
    Job,
    Workflow,
}

/// A job in a file of its own.
#[derive(Clone, Debug)]
struct Job {
    place: Place,
    /// The secret with the id of its keys, or the id itself.
    id: &'static str,
    environment: Option<&'static str>,
    is_doubtful: bool,
    /// The root module that it applies.
    root: Option<&'static str>,
}

#[derive(Clone, Debug)]
struct Repository {
    jobs: Vec<Job>,
    /// Whether the root modules lose a role.
    has_roles: bool,
    config: String,
}

/// Secrets and keys in plain text of which a repository has some. Two secrets whose roles would have one
/// variable are distinguished by the jobs' names, which the names of secrets may be, too: what is left of the first
/// stage does not tell which of them it was.
const IDS: [&[&str]; 4] = [
    &["AWS_ACCESS_KEY_ID"],
    &["AWS_ACCESS_KEY_ID", "LIVE_AWS_ACCESS_KEY_ID"],
    &["AWS_KEY_ID", "DEV_AWS_ACCESS_KEY_ID"],
    &[
        "AKIAIOSFODNN7EXAMPLE",
        "AKIAI44QH8DHBEXAMPLE",
        "LIVE_AWS_ACCESS_KEY_ID",
    ],
];

const ROOTS: [(&str, &str); 2] = [("dev", "111111111111"), ("live", "222222222222")];

const BLOCKS: [&str; 8] = [
    "",
    "",
    "keys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\n",
    "keys \"AWS_ACCESS_KEY_ID\" { account = \"dev\" }\nkeys \"LIVE_AWS_ACCESS_KEY_ID\" { account = \"live\" }\n",
    "environment \"live\" { account = \"live\" }\nenvironment \"dev\" { account = \"dev\" }\n",
    "environment \"live\" { account = \"live\" }\n",
    "keys \"AWS_ACCESS_KEY_ID\" { account = \"dev\" }\nenvironment \"live\" { account = \"live\" }\n",
    "environment \"live\" { account = \"live\" }\nenvironment \"staging\" { account = \"live\" }\n",
];

const ACCOUNTS: &str = "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\n";

const ROLES: [&str; 5] = [
    "",
    "",
    "ci { role = \"vars.{ACCOUNT}_ROLE\" }\n",
    "ci { role = \"vars.CI_ROLE\" }\n",
    "ci { role = \"arn:aws:iam::{id}:role/ci\" }\n",
];

fn job(ids: &'static [&'static str]) -> impl Strategy<Value = Job> {
    (
        prop_oneof![3 => Just(Place::With), 1 => Just(Place::Job), 1 => Just(Place::Workflow)],
        select(ids),
        select(&[None, None, Some("dev"), Some("live"), Some("staging")][..]),
        any::<bool>(),
        select(&[None, None, Some("dev"), Some("live")][..]),
    )
        .prop_map(|(place, id, environment, is_doubtful, root)| Job {
            place,
            id,
            environment,
            is_doubtful,
            root,
        })
}

fn jobs(ids: &'static [&'static str]) -> impl Strategy<Value = Vec<Job>> {
    let jobs = prop::collection::vec(job(ids), 2..5);
    // The keys of a workflow are the repository's also in a job with an environment. What reads the variable
    // there tells that no more than a role that is written so.
    let is_of_environment = |job: &Job| !matches!(job.place, Place::Workflow);
    jobs.prop_map(move |mut jobs| {
        if jobs.iter().any(is_of_environment) {
            let shared = jobs.iter_mut().filter(|job| !is_of_environment(job));
            shared.for_each(|job| job.environment = None);
        }
        jobs
    })
}

fn repository() -> impl Strategy<Value = Repository> {
    (
        select(&IDS[..]).prop_flat_map(jobs),
        prop::bool::weighted(0.3),
        select(&BLOCKS[..]),
        select(&ROLES[..]),
    )
        .prop_map(|(mut jobs, has_roles, blocks, role)| {
            if has_roles {
                alike(&mut jobs);
            }
            Repository {
                jobs,
                has_roles,
                config: format!("{ACCOUNTS}{blocks}{role}"),
            }
        })
}

/// Lets all jobs of a root module wait for review or none: where one waits, so does the root module's role,
/// and the others sign in as their keys did, since the role is assumed from there. The second stage does not know
/// what that variable holds by then, and asks.
fn alike(jobs: &mut [Job]) {
    for (root, _) in ROOTS {
        let mut of_root = jobs.iter_mut().filter(|job| job.root == Some(root));
        let first = of_root.next().map(|job| job.is_doubtful);
        of_root.for_each(|job| job.is_doubtful = first.unwrap_or_default());
    }
}

/// The names of jobs and of their files.
const NAMES: [&str; 4] = ["a", "b", "c", "d"];

impl Job {
    fn text(&self, name: &str) -> String {
        let is_plain = self.id.starts_with("AKIA");
        let (id, secret) = match is_plain {
            true => (
                self.id.to_owned(),
                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            ),
            false => (
                format!("${{{{ secrets.{} }}}}", self.id),
                format!("${{{{ secrets.{}_SECRET }}}}", self.id),
            ),
        };
        let env = |indent: &str| {
            format!(
                "{indent}env:\n{indent}  AWS_ACCESS_KEY_ID: {id}\n{indent}  AWS_SECRET_ACCESS_KEY: {secret}\n{indent}  AWS_REGION: eu-west-1\n"
            )
        };
        let (workflow, job, with) = match self.place {
            Place::With => (
                String::new(),
                String::new(),
                format!(
                    "      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: {id}\n          aws-secret-access-key: {secret}\n          aws-region: eu-west-1\n"
                ),
            ),
            Place::Job => (String::new(), env("    "), String::new()),
            Place::Workflow => (env(""), String::new(), String::new()),
        };
        let environment = self
            .environment
            .map(|it| format!("    environment: {it}\n"));
        let environment = environment.unwrap_or_default();
        let root = self.root.map(|root| {
            format!("      - run: terraform -chdir={root} init && terraform -chdir={root} apply\n")
        });
        let run = match self.is_doubtful {
            true => "aws sts get-session-token",
            // A root module that loses its role goes without other needs.
            false if self.root.is_some() => "echo",
            false => "aws s3 ls",
        };
        format!(
            "on: push\n{workflow}jobs:\n  {name}:\n    runs-on: ubuntu-latest\n{environment}    permissions:\n      contents: read\n{job}    steps:\n      - uses: actions/checkout@v4\n{with}{}      - run: {run}\n",
            root.unwrap_or_default(),
        )
    }
}

impl Repository {
    fn tree(&self) -> Tree {
        let mut tree = Tree::default();
        for (job, name) in self.jobs.iter().zip(NAMES) {
            let path = format!(".github/workflows/{name}.yml");
            tree.0.insert(path.into(), job.text(name));
        }
        for (root, id) in ROOTS {
            let role = match self.has_roles {
                true => {
                    format!("  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n")
                }
                false => String::new(),
            };
            let text = format!("provider \"aws\" {{\n  region = \"eu-west-1\"\n{role}}}\n");
            tree.0.insert(format!("{root}/main.tf").into(), text);
        }
        tree
    }

    /// The files once they are applied so often.
    fn applied(&self, selections: &[Selection]) -> Tree {
        selections.iter().fold(self.tree(), |tree, selection| {
            let plan = tree.plan(&self.config, selection.clone());
            tree.with(&plan.unwrap())
        })
    }
}

/// The roles of each file whose job has no keys.
fn roles(tree: &Tree) -> BTreeMap<String, Option<Vec<String>>> {
    let files = tree
        .0
        .iter()
        .filter(|(path, _)| path.starts_with(".github"));
    let roles = files.map(|(path, text)| {
        let lines = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("role-to-assume: "));
        let has_keys = text.contains("secrets.") || text.contains("AKIA");
        let roles = lines.map(str::to_owned).collect();
        (path.display().to_string(), (!has_keys).then_some(roles))
    });
    roles.collect()
}

proptest! {
    // What is applied without review first is no reason to name the roles of the rest otherwise.
    #[test]
    fn a_job_gets_the_same_roles_with_review_at_once_and_afterwards(repository in repository()) {
        let at_once = repository.applied(&[reviewed()]);
        let in_stages = repository.applied(&[Selection::default(), reviewed()]);
        let (one, other) = (roles(&at_once), roles(&in_stages));
        // A job that waits for an answer at once, and signs in as its keys before, has a name that others
        // then choose by: the two differ, and each is right by itself.
        prop_assume!(!one.iter().any(|(file, role)| role.is_none() && other[file].is_some()));
        if one.iter().any(|(file, role)| role.is_some() && other[file] != *role) {
            let first = repository.applied(&[Selection::default()]);
            let jobs: Vec<String> = repository.jobs.iter().map(|job| format!("{job:?}\n")).collect();
            prop_assert!(
                false,
                "{}{}has_roles {}\nat once   {:?}\nfirst     {:?}\nin stages {:?}",
                repository.config,
                jobs.concat(),
                repository.has_roles,
                one,
                roles(&first),
                other,
            );
        }
    }
}
