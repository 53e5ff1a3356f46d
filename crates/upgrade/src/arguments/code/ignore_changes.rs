//! What `ignore_changes` of a resource names.

use std::ops::Range;

use syntax::hcl::Block;

/// An entry of `ignore_changes`.
pub struct IgnoredPath {
    /// The bytes of the last name of the path.
    pub name: Range<usize>,
    /// The bytes to remove with the entry: the space before it and its comma included.
    pub entry: Range<usize>,
}

/// The entries of a resource's `ignore_changes` for what is inside of a block or an argument, each as
/// written with its bytes: `s3_configuration[0].buffer_size`, `tags["Name"]`.
pub fn ignored_inside(resource: &Block<'_>, path: &str) -> Vec<(Range<usize>, String)> {
    let lifecycle = resource.blocks("lifecycle").next();
    let list = lifecycle.and_then(|it| it.attribute("ignore_changes"));
    let items = list.and_then(|list| list.value.items());
    let inside = items.into_iter().flatten().filter_map(|item| {
        let written = item.written();
        let first = written.replace("[0]", "");
        let rest = first.strip_prefix(path)?;
        let is_inside = rest.starts_with(['.', '[']);
        is_inside.then(|| (item.span(), written))
    });
    inside.collect()
}

/// The entry of a resource's `ignore_changes` for an argument; `None` where there is none. A path
/// into a block is written with an index there, `storage_info[0].volume_size`, and before
/// Terraform 0.12 every entry was a quoted string.
pub fn ignored_path(resource: &Block<'_>, path: &str) -> Option<IgnoredPath> {
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
    Some(IgnoredPath {
        name: end - name.len()..end,
        entry: before..comma.unwrap_or(span.end),
    })
}
