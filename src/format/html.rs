//! The review page: one file of HTML with all that is shown of a plan, for a browser that is offline.

mod card;
mod file;
mod id;
mod picture;
mod repository;
mod several;
mod state;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::ops::Range;

use anyhow::Context as _;
use askama::Template;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};
use transforms::CATALOGUE;

pub use repository::{Part, name, part};
pub use several::Several;

use super::prose::{self, Span};
use crate::counted::{counted, repositories};
use crate::many::completion::Completion;
use crate::outcome::Outcome;

/// The page's style.
const STYLE: &str = include_str!("../../templates/page.css");

/// The page's script.
const SCRIPT: &str = include_str!("../../templates/page.js");

/// A page that is put together. The parts wait in a file without a name: what is above them is known
/// once all are there, and of many repositories they may be larger than the memory.
#[derive(Debug)]
pub struct Page {
    several: Option<Several>,
    parts: File,
    /// Where each is, and how its repository ended.
    written: Vec<(Range<u64>, Completion)>,
    transforms: BTreeMap<&'static str, Counts>,
}

/// What a transform finds, in all repositories.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    findings: [usize; 3],
    repositories: usize,
}

#[derive(Template)]
#[template(path = "page.html")]
struct Head<'p> {
    title: &'p str,
    policy: String,
    style: &'p str,
    version: &'p str,
    is_several: bool,
    /// What the names of several have in common; may be empty.
    directory: &'p str,
    totals: Vec<(String, &'static str)>,
    summary: String,
    transforms: Vec<TransformView>,
}

/// A row of the table of transforms.
struct TransformView {
    id: &'static str,
    about: Vec<Span>,
    counts: Counts,
}

#[derive(Template)]
#[template(path = "page_end.html")]
struct Foot<'p> {
    script: &'p str,
}

impl Page {
    /// A page of one repository, or of several.
    ///
    /// # Errors
    /// No temporary file can be made.
    pub fn new(several: Option<Several>) -> anyhow::Result<Self> {
        Ok(Self {
            several,
            parts: tempfile::tempfile().context("cannot make a temporary file")?,
            written: Vec::new(),
            transforms: BTreeMap::new(),
        })
    }

    /// Adds a repository.
    ///
    /// # Errors
    /// The temporary file cannot be written.
    pub fn add(&mut self, part: &Part, completion: &Completion) -> anyhow::Result<()> {
        let start = self.written.last().map_or(0, |(range, _)| range.end);
        let failed = "cannot write a temporary file";
        self.parts.write_all(part.html.as_bytes()).context(failed)?;
        let range = start..start + part.html.len() as u64;
        self.written.push((range, completion.clone()));
        for (id, counts) in &part.transforms {
            let total = self.transforms.entry(id).or_default();
            total.repositories += 1;
            for (total, count) in total.findings.iter_mut().zip(counts) {
                *total += count;
            }
        }
        Ok(())
    }

    /// Writes the page: those repositories first that need someone.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(mut self, out: &mut dyn Write, title: &str) -> io::Result<()> {
        let mut out = io::BufWriter::new(out);
        self.head(title)
            .write_into(&mut out)
            .map_err(io::Error::other)?;
        self.written
            .sort_by_key(|(_, completion)| urgency(completion));
        for (range, _) in &self.written {
            self.parts.seek(SeekFrom::Start(range.start))?;
            io::copy(&mut (&self.parts).take(range.end - range.start), &mut out)?;
        }
        let foot = Foot { script: SCRIPT };
        foot.write_into(&mut out).map_err(io::Error::other)?;
        out.flush()
    }

    fn head<'p>(&'p self, title: &'p str) -> Head<'p> {
        let transforms = CATALOGUE.iter().filter_map(|transform| {
            let counts = *self.transforms.get(transform.id)?;
            let (id, about) = (transform.id, prose::spans(transform.summary()));
            Some(TransformView { id, about, counts })
        });
        Head {
            title,
            policy: policy(),
            style: STYLE,
            version: env!("CARGO_PKG_VERSION"),
            is_several: self.several.is_some(),
            directory: self.several.as_ref().map_or("", Several::directory),
            totals: self.totals(),
            summary: self.summary(),
            transforms: transforms.collect(),
        }
    }

    /// How many repositories need what, in the order of the parts.
    fn totals(&self) -> Vec<(String, &'static str)> {
        let kinds = [
            ("not planned", "error"),
            ("need someone", "open"),
            ("change", "changed"),
            ("with nothing to do", "nothing"),
        ];
        let totals = kinds
            .into_iter()
            .enumerate()
            .filter_map(|(number, (what, class))| {
                let these = self.written.iter();
                let count = these.filter(|(_, it)| urgency(it) == number).count();
                (count > 0).then(|| (format!("{count} {what}"), class))
            });
        totals.collect()
    }

    fn summary(&self) -> String {
        let sum = |count: fn(&Completion) -> usize| -> usize {
            self.written.iter().map(|(_, it)| count(it)).sum()
        };
        let repositories = repositories(self.written.len());
        let changes = counted(sum(|it| it.changes), "change");
        let files = counted(sum(|it| it.files), "file");
        let open = match sum(|it| it.open) {
            0 => "nothing needs review or manual work".to_owned(),
            1 => "1 finding needs review or manual work".to_owned(),
            open => format!("{open} findings need review or manual work"),
        };
        format!("{repositories}: {changes} in {files}; {open}.")
    }
}

/// The order of the parts: what was not planned, what needs someone, what changes, the rest.
fn urgency(completion: &Completion) -> usize {
    match (completion.outcome, completion.open) {
        (Outcome::Failed | Outcome::Refused, _) => 0,
        (_, 1..) => 1,
        (Outcome::Changed, _) => 2,
        _ => 3,
    }
}

/// The content security policy: the page's own style and script, and nothing from anywhere.
fn policy() -> String {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}
