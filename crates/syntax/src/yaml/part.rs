//! A part of a long document, for changes that all lie in one entry of it.
//!
//! A change is proved by reading the whole text again. Where each of many jobs of a file changes by
//! itself, that would take quadratic time: the job is read alone, below the key that it stands under.

use super::Yaml;
use super::change::YamlChange;
use super::node::{Node, PathStep, YamlPath};
use crate::edit::Edit;
use crate::text;

/// Documents up to this many bytes are read again as a whole.
const SHORT: usize = 16 * 1024;

impl Yaml {
    /// The edits that make all changes, proved on the entry that they lie in; `None` where they lie in
    /// several, or the document is short or repeats nodes by aliases.
    pub(super) fn apply_in_part(&self, changes: &[YamlChange]) -> Option<Vec<Edit>> {
        if self.text.len() <= SHORT || *self.has_anchors.get_or_init(|| has_anchors(&self.root)) {
            return None;
        }
        let (outer, inner) = common(changes)?;
        let above = self.root.entry(outer)?;
        let is_block = |node: &Node| node.is_mapping() && !node.is_flow();
        if !is_block(&self.root) || !is_block(&above.value) {
            return None;
        }
        let at = above
            .value
            .entries()
            .iter()
            .position(|it| it.name == inner)?;
        let entry = &above.value.entries()[at];
        if !entry.value.is_block() {
            return None;
        }
        let line = |offset: usize| {
            text::line_start(&self.text, offset)..text::line_end(&self.text, offset)
        };
        let head = line(above.key.start);
        // The key behind it tells where it ends, and what blank lines are between.
        let behind = above.value.entries().get(at + 1).map(|next| next.key.start);
        let behind = behind.or_else(|| {
            let mut entries = self.root.entries().iter();
            let next = entries.find(|next| next.key.start > entry.key.start)?;
            Some(next.key.start)
        });
        let end = behind.map_or(self.text.len(), |key| line(key).end);
        let start = line(entry.key.start).start;
        if head.end > start {
            return None;
        }
        let part = format!("{}{}", &self.text[head.clone()], &self.text[start..end]);
        let shift = start - (head.end - head.start);
        let edits = Self::parse(part).ok()?.apply_to_all(changes);
        let is_below = |edit: &Edit| edit.range.start >= head.end - head.start;
        let edits = match edits {
            Ok(edits) if edits.iter().all(is_below) => edits,
            // The whole document says why not.
            Ok(_) | Err(_) => return None,
        };
        let moved = edits.into_iter().map(|edit| Edit {
            range: edit.range.start + shift..edit.range.end + shift,
            ..edit
        });
        Some(moved.collect())
    }
}

/// The first two keys of the places of all changes, of which each is further inside.
fn common(changes: &[YamlChange]) -> Option<(&str, &str)> {
    let first = changes.first()?.place();
    let is_inside = |place: &YamlPath| place.0.len() > 2 && place.0[..2] == first.0[..2];
    let is_common = changes.iter().all(|change| is_inside(change.place()));
    match &first.0[..] {
        [PathStep::Key(outer), PathStep::Key(inner), ..] if is_common => Some((outer, inner)),
        _ => None,
    }
}

fn has_anchors(node: &Node) -> bool {
    node.anchor.is_some() || node.children().any(has_anchors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::splice;

    /// A workflow of many jobs, some apart by blank lines and comments, and what follows them.
    fn long(behind: &str) -> String {
        let jobs: String = (0..120)
            .map(|it| {
                let gap = ["", "\n", "  # of the next\n", "\n    # deeper\n\n"][it % 4];
                format!(
                    "  j{it}: # {it}\n    runs-on: x\n    env:\n      A: 1\n\n      B: 2\n    steps:\n      - run: |\n          a\n          b\n\n      # c\n      - uses: d\n        with:\n          e: f\n{gap}"
                )
            })
            .collect();
        format!("on: push\njobs:\n{jobs}{behind}")
    }

    #[test]
    fn a_change_of_one_entry_is_the_same_alone_and_in_the_whole_document() {
        let place = |job: &str| YamlPath::root().key("jobs").key(job);
        let text = |text: &str| text.to_owned();
        for behind in ["", "\nx:\n  y: z\n", "z: [a,\n  b]\n"] {
            let yaml = Yaml::parse(long(behind)).unwrap();
            for job in ["j0", "j1", "j2", "j118", "j119"] {
                let job = place(job);
                let step = |number| job.key("steps").item(number);
                for changes in [
                    vec![YamlChange::Remove(job.key("env").key("A"))],
                    vec![
                        YamlChange::Remove(job.key("env").key("A")),
                        YamlChange::Remove(job.key("env").key("B")),
                    ],
                    vec![YamlChange::Remove(step(1))],
                    vec![YamlChange::Remove(job.key("steps"))],
                    vec![YamlChange::Append(job.key("steps"), text("- run: x\n"))],
                    vec![YamlChange::Before(step(0), text("- uses: x # v1\n"))],
                    vec![YamlChange::After(
                        step(1),
                        text("- uses: x\n  with:\n    a: b\n"),
                    )],
                    vec![YamlChange::Before(
                        job.key("steps"),
                        text("permissions:\n  a: b\n"),
                    )],
                    vec![YamlChange::Replace(step(1).key("with").key("e"), text("g"))],
                    vec![YamlChange::Lines(step(0).key("run"), 0..1, text("c\n"))],
                ] {
                    let whole = yaml.apply_to_all(&changes);
                    let made =
                        |edits: Vec<Edit>| splice(yaml.text(), &mut edits.clone()).unwrap().0;
                    match (yaml.apply_in_part(&changes), whole) {
                        (Some(part), Ok(whole)) => {
                            assert_eq!(made(part), made(whole), "{changes:?}");
                        }
                        // What ends in a text that is no document alone is proved as a whole.
                        (None, whole) => {
                            assert!(whole.is_err() || behind.starts_with('z'), "{changes:?}");
                        }
                        (Some(_), Err(why)) => panic!("{changes:?}: {why:?}"),
                    }
                }
            }
        }
    }

    #[test]
    fn changes_of_several_entries_and_of_short_documents_are_proved_on_the_whole() {
        let remove = |job: &str| {
            let place = YamlPath::root().key("jobs").key(job);
            YamlChange::Remove(place.key("env").key("A"))
        };
        let yaml = Yaml::parse(long("")).unwrap();
        assert!(yaml.apply_in_part(&[remove("j0"), remove("j1")]).is_none());
        assert!(yaml.apply_in_part(&[remove("j0")]).is_some());
        let aliased = Yaml::parse(long("x: &x 1\n")).unwrap();
        assert!(aliased.apply_in_part(&[remove("j0")]).is_none());
        let short = Yaml::parse("jobs:\n  j0:\n    env:\n      A: 1\n      B: 1\n").unwrap();
        assert!(short.apply_in_part(&[remove("j0")]).is_none());
    }
}
