//! A row of a table: a repository in a few words, and its outcome.
//!
//! `ROOTS | RUNNERS | CONFIGURATION | OUTCOME`, with words set off by spaces.
//!
//! - A root module is what its default provider is, then `+` and each alias: `1`, `2` and `3` a role in
//!   the account dev, live or shared, `0` nothing, `v` a role by a variable without a value,
//!   `c` one that is assumed under a condition, `w` one by
//!   a variable whose value is in dev, `p` the profile dev, `h` keys in variables. `/b` adds a backend, `/c` a workspace of
//!   HCP, `/x` a resource that runs `aws`. Behind `~` stands the default provider of OpenTofu, which has a file of its
//!   own. They are the directories dev, live and net.
//! - A job is where its credentials are, what it runs, and more; jobs are set off by `;`. `any` stands for
//!   each form of keys in turn.
//! - The configuration has the three accounts, and what is named here.
//! - The outcome has for each root module its providers, and behind `~` those of OpenTofu where their outcome is another:
//!   `-` loses its role or keys unasked, `=` keeps them, `.` has none; then for each job `o` signs in by OIDC instead of keys, `k` stays on keys, `.` has none.

use crate::account_proof::model::{
    Condition, Config, DIRECTORIES, Environment, Extra, Identity, Job, Keys, Other, Repository,
    Root, Shape, Target, Workflow,
};

/// A row with `any` put in words.
pub struct Row {
    pub text: String,
    pub repository: Repository,
    pub outcome: String,
}

/// The rows of a line.
pub fn rows(line: &str) -> Vec<Row> {
    if !line.contains("any ") {
        return vec![row(line)];
    }
    let forms = ["with", "job", "step", "workflow"].into_iter();
    forms
        .map(|form| row(&line.replace("any ", &format!("{form} "))))
        .collect()
}

fn row(line: &str) -> Row {
    let columns: Vec<&str> = line.split('|').map(str::trim).collect();
    let [roots, runners, config, outcome] = columns[..] else {
        panic!("four columns: {line}");
    };
    let mut workflow = Workflow {
        shape: Shape::Plain,
        jobs: Vec::new(),
    };
    let mut others = None;
    for runner in runners
        .split(';')
        .map(str::trim)
        .filter(|runner| !runner.is_empty())
    {
        match other(runner) {
            Some(other) => others = Some(other),
            None => workflow.jobs.push(job(runner)),
        }
        if runner.contains("called") {
            workflow.shape = Shape::Called;
        }
    }
    Row {
        text: line.to_owned(),
        repository: Repository {
            roots: roots.split_whitespace().map(root).collect(),
            workflow: (!workflow.jobs.is_empty()).then_some(workflow),
            other: others,
            config: self::config(config),
        },
        outcome: outcome.to_owned(),
    }
}

fn root(word: &str) -> Root {
    let (providers, flags) = word.split_once('/').unwrap_or((word, ""));
    let (first, aliases) = match providers.split_once('+') {
        Some((first, aliases)) => (first, aliases.split('+').map(identity).collect()),
        None => (providers, Vec::new()),
    };
    let (terraform, opentofu) = match first.split_once('~') {
        Some((terraform, opentofu)) => (terraform, Some(identity(opentofu))),
        None => (first, None),
    };
    Root {
        provider: identity(terraform),
        opentofu,
        aliases,
        has_backend: flags.contains('b'),
        has_cloud: flags.contains('c'),
        runs_aws: flags.contains('x'),
    }
}

fn identity(word: &str) -> Identity {
    match word {
        "1" => Identity::Role("111111111111"),
        "2" => Identity::Role("222222222222"),
        "3" => Identity::Role("333333333333"),
        "0" => Identity::Ambient,
        "v" => Identity::RoleVariable(""),
        "w" => Identity::RoleVariable("arn:aws:iam::111111111111:role/deploy"),
        "c" => Identity::Condition,
        "p" => Identity::Profile("dev"),
        "h" => Identity::Variables,
        _ => panic!("no provider: {word}"),
    }
}

fn place(word: &str) -> Option<usize> {
    DIRECTORIES.iter().position(|directory| *directory == word)
}

fn other(runner: &str) -> Option<Other> {
    let (system, directory) = runner.split_once(':').unwrap_or((runner, ""));
    let root = place(directory);
    match system {
        "jenkins" => Some(Other::Jenkins(root)),
        "gitlab" => Some(Other::Gitlab(root)),
        "atlantis" => Some(Other::Atlantis(root)),
        "make" => Some(Other::Make(root)),
        "lint" => Some(Other::Lint),
        _ => None,
    }
}

fn job(words: &str) -> Job {
    let mut job = Job {
        keys: Keys::None,
        pair: 0,
        environment: Environment::None,
        target: Target::Nothing,
        is_hosted: true,
        sign_in_if: Condition::None,
        run_if: Condition::None,
        is_lenient: false,
        has_permissions: true,
        extras: (None, None),
    };
    for word in words.split_whitespace() {
        match word {
            "with" => job.keys = Keys::With,
            "job" => job.keys = Keys::JobEnv,
            "step" => job.keys = Keys::StepEnv,
            "workflow" => job.keys = Keys::WorkflowEnv,
            "tfvar" => job.keys = Keys::TfVar,
            "tfvar-both" => job.keys = Keys::TfVarBoth,
            "tfargs" => job.keys = Keys::TfArguments,
            "beside1" => job.keys = Keys::BesideRole("111111111111"),
            "beside3" => job.keys = Keys::BesideRole("333333333333"),
            "oidc1" => job.keys = Keys::Oidc("arn:aws:iam::111111111111:role/ci"),
            "oidc3" => job.keys = Keys::Oidc("arn:aws:iam::333333333333:role/ci"),
            "oidc" => job.keys = Keys::Oidc("${{ vars.DEPLOY_ROLE }}"),
            "vault" => job.keys = Keys::Vault,
            "file" => job.keys = Keys::Profile(None),
            "profile" => job.keys = Keys::Profile(Some("ci")),
            "none" | "fmt" | "called" => {}
            "matrix" => job.target = Target::Matrix,
            "unknown" => job.target = Target::Unknown,
            "second" => job.pair = 1,
            "own-machine" => job.is_hosted = false,
            "no-permissions" => job.has_permissions = false,
            "lenient" => job.is_lenient = true,
            "if" => (job.sign_in_if, job.run_if) = (Condition::Main, Condition::Main),
            "sign-in-if" => job.sign_in_if = Condition::Main,
            "run-if" => job.run_if = Condition::Main,
            "run-always" => job.run_if = Condition::Always,
            "@matrix" => job.environment = Environment::Matrix,
            "@dev" => job.environment = Environment::Named("dev"),
            "@live" => job.environment = Environment::Named("live"),
            "first-pair" => job.extras.0 = Some(Extra::SecondPair),
            "first-aws" => job.extras.0 = Some(Extra::Aws),
            "aws" => job.extras.1 = Some((Extra::Aws, Condition::None)),
            "aws-always" => job.extras.1 = Some((Extra::Aws, Condition::Always)),
            "aws-if" => job.extras.1 = Some((Extra::Aws, Condition::Main)),
            "ecr" => job.extras.1 = Some((Extra::Ecr, Condition::None)),
            "mount" => job.extras.1 = Some((Extra::Mount, Condition::None)),
            "docker" => job.extras.1 = Some((Extra::Docker, Condition::None)),
            "action" => job.extras.1 = Some((Extra::Action, Condition::None)),
            _ => job.target = target(word),
        }
    }
    job
}

fn target(word: &str) -> Target {
    let at = |word: &str| place(word).unwrap_or_else(|| panic!("no word of a row: {word}"));
    match (word.split_once(','), word.split_once('&')) {
        (Some((one, other)), _) => Target::Two(at(one), at(other)),
        (_, Some((one, other))) => Target::Joint(at(one), at(other)),
        _ => Target::One(at(word)),
    }
}

fn config(words: &str) -> Config {
    let mut config = Config {
        accounts: true,
        role: None,
        state_profile: false,
        answer: None,
        blocks: "",
    };
    for word in words.split_whitespace() {
        match word {
            "template" => config.role = Some("arn:aws:iam::{id}:role/github-ci"),
            "literal" => config.role = Some("arn:aws:iam::111111111111:role/github-ci"),
            "state" => config.state_profile = true,
            "runner=*" => config.answer = Some("account = \"*\""),
            "runner=dev" => config.answer = Some("account = \"dev\""),
            "runner=shared" => config.answer = Some("account = \"shared\""),
            "runner=no" => config.answer = Some("terraform = false"),
            "keys=dev" => config.blocks = "keys \"AWS_ACCESS_KEY_ID\" {\n  account = \"dev\"\n}\n",
            "keys=shared" => {
                config.blocks = "keys \"AWS_ACCESS_KEY_ID\" {\n  account = \"shared\"\n}\n";
            }
            "both-keys" => {
                config.blocks = "keys \"AWS_ACCESS_KEY_ID\" {\n  account = \"dev\"\n}\nkeys \"OTHER_AWS_ACCESS_KEY_ID\" {\n  account = \"live\"\n}\n";
            }
            "role=dev" => config.blocks = "role \"vars.DEPLOY_ROLE\" {\n  account = \"dev\"\n}\n",
            "live=live" => config.blocks = "environment \"live\" {\n  account = \"live\"\n}\n",
            "job=dev" => config.blocks = "job \"main.yml:job0\" {\n  roots = [\"dev\"]\n}\n",
            _ => panic!("no word of a configuration: {word}"),
        }
    }
    config
}
