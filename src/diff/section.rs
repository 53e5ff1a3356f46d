//! What a hunk stands in, for its header: the block of Terraform, or the keys of YAML.

use std::ops::Range;
use std::path::Path;

use super::regions::Lines;

/// Bytes of a section that a header shows, as git has it.
const LONGEST: usize = 80;

/// For each of `starts`, lines of a file counted from 0, in order: the ranges of the lines that
/// enclose it, from the outside. At most two: a block, or a key and the one below it.
pub fn enclosing(
    path: &Path,
    text: &str,
    lines: &Lines,
    starts: &[usize],
) -> Vec<Vec<Range<usize>>> {
    let is_yaml = path
        .extension()
        .is_some_and(|it| it == "yml" || it == "yaml");
    let mut open: Vec<(usize, Range<usize>)> = Vec::new();
    let mut next = 0;
    let mut sections = Vec::with_capacity(starts.len());
    for &start in starts {
        for number in next..start.min(lines.len()) {
            let range = lines.range(number);
            let line = text[range.clone()].trim_end();
            let content = line.trim_start_matches(' ');
            let indent = line.len() - content.len();
            let range = range.start + indent..range.start + line.len();
            let begins = content.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '"'));
            if is_yaml && begins && content.ends_with(':') && indent <= 2 {
                open.retain(|(other, _)| *other < indent);
                open.push((indent, range));
            } else if is_yaml && begins && indent == 0 {
                open.clear();
            } else if !is_yaml && indent == 0 && !content.is_empty() {
                // A closing bracket ends the block; so does any other line that is no block.
                open.clear();
                if begins && content.ends_with(['{', '[', '(']) {
                    open.push((indent, range));
                }
            }
        }
        next = next.max(start);
        sections.push(open.iter().map(|(_, range)| cut(text, range)).collect());
    }
    sections
}

fn cut(text: &str, range: &Range<usize>) -> Range<usize> {
    let mut end = range.end.min(range.start + LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    range.start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let lines = Lines::new(text);
        let starts: Vec<usize> = (0..lines.len()).collect();
        let sections = enclosing(Path::new(path), text, &lines, &starts);
        let texts = sections.iter().map(|section| {
            let parts: Vec<&str> = section.iter().map(|range| &text[range.clone()]).collect();
            parts.join(" ")
        });
        assert_eq!(texts.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_hunk_stands_in_a_top_level_block_until_that_closes() {
        check(
            "main.tf",
            "# x\nprovider \"aws\" {\n  a {\n  }\n}\n\nlocals {\n",
            &[
                "",
                "",
                "provider \"aws\" {",
                "provider \"aws\" {",
                "provider \"aws\" {",
                "",
                "",
            ],
        );
    }

    #[test]
    fn a_hunk_stands_in_a_job_and_what_holds_the_jobs() {
        check(
            "a.yml",
            "on: push\njobs:\n  dev:\n    steps:\n      - run: x\n  live:\n    env: {}\nname: x\nz: 1\n",
            &[
                "",
                "",
                "jobs:",
                "jobs: dev:",
                "jobs: dev:",
                "jobs: dev:",
                "jobs: live:",
                "jobs: live:",
                "",
            ],
        );
    }
}
