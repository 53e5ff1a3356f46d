//! Terraform variables that scripts, pipelines, workflows and Terragrunt set.

mod expansion;
mod inputs;
mod values;
mod values_files;

use std::collections::BTreeSet;

use memchr::memmem;

use syntax::text::{is_commented, line_start};
use terraform::references::words;

pub use inputs::{Inputs, deploys, sources};
pub use values::{SetValue, values};
pub use values_files::{NamedValuesFile, named_values_files};

/// A Go test that imports it runs Terraform with `-var` for each of its `Vars` (Terratest docs,
/// `terraform.Options`).
pub const TERRATEST: &str = "terratest";

/// The option of such a test that names the root module.
pub const TEST_DIRECTORY: &str = "TerraformDir";

/// Adds the variables that the text sets: `TF_VAR_NAME`, and those of the command line.
pub fn collect(text: &str, names: &mut BTreeSet<String>) {
    let bytes = text.as_bytes();
    let by_environment = memmem::find_iter(bytes, ENVIRONMENT);
    names.extend(by_environment.filter_map(|at| name(&bytes[at + ENVIRONMENT.len()..])));
    names.extend(by_argument(text));
    names.extend(values::of_tests(text).map(|set| set.name));
}

/// Whether the text sets the variable on the command line, which is an error once it is not
/// declared (Terraform docs, "Input Variables").
pub fn passes(text: &str, variable: &str) -> bool {
    times_passed(text, variable) > 0
}

/// How often the text does so.
pub fn times_passed(text: &str, variable: &str) -> usize {
    let of_test = || {
        let places = words(text, variable).into_iter();
        let quoted = places.filter(|at| text[..*at].ends_with('"'));
        let entries = quoted.filter(|at| text[at + variable.len()..].starts_with("\":"));
        entries.count()
    };
    let by_argument = by_argument(text).filter(|name| name == variable).count();
    match text.contains(TERRATEST) {
        true => by_argument + of_test(),
        false => by_argument,
    }
}

/// The variables that stand behind `-var`.
fn by_argument(text: &str) -> impl Iterator<Item = String> {
    arguments(text).map(|(name, _)| name)
}

/// The variables that stand behind `-var`, each with the text behind its name: `-var NAME=`,
/// `-var 'NAME=`, `-var=NAME=`, `"-var", "NAME=`.
fn arguments(text: &str) -> impl Iterator<Item = (String, &str)> {
    let places = memmem::find_iter(text.as_bytes(), ARGUMENT);
    places.filter_map(|at| {
        let rest = &text[at + ARGUMENT.len()..];
        // `-var-file` is another option.
        let line = &text[line_start(text, at)..at];
        // A comment may begin in the line; Packer has variables of its own.
        let is_other = line.contains(" # ") || line.contains("packer ");
        let is_option = !rest.starts_with('-') && !is_commented(text, at) && !is_other;
        let between = |letter: char| letter.is_whitespace() || "\"'=,[-\\".contains(letter);
        let word = rest.trim_start_matches(between);
        let is_apart = is_option && word.len() < rest.len();
        let name = is_apart.then(|| name(word.as_bytes()))??;
        let behind = &word[name.len()..];
        behind
            .trim_start()
            .starts_with('=')
            .then_some((name, behind))
    })
}

/// Adds all names that a Terragrunt file assigns. Inputs are not told from other names: a variable
/// that is wrongly held for set makes an account unknown, one that is missed would make it wrong.
pub fn assigned(text: &str, names: &mut BTreeSet<String>) {
    let text = text.as_bytes();
    let signs = memchr::memchr_iter(b'=', text);
    names.extend(signs.filter_map(|at| {
        let before = text[..at].trim_ascii_end();
        let start = before.iter().rposition(|byte| !is_letter(*byte));
        name(&before[start.map_or(0, |start| start + 1)..])
    }));
}

/// The prefix of environment variables that set a variable of Terraform.
pub const ENVIRONMENT: &str = "TF_VAR_";
const ARGUMENT: &[u8] = b"-var";

fn name(text: &[u8]) -> Option<String> {
    let letters = text.iter().take_while(|byte| is_letter(**byte));
    let name = String::from_utf8(letters.copied().collect()).ok()?;
    (!name.is_empty()).then_some(name)
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_set_a_variable_is_found() {
        let text = "export TF_VAR_a=1\nterraform plan -var b=1 -var 'c=2' -var=\"d=3\" -var-file=e.tfvars\nargs: [\"-var\", \"f=1\"]\n# -variant g=1\n";
        let mut names = BTreeSet::new();
        collect(text, &mut names);
        assert_eq!(
            names.into_iter().collect::<Vec<_>>(),
            ["a", "b", "c", "d", "f"]
        );
    }

    #[test]
    fn every_way_to_pass_a_variable_is_known() {
        for script in [
            "terraform plan -var key=$KEY",
            "terraform plan -var='key=x'",
            "terraform plan --var \"key = $KEY\"",
            "[\"-var\", \"key=x\"]",
            "args:\n  - -var\n  - key=x\n",
            "terraform plan \\\n  -var a=1 -var \\\n key=x",
            "import \"x/terratest/y\"\nVars: map[string]any{\"key\": 1},\n",
        ] {
            assert!(passes(script, "key"), "{script}");
        }
        for script in [
            "# terraform plan -var key=$KEY",
            "export TF_VAR_key=x",
            "terraform plan -var other_key=x",
            "terraform plan -var-file key=x",
            "terraform plan -var-file=key=x",
            "key=x terraform plan -var a=1",
            "Vars: map[string]any{\"key\": 1},\n",
        ] {
            assert!(!passes(script, "key"), "{script}");
        }
    }
}
