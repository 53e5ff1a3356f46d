//! Roles of Terragrunt's units whose account is read from a file above each unit, such as
//! `account.hcl`: each gets the profile of its account from there.

use super::guard::block_of_role;
use super::{about_roles, review, with_value, without_roles};
use diagnostics::ask::Help;
use diagnostics::finding::{Finding, Safety};
use engine::index::scopes::ProviderScope;
use engine::provider_accounts::{RoleChange, decide};
use engine::repo::Repo;
use engine::repo::units::UnitProfiles;
use std::collections::BTreeSet;
use syntax::code::sentence;
use syntax::edit::Edit;
use syntax::hcl::Document;
use terraform::account::ModuleNames;
use terraform::module::Module;
use terraform::provider::Provider;
use terraform::terragrunt::names;
use terraform::terragrunt::parent_file::ParentLocal;

/// The findings that put the profiles of units in the place of a role.
pub(super) fn findings(
    module: &Module,
    terragrunt: &Document,
    providers: &[Provider<'_>],
    repo: &Repo,
) -> Vec<Finding> {
    let decisions = decide(ProviderScope::File(terragrunt.path()), repo);
    let changes = decisions.iter().filter_map(|decision| {
        let RoleChange::UnitProfiles(profiles) = &decision.change else {
            return None;
        };
        let mut providers = providers.iter();
        let provider = providers.find(|provider| {
            provider.alias == decision.provider.alias.as_deref()
                && provider.name == decision.provider.name
        })?;
        let mut finding = finding(module, terragrunt, (provider, profiles));
        // What the units run beside the provider has no profile.
        if let Some((runs, cure)) = review::command(decision, repo) {
            let help = finding.help.take().into_iter();
            finding.help = Help::joined(help.chain([cure.into()]));
            finding = finding.noted(runs);
        }
        Some(finding)
    });
    changes.collect()
}

fn finding(
    module: &Module,
    terragrunt: &Document,
    (provider, profiles): (&Provider<'_>, &UnitProfiles),
) -> Finding {
    let (file, local) = (&profiles.file, &profiles.local);
    let message = sentence!(
        "no longer assumes a role: each unit has the profile of its account, `{local}` in the {file} \
         above it"
    );
    let named: Vec<String> = profiles
        .files
        .iter()
        .map(|(path, account)| format!("{} ({})", account.profile, path.display()))
        .collect();
    let help = format!("set up these profiles in CI, too: {}", named.join(", "));
    let finding = about_roles(provider, message)
        .safety(Safety::Review)
        .help(help);
    let mut finding = without_roles(finding, provider);
    let labels: BTreeSet<&String> = profiles.files.values().map(|it| &it.profile).collect();
    for label in labels {
        finding = finding.profile(label);
    }
    // The profile of each account, in the file that names the account.
    for (path, account) in profiles.files.iter().filter(|(_, it)| !it.is_set) {
        let mut documents = module.documents.iter();
        let document = documents.find(|document| document.path() == path);
        let block = document.and_then(|document| document.blocks("locals").next());
        if let Some(block) = block {
            let value = format!("\"{}\"", account.profile);
            finding = finding.edits(block.document(), Edit::add_to_block(&block, local, &value));
        }
    }
    // The local that reads it, where the file that generates the provider has locals.
    let root = names(terragrunt);
    let own = terragrunt.blocks("locals").next();
    let value = match &own {
        Some(_) => format!("local.{local}"),
        None => read_from(file, local, &root, None),
    };
    if let Some(block) = own.as_ref().filter(|_| root.definition(local).is_none()) {
        let value = read_from(file, local, &root, Some(terragrunt));
        finding = finding.edits(terragrunt, Edit::add_to_block(block, local, &value));
    }
    match block_of_role(provider) {
        Some(block) => with_value(finding, block, &format!("\"${{{value}}}\"")),
        None => finding,
    }
}

/// The expression for a local of the file above the unit: through the local that reads that file, where
/// there is one.
fn read_from(file: &str, local: &str, names: &ModuleNames, own: Option<&Document>) -> String {
    let blocks = own.into_iter().flat_map(|own| own.blocks("locals"));
    let mut readers = blocks.flat_map(|block| block.body().attributes().collect::<Vec<_>>());
    let expected = ParentLocal {
        file: file.to_owned(),
        path: vec![local.to_owned()],
    };
    let reader = readers.find_map(|reader| {
        let text = format!("local.{}.locals.{local}", reader.name);
        let read = ParentLocal::resolved(&text, names)?;
        (read == expected).then_some(text)
    });
    reader.unwrap_or_else(|| {
        format!("read_terragrunt_config(find_in_parent_folders(\"{file}\")).locals.{local}")
    })
}
