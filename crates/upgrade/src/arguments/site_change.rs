//! What a row makes of one site, as the finding that is reported.

use std::ops::Range;

use super::table::row::Row;
use diagnostics::ask::Help;
use diagnostics::finding::{FileEdit, Finding, Safety};
use syntax::edit::Edit;
use syntax::hcl::Document;
use terraform::constraint::Version;

/// One change that the upgrade makes or asks for in a module.
#[derive(Debug, Clone)]
pub struct ArgumentChange {
    /// What is reported, with the edits; without edits the change is manual.
    pub finding: Finding,
    /// Whether the provider must not be upgraded without it: the configuration would fail, or mean
    /// something else.
    pub is_needed: bool,
    /// Whether something may need it that is not seen: the provider is upgraded once that is reviewed.
    pub is_unseen: bool,
    /// Whether each of its places is listed, not only their number.
    pub is_listed: bool,
    /// The first release that accepts the result, where the one in use may not.
    pub since: Option<String>,
}

/// What a row makes of one site.
pub struct SiteChange {
    /// The bytes that it is about.
    pub range: Range<usize>,
    /// The predicate of a sentence whose subject is the address of the block.
    pub message: String,
    /// What the user has to do, where the row does not say it.
    pub help: Option<String>,
    /// Whether the edits need review, whatever the row says.
    pub review: bool,
    /// Whether it is not seen that something is there to change.
    pub is_unseen: bool,
    /// The edits; none where the change is manual.
    pub edits: Vec<FileEdit>,
}

impl ArgumentChange {
    /// The change as a finding about `subject`; whose it is, is filled in once all are known.
    pub fn new(row: &Row, document: &Document, subject: String, change: SiteChange) -> Self {
        let is_manual = change.edits.is_empty();
        let safety = match row.review || change.review {
            true => Safety::Review,
            false => Safety::Safe,
        };
        let sentence = (subject, change.message);
        let mut finding = Finding::new("", document, change.range, sentence).safety(safety);
        if change.help.is_none() {
            finding.notes.extend(row.why.clone());
        }
        finding.help = change.help.or_else(|| row.help.clone()).map(Help::from);
        finding.edits = change.edits;
        Self {
            finding,
            // What neither fails nor is edited is information: nothing has to wait for it.
            is_needed: row.needed && (row.fails || !is_manual) && !change.is_unseen,
            is_unseen: change.is_unseen,
            is_listed: false,
            since: row.since.clone().filter(|_| !is_manual),
        }
    }

    /// Whether the last release of that major accepts the result.
    pub fn is_known_to(&self, major: u64) -> bool {
        let since = self.since.as_deref().map(Version::parse);
        since.is_none_or(|since| since.is_ok_and(|since| since.major <= major))
    }
}

impl SiteChange {
    /// A change that is left to the user.
    pub fn manual(range: Range<usize>, message: String) -> Self {
        Self {
            range,
            message,
            help: None,
            review: false,
            is_unseen: false,
            edits: Vec::new(),
        }
    }

    /// A change by edits of one document.
    pub fn edited(
        range: Range<usize>,
        message: String,
        document: &Document,
        edits: Vec<Edit>,
    ) -> Self {
        let path = document.path();
        let edits = edits.into_iter().map(|edit| FileEdit {
            path: path.to_path_buf(),
            edit,
        });
        Self {
            edits: edits.collect(),
            ..Self::manual(range, message)
        }
    }
}

/// Why a manual change is reported.
pub fn manual_reason(row: &Row) -> &'static str {
    match (row.fails, row.needed) {
        (true, _) => "fails after the upgrade and needs manual work",
        (false, true) => "means something else after the upgrade",
        (false, false) => "needs a check after the upgrade",
    }
}
