//! `tfkeyless explain`: the transforms and their pages, and what is known of a type.

use anyhow::{anyhow, bail};
use transforms::CATALOGUE;
use upgrade::arguments;
use upgrade::arguments::near;

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
    if id != arguments::ID {
        bail!(
            "`{id}` says nothing of types: leave `{of}` out, or ask `{}`",
            arguments::ID
        );
    }
    arguments::page(of).ok_or_else(|| match near(of).join("`, `") {
        near if near.is_empty() => anyhow!("nothing is known of `{of}`"),
        near => anyhow!("nothing is known of `{of}`; there is `{near}`"),
    })
}
