//! Variables of Terraform that scripts, pipelines and workflows set.

use std::collections::BTreeSet;

use memchr::memmem;

/// Adds the variables that the text sets: `TF_VAR_NAME`, `-var NAME=`, `-var 'NAME=`,
/// `-var=NAME=`.
pub fn collect(text: &[u8], names: &mut BTreeSet<String>) {
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

const ENVIRONMENT: &str = "TF_VAR_";
const ARGUMENT: &str = "-var";

fn name(text: &[u8]) -> Option<String> {
    let is_letter = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let name: Vec<u8> = text.iter().take_while(is_letter).copied().collect();
    String::from_utf8(name).ok().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_set_a_variable_is_found() {
        let text = b"export TF_VAR_a=1\nterraform plan -var b=1 -var 'c=2' -var=\"d=3\" -var-file=e.tfvars\nargs: [\"-var\", \"f=1\"]\n# -variant g=1\n";
        let mut names = BTreeSet::new();
        collect(text, &mut names);
        assert_eq!(
            names.into_iter().collect::<Vec<_>>(),
            ["a", "b", "c", "d", "f"]
        );
    }
}
