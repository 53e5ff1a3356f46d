//! The sign-ins that later steps inherit, and when these steps run.

use ci::github::expression::outlives_failure;
use ci::github::workflow::model::Step;
use diagnostics::finding::AssumedRole;

/// A sign-in that later steps inherit.
pub(super) struct Active<'s> {
    pub(super) role: &'s str,
    condition: Option<&'s str>,
    /// The index of the step that it precedes, or is.
    at: usize,
    /// Its region, where that is known.
    region: Option<String>,
}

impl<'s> Active<'s> {
    pub(super) fn new(role: &'s AssumedRole, condition: Option<&'s str>, at: usize) -> Self {
        Self {
            role: &role.text,
            condition,
            at,
            region: None,
        }
    }

    /// The same, to that region.
    pub(super) fn to(mut self, region: Option<String>) -> Self {
        self.region = region;
        self
    }

    /// Whether it is not known to be to another region than this.
    pub(super) fn is_in(&self, region: Option<&str>) -> bool {
        let own = self.region.as_deref();
        region.is_none() || own.is_none() || own == region
    }

    /// Whether it has run whenever the step at that index runs, which had keys of its own.
    pub(super) fn serves(&self, steps: &[Step], index: usize) -> bool {
        let step = &steps[index];
        let is_alike = |other: &Step| condition(other) == condition(step);
        match self.condition {
            None => self.at == 0 || !outlives(step),
            Some(own) if is_always(own) => true,
            own if own != condition(step) => false,
            // A step between them that fails makes `failure()` true for the second only.
            _ => !outlives(step) || steps[self.at..index].iter().all(is_alike),
        }
    }
}

pub(super) fn condition(step: &Step) -> Option<&str> {
    step.condition.as_ref().map(|it| it.value.as_str())
}

/// Whether a condition always holds.
pub(super) fn is_always(condition: &str) -> bool {
    let inside = condition.trim().strip_prefix("${{");
    let inside = inside.and_then(|it| it.strip_suffix("}}"));
    inside.unwrap_or(condition).trim() == "always()"
}

/// Whether a step may run after a failure.
pub(super) fn outlives(step: &Step) -> bool {
    condition(step).is_some_and(outlives_failure)
}
