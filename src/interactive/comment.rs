//! Ignore comments, as answers are kept: `# tfkeyless: ignore[ID] reason` above a line.

use std::path::Path;

use diagnostics::ignore::Ignore;
use syntax::text::line_ending;

/// Whether a file can hold such a comment: JSON has none.
pub fn is_possible(path: &Path) -> bool {
    !is_json(path)
}

/// Whether a file is JSON.
pub fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "json")
}

/// What somebody typed as a reason, on one line; `None` where that is nothing.
pub fn reason(typed: &str) -> Option<String> {
    let words = typed.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// Where line `line` of `original` is in `text`, which is the same with comments added; both from 1.
pub fn line_in(text: &str, original: &str, line: usize) -> usize {
    let mut after = text.lines();
    let mut found = 0;
    for wanted in original.lines().take(line) {
        for own in after.by_ref() {
            found += 1;
            if own == wanted {
                break;
            }
        }
    }
    found.max(1)
}

/// `text` with a comment that keeps a transform from its line `line`, from 1. A comment that is there
/// takes one more transform. `None` where none can stand there.
pub fn added(
    path: &Path,
    text: &str,
    line: usize,
    transform: &str,
    reason: &str,
) -> Option<String> {
    if !is_possible(path) || is_in_yaml_scalar(path, text, line) {
        return None;
    }
    let ignores = Ignore::all(path, text);
    let near = ignores
        .iter()
        .find(|it| it.at.line == line || it.at.line + 1 == line);
    if let Some(near) = near.filter(|it| !it.ids.is_empty()) {
        if near.ids.iter().any(|id| id == transform) {
            return Some(text.to_owned());
        }
        let range = near.range();
        let end = range.start + text[range.clone()].find(']')?;
        let (before, behind) = (&text[..end], &text[end..range.end]);
        let rest = &text[range.end..];
        return Some(format!("{before}, {transform}{behind}; {reason}{rest}"));
    }
    let start: usize = text
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum();
    let own = text[start..].split_inclusive('\n').next()?;
    let indent = &own[..own.len() - own.trim_start_matches([' ', '\t']).len()];
    let end = line_ending(text, start);
    // A byte order mark stays at the start.
    let start = start + if own.starts_with('\u{feff}') { 3 } else { 0 };
    let comment = format!("{indent}# tfkeyless: ignore[{transform}] {reason}{end}");
    Some(format!("{}{comment}{}", &text[..start], &text[start..]))
}

/// Whether a line of YAML is part of a block scalar, where a comment would be text.
fn is_in_yaml_scalar(path: &Path, text: &str, line: usize) -> bool {
    let is_yaml = path
        .extension()
        .is_some_and(|ending| ending == "yml" || ending == "yaml");
    if !is_yaml {
        return false;
    }
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let lines: Vec<&str> = text.lines().take(line).collect();
    let Some((own, above)) = lines.split_last() else {
        return false;
    };
    let mut bound = indent(own);
    above.iter().rev().any(|line| {
        let content = line.trim();
        if content.is_empty() || indent(line) >= bound {
            return false;
        }
        bound = indent(line);
        // YAML 1.2.2, 8.1: `|` or `>`, then indentation and chomping indicators.
        let last = content.split(" #").next().unwrap_or_default().trim_end();
        let last = last.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
        last.ends_with(": |") || last.ends_with(": >") || matches!(last, "- |" | "- >")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, line: usize, expected: Option<&str>) {
        let text = added(Path::new(path), text, line, "bump_module", "too new");
        assert_eq!(text.as_deref(), expected);
    }

    #[test]
    fn a_comment_stands_above_its_line_as_deep_and_with_the_same_line_end() {
        check(
            "a.tf",
            "module \"m\" {\r\n  version = \"1\"\r\n}\r\n",
            2,
            Some(
                "module \"m\" {\r\n  # tfkeyless: ignore[bump_module] too new\r\n  version = \"1\"\r\n}\r\n",
            ),
        );
        check(
            "a.tf",
            "x = 1",
            1,
            Some("# tfkeyless: ignore[bump_module] too new\nx = 1"),
        );
        check(
            "a.tf",
            "a = 1\r\nb = 2",
            2,
            Some("a = 1\r\n# tfkeyless: ignore[bump_module] too new\r\nb = 2"),
        );
        check("a.tf.json", "{}", 1, None);
    }

    #[test]
    fn a_comment_that_is_there_takes_one_more_transform() {
        let one = "# tfkeyless: ignore[bump_provider] old\nx = 1\n";
        let two = "# tfkeyless: ignore[bump_provider, bump_module] old; too new\nx = 1\n";
        check("a.tf", one, 2, Some(two));
        check("a.tf", two, 2, Some(two));
    }

    #[test]
    fn a_script_in_yaml_takes_no_comment() {
        let text = "jobs:\n  a:\n    env:\n      K: v\n    steps:\n      - run: |\n          if x; then\n            terraform apply\n          fi\n      - run: >-\n          terraform\n          apply\n      - uses: x\n";
        for (line, is_possible) in [(4, true), (7, false), (8, false), (12, false), (13, true)] {
            let text = added(Path::new("a.yml"), text, line, "workflow_oidc", "x");
            assert_eq!(text.is_some(), is_possible, "{line}");
        }
    }

    #[test]
    fn lines_are_found_below_comments_that_were_added() {
        let before = "a\nb\na\n";
        let after = "# x\na\nb\n# y\na\n";
        for (line, expected) in [(1, 2), (2, 3), (3, 5)] {
            assert_eq!(line_in(after, before, line), expected);
        }
    }

    #[test]
    fn a_reason_is_one_line() {
        assert_eq!(reason("  a\u{1b}[2J \r\n b "), Some("a [2J b".to_owned()));
        assert_eq!(reason(" \n"), None);
    }
}
