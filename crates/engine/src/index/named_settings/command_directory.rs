//! The directory of a command, as far as its own line tells.

use std::path::{Component, Path, PathBuf};

use syntax::text;

/// What the directory of the root module ends with for which the command at that offset runs Terraform: by `-chdir`,
/// and one `cd` before it in the line. `None` where that is not written out.
pub(super) fn command_directory(text: &str, at: usize) -> Option<PathBuf> {
    let mut start = text::line_start(text, at);
    while text[..start].trim_end_matches(['\n', '\r']).ends_with('\\') {
        start = text::line_start(text, start - 1);
    }
    let before = text[start..at].replace("&&", ";").replace("||", ";");
    let mut commands = before.split(';');
    let own = commands.next_back()?;
    let mut directory = PathBuf::new();
    for command in commands {
        let mut words = command.split_whitespace();
        let first = words.next().unwrap_or_default();
        let first = first.trim_start_matches(['(', '{', '@', '-', '\'', '"']);
        match first {
            "cd" if directory.as_os_str().is_empty() => directory = written_out(words.next()?)?,
            "cd" | "pushd" | "popd" | "for" | "while" | "do" | "case" => return None,
            _ if moves(command) => return None,
            _ => {}
        }
    }
    if moves(own) {
        return None;
    }
    let chosen = own
        .split_whitespace()
        .find_map(|word| word.strip_prefix("-chdir="));
    if let Some(chosen) = chosen {
        directory.push(written_out(chosen)?);
    }
    ends_with(&directory)
}

/// Whether a command changes the directory behind its first word: `then cd x`.
fn moves(command: &str) -> bool {
    let is_moving = |word: &str| {
        let word = word.trim_start_matches(['(', '$', '`', '{', '"', '\'']);
        ["cd", "pushd", "popd"].contains(&word)
    };
    command.split_whitespace().any(is_moving)
}

/// A directory that is a plain word.
fn written_out(word: &str) -> Option<PathBuf> {
    let word = word.trim_matches(['"', '\'']).trim_end_matches(')');
    let is_letter = |it: char| it.is_alphanumeric() || "/._-+".contains(it);
    let is_plain = !word.is_empty() && !word.starts_with('/') && word.chars().all(is_letter);
    is_plain.then(|| PathBuf::from(word))
}

/// The names at the end of a relative path; `None` where it has none.
fn ends_with(path: &Path) -> Option<PathBuf> {
    let mut names: Vec<&std::ffi::OsStr> = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => names.push(name),
            // Above what the path names nothing is known.
            Component::ParentDir => drop(names.pop()),
            _ => {}
        }
    }
    (!names.is_empty()).then(|| names.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_command_tells_the_end_of_its_directory() {
        for (line, expected) in [
            ("\tterraform -chdir=c init ", Some("c")),
            ("\t@cd envs/live && terraform init ", Some("envs/live")),
            ("(cd ../c; terraform init ", Some("c")),
            ("cd a && terraform -chdir=b init ", Some("a/b")),
            ("cd a/x && terraform -chdir=../b init ", Some("a/b")),
            ("terraform -chdir=\"c\" init \\\n  -reconfigure ", Some("c")),
            ("echo x\nterraform -chdir=c init ", Some("c")),
            ("echo && terraform -chdir=./c init ", Some("c")),
            ("terraform init ", None),
            ("terraform -chdir=$D init ", None),
            ("terraform -chdir=/c init ", None),
            ("cd \"$D\" && terraform init ", None),
            ("cd $(dirname $0)/c && terraform init ", None),
            ("cd a && cd b && terraform init ", None),
            ("cd .. && terraform init ", None),
            ("for d in a b; do cd c && terraform init ", None),
            ("pushd c && terraform init ", None),
            ("cd a; if x; then cd ../b; terraform init ", None),
            ("cd a; (cd ../b && terraform init ", None),
            ("cd c\nterraform init ", None),
        ] {
            let text = format!("{line}-backend-config=x");
            let found = command_directory(&text, line.len());
            assert_eq!(found.as_deref(), expected.map(Path::new), "{line}");
        }
    }
}
