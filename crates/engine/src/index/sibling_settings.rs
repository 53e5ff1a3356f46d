//! Settings files of backends beside those that commands name: for the same root modules in another
//! environment, which a person initializes by the one where a job does by the other.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use terraform::backend::BackendPart;

use super::facts::Facts;
use super::named_settings::{GivenToBackends, NamedFile, ReadSettings, SettingsReader};
use crate::error::PlanError;

impl SettingsReader<'_> {
    /// Adds the siblings of the files that commands name and that are edited.
    pub(super) fn add_siblings(&self, given: &mut GivenToBackends) -> Result<(), PlanError> {
        let modules = &self.index.modules;
        let kept = given.files.values().flatten().map(|it| it.path.clone());
        let mut known: BTreeSet<PathBuf> = kept.chain(given.edited.keys().cloned()).collect();
        let named = given.facts.iter().filter_map(|(path, facts)| {
            let owners = given.edited.get(path)?.owners.clone();
            Some((path.clone(), owners, literals(facts)?))
        });
        for (path, owners, own) in named.collect::<Vec<_>>() {
            let near = self.editable.iter().filter(|it| are_siblings(it, &path));
            for sibling in near {
                let is_of_another = modules.owner_by_name(sibling) != modules.owner_by_name(&path);
                if is_of_another || known.contains(sibling) {
                    continue;
                }
                let ReadSettings::Edited(facts, ignores) = self.settings(sibling)? else {
                    continue;
                };
                if literals(&facts).as_ref() != Some(&own) {
                    continue;
                }
                let owners = owners.clone();
                known.insert(sibling.clone());
                let named = NamedFile {
                    owners,
                    ..NamedFile::default()
                };
                given.edited.insert(sibling.clone(), named);
                given.facts.push((sibling.clone(), facts));
                given.ignores.extend(ignores);
            }
        }
        Ok(())
    }
}

/// The names of the settings that a file with a bucket sets, but for a profile, which one of them may have
/// already.
fn literals(facts: &Facts) -> Option<BTreeSet<String>> {
    let part: &BackendPart = facts.backend_part.as_deref()?;
    let names = part.literals.keys().filter(|name| *name != "profile");
    part.has_bucket.then(|| names.cloned().collect())
}

/// Whether two files stand for two environments by their paths: `env/dev.hcl` and `env/live.hcl`, or
/// `dev/backend.hcl` and `live/backend.hcl`.
fn are_siblings(path: &Path, other: &Path) -> bool {
    let above = |path: &Path| path.parent().and_then(Path::parent).map(Path::to_path_buf);
    let is_beside = path.parent() == other.parent() && path.extension() == other.extension();
    let is_named_so = || path.file_name() == other.file_name() && above(path) == above(other);
    path != other && (is_beside || above(path).is_some() && is_named_so())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn siblings_differ_in_one_part_of_their_paths() {
        let are = |path: &str, other: &str| are_siblings(Path::new(path), Path::new(other));
        assert!(are("env/dev.hcl", "env/live.hcl"));
        assert!(are("dev/backend.hcl", "live/backend.hcl"));
        assert!(are("a/dev/backend.hcl", "a/live/backend.hcl"));
        assert!(!are("env/dev.hcl", "env/dev.hcl"));
        assert!(!are("env/dev.hcl", "env/dev.tfvars"));
        assert!(!are("dev/backend.hcl", "live/other.hcl"));
        assert!(!are("a/dev/backend.hcl", "b/live/backend.hcl"));
    }
}
