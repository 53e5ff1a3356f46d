//! Whoever opens a pull request chooses what its job runs: the role that plans reads states, and writes none.

use super::evaluator::{Call, World, add_roles};
use super::{
    BUCKET, CI, ISSUER, KEY, STATE, STATE_ROLE, SUBJECT, TABLE, call, generated, prove, repository,
    state_calls, web,
};
use crate::support::checkout::Checkout;

const PLAN: &str = "arn:aws:iam::111111111111:role/github-plan";
const PLAN_STATE: &str = "arn:aws:iam::333333333333:role/terraform-state-plan";
const PULL_REQUEST: &str = "repo:o/r:pull_request";

/// A repository with a job that applies, and one that plans pull requests by a role of its own.
fn with_plans(backend: &str, config: &str) -> Checkout {
    let config = format!(
        "ci {{\n  role = \"arn:aws:iam::{{id}}:role/github-ci\"\n  plan_role = \"arn:aws:iam::{{id}}:role/github-plan\"\n{config}}}\n"
    );
    let checkout = repository(backend, "", &config);
    let plan = checkout.read(".github/workflows/ci.yml");
    let plan = plan.replace("  push:\n    branches: [main]\n", "  pull_request:\n");
    let plan = plan.replace("terraform apply", "terraform plan");
    checkout.write(
        ".github/workflows/plan.yml",
        &plan.replace("  apply:", "  plan:"),
    );
    checkout
}

/// The roles of both accounts, with the owner of bucket and key.
fn world_of(checkout: &Checkout) -> World {
    let mut world = World::default();
    for (role, account) in [
        ("oidc-role", "111111111111"),
        ("state-role", "333333333333"),
    ] {
        let arguments: &[&str] = match role {
            "oidc-role" => &[role, "--plain", "--repository", "o/r"],
            _ => &[role, "--repository", "o/r"],
        };
        add_roles(&mut world, &generated(checkout, arguments), account);
    }
    for name in [BUCKET, KEY] {
        let owner = ("333333333333".to_owned(), Vec::new());
        world.owned.insert(name.to_owned(), owner);
    }
    world
}

fn of_item(caller: &str, action: &'static str, item: &'static str) -> Call {
    Call {
        item: Some(item),
        ..call(caller, action, TABLE)
    }
}

/// What a plan takes of a state with a lock of both kinds.
fn plan_calls() -> Vec<Call> {
    let lock = format!("{STATE}.tflock");
    vec![
        call(PLAN_STATE, "s3:ListBucket", BUCKET),
        call(PLAN_STATE, "s3:GetObject", STATE),
        call(PLAN_STATE, "s3:PutObject", &lock),
        call(PLAN_STATE, "s3:DeleteObject", &lock),
        call(PLAN_STATE, "kms:Decrypt", KEY),
        of_item(PLAN_STATE, "dynamodb:GetItem", "states/app.tfstate-md5"),
        of_item(PLAN_STATE, "dynamodb:PutItem", "states/app.tfstate"),
        of_item(PLAN_STATE, "dynamodb:DeleteItem", "states/app.tfstate"),
    ]
}

/// What nobody who plans may do.
fn writes() -> Vec<Call> {
    let mut calls = vec![
        call(PLAN, "sts:AssumeRole", STATE_ROLE),
        call(CI, "sts:AssumeRole", PLAN_STATE),
        of_item(PLAN_STATE, "dynamodb:PutItem", "states/app.tfstate-md5"),
        of_item(PLAN_STATE, "dynamodb:DeleteItem", "states/app.tfstate-md5"),
    ];
    for role in [PLAN, PLAN_STATE] {
        for action in ["s3:PutObject", "s3:DeleteObject", "s3:PutObjectAcl"] {
            calls.push(call(role, action, STATE));
        }
    }
    calls
}

#[test]
fn a_role_that_plans_reads_states_and_writes_their_locks_alone() {
    let backend = format!("    dynamodb_table = \"locks\"\n    kms_key_id = \"{KEY}\"\n");
    let checkout = with_plans(&backend, "");
    let world = world_of(&checkout);
    let mut calls = vec![
        web(CI, ISSUER, "sts.amazonaws.com", SUBJECT),
        web(PLAN, ISSUER, "sts.amazonaws.com", PULL_REQUEST),
        call(CI, "sts:AssumeRole", STATE_ROLE),
        call(PLAN, "sts:AssumeRole", PLAN_STATE),
        of_item(STATE_ROLE, "dynamodb:PutItem", "states/app.tfstate-md5"),
    ];
    calls.extend(state_calls(STATE_ROLE, true));
    calls.extend(plan_calls());
    prove(&world, &calls, &[STATE_ROLE, PLAN_STATE]);
    for call in writes() {
        assert!(!world.allows(&call), "{call:?}");
    }
}

#[test]
fn a_second_sign_in_of_a_pull_request_is_to_the_role_that_reads() {
    let config = "  state_access = \"second_login\"\n";
    let world = world_of(&with_plans("    dynamodb_table = \"locks\"\n", config));
    let sign_in = |role, subject| web(role, ISSUER, "sts.amazonaws.com", subject);
    assert!(world.allows(&sign_in(STATE_ROLE, SUBJECT)));
    assert!(world.allows(&sign_in(PLAN_STATE, PULL_REQUEST)));
    assert!(!world.allows(&sign_in(STATE_ROLE, PULL_REQUEST)));
    assert!(!world.allows(&sign_in(PLAN_STATE, SUBJECT)));
    for call in writes() {
        assert!(!world.allows(&call), "{call:?}");
    }
}

#[test]
fn jobs_that_plan_take_the_variable_of_their_state_role() {
    let checkout = with_plans("", "");
    let plan = checkout
        .run(&["plan", "--next-steps", "--no-pager"])
        .code(0);
    let text = format!("{}{}", plan.stdout, plan.stderr);
    for line in [
        "+          TF_STATE_ROLE_ARN: ${{ vars.TF_STATE_ROLE_ARN }}",
        "+          TF_STATE_PLAN_ROLE_ARN: ${{ vars.TF_STATE_PLAN_ROLE_ARN }}",
        "    gh variable set TF_STATE_ROLE_ARN --body arn:aws:iam::333333333333:role/terraform-state",
        "    gh variable set TF_STATE_PLAN_ROLE_ARN --body arn:aws:iam::333333333333:role/terraform-state-plan",
    ] {
        assert!(text.lines().any(|it| it == line), "{line}: {text}");
    }
    // What was written is read again: the roles stay the same.
    checkout.run(&["apply", "--yes", "--allow-dirty"]).code(0);
    let world = world_of(&checkout);
    assert!(world.allows(&call(PLAN, "sts:AssumeRole", PLAN_STATE)));
    for call in writes() {
        assert!(!world.allows(&call), "{call:?}");
    }
    // A role that is named has the other beside it.
    let role = "arn:aws:iam::333333333333:role/tf/states";
    let checkout = with_plans("", &format!("  state_role = \"{role}\"\n"));
    let trust = |name: &str| generated(&checkout, &["trust", "--role", name]);
    let (writing, planning) = (trust(role), trust(&format!("{role}-plan")));
    assert!(writing.contains(CI) && !writing.contains(PLAN), "{writing}");
    assert!(
        planning.contains(PLAN) && !planning.contains(CI),
        "{planning}"
    );
}

/// Without a role of its own a job that plans is one like the others, and one that also applies needs the states.
#[test]
fn no_other_job_has_a_state_role_that_only_reads() {
    let applies = with_plans("", "");
    let workflow = applies.read(".github/workflows/plan.yml");
    let workflow = workflow.replace("terraform plan", "terraform plan && terraform apply");
    applies.write(".github/workflows/plan.yml", &workflow);
    let usual = with_plans("", "");
    let config = usual.read("tfkeyless.hcl");
    let config = config.replace("plan_role", "# plan_role");
    usual.write("tfkeyless.hcl", &config);
    for checkout in [applies, usual] {
        let text = checkout.run(&["plan", "--no-pager"]).code(0).stdout;
        assert!(!text.contains("PLAN_ROLE"), "{text}");
        let text = generated(&checkout, &["state-role"]);
        assert!(!text.contains("terraform-state-plan"), "{text}");
    }
}

/// One role for each value of a matrix is a role that plans, too.
#[test]
fn a_matrix_of_roles_that_plan_takes_the_state_role_that_reads() {
    let root = |id: &str| {
        format!(
            "terraform {{\n  backend \"s3\" {{\n    bucket = \"states\"\n    key    = \"{id}\"\n    region = \"eu-west-1\"\n  }}\n}}\nprovider \"aws\" {{\n  region = \"eu-west-1\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
        )
    };
    for plan_role in [
        "arn:aws:iam::{id}:role/github-plan",
        "vars.{ACCOUNT}_PLAN_ROLE",
    ] {
        let checkout = with_plans("", "");
        let config = checkout.read("tfkeyless.hcl");
        let config = config.replace("arn:aws:iam::{id}:role/github-plan", plan_role);
        checkout.write("tfkeyless.hcl", &config);
        checkout.write("main.tf", "");
        checkout.write("envs/dev/main.tf", &root("111111111111"));
        checkout.write("envs/live/main.tf", &root("222222222222"));
        for name in ["ci", "plan"] {
            let path = format!(".github/workflows/{name}.yml");
            let workflow = checkout.read(&path);
            let workflow = workflow.replace(
                "    steps:",
                "    strategy: { matrix: { env: [dev, live] } }\n    defaults: { run: { working-directory: \"envs/${{ matrix.env }}\" } }\n    steps:",
            );
            checkout.write(&path, &workflow);
        }
        let text = checkout.run(&["plan", "--no-pager"]).code(0).stdout;
        let variable = "TF_STATE_PLAN_ROLE_ARN: ${{ vars.TF_STATE_PLAN_ROLE_ARN }}";
        assert!(text.contains(variable), "{plan_role}: {text}");
        let state = generated(&checkout, &["state-role"]);
        let (writing, planning) = state.split_once("that only plan").expect(&state);
        assert!(!writing.contains("plan"), "{plan_role}: {state}");
        assert!(writing.contains(CI), "{plan_role}: {state}");
        assert!(
            planning.matches(":role/").count() == 2,
            "{plan_role}: {state}"
        );
    }
}

/// Callers of one workflow that pass it the role which plans, or the one which applies: each reaches states by its own.
#[test]
fn callers_choose_the_state_role_with_the_role_that_they_pass() {
    let called = "on:\n  workflow_call:\n    inputs:\n      command: { type: string, required: true }\n    secrets:\n      AWS_ACCESS_KEY_ID: { required: true }\n      AWS_SECRET_ACCESS_KEY: { required: true }\njobs:\n  tf:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          aws-region: eu-west-1\n      - run: terraform ${{ inputs.command }}\n";
    let calls = |event: &str, command: &str| {
        format!(
            "on:\n  {event}\npermissions: {{ contents: read }}\njobs:\n  call:\n    uses: ./.github/workflows/tf.yml\n    with: {{ command: {command} }}\n    secrets: inherit\n"
        )
    };
    let choice = |is_plan: &str, is_other: &str| {
        format!(
            "TF_STATE_ROLE_ARN: ${{{{ {is_plan} && vars.TF_STATE_PLAN_ROLE_ARN || {is_other} && vars.TF_STATE_ROLE_ARN }}}}"
        )
    };
    let name = "endsWith(inputs.role-to-assume, ':role/github-plan')";
    let literal = "'arn:aws:iam::111111111111:role/github-plan'";
    for (plan_role, expected) in [
        (
            "arn:aws:iam::{id}:role/github-plan",
            choice(name, &format!("!{name}")),
        ),
        (
            PLAN,
            choice(
                &format!("inputs.role-to-assume == {literal}"),
                &format!("inputs.role-to-assume != {literal}"),
            ),
        ),
    ] {
        let checkout = with_plans("", "");
        let config = checkout.read("tfkeyless.hcl");
        let config = config.replace("arn:aws:iam::{id}:role/github-plan", plan_role);
        checkout.write("tfkeyless.hcl", &config);
        checkout.write(".github/workflows/tf.yml", called);
        checkout.write(
            ".github/workflows/ci.yml",
            &calls("push: { branches: [main] }", "apply"),
        );
        checkout.write(
            ".github/workflows/plan.yml",
            &calls("pull_request:", "plan"),
        );
        let plan = checkout
            .run(&["plan", "--next-steps", "--no-pager"])
            .code(0);
        let text = format!("{}{}", plan.stdout, plan.stderr);
        assert!(text.contains(&expected), "{expected}: {text}");
        for line in [
            "    gh variable set TF_STATE_ROLE_ARN --body arn:aws:iam::333333333333:role/terraform-state",
            "    gh variable set TF_STATE_PLAN_ROLE_ARN --body arn:aws:iam::333333333333:role/terraform-state-plan",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}: {text}");
        }
        for is_applied in [false, true] {
            if is_applied {
                checkout.run(&["apply", "--yes", "--allow-dirty"]).code(0);
            }
            let world = world_of(&checkout);
            for (role, state) in [(CI, STATE_ROLE), (PLAN, PLAN_STATE)] {
                assert!(
                    world.allows(&call(role, "sts:AssumeRole", state)),
                    "{role} {is_applied}"
                );
            }
            for call in writes() {
                assert!(!world.allows(&call), "{call:?} {is_applied}");
            }
        }
    }
}
