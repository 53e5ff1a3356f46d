//! From changes to the edits that make them, and to the tree that they mean.

use std::collections::{HashMap, HashSet};

use super::change::{EntryChange, YamlChange};
use super::draft::Draft;
use super::node::{Node, PathStep, YamlPath};
use super::replace::{self, ValueSlot};
use super::tree::YamlValue;
use super::{Yaml, YamlError, allowed, block, flow, lines, remove};
use crate::edit::Edit;

/// Columns by which a mapping is indented deeper than its key, where the document shows no other
/// step: that of GitHub's documentation.
const STEP: usize = 2;

/// The edits that `changes` make and the tree they mean.
pub fn apply(yaml: &Yaml, changes: &[YamlChange]) -> Result<(Vec<Edit>, YamlValue), YamlError> {
    allowed::all(yaml, changes)?;
    let changes = emptied(yaml, changes)?;
    let draft = Draft {
        yaml,
        edits: Vec::new(),
        gone: Vec::new(),
    };
    let mut walk = Descent {
        draft,
        changes: ByPlace::of(&changes),
    };
    let tree = walk.collection(yaml.root(), &YamlPath::root(), STEP)?;
    let Draft {
        mut edits, gone, ..
    } = walk.draft;
    remove::lines(yaml.text(), gone, &mut edits);
    Ok((edits, tree))
}

/// `changes`, where the removal of all that a value holds has become that of its entry.
fn emptied(yaml: &Yaml, changes: &[YamlChange]) -> Result<Vec<YamlChange>, YamlError> {
    let mut removed: HashSet<YamlPath> = HashSet::new();
    let mut added_to: HashSet<YamlPath> = HashSet::new();
    for change in changes {
        match change {
            YamlChange::Remove(place) => drop(removed.insert(place.clone())),
            YamlChange::Before(place, _) | YamlChange::After(place, _) => {
                added_to.extend(place.parent());
            }
            YamlChange::Append(place, _) => drop(added_to.insert(place.clone())),
            YamlChange::Replace(..) | YamlChange::Lines(..) => {}
        }
    }
    // Removing the last entry of a mapping removes the entry that holds it, and that may be the
    // last of its own mapping: until nothing changes.
    let mut left: HashMap<YamlPath, usize> = HashMap::new();
    let mut waiting: Vec<YamlPath> = removed.iter().filter_map(YamlPath::parent).collect();
    let mut empty: HashSet<YamlPath> = HashSet::new();
    while let Some(parent) = waiting.pop() {
        let Some(node) = yaml.at(&parent) else {
            continue;
        };
        let count = || node.children().count();
        let left = left.entry(parent.clone()).or_insert_with(count);
        *left = left.saturating_sub(1);
        if *left > 0 || added_to.contains(&parent) {
            continue;
        }
        if !matches!(parent.0.last(), Some(PathStep::Key(_))) {
            let what = "nothing would be left here";
            return Err(YamlError::new(node.span.start, what));
        }
        if removed.insert(parent.clone()) {
            waiting.extend(parent.parent());
        }
        empty.insert(parent);
    }
    let is_inside = |place: &YamlPath| {
        let mut above = place.clone();
        std::iter::from_fn(|| above.0.pop().map(|_| above.clone())).any(|it| empty.contains(&it))
    };
    let kept = changes.iter().filter(|change| !is_inside(change.place()));
    let mut all: Vec<YamlChange> = kept.cloned().collect();
    let outermost = empty.iter().filter(|place| !is_inside(place));
    all.extend(outermost.cloned().map(YamlChange::Remove));
    Ok(all)
}

/// Changes by their places.
struct ByPlace<'c> {
    at: HashMap<&'c YamlPath, Vec<&'c YamlChange>>,
    /// The places below which something changes, and those that something is added to.
    around: HashSet<YamlPath>,
}

impl<'c> ByPlace<'c> {
    fn of(changes: &'c [YamlChange]) -> Self {
        let mut all = Self {
            at: HashMap::new(),
            around: HashSet::new(),
        };
        for change in changes {
            let place = change.place();
            all.at.entry(place).or_default().push(change);
            if matches!(change, YamlChange::Append(..)) {
                all.around.insert(place.clone());
            }
            let mut above = place.parent();
            while let Some(place) = above.filter(|it| all.around.insert(it.clone())) {
                above = place.parent();
            }
        }
        all
    }

    fn at(&self, place: &YamlPath) -> &[&'c YamlChange] {
        self.at.get(place).map_or(&[], Vec::as_slice)
    }
}

/// Walks down to what changes.
struct Descent<'y> {
    draft: Draft<'y>,
    changes: ByPlace<'y>,
}

impl<'y> Descent<'y> {
    /// Makes all changes at and below a place; returns what is meant to stand there. `step`: by
    /// how many columns lines are indented deeper here.
    fn collection(
        &mut self,
        node: &'y Node,
        place: &YamlPath,
        step: usize,
    ) -> Result<YamlValue, YamlError> {
        if !self.changes.around.contains(place) {
            return Ok(self.draft.yaml.tree_of(node));
        }
        let step = block::step(self.draft.yaml.text(), node).unwrap_or(step);
        let added = self.changes.at(place).iter();
        let added = added.filter_map(|change| match change {
            YamlChange::Append(_, text) => Some(text.as_str()),
            _ => None,
        });
        let added = added.map(Self::snippet).collect::<Result<Vec<_>, _>>()?;
        let mut entry_changes = Vec::new();
        for step in steps(node) {
            let place = place.with(step);
            entry_changes.push(self.entry_change(place)?);
        }
        for snippet in added.iter().chain(
            entry_changes
                .iter()
                .flat_map(|entry_change| entry_change.before.iter().chain(&entry_change.after)),
        ) {
            let (node, new) = (node, snippet.root());
            let is_same = std::mem::discriminant(&node.kind) == std::mem::discriminant(&new.kind);
            if !is_same || !new.is_block() {
                let what = "what is added is not of the kind of what stands here";
                return Err(YamlError::new(node.span.start, what));
            }
        }
        // What is added inside comes before what is added behind it, be it at the same offset.
        let tree = self.meant(node, &entry_changes, &added, step)?;
        match node.is_flow() {
            true => flow::edit(&mut self.draft, node, &entry_changes, &added)?,
            false => block::edit(&mut self.draft, node, &entry_changes, &added, step)?,
        }
        Ok(tree)
    }

    /// The tree of a collection once its entries have changed.
    fn meant(
        &mut self,
        node: &'y Node,
        entry_changes: &[EntryChange<'_>],
        added: &[Yaml],
        step: usize,
    ) -> Result<YamlValue, YamlError> {
        let mut map = Vec::new();
        let mut list = Vec::new();
        let add = |map: &mut Vec<_>, list: &mut Vec<_>, snippets: &[Yaml]| {
            for snippet in snippets {
                match snippet.tree() {
                    YamlValue::Map(more) => map.extend(more),
                    YamlValue::List(more) => list.extend(more),
                    _ => {}
                }
            }
        };
        for (at, entry_change) in entry_changes.iter().enumerate() {
            add(&mut map, &mut list, &entry_change.before);
            if !entry_change.is_gone {
                let entry = node.entries().get(at);
                let item = node.items().get(at);
                if let Some(entry) = entry {
                    let slot = ValueSlot::of_entry(entry, node.is_flow(), step);
                    let value = self.value(&entry.value, entry_change, &slot)?;
                    map.push((entry.name.clone(), value));
                } else if let Some(item) = item {
                    let slot = ValueSlot::of_item(item, node.is_flow(), step);
                    list.push(self.value(&item.value, entry_change, &slot)?);
                }
            }
            add(&mut map, &mut list, &entry_change.after);
        }
        add(&mut map, &mut list, added);
        Ok(match node.is_mapping() {
            true => YamlValue::Map(map),
            false => YamlValue::List(list),
        })
    }

    /// A value whose entry is not removed: replaced, changed in its lines, or changed further inside.
    fn value(
        &mut self,
        node: &'y Node,
        entry_change: &EntryChange<'_>,
        slot: &ValueSlot,
    ) -> Result<YamlValue, YamlError> {
        let mut changes = entry_change.changes.iter();
        let own = changes
            .find(|change| matches!(change, YamlChange::Replace(..) | YamlChange::Lines(..)));
        match own {
            Some(YamlChange::Replace(_, text)) => {
                replace::edit(&mut self.draft, node, &Self::snippet(text)?, slot)
            }
            Some(YamlChange::Lines(_, range, text)) => {
                lines::edit(&mut self.draft, node, range, text)
            }
            _ => self.collection(node, &entry_change.place, slot.step),
        }
    }

    fn entry_change(&self, place: YamlPath) -> Result<EntryChange<'y>, YamlError> {
        let mut entry_change = EntryChange {
            changes: self.changes.at(&place).to_vec(),
            place,
            ..EntryChange::default()
        };
        for change in &entry_change.changes {
            match change {
                YamlChange::Remove(_) => entry_change.is_gone = true,
                YamlChange::Before(_, text) => entry_change.before.push(Self::snippet(text)?),
                YamlChange::After(_, text) => entry_change.after.push(Self::snippet(text)?),
                _ => {}
            }
        }
        Ok(entry_change)
    }

    fn snippet(text: &str) -> Result<Yaml, YamlError> {
        Yaml::parse(text)
            .map_err(|error| YamlError::new(0, format!("what is added: {}", error.what)))
    }
}

/// The steps to the children of a node.
fn steps(node: &Node) -> Vec<PathStep> {
    let keys = node
        .entries()
        .iter()
        .map(|entry| PathStep::Key(entry.name.clone()));
    keys.chain((0..node.items().len()).map(PathStep::Item))
        .collect()
}
