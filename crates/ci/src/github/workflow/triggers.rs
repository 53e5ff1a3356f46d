//! What starts workflows and what they take from callers, before and after edits.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{SourceKind, WorkflowFile, Workflows};
use crate::github::keys::flow::KeyFlow;
use syntax::yaml::YamlValue;

/// Names with their settings.
type Named = BTreeMap<String, YamlValue>;

impl Workflows {
    /// The first workflow whose triggers, or whose inputs, outputs and secrets as a called workflow,
    /// would be others once the workflows are as `after`, but for keys and the roles in their place.
    pub fn changed_trigger(&self, after: &Self) -> Option<(PathBuf, String)> {
        let sources = self.sources.iter().enumerate();
        let mut workflows = sources.filter(|(_, it)| matches!(it.kind, SourceKind::Workflow(_)));
        workflows.find_map(|(source, before)| {
            let after = &after.sources[after.number(&before.path)?];
            let what = self.changed(source, before, after)?;
            Some((before.path.clone(), what))
        })
    }

    fn changed(
        &self,
        source: usize,
        before: &WorkflowFile,
        after: &WorkflowFile,
    ) -> Option<String> {
        if before.yaml.text() == after.yaml.text() {
            return None;
        }
        let (mut before, mut after) = (triggers(before), triggers(after));
        let calls = (before.remove(CALL), after.remove(CALL));
        if before != after || calls.0.is_some() != calls.1.is_some() {
            return Some("other events would start it".to_owned());
        }
        let (before, after) = (named(calls.0.as_ref()?), named(calls.1.as_ref()?));
        let part = |of: &Named, name: &str| of.get(name).map(named).unwrap_or_default();
        let parts = |name: &str| (part(&before, name), part(&after, name));
        let (was, is) = parts("outputs");
        if was != is {
            return Some("it would have other outputs".to_owned());
        }
        let (was, is) = parts("inputs");
        if was.iter().any(|(name, value)| is.get(name) != Some(value)) {
            return Some("it would take other inputs".to_owned());
        }
        let keys = KeyFlow { workflows: self }.key_inputs(source);
        let (was, is) = parts("secrets");
        let mut lost = was
            .iter()
            .filter(|(name, value)| is.get(*name) != Some(value));
        let is_key = |name: &String| keys.iter().any(|keys| keys.has(name));
        match lost.all(|(name, _)| is_key(name)) {
            true => None,
            false => Some("it would take other secrets".to_owned()),
        }
    }
}

const CALL: &str = "workflow_call";

/// The events of `on:`, with what is set for each.
fn triggers(file: &WorkflowFile) -> Named {
    let root = named(&file.yaml.tree());
    // YAML 1.1 resolves an unquoted `on` to a boolean.
    let on = root.get("on").or_else(|| root.get("true"));
    let nothing = || YamlValue::Special("null".to_owned());
    match on {
        Some(YamlValue::Text(event)) => [(event.clone(), nothing())].into(),
        Some(YamlValue::List(events)) => {
            let names = events.iter().filter_map(|event| match event {
                YamlValue::Text(name) => Some(name.clone()),
                _ => None,
            });
            names.map(|name| (name, nothing())).collect()
        }
        Some(on) => named(on),
        None => Named::new(),
    }
}

fn named(value: &YamlValue) -> Named {
    match value {
        YamlValue::Map(entries) => entries.iter().cloned().collect(),
        _ => Named::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// A workflow with that `on:`, which takes the keys `A` and `B`.
    fn workflows(on: &str) -> Workflows {
        let mut workflows = Workflows::default();
        let text = format!(
            "on: {on}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: \
             aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: \
             ${{{{ secrets.A }}}}\n          aws-secret-access-key: ${{{{ secrets.B }}}}\n"
        );
        workflows.add(Path::new(".github/workflows/a.yml"), text, None);
        assert!(workflows.unread.is_empty(), "{on}");
        workflows
    }

    #[test]
    fn only_keys_and_the_roles_in_their_place_may_change() {
        const KEYS: &str = "{ workflow_call: { secrets: { A: , B: , C: } } }";
        for (before, after, expected) in [
            (KEYS, "{ workflow_call: { secrets: { C: } } }", None),
            (
                "{ workflow_call: { secrets: { A: , B: } } }",
                "{ workflow_call: }",
                None,
            ),
            (
                KEYS,
                "{ workflow_call: { inputs: { role: { type: string } }, secrets: { C: } } }",
                None,
            ),
            (
                KEYS,
                "{ workflow_call: { secrets: { A: , B: } } }",
                Some("it would take other secrets"),
            ),
            (
                KEYS,
                "{ workflow_call: { secrets: { C: { required: true } } } }",
                Some("it would take other secrets"),
            ),
            (
                "{ workflow_call: { secrets: { A: , B: } } }",
                "{}",
                Some("other events would start it"),
            ),
            (
                "[push, workflow_call]",
                "workflow_call",
                Some("other events would start it"),
            ),
            (
                "push",
                "{ push: { branches: [a] } }",
                Some("other events would start it"),
            ),
            ("[push]", "{ push: }", None),
            (
                "{ workflow_call: { inputs: { x: { type: string } } } }",
                "{ workflow_call: { inputs: { x: { type: number } } } }",
                Some("it would take other inputs"),
            ),
            (
                "{ workflow_call: { outputs: { x: { value: a } } } }",
                "{ workflow_call: }",
                Some("it would have other outputs"),
            ),
        ] {
            let found = workflows(before).changed_trigger(&workflows(after));
            let found = found.map(|(_, what)| what);
            assert_eq!(found.as_deref(), expected, "{before} -> {after}");
        }
    }
}
