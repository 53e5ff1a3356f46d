//! Which jobs of a GitHub workflow sign in to AWS with static keys, and which run Terraform.

use granit_parser::{Event, Parser};

/// A place in a job, or in what all jobs of a workflow inherit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobUse {
    /// The job's id; `None` for the whole workflow.
    pub job: Option<String>,
    /// Byte offset.
    pub offset: usize,
}

/// What the jobs of a workflow do, each job told at its first place.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// Uses of static keys. Keys that come from earlier steps are temporary and do not count, nor
    /// do placeholders.
    pub keys: Vec<JobUse>,
    /// Runs of Terraform, OpenTofu or Terragrunt.
    pub terraform: Vec<JobUse>,
}

/// Bytes of which a workflow that matters contains at least one.
pub const TRIGGERS: [&[u8]; 5] = [
    b"AWS_ACCESS_KEY_ID",
    b"aws-access-key-id",
    b"terraform",
    b"tofu",
    b"terragrunt",
];

/// Where a container stands and what its next scalar is.
struct Frame {
    is_mapping: bool,
    key: Option<String>,
}

/// Why a workflow cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub struct BrokenYaml {
    /// Line, from 1.
    pub line: usize,
    /// What the parser says.
    pub what: String,
}

/// Reads a workflow.
///
/// # Errors
/// Where it is no YAML.
pub fn uses(text: &str) -> Result<Uses, BrokenYaml> {
    let mut uses = Uses::default();
    let mut stack: Vec<Frame> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| BrokenYaml {
            line: error.marker().line(),
            what: error.info().clone(),
        })?;
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
            Event::Scalar(value, ..) => match stack.last_mut() {
                Some(frame) if frame.is_mapping && frame.key.is_none() => {
                    frame.key = Some(value.into_owned());
                }
                _ => {
                    let range = span.byte_range().unwrap_or_default();
                    let source = text.get(range.clone()).unwrap_or_default();
                    let key = stack.last().and_then(|frame| frame.key.as_deref());
                    let key = key.unwrap_or_default().to_ascii_lowercase();
                    let note = |places: &mut Vec<JobUse>, word: Option<&str>| {
                        let Some(word) = word else { return };
                        let job = job(&stack);
                        if !places.iter().any(|known| known.job == job) {
                            let offset = range.start + source.find(word).unwrap_or(0);
                            places.push(JobUse { job, offset });
                        }
                    };
                    note(&mut uses.keys, static_key(&key, &value));
                    note(&mut uses.terraform, terraform(&key, &value));
                    value_is_over(&mut stack);
                }
            },
            _ => {}
        }
    }
    Ok(uses)
}

fn value_is_over(stack: &mut [Frame]) {
    if let Some(frame) = stack.last_mut() {
        frame.key = None;
    }
}

/// The word by which the value of a key names an access key that lives on.
fn static_key<'v>(key: &str, value: &'v str) -> Option<&'v str> {
    let is_temporary = ["steps.", "needs.", "env."]
        .iter()
        .any(|from| value.contains(from));
    match key {
        "aws-access-key-id" | "aws_access_key_id" => {
            let is_key = value.contains("${{") || value.starts_with("AKIA");
            (is_key && !is_temporary).then_some(value)
        }
        "run" => {
            let words = ["aws configure set aws_access_key_id", "AWS_ACCESS_KEY_ID"];
            let word = words.into_iter().find(|word| value.contains(word))?;
            value.contains("secrets.").then_some(word)
        }
        _ => None,
    }
}

/// The word by which a step runs Terraform.
fn terraform<'v>(key: &str, value: &'v str) -> Option<&'v str> {
    let words = ["terraform ", "terragrunt ", "tofu "];
    match key {
        "run" => words.into_iter().find(|word| value.contains(word)),
        "uses" => {
            let action = value.split('@').next()?;
            let names = ["terraform", "terragrunt", "tofu"];
            let runs = names.iter().any(|name| action.contains(name));
            (runs && !action.contains("/setup-")).then_some(value)
        }
        _ => None,
    }
}

fn job(stack: &[Frame]) -> Option<String> {
    let jobs = stack.first()?.key.as_deref() == Some("jobs");
    stack.get(1).filter(|_| jobs)?.key.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The jobs of places, with the text up to the end of the line.
    fn jobs(places: Vec<JobUse>, text: &str) -> Vec<(Option<String>, &str)> {
        let line = |offset: usize| text[offset..].lines().next().unwrap_or_default();
        let places = places.into_iter();
        places
            .map(|place| (place.job, line(place.offset)))
            .collect()
    }

    #[test]
    fn keys_are_found_at_every_level() {
        let text = "env:\n  AWS_ACCESS_KEY_ID: ${{ secrets.A }}\njobs:\n  plan:\n    steps:\n      - uses: x\n        with: { aws-access-key-id: \"${{ secrets.B }}\" }\n      - env:\n          AWS_ACCESS_KEY_ID: AKIAAGAIN\n  apply:\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.C }}\n  clean:\n    steps: []\n";
        assert_eq!(
            jobs(uses(text).unwrap().keys, text),
            [
                (None, "${{ secrets.A }}"),
                (Some("plan".into()), "${{ secrets.B }}\" }"),
                (Some("apply".into()), "${{ secrets.C }}"),
            ]
        );
    }

    #[test]
    fn temporary_keys_placeholders_and_comments_do_not_count() {
        let text = "env:\n  AWS_ACCESS_KEY_ID: test\njobs:\n  a:\n    # aws-access-key-id: x\n    env:\n      AWS_ACCESS_KEY_ID: ${{ steps.login.outputs.key }}\n    steps:\n      - run: |\n          echo AWS_ACCESS_KEY_ID\n";
        assert_eq!(uses(text), Ok(Uses::default()));
        let broken = uses("jobs:\n  a: [\n").unwrap_err();
        assert!(broken.line >= 2, "{broken:?}");
    }

    #[test]
    fn keys_and_terraform_in_scripts_are_found_on_their_lines() {
        let text = "jobs:\n  a:\n    steps:\n      - uses: hashicorp/setup-terraform@v3\n      - run: |\n          cd infra\n          export AWS_ACCESS_KEY_ID=${{ secrets.K }}\n          terraform init\n  b:\n    steps:\n      - uses: dflook/terraform-plan@v1\n";
        let found = uses(text).unwrap();
        let key = "AWS_ACCESS_KEY_ID=${{ secrets.K }}";
        assert_eq!(jobs(found.keys, text), [(Some("a".into()), key)]);
        assert_eq!(
            jobs(found.terraform, text),
            [
                (Some("a".into()), "terraform init"),
                (Some("b".into()), "dflook/terraform-plan@v1")
            ]
        );
    }
}
