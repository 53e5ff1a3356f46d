//! Where the output of commands goes.

use std::collections::BTreeMap;

use super::ShellCommand;

/// Where what a command prints goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Output {
    /// To the output of the script.
    #[default]
    Printed,
    /// Into a variable, a file, an argument or another program.
    Used,
    /// Nowhere, or to a person.
    Dropped,
}

/// Programs that print what they read, or their arguments.
const PRINTING: [&str; 13] = [
    "awk", "base64", "cat", "column", "cut", "echo", "head", "jq", "printf", "sed", "sort", "tail",
    "tr",
];

/// Words of the shell that may precede a command.
const KEYWORDS: [&str; 10] = [
    "!", "{", "do", "elif", "else", "if", "then", "time", "until", "while",
];

/// What a line that is printed begins with where the runner sets a value by it ("Workflow commands for
/// GitHub Actions").
const SETTING: [&str; 3] = ["::set-output", "::set-env", "::save-state"];

/// Files that only people read.
const SHOWN: [&str; 6] = [
    "/dev/null",
    "/dev/stderr",
    "/dev/stdout",
    "/dev/tty",
    "1",
    "2",
];

/// Tells of each command where its output goes; `readers` are the commands that read that of others, by
/// their indices.
pub(super) fn resolve(commands: &mut [ShellCommand], readers: &BTreeMap<usize, usize>) {
    // A reader stands behind what it reads.
    for at in (0..commands.len()).rev() {
        let reader = readers.get(&at).and_then(|reader| commands.get(*reader));
        let output = match (written_to(&commands[at].words), reader) {
            (Some(file), _) if is_shown(file) => Output::Dropped,
            (Some(_), _) => Output::Used,
            (None, Some(reader)) => reader.passed_on(),
            (None, None) => Output::Printed,
        };
        commands[at].output = output;
    }
}

impl ShellCommand {
    /// Where what it reads, or is given as an argument, goes.
    pub fn passed_on(&self) -> Output {
        let is_keyword = |word: &&String| KEYWORDS.contains(&word.as_str());
        let words = &self.words[self.words.iter().take_while(is_keyword).count()..];
        let name = words.first().map_or("", String::as_str);
        let has = |option: &str| words.iter().any(|word| word == option);
        let sets = |word: &String| SETTING.iter().any(|it| word.contains(it));
        match name {
            // Whether there is an output at all.
            "[" | "[[" | "test" if has("-n") || has("-z") => Output::Dropped,
            // `jq -e` fails by what it reads.
            "jq" if has("-e") => Output::Used,
            _ if PRINTING.contains(&name) && !words.iter().any(sets) => self.output,
            _ => Output::Used,
        }
    }
}

/// The file that a command writes its output to.
fn written_to(words: &[String]) -> Option<&str> {
    let at = (0..words.len()).find(|at| {
        let is_of_errors = *at > 0 && words[at - 1] == "2";
        words[*at] == ">" && !is_of_errors
    })?;
    words.get(at + 1).map(String::as_str)
}

fn is_shown(file: &str) -> bool {
    SHOWN.contains(&file) || file.contains("GITHUB_STEP_SUMMARY")
}

#[cfg(test)]
mod tests {
    use super::Output::{Dropped, Printed, Used};
    use crate::scripts::shell::commands;

    #[test]
    fn an_output_is_used_where_something_but_a_person_reads_it() {
        for (script, expected) in [
            ("a", Printed),
            ("a; b", Printed),
            ("a && b || c", Printed),
            ("a 2> errors", Printed),
            ("a | jq .", Printed),
            ("a |\n  jq .", Printed),
            ("echo \"x $(a)\"", Printed),
            ("if a; then b; fi", Printed),
            ("then echo \"$(a | sed s/x/y/)\"", Printed),
            ("echo \"::notice::$(a)\"", Printed),
            ("cat <<E\n$(a)\nE\n", Printed),
            ("a > /dev/null 2>&1", Dropped),
            ("a >&2", Dropped),
            ("a | cat > /dev/null", Dropped),
            ("echo \"x $(a)\" >> $GITHUB_STEP_SUMMARY", Dropped),
            ("cat <<E >> $GITHUB_STEP_SUMMARY\n`a`\nE\n", Dropped),
            ("[ -n \"$(a)\" ]", Dropped),
            ("X=$(a)", Used),
            ("X=`a`", Used),
            ("export X=$(a | jq -r .x)", Used),
            ("x=($(a))", Used),
            ("a > file", Used),
            ("a | tee file", Used),
            ("a | grep -q 1", Used),
            ("a | jq -e .x", Used),
            ("a | while read x; do b; done", Used),
            ("b --x $(a)", Used),
            ("b <(a)", Used),
            ("for x in $(a); do b; done", Used),
            ("case $(a) in 1) b;; esac", Used),
            ("[ \"$(a)\" = 1 ]", Used),
            ("echo \"x=$(a)\" >> $GITHUB_OUTPUT", Used),
            ("echo \"x=$(a)\" | tee -a $GITHUB_ENV", Used),
            ("echo \"::set-output name=x::$(a)\"", Used),
            ("cat > file <<E\nx $(a)\nE\n", Used),
            ("b <<E | c\nx\nE\nX=$(echo $(a))", Used),
        ] {
            let all = commands(script);
            let found = all.iter().find(|it| it.words.contains(&"a".to_owned()));
            assert_eq!(found.map(|it| it.output), Some(expected), "{script}");
        }
        let quoted = commands("cat <<'E'\n$(a)\nE\n");
        assert_eq!(quoted.len(), 1);
    }
}
