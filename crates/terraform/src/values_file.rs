//! Files with values of variables.

use std::collections::BTreeMap;
use std::path::Path;

use hcl_edit::expr::{Expression, ObjectKey};

use syntax::hcl::{Document, expression};
use syntax::text::BOM;

/// The values of a `*.tfvars` file, or of a `*.tfvars.json` one: an object as HCL knows them, too.
/// `None` where it is not understood.
pub fn values(path: &Path, text: &str) -> Option<BTreeMap<String, Expression>> {
    if path
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        let text = text.trim_start_matches(BOM).trim();
        let object = expression(text).ok()?;
        let entries = object.as_object()?.iter().filter_map(|(key, value)| {
            let ObjectKey::Expression(key) = key else {
                return None;
            };
            Some((key.as_str()?.to_owned(), value.expr().clone()))
        });
        return Some(entries.collect());
    }
    let document = Document::new(path.to_path_buf(), text.to_owned()).ok()?;
    let attributes = document.body().ok()?.attributes();
    let values = attributes.map(|it| (it.name.to_owned(), it.value.expression().clone()));
    Some(values.collect())
}
