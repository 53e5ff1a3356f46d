//! What scripts, pipelines and workflows set variables of Terraform to.

use memchr::memmem;

use syntax::text::{is_commented, line_end, line_start};

use super::expansion::{DEPTH, expanded};
use super::{ENVIRONMENT, TEST_DIRECTORY, arguments, is_letter, name};

/// A variable with what a text sets it to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetValue {
    /// The variable.
    pub name: String,
    /// The value where the text tells it; else as it is written, but for the ways to write one
    /// variable of a shell.
    pub value: String,
    /// Whether the text tells the value: else only the run knows it.
    pub is_known: bool,
    /// The line.
    pub line: String,
}

impl SetValue {
    /// A value as `written` somewhere in `behind`, the rest of a text.
    fn new(text: &str, behind: &str, name: String, written: &str) -> Self {
        let at = text.len() - behind.len();
        let known = expanded(text, written, DEPTH);
        let symbol = || {
            let plain = written.trim_start_matches('$');
            let is_blank = |it: char| it.is_whitespace() || "{}()".contains(it);
            match plain.len() < written.len() {
                true => plain.trim_matches(is_blank).to_owned(),
                false => written.to_owned(),
            }
        };
        Self {
            name,
            is_known: known.is_some(),
            value: known.unwrap_or_else(symbol),
            line: text[line_start(text, at)..line_end(text, at)].to_owned(),
        }
    }
}

/// What the text sets variables to: on the command line and in the environment.
pub fn values(text: &str) -> Vec<SetValue> {
    let by_environment = memmem::find_iter(text.as_bytes(), ENVIRONMENT).filter_map(|at| {
        let behind = at + ENVIRONMENT.len();
        let name = name(&text.as_bytes()[behind..]).filter(|_| !is_commented(text, at))?;
        let behind = &text[behind + name.len()..];
        let value = environment_value(text, at, behind)?;
        Some(SetValue::new(text, behind, name, value))
    });
    // `"-var", "role=" + role` puts a value behind it that only the program knows.
    let by_argument = arguments(text).map(|(name, behind)| {
        let before = &text[..text.len() - behind.len() - name.len()];
        let quote = before
            .chars()
            .next_back()
            .filter(|it| matches!(it, '"' | '\''));
        let is_closed = quote.is_some_and(|quote| behind.trim_start()[1..].starts_with(quote));
        let value = value(behind).filter(|_| !is_closed).unwrap_or_default();
        SetValue::new(text, behind, name, value)
    });
    let all = by_environment.chain(by_argument).chain(of_tests(text));
    all.filter(|set| !set.value.starts_with('<') && !is_shown(&set.line))
        .collect()
}

/// The value of an environment variable, from `behind` its name; empty where only the run knows it,
/// `None` where nothing is assigned.
fn environment_value<'t>(text: &'t str, at: usize, behind: &'t str) -> Option<&'t str> {
    // Make's `?=` is a default, which the environment overrides.
    if behind.trim_start().starts_with("?=") {
        return Some("");
    }
    // `ENV["NAME"] = value` of a program, whose bare words are names.
    if let Some(rest) = behind
        .strip_prefix("\"]")
        .or_else(|| behind.strip_prefix("']"))
    {
        let is_literal = |rest: &str| rest.starts_with(['"', '\'']);
        let assigned = rest.trim_start().strip_prefix('=')?;
        let is_read = assigned.starts_with('=');
        return match is_literal(assigned.trim_start()) {
            true => value(rest),
            false => (!is_read).then_some(""),
        };
    }
    // `set -x NAME value` of fish.
    let line = text[line_start(text, at)..at].trim_start();
    if line.starts_with("set -") {
        return behind.split([' ', '\n', ';']).find(|it| !it.is_empty());
    }
    // `name: NAME` beside `value: ...`, of containers.
    let is_between = |it: char| it.is_whitespace() || "\"',}".contains(it);
    let beside = behind.trim_start_matches(is_between);
    match beside.strip_prefix("value") {
        Some(beside) => value(beside),
        None => value(behind),
    }
}

/// What the options of a test by Terratest set: `Vars: map[string]any{"name": value}`.
pub(super) fn of_tests(text: &str) -> impl Iterator<Item = SetValue> {
    let is_test = text.contains(TEST_DIRECTORY);
    let pairs = text.match_indices("\":").filter(move |_| is_test);
    pairs.filter_map(|(at, _)| {
        let start = text[..at].rfind('"')? + 1;
        let name = name(&text.as_bytes()[start..at]).filter(|it| it.len() == at - start)?;
        let behind = &text[at..];
        let is_literal = behind[2..].trim_start().starts_with('"');
        let value = value(behind).filter(|_| is_literal).unwrap_or_default();
        Some(SetValue::new(text, behind, name, value))
    })
}

/// Whether a line only shows a command to people.
pub(super) fn is_shown(line: &str) -> bool {
    let command = line.trim_start().trim_start_matches(['@', '-', ' ']);
    let command = command.strip_prefix("run: ").unwrap_or(command);
    let shows = ["echo ", "printf "]
        .iter()
        .any(|it| command.starts_with(it));
    shows && !command.contains(['>', '|', '&', ';'])
}

/// The value behind a name: `=value`, `: value`, `" = "value"`; `None` where nothing is assigned.
pub(super) fn value(behind: &str) -> Option<&str> {
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

/// What a Terragrunt file that is not understood assigns to names.
pub(super) fn assigned(text: &str) -> Vec<SetValue> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(values: Vec<SetValue>) -> Vec<(String, String, bool)> {
        let pairs = values
            .into_iter()
            .map(|set| (set.name, set.value, set.is_known));
        pairs.collect()
    }

    #[test]
    fn what_a_variable_is_set_to_is_read_as_it_is_written() {
        for (text, value, is_known) in [
            ("terraform apply -var a=b c", "b", true),
            ("terraform apply -var 'a=b c'", "b", true),
            ("terraform apply -var=\"a=$B\"", "B", false),
            ("args: [\"-var\", \"a=b\"]", "b", true),
            ("TF_VAR_a=b terraform apply", "b", true),
            ("terraform apply -var a=$(B)", "B", false),
            ("terraform apply -var a=${B}& wait", "B", false),
            ("terraform apply -var a=$1", "1", false),
            ("terraform apply -var a=`cat id`", "", false),
            ("['-var', 'a=' + id]", "", false),
            ("['-var', 'a=' + id, '-x']", "", false),
            ("[f'-var=a={id}']", "{id}", false),
            ("export TF_VAR_a := b", "b", true),
            ("export TF_VAR_a ?= b", "", false),
            ("export TF_VAR_a=\"b c\"", "b c", true),
            ("env:\n  TF_VAR_a: ${{ vars.B }}\n", "vars.B", false),
            ("ENV[\"TF_VAR_a\"] = \"b\"", "b", true),
            ("os.environ['TF_VAR_a'] = account", "", false),
            ("set -gx TF_VAR_a b", "b", true),
            ("- name: TF_VAR_a\n  value: \"b\"\n", "b", true),
            ("{\"name\": \"TF_VAR_a\", \"value\": \"b\"}", "b", true),
            (
                "TerraformDir: \"..\", Vars: map[string]any{\"a\": \"b\"}",
                "b",
                true,
            ),
            (
                "TerraformDir: \"..\", Vars: map[string]any{\"a\": id}",
                "",
                false,
            ),
            ("env_vars = {\n  TF_VAR_a = \"b\"\n}", "b", true),
        ] {
            let expected = ("a".to_owned(), value.to_owned(), is_known);
            assert_eq!(pairs(values(text)), [expected], "{text}");
        }
        for nothing in [
            "# -var a=b\necho $TF_VAR_a\n",
            "# TF_VAR_a=b\n",
            "terraform plan # -var a=b\n",
            "packer build -var a=b\n",
            "echo 'usage: terraform apply -var a=ID'\n",
            "terraform apply -var a=<ID>\n",
        ] {
            assert_eq!(values(nothing), [], "{nothing}");
        }
        let inputs = assigned("inputs = { a = \"b\", c = d == 1 }");
        let known =
            |name: &str, value: &str, is_known| (name.to_owned(), value.to_owned(), is_known);
        assert_eq!(
            pairs(inputs),
            [
                known("inputs", "{", false),
                known("a", "b", true),
                known("c", "d", true)
            ]
        );
    }
}
