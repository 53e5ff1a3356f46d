//! Checked-out repositories as an organisation has them: most are small, seven in ten hold some
//! Terraform among other files, a few need the migration. The same call always writes the same.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::tree::{CONFIGURATION, Dice, State, Writer, individual, sections};

const FILES: &str = include_str!("files.txt");
const TEST: &str = include_str!("test.yml");
const DEPLOY: &str = include_str!("deploy.yml");
const VARIABLE_ROLE: &str = include_str!("variable_role.tf");

/// How many files a repository has, each as likely as the others.
const SIZES: [usize; 10] = [8, 12, 18, 25, 35, 50, 75, 110, 180, 350];
/// One in 500 is as large as this, and most of it is Terraform that needs the migration.
const LARGE: usize = 3_000;

/// Names and endings of other files, each as likely as the others; `png` holds no text.
const OTHERS: [&str; 24] = [
    "go", "go", "go", "go", "java", "java", "py", "py", "py", "ts", "ts", "ts", "json", "json",
    "json", "md", "md", "yaml", "yaml", "sh", "html", "sql", "png", "Makefile",
];

/// Writes `count` repositories below `parent`, and returns where the largest is.
pub fn write(parent: &Path, count: usize) -> io::Result<PathBuf> {
    let mut author = Author {
        dice: Dice(0x9e37_79b9_7f4a_7c15),
        before: Writer::new(State::Before),
        after: Writer::new(State::After),
        texts: sections(FILES).collect(),
    };
    let mut largest = (0, PathBuf::new());
    for number in 0..count {
        let root = parent.join(format!("{}-{number:04}", author.dice.word()));
        let size = match number % 500 {
            100 => LARGE,
            _ => SIZES[author.dice.below(SIZES.len())],
        };
        author.repository(&root, size)?;
        if size > largest.0 {
            largest = (size, root);
        }
    }
    Ok(largest.1)
}

struct Author {
    dice: Dice,
    before: Writer,
    after: Writer,
    texts: BTreeMap<&'static str, &'static str>,
}

impl Author {
    fn repository(&mut self, root: &Path, size: usize) -> io::Result<()> {
        git(&root.join(".git"))?;
        fs::write(root.join("tfkeyless.hcl"), CONFIGURATION)?;
        let is_large = size == LARGE;
        let terraform = match self.dice.below(10) {
            _ if is_large => size * 3 / 4,
            0..3 => 0,
            3..7 => size / 6,
            _ => size * 3 / 4,
        };
        // One in five with Terraform still needs the migration.
        let is_before = is_large || self.dice.one_in(5);
        self.terraform(&root.join("terraform"), terraform, is_before)?;
        if terraform > 0 && self.dice.one_in(6) {
            let directory = root.join("terraform/account");
            fs::create_dir_all(&directory)?;
            fs::write(directory.join("providers.tf"), VARIABLE_ROLE)?;
        }
        if !self.dice.one_in(3) {
            let workflows = root.join(".github/workflows");
            fs::create_dir_all(&workflows)?;
            fs::write(workflows.join("test.yml"), TEST)?;
            if terraform > 0 && is_before {
                fs::write(workflows.join("deploy.yml"), DEPLOY)?;
            }
        }
        fs::write(root.join("LICENSE"), self.text("LICENSE"))?;
        self.others(root, size - terraform)
    }

    /// Modules and what calls them, in turn.
    fn terraform(&mut self, root: &Path, files: usize, is_before: bool) -> io::Result<()> {
        let writer = match is_before {
            true => &mut self.before,
            false => &mut self.after,
        };
        let mut left = files;
        for number in 0.. {
            if left == 0 {
                break;
            }
            let name = self.dice.word();
            let (path, is_root) = match number % 3 {
                0 => (format!("envs/prod/{name}"), true),
                1 => (format!("envs/dev/{name}-{number}"), true),
                _ => (format!("modules/{name}-{number}"), false),
            };
            left -= writer.directory(&root.join(path), is_root, left)?;
        }
        Ok(())
    }

    /// What is no Terraform, about five files in a directory.
    fn others(&mut self, root: &Path, files: usize) -> io::Result<()> {
        let mut directory = root.to_path_buf();
        for number in 0..files {
            if number % 5 == 0 {
                directory = root.join(["src", "docs", "test", "lib"][self.dice.below(4)]);
                for _ in 0..self.dice.below(3) {
                    directory.push(self.dice.word());
                }
                fs::create_dir_all(&directory)?;
            }
            let ending = OTHERS[self.dice.below(OTHERS.len())];
            let name = match ending {
                "Makefile" => ending.to_owned(),
                _ => format!("{}_{number}.{ending}", self.dice.word()),
            };
            match ending {
                "png" => fs::write(directory.join(name), self.bytes())?,
                _ => fs::write(directory.join(name), self.text(ending))?,
            }
        }
        Ok(())
    }

    /// Sizes as repositories have them: half are below 1.5 kB, one in a hundred is above 60 kB.
    fn size(&mut self) -> usize {
        let common = 100 + self.dice.below(2_900);
        match self.dice.below(100) {
            0 => 60_000 + self.dice.below(180_000),
            1..12 => 8 * common,
            _ => common,
        }
    }

    fn text(&mut self, ending: &str) -> String {
        let size = self.size();
        let mut text = String::with_capacity(size);
        while text.len() < size {
            text += &individual(self.texts[ending], &mut self.dice);
        }
        text
    }

    fn bytes(&mut self) -> Vec<u8> {
        let byte = |_| u8::try_from(self.dice.below(256)).unwrap_or(0);
        (0..4 * 1024).map(byte).collect()
    }
}

/// What git needs to see to take a directory for a repository, and an object or two.
fn git(directory: &Path) -> io::Result<()> {
    for below in ["objects/pack", "refs/heads", "refs/tags"] {
        fs::create_dir_all(directory.join(below))?;
    }
    fs::write(directory.join("HEAD"), "ref: refs/heads/main\n")?;
    fs::write(directory.join("config"), "[core]\n\tbare = false\n")?;
    fs::write(
        directory.join("objects/pack/pack-1.pack"),
        vec![0; 32 * 1024],
    )
}
