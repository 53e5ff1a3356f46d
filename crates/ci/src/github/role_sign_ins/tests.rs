//! The roles of jobs, as far as their files tell.

use std::path::Path;

use super::*;

fn shown(text: &RoleText) -> String {
    let parts = text.0.iter().map(|part| match part {
        RolePart::Literal(text) => text.clone(),
        RolePart::Unknown(inside) => format!("?{inside}?"),
        RolePart::Stored(read) if read.is_of_caller => format!("<{read} of the caller>"),
        RolePart::Stored(read) => format!("<{read}>"),
        RolePart::Member(read, path) => format!("<{read} {}>", path.join(".")),
        RolePart::FirstOf(texts) => {
            let texts: Vec<String> = texts.iter().map(shown).collect();
            format!("first({})", texts.join(" "))
        }
    });
    parts.collect()
}

/// What a job of `head` with the role assumes, called by `caller` where there is one.
fn roles(caller: &str, on: &str, head: &str, role: &str) -> Vec<String> {
    let mut workflows = Workflows::default();
    let text = format!(
        "on: {on}\nenv: {{ ROLE: \"${{{{ vars.OF_ENV }}}}\" }}\njobs:\n  a:\n    runs-on: x\n{head}    \
         steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with: {{ role-to-assume: \
         \"{role}\" }}\n"
    );
    workflows.add(Path::new(".github/workflows/a.yml"), text, None);
    if !caller.is_empty() {
        let text =
            format!("on: pull_request\njobs:\n  c:\n    uses: ./.github/workflows/a.yml\n{caller}");
        workflows.add(Path::new(".github/workflows/c.yml"), text, None);
    }
    assert!(workflows.unread.is_empty(), "{:?}", workflows.unread);
    let owner = StepOwner {
        source: 0,
        job: Some(0),
    };
    let all = workflows.role_sign_ins(owner).into_iter();
    let shown = all.map(|sign_in| {
        let role = shown(&sign_in.role);
        let role = if sign_in.is_chosen {
            format!("~{role}")
        } else {
            role
        };
        match sign_in.caller {
            RoleCaller::Token { subjects, .. } => format!("{role} {}", subjects.join(",")),
            RoleCaller::Role(_) => role,
        }
    });
    shown.collect()
}

#[test]
fn roles_are_known_as_far_as_the_files_tell() {
    let main = "ref:refs/heads/main";
    let push = "{ push: { branches: [main] } }";
    let matrix = "    strategy: { matrix: { r: [x, y] } }\n";
    for (on, head, role, expected) in [
        (push, "", "x", vec![format!("x {main}")]),
        (
            push,
            "",
            "${{ vars.Role }}",
            vec![format!("<vars.ROLE> {main}")],
        ),
        (
            push,
            "",
            "${{ env.ROLE }}",
            vec![format!("<vars.OF_ENV> {main}")],
        ),
        (
            push,
            "",
            "arn:${{ vars.A }}:${{ secrets.B }}",
            vec![format!("arn:<vars.A>:<secrets.B> {main}")],
        ),
        (
            push,
            "",
            "${{ vars.A || 'x' }}",
            vec![format!("first(<vars.A> x) {main}")],
        ),
        (
            push,
            "",
            "${{ needs.x.outputs.y }}",
            vec![format!("?needs.x.outputs.y? {main}")],
        ),
        (
            push,
            matrix,
            "${{ matrix.r }}",
            vec![format!("x {main}"), format!("y {main}")],
        ),
        (
            push,
            matrix,
            "${{ matrix.other }}",
            vec![format!("?matrix.other? {main}")],
        ),
        (
            push,
            matrix,
            "${{ vars[fromJSON('{\\\"x\\\":\\\"X\\\",\\\"y\\\":\\\"Y\\\"}')[matrix.r]] }}",
            vec![format!("<vars.X> {main}"), format!("<vars.Y> {main}")],
        ),
        (
            push,
            "    environment: live\n",
            "x",
            vec!["x environment:live".to_owned()],
        ),
    ] {
        assert_eq!(roles("", on, head, role), expected, "{head} {role}");
    }
}

/// Checks the roles of a job that runs on pushes to two branches and on pull requests.
fn assert_roles(head: &str, expression: &str, mut expected: Vec<String>) {
    const BOTH: &str = "{ push: { branches: [main, dev] }, pull_request: {} }";
    let mut found = roles("", BOTH, head, &format!("${{{{ {expression} }}}}"));
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "{head} {expression}");
}

#[test]
fn what_an_expression_chooses_is_each_role_with_its_own_subjects() {
    let all = "pull_request,ref:refs/heads/dev,ref:refs/heads/main";
    let matrix = "    strategy: { matrix: { e: [dev, Live] } }\n";
    for (head, role, expected) in [
        (
            "",
            "github.event_name == 'pull_request' && vars.PLAN || vars.APPLY",
            vec![
                "<vars.APPLY> ref:refs/heads/dev,ref:refs/heads/main".to_owned(),
                "<vars.PLAN> pull_request".to_owned(),
            ],
        ),
        (
            "",
            "( github.ref == 'refs/heads/main' ) && 'x' || 'y'",
            vec![
                "x ref:refs/heads/main".to_owned(),
                "~y pull_request,ref:refs/heads/dev".to_owned(),
            ],
        ),
        // No run has the ref, and so none has the role.
        (
            "",
            "github.ref == 'refs/heads/other' && 'x' || 'y'",
            vec![format!("~y {all}")],
        ),
        (
            "",
            "github.actor != 'bot' && vars.A || vars.B",
            vec![format!("~<vars.A> {all}"), format!("~<vars.B> {all}")],
        ),
        // The job's environment is chosen with the role.
        (
            "    environment: \"${{ github.ref == 'refs/heads/main' && 'live' || 'dev' }}\"\n",
            "github.ref != 'refs/heads/main' && vars.D || vars.L",
            vec![
                "~<vars.D> environment:dev".to_owned(),
                "~<vars.L> environment:live".to_owned(),
            ],
        ),
        (
            matrix,
            "matrix.e == 'live' && vars.L || vars.D",
            vec![format!("<vars.D> {all}"), format!("<vars.L> {all}")],
        ),
        (
            matrix,
            "startsWith(matrix.e, 'l') && vars.L || 'x'",
            vec![format!("x {all}"), format!("<vars.L> {all}")],
        ),
    ] {
        assert_roles(head, role, expected);
    }
}

#[test]
fn names_that_are_put_together_and_documents_are_read() {
    let all = "pull_request,ref:refs/heads/dev,ref:refs/heads/main";
    let matrix = "    strategy: { matrix: { e: [dev, Live] } }\n";
    for (head, role, expected) in [
        (
            matrix,
            "vars[format('{0}_ROLE', matrix.e)]",
            vec![
                format!("<vars.DEV_ROLE> {all}"),
                format!("<vars.LIVE_ROLE> {all}"),
            ],
        ),
        (
            matrix,
            "fromJSON(toJSON(secrets))[format('R_{0}', matrix.e)]",
            vec![
                format!("<secrets.R_DEV> {all}"),
                format!("<secrets.R_LIVE> {all}"),
            ],
        ),
        (
            matrix,
            "fromJSON(vars.ROLES)[matrix.e].arn",
            vec![
                format!("<vars.ROLES Live.arn> {all}"),
                format!("<vars.ROLES dev.arn> {all}"),
            ],
        ),
        (
            matrix,
            "fromJSON('{\\\"dev\\\":\\\"x\\\", \\\"live\\\": \\\"y\\\"}')[matrix.e]",
            vec![format!("x {all}"), format!("y {all}")],
        ),
        (
            "",
            "format('arn:aws:iam::{0}:role/{{{1}}}', vars.ID, 'it''s')",
            vec![format!("arn:aws:iam::<vars.ID>:role/{{it's}} {all}")],
        ),
        (
            "",
            "vars.A || secrets.B || 'x'",
            vec![format!("first(<vars.A> <secrets.B> x) {all}")],
        ),
        (
            "",
            "env.ROLE || vars.B",
            vec![format!("first(<vars.OF_ENV> <vars.B>) {all}")],
        ),
        ("", "'' || vars.B", vec![format!("<vars.B> {all}")]),
        // What is read of neither the file nor the settings stays unknown.
        (
            "",
            "needs.a.outputs.b || vars.B",
            vec![format!("?needs.a.outputs.b || vars.B? {all}")],
        ),
        (
            "",
            "vars[needs.a.outputs.b]",
            vec![format!("?vars[needs.a.outputs.b]? {all}")],
        ),
        (
            "",
            "format('{2}', vars.A)",
            vec![format!("?format('{{2}}', vars.A)? {all}")],
        ),
        (
            "",
            "case(github.ref == 'x', vars.A, vars.B)",
            vec![format!("?case(github.ref == 'x', vars.A, vars.B)? {all}")],
        ),
    ] {
        assert_roles(head, role, expected);
    }
}

#[test]
fn many_conditions_of_one_role_are_not_told_apart() {
    let terms = (0..20).map(|at| format!("github.actor == 'a{at}' && 'r{at}' || "));
    let role = format!("${{{{ {}'x' }}}}", terms.collect::<String>());
    let found = roles("", "push", "", &role);
    assert!(
        matches!(found.as_slice(), [one] if one.starts_with("?github.actor")),
        "{found:?}"
    );
}

#[test]
fn what_a_caller_passes_is_read_where_the_caller_runs() {
    const CALLED: &str =
        "{ workflow_call: { inputs: { r: { type: string } }, secrets: { s: {} } } }";
    for (caller, role, expected) in [
        (
            "    with: { r: x }\n",
            "${{ inputs.r }}",
            vec!["x pull_request".to_owned()],
        ),
        (
            "    with: { r: \"${{ vars.R }}\" }\n",
            "${{ inputs.r }}",
            vec!["<vars.R of the caller> pull_request".to_owned()],
        ),
        (
            "    secrets: inherit\n",
            "${{ secrets.S }}",
            vec!["<secrets.S> pull_request".to_owned()],
        ),
        (
            "    secrets: { s: \"${{ secrets.T }}\" }\n",
            "${{ secrets.S }}",
            vec!["<secrets.T of the caller> pull_request".to_owned()],
        ),
        (
            "    strategy: { matrix: { q: [x] } }\n    with: { r: \"${{ matrix.q }}\" }\n",
            "${{ inputs.r }}",
            vec!["x pull_request".to_owned()],
        ),
        (
            "    with: { r: \"${{ github.event_name == 'pull_request' && vars.R || 'x' }}\" }\n",
            "${{ inputs.r }}",
            vec!["<vars.R of the caller> pull_request".to_owned()],
        ),
        (
            "    strategy: { matrix: { q: [x, y] } }\n    with: { r: \"${{ matrix.q == 'x' && vars.X || 'z' }}\" }\n",
            "${{ inputs.r }}",
            vec![
                "z pull_request".to_owned(),
                "<vars.X of the caller> pull_request".to_owned(),
            ],
        ),
        ("", "${{ inputs.r }}", vec!["?inputs.r? ".to_owned()]),
    ] {
        assert_eq!(roles(caller, CALLED, "", role), expected, "{caller} {role}");
    }
}
