//! The sign-in step for jobs that had none.

use ci::github::configure_aws_credentials::{ACTION, Pin, is_current};
use ci::github::keys::role_passage::RoleFlow;
use ci::github::uses::{ActionReference, remote_action};
use ci::github::workflow::model::{Step, Text};
use ci::github::workflow::{StepOwner, Workflows};
use syntax::yaml::scalar;

/// The step that signs in.
pub struct SignIn<'s> {
    /// The action with its ref.
    pub release: String,
    /// Expression or ARN.
    pub role: String,
    /// The audience, where it is not the action's default.
    pub audience: Option<&'static str>,
    /// Further inputs.
    pub closed: Vec<String>,
    /// Name or expression.
    pub region: String,
    /// `if:` of the steps that it is for.
    pub condition: Option<&'s str>,
    /// Whether the steps of the job have names.
    pub is_named: bool,
}

impl SignIn<'_> {
    /// The step as an item of `steps:`.
    pub fn text(&self) -> String {
        let mut lines = Vec::new();
        if self.is_named {
            lines.push("name: Configure AWS credentials".to_owned());
        }
        if let Some(condition) = self.condition {
            lines.push(format!("if: {}", scalar(condition)));
        }
        lines.extend(self.lines());
        format!("- {}\n", lines.join("\n  "))
    }

    /// `uses:` and `with:` of the step.
    pub fn entries(&self) -> String {
        self.lines()
            .iter()
            .map(|line| format!("{line}\n"))
            .collect()
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            format!("uses: {}", self.release),
            "with:".to_owned(),
            format!("  role-to-assume: {}", scalar(&self.role)),
        ];
        lines.extend(self.audience.map(|it| format!("  audience: {it}")));
        lines.push(format!("  aws-region: {}", scalar(&self.region)));
        lines.extend(self.closed.iter().map(|line| format!("  {line}")));
        lines
    }
}

/// The action at the ref that the repository uses already, in this file first, if GitHub's runners
/// still run that release. Else the newest release, pinned as most actions of the repository are, so that
/// it is the same in every file, and for the jobs that are converted later; to a commit, where no action
/// is pinned.
pub fn release(flow: &RoleFlow, owner: StepOwner) -> String {
    let workflows = flow.workflows;
    flow.release(Some(owner.source), || {
        let own = in_use(workflows, workflows.owners_in(owner.source));
        own.unwrap_or_else(|| flow.release(None, || of_repository(workflows)))
    })
}

/// The ref that the action is pinned to in a release, without the comment behind it.
pub fn pinned_at(release: &str) -> &str {
    let release = release.split(" #").next().unwrap_or(release);
    remote_action(release).map_or("", |action| action.at)
}

/// The same where the file itself uses none.
fn of_repository(workflows: &Workflows) -> String {
    in_use(workflows, workflows.owners()).unwrap_or_else(|| {
        let uses = workflows.owners().flat_map(|owner| uses(workflows, owner));
        let pin = style(uses.filter_map(|uses| remote_action(&uses.value)));
        pin.unwrap_or(Pin::Commit).newest()
    })
}

/// The first release that steps of these use and that GitHub's runners still run.
fn in_use(workflows: &Workflows, owners: impl Iterator<Item = StepOwner>) -> Option<String> {
    let mut known = owners.flat_map(|owner| uses(workflows, owner).map(move |it| (owner, it)));
    known.find_map(|(owner, uses)| {
        let at = remote_action(&uses.value)
            .filter(ActionReference::is_configure)?
            .at;
        let text = workflows.source(owner).yaml.text();
        let line = text[uses.offset..].lines().next().unwrap_or_default();
        let comment = line.split_once(" #").map(|(_, comment)| comment.trim());
        is_current(at).then(|| match comment {
            Some(comment) => format!("{ACTION}@{at} # {comment}"),
            None => format!("{ACTION}@{at}"),
        })
    })
}

/// What the steps of a job or action use.
fn uses(workflows: &Workflows, owner: StepOwner) -> impl Iterator<Item = &Text> {
    let steps = workflows.steps(owner).iter();
    steps.filter_map(|step: &Step| step.uses.as_ref())
}

/// The commonest style; `None` without actions.
fn style<'u>(all: impl Iterator<Item = ActionReference<'u>>) -> Option<Pin> {
    let mut pins = [(Pin::Commit, 0), (Pin::Exact, 0), (Pin::Major, 0)];
    for used in all {
        let pin = Pin::of(used.at);
        for (known, count) in &mut pins {
            *count += usize::from(*known == pin);
        }
    }
    // `max_by_key` returns the last of several maxima.
    let (pin, count) = pins.into_iter().max_by_key(|(_, count)| *count)?;
    (count > 0).then_some(pin)
}
