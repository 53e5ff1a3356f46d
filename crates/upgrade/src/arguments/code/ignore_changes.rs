//! What `ignore_changes` of a resource names.

use std::ops::Range;

use syntax::hcl::Block;

/// An entry of `ignore_changes`.
pub struct IgnoredPath {
    /// The entry as written: `s3_configuration[0].buffer_size`, `tags["Name"]`.
    pub written: String,
    /// The bytes of the last name of the path.
    pub name: Range<usize>,
    /// The bytes to remove with the entry: the space before it and its comma included.
    pub entry: Range<usize>,
    path: Path,
}

/// The path of an entry. One into a block has an index there, `storage_info[0].volume_size`, and before
/// Terraform 0.12 every entry was a text: `"storage_info.0.volume_size"`.
#[derive(Debug, PartialEq, Eq)]
struct Path {
    /// Its names, up to the first key of a map, with dots between them.
    names: String,
    /// The bytes of the last one.
    last: Range<usize>,
    /// Whether a number follows the last name.
    is_indexed: bool,
    /// Whether the key of a map follows it.
    has_key: bool,
}

impl Path {
    fn of(written: &str) -> Self {
        let mut path = Self {
            names: String::new(),
            last: 0..0,
            is_indexed: false,
            has_key: false,
        };
        let mut at = 0;
        for part in written.split_inclusive(['.', '[', ']']) {
            let (name, start) = (part.trim_end_matches(['.', '[', ']']), at);
            let is_between_brackets = written[..start].ends_with('[');
            at += part.len();
            let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
            if name.is_empty() {
                continue;
            }
            if is_number {
                path.is_indexed = true;
            } else if is_between_brackets {
                path.has_key = true;
                break;
            } else {
                if !path.names.is_empty() {
                    path.names.push('.');
                }
                path.names += name;
                path.last = start..start + name.len();
                path.is_indexed = false;
            }
        }
        path
    }
}

/// The entries of a resource's `ignore_changes` for what is inside of a block or an argument.
pub fn ignored_inside(resource: &Block<'_>, path: &str) -> Vec<IgnoredPath> {
    let mut found = entries(resource);
    found.retain(|it| match it.path.names.strip_prefix(path) {
        Some("") => it.path.has_key,
        Some(rest) => rest.starts_with('.'),
        None => false,
    });
    found
}

/// The entries of a resource's `ignore_changes` for single elements of a block or an argument.
pub fn ignored_elements(resource: &Block<'_>, path: &str) -> Vec<IgnoredPath> {
    let mut found = ignored_paths(resource, path);
    found.retain(|it| it.path.is_indexed);
    found
}

/// The entries of a resource's `ignore_changes` for an argument or a block, or for elements of it.
pub fn ignored_paths(resource: &Block<'_>, path: &str) -> Vec<IgnoredPath> {
    let mut found = entries(resource);
    found.retain(|it| it.path.names == path && !it.path.has_key);
    found
}

fn entries(resource: &Block<'_>) -> Vec<IgnoredPath> {
    let lifecycle = resource.blocks("lifecycle").next();
    let list = lifecycle.and_then(|it| it.attribute("ignore_changes"));
    let items = list.and_then(|list| list.value.items());
    let entries = items.into_iter().flatten().map(|item| {
        let span = item.span();
        let text = item.document().text();
        let written = item.written();
        let path = Path::of(&written);
        let start = span.start + usize::from(item.literal().is_some());
        let before = text[..span.start].trim_end().len();
        let behind = text[span.end..].trim_start();
        let comma = behind.strip_prefix(',').map(|rest| text.len() - rest.len());
        IgnoredPath {
            name: start + path.last.start..start + path.last.end,
            entry: before..comma.unwrap_or(span.end),
            written,
            path,
        }
    });
    entries.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_without_its_numbers() {
        for (written, names, last, is_indexed, has_key) in [
            ("name", "name", "name", false, false),
            ("a[0].b", "a.b", "b", false, false),
            ("a.0.b", "a.b", "b", false, false),
            ("a[0]", "a", "a", true, false),
            ("a[0].b[1]", "a.b", "b", true, false),
            ("a.0", "a", "a", true, false),
            ("tags[\"a.b\"]", "tags", "tags", false, true),
            ("a[0].tags[\"x\"]", "a.tags", "tags", false, true),
            ("a_2", "a_2", "a_2", false, false),
        ] {
            let path = Path::of(written);
            let found = (
                path.names.as_str(),
                &written[path.last],
                path.is_indexed,
                path.has_key,
            );
            assert_eq!(found, (names, last, is_indexed, has_key), "{written}");
        }
    }
}
