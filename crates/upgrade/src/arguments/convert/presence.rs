//! Whether a value is set whatever the variables are. An argument that is null is as if it were not
//! there, but a block or a resource made of it is.

use super::ConversionInput;
use syntax::hcl::{Attribute, Value};
use syntax::ranges::Ranges;
use terraform::references::{NamedValue, names_in, words};

/// How many locals are followed in a row. It bounds the search where locals refer to each other,
/// which Terraform rejects but which may be in the code.
const DEPTH: usize = 8;

/// Whether neither the value nor the locals and defaults of variables in it say that it may be
/// `null` or empty.
pub fn is_set(input: &ConversionInput<'_, '_>, value: &Value<'_>) -> bool {
    holds(input, value, DEPTH)
}

fn holds(input: &ConversionInput<'_, '_>, value: &Value<'_>, depth: usize) -> bool {
    let text = value.text();
    // `one()` of an empty list is null.
    let is_empty = ["\"\"", "one("].iter().any(|it| text.contains(it));
    if is_empty || depth == 0 || !words(text, "null").is_empty() {
        return false;
    }
    let names = names_in(value.document(), &Ranges::from_iter([value.span()]));
    names.iter().all(|name| {
        let found = declared(input, name);
        found.is_none_or(|it| holds(input, &it.value, depth - 1))
    })
}

/// The default of a variable, or the value of a local.
fn declared<'m>(input: &ConversionInput<'m, '_>, name: &NamedValue) -> Option<Attribute<'m>> {
    let mut documents = input.module.configuration();
    match name {
        NamedValue::Variable(word) => documents.find_map(|document| {
            let mut blocks = document.blocks("variable");
            let block = blocks.find(|block| block.label(0) == Some(word))?;
            block.attribute("default")
        }),
        NamedValue::Local(word) => documents.find_map(|document| {
            let mut blocks = document.blocks("locals");
            blocks.find_map(|block| block.attribute(word))
        }),
        NamedValue::Data(..) => None,
    }
}
