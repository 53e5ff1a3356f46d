//! A page of Markdown as people read it on a terminal: wrapped, tables within its width, code
//! indented.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use syntax::code;

use crate::terminal::{columns, wrapped};

const STRONG: Style = Style::new().bold();
const CODE: Style = AnsiColor::Green.on_default();
const FAINT: Style = Style::new().dimmed();

/// Columns between those of a table.
const GAP: usize = 2;

/// The page, coloured, in lines of at most `width` columns where words allow it. Code is never wrapped:
/// it is there to be read and copied.
pub fn page(markdown: &str, width: usize) -> String {
    let mut page = Page {
        width,
        ..Page::default()
    };
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        page.add(event);
    }
    page.out
}

#[derive(Default)]
struct Page {
    out: String,
    width: usize,
    /// The text of the block that is being read.
    text: String,
    /// The next number of each list around it; `None` where items have none.
    lists: Vec<Option<u64>>,
    /// What stands before the next paragraph of an item.
    marker: Option<String>,
    /// The rows of a table, its head first.
    rows: Vec<Vec<String>>,
    is_code: bool,
    /// Whether that code is findings: sentences, which are wrapped.
    is_report: bool,
}

impl Page {
    fn add(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.is_report => {
                for line in text.lines() {
                    self.lines(line, "    ", "      ");
                }
            }
            Event::Text(text) if self.is_code => {
                for line in text.lines() {
                    let _ = writeln!(self.out, "{}", format!("    {line}").trim_end());
                }
            }
            Event::Text(text) => self.text += &text,
            Event::Code(code) => {
                let _ = write!(self.text, "{CODE}{}{CODE:#}", code::quoted(&code));
            }
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::List(first) => {
                self.paragraph();
                if self.lists.is_empty() {
                    self.gap();
                }
                self.lists.push(first);
            }
            Tag::Item => {
                let marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_owned(),
                };
                self.marker = Some(marker);
            }
            Tag::Strong => self.text += &format!("{STRONG}"),
            Tag::Paragraph if self.lists.is_empty() => self.gap(),
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
                self.gap();
                if let Some(label) = label(&info) {
                    let _ = writeln!(self.out, "  {FAINT}{label}:{FAINT:#}");
                }
                self.is_code = true;
                self.is_report = info.split_whitespace().nth(1) == Some("report");
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => {
                self.gap();
                let text = std::mem::take(&mut self.text);
                let underlined = match level {
                    HeadingLevel::H1 => STRONG.underline(),
                    _ => STRONG,
                };
                let _ = writeln!(self.out, "{underlined}{text}{underlined:#}");
            }
            TagEnd::Paragraph | TagEnd::Item => self.paragraph(),
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::Strong => self.text += &format!("{STRONG:#}"),
            TagEnd::CodeBlock => (self.is_code, self.is_report) = (false, false),
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.text);
                match self.rows.last_mut() {
                    Some(row) => row.push(cell),
                    None => self.rows.push(vec![cell]),
                }
            }
            TagEnd::TableHead | TagEnd::TableRow => self.rows.push(Vec::new()),
            TagEnd::Table => self.table(),
            _ => {}
        }
    }

    /// One empty line between blocks.
    fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// Writes the text that was read: a paragraph, or one of an item.
    fn paragraph(&mut self) {
        let text = std::mem::take(&mut self.text);
        if text.is_empty() {
            return;
        }
        let Some(depth) = self.lists.len().checked_sub(1) else {
            return self.lines(&text, "", "");
        };
        let marker = self.marker.take();
        let inner = "  ".repeat(depth);
        let marker = marker.unwrap_or_else(|| "  ".to_owned());
        let behind = format!("{inner}{}", " ".repeat(marker.len()));
        self.lines(&text, &format!("{inner}{marker}"), &behind);
    }

    fn lines(&mut self, text: &str, first: &str, further: &str) {
        let room = self.width.saturating_sub(further.len());
        for (index, line) in wrapped(text, Some(room)).iter().enumerate() {
            let indent = if index == 0 { first } else { further };
            let _ = writeln!(self.out, "{indent}{line}");
        }
    }

    /// Writes a table in columns; one that is wider than the terminal as a paragraph a row.
    fn table(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.retain(|row| !row.is_empty());
        self.gap();
        let count = rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..count)
            .map(|column| {
                let cells = rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| columns(cell)).max().unwrap_or(0)
            })
            .collect();
        let total: usize = widths.iter().map(|width| width + GAP).sum();
        if total <= self.width {
            for row in &rows {
                let cells = row.iter().zip(&widths);
                let cells = cells.map(|(cell, width)| {
                    format!("{cell}{}", " ".repeat(width + GAP - columns(cell)))
                });
                let line: String = cells.collect();
                let _ = writeln!(self.out, "  {}", line.trim_end());
            }
            return;
        }
        // Its head says nothing that the cells do not.
        for row in rows.iter().skip(1) {
            let mut cells = row.iter();
            let name = cells.next().map_or("", String::as_str);
            self.lines(name, "  ", "  ");
            for cell in cells.filter(|cell| !cell.is_empty()) {
                self.lines(cell, "      ", "      ");
            }
        }
    }
}

/// What a block of code is, by the words of its fence: `hcl before dev/main.tf`.
fn label(info: &str) -> Option<String> {
    let mut words = info.split_whitespace().skip(1);
    let role = words.next()?;
    let file = words.next();
    let name = match role {
        "example" => return file.map(str::to_owned),
        "after-review" => "after, with --review",
        "config" => "tfkeyless.hcl",
        "report" => "findings left with --review",
        role => role,
    };
    Some(match file {
        Some(file) => format!("{name} ({file})"),
        None => name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(markdown: &str, width: usize) -> String {
        anstream::adapter::strip_str(&page(markdown, width)).to_string()
    }

    #[test]
    fn paragraphs_and_items_are_wrapped_and_code_is_not() {
        let markdown = "# title\n\nOne **two** three `four five` six.\n\n- an item of several words\n- b\n\n```hcl before a.tf\nx = \"a line that is longer than the page\"\n```\n\n1. first\n2. second\n";
        let expected = "title\n\nOne two three\n`four five` six.\n\n- an item of\n  several words\n- b\n\n  before (a.tf):\n    x = \"a line that is longer than the page\"\n\n1. first\n2. second\n";
        assert_eq!(plain(markdown, 18), expected);
    }

    #[test]
    fn a_table_is_never_wider_than_the_page() {
        let markdown = "| a | b |\n|---|---|\n| `one` | two three four |\n";
        assert_eq!(plain(markdown, 40), "  a      b\n  `one`  two three four\n");
        assert_eq!(
            plain(markdown, 18),
            "  `one`\n      two three\n      four\n"
        );
    }

    #[test]
    fn every_page_fits_but_for_its_code() {
        for transform in transforms::CATALOGUE.iter() {
            let text = plain(transform.page, 80);
            let mut is_report = false;
            for line in text.lines() {
                // Of code only findings are wrapped.
                is_report = is_report && line.starts_with("    ")
                    || line == "  findings left with --review:";
                if line.starts_with("    ") && !is_report {
                    continue;
                }
                // One word, or code, cannot be wrapped.
                let is_one_word = line.contains('`') || !line.trim().contains(' ');
                assert!(
                    columns(line) <= 80 || is_one_word,
                    "{}: {line}",
                    transform.id
                );
            }
        }
    }
}
