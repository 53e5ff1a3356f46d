//! What differs inside of changed lines.

use std::ops::Range;

/// Of each removed and added line that stand for each other, the bytes that differ; `None` where the
/// lines have too little in common for that to say anything.
///
/// Lines stand for each other where as many are removed as are added, one after the other (the rule of
/// `diff-highlight`, which comes with git).
pub fn changed(removed: &[&str], added: &[&str]) -> Vec<Option<(Range<usize>, Range<usize>)>> {
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
