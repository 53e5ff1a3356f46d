//! The proof for the units of Terragrunt, each by the file above it: from the text of the role's ARN
//! before, from the text of the profile after.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::decisions::providers::ProviderIdentity;
use crate::repo::Repo;
use terraform::account::is_account_id;
use terraform::terragrunt::parent_file::ParentLocal;

/// The account of each unit of a Terragrunt file by a provider's role; `None` where that does not name
/// it by a local of a file above each unit.
pub(super) fn accounts(
    file: &Path,
    provider: &ProviderIdentity,
    repo: &Repo,
) -> Option<BTreeMap<PathBuf, Option<String>>> {
    let arn = provider.role_arn.as_ref()?.trim_matches('"');
    // `arn:aws:iam::${local.account_id}:role/x`, or the local that is all of it.
    let account = arn
        .split_once("::${")
        .and_then(|(_, it)| it.split_once("}:"));
    let whole = || arn.strip_prefix("${")?.strip_suffix('}');
    let reference = account
        .map(|(account, _)| account)
        .or_else(whole)
        .unwrap_or(arn);
    let root = repo.index().modules.facts_of(file)?.terragrunt.as_ref()?;
    let read = ParentLocal::resolved(reference, &root.names)?;
    let units = &repo.index().units;
    let accounts = units.of.get(file)?.units.iter().map(|unit| {
        let mut above = unit.ancestors().skip(2).map(|it| it.join(&read.file));
        let parent = above.find(|it| units.parents.contains_key(it));
        let text = parent.and_then(|parent| repo.plain_local(&parent, &read.path));
        let id = text.and_then(|text| {
            let mut parts = text.rsplit(':');
            parts.find(|it| is_account_id(it)).map(str::to_owned)
        });
        (unit.clone(), id)
    });
    Some(accounts.collect())
}

/// Whether each unit acts by the profile of the account that it had before.
pub(super) fn are_same(
    before: &BTreeMap<PathBuf, Option<String>>,
    file: &Path,
    profile: &str,
    after: &Repo,
) -> bool {
    let Some(now) = after.profiles_by_unit(file, profile) else {
        return false;
    };
    let is_same = |(unit, account): (&PathBuf, &Option<String>)| {
        let profile = now.get(unit).and_then(Option::as_deref);
        let of_profile = profile.and_then(|profile| after.settings().account_of(profile));
        account.is_some() && of_profile == account.as_deref()
    };
    !before.is_empty() && before.len() == now.len() && before.iter().all(is_same)
}

#[cfg(test)]
mod tests {
    use super::super::AccountsBefore;
    use super::super::tests::repo;
    use crate::index::Index;
    use crate::index::facts::Facts;
    use crate::index::links::Links;
    use crate::index::modules::Modules;
    use crate::index::units::{ParentFile, Units};
    use crate::repo::Repo;
    use syntax::hcl::Document;
    use terraform::file_kind::FileKind;

    /// A repository with two units below `root.hcl`, which generates this provider, and these files above
    /// them.
    fn units(provider: &str, locals: &str, accounts: [&str; 2]) -> Repo {
        let read = "read_terragrunt_config(find_in_parent_folders(\"account.hcl\"))";
        let root = format!(
            "locals {{\n  account = {read}\n{locals}}}\ngenerate \"p\" {{\n  contents = <<EOF\nprovider \"aws\" {{\n{provider}}}\nEOF\n}}\n"
        );
        let plain = repo("");
        let document = |path: &str, text: &str| Document::new(path.into(), text.into()).unwrap();
        let facts = |path: &str, text: &str| {
            let facts = Facts::of(&document(path, text), FileKind::Terragrunt, plain.request());
            (path.into(), Box::new(facts))
        };
        let mut units = Units::default();
        let of = units.of.entry("root.hcl".into()).or_default();
        for directory in ["dev", "prod"] {
            of.units
                .insert(format!("{directory}/vpc/terragrunt.hcl").into());
            let file = ParentFile::default();
            units
                .parents
                .insert(format!("{directory}/account.hcl").into(), file);
        }
        let files = [
            facts("root.hcl", &root),
            facts("dev/account.hcl", accounts[0]),
            facts("prod/account.hcl", accounts[1]),
        ];
        let index = Index {
            modules: Modules::new(files, Links::default()),
            units: units.into(),
            ..Index::default()
        };
        Repo::new(plain.request().clone(), index)
    }

    #[test]
    fn each_unit_acts_by_the_profile_of_its_account() {
        let role = "  assume_role {\n    role_arn = \"arn:aws:iam::${local.account.locals.id}:role/x\"\n  }\n";
        let (dev, prod) = (
            "locals {\n  id = 111111111111\n  profile = \"dev\"\n}\n",
            "locals {\n  id = \"222222222222\"\n  profile = \"prod\"\n}\n",
        );
        let before = || AccountsBefore::of(&units(role, "", [dev, prod]));
        let local = "  profile = local.account.locals.profile\n";
        let profile = "  profile = \"${local.profile}\"\n";
        assert_eq!(before().moved(&units(profile, local, [dev, prod])), None);
        let wrong = prod.replace("\"prod\"", "\"dev\"");
        let computed = prod.replace("\"prod\"", "get_env(\"P\")");
        let missing = prod.replace("profile", "other");
        for (provider, local, accounts) in [
            (profile, local, [dev, wrong.as_str()]),
            (profile, local, [dev, &computed]),
            (profile, local, [dev, &missing]),
            (
                profile,
                "  profile = local.account.locals.id\n",
                [dev, prod],
            ),
            (profile, "  profile = \"dev\"\n", [dev, prod]),
            ("  profile = \"dev\"\n", local, [dev, prod]),
        ] {
            assert_eq!(
                before().moved(&units(provider, local, accounts)),
                Some("root.hcl: the default provider would change account".to_owned()),
                "{provider}{local}{accounts:?}"
            );
        }
    }
}
