//! Files of environment variables that Makefiles, scripts and files of tasks load.

use std::path::{Path, PathBuf};

use super::evidence::directory;
use super::wrappers::is_script;

/// The files that a wrapper loads, seen from its own directory, and for scripts from the root, too:
/// scripts run where their caller is.
pub(super) fn loaded(path: &Path, text: &str) -> Vec<PathBuf> {
    let own = path.parent().unwrap_or(Path::new(""));
    let is_script = is_script(path);
    let from = std::iter::once(own).chain(is_script.then_some(Path::new("")));
    let from: Vec<&Path> = from.collect();
    let mut files = Vec::new();
    for line in text.lines() {
        for name in named(line) {
            let found = from
                .iter()
                .filter_map(|it| directory(Some(it), Some(&name)));
            files.extend(found);
        }
    }
    files.sort();
    files.dedup();
    files
}

/// Whether what is loaded reaches the commands although it does not export itself: Make's bare `export`,
/// a shell's `set -a`, and all that reads files of variables by itself.
pub(super) fn exports_all(path: &Path, text: &str) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_shell = is_script(path);
    let is_make = name.contains("akefile") || name.ends_with(".mk");
    let mut lines = text.lines().map(str::trim);
    match (is_shell, is_make) {
        (true, _) => lines.any(|line| {
            ["set -a", "allexport", "export $(", "--env-file"]
                .iter()
                .any(|it| line.contains(it))
        }),
        (_, true) => lines.any(|line| {
            let is_whole = line == "export" || line.starts_with("export $(shell");
            is_whole || line.contains("set -a") || line.contains("--env-file")
        }),
        _ => true,
    }
}

/// What a line loads, as far as its text tells.
fn named(line: &str) -> Vec<String> {
    let code = line.trim_start().trim_start_matches(['@', '-', ' ']);
    // A command may stand in front: `set -a; . ./x.env; set +a`.
    let mut commands = code.split([';', '&']).map(str::trim);
    let sourced = commands.find_map(|command| {
        let words = [
            "source ",
            ". ",
            "include ",
            "sinclude ",
            "source_env ",
            "source_env_if_exists ",
        ];
        words.iter().find_map(|word| command.strip_prefix(word))
    });
    let file = |word: &str| {
        let word = word.trim_matches(|it: char| "\"'`,[](){}".contains(it));
        // `"$(dirname "$0")/lib.sh"`: the end tells.
        let end = word.rsplit(['}', ')', '"']).next().unwrap_or_default();
        let end = end.trim_start_matches('/');
        let is_known = !end.is_empty() && !end.contains(['$', '*', '~', ':']);
        (is_known && !word.starts_with('/')).then(|| end.to_owned())
    };
    if code.starts_with('#') {
        return Vec::new();
    }
    if let Some(rest) = sourced {
        let is_script = code.starts_with("source") || code.contains(". ");
        // A script is given arguments behind its name.
        let count = if is_script { 1 } else { usize::MAX };
        return split(rest).take(count).filter_map(file).collect();
    }
    // direnv's without a name (direnv-stdlib(1)).
    let is_direnv = matches!(code.trim_end(), "dotenv" | "dotenv_if_exists");
    if is_direnv || code.contains("dotenv-load") {
        return vec![".env".to_owned()];
    }
    let loads = [
        "dotenv",
        "env_file",
        "--env-file",
        "export $(",
        "env-cmd",
        "_.file",
    ];
    let is_item = line.trim_start().starts_with("- ");
    match is_item || loads.iter().any(|it| code.contains(it)) {
        true => {
            let words = code.split([' ', '=', ',', '"', '\'', '[', ']', ')']);
            let named = words.filter(|word| is_environment_file(word));
            named.filter_map(file).collect()
        }
        false => Vec::new(),
    }
}

/// The words of a command; quotes and parentheses hold one together.
fn split(command: &str) -> impl Iterator<Item = &str> {
    let (mut depth, mut quoted) = (0_usize, false);
    command
        .split(move |letter: char| {
            match letter {
                '(' | '{' => depth += 1,
                ')' | '}' => depth = depth.saturating_sub(1),
                '"' => quoted = !quoted,
                _ => {}
            }
            letter.is_whitespace() && depth == 0 && !quoted
        })
        .filter(|word| !word.is_empty())
}

/// Whether a word is the name of a file of environment variables.
fn is_environment_file(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or_default();
    let has_ending = Path::new(name).extension().is_some_and(|it| it == "env");
    name.starts_with(".env") || has_ending
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_a_wrapper_loads_are_known() {
        for (path, text, expected) in [
            ("Makefile", "include live.env\n", vec!["live.env"]),
            ("a/Makefile", "-include ../.env\n", vec![".env"]),
            (
                "Makefile",
                "export $(shell sed 's/=.*//' .env)\n",
                vec![".env"],
            ),
            (
                "deploy.sh",
                "set -a; . ./hub.env; set +a\n",
                vec!["hub.env"],
            ),
            (
                "a/b.sh",
                "source \"$(dirname \"$0\")/lib.sh\"\n",
                vec!["a/lib.sh", "lib.sh"],
            ),
            ("a/b.sh", ". ../env.sh live\n", vec!["env.sh"]),
            (
                "b.sh",
                "export $(grep -v '^#' .env | xargs)\n",
                vec![".env"],
            ),
            (
                "Taskfile.yml",
                "dotenv: ['.env', 'live.env']\n",
                vec![".env", "live.env"],
            ),
            ("justfile", "set dotenv-load\n", vec![".env"]),
            (
                "compose.yml",
                "    env_file:\n      - hub.env\n",
                vec!["hub.env"],
            ),
            (".envrc", "dotenv_if_exists .env.live\n", vec![".env.live"]),
            (".envrc", "dotenv\n", vec![".env"]),
            ("a/.envrc", "dotenv_if_exists\n", vec![".env", "a/.env"]),
            (".envrc", "# dotenv\n", vec![]),
            ("mise.toml", "_.file = \".env\"\n", vec![".env"]),
            ("b.sh", "# source lib.sh\n", vec![]),
            (
                "b.sh",
                "source ~/.creds\nsource $1\n. /etc/profile\n",
                vec![],
            ),
            ("Makefile", "include $(wildcard *.mk)\n", vec![]),
        ] {
            let expected: Vec<PathBuf> = expected.into_iter().map(PathBuf::from).collect();
            assert_eq!(loaded(Path::new(path), text), expected, "{path} {text}");
        }
    }

    #[test]
    fn variables_of_make_and_of_a_shell_reach_commands_where_they_are_exported() {
        for (path, text, expected) in [
            ("Makefile", "include .env\nexport\n", true),
            ("Makefile", "include .env\nexport A\n", false),
            ("a.sh", "set -a\n. ./.env\n", true),
            ("a.sh", "docker run --env-file x.env image\n", true),
            ("a.sh", ". ./.env\n", false),
            ("justfile", "set dotenv-load\n", true),
        ] {
            assert_eq!(exports_all(Path::new(path), text), expected, "{text}");
        }
    }
}
