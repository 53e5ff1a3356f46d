//! Who acts in another account after a change, by an evaluation that shares no code with the engine.

mod jobs;

use std::collections::BTreeMap;
use std::fmt;

use super::account::{Account, Demands, Difference};
use super::answers::{Answers, RunnerAnswer};
use super::modules::{Credentials, Reading, RootModule, root_modules};
use super::runners::{Runner, runners};
use crate::support::Tree;

/// An identity of a run that a change does not keep.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Who, and which identity.
    pub who: String,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// It acts elsewhere, or may.
    Moves(Difference),
    /// It had that account and has no credentials any more.
    Ends(Account),
    /// Its guard allows another account alone.
    Guarded(Account, String),
}

impl Violation {
    /// Both accounts are known.
    pub fn is_certain(&self) -> bool {
        matches!(&self.what, What::Moves(difference) if difference.is_certain())
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = &self.who;
        match &self.what {
            What::Moves(Difference { before, after }) => write!(f, "{who}: {before} -> {after}"),
            What::Ends(before) => write!(f, "{who}: {before} -> no credentials"),
            What::Guarded(before, id) => write!(f, "{who}: {before}, and only {id} is allowed"),
        }
    }
}

/// Two states of a repository, and what was found.
pub struct Comparison<'t> {
    answers: Answers,
    before: BTreeMap<String, RootModule>,
    after: BTreeMap<String, RootModule>,
    /// Names of variables that are read before: what is in them is not free.
    taken: Vec<String>,
    /// `gh variable set` commands: the name, and the environment where one is named.
    set: Vec<(String, String)>,
    demands: Demands,
    found: Vec<Violation>,
    trees: (&'t Tree, &'t Tree),
}

/// What changes from one state of a repository to the next, whose next steps are these commands, however it is read.
pub fn violations(
    config: &str,
    before: &Tree,
    after: &Tree,
    commands: &[String],
) -> Vec<Violation> {
    let mut found = Vec::new();
    for reading in Reading::all() {
        found.extend(in_reading(reading, config, (before, after), commands));
    }
    found.sort();
    found.dedup();
    found
}

fn in_reading(
    reading: Reading,
    config: &str,
    (before, after): (&Tree, &Tree),
    commands: &[String],
) -> Vec<Violation> {
    let texts = before.0.values();
    let taken = texts
        .flat_map(|text| text.split("vars.").skip(1))
        .map(|rest| {
            let end = rest
                .find(|it: char| !it.is_alphanumeric() && it != '_')
                .unwrap_or(rest.len());
            rest[..end].to_ascii_uppercase()
        });
    let mut comparison = Comparison {
        answers: Answers::read(config),
        before: root_modules(before, reading),
        after: root_modules(after, reading),
        taken: taken.collect(),
        set: commands.iter().filter_map(|it| variable_set(it)).collect(),
        demands: Demands::default(),
        found: Vec::new(),
        trees: (before, after),
    };
    comparison.guards();
    comparison.laptop();
    comparison.other_runners();
    comparison.jobs();
    comparison.found
}

/// The name and the environment of `gh variable set NAME --env ENVIRONMENT`.
fn variable_set(command: &str) -> Option<(String, String)> {
    let rest = command.trim().strip_prefix("gh variable set ")?;
    let mut words = rest.split_whitespace();
    let name = words.next()?.to_ascii_uppercase();
    let environment = words
        .skip_while(|word| *word != "--env")
        .nth(1)
        .unwrap_or_default();
    Some((name, environment.to_owned()))
}

impl Comparison<'_> {
    fn moves(&mut self, who: String, before: &Account, after: &Account) {
        let before = self.answers.known(before.clone());
        // A new variable holds what it has to, whatever the answers say of those that are there.
        let is_free = match after {
            Account::Laptop(_) => true,
            Account::Variable(name, _) => !self.taken.contains(name),
            _ => false,
        };
        let after = match is_free {
            true => after.clone(),
            false => self.answers.known(after.clone()),
        };
        if let Some(difference) = self.demands.equal(&before, &after, is_free) {
            let what = What::Moves(difference);
            self.found.push(Violation { who, what });
        }
    }

    fn ends(&mut self, who: String, before: &Account) {
        let what = What::Ends(before.clone());
        self.found.push(Violation { who, what });
    }

    /// A guard names the account that its provider had, where that is known.
    fn guards(&mut self) {
        for (directory, root) in &self.after {
            for (name, id) in &root.guards {
                let before = self
                    .before
                    .get(directory)
                    .and_then(|it| it.identities.get(name));
                let account = match before {
                    Some(Credentials::Role(account)) => account.clone(),
                    Some(Credentials::Profile(profile)) => self.answers.profile(profile),
                    _ => continue,
                };
                // The expression that chose the role's account allows that alone.
                let is_own = id.starts_with("var.") && account.to_string().contains(id.as_str());
                if account != Account::Id(id.clone()) && !is_own {
                    let what = What::Guarded(account, id.clone());
                    self.found.push(Violation {
                        who: format!("{name} of {directory}"),
                        what,
                    });
                }
            }
        }
    }

    /// Before, a laptop has the static keys; after, the profile that the default provider needs.
    fn laptop(&mut self) {
        for (directory, before) in self.before.clone() {
            let after = self.after[&directory].clone();
            let keys = self.answers.laptop_keys();
            let profile = Account::Laptop(directory.clone());
            let mut names: Vec<&String> = before.identities.keys().collect();
            // The default provider decides which profile it is.
            names.sort_by_key(|name| *name != "aws");
            for name in names {
                let (was, is) = (&before.identities[name], after.identities.get(name));
                let is = is.unwrap_or(&Credentials::Ambient);
                if self.is_state_profile(name, is) || was == is && *was != Credentials::Ambient {
                    continue;
                }
                let was = self.account(was, &keys);
                let is = self.account(is, &profile);
                self.moves(format!("laptop: {name} of {directory}"), &was, &is);
            }
        }
    }

    fn account(&self, of: &Credentials, ambient: &Account) -> Account {
        match of {
            Credentials::Ambient => ambient.clone(),
            Credentials::Role(account) => account.clone(),
            // Who runs it knows whose.
            Credentials::Variable(name) => Account::Keys(format!("var.{name}"), String::new()),
            Credentials::Profile(profile) => self.answers.profile(profile),
        }
    }

    /// Whether a backend has the profile that the configuration gives the state: whose that is, the
    /// user said.
    fn is_state_profile(&self, name: &str, is: &Credentials) -> bool {
        let Credentials::Profile(profile) = is else {
            return false;
        };
        name == "backend" && self.answers.is_state_profile(profile)
    }

    fn other_runners(&mut self) {
        for runner in runners(self.trees.0, &self.before, &self.answers) {
            let all = self.before.keys().cloned().collect();
            for directory in runner.roots.clone().unwrap_or(all) {
                self.other_runner(&runner, &directory);
            }
        }
    }

    fn other_runner(&mut self, runner: &Runner, directory: &str) {
        let Some(before) = self.before.get(directory).cloned() else {
            return;
        };
        let after = self.after[directory].clone();
        let unknown = Account::Runner(runner.path.clone());
        let ambient = match &runner.account {
            RunnerAnswer::Account(account) => account.clone(),
            RunnerAnswer::OwnAccounts => self.account(before.default_provider(), &unknown),
            _ => return,
        };
        for (name, was) in &before.identities {
            let is = after.identities.get(name).unwrap_or(&Credentials::Ambient);
            let who = format!("{}: {name} of {directory}", runner.path);
            let was_in = self.account(was, &ambient);
            match is {
                _ if is == was => {}
                Credentials::Profile(_) if !runner.has_profiles => self.ends(who, &was_in),
                _ if self.is_state_profile(name, is) => {}
                _ => {
                    let is_in = self.account(is, &ambient);
                    self.moves(who, &was_in, &is_in);
                }
            }
        }
    }
}
