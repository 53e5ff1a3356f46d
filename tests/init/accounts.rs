//! `account` blocks: ids, and the labels that they get.

use super::{accounts, has, has_not, pairs, proposed, role};

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
            ("prod", "111111111111"),
            ("qa", "555555555555"),
            ("stage", "444444444444"),
        ])
    );
    has(
        &text,
        "# dns.tf:4\n# A guess: the label is the alias of the provider. Write the name of the AWS profile of this account\n# in its place, if that is another:\n# account \"dns\" { id = \"222222222222\" }\n",
    );
    has(&text, "# live/prod/main.tf:3\naccount \"prod\"");
    has(&text, "# x/main.tf:2, x/variables.tf:2\naccount \"audit\"");
    has(
        &text,
        "# z/main.tf:3\n# The repository has no name for this account: write that of its AWS profile.\n# account \"...\" { id = \"666666666666\" }\n",
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
        "# main.tf:21\n# The value of ops_account_id: no provider, backend or job was found that acts there. If one does:\n# account \"ops\" { id = \"555555555555\" }\n",
    );
    has(
        &text,
        "# The id is that of AWS's examples.\n# account \"dev\" { id = \"123456789012\" }\n",
    );
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
    has(
        &text,
        "# live/pqs/vpc/terragrunt.hcl:1\n# The repository has no name for this account",
    );
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
