//! What jobs and steps hand to the workflows and actions that they use: texts, which may be
//! expressions themselves.

use super::expression::{Reference, of_condition};
use super::values::{Values, filled};
use super::view::{Entry, Secrets, Step, entry};
use super::{Unit, Workflows};

impl Workflows {
    /// What is handed to a job, by the names that expressions read it by, for each of its callers;
    /// nothing where other events start it.
    pub(super) fn handed(&self, unit: Unit, depth: usize) -> Vec<Values> {
        let workflow = self.workflow(unit);
        let interface = workflow.and_then(|it| it.interface.as_ref());
        let Some((interface, workflow)) = interface.zip(workflow) else {
            return vec![Values::new()];
        };
        let mut all = Vec::new();
        let callers = depth.checked_sub(1).into_iter();
        let callers =
            callers.flat_map(|depth| self.callers(unit.source).map(move |it| (it, depth)));
        for (caller, depth) in callers {
            let Some(job) = self.job(caller) else {
                continue;
            };
            for outer in self.handed(caller, depth) {
                let mut given = given("inputs", &interface.inputs, &job.with, &outer);
                given.extend(match &job.secrets {
                    Secrets::Inherit => Values::new(),
                    Secrets::None => self::given("secrets", &interface.secrets, &[], &outer),
                    Secrets::Named(named) => {
                        self::given("secrets", &interface.secrets, named, &outer)
                    }
                });
                all.push(given);
            }
        }
        if all.is_empty() {
            // Called from elsewhere: a secret is whatever is handed in under its name.
            let secrets = interface.secrets.iter().map(|secret| {
                let input = format!("${{{{ inputs.{} }}}}", secret.name);
                (key("secrets", &secret.name), input)
            });
            all.push(secrets.collect());
        }
        let events = workflow.triggers.iter().map(|it| it.event.as_str());
        if events.into_iter().any(|event| event != "workflow_call") {
            all.push(Values::new());
        }
        all
    }

    /// What a step hands to the action of this repository that it uses, where `outer` is handed to
    /// the step itself.
    pub(super) fn handed_to_action(&self, source: usize, step: &Step, outer: &Values) -> Values {
        let action = self.sources[source].as_action();
        let inputs = action.map(|action| &action.inputs[..]);
        given("inputs", inputs.unwrap_or_default(), &step.with, outer)
    }
}

/// What is declared, as it is handed in, else its default.
fn given(context: &str, declared: &[Entry], handed: &[Entry], outer: &Values) -> Values {
    let values = declared.iter().map(|declared| {
        let value = match entry(handed, &declared.name) {
            Some(handed) => resolved(&handed.value.value, outer),
            None => declared.value.value.clone(),
        };
        (key(context, &declared.name), value)
    });
    values.collect()
}

fn key(context: &str, name: &str) -> String {
    format!("{context}.{}", name.to_ascii_lowercase())
}

/// A text in which whatever reads what is handed in is that itself.
pub(super) fn resolved(text: &str, handed: &Values) -> String {
    filled(text, |inside| {
        let whole = handed.get(&inside.to_ascii_lowercase());
        whole.cloned().or_else(|| {
            let expression = within(inside, handed)?;
            Some(format!("${{{{ {expression} }}}}"))
        })
    })
}

/// An expression, in the same way; `None` where it reads nothing of it.
fn within(expression: &str, handed: &Values) -> Option<String> {
    let mut out = expression.to_owned();
    for read in of_condition(expression).iter().rev() {
        let value = read
            .name
            .as_ref()
            .and_then(|name| handed.get(&key(&read.context, name)));
        if let Some((operand, from)) = value
            .and_then(|it| operand(it))
            .zip(start(expression, read))
        {
            let is_quoted = expression[read.range.end..].starts_with('\'');
            let end = read.range.end + if is_quoted { 2 } else { 0 };
            out.replace_range(from..end, &operand);
        }
    }
    (out != expression).then_some(out)
}

/// Where a read begins that has no spaces in it.
fn start(expression: &str, read: &Reference) -> Option<usize> {
    let before = &expression[..read.range.start];
    let before = before.strip_suffix("['").or(before.strip_suffix('.'))?;
    before.len().checked_sub(read.context.len())
}

/// A value as a part of an expression; `None` for a text with an expression in it.
fn operand(value: &str) -> Option<String> {
    let inside = value
        .strip_prefix("${{")
        .and_then(|it| it.strip_suffix("}}"));
    match inside.filter(|inside| !inside.contains("${{")) {
        Some(inside) => Some(format!("({})", inside.trim())),
        None if value.contains("${{") => None,
        None => Some(format!("'{}'", value.replace('\'', "''"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_handed_in_stands_where_it_is_read() {
        let handed = [
            ("inputs.a", "${{ secrets.PAT }}"),
            ("inputs.b-c", "it's"),
            ("inputs.d", "x-${{ github.token }}"),
            ("inputs.e", "${{ inputs.a }}"),
        ];
        let handed = handed.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let handed = Values::from(handed);
        for (text, expected) in [
            (
                "run ${{ inputs.A }} ${{inputs.b-c}}",
                "run ${{ secrets.PAT }} it's",
            ),
            ("${{ inputs.d }}", "x-${{ github.token }}"),
            ("${{ inputs.e }}", "${{ inputs.a }}"),
            (
                "${{ inputs.a || inputs['b-c'] || inputs.d }}",
                "${{ (secrets.PAT) || 'it''s' || inputs.d }}",
            ),
            (
                "${{ inputs.other }}${{ github.token }}",
                "${{ inputs.other }}${{ github.token }}",
            ),
            ("inputs.a", "inputs.a"),
        ] {
            assert_eq!(resolved(text, &handed), expected);
        }
    }
}
