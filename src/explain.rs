//! `tfkeyless explain`: the transforms and their pages.

use anyhow::anyhow;
use transforms::{CATALOGUE, When};

use crate::pager;

/// Lists the transforms, or shows the page of one.
pub fn explain(id: Option<&str>) -> anyhow::Result<u8> {
    let Some(id) = id else {
        let lines = CATALOGUE.iter().map(|known| {
            let note = match known.when {
                When::OnRequest => " Only on request.",
                When::Always | When::Afterwards => "",
            };
            format!("{:<22} {}{note}\n", known.id, known.summary())
        });
        pager::show(&lines.collect::<String>(), false)?;
        return Ok(0);
    };
    let transform = transforms::transform(id)
        .ok_or_else(|| anyhow!("no transform is called `{id}`; `tfkeyless explain` lists them"))?;
    pager::show(transform.page, true)?;
    Ok(0)
}
