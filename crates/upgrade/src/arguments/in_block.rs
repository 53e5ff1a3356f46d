//! What rows make of the arguments and blocks inside a resource.

use std::ops::Range;

use super::convert::edited;
use super::ignored::{Ignored, ignored};
use super::known::KnownBlock;
use super::places::{ArgumentSite, What, contents, places};
use super::table::{Row, Rule};
use diagnostics::finding::FileEdit;
use syntax::edit::Edit;
use syntax::hcl::{Attribute, Block, Document};

/// What is said of one place, and done to it.
pub struct Told {
    /// The bytes that it is about.
    pub range: Range<usize>,
    /// The rest of the sentence that the resource's address begins.
    pub message: String,
    /// What a person should know, where the row does not say it.
    pub help: Option<String>,
    /// Whether a person has to agree, whatever the row says.
    pub review: bool,
    /// The edits; none where a person has to do it.
    pub edits: Vec<FileEdit>,
}

impl Told {
    /// A place that is left to a person.
    pub fn left(range: Range<usize>, message: String) -> Self {
        Self {
            range,
            message,
            help: None,
            review: false,
            edits: Vec::new(),
        }
    }

    fn done(range: Range<usize>, message: String, document: &Document, edits: Vec<Edit>) -> Self {
        let path = document.path();
        let edits = edits.into_iter().map(|edit| FileEdit {
            path: path.to_path_buf(),
            edit,
        });
        Self {
            edits: edits.collect(),
            ..Self::left(range, message)
        }
    }
}

/// Why something that a person has to change is spoken of.
pub fn left(row: &Row) -> &'static str {
    match (row.fails, row.needed) {
        (true, _) => "fails after the upgrade and is left to a person",
        (false, true) => "means something else after the upgrade",
        (false, false) => "is worth a look after the upgrade",
    }
}

/// What the row makes of a block, but for conversions; `inner` is what is edited in what it moves.
pub fn told(
    it: &KnownBlock<'_>,
    row: &Row,
    all: &[KnownBlock<'_>],
    inner: &[FileEdit],
) -> Vec<Told> {
    let block = it.block;
    let Some(path) = row.paths.first() else {
        let range = block.span();
        let message = "is of a type that is gone after the upgrade".to_owned();
        return vec![Told::left(range, message)];
    };
    let holds = |place: &ArgumentSite<'_>| row.condition.holds(&place.owner);
    let found = || places(&block, path).into_iter().filter(holds);
    match &row.rule {
        Rule::Rename(to) if places(&block, path).is_empty() => {
            let ignored = ignored(&block, path).into_iter();
            ignored.map(|it| ignored_as(&block, &it, to)).collect()
        }
        Rule::Rename(to) => found().map(|place| renamed(&place, row, to)).collect(),
        Rule::Wrap { to, is_first } => found()
            .map(|place| wrapped(&place, row, to, *is_first, inner))
            .chain(still_ignored(&block, row))
            .collect(),
        Rule::Delete(when) => {
            let mut all: Vec<_> = found().map(|place| deleted(&place, row, when)).collect();
            all.extend(unignored(&block, path));
            all
        }
        Rule::Person => found()
            .map(|place| person(&place, row))
            .chain(still_ignored(&block, row))
            .collect(),
        Rule::Bool => found().filter_map(|place| boolean(&place)).collect(),
        Rule::Pin(_) | Rule::Missing => {
            let mut overrides = all.iter().filter(|other| other.is_override);
            let is_whole = !it.is_override
                && !overrides
                    .any(|other| other.is_same(it) && !places(&other.block, path).is_empty());
            match is_whole {
                true => absent(&block, path)
                    .filter(|owner| row.condition.holds(owner))
                    .filter_map(|owner| unset(&owner, row, path))
                    .collect(),
                false => Vec::new(),
            }
        }
        Rule::Convert(_) => still_ignored(&block, row).collect(),
        Rule::Refer(_) | Rule::Index | Rule::Gone => Vec::new(),
    }
}

fn person(place: &ArgumentSite<'_>, row: &Row) -> Told {
    let message = format!("`{}` {}", place.name(), left(row));
    Told::left(place.span(), message)
}

fn renamed(place: &ArgumentSite<'_>, row: &Row, to: &str) -> Told {
    let key = match &place.what {
        What::Attribute(attribute) => attribute.key.clone(),
        What::Block(block) => {
            let start = block.span().start;
            start..start + block.kind().len()
        }
        What::Dynamic(_) => return person(place, row),
    };
    if place.owner.attribute(to).is_some() {
        return person(place, row);
    }
    let message = format!("`{}` becomes `{to}`", place.name());
    let mut edits = vec![Edit::replace(key, to)];
    if let Some(ignored) = ignored(&place.owner, place.name()) {
        edits.push(Edit::replace(ignored.span, to));
    }
    Told::done(place.span(), message, place.owner.document(), edits)
}

/// `ignore_changes` must not name what the provider does not know.
fn unignored(resource: &Block<'_>, name: &str) -> Option<Told> {
    let ignored = ignored(resource, name)?;
    let message = format!("`ignore_changes` names `{name}` no longer");
    let edits = vec![Edit::replace(ignored.whole, "")];
    Some(Told::done(
        ignored.span,
        message,
        resource.document(),
        edits,
    ))
}

fn ignored_as(resource: &Block<'_>, ignored: &Ignored, to: &str) -> Told {
    let message = format!("`ignore_changes` names `{to}`");
    let edits = vec![Edit::replace(ignored.span.clone(), to)];
    Told::done(ignored.span.clone(), message, resource.document(), edits)
}

/// Where `ignore_changes` names what has no successor of the same kind.
fn still_ignored<'r>(
    resource: &'r Block<'_>,
    row: &'r Row,
) -> impl Iterator<Item = Told> + use<'r> {
    let fails = row.fails && !row.computed && !row.condition.is_some();
    let paths = row.paths.iter().filter(move |_| fails);
    paths.filter_map(|path| {
        let ignored = ignored(resource, path)?;
        let message = format!("`ignore_changes` names `{path}`, which {}", left(row));
        Some(Told::left(ignored.span, message))
    })
}

fn deleted(place: &ArgumentSite<'_>, row: &Row, when: &[String]) -> Told {
    let is_known = when.is_empty()
        || match &place.what {
            What::Attribute(attribute) => when.iter().any(|it| it == attribute.value.text()),
            What::Block(_) | What::Dynamic(_) => false,
        };
    if !is_known && row.review {
        return person(place, row);
    }
    let document = place.owner.document();
    let edits = vec![Edit::remove(document, place.span())];
    let message = format!("`{}` goes: it is not known any more", place.name());
    Told {
        review: !is_known,
        ..Told::done(place.span(), message, document, edits)
    }
}

fn boolean(place: &ArgumentSite<'_>) -> Option<Told> {
    let What::Attribute(attribute) = &place.what else {
        return None;
    };
    let value = match attribute.value.written().as_str() {
        "0" => "false",
        "1" => "true",
        _ => return None,
    };
    let edits = vec![Edit::replace(attribute.value.span(), value)];
    let message = format!("`{}` becomes `{value}`", attribute.name);
    let document = place.owner.document();
    Some(Told::done(place.span(), message, document, edits))
}

fn wrapped(
    place: &ArgumentSite<'_>,
    row: &Row,
    to: &str,
    is_first: bool,
    inner: &[FileEdit],
) -> Told {
    let What::Attribute(attribute) = &place.what else {
        return person(place, row);
    };
    let value = attribute.value;
    if value.text().starts_with("<<") {
        return person(place, row);
    }
    let mut edits = Vec::new();
    match place.owner.attribute(to) {
        None => {
            edits.push(Edit::replace(attribute.key.clone(), to));
            edits.push(Edit::insert(value.span().start, "["));
            edits.push(Edit::insert(value.span().end, "]"));
        }
        Some(list) => {
            edits.push(Edit::remove(place.owner.document(), attribute.span()));
            let item = edited(place.owner.document(), value.span(), inner);
            edits.extend(joined(&list, &item, is_first));
        }
    }
    let message = format!("`{}` becomes part of `{to}`", place.name());
    Told::done(place.span(), message, place.owner.document(), edits)
}

/// Adds an item to a list.
fn joined(list: &Attribute<'_>, item: &str, is_first: bool) -> Vec<Edit> {
    let span = list.value.span();
    let text = list.value.text();
    let inner = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    match inner {
        Some(inner) if inner.trim().is_empty() => {
            vec![Edit::replace(span, format!("[{item}]"))]
        }
        Some(inner) if is_first => {
            let gap = &inner[..inner.len() - inner.trim_start().len()];
            vec![Edit::insert(
                span.start + 1,
                format!("{gap}{item},{}", if gap.is_empty() { " " } else { "" }),
            )]
        }
        Some(inner) => {
            let end = span.start + 1 + inner.trim_end().trim_end_matches(',').len();
            vec![Edit::insert(end, format!(", {item}"))]
        }
        None => {
            let (before, after) = match is_first {
                true => (format!("concat([{item}], "), ")".to_owned()),
                false => ("concat(".to_owned(), format!(", [{item}])")),
            };
            vec![
                Edit::insert(span.start, before),
                Edit::insert(span.end, after),
            ]
        }
    }
}

/// The blocks that could have the last name of the path and do not.
fn absent<'d>(block: &Block<'d>, path: &str) -> impl Iterator<Item = Block<'d>> {
    let (owners, name) = match path.rsplit_once('.') {
        None => (vec![*block], path.to_owned()),
        Some((owner, name)) => {
            let owners = places(block, owner).into_iter();
            (
                owners.flat_map(|place| contents(&place)).collect(),
                name.to_owned(),
            )
        }
    };
    owners
        .into_iter()
        .filter(move |owner| places(owner, &name).is_empty())
}

fn unset(owner: &Block<'_>, row: &Row, path: &str) -> Option<Told> {
    let name = path.rsplit('.').next()?;
    let start = owner.span().start;
    let range = start..start + owner.kind().len();
    match &row.rule {
        Rule::Pin(value) => {
            let edits = vec![Edit::add_to_block(owner, name, value)];
            let message = format!("gets `{name} = {value}`, which was what it had without");
            Some(Told::done(range, message, owner.document(), edits))
        }
        _ => {
            let message = match row.fails {
                true => format!("needs `{name}` after the upgrade"),
                false => format!("sets no `{name}`, and has another one after the upgrade"),
            };
            Some(Told::left(range, message))
        }
    }
}
