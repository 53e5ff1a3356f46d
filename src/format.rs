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
use github::Annotation;

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
    annotations: Vec<Annotation>,
}

/// What is known of one repository's output before all are.
#[derive(Debug, Default)]
pub struct Part {
    /// Its text, without the framing around it.
    text: String,
    /// Of these GitHub shows some of all repositories together.
    annotations: Vec<Annotation>,
}

impl From<String> for Part {
    fn from(text: String) -> Self {
        let annotations = Vec::new();
        Self { text, annotations }
    }
}

/// One repository's part of the output.
pub fn part(format: Format, subject: &RepositoryResult<'_>, is_several: bool) -> Part {
    let text = match format {
        Format::Github => {
            let annotations = github::annotations(subject, is_several);
            let text = String::new();
            return Part { text, annotations };
        }
        // The page is put together by `html::Page`, once all parts are known.
        Format::Text | Format::Html => String::new(),
        Format::Json => json::document(subject, true),
        Format::Jsonl => json::document(subject, false) + "\n",
        Format::Sarif => sarif::run(subject),
        Format::Markdown => markdown::body(subject, is_several),
    };
    text.into()
}

/// The whole output for one repository.
pub fn whole(format: Format, subject: &RepositoryResult<'_>) -> String {
    let mut framing = Framing::new(format, false);
    let text = framing.add(part(format, subject, false));
    text + &framing.end()
}

impl Framing {
    /// Of one repository, or of several.
    pub fn new(format: Format, is_several: bool) -> Self {
        Self {
            format,
            is_several,
            parts: 0,
            annotations: Vec::new(),
        }
    }

    /// What is written of the next part.
    pub fn add(&mut self, part: Part) -> String {
        self.parts += 1;
        self.annotations.extend(part.annotations);
        let before = match (self.format, self.parts) {
            (Format::Json, 1) if self.is_several => "[\n",
            (Format::Json | Format::Sarif, 2..) => ",\n",
            (Format::Sarif, 1) => sarif::OPENING,
            (Format::Markdown, 2..) => "\n",
            _ => "",
        };
        before.to_owned() + &part.text
    }

    /// What is written after the last part.
    pub fn end(self) -> String {
        let end = match (self.format, self.parts) {
            (Format::Github, _) => return github::commands(self.annotations),
            (Format::Json, 0) => "[]\n",
            (Format::Json, _) if self.is_several => "\n]\n",
            (Format::Json, _) => "\n",
            (Format::Sarif, 0) => sarif::EMPTY,
            (Format::Sarif, _) => sarif::CLOSING,
            _ => "",
        };
        end.to_owned()
    }
}
