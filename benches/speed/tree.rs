//! Directories of Terraform files as repositories hold them: sizes, layout and shares of trigger
//! words are those measured on 25,289 public files. A writer always writes the same.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// Whether a tree still needs the migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Most of what a transform looks at, it changes.
    Before,
    /// The same places, with nothing to change.
    After,
}

const BLOCKS: &str = include_str!("blocks.tf");
const VARIABLES: &str = include_str!("variables.tf");
const BEFORE: &str = include_str!("before.tf");
const AFTER: &str = include_str!("after.tf");

/// The configuration of a generated tree.
pub const CONFIGURATION: &str = include_str!("tfkeyless.hcl");
const LOCK_NAME: &str = ".terraform.lock.hcl";
const LOCK: &str = include_str!("lock.hcl");

/// What things are called.
pub const WORDS: [&str; 20] = [
    "billing", "search", "orders", "gateway", "media", "reports", "mail", "ledger", "cache",
    "queue", "catalog", "metrics", "login", "archive", "worker", "events", "images", "pricing",
    "audit", "stock",
];

/// Files that a directory may have beside `main.tf`, `variables.tf` and `outputs.tf`.
const OTHERS: [&str; 9] = [
    "alarms.tf",
    "data.tf",
    "dns.tf",
    "iam.tf",
    "lambda.tf",
    "locals.tf",
    "network.tf",
    "queue.tf",
    "storage.tf",
];

/// A share of all files, paid out as soon as a whole file is owed and there is a place for it.
struct Share {
    rate: f64,
    owed: f64,
}

impl Share {
    const fn of(rate: f64) -> Self {
        Self { rate, owed: 0.5 }
    }

    fn take(&mut self) -> bool {
        let is_due = self.owed >= 1.0;
        if is_due {
            self.owed -= 1.0;
        }
        is_due
    }
}

/// Writes one directory after the other. Shares are those of all that one writer writes.
pub struct Writer {
    dice: Dice,
    state: State,
    blocks: Vec<&'static str>,
    variables: Vec<&'static str>,
    titled: BTreeMap<&'static str, &'static str>,
    required: Share,
    backend: Share,
    backend_word: Share,
    role: Share,
    bucket: Share,
    vpc: Share,
}

type Texts = BTreeMap<&'static str, String>;

impl Writer {
    /// A writer of trees in that state.
    pub fn new(state: State) -> Self {
        let titled = match state {
            State::Before => BEFORE,
            State::After => AFTER,
        };
        let untitled = |(_, block): (&'static str, &'static str)| block;
        Self {
            dice: Dice(0x2545_f491_4f6c_dd1d),
            state,
            blocks: sections(BLOCKS).map(untitled).collect(),
            variables: sections(VARIABLES).map(untitled).collect(),
            titled: sections(titled).collect(),
            required: Share::of(0.124),
            backend: Share::of(0.031),
            backend_word: Share::of(0.026),
            role: Share::of(0.032),
            bucket: Share::of(0.0004),
            vpc: Share::of(0.004),
        }
    }

    /// Writes a directory with at most `most` configuration files, and says how many it wrote.
    pub fn directory(&mut self, path: &Path, is_root: bool, most: usize) -> io::Result<usize> {
        let texts = self.texts(is_root, most);
        fs::create_dir_all(path)?;
        for (name, text) in &texts {
            fs::write(path.join(name), text)?;
        }
        Ok(texts.keys().filter(|name| **name != LOCK_NAME).count())
    }

    /// The files of one directory, at most `most` of them configuration.
    fn texts(&mut self, is_root: bool, most: usize) -> Texts {
        let mut texts = Texts::new();
        self.triggers(is_root, &mut texts);
        for name in ["main.tf", "variables.tf", "outputs.tf"] {
            texts.entry(name).or_default();
        }
        let count = 3 + self.dice.below(4) + self.dice.below(5);
        while texts.len() < count {
            let name = OTHERS[self.dice.below(OTHERS.len())];
            texts.entry(name).or_default();
        }
        while texts.len() > most {
            texts.pop_last();
        }
        for (name, text) in &mut texts {
            match *name {
                "backend.tf" | "providers.tf" | "versions.tf" => {}
                "variables.tf" | "outputs.tf" => self.fill(text, false),
                _ => self.fill(text, true),
            }
        }
        for share in [
            &mut self.required,
            &mut self.backend,
            &mut self.backend_word,
            &mut self.role,
            &mut self.bucket,
            &mut self.vpc,
        ] {
            share.owed += share.rate * f64::from(u32::try_from(texts.len()).unwrap_or(0));
        }
        if texts.contains_key("backend.tf") {
            let version = match self.state {
                State::Before => "4.67.0",
                State::After => "5.80.0",
            };
            texts.insert(LOCK_NAME, LOCK.replace("VERSION", version));
        }
        texts
    }

    /// What transforms look for.
    fn triggers(&mut self, is_root: bool, texts: &mut Texts) {
        if self.required.take() {
            let title = match is_root {
                true => "required in a root module",
                false => "required in a child module",
            };
            self.titled(title, texts.entry("versions.tf").or_default());
        }
        if self.backend_word.take() {
            let network = texts.entry("network.tf").or_default();
            *network += "locals {\n  backend_port = 8080\n}\n";
        }
        if self.dice.one_in(8) {
            let dns = texts.entry("dns.tf").or_default();
            *dns += "data \"aws_route53_zone\" \"this\" {\n  provider = aws.dns\n  name     = var.domain\n}\n";
        }
        if !is_root {
            if self.dice.one_in(8) {
                let call = "module \"part\" {\n  source = \"./part\"\n}\n";
                texts.entry("main.tf").or_default().push_str(call);
            }
            return;
        }
        if self.backend.take() {
            let shares_a_file = texts.contains_key("versions.tf") && self.dice.one_in(3);
            let name = if shares_a_file {
                "versions.tf"
            } else {
                "backend.tf"
            };
            self.titled("backend", texts.entry(name).or_default());
        }
        if self.role.take() {
            let titles = [
                "role",
                "role",
                "roles in one account",
                "roles in two accounts",
            ];
            let title = titles[self.dice.below(titles.len())];
            self.titled(title, texts.entry("providers.tf").or_default());
        }
        for _ in 0..=self.dice.below(3) {
            let word = self.dice.word();
            let call = format!(
                "module \"{word}\" {{\n  source = \"../../../modules/{word}\"\n\n  name = var.name\n}}\n"
            );
            push(texts.entry("main.tf").or_default(), &call);
        }
        if self.bucket.take() {
            self.titled("module in a bucket", texts.entry("main.tf").or_default());
        }
        if self.vpc.take() {
            self.titled("vpc", texts.entry("network.tf").or_default());
        }
    }

    fn titled(&mut self, title: &str, text: &mut String) {
        let block = self.titled[title];
        let block = individual(block, &mut self.dice);
        push(text, &block);
    }

    /// Adds blocks up to a size as files have it: mostly below 3 kB, a few up to 60 kB.
    fn fill(&mut self, text: &mut String, is_main: bool) {
        let common = 400 + self.dice.below(3_000);
        let size = match self.dice.below(1_000) {
            0..15 => 12_000 + self.dice.below(48_000),
            15..95 => 4 * common,
            _ => common,
        };
        while text.len() < size {
            let blocks = if is_main {
                &self.blocks
            } else {
                &self.variables
            };
            let block = blocks[self.dice.below(blocks.len())];
            let block = individual(block, &mut self.dice);
            push(text, &block);
        }
    }
}

/// A block with names and numbers of its own.
pub fn individual(block: &str, dice: &mut Dice) -> String {
    let word = dice.word();
    let name = format!("{word}_{}", dice.word());
    let number = (1 + dice.below(200)).to_string();
    block
        .replace("NAME", &name)
        .replace("WORD", word)
        .replace("NUMBER", &number)
}

/// Adds a block behind a blank line.
fn push(text: &mut String, block: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(block);
}

/// The parts of a file of blocks, each with the title of the line above it.
pub fn sections(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let parts = text.split("# ----").skip(1);
    parts
        .filter_map(|part| part.split_once('\n'))
        .map(|(title, block)| (title.trim(), block))
}

/// Numbers that look random and are the same on every run (xorshift).
pub struct Dice(pub u64);

impl Dice {
    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let number = usize::try_from(self.0 >> 33).unwrap_or(0);
        number % limit
    }

    /// One of the words.
    pub fn word(&mut self) -> &'static str {
        WORDS[self.below(WORDS.len())]
    }

    /// Whether one in `count` cases came up.
    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}
