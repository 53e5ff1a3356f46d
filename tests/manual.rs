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

/// What bash completes the last of these words to.
fn completed(words: &[&str]) -> Vec<String> {
    let script = printed(&["completions", "bash"]);
    let [.., before, last] = words else {
        panic!("{words:?}");
    };
    let ask = format!(
        "COMP_WORDS=({}); COMP_CWORD={}; _tfkeyless tfkeyless '{last}' '{before}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        words.join(" "),
        words.len() - 1
    );
    let output = Command::new("bash")
        .args(["--norc", "-c", &format!("{script}\n{ask}")])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_ids_of_transforms_are_completed() {
    for words in [
        &["tfkeyless", "explain", "remove_"][..],
        &["tfkeyless", "plan", "--only", "remove_"],
        &["tfkeyless", "apply", "--skip", "remove_"],
        &["tfkeyless", "audit", "--only", "remove_"],
    ] {
        let found = completed(words);
        assert!(
            found.contains(&"remove_assume_role".to_owned())
                && found.iter().all(|id| id.starts_with("remove_")),
            "{words:?}: {found:?}"
        );
    }
    for shell in ["zsh", "fish"] {
        let script = printed(&["completions", shell]);
        assert!(script.contains("remove_assume_role"), "{shell}");
    }
    // Help has a list of its own: `tfkeyless explain`.
    assert!(!printed(&["plan", "--help"]).contains("remove_unused"));
}

#[test]
fn the_manual_has_the_exit_codes_of_each_command_that_has_its_own() {
    let manual = printed(&["man"]);
    for (heading, code) in [
        (".SH \"EXIT STATUS\"", "refused or failed, nothing written"),
        (".SS \"EXIT STATUS\"", "a root module was not verified"),
    ] {
        let (_, behind) = manual.split_once(heading).expect(heading);
        let section = behind.split("\n.S").next().unwrap();
        assert!(section.contains(code), "{section}");
    }
    for absent in ["EXTRA", "tfkeyless\\-init(1)", "tfkeyless-init(1)"] {
        assert!(!manual.contains(absent), "{absent}");
    }
    for (command, option) in [
        ("AWS-CONFIG", "merge"),
        ("TRUST", "role"),
        ("OIDC-ROLE", "plain"),
        ("STATE-ROLE", "repository"),
        ("BUCKET-POLICY", "bucket"),
        ("KEY-POLICY", "key"),
        ("BACKEND-CI", "config"),
    ] {
        let heading = format!(".SH TFKEYLESS GENERATE {command}\n");
        let (_, behind) = manual.split_once(&heading).expect(command);
        let section = behind.split("\n.SH").next().unwrap();
        assert!(section.contains(&format!("\\-\\-{option}")), "{command}");
    }
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
