//! The blocks of a module that a row of the tables is about.

use std::collections::HashMap;

use memchr::memmem::Finder;

use super::code::block_type::{BlockType, header};
use super::code::mention::mentions;
use super::code::words::Words;
use super::in_references::may_concern;
use super::major_upgrade::MajorUpgrade;
use super::may_apply::may_apply;
use super::table::row::Row;
use syntax::hcl::{Block, Document, Top};
use terraform::file_kind::is_override;
use terraform::module::Module;

/// A resource, data source or provider that a row is about.
pub struct AffectedBlock<'d> {
    /// Its kind.
    pub kind: BlockType,
    /// Its type; `aws` for a provider, whatever the module calls it.
    pub type_name: String,
    /// Its name; a provider's local name.
    pub name: String,
    /// Its code.
    pub block: Block<'d>,
    /// The rows of its type.
    pub rows: Vec<&'static Row>,
    /// Whether its file is an override file, which changes another block of the same address.
    pub is_override: bool,
}

impl AffectedBlock<'_> {
    /// Its address in messages.
    pub fn address(&self) -> String {
        match self.kind {
            BlockType::Provider => match self.block.attribute("alias") {
                Some(alias) => format!("provider \"{}.{}\"", self.name, alias.value.written()),
                None => format!("provider \"{}\"", self.name),
            },
            _ => self.kind.address(&self.type_name, &self.name),
        }
    }

    /// Whether both blocks configure the same object.
    pub fn is_same(&self, other: &Self) -> bool {
        self.address() == other.address()
    }
}

/// The blocks of the module to which a row may apply, or whose references may be concerned by one,
/// in the order of the code. The other blocks of the types in the tables, which are most, are not
/// parsed: whatever they hold, no row changes it.
pub fn affected_blocks<'m>(module: &'m Module, upgrade: MajorUpgrade) -> Vec<AffectedBlock<'m>> {
    let names = module.aws_names();
    let tops = module.configuration().flat_map(Document::tops);
    let candidates = tops.filter_map(|top| Candidate::new(top, &names, upgrade));
    let mut is_read: HashMap<(BlockType, &str), bool> = HashMap::new();
    let mut may_be_read = |it: &Candidate<'m>| {
        *is_read.entry((it.kind, it.type_name)).or_insert_with(|| {
            let finder = Finder::new(it.type_name);
            let mut documents = module.configuration();
            documents.any(|document| {
                mentions(document.text().as_bytes(), &finder, |mention| {
                    it.rows.iter().any(|row| may_concern(row, mention))
                })
            })
        })
    };
    let affected = candidates.filter(|it| it.may_be_changed() || may_be_read(it));
    let affected = affected.filter_map(Candidate::parse);
    affected.chain(in_checks(module, upgrade)).collect()
}

/// The data sources in `check` blocks, with rows of their types.
fn in_checks(module: &Module, upgrade: MajorUpgrade) -> impl Iterator<Item = AffectedBlock<'_>> {
    let checks = module.configuration().flat_map(|it| it.blocks("check"));
    let data = checks.flat_map(|check| check.blocks("data").collect::<Vec<_>>());
    data.filter_map(move |block| {
        let (type_name, name) = (block.label(0)?, block.label(1)?);
        let rows = upgrade.rows(BlockType::Data, type_name);
        (!rows.is_empty()).then(|| AffectedBlock {
            kind: BlockType::Data,
            type_name: type_name.to_owned(),
            name: name.to_owned(),
            block,
            rows,
            is_override: is_override(block.document().path()),
        })
    })
}

/// A block of a type in the tables, of which only the header is read.
struct Candidate<'d> {
    kind: BlockType,
    type_name: &'d str,
    name: &'d str,
    top: Top<'d>,
    rows: Vec<&'static Row>,
    is_override: bool,
}

impl<'d> Candidate<'d> {
    fn new(top: Top<'d>, names: &[String], upgrade: MajorUpgrade) -> Option<Self> {
        let (kind, labels) = header(top.text())?;
        let [type_name, name] = match kind {
            BlockType::Provider => {
                let mut names = names.iter();
                names
                    .any(|name| name == labels[0])
                    .then_some(["aws", labels[0]])?
            }
            _ => labels,
        };
        let rows = upgrade.rows(kind, type_name);
        (!rows.is_empty()).then(|| Self {
            kind,
            type_name,
            name,
            top,
            rows,
            is_override: is_override(top.document().path()),
        })
    }

    fn may_be_changed(&self) -> bool {
        let words = Words::of(self.top.text());
        let mut rows = self.rows.iter();
        rows.any(|row| may_apply(row, &words, self.is_override))
    }

    fn parse(self) -> Option<AffectedBlock<'d>> {
        Some(AffectedBlock {
            kind: self.kind,
            type_name: self.type_name.to_owned(),
            name: self.name.to_owned(),
            block: self.top.parse().ok()?,
            rows: self.rows,
            is_override: self.is_override,
        })
    }
}
