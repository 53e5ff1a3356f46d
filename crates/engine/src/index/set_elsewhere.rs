//! Terraform variables that scripts, pipelines, workflows and Terragrunt set.

use std::collections::BTreeSet;

use memchr::memmem;

use syntax::text::{is_commented, line_end, line_start};
use terraform::references::words;

/// A Go test that imports it runs Terraform with `-var` for each of its `Vars` (Terratest docs,
/// `terraform.Options`).
pub const TERRATEST: &str = "terratest";

/// Adds the variables that the text sets: `TF_VAR_NAME`, and those of the command line.
pub fn collect(text: &str, names: &mut BTreeSet<String>) {
    let bytes = text.as_bytes();
    let by_environment = memmem::find_iter(bytes, ENVIRONMENT);
    names.extend(by_environment.filter_map(|at| name(&bytes[at + ENVIRONMENT.len()..])));
    names.extend(by_argument(text));
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
        let is_option = !rest.starts_with('-') && !is_commented(text, at);
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

/// A variable with what a text sets it to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetValue {
    /// The variable.
    pub name: String,
    /// The value: as it is written, but for the ways to write one variable of a shell.
    pub value: String,
    /// The line.
    pub line: String,
}

impl SetValue {
    fn new(text: &str, behind: &str, name: String, value: &str) -> Self {
        let at = text.len() - behind.len();
        let plain = value.trim_start_matches('$');
        let value = match plain.len() < value.len() {
            true => plain.trim_matches(|it: char| it.is_whitespace() || "{}()".contains(it)),
            false => value,
        };
        let line = &text[line_start(text, at)..line_end(text, at)];
        Self {
            name,
            value: value.to_owned(),
            line: line.to_owned(),
        }
    }
}

/// What the text sets variables to: on the command line and in the environment.
pub fn values(text: &str) -> Vec<SetValue> {
    let by_environment = memmem::find_iter(text.as_bytes(), ENVIRONMENT).filter_map(|at| {
        let behind = at + ENVIRONMENT.len();
        let name = name(&text.as_bytes()[behind..])?;
        let behind = &text[behind + name.len()..];
        Some(SetValue::new(text, behind, name, value(behind)?))
    });
    let by_argument = arguments(text)
        .filter_map(|(name, behind)| Some(SetValue::new(text, behind, name, value(behind)?)));
    by_environment.chain(by_argument).collect()
}

/// What a Terragrunt file assigns to names.
pub fn assigned_values(text: &str) -> Vec<SetValue> {
    let signs = memchr::memchr_iter(b'=', text.as_bytes());
    let bytes = text.as_bytes();
    let is_comparison = |at: usize| {
        let before = at.checked_sub(1).map(|before| bytes[before]);
        matches!(before, Some(b'=' | b'!' | b'<' | b'>')) || bytes.get(at + 1) == Some(&b'=')
    };
    let signs = signs.filter(|at| !is_comparison(*at));
    let assigned = signs.filter_map(|at| {
        let before = text[..at].trim_end_matches([' ', '"']).as_bytes();
        let start = before.iter().rposition(|byte| !is_letter(*byte));
        let name = name(&before[start.map_or(0, |start| start + 1)..])?;
        let behind = &text[at..];
        Some(SetValue::new(text, behind, name, value(behind)?))
    });
    assigned.collect()
}

/// The value behind a name: `=value`, `: value`, `" = "value"`; `None` where nothing is assigned.
fn value(behind: &str) -> Option<&str> {
    let behind = behind.trim_start_matches(['"', '\'', ' ']);
    // `:=` of a Makefile.
    let behind = behind
        .strip_prefix(":=")
        .or_else(|| behind.strip_prefix(['=', ':']))?;
    let line = behind.lines().next().unwrap_or_default().trim_start();
    let quote = line.chars().next().filter(|it| matches!(it, '"' | '\''));
    let value = match quote {
        Some(quote) => line[1..].split(quote).next(),
        // An expression of GitHub's has spaces in it.
        None if line.starts_with("${{") => line.split_inclusive("}}").next(),
        None => {
            let is_end = |it: char| it.is_whitespace() || "\"',;&|`".contains(it);
            line.split(is_end).next()
        }
    };
    value.filter(|value| !value.is_empty())
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
    fn what_a_variable_is_set_to_is_read_as_it_is_written() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let pairs = |values: Vec<SetValue>| -> Vec<(String, String)> {
            let pairs = values.into_iter().map(|set| (set.name, set.value));
            pairs.collect()
        };
        for (text, value) in [
            ("terraform apply -var a=b c", "b"),
            ("terraform apply -var 'a=b c'", "b"),
            ("terraform apply -var=\"a=$B\"", "B"),
            ("args: [\"-var\", \"a=b\"]", "b"),
            ("TF_VAR_a=b terraform apply", "b"),
            ("terraform apply -var a=$(B)", "B"),
            ("terraform apply -var a=${B}& wait", "B"),
            ("export TF_VAR_a := b", "b"),
            ("export TF_VAR_a=\"b c\"", "b c"),
            ("env:\n  TF_VAR_a: ${{ vars.B }}\n", "vars.B"),
            ("env_vars = {\n  TF_VAR_a = \"b\"\n}", "b"),
        ] {
            assert_eq!(pairs(values(text)), [pair("a", value)], "{text}");
        }
        assert_eq!(values("# -var a=b\necho $TF_VAR_a\n"), []);
        let inputs = assigned_values("inputs = {\n  a = \"b\"\n  \"c\" = local.d,\n}\n");
        assert_eq!(
            pairs(inputs),
            [pair("inputs", "{"), pair("a", "b"), pair("c", "local.d")]
        );
        let inputs = assigned_values("inputs = { a = \"b\", c = d == 1 }");
        assert_eq!(
            pairs(inputs),
            [pair("inputs", "{"), pair("a", "b"), pair("c", "d")]
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
