//! The identity of a backend is the same before and after a plan, for every command that initializes
//! it: settings of the block, of files and of commands are generated, and merged here as Terraform does.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;

use crate::support::{CONFIG, Tree, reviewed};

/// Settings by name, in the syntax of their values.
type Settings = BTreeMap<String, String>;

const NAMES: [&str; 2] = ["one.hcl", "two.conf"];

fn setting() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    prop_oneof![
        3 => Just(vec![("key", "\"k\"")]),
        5 => Just(vec![("bucket", "\"b\"")]),
        2 => Just(vec![("access_key", "\"AKIA\""), ("secret_key", "\"s\"")]),
        1 => Just(vec![("profile", "\"shared\"")]),
        1 => Just(vec![("profile", "\"other\"")]),
        1 => Just(vec![("role_arn", "\"r\"")]),
        1 => Just(vec![("assume_role", "{ role_arn = \"r\" }")]),
    ]
}

fn settings() -> impl Strategy<Value = Settings> {
    prop::collection::vec(setting(), 0..4).prop_map(|all| {
        let all = all.into_iter().flatten();
        all.map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    })
}

/// What an init names: files by their number, and perhaps a role.
fn command() -> impl Strategy<Value = (Vec<usize>, bool)> {
    let files = prop_oneof![
        Just(vec![]),
        Just(vec![0]),
        Just(vec![1]),
        Just(vec![0, 1]),
        Just(vec![1, 0]),
    ];
    (files, prop::bool::weighted(0.1))
}

fn text(settings: &Settings, indent: &str) -> String {
    let lines = settings.iter();
    lines
        .map(|(name, value)| format!("{indent}{name} = {value}\n"))
        .collect()
}

/// The settings in a text of one on each line, or of objects of lines.
fn read(text: &str) -> Settings {
    let mut found = Settings::new();
    let mut open: Option<String> = None;
    for line in text.lines().map(str::trim) {
        if line == "}" {
            open = None;
            continue;
        }
        let Some((name, value)) = line.split_once('=') else {
            continue;
        };
        let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
        match (&open, value.as_str()) {
            (None, "{") => open = Some(name),
            (Some(object), _) => {
                found.insert(object.clone(), format!("{{ {name} = {value} }}"));
            }
            (None, _) => {
                found.insert(name, value);
            }
        }
    }
    found.remove("required_version");
    found
}

/// The role and the account of the credentials beneath it.
fn identity(settings: &Settings, is_after: bool) -> (bool, &'static str) {
    let has = |name: &str| settings.contains_key(name);
    let base = match settings.get("profile").map(String::as_str) {
        _ if has("access_key") => "shared",
        Some("\"shared\"") => "shared",
        Some(_) => "other",
        // The keys' account, and then that of whoever is signed in.
        None if is_after => "ambient",
        None => "shared",
    };
    (has("assume_role"), base)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_backend_whose_settings_change_is_of_the_same_account_for_every_command(
        blocks in [settings(), settings()],
        files in [settings(), settings()],
        commands in [command(), command(), command()],
    ) {
        let texts: BTreeMap<String, String> = texts(&blocks, &files, &commands);
        let tree = Tree::new(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        let plan = tree.plan(CONFIG, reviewed()).unwrap();
        let after = tree.with(&plan);
        for (number, (named, role)) in commands.iter().enumerate() {
            let root = number % 2;
            let merged = |texts: &dyn Fn(&str) -> String| {
                let mut all = read(&texts(&format!("{root}/main.tf")));
                for file in named {
                    all.extend(read(&texts(NAMES[*file])));
                }
                if *role {
                    all.insert("role_arn".to_owned(), "\"r\"".to_owned());
                }
                // Both forms are the same role.
                if let Some(role) = all.remove("role_arn") {
                    all.insert("assume_role".to_owned(), format!("{{ role_arn = {role} }}"));
                }
                all
            };
            let before = merged(&|path| texts[path].clone());
            let after = merged(&|path| after.0[Path::new(path)].clone());
            // Without a bucket there is no init (Terraform docs, "S3 backend").
            if before != after && before.contains_key("bucket") {
                prop_assert_eq!(
                    identity(&before, false),
                    identity(&after, true),
                    "{:?} became {:?}", before, after
                );
            }
        }
    }
}

/// Two root modules, two files beside them, and a workflow with the commands in turn.
fn texts(
    blocks: &[Settings; 2],
    files: &[Settings; 2],
    commands: &[(Vec<usize>, bool); 3],
) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for (number, block) in blocks.iter().enumerate() {
        let text = format!(
            "terraform {{\n  required_version = \">= 1.7\"\n  backend \"s3\" {{\n{}  }}\n}}\n",
            text(block, "    ")
        );
        texts.insert(format!("{number}/main.tf"), text);
    }
    for (name, file) in NAMES.iter().zip(files) {
        texts.insert((*name).to_owned(), text(file, ""));
    }
    let lines = commands.iter().enumerate().map(|(number, (files, role))| {
        let files = files
            .iter()
            .map(|file| format!(" -backend-config=../{}", NAMES[*file]));
        let role = if *role {
            " -backend-config=role_arn=r"
        } else {
            ""
        };
        let files: String = files.collect();
        format!(
            "      - run: terraform -chdir={} init{files}{role}\n",
            number % 2
        )
    });
    let lines: String = lines.collect();
    let workflow =
        format!("on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n{lines}");
    texts.insert(".github/workflows/ci.yml".to_owned(), workflow);
    texts
}

#[test]
fn a_generated_plan_changes_something_now_and_then() {
    let keyed: Settings = [
        ("bucket", "\"b\""),
        ("access_key", "\"AKIA\""),
        ("secret_key", "\"s\""),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let none = Settings::new();
    let commands = [(vec![0], false), (vec![0], false), (vec![0], false)];
    let texts = texts(&[none.clone(), none.clone()], &[keyed, none], &commands);
    let tree = Tree::new(
        texts
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str())),
    );
    let plan = tree.plan(CONFIG, reviewed()).unwrap();
    let after = &tree.with(&plan).0[Path::new("one.hcl")];
    assert_eq!(after, "bucket = \"b\"\nprofile    = \"shared\"\n");
    assert_eq!(identity(&read(after), true), (false, "shared"));
}
