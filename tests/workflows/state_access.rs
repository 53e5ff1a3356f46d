//! How jobs get the profile of the backend: by a second sign-in, or by a lock in the bucket.

use super::{BACKEND, CI, ROLE, STATE, after, commands, configure, workflow};
use crate::support::{Tree, reports, reviewed};
use engine::selection::Selection;

#[test]
fn a_second_login_names_the_profile() {
    let main = BACKEND.replace("    key ", "    profile = \"shared\"\n    key ");
    for (release, expected) in [("v6", "v6"), ("v4", "v6"), ("v4.0.2", "v6.2.3")] {
        let steps = format!(
            "{}      - run: terraform -chdir=dev init\n",
            configure(release, ROLE)
        );
        let ci = workflow(&[("apply", "", &steps)]);
        let tree = Tree::new([("dev/main.tf", main.as_str()), (CI, ci.as_str())]);
        let config = format!("{STATE}ci {{ state_access = \"second_login\" }}\n");
        let plan = tree.plan(&config, Selection::default()).unwrap();
        let login = format!(
            "      - uses: aws-actions/configure-aws-credentials@{expected}\n        with:\n          role-to-assume: ${{{{ vars.TF_STATE_ROLE_ARN }}}}\n          aws-region: eu-west-1\n          aws-profile: shared\n      - run: terraform"
        );
        assert!(after(&plan, CI).contains(&login), "{}", after(&plan, CI));
        assert_eq!(
            commands(&plan, "the role that the jobs"),
            [
                "gh variable set TF_STATE_ROLE_ARN --body 'arn:aws:iam::<ACCOUNT>:role/terraform-state'"
            ]
        );
    }
}

#[test]
fn a_second_login_has_the_audience_of_the_first() {
    let audience = "          audience: sts.amazonaws.com.cn\n";
    let main = BACKEND.replace("    key ", "    profile = \"shared\"\n    key ");
    let steps = format!(
        "{}      - run: terraform -chdir=dev init\n",
        configure("v6", &format!("{ROLE}{audience}"))
    );
    let ci = workflow(&[("apply", "", &steps)]);
    let tree = Tree::new([("dev/main.tf", main.as_str()), (CI, ci.as_str())]);
    let config = format!("{STATE}ci {{ state_access = \"second_login\" }}\n");
    let plan = tree.plan(&config, Selection::default()).unwrap();
    let login = format!("          role-to-assume: ${{{{ vars.TF_STATE_ROLE_ARN }}}}\n{audience}");
    assert!(after(&plan, CI).contains(&login), "{}", after(&plan, CI));
}

#[test]
fn init_leaves_the_profile_out_where_the_bucket_locks() {
    let config = format!("{STATE}ci {{ state_access = \"lockfile\" }}\n");
    let steps = format!(
        "{}      - run: terraform -chdir=dev init\n",
        configure("v4", ROLE)
    );
    let locks = BACKEND.replace("    key ", "    use_lockfile = true\n    key ");
    for (head, expected) in [
        (
            "",
            "    env:\n      TF_CLI_ARGS_init: -backend-config=profile=\n    steps:\n",
        ),
        (
            "    env:\n      A: b\n",
            "    env:\n      A: b\n      TF_CLI_ARGS_init: -backend-config=profile=\n    steps:\n",
        ),
    ] {
        let ci = workflow(&[("apply", head, &steps)]);
        let tree = Tree::new([("dev/main.tf", locks.as_str()), (CI, ci.as_str())]);
        let plan = tree.plan(&config, Selection::default()).unwrap();
        assert!(after(&plan, CI).contains(expected), "{}", after(&plan, CI));
    }
    let ci = workflow(&[("apply", "", &steps)]);
    let tree = Tree::new([("dev/main.tf", BACKEND), (CI, ci.as_str())]);
    let plan = tree.plan(&config, Selection::default()).unwrap();
    assert!(plan.changes.is_empty(), "{:?}", reports(&plan));
    let plan = tree.plan(&config, reviewed()).unwrap();
    assert_eq!(
        reports(&plan),
        [
            ".github/workflows/ci.yml:7: job apply runs Terraform without the profile `shared`: a backend with the profile `shared` locks in a table, which is sought in the job's own account"
        ]
    );
}
