//! `package.json`: what npm, pnpm, yarn and bun run by the name of a script.

use syntax::yaml::Yaml;

use super::{TaskScript, TaskScripts};

/// A call of a package manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageCall {
    /// The directory of the package, where an option names it.
    pub directory: Option<String>,
    /// The script's name and its arguments.
    pub words: Vec<String>,
    /// Whether it may also be a program of the package: `yarn cdk deploy`.
    pub may_be_program: bool,
    /// Whether it is a command of the manager that runs the scripts named after it, where there are any.
    pub is_own: bool,
}

/// The scripts around the installation of all packages.
const INSTALLING: [&str; 4] = ["preinstall", "install", "postinstall", "prepare"];

/// Commands of the managers with scripts around them, and those scripts ("Life Cycle Scripts").
const AROUND: [(&str, &[&str]); 5] = [
    ("ci", &INSTALLING),
    ("i", &INSTALLING),
    ("install", &INSTALLING),
    (
        "publish",
        &[
            "prepublishOnly",
            "prepack",
            "postpack",
            "publish",
            "postpublish",
        ],
    ),
    ("version", &["preversion", "version", "postversion"]),
];

/// Commands of the managers that run no script by its name.
const OWN: [&str; 34] = [
    "add",
    "audit",
    "bin",
    "cache",
    "ci",
    "config",
    "create",
    "dedupe",
    "doctor",
    "i",
    "import",
    "info",
    "init",
    "install",
    "link",
    "list",
    "login",
    "ls",
    "outdated",
    "pack",
    "plugin",
    "prune",
    "publish",
    "rebuild",
    "remove",
    "root",
    "set",
    "store",
    "uninstall",
    "up",
    "update",
    "upgrade",
    "version",
    "why",
];

impl PackageCall {
    /// The call that these words are; `None` where they run no script.
    pub fn of(manager: &str, arguments: &[String]) -> Option<Self> {
        let mut directory = None;
        let mut words = arguments.iter();
        let first = loop {
            let word = words.next()?;
            match word.as_str() {
                "--prefix" | "-C" | "--cwd" | "--dir" => directory = words.next().cloned(),
                "-w" | "--workspace" | "--filter" | "-F" => drop(words.next()),
                "workspace" if manager == "yarn" => drop(words.next()),
                _ if word.starts_with('-') => {
                    let value = word.split_once('=');
                    let named = value.filter(|(name, _)| matches!(*name, "--prefix" | "--cwd"));
                    directory = named.map(|(_, value)| value.to_owned()).or(directory);
                }
                word => break word.to_owned(),
            }
        };
        let rest: Vec<String> = words.filter(|word| *word != "--").cloned().collect();
        let run = matches!(first.as_str(), "run" | "run-script");
        let is_script = matches!(first.as_str(), "test" | "start" | "stop" | "restart" | "t");
        let words = match run {
            true => rest,
            false => [vec![first.clone()], rest].concat(),
        };
        let may_be_program = manager != "npm" && !run;
        let around = AROUND.iter().find(|(name, _)| *name == first);
        // One package, or without the scripts.
        let is_without = || {
            let mut others = words[1..].iter();
            others.any(|it| it == "--ignore-scripts" || !it.starts_with('-'))
        };
        let is_own =
            around.is_some_and(|(_, names)| !run && (*names != INSTALLING || !is_without()));
        let is_own_other = OWN.contains(&first.as_str());
        let is_call = run || is_script || is_own || may_be_program && !is_own_other;
        (is_call && !words.is_empty()).then_some(Self {
            directory,
            words,
            may_be_program: may_be_program && !is_own,
            is_own,
        })
    }

    /// What it runs; `None` where the file has no such script.
    pub fn run(&self, text: &str) -> TaskScripts {
        let yaml = Yaml::parse(text).ok()?;
        let (name, arguments) = self.words.split_first()?;
        if self.is_own {
            let scripts = yaml.root().get("scripts");
            let around = AROUND.iter().find(|(own, _)| own == name);
            let names = around.map(|(_, names)| names.iter()).into_iter().flatten();
            let all = names.filter_map(|name| scripts?.get(name)?.as_str());
            return Some(all.map(|it| TaskScript::new(it.to_owned())).collect());
        }
        let scripts = yaml.root().get("scripts")?;
        let own = scripts.get(name)?.as_str()?;
        let around = |prefix: &str| scripts.get(&format!("{prefix}{name}"))?.as_str();
        let own = [&[own.to_owned()], arguments].concat().join(" ");
        let all = around("pre").map(str::to_owned).into_iter().chain([own]);
        let all = all.chain(around("post").map(str::to_owned));
        Some(all.map(TaskScript::new).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "{\n  \"scripts\": { \"predeploy\": \"tsc\", \"deploy\": \"cdk deploy\", \"test\": \"jest\", \"postversion\": \"git push\", \"preinstall\": \"aws codeartifact login\", \"prepare\": \"husky\" }\n}";

    #[test]
    fn a_call_runs_the_script_of_its_name() {
        for (call, expected) in [
            ("npm run deploy", Some("tsc; cdk deploy")),
            ("npm run deploy -- --all", Some("tsc; cdk deploy --all")),
            ("npm test", Some("jest")),
            ("yarn deploy", Some("tsc; cdk deploy")),
            ("pnpm --filter x run deploy", Some("tsc; cdk deploy")),
            ("npm run other", None),
            ("npm version patch", Some("git push")),
            ("yarn version", Some("git push")),
            ("npm publish", Some("")),
            ("npm ci", Some("aws codeartifact login; husky")),
            (
                "yarn install --frozen-lockfile",
                Some("aws codeartifact login; husky"),
            ),
            ("pnpm i", Some("aws codeartifact login; husky")),
        ] {
            let words: Vec<String> = call.split(' ').map(str::to_owned).collect();
            let call = PackageCall::of(&words[0], &words[1..]).unwrap();
            let found = call.run(FILE);
            let found = found.map(|all| {
                let scripts: Vec<String> = all.into_iter().map(|it| it.script).collect();
                scripts.join("; ")
            });
            assert_eq!(found.as_deref(), expected, "{words:?}");
        }
        for call in [
            "npm ci --ignore-scripts",
            "npm install x",
            "yarn add x",
            "npm deploy",
        ] {
            let words: Vec<String> = call.split(' ').map(str::to_owned).collect();
            assert_eq!(PackageCall::of(&words[0], &words[1..]), None, "{call}");
        }
        let words = ["--prefix", "app", "run", "x"].map(str::to_owned);
        let call = PackageCall::of("npm", &words).unwrap();
        assert_eq!(call.directory.as_deref(), Some("app"));
    }
}
