//! The sign-in step for jobs that had none.

use ci::github::configure_aws_credentials::{ACTION, Pin, is_current};
use ci::github::uses::{ActionReference, remote_action};
use ci::github::workflow::model::Step;
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
pub fn release(workflows: &Workflows, owner: StepOwner) -> String {
    let of_unit = |owner: StepOwner| {
        workflows
            .steps(owner)
            .iter()
            .filter_map(|step: &Step| step.uses.as_ref())
    };
    let mut owners: Vec<StepOwner> = workflows.owners().collect();
    owners.sort_by_key(|other| (other.source != owner.source, *other));
    let mut known = owners
        .iter()
        .flat_map(|owner| of_unit(*owner).map(|it| (*owner, it)));
    let own = known.find_map(|(owner, uses)| {
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
    });
    own.unwrap_or_else(|| {
        let uses = owners.iter().flat_map(|owner| of_unit(*owner));
        let pin = style(uses.filter_map(|uses| remote_action(&uses.value)));
        pin.unwrap_or(Pin::Commit).newest()
    })
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
