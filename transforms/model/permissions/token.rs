//! Where the job's own token goes.

/// Whether a value holds the job's token: by an expression, or by a variable of `env` that does.
/// An input named like a token may.
pub(super) fn is_in(value: &str, env: &[(&str, &str)]) -> bool {
    let may_be = |input: &str| {
        (input.contains("token") || input.contains("password")) && !input.contains("aws")
    };
    expressions(value).any(|expression| {
        names(expression)
            .iter()
            .any(|name| match name.split_once('.') {
                Some(("secrets", "github_token") | ("github", "token")) => true,
                Some(("inputs", input)) => may_be(input),
                Some(("env", variable)) => env.iter().any(|(name, value)| {
                    // A variable does not refer to its own map.
                    name.eq_ignore_ascii_case(variable) && is_in(value, &[])
                }),
                // `toJSON(secrets)`, `secrets[inputs.name]`.
                None => matches!(name.as_str(), "secrets" | "github"),
                Some(_) => false,
            })
    })
}

/// The variables that hold the job's token.
pub(super) fn variables<'e>(env: &[(&'e str, &str)]) -> Vec<&'e str> {
    let holders = env.iter().filter(|(_, value)| is_in(value, env));
    holders.map(|(name, _)| *name).collect()
}

/// A text without its expressions.
pub(super) fn around(text: &str) -> String {
    let mut parts = text.split("${{");
    let first = parts.next().unwrap_or_default().to_owned();
    let after = parts.map(|part| part.split_once("}}").map_or("", |(_, after)| after));
    first + &after.collect::<String>()
}

fn expressions(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split("${{").skip(1);
    parts.filter_map(|part| part.split_once("}}").map(|(inside, _)| inside))
}

/// What an expression names, in lower case: `secrets['A']` as `secrets.a`, no texts.
fn names(expression: &str) -> Vec<String> {
    let expression = expression.to_ascii_lowercase();
    let dotted = expression.replace("['", ".").replace("']", "");
    let outside_texts = dotted.split('\'').step_by(2);
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let names = outside_texts.flat_map(|part| part.split(|c| !is_name(c)));
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_by_its_names_and_nothing_else_is_it() {
        let env = [("A", "${{ github.token }}"), ("B", "${{ secrets.PAT }}")];
        for (value, expected) in [
            ("${{ secrets.GITHUB_TOKEN }}", true),
            ("x${{secrets['GITHUB_TOKEN']}}y", true),
            ("${{ Github.Token }}", true),
            ("${{ secrets.PAT || github.token }}", true),
            ("${{ toJSON(secrets) }}", true),
            ("${{ toJSON(github) }}", true),
            ("${{ secrets[inputs.name] }}", true),
            ("${{ env.A }}", true),
            ("${{ inputs.gh_token }}", true),
            ("secrets.GITHUB_TOKEN", false),
            ("${{ secrets.GITHUB_TOKEN_2 }}", false),
            ("${{ secrets['PAT'] }}", false),
            ("${{ format('github {0}', github.sha) }}", false),
            ("${{ github.event.token }}", false),
            ("${{ env.B }}", false),
            ("${{ env.C }}", false),
            ("${{ inputs.region }}", false),
            ("${{ inputs.aws_session_token }}", false),
            ("${{ steps.app.outputs.token }}", false),
        ] {
            assert_eq!(is_in(value, &env), expected, "{value}");
        }
        assert_eq!(variables(&env), ["A"]);
        assert_eq!(around("a ${{ b }}c${{ d }} e"), "a c e");
    }
}
