//! `tfkeyless explain`: the transforms and their pages, and what is known of a type.

mod page;

use anyhow::{anyhow, bail};
use engine::catalogue::{Purpose, Transform};
use syntax::code::{self, sentence};
use transforms::CATALOGUE;
use upgrade::arguments;
use upgrade::arguments::similar_types;

use crate::counted::counted;
use crate::exit::Exit;
use crate::pager;
use crate::terminal;
use page::page;

/// Columns of a page where no terminal says its own, and the most that is read easily.
const WIDTH: usize = 100;

/// Lists the transforms, or shows the page of one, or that of a type. Of a transform's cases the first
/// is shown, all by `cases`.
pub fn explain(id: Option<&str>, of: Option<&str>, cases: bool) -> anyhow::Result<Exit> {
    let Some(id) = id else {
        let lines = CATALOGUE.iter().map(|known| {
            let note = match known.on_request {
                true => " Only on request.",
                false => "",
            };
            format!("{:<22} {}{note}\n", known.id, known.summary())
        });
        pager::show(&lines.collect::<String>(), false)?;
        return Ok(Exit::Done);
    };
    let transform = CATALOGUE.transform(id);
    let transform = transform.ok_or_else(|| anyhow!(CATALOGUE.unknown(id)))?;
    let markdown = match of {
        None if cases => transform.page.to_owned(),
        None => manual(transform),
        Some(of) => type_page(id, of)?,
    };
    let width = terminal::width().map_or(WIDTH, |width| width.min(WIDTH));
    pager::styled(&page(&markdown, width), true)?;
    Ok(Exit::Done)
}

/// The manual of a transform, its first case as an example, and how many more there are.
fn manual(transform: &Transform) -> String {
    let mut sections = transform.page.split("\n## ");
    let manual = sections.next().unwrap_or_default();
    let example = sections
        .next()
        .map(|section| format!("\n## Example: {section}"));
    let further = match sections.count() {
        0 => String::new(),
        count => sentence!(
            "\n`tfkeyless explain {} --cases` shows {}.\n",
            transform.id,
            counted(count, "more case"),
        ),
    };
    format!("{manual}{}{further}", example.unwrap_or_default())
}

/// What is known of a type of resource or data source.
fn type_page(id: &str, of: &str) -> anyhow::Result<String> {
    let tables = CATALOGUE.id_of(Purpose::RewriteArguments);
    if id != tables {
        bail!(sentence!(
            "`{id}` has no pages of types\nhelp: run `tfkeyless explain {tables} {of}`"
        ));
    }
    arguments::type_page(of).ok_or_else(|| match code::listed(&similar_types(of)) {
        near if near.is_empty() => anyhow!(sentence!("no table has `{of}`")),
        near => anyhow!(sentence!("no table has `{of}`; did you mean {near}?")),
    })
}
