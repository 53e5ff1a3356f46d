use std::path::Path;

use super::*;

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
        let parts = sign_in.role.0.iter().map(|part| match part {
            RolePart::Literal(text) => text.clone(),
            RolePart::Unknown(inside) => format!("?{inside}?"),
            RolePart::Stored(read) => {
                let context = if read.is_secret { "secrets" } else { "vars" };
                let of = if read.is_of_caller {
                    " of the caller"
                } else {
                    ""
                };
                format!("<{context}.{}{of}>", read.name)
            }
        });
        let role: String = parts.collect();
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
            vec![format!("?vars.A || 'x'? {main}")],
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
        ("", "${{ inputs.r }}", vec!["?inputs.r? ".to_owned()]),
    ] {
        assert_eq!(roles(caller, CALLED, "", role), expected, "{caller} {role}");
    }
}
