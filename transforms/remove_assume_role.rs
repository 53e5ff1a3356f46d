mod guard;
mod manual;
mod review;
mod session;
mod units;

use std::collections::HashMap;

use diagnostics::ask::Help;
use diagnostics::finding::{Finding, Safety};
use engine::index::scopes::ProviderScope;
use engine::provider_accounts::{Decision, ManualReason, RoleChange, decide};
use engine::repo::Repo;
use syntax::edit::Edit;
use syntax::hcl::Block;
use terraform::account::{Account, ModuleNames};
use terraform::file_kind::FileKind;
use terraform::module::Module;
use terraform::provider::KEPT;
use terraform::provider::{Provider, configurations};
use terraform::requirement::AwsNames;
use terraform::static_keys::revocation;

const ID: &str = "remove_assume_role";

pub fn scan(module: &Module, repo: &Repo) -> Vec<Finding> {
    let names = module.aws_names();
    let own = configurations(module.configuration(), &names);
    let mut findings = in_scope(ProviderScope::Module(&module.directory), &own, repo);
    // A test file's provider blocks override those of the module and leave the others as they are
    // (Terraform docs, "Tests": Providers).
    for test in module.of_kind(FileKind::Test) {
        let providers = configurations([test], &names);
        findings.extend(in_scope(ProviderScope::File(test.path()), &providers, repo));
    }
    for (terragrunt, generated) in module.terragrunt() {
        let generated = &generated.documents;
        let names = AwsNames::of_all(generated.iter().map(AwsNames::of)).known();
        let providers = configurations(generated, &names);
        let scope = ProviderScope::File(terragrunt.path());
        findings.extend(in_scope(scope, &providers, repo));
        findings.extend(units::findings(module, terragrunt, &providers, repo));
        findings.extend(manual::in_terragrunt(terragrunt, repo));
    }
    findings
}

/// The findings on the provider configurations of a scope.
fn in_scope(scope: ProviderScope<'_>, providers: &[Provider<'_>], repo: &Repo) -> Vec<Finding> {
    let decisions = decide(scope, repo);
    let has_roles = decisions.iter().any(|it| it.provider.role.is_some());
    let default = decisions.iter().find(|it| it.provider.is_default());
    let mut by_name = HashMap::new();
    for provider in providers {
        let name = (provider.name, provider.alias);
        by_name.entry(name).or_insert(provider);
    }
    let decided = decisions.iter().filter_map(|decision| {
        let of = &decision.provider;
        let provider = by_name.get(&(of.name.as_str(), of.alias.as_deref()))?;
        let finding = finding(provider, decision, has_roles, repo)?;
        Some(guard::with_guard(
            finding, provider, decision, default, repo,
        ))
    });
    let mut findings: Vec<_> = decided.collect();
    if let ProviderScope::Module(directory) = scope
        && let Some(at) = repo.implicit_default(directory)
        && let Some(block) = providers
            .first()
            .and_then(|provider| provider.blocks.first())
        && findings.iter().any(|finding| !finding.edits.is_empty())
    {
        findings.push(manual::implicit(block, at));
    }
    findings
}

/// The finding on one decision; `None` where there is nothing to report.
fn finding(
    provider: &Provider<'_>,
    decision: &Decision,
    has_roles: bool,
    repo: &Repo,
) -> Option<Finding> {
    let account = decision.provider.role.as_ref();
    match (&decision.change, account) {
        (RoleChange::Remove, Some(account)) => Some(removal(provider, account, decision, repo)),
        (RoleChange::Profile(profile), Some(account)) => {
            Some(replacement(provider, account, profile, repo))
        }
        (RoleChange::Profile(profile), None) => Some(pinned(provider, profile)),
        (RoleChange::Manual(ManualReason::Ambient), _) | (RoleChange::Remove, None) => {
            let scope = decision.provider.files.first()?.parent()?;
            let is_default_of_root = provider.alias.is_none() && !repo.is_child(scope);
            // Without a role in the repository the ambient account is the same before and after.
            let changes = has_roles || is_default_of_root && repo.has_roles();
            changes.then(|| manual::ambient(provider, repo))
        }
        (RoleChange::Manual(ManualReason::OtherIdentity(setting)), _) if setting == KEPT => None,
        // Those of units are reported with the files above them.
        (
            RoleChange::UnitProfiles(_)
            | RoleChange::Keep
            | RoleChange::Manual(ManualReason::Declined),
            _,
        )
        | (RoleChange::Manual(_), None) => None,
        (RoleChange::Manual(why), Some(account)) => {
            Some(manual::manual(provider, account, why, repo))
        }
    }
}

/// The finding that removes a role: the ambient credentials are those of its account.
fn removal(
    provider: &Provider<'_>,
    account: &Account,
    decision: &Decision,
    repo: &Repo,
) -> Finding {
    let account = described(account, provider, repo);
    let message =
        format!("no longer assumes a role: credentials for {account} come from the environment");
    let finding = about_roles(provider, message).safety(decision.safety());
    let finding = review::reasoned(finding, decision, repo);
    without_roles(finding, provider)
}

/// The finding that puts a profile in the place of a role.
fn replacement(provider: &Provider<'_>, account: &Account, profile: &str, repo: &Repo) -> Finding {
    let message = format!(
        "no longer assumes a role: the profile \"{profile}\" is that of {}",
        described(account, provider, repo)
    );
    let finding = about_roles(provider, message)
        .safety(Safety::Review)
        .help("set up that profile in CI, too");
    let finding = without_roles(finding, provider);
    in_blocks(finding, provider, profile, |own| {
        // The profile that only assumed the role, wherever it is set.
        let mut blocks = own.blocks.iter().rev();
        let set = blocks.find(|block| block.attribute("profile").is_some());
        set.or_else(|| guard::block_of_role(own))
    })
}

/// Sets the profile in a block of each file that Terraform or OpenTofu reads.
fn in_blocks<'d>(
    mut finding: Finding,
    provider: &Provider<'d>,
    profile: &str,
    block: impl for<'p> Fn(&'p Provider<'d>) -> Option<&'p Block<'d>>,
) -> Finding {
    let readings = provider.readings();
    for block in guard::each_once(readings.iter().filter_map(block)) {
        finding = with_profile(finding, block, profile);
    }
    finding
}

/// The finding that pins an ambient provider configuration to the account of the static keys.
fn pinned(provider: &Provider<'_>, profile: &str) -> Finding {
    let message = format!(
        "acted in the account of the keys: the profile \"{profile}\" keeps it there when \
         AWS_PROFILE is another"
    );
    let finding = about(provider, &provider.blocks[0], message)
        .safety(Safety::Review)
        .help("set up that profile in CI, too");
    in_blocks(finding, provider, profile, |own| own.blocks.last())
}

/// A finding at the provider's first role.
fn about_roles(provider: &Provider<'_>, message: impl Into<String>) -> Finding {
    let roles = provider.roles();
    match roles.first() {
        Some(role) => about(provider, &role.block, message),
        None => about(provider, &provider.blocks[0], message),
    }
}

fn about(provider: &Provider<'_>, block: &Block<'_>, message: impl Into<String>) -> Finding {
    let sentence = (provider.reference(), message);
    Finding::new(ID, block.document(), block.span(), sentence)
}

/// Removes the roles, and the keys that only assume them.
fn without_roles(mut finding: Finding, provider: &Provider<'_>) -> Finding {
    let keys = provider.keys();
    finding.removed_keys = keys.iter().map(|key| key.name.to_owned()).collect();
    let roles = provider.roles().into_iter();
    let roles = roles.map(|role| (role.block.document(), role.block.span()));
    let spans = keys.iter().map(|key| (key.value.document(), key.span()));
    for (document, span) in roles.chain(spans) {
        finding = finding.edit(document, Edit::remove(document, span));
    }
    finding.notes.extend(session::removed(&provider.roles()));
    let more = revocation(&keys).map(Help::from);
    finding.help = Help::joined(finding.help.take().into_iter().chain(more));
    finding
}

/// Sets the profile in a block.
fn with_profile(finding: Finding, block: &Block<'_>, profile: &str) -> Finding {
    with_value(finding.profile(profile), block, &format!("\"{profile}\""))
}

/// Sets the profile in a block to an expression.
fn with_value(finding: Finding, block: &Block<'_>, value: &str) -> Finding {
    let document = block.document();
    if let Some(unset) = block.attribute("profile") {
        return finding.edit(document, Edit::replace(unset.value.span(), value));
    }
    finding.edits(document, Edit::add_to_block(block, "profile", value))
}

/// An account with its profile in the configuration; one that is not known, as the provider
/// configuration writes it.
fn described(account: &Account, provider: &Provider<'_>, repo: &Repo) -> String {
    match account {
        Account::Id(_) => match repo.settings().profile_of(account) {
            Some(profile) => format!("{account} ({profile})"),
            None => account.to_string(),
        },
        Account::OneOf(_) | Account::CallerOf(_) => account.to_string(),
        Account::Template(_) | Account::Expression(_) => {
            let roles = provider.roles();
            let written = roles
                .last()
                .map(|role| Account::of(&role.arn, &ModuleNames::default()));
            written.as_ref().unwrap_or(account).to_string()
        }
    }
}
