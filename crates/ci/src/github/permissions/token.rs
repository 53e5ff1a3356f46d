//! Which values contain the job's own token.

use std::collections::HashMap;

use crate::github::expression;

/// Whether a value contains the job's token, by an expression or by a variable of `env`. An input
/// whose name suggests a token may be it, whatever its caller passes.
pub(super) fn is_in(value: &str, env: &[(&str, &str)]) -> bool {
    let mut by_name: HashMap<String, Vec<&str>> = HashMap::new();
    for (name, value) in env {
        let values = by_name.entry(name.to_ascii_lowercase());
        values.or_default().push(value);
    }
    let mut waiting = vec![value];
    while let Some(value) = waiting.pop() {
        for name in expressions(value).flat_map(names) {
            match name.strip_prefix("env.") {
                // Each variable once, so that `D: ${{ env.D }}` ends, and variables that name each
                // other twice.
                Some(variable) => waiting.extend(by_name.remove(variable).unwrap_or_default()),
                None if is_token(&name) => return true,
                None => {}
            }
        }
    }
    false
}

/// Whether what an expression reads may be the token.
fn is_token(name: &str) -> bool {
    let may_be = |input: &str| {
        (input.contains("token") || input.contains("password")) && !input.contains("aws")
    };
    match name.split_once('.') {
        // `secrets.*` reads all secrets, and has an empty name here.
        Some(("secrets", "github_token" | "") | ("github", "token" | "") | ("inputs", "")) => true,
        Some(("inputs", input)) => may_be(input),
        Some(_) => false,
        // The whole context, or a property whose name is computed: `toJSON(secrets)`,
        // `secrets[inputs.name]`.
        None => matches!(name, "secrets" | "github" | "inputs"),
    }
}

/// The variables that contain the job's token.
pub(super) fn variables<'e>(env: &[(&'e str, &str)]) -> Vec<&'e str> {
    // By the variable that is read, those that read it.
    let mut readers: HashMap<String, Vec<usize>> = HashMap::new();
    let mut holds = vec![false; env.len()];
    let mut waiting = Vec::new();
    for (number, (_, value)) in env.iter().enumerate() {
        for name in expressions(value).flat_map(names) {
            match name.strip_prefix("env.") {
                Some(variable) => {
                    let readers = readers.entry(variable.to_owned()).or_default();
                    readers.push(number);
                }
                None if is_token(&name) => waiting.push(number),
                None => {}
            }
        }
    }
    while let Some(number) = waiting.pop() {
        if !std::mem::replace(&mut holds[number], true) {
            let name = env[number].0.to_ascii_lowercase();
            waiting.extend(readers.get(&name).into_iter().flatten());
        }
    }
    let holders = env.iter().zip(holds).filter(|(_, holds)| *holds);
    holders.map(|((name, _), _)| *name).collect()
}

/// A text without its expressions.
pub(super) fn around(text: &str) -> String {
    let mut outside = String::new();
    let mut at = 0;
    for inside in expression::expressions(text) {
        outside += &text[at..inside.start - "${{".len()];
        at = inside.end + "}}".len();
    }
    outside + &text[at..]
}

fn expressions(text: &str) -> impl Iterator<Item = &str> {
    let insides = expression::expressions(text).into_iter();
    insides.map(|inside| &text[inside])
}

/// The names in an expression, in lower case: `secrets['A']` as `secrets.a`. String literals are
/// left out.
fn names(expression: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut rest, mut at) = (String::new(), 0);
    for read in expression::of_inside(expression) {
        // A reference without a name reads all that the context has.
        if let Some(name) = read.name.filter(|name| !name.is_empty()) {
            names.push(format!("{}.{name}", read.context));
            rest += &expression[at..read.whole.start];
            rest.push(' ');
            at = read.whole.end;
        }
    }
    rest += &expression[at..];
    let outside_texts = rest.split('\'').step_by(2);
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let words = outside_texts.flat_map(|part| part.split(|c| !is_name(c)));
    names.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
    names.iter().map(|name| name.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_by_its_names_and_nothing_else_is_it() {
        let env = [
            ("A", "${{ github.token }}"),
            ("B", "${{ secrets.PAT }}"),
            ("D", "${{ env.D }}"),
            ("E", "${{ env.F }}"),
            ("F", "${{ env.A }}"),
        ];
        for (value, expected) in [
            ("${{ secrets.GITHUB_TOKEN }}", true),
            ("x${{secrets['GITHUB_TOKEN']}}y", true),
            ("${{ Github.Token }}", true),
            ("${{ secrets.PAT || github.token }}", true),
            ("${{ toJSON(secrets) }}", true),
            ("${{ toJSON(github) }}", true),
            ("${{ secrets[inputs.name] }}", true),
            ("${{ join(secrets.*) }}", true),
            ("${{ toJSON(inputs) }}", true),
            ("${{ inputs[matrix.name] }}", true),
            ("${{ format('{{}}', github.token) }}", true),
            ("${{ 'x[' || github.token }}", true),
            ("${{ f('${{') || Secrets[ 'GitHub_Token' ] }}", true),
            ("${{ env.A }}", true),
            ("${{ env.E }}", true),
            ("${{ inputs.gh_token }}", true),
            ("secrets.GITHUB_TOKEN", false),
            ("${{ secrets.GITHUB_TOKEN_2 }}", false),
            ("${{ secrets['PAT'] }}", false),
            ("${{ format('github {0}', github.sha) }}", false),
            ("${{ github.event.token }}", false),
            ("${{ env.B }}", false),
            ("${{ env.C }}", false),
            ("${{ env.D }}", false),
            ("${{ inputs.region }}", false),
            ("${{ inputs.aws_session_token }}", false),
            ("${{ steps.app.outputs.token }}", false),
        ] {
            assert_eq!(is_in(value, &env), expected, "{value}");
        }
        assert_eq!(variables(&env), ["A", "E", "F"]);
        assert_eq!(around("a ${{ b }}c${{ '}}' }} e"), "a c e");
    }
}
