//! The static keys of the environment that a Terragrunt file reads.

use std::ops::Range;

use syntax::hcl::Document;
use syntax::text::is_commented;

/// The variables of static keys, as `get_env` names them.
const READS: [&str; 2] = [
    "get_env(\"AWS_ACCESS_KEY_ID\")",
    "get_env(\"AWS_SECRET_ACCESS_KEY\")",
];

/// The calls of `get_env` that fail where no static keys are in the environment: those without a default
/// (Terragrunt docs, "Built-in functions"), in their order.
pub fn required_keys(document: &Document) -> Vec<Range<usize>> {
    let text = document.text();
    let calls = READS.iter().flat_map(|call| text.match_indices(call));
    let calls = calls.filter(|(at, _)| !is_commented(text, *at));
    let mut calls: Vec<Range<usize>> = calls.map(|(at, call)| at..at + call.len()).collect();
    calls.sort_by_key(|call| call.start);
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_have_to_be_set_are_found() {
        let text = "inputs = {\n  a = get_env(\"AWS_SECRET_ACCESS_KEY\")\n  b = get_env(\"AWS_ACCESS_KEY_ID\", \"\")\n  c = get_env(\"AWS_REGION\")\n}\n# get_env(\"AWS_ACCESS_KEY_ID\")\n";
        let document = Document::new("terragrunt.hcl".into(), text.to_owned()).unwrap();
        let found = required_keys(&document);
        let found: Vec<&str> = found.into_iter().map(|it| &text[it]).collect();
        assert_eq!(found, ["get_env(\"AWS_SECRET_ACCESS_KEY\")"]);
    }
}
