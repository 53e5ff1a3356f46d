//! `tfkeyless explain`: the transforms and their pages, and what is known of a type.

use anyhow::{anyhow, bail};
use engine::catalogue::Purpose;
use transforms::CATALOGUE;
use upgrade::arguments;
use upgrade::arguments::similar_types;

use crate::exit::Exit;
use crate::pager;

/// Lists the transforms, or shows the page of one, or that of a type.
pub fn explain(id: Option<&str>, of: Option<&str>) -> anyhow::Result<Exit> {
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
    let transform = transforms::CATALOGUE
        .transform(id)
        .ok_or_else(|| anyhow!("no transform is called `{id}`; `tfkeyless explain` lists them"))?;
    match of {
        None => pager::show(transform.page, true)?,
        Some(of) => pager::show(&page(id, of)?, true)?,
    }
    Ok(Exit::Done)
}

fn page(id: &str, of: &str) -> anyhow::Result<String> {
    let tables = CATALOGUE.id_of(Purpose::RewriteArguments);
    if id != tables {
        bail!("`{id}` says nothing of types: leave `{of}` out, or ask `{tables}`");
    }
    arguments::type_page(of).ok_or_else(|| match similar_types(of).join("`, `") {
        near if near.is_empty() => anyhow!("nothing is known of `{of}`"),
        near => anyhow!("nothing is known of `{of}`; there is `{near}`"),
    })
}
