//! Edits of YAML: what holds for any document and any change.
//!
//! `PROPTEST_CASES` sets how many cases are tried.
use std::str::FromStr;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use syntax::edit::splice;
use syntax::yaml::{Node, NodeKind, ScalarStyle, Yaml, YamlChange, YamlPath, YamlValue};

/// Entries of a mapping, in many styles.
const ENTRIES: &[&str] = &[
    "name: \"x: ${{ github.ref }}\" # named\n",
    "# of on\non:\n  push:\n    branches: [ main, 'v*' ]\n  pull_request:\n",
    "true: no number\n\n",
    "env:\n    # four\n    A: 1\n\n    B: '2' # two\n    # trailing\n      # deeper\n",
    "permissions: {}\n",
    "permissions2: { contents: read, \"id-token\": write }\n",
    "many: {\n  a: b,\n  c: [ d, { e: f } ],\n}\n",
    "steps:\n- uses: a@b # v4\n  with:\n    k: ${{ secrets.K }}\n\n# of run\n- run: |\n    one\n\n      # no comment\n    two\n\n# end\n",
    "steps2:\n  -   name: wide\n      uses: y\n\n  -\n    if: z\n    run: >-\n      folded\n       more\n\n  - - a\n    - b\n  - plain\n    goes on\n",
    "jobs:\n    a:\n        runs-on: x\n\n        steps:\n            # of the first\n            - name: x # c\n              # of env\n              env:\n                  K: \"v\\tw\"\n              run: |-\n                  a\n                  b\n            - uses: y\n",
    "keep: |+\n  a\n\n\n",
    "'quoted key': 'it''s'\n",
    "\n# alone\n\n",
    "empty:\n\n",
    "unused: &anchor\n  a: [ ]\n",
    "tab: |\n  \ta\n  b\n",
];

const VALUES: &[&str] = &[
    "text",
    "'it''s'",
    "3600",
    "\"3600\"",
    "a@b # v4",
    "{}",
    "id-token: write # why\nnested:\n  - a\n  - b: c\n",
    "- a\n- b: c\n  d: e\n",
    "|\n  one\n    two\n\n  three\n",
];

const NEW_ENTRIES: &[&str] = &[
    "new: ${{ vars.X }}\n",
    "# of new\nnew:\n  id-token: write # why\n  run: |\n    a\n\n      b\nnewer:\n- a\n",
];

const NEW_ITEMS: &[&str] = &[
    "- new\n",
    "# of new\n- name: new # c\n  with:\n    a: b\n  run: |\n    a\n\n      b\n",
];

const SCRIPTS: &[&str] = &["", "new\n", "new\n\n  newer\nnewest\n"];

fn document() -> impl Strategy<Value = String> {
    let entries = prop::sample::subsequence(ENTRIES, 1..7).prop_shuffle();
    (entries, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(entries, crlf, mark, end)| {
        let mut text = entries.concat();
        if end {
            text.truncate(text.trim_end().len());
        }
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        if mark {
            text.insert(0, '\u{feff}');
        }
        text
    })
}

fn places(node: &Node, place: &YamlPath, found: &mut Vec<YamlPath>) {
    let keys = node.entries().iter();
    let keys = keys.map(|entry| (place.key(&entry.name), &entry.value));
    let items = node.items().iter().enumerate();
    let items = items.map(|(at, item)| (place.item(at), &item.value));
    for (place, value) in keys.chain(items) {
        found.push(place.clone());
        places(value, &place, found);
    }
}

/// A change by numbers: which place, what of it, with which text.
type Numbers = (Index, Index, Index, Index);

fn change(yaml: &Yaml, (place, what, text, from): &Numbers) -> Option<YamlChange> {
    let mut found = Vec::new();
    places(yaml.root(), &YamlPath::root(), &mut found);
    let place = (!found.is_empty()).then(|| place.get(&found).clone())?;
    let node = yaml.at(&place)?;
    let added = |node: &Node| match node.is_mapping() {
        true => (*text.get(NEW_ENTRIES)).to_owned(),
        false => (*text.get(NEW_ITEMS)).to_owned(),
    };
    let around = added(yaml.at(&place.parent()?)?);
    Some(match (what.index(6), &node.kind) {
        (0 | 1, _) => YamlChange::Remove(place),
        (2, _) => YamlChange::Before(place, around),
        (3, _) => YamlChange::After(place, around),
        (4, NodeKind::Mapping { .. } | NodeKind::Sequence { .. }) => {
            YamlChange::Append(place, added(node))
        }
        (4, _) if node.style() == Some(ScalarStyle::Literal) => {
            let lines = node.as_str()?.trim_end().lines().count();
            let from = from.index(lines);
            let to = from + text.index(lines - from + 1);
            YamlChange::Lines(place, from..to, (*text.get(SCRIPTS)).to_owned())
        }
        _ => YamlChange::Replace(place, (*text.get(VALUES)).to_owned()),
    })
}

/// How a text is laid out, which no change may spoil.
fn blemishes(text: &str) -> [usize; 3] {
    let count = |what: &str| text.matches(what).count();
    let trailing = text.lines().filter(|line| line.ends_with(' ')).count();
    let doubled = text.replace('\r', "").matches("\n\n\n").count();
    let mixed = if count("\r\n") == 0 {
        0
    } else {
        count("\n") - count("\r\n")
    };
    [trailing, doubled, mixed]
}

fn applied(text: &str, yaml: &Yaml, changes: &[YamlChange]) -> Result<String, String> {
    let mut edits = yaml.apply(changes).map_err(|refusal| refusal.what)?;
    let (after, _) = splice(text, &mut edits).unwrap();
    for (before, after) in blemishes(text).iter().zip(blemishes(&after)) {
        assert!(after <= *before, "{text:?}\n{changes:?}\n{after:?}");
    }
    assert_eq!(text.starts_with('\u{feff}'), after.starts_with('\u{feff}'));
    assert_eq!(text.ends_with('\n'), after.ends_with('\n'));
    Ok(after)
}

/// What stays of a tree without one of its places; `None` for nothing.
fn without(tree: &YamlValue, node: &Node, here: &YamlPath, gone: &YamlPath) -> Option<YamlValue> {
    let empty = |is_empty: bool, tree: YamlValue| (!is_empty).then_some(tree);
    if here == gone {
        return None;
    }
    match tree {
        YamlValue::Map(entries) => {
            let left = entries.iter().filter_map(|(name, value)| {
                let value = without(value, node.get(name)?, &here.key(name), gone)?;
                Some((name.clone(), value))
            });
            let left: Vec<_> = left.collect();
            empty(left.is_empty() && !entries.is_empty(), YamlValue::Map(left))
        }
        YamlValue::List(items) => {
            let left = items.iter().enumerate().filter_map(|(at, value)| {
                without(value, &node.items()[at].value, &here.item(at), gone)
            });
            let left: Vec<_> = left.collect();
            empty(left.is_empty() && !items.is_empty(), YamlValue::List(left))
        }
        other => Some(other.clone()),
    }
}

proptest! {
    #[test]
    fn one_change_is_made_or_refused_for_a_reason(text in document(), numbers in any::<Numbers>()) {
        let Ok(yaml) = Yaml::parse(text.as_str()) else { return Ok(()) };
        let Some(change) = change(&yaml, &numbers) else { return Ok(()) };
        match applied(&text, &yaml, std::slice::from_ref(&change)) {
            Err(what) => {
                let reasons = ["nothing would be left", "no line would be left", "touch the same"];
                // Blank lines belong to a `|+` text, and a first line tells a script's columns.
                let is_script = matches!(change, YamlChange::Lines(..)) || text.contains("|+");
                let is_known = reasons.iter().any(|reason| what.contains(reason));
                prop_assert!(is_known || is_script, "{text:?}\n{change:?}\n{what}");
            }
            Ok(after) => if let YamlChange::Remove(place) = &change {
                let left = without(&yaml.tree(), yaml.root(), &YamlPath::root(), place);
                let after = Yaml::parse(after).unwrap();
                prop_assert_eq!(Some(after.tree()), left);
            },
        }
    }

    #[test]
    fn many_changes_leave_no_blemish(
        text in document(),
        numbers in prop::collection::vec(any::<Numbers>(), 2..5),
    ) {
        let Ok(yaml) = Yaml::parse(text.as_str()) else { return Ok(()) };
        let changes: Vec<_> = numbers.iter().filter_map(|each| change(&yaml, each)).collect();
        let _ = applied(&text, &yaml, &changes);
    }

    #[test]
    fn nothing_panics(text in "[ab:\\-|>{}\\[\\],#&*!?'\" \n\r\u{e9}]{0,40}", numbers in any::<Numbers>()) {
        let Ok(yaml) = Yaml::parse(text.as_str()) else { return Ok(()) };
        if let Some(change) = change(&yaml, &numbers) {
            let _ = yaml.apply(&[change]);
        }
    }

    #[test]
    fn yaml_edit_removes_the_same(entry in select(ENTRIES), numbers in any::<Numbers>()) {
        let text = format!("first: 1\n{entry}last: 1\n");
        let yaml = Yaml::parse(text.as_str()).unwrap();
        let mut found = Vec::new();
        places(yaml.root(), &YamlPath::root(), &mut found);
        let place = numbers.0.get(&found);
        let (Ok(ours), Some(theirs)) = (
            applied(&text, &yaml, &[YamlChange::Remove(place.clone())]),
            removed(&text, &yaml, place),
        ) else { return Ok(()) };
        let ours = Yaml::parse(ours).unwrap();
        // What it writes is not always YAML.
        if let Ok(theirs) = Yaml::parse(theirs.as_str()) {
            prop_assert_eq!(ours.tree(), theirs.tree(), "{:?} {:?}", text, place);
        }
    }
}

/// `text` as yaml-edit leaves it without an entry of a mapping, where others stay.
fn removed(text: &str, yaml: &Yaml, place: &YamlPath) -> Option<String> {
    let document = yaml_edit::Document::from_str(text).ok()?;
    let mut mapping = document.as_mapping()?;
    let mut above = vec![place.clone()];
    while let Some(parent) = above.last().and_then(YamlPath::parent) {
        above.push(parent);
    }
    let mut node = yaml.root();
    above.reverse();
    for (at, place) in above.iter().enumerate().skip(1) {
        let value = yaml.at(place)?;
        let mut entries = node.entries().iter();
        let entry = entries.find(|entry| std::ptr::eq(&raw const entry.value, value))?;
        if at + 1 == above.len() {
            (node.entries().len() > 1).then_some(())?;
            mapping.remove(entry.name.as_str())?;
            return Some(document.to_string());
        }
        mapping = mapping.get_mapping(entry.name.as_str())?;
        node = value;
    }
    None
}
