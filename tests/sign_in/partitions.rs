//! AWS's partitions: China's tokens, and what is told of the roles.

use std::path::Path;

use engine::selection::Selection;

use super::{CI, ENV, USES, converted, job};
use crate::support::{Tree, reports, reviewed};

/// The commands of the steps that the plan names, with their reasons, for a job with these steps.
fn commands(steps: &str, why: &str) -> Vec<String> {
    let before = job(steps);
    let tree = Tree::new([(CI, before.as_str())]);
    let plan = tree.plan("", reviewed()).unwrap();
    let steps = plan.steps.into_iter();
    let steps = steps.filter(|step| step.why.contains(why));
    steps.flat_map(|step| step.commands).collect()
}

/// A step of the configure action with these inputs.
fn configure(with: &str) -> String {
    format!("      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n{with}")
}

const KEYS: &str = "          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
";

#[test]
fn tokens_for_china_are_made_out_to_its_own_sts() {
    let role = "          role-to-assume: ${{ vars.AWS_OIDC_ROLE_ARN }}\n";
    let audience = "          audience: sts.amazonaws.com.cn\n";
    let region = "          aws-region: cn-north-1\n";
    let own = "          role-to-assume: arn:aws-cn:iam::111111111111:role/deploy\n";
    let other = "          audience: mine\n";
    let open = "          aws-region: ${{ vars.REGION }}\n";
    for (before, after) in [
        ([KEYS, region, ""], [role, audience, region]),
        ([KEYS, region, other], [role, region, other]),
        ([KEYS, own, open], [audience, own, open]),
        ([KEYS, open, ""], [role, open, ""]),
        (
            [KEYS, "          aws-region: us-gov-west-1\n", ""],
            [role, "          aws-region: us-gov-west-1\n", ""],
        ),
    ] {
        assert_eq!(
            converted(&configure(&before.concat())),
            configure(&after.concat())
        );
    }
    let china = |text: &str| text.replace("eu-west-1", "cn-north-1");
    let uses = china(USES).replace(
        "          aws-region",
        &format!("{audience}          aws-region"),
    );
    assert_eq!(
        converted(&format!("      - run: aws s3 ls\n        {}", china(ENV))),
        format!(
            "      - {uses}      - run: aws s3 ls\n        env:\n          AWS_REGION: cn-north-1\n"
        )
    );
    let script = "      - run: |
          aws configure set aws_access_key_id ${{ secrets.AWS_ACCESS_KEY_ID }}
          aws configure set aws_secret_access_key ${{ secrets.AWS_SECRET_ACCESS_KEY }}
          aws configure set region cn-north-1
";
    assert_eq!(converted(script), format!("      - {uses}"));
}

#[test]
fn what_to_do_before_the_merge_names_the_partition() {
    let region = |region: &str| configure(&format!("{KEYS}          aws-region: {region}\n"));
    let subject = "repo:OWNER/REPOSITORY:ref:refs/heads/*";
    for (region, audience, partition) in [
        (region("cn-north-1"), "sts.amazonaws.com.cn:", "aws-cn"),
        (region("us-gov-west-1"), "sts.amazonaws.com:", "aws-us-gov"),
        (region("eu-west-1"), "sts.amazonaws.com:", "aws"),
        (region("${{ vars.R }}"), "sts.amazonaws.com:", "aws"),
    ] {
        assert_eq!(commands(&region, audience)[0], subject, "{audience}");
        assert_eq!(
            commands(&region, "the role that the jobs"),
            [format!(
                "gh variable set AWS_OIDC_ROLE_ARN --body 'arn:{partition}:iam::<ACCOUNT>:role/github-ci'"
            )]
        );
    }
    let both = region("cn-north-1") + &region("eu-west-1");
    assert_eq!(commands(&both, "sts.amazonaws.com.cn:")[0], subject);
    assert_eq!(commands(&both, "sts.amazonaws.com:")[0], subject);
    assert_eq!(
        commands(&both, "the role that the jobs"),
        [
            "gh variable set AWS_OIDC_ROLE_ARN --body 'arn:<PARTITION>:iam::<ACCOUNT>:role/github-ci'"
        ]
    );
}

#[test]
fn a_role_of_another_partition_is_not_named() {
    for (arn, region, said) in [
        (
            "aws",
            "cn-north-1",
            Some("the role is one of `aws`, while cn-north-1 lies in `aws-cn`"),
        ),
        (
            "aws-cn",
            "eu-west-1",
            Some("the role is one of `aws-cn`, while eu-west-1 lies in `aws`"),
        ),
        ("aws-us-gov", "us-gov-west-1", None),
        ("aws", "${{ matrix.region }}", None),
    ] {
        let before = job(&configure(&format!(
            "{KEYS}          aws-region: {region}\n"
        )));
        let tree = Tree::new([(CI, before.as_str())]);
        let config = format!("ci {{ role = \"arn:{arn}:iam::111111111111:role/ci\" }}");
        let plan = tree.plan(&config, reviewed()).unwrap();
        assert_eq!(plan.changes.is_empty(), said.is_some(), "{arn} {region}");
        let said = said
            .map(|why| format!(".github/workflows/ci.yml:10: job a stays on static keys: {why}"));
        assert_eq!(reports(&plan).into_iter().next(), said);
    }
}

#[test]
fn a_template_names_the_role_in_the_partition_of_its_account() {
    let gov = "arn:aws-us-gov:iam::111111111111:role";
    for (role, region, template, expected) in [
        (gov, "us-gov-west-1", "aws", "aws-us-gov"),
        (gov, "us-gov-west-1", "aws-us-gov", "aws-us-gov"),
        ("arn:aws:iam::111111111111:role", "eu-west-1", "aws", "aws"),
    ] {
        let root = format!(
            "provider \"aws\" {{\n  region = \"{region}\"\n  assume_role {{\n    role_arn = \"{role}/x\"\n  }}\n}}\n"
        );
        let keys = configure(&format!("{KEYS}          aws-region: {region}\n"));
        let workflow = job(&format!("{keys}      - run: terraform apply\n"));
        let config = format!(
            "account \"gov\" {{ id = \"111111111111\" }}\nci {{ role = \"arn:{template}:iam::{{id}}:role/ci\" }}\n"
        );
        let tree = Tree::new([(CI, workflow.as_str()), ("main.tf", root.as_str())]);
        let after = tree.with(&tree.plan(&config, Selection::default()).unwrap());
        let text = &after.0[Path::new(CI)];
        let own = format!("role-to-assume: arn:{expected}:iam::111111111111:role/ci\n");
        assert!(text.contains(&own), "{text}");
        assert!(!after.0[Path::new("main.tf")].contains("assume_role"));
        let again = after.plan(&config, reviewed()).unwrap();
        assert_eq!(again.changes, [], "{text}");
    }
}
