//! The blocks of a module that a row of the tables is about.

use super::code::block_type::{BlockType, header};
use super::major_upgrade::MajorUpgrade;
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
                Some(alias) => format!("provider {}.{}", self.name, alias.value.written()),
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

/// The blocks of the module that a row is about, in the order of the code.
pub fn affected_blocks(module: &Module, upgrade: MajorUpgrade) -> Vec<AffectedBlock<'_>> {
    let names = module.aws_names();
    let documents = module.configuration();
    documents
        .flat_map(|document| document.tops().map(move |top| (document, top)))
        .filter_map(|(document, top)| block(document, &top, &names, upgrade))
        .collect()
}

fn block<'d>(
    document: &'d Document,
    top: &Top<'d>,
    names: &[String],
    upgrade: MajorUpgrade,
) -> Option<AffectedBlock<'d>> {
    let (kind, labels) = header(&document.text()[top.span()])?;
    let [type_name, name] = match kind {
        BlockType::Provider => {
            let name = names.iter().find(|name| **name == labels[0])?;
            ["aws", name]
        }
        _ => labels,
    };
    let rows = upgrade.rows(kind, type_name);
    if rows.is_empty() {
        return None;
    }
    Some(AffectedBlock {
        kind,
        type_name: type_name.to_owned(),
        name: name.to_owned(),
        block: top.parse().ok()?,
        rows,
        is_override: is_override(document.path()),
    })
}
