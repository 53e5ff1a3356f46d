//! Which values contain the job's own token.

use crate::github::expression;

/// Whether a value contains the job's token, by an expression or by a variable of `env`. An input
/// whose name suggests a token may be it, whatever its caller passes.
pub(super) fn is_in(value: &str, env: &[(&str, &str)]) -> bool {
    let may_be = |input: &str| {
        (input.contains("token") || input.contains("password")) && !input.contains("aws")
    };
    expressions(value).any(|expression| {
        names(expression)
            .iter()
            .any(|name| match name.split_once('.') {
                // `secrets.*` reads all secrets, and has an empty name here.
                Some(
                    ("secrets", "github_token" | "") | ("github", "token" | "") | ("inputs", ""),
                ) => true,
                Some(("inputs", input)) => may_be(input),
                Some(("env", variable)) => {
                    let is_it = |name: &str| name.eq_ignore_ascii_case(variable);
                    let (own, others): (Vec<_>, Vec<_>) =
                        // A variable is looked up without itself, so that `D: ${{ env.D }}` ends.
                        env.iter().partition(|(name, _)| is_it(name));
                    own.iter().any(|(_, value)| is_in(value, &others))
                }
                // The whole context, or a property whose name is computed: `toJSON(secrets)`,
                // `secrets[inputs.name]`.
                None => matches!(name.as_str(), "secrets" | "github" | "inputs"),
                Some(_) => false,
            })
    })
}

/// The variables that contain the job's token.
pub(super) fn variables<'e>(env: &[(&'e str, &str)]) -> Vec<&'e str> {
    let holders = env.iter().filter(|(_, value)| is_in(value, env));
    holders.map(|(name, _)| *name).collect()
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
    let mut rest = expression.to_owned();
    for read in expression::of_inside(expression).into_iter().rev() {
        // A reference without a name reads all that the context has.
        if let Some(name) = read.name.filter(|name| !name.is_empty()) {
            names.push(format!("{}.{name}", read.context));
            rest.replace_range(read.whole, " ");
        }
    }
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
