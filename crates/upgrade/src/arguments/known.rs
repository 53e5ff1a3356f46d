//! The blocks of a module that some row is about.

use super::Crossing;
use super::table::{BlockType, Row, header};
use syntax::hcl::{Block, Document, Top};
use terraform::file_kind::is_override;
use terraform::module::Module;

/// A resource, data source or provider of which something is known.
pub struct KnownBlock<'d> {
    /// What it is.
    pub kind: BlockType,
    /// Its type; `aws` for a provider, whatever the module calls it.
    pub of: String,
    /// Its name; a provider's local name.
    pub name: String,
    /// Where it stands.
    pub block: Block<'d>,
    /// What is known of its type.
    pub rows: Vec<&'static Row>,
    /// Whether it only overrides another block.
    pub is_override: bool,
}

impl KnownBlock<'_> {
    /// How a person and code call it.
    pub fn address(&self) -> String {
        match self.kind {
            BlockType::Provider => match self.block.attribute("alias") {
                Some(alias) => format!("provider {}.{}", self.name, alias.value.written()),
                None => format!("provider \"{}\"", self.name),
            },
            _ => self.kind.address(&self.of, &self.name),
        }
    }

    /// Whether this is another block of the same thing.
    pub fn is_same(&self, other: &Self) -> bool {
        self.address() == other.address()
    }
}

/// The blocks of the module that some row is about, in order.
pub fn known(module: &Module, crossing: Crossing) -> Vec<KnownBlock<'_>> {
    let names = module.aws_names();
    let documents = module.configuration();
    documents
        .flat_map(|document| document.tops().map(move |top| (document, top)))
        .filter_map(|(document, top)| block(document, &top, &names, crossing))
        .collect()
}

fn block<'d>(
    document: &'d Document,
    top: &Top<'d>,
    names: &[String],
    crossing: Crossing,
) -> Option<KnownBlock<'d>> {
    let (kind, labels) = header(&document.text()[top.span()])?;
    let [of, name] = match kind {
        BlockType::Provider => {
            let name = names.iter().find(|name| **name == labels[0])?;
            ["aws", name]
        }
        _ => labels,
    };
    let rows = crossing.rows(kind, of);
    if rows.is_empty() {
        return None;
    }
    Some(KnownBlock {
        kind,
        of: of.to_owned(),
        name: name.to_owned(),
        block: top.parse().ok()?,
        rows,
        is_override: is_override(document.path()),
    })
}
