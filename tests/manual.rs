//! Completions and the manual page: that shells take them, and that they know every command.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::support::environment;

const COMMANDS: [&str; 9] = [
    "init",
    "plan",
    "apply",
    "audit",
    "generate",
    "doctor",
    "verify",
    "explain",
    "completions",
];

fn printed(arguments: &[&str]) -> String {
    let mut command = environment::tfkeyless();
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Whether the shell reads `script` without an error; `None` where it is not installed.
fn is_read(shell: &str, options: &[&str], script: &str) -> Option<bool> {
    let mut command = Command::new(shell);
    command.args(options).stdin(Stdio::piped());
    let mut child = command.spawn().ok()?;
    let mut input = child.stdin.take().unwrap();
    input.write_all(script.as_bytes()).unwrap();
    drop(input);
    Some(child.wait().unwrap().success())
}

#[test]
fn every_shell_that_is_installed_reads_its_completions() {
    for (shell, options) in [
        ("bash", &["--norc", "-n"][..]),
        ("zsh", &["-f", "-n"]),
        ("fish", &["--no-config", "--no-execute"]),
    ] {
        let script = printed(&["completions", shell]);
        for command in COMMANDS {
            assert!(script.contains(command), "{shell}: {command}");
        }
        match is_read(shell, options, &script) {
            Some(is_read) => assert!(is_read, "{shell}"),
            None => println!("skipped: {shell} is not installed"),
        }
    }
    assert_eq!(is_read("bash", &["--norc", "-n"], "if"), Some(false));
}

#[test]
fn bash_completes_commands_and_flags() {
    let script = printed(&["completions", "bash"]);
    let ask = "COMP_WORDS=(tfkeyless plan --next); COMP_CWORD=2; \
               _tfkeyless tfkeyless --next plan; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let output = Command::new("bash")
        .args(["--norc", "-c", &format!("{script}\n{ask}")])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "--next-steps\n");
}

#[test]
fn the_manual_has_a_section_for_every_command() {
    let manual = printed(&["man"]);
    assert!(manual.contains(".TH tfkeyless 1"), "{manual}");
    for command in COMMANDS {
        let section = format!(".SH TFKEYLESS {}", command.to_uppercase());
        assert!(manual.contains(&section), "{command}");
    }
    assert!(manual.contains("next\\-steps"), "{manual}");
}
