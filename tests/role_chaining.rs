//! Steps that assume a role with the credentials of their job, which gets a token.

use crate::support::Tree;
use engine::plan::Plan;
use engine::selection::Selection;
use syntax::yaml::{Node, Yaml};

const CI: &str = ".github/workflows/ci.yml";
const ACTION: &str = "aws-actions/configure-aws-credentials";
const DEPLOY: &str = "arn:aws:iam::222222222222:role/deploy";

/// What the action does with a step (`useGitHubOIDCProvider` and what follows it, read in v4.0.2 and
/// v6.2.3), where the job has credentials in its environment or not.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Session {
    Keys,
    /// The role, and whether by the token.
    Role(String, bool),
}

/// The sessions of a job's steps, one after the other.
fn sessions(text: &str) -> Vec<Session> {
    let yaml = Yaml::parse(text).unwrap();
    let job = yaml.root().get("jobs").unwrap().get("a").unwrap();
    let permits = |node: &Node| {
        let block = node.get("permissions")?;
        let level = block.get("id-token").and_then(Node::as_str);
        Some(level == Some("write") || block.as_str() == Some("write-all"))
    };
    let has_token = permits(job).or_else(|| permits(yaml.root()));
    let has_token = has_token == Some(true);
    let steps = job.get("steps").map(Node::items).unwrap_or_default();
    let mut found = Vec::new();
    for step in steps {
        let uses = step.value.get("uses").and_then(Node::as_str);
        if !uses.is_some_and(|uses| uses.starts_with(ACTION)) {
            continue;
        }
        let input = |name: &str| step.value.get("with")?.get(name)?.as_str();
        let has_keys = input("aws-access-key-id").is_some();
        let is_chained = input("role-chaining") == Some("true");
        found.push(match input("role-to-assume") {
            None => Session::Keys,
            Some(role) => {
                let by_token = has_token && !has_keys && !is_chained;
                Session::Role(role.to_owned(), by_token)
            }
        });
    }
    found
}

fn with(at: &str, inputs: &str) -> String {
    format!("      - uses: {ACTION}@{at}\n        with: {{ {inputs} }}\n")
}

fn role(at: &str, more: &str) -> String {
    with(
        at,
        &format!("role-to-assume: {DEPLOY}, aws-region: a{more}"),
    )
}

fn keys(more: &str) -> String {
    with(
        "v4",
        &format!(
            "aws-access-key-id: \"${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\", aws-secret-access-key: \"${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\", aws-region: a{more}"
        ),
    )
}

const LIST: &str = "      - run: aws s3 ls\n";
const ENV: &str = "    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";
const READ: &str = "    permissions: { contents: read }\n";
const WRITE: &str = "    permissions: { contents: read, id-token: write }\n";

fn plan(head: &str, steps: &str) -> (String, Plan) {
    let text =
        format!("on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n{head}    steps:\n{steps}");
    let action = format!(
        "inputs: {{ role: {{}} }}\nruns:\n  using: composite\n  steps:\n    - uses: {ACTION}@v4\n      with: {{ role-to-assume: \"${{{{ inputs.role }}}}\", aws-region: a }}\n"
    );
    let tree = Tree::new([(CI, text.as_str()), ("act/action.yml", action.as_str())]);
    let plan = tree.plan("", Selection::default()).unwrap();
    (text, plan)
}

fn sessions_after(head: &str, steps: &str) -> Option<Vec<Session>> {
    let (_, plan) = plan(head, steps);
    let mut changes = plan.changes.iter();
    let change = changes.find(|change| change.path.ends_with("ci.yml"))?;
    Some(sessions(&change.after))
}

#[test]
fn a_step_that_chained_chains_still() {
    let new = |by_token| Session::Role("${{ vars.AWS_OIDC_ROLE_ARN }}".to_owned(), by_token);
    let deploy = |by_token| Session::Role(DEPLOY.to_owned(), by_token);
    for (head, steps, expected) in [
        // Behind keys that the action exports.
        (
            READ,
            keys("") + &role("v4", "") + LIST,
            vec![new(true), deploy(false)],
        ),
        (
            READ,
            keys("") + &role("v2.1.0", ", role-duration-seconds: 900"),
            vec![new(true), deploy(false)],
        ),
        (
            READ,
            keys("") + &role("v4", ", role-chaining: false") + LIST,
            vec![new(true), deploy(false)],
        ),
        (
            READ,
            keys("") + &role("v4", ", role-chaining: true") + LIST,
            vec![new(true), deploy(false)],
        ),
        (
            READ,
            keys("") + &role("v4", "") + &role("v4", ""),
            vec![new(true), deploy(false), deploy(false)],
        ),
        // Keys and a role, and a role behind them.
        (
            READ,
            keys(&format!(", role-to-assume: {DEPLOY}")) + &role("v4", ""),
            vec![deploy(true), deploy(false)],
        ),
        // The job had a token before: its role was no chained one.
        (
            WRITE,
            keys("") + &role("v4", "") + LIST,
            vec![new(true), deploy(true)],
        ),
        // Keys of `env:`: the step is the sign-in where nothing takes them before.
        (
            &(READ.to_owned() + ENV),
            role("v4", "") + LIST,
            vec![deploy(true)],
        ),
        (
            &(READ.to_owned() + ENV),
            role("v1", "") + LIST,
            vec![deploy(true)],
        ),
        (
            &(READ.to_owned() + ENV),
            LIST.to_owned() + &role("v4", "") + LIST,
            vec![new(true), deploy(false)],
        ),
        (
            &(READ.to_owned() + ENV),
            role("v4", "") + "        if: x\n" + LIST,
            vec![new(true), deploy(false)],
        ),
        // No chain: nothing changes but the keys.
        (READ, keys("") + LIST, vec![new(true)]),
    ] {
        let found = sessions_after(head, &steps);
        assert_eq!(found.as_ref(), Some(&expected), "{head}{steps}");
    }
}

#[test]
fn a_step_that_cannot_chain_holds_its_job() {
    for (head, steps, why) in [
        (
            READ,
            keys("") + &role("v1", ""),
            "v1 of the action has no `role-chaining`",
        ),
        (
            READ,
            keys("") + &role("v2.0.0", ""),
            "v2.0.0 of the action has no `role-chaining`",
        ),
        (
            READ,
            keys("") + &role("v4", ", role-duration-seconds: 7200"),
            "sessions of one hour",
        ),
        (
            READ,
            keys("") + &role("v4", ", role-duration-seconds: \"${{ vars.T }}\""),
            "sessions of one hour",
        ),
        (
            READ,
            keys("") + &with("v4", "role-to-assume: deploy, aws-region: a"),
            "needs the ARN of its own, not `deploy`",
        ),
        (
            READ,
            keys("")
                + "      - uses: ./act\n        with: { role: arn:aws:iam::222222222222:role/x }\n",
            "a local action would sign in as arn:aws:iam::222222222222:role/x",
        ),
    ] {
        let (text, plan) = plan(head, &steps);
        assert!(plan.changes.is_empty(), "{text}");
        let mut messages = plan.findings.iter().map(|it| &it.message);
        let is_told = messages.any(|it| it.contains("stays on static keys") && it.contains(why));
        assert!(is_told, "{why}: {:?}", plan.findings);
    }
}
