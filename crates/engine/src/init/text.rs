//! The text of a proposal.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::accounts::ProposedAccount;
use super::answers::Labels;
use super::evidence::Evidence;
use super::jobs::Jobs;
use super::page::{Page, counted, is_bucket, places, plain};
use super::questions::Questions;
use super::{Proposal, state};
use upgrade::settings::Upgrade;

/// Writes the configuration that the evidence leads to.
pub(super) fn write(
    evidence: &Evidence,
    accounts: &[ProposedAccount],
    jobs: &Jobs,
    questions: &Questions,
) -> Proposal {
    let mut page = Page::default();
    page.comment(
        "Proposed by `tfkeyless init`. Active lines were read at the places named; commented lines wait for what only you know. Next: `tfkeyless plan`.",
    );
    state::write(&mut page, evidence, accounts);
    page.accounts(evidence, accounts);
    let labels = Labels::of(accounts);
    page.ci(jobs, questions);
    page.keys(questions, &labels);
    if has_aws(evidence, accounts) {
        page.runners(&questions.runners, &labels);
    }
    page.roles(questions, &labels);
    if evidence.has_roles {
        page.anything_else(questions.role_remover);
    }
    page.modules(evidence);
    if has_aws(evidence, accounts) {
        page.sso();
    }
    page.upgrade(evidence);
    Proposal {
        text: page.text,
        found: page.found,
        open: page
            .open
            .iter()
            .map(|(line, what)| (*line, plain(what)))
            .collect(),
    }
}

impl Page {
    fn accounts(&mut self, evidence: &Evidence, accounts: &[ProposedAccount]) {
        let labels: BTreeSet<&str> = accounts.iter().filter_map(ProposedAccount::name).collect();
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
            self.account(account);
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

    /// One account: a block where something acts in it and has a label, else commented out.
    fn account(&mut self, account: &ProposedAccount) {
        let id = &account.id;
        let block = format!(
            "account \"{}\" {{ id = \"{id}\" }}",
            account.name().unwrap_or("...")
        );
        self.line("");
        self.comment(&places(&account.places));
        match (&account.held_by, &account.label) {
            (None, Some(_)) => {
                self.line(&block);
            }
            (None, None) => {
                self.comment(match account.alias {
                    // What people call a provider is often, and not always, what they call the profile.
                    Some(_) => {
                        "A guess: the label is the alias of the provider. Write the name of the AWS \
                         profile of this account in its place, if that is another:"
                    }
                    None => {
                        "The repository has no name for this account: write that of its AWS profile."
                    }
                });
                self.fill_in(&block, format!("the profile of account {id}"));
            }
            // Most likely copied from the documentation.
            (Some(_), _) if super::foreign::is_example(id) => {
                self.comment("The id is that of AWS's examples.");
                self.commented(&block);
            }
            (Some(names), _) => {
                let names: Vec<_> = names.iter().map(|name| plain(name)).collect();
                self.comment(&format!(
                    "The value of {}: no provider, backend or job was found that acts there. If one does:",
                    names.join(", ")
                ));
                self.commented(&block);
            }
        }
    }

    fn sso(&mut self) {
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

    fn ci(&mut self, jobs: &Jobs, questions: &Questions) {
        let has_sign_ins = !questions.sign_ins.is_empty();
        if jobs.keys.is_empty() && jobs.other_ci.is_empty() && !jobs.run_terraform && !has_sign_ins
        {
            return;
        }
        self.line("");
        let secrets: BTreeSet<&String> = jobs.keys.keys().flatten().collect();
        if !jobs.keys.is_empty() {
            if !secrets.is_empty() {
                let count = counted(secrets.len(), "key secret");
                self.found.push(format!("{count} in workflows"));
            }
            self.comment("CI: jobs sign in by OIDC in place of these static keys.");
            for (names, at) in &jobs.keys {
                let names = match names.is_empty() {
                    true => "no secret or input".to_owned(),
                    false => names.join(", "),
                };
                self.item(&format!("{names}: {}", places(at)));
            }
        }
        self.role(questions, !jobs.keys.is_empty());
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
        self.comment("What is upgraded to what. Now:");
        let versions = [
            ("AWS provider", &evidence.providers),
            ("VPC module", &evidence.vpc_modules),
        ];
        for (name, found) in versions.into_iter().filter(|(_, found)| !found.is_empty()) {
            let found = found.iter();
            let found = found.map(|(version, count)| match count {
                1 => plain(version),
                count => format!("{} ({count} times)", plain(version)),
            });
            self.item(&format!("{name} {}", found.collect::<Vec<_>>().join(", ")));
        }
        self.comment("The defaults:");
        let upgrade = Upgrade::default();
        let mut block = format!(
            "upgrade {{\n  aws_provider = \"{}\"\n",
            upgrade.aws_provider
        );
        for (module, target) in &upgrade.modules {
            let version = &target.release;
            let _ = writeln!(block, "  module \"{module}\" {{ version = \"{version}\" }}");
        }
        self.commented(&(block + "}"));
    }
}

/// Whether the repository has anything of AWS.
fn has_aws(evidence: &Evidence, accounts: &[ProposedAccount]) -> bool {
    !accounts.is_empty()
        || !evidence.profiles.is_empty()
        || !evidence.backends.is_empty()
        || !evidence.providers.is_empty()
        || evidence.has_provider
}
