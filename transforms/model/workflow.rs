//! Which jobs of a GitHub workflow sign in to AWS with static keys.

use granit_parser::{Event, Parser};

/// A use of static keys: the job (`None`: the whole workflow) and its byte offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// The job's id.
    pub job: Option<String>,
    /// Offset of the first key's name.
    pub offset: usize,
}

/// Bytes that a workflow with static keys contains.
pub const TRIGGERS: [&[u8]; 2] = [b"AWS_ACCESS_KEY_ID", b"aws-access-key-id"];

/// Where a container stands and what its next scalar is.
struct Frame {
    is_mapping: bool,
    key: Option<String>,
}

/// The first use of static keys in each job, and at workflow level. Keys that come from earlier
/// steps are temporary and do not count. A file that is no YAML has none.
pub fn key_uses(text: &str) -> Vec<KeyUse> {
    let mut uses: Vec<KeyUse> = Vec::new();
    let mut stack: Vec<Frame> = Vec::new();
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else { break };
        match event {
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                let is_mapping = matches!(event, Event::MappingStart(..));
                stack.push(Frame {
                    is_mapping,
                    key: None,
                });
            }
            Event::MappingEnd | Event::SequenceEnd => {
                stack.pop();
                value_is_over(&mut stack);
            }
            Event::Alias(_) => value_is_over(&mut stack),
            Event::Scalar(value, ..) => {
                let offset = span.byte_range().map_or(0, |range| range.start);
                match stack.last_mut() {
                    Some(frame) if frame.is_mapping && frame.key.is_none() => {
                        frame.key = Some(value.into_owned());
                    }
                    _ => {
                        if is_static_key(&stack, &value) {
                            let job = job(&stack);
                            if !uses.iter().any(|known| known.job == job) {
                                uses.push(KeyUse { job, offset });
                            }
                        }
                        value_is_over(&mut stack);
                    }
                }
            }
            _ => {}
        }
    }
    uses
}

fn value_is_over(stack: &mut [Frame]) {
    if let Some(frame) = stack.last_mut() {
        frame.key = None;
    }
}

/// Whether the value under the innermost key is an access key that lives on.
fn is_static_key(stack: &[Frame], value: &str) -> bool {
    let key = stack
        .last()
        .and_then(|frame| frame.key.as_deref())
        .unwrap_or_default();
    let temporary = ["steps.", "needs.", "env."]
        .iter()
        .any(|from| value.contains(from));
    match key.to_ascii_lowercase().as_str() {
        "aws-access-key-id" | "aws_access_key_id" => !temporary && !value.is_empty(),
        "run" => {
            value.contains("secrets.") && value.contains("AWS_ACCESS_KEY_ID")
                || value.contains("aws configure set aws_access_key_id")
        }
        _ => false,
    }
}

fn job(stack: &[Frame]) -> Option<String> {
    let jobs = stack.first()?.key.as_deref() == Some("jobs");
    stack.get(1).filter(|_| jobs)?.key.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs(text: &str) -> Vec<(Option<String>, &str)> {
        let uses = key_uses(text).into_iter();
        uses.map(|found| {
            (
                found.job,
                text[found.offset..].split(['\n', '\r']).next().unwrap(),
            )
        })
        .collect()
    }

    #[test]
    fn keys_are_found_at_every_level() {
        let text = "env:\n  AWS_ACCESS_KEY_ID: ${{ secrets.A }}\njobs:\n  plan:\n    steps:\n      - uses: x\n        with: { aws-access-key-id: \"${{ secrets.B }}\" }\n      - env:\n          AWS_ACCESS_KEY_ID: again\n  apply:\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.C }}\n  clean:\n    steps: []\n";
        assert_eq!(
            jobs(text),
            [
                (None, "${{ secrets.A }}"),
                (Some("plan".into()), "\"${{ secrets.B }}\" }"),
                (Some("apply".into()), "${{ secrets.C }}"),
            ]
        );
    }

    #[test]
    fn temporary_keys_and_comments_do_not_count() {
        let text = "jobs:\n  a:\n    # aws-access-key-id: x\n    env:\n      AWS_ACCESS_KEY_ID: ${{ steps.login.outputs.key }}\n    steps:\n      - run: |\n          echo AWS_ACCESS_KEY_ID\n";
        assert_eq!(jobs(text), []);
    }

    #[test]
    fn keys_in_scripts_count() {
        let text = "jobs:\n  a:\n    steps:\n      - run: aws configure set aws_access_key_id ${{ secrets.K }}\n";
        assert_eq!(jobs(text).len(), 1);
    }
}
