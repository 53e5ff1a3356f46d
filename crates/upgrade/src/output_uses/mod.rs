//! Where outputs of a registry module are read that are null in the new release and were an empty
//! text before, in a way that makes a difference: comparisons with `""`, templates, and functions
//! that refuse null.

mod alias;
mod reader;
mod visitor;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use syntax::code::sentence;
use syntax::hcl::Document;
use syntax::location::Location;
use terraform::module::Module;
use terraform::module_call::{ModuleAddress, ModuleCall};

pub use alias::{Alias, Reads};
use reader::{Found, Reader};

/// The outputs that may be null, each with whether it is for sure.
pub type Nullable = BTreeMap<String, bool>;

/// A reading of such an output.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutputUse {
    /// Where.
    pub at: Location,
    /// The output.
    pub output: String,
    /// How it is read.
    pub kind: UseKind,
    /// Whether the output is null for sure.
    pub is_certain: bool,
}

impl OutputUse {
    /// Whether Terraform refuses it for sure once the output is null.
    pub fn fails(&self) -> bool {
        let refuses = matches!(self.kind, UseKind::Template | UseKind::Function(_));
        self.is_certain && refuses
    }
}

impl fmt::Display for OutputUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, line) = (self.at.path.display(), self.at.line);
        match &self.kind {
            UseKind::Comparison { .. } => write!(f, "{path}:{line} compares ")?,
            UseKind::Template => write!(f, "{path}:{line} has a template with ")?,
            UseKind::Function(name) => {
                f.write_str(&sentence!("{path}:{line} calls `{name}` with "))?;
            }
            UseKind::Export => write!(f, "{path}:{line} writes to the state ")?,
        }
        let output = &self.output;
        let verb = if self.is_certain { "is" } else { "may be" };
        f.write_str(&sentence!(
            "the output `{output}`, which {verb} null instead of \"\""
        ))
    }
}

/// How an output is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum UseKind {
    /// Compared with `""`. Whether it stands there itself, so that `null` can take the place of `""`.
    Comparison {
        /// Whether it does.
        is_direct: bool,
    },
    /// In a template, which refuses null.
    Template,
    /// As an argument of a function that refuses null.
    Function(String),
    /// As an output of its own module. Of a root module it is in the state, which leaves out what is null
    /// (Terraform docs, "Output Values").
    Export,
}

/// What a module does with the outputs of some aliases.
#[derive(Debug, Default)]
pub struct ModuleUses {
    /// Where it makes a difference.
    pub uses: Vec<OutputUse>,
    /// Its own outputs that pass one on: the steps behind `module.NAME`.
    pub exports: Vec<Alias>,
    /// Where these are: what makes a difference in a root module.
    pub exported: Vec<OutputUse>,
    /// The variables of child modules that it passes one to, with their directories: the steps behind
    /// nothing, from `var` on.
    pub passed: Vec<(PathBuf, Alias)>,
}

/// Reads the configuration of a module for the outputs that aliases name.
pub fn of_module(module: &Module, aliases: Vec<Alias>, nullable: &Nullable) -> ModuleUses {
    let mut reader = Reader { aliases, nullable };
    reader.follow_locals(module);
    let mut found_in = ModuleUses::default();
    for document in module.configuration() {
        for found in reader.uses(document) {
            found_in.uses.push(OutputUse {
                at: document.location(found.at.start),
                is_certain: nullable.get(&found.output) == Some(&true),
                output: found.output,
                kind: found.kind,
            });
        }
        for output in document.blocks("output") {
            if let (Some(name), Some(value)) = (output.label(0), output.attribute("value")) {
                let aliases = reader.aliases_of(&[name], value.value.expression());
                let outputs = aliases.iter().filter_map(|it| it.reads.first(nullable));
                let at = document.location(value.span().start);
                found_in.exported.extend(outputs.map(|output| OutputUse {
                    at: at.clone(),
                    is_certain: nullable.get(output) == Some(&true),
                    output: output.to_owned(),
                    kind: UseKind::Export,
                }));
                found_in.exports.extend(aliases);
            }
        }
        for call in calls(document) {
            let ModuleAddress::Local(directory) = call.address() else {
                continue;
            };
            for input in call.block.body().attributes() {
                let path = ["var", input.name];
                let aliases = reader.aliases_of(&path, input.value.expression());
                let passed = aliases.into_iter().map(|alias| (directory.clone(), alias));
                found_in.passed.extend(passed);
            }
        }
    }
    found_in.uses.sort();
    found_in
}

/// The empty texts of a document that the outputs of a call are compared with, and that `null` may
/// stand for.
pub fn compared_texts(document: &Document, call: &str, nullable: &Nullable) -> Vec<Range<usize>> {
    let reader = Reader {
        aliases: vec![Alias::of_call(call)],
        nullable,
    };
    let direct = UseKind::Comparison { is_direct: true };
    let found = reader.uses(document).into_iter();
    let found = found.filter(|found| found.kind == direct);
    found.map(|Found { at, .. }| at).collect()
}

/// The module calls of a document.
pub fn calls(document: &Document) -> impl Iterator<Item = ModuleCall<'_>> {
    document.blocks("module").filter_map(|block| {
        let source = block.attribute("source")?;
        Some(ModuleCall { block, source })
    })
}
