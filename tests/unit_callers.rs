//! What depends on who runs Terraform is seen in what Terragrunt generates and in the modules that its units deploy.

use engine::plan::Plan;

use crate::support::{Tree, reports, reviewed};

const ACCOUNTS: &str = "account \"dev\" { id = \"111111111111\" }\nsso {\n  start_url = \"https://x.awsapps.com/start/#/\"\n  region = \"eu-west-1\"\n  role_name = \"Admin\"\n}\n";
const ROOT: &str = "generate \"provider\" {\n  path      = \"provider.tf\"\n  if_exists = \"overwrite\"\n  contents  = <<EOF\nprovider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/terraform\"\n  }\n}\nEOF\n}\n";
const UNIT: &str = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\nterraform {\n  source = \"../modules/eks\"\n}\n";
const CREATOR: &str = "module \"eks\" {\n  source  = \"terraform-aws-modules/eks/aws\"\n  version = \"20.0.0\"\n  enable_cluster_creator_admin_permissions = true\n}\n";
const OWNERS: &str = "terraform {\n  required_providers {\n    aws = { source = \"hashicorp/aws\", version = \"~> 5.0\" }\n  }\n}\ndata \"aws_caller_identity\" \"current\" {}\nresource \"aws_kms_key\" \"k\" {\n  policy = data.aws_caller_identity.current.arn\n}\n";

fn plan(files: &[(&str, &str)]) -> Plan {
    Tree::new(files.iter().copied())
        .plan(ACCOUNTS, reviewed())
        .unwrap()
}

/// The findings of `caller_identity`: file, line and the beginning of the sentence.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let plan = plan(files);
    let own = plan
        .findings
        .iter()
        .filter(|it| it.transform == "caller_identity");
    own.map(|it| format!("{}:{} {}", it.at.path.display(), it.at.line, it.subject))
        .collect()
}

#[test]
fn a_module_that_a_unit_deploys_is_looked_at() {
    let files = |module| {
        [
            ("root.hcl", ROOT),
            ("eks/terragrunt.hcl", UNIT),
            ("modules/eks/main.tf", module),
        ]
    };
    // The caller is the administrator of the module's key, too.
    let expected = [
        "modules/eks/main.tf:1 module.eks",
        "modules/eks/main.tf:4 module.eks",
    ];
    assert_eq!(found(&files(CREATOR)), expected);
    assert_eq!(
        found(&files(OWNERS)),
        ["modules/eks/main.tf:8 aws_kms_key.k"]
    );
    let plan = plan(&files(CREATOR));
    let entries = "principal_arn = \"arn:aws:iam::111111111111:role/terraform\"";
    let mut helps = plan.findings.iter().filter_map(|it| it.help.as_ref());
    assert!(
        helps.any(|it| it.to_string().contains(entries)),
        "{:#?}",
        reports(&plan)
    );
    // No unit deploys it, and the file that loses its role is not above it.
    let unit = UNIT.replace("../modules/eks", "../modules/other");
    let files = [
        ("root.hcl", ROOT),
        ("eks/terragrunt.hcl", unit.as_str()),
        ("modules/eks/main.tf", OWNERS),
    ];
    assert_eq!(found(&files), [""; 0]);
}

#[test]
fn what_a_unit_generates_is_looked_at() {
    let cluster = "generate \"cluster\" {\n  path      = \"cluster.tf\"\n  if_exists = \"overwrite\"\n  contents  = <<EOF\ndata \"aws_eks_cluster_auth\" \"this\" {\n  name = \"main\"\n}\nprovider \"kubernetes\" {\n  token = data.aws_eks_cluster_auth.this.token\n}\nEOF\n}\n";
    let unit = format!("{UNIT}{cluster}");
    let modules = (
        "modules/eks/main.tf",
        "resource \"aws_sqs_queue\" \"q\" {}\n",
    );
    let expected =
        |path: &str, line: usize| [format!("{path}:{line} data.aws_eks_cluster_auth.this")];
    assert_eq!(
        found(&[("root.hcl", ROOT), ("eks/terragrunt.hcl", &unit), modules]),
        expected("eks/terragrunt.hcl", 11)
    );
    let include = UNIT.replace(
        "terraform {",
        "include \"eks\" {\n  path = \"../_envcommon/eks.hcl\"\n}\nterraform {",
    );
    assert_eq!(
        found(&[
            ("root.hcl", ROOT),
            ("eks/terragrunt.hcl", &include),
            ("_envcommon/eks.hcl", cluster),
            modules
        ]),
        expected("_envcommon/eks.hcl", 5)
    );
    // Nothing loses a role.
    let role =
        "  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/terraform\"\n  }\n";
    let plain = ROOT.replace(role, "");
    assert_eq!(
        found(&[("root.hcl", &plain), ("eks/terragrunt.hcl", &unit), modules]),
        [""; 0]
    );
}
