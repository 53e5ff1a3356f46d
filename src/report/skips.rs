//! What was passed over, and what stays on purpose.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use diagnostics::skip::Skip;
use syntax::visible;

use super::{FAINT, PLACE, heading};
use crate::counted::counted;
use crate::redact::on_one_line;
use crate::terminal;

/// What was skipped. Lines of files that are read are always named, the rest with `verbose`.
pub fn skipped(out: &mut String, skipped: &[Skip], verbose: bool) {
    let (named, counted): (Vec<&Skip>, Vec<&Skip>) = skipped
        .iter()
        .partition(|skip| verbose || skip.line.is_some());
    if !named.is_empty() {
        heading(out, "Skipped");
        places(out, named);
    }
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for skip in counted {
        *reasons.entry(&skip.reason).or_default() += 1;
    }
    if !reasons.is_empty() {
        heading(out, "Skipped (--verbose lists them)");
        for (reason, count) in reasons {
            let _ = writeln!(out, "  {count} {FAINT}{reason}{FAINT:#}");
        }
    }
}

/// The roles that an audit accepts.
pub fn kept(out: &mut String, kept: &[Skip], verbose: bool) {
    match kept.len() {
        0 => {}
        count if !verbose => {
            let count = counted(count, "role");
            heading(
                out,
                &format!("Kept on purpose: {count} (--verbose lists them)"),
            );
        }
        _ => {
            heading(out, "Kept on purpose");
            places(out, kept);
        }
    }
}

/// Places with what is said of each.
fn places<'s>(out: &mut String, skipped: impl IntoIterator<Item = &'s Skip>) {
    for skip in skipped {
        let path = visible::path(&skip.path);
        let line = skip.line.map_or(String::new(), |line| format!(":{line}"));
        let reason = on_one_line(&skip.reason);
        let at = format!("  {path}{line} ");
        let shown = terminal::after(&at, PLACE, &reason, terminal::width());
        let _ = writeln!(out, "{shown}");
    }
}
