//! Workflows beside Terraform, and what only a configuration asks for.

mod names;
mod passed_keys;
mod state_access;

use std::path::Path;

use crate::support::{ROLE_1, Tree, reviewed};
use engine::plan::Plan;
use engine::selection::Selection;

const CI: &str = ".github/workflows/ci.yml";

const BACKEND: &str = "terraform {\n  backend \"s3\" {\n    bucket = \"states\"\n    key    = \"a\"\n    region = \"eu-west-1\"\n  }\n}\n";

const STATE: &str = "state_profile = \"shared\"\n";

/// The steps that sign in, with keys or with a role.
fn configure(release: &str, with: &str) -> String {
    format!(
        "      - uses: aws-actions/configure-aws-credentials@{release}\n        with:\n{with}          aws-region: eu-west-1\n"
    )
}

const KEYS: &str = "          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";

const ROLE: &str = "          role-to-assume: ${{ vars.AWS_OIDC_ROLE_ARN }}\n";

/// A workflow with jobs of a name, what stands before their steps, and these.
fn workflow(jobs: &[(&str, &str, &str)]) -> String {
    let jobs = jobs.iter().map(|(name, head, steps)| {
        format!("  {name}:\n    runs-on: ubuntu-latest\n{head}    steps:\n{steps}")
    });
    let jobs: String = jobs.collect();
    format!("on:\n  push:\n    branches: [main]\npermissions:\n  id-token: write\njobs:\n{jobs}")
}

fn after<'p>(plan: &'p Plan, path: &str) -> &'p str {
    let mut changes = plan.changes.iter();
    let change = changes.find(|change| change.path == Path::new(path));
    &change.expect(path).after
}

fn changed_paths(plan: &Plan) -> Vec<String> {
    let changes = plan.changes.iter();
    changes
        .map(|change| change.path.display().to_string())
        .collect()
}

fn commands(plan: &Plan, why: &str) -> Vec<String> {
    let mut steps = plan.steps.iter();
    let step = steps.find(|step| step.why.contains(why));
    step.map(|step| step.commands.clone()).unwrap_or_default()
}

#[test]
fn what_a_job_on_static_keys_runs_is_switched_with_a_yes_only() {
    let stays = |directory: &str| {
        format!(
            "{}      - run: terraform init\n        working-directory: {directory}\n      - run: docker run -e AWS_ACCESS_KEY_ID image\n",
            configure("v4", KEYS)
        )
    };
    let roots = [("dev/main.tf", BACKEND), ("live/main.tf", BACKEND)];
    let known = workflow(&[("apply", "", &stays("dev"))]);
    let tree = Tree::new([roots[0], roots[1], (CI, known.as_str())]);
    let plan = tree.plan(STATE, Selection::default()).unwrap();
    assert_eq!(changed_paths(&plan), ["live/main.tf"]);
    let held = plan
        .open()
        .find(|it| it.transform == "set_backend_profile")
        .unwrap();
    assert!(
        held.message.ends_with(
            "; job apply (.github/workflows/ci.yml:12) runs it and stays on static keys"
        ),
        "{}",
        held.message
    );
    let asked = tree.plan(STATE, reviewed()).unwrap();
    assert_eq!(changed_paths(&asked), ["dev/main.tf", "live/main.tf"]);

    let unknown = workflow(&[("apply", "", &stays("${{ matrix.root }}"))]);
    let tree = Tree::new([roots[0], roots[1], (CI, unknown.as_str())]);
    let plan = tree.plan(STATE, Selection::default()).unwrap();
    assert_eq!(changed_paths(&plan), Vec::<String>::new(), "it may be any");
}

#[test]
fn a_role_is_held_back_in_the_modules_that_the_root_calls() {
    let call = format!("{BACKEND}module \"m\" {{\n  source = \"../modules/m\"\n}}\n");
    let steps = format!(
        "{}      - run: terraform -chdir=dev init\n      - run: docker run -e AWS_ACCESS_KEY_ID image\n",
        configure("v4", KEYS)
    );
    let ci = workflow(&[("apply", "", &steps)]);
    let role = ROLE_1.replace(
        "provider \"aws\" {",
        "provider \"aws\" {\n  region = \"eu-west-1\"",
    );
    let tree = Tree::new([
        ("dev/main.tf", call.as_str()),
        ("modules/m/main.tf", role.as_str()),
        (CI, ci.as_str()),
    ]);
    let config = format!("{STATE}account \"one\" {{ id = \"111111111111\" }}\n");
    let plan = tree.plan(&config, Selection::default()).unwrap();
    assert_eq!(changed_paths(&plan), Vec::<String>::new());
}

#[test]
fn old_releases_of_the_action_are_replaced_in_their_own_style() {
    let sha = "0d9a5be0dceea74e09396820e1e522ba4a110d2f";
    for (old, new) in [
        ("v1.5.11", "v6.2.3"),
        (sha, "e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3"),
        // No release, so that nothing tells what it can.
        (
            "ffffffffffffffffffffffffffffffffffffffff",
            "e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3",
        ),
        ("feature", "v6"),
    ] {
        let ci = workflow(&[("apply", "", &configure(old, KEYS))]);
        let tree = Tree::new([(CI, ci.as_str())]);
        let plan = tree
            .plan("ci { bump_action = true }", Selection::default())
            .unwrap();
        let uses = format!("aws-actions/configure-aws-credentials@{new}\n");
        assert!(after(&plan, CI).contains(&uses), "{}", after(&plan, CI));
        let asked = tree.plan("", Selection::default()).unwrap();
        assert_eq!(changed_paths(&asked), [""; 0], "{old}");
    }
}
