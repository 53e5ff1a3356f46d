//! Policies that name a user of the module by reference: `aws_iam_user.deployment.arn`.

use std::collections::BTreeSet;

use diagnostics::finding::{Finding, KeyRemnant};
use engine::index::scopes::ProviderScope;
use engine::repo::Repo;
use syntax::code::sentence;
use syntax::hcl::Block;
use syntax::text::is_commented;
use terraform::module::Module;

use super::ID;
use super::arns::{help, kind_of};

/// The attributes of a user by which policies name it.
const NAMES: [&str; 2] = [".arn", ".unique_id"];

/// Where a text names a user so, in the text.
fn references<'t>(text: &'t str, user: &'t str) -> impl Iterator<Item = usize> + 't {
    let written = format!("aws_iam_user.{user}");
    let starts: Vec<usize> = text.match_indices(&written).map(|(at, _)| at).collect();
    starts.into_iter().filter(move |at| {
        let behind = &text[at + written.len()..];
        let index = behind.strip_prefix('[').and_then(|it| it.split_once(']'));
        let behind = index.map_or(behind, |(_, behind)| behind);
        NAMES.iter().any(|name| {
            let rest = behind.strip_prefix(name);
            rest.is_some_and(|rest| !rest.starts_with(|it: char| it.is_alphanumeric() || it == '_'))
        }) && !is_commented(text, *at)
    })
}

/// One finding for each block of a module that names one of these users by reference.
pub(super) fn findings(module: &Module, users: &BTreeSet<&str>) -> Vec<Finding> {
    let mut found = Vec::new();
    for document in module.configuration() {
        for top in document
            .tops()
            .filter(|top| top.text().contains("aws_iam_user."))
        {
            // What gives the user permissions, or publishes its name, goes with the user.
            let kind = kind_of(&top);
            if kind.is_empty() {
                continue;
            }
            for user in users {
                let Some(at) = references(top.text(), user).next() else {
                    continue;
                };
                let offset = top.span().start + at;
                let message = sentence!("names the IAM user `aws_iam_user.{user}`");
                let finding = Finding::new(ID, document, offset..offset, (kind, message));
                let user = (*user).to_owned();
                found.push(
                    finding
                        .help(help(kind))
                        .remnant(KeyRemnant::Policy { user }),
                );
            }
        }
    }
    found
}

/// The users of a module that may assume the role of a provider configuration, by the trust policy of that role.
pub(super) fn assuming(module: &Module, repo: &Repo) -> BTreeSet<String> {
    let trusts = |block: &Block<'_>| block.label(0) == Some("aws_iam_role");
    let blocks = module.configuration().flat_map(|it| it.blocks("resource"));
    let blocks: Vec<Block<'_>> = blocks.collect();
    let users = blocks
        .iter()
        .filter(|it| it.label(0) == Some("aws_iam_user"));
    let users: Vec<&str> = users.filter_map(|it| it.label(1)).collect();
    if users.is_empty() {
        return BTreeSet::new();
    }
    let roles = provider_roles(repo);
    let mut found = BTreeSet::new();
    for role in blocks.iter().filter(|it| trusts(it)) {
        let name = role.attribute("name").and_then(|it| it.value.literal());
        let trust = role.attribute("assume_role_policy");
        let Some((name, trust)) = name.zip(trust) else {
            continue;
        };
        if roles.contains(name) {
            let own = users
                .iter()
                .filter(|user| references(trust.value.text(), user).next().is_some());
            found.extend(own.map(|user| (*user).to_owned()));
        }
    }
    found
}

/// The names of the roles that provider configurations assume.
fn provider_roles(repo: &Repo) -> BTreeSet<String> {
    let directories = repo.directories();
    let providers = directories.flat_map(|it| repo.providers(ProviderScope::Module(it)));
    let arns = providers.filter_map(|it| it.role_arn.as_ref());
    let names = arns.filter_map(|arn| arn.split_once(":role/")?.1.rsplit('/').next());
    let literal = names.filter(|name| !name.contains(['$', '{', '}', '"']));
    literal.map(str::to_owned).collect()
}
