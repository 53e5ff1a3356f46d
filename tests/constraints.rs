//! Version constraints select what Terraform selects.

use terraform::constraint::{Bounds, Constraint, Dialect, Operator, Version};

const SEMANTICS: &str = include_str!("data/constraint-semantics.tsv");

fn version(text: &str) -> Version {
    Version::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn versions(texts: &str) -> Vec<Version> {
    texts.split_whitespace().map(version).collect()
}

fn parse(text: &str, dialect: Dialect) -> Constraint {
    Constraint::parse(text, dialect).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn select(text: &str, dialect: Dialect, offered: &[Version]) -> String {
    match Constraint::parse(text, dialect) {
        Err(_) => "error".to_owned(),
        Ok(constraint) => match constraint.newest(offered) {
            Some(newest) => newest.to_string(),
            None => "none".to_owned(),
        },
    }
}

fn bounds(lower: &str, upper: Option<&str>) -> Option<Bounds> {
    Bounds::new(version(lower), upper.map(version))
}

#[test]
fn providers_are_selected_as_measured() {
    let offered = versions("4.67.0 5.0.0 5.31.0 5.100.0 6.0.0-beta1 6.0.0");
    let rows = SEMANTICS.lines().filter(|line| !line.starts_with('#'));
    let mut count = 0;
    for row in rows {
        let (quoted, expected) = row.split_once('\t').expect("a tab in every row");
        let text = quoted.trim_matches('"');
        assert_eq!(
            select(text, Dialect::Provider, &offered),
            expected,
            "{quoted}"
        );
        count += 1;
    }
    assert_eq!(count, 33);
}

#[test]
fn modules_are_selected_as_measured() {
    let series = |major: u64, minors: u64| (0..=minors).map(move |n| Version::new(major, n, 0));
    let mut releases = versions("3.18.1 4.0.1 4.0.2 5.1.1 5.1.2");
    for (major, minors) in [(2, 78), (3, 19), (4, 0), (5, 21), (6, 6)] {
        releases.extend(series(major, minors));
    }
    for (text, expected) in [
        ("3.18.1", "3.18.1"),
        ("= 3.18.1", "3.18.1"),
        ("v3.18.1", "3.18.1"),
        ("~> 3.18.1", "3.18.1"),
        ("~> 3.18", "3.19.0"),
        ("~> 3.0", "3.19.0"),
        ("~> 3.14", "3.19.0"),
        ("~> 3", "6.6.0"),
        (">= 3.14, < 4", "3.19.0"),
        (">= 3.14, < 4.0.0", "3.19.0"),
        (">= 3.0", "6.6.0"),
        ("~> 2.0", "2.78.0"),
        ("2.77.0", "2.77.0"),
        ("~> 4.0", "4.0.2"),
        ("4.0.2", "4.0.2"),
        ("~> 5.0", "5.21.0"),
        ("5.1.2", "5.1.2"),
        ("5.16.0", "5.16.0"),
        (">= 5.0", "6.6.0"),
        ("~> 6.0", "6.6.0"),
        (">= 3.0, != 3.15.0, < 5", "4.0.2"),
    ] {
        assert_eq!(select(text, Dialect::Module, &releases), expected, "{text}");
    }
}

/// Measured on Terraform 1.11.4 with these releases on offer. Only `+` is refused here for providers
/// where Terraform reads it and finds nothing.
#[test]
fn the_dialects_differ_where_terraform_does() {
    let offered = versions("4.0.2 5.0.0 5.16.0 6.0.0-beta1 6.0.0");
    for (text, provider, module) in [
        ("~> 5", "5.16.0", "6.0.0"),
        ("v5.0.0", "error", "5.0.0"),
        ("~>\t5.0", "error", "5.16.0"),
        (">=  v5", "error", "6.0.0"),
        ("v 5.0.0", "error", "error"),
        ("V5.0.0", "error", "error"),
        ("5.16.0.0", "error", "5.16.0"),
        ("< 5.16.0.0.1", "error", "5.16.0"),
        ("> 5.0.0.1, < 6", "error", "5.16.0"),
        (">= 5.16.0.1", "error", "6.0.0"),
        ("= 5.16.0.1", "error", "none"),
        ("!= 6.0.0.1", "error", "6.0.0"),
        ("~> 5.16.0.0", "error", "none"),
        ("6.0.0beta2", "error", "none"),
        ("< 6.0.0~1", "error", "5.16.0"),
        ("< 6.0.0-a~1", "error", "5.16.0"),
        ("5.0.0+linux.1", "error", "5.0.0"),
        ("~> 6.0.0-beta1", "6.0.0", "none"),
        ("6.0.0-beta1", "6.0.0-beta1", "6.0.0-beta1"),
        ("=6.0.0-beta1", "6.0.0-beta1", "6.0.0-beta1"),
        ("= 6.0.0-beta1", "6.0.0-beta1", "none"),
        ("v6.0.0-beta1", "error", "none"),
        ("~> 5.0, 6.0.0-beta1", "6.0.0-beta1", "none"),
        ("~> 4.0, 6.0.0-beta1", "none", "none"),
        ("6.0.0-beta1, != 5", "6.0.0-beta1", "none"),
        ("6.0.0-beta1, != 6.0.0-beta1", "none", "none"),
        ("6.0.0-beta1, 6.0.0-beta2", "none", "none"),
        ("6.0.0-beta1, ~> 6.0.0-beta2", "none", "none"),
        ("6.0.0-beta1, > 6.0.0-beta1", "none", "none"),
        ("6.0.0-beta1, >= 6.0.0-beta2", "none", "none"),
        ("6.0.0-beta1, < 6.0.0-beta2", "6.0.0-beta1", "none"),
        ("6.0.0-beta1, <= 6.0.0-alpha", "none", "none"),
        ("< 6.0.0-beta1", "5.16.0", "5.16.0"),
        ("<= 6.0.0-beta1", "5.16.0", "5.16.0"),
        ("> 6.0.0-beta1", "6.0.0", "6.0.0"),
        ("!= 6.0.0-beta1", "6.0.0", "6.0.0"),
        ("05.016", "5.16.0", "5.16.0"),
    ] {
        assert_eq!(
            select(text, Dialect::Provider, &offered),
            provider,
            "{text}"
        );
        assert_eq!(select(text, Dialect::Module, &offered), module, "{text}");
    }
}

#[test]
fn terms_know_how_and_where_they_are_written() {
    let text = " >=3.14 ,\t~> v5.0.1-rc.1, 6 ";
    let constraint = parse(text, Dialect::Module);
    let written: Vec<_> = constraint
        .terms
        .iter()
        .map(|term| {
            let range = text.get(term.range.clone());
            let version_range = text.get(term.version_range.clone());
            (term.operator, term.segments, range, version_range)
        })
        .collect();
    assert_eq!(
        written,
        [
            (Operator::GreaterEqual, 2, Some(">=3.14"), Some("3.14")),
            (
                Operator::Pessimistic,
                3,
                Some("~> v5.0.1-rc.1"),
                Some("5.0.1-rc.1")
            ),
            (Operator::Equal, 1, Some("6"), Some("6")),
        ]
    );
    let flags = constraint
        .terms
        .iter()
        .map(|term| (term.bare, term.prefixed));
    assert!(flags.eq([(false, false), (false, true), (true, false)]));
}

#[test]
fn errors_say_what_is_wrong_and_where() {
    use Dialect::{Module, Provider};
    for (text, dialect, offset, words) in [
        ("  ", Provider, 0, "empty"),
        (">= 5, ", Provider, 6, "comma"),
        (", 5", Module, 0, "comma"),
        ("~>  5.0", Provider, 2, "one space may follow `~>`"),
        (">= 4,~> v5.0", Provider, 8, "without `v`"),
        ("5.0.0.0", Provider, 6, "at most three"),
        ("5.x", Module, 2, "wildcard"),
        ("^5.0", Provider, 0, "operator"),
        ("=> 5.0", Module, 1, "operator"),
        ("latest", Module, 0, "number is missing"),
        ("5..0", Module, 2, "number is missing"),
        ("5.٣", Module, 2, "number is missing"),
        ("5.9223372036854775808", Module, 2, "too large"),
        (">= 5.0 < 6.0", Provider, 6, "only a comma"),
        ("5.0.0beta1", Provider, 5, "not part of a version"),
        ("5.0-béta", Module, 3, "not part of a version"),
        ("5.0-rc..1", Module, 3, "not part of a version"),
        ("5.0.0.0-rc1", Module, 7, "not part of a version"),
    ] {
        let error = Constraint::parse(text, dialect).expect_err(text);
        assert!(error.to_string().contains(words), "{text:?}: {error}");
        assert_eq!(error.offset, offset, "{text:?}: {error}");
    }
}

#[test]
fn bounds_are_as_narrow_as_the_constraint() {
    use Dialect::{Module, Provider};
    for (text, dialect, expected) in [
        ("~> 5", Provider, bounds("5.0.0", Some("6.0.0"))),
        ("~> 5", Module, bounds("5.0.0", None)),
        ("~> 5.1", Module, bounds("5.1.0", Some("6.0.0"))),
        ("~> 5.1.2", Provider, bounds("5.1.2", Some("5.2.0"))),
        ("> 1.2.3", Provider, bounds("1.2.4", None)),
        ("<= 1.2.3", Provider, bounds("0.0.0", Some("1.2.4"))),
        ("1.2.3", Module, bounds("1.2.3", Some("1.2.4"))),
        (">= 4.67, < 6", Provider, bounds("4.67.0", Some("6.0.0"))),
        ("> 6.0.0-beta1", Provider, bounds("6.0.0", None)),
        ("~> 6.0-beta1", Provider, bounds("6.0.0", Some("7.0.0"))),
        (">= 5.0.0.1", Module, bounds("5.0.1", None)),
        ("!= 5.0.0", Provider, bounds("0.0.0", None)),
        (">= 5, != 5.0.1, != 5.0.0", Module, bounds("5.0.2", None)),
        (
            "> 3, <= 4, != 4, != 3.5",
            Module,
            bounds("3.0.1", Some("4.0.0")),
        ),
        ("~> 4.67, ~> 5.0", Provider, None),
        ("= 5.0.0, != 5.0.0", Provider, None),
        (">= 5, < 5.0.2, != 5, != 5.0.1", Provider, None),
        (
            "<= 6.0.0, != 6.0.0-beta1",
            Provider,
            bounds("0.0.0", Some("6.0.1")),
        ),
        ("6.0.0-beta1", Provider, None),
        ("< 0.0.0", Provider, None),
    ] {
        assert_eq!(parse(text, dialect).bounds(), expected, "{text}");
    }
}

/// Compares number by number, the way the documentation of Terraform puts it.
fn allowed(operator: &str, numbers: &[u64], release: [u64; 3], dialect: Dialect) -> bool {
    let mut wanted = [0; 3];
    wanted[..numbers.len()].copy_from_slice(numbers);
    match operator {
        "=" | "" => release == wanted,
        "!=" => release != wanted,
        ">" => release > wanted,
        ">=" => release >= wanted,
        "<" => release < wanted,
        "<=" => release <= wanted,
        _ => {
            let fixed = match (numbers.len(), dialect) {
                (1, Dialect::Provider) => 1,
                (count, _) => count - 1,
            };
            release >= wanted && release[..fixed] == wanted[..fixed]
        }
    }
}

#[test]
fn bounds_and_admission_agree_with_comparing_number_by_number() {
    let releases: Vec<[u64; 3]> = (0..64).map(|n| [n / 16, n / 4 % 4, n % 4]).collect();
    let numbers: [&[u64]; 7] = [&[0], &[1], &[2], &[1, 2], &[2, 0], &[1, 2, 1], &[2, 0, 0]];
    let mut terms = Vec::new();
    for operator in ["", "=", "!=", ">", ">=", "<", "<=", "~>"] {
        for numbers in numbers {
            let written: Vec<_> = numbers.iter().map(u64::to_string).collect();
            terms.push((
                operator,
                numbers,
                format!("{operator}{}", written.join(".")),
            ));
        }
    }
    for dialect in [Dialect::Provider, Dialect::Module] {
        for (one, one_numbers, one_text) in &terms {
            for (two, two_numbers, two_text) in &terms {
                let text = format!("{one_text}, {two_text}");
                let constraint = parse(&text, dialect);
                let bounds = constraint.bounds();
                for &release in &releases {
                    let [major, minor, patch] = release;
                    let candidate = Version::new(major, minor, patch);
                    let expected = allowed(one, one_numbers, release, dialect)
                        && allowed(two, two_numbers, release, dialect);
                    assert_eq!(
                        constraint.admits(&candidate),
                        expected,
                        "{text} {candidate}"
                    );
                    let inside = bounds.as_ref().is_some_and(|b| b.contains(&candidate));
                    let gap = text.contains("!=");
                    assert!(inside == expected || gap && inside, "{text} {candidate}");
                }
            }
        }
    }
}
