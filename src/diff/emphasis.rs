//! What differs inside of changed lines.

use std::borrow::Cow;
use std::ops::Range;

use super::hunk::Tag;

/// A line without its end.
pub(super) fn body(line: &str) -> &str {
    let body = line.trim_end_matches('\n');
    body.strip_suffix('\r').unwrap_or(body)
}

/// Of each line of a hunk, what differs from the line that it stands for.
pub(super) fn emphasized(lines: &[(Tag, Cow<'_, str>)]) -> Vec<Option<Range<usize>>> {
    let mut all = Vec::with_capacity(lines.len());
    let mut rest = lines;
    while let Some((first, _)) = rest.first() {
        if *first != Tag::Removed {
            all.push(None);
            rest = &rest[1..];
            continue;
        }
        let run = |lines: &[(Tag, Cow<'_, str>)], tag| {
            lines.iter().take_while(|(other, _)| *other == tag).count()
        };
        let (removed, behind) = rest.split_at(run(rest, Tag::Removed));
        let (added, behind) = behind.split_at(run(behind, Tag::Added));
        let removed_texts: Vec<&str> = removed.iter().map(|(_, text)| body(text)).collect();
        let added_texts: Vec<&str> = added.iter().map(|(_, text)| body(text)).collect();
        let changed = changed(&removed_texts, &added_texts);
        all.extend((0..removed.len()).map(|at| changed[at].clone().map(|(before, _)| before)));
        all.extend((0..added.len()).map(|at| changed[at].clone().map(|(_, after)| after)));
        rest = behind;
    }
    all
}

/// Of each removed and added line that stand for each other, the bytes that differ; `None` where the
/// lines have too little in common for that to say anything.
///
/// Lines stand for each other where as many are removed as are added, one after the other (the rule of
/// `diff-highlight`, which comes with git).
fn changed(removed: &[&str], added: &[&str]) -> Vec<Option<(Range<usize>, Range<usize>)>> {
    match removed.len() == added.len() {
        true => removed.iter().zip(added).map(|(a, b)| pair(a, b)).collect(),
        false => vec![None; removed.len().max(added.len())],
    }
}

fn pair(removed: &str, added: &str) -> Option<(Range<usize>, Range<usize>)> {
    let same = |(a, b): &(char, char)| a == b;
    let before = removed.chars().zip(added.chars()).take_while(same);
    let before: usize = before.map(|(c, _)| c.len_utf8()).sum();
    let (a, b) = (&removed[before..], &added[before..]);
    let behind = a.chars().rev().zip(b.chars().rev()).take_while(same);
    let behind: usize = behind.map(|(c, _)| c.len_utf8()).sum();
    let common = removed[..before].trim().len() + a[a.len() - behind..].trim().len();
    (common > 0).then(|| {
        let range = |line: &str| before..line.len() - behind;
        (range(removed), range(added))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_stands_between_what_two_lines_have_in_common() {
        for (removed, added, expected) in [
            (
                "version = \"4.6\"",
                "version = \"5.0\"",
                Some(("4.6", "5.0")),
            ),
            ("  x = é", "  x = è", Some(("é", "è"))),
            ("a  = 1", "a = 1", Some((" ", ""))),
            ("aaa", "aa", Some(("a", ""))),
            ("  region", "  profile", None),
            ("", "", None),
        ] {
            let texts = pair(removed, added);
            let texts = texts.map(|(a, b)| (&removed[a], &added[b]));
            assert_eq!(texts, expected, "{removed} {added}");
        }
    }

    #[test]
    fn lines_of_which_more_are_added_than_removed_stand_for_none() {
        assert_eq!(changed(&["a 1"], &["a 2", "a 3"]), [None, None]);
        assert_eq!(changed(&["a 1"], &["a 2"]), [Some((2..3, 2..3))]);
    }
}
