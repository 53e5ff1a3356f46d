//! Texts to begin with, all made for this.

/// Lines, of which each is made of the one before it.
fn chain(count: usize, line: impl Fn(usize) -> String) -> String {
    (1..=count).map(line).collect()
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Terraform's configuration.
pub fn hcl() -> Vec<String> {
    let role = "provider \"aws\" {\n  region = \"a\" # here\n  assume_role {\n    role_arn = \"arn:aws:iam::${local.a}:role/x\"\n  }\n}\n";
    let mut all = owned(&[
        "provider \"aws\" {\n  region = \"eu-west-1\"\n\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\nterraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n  }\n}\n",
        "\u{feff}provider \"aws\" {\r\n\talias = \"b\"\r\n\tassume_role { role_arn = \"arn:aws:iam::111111111111:role/y\" }\r\n}\r\n",
        "provider \"aws\" {\n  access_key = var.key\n  secret_key = var.secret\n}\nvariable \"key\" {\n  default = \"AKIAIOSFODNN7EXAMPLE\"\n}\nvariable \"secret\" {}\n",
        "terraform {\n  required_providers {\n    aws = { source = \"hashicorp/aws\", version = \"~> 4.0\" }\n  }\n}\nresource \"aws_eip\" \"e\" {\n  vpc = true\n}\nmodule \"vpc\" {\n  source  = \"terraform-aws-modules/vpc/aws\"\n  version = \"~> 3.0\"\n}\n",
        "module \"m\" {\n  source = \"s3::https://s3.amazonaws.com/modules/a-1.2.3.zip\"\n}\ndata \"terraform_remote_state\" \"s\" {\n  backend = \"s3\"\n  config = { bucket = \"b\", key = \"k\", role_arn = \"arn:aws:iam::111111111111:role/x\" }\n}\n",
        "provider \"aws\" {\n  dynamic \"assume_role\" {\n    for_each = [1]\n    content {\n      role_arn = \"arn:aws:iam::${terraform.workspace == \"a\" ? \"111111111111\" : \"222222222222\"}:role/x\"\n    }\n  }\n}\nlocals {\n  x = <<-EOT\n    ${ \"}\" }\n  EOT\n}\n",
        "# tfkeyless: ignore[remove_assume_role] why\nprovider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\nresource \"null_resource\" \"n\" {\n  provisioner \"local-exec\" {\n    command = \"aws s3 ls\"\n  }\n}\n",
    ]);
    all.push(format!(
        "{role}locals {{\n  a = \"${{local.a}}${{local.b}}\"\n  b = [local.a, local.b]\n}}\n"
    ));
    let doubled = chain(12, |it| {
        format!("  a{it} = \"${{local.a{0}}}${{local.a{0}}}\"\n", it - 1)
    });
    all.push(format!(
        "{role}locals {{\n  a = local.a12\n  a0 = \"1\"\n{doubled}}}\n"
    ));
    let calls = format!("{}\"1\"{}", "join(\"\", [".repeat(20), "])".repeat(20));
    all.push(format!("{role}locals {{\n  a = {calls}\n}}\n"));
    all
}

/// Workflows.
pub fn workflows() -> Vec<String> {
    let job = "jobs:\n  apply:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n    steps:\n      - uses: actions/checkout@v4\n      - run: terraform apply\n";
    let mut all = owned(&[
        "on:\n  push:\n    branches: [main]\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    strategy:\n      matrix:\n        dir: [a, b]\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4 # here\n        with:\n          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          aws-region: eu-west-1\n\n      # apply\n      - run: |\n          cd ${{ matrix.dir }}\n          terraform apply\n",
        "on: workflow_call\njobs:\n  a:\n    uses: ./.github/workflows/a.yml\n    secrets: inherit\n  b:\n    uses: ./.github/workflows/a.yml\n    with: { x: \"${{ inputs.x }}${{ inputs.x }}\" }\n",
    ]);
    all.push(format!("on: push\n{job}"));
    let env = chain(12, |it| {
        format!("  a{it}: ${{{{ env.a{0} }}}}${{{{ env.a{0} }}}}\n", it - 1)
    });
    all.push(format!("on: push\nenv:\n  a0: x\n{env}{job}      - run: cd ${{{{ env.a12 }}}} && $(cat <<E\nterraform apply\nE\n)\n"));
    let script =
        "          for d in a b; do\n          ( cd $d && terraform plan )\n          done\n";
    all.push(format!(
        "on: [push, pull_request]\n{job}      - run: |\n{script}"
    ));
    all
}

/// Terraform's configuration in JSON.
pub fn json() -> Vec<String> {
    let mut all = owned(&[
        "{\n  \"provider\": {\n    \"aws\": {\n      \"region\": \"eu-west-1\",\n      \"assume_role\": { \"role_arn\": \"arn:aws:iam::222222222222:role/x\" }\n    }\n  },\n  \"terraform\": { \"backend\": { \"s3\": { \"bucket\": \"b\", \"key\": \"k\" } } }\n}\n",
        "{\"provider\":[{\"aws\":[{\"alias\":\"a\",\"access_key\":\"${var.k}\",\"secret_key\":\"${var.s}\"}]}],\"variable\":{\"k\":{},\"s\":{\"default\":\"x\"}}}",
        "{\"//\": \"tfkeyless: ignore[remove_assume_role] why\", \"locals\": {\"a\": \"${local.a}\\u00e9\\n\"}, \"resource\": {\"aws_eip\": {\"e\": {\"vpc\": true}}}}",
        "{\"locals\": {\"a\": \"\t\"}}",
        "{\u{b}\"locals\":\u{a0}{}}",
        "{\"a\":[{\"b\":[{\"c\":[{\"d\":[{\"e\":\"${var&k}\",\"f#\":\"${#\u{feff}ar.s}\"}]}],\"g\":\"${var&k}\"}]}],\"h&\":{}}",
    ]);
    all.push(format!(
        "{{\"locals\":{{\"a\":{}{}}}}}",
        "[".repeat(30),
        "]".repeat(30)
    ));
    all
}

/// A text before and after, around a line of their own.
pub fn pairs() -> Vec<String> {
    owned(&[
        "a = 1\nb = 2\n\n====\na = 1\nb = 3\n",
        "provider \"aws\" {\n  secret_key = \"x\"\n}\r\n\n====\nprovider \"aws\" {\n}",
        "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n\n====\n0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n12\n",
        "default = <<E\n  password: ${x}\u{1b}[31m\nE\n\n====\n",
        "a: { password: \u{a0}\u{a0}, token: \u{a0}b }\n",
    ])
}

/// GitHub's expressions.
pub fn expressions() -> Vec<String> {
    let mut all = owned(&[
        "a ${{ secrets.A }}-${{SECRETS['B-C'].x}}${{ matrix[ 'd' ] }}",
        "${{ github.ref == 'it''s }} secrets.X' && secrets.P || secrets.D }}",
        "success() && (failure() || contains(github.ref, 'é'))",
        "${{ secrets[format('K_{0}', matrix.env)] }} ${{",
    ]);
    all.push(format!("${{{{ {}0{} }}}}", "a[".repeat(20), "]".repeat(20)));
    all
}

/// Constraints of providers and modules.
pub fn constraints() -> Vec<String> {
    owned(&[
        "~> 4.0",
        ">= 4.9.0, < 6.0.0",
        "!= 5.1.0, > 4, ~> 5.2.1",
        "= 1.2.3-beta.1+x",
        " 4 ",
        ">=1,<2 ",
        "99999999999999999999",
    ])
}

/// Configurations.
pub fn configurations() -> Vec<String> {
    owned(&[
        "state_profile = \"dev\"\naccount \"dev\" { id = \"111111111111\" }\nkeys \"AWS_*\" { account = \"dev\" }\n",
        "account \"live\" {\n  id = \"222222222222\"\n}\nenvironment \"live\" { account = \"live\" }\njob \"a.yml:b\" { roots = [\"envs/*\"] }\nroot \"**/live\" { account = \"live\" }\nrunner \"*\" { account = \"live\" }\n",
        "ci {\n  role = \"arn:aws:iam::{id}:role/{account}\"\n}\nupgrade {\n  aws_provider = \"~> 5.0\"\n  module \"terraform-aws-modules/vpc/aws\" { version = \"5.16.0\" }\n}\ntransform \"bump_module\" { pins = false }\n",
        "module_source \"m\" {\n  repository = \"github.com/o/r\"\n  ref = \"v{version}\"\n}\nsso {\n  start_url = \"https://x\"\n  region = \"us-east-1\"\n  role_name = \"A\"\n}\nrole \"vars.R\" { account = \"x\" }\n",
    ])
}
