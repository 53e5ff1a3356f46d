use super::*;

fn of(uses: &str, inputs: &[(&str, &str)]) -> Option<String> {
    aws_use(uses, inputs.iter().copied())
}

#[test]
fn actions_that_call_aws_are_known_by_names_and_inputs() {
    for (uses, inputs) in [
        ("aws-actions/amazon-ecr-login@v2", &[][..]),
        ("aws-actions/amazon-ecs-deploy-task-definition@v2", &[]),
        ("aws-actions/aws-cloudformation-github-deploy@v1", &[]),
        ("aws-actions/aws-secretsmanager-get-secrets@v2", &[]),
        ("aws-actions/aws-codebuild-run-build@v1", &[]),
        ("jakejarvis/s3-sync-action@master", &[]),
        ("chetan/invalidate-cloudfront-action@v2", &[]),
        ("appleboy/lambda-action@v1", &[]),
        ("youyo/aws-cdk-github-actions@v2", &[]),
        ("pulumi/actions@v5", &[]),
        ("serverless/github-action@v3", &[]),
        ("einaregilsson/beanstalk-deploy@v22", &[]),
        ("seemethere/upload-artifact-s3@v5", &[]),
        ("docker://amazon/aws-cli:2", &[]),
        ("./.github/actions/deploy-lambda", &[]),
        ("hashicorp/packer-github-actions@master", &[]),
        ("tespkg/actions-cache@v1", &[]),
        ("org/deploy@v1", &[("role-arn", "arn:aws:iam::1:role/x")]),
        ("org/deploy@v1", &[("aws-bucket", "x")]),
        ("org/deploy@v1", &[("to", "s3://x")]),
        (
            "docker/login-action@v3",
            &[("registry", "1.dkr.ecr.eu-west-1.amazonaws.com")],
        ),
    ] {
        assert!(of(uses, inputs).is_some(), "{uses} {inputs:?}");
    }
}

#[test]
fn actions_that_call_nothing_of_aws_are_none() {
    for (uses, inputs) in [
        ("actions/checkout@v4", &[][..]),
        ("actions/cache@v4", &[("path", "~/.aws")]),
        (
            "aws-actions/configure-aws-credentials@v4",
            &[("role-to-assume", "arn:aws:iam::1:role/x")],
        ),
        ("aws-actions/setup-sam@v2", &[]),
        ("aws-actions/amazon-ecs-render-task-definition@v1", &[]),
        ("unfor19/install-aws-cli-action@v1", &[]),
        ("scottbrenner/cfn-lint-action@v2", &[]),
        ("localstack/setup-localstack@v0", &[]),
        ("hashicorp/setup-terraform@v3", &[]),
        ("terraform-linters/setup-tflint@v4", &[]),
        (
            "docker/build-push-action@v6",
            &[("tags", "1.dkr.ecr.eu-west-1.amazonaws.com/x")],
        ),
        ("docker/login-action@v3", &[("registry", "ghcr.io")]),
        (
            "slackapi/slack-github-action@v1",
            &[("payload", "deployed to s3://x")],
        ),
        ("org/notify@v1", &[("aws-region", "eu-west-1")]),
        ("org/notify@v1", &[("text", "deployed")]),
        ("org/same-thing@v1", &[]),
    ] {
        assert_eq!(of(uses, inputs), None, "{uses} {inputs:?}");
    }
}

#[test]
fn actions_that_run_scripts_or_terraform_are_known() {
    let none = |_: &str| None;
    let input = |name: &str| match name {
        "command" => Some("terraform apply".to_owned()),
        "path" => Some("live".to_owned()),
        _ => None,
    };
    assert_eq!(
        runs("nick-fields/retry@v3", &input),
        ActionRun::Script("terraform apply".to_owned())
    );
    assert_eq!(
        runs("dflook/terraform-apply@v1", &input),
        ActionRun::Terraform(Some("live".to_owned()))
    );
    assert_eq!(
        runs("dflook/terraform-apply@v1", &none),
        ActionRun::Terraform(None)
    );
    for other in [
        "hashicorp/setup-terraform@v3",
        "autero1/action-terragrunt@v3",
        "dflook/terraform-validate@v1",
        "dflook/terraform-fmt-check@v1",
        "actions/checkout@v4",
    ] {
        assert_eq!(runs(other, &none), ActionRun::Other, "{other}");
    }
}
