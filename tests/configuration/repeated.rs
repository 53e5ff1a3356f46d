//! Blocks of which there is one each.

use super::settings;

const ACCOUNTS: &str = "account \"a\" { id = \"111111111111\" }\n";

/// A block of each kind, what two of them have in common, and another that is no repetition.
const BLOCKS: [(&str, &str, &str); 14] = [
    ("account \"b\"", "id = \"222222222222\"", "account \"B\""),
    ("ci", "role = \"vars.R\"", "sso"),
    ("environment \"e\"", "account = \"a\"", "environment \"f\""),
    ("job \"a.yml:b\"", "account = \"a\"", "job \"a.yml:c\""),
    ("keys \"K\"", "account = \"a\"", "keys \"L\""),
    (
        "module_source \"b\"",
        "repository = \"github.com/o/r\"",
        "module_source \"c\"",
    ),
    ("role \"vars.R\"", "account = \"a\"", "role \"vars.S\""),
    ("root \"r\"", "account = \"a\"", "root \"R\""),
    ("runner \"J\"", "account = \"a\"", "runner \"j\""),
    ("sso", "region = \"r\"", "ci"),
    (
        "state_bucket \"b\"",
        "profile = \"p\"",
        "state_bucket \"c\"",
    ),
    (
        "transform \"bump_module\"",
        "pins = true",
        "transform \"bump_provider\"",
    ),
    ("upgrade", "aws_provider = \"~> 5.0\"", "ci"),
    (
        "  module \"a/b/c\"",
        "version = \"1.0.0\"",
        "  module \"a/b/d\"",
    ),
];

/// The errors about repetitions: the place of each, and of the block that it repeats.
fn repeated(text: &str) -> Vec<(usize, usize)> {
    let errors = settings(text)
        .err()
        .map_or_else(Vec::new, |errors| errors.0);
    let errors = errors
        .iter()
        .filter(|it| it.message.ends_with("is set twice"));
    let errors = errors.map(|it| (it.at.line, it.first.as_ref().map_or(0, |first| first.line)));
    errors.collect()
}

#[test]
fn a_second_block_is_an_error_that_names_the_first() {
    for (head, key, other) in BLOCKS {
        let inside = |blocks: &str| match head.starts_with(' ') {
            true => format!("{ACCOUNTS}upgrade {{\n{blocks}}}\n"),
            false => format!("{ACCOUNTS}\n{blocks}"),
        };
        // It may say nothing that the first says, or the same.
        for second in [format!("{{ {key} }}"), "{}".to_owned()] {
            let text = inside(&format!("{head} {{ {key} }}\n{head} {second}\n"));
            assert_eq!(repeated(&text), [(4, 3)], "{text}");
        }
        let text = inside(&format!("{head} {{ {key} }}\n{head} {{}}\n{head} {{}}\n"));
        assert_eq!(repeated(&text), [(4, 3), (5, 3)], "{text}");
        let text = inside(&format!("{head} {{ {key} }}\n{other} {{}}\n"));
        assert_eq!(repeated(&text), [], "{text}");
    }
}

#[test]
fn names_that_are_compared_without_case_are_the_same() {
    for (one, other) in [
        ("keys \"K\"", "keys \"k\""),
        ("environment \"live\"", "environment \"Live\""),
        ("role \"vars.R\"", "role \"VARS.r\""),
    ] {
        let account = "{ account = \"a\" }";
        let text = format!("{ACCOUNTS}{one} {account}\n{other} {account}\n");
        assert_eq!(repeated(&text), [(3, 2)], "{text}");
    }
}

/// What has no name has an error of its own, and no second one.
#[test]
fn blocks_without_their_label_and_unknown_ones_repeat_nothing() {
    for text in [
        "keys {}\nkeys {}",
        "keys \"\" {}\nkeys \"\" {}",
        "x {}\nx {}",
    ] {
        assert!(settings(text).is_err(), "{text}");
        assert_eq!(repeated(text), [], "{text}");
    }
}
