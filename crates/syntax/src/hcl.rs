//! One HCL file: its text, its outline, and the parsed form of the blocks that are asked for.
//!
//! Every range is in bytes of [`Document::text`]. hcl-edit parses a top-level block as a slice, on
//! first use, and only locates: nothing here is ever printed back.

mod body;
mod insert;
mod remove;
#[cfg(test)]
mod tests;
mod value;

pub use body::{Attribute, Block, Body};
pub use value::{Value, key_name};

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use hcl_edit::expr::Expression;
use hcl_edit::structure;

use crate::json::schema::BlockSchema;
use crate::json::{IsBlock, Json};
use crate::location::{Location, Region};
use crate::outline::{self, ErrorKind, OutlineError, TopBlock};
use crate::text::{self, Lines};

/// A file of HCL as it was read.
#[derive(Debug)]
pub struct Document {
    path: PathBuf,
    text: String,
    outline: Vec<TopBlock>,
    parsed: Vec<OnceLock<Parsed>>,
    whole: OnceLock<Parsed>,
    json: Option<Box<Json>>,
    lines: OnceLock<Lines>,
    marks: OnceLock<Vec<usize>>,
}

impl Document {
    /// Outlines `text`, the content of the file at `path` (relative to the repository's root).
    ///
    /// # Errors
    /// The first place where brackets, strings, heredocs or comments do not close, and the text.
    pub fn new(path: PathBuf, text: String) -> Result<Self, (OutlineError, String)> {
        match outline::outline(&text) {
            Ok(outline) => Ok(Self::outlined(path, text, outline, None)),
            Err(error) => Err((error, text)),
        }
    }

    /// The same for Terraform's JSON, which is read as HCL first. `is_block` knows the nested blocks
    /// of resources.
    ///
    /// # Errors
    /// The first place at which the text is no JSON that Terraform reads, and the text.
    pub fn of_json(
        path: PathBuf,
        text: String,
        is_block: IsBlock,
    ) -> Result<Self, (OutlineError, String)> {
        Self::lowered(path, Json::new(text, BlockSchema::Root, is_block))
    }

    /// The same for Terragrunt's JSON.
    ///
    /// # Errors
    /// As [`Self::of_json`].
    pub fn of_terragrunt_json(path: PathBuf, text: String) -> Result<Self, (OutlineError, String)> {
        let read = Json::new(text, BlockSchema::Terragrunt, |_, _, _| false);
        Self::lowered(path, read)
    }

    fn lowered(
        path: PathBuf,
        read: Result<(Json, String), (usize, String)>,
    ) -> Result<Self, (OutlineError, String)> {
        let (json, reading) = match read {
            Ok(read) => read,
            Err((offset, text)) => {
                let kind = ErrorKind::Json;
                return Err((OutlineError { kind, offset }, text));
            }
        };
        match outline::outline(&reading) {
            Ok(outline) => Ok(Self::outlined(path, reading, outline, Some(Box::new(json)))),
            Err(error) => {
                // Where the JSON has what the reading stumbles over.
                let offset = json.origin(error.offset);
                Err((OutlineError { offset, ..error }, json.into_text()))
            }
        }
    }

    fn outlined(
        path: PathBuf,
        text: String,
        outline: Vec<TopBlock>,
        json: Option<Box<Json>>,
    ) -> Self {
        let parsed = outline.iter().map(|_| OnceLock::new()).collect();
        Self {
            path,
            text,
            outline,
            parsed,
            whole: OnceLock::new(),
            json,
            lines: OnceLock::new(),
            marks: OnceLock::new(),
        }
    }

    /// Path relative to the repository's root.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's content, byte order mark and line endings included; that of JSON as it reads in
    /// HCL.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Gives the file's content back.
    pub fn into_source(self) -> String {
        self.json.map_or(self.text, |json| json.into_text())
    }

    /// The JSON that the file is.
    pub fn json(&self) -> Option<&Json> {
        self.json.as_deref()
    }

    /// The top-level blocks, unparsed.
    pub fn outline(&self) -> &[TopBlock] {
        &self.outline
    }

    /// Line and column, in the file, of a byte offset.
    pub fn location(&self, offset: usize) -> Location {
        let offset = match &self.json {
            None => offset,
            Some(json) => json.origin(offset),
        };
        let text = self.source();
        let lines = self.lines.get_or_init(|| Lines::of(text));
        Location::among(lines, &self.path, text, offset)
    }

    /// These bytes of the file, and where they begin.
    pub fn region(&self, range: Range<usize>) -> Region {
        let Location { line, column, .. } = self.location(range.start);
        Region {
            line,
            column,
            range,
        }
    }

    /// The offsets in the file at which `mark` stands, looked for once: it is always the same.
    pub fn marks(&self, mark: &'static str) -> &[usize] {
        self.marks
            .get_or_init(|| memchr::memmem::find_iter(self.source().as_bytes(), mark).collect())
    }

    /// The text as it stands in the file.
    pub fn source(&self) -> &str {
        self.json.as_ref().map_or(&*self.text, |json| json.text())
    }

    /// The top-level blocks, with or without parsed content.
    pub fn tops(&self) -> impl Iterator<Item = Top<'_>> {
        let outline = self.outline.iter().enumerate();
        outline.map(move |(index, block)| Top {
            document: self,
            index,
            block,
        })
    }

    /// The top-level blocks of one type, with or without parsed content.
    pub fn top_blocks<'d>(&'d self, kind: &'d str) -> impl Iterator<Item = Top<'d>> {
        let of_kind = move |top: &Top<'_>| &self.text[top.block.kind.clone()] == kind;
        self.tops().filter(of_kind)
    }

    /// The parsed top-level blocks of one type; those that hcl-edit rejects are left out.
    pub fn blocks<'d>(&'d self, kind: &'d str) -> impl Iterator<Item = Block<'d>> {
        self.top_blocks(kind).filter_map(|top| top.parse().ok())
    }

    /// The whole file as one body: `*.tfbackend`, `*.tfvars`, the configuration.
    ///
    /// # Errors
    /// What hcl-edit says where it rejects the text.
    pub fn body(&self) -> Result<Body<'_>, &BodyError> {
        let offset = text::start(&self.text);
        let parsed = self.whole.get_or_init(|| {
            let parsed = parse(&self.text[offset..]);
            parsed.map_err(|error| BodyError {
                offset: offset + error.offset,
                ..error
            })
        });
        match parsed {
            Ok(body) => Ok(Body {
                document: self,
                offset,
                parsed: body,
            }),
            Err(error) => Err(error),
        }
    }
}

/// A parsed slice, or what hcl-edit says where it rejects it. Boxed: most are never made.
type Parsed = Result<Box<structure::Body>, BodyError>;

/// What hcl-edit rejects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyError {
    /// What it says.
    pub message: String,
    /// Where: in bytes of the text that was parsed.
    pub offset: usize,
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Keys of an object that is parsed.
// hcl-edit 0.10 looks for each key among all before it: 4,000 take 0.05 s, 100,000 a quarter of an
// hour (measured).
const KEYS: usize = 4096;

/// The expression that a text is.
///
/// # Errors
/// What hcl-edit says where it rejects the text.
pub fn expression(text: &str) -> Result<Expression, String> {
    if outline::has_wide_object(text, KEYS) {
        return Err(too_wide());
    }
    let parsed: Result<Expression, _> = text.parse();
    parsed.map_err(|error| error.message().to_owned())
}

fn too_wide() -> String {
    format!("an object in it has more than {KEYS} keys")
}

fn parse(slice: &str) -> Parsed {
    if outline::has_wide_object(slice, KEYS) {
        let message = too_wide();
        return Err(BodyError { message, offset: 0 });
    }
    let parsed = hcl_edit::parser::parse_body(slice);
    parsed.map(Box::new).map_err(|error| BodyError {
        message: error.message().to_owned(),
        offset: error.location().offset(),
    })
}

/// A top-level block that may not be parsed yet.
#[derive(Debug, Clone, Copy)]
pub struct Top<'d> {
    document: &'d Document,
    index: usize,
    block: &'d TopBlock,
}

impl<'d> Top<'d> {
    /// The file it stands in.
    pub fn document(&self) -> &'d Document {
        self.document
    }

    /// Its source text.
    pub fn text(&self) -> &'d str {
        &self.document.text[self.block.span.clone()]
    }

    /// The block's bytes.
    pub fn span(&self) -> Range<usize> {
        self.block.span.clone()
    }

    /// Parses the block, once.
    ///
    /// # Errors
    /// What hcl-edit says where it rejects the block.
    pub fn parse(&self) -> Result<Block<'d>, &'d str> {
        let span = &self.block.span;
        let parsed = self.document.parsed[self.index]
            .get_or_init(|| parse(&self.document.text[span.clone()]));
        match parsed {
            Ok(body) => body
                .blocks()
                .next()
                .map(|parsed| Block {
                    document: self.document,
                    offset: span.start,
                    parsed,
                })
                .ok_or("no block"),
            Err(error) => Err(&error.message),
        }
    }
}
