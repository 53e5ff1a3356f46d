//! The program on a pseudo-terminal, with what somebody types.

use std::io::Write as _;
use std::process::Stdio;

use super::checkout::Checkout;
use super::environment;

/// A pseudo-terminal in a checkout.
pub struct Terminal<'c> {
    checkout: &'c Checkout,
    typed: Vec<u8>,
    variables: Vec<(String, String)>,
    is_echoed: bool,
}

impl<'c> Terminal<'c> {
    pub fn new(checkout: &'c Checkout) -> Self {
        Self {
            checkout,
            typed: Vec::new(),
            variables: Vec::new(),
            is_echoed: true,
        }
    }

    /// Types these, each with the return key behind it.
    pub fn answers(mut self, answers: &[&str]) -> Self {
        for answer in answers {
            self.typed.extend(answer.bytes().chain([b'\n']));
        }
        self
    }

    /// Types these bytes.
    pub fn typing(mut self, bytes: &[u8]) -> Self {
        self.typed.extend(bytes);
        self
    }

    /// Keeps what is typed from the screen, where it would stand before the questions.
    pub fn without_echo(mut self) -> Self {
        self.is_echoed = false;
        self
    }

    /// Sets a variable of the environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What stands on the screen in the end, without colours.
    pub fn run(self, arguments: &str) -> String {
        self.coloured("never", arguments)
    }

    /// What stands on the screen in the end, with colours as asked for.
    pub fn coloured(self, when: &str, arguments: &str) -> String {
        let program = format!(
            "{} --color {when} {arguments}",
            env!("CARGO_BIN_EXE_tfkeyless")
        );
        let mut script = environment::command("script");
        let echo = if self.is_echoed { "always" } else { "never" };
        script
            .args(["--quiet", "--return", "--echo", echo])
            .args(["--command", &program, "/dev/null"])
            .current_dir(self.checkout.path())
            .env("TERM", "xterm")
            .env("PAGER", "cat")
            .env("COLUMNS", "120")
            .env("HOME", self.checkout.path())
            .envs(self.variables)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = script.spawn().expect("util-linux's script is installed");
        // Behind the last answer is the end: whoever asks for more fails and does not wait.
        let mut input = child.stdin.take().unwrap();
        input.write_all(&self.typed).unwrap();
        drop(input);
        let output = child.wait_with_output().unwrap();
        // What is typed is echoed, whatever it is.
        String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n")
    }
}
