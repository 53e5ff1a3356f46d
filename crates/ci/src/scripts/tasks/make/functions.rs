//! Functions of Make that call variables and repeat texts.

use super::file::Definition;
use super::run::{MakeRun, Own};
use crate::scripts::tasks::UNKNOWN;

impl MakeRun<'_> {
    /// What `$(call NAME,ARGUMENT,...)` and `$(foreach NAME,LIST,TEXT)` come to ("Functions for Transforming
    /// Text"); `None` for what is none of these.
    pub(super) fn function(&self, text: &str, own: &Own, depth: usize) -> Option<String> {
        let (name, arguments) = text.split_once([' ', '\t'])?;
        let arguments = arguments_in(arguments);
        match (name, arguments.as_slice()) {
            ("call", [name, given @ ..]) => {
                let name = self.expanded(name, own, depth);
                let Some(Definition::Value(body)) = self.file.variables.get(name.trim()) else {
                    return Some(UNKNOWN.to_owned());
                };
                let given = given.iter().map(|text| self.expanded(text, own, depth));
                let given = given.enumerate();
                let given = given.map(|(index, value)| ((index + 1).to_string(), value));
                let inner: Vec<(String, String)> = own.iter().cloned().chain(given).collect();
                Some(self.expanded(body, &inner, depth))
            }
            ("foreach", [name, list, text]) => {
                let list = self.expanded(list, own, depth);
                if list.contains('$') {
                    return Some(UNKNOWN.to_owned());
                }
                let texts = list.split_whitespace().map(|word| {
                    let value = (name.trim().to_owned(), word.to_owned());
                    let inner: Vec<(String, String)> = own.iter().cloned().chain([value]).collect();
                    self.expanded(text, &inner, depth)
                });
                Some(texts.collect::<Vec<_>>().join(" "))
            }
            _ => None,
        }
    }
}

/// The arguments of a function, as written.
fn arguments_in(text: &str) -> Vec<&str> {
    let mut arguments = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                arguments.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    arguments.push(&text[start..]);
    arguments
}
