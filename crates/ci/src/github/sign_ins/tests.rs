use std::path::Path;

use super::*;

const ACTION: &str = "inputs: { role: {} }\nruns:\n  using: composite\n  steps:\n    - if: inputs.role\n      uses: aws-actions/configure-aws-credentials@v4\n      with: { role-to-assume: \"${{ inputs.role }}\" }\n    - run: aws s3 ls\n      shell: bash\n";

fn workflows(steps: &str) -> Workflows {
    let mut workflows = Workflows::default();
    let text =
        format!("on: push\nenv: {{ ROLE: r }}\njobs:\n  a:\n    runs-on: x\n    steps:\n{steps}");
    workflows.add(Path::new(".github/workflows/a.yml"), text, None);
    workflows.add(Path::new("act/action.yml"), ACTION.to_owned(), None);
    assert!(workflows.unread.is_empty(), "{:?}", workflows.unread);
    workflows
}

const JOB: StepOwner = StepOwner {
    source: 0,
    job: Some(0),
};

const CONFIGURE: &str = "uses: aws-actions/configure-aws-credentials@v4";

#[test]
fn each_way_to_sign_in_is_known() {
    let role = |role: &str, is_web_identity| {
        Some(SignInMethod::Role {
            role: role.to_owned(),
            is_web_identity,
        })
    };
    let unknown = |action: &str| {
        Some(SignInMethod::Unknown(format!(
            "action {}",
            code::quoted(action)
        )))
    };
    let with = |inputs: &str| format!("- {CONFIGURE}\n        with: {{ {inputs} }}");
    let keys = "aws-access-key-id: \"${{ secrets.A }}\", aws-secret-access-key: x";
    for (step, expected) in [
        (with(keys), Some(SignInMethod::Keys)),
        (with("role-to-assume: x"), role("x", true)),
        (with("role-to-assume: \"${{ env.ROLE }}\""), role("r", true)),
        (with("role-to-assume: x, role-chaining: true"), role("x", false)),
        (with("role-to-assume: x, role-chaining: false"), role("x", true)),
        (with(&format!("role-to-assume: x, {keys}")), role("x", false)),
        (with("aws-region: x"), None),
        (with("role-to-assume: \"\""), None),
        (with("role-to-assume: x, aws-profile: shared"), role("x", true)),
        (with("role-to-assume: x, aws-profile: shared").replace("@v4", "@v6"), None),
        (with("role-to-assume: x, output-env-credentials: false"), None),
        (
            with("role-to-assume: x, output-env-credentials: false").replace("@v4", "@v4.2.0"),
            role("x", true),
        ),
        (
            with("aws-access-key-id: \"${{ steps.x.outputs.id }}\""),
            Some(SignInMethod::Temporary),
        ),
        (with("aws-access-key-id: test, aws-secret-access-key: test"), None),
        (
            "- run: |\n          echo \"AWS_ACCESS_KEY_ID=${{ secrets.A }}\" >> $GITHUB_ENV\n          echo \"AWS_SECRET_ACCESS_KEY=${{ secrets.B }}\" >> $GITHUB_ENV".to_owned(),
            Some(SignInMethod::Keys),
        ),
        (
            "- run: |\n          C=$(aws sts assume-role --role-arn $ROLE --role-session-name x)\n          echo AWS_ACCESS_KEY_ID=$(jq .x <<< $C) >> $GITHUB_ENV".to_owned(),
            role("$ROLE", false),
        ),
        ("- run: aws sts assume-role --role-arn r".to_owned(), None),
        (
            "- uses: ./act\n        with: { role: \"${{ vars.R }}\" }".to_owned(),
            role("${{ vars.R }}", true),
        ),
        ("- uses: org/aws-assume-role@v1".to_owned(), unknown("org/aws-assume-role")),
        (
            "- uses: hashicorp/vault-action@v3\n        with: { secrets: a aws | X }".to_owned(),
            unknown("hashicorp/vault-action"),
        ),
        ("- uses: actions/checkout@v4".to_owned(), None),
        ("- uses: org/unknown@v4".to_owned(), None),
    ] {
        let workflows = workflows(&format!("      {step}\n"));
        let found = workflows.sign_ins(JOB).first().cloned();
        assert_eq!(found.map(|it| it.how), expected, "{step}");
    }
}

#[test]
fn keys_of_an_earlier_sign_in_are_temporary() {
    let keys = |session: &str| {
        format!(
            "      - {CONFIGURE}\n        with: {{ role-to-assume: a }}\n      - {CONFIGURE}\n        with:\n          \
                 role-to-assume: b\n          aws-access-key-id: ${{{{ env.AWS_ACCESS_KEY_ID }}}}\n          \
                 aws-secret-access-key: ${{{{ env.AWS_SECRET_ACCESS_KEY }}}}\n{session}"
        )
    };
    let token = "          aws-session-token: ${{ env.AWS_SESSION_TOKEN }}\n";
    let is_static = |steps: &str| {
        workflows(steps)
            .key_pairs(JOB)
            .iter()
            .any(KeyPair::is_static)
    };
    assert!(!is_static(&keys(token)));
    assert!(is_static(&keys("")), "keys of a user need no session token");
    let alone = keys(token).replacen("role-to-assume: a", "aws-region: a", 1);
    assert!(is_static(&alone), "nothing signs in before");
}

/// A step that signs in as the role `role`, under `rest`.
fn sign_in(role: &str, rest: &str) -> String {
    format!("      - {CONFIGURE}\n        with: {{ role-to-assume: {role} }}\n{rest}")
}

#[test]
fn the_last_sign_in_reaches_a_step_unless_it_may_be_left_out() {
    let when = |condition: &str| format!("        if: {condition}\n");
    let a = sign_in("a", "");
    for (steps, condition, expected) in [
        (a.clone() + &sign_in("b", ""), "", "b"),
        (a.clone() + &sign_in("b", &when("x")), "", "a b"),
        (a.clone() + &sign_in("b", &when("x")), "x", "b"),
        (a.clone() + &sign_in("b", &when("x")), "${{ x && y }}", "b"),
        (a.clone() + &sign_in("b", &when("x")), "always()", "a b"),
        (a.clone() + &sign_in("b", ""), "failure()", "a b"),
        (a.clone() + &sign_in("b", ""), "\"!cancelled()\"", "a b"),
        (
            a.clone() + &sign_in("b", "        continue-on-error: true\n"),
            "",
            "a b",
        ),
        (
            a.clone() + &sign_in("b", "        continue-on-error: false\n"),
            "",
            "b",
        ),
        (
            sign_in("a", &when("e == 'dev'")) + &sign_in("b", &when("e == 'live'")),
            "e == 'dev'",
            "a",
        ),
        (
            sign_in("a", &when("e == 'dev'")) + &sign_in("b", &when("e != 'dev'")),
            "",
            "a b",
        ),
        (
            a.clone() + "      - uses: ./act\n        with: { role: b }\n",
            "",
            "a b",
        ),
        (String::new(), "", ""),
    ] {
        let condition = match condition {
            "" => String::new(),
            condition => when(condition),
        };
        let count = steps.matches("- uses").count();
        let all = steps + "      - run: terraform apply\n" + &condition + &sign_in("z", "");
        let workflows = workflows(&all);
        let sign_ins = workflows.sign_ins(JOB);
        let reaching = workflows
            .reaching(JOB, sign_ins.iter(), count)
            .sign_ins
            .into_iter();
        let roles = reaching.map(|index| match &sign_ins[index].how {
            SignInMethod::Role { role, .. } => role.clone(),
            other => format!("{other:?}"),
        });
        assert_eq!(roles.collect::<Vec<_>>().join(" "), expected, "{all}");
    }
}

#[test]
fn behind_more_sign_ins_than_are_told_apart_nothing_is_known() {
    for count in [MAX_SIGN_INS, MAX_SIGN_INS + 1, 3 * MAX_SIGN_INS] {
        let steps: String = (0..count)
            .map(|at| sign_in("a", &format!("        if: env.A == '{at}'\n")))
            .collect();
        let workflows = workflows(&(steps + "      - run: terraform apply\n"));
        let sign_ins = workflows.sign_ins(JOB);
        let reaching = workflows.reaching(JOB, sign_ins.iter(), count);
        let is_known = count == MAX_SIGN_INS;
        assert_eq!(sign_ins.len(), MAX_SIGN_INS + usize::from(!is_known));
        assert_eq!(reaching.may_be_none, is_known, "{count}");
        let last = &sign_ins[*reaching.sign_ins.last().unwrap()].how;
        assert_eq!(!matches!(last, SignInMethod::Unknown(_)), is_known);
    }
}
