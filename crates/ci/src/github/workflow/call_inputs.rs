//! The inputs and secrets of called workflows and actions, as texts that may contain expressions.

use std::collections::HashSet;
use std::sync::Arc;

use crate::github::expression::{ContextRead, expressions, of_inside};
use crate::github::values::{Values, filled};
use crate::github::workflow::model::{NamedText, SecretsPassed, Step};
use crate::github::workflow::{StepOwner, Workflows};

/// Callers that are told apart; more may pass anything.
// They multiply with each level of calls. 202 calls of one workflow were the most that was seen.
const MAX_INPUTS: usize = 4096;

impl Workflows {
    /// The `inputs.*` and `secrets.*` values of a job, one map per caller; an empty map where an
    /// event starts the workflow.
    pub(in crate::github) fn call_inputs(
        &self,
        owner: StepOwner,
        depth: usize,
    ) -> Arc<Vec<Values>> {
        let make = || self.make_call_inputs(owner, depth);
        self.known_calls.inputs.once((owner.source, depth), make)
    }

    fn make_call_inputs(&self, owner: StepOwner, depth: usize) -> Vec<Values> {
        let workflow = self.workflow(owner);
        let interface = workflow.and_then(|it| it.interface.as_ref());
        let Some((interface, workflow)) = interface.zip(workflow) else {
            return vec![Values::new()];
        };
        let (mut all, mut seen) = (Vec::new(), HashSet::new());
        let callers = depth.checked_sub(1).into_iter();
        let callers =
            callers.flat_map(|depth| self.callers(owner.source).map(move |it| (it, depth)));
        for (caller, depth) in callers {
            for outer in self.call_inputs(caller, depth).iter() {
                let given = self.passed_by(caller, owner, outer);
                // Callers that pass the same are one.
                if seen.insert(given.clone()) {
                    all.push(given);
                }
            }
            if all.len() > MAX_INPUTS {
                all.clear();
                break;
            }
        }
        if all.is_empty() {
            // All callers are in other repositories, or they are too many. Whatever they pass as this secret is an input
            // of unknown content.
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

    /// The `inputs.*` and `secrets.*` values that a job passes to the workflow of a job that it calls;
    /// `outer` are those of its own workflow.
    pub(in crate::github) fn passed_by(
        &self,
        caller: StepOwner,
        owner: StepOwner,
        outer: &Values,
    ) -> Values {
        let workflow = self.workflow(owner);
        let interface = workflow.and_then(|it| it.interface.as_ref());
        let Some((interface, job)) = interface.zip(self.job(caller)) else {
            return Values::new();
        };
        let mut passed = given("inputs", &interface.inputs, &job.with, outer);
        passed.extend(match &job.secrets {
            SecretsPassed::Inherit => Values::new(),
            SecretsPassed::None => given("secrets", &interface.secrets, &[], outer),
            SecretsPassed::Named(named) => given("secrets", &interface.secrets, named, outer),
        });
        passed
    }

    /// The `inputs.*` values of the local action that a step uses; `outer` are those of the step
    /// itself.
    pub(in crate::github) fn action_inputs(
        &self,
        source: usize,
        step: &Step,
        outer: &Values,
    ) -> Values {
        let action = self.sources[source].as_action();
        let inputs = action.map(|action| &action.inputs[..]);
        given("inputs", inputs.unwrap_or_default(), &step.with, outer)
    }
}

/// The values of declared names: what is passed, else the default. Names that are not declared
/// count too, because GitHub only warns of them.
fn given(context: &str, declared: &[NamedText], passed: &[NamedText], outer: &Values) -> Values {
    let defaults = declared.iter().map(|declared| {
        let value = declared.value.value.clone();
        (key(context, &declared.name), value)
    });
    let passed = passed.iter().map(|passed| {
        let value = substituted(&passed.value.value, outer);
        (key(context, &passed.name), value)
    });
    defaults.chain(passed).collect()
}

fn key(context: &str, name: &str) -> String {
    format!("{context}.{}", name.to_ascii_lowercase())
}

/// A text whose references to inputs and secrets are replaced by what was passed.
pub(in crate::github) fn substituted(text: &str, passed: &Values) -> String {
    filled(text, |expression| {
        let reads = of_inside(expression);
        match reads.as_slice() {
            [read] if read.whole == (0..expression.len()) => value(read, passed).cloned(),
            reads => within(expression, reads, passed),
        }
    })
}

fn value<'v>(read: &ContextRead, passed: &'v Values) -> Option<&'v String> {
    passed.get(&key(&read.context, read.name.as_ref()?))
}

/// An expression with its references replaced; `None` where it has none.
fn within(expression: &str, reads: &[ContextRead], passed: &Values) -> Option<String> {
    let mut out = String::new();
    let mut at = 0;
    for read in reads {
        if let Some(value) = value(read, passed).filter(|_| read.whole.start >= at) {
            out += &expression[at..read.whole.start];
            out += &operand(value);
            at = read.whole.end;
        }
    }
    out += &expression[at..];
    (out != expression).then(|| format!("${{{{ {out} }}}}"))
}

/// The references of a passed value, as an operand of another expression. Literal text around them
/// is dropped: it reads nothing, and inside an expression it could be taken for syntax.
fn operand(value: &str) -> String {
    let reads = expressions(value).into_iter();
    let reads: Vec<&str> = reads.map(|inside| value[inside].trim()).collect();
    match reads.is_empty() {
        true => "null".to_owned(),
        false => format!("({})", reads.join(" || ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_in_stands_where_it_is_read() {
        let passed = [
            ("inputs.a", "${{ secrets.PAT }}"),
            ("inputs.b-c", "it's"),
            ("inputs.d", "x-${{ github.token }}"),
            ("inputs.e", "${{ inputs.a }}"),
            ("inputs.f", "{${{ a }}} ${{ '}}' }}"),
        ];
        let passed = passed.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let passed = Values::from(passed);
        for (text, expected) in [
            (
                "run ${{ inputs.A }} ${{inputs.b-c}}",
                "run ${{ secrets.PAT }} it's",
            ),
            ("${{ inputs.d }}", "x-${{ github.token }}"),
            ("${{ inputs.e }}", "${{ inputs.a }}"),
            ("${{ inputs['a'] }}", "${{ secrets.PAT }}"),
            (
                "${{ inputs.a || inputs[ 'b-c' ] || inputs.d }}",
                "${{ (secrets.PAT) || null || (github.token) }}",
            ),
            (
                "${{ f('inputs.a', inputs.f) }}",
                "${{ f('inputs.a', (a || '}}')) }}",
            ),
            ("${{ toJSON(inputs) }}", "${{ toJSON(inputs) }}"),
            (
                "${{ inputs.other }}${{ github.token }}",
                "${{ inputs.other }}${{ github.token }}",
            ),
            (
                "${{ f('${{', inputs.a) }}",
                "${{ f('${{', (secrets.PAT)) }}",
            ),
            ("inputs.a", "inputs.a"),
        ] {
            assert_eq!(substituted(text, &passed), expected);
        }
    }
}
