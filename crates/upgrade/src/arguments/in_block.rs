//! What rows make of the arguments and blocks inside a resource.

use super::affected::AffectedBlock;
use super::code::ignore_changes::{IgnoredPath, ignored_elements, ignored_inside, ignored_paths};
use super::code::known_values::KnownValues;
use super::code::sites::{ArgumentSite, SiteNode, contents, sites};
use super::convert::edited;
use super::inner_edits::InnerEdits;
use super::object_form;
use super::site_change::{SiteChange, manual_reason};
use super::table::row::{Row, Rule};
use diagnostics::finding::FileEdit;
use syntax::code::sentence;
use syntax::edit::Edit;
use syntax::hcl::{Attribute, Block};

/// What the row makes of a block, apart from conversions. `inner` are the edits inside of it, which
/// go along where code moves.
pub fn site_changes(
    affected: &AffectedBlock<'_>,
    row: &Row,
    overrides: &[&AffectedBlock<'_>],
    inner: &InnerEdits,
    values: &KnownValues<'_>,
) -> Vec<SiteChange> {
    let block = affected.block;
    let Some(path) = row.paths.first() else {
        let message = "is of a type that the upgrade removes".to_owned();
        return vec![SiteChange::manual(block.span(), message)];
    };
    let holds = |site: &ArgumentSite<'_>| row.condition.holds(&site.owner, values);
    let found = || sites(&block, path).into_iter().filter(holds);
    match &row.rule {
        Rule::Rename(to) if sites(&block, path).is_empty() => {
            let ignored = ignored_paths(&block, path).into_iter();
            ignored.map(|it| ignored_as(&block, &it, to)).collect()
        }
        Rule::Rename(to) => {
            let mut changes: Vec<SiteChange> =
                found().map(|site| renamed(&site, row, to)).collect();
            // The entries of the resource are for all of its blocks: they change with the first one.
            if let Some(first) = changes.iter_mut().find(|it| !it.edits.is_empty()) {
                let ignored = ignored_paths(&block, path).into_iter();
                let edits = ignored.map(|it| FileEdit {
                    path: block.document().path().to_path_buf(),
                    edit: Edit::replace(it.name, to),
                });
                first.edits.extend(edits);
            }
            changes.extend(ignored_within(&block, path, row));
            changes
        }
        Rule::Wrap { to, is_first } => found()
            .map(|site| wrapped(&site, row, to, *is_first, inner))
            .chain(still_ignored(&block, row))
            .collect(),
        Rule::Delete(when) => found()
            .map(|site| deleted(&site, row, when))
            .chain(no_longer_ignored(&block, path))
            .chain(ignored_within(&block, path, row))
            .collect(),
        Rule::Manual => found()
            .map(|site| manual(&site, row))
            .chain(still_ignored(&block, row))
            .collect(),
        Rule::Bool => found().filter_map(|site| boolean(&site)).collect(),
        Rule::Pin(_) | Rule::Missing if is_overridden(affected, overrides, path) => Vec::new(),
        Rule::Pin(_) | Rule::Missing => without(&block, path)
            .filter(|owner| row.condition.holds(owner, values))
            .filter_map(|owner| unset(&owner, row, path))
            .collect(),
        Rule::Convert(_) => object_form::site_changes(&block, path, row)
            .into_iter()
            .chain(still_ignored(&block, row))
            .collect(),
        // Elements of a set have no index (Terraform docs, "Types and Values").
        Rule::Set => {
            let elements = ignored_elements(&block, path).into_iter();
            let elements = elements.map(|it| ignored(&it, row));
            elements.chain(ignored_within(&block, path, row)).collect()
        }
        Rule::Refer(_) | Rule::Index | Rule::RemovedType => Vec::new(),
    }
}

/// Whether the block is only a part of its object: it is in an override file itself, or a block in
/// one sets the argument. Terraform merges the two, so that nothing is missing here.
fn is_overridden(
    affected: &AffectedBlock<'_>,
    overrides: &[&AffectedBlock<'_>],
    path: &str,
) -> bool {
    let mut overrides = overrides.iter();
    affected.is_override
        || overrides.any(|it| it.is_same(affected) && !sites(&it.block, path).is_empty())
}

fn manual(site: &ArgumentSite<'_>, row: &Row) -> SiteChange {
    let message = sentence!("`{}` {}", site.name(), manual_reason(row));
    SiteChange::manual(site.span(), message)
}

fn renamed(site: &ArgumentSite<'_>, row: &Row, to: &str) -> SiteChange {
    let key = match &site.node {
        SiteNode::Attribute(attribute) => attribute.key.clone(),
        SiteNode::Block(block) => {
            let start = block.span().start;
            start..start + block.kind().len()
        }
        SiteNode::Dynamic(_) => return manual(site, row),
    };
    if site.owner.attribute(to).is_some() {
        return manual(site, row);
    }
    let message = sentence!("`{}` becomes `{to}`", site.name());
    let edits = vec![Edit::replace(key, to)];
    SiteChange::edited(site.span(), message, site.owner.document(), edits)
}

/// `ignore_changes` must not name what the provider does not know.
fn no_longer_ignored(resource: &Block<'_>, name: &str) -> Vec<SiteChange> {
    let ignored = ignored_paths(resource, name).into_iter();
    let changes = ignored.map(|it| {
        let message = sentence!("`ignore_changes` names `{name}` no longer");
        let edits = vec![Edit::replace(it.entry, "")];
        SiteChange::edited(it.name, message, resource.document(), edits)
    });
    changes.collect()
}

fn ignored_as(resource: &Block<'_>, ignored: &IgnoredPath, to: &str) -> SiteChange {
    let message = sentence!("`ignore_changes` names `{to}`");
    let edits = vec![Edit::replace(ignored.name.clone(), to)];
    SiteChange::edited(ignored.name.clone(), message, resource.document(), edits)
}

/// Where `ignore_changes` names what has no successor of the same kind.
fn still_ignored<'r>(
    resource: &'r Block<'_>,
    row: &'r Row,
) -> impl Iterator<Item = SiteChange> + use<'r> {
    let fails = row.fails && !row.computed && !row.condition.is_some();
    let paths = row.paths.iter().filter(move |_| fails);
    paths.flat_map(|path| {
        let whole = ignored_paths(resource, path).into_iter();
        let whole = whole.map(|it| ignored(&it, row));
        whole.chain(ignored_within(resource, path, row))
    })
}

/// Where `ignore_changes` names what is inside of something that moves or goes.
fn ignored_within(resource: &Block<'_>, path: &str, row: &Row) -> Vec<SiteChange> {
    let inside = ignored_inside(resource, path).into_iter();
    inside.map(|it| ignored(&it, row)).collect()
}

fn ignored(entry: &IgnoredPath, row: &Row) -> SiteChange {
    let reason = manual_reason(row);
    let message = sentence!("`ignore_changes` names `{}`, which {reason}", entry.written);
    SiteChange::manual(entry.name.clone(), message)
}

fn deleted(site: &ArgumentSite<'_>, row: &Row, when: &[String]) -> SiteChange {
    let is_known = when.is_empty()
        || match &site.node {
            SiteNode::Attribute(attribute) => when.iter().any(|it| it == attribute.value.text()),
            SiteNode::Block(_) | SiteNode::Dynamic(_) => false,
        };
    if !is_known && row.review {
        return manual(site, row);
    }
    let document = site.owner.document();
    let edits = vec![Edit::remove(document, site.span())];
    let message = sentence!(
        "`{}` is removed: the new release has no such argument",
        site.name()
    );
    SiteChange {
        review: !is_known,
        ..SiteChange::edited(site.span(), message, document, edits)
    }
}

fn boolean(site: &ArgumentSite<'_>) -> Option<SiteChange> {
    let SiteNode::Attribute(attribute) = &site.node else {
        return None;
    };
    let value = match attribute.value.written().as_str() {
        "0" => "false",
        "1" => "true",
        _ => return None,
    };
    let edits = vec![Edit::replace(attribute.value.span(), value)];
    let message = sentence!("`{}` becomes `{value}`", attribute.name);
    let document = site.owner.document();
    Some(SiteChange::edited(site.span(), message, document, edits))
}

fn wrapped(
    site: &ArgumentSite<'_>,
    row: &Row,
    to: &str,
    is_first: bool,
    inner: &InnerEdits,
) -> SiteChange {
    let SiteNode::Attribute(attribute) = &site.node else {
        return manual(site, row);
    };
    let value = attribute.value;
    if value.text().starts_with("<<") {
        return manual(site, row);
    }
    let mut edits = Vec::new();
    match site.owner.attribute(to) {
        None => {
            edits.push(Edit::replace(attribute.key.clone(), to));
            edits.push(Edit::insert(value.span().start, "["));
            edits.push(Edit::insert(value.span().end, "]"));
        }
        Some(list) => {
            edits.push(Edit::remove(site.owner.document(), attribute.span()));
            let item = edited(site.owner.document(), value.span(), inner);
            edits.extend(joined(&list, &item, is_first));
        }
    }
    let message = sentence!("`{}` becomes part of `{to}`", site.name());
    SiteChange::edited(site.span(), message, site.owner.document(), edits)
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
fn without<'d>(block: &Block<'d>, path: &str) -> impl Iterator<Item = Block<'d>> {
    let (owners, name) = match path.rsplit_once('.') {
        None => (vec![*block], path.to_owned()),
        Some((owner, name)) => {
            let owners = sites(block, owner).into_iter();
            (
                owners.flat_map(|site| contents(&site)).collect(),
                name.to_owned(),
            )
        }
    };
    owners
        .into_iter()
        .filter(move |owner| sites(owner, &name).is_empty())
}

fn unset(owner: &Block<'_>, row: &Row, path: &str) -> Option<SiteChange> {
    let name = path.rsplit('.').next()?;
    let start = owner.span().start;
    let range = start..start + owner.kind().len();
    match &row.rule {
        Rule::Pin(value) => {
            let edits = Edit::add_to_block(owner, name, value);
            let message = sentence!("gets `{name} = {value}`, which was what it had without");
            Some(SiteChange::edited(range, message, owner.document(), edits))
        }
        _ => {
            let message = match row.fails {
                true => sentence!("needs `{name}` after the upgrade"),
                false => sentence!("sets no `{name}`, whose default changes with the upgrade"),
            };
            Some(SiteChange::manual(range, message))
        }
    }
}
