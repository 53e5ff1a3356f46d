//! Files of OpenTofu beside those of Terraform: `main.tofu` beside `main.tf`. OpenTofu reads the first alone, Terraform
//! the second alone (OpenTofu docs, "Files and Directories": a `.tofu` file takes the place of the `.tf` file of the same
//! name).

use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The file of Terraform whose place a file of OpenTofu takes.
fn of_terraform(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let (stem, end) = match name.strip_suffix(".tofu.json") {
        Some(stem) => (stem, ".tf.json"),
        None => (name.strip_suffix(".tofu")?, ".tf"),
    };
    Some(path.with_file_name(format!("{stem}{end}")))
}

/// What Terraform reads of these files and what OpenTofu reads; `None` where no file takes the place of another.
pub fn readings<T: Clone>(files: &[T], path: impl Fn(&T) -> &Path) -> Option<[Vec<T>; 2]> {
    let twins: HashSet<PathBuf> = files
        .iter()
        .filter_map(|file| of_terraform(path(file)))
        .collect();
    let is_replaced = |file: &&T| twins.contains(path(file));
    if twins.is_empty() || !files.iter().any(|file| is_replaced(&file)) {
        return None;
    }
    let terraform = files
        .iter()
        .filter(|file| of_terraform(path(file)).is_none());
    let opentofu = files.iter().filter(|file| !is_replaced(file));
    Some([terraform.cloned().collect(), opentofu.cloned().collect()])
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

    #[test]
    fn each_program_reads_its_own() {
        let read = |files: &[&'static str]| readings(files, |file| Path::new(*file));
        assert_eq!(read(&["a.tf", "b.tofu"]), None);
        let both = read(&["a.tf", "a.tofu", "b.tf"]);
        assert_eq!(both, Some([vec!["a.tf", "b.tf"], vec!["a.tofu", "b.tf"]]));
    }
}
