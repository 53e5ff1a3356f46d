//! Strategies for small repositories.

use proptest::prelude::*;
use proptest::sample::select;

use super::model::{
    Condition, Config, Environment, Extra, IDS, Identity, Job, Keys, Other, Repository, Root,
    Shape, Target, Workflow,
};

/// A repository of up to three root modules and what runs them.
pub fn repository() -> impl Strategy<Value = Repository> {
    let roots = prop::collection::vec(root(), 1..4);
    let workflow = prop::option::weighted(0.9, workflow());
    let other = prop::option::weighted(0.25, other());
    (roots, workflow, other, config()).prop_map(|(roots, workflow, other, config)| {
        let directories = roots.len();
        let other = other.map(|other| match other {
            Other::Jenkins(Some(at)) => Other::Jenkins(Some(at % directories)),
            Other::Gitlab(Some(at)) => Other::Gitlab(Some(at % directories)),
            Other::Atlantis(Some(at)) => Other::Atlantis(Some(at % directories)),
            Other::Make(Some(at)) => Other::Make(Some(at % directories)),
            other => other,
        });
        Repository {
            roots,
            workflow,
            other,
            config,
        }
    })
}

fn root() -> impl Strategy<Value = Root> {
    let default = prop_oneof![
        5 => select(&IDS[..2]).prop_map(Identity::Role),
        2 => Just(Identity::Ambient),
        1 => identity(),
        2 => Just(Identity::Variables),
    ];
    let aliases = prop::collection::vec(identity(), 0..3);
    let state =
        prop_oneof![10 => Just((false, false)), 9 => Just((true, false)), 1 => Just((false, true))];
    let opentofu = prop::option::weighted(0.1, identity());
    (default, aliases, state, prop::bool::weighted(0.2), opentofu).prop_map(
        |(provider, aliases, (has_backend, has_cloud), runs_aws, opentofu)| match provider {
            // All that such a module does is by its keys.
            Identity::Variables => Root {
                provider,
                opentofu: None,
                aliases: aliases.iter().map(|_| Identity::Variables).collect(),
                has_backend: false,
                has_cloud,
                runs_aws: false,
            },
            _ => Root {
                provider,
                opentofu,
                aliases,
                has_backend,
                has_cloud,
                runs_aws,
            },
        },
    )
}

fn identity() -> impl Strategy<Value = Identity> {
    const ARN: &str = "arn:aws:iam::111111111111:role/deploy";
    prop_oneof![
        4 => select(&IDS[..]).prop_map(Identity::Role),
        1 => select(&["", "null", ARN][..]).prop_map(Identity::RoleVariable),
        1 => select(&["", IDS[0]][..]).prop_map(Identity::IdVariable),
        1 => Just(Identity::Condition),
        2 => Just(Identity::Ambient),
        1 => select(&["dev", "shared"][..]).prop_map(Identity::Profile),
    ]
}

fn workflow() -> impl Strategy<Value = Workflow> {
    let shape = prop_oneof![4 => Just(Shape::Plain), 1 => Just(Shape::Called)];
    (shape, prop::collection::vec(job(), 1..4)).prop_map(|(shape, jobs)| Workflow { shape, jobs })
}

fn job() -> impl Strategy<Value = Job> {
    let keys = prop_oneof![
        4 => Just(Keys::With),
        2 => Just(Keys::JobEnv),
        1 => Just(Keys::StepEnv),
        1 => Just(Keys::WorkflowEnv),
        2 => select(&[None, Some("ci")][..]).prop_map(Keys::Profile),
        1 => select(&IDS[..]).prop_map(Keys::BesideRole),
        1 => select(&["arn:aws:iam::333333333333:role/ci", "arn:aws:iam::111111111111:role/ci", "${{ vars.DEPLOY_ROLE }}"][..]).prop_map(Keys::Oidc),
        1 => select(&[Keys::Vault, Keys::None][..]),
        2 => select(&[Keys::TfVar, Keys::TfVarBoth, Keys::TfArguments][..]),
    ];
    let environment = prop_oneof![
        4 => Just(Environment::None),
        2 => select(&["dev", "live"][..]).prop_map(Environment::Named),
        1 => Just(Environment::Matrix),
    ];
    let target = prop_oneof![
        5 => (0..3_usize).prop_map(Target::One),
        2 => (0..3_usize, 0..3_usize).prop_map(|(one, other)| Target::Two(one, other)),
        1 => (0..3_usize, 0..3_usize).prop_map(|(one, other)| Target::Joint(one, other)),
        1 => Just(Target::Matrix),
        1 => Just(Target::Unknown),
        1 => Just(Target::Nothing),
    ];
    // The simplest machine, to which cases are shrunk, is GitHub's.
    let is_hosted = prop::bool::weighted(0.1).prop_map(|is_own| !is_own);
    let places = (keys, 0..2_usize, environment, target, is_hosted);
    let conditions = (
        condition(),
        condition(),
        prop::bool::weighted(0.1),
        // The simplest job says what its token may do.
        prop::bool::weighted(0.1).prop_map(|says_nothing| !says_nothing),
    );
    let extras = (
        prop::option::weighted(0.2, extra()),
        prop::option::weighted(0.4, (extra(), condition())),
    );
    (places, conditions, extras).prop_map(|(places, conditions, extras)| {
        let (keys, pair, environment, target, is_hosted) = places;
        let (sign_in_if, run_if, is_lenient, has_permissions) = conditions;
        Job {
            keys,
            pair,
            environment,
            target,
            is_hosted,
            sign_in_if,
            run_if,
            is_lenient,
            has_permissions,
            extras,
        }
    })
}

fn condition() -> impl Strategy<Value = Condition> {
    prop_oneof![
        6 => Just(Condition::None),
        2 => Just(Condition::Main),
        1 => select(&[Condition::Tag, Condition::Always, Condition::Failure][..]),
    ]
}

fn extra() -> impl Strategy<Value = Extra> {
    select(
        &[
            Extra::Aws,
            Extra::Aws,
            Extra::Ecr,
            Extra::Docker,
            Extra::Mount,
            Extra::Action,
            Extra::SecondPair,
        ][..],
    )
}

fn other() -> impl Strategy<Value = Other> {
    let root = prop::option::of(0..3_usize);
    (root, 0..5).prop_map(|(root, kind)| match kind {
        0 => Other::Jenkins(root),
        1 => Other::Gitlab(root),
        2 => Other::Atlantis(root),
        3 => Other::Make(root),
        _ => Other::Lint,
    })
}

/// What is answered: whose keys, environments and roles those are, what a job runs.
const BLOCKS: [&str; 7] = [
    "",
    "",
    "keys \"AWS_ACCESS_KEY_ID\" {\n  account = \"shared\"\n}\n",
    "keys \"AWS_ACCESS_KEY_ID\" {\n  account = \"dev\"\n}\nkeys \"OTHER_AWS_ACCESS_KEY_ID\" {\n  account = \"live\"\n}\n",
    "environment \"live\" {\n  account = \"live\"\n}\nenvironment \"dev\" {\n  account = \"dev\"\n}\n",
    "role \"vars.DEPLOY_ROLE\" {\n  account = \"dev\"\n}\n",
    "job \"main.yml:job0\" {\n  roots = [\"dev\"]\n}\n",
];

fn config() -> impl Strategy<Value = Config> {
    let role = select(
        &[
            None,
            Some("arn:aws:iam::{id}:role/github-ci"),
            Some("arn:aws:iam::111111111111:role/github-ci"),
        ][..],
    );
    let answer = select(
        &[
            None,
            None,
            Some("account = \"*\""),
            Some("account = \"dev\""),
            Some("terraform = false"),
        ][..],
    );
    let accounts = prop::bool::weighted(0.8);
    (accounts, role, any::<bool>(), answer, select(&BLOCKS[..])).prop_map(
        |(accounts, role, state_profile, answer, blocks)| Config {
            accounts,
            role,
            state_profile,
            answer,
            blocks,
        },
    )
}
