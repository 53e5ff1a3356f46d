//! Configuration in JSON: decided with, and edited, as that in HCL.

use crate::support::{CONFIG, PROVIDER_4, Tree, VPC_3, beside, changed, reports, reviewed};
use engine::plan::Plan;
use engine::selection::Selection;

fn plan<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> Plan {
    Tree::new(files).plan(CONFIG, reviewed()).unwrap()
}

fn after<'p>(plan: &'p Plan, path: &str) -> &'p str {
    let mut changes = plan.changes.iter();
    let change = changes.find(|change| change.path.to_str() == Some(path));
    &change.expect(path).after
}

const ROLE: &str = r#"{"provider": {"aws": {"version": "~> 5.0", "assume_role": {"role_arn": "arn:aws:iam::111111111111:role/x"}}}}"#;
const VALUES: &str = "{\n  \"variable\": {\"id\": {\"default\": \"111111111111\"}},\n  \"locals\": {\"role\": \"arn:aws:iam::${var.id}:role/x\"}\n}\n";

#[test]
fn names_in_json_tell_the_account_of_a_role_in_hcl_and_the_other_way_round() {
    let native = "provider \"aws\" {\n  version = \"~> 5.0\"\n  alias   = \"b\"\n  assume_role {\n    role_arn = local.role\n  }\n}\n";
    let plan = plan([("main.tf", native), ("names.tf.json", VALUES)]);
    assert_eq!(
        after(&plan, "main.tf"),
        "provider \"aws\" {\n  version = \"~> 5.0\"\n  alias   = \"b\"\n  profile = \"dev\"\n}\n"
    );

    let names = "variable \"id\" {\n  default = \"111111111111\"\n}\n";
    let json = r#"{"provider": {"aws": {"alias": "b", "assume_role": {"role_arn": "arn:aws:iam::${var.id}:role/x"}}}}"#;
    let plan = self::plan([("main.tf.json", json), ("names.tf", names)]);
    assert_eq!(
        after(&plan, "main.tf.json"),
        r#"{"provider": {"aws": {"alias": "b", "profile": "dev"}}}"#
    );

    // What a file with values says stands above a default, whatever that is written in.
    let plan = self::plan([
        ("main.tf", native),
        ("names.tf.json", VALUES),
        ("terraform.tfvars", "id = \"222222222222\"\n"),
    ]);
    assert_eq!(plan.changes, []);
    assert!(
        reports(&plan)[0].contains("account 222222222222, which has no matching `account` block")
    );
}

#[test]
fn an_override_in_json_overrides() {
    let native = "provider \"aws\" {\n  alias   = \"b\"\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\n";
    for name in ["a_override.tf.json", "override.tofu.json"] {
        let over = r#"{"provider": {"aws": {"alias": "b", "assume_role": {"role_arn": "arn:aws:iam::111111111111:role/x"}}}}"#;
        let plan = plan([(name, over), ("main.tf", native)]);
        assert_eq!(
            after(&plan, name),
            r#"{"provider": {"aws": {"alias": "b", "profile": "dev"}}}"#
        );
        assert_eq!(
            after(&plan, "main.tf"),
            "provider \"aws\" {\n  alias   = \"b\"\n  version = \"~> 5.0\"\n}\n"
        );
    }
    let last = r#"{"provider": {"aws": {"alias": "b", "assume_role": {"role_arn": "arn:aws:iam::111111111111:role/x"}}}}"#;
    let plan = plan([("a.tf.json", last), ("main.tf", native)]);
    assert_eq!(plan.changes, [], "the later file stands");
}

#[test]
fn provider_and_modules_move_together_across_both() {
    let versions =
        "{\n  \"terraform\": {\n    \"required_providers\": {\"aws\": \"~> 4.67\"}\n  }\n}\n";
    let tree = Tree::new([("versions.tf.json", versions), ("vpc.tf", VPC_3)]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), ["versions.tf.json", "vpc.tf"]);
    assert_eq!(
        after(&plan, "versions.tf.json"),
        versions.replace("4.67", "5.0")
    );
}

#[test]
fn a_call_from_json_makes_a_child_of_a_module() {
    for source in ["./m", ".\\/m", "\\u002e/m"] {
        let call = format!("{{\"module\": {{\"m\": {{\"source\": \"{source}\"}}}}}}");
        let plan = plan([
            ("main.tf.json", call.as_str()),
            ("m/main.tf", PROVIDER_4),
            ("versions.tf", PROVIDER_4),
        ]);
        assert_eq!(
            after(&plan, "m/main.tf"),
            PROVIDER_4.replace("~> 4.0", ">= 5.0"),
            "{source}"
        );
    }
}

#[test]
fn generated_json_is_not_edited_and_holds_what_depends_on_it() {
    let generated = "{\"//\": {\"metadata\": {\"stackName\": \"x\"}}, \"terraform\": {\"required_providers\": {\"aws\": \"~> 4.67\"}}}";
    let plan = plan([("x.tf.json", generated), ("vpc.tf", VPC_3)]);
    assert_eq!(plan.changes, []);
    assert!(
        plan.findings.iter().any(|finding| {
            beside(finding).contains("the file is generated: change what it is generated from")
        }),
        "{:?}",
        plan.findings
    );

    let plan = self::plan([("cdktf.out/stacks/x/cdk.tf.json", ROLE)]);
    assert_eq!(plan.changes, []);
    assert_eq!(
        reports(&plan),
        [
            "cdktf.out/stacks/x/cdk.tf.json:1: provider \"aws\" is not changed: cdktf.out/stacks/x/cdk.tf.json is generated: change what it is generated from"
        ]
    );
}

#[test]
fn keys_in_json_go_with_their_variables_in_both() {
    let json = "{\n  \"provider\": {\n    \"aws\": {\n      \"version\": \"~> 5.0\",\n      \"access_key\": \"${var.a}\",\n      \"secret_key\": \"${var.b}\"\n    }\n  },\n  \"variable\": {\n    \"a\": {\"type\": \"string\"}\n  }\n}\n";
    let plan = plan([
        ("main.tf.json", json),
        ("terraform.tfvars", "a = \"AKIAIOSFODNN7EXAMPLE\"\n"),
        ("variables.tf", "variable \"b\" {}\n"),
    ]);
    assert_eq!(
        changed(&plan),
        ["main.tf.json", "terraform.tfvars", "variables.tf"]
    );
    assert_eq!(
        after(&plan, "main.tf.json"),
        "{\n  \"provider\": {\n    \"aws\": {\n      \"version\": \"~> 5.0\"\n    }\n  }\n}\n"
    );
    assert_eq!(after(&plan, "variables.tf"), "");
}

#[test]
fn what_hangs_on_another_file_holds_json_too() {
    let plan = plan([("read-only/main.tf.json", ROLE)]);
    assert_eq!(plan.changes, []);
    assert_eq!(
        reports(&plan),
        [
            "read-only/main.tf.json:1: provider \"aws\" is not changed: read-only/main.tf.json is read-only"
        ]
    );
}

#[test]
fn what_terraform_rejects_is_left_and_said() {
    let twice = r#"{"provider": {"aws": {"region": "a", "region": "b", "assume_role": {"role_arn": "arn:aws:iam::111111111111:role/x"}}}}"#;
    let plan = plan([("main.tf.json", twice)]);
    assert_eq!(plan.changes, []);
    assert!(
        plan.skipped[0]
            .reason
            .contains("this `provider` block is not understood"),
        "{:?}",
        plan.skipped
    );
}

#[test]
fn escapes_do_not_hide_what_matters() {
    let json =
        r#"{"module": {"m": {"source": "s3::https:\/\/s3.amazonaws.com\/modules\/a-1.2.3.zip"}}}"#;
    let config = "module_source \"modules\" {\n  repository = \"github.com/o/r\"\n  ref = \"v{version}\"\n}\n";
    let plan = Tree::new([("main.tf.json", json)])
        .plan(config, reviewed())
        .unwrap();
    assert_eq!(
        after(&plan, "main.tf.json"),
        r#"{"module": {"m": {"source": "github.com/o/r//a?ref=v1.2.3"}}}"#
    );
    let json = r#"{"module": {"vpc": {"source": "terraform-aws-modules\/vpc\/aws", "version": "3.18.1", "cidr": "10.0.0.0\/16"}}}"#;
    let plan = self::plan([("main.tf.json", json)]);
    assert!(
        after(&plan, "main.tf.json").contains(r#""version": "5.16.0", "cidr": "10.0.0.0\/16""#)
    );
}

#[test]
fn secrets_are_known_as_json_writes_them() {
    let json = r#"{"provider": {"aws": {"secret_key": "${var.b}"}}, "variable": {"b": {"default": "wJalrXUtnFEMI\/K7MDENG"}}}"#;
    let plan = plan([("main.tf.json", json)]);
    assert!(
        plan.secrets.contains(&r"wJalrXUtnFEMI\/K7MDENG".to_owned()),
        "{:?}",
        plan.secrets
    );
}

#[test]
fn a_renamed_argument_is_ignored_by_its_new_name_in_json() {
    for name in ["main.tf.json", "main.tofu.json"] {
        let json = r#"{"terraform": {"required_providers": {"aws": "~> 4.0"}}, "resource": {"aws_db_instance": {"a": {"name": "x", "lifecycle": {"ignore_changes": ["tags",  "name"]}}}}, "output": {"o": {"value": "${aws_db_instance.a.name}"}}}"#;
        let plan = plan([(name, json)]);
        let expected = json
            .replace("4.0", "5.0")
            .replace("\"name\"", "\"db_name\"")
            .replace("a.name", "a.db_name");
        assert_eq!(after(&plan, name), expected);
        assert_eq!(reports(&plan), [""; 0]);
    }
}

#[test]
fn the_provider_waits_for_arguments_that_are_not_exact_in_json() {
    let group = |tags: &str| {
        format!(
            "{{\"terraform\": {{\"required_providers\": {{\"aws\": \"~> 4.67\"}}}}, \"resource\": {{\"aws_autoscaling_group\": {{\"g\": {{{tags}\"max_size\": 1}}}}}}}}"
        )
    };
    let with =
        group("\"tags\": [{\"key\": \"a\", \"value\": \"b\", \"propagate_at_launch\": true}], ");
    let plan = Tree::new([("main.tf.json", with.as_str())])
        .plan(CONFIG, Selection::default())
        .unwrap();
    assert_eq!(plan.changes, []);
    assert!(
        reports(&plan)
            .iter()
            .any(|report| report.contains("is not upgraded")),
        "{:?}",
        reports(&plan)
    );
    let without = group("");
    let plan = self::plan([("main.tf.json", without.as_str())]);
    assert_eq!(after(&plan, "main.tf.json"), without.replace("4.67", "5.0"));
}
