//! Plans in forms for machines and for pull requests.

mod github;
pub mod html;
mod json;
mod markdown;
mod prose;
mod sarif;

use std::path::Path;

use crate::cli::Format;
use crate::repository::Planned;

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Showing what changes, and what is left.
    Plan,
    /// Finding what must not be there.
    Audit,
}

/// One repository, planned or not.
pub struct RepositoryResult<'a> {
    /// What for.
    pub task: Task,
    /// As it was named.
    pub name: &'a Path,
    /// Its plan, or why there is none.
    pub planned: Result<&'a Planned, &'a str>,
}

/// Puts the parts of several repositories together.
pub struct Framing {
    format: Format,
    is_several: bool,
    parts: usize,
}

/// One repository's part of the output, without the framing around it.
pub fn part(format: Format, subject: &RepositoryResult<'_>, is_several: bool) -> String {
    match format {
        // The page is put together by `html::Page`, once all parts are known.
        Format::Text | Format::Html => String::new(),
        Format::Json => json::document(subject, true),
        Format::Jsonl => json::document(subject, false) + "\n",
        Format::Sarif => sarif::run(subject),
        Format::Github => github::commands(subject, is_several),
        Format::Markdown => markdown::body(subject, is_several),
    }
}

/// The whole output for one repository.
pub fn whole(format: Format, subject: &RepositoryResult<'_>) -> String {
    let mut framing = Framing::new(format, false);
    let before = framing.before();
    format!("{before}{}{}", part(format, subject, false), framing.end())
}

impl Framing {
    /// Of one repository, or of several.
    pub fn new(format: Format, is_several: bool) -> Self {
        Self {
            format,
            is_several,
            parts: 0,
        }
    }

    /// What is written before the next part.
    pub fn before(&mut self) -> &'static str {
        self.parts += 1;
        match (self.format, self.parts) {
            (Format::Json, 1) if self.is_several => "[\n",
            (Format::Json | Format::Sarif, 2..) => ",\n",
            (Format::Sarif, 1) => sarif::OPENING,
            (Format::Markdown, 2..) => "\n",
            _ => "",
        }
    }

    /// What is written after the last part.
    pub fn end(&self) -> &'static str {
        match (self.format, self.parts) {
            (Format::Json, 0) => "[]\n",
            (Format::Json, _) if self.is_several => "\n]\n",
            (Format::Json, _) => "\n",
            (Format::Sarif, 0) => sarif::EMPTY,
            (Format::Sarif, _) => sarif::CLOSING,
            _ => "",
        }
    }
}
