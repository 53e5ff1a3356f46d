//! The questions of a proposal, each as a commented line that answers it.

use std::collections::{BTreeMap, BTreeSet};

use ci::settings::{Ci, RoleName, StateAccess};
use ci::systems::{Grade, SystemRunner};

use super::accounts::ProposedAccount;
use super::page::{Page, places, plain};
use super::questions::{Open, Questions};
use super::words::words;
use crate::settings::is_writable;

/// The accounts that answers may name, by label.
pub(super) struct Labels<'a>(BTreeSet<&'a str>);

impl<'a> Labels<'a> {
    /// The labels of the accounts that something acts in.
    pub fn of(accounts: &'a [ProposedAccount]) -> Self {
        let acting = accounts.iter().filter(|it| it.held_by.is_none());
        Self(acting.filter_map(|it| it.label.as_deref()).collect())
    }

    /// The account whose label is part of a name, else a gap.
    fn in_name(&self, name: &str) -> &str {
        let own = words(name);
        let mut labels = self.0.iter();
        let mut fitting = labels
            .by_ref()
            .filter(|label| words(label).iter().all(|word| own.contains(word)));
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => only,
            _ => "...",
        }
    }

    /// What may be filled in, as the end of a sentence.
    fn choice(&self) -> String {
        let labels: Vec<&str> = self.0.iter().copied().collect();
        match labels.is_empty() {
            true => String::new(),
            false => format!(" Known here: {}.", labels.join(", ")),
        }
    }
}

impl Page {
    /// The `ci` block: its role stands where the sign-ins of the repository tell it.
    pub fn role(&mut self, questions: &Questions, is_asked: bool) {
        let mut ci = Ci::default();
        if questions.locks_in_buckets {
            ci.state_access = StateAccess::Lockfile;
            self.comment(
                "How jobs reach the state: every root module with an S3 backend admits Terraform 1.10 \
                 and later only. With a lock in the bucket (`native_state_lock`) and a policy of the \
                 bucket, `state_access = \"lockfile\"`, they need no profile.",
            );
        }
        let rest = format!(
            "state_role    = \"{}\"\nstate_access  = \"{}\"\ndefault_token = \"{}\"",
            ci.state_role, ci.state_access, ci.default_token
        );
        let template = questions.template();
        let template = template.filter(|(role, _)| RoleName::parse(role).is_ok());
        if let Some((role, sign_ins)) = template.filter(|(_, it)| it.accounts.len() > 1) {
            self.comment(&format!(
                "The role that jobs assume, with `{{id}}` for the account: signed in to at {}.",
                places(&sign_ins.places)
            ));
            self.line(&format!("ci {{\n  role = \"{role}\""));
            for line in rest.lines() {
                self.line(&format!("  # {line}"));
            }
            self.line("}");
            return;
        }
        self.comment("The role that jobs assume, with `{id}` for the account, and the defaults:");
        if template.is_none() {
            for (role, sign_ins) in &questions.sign_ins {
                let role = role.rsplit(":role/").next().unwrap_or_default();
                let places = places(&sign_ins.places);
                self.item(&format!("role {} is signed in to at {places}", plain(role)));
            }
        }
        let role = match template {
            Some((role, sign_ins)) => {
                let places = places(&sign_ins.places);
                self.comment(&format!("One of this name is signed in to at {places}."));
                role
            }
            None => TEMPLATE,
        };
        let rest = rest.replace('\n', "\n  ");
        let block = format!("ci {{\n  role          = \"{role}\"\n  {rest}\n}}");
        match is_asked {
            true => self.fill_in(&block, "ci: the role that jobs assume".to_owned()),
            false => self.commented(&block),
        }
    }

    /// Whose the static keys of jobs are.
    pub fn keys(&mut self, questions: &Questions, labels: &Labels<'_>) {
        let what = "The account of the user whose static keys jobs have.";
        self.ask("keys", &questions.keys, what, labels);
        let what = "The account that the secrets and variables of an environment open.";
        self.ask("environment", &questions.environments, what, labels);
    }

    /// Whose the roles are that expressions name.
    pub fn roles(&mut self, questions: &Questions, labels: &Labels<'_>) {
        let what = "The account of the role that an expression stands for.";
        self.ask("role", &questions.roles, what, labels);
    }

    fn ask(&mut self, kind: &str, open: &Open, what: &str, labels: &Labels<'_>) {
        if open.is_empty() {
            return;
        }
        self.line("");
        self.comment(&format!("{what}{}", labels.choice()));
        for (name, at) in open {
            self.comment(&places(at));
            let (label, account) = (label(name), labels.in_name(name));
            self.fill_in(
                &format!("{kind} \"{label}\" {{ account = \"{account}\" }}"),
                format!("{kind} \"{label}\": its account"),
            );
        }
    }

    /// Whose credentials runners have beside laptops and GitHub's jobs.
    pub fn runners(&mut self, runners: &[SystemRunner], labels: &Labels<'_>) {
        // A pinned profile names its account.
        let open = runners.iter().filter(|runner| {
            let profile = runner.profile.as_deref();
            !profile.is_some_and(|profile| labels.0.contains(profile))
        });
        let mut by_name: BTreeMap<_, Vec<&SystemRunner>> = BTreeMap::new();
        for runner in open {
            let name = runner.at.path.file_name().unwrap_or_default();
            by_name
                .entry((runner.system, name))
                .or_default()
                .push(runner);
        }
        if by_name.is_empty() {
            return;
        }
        self.line("");
        self.comment(&format!(
            "The account of the credentials with which other systems run Terraform: \"*\" where each \
             root module gets those of its own account. Instead of it `terraform = false` where \
             nothing signs in to AWS.{}",
            labels.choice()
        ));
        let mut asked = BTreeSet::new();
        for ((system, _), runners) in by_name {
            let pattern = pattern(&runners);
            // Two systems may be read from one file.
            if !asked.insert(pattern.clone()) {
                continue;
            }
            let is_certain = runners.iter().any(|it| it.grade == Grade::Certain);
            let runs = if is_certain { "runs" } else { "may run" };
            // Surveys come in any order.
            let locations: BTreeSet<_> = runners.iter().map(|runner| &runner.at).collect();
            let places = places(locations);
            // Some are called "the Makefile".
            let system = capitalized(system);
            self.comment(&format!("{system} {runs} Terraform: {places}"));
            self.fill_in(
                &format!("runner \"{pattern}\" {{ account = \"...\" }}"),
                format!("runner \"{pattern}\": the account of its credentials"),
            );
        }
    }

    /// What no file tells: who else applies the root modules whose roles go.
    pub fn anything_else(&mut self, roles: &'static str) {
        self.line("");
        self.comment(
            "If a server, a schedule or a pipeline of another repository applies these root modules \
             too, with credentials of another account than theirs, keep their roles:",
        );
        self.fill_in(
            &format!("transform \"{roles}\" {{ enabled = false }}"),
            "whether anything else applies these root modules".to_owned(),
        );
    }
}

/// The role that is proposed where no sign-in tells a name.
const TEMPLATE: &str = "arn:aws:iam::{id}:role/github-ci";

/// The label of a block about runners whose files have one name.
fn pattern(runners: &[&SystemRunner]) -> String {
    let paths: BTreeSet<_> = runners.iter().map(|runner| &runner.at.path).collect();
    let path = paths.first().map(|path| label(&path.to_string_lossy()));
    let path = path.unwrap_or_default();
    match paths.len() {
        1 => path,
        _ => format!("**/{}", path.rsplit('/').next().unwrap_or_default()),
    }
}

fn capitalized(text: &str) -> String {
    let length = text.chars().next().map_or(0, char::len_utf8);
    text[..length].to_uppercase() + &text[length..]
}

/// A text of the repository as a label; a gap where it cannot be written without escapes.
fn label(text: &str) -> String {
    match is_writable(text) {
        true => text.to_owned(),
        false => "...".to_owned(),
    }
}
