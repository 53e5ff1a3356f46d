//! Expressions that GitHub's parser refuses: such a workflow does not run, and what it would read
//! is not known.

use ci::github::expression_syntax::{refused, refused_condition};
use ci::github::keys::refusal::JobRefusal;
use syntax::code;
use syntax::yaml::{Node, YamlPath};

use super::convert::Conversion;

/// Mappings whose keys are names that people give.
const NAMED: [&str; 4] = ["env", "inputs", "outputs", "with"];

impl Conversion<'_> {
    /// Refuses a job or action with such an expression, in its own text or in what its workflow says of
    /// all jobs.
    pub(super) fn refuse_malformed(&self) -> Result<(), JobRefusal> {
        let source = self.flow.workflows.source(self.owner);
        let shared = ["env", "defaults"].map(|name| YamlPath::root().key(name));
        let mut places = shared.iter().cloned().chain([self.place()]);
        let found = places.find_map(|place| malformed(source.yaml.at(&place)?, ""));
        let Some((node, expression)) = found else {
            return Ok(());
        };
        let line = expression.lines().next().unwrap_or_default();
        let written = &source.yaml.text()[node.span.clone()];
        let offset = node.span.start + written.find(line).unwrap_or(0);
        let why = format!("GitHub's parser refuses {}", code::quoted(line));
        Err(JobRefusal::new(offset, why))
    }
}

/// The first text with such an expression, and that.
fn malformed<'n>(node: &'n Node, key: &str) -> Option<(&'n Node, &'n str)> {
    if let Some(text) = node.as_str() {
        let found = match key {
            "if" => refused_condition(text),
            _ => refused(text),
        };
        return found.map(|found| (node, found));
    }
    let is_named = NAMED.contains(&key);
    let entries = node.entries().iter().map(|entry| {
        let key = if is_named { "" } else { entry.name.as_str() };
        (&entry.value, key)
    });
    let items = node.items().iter().map(|item| (&item.value, ""));
    entries
        .chain(items)
        .find_map(|(node, key)| malformed(node, key))
}
