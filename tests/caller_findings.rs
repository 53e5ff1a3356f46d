//! What in a plan depends on who runs Terraform is reported where that changes, and nowhere else.

use std::path::Path;

use engine::plan::Plan;
use engine::selection::Selection;

use crate::support::{ROLE_1, Tree, reviewed};

const CONFIG: &str = "state_profile = \"shared\"\naccount \"shared\" { id = \"333333333333\" }\naccount \"dev\" { id = \"111111111111\" }\nsso {\n  start_url = \"https://example.awsapps.com/start\"\n  region = \"eu-west-1\"\n  role_name = \"Admin\"\n}\nci {\n  role = \"arn:aws:iam::{id}:role/github-ci\"\n}\n";

const SSO: &str = "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_<HASH>";

const WORKFLOW: &str = "on: push\njobs:\n  plan:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n    steps:\n      - run: terraform init && terraform apply\n";

fn plan(files: &[(&str, &str)], selection: Selection) -> (Tree, Plan) {
    let tree = Tree::new(files.iter().copied());
    let plan = tree.plan(CONFIG, selection).unwrap();
    (tree.with(&plan), plan)
}

/// `FILE:LINE subject message | help` of what the transform reports.
fn reported(plan: &Plan) -> Vec<String> {
    let findings = plan.findings.iter();
    let own = findings.filter(|it| it.transform == "caller_identity");
    own.map(|it| {
        let (path, line) = (it.at.path.display(), it.at.line);
        let help = it.help.as_deref().unwrap_or_default();
        format!("{path}:{line} {} | {help}", it.sentence())
    })
    .collect()
}

/// What is reported beside a role that goes.
fn beside(text: &str) -> Vec<String> {
    let main = format!("{ROLE_1}{text}");
    reported(&plan(&[("main.tf", &main)], Selection::default()).1)
}

fn eks(arguments: &str) -> String {
    format!(
        "module \"eks\" {{\n  source = \"terraform-aws-modules/eks/aws\"\n  version = \"20.37.1\"\n  create_kms_key = false\n{arguments}\n}}\n"
    )
}

fn exec(arguments: &str) -> String {
    format!(
        "provider \"kubernetes\" {{\n  exec {{\n    command = \"aws\"\n    {arguments}\n  }}\n}}\n"
    )
}

fn local(arguments: &str) -> String {
    format!(
        "resource \"null_resource\" \"x\" {{\n  provisioner \"local-exec\" {{\n{arguments}\n  }}\n}}\n"
    )
}

#[test]
fn each_kind_is_reported_with_what_to_do() {
    let cluster = |setting: &str| {
        format!(
            "resource \"aws_eks_cluster\" \"x\" {{\n  access_config {{\n    {setting}\n  }}\n}}\n"
        )
    };
    for (text, message, help) in [
        (
            eks("  enable_cluster_creator_admin_permissions = true"),
            "module.eks makes the caller an admin",
            "sso = { principal_arn = \"arn:aws:iam::111111111111:role/aws-reserved/",
        ),
        (
            eks("  enable_cluster_creator_admin_permissions = var.x"),
            "module.eks makes the caller an admin",
            "set it to false",
        ),
        (
            cluster("bootstrap_cluster_creator_admin_permissions = true"),
            "aws_eks_cluster.x made the cluster's creator its admin",
            SSO,
        ),
        (
            eks("  access_entries = { a = { principal_arn = \"arn:aws:iam::111111111111:role/terraform\" } }"),
            "module.eks lists who may use the cluster",
            SSO,
        ),
        (
            eks("  aws_auth_roles = [{ rolearn = \"arn:aws:iam::111111111111:role/terraform\" }]"),
            "module.eks lists who may use the cluster",
            "rolearn: \"arn:aws:iam::111111111111:role/AWSReservedSSO_Admin_<HASH>\"",
        ),
        (
            "resource \"aws_eks_access_entry\" \"x\" {\n  principal_arn = aws_iam_role.terraform.arn\n}\n".to_owned(),
            "aws_eks_access_entry.x lists who may use the cluster",
            SSO,
        ),
        (
            "data \"aws_eks_cluster_auth\" \"x\" {\n  name = \"x\"\n}\n".to_owned(),
            "data.aws_eks_cluster_auth.x signs in to the cluster as the provider",
            SSO,
        ),
        (
            "output \"x\" {\n  value = data.aws_caller_identity.current.arn\n}\n".to_owned(),
            "output.x uses `data.aws_caller_identity.current.arn`",
            "aws_iam_session_context",
        ),
        (
            exec("args = [\"eks\", \"get-token\", \"--cluster-name\", \"x\"]"),
            "provider \"kubernetes\" signs in to the cluster by `exec` as who runs Terraform",
            SSO,
        ),
        (
            exec("args = [\"eks\", \"get-token\", \"--profile\", \"deployment\"]"),
            "with the profile deployment",
            "remove it",
        ),
        (
            exec("args = [\"eks\", \"get-token\"]\n    env = { AWS_PROFILE = \"deployment\" }"),
            "with the profile deployment",
            "remove it",
        ),
        (
            exec("args = [\"eks\", \"get-token\", \"--role-arn\", var.admin]"),
            "with the role var.admin, which new callers have to assume",
            SSO,
        ),
        (
            local("command = \"aws s3 sync a s3://b --profile deployment\""),
            "null_resource.x runs a command with the profile deployment",
            "remove it",
        ),
        (
            local("command = \"AWS_PROFILE=dev aws s3 ls\""),
            "runs a command with the profile dev",
            "write that profile in a step of each job",
        ),
        (
            local("command = \"./x.sh\"\nenvironment = { AWS_PROFILE = \"deployment\" }"),
            "runs a command with the profile deployment",
            "remove it",
        ),
        (
            local("command = \"aws sts assume-role --role-arn arn:aws:iam::1:role/x --role-session-name y\""),
            "runs a command with the role arn:aws:iam::1:role/x",
            "trust policy",
        ),
        (
            "data \"external\" \"x\" {\n  program = [\"aws\", \"s3\", \"ls\", \"--profile\", \"deployment\"]\n}\n".to_owned(),
            "data.external.x runs a command with the profile deployment",
            "remove it",
        ),
    ] {
        let found = beside(&text);
        let [found] = &found[..] else {
            panic!("{text}: {found:#?}");
        };
        assert!(found.contains(message), "{text}: {found}");
        assert!(found.contains(help), "{text}: {found}");
    }
}

#[test]
fn the_script_of_a_shell_names_its_profile() {
    for text in [
        "data \"external\" \"x\" {\n  program = [\"bash\", \"-c\", \"AWS_PROFILE=deployment aws s3 ls\"]\n}\n".to_owned(),
        local("command = \"/bin/sh -ec 'cd x && aws s3 ls --profile deployment'\""),
        local("command = \"AWS_PROFILE=deployment bash -c 'aws s3 ls'\""),
    ] {
        let found = beside(&text);
        let [found] = &found[..] else {
            panic!("{text}: {found:#?}");
        };
        assert!(found.contains("with the profile deployment, whatever"), "{text}: {found}");
    }
}

#[test]
fn what_is_the_same_for_everybody_is_not_reported() {
    let admitted = "locals {\n  sso = \"AWSReservedSSO_Admin_0123456789abcdef\"\n}\n";
    let token = exec("args = [\"eks\", \"get-token\"]");
    for text in [
        eks("  enable_cluster_creator_admin_permissions = false"),
        eks(""),
        "output \"x\" {\n  value = data.aws_caller_identity.current.account_id\n}\n".to_owned(),
        "data \"aws_iam_session_context\" \"x\" {\n  arn = data.aws_caller_identity.current.arn\n}\n".to_owned(),
        "resource \"aws_eks_access_entry\" \"x\" {\n  type = \"EC2_LINUX\"\n  principal_arn = aws_iam_role.node.arn\n}\n".to_owned(),
        eks("  access_entries = var.access_entries"),
        format!("{admitted}{}", eks("  access_entries = { a = { principal_arn = local.sso } }")),
        format!("{admitted}{token}"),
        format!("{admitted}data \"aws_eks_cluster_auth\" \"x\" {{\n  name = \"x\"\n}}\n"),
        exec("args = [\"version\"]").replace("\"aws\"", "\"gcloud\""),
        local("command = \"mvn --profile release package\""),
        local("command = \"docker compose --profile dev up\""),
        local("command = \"bash -c 'echo AWS_PROFILE=x'\""),
        local("command = \"sh x.sh -c 'aws s3 ls'\""),
        local("command = \"echo AWS\""),
        "# data.aws_caller_identity.current.arn\n".to_owned(),
    ] {
        assert_eq!(beside(&text), [""; 0], "{text}");
    }
}

/// The roots that keep their identity say nothing, and neither does a tree that has migrated.
#[test]
fn only_modules_whose_callers_change_are_reported() {
    let uses = "output \"x\" {\n  value = data.aws_caller_identity.current.arn\n}\n";
    let calls = format!("{ROLE_1}module \"m\" {{\n  source = \"../m\"\n}}\n");
    let kept = ROLE_1.replace(
        "  assume_role",
        "  # tfkeyless: ignore[remove_assume_role] meant\n  assume_role",
    );
    let none = "provider \"aws\" {\n  profile = \"dev\"\n}\n";
    for (root, count) in [(calls.as_str(), 1), (none, 0), (kept.as_str(), 0)] {
        let root = match root == calls {
            true => root.to_owned(),
            false => format!("{root}module \"m\" {{\n  source = \"../m\"\n}}\n"),
        };
        let files = [("app/main.tf", root.as_str()), ("m/main.tf", uses)];
        let (after, before) = plan(&files, Selection::default());
        assert_eq!(reported(&before).len(), count, "{root}");
        let again = after.plan(CONFIG, Selection::default()).unwrap();
        assert_eq!(reported(&again), [""; 0], "{root}");
    }
}

/// Beside a role that stays, only what uses the ambient credentials depends on the job.
#[test]
fn a_job_that_signs_in_changes_who_runs_its_root_modules() {
    let ambient = format!(
        "provider \"aws\" {{\n}}\n{}",
        "output \"x\" {\n  value = data.aws_caller_identity.current.arn\n}\n"
    );
    let (_, before) = plan(
        &[
            ("main.tf", &ambient),
            (".github/workflows/ci.yml", WORKFLOW),
        ],
        Selection::default(),
    );
    assert_eq!(reported(&before).len(), 1, "{:?}", before.findings);
    let token = exec("args = [\"eks\", \"get-token\"]");
    let main = format!("{ROLE_1}{token}");
    let (_, with_job) = plan(
        &[("main.tf", &main), (".github/workflows/ci.yml", WORKFLOW)],
        Selection::default(),
    );
    let found = reported(&with_job);
    assert!(
        found[0].contains("arn:aws:iam::111111111111:role/github-ci"),
        "{found:?}"
    );
}

/// Many places are one finding.
#[test]
fn places_of_a_kind_are_listed_in_one_finding() {
    let main = format!(
        "{ROLE_1}output \"x\" {{\n  value = data.aws_caller_identity.current.arn\n}}\noutput \"y\" {{\n  value = data.aws_caller_identity.current.user_id\n}}\n"
    );
    // Two in one line are one place.
    let other = "output \"z\" {\n  value = \"${data.aws_caller_identity.current.arn}${data.aws_caller_identity.current.arn}\"\n}\n";
    let main = main.replacen(
        "= data.aws_caller_identity.current.arn",
        "= [data.aws_caller_identity.current.arn, data.aws_caller_identity.current.arn]",
        1,
    );
    let files = [("main.tf", main.as_str()), ("z.tf", other)];
    let found = reported(&plan(&files, Selection::default()).1);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("(and in main.tf:11, z.tf:2)"),
        "{found:?}"
    );
}

/// `args` before and after.
#[test]
fn the_role_that_the_provider_loses_leaves_exec_with_review() {
    let role = "arn:aws:iam::111111111111:role/x";
    for (before, after) in [
        (
            format!("[\"eks\", \"get-token\", \"--role-arn\", \"{role}\"]"),
            Some("[\"eks\", \"get-token\"]"),
        ),
        (
            format!("[\"eks\", \"get-token\", \"--role-arn={role}\", \"--region\", \"x\"]"),
            Some("[\"eks\", \"get-token\", \"--region\", \"x\"]"),
        ),
        (
            format!("[\"token\", \"-i\", \"x\", \"-r\", \"{role}\"]"),
            Some("[\"token\", \"-i\", \"x\"]"),
        ),
        (
            format!("[\n      \"eks\",\n      \"--role-arn\",\n      \"{role}\",\n    ]"),
            Some("[\n      \"eks\",\n    ]"),
        ),
        // Another role, or one that is not known to be it.
        (
            "[\"eks\", \"--role-arn\", \"arn:aws:iam::111111111111:role/y\"]".to_owned(),
            None,
        ),
        ("[\"eks\", \"--role-arn\", var.role]".to_owned(), None),
        ("local.args".to_owned(), None),
    ] {
        for block in [
            exec(&format!("args = {before}")),
            format!(
                "provider \"helm\" {{\n  kubernetes {{\n    exec {{\n      command = \"aws\"\n    args = {before}\n    }}\n  }}\n}}\n"
            ),
            format!(
                "provider \"helm\" {{\n  kubernetes = {{\n    exec = {{\n      command = \"aws\"\n    args = {before}\n    }}\n  }}\n}}\n"
            ),
        ] {
            let main = format!("{ROLE_1}{block}");
            let (unasked, _) = plan(&[("main.tf", &main)], Selection::default());
            let unasked = &unasked.0[Path::new("main.tf")];
            assert!(unasked.contains(&before), "{main}");
            // Both or none: a later run could not tell whose role it was.
            let has_role = unasked.contains("assume_role {");
            assert_eq!(
                has_role,
                after.is_some() || before == "local.args",
                "{main}"
            );
            let (all, found) = plan(&[("main.tf", &main)], reviewed());
            let all = &all.0[Path::new("main.tf")];
            assert!(!all.contains("assume_role {"), "{main}");
            assert!(
                all.contains(&format!("args = {}", after.unwrap_or(&before))),
                "{all}"
            );
            if after.is_some() {
                let found = reported(&found);
                assert!(found[0].contains(SSO), "{found:?}");
            }
        }
    }
}

/// The role of a provider that gets a profile is no caller's.
#[test]
fn the_role_of_an_alias_stays_in_exec() {
    let alias = "provider \"aws\" {\n  alias = \"y\"\n  assume_role {\n    role_arn = \"arn:aws:iam::333333333333:role/y\"\n  }\n}\n";
    let exec = exec("args = [\"eks\", \"--role-arn\", \"arn:aws:iam::333333333333:role/y\"]");
    let main = format!("{ROLE_1}{alias}{exec}");
    let (all, _) = plan(&[("main.tf", &main)], reviewed());
    assert!(all.0[Path::new("main.tf")].contains("\"--role-arn\""));
}

#[test]
fn maps_of_users_beside_the_modules_lack_the_new_roles() {
    let map = "data:\n  mapUsers: |\n    - userarn: arn:aws:iam::333333333333:user/deployment\n";
    let (_, found) = plan(
        &[("main.tf", ROLE_1), ("k8s/aws-auth.yaml", map)],
        Selection::default(),
    );
    let found = reported(&found);
    assert!(
        found[0].starts_with("k8s/aws-auth.yaml:2 `aws-auth` lists"),
        "{found:?}"
    );
    let known = format!("{map}  # AWSReservedSSO_Admin_0123456789abcdef\n");
    let (_, found) = plan(
        &[("main.tf", ROLE_1), ("k8s/aws-auth.yaml", &known)],
        Selection::default(),
    );
    assert_eq!(reported(&found), [""; 0]);
}

#[test]
fn a_provider_that_the_role_of_a_session_chooses_is_reported_in_whatever_file_it_is() {
    const CONTEXT: &str = "data \"aws_caller_identity\" \"me\" {}\n\ndata \"aws_iam_session_context\" \"me\" {\n  arn = data.aws_caller_identity.me.arn\n}\n";
    const ISSUER: &str = "data.aws_iam_session_context.me.issuer_arn";
    let chosen = |role: &str| {
        format!(
            "provider \"aws\" {{\n  alias = \"dns\"\n  assume_role {{\n    role_arn = {role}\n  }}\n}}\n"
        )
    };
    for (role, expected) in [
        (
            format!("var.roles[{ISSUER}]"),
            "makes a provider configuration of `data.aws_iam_session_context.me.issuer_arn`, the role of who runs \
             Terraform",
        ),
        (
            format!("{ISSUER} == var.ci ? var.a : var.b"),
            "tests `data.aws_iam_session_context.me.issuer_arn`, the role of who runs Terraform",
        ),
    ] {
        let files = [
            ("main.tf", ROLE_1),
            ("context.tf", CONTEXT),
            ("dns.tf", &chosen(&role)),
        ];
        let found = reported(&plan(&files, Selection::default()).1);
        let [only] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert!(
            only.starts_with("dns.tf:4 ") && only.contains(expected),
            "{only}"
        );
    }
    let files = [("main.tf", ROLE_1), ("context.tf", CONTEXT)];
    assert_eq!(reported(&plan(&files, Selection::default()).1), [""; 0]);
}

/// The key of a cluster is the caller's where nothing says whose it is.
#[test]
fn the_key_of_a_cluster_is_administered_by_the_new_callers() {
    for (arguments, is_reported) in [
        ("version = \"20.37.1\"", true),
        ("version = \"~> 21.0\"", true),
        ("version = \"~> 19.0\"\n  create_kms_key = true", true),
        ("", true),
        ("version = \"18.31.0\"", false),
        ("version = \"20.37.1\"\n  create_kms_key = false", false),
        ("version = \"20.37.1\"\n  create = false", false),
        (
            "version = \"20.37.1\"\n  kms_key_administrators = [\"a\"]",
            false,
        ),
        (
            "version = \"20.37.1\"\n  cluster_encryption_config = {}",
            false,
        ),
        ("version = \"21.0.0\"\n  encryption_config = null", false),
    ] {
        let text = format!(
            "module \"eks\" {{\n  source = \"terraform-aws-modules/eks/aws\"\n  {arguments}\n}}\n"
        );
        let found = beside(&text);
        assert_eq!(found.len(), usize::from(is_reported), "{text}: {found:#?}");
        for found in found {
            assert!(
                found.contains("module.eks makes a key whose administrator is who runs Terraform"),
                "{found}"
            );
            assert!(
                found.contains(&format!("`kms_key_administrators = [\"{SSO}\"]`")),
                "{found}"
            );
        }
    }
    let other =
        "module \"x\" {\n  source = \"terraform-aws-modules/eks/aws//modules/karpenter\"\n}\n";
    assert_eq!(beside(other), [""; 0]);
}

/// The entries that the EKS module is to have name who acts until then, as the module itself calls that entry, and
/// the policy of the partition.
#[test]
fn the_entries_of_a_cluster_name_who_acts_until_the_migration() {
    let cluster = eks("  enable_cluster_creator_admin_permissions = true");
    let resource = "resource \"aws_eks_cluster\" \"x\" {\n  access_config {\n    bootstrap_cluster_creator_admin_permissions = true\n  }\n}\n";
    for (partition, role) in [
        ("aws", "arn:aws:iam::111111111111:role/x"),
        ("aws-us-gov", "arn:aws-us-gov:iam::111111111111:role/x"),
        ("aws-cn", "arn:aws-cn:iam::111111111111:role/x"),
    ] {
        let provider = ROLE_1.replace("arn:aws:iam::111111111111:role/x", role);
        let main = format!("{provider}{cluster}{resource}");
        let found = reported(&plan(&[("main.tf", &main)], Selection::default()).1);
        assert_eq!(found.len(), 2, "{found:#?}");
        let policy =
            format!("arn:{partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy");
        for found in &found {
            assert!(found.contains(&policy), "{found}");
            assert_eq!(
                found.matches(":eks::").count(),
                found.matches(&policy).count()
            );
        }
        let entry =
            format!("access_entries = {{ cluster_creator = {{ principal_arn = \"{role}\", ");
        assert!(found[0].contains(&entry), "{found:#?}");
    }
    // With the keys of a user no role acts.
    let main = format!(
        "provider \"aws\" {{\n  access_key = var.a\n  secret_key = var.b\n  allowed_account_ids = [\"111111111111\"]\n}}\n{cluster}"
    );
    let found = reported(&plan(&[("main.tf", &main)], Selection::default()).1);
    assert!(
        found[0].contains("cluster_creator = { principal_arn = \"<USER_OF_THE_STATIC_KEYS>\""),
        "{found:#?}"
    );
}
