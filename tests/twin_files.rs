//! `main.tofu` beside `main.tf`: each program reads its own, and a role that they do not agree on stays until review.

use crate::support::checkout::Checkout;

const CONFIG: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\nkeys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\nci { role = \"arn:aws:iam::{id}:role/github-ci\" }\n";

const CI: &str = "on:\n  push:\n    branches: [main]\njobs:\n  apply:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: read\n    steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          aws-region: eu-west-1\n      - run: terraform init\n      - run: terraform apply\n";

fn provider(id: &str) -> String {
    format!(
        "provider \"aws\" {{\n  region = \"eu-west-1\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
    )
}

/// Whether a plan without review removes roles, and whether it gives the job one of `live`.
fn plan(files: &[(&str, &str)]) -> (bool, bool, String) {
    let all = [("tfkeyless.hcl", CONFIG), (".github/workflows/ci.yml", CI)];
    let checkout = Checkout::committed(&[&all[..], files].concat());
    let text = checkout.run(&["plan", "--no-pager"]).code(0).stdout;
    let removes = text.contains("-    role_arn");
    let moves = text.contains("+          role-to-assume: arn:aws:iam::222222222222");
    (removes, moves, text)
}

#[test]
fn a_role_that_the_two_files_do_not_agree_on_needs_review() {
    let (dev, live) = (provider("111111111111"), provider("222222222222"));
    let none = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
    for (terraform, opentofu) in [(&dev, &live), (&live, &dev), (&live, &none.to_owned())] {
        let (removes, moves, text) = plan(&[("main.tf", terraform), ("main.tofu", opentofu)]);
        assert!(!removes && !moves, "{text}");
    }
}

/// A plan with review, applied: the two files.
fn applied(files: &[(&str, &str)]) -> [String; 2] {
    let all = [("tfkeyless.hcl", CONFIG)];
    let checkout = Checkout::committed(&[&all[..], files].concat());
    checkout.run(&["apply", "--yes", "--review"]).code(0);
    ["main.tf", "main.tofu"].map(|file| checkout.read(file))
}

#[test]
fn each_of_the_two_files_gets_what_takes_the_place_of_the_role() {
    let live = provider("222222222222");
    let guard = "allowed_account_ids = [\"222222222222\"]";
    for text in applied(&[("main.tf", &live), ("main.tofu", &live)]) {
        assert!(text.contains(guard) && !text.contains("role_arn"), "{text}");
    }
    // A profile takes the place of the role of another account beside the default one's.
    let dns = live.replacen("{\n", "{\n  alias = \"dns\"\n", 1);
    let both = format!("{}{dns}", provider("111111111111"));
    for text in applied(&[("main.tf", &both), ("main.tofu", &both)]) {
        let (_, dns) = text.split_once("alias").expect("the second provider");
        assert!(
            dns.contains("= \"live\"") && !dns.contains("role_arn"),
            "{text}"
        );
    }
}

#[test]
fn files_that_agree_are_changed_alike() {
    let live = provider("222222222222");
    for files in [
        vec![("main.tf", live.as_str()), ("main.tofu", &live)],
        // Nothing takes the place of this one.
        vec![
            ("main.tf", live.as_str()),
            ("other.tofu", "locals {\n  a = 1\n}\n"),
        ],
        vec![
            ("main.tf", "locals {\n  a = 1\n}\n"),
            ("main.tofu", "locals {\n  a = 2\n}\n"),
            ("providers.tf", &live),
        ],
    ] {
        let (removes, moves, text) = plan(&files);
        assert!(removes && moves, "{text}");
    }
}
