//! What reads the `run:` of a step.

/// A kind of shell ("Workflow syntax", `jobs.<job_id>.steps[*].shell`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepShell {
    /// One of POSIX, or one that only the run determines.
    Posix,
    /// The same, started by a command: that with `terraform apply` in place of the shell.
    Wrapped(String),
    /// PowerShell.
    PowerShell,
    /// `cmd`.
    Cmd,
    /// An interpreter of another language.
    Program,
}

impl StepShell {
    /// The kind of a value of `shell:`; GitHub's default where it is empty.
    pub(super) fn of(shell: &str) -> Self {
        let words: Vec<&str> = shell.split_whitespace().collect();
        let is_posix = |word: &str| {
            let name = name(word);
            ["ash", "bash", "dash", "ksh", "sh", "zsh"].contains(&&*name)
        };
        let Some(first) = words.first() else {
            return Self::Posix;
        };
        match &*name(first) {
            "pwsh" | "powershell" => Self::PowerShell,
            "cmd" => Self::Cmd,
            _ if is_posix(first) || shell.contains("${{") => Self::Posix,
            _ => match words.iter().position(|word| is_posix(word)) {
                Some(at) => Self::Wrapped(format!("{} terraform apply", words[..at].join(" "))),
                None => Self::Program,
            },
        }
    }
}

/// The name of a program, without its path and the ending of Windows.
fn name(word: &str) -> String {
    let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
    name.trim_end_matches(".exe").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_are_told_from_interpreters_and_from_what_starts_them() {
        let wrapped = |words: &str| StepShell::Wrapped(format!("{words} terraform apply"));
        for (shell, expected) in [
            ("", StepShell::Posix),
            ("bash", StepShell::Posix),
            ("bash -leo pipefail {0}", StepShell::Posix),
            ("/bin/sh -e {0}", StepShell::Posix),
            ("${{ matrix.shell }}", StepShell::Posix),
            ("pwsh", StepShell::PowerShell),
            ("powershell -File {0}", StepShell::PowerShell),
            ("cmd", StepShell::Cmd),
            ("python", StepShell::Program),
            ("python3.12 {0}", StepShell::Program),
            ("perl {0}", StepShell::Program),
            ("nu {0}", StepShell::Program),
            (
                "aws-vault exec live -- bash {0}",
                wrapped("aws-vault exec live --"),
            ),
            ("nix develop -c bash -e {0}", wrapped("nix develop -c")),
        ] {
            assert_eq!(StepShell::of(shell), expected, "{shell}");
        }
    }
}
