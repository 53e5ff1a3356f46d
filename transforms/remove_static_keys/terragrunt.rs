//! Terragrunt files that read the static keys of the environment: without these, every command of theirs fails.

use super::ID;
use diagnostics::finding::Finding;
use diagnostics::ignore::Ignore;
use syntax::code::{self, sentence};
use syntax::hcl::Document;
use terraform::terragrunt::key_environment::required_keys;

/// The findings on what a Terragrunt file reads of them without a default. An empty one is no edit: where a provider
/// keeps its keys, it would act by other credentials in place of failing.
pub(super) fn scan(document: &Document) -> Vec<Finding> {
    let calls = required_keys(document).into_iter();
    let calls = calls.filter(|call| !Ignore::keeps(document, call.start, ID));
    let found = calls.map(|call| {
        let text = &document.text()[call.clone()];
        let with_default = text.replace(')', ", \"\")");
        let message = "fails without static keys in the environment, as on laptops after the migration";
        let help = sentence!(
            "remove the input that it sets, or write `{with_default}` once no provider takes its keys from it"
        );
        let subject = code::quoted(text);
        Finding::new(ID, document, call, (subject, message)).help(help)
    });
    found.collect()
}
