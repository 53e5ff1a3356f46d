//! The words of a list of arguments: written out, put together by `concat`, or named by a local.

use syntax::hcl::{Document, Value};

/// The words of a list.
#[derive(Debug, Default)]
pub(super) struct ListedWords<'d> {
    /// Those that are written out somewhere, in their order; of a choice, those of both branches.
    pub words: Vec<Value<'d>>,
    /// Whether the list has others.
    pub is_open: bool,
    /// Whether a condition chooses some of them.
    pub is_choice: bool,
}

/// Locals that are followed one after the other: two are a chain that people write, more may be a circle.
const DEPTH: usize = 4;

impl<'d> ListedWords<'d> {
    /// Those of an expression in a module.
    pub fn of(list: &Value<'d>, documents: &[&'d Document]) -> Self {
        let mut found = Self::default();
        found.add(list, documents, DEPTH);
        found
    }

    fn add(&mut self, list: &Value<'d>, documents: &[&'d Document], depth: usize) {
        if let Some(items) = list.items() {
            self.words.extend(items);
            return;
        }
        let parts = list
            .arguments("concat")
            .or_else(|| list.arguments("compact"));
        let parts = parts.or_else(|| list.arguments("flatten"));
        if let Some(parts) = parts {
            for part in &parts {
                self.add(part, documents, depth);
            }
            return;
        }
        if let Some(branches) = list.branches() {
            self.is_choice = true;
            for branch in &branches {
                self.add(branch, documents, depth);
            }
            return;
        }
        match (local(list, documents), depth.checked_sub(1)) {
            (Some(value), Some(depth)) => self.add(&value, documents, depth),
            _ => self.is_open = true,
        }
    }
}

/// The value of the local that an expression is.
fn local<'d>(value: &Value<'d>, documents: &[&'d Document]) -> Option<Value<'d>> {
    let name = value.text().strip_prefix("local.")?;
    let mut blocks = documents.iter().flat_map(|it| it.blocks("locals"));
    blocks.find_map(|it| it.attribute(name)).map(|it| it.value)
}
