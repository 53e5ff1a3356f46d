//! Tests in Go that run Terraform by Terratest.

use std::path::{Path, PathBuf};

use crate::scripts::working_directory::{GITHUB, WorkingDirectory};

/// A test file, and what it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoTest {
    /// Its directory, relative to the root of the repository.
    pub directory: PathBuf,
    /// The root modules, relative to the same; `None` for one that only the run determines.
    pub root_modules: Vec<Option<PathBuf>>,
}

/// Reads a test file that names Terratest: each `TerraformDir` of `terraform.Options`, and the
/// copies that it makes of modules (Terratest's documentation, `terraform`, `test_structure`).
pub fn read(path: &Path, text: &str) -> GoTest {
    let directory = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let working = WorkingDirectory::new(Some(&directory), GITHUB);
    let mut root_modules = Vec::new();
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
    {
        let strings = |rest: &str| -> Vec<String> {
            let parts = rest.split('"').skip(1).step_by(2);
            parts.map(str::to_owned).collect()
        };
        if let Some((_, value)) = line.split_once("TerraformDir:") {
            let value = value.trim();
            let found = strings(value);
            let module = match found.as_slice() {
                [only] if value.starts_with('"') => working.join(only),
                _ => None,
            };
            // A variable that holds the copy of a module: the copy is found by itself.
            let is_copy = value
                .trim_end_matches(',')
                .chars()
                .all(char::is_alphanumeric)
                && text.contains("CopyTerraformFolderToTemp");
            root_modules.extend((!is_copy).then_some(module));
        }
        if let Some((_, rest)) = line.split_once("CopyTerraformFolderToTemp(") {
            let found = strings(rest);
            root_modules.push(match found.as_slice() {
                [root, module] => working.join(&format!("{root}/{module}")),
                _ => None,
            });
        }
    }
    if root_modules.is_empty() && text.contains("terratest/modules/terraform") {
        root_modules.push(None);
    }
    root_modules.sort();
    root_modules.dedup();
    GoTest {
        directory,
        root_modules,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_modules_of_tests_are_found() {
        for (text, expected) in [
            ("TerraformDir: \"../examples/a\",", "examples/a"),
            ("TerraformDir: dir,", "?"),
            ("TerraformDir: fmt.Sprintf(\"../%s\", x),", "?"),
            (
                "dir := test_structure.CopyTerraformFolderToTemp(t, \"..\", \"examples/b\")\nTerraformDir: dir,",
                "examples/b",
            ),
            ("// TerraformDir: \"x\"", ""),
            ("import \"x/terratest/modules/terraform\"", "?"),
            ("import \"x/terratest/modules/aws\"", ""),
        ] {
            let found = read(Path::new("test/a_test.go"), text);
            let shown = found.root_modules.into_iter().map(|module| match module {
                Some(module) => module.display().to_string(),
                None => "?".to_owned(),
            });
            assert_eq!(shown.collect::<Vec<_>>().join(" "), expected, "{text}");
        }
    }
}
