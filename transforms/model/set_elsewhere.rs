//! Variables of Terraform that scripts, pipelines, workflows and Terragrunt set.

use std::collections::BTreeSet;

use memchr::memmem;

/// Adds the variables that the text sets: `TF_VAR_NAME`, `-var NAME=`, `-var 'NAME=`,
/// `-var=NAME=`.
pub fn collect(text: &str, names: &mut BTreeSet<String>) {
    let text = text.as_bytes();
    let by_environment = memmem::find_iter(text, ENVIRONMENT);
    names.extend(by_environment.filter_map(|at| name(&text[at + ENVIRONMENT.len()..])));
    let by_argument = memmem::find_iter(text, ARGUMENT);
    names.extend(by_argument.filter_map(|at| {
        let rest = &text[at + ARGUMENT.len()..];
        let word = rest.iter().take_while(|byte| b" =\t\\\"',".contains(byte));
        let word = word.count();
        (word > 0).then_some(())?;
        name(&rest[word..])
    }));
}

/// Adds all names that a Terragrunt file assigns: what is one of its inputs need not be told.
pub fn assigned(text: &str, names: &mut BTreeSet<String>) {
    let text = text.as_bytes();
    let signs = memchr::memchr_iter(b'=', text);
    names.extend(signs.filter_map(|at| {
        let before = text[..at].trim_ascii_end();
        let start = before.iter().rposition(|byte| !is_letter(*byte));
        name(&before[start.map_or(0, |start| start + 1)..])
    }));
}

const ENVIRONMENT: &str = "TF_VAR_";
const ARGUMENT: &str = "-var";

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
}
