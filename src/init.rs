//! `tfkeyless init`.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anstyle::Style;
use anyhow::{Context as _, bail};
use engine::index::survey::Surveyor;
use engine::init::Proposal;
use engine::init::propose;
use engine::request::Request;
use syntax::visible;
use transforms::CATALOGUE;

use crate::config::{self, NAME};
use crate::disk::Disk;
use crate::exit::Exit;
use crate::pager;
use crate::redact::on_one_line;
use crate::repository::{explained, refuse_interrupted};
use crate::say::{say, styled};
use crate::terminal;
use crate::walk;

/// Proposes a configuration at the root of the repository that `path` lies in, or prints it.
pub fn init(path: &Path, print: bool) -> anyhow::Result<Exit> {
    let root = config::root(path)?;
    let own = root.join(NAME);
    if !print && fs::symlink_metadata(&own).is_ok() {
        bail!(
            "{} is there already: edit it, or see with `tfkeyless init --print` what would be proposed",
            visible::path(own)
        );
    }
    let source = Disk::new(&root);
    let request = Request::usual(CATALOGUE);
    let walked = walk::walk(&source, &Surveyor::new(&source, &request))?;
    refuse_interrupted(&root, &walked.interrupted)?;
    let closed: Vec<PathBuf> = walked.skipped.into_iter().map(|skip| skip.path).collect();
    let proposal = propose(&source, walked.surveys, &closed, request);
    let proposal = proposal.map_err(|error| explained(&error))?;
    if print {
        pager::show(&proposal.text, false)?;
        return Ok(Exit::Done);
    }
    if proposal.found.is_empty() && proposal.open.is_empty() {
        say(&format!(
            "Nothing of AWS was found in {}: nothing was written.",
            visible::path(&root)
        ));
        return Ok(Exit::Done);
    }
    write(&own, &proposal.text).with_context(|| visible::path(own))?;
    styled(&summary(&proposal));
    Ok(Exit::Done)
}

/// Writes a file that is not there yet, or nothing.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    // Not a link and no file that came since it was looked for.
    let mut file = File::options().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes()).or_else(|error| {
        fs::remove_file(path)?;
        Err(error)
    })?;
    Ok(())
}

const HEADING: Style = Style::new().bold();

/// What was found and what is next, for people.
fn summary(proposal: &Proposal) -> String {
    let found = match proposal.found.as_slice() {
        [] => String::new(),
        found => format!(" Found: {}.", found.join(", ")),
    };
    let width = terminal::width();
    let part =
        |place: &str, text: &str| terminal::after(place, HEADING, &on_one_line(text), width) + "\n";
    let mut text = part(&format!("Wrote {NAME}."), &found);
    if !proposal.open.is_empty() {
        text += &part("Fill in what concerns you:", "");
        let places = proposal.open.iter();
        let places = places.map(|(line, what)| (format!("  {NAME}:{line}"), what));
        let places: Vec<_> = places.collect();
        let widest = places.iter().map(|(place, _)| place.len()).max();
        for (place, what) in &places {
            let gap = 2 + widest.unwrap_or(0) - place.len();
            text += &part(place, &format!("{:gap$}{what}", ""));
        }
    }
    text + "Then run `tfkeyless plan`.\n"
}
