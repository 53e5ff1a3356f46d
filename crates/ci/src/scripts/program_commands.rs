//! The commands that a program in another language than the shell's executes, searched for in its text.

use std::path::{Path, PathBuf};

/// Programs that are looked for in the strings of a text. Any other is too often part of a sentence.
const PROGRAMS: [&str; 22] = [
    "bash",
    "bun",
    "bundle",
    "cargo",
    "changeset",
    "gh",
    "git",
    "goreleaser",
    "hub",
    "just",
    "lerna",
    "make",
    "node",
    "npm",
    "npx",
    "pnpm",
    "python",
    "python3",
    "semantic-release",
    "sh",
    "task",
    "yarn",
];

/// Libraries that push without `git` itself.
const GIT_LIBRARIES: [&str; 12] = [
    "import git\n",
    "import git ",
    "from git import",
    "from git.",
    "simple-git",
    "isomorphic-git",
    "nodegit",
    "pygit2",
    "dulwich",
    "go-git",
    "rugged",
    "LibGit2Sharp",
];

/// The endings of files whose commands stand in lines of their own, as in a shell.
const OTHER_SHELLS: [&str; 6] = ["bat", "cmd", "fish", "nu", "ps1", "psm1"];

/// The commands that the strings and lists of strings of a program are: `"git push"`,
/// `["git", "push"]`, `"git", ["push"]`.
pub fn command_lines(path: &Path, text: &str) -> Vec<String> {
    let found = literals(text);
    let mut lines: Vec<String> = Vec::new();
    for (at, (span, first)) in found.iter().enumerate() {
        let Some(program) = first.split_whitespace().next().filter(|it| is_program(it)) else {
            continue;
        };
        let mut line = first.clone();
        if program == first {
            let mut end = span.end;
            for (next, word) in &found[at + 1..] {
                if !is_separator(&text[end..next.start]) {
                    break;
                }
                line.push(' ');
                line += &quoted(word);
                end = next.end;
            }
        }
        lines.push(line);
    }
    let ending = path.extension().and_then(|it| it.to_str());
    if ending.is_some_and(|it| OTHER_SHELLS.contains(&it)) {
        let own = text
            .lines()
            .map(|line| line.trim_start_matches(['&', ' ', '\t', '@']));
        let own = own.filter(|line| line.split_whitespace().next().is_some_and(is_program));
        lines.extend(own.map(str::to_owned));
    }
    if text.contains("push") && GIT_LIBRARIES.iter().any(|it| text.contains(it)) {
        lines.push("git push".to_owned());
    }
    // The header with which `actions/checkout` signs git in.
    if text.contains("extraheader") {
        lines.push("git config --get http.extraheader".to_owned());
    }
    lines.sort();
    lines.dedup();
    lines
}

/// The files that a program may import from its own directory, each as the paths that it may have.
pub fn imports(path: &Path, text: &str) -> Vec<Vec<PathBuf>> {
    let directory = path.parent().unwrap_or(Path::new(""));
    match path.extension().and_then(|it| it.to_str()) {
        Some("py") | None => {
            let modules = text.lines().flat_map(python_modules);
            let files = modules.map(|module| {
                let place = module.trim_start_matches('.').replace('.', "/");
                ["{}.py", "{}/__init__.py"]
                    .map(|form| directory.join(form.replace("{}", &place)))
                    .to_vec()
            });
            files.collect()
        }
        Some("js" | "mjs" | "cjs" | "ts" | "mts" | "cts") => {
            let own = literals(text).into_iter().map(|(_, literal)| literal);
            let own = own.filter(|it| it.starts_with("./") || it.starts_with("../"));
            let files = own.map(|name| {
                let forms = ["", ".js", ".ts", ".mjs", ".cjs", "/index.js", "/index.ts"];
                let forms = forms.map(|ending| joined(directory, &format!("{name}{ending}")));
                forms.into_iter().flatten().collect()
            });
            files.collect()
        }
        Some("rb") => {
            let lines = text
                .lines()
                .filter(|line| line.contains("require_relative"));
            let names = lines.flat_map(literals).map(|(_, name)| name);
            names
                .map(|name| {
                    joined(directory, &format!("{name}.rb"))
                        .into_iter()
                        .collect()
                })
                .collect()
        }
        Some(_) => Vec::new(),
    }
}

/// The modules that a line of Python imports, without those of a package that only a name tells.
fn python_modules(line: &str) -> Vec<String> {
    let line = line.trim();
    let words: Vec<&str> = line.split([' ', ',']).filter(|it| !it.is_empty()).collect();
    match words.as_slice() {
        ["from", package, "import", names @ ..] if package.chars().all(|it| it == '.') => {
            names.iter().map(|name| (*name).to_owned()).collect()
        }
        ["from", module, "import", ..] => vec![(*module).to_owned()],
        ["import", names @ ..] => names.iter().map(|name| (*name).to_owned()).collect(),
        _ => Vec::new(),
    }
}

fn joined(directory: &Path, name: &str) -> Option<PathBuf> {
    let mut path = directory.to_path_buf();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if !path.pop() {
                    return None;
                }
            }
            part => path.push(part),
        }
    }
    Some(path)
}

fn is_program(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    PROGRAMS.contains(&name)
        || word.starts_with("./") && Path::new(name).extension().is_some_and(|it| it == "sh")
}

/// Whether two strings with this text between them are arguments of one command.
fn is_separator(text: &str) -> bool {
    let is_part = |letter: char| {
        letter.is_alphanumeric() || letter.is_whitespace() || ",[_.".contains(letter)
    };
    text.contains(',') && text.len() < 80 && text.chars().all(is_part)
}

fn quoted(word: &str) -> String {
    match word.contains([' ', '\'', '"', ';', '&', '|', '$', '(']) {
        true => format!("'{}'", word.replace('\'', "")),
        false => word.to_owned(),
    }
}

/// The strings of a program, by the quotes that most languages share.
pub(super) fn literals(text: &str) -> Vec<(std::ops::Range<usize>, String)> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find(['"', '\'', '`']) {
        let start = at + found;
        let quote = &text[start..=start];
        let triple = quote.repeat(3);
        let (open, is_long) = match text[start..].starts_with(&triple) {
            true => (triple.as_str(), true),
            false => (quote, quote == "`"),
        };
        let inside = start + open.len();
        at = match end_of_literal(&text[inside..], open, is_long) {
            Some(length) => {
                let end = inside + length + open.len();
                all.push((start..end, text[inside..inside + length].to_owned()));
                end
            }
            // An apostrophe.
            None => start + 1,
        };
    }
    all
}

/// The length of a string whose opening quote is before the text.
fn end_of_literal(text: &str, close: &str, is_long: bool) -> Option<usize> {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '\n' if !is_long => return None,
            _ if text[at..].starts_with(close) => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_in_strings_and_lists() {
        for (path, text, expected) in [
            ("x.py", "run([\"git\", \"push\"])", "git push"),
            (
                "x.py",
                "run([\n  'git', '-C', repo,\n  'push',\n])",
                "git -C push",
            ),
            ("x.py", "os.system('git push --tags')", "git push --tags"),
            (
                "x.py",
                "os.system(f\"git push {x}\")  # don't",
                "git push {x}",
            ),
            ("x.js", "spawn('git', ['push', '-f'])", "git push -f"),
            (
                "x.js",
                "exec(`git push ${x}`); list.push('a')",
                "git push ${x}",
            ),
            (
                "x.js",
                "exec(\"git commit -m 'a b'\")",
                "git commit -m 'a b'",
            ),
            ("x.rb", "system(\"make\", \"release\")", "make release"),
            ("x.py", "run([\"./tag.sh\"])", "./tag.sh"),
            (
                "x.py",
                "from git import Repo\nRepo('.').remote().push()",
                "git push",
            ),
            (
                "x.ps1",
                "if ($x) {\n  git push origin HEAD\n}",
                "git push origin HEAD",
            ),
            ("x.go", "exec.Command(\"git\", \"push\")", "git push"),
            ("x.py", "print(\"a\", \"git\")", "git"),
            ("x.py", "print('to push, ask')", ""),
            ("x.js", "list.push('a', 'b')", ""),
            ("x.py", "# git push\nimport boto3", ""),
        ] {
            let found = command_lines(Path::new(path), text);
            assert_eq!(found.join("; "), expected, "{text}");
        }
    }

    #[test]
    fn imports_lead_to_files_beside_the_program() {
        for (path, text, expected) in [
            ("a/x.py", "from b.c import d", "a/b/c.py"),
            ("a/x.py", "import os, e", "a/os.py a/e.py"),
            ("a/x.py", "from . import f", "a/f.py"),
            ("a/x.py", "from .g import h", "a/g.py"),
            ("a/x.js", "const y = require('../lib/y')", "lib/y"),
            ("a/x.ts", "import z from './z'; import q from 'q'", "a/z"),
            ("a/x.rb", "require_relative 'y'", "a/y.rb"),
            ("a/x.go", "import \"b\"", ""),
        ] {
            let found = imports(Path::new(path), text).into_iter();
            let found = found.map(|files| files[0].display().to_string());
            assert_eq!(found.collect::<Vec<_>>().join(" "), expected, "{text}");
        }
    }
}
