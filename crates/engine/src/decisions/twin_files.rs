//! Files of OpenTofu beside those of Terraform: `main.tofu` beside `main.tf`. OpenTofu reads the first alone, Terraform
//! the second alone (OpenTofu docs, "Files and Directories": a `.tofu` file takes the place of the `.tf` file of the same
//! name).

use std::path::{Path, PathBuf};

use super::providers::ProviderIdentity;
use crate::index::facts::Facts;

/// The account of a role that the two files do not agree on.
pub(super) const EITHER: &str = "the file of Terraform or that of OpenTofu";

/// The file of Terraform whose place a file of OpenTofu takes.
fn of_terraform(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let (stem, end) = match name.strip_suffix(".tofu.json") {
        Some(stem) => (stem, ".tf.json"),
        None => (name.strip_suffix(".tofu")?, ".tf"),
    };
    Some(path.with_file_name(format!("{stem}{end}")))
}

/// Whether a role of a provider configuration depends on which of the two programs reads the files.
pub(super) fn differ<'f>(
    files: &[(PathBuf, &'f Facts)],
    provider: impl Fn(&[(PathBuf, &'f Facts)]) -> Option<ProviderIdentity>,
) -> bool {
    let replaced: Vec<PathBuf> = files
        .iter()
        .filter_map(|(path, _)| of_terraform(path))
        .filter(|twin| files.iter().any(|(path, _)| path == twin))
        .collect();
    if replaced.is_empty() {
        return false;
    }
    let only = |is_read: &dyn Fn(&Path) -> bool| {
        let read = files.iter().filter(|(path, _)| is_read(path)).cloned();
        provider(&read.collect::<Vec<_>>())
    };
    let terraform = only(&|path| of_terraform(path).is_none());
    let opentofu = only(&|path| !replaced.iter().any(|it| it == path));
    let role = |it: &Option<ProviderIdentity>| it.as_ref().and_then(|it| it.role.clone());
    match (role(&terraform), role(&opentofu)) {
        (None, None) => false,
        (Some(one), Some(other)) => !one.is_same(&other),
        (Some(_), None) | (None, Some(_)) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_opentofu_takes_the_place_of_one_of_the_same_name() {
        for (path, twin) in [
            ("a/main.tofu", Some("a/main.tf")),
            ("main.tofu.json", Some("main.tf.json")),
            ("a/main.tf", None),
            ("a/main.tofutest.hcl", None),
        ] {
            assert_eq!(
                of_terraform(Path::new(path)),
                twin.map(PathBuf::from),
                "{path}"
            );
        }
    }
}
