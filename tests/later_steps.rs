//! Keys of one step end with it, a sign-in lasts: by whom the steps behind it act once it signs in.

use std::path::Path;

use engine::selection::Selection;

use crate::support::Tree;

const CI: &str = ".github/workflows/ci.yml";
const SETTINGS: &str = "account \"dev\" { id = \"111111111111\" }\naccount \"shared\" { id = \"333333333333\" }\n\
    keys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\nci { role = \"arn:aws:iam::{id}:role/ci\" }\n";
const KEYED: &str = "      - run: aws s3 sync a s3://shared\n        env:\n          AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";
const AWS: &str = "      - run: aws s3 ls\n";

/// A sign-in to the account with that number, with further lines.
fn sign_in(digit: char, more: &str) -> String {
    let id = digit.to_string().repeat(12);
    format!(
        "      - uses: aws-actions/configure-aws-credentials@v6\n        with:\n          \
         role-to-assume: arn:aws:iam::{id}:role/ci\n          aws-region: eu-west-1\n{more}"
    )
}

/// A job on that machine, with these steps.
fn job(machine: &str, steps: &str) -> String {
    format!(
        "on: {{ push: {{ branches: [main] }} }}\npermissions: {{ contents: read, id-token: write }}\njobs:\n  \
         a:\n    runs-on: {machine}\n    env: {{ AWS_REGION: eu-north-1 }}\n    steps:\n{steps}"
    )
}

/// The roles of each step that calls AWS, in the job as it is afterwards: the digit of the account of the
/// last sign-in before it, `-` where there is none. The reason, where the job is left.
fn accounts(workflow: &str, more: &[(&str, &str)]) -> String {
    let files = more.iter().copied().chain([(CI, workflow)]);
    let tree = Tree::new(files);
    let plan = tree.plan(SETTINGS, Selection::default()).unwrap();
    let mut changes = plan.changes.iter();
    let Some(change) = changes.find(|change| change.path == Path::new(CI)) else {
        let mut findings = plan.findings.iter();
        let left = findings.find(|it| it.message.contains("stays on static keys"));
        return left.map_or_else(|| "unchanged".to_owned(), |it| it.message.clone());
    };
    let mut now = '-';
    let mut found = String::new();
    for line in change.after.lines() {
        if let Some((_, rest)) = line.split_once("role-to-assume: arn:aws:iam::") {
            now = rest.chars().next().unwrap();
        }
        if line.contains("run: aws s3") {
            found.push(now);
        }
    }
    found
}

#[test]
fn a_step_behind_that_with_the_keys_acts_as_before() {
    let dev = sign_in('1', "");
    for (steps, expected) in [
        // Its sign-in is repeated.
        (format!("{dev}{AWS}{KEYED}{AWS}"), "131"),
        (format!("{dev}{KEYED}      - run: echo\n{AWS}"), "31"),
        (format!("{dev}{KEYED}{KEYED}{AWS}"), "331"),
        (format!("{dev}{KEYED}{AWS}{KEYED}{AWS}"), "3131"),
        (format!("{dev}{KEYED}{AWS}{AWS}"), "311"),
        // A sign-in of the job between keyed steps has the next one sign in again.
        (format!("{KEYED}{dev}{KEYED}"), "33"),
        (format!("{KEYED}{dev}{AWS}"), "31"),
        // Nothing acted by anything else.
        (format!("{dev}{AWS}{KEYED}"), "13"),
        (format!("{KEYED}{AWS}"), "33"),
        (format!("{}{KEYED}{AWS}", sign_in('3', "")), "33"),
    ] {
        assert_eq!(
            accounts(&job("ubuntu-latest", &steps), &[]),
            expected,
            "{steps}"
        );
    }
}

#[test]
fn the_sign_in_that_is_repeated_has_all_inputs_of_the_first() {
    let inputs = "          role-duration-seconds: 900\n          output-env-credentials: true\n";
    let steps = format!("{}{KEYED}{AWS}", sign_in('1', inputs));
    let tree = Tree::new([(CI, job("ubuntu-latest", &steps).as_str())]);
    let plan = tree.plan(SETTINGS, Selection::default()).unwrap();
    let after = &plan.changes[0].after;
    let repeated = format!("{}{AWS}", sign_in('1', inputs));
    assert!(after.ends_with(&repeated), "{after}");
    // The step with the keys was in the region that the first had exported.
    assert_eq!(after.matches("aws-region: eu-west-1").count(), 3, "{after}");
}

#[test]
fn a_job_is_left_where_a_later_step_could_not_act_as_before() {
    let dev = sign_in('1', "");
    let hosted = "ubuntu-latest";
    let by_profile = sign_in('1', "          aws-profile: dev\n");
    let script = "      - run: |\n          C=$(aws sts assume-role-with-web-identity --role-arn arn:aws:iam::111111111111:role/x --role-session-name x)\n          echo AWS_ACCESS_KEY_ID=$(jq .x <<< $C) >> $GITHUB_ENV\n";
    let profile = "      - run: aws s3 ls\n        env: { AWS_PROFILE: dev }\n";
    let always = "      - if: always()\n        run: aws s3 ls\n";
    for (machine, steps, by) in [
        (
            "self-hosted",
            format!("{KEYED}{AWS}"),
            "the credentials of its self-hosted runner",
        ),
        (
            "self-hosted",
            format!("{KEYED}      - run: ./run.sh\n"),
            "the credentials of its self-hosted runner",
        ),
        (
            hosted,
            format!("{by_profile}{KEYED}{profile}"),
            "profile `dev`",
        ),
        (
            hosted,
            format!("{script}{KEYED}{AWS}"),
            "the sign-in of line 8",
        ),
        (
            hosted,
            format!("{dev}{KEYED}{always}"),
            "the sign-in of line 8",
        ),
        (
            hosted,
            format!(
                "{}{KEYED}{AWS}",
                sign_in('1', "        if: github.ref == 'x'\n")
            ),
            "the sign-in of line 8",
        ),
        (
            hosted,
            format!(
                "{}{KEYED}{AWS}",
                sign_in('1', "          role-chaining: true\n")
            ),
            "the sign-in of line 8",
        ),
    ] {
        let found = accounts(&job(machine, &steps), &[]);
        assert!(found.contains(&format!("acts by {by}")), "{steps}\n{found}");
    }
}

#[test]
fn a_step_that_surely_calls_no_aws_holds_nothing() {
    for step in [
        "run: echo done",
        "run: npm ci && npm run build",
        "run: docker push ghcr.io/a/b",
        "uses: actions/upload-artifact@v4",
        "run: aws sts get-caller-identity",
        "run: terraform fmt -check",
    ] {
        let steps = format!("{KEYED}      - {step}\n");
        assert_eq!(accounts(&job("self-hosted", &steps), &[]), "3", "{step}");
    }
}

#[test]
fn other_keys_in_the_env_of_the_job_are_not_replaced_for_later_steps() {
    let mocked = |value: &str| {
        format!(
            "on: push\npermissions: {{ contents: read, id-token: write }}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env: {{ AWS_ACCESS_KEY_ID: {value}, AWS_SECRET_ACCESS_KEY: {value} }}\n    steps:\n"
        )
    };
    for value in ["test", "\"${{ secrets.R2_ACCESS_KEY_ID }}\""] {
        let after = format!("{}{KEYED}      - run: pytest\n", mocked(value));
        let found = accounts(&after, &[]);
        assert!(
            found.contains("acts by the keys in `env` of the job"),
            "{found}"
        );
    }
    let before = format!("{}      - run: pytest\n{KEYED}", mocked("test"));
    assert_eq!(accounts(&before, &[]), "3");
}

#[test]
fn an_action_that_takes_keys_for_one_step_of_its_own_does_not_sign_its_job_in() {
    let action = "name: a\ndescription: a\ninputs: { id: { required: true }, secret: { required: true } }\nruns:\n  using: composite\n  steps:\n    - run: aws s3 cp a b\n      shell: bash\n      env: { AWS_ACCESS_KEY_ID: \"${{ inputs.id }}\", AWS_SECRET_ACCESS_KEY: \"${{ inputs.secret }}\", AWS_REGION: eu-west-1 }\n";
    let used = "      - uses: ./act\n        with: { id: \"${{ secrets.AWS_ACCESS_KEY_ID }}\", secret: \"${{ secrets.AWS_SECRET_ACCESS_KEY }}\" }\n";
    let more = [("act/action.yml", action)];
    let dev = sign_in('1', "");
    let of = |machine: &str, steps: String| accounts(&job(machine, &steps), &more);
    let steps = format!("{dev}{used}{AWS}");
    assert_eq!(of("ubuntu-latest", steps.clone()), "1");
    let workflow = job("ubuntu-latest", &steps);
    let tree = Tree::new([(CI, workflow.as_str()), more[0]]);
    let plan = tree.plan(SETTINGS, Selection::default()).unwrap();
    let mut changes = plan.changes.iter();
    let after = &changes.find(|it| it.path == Path::new(CI)).unwrap().after;
    assert!(after.ends_with(&format!("{dev}{AWS}")), "{after}");
    assert!(of("self-hosted", format!("{used}{AWS}")).contains("self-hosted runner"));
    // It takes the role in place of the keys.
    assert_eq!(of("ubuntu-latest", format!("{used}{AWS}")), "3");
}

#[test]
fn a_job_that_gives_other_keys_the_names_of_its_workflows_keys_signs_in_to_nothing() {
    let workflow = |env: &str| {
        format!(
            "on: push\npermissions: {{ contents: read, id-token: write }}\nenv:\n  AWS_ACCESS_KEY_ID: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n  AWS_SECRET_ACCESS_KEY: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\njobs:\n  test:\n    runs-on: ubuntu-latest\n    env: {{ {env} }}\n    steps:\n      - run: pytest\n  deploy:\n    runs-on: ubuntu-latest\n    steps:\n{AWS}"
        )
    };
    let sign_ins = |env: &str| {
        let tree = Tree::new([(CI, workflow(env).as_str())]);
        let plan = tree.plan(SETTINGS, Selection::default()).unwrap();
        plan.changes[0].after.matches("role-to-assume").count()
    };
    for value in ["test", "\"\""] {
        let env = format!("AWS_ACCESS_KEY_ID: {value}, AWS_SECRET_ACCESS_KEY: {value}");
        assert_eq!(sign_ins(&env), 1, "{value}");
    }
    assert_eq!(sign_ins("X: y"), 2);
}
