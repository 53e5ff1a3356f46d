//! Roles that the plan keeps on purpose.

use serde_json::Value;

use super::{ROLE, found};
use crate::support::checkout::Checkout;

/// Root modules of accounts dev and live beside one more file, audited with these answers: the
/// roles found and those kept, by directory.
fn beside(path: &str, text: &str, answers: &str) -> (String, String) {
    let live = ROLE.replace("111111111111", "222222222222");
    let accounts = "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \
                    \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\n";
    let config = format!("{accounts}{answers}");
    let checkout = Checkout::bare(&[
        ("dev/main.tf", ROLE),
        ("live/main.tf", &live),
        ("docs/README.md", ""),
        ("tfkeyless.hcl", &config),
        (path, text),
    ]);
    let outcome = checkout.run(&["audit", "--verbose"]);
    let directories = |lines: &str, part: &str| {
        let lines = lines.lines().filter(|line| line.contains(part));
        let names = lines.filter_map(|line| line.trim().split_once("/main.tf"));
        names
            .map(|(name, _)| name.to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let found = directories(&outcome.stdout, " assumes a role");
    let kept = directories(&outcome.stderr, " keeps its role: ");
    (found, kept)
}

#[test]
fn a_role_that_another_account_s_runner_needs_is_accepted() {
    for (path, text, answers, found, kept) in [
        // Nobody has said where it acts.
        ("Jenkinsfile", "sh 'terraform apply'\n", "", "dev live", ""),
        (
            "Jenkinsfile",
            "sh 'terraform apply'\n",
            "runner \"Jenkinsfile\" { account = \"shared\" }\n",
            "",
            "dev live",
        ),
        // There the role is of no use.
        (
            "Jenkinsfile",
            "sh 'terraform apply'\n",
            "runner \"Jenkinsfile\" { account = \"dev\" }\n",
            "dev",
            "live",
        ),
        (
            "Jenkinsfile",
            "sh 'terraform -chdir=live apply'\n",
            "runner \"Jenkinsfile\" { account = \"shared\" }\n",
            "dev",
            "live",
        ),
        (
            "Jenkinsfile",
            "sh 'terraform apply'\n",
            "runner \"Jenkinsfile\" { account = \"*\" }\n",
            "dev live",
            "",
        ),
        (
            "Jenkinsfile",
            "sh 'terraform apply'\n",
            "runner \"Jenkinsfile\" { terraform = false }\n",
            "dev live",
            "",
        ),
        (
            "atlantis.yaml",
            "version: 3\nprojects:\n- dir: dev\n",
            "runner \"atlantis.yaml\" { account = \"shared\" }\n",
            "live",
            "dev",
        ),
        (
            "deploy.sh",
            "AWS_PROFILE=shared terraform apply\n",
            "",
            "",
            "dev live",
        ),
        (
            "Makefile",
            "apply:\n\tterraform apply\n",
            "",
            "dev live",
            "",
        ),
    ] {
        let expected = (found.to_owned(), kept.to_owned());
        assert_eq!(
            beside(path, text, answers),
            expected,
            "{path} {text} {answers}"
        );
    }
}

#[test]
fn a_role_is_accepted_by_its_own_account_and_with_its_reason() {
    let alias = ROLE.replace("{\n  assume", "{\n  alias = \"logs\"\n  assume");
    let alias = alias.replace("111111111111", "${var.id}");
    let files = [
        ("main.tf", &*format!("{ROLE}{alias}")),
        (
            "variables.tf",
            "variable \"id\" {\n  default = \"222222222222\"\n}\n",
        ),
        ("Jenkinsfile", "sh 'terraform apply'\n"),
        (
            "tfkeyless.hcl",
            "account \"dev\" { id = \"111111111111\" }\nrunner \"Jenkinsfile\" { account = \"dev\" }\n",
        ),
    ];
    let checkout = Checkout::bare(&files);
    let audit = checkout.run(&["audit", "--verbose"]).code(1);
    let own = "main.tf:2:3: error[remove_assume_role]: provider \"aws\" assumes a role";
    assert_eq!(found(&audit), [own]);
    audit.says(
        "Kept on purpose\n  main.tf:8 provider \"aws.logs\" keeps its role: Jenkins (Jenkinsfile:1) \
         runs it with credentials of 111111111111 (dev)\n",
    );
    let brief = checkout.run(&["audit"]).code(1);
    let brief = brief.says("Kept on purpose: 1 role (--verbose lists them)\n");
    assert!(!brief.stderr.contains("aws.logs"));
    let json = checkout.run(&["audit", "--format", "json"]).code(1).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    let skipped = json["skipped"].as_array().unwrap();
    assert!(
        skipped
            .iter()
            .any(|it| it["line"] == 8 && it["file"] == "main.tf")
    );
}

#[test]
fn a_comment_on_a_role_that_is_kept_anyway_has_its_use() {
    let commented = ROLE.replace(
        "  assume",
        "  # tfkeyless: ignore[remove_assume_role] hub\n  assume",
    );
    let checkout = Checkout::bare(&[
        ("main.tf", &commented),
        ("Jenkinsfile", "sh 'terraform apply'\n"),
        (
            "tfkeyless.hcl",
            "account \"hub\" { id = \"333333333333\" }\nrunner \"Jenkinsfile\" { account = \"hub\" }\n",
        ),
    ]);
    checkout.run(&["audit"]).code(0).says("Nothing found.");
}

/// A workflow of one job with these lines, which runs Terraform in a directory.
fn job(lines: &str, directory: &str) -> String {
    format!(
        "on: push\njobs:\n  apply:\n    runs-on: ubuntu-latest\n    permissions: {{id-token: write, \
         contents: read}}\n    steps:\n{lines}      - run: terraform apply\n        \
         working-directory: {directory}\n"
    )
}

/// The step that signs in to a role by OIDC.
fn sign_in(role: &str) -> String {
    format!(
        "      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          \
         role-to-assume: {role}\n          aws-region: eu-west-1\n"
    )
}

#[test]
fn a_role_that_a_signed_in_job_of_another_account_needs_is_accepted() {
    let keys = "      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          \
                aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          \
                aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          \
                aws-region: eu-west-1\n";
    let hub = sign_in("arn:aws:iam::333333333333:role/ci");
    let variable = sign_in("${{ vars.ROLE }}");
    for (lines, directory, answers, found, kept) in [
        // By OIDC in the hub, from which roles lead on.
        (hub.as_str(), "dev", "", "live", "dev"),
        (&hub, "live", "", "dev", "live"),
        (&hub, "${{ github.ref_name }}", "", "", "dev live"),
        // In the account of the role, which is of no use.
        (
            &sign_in("arn:aws:iam::111111111111:role/ci"),
            "dev",
            "",
            "dev live",
            "",
        ),
        // By an expression: nobody knows, until the configuration tells.
        (&variable, "dev", "", "live", "dev"),
        (
            &variable,
            "dev",
            "role \"vars.ROLE\" { account = \"dev\" }\n",
            "dev live",
            "",
        ),
        (
            &variable,
            "dev",
            "role \"vars.ROLE\" { account = \"shared\" }\n",
            "live",
            "dev",
        ),
        // One sign-in for two accounts.
        (
            &format!("{variable}      - run: terraform -chdir=dev apply\n"),
            "live",
            "",
            "",
            "dev live",
        ),
        // On static keys: the job is to be migrated first.
        (keys, "dev", "", "dev live", ""),
        (&format!("{keys}{hub}"), "dev", "", "dev live", ""),
        // Without Terraform no root module has to do with it.
        (&hub, "docs", "", "dev live", ""),
    ] {
        let workflow = job(lines, directory);
        let expected = (found.to_owned(), kept.to_owned());
        let is = beside(".github/workflows/tf.yml", &workflow, answers);
        assert_eq!(is, expected, "{workflow} {answers}");
    }
}

#[test]
fn after_jobs_sign_in_as_their_keys_did_the_audit_is_green() {
    let keys = "      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          \
                aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          \
                aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          \
                aws-region: eu-west-1\n      - run: terraform -chdir=dev apply\n      - run: aws s3 \
                sync . s3://artifacts\n";
    let live = ROLE.replace("111111111111", "222222222222");
    let checkout = Checkout::bare(&[
        ("dev/main.tf", ROLE),
        ("live/main.tf", &live),
        (".github/workflows/tf.yml", &job(keys, "live")),
    ]);
    checkout.run(&["audit"]).code(1);
    checkout.run(&["apply", "--yes", "--allow-dirty"]).code(0);
    assert_eq!(checkout.read("dev/main.tf"), ROLE);
    let audit = checkout.run(&["audit", "--verbose"]).code(0);
    audit.says(
        "Kept on purpose\n  dev/main.tf:2 provider \"aws\" keeps its role: job apply \
         (.github/workflows/tf.yml:7), which runs it, also",
    );
}

#[test]
fn a_job_needs_no_role_in_its_own_account() {
    let alias = ROLE.replace("{\n  assume", "{\n  alias = \"hub\"\n  assume");
    let alias = alias.replace("111111111111", "333333333333");
    let hub = sign_in("arn:aws:iam::333333333333:role/ci");
    let checkout = Checkout::bare(&[
        ("dev/main.tf", &format!("{ROLE}{alias}")),
        (".github/workflows/tf.yml", &job(&hub, "dev")),
    ]);
    let audit = checkout.run(&["audit", "--verbose"]).code(1);
    let own = "dev/main.tf:8:3: error[remove_assume_role]: provider \"aws.hub\" assumes a role";
    assert_eq!(found(&audit), [own]);
    audit.says("dev/main.tf:2 provider \"aws\" keeps its role: job apply");
}
