//! The text of a proposal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::evidence::{Backend, Evidence};
use super::jobs::Jobs;
use super::{Proposal, Proposed};
use crate::model::finding::Location;
use crate::model::settings::{Ci, Upgrade};

/// Columns of comments.
const WIDTH: usize = 100;

/// Places that are named; the others are counted.
const PLACES: usize = 3;

/// Writes what the evidence comes to.
pub(super) fn write(evidence: &Evidence, accounts: &[Proposed], jobs: &Jobs) -> Proposal {
    let mut page = Page::default();
    page.comment(
        "Proposed by `tfkeyless init`. What is not commented out was read at the places named; a \
         line that is waits for what only you know. Then look: `tfkeyless plan`.",
    );
    page.state(evidence, accounts);
    page.accounts(evidence, accounts);
    page.sso(evidence, accounts);
    page.modules(evidence);
    page.ci(jobs);
    page.upgrade(evidence);
    Proposal {
        text: page.text,
        found: page.found,
        open: page.open,
    }
}

#[derive(Default)]
struct Page {
    text: String,
    found: Vec<String>,
    open: Vec<(usize, String)>,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text += line;
        self.text += "\n";
    }

    /// A comment, broken into lines.
    fn comment(&mut self, text: &str) {
        let mut line = "#".to_owned();
        for word in text.split(' ') {
            if line.chars().count() + 1 + word.chars().count() > WIDTH && line != "#" {
                self.line(&line);
                "#".clone_into(&mut line);
            }
            line += " ";
            line += word;
        }
        self.line(&line);
    }

    /// Commented lines for the user to fill in.
    fn fill_in(&mut self, lines: &str, what: String) {
        let number = 1 + self.text.lines().count();
        self.open.push((number, what));
        self.commented(lines);
    }

    fn commented(&mut self, lines: &str) {
        for line in lines.lines() {
            self.line(&format!("# {line}"));
        }
    }

    fn state(&mut self, evidence: &Evidence, accounts: &[Proposed]) {
        if evidence.backends.is_empty() {
            return;
        }
        let buckets = by_bucket(&evidence.backends);
        let known: Vec<&str> = buckets.keys().filter_map(|bucket| *bucket).collect();
        self.found.push(match known.as_slice() {
            [] => format!(
                "state in S3 ({})",
                counted(evidence.backends.len(), "backend")
            ),
            [only] => format!("the state bucket {}", plain(only)),
            all => format!("{} state buckets", all.len()),
        });
        self.line("");
        self.comment("State: the AWS profile of the account that holds it, which backends get.");
        for (bucket, backends) in &buckets {
            let places = places(backends.iter().map(|backend| &backend.at));
            let bucket = match bucket {
                Some(bucket) => format!("bucket {}", plain(bucket)),
                None => "a bucket that the code does not name".to_owned(),
            };
            let profiles = profiles(backends, accounts);
            let with = match profiles.into_iter().collect::<Vec<_>>().as_slice() {
                [] => String::new(),
                all => format!(", profile {}", all.join(", ")),
            };
            self.comment(&format!("  {bucket}{with}: {places}"));
        }
        let all: BTreeSet<String> =
            profiles(&evidence.backends.iter().collect::<Vec<_>>(), accounts);
        let only = |backends: &Vec<&Backend>| {
            let profiles = profiles(backends, accounts);
            (profiles.len() == 1).then(|| profiles.into_iter().next())?
        };
        let is_whole = buckets.values().all(|backends| only(backends).is_some());
        if let (1, true, Some(profile)) = (all.len(), is_whole, all.first()) {
            self.line(&format!("state_profile = \"{profile}\""));
            return;
        }
        let waiting = evidence.backends.iter().filter(|backend| {
            let own = buckets.get(&backend.bucket.as_deref()).and_then(only);
            backend.waits() && (backend.bucket.is_none() || own.is_none())
        });
        let waiting = waiting.count();
        if waiting > 0 {
            let hint = hint(&known, accounts);
            if let Some((label, bucket)) = &hint {
                self.comment(&format!(
                    "The name of {bucket} has the id of account \"{label}\" in it."
                ));
            }
            let value = hint.map_or("...".to_owned(), |(label, _)| label);
            let wait = match waiting {
                1 => "1 backend waits for it".to_owned(),
                more => format!("{more} backends wait for it"),
            };
            self.fill_in(
                &format!("state_profile = \"{value}\""),
                format!("state_profile: {wait}"),
            );
        }
        let mut is_first = true;
        for (bucket, backends) in &buckets {
            let (Some(bucket), Some(profile)) = (bucket.filter(|it| is_bucket(it)), only(backends))
            else {
                continue;
            };
            if std::mem::take(&mut is_first) {
                self.line("");
            }
            self.line(&format!(
                "state_bucket \"{bucket}\" {{ profile = \"{profile}\" }}"
            ));
        }
        let open: Vec<&str> = known
            .iter()
            .copied()
            .filter(|bucket| {
                is_bucket(bucket) && buckets.get(&Some(bucket)).and_then(only).is_none()
            })
            .collect();
        if buckets.len() > 1 && !open.is_empty() && waiting > 0 {
            self.line("");
            self.comment("Where one of the buckets lies in another account than the rest:");
            for bucket in open {
                self.commented(&format!(
                    "state_bucket \"{bucket}\" {{ profile = \"...\" }}"
                ));
            }
        }
    }

    fn accounts(&mut self, evidence: &Evidence, accounts: &[Proposed]) {
        let labels: BTreeSet<&str> = accounts
            .iter()
            .filter_map(|it| it.label.as_deref())
            .collect();
        let profiles = evidence.profiles.iter();
        let profiles: Vec<_> = profiles
            .filter(|(name, _)| !labels.contains(name.as_str()) && *name != "default")
            .collect();
        if accounts.is_empty() && profiles.is_empty() {
            return;
        }
        if !accounts.is_empty() {
            self.found.push(counted(accounts.len(), "account"));
        }
        if !evidence.profiles.is_empty() {
            let count = counted(evidence.profiles.len(), "profile");
            self.found.push(format!("{count} in the code"));
        }
        self.line("");
        self.comment(
            "Accounts: a label is the name of the AWS profile that stands for the account. Rename \
             one where yours is called otherwise.",
        );
        for account in accounts {
            let id = &account.id;
            let places = places(&account.places);
            let block = format!(
                "account \"{}\" {{ id = \"{id}\" }}",
                account.label.as_deref().unwrap_or("...")
            );
            self.line("");
            match (&account.held_by, &account.label) {
                (None, Some(_)) => {
                    self.comment(&places);
                    self.line(&block);
                }
                (None, None) => {
                    self.comment(&places);
                    self.comment("Its profile: no one name stands for it here.");
                    self.fill_in(&block, format!("the profile of account {id}"));
                }
                (Some(_), _) if super::foreign::is_example(id) => {
                    self.comment(&places);
                    self.comment("The id is that of AWS's examples.");
                    self.commented(&block);
                }
                (Some(names), _) => {
                    self.comment(&places);
                    let names: Vec<_> = names.iter().map(|name| plain(name)).collect();
                    self.comment(&format!(
                        "Held by {}; no provider, backend or job is seen to act there. If one does:",
                        names.join(", ")
                    ));
                    self.commented(&block);
                }
            }
        }
        for (profile, at) in profiles {
            self.line("");
            self.comment(&format!(
                "The profile is named at {}; its account:",
                places(at)
            ));
            self.fill_in(
                &format!("account \"{profile}\" {{ id = \"...\" }}"),
                format!("the account of profile {profile}"),
            );
        }
    }

    fn sso(&mut self, evidence: &Evidence, accounts: &[Proposed]) {
        let has_aws = !accounts.is_empty()
            || !evidence.profiles.is_empty()
            || !evidence.backends.is_empty()
            || !evidence.providers.is_empty();
        if !has_aws {
            return;
        }
        self.line("");
        self.comment(
            "The portal of IAM Identity Center: profiles of laptops are made from it. `role_name` \
             is the permission set; an account block may name another.",
        );
        self.fill_in(
            "sso {\n  start_url = \"https://YOUR-ORG.awsapps.com/start/#/\"\n  region    = \"us-east-1\"\n  role_name = \"AdministratorAccess\"\n}",
            "sso: your portal".to_owned(),
        );
    }

    fn modules(&mut self, evidence: &Evidence) {
        if evidence.module_buckets.is_empty() {
            return;
        }
        self.found
            .push(counted(evidence.module_buckets.len(), "module bucket"));
        self.line("");
        self.comment(
            "Modules in S3: the repository that they live in now, and its ref; `{version}` is taken \
             from the S3 key, or write a fixed one.",
        );
        for (bucket, at) in &evidence.module_buckets {
            let count = counted(at.len(), "module");
            self.line("");
            self.comment(&format!("{count}: {}", places(at)));
            let label = if is_bucket(bucket) { bucket } else { "..." };
            let wait = if at.len() == 1 { "waits" } else { "wait" };
            self.fill_in(
                &format!(
                    "module_source \"{label}\" {{\n  repository = \"github.com/ORG/REPO\"\n  ref        = \"v{{version}}\"\n}}"
                ),
                format!("module_source \"{label}\": {count} {wait} for it"),
            );
        }
    }

    fn ci(&mut self, jobs: &Jobs) {
        if jobs.keys.is_empty() && jobs.other_ci.is_empty() && !jobs.run_terraform {
            return;
        }
        self.line("");
        let secrets: BTreeSet<&String> = jobs.keys.keys().flatten().collect();
        match (jobs.keys.is_empty(), secrets.len()) {
            (true, _) => self.comment("CI: how jobs sign in. The defaults:"),
            (false, count) => {
                if count > 0 {
                    let count = counted(count, "key secret");
                    self.found.push(format!("{count} in workflows"));
                }
                self.comment("CI: jobs sign in by OIDC in place of these static keys.");
                for (names, at) in &jobs.keys {
                    let names = match names.is_empty() {
                        true => "no secret or input".to_owned(),
                        false => names.join(", "),
                    };
                    self.comment(&format!("  {names}: {}", places(at)));
                }
                self.comment("The defaults:");
            }
        }
        let ci = Ci::default();
        self.commented(&format!(
            "ci {{\n  role          = \"{}\"\n  state_role    = \"{}\"\n  state_access  = \"{}\"\n  default_token = \"{}\"\n}}",
            ci.role, ci.state_role, ci.state_access, ci.default_token
        ));
        if !jobs.without_permissions.is_empty() {
            let count = jobs.without_permissions.len();
            self.comment(&format!(
                "{} on keys {} no `permissions:` ({}): `default_token = \"restricted\"` or \
                 \"permissive\", as the repository's settings have it, tells what they may do.",
                counted(count, "job"),
                if count == 1 { "has" } else { "have" },
                places(&jobs.without_permissions),
            ));
        }
        if !jobs.other_ci.is_empty() {
            let places = places(&jobs.other_ci);
            self.comment(&format!(
                "Static keys in other CI, for you to change: {places}"
            ));
        }
    }

    fn upgrade(&mut self, evidence: &Evidence) {
        if evidence.providers.is_empty() && evidence.vpc_modules.is_empty() {
            return;
        }
        self.line("");
        self.comment("What is upgraded to what. The code has");
        let told = |found: &BTreeMap<String, Vec<Location>>| -> Vec<String> {
            let found = found.iter();
            found
                .map(|(version, at)| format!("{}: {}", plain(version), places(at)))
                .collect()
        };
        for version in told(&evidence.providers) {
            self.comment(&format!("  AWS provider {version}"));
        }
        for version in told(&evidence.vpc_modules) {
            self.comment(&format!("  VPC module {version}"));
        }
        self.comment("The defaults:");
        let upgrade = Upgrade::default();
        let mut block = format!(
            "upgrade {{\n  aws_provider = \"{}\"\n",
            upgrade.aws_provider
        );
        for (module, version) in &upgrade.modules {
            let _ = writeln!(block, "  module \"{module}\" {{ version = \"{version}\" }}");
        }
        self.commented(&(block + "}"));
    }
}

fn by_bucket(backends: &[Backend]) -> BTreeMap<Option<&str>, Vec<&Backend>> {
    let mut buckets: BTreeMap<Option<&str>, Vec<&Backend>> = BTreeMap::new();
    for backend in backends {
        buckets
            .entry(backend.bucket.as_deref())
            .or_default()
            .push(backend);
    }
    buckets
}

/// The profiles that some backends have, or that stand for the account they are bound to.
fn profiles(backends: &[&Backend], accounts: &[Proposed]) -> BTreeSet<String> {
    let label = |id: &String| {
        let account = accounts
            .iter()
            .find(|it| it.id == *id && it.held_by.is_none());
        account?.label.clone()
    };
    let found = backends.iter().filter_map(|backend| {
        let own = backend.profile.clone();
        own.or_else(|| label(backend.account.as_ref()?))
    });
    found.collect()
}

/// The account whose id stands in the name of the only bucket.
fn hint(buckets: &[&str], accounts: &[Proposed]) -> Option<(String, String)> {
    let [bucket] = buckets else { return None };
    let account = accounts.iter().find(|it| bucket.contains(&it.id))?;
    Some((account.label.clone()?, plain(bucket)))
}

/// Whether it is the name of a bucket, and no expression.
fn is_bucket(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || "._-".contains(it))
}

/// `1 bucket`, `2 buckets`.
fn counted(count: usize, noun: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{end}")
}

/// Places, the first few of them by name.
fn places<'p>(places: impl IntoIterator<Item = &'p Location>) -> String {
    let places: BTreeSet<(String, usize)> = places
        .into_iter()
        .map(|at| (plain(&at.path.to_string_lossy()), at.line))
        .collect();
    let more = places.len().saturating_sub(PLACES);
    let named = places.iter().take(PLACES);
    let named: Vec<_> = named.map(|(path, line)| format!("{path}:{line}")).collect();
    match more {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// A text of the repository in a comment: on one line, and nothing in it that is not seen.
fn plain(text: &str) -> String {
    let is_unseen = |it: char| {
        it.is_control()
            || matches!(it, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    text.replace(is_unseen, "\u{fffd}")
}
