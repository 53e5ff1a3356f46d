//! The form of what findings say: each message and each note is one clause, and help says what to do.

use std::iter;

use diagnostics::ask::Help;
use diagnostics::finding::Finding;
use syntax::code;

/// What joins clauses. A reason stands behind a colon, what else there is to know in a note.
const JOINTS: [&str; 4] = ["; ", ", and ", ", but ", ". "];

/// The words that help starts with.
const VERBS: [&str; 61] = [
    "add",
    "admit",
    "allow",
    "answer",
    "break",
    "change",
    "check",
    "choose",
    "commit",
    "compare",
    "create",
    "deactivate",
    "decide",
    "declare",
    "delete",
    "destroy",
    "expect",
    "fix",
    "follow",
    "give",
    "import",
    "include",
    "initialize",
    "keep",
    "leave",
    "let",
    "list",
    "look",
    "make",
    "merge",
    "move",
    "name",
    "pass",
    "paste",
    "point",
    "put",
    "raise",
    "read",
    "remove",
    "repeat",
    "replace",
    "review",
    "revoke",
    "run",
    "save",
    "say",
    "see",
    "set",
    "shorten",
    "sign",
    "split",
    "start",
    "switch",
    "take",
    "turn",
    "unset",
    "update",
    "upgrade",
    "use",
    "wait",
    "write",
];

/// Fails for a finding that says several things in one sentence, and for help that does not say what to do.
pub fn check(findings: &[Finding]) {
    for finding in findings {
        let (message, notes) = finding.sentence_and_notes();
        for clause in iter::once(&*message).chain(notes) {
            let joint = joint(clause);
            assert!(joint.is_none(), "{joint:?} joins clauses in: {clause}");
        }
        for help in finding.help.iter().flat_map(Help::lines) {
            assert!(says_what_to_do(help), "starts with no verb: {help}");
        }
    }
}

/// The same of what the program shows to people.
pub fn check_shown(screen: &str) {
    for line in screen.lines().map(str::trim_start) {
        let line = line.strip_prefix("= ").unwrap_or(line);
        if let Some(help) = line.strip_prefix("help: ") {
            assert!(says_what_to_do(help), "starts with no verb: {help}");
        } else if let Some(sentence) = sentence(line) {
            // What is known instead stands in the same line.
            let sentence = [
                "; did you mean ",
                "; there is ",
                "; `tfkeyless explain` lists ",
            ]
            .iter()
            .find_map(|instead| Some(sentence.split_once(instead)?.0))
            .unwrap_or(sentence);
            let joint = joint(sentence);
            assert!(joint.is_none(), "{joint:?} joins clauses in: {sentence}");
        }
    }
}

/// What a finding of a transform, an error, a warning or a note says, of its line.
fn sentence(line: &str) -> Option<&str> {
    let (level, rest) = line.split_once(": ")?;
    let is_finding = match level.strip_suffix(']') {
        Some(level) => ["error[", "manual[", "review["]
            .iter()
            .any(|it| level.starts_with(it)),
        None => ["error", "warning", "note"].contains(&level),
    };
    is_finding.then_some(rest)
}

/// What joins clauses in a text, outside of code and of the names in quotes.
fn joint(text: &str) -> Option<&'static str> {
    let spans = code::spans(text);
    let prose = spans.iter().filter(|span| !span.is_code);
    let prose: Vec<&str> = prose
        .flat_map(|span| span.text.split('"').step_by(2))
        .collect();
    JOINTS
        .into_iter()
        .find(|joint| prose.iter().any(|it| it.contains(joint)))
}

fn says_what_to_do(help: &str) -> bool {
    if help.starts_with("did you mean `") {
        return true;
    }
    let word = help
        .split(|letter: char| !letter.is_ascii_lowercase())
        .next();
    word.is_some_and(|word| VERBS.contains(&word))
}

#[test]
fn what_joins_clauses_and_help_without_a_verb_are_found() {
    assert_eq!(joint("job \"a; b\" runs `c; d`: e"), None);
    assert_eq!(joint("it stays; it waits"), Some("; "));
    assert_eq!(joint("has `a`, and needs `b`"), Some(", and "));
    assert!(says_what_to_do("set `a = 1`") && !says_what_to_do("if it is, set `a = 1`"));
    assert!(!says_what_to_do("`a` is deprecated"));
}
