//! `tfkeyless init`: what it proposes for repositories of several shapes.

use crate::support::checkout::Checkout;
use engine::settings::Settings;

/// What `init` writes for these files, which `plan` then takes.
fn proposed(files: &[(&str, &str)]) -> String {
    let checkout = Checkout::bare(files);
    checkout
        .run(&["init"])
        .code(0)
        .says("Written: tfkeyless.hcl");
    checkout.run(&["plan"]).code(0);
    checkout.read("tfkeyless.hcl")
}

fn settings(text: &str) -> Settings {
    engine::settings::Settings::parse(text, transforms::CATALOGUE).unwrap()
}

/// Labels and ids of the accounts that are not commented out.
fn accounts(text: &str) -> Vec<(String, String)> {
    let accounts = settings(text).accounts.into_iter();
    accounts
        .map(|account| (account.label, account.id))
        .collect()
}

/// The accounts as pairs of strings.
fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = expected.iter();
    pairs
        .map(|(label, id)| ((*label).to_owned(), (*id).to_owned()))
        .collect()
}

#[track_caller]
fn has(text: &str, part: &str) {
    assert!(text.contains(part), "{part:?} is not in:\n{text}");
}

#[track_caller]
fn has_not(text: &str, part: &str) {
    assert!(!text.contains(part), "{part:?} is in:\n{text}");
}

fn role(id: &str) -> String {
    format!(
        "provider \"aws\" {{\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/tf\"\n  }}\n}}\n"
    )
}

fn backend(settings: &str) -> String {
    format!("terraform {{\n  backend \"s3\" {{\n    key = \"k\"\n{settings}  }}\n}}\n")
}

#[test]
fn the_example_gets_all_but_what_only_its_owner_knows() {
    let checkout = Checkout::of_example("legacy-stack");
    std::fs::remove_file(checkout.path().join("tfkeyless.hcl")).unwrap();
    let said = checkout.run(&["init", "dev"]).code(0);
    assert_eq!(said.stdout, "");
    let text = checkout.read("tfkeyless.hcl");
    assert_eq!(
        accounts(&text),
        pairs(&[
            ("dev", "111111111111"),
            ("dns", "333333333333"),
            ("live", "222222222222"),
        ])
    );
    has(
        &text,
        "#   bucket your-org-tf-states: dev/main.tf:11, live/main.tf:11\n# 2 backends wait for it.\n# state_profile = \"...\"\n",
    );
    has(
        &text,
        "# module_source \"your-org-tf-modules\" {\n#   repository = \"github.com/ORG/REPO\"\n#   ref        = \"v{version}\"\n# }\n",
    );
    has(&text, "# sso {\n");
    has(
        &text,
        "#   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: .github/workflows/terraform.yml:14\n",
    );
    has(&text, "#   default_token = \"unknown\"\n");
    has(
        &text,
        "1 job on keys has no `permissions:` (.github/workflows/terraform.yml:8)",
    );
    has(
        &text,
        "#   AWS provider ~> 4.20, ~> 4.67 (2 times)\n#   VPC module 3.18.1 (2 times)\n",
    );
    has(
        &text,
        "#   aws_provider = \"~> 5.0\"\n#   module \"terraform-aws-modules/vpc/aws\" { version = \"5.16.0\" }\n",
    );
    let said = said.says("the state bucket your-org-tf-states, 3 accounts, 2 key secrets in workflows, 1 module bucket");
    let state = text
        .lines()
        .position(|line| line.contains("state_profile"))
        .unwrap()
        + 1;
    said.says(&format!(
        "tfkeyless.hcl:{state}  state_profile: 2 backends wait for it"
    ))
    .says("module_source \"your-org-tf-modules\": 4 modules wait for it");
}

#[test]
fn filling_in_the_lines_answers_what_plan_asks_for() {
    let checkout = Checkout::of_example("legacy-stack");
    std::fs::remove_file(checkout.path().join("tfkeyless.hcl")).unwrap();
    checkout.run(&["plan"]).code(0).says("set `state_profile");
    checkout.run(&["init"]).code(0);
    let text = checkout.read("tfkeyless.hcl");
    let filled = text
        .replace("# state_profile = \"...\"", "state_profile = \"dns\"")
        .replace("# module_source", "module_source")
        .replace("#   repository", "  repository")
        .replace("#   ref ", "  ref ")
        .replace("version}\"\n# }", "version}\"\n}");
    checkout.write("tfkeyless.hcl", &filled);
    let said = checkout.run(&["plan"]).code(0);
    has_not(&said.stderr, "in tfkeyless.hcl");
    has(&said.stdout, "+    profile        = \"dns\"");
}

#[test]
fn a_configuration_that_is_there_stays() {
    let checkout = Checkout::bare(&[("tfkeyless.hcl", "# mine\n"), ("a/main.tf", "")]);
    checkout
        .run(&["init", "a"])
        .code(2)
        .says("tfkeyless.hcl is there already: edit it, or see with `tfkeyless init --print` what");
    assert_eq!(checkout.read("tfkeyless.hcl"), "# mine\n");
    let printed = checkout.run(&["init", "--print"]).code(0).stdout;
    has(&printed, "# Proposed by `tfkeyless init`.");
    assert_eq!(checkout.read("tfkeyless.hcl"), "# mine\n");
    let checkout = Checkout::bare(&[]);
    std::os::unix::fs::symlink("gone", checkout.path().join("tfkeyless.hcl")).unwrap();
    checkout.run(&["init"]).code(2).says("is there already");
}

#[test]
fn what_does_not_close_is_told_as_plan_tells_it_and_nothing_is_written() {
    let checkout = Checkout::bare(&[("main.tf", "provider \"aws\" {\n")]);
    checkout
        .run(&["init"])
        .code(2)
        .says("main.tf:1:16: `{` is never closed");
    assert!(!checkout.path().join("tfkeyless.hcl").exists());
}

#[test]
fn labels_are_what_the_repository_calls_the_accounts() {
    let text = proposed(&[
        ("live/prod/main.tf", &role("111111111111")),
        (
            "dns.tf",
            &role("222222222222").replace("{\n  assume", "{\n  alias = \"dns\"\n  assume"),
        ),
        ("x/main.tf", &role("${var.audit_account_id}")),
        (
            "x/variables.tf",
            "variable \"audit_account_id\" {\n  default = \"333333333333\"\n}\n",
        ),
        ("y/main.tf", &role("${local.accounts[terraform.workspace]}")),
        (
            "y/locals.tf",
            "locals {\n  accounts = {\n    stage = \"444444444444\"\n    qa    = 555555555555\n  }\n}\n",
        ),
        ("z/main.tf", &role("666666666666")),
        (
            "v/main.tf",
            "provider \"aws\" {\n  profile             = \"acme-ops\"\n  allowed_account_ids = [\"777777777777\"]\n}\n",
        ),
    ]);
    assert_eq!(
        accounts(&text),
        pairs(&[
            ("acme-ops", "777777777777"),
            ("audit", "333333333333"),
            ("dns", "222222222222"),
            ("prod", "111111111111"),
            ("qa", "555555555555"),
            ("stage", "444444444444"),
        ])
    );
    has(&text, "# live/prod/main.tf:3\naccount \"prod\"");
    has(&text, "# x/main.tf:2, x/variables.tf:2\naccount \"audit\"");
    has(
        &text,
        "# z/main.tf:3\n# Its profile: no one name stands for it here.\n# account \"...\" { id = \"666666666666\" }\n",
    );
}

#[test]
fn two_accounts_of_one_name_are_left_to_the_user() {
    let text = proposed(&[
        ("a/prod/main.tf", &role("111111111111")),
        ("b/prod/main.tf", &role("222222222222")),
    ]);
    assert_eq!(accounts(&text), []);
    has(&text, "# account \"...\" { id = \"111111111111\" }");
    has(&text, "# account \"...\" { id = \"222222222222\" }");
}

#[test]
fn an_id_counts_where_somebody_acts_and_nowhere_else() {
    let text = proposed(&[
        (
            "main.tf",
            "provider \"aws\" {}\n\
             resource \"aws_iam_role\" \"r\" {\n  assume_role_policy = \"arn:aws:iam::111111111111:role/x\"\n}\n\
             data \"aws_ami\" \"a\" {\n  owners = [\"222222222222\"]\n}\n\
             variable \"elb_account_id\" {\n  default = \"333333333333\"\n}\n\
             variable \"datadog_account_id\" {\n  default = \"464622532012\"\n}\n\
             variable \"ubuntu_account_id\" {\n  default = \"099720109477\"\n}\n\
             variable \"build\" {\n  default = \"444444444444\"\n}\n\
             variable \"ops_account_id\" {\n  default = \"555555555555\"\n}\n",
        ),
        ("b/main.tf", &role("000000000000")),
        ("dev/main.tf", &role("123456789012")),
    ]);
    assert_eq!(accounts(&text), []);
    for id in [
        "111111111111",
        "222222222222",
        "333333333333",
        "444444444444",
        "464622532012",
        "099720109477",
        "000000000000",
    ] {
        has_not(&text, id);
    }
    has(
        &text,
        "# main.tf:21\n# Held by ops_account_id; no provider, backend or job is seen to act there. If one does:\n# account \"ops\" { id = \"555555555555\" }\n",
    );
    has(
        &text,
        "# The id is that of AWS's examples.\n# account \"dev\" { id = \"123456789012\" }\n",
    );
}

#[test]
fn a_profile_that_all_backends_have_is_that_of_the_state() {
    let one = backend("    bucket = \"b\"\n    profile = \"shared\"\n");
    let text = proposed(&[("a/main.tf", &one), ("b/main.tf", &one)]);
    assert_eq!(settings(&text).state_profile.as_deref(), Some("shared"));
    has(
        &text,
        "bucket b, profile shared: a/main.tf:2, b/main.tf:2\nstate_profile = \"shared\"\n",
    );
    has(
        &text,
        "# The profile is named at a/main.tf:5, b/main.tf:5; its account:\n# account \"shared\" { id = \"...\" }\n",
    );
    // A backend of the same bucket gets it, one of another does not.
    let bare = backend("    bucket = \"b\"\n");
    let text = proposed(&[("a/main.tf", &one), ("b/main.tf", &bare)]);
    assert_eq!(settings(&text).state_profile.as_deref(), Some("shared"));
    let other = backend("    bucket = \"c\"\n");
    let text = proposed(&[("a/main.tf", &one), ("b/main.tf", &other)]);
    assert_eq!(settings(&text).state_profile, None);
    assert_eq!(settings(&text).state_buckets["b"], "shared");
    has(
        &text,
        "# 1 backend waits for it.\n# state_profile = \"...\"\n\nstate_bucket \"b\"",
    );
    has(&text, "# state_bucket \"c\" { profile = \"...\" }\n");
    // Nor one whose bucket is not known.
    let open = backend("");
    let text = proposed(&[("a/main.tf", &one), ("b/main.tf", &open)]);
    assert_eq!(settings(&text).state_profile, None);
    has(&text, "a bucket that no string names: b/main.tf:2");
    let known = backend("    profile = \"shared\"\n");
    let text = proposed(&[("a/main.tf", &known), ("b/main.tf", &open)]);
    assert_eq!(settings(&text).state_profile, None);
    has(
        &text,
        "# 1 backend waits for it.\n# state_profile = \"...\"\n",
    );
    let text = proposed(&[("a/main.tf", &known), ("b/main.tf", &known)]);
    assert_eq!(settings(&text).state_profile.as_deref(), Some("shared"));
}

#[test]
fn buckets_with_profiles_of_their_own_keep_them() {
    let of = |bucket: &str, profile: &str| {
        backend(&format!(
            "    bucket = \"{bucket}\"\n    profile = \"{profile}\"\n"
        ))
    };
    let text = proposed(&[
        ("a/main.tf", &of("b-dev", "dev")),
        ("b/main.tf", &of("b-prod", "prod")),
    ]);
    let settings = settings(&text);
    assert_eq!(settings.state_profile, None);
    assert_eq!(settings.state_buckets["b-dev"], "dev");
    assert_eq!(settings.state_buckets["b-prod"], "prod");
    has_not(&text, "state_profile");
}

#[test]
fn an_account_that_the_backend_names_tells_its_profile_or_hints_at_it() {
    let bound = backend("    bucket = \"b\"\n    allowed_account_ids = [\"111111111111\"]\n");
    let text = proposed(&[
        ("main.tf", &bound),
        ("shared/main.tf", &role("111111111111")),
    ]);
    assert_eq!(settings(&text).state_profile, None);
    let text = proposed(&[("shared/main.tf", &bound)]);
    assert_eq!(settings(&text).state_profile.as_deref(), Some("shared"));
    let named = backend("    bucket = \"tf-111111111111\"\n");
    let text = proposed(&[("a.tf", &named), ("shared/main.tf", &role("111111111111"))]);
    assert_eq!(settings(&text).state_profile, None);
    has(
        &text,
        "# The id of account \"shared\" is in the name of the bucket.\n",
    );
    has(&text, "# state_profile = \"shared\"\n");
}

#[test]
fn files_complete_a_partial_backend() {
    let text = proposed(&[
        ("main.tf", "terraform {\n  backend \"s3\" {}\n}\n"),
        ("env/dev.tfbackend", "bucket = \"b-dev\"\nkey = \"k\"\n"),
        ("env/prod.tfbackend", "bucket = \"b-prod\"\nkey = \"k\"\n"),
    ]);
    has(
        &text,
        "#   bucket b-dev: env/dev.tfbackend:1\n#   bucket b-prod: env/prod.tfbackend:1\n# 2 backends wait for it.\n",
    );
    has_not(&text, "no string names");
}

#[test]
fn terragrunts_files_tell_accounts_and_state() {
    let text = proposed(&[
        (
            "root.hcl",
            "locals {\n  account = read_terragrunt_config(find_in_parent_folders(\"account.hcl\"))\n  id      = local.account.locals.aws_account_id\n}\n\
             generate \"provider\" {\n  path      = \"provider.tf\"\n  if_exists = \"overwrite\"\n  contents  = <<EOF\nprovider \"aws\" {\n  allowed_account_ids = [\"${local.id}\"]\n}\nEOF\n}\n\
             remote_state {\n  backend = \"s3\"\n  config = {\n    bucket = \"tg-state\"\n    key    = \"k\"\n  }\n}\n",
        ),
        (
            "live/one/account.hcl",
            "locals {\n  account_name   = \"core\"\n  aws_account_id = \"111111111111\"\n  aws_profile    = \"acme-core\"\n}\n",
        ),
        (
            "live/pqs/account.hcl",
            "locals {\n  aws_account_id = \"222222222222\"\n}\n",
        ),
        (
            "live/pqs/vpc/terragrunt.hcl",
            "iam_role = \"arn:aws:iam::333333333333:role/x\"\n",
        ),
    ]);
    assert_eq!(
        accounts(&text),
        pairs(&[("acme-core", "111111111111"), ("pqs", "222222222222")])
    );
    has(&text, "# live/pqs/vpc/terragrunt.hcl:1\n# Its profile");
    has(&text, "#   bucket tg-state: root.hcl:");
}

#[test]
fn workflows_tell_accounts_profiles_and_keys() {
    let text = proposed(&[
        ("main.tf", "provider \"aws\" {}\n"),
        (
            ".github/workflows/a.yml",
            "on: push\nenv:\n  ACCOUNT: \"222222222222\"\njobs:\n\
             \x20 plan:\n    runs-on: ubuntu-latest\n    environment: staging\n    steps:\n\
             \x20     - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          role-to-assume: arn:aws:iam::111111111111:role/ci\n          aws-region: eu-west-1\n\
             \x20 prod:\n    runs-on: ubuntu-latest\n    steps:\n\
             \x20     - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          role-to-assume: arn:aws:iam::${{ env.ACCOUNT }}:role/ci\n          aws-region: eu-west-1\n\
             \x20 old:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: read\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.OLD_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.OLD_SECRET }}\n    steps:\n      - run: terraform init\n",
        ),
        (
            "Makefile",
            "x:\n\taws configure set aws_access_key_id AKIA1111111111111111\n",
        ),
    ]);
    assert_eq!(
        accounts(&text),
        pairs(&[("prod", "222222222222"), ("staging", "111111111111")])
    );
    has(&text, "# .github/workflows/a.yml:11\naccount \"staging\"");
    has(
        &text,
        "#   OLD_ID, OLD_SECRET: .github/workflows/a.yml:25\n",
    );
    has(
        &text,
        "Static keys in other CI, for you to change: Makefile:2\n",
    );
    has_not(&text, "on keys has no");
    has_not(&text, "AKIA");
}

#[test]
fn names_from_files_break_no_line_and_no_string() {
    let text = proposed(&[
        (
            "a\nb\u{202e}/main.tf",
            &backend("    bucket = \"x\\\" y\"\n    profile = \"p\\\"q\"\n"),
        ),
        (
            "m.tf",
            "module \"m\" {\n  source = \"s3::/b${x}/k-1.0.0.zip\"\n}\n",
        ),
        (
            "n.tf",
            "module \"n\" {\n  source = \"s3::/b c/k-1.0.0.zip\"\n}\n",
        ),
    ]);
    has(&text, "a\\nb\\u{202e}/main.tf:2");
    has(&text, "# module_source \"...\" {\n");
    assert!(settings(&text).state_buckets.is_empty());
}

#[test]
fn a_repository_without_aws_gets_an_empty_configuration() {
    let checkout = Checkout::bare(&[("main.tf", "provider \"google\" {}\n")]);
    checkout
        .run(&["init"])
        .code(0)
        .says("Found: nothing of AWS.");
    let text = checkout.read("tfkeyless.hcl");
    assert!(text.lines().all(|line| line.starts_with('#')), "{text}");
    has_not(&text, "sso");
}

#[test]
fn nothing_is_read_of_repositories_inside() {
    let text = proposed(&[
        ("main.tf", "provider \"aws\" {}\n"),
        ("inner/.git", "gitdir: x\n"),
        ("inner/main.tf", &role("111111111111")),
        (".hidden/main.tf", &role("222222222222")),
    ]);
    has_not(&text, "111111111111");
    has_not(&text, "222222222222");
}

#[test]
fn what_is_printed_is_what_would_be_written() {
    let checkout = Checkout::bare(&[("dev/main.tf", &role("111111111111"))]);
    let printed = checkout.run(&["init", "--print"]).code(0).stdout;
    assert!(!checkout.path().join("tfkeyless.hcl").exists());
    checkout.run(&["init"]).code(0);
    assert_eq!(printed, checkout.read("tfkeyless.hcl"));
}

/// A workflow of these jobs, each on a line of its own.
fn workflow(jobs: &[String]) -> String {
    format!("on: push\njobs:\n{}", jobs.concat())
}

/// A job on the static keys with this access key id.
fn keyed_job(id: &str, environment: &str, key: &str) -> String {
    format!(
        "  {id}:\n    runs-on: ubuntu-latest\n    permissions: {{contents: read}}\n{environment}    \
         env:\n      AWS_ACCESS_KEY_ID: ${{{{ {key} }}}}\n      \
         AWS_SECRET_ACCESS_KEY: ${{{{ secrets.SECRET }}}}\n    steps:\n      - run: terraform apply\n"
    )
}

/// A job that signs in by OIDC to this role.
fn signing_job(id: &str, environment: &str, role: &str) -> String {
    format!(
        "  {id}:\n    runs-on: ubuntu-latest\n    permissions: {{id-token: write}}\n{environment}    \
         steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          \
         role-to-assume: {role}\n          aws-region: eu-west-1\n      - run: terraform apply\n"
    )
}

/// What is proposed for a repository of accounts dev and live, and one more file.
fn proposed_beside(path: &str, text: &str) -> String {
    proposed(&[
        ("dev/main.tf", &role("111111111111")),
        ("live/main.tf", &role("222222222222")),
        (path, text),
    ])
}

/// The lines of these kinds of blocks, as written.
fn lines<'t>(text: &'t str, kinds: &[&str]) -> Vec<&'t str> {
    let lines = text.lines().filter(|line| {
        let line = line.trim_start_matches("# ");
        kinds
            .iter()
            .any(|kind| line.starts_with(&format!("{kind} \"")))
    });
    lines.collect()
}

const WORKFLOW: &str = ".github/workflows/tf.yml";

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

#[test]
fn each_runner_beside_laptops_and_jobs_is_asked_about() {
    for (path, text, expected) in [
        (
            "ci/Jenkinsfile",
            "sh 'terraform apply'\n",
            vec![
                "# Jenkins runs Terraform: ci/Jenkinsfile:1",
                "# runner \"ci/Jenkinsfile\" { account = \"...\" }",
            ],
        ),
        (
            ".gitlab-ci.yml",
            "include:\n  - template: Terraform.gitlab-ci.yml\n",
            vec!["# runner \".gitlab-ci.yml\" { account = \"...\" }"],
        ),
        ("Jenkinsfile", "sh 'terraform fmt -check'\n", vec![]),
        ("Makefile", "apply:\n\tterraform apply\n", vec![]),
        (
            "Makefile",
            "apply:\n\tAWS_PROFILE=dev terraform apply\n",
            vec![],
        ),
        (
            "Makefile",
            "apply:\n\tAWS_PROFILE=ops terraform apply\n",
            vec!["# runner \"Makefile\" { account = \"...\" }"],
        ),
    ] {
        let proposal = proposed_beside(path, text);
        for line in &expected {
            has(&proposal, line);
        }
        let asked = usize::from(!expected.is_empty());
        assert_eq!(lines(&proposal, &["runner"]).len(), asked, "{proposal}");
    }
    has(
        &proposed_beside("Makefile", "apply:\n\tAWS_PROFILE=ops terraform apply\n"),
        "# The Makefile runs Terraform: Makefile:2\n",
    );
    let workspace = "terraform {\n  cloud {}\n}\n";
    let text = proposed(&[
        ("a/main.tf", &role("111111111111")),
        ("a/cloud.tf", workspace),
        ("b/cloud.tf", workspace),
        ("c/cloud.tf", workspace),
    ]);
    assert_eq!(
        lines(&text, &["runner"]),
        ["# runner \"**/cloud.tf\" { account = \"...\" }"]
    );
    has(
        &text,
        "# HCP Terraform runs Terraform: a/cloud.tf:2, b/cloud.tf:2 and 1 more\n",
    );
    let none = proposed(&[
        ("Jenkinsfile", "sh 'terraform apply'\n"),
        ("main.tf", "provider \"google\" {}\n"),
    ]);
    assert_eq!(lines(&none, &["runner"]), [""; 0]);
}

/// A repository about which everything is asked.
fn asked() -> String {
    let jobs = [
        keyed_job("a", "", "secrets.KEY"),
        keyed_job("b", "    environment: dev\n", "secrets.KEY"),
        keyed_job("c", "", "secrets.OTHER"),
        signing_job("d", "", "${{ vars.ROLE }}"),
    ];
    proposed(&[
        ("dev/main.tf", &role("111111111111")),
        ("x/main.tf", &role("222222222222")),
        ("y/main.tf", &backend("    bucket = \"b\"\n")),
        (
            "z/main.tf",
            &backend("    bucket = \"c\"\n    profile = \"ops\"\n"),
        ),
        (
            "m.tf",
            "module \"m\" {\n  source = \"s3::https://s3.amazonaws.com/b/k-1.0.0.zip\"\n}\n",
        ),
        ("Jenkinsfile", "sh 'terraform apply'\n"),
        (WORKFLOW, &workflow(&jobs)),
    ])
}

#[test]
fn questions_are_asked_in_the_order_in_which_answers_lead_on() {
    let text = asked();
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
    let order = [
        "#   role          = \"arn:",
        "# keys \"KEY\"",
        "# keys \"OTHER\"",
        "# environment \"dev\"",
        "# runner \"Jenkinsfile\"",
        "# role \"vars.ROLE\"",
        "# Does anything else apply these root modules",
        "# sso {",
    ];
    assert!(order.map(at).is_sorted(), "{text}");
    // Where no role goes, nothing else may lose one.
    let plain = proposed(&[("main.tf", "provider \"aws\" {}\n")]);
    has_not(&plain, "anything else");
}

#[test]
fn every_line_to_fill_in_is_read_once_it_is_filled_in() {
    const BLOCKS: [&str; 13] = [
        "account \"",
        "ci {",
        "environment \"",
        "job \"",
        "keys \"",
        "module_source \"",
        "role \"",
        "runner \"",
        "sso {",
        "state_bucket \"",
        "state_profile =",
        "transform \"",
        "upgrade {",
    ];
    let text = asked();
    let mut filled = String::new();
    let (mut depth, mut count) = (0, 0);
    for line in text.lines() {
        let plain = line.strip_prefix("# ").unwrap_or(line);
        if depth == 0 && !BLOCKS.iter().any(|start| plain.starts_with(start)) {
            continue;
        }
        count += 1;
        let braces = |brace| plain.matches(brace).count();
        depth += braces('{') - plain.matches("{id}").count() - plain.matches("{version}").count();
        depth -= braces('}') - plain.matches("{id}").count() - plain.matches("{version}").count();
        let plain = plain
            .replace("id = \"...\"", "id = \"333333333333\"")
            .replace("account \"...\"", "account \"filled\"")
            .replace("\"...\"", "\"dev\"");
        filled += &(plain + "\n");
    }
    assert!(count > 20, "{text}");
    let read = engine::settings::Settings::parse(&filled, transforms::CATALOGUE);
    let read = read.unwrap_or_else(|error| panic!("{error}: {filled}"));
    assert_eq!(
        (read.keys.len(), read.environments.len(), read.roles.len()),
        (2, 1, 1)
    );
    assert_eq!((read.runners.len(), read.accounts.len()), (1, 3));
    assert_eq!(read.ci.role.to_string(), "arn:aws:iam::{id}:role/github-ci");
}

#[test]
fn a_lock_in_the_bucket_is_proposed_where_every_root_module_can_have_it() {
    let job = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: terraform -chdir=live init\n";
    let main = |version: &str| {
        let terraform = backend("    bucket = \"states\"\n");
        terraform.replacen("terraform {\n", &format!("terraform {{\n{version}"), 1)
    };
    let new = main("  required_version = \"~> 1.10\"\n");
    for (other, expected) in [(&new, "lockfile"), (&main(""), "chained_profile")] {
        let text = proposed(&[
            ("live/main.tf", &new),
            ("dev/main.tf", other),
            (".github/workflows/a.yml", job),
        ]);
        has(&text, &format!("state_access  = \"{expected}\""));
        assert_eq!(
            text.contains("they need no profile"),
            expected == "lockfile"
        );
    }
}
