//! What to do on AWS and GitHub before a plan with sign-ins is merged: per role, account and place.

use crate::support::Tree;
use crate::support::checkout::Checkout;
use engine::plan::{Moment, Plan};
use engine::selection::Selection;

const CI: &str = ".github/workflows/ci.yml";
const WORLD: &str = "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\n";
const TEMPLATE: &str = "ci {\n  role = \"arn:aws:iam::{id}:role/github-ci\"\n}\n";

fn role(id: &str) -> String {
    format!(
        "provider \"aws\" {{\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
    )
}

/// A job with keys, which runs one directory, with more lines before its steps and behind them.
fn job(name: &str, directory: &str, (head, tail): (&str, &str)) -> String {
    format!(
        "  {name}:\n{head}    runs-on: ubuntu-latest\n    permissions:\n      id-token: write\n      contents: read\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          aws-secret-access-key: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n          aws-region: eu-west-1\n      - run: terraform -chdir={directory} apply\n{tail}"
    )
}

/// The steps before the merge and the deletions after it, each with its commands.
fn steps(on: &str, jobs: &[String], config: &str) -> Vec<(String, Vec<String>)> {
    let ci = format!("on: {on}\njobs:\n{}", jobs.concat());
    let (dev, live) = (role("111111111111"), role("222222222222"));
    let tree = Tree::new([
        ("dev/main.tf", dev.as_str()),
        ("live/main.tf", live.as_str()),
        (CI, ci.as_str()),
    ]);
    let plan: Plan = tree.plan(config, Selection::default()).unwrap();
    let steps = plan.steps.into_iter();
    let steps = steps.filter(|it| it.when != Moment::OnMerge);
    let steps: Vec<_> = steps.map(|step| (step.why, step.commands)).collect();
    let (first, rest) = steps.split_first().unwrap();
    assert_eq!(*first, roles(&["oidc-role"]));
    rest.to_vec()
}

/// The step that names the commands which write these roles.
fn roles(of: &[&str]) -> (String, Vec<String>) {
    let commands = of.iter().map(|it| format!("tfkeyless generate {it}"));
    (
        "Create the roles that are not there yet, as these commands write them in Terraform:"
            .to_owned(),
        commands.collect(),
    )
}

fn trust(role: &str) -> String {
    format!(
        "Allow these OIDC subjects in the trust policy of {role}, for the audience sts.amazonaws.com:"
    )
}

const MAIN: &str = "repo:OWNER/REPOSITORY:ref:refs/heads/main";
const PUSH: &str = "{ push: { branches: [main] } }";

#[test]
fn every_role_trusts_the_jobs_that_assume_it_and_no_others() {
    let live = "    environment: live\n";
    let jobs = [job("dev", "dev", ("", "")), job("live", "live", (live, ""))];
    let found = steps(PUSH, &jobs, &format!("{WORLD}{TEMPLATE}"));
    assert_eq!(
        found[..2],
        [
            (
                trust("arn:aws:iam::111111111111:role/github-ci"),
                vec![MAIN.to_owned()]
            ),
            (
                trust("arn:aws:iam::222222222222:role/github-ci"),
                vec!["repo:OWNER/REPOSITORY:environment:live".to_owned()]
            ),
        ]
    );
    // Literal ARNs need no variable.
    let rest: Vec<&str> = found[2..].iter().map(|(why, _)| &why[..9]).collect();
    let old_keys = [
        "Check tha",
        "Keep the ",
        "Then deac",
        "Once the ",
        "Last of a",
    ];
    assert_eq!(rest, old_keys, "{found:?}");
}

#[test]
fn variables_are_set_with_the_accounts_that_are_known() {
    let live = "    environment: live\n";
    let jobs = [job("dev", "dev", ("", "")), job("live", "live", (live, ""))];
    let found = steps(PUSH, &jobs, WORLD);
    assert_eq!(
        found[..2],
        [
            (
                trust("the role of `vars.DEV_AWS_OIDC_ROLE_ARN` in account 111111111111 (dev)"),
                vec![MAIN.to_owned()]
            ),
            (
                trust("the role of `vars.LIVE_AWS_OIDC_ROLE_ARN` in account 222222222222 (live)"),
                vec!["repo:OWNER/REPOSITORY:environment:live".to_owned()]
            ),
        ]
    );
    assert_eq!(
        found[2].1,
        ["gh variable set DEV_AWS_OIDC_ROLE_ARN --body arn:aws:iam::111111111111:role/github-ci"]
    );
    assert_eq!(
        found[3],
        (
            "Set in each environment the role that its jobs assume. Do not set these at repository level too: an environment without its own would silently read that one:".to_owned(),
            vec!["gh variable set LIVE_AWS_OIDC_ROLE_ARN --body arn:aws:iam::222222222222:role/github-ci --env live".to_owned()]
        )
    );
    // A job without environment reads the same variable: the repository's serves both.
    let jobs = [
        job("plan", "live", ("", "")),
        job("live", "live", (live, "")),
    ];
    let found = steps(PUSH, &jobs, WORLD);
    let commands: Vec<&String> = found[1..].iter().flat_map(|(_, it)| it).collect();
    assert_eq!(
        commands[0],
        "gh variable set AWS_OIDC_ROLE_ARN --body arn:aws:iam::222222222222:role/github-ci"
    );
    assert_eq!(commands[1], "tfkeyless verify --ci");
    assert!(commands[2].starts_with("git revert"), "{commands:?}");
}

#[test]
fn the_roles_of_a_matrix_are_told_one_by_one() {
    let matrix = "    strategy:\n      matrix:\n        dir: [dev, live]\n";
    let jobs = [job("all", "${{ matrix.dir }}", (matrix, ""))];
    let whys = |config: &str| -> Vec<String> {
        let found = steps(PUSH, &jobs, config).into_iter();
        found.map(|(why, _)| why).take(2).collect()
    };
    assert_eq!(
        whys(&format!("{WORLD}{TEMPLATE}")),
        [
            trust("arn:aws:iam::111111111111:role/github-ci"),
            trust("arn:aws:iam::222222222222:role/github-ci"),
        ]
    );
    assert_eq!(
        whys(WORLD),
        [
            trust("the role of `vars.DEV_AWS_OIDC_ROLE_ARN` in account 111111111111 (dev)"),
            trust("the role of `vars.LIVE_AWS_OIDC_ROLE_ARN` in account 222222222222 (live)"),
        ]
    );
    let found = steps(PUSH, &jobs, WORLD);
    assert_eq!(
        found[2].1,
        [
            "gh variable set DEV_AWS_OIDC_ROLE_ARN --body arn:aws:iam::111111111111:role/github-ci",
            "gh variable set LIVE_AWS_OIDC_ROLE_ARN --body arn:aws:iam::222222222222:role/github-ci",
        ]
    );
}

#[test]
fn roles_that_stay_have_to_trust_the_roles_of_the_jobs() {
    let sync = "      - run: aws s3 sync . s3://b\n";
    let staying = |config: &str, tail: &str| {
        let found = steps(PUSH, &[job("all", "dev", ("", tail))], config);
        let found = found
            .into_iter()
            .filter(|(why, _)| why.contains("which are kept"));
        found.collect::<Vec<_>>()
    };
    assert_eq!(
        staying(WORLD, sync),
        [(
            "Allow the role of `vars.AWS_OIDC_ROLE_ARN` in the trust policies of these roles, which are kept:".to_owned(),
            vec!["arn:aws:iam::111111111111:role/x".to_owned()]
        )]
    );
    assert_eq!(staying(WORLD, ""), []);
    // An alias keeps a role in an account that no block names: the job comes from its own account.
    let alias = "provider \"aws\" {\n  alias = \"x\"\n  assume_role {\n    role_arn = \"arn:aws:iam::444444444444:role/y\"\n  }\n}\n";
    let main = role("111111111111") + alias;
    let ci = format!("on: push\njobs:\n{}", job("dev", "dev", ("", "")));
    let tree = Tree::new([("dev/main.tf", main.as_str()), (CI, ci.as_str())]);
    let config = format!("{WORLD}{TEMPLATE}");
    let plan = tree.plan(&config, Selection::default()).unwrap();
    let mut steps = plan
        .steps
        .iter()
        .filter(|it| it.why.contains("which are kept"));
    let step = steps.next().unwrap();
    assert_eq!(step.commands, ["arn:aws:iam::444444444444:role/y"]);
    assert!(
        step.why
            .starts_with("Allow arn:aws:iam::111111111111:role/github-ci in"),
        "{}",
        step.why
    );
}

#[test]
fn the_role_of_the_state_trusts_the_jobs_or_their_roles() {
    let backend =
        "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n  }\n}\n";
    let main = role("111111111111") + backend;
    let init = "      - run: terraform -chdir=dev init\n";
    let ci = format!("on: {PUSH}\njobs:\n{}", job("dev", "dev", ("", init)));
    let tree = Tree::new([("dev/main.tf", main.as_str()), (CI, ci.as_str())]);
    let found = |access: &str| -> Vec<(String, Vec<String>)> {
        let config = format!(
            "state_profile = \"shared\"\n{WORLD}ci {{\n  role = \"arn:aws:iam::{{id}}:role/github-ci\"\n  state_access = \"{access}\"\n}}\n"
        );
        let plan = tree.plan(&config, Selection::default()).unwrap();
        let steps = plan.steps.into_iter();
        let steps = steps.filter(|it| it.when == Moment::BeforeMerge);
        steps.map(|step| (step.why, step.commands)).collect()
    };
    let job = (
        trust("arn:aws:iam::111111111111:role/github-ci"),
        vec![MAIN.to_owned()],
    );
    let first = roles(&["oidc-role", "state-role"]);
    let state = "the role of `vars.TF_STATE_ROLE_ARN` in account 333333333333 (shared)";
    let variable = (
        "Set the role that the jobs assume:".to_owned(),
        vec![
            "gh variable set TF_STATE_ROLE_ARN --body arn:aws:iam::333333333333:role/terraform-state"
                .to_owned(),
        ],
    );
    let next = (
        "Allow arn:aws:iam::111111111111:role/github-ci in the trust policies of the roles that the jobs assume next:".to_owned(),
        vec![state.replace('`', "")],
    );
    let check = (
        "Check that the variables, roles and trust policies of the jobs are there:".to_owned(),
        vec!["tfkeyless verify --ci".to_owned()],
    );
    assert_eq!(
        found("chained_profile"),
        [
            first.clone(),
            job.clone(),
            next,
            variable.clone(),
            check.clone()
        ]
    );
    assert_eq!(
        found("second_login"),
        [
            first,
            job,
            (trust(state), vec![MAIN.to_owned()]),
            variable,
            check
        ]
    );
}

#[test]
fn dependabots_secrets_are_named_where_its_pull_requests_run_jobs() {
    for (on, has_pulls) in [("[push, pull_request]", true), ("push", false)] {
        let found = steps(on, &[job("dev", "dev", ("", ""))], WORLD);
        let mut found = found.iter();
        let (_, commands) = found
            .find(|(why, _)| why.contains("delete the secrets"))
            .unwrap();
        let own = "gh secret delete AWS_ACCESS_KEY_ID --app dependabot   # if Dependabot has it";
        assert_eq!(
            commands.contains(&own.to_owned()),
            has_pulls,
            "{commands:?}"
        );
        assert_eq!(commands.len(), if has_pulls { 4 } else { 2 });
    }
}

#[test]
fn subjects_name_the_repository_where_its_remote_tells() {
    let checkout = Checkout::of_example("legacy-stack");
    let subject = "repo:OWNER/REPOSITORY:ref:refs/heads/main\n";
    checkout
        .run(&["plan", "--next-steps"])
        .code(0)
        .says(subject);
    let url = "git@github.com:your-org/infra.git";
    checkout.git(&["remote", "add", "origin", url]);
    let plan = checkout.run(&["plan", "--next-steps"]).code(0);
    assert!(!plan.stderr.contains("OWNER/REPOSITORY"), "{}", plan.stderr);
    plan.says("repo:your-org/infra:ref:refs/heads/main\n");
}
