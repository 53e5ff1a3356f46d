//! Plain technical English: phrases that no message, help text or page contains.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// What nobody can search for, each with what is written instead.
const PHRASES: [(&str, &str); 56] = [
    ("left to a person", "needs manual work"),
    ("left alone", "not changed"),
    ("to know of what changes", "notes"),
    ("once it is written", "after applying"),
    ("not looked at", "skipped"),
    ("looked at first", "needs review"),
    ("needs a yes", "needs review"),
    ("classed review", "that need review"),
    ("as whom", "identity"),
    ("as the environment says", "ambient credentials"),
    ("the environment's credentials", "ambient credentials"),
    ("does not know any more", "removed in"),
    ("a fault of its own", "a bug in tfkeyless"),
    ("fault of tfkeyless", "bug in tfkeyless"),
    ("is held back", "is not upgraded"),
    ("it acted in the account", "it used the account"),
    ("narrows or changes", "only changes permissions"),
    (
        "run with another backend",
        "the backend configuration changed",
    ),
    ("take away the old keys", "unset the static keys"),
    ("does not know who commits", "are not set"),
    ("things in the way", "problems found"),
    ("after the switch", "after the migration"),
    ("orphan", "unused"),
    ("orphans", "unused"),
    ("told", "shown, or documented"),
    ("tells of", "depends on"),
    ("no run tells", "is not known"),
    ("handed", "passed"),
    ("hands it", "passes it"),
    ("hands on", "passes on"),
    ("hand on", "pass on"),
    ("fate", "result"),
    ("the old keys", "the static keys"),
    ("old credentials", "static keys"),
    ("beats a profile", "overrides a profile"),
    ("beat every profile", "override every profile"),
    ("served only code that goes", "is no longer used"),
    ("fed nothing but", "held only"),
    ("with the switch", "with the migration"),
    ("stands here twice", "is set twice"),
    ("who commits: set", "are not set"),
    ("is over since", "expired at"),
    (
        "initialise the root modules again",
        "reinitialize with profile",
    ),
    ("see that the", "check that the"),
    ("is gone, and", "was removed, or retired"),
    ("gone in 6", "removed in 6"),
    ("nothing takes its place", "remove it"),
    ("no variable follows", "the name is computed"),
    ("to what is no pair", "to something other than"),
    ("with it stay", "stay, too"),
    ("signs in nowhere:", "does not sign in to AWS"),
    ("repeats stands elsewhere", "repeats lines of another place"),
    (
        "names is used elsewhere too",
        "is used in another place, too",
    ),
    ("only a person can", "needs manual work"),
    ("own role would act", "the self-hosted runner's own role"),
    ("with its label", "the labels that are known"),
];

/// The texts that people read: string literals of the sources, and pages.
fn texts() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    for folder in [
        "src",
        "crates",
        "transforms",
        "docs",
        "README.md",
        "CHANGELOG.md",
        "skills",
        "examples",
    ] {
        for entry in WalkDir::new(root.join(folder)) {
            let path = entry.unwrap().into_path();
            let is_page = path.extension().is_some_and(|it| it == "md");
            let is_source = path.extension().is_some_and(|it| it == "rs");
            if is_page || is_source {
                let text = fs::read_to_string(&path).unwrap();
                texts.push((path, if is_source { literals(&text) } else { text }));
            }
        }
    }
    texts
}

/// The string literals of a source, one below the other.
fn literals(source: &str) -> String {
    fn collect(tokens: proc_macro2::TokenStream, found: &mut String) {
        for token in tokens {
            match token {
                proc_macro2::TokenTree::Group(group) => collect(group.stream(), found),
                proc_macro2::TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    if text.contains('"') {
                        found.push_str(&text);
                        found.push('\n');
                    }
                }
                _ => {}
            }
        }
    }
    // Doc comments are literals of an attribute: they are written for developers, and left out.
    let lines = source.lines();
    let code = lines.filter(|line| !line.trim_start().starts_with("//"));
    let code: Vec<&str> = code.collect();
    let mut found = String::new();
    collect(code.join("\n").parse().unwrap(), &mut found);
    found
}

/// A text in lower case with its words one space apart, however lines break.
fn plain(text: &str) -> String {
    let text = text.to_lowercase().replace("\\\n", " ").replace("**", "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a phrase stands in a text as words of their own.
fn contains(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let behind = text[start + phrase.len()..].chars().next();
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        !before.is_some_and(is_word) && !behind.is_some_and(is_word)
    })
}

#[test]
fn no_message_and_no_page_speaks_in_riddles() {
    let texts = texts();
    assert!(texts.len() > 100, "{}", texts.len());
    let mut found = Vec::new();
    for (path, text) in &texts {
        let text = plain(text);
        for (phrase, instead) in PHRASES {
            if contains(&text, phrase) {
                found.push(format!("{}: `{phrase}`: write `{instead}`", path.display()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn phrases_are_found_in_literals_over_several_lines() {
    let source = "// left alone\nfn f() { say(\"it is left \\\n    alone: {why}\"); }";
    assert!(contains(&plain(&literals(source)), "left alone"));
    let comment = plain(&literals("// left alone\nfn f() {}"));
    assert!(!contains(&comment, "left alone"));
    assert!(!contains("an untold fated story", "told") && contains("was told.", "told"));
}

/// The strings of `format!` and its kin in a source that set arguments between backticks.
fn unquoted(source: &str) -> Vec<String> {
    use proc_macro2::{TokenStream, TokenTree};

    const KIN: [&str; 9] = [
        "format", "write", "writeln", "print", "println", "eprintln", "anyhow", "bail", "ensure",
    ];
    fn collect(tokens: TokenStream, found: &mut Vec<String>) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            let TokenTree::Group(group) = token else {
                continue;
            };
            let before = tokens[at.saturating_sub(2)..at].iter();
            let before: String = before.map(ToString::to_string).collect();
            if KIN.iter().any(|name| before == format!("{name}!")) {
                let strings = group.stream().into_iter();
                let strings = strings.filter(|it| matches!(it, TokenTree::Literal(_)));
                let strings = strings.map(|it| it.to_string());
                found.extend(strings.filter(|it| has_code_with_arguments(it)));
            }
            collect(group.stream(), found);
        }
    }
    // Tests in the same file stand at its end.
    let tests = "#[cfg(test)]\nmod tests {";
    let (code, _) = source.split_once(tests).unwrap_or((source, ""));
    let mut found = Vec::new();
    collect(code.parse().unwrap(), &mut found);
    found
}

/// Whether a string for `format!` has a placeholder between backticks.
fn has_code_with_arguments(string: &str) -> bool {
    let string = string.replace("{{", "").replace("}}", "");
    let spans = syntax::code::spans(&string);
    let is_shown = |it: &syntax::code::Span<'_>| it.is_code && it.text.contains('{');
    spans.iter().any(is_shown)
}

#[test]
fn code_with_arguments_is_quoted_by_sentence() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["src", "crates", "transforms"] {
        for entry in WalkDir::new(root.join(folder)) {
            let path = entry.unwrap().into_path();
            let is_test = path.ends_with("tests.rs") || path.iter().any(|it| it == "tests");
            if path.extension().is_some_and(|it| it == "rs") && !is_test {
                let strings = unquoted(&fs::read_to_string(&path).unwrap()).into_iter();
                found.extend(strings.map(|it| format!("{}: {it}", path.display())));
            }
        }
    }
    assert!(found.is_empty(), "not `sentence!`:\n{}", found.join("\n"));
}

#[test]
fn code_with_arguments_is_found_in_strings() {
    for (source, count) in [
        ("fn f() { format!(\"`{a}` {b}\", 1) }", 1),
        ("fn f() { write!(f, \"\\\n a `x = {}`\", 1) }", 1),
        ("fn f() { sentence!(\"`{a}`\"); format!(\"`a` {b}\") }", 0),
        ("fn f() { format!(\"`{{a}}` {b}\") }", 0),
    ] {
        assert_eq!(unquoted(source).len(), count, "{source}");
    }
}

#[test]
fn a_sentence_is_what_format_makes_where_nothing_is_to_be_quoted() {
    use syntax::code::{sentence, spans};

    let (name, hostile) = ("apply", "a`b");
    let made = sentence!(
        "job {name:?}: `{{{}}}` {} `{0}`, `{set} = \"{name}\"` {:>3}",
        1,
        2,
        3,
        set = "x"
    );
    assert_eq!(made, "job \"apply\": `{1}` 2 `1`, `x = \"apply\"`   3");
    let made = sentence!("`run {hostile}` of `{name}`");
    let code = spans(&made).into_iter().filter(|it| it.is_code);
    assert_eq!(
        code.map(|it| it.text).collect::<Vec<_>>(),
        ["run a`b", "apply"]
    );
}
