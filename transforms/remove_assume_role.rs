mod manual;
mod review;
mod session;
mod units;

use std::collections::HashMap;

use diagnostics::ask::Help;
use diagnostics::finding::{Finding, Safety};
use engine::catalogue::Purpose;
use engine::index::scopes::ProviderScope;
use engine::provider_accounts::{Decision, ManualReason, RoleChange, decide};
use engine::repo::Repo;
use syntax::edit::Edit;
use syntax::hcl::Block;
use terraform::account::{Account, ModuleNames};
use terraform::account_guard::{GUARD, admits_guard, in_place_of_role, wide_guard};
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
        Some(with_guard(finding, provider, decision, default, repo))
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
    // The profile that only assumed the role, wherever it is set.
    let mut blocks = provider.blocks.iter().rev();
    let own = blocks.find(|block| block.attribute("profile").is_some());
    match own.or_else(|| block_of_role(provider)) {
        Some(block) => with_profile(finding, block, profile),
        None => finding,
    }
}

/// The block of a provider configuration that its last role is in: what takes the role's place goes
/// there, because of several blocks an override file's wins.
fn block_of_role<'p, 'd>(provider: &'p Provider<'d>) -> Option<&'p Block<'d>> {
    let roles = provider.roles();
    let role = &roles.last()?.block;
    let mut blocks = provider.blocks.iter();
    blocks.find(|block| {
        block.document().path() == role.document().path()
            && block.span().start <= role.span().start
            && role.span().end <= block.span().end
    })
}

/// Adds `allowed_account_ids` where the role was that is removed: the role pinned the account, and
/// the ambient credentials do not. A called module has its provider configurations guarded by the
/// root modules that call it.
fn with_guard(
    finding: Finding,
    provider: &Provider<'_>,
    decision: &Decision,
    default: Option<&Decision>,
    repo: &Repo,
) -> Finding {
    let mut directories = decision.provider.files.iter().filter_map(|it| it.parent());
    let is_child = directories.any(|directory| repo.is_child(directory));
    let is_removed = decision.change == RoleChange::Remove;
    if is_child || !is_removed || !repo.carries_out(Purpose::GuardAccounts) {
        return finding;
    }
    let account = |decision: &Decision| decision.provider.role.clone();
    if !admits_guard(provider) {
        let own = account(decision);
        let id = own.as_ref().and_then(Account::id);
        let wide = id.and_then(|id| Some((id, wide_guard(provider, id)?)));
        return match wide {
            Some((id, guard)) => {
                let edit = Edit::replace(guard.span(), format!("[\"{id}\"]"));
                finding.edit(guard.document(), edit)
            }
            None => finding,
        };
    }
    // A run may give variables other values than those of the tree.
    let chosen = || account_by_variables(provider, repo);
    let ids = account(decision).and_then(|own| {
        let by_expression = chosen().and_then(|chosen| in_place_of_role(provider, &chosen));
        by_expression.or_else(|| in_place_of_role(provider, &own))
    });
    let ids = ids.or_else(|| {
        // A role that goes together with the default provider's is in the same account.
        let default = default.and_then(account).filter(|it| it.id().is_some())?;
        in_place_of_role(provider, &default)
    });
    match ids.zip(block_of_role(provider)) {
        Some((ids, block)) => {
            finding.edits(block.document(), Edit::add_to_block(block, GUARD, &ids))
        }
        None => finding,
    }
}

/// The account of the role of a provider configuration, with what variables are set to left open; `None` where it
/// depends on none.
fn account_by_variables(provider: &Provider<'_>, repo: &Repo) -> Option<Account> {
    let roles = provider.roles();
    let role = &roles.last()?.arn;
    let path = provider.blocks.last()?.document().path();
    // What Terragrunt fills in is the same in every run of a unit.
    let directory = match FileKind::of(path) {
        Some(FileKind::Terragrunt) => return None,
        _ => path.parent()?,
    };
    let index = repo.index();
    let names = index.names.get(&index.modules.number(directory)?)?;
    let open = Account::of(role, &names.without_values());
    open.id().is_none().then_some(open)
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
    match provider.blocks.last() {
        Some(block) => with_profile(finding, block, profile),
        None => finding,
    }
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
