//! Units of Terragrunt: the same proof, for the root modules that it makes of a tree.

mod render;

use std::path::Path;

use engine::selection::Selection;
use proptest::prelude::*;
use proptest::sample::select;

use super::commands;
use super::model::{DIRECTORIES, IDS};
use super::violations::violations;
use crate::support::Tree;
use render::rendered;

/// A tree of units, two below each directory, and what runs it.
#[derive(Clone, Debug)]
struct Units {
    role: Role,
    /// Terragrunt assumes a role in that account for each unit that names none.
    assumes: Option<&'static str>,
    state: State,
    groups: Vec<Group>,
    jobs: Vec<Job>,
    has_jenkins: bool,
    config: Config,
}

/// What the generated provider assumes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Role {
    /// The role of the account that the file above names.
    ByAccount,
    Literal(&'static str),
    None,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    None,
    Ambient,
    Role(&'static str),
}

/// The units below a directory.
#[derive(Clone, Debug)]
struct Group {
    /// The text of the id in its `account.hcl`; there is no such file without one.
    id: Option<&'static str>,
    /// The profile that it names already.
    profile: Option<&'static str>,
    units: Vec<Unit>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Unit {
    Plain,
    /// Terragrunt assumes a role in that account.
    Assumes(&'static str),
    /// Its own file has an aliased provider without a role.
    Alias,
    /// One with a role in that account.
    AliasRole(&'static str),
}

#[derive(Clone, Debug)]
struct Job {
    /// The directory that it runs, of those that there are; all without one.
    group: Option<usize>,
    pair: &'static str,
    environment: Option<&'static str>,
    uses_aws: bool,
}

#[derive(Clone, Copy, Debug)]
struct Config {
    state_profile: bool,
    role: Option<&'static str>,
    blocks: &'static str,
}

impl Units {
    fn tree(&self) -> Tree {
        let mut tree = Tree::default();
        let mut add = |path: String, text: String| {
            tree.0.insert(path.into(), text);
        };
        add("root.hcl".to_owned(), self.root());
        for (group, directory) in self.groups.iter().zip(DIRECTORIES) {
            if let Some(id) = group.id {
                let profile = group
                    .profile
                    .map(|it| format!("  aws_profile = \"{it}\"\n"));
                let profile = profile.unwrap_or_default();
                add(
                    format!("{directory}/account.hcl"),
                    format!("locals {{\n  id = {id}\n{profile}}}\n"),
                );
            }
            for (unit, name) in group.units.iter().zip(["app", "net"]) {
                let place = format!("{directory}/{name}");
                let include =
                    "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n";
                let role = match unit {
                    Unit::Assumes(id) => format!("iam_role = \"arn:aws:iam::{id}:role/unit\"\n"),
                    _ => String::new(),
                };
                add(
                    format!("{place}/terragrunt.hcl"),
                    format!("{role}{include}"),
                );
                add(format!("{place}/own.tf"), unit.module());
            }
        }
        add(".github/workflows/main.yml".to_owned(), self.workflow());
        if self.has_jenkins {
            let run = "node {\n  sh 'terragrunt run-all apply'\n}\n";
            add("Jenkinsfile".to_owned(), run.to_owned());
        }
        tree
    }

    fn root(&self) -> String {
        let locals = "locals {\n  account_vars = read_terragrunt_config(find_in_parent_folders(\"account.hcl\"))\n  id = local.account_vars.locals.id\n}\n";
        let role = |id: &str| {
            format!("  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/deploy\"\n  }}\n")
        };
        let role = match self.role {
            Role::ByAccount => role("${local.id}"),
            Role::Literal(id) => role(id),
            Role::None => String::new(),
        };
        let provider = format!(
            "generate \"provider\" {{\n  path = \"provider.tf\"\n  if_exists = \"overwrite\"\n  contents = <<EOF\nprovider \"aws\" {{\n  region = \"eu-west-1\"\n{role}}}\nEOF\n}}\n"
        );
        let state = |more: &str| {
            format!(
                "remote_state {{\n  backend = \"s3\"\n  generate = {{\n    path = \"backend.tf\"\n    if_exists = \"overwrite\"\n  }}\n  config = {{\n    bucket = \"states\"\n    key = \"${{path_relative_to_include()}}\"\n    region = \"eu-west-1\"\n{more}  }}\n}}\n"
            )
        };
        let state = match self.state {
            State::None => String::new(),
            State::Ambient => state(""),
            State::Role(id) => state(&format!(
                "    assume_role = {{\n      role_arn = \"arn:aws:iam::{id}:role/state\"\n    }}\n"
            )),
        };
        let role = self
            .assumes
            .map(|id| format!("iam_role = \"arn:aws:iam::{id}:role/all\"\n"));
        let role = role.unwrap_or_default();
        format!("{role}{locals}{provider}{state}")
    }

    fn workflow(&self) -> String {
        let mut text = "on:\n  push:\n    branches: [main]\njobs:\n".to_owned();
        for (at, job) in self.jobs.iter().enumerate() {
            let environment = job.environment.map(|it| format!("    environment: {it}\n"));
            let environment = environment.unwrap_or_default();
            let (id, secret) = (
                job.pair,
                job.pair.replace("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"),
            );
            let below = job.group.map(|at| DIRECTORIES[at % self.groups.len()]);
            let below = below
                .map(|it| format!(" --terragrunt-working-dir {it}"))
                .unwrap_or_default();
            let aws = if job.uses_aws {
                "      - run: aws s3 ls\n"
            } else {
                ""
            };
            text.push_str(&format!("  job{at}:\n    runs-on: ubuntu-latest\n{environment}    permissions:\n      contents: read\n    steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.{id} }}}}\n          aws-secret-access-key: ${{{{ secrets.{secret} }}}}\n          aws-region: eu-west-1\n      - run: terragrunt run-all apply{below}\n{aws}"));
        }
        text
    }

    fn config(&self) -> String {
        let mut text = String::new();
        if self.config.state_profile {
            text.push_str("state_profile = \"shared\"\n");
        }
        for (label, id) in ["dev", "live", "shared"].iter().zip(IDS) {
            text.push_str(&format!("account \"{label}\" {{\n  id = \"{id}\"\n}}\n"));
        }
        if let Some(role) = self.config.role {
            text.push_str(&format!("ci {{\n  role = \"{role}\"\n}}\n"));
        }
        text.push_str(self.config.blocks);
        text
    }
}

impl Unit {
    fn module(self) -> String {
        let alias = |role: &str| {
            format!("provider \"aws\" {{\n  alias = \"dns\"\n  region = \"eu-west-1\"\n{role}}}\n")
        };
        match self {
            Self::Plain | Self::Assumes(_) => "locals {\n  a = 1\n}\n".to_owned(),
            Self::Alias => alias(""),
            Self::AliasRole(id) => alias(&format!(
                "  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/dns\"\n  }}\n"
            )),
        }
    }
}

fn units() -> impl Strategy<Value = Units> {
    let role = prop_oneof![
        4 => Just(Role::ByAccount),
        4 => select(&IDS[..]).prop_map(Role::Literal),
        1 => Just(Role::None),
    ];
    let state = prop_oneof![
        1 => Just(State::None),
        3 => Just(State::Ambient),
        1 => select(&IDS[..]).prop_map(State::Role),
    ];
    let groups = prop::collection::vec(group(), 1..4);
    let jobs = prop::collection::vec(job(), 1..3);
    let assumes = prop::option::weighted(0.1, select(&IDS[..]));
    let runners = (jobs, prop::bool::weighted(0.15));
    (role, assumes, state, groups, runners, config()).prop_map(
        |(role, assumes, state, groups, (jobs, has_jenkins), config)| Units {
            role,
            assumes,
            state,
            groups,
            jobs,
            has_jenkins,
            config,
        },
    )
}

fn group() -> impl Strategy<Value = Group> {
    let id = prop_oneof![
        6 => select(&["\"111111111111\"", "\"222222222222\""][..]).prop_map(Some),
        1 => select(&["get_env(\"ID\")", "\"444444444444\""][..]).prop_map(Some),
        1 => Just(None),
    ];
    let profile = prop::option::weighted(0.2, select(&["dev", "live", "mine"][..]));
    let unit = prop_oneof![
        8 => Just(Unit::Plain),
        1 => select(&IDS[..]).prop_map(Unit::Assumes),
        1 => Just(Unit::Alias),
        1 => select(&IDS[..]).prop_map(Unit::AliasRole),
    ];
    (id, profile, prop::collection::vec(unit, 1..3)).prop_map(|(id, profile, units)| Group {
        id,
        profile,
        units,
    })
}

fn job() -> impl Strategy<Value = Job> {
    let pair = select(
        &[
            "AWS_ACCESS_KEY_ID",
            "AWS_ACCESS_KEY_ID",
            "OTHER_AWS_ACCESS_KEY_ID",
        ][..],
    );
    let environment = prop::option::weighted(0.2, select(&["dev", "live"][..]));
    let group = prop::option::of(0..3_usize);
    (group, pair, environment, prop::bool::weighted(0.2)).prop_map(
        |(group, pair, environment, uses_aws)| Job {
            group,
            pair,
            environment,
            uses_aws,
        },
    )
}

fn config() -> impl Strategy<Value = Config> {
    let role = select(
        &[
            None,
            Some("arn:aws:iam::{id}:role/github-ci"),
            Some("arn:aws:iam::{id}:role/github-ci"),
            Some("arn:aws:iam::111111111111:role/github-ci"),
        ][..],
    );
    let blocks = select(
        &[
            "",
            "keys \"AWS_ACCESS_KEY_ID\" {\n  account = \"shared\"\n}\n",
            "keys \"AWS_ACCESS_KEY_ID\" {\n  account = \"dev\"\n}\nkeys \"OTHER_AWS_ACCESS_KEY_ID\" {\n  account = \"live\"\n}\n",
            "environment \"live\" {\n  account = \"live\"\n}\nenvironment \"dev\" {\n  account = \"dev\"\n}\n",
            "runner \"Jenkinsfile\" {\n  account = \"*\"\n}\n",
            "runner \"Jenkinsfile\" {\n  account = \"dev\"\n}\n",
        ][..],
    );
    (any::<bool>(), role, blocks).prop_map(|(state_profile, role, blocks)| Config {
        state_profile,
        role,
        blocks,
    })
}

/// What moves without review; `None` where nothing does.
fn moved(units: &Units) -> Option<String> {
    let (tree, config) = (units.tree(), units.config());
    let plan = match tree.plan(&config, Selection::default()) {
        Ok(plan) => plan,
        Err(error) => return Some(format!("refused: {error}")),
    };
    let after = tree.with(&plan);
    let found = violations(
        &config,
        &rendered(&tree),
        &rendered(&after),
        &commands(&plan),
    );
    let lines: String = found.iter().map(|it| format!("{it}\n")).collect();
    let mut text = format!("{lines}--- tfkeyless.hcl\n{config}");
    for (path, file) in &tree.0 {
        text.push_str(&format!("--- {}\n{file}", path.display()));
    }
    for change in &plan.changes {
        text.push_str(&format!("+++ {}\n{}", change.path.display(), change.after));
    }
    (!found.is_empty()).then_some(text)
}

proptest! {
    #[test]
    fn no_unit_acts_in_another_account(units in units()) {
        let moved = moved(&units);
        prop_assert!(moved.is_none(), "{}", moved.unwrap_or_default());
    }
}

fn usual() -> Units {
    let group = |id| Group {
        id: Some(id),
        profile: None,
        units: vec![Unit::Plain, Unit::Plain],
    };
    Units {
        role: Role::ByAccount,
        assumes: None,
        state: State::Ambient,
        groups: vec![group("\"111111111111\""), group("\"222222222222\"")],
        jobs: vec![Job {
            group: None,
            pair: "AWS_ACCESS_KEY_ID",
            environment: None,
            uses_aws: false,
        }],
        has_jenkins: false,
        config: Config {
            state_profile: true,
            role: Some("arn:aws:iam::{id}:role/github-ci"),
            blocks: "",
        },
    }
}

/// Two replacements in one tree each, and what moves by them.
fn moved_by_hand(units: &Units, edits: &[(&str, &str, &str)]) -> Vec<String> {
    let (tree, config) = (units.tree(), units.config());
    let mut after = units.tree();
    for (path, from, to) in edits {
        let text = after
            .0
            .get_mut(Path::new(path))
            .expect("a file of the tree");
        assert!(text.contains(from), "{path}: {text}");
        *text = text.replace(from, to);
    }
    let found = violations(&config, &rendered(&tree), &rendered(&after), &[]);
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn units_that_move_are_seen() {
    const ROLE: &str =
        "  assume_role {\n    role_arn = \"arn:aws:iam::${local.id}:role/deploy\"\n  }\n";
    let units = usual();
    let job = "main.yml:job0[]: terraform -chdir=dev/app apply && terraform -chdir=dev/net apply && terraform -chdir=live/app apply && terraform -chdir=live/net apply #1: aws of";
    // Without the role the units act as the keys.
    let found = moved_by_hand(&units, &[("root.hcl", ROLE, "")]);
    let moved = format!("{job} live/net: 222222222222 -> keys AWS_ACCESS_KEY_ID ()");
    assert!(found.contains(&moved), "{found:#?}");
    // The profile of the other account.
    let profiles = [
        ("root.hcl", ROLE, "  profile = \"${local.profile}\"\n"),
        (
            "root.hcl",
            "locals {\n",
            "locals {\n  profile = local.account_vars.locals.profile\n",
        ),
        ("dev/account.hcl", "}", "  profile = \"dev\"\n}"),
        ("live/account.hcl", "}", "  profile = \"dev\"\n}"),
    ];
    let found = moved_by_hand(&units, &profiles);
    let moved = "laptop: aws of live/app: 222222222222 -> 111111111111";
    assert!(found.iter().any(|it| it == moved), "{found:#?}");
    assert!(
        !found.iter().any(|it| it.contains("laptop: aws of dev/")),
        "{found:#?}"
    );
}

#[test]
fn a_role_that_terragrunt_assumes_counts() {
    let mut units = usual();
    units.role = Role::None;
    units.state = State::None;
    units.groups[0].units[0] = Unit::Assumes(IDS[2]);
    let role = "iam_role = \"arn:aws:iam::333333333333:role/unit\"\n";
    let found = moved_by_hand(&units, &[("dev/app/terragrunt.hcl", role, "")]);
    let moved = ": aws of dev/app: 333333333333 -> keys AWS_ACCESS_KEY_ID ()";
    assert!(found.iter().any(|it| it.ends_with(moved)), "{found:#?}");
}

#[test]
fn nothing_waits_where_all_units_have_one_role() {
    let mut units = usual();
    units.role = Role::Literal(IDS[0]);
    let (tree, config) = (units.tree(), units.config());
    let plan = tree.plan(&config, Selection::default()).expect("a plan");
    let after = tree.with(&plan);
    let root = &after.0[Path::new("root.hcl")];
    assert!(!root.contains("assume_role"), "{root}");
    let workflow = &after.0[Path::new(".github/workflows/main.yml")];
    assert!(!workflow.contains("secrets."), "{workflow}");
}
