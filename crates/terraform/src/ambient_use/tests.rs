use super::*;

fn found(text: &str) -> Vec<String> {
    let document = Document::new("a/main.tf".into(), text.to_owned()).expect(text);
    let uses = AmbientUse::all(&document).into_iter();
    uses.map(|it| format!("{} {}", it.of, it.what)).collect()
}

#[test]
fn providers_that_sign_in_with_the_ambient_credentials_are_uses() {
    for (text, expected) in [
        (
            "provider \"awscc\" {\n  region = \"x\"\n}\n",
            "provider \"awscc\" has no credentials of its own",
        ),
        (
            "provider \"vault\" {\n  auth_login_aws {\n    role = \"x\"\n  }\n}\n",
            "provider \"vault\" signs in by `auth_login_aws`",
        ),
        (
            "provider \"vault\" {\n  auth_login {\n    path = \"auth/aws/login\"\n    method = \"aws\"\n  }\n}\n",
            "provider \"vault\" signs in by `auth_login`",
        ),
        (
            "provider \"postgresql\" {\n  aws_rds_iam_auth = true\n}\n",
            "provider \"postgresql\" signs in by `aws_rds_iam_auth`",
        ),
        (
            "provider \"awsutils\" {\n  region = \"x\"\n}\n",
            "provider \"awsutils\" has no credentials of its own",
        ),
        (
            "provider \"mysql\" {\n  aws_config {\n    region = \"x\"\n  }\n}\n",
            "provider \"mysql\" signs in by `aws_config`",
        ),
        (
            "terraform {\n  encryption {\n    key_provider \"aws_kms\" \"k\" {\n      kms_key_id = \"a\"\n    }\n  }\n}\n",
            "key_provider.aws_kms.k encrypts state by a key of KMS",
        ),
        (
            "resource \"helm_release\" \"r\" {\n  repository = \"s3://charts/x\"\n}\n",
            "helm_release.r downloads its chart from S3",
        ),
        (
            "provider \"mysql\" {\n  endpoint = \"aws://db:3306\"\n}\n",
            "provider \"mysql\" signs in by IAM (`endpoint = \"aws://...\"`)",
        ),
        (
            "resource \"acme_certificate\" \"c\" {\n  dns_challenge {\n    provider = \"route53\"\n  }\n}\n",
            "acme_certificate.c solves its DNS challenge in Route 53",
        ),
        (
            "provider \"opensearch\" {\n  sign_aws_requests = true\n}\n",
            "provider \"opensearch\" signs its requests by `sign_aws_requests`",
        ),
        (
            "provider \"elasticsearch\" {\n  url = \"https://x.eu-west-1.es.amazonaws.com\"\n}\n",
            "provider \"elasticsearch\" signs its requests by `sign_aws_requests`",
        ),
        (
            "provider \"kafka\" {\n  sasl_mechanism = \"aws-iam\"\n}\n",
            "provider \"kafka\" signs in by `sasl_mechanism`",
        ),
        (
            "data \"sops_file\" \"x\" {\n  source_file = \"x.yaml\"\n}\n",
            "data.sops_file.x decrypts by a key of KMS",
        ),
        (
            "data \"terraform_remote_state\" \"o\" {\n  backend = \"s3\"\n  config = {\n    allowed_account_ids = [\"333333333333\"]\n  }\n}\n",
            "data.terraform_remote_state.o refuses other accounts by `allowed_account_ids`",
        ),
    ] {
        assert_eq!(found(text), [expected], "{text}");
    }
}

#[test]
fn providers_with_credentials_of_their_own_are_none() {
    for text in [
        "provider \"aws\" {}\n",
        "provider \"awscc\" {\n  profile = \"x\"\n}\n",
        "provider \"awscc\" {\n  assume_role = { role_arn = \"x\" }\n}\n",
        "provider \"vault\" {}\n",
        "provider \"vault\" {\n  auth_login_aws {\n    aws_profile = \"x\"\n  }\n}\n",
        "provider \"vault\" {\n  auth_login {\n    method = \"github\"\n  }\n}\n",
        "provider \"postgresql\" {\n  host = \"x\"\n}\n",
        "provider \"postgresql\" {\n  aws_rds_iam_auth = false\n}\n",
        "provider \"postgresql\" {\n  aws_rds_iam_auth = true\n  aws_rds_iam_profile = \"x\"\n}\n",
        "provider \"opensearch\" {\n  url = \"https://x\"\n}\n",
        "provider \"opensearch\" {\n  aws_region = \"x\"\n  sign_aws_requests = false\n}\n",
        "provider \"kafka\" {\n  sasl_mechanism = \"plain\"\n}\n",
        "provider \"awsutils\" {\n  profile = \"x\"\n}\n",
        "provider \"mysql\" {\n  endpoint = \"x\"\n}\n",
        "provider \"mysql\" {\n  endpoint = \"aws://x\"\n  aws_config {\n    profile = \"x\"\n  }\n}\n",
        "resource \"acme_certificate\" \"c\" {\n  dns_challenge {\n    provider = \"cloudflare\"\n  }\n}\n",
        "resource \"acme_certificate\" \"c\" {\n  dns_challenge {\n    provider = \"route53\"\n    config = {\n      AWS_PROFILE = \"x\"\n    }\n  }\n}\n",
        "provider \"mysql\" {\n  aws_config {\n    profile = \"x\"\n  }\n}\n",
        "terraform {\n  encryption {\n    key_provider \"aws_kms\" \"k\" {\n      profile = \"x\"\n    }\n    key_provider \"pbkdf2\" \"p\" {\n      passphrase = \"x\"\n    }\n  }\n}\n",
        "resource \"helm_release\" \"r\" {\n  repository = \"https://charts\"\n}\n",
        "data \"terraform_remote_state\" \"o\" {\n  backend = \"s3\"\n  config = {\n    bucket = \"x\"\n  }\n}\n",
        "data \"terraform_remote_state\" \"o\" {\n  backend = \"s3\"\n  config = {\n    profile = \"x\"\n    allowed_account_ids = [\"333333333333\"]\n  }\n}\n",
    ] {
        assert_eq!(found(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn encrypted_files_need_credentials_for_keys_of_kms_alone() {
    let kms =
        "sops:\n  kms:\n    - arn: arn:aws:kms:eu-west-1:333333333333:key/a\n      aws_profile: ";
    assert!(needs_kms(&format!("{kms}\"\"\n")));
    assert!(!needs_kms(&format!("{kms}shared\n")));
    assert!(!needs_kms("sops:\n  age:\n    - recipient: age1\n"));
}
