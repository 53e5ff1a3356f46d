//! Repositories whose git configuration names programs: none of them runs.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::landing::CANNOT_SIGN;
use crate::support::checkout::{Checkout, Outcome};
use crate::support::environment;

const ROLE: &str = "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
const CONFIG: &str = "account \"dev\" { id = \"111111111111\" }\n";
const LAND: [&str; 5] = ["apply", "--yes", "--branch", "tfkeyless", "--commit"];

/// Every key that git's documentation names, by the script `hostile_git/keys`.
const KEYS: &str = include_str!("hostile_git/keys.txt");

/// What keys are called that leave a name open, and a name by which git would look for them here.
const OPEN: [(&str, &[&str]); 6] = [
    (
        "alias.x",
        &["alias.commit", "alias.switch", "alias.rev-parse"],
    ),
    ("branch.x.", &["branch.main.", "branch.tfkeyless."]),
    ("gpg.x.", &["gpg.openpgp.", "gpg.ssh.", "gpg.x509."]),
    ("pager.x", &["pager.config", "pager.status", "pager.commit"]),
    ("remote.x", &["remote.origin"]),
    ("submodule.x", &["submodule.sub"]),
];

/// Settings without which others are not looked at.
const LURES: [(&str, &str); 6] = [
    ("commit.gpgSign", "true"),
    ("core.fsmonitorHookVersion", "1"),
    ("push.gpgSign", "true"),
    ("submodule.recurse", "true"),
    ("status.submoduleSummary", "true"),
    ("gpg.format", "ssh"),
];

/// Runs the program with arguments and variables.
type Run<'a> = &'a dyn Fn(&[&str], &[(&str, &str)]) -> Outcome;

/// Puts settings somewhere.
type Place<'a> = (&'a str, &'a dyn Fn(&Trap));

/// A repository with a program that leaves a trace where it runs.
struct Trap {
    checkout: Checkout,
    program: PathBuf,
}

impl Trap {
    fn new() -> Self {
        let checkout = Checkout::committed(&[
            ("main.tf", ROLE),
            ("tfkeyless.hcl", CONFIG),
            ("notes", "a\n"),
            (".gitattributes", "* diff=x merge=x\nnotes filter=x\n"),
        ]);
        checkout.git(&["remote", "add", "origin", "git@github.com:o/r.git"]);
        checkout.git(&["config", "user.name", "a"]);
        checkout.git(&["config", "user.email", "a@example.com"]);
        checkout.write("sub/notes", "a\n");
        checkout.git(&["-C", "sub", "init", "--quiet"]);
        checkout.git(&["-C", "sub", "add", "notes"]);
        checkout.git(&["-C", "sub", "commit", "--quiet", "--message=x"]);
        checkout.write(
            ".gitmodules",
            "[submodule \"sub\"]\n\tpath = sub\n\turl = ./sub\n",
        );
        checkout.commit();
        let program = checkout.path().join(".git/trap");
        let trace = checkout.path().join(".git/sprung");
        let script = format!("#!/bin/sh\necho \"$0 $*\" >>'{}'\ncat\n", trace.display());
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let trap = Self { checkout, program };
        trap.unsettle();
        trap
    }

    /// Makes git look at the files again, and so run filters.
    fn unsettle(&self) {
        for name in ["notes", "sub/notes", "main.tf"] {
            let file = fs::File::options();
            let file = file
                .clone()
                .append(true)
                .open(self.checkout.path().join(name));
            let time = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1 << 30);
            file.unwrap().set_modified(time).unwrap();
        }
    }

    /// The keys that git takes the program for a value of.
    fn keys(&self) -> Vec<String> {
        let installed = environment::command("git")
            .args(["help", "--config-for-completion"])
            .output();
        let installed = String::from_utf8(installed.unwrap().stdout).unwrap();
        let written = KEYS.lines().chain(installed.lines());
        let keys: BTreeSet<&str> = written.filter(|key| !key.ends_with('.')).collect();
        let keys = keys.into_iter().flat_map(closed);
        keys.filter(|key| self.takes(key)).collect()
    }

    /// Whether git goes on where the program is the value: it does not where it wants a number.
    fn takes(&self, key: &str) -> bool {
        // With these it looks for the repository elsewhere, or sees none, or does not write.
        let elsewhere = [
            "core.bare",
            // A mode, which git looks at when it writes.
            "core.sharedRepository",
            "core.logAllRefUpdates",
            "core.repositoryFormatVersion",
            "core.worktree",
            "include.path",
            "includeIf.x.path",
        ];
        let setting = format!("{key}={}", self.program.display());
        let taken = environment::command("git")
            .args(["-c", &setting, "rev-parse", "--show-toplevel", "HEAD"])
            .current_dir(self.checkout.path())
            .output();
        !elsewhere.contains(&key)
            && !key.to_ascii_lowercase().starts_with("extensions.")
            && !key.ends_with(".promisor")
            && taken.unwrap().status.success()
    }

    /// Writes settings behind those of the repository, the program as their value.
    fn set<'k>(&self, keys: impl IntoIterator<Item = &'k str>, prefix: &str) {
        let value = format!("{prefix}{}", self.program.display());
        let keys = keys.into_iter().map(|key| (key, value.as_str()));
        let text: String = keys
            .chain(LURES)
            .map(|(key, value)| setting(key, value))
            .collect();
        for directory in [".git", "sub/.git"] {
            let path = self.checkout.path().join(directory).join("config");
            let own = fs::read_to_string(&path).unwrap();
            // Identity and storage as they were: these are read.
            let kept = "\n[user]\n\tname = a\n\temail = a@example.com\n[core]\n\tfileMode = true\n";
            fs::write(path, own + &text + kept).unwrap();
        }
    }

    /// Puts the program in the place of each hook.
    fn set_hooks(&self) {
        let hooks = self.checkout.path().join(".git/hooks");
        fs::create_dir_all(&hooks).unwrap();
        for hook in [
            "applypatch-msg",
            "commit-msg",
            "fsmonitor-watchman",
            "post-checkout",
            "post-commit",
            "post-index-change",
            "post-merge",
            "post-rewrite",
            "pre-auto-gc",
            "pre-commit",
            "pre-merge-commit",
            "prepare-commit-msg",
            "reference-transaction",
        ] {
            fs::copy(&self.program, hooks.join(hook)).unwrap();
        }
    }

    fn sprung(&self) -> String {
        fs::read_to_string(self.checkout.path().join(".git/sprung")).unwrap_or_default()
    }

    #[track_caller]
    fn assert_quiet(&self, of: &str) {
        assert_eq!(self.sprung(), "", "{of}");
    }

    /// Runs everything that asks git something, each as `run` runs it, with the commit made at last.
    fn run_all(&self, run: Run<'_>) {
        for looked in [
            &["plan"][..],
            &["audit"],
            &["doctor"],
            &["generate", "oidc-role"],
        ] {
            run(looked, &[]);
        }
        // A commit that fails is the way back.
        run(&LAND, &CANNOT_SIGN).code(2).says("git does not commit");
        assert_eq!(self.checkout.git_quietly(&["branch", "--list"]), "* main\n");
        run(&LAND, &[]).code(0);
        let log = self
            .checkout
            .git_quietly(&["rev-list", "--count", "main..tfkeyless"]);
        assert_eq!(log, "1\n");
        run(&LAND, &[]).code(0);
    }
}

/// The keys that one stands for which leaves a name open.
fn closed(key: &str) -> Vec<String> {
    let named = OPEN.iter().find(|(open, _)| key.starts_with(open));
    let mut keys = vec![key.to_owned()];
    if let Some((open, names)) = named {
        keys.extend(names.iter().map(|name| key.replacen(open, name, 1)));
    }
    keys
}

fn setting(key: &str, value: &str) -> String {
    let (section, rest) = key.split_once('.').unwrap();
    let value = value.replace('\\', "\\\\");
    match rest.rsplit_once('.') {
        Some((below, name)) => format!("[{section} \"{below}\"]\n\t{name} = {value}\n"),
        None => format!("[{section}]\n\t{rest} = {value}\n"),
    }
}

impl Checkout {
    /// What git writes that reads no configuration but what cannot name a program.
    fn git_quietly(&self, arguments: &[&str]) -> String {
        let config = self.path().join(".git/config");
        let hostile = fs::read(&config).unwrap();
        fs::write(
            &config,
            "[core]\n\trepositoryformatversion = 0\n\thooksPath = /dev/null\n",
        )
        .unwrap();
        let said = self.git(arguments);
        fs::write(&config, hostile).unwrap();
        said
    }
}

#[test]
fn a_program_that_any_key_names_does_not_run() {
    for prefix in ["", "!"] {
        let trap = Trap::new();
        let keys = trap.keys();
        assert!(keys.len() > 700, "{}", keys.len());
        trap.set(keys.iter().map(String::as_str), prefix);
        trap.set_hooks();
        trap.run_all(&|arguments, variables| {
            trap.unsettle();
            let outcome = trap.checkout.run_with(arguments, variables);
            trap.assert_quiet(&format!("{arguments:?}"));
            outcome
        });
    }
}

#[test]
fn the_trap_works() {
    let trap = Trap::new();
    trap.set(["filter.x.clean", "core.fsmonitor"], "");
    let status = environment::command("git")
        .arg("status")
        .current_dir(trap.checkout.path())
        .output();
    status.unwrap();
    assert!(trap.sprung().contains("trap 1 "), "{}", trap.sprung());
    assert!(trap.sprung().lines().count() > 1, "{}", trap.sprung());
}

#[test]
fn nor_where_the_configuration_is_in_another_place() {
    let keys = [
        "filter.x.clean",
        "filter.x.process",
        "core.fsmonitor",
        "gpg.program",
        "gpg.ssh.program",
        "gpg.ssh.defaultKeyCommand",
        "core.editor",
        "core.pager",
    ];
    let text = |trap: &Trap| -> String {
        let value = trap.program.display().to_string();
        keys.iter()
            .map(|key| setting(key, &value))
            .collect::<String>()
            + &setting("commit.gpgSign", "true")
    };
    let included = |trap: &Trap| {
        trap.checkout.write("more", &text(trap));
        trap.checkout.git(&["config", "include.path", "../more"]);
    };
    let conditional = |trap: &Trap| {
        trap.checkout.write("more", &text(trap));
        trap.checkout
            .git(&["config", "includeIf.onbranch:**.path", "../more"]);
    };
    let of_the_work_tree = |trap: &Trap| {
        trap.checkout
            .git(&["config", "extensions.worktreeConfig", "true"]);
        trap.checkout.write(".git/config.worktree", &text(trap));
    };
    let common = |trap: &Trap| {
        let at = |name: &str| trap.checkout.path().join(name);
        fs::create_dir(at("hidden")).unwrap();
        for name in ["objects", "refs", "logs"] {
            fs::rename(at(".git").join(name), at("hidden").join(name)).unwrap();
        }
        let own = trap.checkout.read(".git/config");
        trap.checkout.write("hidden/config", &(own + &text(trap)));
        trap.checkout.write(".git/config", "");
        trap.checkout.write(".git/commondir", "../hidden\n");
    };
    let places: [Place<'_>; 4] = [
        ("include", &included),
        ("includeIf", &conditional),
        ("config.worktree", &of_the_work_tree),
        ("commondir", &common),
    ];
    for (place, set) in places {
        for arguments in [&LAND[..], &["apply", "--yes"], &LAND[..4]] {
            let trap = Trap::new();
            set(&trap);
            trap.unsettle();
            trap.checkout.run(arguments).code(0);
            trap.assert_quiet(place);
        }
    }
}

#[test]
fn a_pipe_in_place_of_the_configuration_is_not_waited_for() {
    let trap = Trap::new();
    let config = trap.checkout.path().join(".git/config");
    fs::remove_file(&config).unwrap();
    let made = Command::new("mkfifo").arg(&config).status().unwrap();
    assert!(made.success());
    trap.checkout
        .run(&LAND)
        .code(2)
        .says("config is not a regular file");
}

#[test]
fn a_work_tree_elsewhere_is_not_written() {
    let trap = Trap::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let elsewhere = elsewhere.path().to_str().unwrap();
    trap.checkout.git(&["config", "core.worktree", elsewhere]);
    trap.checkout.run(&LAND).code(2).says("is elsewhere");
    assert_eq!(trap.checkout.read("main.tf"), ROLE);
}

/// Runs the program under strace; its outcome, and the programs that ran.
fn traced(
    directory: &Path,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> (Outcome, Vec<String>) {
    let log = tempfile::NamedTempFile::new().unwrap();
    let output = environment::command("strace")
        .args(["-f", "-qq", "-e", "trace=execve,execveat", "-o"])
        .arg(log.path())
        .arg(env!("CARGO_BIN_EXE_tfkeyless"))
        .args(arguments)
        .envs(variables.iter().copied())
        .current_dir(directory)
        .output()
        .expect("strace is installed");
    let log = fs::read_to_string(log.path()).unwrap();
    let ran = log
        .lines()
        .filter(|line| line.contains("exec") && line.ends_with("= 0"));
    let ran = ran.map(|line| line.split('"').nth(1).unwrap_or(line).to_owned());
    (Outcome::from(output), ran.collect())
}

#[track_caller]
fn assert_only_git(ran: &[String], of: &str) {
    assert!(!ran.is_empty());
    for program in ran {
        let name = Path::new(program).file_name().unwrap();
        assert!(name == "git" || name == "tfkeyless", "{of}: {program}");
    }
}

#[test]
#[ignore = "needs strace"]
fn nothing_but_git_runs() {
    let trap = Trap::new();
    let keys = trap.keys();
    trap.set(keys.iter().map(String::as_str), "");
    trap.set_hooks();
    trap.run_all(&|arguments, variables| {
        trap.unsettle();
        let (outcome, ran) = traced(trap.checkout.path(), arguments, variables);
        assert_only_git(&ran, &format!("{arguments:?}"));
        outcome
    });
}

#[test]
#[ignore = "needs strace, and minutes: each key alone"]
fn nothing_but_git_runs_for_each_key() {
    let keys = Trap::new().keys();
    for key in &keys {
        for prefix in ["", "!"] {
            let trap = Trap::new();
            trap.set([key.as_str()], prefix);
            trap.unsettle();
            let (outcome, ran) = traced(trap.checkout.path(), &LAND, &[]);
            assert_only_git(&ran, key);
            trap.assert_quiet(key);
            outcome.code(0);
        }
    }
}
