//! Whether a value is there whatever the variables are: a new block or resource cannot be made of
//! none.

use super::ConversionInput;
use syntax::hcl::{Attribute, Value};
use terraform::references::{Declared, names_in, words};

/// Locals that are followed in a row.
const DEPTH: usize = 8;

/// Whether nothing says that it may be `null` or empty: neither its code, nor that of its locals,
/// nor the default of a variable.
pub fn is_set(subject: &ConversionInput<'_, '_>, value: &Value<'_>) -> bool {
    holds(subject, value, DEPTH)
}

fn holds(subject: &ConversionInput<'_, '_>, value: &Value<'_>, depth: usize) -> bool {
    let text = value.text();
    let is_empty = ["\"\"", "one("].iter().any(|it| text.contains(it));
    if is_empty || depth == 0 || !words(text, "null").is_empty() {
        return false;
    }
    let names = names_in(value.document(), &[value.span()]);
    names.iter().all(|name| {
        let found = declared(subject, name);
        found.is_none_or(|it| holds(subject, &it.value, depth - 1))
    })
}

/// The default of a variable, or the value of a local.
fn declared<'m>(subject: &ConversionInput<'m, '_>, name: &Declared) -> Option<Attribute<'m>> {
    let mut documents = subject.module.configuration();
    match name {
        Declared::Variable(word) => documents.find_map(|document| {
            let mut blocks = document.blocks("variable");
            let block = blocks.find(|block| block.label(0) == Some(word))?;
            block.attribute("default")
        }),
        Declared::Local(word) => documents.find_map(|document| {
            let mut blocks = document.blocks("locals");
            blocks.find_map(|block| block.attribute(word))
        }),
        Declared::Data(..) => None,
    }
}
