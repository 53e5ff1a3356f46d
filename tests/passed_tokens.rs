//! What jobs may do with GitHub's token once they sign in, where actions and called workflows get
//! it, or something else, from those who use them.

use std::path::Path;

use crate::support::{Tree, reports, reviewed};

const CI: &str = ".github/workflows/ci.yml";
const ACTION: &str = ".github/actions/login/action.yml";
const CALLED: &str = ".github/workflows/called.yml";

const KEYS: &str = "      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
          aws-region: eu-west-1
";

/// An action that logs in with the token that it is passed, or with a default.
fn action(default: &str) -> String {
    format!(
        "name: login\ninputs:\n  portal-token:\n    description: For the portal\n{default}\
         runs:\n  using: composite\n  steps:\n    - shell: bash\n      run: portal login\n      \
         env:\n        PORTAL_TOKEN: ${{{{ inputs.Portal-Token }}}}\n"
    )
}

/// A job without `permissions` that uses the action.
fn job(with: &str) -> String {
    format!(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n{KEYS}      - uses: \
         ./.github/actions/login\n{with}"
    )
}

/// The workflow afterwards, or why it stays.
fn outcome(files: &[(&str, &str)], path: &str) -> Result<String, String> {
    let tree = Tree::new(files.iter().copied());
    let plan = tree.plan("", reviewed()).unwrap();
    let mut changes = plan.changes.iter();
    match changes.find(|change| change.path == Path::new(path)) {
        Some(change) => Ok(change.after.clone()),
        None => Err(reports(&plan).join("\n")),
    }
}

#[test]
fn an_action_that_is_passed_another_token_does_not_use_the_jobs() {
    let plain = action("");
    let by_default = action("    default: ''\n");
    for (action, with) in [
        (
            &plain,
            "        with: { portal-token: '${{ secrets.PORTAL }}' }\n",
        ),
        (&plain, "        with: { portal-token: abc }\n"),
        (
            &plain,
            "        with:\n          PORTAL-TOKEN: ${{ secrets.PORTAL || 'none' }}\n",
        ),
        (&by_default, ""),
    ] {
        let after = outcome(&[(CI, &job(with)), (ACTION, action)], CI).expect(with);
        assert!(
            after.contains(
                "    permissions:\n      id-token: write\n      contents: read\n    steps:"
            ),
            "{after}"
        );
    }
}

#[test]
fn an_action_that_is_passed_the_jobs_token_may_use_it() {
    let plain = action("");
    let by_default = action("    default: ${{ github.token }}\n");
    for (action, with) in [
        (
            &plain,
            "        with: { portal-token: '${{ secrets.GITHUB_TOKEN }}' }\n",
        ),
        (
            &plain,
            "        with: { portal-token: '${{ secrets.X || github.token }}' }\n",
        ),
        (&by_default, ""),
    ] {
        let why = outcome(&[(CI, &job(with)), (ACTION, action)], CI).expect_err(with);
        assert!(
            why.contains("the command `portal login`, which may use the token"),
            "{why}"
        );
    }
}

#[test]
fn the_jobs_token_is_seen_in_whatever_is_passed_in_with_it() {
    let reading = |expression: &str| action("").replace("inputs.Portal-Token", expression);
    for (expression, passed) in [
        (
            "inputs.header || 'none'",
            "header: 'Bearer ${{ github.token }}'",
        ),
        (
            "inputs[ 'portal-token' ]",
            "portal-token: '${{ github.token }}'",
        ),
        ("toJSON(inputs)", "header: '${{ github.token }}'"),
        // Declared nowhere: GitHub warns, and passes it in.
        ("inputs.header", "header: '${{ github.token }}'"),
        // Texts that look like the ends of what they stand in.
        ("inputs.a || github.token", "a: 'x['"),
        ("inputs.a && github.token", "a: '{{x}}'"),
    ] {
        let with = format!("        with: {{ {passed} }}\n");
        let files = [(CI, &*job(&with)), (ACTION, &*reading(expression))];
        let why = outcome(&files, CI).expect_err(expression);
        assert!(why.contains("the command `portal login`"), "{why}");
    }
}

#[test]
fn an_action_has_the_env_of_the_step_that_uses_it() {
    let action = action("").replace("inputs.Portal-Token", "env.TOKEN");
    for (token, is_converted) in [("secrets.PORTAL", true), ("github.token", false)] {
        let env = format!("        env: {{ TOKEN: '${{{{ {token} }}}}' }}\n");
        let files = [(CI, &*job(&env)), (ACTION, &*action)];
        assert_eq!(outcome(&files, CI).is_ok(), is_converted, "{token}");
    }
    let opens = action.replace("portal login", "gh pr create --fill");
    let opens = opens.replace("PORTAL_TOKEN: ${{ env.TOKEN }}", "PORTAL: x");
    let env = "        env: { GH_TOKEN: '${{ github.token }}' }\n";
    let after = outcome(&[(CI, &job(env)), (ACTION, &opens)], CI).unwrap();
    assert!(after.contains("pull-requests: write"), "{after}");
}

#[test]
fn actions_within_actions_pass_on_what_they_are_passed() {
    let outer = "name: outer\ninputs: { token: { required: true } }\nruns:\n  using: composite\n  \
                 steps:\n    - uses: ./.github/actions/login\n      with: { portal-token: '${{ \
                 inputs.token }}' }\n";
    for (token, is_converted) in [("secrets.PORTAL", true), ("github.token", false)] {
        let with = format!("        with: {{ token: '${{{{ {token} }}}}' }}\n");
        let ci = job(&with).replace("actions/login", "actions/outer");
        let files = [
            (CI, ci.as_str()),
            (ACTION, &action("")),
            (".github/actions/outer/action.yml", outer),
        ];
        assert_eq!(outcome(&files, CI).is_ok(), is_converted, "{token}");
    }
}

/// A workflow that opens a pull request with the secret that it is passed.
fn called() -> String {
    format!(
        "on:\n  workflow_call:\n    secrets:\n      bot: {{ required: true }}\njobs:\n  a:\n    \
         runs-on: ubuntu-latest\n    steps:\n{KEYS}      - run: gh pr create --fill\n        \
         env:\n          GH_TOKEN: ${{{{ secrets.bot }}}}\n"
    )
}

fn caller(bot: &str) -> String {
    format!(
        "on: push\njobs:\n  call:\n    uses: ./.github/workflows/called.yml\n    secrets:\n      \
         bot: ${{{{ {bot} }}}}\n      AWS_ACCESS_KEY_ID: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n      \
         AWS_SECRET_ACCESS_KEY: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n"
    )
}

#[test]
fn a_called_workflow_keeps_the_rights_of_the_token_that_it_is_passed() {
    let called = called();
    for (bot, keeps) in [("secrets.GITHUB_TOKEN", true), ("secrets.BOT", false)] {
        let after = outcome(&[(CI, &caller(bot)), (CALLED, &called)], CI).expect(bot);
        assert!(after.contains("id-token: write"), "{after}");
        assert_eq!(after.contains("pull-requests: write"), keeps, "{after}");
    }
}
