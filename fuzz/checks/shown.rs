//! What holds of any text that is shown or written as a patch.

use engine::plan::FileChange;

use crate::diff::FileDiff;
use crate::redact;

/// The name of a check, and the check.
pub type Check = (&'static str, fn(&str));

pub const ALL: [Check; 2] = [("redaction", redaction), ("patch", patch)];

/// Nothing that a terminal acts on is left in what people read.
pub fn redaction(text: &str) {
    // The return before a newline moves nothing that is seen.
    let acts = |text: &str| {
        let text = text.replace("\r\n", "\n");
        let is_acting = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
        text.chars().any(is_acting)
    };
    assert!(!acts(&redact::for_people(text)));
    let (before, after) = halves(text);
    let change = change(before, after);
    let shown = FileDiff::new(&change).shown(false);
    assert!(!acts(&shown.text), "{:?}", shown.text);
}

/// The patch from one half of a text to the other leads from it to the other.
pub fn patch(text: &str) {
    let (before, after) = halves(text);
    let change = change(before, after);
    let patch = FileDiff::new(&change).patch();
    assert_eq!(applied(before, &patch), after, "{patch}");
}

/// What is above and below the mark, a line of its own; without it all is above.
fn halves(text: &str) -> (&str, &str) {
    text.split_once("\n====\n").unwrap_or((text, ""))
}

fn change(before: &str, after: &str) -> FileChange {
    FileChange {
        path: "main.tf".into(),
        before: before.to_owned(),
        after: after.to_owned(),
    }
}

/// `text` with a unified diff made, exactly: every context line has to be there.
fn applied(text: &str, patch: &str) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut out = String::new();
    let mut at = 0;
    let mut rest = patch.split_inclusive('\n').skip(2).peekable();
    while let Some(line) = rest.next() {
        if let Some(header) = line.strip_prefix("@@ -") {
            let (old, _) = header.split_once(" +").expect("two ranges");
            let (start, count) = old.split_once(',').unwrap_or((old, "1"));
            let start: usize = start.parse().expect("a number");
            // A range of no lines is behind the line that it names.
            let from = if count == "0" { start } else { start - 1 };
            out += &lines[at..from].concat();
            at = from;
            continue;
        }
        let (sign, content) = line.split_at(1);
        let ends_without = rest.peek().is_some_and(|next| next.starts_with('\\'));
        let content = match ends_without {
            true => content.strip_suffix('\n').expect("a newline"),
            false => content,
        };
        match sign {
            " " => {
                assert_eq!(lines[at], content, "a line of context");
                out += content;
                at += 1;
            }
            "-" => {
                assert_eq!(lines[at], content, "a removed line");
                at += 1;
            }
            "+" => out += content,
            "\\" => {}
            _ => panic!("{line:?} is no line of a hunk"),
        }
    }
    out + &lines[at..].concat()
}
