//! The roles and keys of jobs.

use super::{
    WORKFLOW, has, keyed_job, lines, proposed, proposed_beside, role, signing_job, workflow,
};

#[test]
fn the_role_of_jobs_is_the_one_that_they_sign_in_to_already() {
    let arn = |id: &str, name: &str| format!("arn:aws:iam::{id}:role/{name}");
    let (one, two) = ("111111111111", "222222222222");
    let ask = "#   role          = \"arn:aws:iam::{id}:role/github-ci\"\n";
    for (roles, expected) in [
        (
            vec![arn(one, "ci"), arn(two, "ci")],
            "\nci {\n  role = \"arn:aws:iam::{id}:role/ci\"\n  # state_role ",
        ),
        (
            vec![arn(one, "ci"), arn("${{ vars.ACCOUNT }}", "ci")],
            "\nci {\n  role = \"arn:aws:iam::{id}:role/ci\"\n",
        ),
        (
            vec![
                arn("${{ matrix.a }}", "x/ci").replace("arn:aws", "arn:aws-cn"),
                arn(two, "x/ci").replace("arn:aws", "arn:aws-cn"),
            ],
            "\nci {\n  role = \"arn:aws-cn:iam::{id}:role/x/ci\"\n",
        ),
        (
            vec![arn(one, "ci"), arn(one, "ci")],
            "# One of this name is signed in to at .github/workflows/tf.yml:9, \
             .github/workflows/tf.yml:18.\n# ci {\n#   role          = \"arn:aws:iam::{id}:role/ci\"\n",
        ),
        (
            vec![arn(one, "plan"), arn(two, "apply")],
            "#   role apply is signed in to at .github/workflows/tf.yml:18\n#   role plan is signed \
             in to at .github/workflows/tf.yml:9\n# ci {\n",
        ),
        (vec![arn(one, "plan"), arn(two, "apply")], ask),
        (
            vec![arn(one, "${{ matrix.a }}"), arn(two, "${{ matrix.a }}")],
            ask,
        ),
        (vec!["${{ vars.ROLE }}".to_owned()], ask),
    ] {
        let jobs = roles.iter().enumerate();
        let jobs: Vec<_> = jobs
            .map(|(index, role)| signing_job(&format!("j{index}"), "", role))
            .collect();
        let text = proposed_beside(WORKFLOW, &workflow(&jobs));
        has(&text, expected);
        assert_eq!(
            text.contains("\nci {"),
            expected.starts_with("\nci"),
            "{text}"
        );
    }
}

#[test]
fn whose_the_keys_are_is_asked_once_for_each_secret() {
    let dev = "    environment: dev\n";
    let live = "    environment: live-eu\n";
    let matrix = "    strategy: {matrix: {env: [dev, live]}}\n    environment: ${{ matrix.env }}\n";
    let open = "    environment: ${{ github.ref_name }}\n";
    for (jobs, expected) in [
        (
            vec![
                keyed_job("a", "", "secrets.KEY"),
                keyed_job("b", "", "secrets.key"),
            ],
            vec!["# keys \"KEY\" { account = \"...\" }"],
        ),
        (
            vec![
                keyed_job("a", "", "secrets.KEY"),
                keyed_job("b", "", "secrets.LIVE_KEY"),
            ],
            vec![
                "# keys \"KEY\" { account = \"...\" }",
                "# keys \"LIVE_KEY\" { account = \"live\" }",
            ],
        ),
        // One environment has one secret of the name.
        (
            vec![keyed_job("a", live, "secrets.KEY")],
            vec!["# keys \"KEY\" { account = \"...\" }"],
        ),
        // Two environments have two.
        (
            vec![
                keyed_job("a", dev, "secrets.KEY"),
                keyed_job("b", live, "secrets.KEY"),
            ],
            vec![
                "# environment \"dev\" { account = \"dev\" }",
                "# environment \"live-eu\" { account = \"live\" }",
            ],
        ),
        (
            vec![keyed_job("a", matrix, "secrets.KEY")],
            vec![
                "# environment \"dev\" { account = \"dev\" }",
                "# environment \"live\" { account = \"live\" }",
            ],
        ),
        (
            vec![
                keyed_job("a", "", "secrets.KEY"),
                keyed_job("b", dev, "secrets.KEY"),
            ],
            vec![
                "# keys \"KEY\" { account = \"...\" }",
                "# environment \"dev\" { account = \"dev\" }",
            ],
        ),
        (
            vec![keyed_job("a", open, "secrets.KEY")],
            vec!["# keys \"KEY\" { account = \"...\" }"],
        ),
        // A step that gets both in a way of its own.
        (
            vec![
                "  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n          aws configure \
                 set aws_access_key_id ${{ secrets.DEPLOY_ID }}\n          aws configure set \
                 aws_secret_access_key ${{ secrets.DEPLOY_SECRET }}\n      - run: terraform apply\n"
                    .to_owned(),
            ],
            vec!["# keys \"DEPLOY_ID\" { account = \"...\" }"],
        ),
        // An id in plain text has no name to ask by.
        (vec![keyed_job("a", "", "'AKIA1111111111111111'")], vec![]),
    ] {
        let text = proposed_beside(WORKFLOW, &workflow(&jobs));
        assert_eq!(lines(&text, &["keys", "environment"]), expected, "{text}");
    }
    let text = proposed_beside(WORKFLOW, &workflow(&[keyed_job("a", "", "secrets.KEY")]));
    has(
        &text,
        "# The account of the user whose static keys jobs have. Known here: dev, live.\n\
         # .github/workflows/tf.yml:7\n# keys \"KEY\"",
    );
}

#[test]
fn whose_a_role_is_is_asked_where_an_expression_names_it() {
    let dev = "    environment: dev\n";
    let live = "    environment: live\n";
    for (jobs, expected) in [
        (
            vec![
                signing_job("a", "", "${{ vars.LIVE_ROLE }}"),
                signing_job("b", "", "${{vars.live_role}}"),
            ],
            vec!["# role \"vars.LIVE_ROLE\" { account = \"live\" }"],
        ),
        (
            vec![signing_job("a", dev, "${{ secrets.ROLE }}")],
            vec!["# role \"secrets.ROLE\" { account = \"...\" }"],
        ),
        (
            vec![
                signing_job("a", dev, "${{ vars.ROLE }}"),
                signing_job("b", live, "${{ vars.ROLE }}"),
            ],
            vec![
                "# environment \"dev\" { account = \"dev\" }",
                "# environment \"live\" { account = \"live\" }",
            ],
        ),
        (
            vec![signing_job(
                "a",
                "    env: {ROLE: '${{ vars.R }}'}\n",
                "${{ env.ROLE }}",
            )],
            vec!["# role \"vars.R\" { account = \"...\" }"],
        ),
        // Its account stands in it, or nobody but the run knows the expression.
        (
            vec![signing_job("a", "", "arn:aws:iam::111111111111:role/x")],
            vec![],
        ),
        (vec![signing_job("a", "", "${{ matrix.role }}")], vec![]),
        (
            vec![signing_job("a", "", "${{ vars[matrix.env] }}")],
            vec![],
        ),
    ] {
        let text = proposed_beside(WORKFLOW, &workflow(&jobs));
        assert_eq!(lines(&text, &["role", "environment"]), expected, "{text}");
    }
}

#[test]
fn whose_a_role_of_a_job_is_matters_where_a_provider_assumes_one() {
    let jobs = workflow(&[signing_job("a", "", "${{ vars.ROLE }}")]);
    let text = proposed(&[("main.tf", "provider \"aws\" {}\n"), (WORKFLOW, &jobs)]);
    assert_eq!(lines(&text, &["role"]), [""; 0]);
    let text = proposed(&[("main.tf", &role("111111111111")), (WORKFLOW, &jobs)]);
    assert_eq!(
        lines(&text, &["role"]),
        ["# role \"vars.ROLE\" { account = \"...\" }"]
    );
}
