//! Generated names and texts on a pseudo-terminal: nothing of them reaches it that it would obey or a
//! reader not see, and nothing that a runner of GitHub would take for a command.
//!
//! `TFKEYLESS_NAMES=100000 cargo test --test integration terminal` is the long form.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;

use crate::support::checkout::Checkout;
use crate::support::environment;

/// Names and texts where no number is asked for.
const NAMES: usize = 450;

/// Names in one repository: five for each of its directories.
const TOGETHER: usize = 150;

/// What names are made of.
const PIECES: [&str; 48] = [
    "a",
    "b-c",
    "D",
    "é",
    "日",
    "❤\u{fe0f}",
    " ",
    "::set-output name=x::y",
    "::add-mask::y",
    "::error::z",
    "##[group]x",
    "##[add-mask]",
    "##vso[task]",
    "\n",
    "\n::stop-commands::t\n",
    "\r",
    "\r\n::debug::x",
    "\t",
    "\u{1b}[2J",
    "\u{1b}[35m",
    "\u{1b}]0;t\u{7}",
    "\u{1b}[7m",
    "\u{7}",
    "\u{8}",
    "\u{7f}",
    "\u{85}",
    "\u{9b}2J",
    "\u{9d}0;t\u{9c}",
    "\u{a0}",
    "\u{ad}",
    "\u{34f}",
    "\u{61c}",
    "\u{115f}",
    "\u{1160}",
    "\u{17b4}",
    "\u{180e}",
    "\u{200b}\u{200d}",
    "\u{2028}\u{2029}",
    "\u{202e}\u{202c}",
    "\u{2066}\u{2069}",
    "\u{2060}\u{206f}",
    "\u{3164}",
    "\u{fe0f}",
    "\u{feff}",
    "\u{ffa0}\u{fffa}",
    "\u{fffe}\u{ffff}",
    "\u{1d173}\u{1d17a}",
    "\u{e0041}\u{e01ef}",
];

/// Random numbers that are the same in every run (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap() % end
    }

    /// A name of up to five pieces.
    fn name(&mut self) -> String {
        let count = 1 + self.below(5);
        (0..count)
            .map(|_| PIECES[self.below(PIECES.len())])
            .collect()
    }
}

/// A string of HCL, JSON and YAML in double quotes.
fn string(text: &str) -> String {
    let json = Value::from(text).to_string().replace("${", "$${");
    let is_raw = |letter: char| {
        letter.is_control() || "\u{feff}\u{fffe}\u{ffff}\u{2028}\u{2029}".contains(letter)
    };
    json.chars()
        .map(|letter| match is_raw(letter) {
            true => format!("\\u{:04x}", u32::from(letter)),
            false => letter.to_string(),
        })
        .collect()
}

/// A text on one line of a file.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'], " ")
}

/// A repository with generated names of files, directories, jobs, secrets, environments, profiles,
/// buckets, aliases and modules, and generated comments.
fn world(numbers: &mut Numbers) -> Checkout {
    let checkout = Checkout::bare(&[(
        "tfkeyless.hcl",
        "state_profile = \"state\"\naccount \"live\" { id = \"222222222222\" }\n",
    )]);
    let mut jobs = String::new();
    for number in 0..TOGETHER / 5 {
        let mut name = || numbers.name();
        let directory = format!("{number}{}", name().replace('/', "_"));
        let (text, profile, comment, environment) = (name(), name(), one_line(&name()), name());
        let role = ["1", "x"][number % 2].repeat(12);
        let module = format!(
            "# {comment}\nterraform {{\n  backend \"s3\" {{\n    bucket = {}\n    key    = {} # {comment}\n  }}\n}}\nprovider \"aws\" {{ # {comment}\n  version = \"~> 4.0\"\n  assume_role {{\n    role_arn     = \"arn:aws:iam::{role}:role/x\"\n    session_name = {}\n  }}\n}}\nprovider \"aws\" {{\n  alias   = \"a{number}\"\n  profile = {}\n}}\nmodule {} {{\n  source = {}\n}}\n",
            string(&text),
            string(&text),
            string(&text),
            string(&profile),
            string(&text),
            string(&format!(
                "s3::https://s3.amazonaws.com/b{number}/{text}.zip"
            )),
        );
        checkout.write(&format!("{directory}/main.tf"), &module);
        let file = format!("{directory}/{}.tf", name().replace('/', "_"));
        checkout.write(&file, "provider \"aws\" {\n  alias = \"b\"\n  access_key = \"x\"\n  assume_role {\n    role_arn = var.r\n  }\n}\n");
        let context = [
            "secrets.KEY".to_owned(),
            format!("secrets['{}']", text.replace('\'', "")),
        ];
        jobs += &format!(
            "  {}:\n    runs-on: ubuntu-latest\n    environment: {}\n    steps:\n      - name: {}\n        uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: {}\n          aws-secret-access-key: ${{{{ secrets.SECRET }}}}\n          aws-region: eu-west-1\n      - run: {}\n",
            string(&format!("j{number}{text}")),
            string(&environment),
            string(&text),
            string(&format!("${{{{ {} }}}}", context[number % 2])).replace("$${", "${"),
            string(&format!("terraform -chdir='{directory}' apply # {comment}")),
        );
    }
    let workflow = format!("on: push\npermissions:\n  contents: read\njobs:\n{jobs}");
    checkout.write(".github/workflows/ci.yml", &workflow);
    let broken = format!("{}.tf.json", numbers.name().replace('/', "_"));
    checkout.write(&broken, "{\"provider\": {\"aws\": ");
    checkout.write(
        &format!("sh/{}", numbers.name().replace('/', "_")),
        "terraform apply\n",
    );
    checkout
}

/// What a terminal gets of a command, standard error and output together.
fn on_a_terminal(checkout: &Checkout, arguments: &str) -> Vec<u8> {
    let program = format!("{} {arguments}", env!("CARGO_BIN_EXE_tfkeyless"));
    let output = environment::command("script")
        .args(["--quiet", "--return", "--command", &program, "/dev/null"])
        .current_dir(checkout.path())
        .env("TERM", "xterm")
        .env("PAGER", "cat")
        .env("HOME", checkout.path())
        .env_remove("NO_COLOR")
        .stdin(Stdio::null())
        .output()
        .expect("util-linux's script is installed");
    output.stdout
}

/// The sequences that this program styles its own text by.
const STYLES: [&str; 12] = [
    "\u{1b}[0m",
    "\u{1b}[7m",
    "\u{1b}[1m",
    "\u{1b}[2m",
    "\u{1b}[31m",
    "\u{1b}[32m",
    "\u{1b}[33m",
    "\u{1b}[36m",
    "\u{1b}[91m",
    "\u{1b}[92m",
    "\u{1b}[94m",
    "\u{1b}[96m",
];

/// What a terminal gets, without styles and the carriage returns that the terminal itself adds.
fn text(output: &[u8]) -> String {
    let mut text = String::from_utf8(output.to_vec())
        .unwrap()
        .replace("\r\n", "\n");
    for style in STYLES {
        text = text.replace(style, "");
    }
    text
}

/// Whether a terminal would obey the character, or a reader not see it. Of its own words, for it is the
/// property: not those of the program.
fn is_unseen(letter: char) -> bool {
    let code = u32::from(letter);
    let ranges = [
        (0x00, 0x08),
        (0x0b, 0x1f),
        (0x7f, 0x9f),
        (0xad, 0xad),
        (0x34f, 0x34f),
        (0x61c, 0x61c),
        (0x115f, 0x1160),
        (0x17b4, 0x17b5),
        (0x180b, 0x180f),
        (0x200b, 0x200f),
        (0x2028, 0x202e),
        (0x2060, 0x206f),
        (0x3164, 0x3164),
        (0xfeff, 0xfeff),
        (0xffa0, 0xffa0),
        (0xfff9, 0xfffb),
        (0xfffe, 0xffff),
        (0x1d173, 0x1d17a),
        (0xe0000, 0xe0fff),
    ];
    ranges
        .iter()
        .any(|(from, to)| (*from..=*to).contains(&code))
}

/// Whether a line is one that `--format github` writes itself: its head, up to the text of a finding, is
/// of that form.
fn is_own_command(line: &str) -> bool {
    let head = line.split("::").nth(1).unwrap_or_default();
    let kinds = ["notice ", "warning ", "error "];
    let is_kind = kinds.iter().any(|kind| head.starts_with(kind));
    is_kind && head.contains("title=tfkeyless") && line.starts_with("::")
}

#[track_caller]
fn check(output: &[u8], is_github: bool, command: &str) {
    let text = text(output);
    assert!(!text.trim().is_empty(), "{command}");
    for line in text.split('\n') {
        if let Some(letter) = line.chars().find(|letter| is_unseen(*letter)) {
            panic!("{command}: U+{:04X} in {line:?}", u32::from(letter));
        }
        let is_command = line.trim_start().starts_with("::");
        assert!(
            !is_command || is_github && is_own_command(line),
            "{command}: {line:?}"
        );
        assert!(!line.contains("##["), "{command}: {line:?}");
    }
}

const COMMANDS: [&str; 16] = [
    "plan --no-pager --review --verbose",
    "plan --no-pager",
    "plan --format json",
    "plan --format jsonl",
    "plan --format sarif",
    "plan --format github",
    "plan --format markdown --review",
    "audit --verbose",
    "audit --format json",
    "audit --format github",
    "doctor",
    "doctor --format json",
    "init --print",
    "generate state-role",
    "generate oidc-role --plain --repository o/r",
    "apply --yes --review --verbose --no-pager",
];

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs util-linux's script")]
fn no_name_reaches_a_terminal_as_it_is_or_a_runner_as_a_command() {
    let asked = std::env::var("TFKEYLESS_NAMES").ok();
    let count = asked.map_or(NAMES, |asked| asked.parse().expect("a number of names"));
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for _ in 0..count.div_ceil(TOGETHER) {
        let checkout = world(&mut numbers);
        for command in COMMANDS {
            let output = on_a_terminal(&checkout, command);
            check(&output, command.contains("github"), command);
        }
        let refused = format!("account {} {{ id = \"1\" }}\n", string(&numbers.name()));
        checkout.write("tfkeyless.hcl", &refused);
        check(&on_a_terminal(&checkout, "plan"), false, "a configuration");
    }
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs util-linux's script")]
fn no_name_of_a_repository_reaches_a_ledger_or_an_index_as_it_is() {
    let mut numbers = Numbers(7);
    let parent = Checkout::without_git(&[]);
    let mut list = String::new();
    for number in 0..40 {
        let name = format!("{number}{}", one_line(&numbers.name()).replace('/', "_"));
        parent.write(
            &format!("{name}/main.tf"),
            "provider \"aws\" {\n  access_key = \"x\"\n",
        );
        parent.write(&format!("{name}/tfkeyless.hcl"), "");
        list += &format!("{name}\n");
    }
    parent.write("list", &list);
    let arguments = "plan --repos list --ledger ledger --out-dir out --verbose";
    let run = parent
        .run(&arguments.split(' ').collect::<Vec<_>>())
        .code(2);
    let read = |path: &str| fs::read(parent.path().join(path)).unwrap();
    let outputs = [
        run.stderr.into_bytes(),
        read("ledger"),
        read("out/index.json"),
    ];
    for output in outputs {
        check(&output, false, "many");
    }
    let named: Vec<PathBuf> = fs::read_dir(parent.path().join("out"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(named.len(), 1, "{named:?}");
}
