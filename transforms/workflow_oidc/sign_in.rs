//! The step that signs in, where there was none.

use crate::model::workflow::configure::{ACTION, Pin, Used, is_current, used};
use crate::model::workflow::view::Step;
use crate::model::workflow::{Unit, Workflows};
use crate::model::yaml::scalar;

/// The step that signs in.
pub struct SignIn<'s> {
    /// The action with its release.
    pub release: String,
    /// Expression or ARN.
    pub role: &'s str,
    /// Name or expression.
    pub region: &'s str,
    /// `if:` of the steps that it is for.
    pub condition: Option<&'s str>,
    /// Whether steps have names here.
    pub is_named: bool,
}

impl SignIn<'_> {
    /// As an item of a list.
    pub fn text(&self) -> String {
        let mut lines = Vec::new();
        if self.is_named {
            lines.push("name: Configure AWS credentials".to_owned());
        }
        if let Some(condition) = self.condition {
            lines.push(format!("if: {}", scalar(condition)));
        }
        lines.push(format!("uses: {}", self.release));
        lines.push("with:".to_owned());
        lines.push(format!("  role-to-assume: {}", scalar(self.role)));
        lines.push(format!("  aws-region: {}", scalar(self.region)));
        format!("- {}\n", lines.join("\n  "))
    }
}

/// The action with the release that the repository uses already, the unit's own file first, if
/// GitHub's runners still run it; else the newest, pinned as the unit's file pins actions.
pub fn release(workflows: &Workflows, unit: Unit) -> String {
    let of_unit = |unit: Unit| {
        workflows
            .steps(unit)
            .iter()
            .filter_map(|step: &Step| step.uses.as_ref())
    };
    let mut units: Vec<Unit> = workflows.units().collect();
    units.sort_by_key(|other| (other.source != unit.source, *other));
    let mut known = units
        .iter()
        .flat_map(|unit| of_unit(*unit).map(|it| (*unit, it)));
    let own = known.find_map(|(unit, uses)| {
        let at = used(&uses.value).filter(Used::is_configure)?.at;
        let text = workflows.source(unit).yaml.text();
        let line = text[uses.offset..].lines().next().unwrap_or_default();
        let comment = line.split_once(" #").map(|(_, comment)| comment.trim());
        is_current(at).then(|| match comment {
            Some(comment) => format!("{ACTION}@{at} # {comment}"),
            None => format!("{ACTION}@{at}"),
        })
    });
    own.unwrap_or_else(|| {
        let in_file = units.iter().filter(|other| other.source == unit.source);
        let refs = in_file
            .flat_map(|unit| of_unit(*unit))
            .filter_map(|uses| used(&uses.value));
        let mut pins = [(Pin::Major, 0), (Pin::Exact, 0), (Pin::Commit, 0)];
        for used in refs {
            let pin = Pin::of(used.at);
            for (known, count) in &mut pins {
                *count += usize::from(*known == pin);
            }
        }
        // The first of the most: `max_by_key` would take the last.
        let most = pins.iter().rev().max_by_key(|(_, count)| *count);
        most.map_or(Pin::Major, |(pin, _)| *pin).newest()
    })
}
