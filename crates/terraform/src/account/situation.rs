//! The situations in which a configuration is used: each workspace, file of values or map key that
//! makes a difference.

use std::collections::{BTreeMap, BTreeSet};

/// One way in which the configuration is used: what each selector (the workspace, the file of
/// values, a variable that indexes a map) is.
pub type Situation = BTreeMap<String, String>;

/// The values that make a difference, by selector.
pub type Selectors = BTreeMap<String, BTreeSet<String>>;

/// The selector of the file that is passed by `-var-file`.
pub const VALUES_FILE: &str = "-var-file";

/// The selector of the workspace.
pub const WORKSPACE: &str = "terraform.workspace";

/// What stands for every value of a selector that no situation names.
pub const OTHER: &str = "any other";

/// Situations that are evaluated at most.
// Each selector multiplies them. The most that any of 142 public repositories has is four (measured).
const SITUATIONS: usize = 64;

/// All situations of some selectors; `None` where they are too many.
pub fn situations(selectors: &Selectors) -> Option<Vec<Situation>> {
    let mut all = vec![Situation::new()];
    for (selector, values) in selectors {
        if all.len() * values.len() > SITUATIONS {
            return None;
        }
        let longer = all.iter().flat_map(|situation| {
            values.iter().map(|value| {
                let mut situation = situation.clone();
                situation.insert(selector.clone(), value.clone());
                situation
            })
        });
        all = longer.collect();
    }
    Some(all)
}

/// A situation in a sentence: `terraform.workspace live, var.region eu-west-1`.
pub fn described(situation: &Situation) -> String {
    let selected = situation.iter();
    let selected = selected.map(|(selector, value)| format!("{selector} {value}"));
    selected.collect::<Vec<_>>().join(", ")
}
