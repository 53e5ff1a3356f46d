//! Messages for people, on standard error. One that cannot be written is dropped: a closed standard
//! error is no reason to stop half way.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};

use crate::redact;

/// Says `text`, a line of its own, without secrets and without what a terminal would obey.
pub fn say(text: &str) {
    styled(&format!("{}\n", redact::for_people(text)));
}

/// Says why nothing more is done.
pub fn fail(text: &str) {
    let text = redact::for_people(text);
    styled(&format!("{ERROR}error{ERROR:#}: {text}\n"));
}

const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Writes `text`, made fit to show by whoever styled it. Colours are taken out where standard
/// error shall have none.
pub fn styled(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}
