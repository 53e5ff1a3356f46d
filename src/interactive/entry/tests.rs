//! Where answers are written: a table of the forms of a configuration, and drawn ones.

use ci::github::permissions::DefaultToken;
use engine::settings::Settings;
use proptest::prelude::*;

use super::with;

const TOKEN: &str = "ci {\n  default_token = \"restricted\"\n}";

/// What the configuration says of the token.
#[track_caller]
fn token(text: &str) -> DefaultToken {
    let settings = Settings::parse(text, transforms::CATALOGUE);
    settings
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
        .ci
        .default_token
}

#[test]
fn the_default_of_the_token_goes_into_the_block_that_is_there() {
    for (before, after) in [
        ("", "\nci {\n  default_token = \"restricted\"\n}\n"),
        (
            "state_profile = \"a\"",
            "state_profile = \"a\"\n\nci {\n  default_token = \"restricted\"\n}\n",
        ),
        (
            "state_profile = \"a\"\r\n",
            "state_profile = \"a\"\r\n\r\nci {\r\n  default_token = \"restricted\"\r\n}\r\n",
        ),
        (
            "ci {\n  role = \"vars.R\"\n}\n",
            "ci {\n  role = \"vars.R\"\n  default_token = \"restricted\"\n}\n",
        ),
        (
            "ci {\r\n  role = \"vars.R\"\r\n}\r\n",
            "ci {\r\n  role = \"vars.R\"\r\n  default_token = \"restricted\"\r\n}\r\n",
        ),
        (
            "\u{feff}ci {\n}\n",
            "\u{feff}ci {\n  default_token = \"restricted\"\n}\n",
        ),
        ("ci {}\n", "ci {\n  default_token = \"restricted\"\n}\n"),
        (
            "ci { role = \"vars.R\" } # all\n",
            "ci {\n  role = \"vars.R\"\n  default_token = \"restricted\"\n} # all\n",
        ),
        (
            "ci { # the jobs\n}\n",
            "ci { # the jobs\n  default_token = \"restricted\"\n}\n",
        ),
        (
            "ci { default_token = \"unknown\" }\n",
            "ci { default_token = \"restricted\" }\n",
        ),
        (
            "ci {\n\tdefault_token= \"unknown\" # nobody knows\n}\n",
            "ci {\n\tdefault_token= \"restricted\" # nobody knows\n}\n",
        ),
        (
            "/*\nci {\n}\n*/\n# ci {\n",
            "/*\nci {\n}\n*/\n# ci {\n\nci {\n  default_token = \"restricted\"\n}\n",
        ),
        (
            "/*\nci {\n*/ ci {\n} // ci {\n",
            "/*\nci {\n*/ ci {\n  default_token = \"restricted\"\n} // ci {\n",
        ),
    ] {
        let written = with(before, TOKEN);
        assert_eq!(written, after, "{before}");
        assert_eq!(token(&written), DefaultToken::Restricted, "{before}");
    }
}

#[test]
fn another_answer_goes_into_the_block_of_its_label() {
    let accounts = "account \"dev\" { id = \"111111111111\" }\n";
    let rights = "job \"a.yml:b\" {\n  permissions = { contents = \"read\" }\n}\n";
    let roots = "job \"a.yml:b\" { roots = [\"dev\"] }";
    for (before, entry, after) in [
        (
            rights,
            roots,
            "job \"a.yml:b\" {\n  permissions = { contents = \"read\" }\n  roots = [\"dev\"]\n}\n"
                .to_owned(),
        ),
        (
            rights,
            "job \"a.yml:c\" { roots = [\"dev\"] }",
            format!("{rights}job \"a.yml:c\" {{ roots = [\"dev\"] }}\n"),
        ),
        (
            "ci { role = \"vars.R\" }\n",
            "ci { state_access = \"lockfile\" }",
            "ci {\n  role = \"vars.R\"\n  state_access = \"lockfile\"\n}\n".to_owned(),
        ),
        (
            accounts,
            "state_profile = \"dev\"",
            format!("{accounts}state_profile = \"dev\"\n"),
        ),
    ] {
        let written = with(before, entry);
        assert_eq!(written, after);
        assert!(
            Settings::parse(&written, transforms::CATALOGUE).is_ok(),
            "{written}"
        );
    }
    // The id of an account that is there stays; the reader refuses the second block.
    let written = with(accounts, "account \"dev\" { id = \"222222222222\" }");
    assert!(written.starts_with(accounts), "{written}");
    assert!(Settings::parse(&written, transforms::CATALOGUE).is_err());
}

/// Lines that say nothing of the token, some of which look as if they did.
fn other() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        "# ci {",
        "// default_token = \"unknown\"",
        "/* ci {",
        "state_profile = \"ci {\"",
        "transform \"bump_provider\" { enabled = false }",
        "environment \"ci {\" { account = \"dev\" }",
        "job \"a.yml:ci\" {\n  permissions = {\n    contents = \"read\"\n  }\n}",
        "/*\nci {\n  default_token = \"unknown\"\n}\n*/",
        "/* ci { */ # }",
    ])
}

/// The block of the token, if any, in the forms that people write.
fn block() -> impl Strategy<Value = Vec<&'static str>> {
    let inside = prop::sample::select(vec![
        "  role = \"vars.R\"",
        "\trole = \"vars.R\" # }",
        "  plan_role     = \"vars.P\"\n  state_access  = \"lockfile\"",
        "  # default_token = \"restricted\"",
        "  /* } */",
        "",
    ]);
    let token = prop::sample::select(vec![
        "  default_token = \"unknown\"",
        "default_token=\"unknown\" // }",
    ]);
    let open = prop::sample::select(vec!["ci {", "ci{", "ci { # {", "/* } */ ci {", "  ci {"]);
    let close = prop::sample::select(vec!["}", "  } # ci {", "/* { */ }"]);
    let long = (open, inside.clone(), prop::option::of(token), inside, close);
    let long = long.prop_map(|(open, above, token, below, close)| {
        let below = if below == above || below.contains("role") {
            ""
        } else {
            below
        };
        [Some(open), Some(above), token, Some(below), Some(close)]
            .into_iter()
            .flatten()
            .collect()
    });
    let short = prop::sample::select(vec![
        vec![],
        vec!["ci {}"],
        vec!["ci { role = \"vars.R\" } # }"],
        vec!["ci { default_token = \"unknown\" }"],
        vec!["/* { */ ci { /* } */ }"],
    ]);
    prop_oneof![3 => long, 1 => short]
}

prop_compose! {
    /// A configuration whose token is unknown, and its line ends.
    fn configuration()(
        above in prop::collection::vec(other(), 0..4),
        block in block(),
        below in prop::collection::vec(other(), 0..4),
        ending in prop::sample::select(vec!["\n", "\r\n"]),
        is_marked: bool,
        is_ended: bool,
    ) -> (String, &'static str) {
        let mut lines = vec!["account \"dev\" { id = \"111111111111\" }"];
        // One of each label: the reader takes no second.
        for line in above.into_iter().chain(block).chain(below) {
            let is_entry = !line.trim_start().starts_with(['#', '}', '/']) && !line.is_empty();
            if !is_entry || !lines.contains(&line) {
                lines.push(line);
            }
        }
        // A comment that is left open swallows all that follows, which is a form of its own.
        let mut text = lines.join("\n").replace("/* ci {\n", "/* ci {\n*/\n");
        if text.ends_with("/* ci {") {
            text.push_str("\n*/");
        }
        if is_ended {
            text.push('\n');
        }
        let mark = if is_marked { "\u{feff}" } else { "" };
        (format!("{mark}{}", text.replace('\n', ending)), ending)
    }
}

/// What stands in `before` and in `after` between what they begin and end with alike.
fn apart(before: &str, after: &str) -> (String, String) {
    let (before, after): (Vec<char>, Vec<char>) =
        (before.chars().collect(), after.chars().collect());
    let pairs = before.iter().zip(&after);
    let front = pairs.take_while(|(one, other)| one == other).count();
    let pairs = before[front..]
        .iter()
        .rev()
        .zip(after[front..].iter().rev());
    let back = pairs.take_while(|(one, other)| one == other).count();
    let middle = |text: &[char]| text[front..text.len() - back].iter().collect();
    (middle(&before), middle(&after))
}

/// All but white space.
fn ink(text: &str) -> String {
    text.chars().filter(|it| !it.is_whitespace()).collect()
}

proptest! {
    #[test]
    fn an_answer_is_read_back_and_every_other_byte_stays((before, ending) in configuration()) {
        prop_assert_eq!(token(&before), DefaultToken::Unknown);
        let after = with(&before, TOKEN);
        prop_assert_eq!(token(&after), DefaultToken::Restricted);
        // A block on one line is opened up, which moves white space.
        let is_opened = before.contains("ci {}") || before.contains("ci { role") || before.contains("ci { /*");
        let (from, to) = match is_opened {
            true => apart(&ink(&before), &ink(&after)),
            false => apart(&before, &after),
        };
        match &*ink(&from) {
            "" => prop_assert!(
                ["default_token=\"restricted\"", "ci{default_token=\"restricted\"}"].contains(&&*ink(&to)),
                "{}", after
            ),
            _ => prop_assert_eq!((&*from, &*to), ("unknown", "restricted")),
        }
        let ends = |text: &str| (text.matches('\n').count(), text.matches("\r\n").count());
        let (all, carried) = ends(&after);
        // A text of one line that does not end has none of its own.
        let is_carried = ending == "\r\n" && before.contains('\n');
        prop_assert_eq!(carried, if is_carried { all } else { 0 });
        // Answered again, it says the same.
        prop_assert_eq!(with(&after, TOKEN), after);
    }
}
