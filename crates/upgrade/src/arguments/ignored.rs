//! Where `ignore_changes` names what a row is about.

use std::ops::Range;

use syntax::hcl::Block;

/// An entry of `ignore_changes`.
pub struct Ignored {
    /// The bytes of the last name of the path.
    pub span: Range<usize>,
    /// The bytes that go with it, its comma included.
    pub whole: Range<usize>,
}

/// Where `ignore_changes` of a resource names what is at a path, in blocks by `[0]`; old code has
/// quotes around it.
pub fn ignored(resource: &Block<'_>, path: &str) -> Option<Ignored> {
    let lifecycle = resource.blocks("lifecycle").next()?;
    let list = lifecycle.attribute("ignore_changes")?.value;
    let items = list.items()?;
    let mut items = items.iter();
    let found = items.find(|item| item.written().replace("[0]", "") == path)?;
    let span = found.span();
    let text = found.document().text();
    let end = span.end - usize::from(found.literal().is_some());
    let name = path.rsplit('.').next()?;
    let before = text[..span.start].trim_end().len();
    let behind = text[span.end..].trim_start();
    let comma = behind.strip_prefix(',').map(|rest| text.len() - rest.len());
    Some(Ignored {
        span: end - name.len()..end,
        whole: before..comma.unwrap_or(span.end),
    })
}
