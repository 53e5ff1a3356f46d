//! What `tfkeyless generate` writes for the example, and what it leaves alone.

use std::fs;
use std::process::Command;

use crate::support::checkout::Checkout;

#[test]
fn the_bucket_admits_the_other_accounts() {
    let checkout = Checkout::of_example("legacy-stack");
    let policy = checkout.run(&["generate", "bucket-policy"]).code(0).stdout;
    for wanted in [
        "\"arn:aws:iam::111111111111:root\"",
        "\"arn:aws:iam::222222222222:root\"",
        "\"arn:aws:s3:::your-org-tf-states\"",
        "\"arn:aws:s3:::your-org-tf-states/*\"",
        "\"s3:ListBucket\"",
        "\"s3:DeleteObject\"",
    ] {
        assert!(policy.contains(wanted), "{wanted}: {policy}");
    }
    assert!(!policy.contains("333333333333"), "the owner: {policy}");
    assert!(!policy.contains("PutObjectAcl"), "no acl: {policy}");
}

#[test]
fn roles_are_trusted_for_what_the_workflows_run_on() {
    let checkout = Checkout::of_example("legacy-stack");
    let role = ["generate", "oidc-role", "--repository", "your-org/infra"];
    let module = checkout.run(&role).code(0).stdout;
    assert!(module.contains("\"your-org/infra:ref:refs/heads/main\","));
    assert!(module.contains("attach_admin_policy = false"));
    assert!(module.contains("arn:aws:iam::333333333333:role/terraform-state"));
    let ids = ["--plain", "--owner-id", "1", "--repository-id", "2"];
    let plain = checkout.run(&[&role[..], &ids].concat()).code(0).stdout;
    assert!(plain.contains("\"repo:your-org@1/infra@2:ref:refs/heads/main\","));
    assert!(plain.contains("StringEquals"), "{plain}");
}

const WORLD: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\n";

/// A checkout in which a job with these lines before its steps runs each directory.
fn with_jobs(jobs: &[(&str, &str, &str)], config: &str) -> Checkout {
    let jobs = jobs.iter().map(|(job, directory, head)| {
        format!(
            "  {job}:\n{head}    runs-on: ubuntu-latest\n    permissions:\n      id-token: write\n      contents: read\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          aws-secret-access-key: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n          aws-region: eu-west-1\n      - run: terraform -chdir={directory} init\n      - run: terraform -chdir={directory} apply\n"
        )
    });
    let ci = format!(
        "on: [push, pull_request]\njobs:\n{}",
        jobs.collect::<String>()
    );
    let root = |id: &str| {
        format!(
            "terraform {{\n  backend \"s3\" {{\n    bucket = \"b\"\n    key    = \"k\"\n    region = \"eu-west-1\"\n  }}\n}}\nprovider \"aws\" {{\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
        )
    };
    let by_name = format!(
        "variable \"id\" {{\n  default = \"222222222222\"\n}}\n{}",
        root("${var.id}")
    );
    Checkout::committed(&[
        ("tfkeyless.hcl", &format!("{WORLD}{config}")),
        ("dev/main.tf", &root("111111111111")),
        ("live/main.tf", &by_name),
        ("base/main.tf", "provider \"aws\" {}\n"),
        (".github/workflows/ci.yml", &ci),
    ])
}

/// What `generate oidc-role` writes, a section for each account: its first line, the name of its
/// role, the subjects that it trusts.
fn sections(checkout: &Checkout) -> Vec<(String, String, Vec<String>)> {
    let role = ["generate", "oidc-role", "--plain", "--repository", "o/r"];
    let text = checkout.run(&role).code(0).stdout;
    let mut found: Vec<(String, String, Vec<String>)> = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if let Some(place) = line.strip_prefix("# For ") {
            let place = place.split('.').next().unwrap();
            found.push((place.to_owned(), String::new(), Vec::new()));
        } else if let Some(section) = found.last_mut() {
            if let Some(subject) = line.strip_prefix("\"repo:o/r:") {
                section.2.push(subject.trim_end_matches("\",").to_owned());
            } else if line.starts_with("name  ") && section.1.is_empty() {
                section.1 += line.split('"').nth(1).unwrap();
            }
        }
    }
    found
}

#[test]
fn every_account_has_a_section_with_the_subjects_of_its_jobs() {
    let live = "    environment: live\n";
    let main = "    if: github.ref == 'refs/heads/main' && github.event_name == 'push'\n";
    let jobs = [("dev", "dev", main), ("live", "live", live)];
    let section = |place: &str, role: &str, subjects: &[&str]| {
        let subjects = subjects.iter().map(|it| (*it).to_owned());
        (
            place.to_owned(),
            role.to_owned(),
            subjects.collect::<Vec<_>>(),
        )
    };
    // The account of `live` is known by a variable alone.
    assert_eq!(
        sections(&with_jobs(&jobs, "")),
        [
            section(
                "account 111111111111 (dev)",
                "github-ci",
                &["ref:refs/heads/main"]
            ),
            section(
                "account 222222222222 (live)",
                "github-ci",
                &["environment:live"]
            ),
        ]
    );
    let roles = "ci {\n  role = \"arn:aws:iam::{id}:role/deploy\"\n}\n";
    assert_eq!(
        sections(&with_jobs(&jobs[1..], roles)),
        [section(
            "each account that jobs work in",
            "deploy",
            &["environment:live"]
        )]
    );
    // One whose account nobody knows.
    let sync = [("dev", "dev", main), ("base", "base", "")];
    assert_eq!(
        sections(&with_jobs(&sync, "")),
        [
            section(
                "the account of the keys AWS_ACCESS_KEY_ID",
                "github-ci",
                &["pull_request", "ref:refs/heads/*", "ref:refs/tags/*"]
            ),
            section(
                "account 111111111111 (dev)",
                "github-ci",
                &["ref:refs/heads/main"]
            ),
        ]
    );
}

#[test]
fn the_state_role_trusts_the_jobs_that_reach_the_state() {
    let roles = "ci {\n  role = \"arn:aws:iam::{id}:role/deploy\"\n}\nkeys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\n";
    let trusted = |jobs: &[(&str, &str, &str)]| {
        let text = with_jobs(jobs, roles).run(&["generate", "state-role"]);
        let text = text.code(0).stdout;
        let ids = ["111111111111", "222222222222", "333333333333"].into_iter();
        let trusted = ids.filter(|id| {
            let is_root = text.contains(&format!("\"arn:aws:iam::{id}:root\",\n"));
            let role = format!("\"arn:aws:iam::{id}:role/deploy\",\n");
            assert_eq!(text.contains(&role), is_root, "{text}");
            is_root
        });
        trusted.collect::<Vec<_>>()
    };
    let (dev, live, base) = (
        ("dev", "dev", ""),
        ("live", "live", ""),
        ("base", "base", ""),
    );
    // A job of a root module without state reaches none.
    assert_eq!(trusted(&[dev, base]), ["111111111111"]);
    assert_eq!(trusted(&[dev, live]), ["111111111111", "222222222222"]);
    // Where no job runs one, each account may.
    assert_eq!(
        trusted(&[base]),
        ["111111111111", "222222222222", "333333333333"]
    );
}

#[test]
fn a_role_in_china_is_trusted_for_its_own_audience() {
    let checkout = Checkout::of_example("legacy-stack");
    for root in ["dev/main.tf", "live/main.tf"] {
        let text = checkout.read(root).replace("us-east-1", "cn-north-1");
        checkout.write(root, &text);
    }
    let role = ["generate", "oidc-role", "--repository", "your-org/infra"];
    let refused = checkout.run(&role);
    refused
        .code(2)
        .says("does not take the audience sts.amazonaws.com.cn: use --plain");
    let plain = checkout.run(&[&role[..], &["--plain"]].concat()).code(0);
    assert_eq!(
        plain.stdout.matches("[\"sts.amazonaws.com.cn\"]").count(),
        2
    );
    assert!(!plain.stdout.contains("\"sts.amazonaws.com\""));
    assert!(
        plain
            .stdout
            .contains("arn:aws-cn:iam::333333333333:role/terraform-state")
    );
}

#[test]
fn a_provider_of_the_issuer_that_is_there_is_read_not_created() {
    let url = |url: &str| {
        format!("resource \"aws_iam_openid_connect_provider\" \"gh\" {{\n  url = \"{url}\"\n}}\n")
    };
    let github = url("https://token.actions.githubusercontent.com");
    let module = "module \"oidc\" {\n  source = \"unfunco/oidc-github/aws\"\n}\n".to_owned();
    let data = github.replacen("resource", "data", 1);
    let other = github.replace("url =", "provider = aws.other\n  url =");
    let passed = module.replace("source", "providers = { aws = aws.other }\n  source");
    let of = |id: &str, text: &str| {
        format!(
            "provider \"aws\" {{\n  alias = \"other\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n{text}"
        )
    };
    for (directory, text, is_known) in [
        ("dev", &github, true),
        ("dev", &data, true),
        ("dev", &module, true),
        (
            "dev",
            &url("https://token.actions.githubusercontent.com/"),
            true,
        ),
        // Whose account it is in is not known.
        ("dev", &other, true),
        ("tools", &github, true),
        ("dev", &of("111111111111", &other), true),
        ("live", &of("111111111111", &other), true),
        // Of another issuer, and of another account.
        (
            "dev",
            &url("https://oidc.eks.eu-west-1.amazonaws.com/id/A"),
            false,
        ),
        ("live", &github, false),
        ("dev", &of("222222222222", &other), false),
        ("dev", &of("222222222222", &passed), false),
    ] {
        let checkout = with_jobs(&[("dev", "dev", "")], "");
        checkout.write(&format!("{directory}/oidc.tf"), text);
        let role = ["generate", "oidc-role", "--repository", "o/r"];
        let plain = checkout
            .run(&[&role[..], &["--plain"]].concat())
            .code(0)
            .stdout;
        let kind = if is_known { "data" } else { "resource" };
        let provider = format!("{kind} \"aws_iam_openid_connect_provider\" \"github\" {{\n");
        assert!(plain.contains(&provider), "{directory} {text} {plain}");
        assert_eq!(
            plain.contains(&format!("{directory}/oidc.tf:")),
            is_known,
            "{plain}"
        );
        let module = checkout.run(&role).code(0).stdout;
        assert_eq!(
            module.contains("create_oidc_provider = false"),
            is_known,
            "{module}"
        );
    }
}

#[test]
fn an_issuer_of_ones_own_is_that_of_the_provider_and_of_the_conditions() {
    for issuer in [
        "github.example.org/_services/token",
        "token.actions.githubusercontent.com/example",
    ] {
        let config = format!("ci {{ issuer = \"https://{issuer}\" }}\n");
        let checkout = with_jobs(&[("dev", "dev", "")], &config);
        let role = ["generate", "oidc-role", "--repository", "o/r"];
        checkout.run(&role).code(2).says("use --plain");
        let plain = checkout
            .run(&[&role[..], &["--plain"]].concat())
            .code(0)
            .stdout;
        for wanted in [
            format!("url            = \"https://{issuer}\""),
            format!("variable = \"{issuer}:aud\""),
            format!("variable = \"{issuer}:sub\""),
        ] {
            assert!(plain.contains(&wanted), "{wanted}: {plain}");
        }
    }
    for wrong in [
        "token.actions.githubusercontent.com",
        "https://a.b/",
        "https://a b",
    ] {
        let config = format!("ci {{ issuer = \"{wrong}\" }}\n");
        let refused = with_jobs(&[], &config).run(&["generate", "state-role"]);
        refused.code(2).says("https://HOST/_services/token");
    }
}

/// The path belongs to the ARN that jobs assume.
#[test]
fn a_role_with_a_path_is_made_in_it() {
    let config = "ci {\n  role = \"arn:aws:iam::{id}:role/ci/deep/deploy\"\n  plan_role = \
        \"arn:aws:iam::{id}:role/ci/plan\"\n  state_role = \"arn:aws:iam::333333333333:role/tf/states\"\n}\n";
    let checkout = with_jobs(&[("dev", "dev", ""), ("look", "dev", "")], config);
    let workflow = checkout.read(".github/workflows/ci.yml");
    let (dev, look) = workflow.split_once("  look:").unwrap();
    let look = look.replace("apply", "plan");
    checkout.write(".github/workflows/ci.yml", &format!("{dev}  look:{look}"));
    let run = |arguments: &[&str]| {
        let all = [&["generate"], arguments].concat();
        checkout.run(&all).code(0).stdout
    };
    let oidc = ["oidc-role", "--repository", "o/r"];
    let module = run(&oidc);
    let plain = run(&[&oidc[..], &["--plain"]].concat());
    let state = run(&["state-role"]);
    for (text, wanted) in [
        (
            &module,
            "  iam_role_name       = \"deploy\"\n  iam_role_path       = \"/ci/deep/\"\n",
        ),
        (
            &module,
            "  iam_role_name           = \"plan\"\n  iam_role_path           = \"/ci/\"\n",
        ),
        (
            &plain,
            "  name               = \"deploy\"\n  path               = \"/ci/deep/\"\n",
        ),
        (
            &plain,
            "  name               = \"plan\"\n  path               = \"/ci/\"\n",
        ),
        (
            &state,
            "  name               = \"states\"\n  path               = \"/tf/\"\n",
        ),
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    let without = with_jobs(
        &[("dev", "dev", "")],
        "ci { role = \"arn:aws:iam::{id}:role/deploy\" }\n",
    );
    for more in [vec![], vec!["--plain"]] {
        let all = [&["generate"], &oidc[..], &more].concat();
        let text = without.run(&all).code(0).stdout;
        assert!(!text.contains("path"), "{text}");
    }
}

#[test]
fn a_repository_of_ones_own_github_is_named_by_its_origin() {
    let config = "ci { issuer = \"https://github.example.org/_services/token\" }\n";
    let checkout = with_jobs(&[("dev", "dev", "")], config);
    let origin = |url: &str| {
        checkout.git(&["remote", "remove", "origin"]);
        checkout.git(&["remote", "add", "origin", url]);
    };
    checkout.git(&["remote", "add", "origin", "x"]);
    for url in [
        "git@github.example.org:acme/infra.git",
        "https://github.example.org/acme/infra",
    ] {
        origin(url);
        let text = checkout
            .run(&["generate", "oidc-role", "--plain"])
            .code(0)
            .stdout;
        assert!(text.contains("\"repo:acme/infra:"), "{text}");
    }
    // A mirror on github.com has other tokens.
    origin("git@github.com:acme/infra.git");
    let refused = checkout.run(&["generate", "oidc-role", "--plain"]);
    refused.code(2).says("help: pass --repository OWNER/NAME");
}

#[test]
fn the_role_that_plans_stands_beside_the_one_that_applies() {
    let config = "ci { plan_role = \"arn:aws:iam::{id}:role/plan\" }\n";
    let checkout = with_jobs(&[("dev", "dev", ""), ("look", "dev", "")], config);
    let workflow = checkout.read(".github/workflows/ci.yml");
    let (dev, look) = workflow.split_once("  look:").unwrap();
    let look = look.replace("apply", "plan");
    checkout.write(".github/workflows/ci.yml", &format!("{dev}  look:{look}"));
    let role = ["generate", "oidc-role", "--plain", "--repository", "o/r"];
    let plain = checkout.run(&role).code(0).stdout;
    let provider = "resource \"aws_iam_openid_connect_provider\"";
    assert_eq!(plain.matches(provider).count(), 1, "{plain}");
    for wanted in [
        "resource \"aws_iam_role\" \"github\" {\n  name               = \"github-ci\"",
        "resource \"aws_iam_role\" \"github_plan\" {\n  name               = \"plan\"",
        "\"github_plan_read_only\" {\n  role       = aws_iam_role.github_plan.name\n  policy_arn = \"arn:aws:iam::aws:policy/ReadOnlyAccess\"",
        "resource \"aws_iam_role_policy\" \"github_plan_terraform\"",
    ] {
        assert!(plain.contains(wanted), "{wanted}: {plain}");
    }
    let state = checkout.run(&["generate", "state-role"]).code(0).stdout;
    assert!(
        state.contains("\"arn:aws:iam::111111111111:role/plan\""),
        "{state}"
    );
}

/// What `ReadOnlyAccess` does not read is named above the role that plans, and nowhere else.
#[test]
fn the_role_that_plans_is_told_what_a_plan_reads_beyond_its_policy() {
    let read = |block: &str, body: &str| format!("{block} \"x\" {{\n{body}}}\n");
    let secret = "secretsmanager:GetSecretValue, and kms:Decrypt where its key is one of yours";
    let decrypts = "kms:Decrypt, where it is a SecureString with a key of yours";
    for (block, body, action) in [
        (
            "data \"aws_secretsmanager_secret_version\"",
            "",
            Some(secret),
        ),
        (
            "resource \"aws_secretsmanager_secret_version\"",
            "",
            Some(secret),
        ),
        ("data \"aws_ssm_parameter\"", "", Some(decrypts)),
        (
            "resource \"aws_ssm_parameter\"",
            "  type = \"SecureString\"\n",
            Some(decrypts),
        ),
        ("data \"aws_kms_secrets\"", "", Some("kms:Decrypt")),
        (
            "data \"aws_lambda_invocation\"",
            "",
            Some("lambda:InvokeFunction"),
        ),
        // ReadOnlyAccess reads these.
        (
            "resource \"aws_ssm_parameter\"",
            "  type = \"String\"\n",
            None,
        ),
        (
            "data \"aws_ssm_parameter\"",
            "  with_decryption = false\n",
            None,
        ),
        ("data \"aws_secretsmanager_secret\"", "", None),
        ("resource \"aws_lambda_invocation\"", "", None),
    ] {
        for is_plan in [true, false] {
            let config = match is_plan {
                true => "ci { plan_role = \"arn:aws:iam::{id}:role/plan\" }\n",
                false => "",
            };
            let checkout = with_jobs(&[("dev", "dev", "")], config);
            let workflow = checkout.read(".github/workflows/ci.yml");
            checkout.write(
                ".github/workflows/ci.yml",
                &workflow.replace("apply", "plan"),
            );
            checkout.write("dev/reads.tf", &read(block, body));
            for form in [&["--plain"][..], &[]] {
                let role = ["generate", "oidc-role", "--repository", "o/r"];
                let text = checkout.run(&[&role[..], form].concat()).code(0).stdout;
                let named = text.lines().find(|line| line.contains("(dev/reads.tf:1)"));
                let named = named.and_then(|line| line.split_once("): ")).map(|it| it.1);
                assert_eq!(named, action.filter(|_| is_plan), "{block} {body}: {text}");
            }
        }
    }
}

/// The roles behind the profiles of providers have no name that the repository tells.
#[test]
fn the_accounts_of_profiles_that_jobs_assume_are_named() {
    let root = "locals {\n  account_vars = read_terragrunt_config(find_in_parent_folders(\"account.hcl\"))\n  account_id   = local.account_vars.locals.aws_account_id\n}\n\ngenerate \"provider\" {\n  path      = \"provider.tf\"\n  if_exists = \"overwrite\"\n  contents  = <<EOF\nprovider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::${local.account_id}:role/x\"\n  }\n}\nEOF\n}\n";
    let unit = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n";
    let ci = "on: push\njobs:\n  dev:\n    runs-on: ubuntu-latest\n    permissions:\n      id-token: write\n      contents: read\n    steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          aws-region: eu-west-1\n      - run: terragrunt run-all apply\n";
    let account = |id: &str| format!("locals {{\n  aws_account_id = \"{id}\"\n}}\n");
    let checkout = Checkout::committed(&[
        ("tfkeyless.hcl", WORLD),
        ("root.hcl", root),
        ("dev/account.hcl", &account("111111111111")),
        ("dev/a/terragrunt.hcl", unit),
        ("live/account.hcl", &account("222222222222")),
        ("live/a/terragrunt.hcl", unit),
        (".github/workflows/ci.yml", ci),
    ]);
    let role = ["generate", "oidc-role", "--repository", "o/r"];
    let text = checkout.run(&role).code(0).stdout;
    let (_, named) = text
        .split_once("behind the profiles of providers")
        .expect(&text);
    for id in ["#   111111111111 (dev)\n", "#   222222222222 (live)\n"] {
        assert!(named.contains(id), "{text}");
    }
    let trust = checkout.run(&["generate", "trust"]).code(0).stdout;
    for id in ["111111111111", "222222222222"] {
        let row = format!("arn:aws:iam::{id}:role/x\n");
        assert!(trust.contains(&row), "{trust}");
    }
    assert!(!trust.contains("root \".\""), "{trust}");
}

#[test]
fn keys_of_states_are_named_by_their_arn() {
    let main = |key: &str| {
        format!(
            "terraform {{\n  backend \"s3\" {{\n    bucket     = \"b\"\n    key        = \"k\"\n    region     = \"eu-west-1\"\n    kms_key_id = \"{key}\"\n  }}\n}}\n"
        )
    };
    let own = "arn:aws:kms:eu-west-1:333333333333:key/1-2";
    for (key, resource) in [
        (own, own),
        ("1-2", own),
        ("alias/state", "arn:aws:kms:eu-west-1:333333333333:key/*"),
        (
            "arn:aws:kms:eu-west-1:333333333333:alias/state",
            "arn:aws:kms:eu-west-1:333333333333:key/*",
        ),
    ] {
        let terragrunt = format!(
            "remote_state {{\n  backend = \"s3\"\n  config = {{\n    bucket = \"b\"\n    region = \"eu-west-1\"\n    kms_key_id = \"{key}\"\n  }}\n}}\n"
        );
        for (path, text) in [("main.tf", main(key)), ("root.hcl", terragrunt)] {
            let checkout = Checkout::committed(&[("tfkeyless.hcl", WORLD), (path, &text)]);
            let state = checkout.run(&["generate", "state-role"]).code(0).stdout;
            assert!(
                state.contains(&format!("\"{resource}\",")),
                "{path} {state}"
            );
            assert_eq!(
                state.contains("kms:ResourceAliases"),
                key.contains("alias"),
                "{state}"
            );
            let bucket = checkout.run(&["generate", "bucket-policy"]).code(0);
            assert!(
                bucket.stderr.contains("generate key-policy"),
                "{}",
                bucket.stderr
            );
        }
    }
}

#[test]
fn the_backend_in_ci_takes_the_role_and_no_profile() {
    let checkout = Checkout::of_example("legacy-stack");
    let settings = checkout.run(&["generate", "backend-ci"]).code(0).stdout;
    assert!(settings.contains("profile = null\n"), "{settings}");
    assert!(settings.contains("role_arn = \"arn:aws:iam::333333333333:role/terraform-state\""));
}

#[test]
fn a_merge_adds_what_is_missing_and_touches_nothing_else() {
    let checkout = Checkout::of_example("legacy-stack");
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("config");
    let before = "# mine\r\n[profile dev]\r\nsso_account_id=444444444444\r\n";
    fs::write(&file, before).unwrap();
    let merge = ["generate", "aws-config", "--merge", "--aws-config"];
    let merge = [&merge[..], &[file.to_str().unwrap()]].concat();
    checkout.run(&merge).code(2).says("run with --yes");
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    let merged = checkout.run(&[&merge[..], &["--yes"]].concat()).code(0);
    merged.says("[profile dev] has `444444444444` for sso_account_id");
    let after = fs::read_to_string(&file).unwrap();
    let added = after.strip_prefix(before).expect("every byte stays");
    assert!(added.starts_with("\r\n[profile live]\r\nsso_start_url = "));
    assert!(!added.contains("[profile dev]"));
    assert!(!added.replace("\r\n", "").contains('\n'));
}

#[test]
fn a_file_that_is_there_stays() {
    let checkout = Checkout::of_example("legacy-stack");
    let outside = tempfile::NamedTempFile::new().unwrap();
    let out = outside.path().to_str().unwrap();
    let refused = checkout.run(&["generate", "state-role", "--out", out]);
    refused.code(2).says("is not overwritten");
    assert_eq!(fs::read_to_string(outside.path()).unwrap(), "");
}

#[test]
#[ignore = "needs Terraform"]
fn what_is_generated_is_formatted() {
    let checkout = Checkout::of_example("legacy-stack");
    let outside = tempfile::tempdir().unwrap();
    let kinds: [&[&str]; 4] = [
        &["bucket-policy", "--format", "hcl"],
        &["state-role"],
        &["oidc-role", "--repository", "your-org/infra"],
        &["oidc-role", "--plain", "--repository", "your-org/infra"],
    ];
    for (number, kind) in kinds.iter().enumerate() {
        let text = checkout
            .run(&[&["generate"], *kind].concat())
            .code(0)
            .stdout;
        fs::write(outside.path().join(format!("{number}.tf")), text).unwrap();
    }
    let mut fmt = Command::new("terraform");
    let fmt = fmt.args(["fmt", "-check", "-diff"]).arg(outside.path());
    let checked = fmt.env_remove("TF_CLI_CONFIG_FILE").output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
}
