//! `plan` and `apply` on a terminal: the question, and the pager.

use std::fs;
use std::process::{Command, Stdio};

use super::{AFTER, BEFORE};
use crate::support::checkout::Checkout;
use crate::support::environment;

/// The program on a terminal, which util-linux's `script` makes. Most Linux systems come with it;
/// the `script` of other systems takes other options.
fn on_a_terminal(arguments: &str, checkout: &Checkout) -> Command {
    let program = format!("{} {arguments}", env!("CARGO_BIN_EXE_tfkeyless"));
    let mut script = environment::command("script");
    script
        .args(["--quiet", "--return", "--command", &program, "/dev/null"])
        .current_dir(checkout.path());
    script
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs util-linux's script")]
fn on_a_terminal_apply_asks() {
    for (answer, text, said) in [
        ("n\n", BEFORE, "Nothing was written."),
        ("y\n", AFTER, "Wrote 1 file."),
    ] {
        let checkout = Checkout::committed(&[("main.tf", BEFORE)]);
        let mut child = on_a_terminal("apply --no-pager", &checkout)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("util-linux's script is installed");
        std::io::Write::write_all(child.stdin.as_mut().unwrap(), answer.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(
            shown.contains("Write 1 file? [y]es, [n]o, [r]eview one by one, [d]iff, [?] ")
                && shown.contains(said),
            "{shown}"
        );
        assert_eq!(checkout.read("main.tf"), text, "{shown}");
    }
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs util-linux's script")]
fn a_pager_gets_colours_only_where_they_are_wanted() {
    let checkout = Checkout::committed(&[("main.tf", BEFORE)]);
    for (arguments, no_color, colored) in [
        ("", false, true),
        ("--color=never", false, false),
        ("", true, false),
    ] {
        let mut script = on_a_terminal(&format!("plan {arguments}"), &checkout);
        script
            .env("GIT_PAGER", "sed s/^/paged:/")
            .env("TERM", "xterm")
            .env_remove("NO_COLOR")
            .stdin(Stdio::null());
        if no_color {
            script.env("NO_COLOR", "1");
        }
        let shown = script.output().unwrap().stdout;
        let shown = String::from_utf8_lossy(&shown);
        let line = shown.lines().find(|line| line.contains("version"));
        assert!(
            line.is_some_and(|line| line.starts_with("paged:")),
            "{shown}"
        );
        assert_eq!(shown.contains("\u{1b}["), colored, "{shown:?}");
    }
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs util-linux's script")]
fn the_pager_is_gits_but_never_the_one_that_a_repository_names() {
    let checkout = Checkout::committed(&[("main.tf", BEFORE)]);
    checkout.git(&["config", "core.pager", "sed s/^/repository:/"]);
    let home = tempfile::tempdir().unwrap();
    let global = home.path().join("gitconfig");
    for (own, environment, expected) in [
        ("", None, "PAGER:"),
        ("[core]\n\tpager = sed s/^/global:/\n", None, "global:"),
        (
            "[core]\n\tpager = sed s/^/global:/\n",
            Some("sed s/^/GIT_PAGER:/"),
            "GIT_PAGER:",
        ),
    ] {
        fs::write(&global, own).unwrap();
        let mut script = on_a_terminal("plan --color=never", &checkout);
        script
            .env("PAGER", "sed s/^/PAGER:/")
            .env("GIT_CONFIG_GLOBAL", &global)
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env_remove("GIT_PAGER")
            .stdin(Stdio::null());
        if let Some(pager) = environment {
            script.env("GIT_PAGER", pager);
        }
        let shown = script.output().unwrap().stdout;
        let shown = String::from_utf8_lossy(&shown);
        let line = shown.lines().find(|line| line.contains("version"));
        assert!(
            line.is_some_and(|line| line.starts_with(expected)),
            "{shown}"
        );
    }
}
