//! That the evaluation finds what it is for: each row is a change that somebody might make.

use super::violations::violations;
use crate::support::Tree;

const HEAD: &str = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    environment: live\n    permissions:\n      id-token: write\n    steps:\n";
const KEYS: &str = "          aws-access-key-id: ${{ secrets.K }}\n          aws-secret-access-key: ${{ secrets.S }}\n";
const RUN: &str = "      - run: terraform -chdir=dev apply\n";
const AWS: &str = "      - run: aws s3 ls\n";

fn role(id: &str) -> String {
    format!("          role-to-assume: arn:aws:iam::{id}:role/x\n")
}

fn variable(name: &str) -> String {
    format!("          role-to-assume: ${{{{ vars.{name} }}}}\n")
}

fn sign_in(with: &str) -> String {
    format!("      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n{with}")
}

const ROLE: &str = "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
const BARE: &str = "provider \"aws\" {\n}\n";

/// What moves from one workflow and root module to others.
fn found(before: (&[&str], &str), after: (&[&str], &str)) -> Vec<String> {
    let tree = |(steps, module): (&[&str], &str)| {
        let workflow = format!("{HEAD}{}", steps.concat());
        Tree::new([
            (".github/workflows/x.yml", workflow.as_str()),
            ("dev/main.tf", module),
        ])
    };
    let set = ["gh variable set R --env live".to_owned()];
    let found = violations("", &tree(before), &tree(after), &set);
    found
        .iter()
        .map(|it| {
            it.to_string()
                .replace("x.yml:a[]: terraform -chdir=dev apply", "run")
        })
        .collect()
}

#[test]
fn a_role_may_go_where_the_job_signs_in_to_its_account() {
    let keys = sign_in(KEYS);
    let before: (&[&str], &str) = (&[&keys, RUN], ROLE);
    for after in [sign_in(&role("111111111111")), sign_in(&variable("R"))] {
        assert_eq!(found(before, (&[&after, RUN], BARE)), [""; 0]);
    }
    let elsewhere = sign_in(&role("222222222222"));
    let moved = "run #1: aws of dev: 111111111111 -> 222222222222";
    assert_eq!(found(before, (&[&elsewhere, RUN], BARE)), [moved]);
    assert_eq!(found(before, (&[&elsewhere, RUN], ROLE)), [""; 0]);
    let stays = "run #1: aws of dev: 111111111111 -> keys K (live)";
    assert_eq!(found(before, (&[&keys, RUN], BARE)), [stays]);
    let without = "run #1: aws of dev: 111111111111 -> no credentials";
    assert_eq!(found(before, (&[RUN], BARE)), [without]);
}

#[test]
fn a_step_behind_a_sign_in_that_fails_acts_nowhere() {
    let keys = sign_in(KEYS);
    let before: (&[&str], &str) = (&[&keys, RUN], ROLE);
    let ends = "run #1: aws of dev: 111111111111 -> no credentials";
    for inputs in [
        "          role-to-assume: \"\"\n".to_owned(),
        format!(
            "{}          allowed-account-ids: 222222222222\n",
            role("111111111111")
        ),
    ] {
        assert_eq!(
            found(before, (&[&sign_in(&inputs), RUN], BARE)),
            [ends],
            "{inputs}"
        );
    }
}

#[test]
fn one_variable_holds_one_account() {
    let (keys, variable) = (sign_in(KEYS), sign_in(&variable("R")));
    let before: (&[&str], &str) = (&[&keys, RUN, AWS], ROLE);
    let found = found(before, (&[&variable, RUN, AWS], BARE));
    assert!(
        found
            .iter()
            .any(|it| it.ends_with(": 111111111111 -> keys K (live)")),
        "{found:?}"
    );
}

#[test]
fn a_variable_that_is_read_already_is_not_free() {
    let taken = sign_in(&variable("R"));
    let before: (&[&str], &str) = (&[&taken, RUN], ROLE);
    let moved = "run #1: aws of dev: 111111111111 -> vars.R (live)";
    assert_eq!(found(before, (&[&taken, RUN], BARE)), [moved]);
}

#[test]
fn an_empty_role_goes_on_as_the_sign_in_before() {
    let keys = sign_in(KEYS);
    let before: (&[&str], &str) = (&[&keys, AWS, RUN], ROLE);
    let (first, second) = (sign_in(&variable("A")), variable("R"));
    let after = sign_in(&second);
    let moved = found(before, (&[&first, AWS, &after, RUN], BARE));
    assert!(
        moved.iter().any(|it| it.ends_with("-> keys K (live)")),
        "{moved:?}"
    );
    let unset = sign_in(&format!(
        "{second}          unset-current-credentials: true\n"
    ));
    assert_eq!(found(before, (&[&first, AWS, &unset, RUN], BARE)), [""; 0]);
}

#[test]
fn a_step_that_runs_in_any_case_acts_as_the_last_sign_in_that_worked() {
    let keys = sign_in(KEYS);
    let always = "      - run: aws s3 ls\n        if: always()\n";
    let other = sign_in(KEYS).replace(".K ", ".L ");
    let before: (&[&str], &str) = (&[&keys, RUN, &other, always], ROLE);
    let (first, second) = (role("111111111111"), variable("R"));
    let after = [
        sign_in(&first),
        sign_in(&format!(
            "{second}          unset-current-credentials: true\n"
        )),
    ];
    let steps: &[&str] = &[&after[0], RUN, &after[1], always];
    let found = found(before, (steps, BARE));
    // Where Terraform fails, the second sign-in is skipped, before as after.
    assert_eq!(
        found,
        ["x.yml:a[]: aws s3 ls #1: keys K (live) -> 111111111111"]
    );
}

#[test]
fn a_step_whose_sign_in_is_skipped_has_the_one_before() {
    let keys = sign_in(KEYS);
    let before: (&[&str], &str) = (&[&keys, RUN, AWS], ROLE);
    let condition = "        if: github.ref == 'x'\n        with:";
    let (first, second) = (sign_in(&role("111111111111")), sign_in(&variable("R")));
    let second = second.replace("        with:", condition);
    let found = found(before, (&[&first, RUN, &second, AWS], BARE));
    assert_eq!(
        found,
        ["x.yml:a[]: aws s3 ls #1: keys K (live) -> 111111111111"]
    );
}

#[test]
fn static_keys_beside_a_session_token_are_refused() {
    let own =
        "      - run: aws s3 ls\n        env:\n          AWS_ACCESS_KEY_ID: ${{ secrets.K }}\n";
    let keys = sign_in(KEYS);
    let after = sign_in(&variable("R"));
    let found = found((&[&keys, own], BARE), (&[&after, own], BARE));
    assert_eq!(
        found,
        ["x.yml:a[]: aws s3 ls #1: keys K (live) -> no credentials"]
    );
}

#[test]
fn a_laptop_has_one_profile_for_a_root_module() {
    let two = |first: &str, second: &str| {
        let alias = second.replacen("{\n", "{\n  alias = \"dns\"\n", 1);
        format!("{first}{alias}")
    };
    let before = two(ROLE, BARE);
    let moved = ["laptop: aws.dns of dev: credentials of the laptop -> 111111111111"];
    assert_eq!(found((&[], &before), (&[], &two(BARE, BARE))), moved);
    assert_eq!(found((&[], &before), (&[], &before)), [""; 0]);
    let moved = ["laptop: aws.dns of dev: 222222221111 -> 111111111111"];
    let before = two(ROLE, &ROLE.replacen("11111111", "22222222", 1));
    assert_eq!(found((&[], &before), (&[], &two(BARE, BARE))), moved);
}
