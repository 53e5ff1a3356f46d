//! What GitHub lets secrets, variables, inputs and jobs be called.

/// Whether it is the name of a job, an input, a secret or a variable: letters, digits, `-` and `_`, the
/// first none of the digits and no `-`.
///
/// Sources: "Workflow syntax", `jobs.<job_id>` and `on.workflow_call.inputs`; "Secrets reference",
/// "Naming your secrets". Secrets and variables take no `-`, but those that a called workflow declares
/// do.
pub fn is_name(name: &str) -> bool {
    let is_start = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    name.as_bytes().first().is_some_and(is_start) && name.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_of_letters_digits_and_two_signs() {
        for name in ["AWS_ACCESS_KEY_ID", "aws-access-key-id", "_1", "a"] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "",
            "1A",
            "-a",
            "A$(touch x)",
            "a b",
            "a\nb",
            "a.b",
            "é",
            "a'",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }
}
