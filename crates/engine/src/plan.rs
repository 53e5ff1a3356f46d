//! The plan of one repository, for everything that shows or writes.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::account_table::AccountRow;
use crate::reached_states::ReachedState;
use crate::state_reads::StateRead;
use crate::staying_roles::StayingRole;
use ci::github::any_secret::SecretsReader;
use ci::runner::JobLocation;
use diagnostics::finding::Finding;
use diagnostics::skip::Skip;

/// One file before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Path relative to the repository's root.
    pub path: PathBuf,
    /// The file as it was read, byte for byte.
    pub before: String,
    /// The file as it will be written.
    pub after: String,
}

/// Commands that belong together, and why they are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    /// Why, as a heading.
    pub why: String,
    /// What to run from the repository's root, in this order, or what to enter.
    pub commands: Vec<String>,
    /// Which of the two.
    pub action: Action,
    /// When.
    pub when: Moment,
}

/// What is done with the lines of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A shell runs them.
    Run,
    /// Somebody does by hand what the heading says: enters them in a trust policy, removes them from the
    /// code. No shell runs them.
    Enter,
}

impl Action {
    /// As machines have it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Enter => "enter",
        }
    }
}

/// When a step is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// Before the change is merged: the first run after it needs it.
    BeforeMerge,
    /// Wherever the merged code arrives: on each laptop that has it.
    OnMerge,
    /// After the merge, once the jobs have run.
    AfterMerge,
}

impl Moment {
    /// All of them, in their order.
    pub const ALL: [Self; 3] = [Self::BeforeMerge, Self::OnMerge, Self::AfterMerge];

    /// What steps of it are listed under.
    pub fn heading(self) -> &'static str {
        match self {
            Self::BeforeMerge => "Before the merge",
            Self::OnMerge => "With the merge, on each laptop",
            Self::AfterMerge => "After the merge, once the jobs have run",
        }
    }

    /// How machines name it.
    pub fn id(self) -> &'static str {
        match self {
            Self::BeforeMerge => "before_merge",
            Self::OnMerge => "on_merge",
            Self::AfterMerge => "after_merge",
        }
    }
}

/// The plan of one repository.
#[derive(Debug, Default)]
pub struct Plan {
    /// Files that change, by path.
    pub changes: Vec<FileChange>,
    /// All findings, by location.
    pub findings: Vec<Finding>,
    /// Texts in the files to be masked wherever anything is shown.
    pub secrets: Vec<String>,
    /// What is doubtful in the configuration: nothing of it is counted as manual work.
    pub warnings: Vec<Finding>,
    /// What was skipped, with the reason.
    pub skipped: Vec<Skip>,
    /// Of an audit: the roles that stay on purpose, with the reason.
    pub kept: Vec<Skip>,
    /// Jobs on static keys, where the plan would make them act in the keys' account after the
    /// merge.
    pub keyed_jobs: Vec<JobLocation>,
    /// The other jobs that run Terraform, where the plan introduces profiles that do not exist on
    /// their runners.
    pub terraform_jobs: Vec<JobLocation>,
    /// GitHub secrets that nothing uses any more.
    pub free_secrets: Vec<String>,
    /// GitHub secrets that no workflow names any more, each with the jobs that may use it even so.
    pub shared_secrets: Vec<(String, Vec<SecretsReader>)>,
    /// In which account every identity acts, before and after.
    pub accounts: Vec<AccountRow>,
    /// The states that other accounts reach than before.
    pub state_reads: Vec<StateRead>,
    /// The states that jobs reach by profiles.
    pub reached_states: Vec<ReachedState>,
    /// The roles that stay and that somebody new assumes.
    pub staying_roles: Vec<StayingRole>,
    /// What to run next.
    pub steps: Vec<NextStep>,
}

impl Plan {
    /// Findings whose edits the plan makes.
    pub fn applied(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.applied)
    }

    /// The AWS profiles that the plan's edits name.
    pub fn profiles(&self) -> BTreeSet<&str> {
        let profiles = self.applied().flat_map(|finding| &finding.profiles);
        profiles.map(String::as_str).collect()
    }

    /// Findings whose edits the plan does not make: manual work, or changes that need review.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        let findings = self.findings.iter();
        findings.filter(|finding| !finding.applied && !finding.is_note)
    }

    /// Findings to know of: changes that are made and have something to say, and notes.
    pub fn notes(&self) -> impl Iterator<Item = &Finding> {
        let has_help = |finding: &Finding| {
            finding.applied && (finding.help.is_some() || !finding.notes.is_empty())
        };
        let findings = self.findings.iter();
        findings.filter(move |finding| finding.is_note || has_help(finding))
    }
}
