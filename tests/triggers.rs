//! Workflows that take keys from their callers are still called, by the same events and names.

use std::collections::BTreeMap;

use crate::support::Tree;
use engine::selection::Selection;
use syntax::yaml::{Node, Yaml};

const CALLED: &str = ".github/workflows/tf.yml";
const CALLER: &str = ".github/workflows/ci.yml";

const JOBS: &str = "permissions: { contents: read }\njobs:\n  tf:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          aws-region: eu-west-1\n      - run: aws s3 ls\n";

/// The events of `on:`, each with the names of what is below it and below that.
fn events(text: &str) -> BTreeMap<String, Vec<String>> {
    let yaml = Yaml::parse(text).unwrap();
    let root = yaml.root();
    let on = root.get("on").expect("a workflow has triggers");
    if let Some(event) = on.as_str() {
        return [(event.to_owned(), Vec::new())].into();
    }
    let listed = on.items().iter().filter_map(|it| it.value.as_str());
    let listed = listed.map(|event| (event.to_owned(), Vec::new()));
    let names = |node: &Node| {
        let mut names = Vec::new();
        for entry in node.entries() {
            names.push(entry.name.clone());
            let below = entry.value.entries().iter();
            names.extend(below.map(|it| format!("{}.{}", entry.name, it.name)));
        }
        names
    };
    let mapped = on.entries().iter();
    listed
        .chain(mapped.map(|it| (it.name.clone(), names(&it.value))))
        .collect()
}

#[test]
fn no_trigger_goes_with_the_keys_that_it_declared() {
    const PAIR: &str = "      AWS_ACCESS_KEY_ID:\n        required: true\n      AWS_SECRET_ACCESS_KEY:\n        required: true\n";
    let call = |more: &str| format!("on:\n  workflow_call:\n{more}    secrets:\n{PAIR}");
    let flow =
        "{ AWS_ACCESS_KEY_ID: { required: true }, AWS_SECRET_ACCESS_KEY: { required: true } }";
    for (on, expected) in [
        (call(""), "on:\n  workflow_call:\n"),
        (
            call("") + "      OTHER:\n",
            "on:\n  workflow_call:\n    secrets:\n      OTHER:\n",
        ),
        (
            call("    inputs:\n      x:\n        type: string\n"),
            "on:\n  workflow_call:\n    inputs:\n      x:\n        type: string\n",
        ),
        (
            call("    outputs:\n      x:\n        value: a\n"),
            "on:\n  workflow_call:\n    outputs:\n      x:\n        value: a\n",
        ),
        (
            call("") + "  workflow_dispatch:\n",
            "on:\n  workflow_call:\n  workflow_dispatch:\n",
        ),
        (
            format!("on:\n  workflow_call: # by ci\n    secrets: {flow}\n"),
            "on:\n  workflow_call: # by ci\n",
        ),
        (
            format!("on: {{ workflow_call: {{ secrets: {flow} }}, workflow_dispatch: }}\n"),
            "on: { workflow_call: null, workflow_dispatch: }\n",
        ),
        (
            format!("\"on\":\n  workflow_call:\n    secrets: {flow}\n"),
            "\"on\":\n  workflow_call:\n",
        ),
    ] {
        let passed = "    secrets:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";
        let caller = format!(
            "on: push\npermissions: {{ contents: read }}\njobs:\n  a:\n    uses: ./{CALLED}\n{passed}"
        );
        let deploy = format!("{on}{JOBS}");
        let tree = Tree::new([(CALLED, deploy.as_str()), (CALLER, caller.as_str())]);
        let plan = tree.plan("", Selection::default()).unwrap();
        let mut changes = plan.changes.iter();
        let change = changes.find(|it| it.path.ends_with("tf.yml"));
        let after = &change
            .unwrap_or_else(|| panic!("{on}: {:?}", plan.findings))
            .after;
        assert!(after.starts_with(expected), "{after}");
        let (before, after) = (events(&deploy), events(after));
        let names = |of: &BTreeMap<String, Vec<String>>| of.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&before), names(&after), "{on}");
        let rest = |of: &BTreeMap<String, Vec<String>>| {
            let all = of.values().flatten().filter(|it| !it.contains("AWS_"));
            all.filter(|it| *it != "secrets")
                .cloned()
                .collect::<Vec<_>>()
        };
        assert_eq!(rest(&before), rest(&after), "{on}");
    }
}
