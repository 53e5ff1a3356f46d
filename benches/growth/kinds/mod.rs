//! The things of which a repository may have many.

mod blocks;
mod calls;
mod modules;
mod providers;
mod scripts;
mod settings;
mod systems;
mod terragrunt;
mod texts;
mod workflows;
mod yaml;

/// The text of a symbolic link: this before its target.
pub const LINK: &str = "link to ";

/// Paths and texts.
pub type Files = Vec<(String, String)>;

/// One thing of which a repository has many.
pub struct Kind {
    pub name: &'static str,
    /// How many the smallest tree has.
    pub size: usize,
    /// A tree with so many.
    pub files: fn(usize) -> Files,
}

const CONFIGURATION: &str = "\
state_profile = \"dev\"
account \"dev\" {
  id = \"111111111111\"
}
account \"live\" {
  id = \"222222222222\"
}
keys \"AWS_ACCESS_KEY_ID\" {
  account = \"dev\"
}
ci {
  role = \"arn:aws:iam::{id}:role/ci\"
}
upgrade {
  aws_provider = \"~> 5.0\"
}
";

const ROOT: &str = "\
terraform {
  required_providers {
    aws = {
      source  = \"hashicorp/aws\"
      version = \"~> 4.0\"
    }
  }
  backend \"s3\" {
    bucket = \"states\"
    key    = \"state\"
    region = \"eu-west-1\"
  }
}
provider \"aws\" {
  region = \"eu-west-1\"
  assume_role {
    role_arn = \"arn:aws:iam::222222222222:role/deploy\"
  }
}
";

const KEYS: &str = concat!(
    "    env:\n",
    "      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n",
    "      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n",
);

const APPLY: &str = "      - run: terraform apply\n";

/// So many times a text in which `#` is the number, from 0.
fn times(size: usize, text: &str) -> String {
    let mut all = String::new();
    for number in 0..size {
        all += &text.replace('#', &number.to_string());
    }
    all
}

fn files(all: impl IntoIterator<Item = (&'static str, String)>) -> Files {
    let own = all.into_iter().map(|(path, text)| (path.to_owned(), text));
    let configuration = ("tfkeyless.hcl".to_owned(), CONFIGURATION.to_owned());
    std::iter::once(configuration).chain(own).collect()
}

/// A root module with more in its only file.
fn root(more: String) -> Files {
    files([("main.tf", [ROOT.to_owned(), more].concat())])
}

/// A root module, and more files: so many, with `#` in their path and text.
fn many(size: usize, path: &str, text: &str) -> Files {
    let mut all = root(String::new());
    all.extend((0..size).map(|it| {
        let number = it.to_string();
        (path.replace('#', &number), text.replace('#', &number))
    }));
    all
}

/// A root module and a workflow.
fn workflow(text: String) -> Files {
    files([
        ("main.tf", ROOT.to_owned()),
        (".github/workflows/deploy.yml", text),
    ])
}

/// One job with these entries above its steps, and these steps.
fn job(entries: &str, steps: &str) -> Files {
    workflow(format!(
        "on: push\njobs:\n  apply:\n    runs-on: ubuntu-latest\n{entries}    steps:\n      - uses: actions/checkout@v4\n{steps}"
    ))
}

/// A job with keys whose `run:` has these lines.
fn script(lines: &str) -> Files {
    let lines = lines.lines().map(|line| format!("          {line}\n"));
    job(
        KEYS,
        &format!("      - run: |\n{}", lines.collect::<String>()),
    )
}

/// What a step calls, and the files of that.
fn called(command: &str, more: Vec<(&'static str, String)>) -> Files {
    let mut all = job(KEYS, &format!("      - run: {command}\n"));
    all.extend(more.into_iter().map(|(path, text)| (path.to_owned(), text)));
    all
}

fn keyed_job(name: &str, more: &str) -> String {
    format!(
        "  {name}:\n    runs-on: ubuntu-latest\n{more}{KEYS}    steps:\n      - uses: actions/checkout@v4\n{APPLY}"
    )
}

/// `configuration` with more blocks.
fn configured(more: String) -> Files {
    let mut all = job(KEYS, APPLY);
    let own = std::mem::take(&mut all[0].1);
    all[0].1 = [own, more].concat();
    all
}

const fn kind(name: &'static str, size: usize, files: fn(usize) -> Files) -> Kind {
    Kind { name, size, files }
}

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Kind> {
    let all = [
        blocks::KINDS,
        providers::KINDS,
        modules::KINDS,
        texts::KINDS,
        terragrunt::KINDS,
        workflows::KINDS,
        calls::KINDS,
        yaml::KINDS,
        scripts::KINDS,
        systems::KINDS,
        settings::KINDS,
    ];
    all.into_iter().flatten()
}
