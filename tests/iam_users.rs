//! The user of the static keys: what makes its keys, what publishes them, what names it.

use engine::plan::Plan;
use engine::selection::Selection;

use crate::support::{CONFIG, ROLE_1, Tree};

const USER: &str = "resource \"aws_iam_user\" \"deployment\" {\n  name = \"deployment\"\n}\n";
const KEY: &str =
    "resource \"aws_iam_access_key\" \"deployment\" {\n  user = aws_iam_user.deployment.name\n}\n";
const ARN: &str = "arn:aws:iam::111111111111:user/deployment";

const WORKFLOW: &str = "on: { push: { branches: [main] } }\njobs:\n  plan:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n    steps:\n      - run: terraform init && terraform apply\n";

fn plan(files: &[(&str, &str)]) -> Plan {
    let tree = Tree::new(files.iter().copied());
    tree.plan(CONFIG, Selection::default()).unwrap()
}

/// `FILE:LINE sentence` of what the transform reports.
fn reported(plan: &Plan) -> Vec<String> {
    let findings = plan.findings.iter();
    let own = findings.filter(|it| it.transform == "iam_user");
    own.map(|it| format!("{}:{} {}", it.at.path.display(), it.at.line, it.sentence()))
        .collect()
}

fn beside(text: &str) -> Vec<String> {
    let main = format!("{ROLE_1}{text}");
    reported(&plan(&[("main.tf", &main)]))
}

fn resource(kind: &str, arguments: &str) -> String {
    format!("resource \"{kind}\" \"x\" {{\n  {arguments}\n}}\n")
}

#[test]
fn what_publishes_the_key_is_reported() {
    for (kind, arguments, name) in [
        (
            "github_actions_secret",
            "secret_name = \"S\"\n  plaintext_value = aws_iam_access_key.deployment.secret",
            " as `S`",
        ),
        (
            "github_actions_environment_secret",
            "secret_name = \"S\"\n  plaintext_value = aws_iam_access_key.deployment.id",
            " as `S`",
        ),
        (
            "github_actions_organization_secret",
            "secret_name = \"S\"\n  plaintext_value = aws_iam_access_key.deployment.id",
            " as `S`",
        ),
        (
            "github_dependabot_secret",
            "secret_name = \"S\"\n  plaintext_value = aws_iam_access_key.deployment.id",
            " as `S`",
        ),
        (
            "tfe_variable",
            "key = \"S\"\n  value = aws_iam_access_key.deployment.secret",
            " as `S`",
        ),
        (
            "gitlab_project_variable",
            "key = \"S\"\n  value = aws_iam_access_key.deployment.secret",
            " as `S`",
        ),
        (
            "gitlab_group_variable",
            "key = \"S\"\n  value = aws_iam_access_key.deployment.secret",
            " as `S`",
        ),
        (
            "bitbucket_repository_variable",
            "key = \"S\"\n  value = aws_iam_access_key.deployment.secret",
            " as `S`",
        ),
        (
            "spacelift_environment_variable",
            "name = \"S\"\n  value = aws_iam_access_key.deployment.secret",
            " as `S`",
        ),
        (
            "vault_kv_secret_v2",
            "name = \"ci/AWS_ACCESS_KEY_ID\"\n  data_json = jsonencode({ id = aws_iam_access_key.deployment.id })",
            " as `ci/AWS_ACCESS_KEY_ID`",
        ),
        (
            "circleci_context_environment_variable",
            "variable = \"S\"\n  value = aws_iam_access_key.deployment.secret",
            " as `S`",
        ),
        (
            "aws_ssm_parameter",
            "name = \"/ci/AWS_ACCESS_KEY_ID\"\n  value = aws_iam_access_key.deployment.secret",
            " as `/ci/AWS_ACCESS_KEY_ID`",
        ),
        (
            "aws_secretsmanager_secret_version",
            "secret_id = \"ci/aws-access-key\"\n  secret_string = jsonencode({ id = aws_iam_access_key.deployment.id })",
            " as `ci/aws-access-key`",
        ),
        (
            "github_actions_secret",
            "secret_name = \"S\"\n  plaintext_value = local.secret",
            " as `S`",
        ),
    ] {
        let locals = "locals {\n  secret = aws_iam_access_key.deployment.secret\n}\n";
        let text = format!("{USER}{KEY}{locals}{}", resource(kind, arguments));
        let found = beside(&text);
        assert_eq!(found.len(), 3, "{text}: {found:?}");
        let published = format!("{kind}.x publishes static keys{name}: what");
        assert!(found[2].contains(&published), "{text}: {found:?}");
    }
}

#[test]
fn other_secrets_and_users_are_not_reported() {
    for text in [
        // No key, no user of keys.
        USER.to_owned(),
        resource("github_actions_secret", "secret_name = \"S\"\n  plaintext_value = var.token"),
        // A key of SES.
        format!("{USER}{KEY}output \"x\" {{\n  value = aws_iam_access_key.deployment.ses_smtp_password_v4\n}}\n"),
        "module \"x\" {\n  source = \"terraform-aws-modules/iam/aws//modules/iam-user\"\n  name = \"x\"\n  create_iam_access_key = false\n}\n".to_owned(),
        "module \"x\" {\n  source = \"terraform-aws-modules/iam/aws//modules/iam-role\"\n}\n".to_owned(),
        // Any user, and one that an expression names.
        resource("aws_iam_policy", "policy = \"arn:aws:iam::*:user/$${aws:username}\""),
        resource("aws_iam_policy", "policy = \"arn:aws:iam::111111111111:user/*\""),
        resource("aws_iam_policy", "policy = \"arn:aws:iam::111111111111:user/${var.name}\""),
        format!("# {ARN}\n"),
        "resource \"x\" \"y\" {\n  url = \"https://h/a:user/b\"\n}\n".to_owned(),
    ] {
        assert_eq!(beside(&text), [""; 0], "{text}");
    }
    // Users of others.
    let stranger = "policy = \"arn:aws:iam::123456789012:user/Bob\"";
    assert_eq!(beside(&resource("aws_sns_topic_policy", stranger)), [""; 0]);
    // Nothing migrates.
    let main = format!("{USER}{KEY}");
    assert_eq!(reported(&plan(&[("main.tf", &main)])), [""; 0]);
}

#[test]
fn users_of_modules_and_their_policies_are_the_user() {
    let module = "module \"ci\" {\n  source = \"terraform-aws-modules/iam/aws//modules/iam-user\"\n  name = \"ci\"\n}\n";
    let secret = resource(
        "github_actions_secret",
        "secret_name = \"S\"\n  plaintext_value = module.ci.iam_access_key_secret",
    );
    let found = beside(&format!("{module}{secret}"));
    assert!(
        found[0].contains("module.ci makes an IAM user with static keys"),
        "{found:?}"
    );
    assert!(
        found[1].contains("github_actions_secret.x publishes"),
        "{found:?}"
    );
    let policy = resource(
        "aws_iam_user_policy_attachment",
        "user = aws_iam_user.deployment.name",
    );
    let secret = resource(
        "github_actions_secret",
        "secret_name = \"S\"\n  plaintext_value = aws_iam_access_key.deployment.secret",
    );
    let found = beside(&format!("{USER}{KEY}{policy}{secret}"));
    assert!(
        found[2].contains("gives permissions to the IAM user"),
        "{found:?}"
    );
}

#[test]
fn policies_that_name_a_user_are_told_apart() {
    for (text, kind) in [
        (
            resource("aws_s3_bucket_policy", &format!("policy = \"{ARN}\"")),
            "a bucket policy",
        ),
        (
            resource("aws_kms_key", &format!("policy = \"{ARN}\"")),
            "a key policy",
        ),
        (
            resource("aws_iam_role", &format!("assume_role_policy = \"{ARN}\"")),
            "a trust policy",
        ),
        (
            format!(
                "data \"aws_iam_policy_document\" \"x\" {{\n  statement {{\n    actions = [\"sts:AssumeRole\"]\n    principals {{\n      identifiers = [\"{ARN}\"]\n    }}\n  }}\n}}\n"
            ),
            "a trust policy",
        ),
        (
            resource("aws_sns_topic_policy", &format!("policy = \"{ARN}\"")),
            "the file",
        ),
    ] {
        let found = beside(&text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(
            found[0].contains(&format!("{kind} names the IAM user {ARN}")),
            "{text}: {found:?}"
        );
    }
    for (path, text, kind) in [
        (
            "policies/bucket.json",
            format!("{{\n  \"AWS\": \"{ARN}\",\n  \"Resource\": \"arn:aws:s3:::b/*\"\n}}\n"),
            "a bucket policy",
        ),
        (
            "policies/key.json.tpl",
            format!("{{\n  \"AWS\": \"{ARN}\",\n  \"Action\": \"kms:*\"\n}}\n"),
            "a key policy",
        ),
        (
            "trust.json",
            format!("{{\n  \"AWS\": \"{ARN}\",\n  \"Action\": \"sts:AssumeRole\"\n}}\n"),
            "a trust policy",
        ),
        (
            "auth.yaml",
            format!("mapUsers:\n  - userarn: {ARN}\n"),
            "`aws-auth`",
        ),
    ] {
        let found = reported(&plan(&[("main.tf", ROLE_1), (path, &text)]));
        let expected = format!("{path}:2 {kind} names the IAM user {ARN}");
        assert_eq!(found, [expected], "{text}");
    }
}

/// The commands of the step with these words.
fn commands<'p>(plan: &'p Plan, why: &str) -> Vec<&'p str> {
    let steps = plan.steps.iter().filter(|step| step.why.contains(why));
    steps
        .flat_map(|step| &step.commands)
        .map(String::as_str)
        .collect()
}

/// The keys stay until everything has run, and no secret is deleted that comes back.
#[test]
fn the_steps_follow_the_order_in_which_nothing_breaks() {
    let secret = "resource \"github_actions_secret\" \"id\" {\n  secret_name = \"AWS_ACCESS_KEY_ID\"\n  plaintext_value = aws_iam_access_key.deployment.id\n}\n";
    let policy = resource("aws_s3_bucket_policy", &format!("policy = \"{ARN}\""));
    let main = format!("{ROLE_1}{USER}{KEY}{secret}{policy}");
    let files = [
        ("main.tf", main.as_str()),
        (".github/workflows/ci.yml", WORKFLOW),
    ];
    let found = plan(&files);
    let all: Vec<&str> = found.steps.iter().map(|step| step.why.as_str()).collect();
    let order = [
        "Keep the static keys active",
        "Then deactivate the keys",
        "Remove the resources that publish",
        "delete the secrets that nothing uses",
        "Do not delete these secrets",
        "Take the user out",
        "Last of all",
    ];
    let at: Vec<_> = order
        .iter()
        .map(|words| all.iter().position(|why| why.contains(words)).expect(words))
        .collect();
    assert!(at.is_sorted(), "{all:?}");
    assert_eq!(
        commands(&found, "Keep the static keys"),
        ["git revert '<COMMIT>'", "terraform init -reconfigure"]
    );
    // What the AWS CLI deactivates, an apply of the resource activates again.
    let deactivated = commands(&found, "Then deactivate");
    assert!(
        deactivated[0].contains("aws_iam_access_key.deployment"),
        "{deactivated:?}"
    );
    assert_eq!(
        commands(&found, "Watch for as long"),
        ["aws iam get-access-key-last-used --access-key-id '<ACCESS_KEY_ID>'"]
    );
    let all = found.steps.iter().flat_map(|step| &step.commands);
    assert!(
        !all.clone().any(|it| it.contains("update-access-key")),
        "{:?}",
        found.steps
    );
    assert_eq!(
        commands(&found, "nothing uses any more"),
        ["gh secret delete AWS_SECRET_ACCESS_KEY"]
    );
    let withheld = commands(&found, "Do not delete");
    assert!(
        withheld[0].starts_with("AWS_ACCESS_KEY_ID   # "),
        "{withheld:?}"
    );
    assert!(
        withheld[0].contains("main.tf:13 github_actions_secret.id"),
        "{withheld:?}"
    );
    assert_eq!(commands(&found, "Last of all").len(), 2);
    // What is edited by hand is nothing that a shell runs.
    let by_hand = [
        "Then deactivate the keys that Terraform makes",
        "Remove the resources",
        "Do not delete",
        "Take the user out",
        "Last of all",
    ];
    for step in &found.steps {
        let is_by_hand = by_hand.iter().any(|words| step.why.starts_with(words));
        let action = if is_by_hand { "enter" } else { "run" };
        let is_trust = step.why.starts_with("Allow");
        assert!(is_trust || step.action.id() == action, "{}", step.why);
    }
    // Nothing in the tree makes the keys.
    let plain = plan(&[("main.tf", ROLE_1), files[1]]);
    assert_eq!(commands(&plain, "nothing uses any more").len(), 2);
    assert_eq!(
        commands(&plain, "Then deactivate")[0],
        "aws iam update-access-key --status Inactive --user-name '<USER>' --access-key-id '<ACCESS_KEY_ID>'"
    );
    assert_eq!(commands(&plain, "Do not delete"), [""; 0]);
    assert!(commands(&plain, "Last of all")[0].starts_with("aws iam delete-access-key"));
}

/// A key that nothing publishes for CI may be another program's: that is a note, and no step.
#[test]
fn keys_of_other_programs_are_a_note() {
    let other = resource(
        "github_actions_secret",
        "secret_name = \"S\"\n  plaintext_value = var.token",
    );
    let parameter = resource(
        "aws_ssm_parameter",
        "name = \"/mailer/key\"\n  value = aws_iam_access_key.deployment.secret",
    );
    let second = KEY.replace("\"deployment\"", "\"other\"");
    for (text, count) in [
        (format!("{USER}{KEY}"), ""),
        (format!("{USER}{KEY}{other}"), ""),
        (format!("{USER}{KEY}{parameter}"), ""),
        (format!("{USER}{KEY}{second}"), " (1 more like it)"),
    ] {
        let main = format!("{ROLE_1}{text}");
        let found = plan(&[("main.tf", &main)]);
        let own = found
            .findings
            .iter()
            .filter(|it| it.transform == "iam_user");
        let own: Vec<_> = own.collect();
        assert_eq!(own.len(), 1, "{text}");
        assert!(own[0].is_note && own[0].remnant.is_none(), "{text}");
        let expected = format!(
            "aws_iam_access_key.deployment makes static keys, which another program may have{count}"
        );
        assert_eq!(own[0].sentence(), expected);
        assert_eq!(commands(&found, "Last of all"), [""; 0], "{text}");
    }
}

/// A module that makes a user with a key and outputs it.
fn user_module() -> String {
    format!(
        "{USER}{KEY}output \"id\" {{\n  value = aws_iam_access_key.deployment.id\n}}\noutput \"pair\" {{\n  value = {{ secret = aws_iam_access_key.deployment.secret }}\n}}\noutput \"name\" {{\n  value = aws_iam_user.deployment.name\n}}\n"
    )
}

const MAKES: [&str; 2] = [
    "modules/user/main.tf:1 aws_iam_user.deployment is the IAM user of static keys that the module makes",
    "modules/user/main.tf:4 aws_iam_access_key.deployment makes static keys of an IAM user",
];

#[test]
fn a_key_is_followed_from_module_to_module() {
    let user = user_module();
    let call = "module \"user\" {\n  source = \"./modules/user\"\n}\n";
    let secret = |value: &str| {
        format!(
            "resource \"github_actions_secret\" \"s\" {{\n  secret_name     = \"S\"\n  plaintext_value = {value}\n}}\n"
        )
    };
    let published = |path: &str, line: usize| {
        format!(
            "{path}:{line} github_actions_secret.s publishes static keys as `S`: what is deleted there comes back at the next apply"
        )
    };
    let outer = "module \"outer\" {\n  source = \"./modules/outer\"\n}\n";
    let inner = "module \"inner\" {\n  source = \"../user\"\n}\nlocals {\n  key = module.inner.pair\n}\noutput \"all\" {\n  value = [local.key.secret]\n}\n";
    let given =
        "module \"secrets\" {\n  source = \"./modules/secrets\"\n  value  = module.user.id\n}\n";
    let store = format!("variable \"value\" {{}}\n{}", secret("var.value"));
    let parameter = |name: &str| {
        format!(
            "resource \"aws_ssm_parameter\" \"s\" {{\n  name  = \"{name}\"\n  value = module.user.id\n}}\n"
        )
    };
    let line = ROLE_1.lines().count() + 4;
    // The caller, a further module, and what publishes the key, where anything does.
    for (main, further, expected) in [
        (
            format!("{call}{}", secret("module.user.id")),
            ("x.txt", String::new()),
            Some(published("main.tf", line)),
        ),
        (
            format!("{call}{}", secret("module.user.pair.secret")),
            ("x.txt", String::new()),
            Some(published("main.tf", line)),
        ),
        (
            format!("{outer}{}", secret("module.outer.all[0]")),
            ("modules/outer/main.tf", inner.to_owned()),
            Some(published("main.tf", line)),
        ),
        (
            format!("{call}{given}"),
            ("modules/secrets/main.tf", store),
            Some(published("modules/secrets/main.tf", 2)),
        ),
        (
            format!("{call}{}", parameter("/ci/AWS_ACCESS_KEY_ID")),
            ("x.txt", String::new()),
            Some(format!(
                "main.tf:{line} aws_ssm_parameter.s publishes static keys as `/ci/AWS_ACCESS_KEY_ID`: what is deleted there comes back at the next apply"
            )),
        ),
        // Something else of the module, another module's output, another program's parameter.
        (
            format!("{call}{}", secret("module.user.name")),
            ("x.txt", String::new()),
            None,
        ),
        (
            format!("{call}{}", secret("module.other.id")),
            ("x.txt", String::new()),
            None,
        ),
        (
            format!("{call}{}", parameter("/mailer/key")),
            ("x.txt", String::new()),
            None,
        ),
        (call.to_owned(), ("x.txt", String::new()), None),
    ] {
        let root = format!("{ROLE_1}{main}");
        let found = plan(&[
            ("main.tf", &root),
            ("modules/user/main.tf", &user),
            (further.0, &further.1),
        ]);
        let reported = reported(&found);
        match expected {
            Some(expected) => {
                let mut all: Vec<String> = MAKES.map(str::to_owned).into();
                all.push(expected);
                all.sort();
                let mut reported = reported;
                reported.sort();
                assert_eq!(reported, all, "{main}");
            }
            None => assert_eq!(
                reported,
                [
                    "modules/user/main.tf:4 aws_iam_access_key.deployment makes static keys, which another program may have"
                ],
                "{main}"
            ),
        }
    }
}

const PAIR: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

/// The secrets that the steps tell to delete.
fn deleted(plan: &Plan) -> Vec<&str> {
    let all = commands(plan, "nothing uses any more").into_iter();
    all.filter_map(|it| it.strip_prefix("gh secret delete "))
        .collect()
}

/// A secret is not deleted while a resource writes it, whatever way its name is written.
#[test]
fn a_secret_that_a_resource_may_write_is_not_deleted() {
    let each = |each: &str, name: &str| {
        format!(
            "for_each = {each}\n  secret_name = {name}\n  plaintext_value = aws_iam_access_key.deployment.secret"
        )
    };
    let object = "{ AWS_ACCESS_KEY_ID = 1, AWS_SECRET_ACCESS_KEY = 2 }";
    let values = "{ id = \"AWS_ACCESS_KEY_ID\", other = \"B\" }";
    for (arguments, free) in [
        (each(object, "each.key"), &[][..]),
        (each(object, "\"${each.key}\""), &[]),
        (each(values, "each.value"), &PAIR[1..]),
        (
            each("toset([\"AWS_ACCESS_KEY_ID\", \"B\"])", "each.key"),
            &PAIR[1..],
        ),
        (
            each("toset([\"AWS_SECRET_ACCESS_KEY\"])", "each.value"),
            &PAIR[..1],
        ),
        // Names that are not known may be these.
        (each("var.secrets", "each.key"), &[]),
        (each("{ (var.name) = 1 }", "each.key"), &[]),
        (each("toset([var.name])", "each.key"), &[]),
        (each(object, "each.value.name"), &[]),
        (each(object, "\"AWS_${each.key}\""), &[]),
        (each(object, "var.name"), &[]),
        (each("{ OTHER = 1 }", "each.key"), &PAIR),
    ] {
        let secret = resource("github_actions_secret", &arguments);
        let main = format!("{ROLE_1}{USER}{KEY}{secret}");
        let found = plan(&[("main.tf", &main), (".github/workflows/ci.yml", WORKFLOW)]);
        assert_eq!(deleted(&found), free, "{arguments}");
    }
}

/// A job that leaves its keys leaves their user, in whatever module of the tree that is.
#[test]
fn the_user_of_a_job_is_reported_where_its_module_stays() {
    let provider = "provider \"aws\" {\n  version = \"~> 5.0\"\n  profile = \"shared\"\n}\n";
    let secret = resource(
        "github_actions_secret",
        "secret_name = \"AWS_ACCESS_KEY_ID\"\n  plaintext_value = module.user.id",
    );
    let root =
        format!("{provider}module \"user\" {{\n  source = \"../modules/user\"\n}}\n{secret}");
    let user = user_module();
    let sync = WORKFLOW.replace(
        "terraform init && terraform apply",
        "aws s3 sync . s3://site",
    );
    let files = [
        ("tf/main.tf", root.as_str()),
        ("modules/user/main.tf", user.as_str()),
    ];
    let found = plan(&[files[0], files[1], (".github/workflows/ci.yml", &sync)]);
    let reported_there = reported(&found);
    assert_eq!(reported_there.len(), 3, "{reported_there:#?}");
    assert_eq!(deleted(&found), PAIR[1..]);
    // No job leaves its keys.
    assert_eq!(reported(&plan(&files)), [""; 0]);
}

/// A secret of another repository withholds none of this one's; where nothing tells the repository's name, it may be
/// this one.
#[test]
fn a_secret_of_another_repository_is_not_this_ones() {
    let secret = |repository: &str| {
        format!(
            "resource \"github_actions_secret\" \"id\" {{\n{repository}  secret_name = \"AWS_ACCESS_KEY_ID\"\n  plaintext_value = aws_iam_access_key.deployment.id\n}}\n"
        )
    };
    for (repository, config, is_withheld) in [
        (
            "  repository = \"other\"\n",
            "repository = \"acme/infra\"\n",
            false,
        ),
        (
            "  repository = \"Infra\"\n",
            "repository = \"acme/infra\"\n",
            true,
        ),
        ("  repository = \"other\"\n", "", true),
        (
            "  repository = var.repository\n",
            "repository = \"acme/infra\"\n",
            true,
        ),
        ("", "repository = \"acme/infra\"\n", true),
    ] {
        let main = format!("{ROLE_1}{USER}{KEY}{}", secret(repository));
        let tree = Tree::new([
            ("main.tf", main.as_str()),
            (".github/workflows/ci.yml", WORKFLOW),
        ]);
        let config = format!("{config}{CONFIG}");
        let plan = tree.plan(&config, Selection::default()).unwrap();
        let deleted = commands(&plan, "nothing uses any more");
        let is_deleted = deleted.contains(&"gh secret delete AWS_ACCESS_KEY_ID");
        assert_eq!(
            is_deleted, !is_withheld,
            "{repository}{config}: {deleted:?}"
        );
        assert!(
            reported(&plan)
                .iter()
                .any(|it| it.contains("publishes static keys"))
        );
    }
}
