//! All changes of a module's code, from the rows that apply to it.

use std::collections::{BTreeSet, HashMap};

use super::affected::AffectedBlock;
use super::code::block_type::BlockType;
use super::code::known_values::KnownValues;
use super::code::sites::{ArgumentSite, sites};
use super::convert::{ConversionInput, ConvertedArgument};
use super::inner_edits::InnerEdits;
use super::major_upgrade::MajorUpgrade;
use super::module_code::ModuleCode;
use super::nested_edits::absorb;
use super::site_change::{ArgumentChange, SiteChange, manual_reason};
use super::surroundings::ModuleSurroundings;
use super::table::row::{Row, Rule};
use super::{in_block, in_references};
use syntax::code;
use terraform::module::Module;

/// Everything that the upgrade changes in the module with these affected blocks, in the order of the code, as findings of
/// `transform`.
pub fn changes(
    module: &Module,
    blocks: &[AffectedBlock<'_>],
    upgrade: MajorUpgrade,
    surroundings: ModuleSurroundings<'_>,
    transform: &'static str,
) -> Vec<ArgumentChange> {
    let mut changes = in_references::changes(module, blocks, upgrade, surroundings);
    let around = Around {
        module,
        code: ModuleCode::of(module),
        values: KnownValues::of(module),
        overrides: blocks.iter().filter(|it| it.is_override).collect(),
    };
    let none = InnerEdits::default();
    for block in blocks {
        let rows = block.rows.iter().filter(|row| !row.rule.moves());
        changes.extend(rows.flat_map(|row| in_block(block, row, &around, &none)));
    }
    // Rows that move code come last: the code takes along what the others change inside of it.
    // Data sources come before the resources that read them, because a conversion of a data source
    // changes the references to it.
    for kinds in [
        &[BlockType::Data][..],
        &[BlockType::Resource, BlockType::Provider],
    ] {
        let edits = changes.iter().flat_map(|change| &change.finding.edits);
        let inner = InnerEdits::of(edits);
        for block in blocks.iter().filter(|block| kinds.contains(&block.kind)) {
            let rows = block.rows.iter().filter(|row| row.rule.moves());
            changes.extend(rows.flat_map(|row| moved(block, row, &around, &inner)));
        }
    }
    absorb(&mut changes);
    module.leave_inexact(changes.iter_mut().map(|change| &mut change.finding));
    for change in &mut changes {
        change.finding.transform = transform;
    }
    changes.sort_by(|one, other| one.finding.at.cmp(&other.finding.at));
    without_repetitions(changes)
}

/// The module around each block.
struct Around<'a, 'm> {
    module: &'m Module,
    code: ModuleCode<'m>,
    values: KnownValues<'m>,
    /// The blocks in override files.
    overrides: Vec<&'a AffectedBlock<'m>>,
}

/// Reports what fails nowhere and need not be listed once for each type and message, with the number of its sites: it is
/// information, and a module may have dozens of them.
fn without_repetitions(changes: Vec<ArgumentChange>) -> Vec<ArgumentChange> {
    let key = |change: &ArgumentChange| {
        let finding = &change.finding;
        let type_name = finding
            .subject
            .rsplit_once('.')
            .map(|(type_name, _)| type_name.to_owned());
        let is_information = !change.is_needed && !change.is_listed && finding.edits.is_empty();
        is_information.then(|| (type_name, finding.message.clone()))
    };
    let mut counts: HashMap<_, usize> = HashMap::new();
    for key in changes.iter().filter_map(key) {
        *counts.entry(key).or_default() += 1;
    }
    let mut reported = Vec::new();
    for mut change in changes {
        let key = key(&change);
        match key.map(|key| counts.insert(key, 0)) {
            None | Some(None | Some(1)) => {}
            Some(Some(0)) => continue,
            Some(Some(count)) => {
                change.finding.message += &format!(" ({count} places in this module)");
            }
        }
        reported.push(change);
    }
    reported
}

/// What a row without a conversion makes of a block.
fn in_block<'m>(
    block: &AffectedBlock<'m>,
    row: &Row,
    around: &Around<'_, 'm>,
    inner: &InnerEdits,
) -> Vec<ArgumentChange> {
    let changes =
        in_block::site_changes(block, row, &around.overrides, inner, &around.values).into_iter();
    let document = block.block.document();
    changes
        .map(|change| ArgumentChange::new(row, document, block.address(), change))
        .collect()
}

/// What a row that moves code makes of a block.
fn moved<'m>(
    block: &AffectedBlock<'m>,
    row: &Row,
    around: &Around<'_, 'm>,
    inner: &InnerEdits,
) -> Vec<ArgumentChange> {
    let mut changes = converted(block, row, around, inner);
    let mut others = in_block(block, row, around, inner);
    others.retain(|other| !changes.iter().any(|change| edits_site_of(change, other)));
    changes.extend(others);
    changes
}

/// What the row's conversion makes of a block. Arguments with the same owner are converted together.
fn converted<'m>(
    block: &AffectedBlock<'m>,
    row: &Row,
    around: &Around<'_, 'm>,
    inner: &InnerEdits,
) -> Vec<ArgumentChange> {
    let Rule::Convert(convert) = row.rule else {
        return Vec::new();
    };
    let paths = row.paths.iter();
    let mut found: Vec<ArgumentSite<'_>> =
        paths.flat_map(|path| sites(&block.block, path)).collect();
    found.retain(|site| row.condition.holds(&site.owner, &around.values));
    found.sort_by_key(|site| (site.owner.span().start, site.span().start));
    let of_one_owner = found.chunk_by(|one, other| one.owner.span() == other.owner.span());
    let changes = of_one_owner.map(|sites| {
        let input = ConversionInput {
            module: around.module,
            code: &around.code,
            block: block.block,
            sites,
            inner,
        };
        let range = sites[0].span();
        let names: BTreeSet<&str> = sites.iter().map(ArgumentSite::name).collect();
        let names: Vec<String> = names.into_iter().map(code::quoted).collect();
        let names = syntax::text::series(&names);
        let change = match convert(&input) {
            Some(ConvertedArgument {
                message,
                help,
                edits,
            }) => SiteChange {
                range,
                message: format!("{names} {message}"),
                help,
                review: false,
                is_unseen: false,
                edits,
            },
            None => SiteChange::manual(range, format!("{names} {}", manual_reason(row))),
        };
        ArgumentChange::new(row, block.block.document(), block.address(), change)
    });
    changes.collect()
}

/// Whether a change edits the very range that another one is about.
fn edits_site_of(change: &ArgumentChange, other: &ArgumentChange) -> bool {
    let (path, range) = (&other.finding.at.path, &other.finding.range);
    let mut edits = change.finding.edits.iter();
    edits.any(|it| it.path == *path && it.edit.range == *range)
}
