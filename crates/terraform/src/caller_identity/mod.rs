//! References to who runs Terraform: what `data.aws_caller_identity` tells of the session, beside the
//! account.

mod finder;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use syntax::hcl::Document;
use syntax::location::Location;

use finder::{Finder, Sought};

/// The data source.
pub const CALLER_IDENTITY: &str = "aws_caller_identity";

/// The data source that tells the role of a session.
pub const SESSION_CONTEXT: &str = "aws_iam_session_context";

/// A reference to the session of who runs Terraform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerReference {
    /// Where it stands.
    pub at: Location,
    /// Its offset in the document.
    pub offset: usize,
    /// The data source with the attribute, or without one where it is used as a whole:
    /// `data.aws_caller_identity.current.arn`.
    pub written: String,
    /// What uses it: `output.who`, `local.caller`, `aws_s3_bucket.logs`.
    pub of: String,
    /// What it is used for, there or where the local is used.
    pub purpose: CallerPurpose,
}

/// What the text of a session is used for, the one that shows most last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallerPurpose {
    /// It is compared or matched, and only the outcome is used.
    Test,
    /// A provider configuration is made of it, which no plan shows.
    Provider,
    /// It is part of a value that a plan shows: an argument, a policy, an input or an output.
    Value,
}

/// The references in the documents of a module. Its `account_id` and `id` are the same for everybody in the
/// account, and so are the parts of its ARN before the resource; `arn` and `user_id` are the session's (page
/// "aws_caller_identity" of the provider). The `arn` of `aws_iam_session_context` is where a session is
/// turned into its role. Data sources that `is_changing` denies are left out, and so are locals that nothing
/// uses.
pub fn references(
    documents: &[&Document],
    is_changing: impl Fn(&str) -> bool,
) -> Vec<CallerReference> {
    let mut found = Vec::new();
    let mut aliases = BTreeSet::new();
    let mut sought = Sought::Data;
    // A local that is, or may be, the whole data source stands for it.
    loop {
        let (references, locals) = all(documents, &is_changing, &sought);
        found.extend(references);
        let new: BTreeSet<String> = locals.difference(&aliases).cloned().collect();
        if new.is_empty() {
            break;
        }
        aliases.extend(new.iter().cloned());
        sought = Sought::Aliases(new);
    }
    for reference in &mut found {
        if let Some(local) = reference.of.strip_prefix("local.")
            && reference.purpose == CallerPurpose::Value
        {
            match purpose_of_local(local, documents, &is_changing) {
                Some(purpose) => reference.purpose = purpose,
                None => reference.of.clear(),
            }
        }
    }
    found.retain(|reference| !reference.of.is_empty());
    found
}

/// What the value of a local is used for; `None` where nothing uses it.
fn purpose_of_local(
    local: &str,
    documents: &[&Document],
    is_changing: &dyn Fn(&str) -> bool,
) -> Option<CallerPurpose> {
    let mut known = BTreeSet::from([local.to_owned()]);
    let mut new = known.clone();
    let mut most = None;
    while !new.is_empty() {
        let (uses, _) = all(documents, is_changing, &Sought::Values(new));
        new = BTreeSet::new();
        for found in uses {
            match found.of.strip_prefix("local.") {
                Some(outer) if found.purpose == CallerPurpose::Value => {
                    if known.insert(outer.to_owned()) {
                        new.insert(outer.to_owned());
                    }
                }
                _ => most = most.max(Some(found.purpose)),
            }
        }
    }
    most
}

/// The references of one kind in all documents, and the locals that may be the whole data source.
fn all(
    documents: &[&Document],
    is_changing: &dyn Fn(&str) -> bool,
    sought: &Sought,
) -> (Vec<CallerReference>, BTreeSet<String>) {
    let (mut found, mut locals) = (Vec::new(), BTreeSet::new());
    for document in documents {
        let mut finder = Finder::new(document, is_changing, sought);
        finder.document();
        found.extend(finder.found);
        locals.extend(finder.locals);
    }
    (found, locals)
}
