//! The guard that takes the place of a role: the role pinned the account, and the ambient credentials do not.

use std::collections::BTreeSet;

use diagnostics::finding::Finding;
use engine::catalogue::Purpose;
use engine::provider_accounts::{Decision, RoleChange};
use engine::repo::Repo;
use syntax::edit::Edit;
use syntax::hcl::Block;
use terraform::account::Account;
use terraform::account_guard::{GUARD, admits_guard, in_place_of_role, wide_guard};
use terraform::file_kind::FileKind;
use terraform::provider::Provider;

/// Adds `allowed_account_ids` where the role was that is removed, in each file that Terraform or OpenTofu reads. A
/// called module has its provider configurations guarded by the root modules that call it.
pub(super) fn with_guard(
    mut finding: Finding,
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
    let readings = provider.readings();
    let own = decision.provider.role.as_ref();
    let narrowed = readings.iter().filter(|it| !admits_guard(it));
    let wide = narrowed.filter_map(|provider| {
        let id = own.and_then(Account::id)?;
        Some((id, wide_guard(provider, id)?))
    });
    let mut spans = BTreeSet::new();
    for (id, guard) in wide {
        if spans.insert((guard.document().path(), guard.span().start)) {
            let edit = Edit::replace(guard.span(), format!("[\"{id}\"]"));
            finding = finding.edit(guard.document(), edit);
        }
    }
    let open = readings.iter().filter(|it| admits_guard(it));
    let open = open.filter_map(|it| Some((block_of_role(it)?, ids(it, own, default, repo)?)));
    for (block, ids) in open {
        if spans.insert((block.document().path(), block.span().start)) {
            finding = finding.edits(block.document(), Edit::add_to_block(block, GUARD, &ids));
        }
    }
    finding
}

/// What the guard of a provider configuration names, whose role is in that account.
fn ids(
    provider: &Provider<'_>,
    own: Option<&Account>,
    default: Option<&Decision>,
    repo: &Repo,
) -> Option<String> {
    // A run may give variables other values than those of the tree.
    let chosen = || account_by_variables(provider, repo);
    let ids = own.and_then(|own| {
        let by_expression = chosen().and_then(|chosen| in_place_of_role(provider, &chosen));
        by_expression.or_else(|| in_place_of_role(provider, own))
    });
    ids.or_else(|| {
        // A role that goes together with the default provider's is in the same account.
        let default = default.and_then(|it| it.provider.role.as_ref());
        in_place_of_role(provider, default.filter(|it| it.id().is_some())?)
    })
}

/// The block of a provider configuration that its last role is in: what takes the role's place goes
/// there, because of several blocks an override file's wins.
pub(super) fn block_of_role<'p, 'd>(provider: &'p Provider<'d>) -> Option<&'p Block<'d>> {
    let roles = provider.roles();
    let role = &roles.last()?.block;
    let mut blocks = provider.blocks.iter();
    blocks.find(|block| {
        block.document().path() == role.document().path()
            && block.span().start <= role.span().start
            && role.span().end <= block.span().end
    })
}

/// These blocks, each of them once.
pub(super) fn each_once<'p, 'd: 'p>(
    blocks: impl Iterator<Item = &'p Block<'d>>,
) -> impl Iterator<Item = &'p Block<'d>> {
    let mut places = BTreeSet::new();
    blocks.filter(move |block| places.insert((block.document().path(), block.span().start)))
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
