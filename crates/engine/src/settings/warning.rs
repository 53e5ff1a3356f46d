//! What is doubtful in a configuration.

use std::path::PathBuf;

use diagnostics::finding::Finding;
use diagnostics::suggestion;
use syntax::code::sentence;
use syntax::hcl::Attribute;
use syntax::location::{Location, Region};

use super::Settings;

/// What warnings about the configuration are named by, where findings have the id of their transform.
pub const ID: &str = "configuration";

/// A warning about a part of the configuration; `subject` and `message` make a sentence.
pub(crate) fn warning(
    at: &Region,
    subject: impl Into<String>,
    message: impl Into<String>,
) -> Finding {
    let Region {
        line,
        column,
        range,
    } = at.clone();
    let path = PathBuf::from("tfkeyless.hcl");
    let at = Location { path, line, column };
    Finding::at(ID, at, range, (subject, message))
}

impl Settings {
    /// Warns of a profile, the value of `written`, that is no account's label but near one.
    pub(super) fn doubt_profile(&mut self, written: &Attribute<'_>) {
        let Some(profile) = written.value.literal() else {
            return;
        };
        if self.account(profile).is_some() {
            return;
        }
        let labels = self.accounts.iter().map(|account| account.label.as_str());
        if let Some(meant) = suggestion::misspelt(profile, labels) {
            let at = written.value.document().region(written.value.span());
            let subject = format!("profile \"{profile}\"");
            let found = warning(&at, subject, "has no matching `account` block");
            let found = found.help(sentence!("did you mean `{meant}`?"));
            self.warnings.push(found);
        }
    }
}
