//! A shell that is given lines, and notes what they start.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

/// The programs that commands start.
const PROGRAMS: [&str; 6] = ["aws", "gh", "git", "terraform", "terragrunt", "tfkeyless"];

/// An empty directory in which programs do nothing but note how they were called.
pub struct Sandbox {
    directory: tempfile::TempDir,
}

impl Sandbox {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        for name in ["bin", "empty", "home"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        for program in PROGRAMS.iter().chain(&["touch", "see"]) {
            let path = directory.path().join("bin").join(program);
            let stub = "#!/bin/sh\n{ printf '%s\\0' \"${0##*/}\" \"$@\"; printf '\\1\\0'; } >>\"$CALLS\"\n";
            fs::write(&path, stub).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { directory }
    }

    /// The programs that a shell starts which these lines are pasted into, with their arguments.
    fn pasted(&self, lines: &str, options: &[&str]) -> Vec<Vec<String>> {
        let (root, empty) = (self.directory.path(), self.directory.path().join("empty"));
        let calls = root.join("calls");
        let _ = fs::remove_file(&calls);
        let mut shell = Command::new("/bin/bash")
            .args(["--norc", "--noprofile"])
            .args(options)
            .current_dir(&empty)
            .env_clear()
            .env("PATH", root.join("bin"))
            .env("HOME", root.join("home"))
            .env("LC_ALL", "C.UTF-8")
            .env("CALLS", &calls)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("bash is installed");
        shell
            .stdin
            .take()
            .unwrap()
            .write_all(lines.as_bytes())
            .unwrap();
        shell.wait().unwrap();
        let left: Vec<_> = fs::read_dir(&empty).unwrap().collect();
        assert!(left.is_empty(), "{left:?} of:\n{lines}");
        let noted = fs::read(&calls).unwrap_or_default();
        let noted = String::from_utf8(noted).unwrap();
        let calls = noted.split_terminator("\u{1}\0");
        calls
            .map(|call| call.split_terminator('\0').map(str::to_owned).collect())
            .collect()
    }

    /// The same, by a script and by a person whose shell knows no comments and expands its history;
    /// what the first of them starts.
    #[track_caller]
    pub fn calls(&self, lines: &str) -> Vec<Vec<String>> {
        let calls = self.pasted(lines, &[]);
        let typed = self.pasted(lines, &["-i", "+O", "interactive_comments"]);
        for call in calls.iter().chain(&typed) {
            let is_meant = PROGRAMS.contains(&call[0].as_str()) || call[0] == "see";
            assert!(is_meant, "{call:?} of:\n{lines}");
        }
        calls
    }
}
