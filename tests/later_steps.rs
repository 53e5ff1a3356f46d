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

/// The region that the tools of each step with `aws s3` take: AWS_REGION before AWS_DEFAULT_REGION, of the
/// step, of what the steps before export, of the job.
fn regions(workflow: &str) -> Vec<String> {
    let (job, steps) = workflow.split_once("    steps:\n").unwrap();
    let of = |text: &str, name: &str| {
        let line = text
            .lines()
            .find(|line| line.contains(&format!("{name}: ")))?;
        let value = line.split_once(&format!("{name}: "))?.1;
        Some(value.split([' ', '}']).next().unwrap().to_owned())
    };
    let (mut exported, mut found) = (None, Vec::new());
    for step in steps.split("      - ").skip(1) {
        let inherited = |name: &str| exported.clone().or_else(|| of(job, name));
        let named = |name: &str| of(step, name).or_else(|| inherited(name));
        if let Some(region) = of(step, "aws-region") {
            exported = match region.as_str() {
                "${{" if step.contains("env.AWS_REGION") => inherited("AWS_REGION"),
                "${{" => inherited("AWS_DEFAULT_REGION"),
                _ => Some(region),
            };
            continue;
        }
        let region = named("AWS_REGION").or_else(|| named("AWS_DEFAULT_REGION"));
        found.push(region.unwrap_or_default());
    }
    found
}

#[test]
fn a_step_with_keys_of_its_own_stays_in_its_region() {
    let envs = [
        "",
        "AWS_REGION: eu-north-1",
        "AWS_DEFAULT_REGION: eu-north-1",
    ];
    let own = [
        "",
        "AWS_REGION: us-west-2",
        "AWS_DEFAULT_REGION: us-west-2",
        "AWS_DEFAULT_REGION: us-east-2",
    ];
    let keyed = |env: &str| match env {
        "" => KEYED.to_owned(),
        env => KEYED.replace("env:\n", &format!("env:\n          {env}\n")),
    };
    let mut changed = 0;
    let pairs = own
        .iter()
        .flat_map(|first| own.map(|second| (*first, second)));
    let all = envs
        .iter()
        .flat_map(|env| pairs.clone().map(move |it| (*env, it)));
    for (env, (first, second)) in all {
        for before in [String::new(), sign_in('1', "")] {
            let steps = format!("{before}{}{}{KEYED}", keyed(first), keyed(second));
            let workflow = job("ubuntu-latest", &steps);
            let workflow = workflow.replace("AWS_REGION: eu-north-1", env);
            let tree = Tree::new([(CI, workflow.as_str())]);
            let plan = tree.plan(SETTINGS, Selection::default()).unwrap();
            let Some(change) = plan.changes.first() else {
                continue;
            };
            changed += 1;
            let (was, now) = (regions(&workflow), regions(&change.after));
            let is_same = |(was, now): (&String, &String)| was.is_empty() || was == now;
            assert!(
                was.len() == now.len() && was.iter().zip(&now).all(is_same),
                "{was:?} {now:?}\n{workflow}\n{}",
                change.after
            );
        }
    }
    assert_eq!(changed, 96);
}

#[test]
fn a_profile_that_holds_the_same_keys_is_no_other_identity() {
    let profile = |secret: &str| {
        format!(
            "      - run: |\n          aws configure set aws_access_key_id ${{{{ secrets.{secret}_ID }}}}\n          \
             aws configure set aws_secret_access_key ${{{{ secrets.{secret}_SECRET }}}}\n"
        )
    };
    let keyed = KEYED.replace("AWS_ACCESS_KEY_ID }}", "A_ID }}");
    let keyed = keyed.replace("AWS_SECRET_ACCESS_KEY }}", "A_SECRET }}");
    let steps = |secret: &str| job("ubuntu-latest", &format!("{}{keyed}{AWS}", profile(secret)));
    let found = accounts(&steps("A"), &[]);
    assert!(!found.contains("stays"), "{found}");
    let found = accounts(&steps("B"), &[]);
    assert!(found.contains("acts by profile `default`"), "{found}");
}

#[test]
fn steps_in_one_region_sign_in_once() {
    for env in [
        "",
        "          AWS_DEFAULT_REGION: us-west-2\n",
        "          AWS_REGION: us-west-2\n",
    ] {
        let keyed = KEYED.replace("env:\n", &format!("env:\n{env}"));
        let steps = format!("{keyed}{keyed}{keyed}");
        let tree = Tree::new([(CI, job("ubuntu-latest", &steps).as_str())]);
        let plan = tree.plan(SETTINGS, Selection::default()).unwrap();
        assert_eq!(
            plan.changes[0].after.matches("aws-region").count(),
            1,
            "{env}"
        );
    }
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
        let acts = [format!("acts by {by}"), format!("may act by {by}")];
        assert!(acts.iter().any(|it| found.contains(it)), "{steps}\n{found}");
    }
}

const NODE: &str = "name: a\ndescription: a\nruns: { using: node20, main: index.js }\n";
const COMPOSITE: &str =
    "name: a\ndescription: a\nruns:\n  using: composite\n  steps:\n    - { shell: bash, run: ";

#[test]
fn a_step_that_surely_calls_no_aws_holds_nothing() {
    let package =
        "{ \"scripts\": { \"build\": \"tsc && vite build\", \"a\": \"prettier --check .\" } }";
    let echoes = format!("{COMPOSITE}echo a }}\n");
    let more = [
        ("package.json", package),
        (
            "tool.sh",
            "set -e\nfor x in a b; do\n  echo $x | tee out\ndone\n",
        ),
        ("Makefile", "check:\n\t@terraform fmt -check\n"),
        ("echoes/action.yml", &echoes),
    ];
    for step in [
        "run: echo done",
        "run: npm ci && npm run build",
        "run: yarn && yarn a",
        "run: docker push ghcr.io/a/b",
        "run: docker run --rm -v $PWD:/w alpine ls",
        "run: docker compose build",
        "uses: actions/upload-artifact@v4",
        "uses: slackapi/slack-github-action@v1",
        "uses: hashicorp/setup-packer@v3",
        "uses: ./echoes",
        "{ uses: actions/github-script@v7, with: { script: \"const fs = require('fs'); core.info('a')\" } }",
        "run: aws sts get-caller-identity",
        "run: aws configure list",
        "run: terraform fmt -check",
        "run: terraform init -backend=false && terraform validate",
        "run: bash tool.sh",
        "run: make check",
        "run: git add . && git commit -m a && git push",
        "run: if [ -n \"$A\" ]; then echo a >> $GITHUB_OUTPUT; else exit 1; fi",
        "run: curl -sf https://example.com | jq -r .a",
        "run: python3 -m pip install -r requirements.txt",
        "run: go build ./... && go vet ./...",
        "run: mvn -B clean compile",
        "run: unknown-tool --version",
    ] {
        let steps = format!("{KEYED}      - {step}\n");
        assert_eq!(accounts(&job("self-hosted", &steps), &more), "3", "{step}");
    }
}

#[test]
fn what_a_step_runs_that_cannot_be_read_may_call_aws() {
    let runs = format!("{COMPOSITE}go run ./cmd/deploy }}\n");
    let docker = "name: a\ndescription: a\nruns: { using: docker, image: Dockerfile }\n";
    let more = [
        ("node/action.yml", NODE),
        ("image/action.yml", docker),
        ("runs/action.yml", &runs),
        (
            "package.json",
            "{ \"scripts\": { \"build\": \"node build.js\" } }",
        ),
        ("build.js", "console.log(1)\n"),
        ("tool.sh", "dvc pull\n"),
        ("tool.py", "import tool2\n"),
    ];
    for (step, named) in [
        ("run: go run ./cmd/deploy", "`go run ./cmd/deploy`"),
        ("run: go test ./...", "`go test ./...`"),
        ("run: cargo run --bin deploy", "`cargo run --bin deploy`"),
        ("run: cargo test", "`cargo test`"),
        ("run: dvc pull", "`dvc pull`"),
        ("run: rclone sync a s3:b --s3-env-auth", "`rclone sync`"),
        (
            "run: docker compose run --rm deploy",
            "`docker compose run --rm`",
        ),
        ("run: docker-compose up -d", "`docker-compose up -d`"),
        (
            "run: docker run --env-file .env a",
            "`docker run --env-file .env`",
        ),
        ("run: docker pull $REGISTRY/a", "`docker pull $REGISTRY/a`"),
        ("run: helm upgrade a b", "`helm upgrade a b`"),
        ("run: cdk synth", "`cdk synth`"),
        ("run: serverless package", "`serverless package`"),
        ("run: npm run build", "`node build.js`"),
        ("run: npm run other", "`npm run other`"),
        ("run: npx some-tool", "`npx some-tool`"),
        ("run: ./tool", "`./tool`"),
        ("run: bash tool.sh", "`dvc pull`"),
        ("run: python tool.py", "`python tool.py`"),
        ("run: $TOOL sync", "`$TOOL sync`"),
        ("run: eval \"$(tool env)\"", "`tool env`"),
        ("run: find . -exec tool {} +", "`find . -exec tool`"),
        ("run: if tool a; then echo b; fi", "`tool a`"),
        ("run: make deploy", "`make deploy`"),
        ("run: mvn verify", "`mvn verify`"),
        ("uses: ./node", "action `./node`"),
        ("uses: ./image", "action `./image`"),
        ("uses: ./runs", "`go run ./cmd/deploy`"),
        ("uses: ./missing", "action `./missing`"),
        (
            "uses: docker://org/image:1",
            "action `docker://org/image:1`",
        ),
        ("uses: org/tool@v1", "action `org/tool`"),
        (
            "uses: goreleaser/goreleaser-action@v6",
            "action `goreleaser/goreleaser-action`",
        ),
        (
            "{ uses: docker/build-push-action@v6, with: { cache-to: \"type=s3,bucket=a\" } }",
            "action `docker/build-push-action`",
        ),
        (
            "{ uses: actions/github-script@v7, with: { script: \"require('./tool.js')()\" } }",
            "action `actions/github-script`",
        ),
    ] {
        let steps = format!("{KEYED}      - {step}\n");
        let found = accounts(&job("self-hosted", &steps), &more);
        let expected = format!("{named} of line 12");
        let found_by = found.contains(" by the credentials of its self-hosted runner");
        assert!(found.contains(&expected) && found_by, "{step}\n{found}");
        // Where the sign-in before can be repeated, it is.
        let steps = format!("{}{KEYED}      - {step}\n{AWS}", sign_in('1', ""));
        assert_eq!(
            accounts(&job("ubuntu-latest", &steps), &more),
            "31",
            "{step}"
        );
        let steps = steps.replace("      - run: aws s3 ls\n", "");
        let workflow = job("ubuntu-latest", &steps);
        let files = more.iter().copied().chain([(CI, workflow.as_str())]);
        let plan = Tree::new(files)
            .plan(SETTINGS, Selection::default())
            .unwrap();
        let mut changes = plan.changes.iter();
        let after = &changes.find(|it| it.path == Path::new(CI)).unwrap().after;
        let is_hosted_pull = step.contains("docker pull");
        let count = if is_hosted_pull { 1 } else { 2 };
        assert_eq!(
            after.matches("iam::111111111111:role/ci").count(),
            count,
            "{step}\n{after}"
        );
    }
}

#[test]
fn a_sign_in_is_repeated_with_its_condition_and_closed_where_a_variable_names_its_role() {
    let condition = "        if: github.ref == 'x'\n";
    let keyed = format!("{KEYED}{condition}");
    let aws = format!("{AWS}{condition}");
    let steps = format!("{}{keyed}{aws}", sign_in('1', condition));
    assert_eq!(accounts(&job("ubuntu-latest", &steps), &[]), "31");
    let tree = Tree::new([(CI, job("ubuntu-latest", &steps).as_str())]);
    let plan = tree.plan(SETTINGS, Selection::default()).unwrap();
    assert_eq!(
        plan.changes[0]
            .after
            .matches("if: github.ref == 'x'")
            .count(),
        5
    );
    // Under another condition, or after a failure, it would be another one.
    for other in ["inputs.y", "always()"] {
        let aws = format!("{AWS}        if: {other}\n");
        let steps = format!("{}{keyed}{aws}", sign_in('1', condition));
        let found = accounts(&job("ubuntu-latest", &steps), &[]);
        assert!(found.contains("stays on static keys"), "{other}\n{found}");
    }
    let by_variable = |release: &str, more: &str| {
        let first =
            sign_in('1', more).replace("arn:aws:iam::111111111111:role/ci", "${{ vars.ROLE }}");
        let steps = format!("{}{KEYED}{AWS}", first.replace("@v6", release));
        let tree = Tree::new([(CI, job("ubuntu-latest", &steps).as_str())]);
        let plan = tree.plan(SETTINGS, Selection::default()).unwrap();
        plan.changes.first().map(|it| it.after.clone())
    };
    let unset = "          unset-current-credentials: true\n";
    let after = by_variable("@v6", "").unwrap();
    assert!(after.ends_with(&format!("{unset}{AWS}")), "{after}");
    let after = by_variable("@v6", unset).unwrap();
    assert!(
        after.ends_with(&format!("eu-west-1\n{unset}{AWS}")),
        "{after}"
    );
    // The input came with v3.
    assert_eq!(by_variable("@v2", ""), None);
    let off = "          unset-current-credentials: false\n";
    assert_eq!(by_variable("@v6", off), None);
}

#[test]
fn other_keys_in_the_env_of_the_job_are_not_replaced_for_later_steps() {
    let mocked = |value: &str| {
        format!(
            "on: push\npermissions: {{ contents: read, id-token: write }}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env: {{ AWS_ACCESS_KEY_ID: {value}, AWS_SECRET_ACCESS_KEY: {value} }}\n    steps:\n"
        )
    };
    for value in ["test", "\"${{ secrets.R2_ACCESS_KEY_ID }}\""] {
        for step in ["pytest", "aws s3 ls --endpoint-url http://localhost:4566"] {
            let after = format!("{}{KEYED}      - run: {step}\n", mocked(value));
            let found = accounts(&after, &[]);
            assert!(
                found.contains(" by the keys in `env` of the job"),
                "{found}"
            );
        }
    }
    for step in [
        "echo done",
        "docker compose logs && git push",
        "aws configure list",
    ] {
        let after = format!("{}{KEYED}      - run: {step}\n", mocked("test"));
        assert_eq!(accounts(&after, &[]), "3", "{step}");
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
