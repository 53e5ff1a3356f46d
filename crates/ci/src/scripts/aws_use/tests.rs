use super::*;
use crate::scripts::shell::commands;

fn of_command(command: &str) -> Option<String> {
    let parsed = commands(command);
    super::of(&Invocation::of(&parsed.last()?.words)?)
}

#[test]
fn commands_that_call_aws_are_named() {
    for (command, expected) in [
        ("aws s3 sync a s3://b", "aws s3 sync"),
        ("aws s3 ls 2> /dev/null", "aws s3 ls"),
        ("aws --region eu-west-1 s3 cp a b", "aws s3 cp"),
        (
            "aws ecr get-login-password --region x",
            "aws ecr get-login-password",
        ),
        ("aws sts assume-role --role-arn x", "aws sts assume-role"),
        (
            "aws eks update-kubeconfig --name x",
            "aws eks update-kubeconfig",
        ),
        (
            "/usr/local/bin/aws ssm get-parameter --name x",
            "aws ssm get-parameter",
        ),
        ("sam deploy --no-confirm-changeset", "sam deploy"),
        ("npx cdk deploy --all", "cdk deploy"),
        ("pipx run awscli s3 ls", "aws s3 ls"),
        ("python3 -m awscli s3 ls", "aws s3 ls"),
        ("parallel -j 4 aws s3 cp {} s3://b ::: a b", "aws s3 cp"),
        ("awslogs get x", "awslogs get"),
        ("dvc pull", "dvc pull"),
        ("rclone sync a s3:b", "rclone sync"),
        ("restic -r s3:x backup .", "restic s3:"),
        ("duplicity x s3://y", "duplicity s3:"),
        ("helm upgrade x s3://charts/x", "helm s3:"),
        ("kops update cluster", "kops update"),
        ("velero backup create x", "velero backup"),
        ("hugo deploy", "hugo deploy"),
        ("terraformer import aws", "terraformer import"),
        ("cosign sign --key awskms:///x y", "cosign awskms:"),
        ("vault login -method=aws", "vault -method=aws"),
        ("helm secrets upgrade x y", "helm secrets"),
        ("mvn clean deploy", "mvn deploy"),
        ("./gradlew publish", "gradlew publish"),
        ("skaffold run", "skaffold run"),
        ("npx aws-cdk@2 deploy", "cdk deploy"),
        (
            "aws-iam-authenticator token -i x",
            "aws-iam-authenticator token",
        ),
        ("eksctl get cluster", "eksctl get"),
        ("copilot svc deploy", "copilot svc"),
        ("ecs-cli up", "ecs-cli up"),
        ("npx serverless deploy --stage x", "serverless deploy"),
        ("sls remove", "sls remove"),
        ("s3cmd sync a s3://b", "s3cmd sync"),
        ("packer build .", "packer build"),
        ("pulumi up --yes", "pulumi up"),
        ("sops -d secrets.yaml", "sops secrets.yaml"),
        (
            "docker run -e AWS_ACCESS_KEY_ID -e AWS_SECRET_ACCESS_KEY x",
            "docker run",
        ),
        (
            "docker run --env=AWS_SESSION_TOKEN=$AWS_SESSION_TOKEN x",
            "docker run",
        ),
        ("docker run -v ~/.aws:/home/app/.aws x", "docker run"),
        (
            "docker build --build-arg AWS_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID .",
            "docker build",
        ),
        (
            "curl --aws-sigv4 aws:amz:x:s3 https://x",
            "curl --aws-sigv4",
        ),
        ("git clone codecommit::eu-west-1://x", "git codecommit"),
        (
            "ansible-playbook -i hosts/aws_ec2.yml x.yml",
            "ansible-playbook aws_ec2",
        ),
        (
            "ansible-inventory --inventory=x.aws_rds.yaml",
            "ansible-inventory aws_ec2",
        ),
    ] {
        assert_eq!(
            of_command(command),
            Some(code::quoted(expected)),
            "{command}"
        );
    }
}

#[test]
fn commands_that_call_nothing_of_aws_are_none() {
    for command in [
        "aws",
        "aws > /dev/null",
        "aws 2> /dev/null",
        "aws --version > /dev/null 2>&1",
        "chamber --version > /dev/null",
        "aws --version",
        "aws configure set region eu-west-1",
        "aws configure list",
        "aws configure get region",
        "aws sts get-caller-identity",
        "python3 -m awscli --version",
        "python3 -m pytest",
        "hugo --minify",
        "rclone version",
        "restic -r /backup backup .",
        "cosign sign --key cosign.key y",
        "vault login -method=github",
        "mvn -pl deploy-tools compile",
        "./gradlew build",
        "skaffold version",
        "aws help",
        "aws s3 help",
        "aws s3 ls --endpoint-url http://localhost:4566",
        "aws --endpoint-url=$R2 s3 cp a b",
        "aws s3 cp s3://public/x . --no-sign-request",
        "aws --profile deploy s3 ls",
        "AWS_ENDPOINT_URL=http://x aws s3 ls",
        "awslocal s3 mb s3://x",
        "sam build",
        "sam --version",
        "cdk synth",
        "npx cdk ls",
        "serverless package",
        "packer validate .",
        "packer init .",
        "pulumi version",
        "pulumi login",
        "aws-iam-authenticator version",
        "eksctl version",
        "copilot --version",
        "docker run -e AWS_REGION x",
        "docker run -e AWS_ACCESS_KEY_ID=test localstack/localstack",
        "docker push x.dkr.ecr.eu-west-1.amazonaws.com/y",
        "docker build -t x .",
        "curl https://awscli.amazonaws.com/x.zip",
        "git push",
        "kubectl apply -f x",
        "helm upgrade x",
        "ansible-playbook -i hosts.yml x.yml",
        "pip install awscli boto3",
        "echo aws s3 ls",
        "terraform apply",
    ] {
        assert_eq!(of_command(command), None, "{command}");
    }
}
