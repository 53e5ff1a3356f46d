//! Files of values that commands name, be it to pass them or to write them.

use memchr::memmem;

use syntax::text::{is_commented, line_end, line_start};

use super::values::is_shown;

/// A file of values that the line of a command names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedValuesFile {
    /// Its name without directories; `None` where only the run knows it.
    pub name: Option<String>,
    /// The line.
    pub line: String,
}

/// The end of the names of files of values.
const ENDING: &str = ".tfvars";

/// The option that passes a file of values, whatever its name.
const OPTION: &str = "-var-file";

/// What a text names of them. Patterns and what only removes or shows one name none.
pub fn named_values_files(text: &str) -> Vec<NamedValuesFile> {
    let passed = memmem::find_iter(text.as_bytes(), OPTION).filter_map(|at| {
        let line = &text[line_start(text, at)..line_end(text, at)];
        let behind = text[at + OPTION.len()..line_end(text, at)]
            .trim_start_matches(['=', ' ', '"', '\'', ',', '[']);
        let is_end = |it: char| it.is_whitespace() || "\"',;&|)]".contains(it);
        let word = behind.split(is_end).next()?;
        let is_plain = |it: char| it.is_ascii_alphanumeric() || "_-./".contains(it);
        // Names with that ending are found by it.
        let is_usual = word.ends_with(ENDING) || word.ends_with(".tfvars.json");
        let is_split = !word.contains(ENDING) && behind.contains(ENDING);
        let is_other = word.is_empty() || is_usual || is_split || word.starts_with(['-', '<']);
        if is_other || is_commented(text, at) || is_shown(line) {
            return None;
        }
        Some(NamedValuesFile {
            name: word.chars().all(is_plain).then(|| word.to_owned()),
            line: line.to_owned(),
        })
    });
    let named = memmem::find_iter(text.as_bytes(), ENDING).filter_map(|at| {
        let line = &text[line_start(text, at)..line_end(text, at)];
        let behind = &text[at + ENDING.len()..];
        let (json, behind) = match behind.strip_prefix(".json") {
            Some(behind) => (".json", behind),
            None => ("", behind),
        };
        // `terraform.tfvars.example` is another file, `*.tfvars*` any.
        let is_end = |it: char| !it.is_ascii_alphanumeric() && !"_-.*/".contains(it);
        let is_whole = behind.chars().next().is_none_or(is_end);
        let words = line.split_whitespace();
        let only_removes = words.take(3).any(|it| matches!(it, "rm" | "git"));
        if !is_whole || only_removes || is_commented(text, at) || is_shown(line) {
            return None;
        }
        let stem = &text[line_start(text, at)..at];
        let is_name = |it: char| it.is_ascii_alphanumeric() || "_-.".contains(it);
        let start = stem.trim_end_matches(is_name).len();
        let (before, stem) = stem.split_at(start);
        let is_pattern = before.ends_with(['*', '\\', '|', '?', '[', '^']);
        let is_computed = before.ends_with(['}', ')', '$', '%', '>', '+']);
        let name = (!is_computed).then(|| format!("{stem}{ENDING}{json}"));
        // An ending alone is what programs look for.
        let is_ending = stem.is_empty() && !is_computed;
        (!is_pattern && !is_ending).then(|| NamedValuesFile {
            name,
            line: line.to_owned(),
        })
    });
    named.chain(passed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_values_are_known_by_their_names() {
        for (text, expected) in [
            ("terraform apply -var-file=live.tfvars", Some("live.tfvars")),
            (
                "terraform apply -var-file env/live.tfvars",
                Some("live.tfvars"),
            ),
            (
                "echo \"a = 1\" > terraform.tfvars",
                Some("terraform.tfvars"),
            ),
            ("jq . x > a.auto.tfvars.json", Some("a.auto.tfvars.json")),
            (
                "required_var_files = [\"${get_terragrunt_dir()}/a.tfvars\"]",
                Some("a.tfvars"),
            ),
            ("terraform apply -var-file=live.json", Some("live.json")),
            ("['-var-file', 'vars/live']", Some("vars/live")),
            ("terraform apply -var-file=vars/$1.json", None),
            (
                "terraform apply -var-file=live.tfvars.txt",
                Some("live.tfvars.txt"),
            ),
            ("terraform apply -var-file=$ENV.tfvars", None),
            ("terraform apply -var-file=${ENV}.tfvars", None),
            ("terraform apply -var-file=env/$(ENV).tfvars", None),
            ("terraform apply -var-file=${{ matrix.env }}.tfvars", None),
        ] {
            let found = named_values_files(text);
            let names: Vec<_> = found.iter().map(|it| it.name.as_deref()).collect();
            assert_eq!(names, [expected], "{text}");
        }
        for other in [
            "cp terraform.tfvars.example x",
            "paths: ['**/*.tfvars']",
            "files: (\\.tf|\\.tfvars)$",
            "if name.endswith('.tfvars')",
            "rm -f terraform.tfvars",
            "git add terraform.tfvars",
            "# -var-file=a.tfvars",
            "echo 'pass -var-file=a.tfvars'",
        ] {
            assert_eq!(named_values_files(other), [], "{other}");
        }
    }
}
