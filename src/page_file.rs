//! Where the review page goes.

use std::io;
use std::path::Path;

use anyhow::{Context as _, bail};
use syntax::visible;

use crate::format::html::Page;
use crate::pager;
use crate::say::say;
use crate::whole_file::{self, ORDINARY};

/// The file of a review page, or standard output.
#[derive(Debug, Clone, Copy)]
pub struct PageFile<'a> {
    out: Option<&'a Path>,
}

impl<'a> PageFile<'a> {
    /// The file `out`, or standard output where there is none.
    ///
    /// # Errors
    /// Standard output is a terminal.
    pub fn new(out: Option<&'a Path>) -> anyhow::Result<Self> {
        if out.is_none() && pager::is_terminal() {
            bail!("a review page is for a browser\nhelp: name its file: `--out review.html`");
        }
        Ok(Self { out })
    }

    /// Writes the page there, all of it or nothing.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(self, page: Page, title: &str) -> anyhow::Result<()> {
        let Some(path) = self.out else {
            return match page.write(&mut io::stdout().lock(), title) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                written => written.context("cannot write to standard output"),
            };
        };
        let written = whole_file::write(path, ORDINARY, |file| page.write(file, title));
        written.with_context(|| visible::path(path))?;
        say(&format!("Written: {}", visible::path(path)));
        Ok(())
    }
}
