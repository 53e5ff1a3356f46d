//! Jobs that get secrets without naming them: all that there are, or those of computed names.

use crate::github::expression::{ContextRead, expressions, of_inside};
use crate::github::values::{Values, fill};
use crate::github::workflow::model::SecretsPassed;
use crate::github::workflow::{StepOwner, UnreadFile, WorkflowFile, Workflows};
use syntax::code;
use syntax::location::Location;
use syntax::yaml::YamlPath;

/// A job that may use a secret which it does not name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretsReader {
    /// Where the secrets are read or passed on.
    pub at: Location,
    /// What happens to them, as a clause: ``job a passes all secrets to `o/r/.github/workflows/x.yml@v1` ``.
    pub what: String,
    /// The names that it may read.
    names: SecretNames,
}

/// The names of secrets that an expression may read, each as the texts between its unknown parts.
#[derive(Debug, Clone, PartialEq, Eq)]
enum SecretNames {
    Any,
    Like(Vec<Vec<String>>),
}

impl SecretsReader {
    /// Whether a secret of that name may be one of those that it gets.
    pub fn may_get(&self, secret: &str) -> bool {
        match &self.names {
            SecretNames::Any => true,
            SecretNames::Like(patterns) => patterns.iter().any(|it| is_like(secret, it)),
        }
    }
}

impl Workflows {
    /// The jobs that get secrets without naming them, and files of `unread` that may. A local workflow
    /// that inherits them is read itself, so that its caller is none.
    pub fn secrets_readers(&self, unread: &[UnreadFile]) -> Vec<SecretsReader> {
        let mut found = Vec::new();
        for owner in self.owners() {
            // Actions have no `secrets` context ("Contexts reference": Context availability).
            let Some(job) = self.job(owner) else { continue };
            let file = self.source(owner);
            let called = job.uses.as_ref().filter(|_| self.callee(owner).is_none());
            if let (SecretsPassed::Inherit, Some(uses)) = (&job.secrets, called) {
                found.push(SecretsReader {
                    at: file.location(uses.offset),
                    what: format!(
                        "job {} passes all secrets to {}",
                        job.id,
                        code::quoted(&uses.value)
                    ),
                    names: SecretNames::Any,
                });
            }
            if self.gets_secrets(owner) {
                let values = self.values(owner);
                let name = self.name(owner);
                found.extend(readers_at(file, &self.place(owner), &name, &values));
            }
        }
        for file in &self.sources {
            // The `env` of a workflow is of each of its jobs.
            let place = YamlPath::root().key("env");
            found.extend(readers_at(file, &place, "`env` of every job", &[]));
        }
        found.extend(unread.iter().filter_map(|file| {
            let text = file.text.to_ascii_lowercase();
            let words = [
                "secrets: inherit",
                "tojson(secrets",
                "secrets[",
                "secrets.*",
            ];
            let gets = words.iter().any(|word| text.contains(word));
            gets.then(|| SecretsReader {
                at: file.at.clone(),
                what: "this file cannot be read and may use any secret".to_owned(),
                names: SecretNames::Any,
            })
        }));
        found
    }

    /// Whether the job's workflow has the repository's secrets: one that is only called gets what its
    /// callers pass by name.
    fn gets_secrets(&self, owner: StepOwner) -> bool {
        let triggers = self.workflow(owner).map(|it| it.triggers.as_slice());
        let mut triggers = triggers.unwrap_or_default().iter();
        let inherits = |caller: StepOwner| {
            let job = self.job(caller);
            job.is_some_and(|job| matches!(job.secrets, SecretsPassed::Inherit))
        };
        triggers.any(|it| it.event != "workflow_call") || self.callers(owner.source).any(inherits)
    }
}

/// The expressions at a place of a file that read secrets without naming them.
fn readers_at(
    file: &WorkflowFile,
    place: &YamlPath,
    reader: &str,
    values: &[Values],
) -> Vec<SecretsReader> {
    let Some(node) = file.yaml.at(place) else {
        return Vec::new();
    };
    let text = &file.yaml.text()[node.span.clone()];
    let found = expressions(text).into_iter().filter_map(|range| {
        let inside = &text[range.clone()];
        let names = names_in(inside, values)?;
        let expression = code::quoted(inside.trim());
        let what = match names {
            SecretNames::Any => format!("{reader} reads all secrets: {expression}"),
            SecretNames::Like(_) => {
                format!("{reader} computes the name of a secret: {expression}")
            }
        };
        Some(SecretsReader {
            at: file.location(node.span.start + range.start),
            what,
            names,
        })
    });
    found.collect()
}

/// The secrets that an expression may read without naming them; `None` where it names all that it
/// reads.
fn names_in(inside: &str, values: &[Values]) -> Option<SecretNames> {
    let reads = of_inside(inside);
    let secrets = reads.iter().filter(|it| it.context == "secrets");
    let (mut patterns, mut rest, mut at) = (Vec::new(), String::new(), 0);
    for read in secrets {
        match read.name.as_deref() {
            // `secrets.*`.
            Some("") => return Some(SecretNames::Any),
            Some(_) => {}
            None => patterns.extend(computed(inside, read, values)),
        }
        // What computes one name may read another.
        if read.whole.start >= at {
            rest += &inside[at..read.whole.start];
            at = read.whole.end;
        }
    }
    rest += &inside[at..];
    // What is left of the context's name stands for all of it: `toJSON(secrets)`.
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let outside_texts = rest.split('\'').step_by(2);
    let mut words = outside_texts.flat_map(|part| part.split(|c| !is_name(c)));
    if words.any(|word| word.eq_ignore_ascii_case("secrets")) {
        return Some(SecretNames::Any);
    }
    (!patterns.is_empty()).then_some(SecretNames::Like(patterns))
}

/// What a computed name may be: of a property with known values these, of a `format` its text around
/// the placeholders, of anything else any name.
fn computed(inside: &str, read: &ContextRead, values: &[Values]) -> Vec<Vec<String>> {
    let anything = vec![vec![String::new(), String::new()]];
    let name = inside[read.range.clone()].trim();
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("format(") {
        let mut texts = name.split('\'').skip(1);
        let Some(text) = texts.next() else {
            return anything;
        };
        let mut parts = vec![String::new()];
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            if letter == '{' {
                letters.by_ref().find(|it| *it == '}');
                parts.push(String::new());
            } else if let Some(part) = parts.last_mut() {
                part.push(letter);
            }
        }
        return vec![parts];
    }
    let filled = values
        .iter()
        .map(|values| fill(&format!("${{{{ {name} }}}}"), values));
    let filled: Vec<String> = filled.collect();
    match filled.is_empty() || filled.iter().any(|it| it.contains("${{")) {
        true => anything,
        false => filled.into_iter().map(|it| vec![it]).collect(),
    }
}

/// Whether a name consists of these texts, in order, with anything between them. Names of secrets are
/// case-insensitive (GitHub docs, "Secrets").
fn is_like(name: &str, parts: &[String]) -> bool {
    let name = name.to_ascii_uppercase();
    let parts: Vec<String> = parts.iter().map(|it| it.to_ascii_uppercase()).collect();
    let [first, between @ .., last] = parts.as_slice() else {
        return parts.first().is_some_and(|only| *only == name);
    };
    let Some(mut rest) = name.strip_prefix(first.as_str()) else {
        return false;
    };
    for part in between {
        let Some(at) = rest.find(part.as_str()) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_read(expression: &str, secret: &str) -> bool {
        let values = ["DEV_KEY", "LIVE_KEY"]
            .map(|it| Values::from([("matrix.key".to_owned(), it.to_owned())]));
        let names = names_in(expression, &values);
        names.is_some_and(|names| match names {
            SecretNames::Any => true,
            SecretNames::Like(patterns) => patterns.iter().any(|it| is_like(secret, it)),
        })
    }

    #[test]
    fn what_an_expression_may_read_unnamed_is_as_wide_as_its_text_says() {
        for (expression, secret, expected) in [
            ("toJSON(secrets)", "AWS_KEY", true),
            (" tojson( Secrets ) ", "AWS_KEY", true),
            ("join(secrets.*, ',')", "AWS_KEY", true),
            ("secrets[inputs.name]", "AWS_KEY", true),
            ("secrets[secrets.NAME]", "AWS_KEY", true),
            ("secrets[matrix.key]", "LIVE_KEY", true),
            ("secrets[matrix.key]", "live_key", true),
            ("secrets[matrix.key]", "AWS_KEY", false),
            ("secrets[format('{0}_KEY', matrix.env)]", "DEV_KEY", true),
            ("secrets[format('{0}_KEY', matrix.env)]", "DEV_KEYS", false),
            (
                "secrets[format('A_{0}_{1}_KEY', x.y, x.z)]",
                "A_B_C_KEY",
                true,
            ),
            ("secrets[format('A_{0}_DB', x.y)]", "A_B_KEY", false),
            ("secrets[format(matrix.form, x.y)]", "AWS_KEY", true),
            ("secrets.OTHER", "AWS_KEY", false),
            ("secrets['OTHER']", "AWS_KEY", false),
            ("format('toJSON(secrets)')", "AWS_KEY", false),
            ("toJSON(github)", "AWS_KEY", false),
            ("github.event.secrets", "AWS_KEY", false),
        ] {
            assert_eq!(
                may_read(expression, secret),
                expected,
                "{expression} {secret}"
            );
        }
    }
}
