//! What to run once a plan is applied.

mod identity;
mod init;
mod locks;
mod old_keys;
mod role_variables;
mod sign_in;
mod state_reads;
mod trust;

pub use old_keys::COMMIT;
pub use sign_in::sign_in_steps;
pub use trust::REPOSITORY;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::plan::{Action, Moment, NextStep, Plan};
use crate::repo::Repo;
use identity::InitIdentity;
use init::{InitTarget, InitTool, RootInit, RootNeed, init_commands, inits};
use locks::locks;
use syntax::shell;

/// The steps that a plan needs, in the order in which to take them. `repo` is the repository before
/// the plan.
pub fn next_steps(plan: &Plan, repo: &Repo) -> Vec<NextStep> {
    let mut steps = vec![NextStep {
        why: "Check that the module tags exist:".to_owned(),
        commands: refs(plan),
        when: Moment::BeforeMerge,
        action: Action::Run,
    }];
    steps.extend(state_reads::state_reads(plan, repo));
    let inits = inits(plan, repo);
    let locks = locks(plan, repo);
    // What is locked is committed with the change, and Terraform locks what is initialised.
    let when = match locks.is_some() {
        true => Moment::BeforeMerge,
        false => Moment::OnMerge,
    };
    let is_signed_in = inits
        .values()
        .any(|init| init.needs.contains(&RootNeed::SignIn));
    if is_signed_in {
        // First of all: in the environment static keys win over AWS_PROFILE.
        steps.push(NextStep {
            why: "Unset the static keys; they override every profile:".to_owned(),
            commands: vec![UNSET.to_owned()],
            when,
            action: Action::Run,
        });
        let logins = plan.profiles().into_iter();
        let logins =
            logins.map(|profile| format!("aws sso login --profile {}", shell::quoted(profile)));
        steps.push(NextStep {
            why: "Sign in with the profiles that the code names now:".to_owned(),
            commands: logins.collect(),
            when,
            action: Action::Run,
        });
    }
    let mut by_account: BTreeMap<InitIdentity, Vec<(&InitTarget, &RootInit<'_>)>> = BTreeMap::new();
    for (root, init) in &inits {
        let identity = match (init.needs.contains(&RootNeed::SignIn), root.tool) {
            (false, _) => InitIdentity::Unchanged,
            (true, InitTool::Terraform) => InitIdentity::of(repo.deploys_to(&root.directory), repo),
            (true, InitTool::TerragruntUnit) => {
                match repo.settings().account_of_root_module(&root.directory) {
                    Some(answer) => InitIdentity::Profile(answer.label.clone()),
                    None => InitIdentity::of(repo.account_of_unit(&root.directory), repo),
                }
            }
            (true, InitTool::Terragrunt) => InitIdentity::Unknown,
        };
        by_account.entry(identity).or_default().push((root, init));
    }
    for (identity, roots) in by_account {
        let mut commands = Vec::new();
        if let Some((profile, note)) = identity.profile() {
            // `get-caller-identity` shows the account before anything runs in it.
            let profile = shell::quoted(profile);
            commands.push(format!("aws sso login --profile {profile}"));
            commands.push(format!("export AWS_PROFILE={profile}{note}"));
            commands.push("aws sts get-caller-identity".to_owned());
        }
        commands.extend(init_commands(&roots, repo));
        let why = identity.why(&roots);
        steps.push(NextStep {
            why,
            commands,
            when,
            action: Action::Run,
        });
    }
    steps.extend(locks);
    if is_signed_in {
        steps.push(NextStep {
            why: "Plan every root module with the profile of its account, before anybody applies:"
                .to_owned(),
            commands: vec!["tfkeyless verify".to_owned()],
            when,
            action: Action::Run,
        });
    }
    steps.retain(|step| !step.commands.is_empty());
    steps
}

const UNSET: &str = "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN";

/// One `git ls-remote` for each repository and ref that module sources now name.
fn refs(plan: &Plan) -> Vec<String> {
    let sources = plan.applied().filter_map(|it| it.module_source.as_ref());
    let commands = sources.map(|source| {
        let url = shell::quoted(&source.clone_url());
        let git_ref = shell::quoted(&source.git_ref);
        // Behind `--` a ref is no option, such as `--upload-pack=COMMAND`.
        format!("git ls-remote --tags -- {url} {git_ref}")
    });
    let commands: BTreeSet<String> = commands.collect();
    commands.into_iter().collect()
}

/// `terraform` or `tofu`, run in that directory of the repository.
fn terraform_in(directory: &Path, repo: &Repo) -> String {
    let program = repo.program(directory);
    match directory.as_os_str().is_empty() {
        true => program.to_owned(),
        false => {
            let directory = shell::path(directory);
            format!("{program} -chdir={directory}")
        }
    }
}
