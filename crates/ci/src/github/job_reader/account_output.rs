//! `steps.ID.outputs.aws-account-id`, the account that a step signs in to: what is made of it
//! is another thing where the job signs in to another account.

use syntax::code::sentence;
use syntax::yaml::YamlPath;

use crate::github::expression::{expressions, of_condition, of_inside};
use crate::github::uses::remote_action;
use crate::github::workflow::model::Step;
use crate::github::workflow::{StepOwner, Workflows};
use crate::scripts::shell::{Output, commands};

/// The output of `configure-aws-credentials` (its action.yml).
const OUTPUT: &str = "aws-account-id";

/// A sign-in whose account something uses.
pub(super) struct UsedAccount {
    /// The index of the sign-in.
    pub step: usize,
    /// The output, as a message names it.
    pub what: String,
}

impl Workflows {
    /// The sign-ins of a job or action whose account something but a person reads.
    pub(super) fn used_accounts(&self, owner: StepOwner) -> Vec<UsedAccount> {
        let source = self.source(owner);
        if !source.yaml.text().contains(OUTPUT) {
            return Vec::new();
        }
        let outputs = match owner.job {
            Some(_) => self.place(owner).key("outputs"),
            None => YamlPath::root().key("outputs"),
        };
        let outputs = source.text_at(&outputs).unwrap_or_default();
        let steps = self.steps(owner);
        let used = steps.iter().enumerate().filter_map(|(index, step)| {
            let action = remote_action(&step.uses.as_ref()?.value)?;
            // That of a role, too: where an earlier run wrote the role, the sign-in may be moved.
            let id = step.id.as_deref()?;
            let is_used = reads(outputs, id) || steps.iter().any(|step| uses(step, id));
            (action.is_configure() && is_used).then(|| UsedAccount {
                step: index,
                what: sentence!("`steps.{id}.outputs.{OUTPUT}`"),
            })
        });
        used.collect()
    }
}

/// Whether a step uses the output of the sign-in with that id otherwise than to print it.
fn uses(step: &Step, id: &str) -> bool {
    let entries = step.env.iter().chain(&step.with);
    let mut texts = entries.map(|it| it.value.value.as_str());
    let condition = step.condition.as_ref().map_or("", |it| it.value.as_str());
    let is_decided = is_output(condition, id) && !of_condition(condition).is_empty();
    let script = step.run.as_ref().map_or("", |it| it.value.as_str());
    let mut run = commands(script).into_iter();
    is_decided
        || texts.any(|text| reads(text, id))
        || reads(script, id)
            && run.any(|command| {
                let mut words = command.words.iter();
                words.any(|word| reads(word, id)) && command.passed_on() == Output::Used
            })
}

/// Whether an expression in a text reads the output of the step with that id.
fn reads(text: &str, id: &str) -> bool {
    let mut inside = expressions(text).into_iter().map(|range| &text[range]);
    inside.any(|inside| is_output(inside, id))
}

fn is_output(inside: &str, id: &str) -> bool {
    let mut read = of_inside(inside).into_iter();
    let is_of_step = |name: Option<&str>| name.is_none_or(|it| it.eq_ignore_ascii_case(id));
    inside.to_ascii_lowercase().contains(OUTPUT)
        && read.any(|it| it.context == "steps" && is_of_step(it.name.as_deref()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const ACCOUNT: &str = "${{ steps.c.outputs.aws-account-id }}";

    fn used(with: &str, rest: &str) -> bool {
        let mut workflows = Workflows::default();
        let text = format!(
            "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: \
             aws-actions/configure-aws-credentials@v4\n        id: c\n        with: {{ {with} }}\n{rest}"
        );
        workflows.add(Path::new(".github/workflows/a.yml"), text, None);
        assert!(workflows.unread.is_empty(), "{:?}", workflows.unread);
        let job = StepOwner {
            source: 0,
            job: Some(0),
        };
        !workflows.used_accounts(job).is_empty()
    }

    #[test]
    fn the_account_of_a_sign_in_is_used_where_it_is_more_than_printed() {
        let keys = "aws-access-key-id: x, aws-secret-access-key: y";
        let run = |script: &str| format!("      - run: |\n          {script}\n");
        for (rest, expected) in [
            (run(&format!("docker push {ACCOUNT}.dkr.ecr.x/y")), true),
            (run(&format!("X={ACCOUNT}")), true),
            (run(&format!("echo x={ACCOUNT} >> $GITHUB_OUTPUT")), true),
            (run("y ${{ steps['c'].outputs['aws-account-id'] }}"), true),
            (run("y ${{ steps[env.ID].outputs.aws-account-id }}"), true),
            (
                run("y ${{ format('{0}.x', steps.C.outputs.aws-account-id) }}"),
                true,
            ),
            (
                format!("      - uses: x/y@v1\n        with:\n          a: {ACCOUNT}\n"),
                true,
            ),
            (
                format!("      - run: x\n        env:\n          A: {ACCOUNT}\n"),
                true,
            ),
            (
                "      - run: x\n        if: steps.c.outputs.aws-account-id == '1'\n".to_owned(),
                true,
            ),
            (format!("    outputs:\n      a: {ACCOUNT}\n"), true),
            (run(&format!("echo Signed in to {ACCOUNT}")), false),
            (
                run(&format!("echo {ACCOUNT} >> $GITHUB_STEP_SUMMARY")),
                false,
            ),
            (run("y ${{ steps.d.outputs.aws-account-id }}"), false),
            (run("y ${{ steps.c.outcome }} # aws-account-id"), false),
            (run("y aws-account-id"), false),
            (
                format!("      - name: to {ACCOUNT}\n        run: x\n"),
                false,
            ),
        ] {
            assert_eq!(used(keys, &rest), expected, "{rest}");
            assert_eq!(used("role-to-assume: r", &rest), expected, "{rest}");
        }
    }
}
