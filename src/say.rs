//! Telling people things, on standard error. Whoever cannot be told is no reason to stop.

use std::io::Write as _;

use crate::redact;

/// Says `text`, a line of its own, without secrets and without what a terminal would obey.
pub fn say(text: &str) {
    styled(&format!("{}\n", redact::for_people(text)));
}

/// Writes `text`, made fit to show by whoever styled it. Colours are taken out where standard
/// error shall have none.
pub fn styled(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}
