//! The `exec` of providers: how they sign in to a cluster.

use ci::scripts::shell;
use diagnostics::finding::{Finding, Safety};
use engine::catalogue::Purpose;
use engine::index::scopes::ProviderScope;
use engine::migration::MigratingModule;
use engine::provider_accounts::{RoleChange, decide};
use engine::repo::Repo;
use syntax::edit::Edit;
use terraform::local_command::{ExecPlugin, PluginOption};

use super::clusters::{Admitted, admit};
use super::commands::{Chosen, of_words, profile_help};
use super::{ID, Place, about, documents};

/// Programs that sign tokens of EKS.
const SIGNERS: [&str; 2] = ["aws", "aws-iam-authenticator"];

pub(super) fn findings(module: &MigratingModule, admitted: &Admitted, repo: &Repo) -> Vec<Finding> {
    let documents = documents(module);
    let plugins = ExecPlugin::all(&documents);
    let (mut findings, mut ambient, mut assumed) = (Vec::new(), Vec::new(), Vec::new());
    let mut unknown = Vec::new();
    for plugin in plugins.iter().filter(|it| signs(it)) {
        let scripted = plugin.script().map(chosen);
        if let Some(role) = plugin.role() {
            let is_listed = edit(plugin, &role).is_some();
            match is_listed && removed(&role, module, repo) {
                true => findings.push(without_role(plugin, &role, admitted)),
                false => assumed.push((place(plugin, plugin.offset()), role.value)),
            }
        } else if let Some(profile) = plugin.profile() {
            findings.push(by_profile(plugin, &profile, repo));
        } else if let Some(Some(chosen)) = scripted {
            match chosen {
                Chosen::Profile(profile) => findings.push(by_profile(plugin, &profile, repo)),
                Chosen::Role(role) => assumed.push((place(plugin, plugin.offset()), role)),
            }
        } else if plugin.has_unknown_arguments() {
            unknown.push(place(plugin, plugin.offset()));
        } else {
            ambient.push(place(plugin, plugin.offset()));
        }
    }
    if !admitted.missing.is_empty() {
        let message = "signs in to the cluster by `exec` as who runs Terraform, which changes";
        findings.extend(about(ambient, message).map(|it| it.help(admit(admitted))));
        let message = "signs in to the cluster by `exec` with arguments that are not written out: without a role \
                       or a profile in them as who runs Terraform, which changes";
        findings.extend(about(unknown, message).map(|it| it.help(admit(admitted))));
    }
    for (place, role) in assumed {
        let message = format!(
            "signs in to the cluster by `exec` with the role {role}, which new callers have to assume"
        );
        let help = format!(
            "allow {} in its trust policy before the migration",
            super::named(&admitted.callers, true)
        );
        findings.extend(about(vec![place], &message).map(|it| it.help(help).assumes(&role)));
    }
    findings
}

/// Whether a plugin signs tokens of EKS, itself or by the script of a shell.
fn signs(plugin: &ExecPlugin<'_>) -> bool {
    let is_signer = |word: &str| SIGNERS.contains(&word.rsplit('/').next().unwrap_or(word));
    match plugin.script() {
        Some(script) => {
            let commands = shell::commands(script);
            let mut words = commands.iter().flat_map(|it| &it.words);
            words.any(|it| is_signer(it))
        }
        None => is_signer(plugin.command().unwrap_or("aws")),
    }
}

/// What the commands of a script act by, where they choose it.
fn chosen(script: &str) -> Option<Chosen> {
    let commands = shell::commands(script);
    commands.iter().find_map(|it| of_words(&it.words))
}

fn place<'d>(plugin: &ExecPlugin<'d>, offset: usize) -> Place<'d> {
    Place {
        document: plugin.provider.document(),
        offset,
        subject: subject(plugin),
    }
}

fn subject(plugin: &ExecPlugin<'_>) -> String {
    format!(
        "provider \"{}\"",
        plugin.provider.label(0).unwrap_or_default()
    )
}

/// Whether the plan removes that role from a provider of the same module.
fn removed(role: &PluginOption<'_>, module: &MigratingModule, repo: &Repo) -> bool {
    let decisions = decide(ProviderScope::Module(&module.module.directory), repo);
    let remover = repo.catalogue().id_of(Purpose::RemoveRoles);
    decisions.iter().any(|it| {
        // A profile in its place is another identity than that of `exec` without options.
        it.change == RoleChange::Remove
            && it.provider.role_arn.as_ref() == Some(&role.value)
            && it.provider.is_default()
            && it
                .provider
                .files
                .iter()
                .all(|file| repo.is_editable(file, remover))
    })
}

/// The finding that takes a role from a plugin.
fn without_role(plugin: &ExecPlugin<'_>, role: &PluginOption<'_>, admitted: &Admitted) -> Finding {
    let document = plugin.provider.document();
    let span = role.words[0].span();
    let sentence = (
        subject(plugin),
        format!(
            "no longer signs in to the cluster with the role {}, which the provider loses, too",
            role.value
        ),
    );
    let finding = Finding::new(ID, document, span, sentence)
        .safety(Safety::Review)
        .help(admit(admitted))
        .assumes(&role.value);
    match edit(plugin, role) {
        Some(edit) => finding.edit(document, edit),
        None => finding,
    }
}

/// Takes an option out of the list of arguments, with the comma before it.
fn edit(plugin: &ExecPlugin<'_>, role: &PluginOption<'_>) -> Option<Edit> {
    let arguments = plugin.arguments()?;
    let first = role.words.first()?.span();
    let last = role.words.last()?.span();
    let at = arguments.iter().position(|it| it.span() == first)?;
    let before = arguments.get(at.checked_sub(1)?)?;
    Some(Edit::replace(before.span().end..last.end, ""))
}

fn by_profile(plugin: &ExecPlugin<'_>, profile: &str, repo: &Repo) -> Finding {
    let document = plugin.provider.document();
    let offset = plugin.offset();
    let sentence = (
        subject(plugin),
        format!(
            "signs in to the cluster by `exec` with the profile {profile}, whatever the provider acts as"
        ),
    );
    Finding::new(ID, document, offset..offset, sentence).help(profile_help(profile, repo))
}
