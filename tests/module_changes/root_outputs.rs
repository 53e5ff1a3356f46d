//! Outputs of root modules that become null with the VPC module: a plan shows them, and the state lacks
//! them afterwards.

use crate::support::{Tree, beside, reviewed};
use diagnostics::finding::Safety;

/// What the finding about a call without an internet gateway says, where an output has this value.
fn help(value: &str, caller: Option<&str>) -> Option<String> {
    let call = format!(
        "module \"vpc\" {{\n  source  = \"terraform-aws-modules/vpc/aws\"\n  version = \"3.18.1\"\n\n  cidr            = \"10.0.0.0/16\"\n  private_subnets = [\"10.0.11.0/24\"]\n  vpn_gateway_id  = var.gateway\n}}\nlocals {{\n  igw = module.vpc.igw_id\n}}\noutput \"o\" {{\n  value = {value}\n}}\n"
    );
    let files = [("net/main.tf", call.as_str())].into_iter();
    let tree = Tree::new(files.chain(caller.map(|it| ("main.tf", it))));
    let plan = tree.plan("", reviewed()).unwrap();
    let mut findings = plan.findings.iter();
    let finding = findings.find(|it| it.subject.contains("vpc/aws")).unwrap();
    let said = Some(beside(finding)).filter(|said| !said.is_empty());
    assert_eq!(finding.safety == Safety::Review, said.is_some());
    said
}

#[test]
fn an_output_of_a_root_module_that_becomes_null_is_named() {
    const CALLER: &str = "module \"net\" {\n  source = \"./net\"\n}\n";
    let passing = format!("{CALLER}output \"p\" {{\n  value = module.net.o\n}}\n");
    let of_state = |place: &str, output: &str, verb: &str| {
        format!(
            "{place} writes to the state the output `{output}`, which {verb} null instead of \"\""
        )
    };
    for (value, caller, expected) in [
        (
            "module.vpc.igw_id",
            None,
            Some(("net/main.tf:13", "igw_id", "is")),
        ),
        ("local.igw", None, Some(("net/main.tf:13", "igw_id", "is"))),
        (
            "{ gateway = module.vpc.igw_id }",
            None,
            Some(("net/main.tf:13", "igw_id", "is")),
        ),
        (
            "module.vpc.vgw_id",
            None,
            Some(("net/main.tf:13", "vgw_id", "may be")),
        ),
        (
            "module.vpc.igw_id",
            Some(passing.as_str()),
            Some(("main.tf:5", "igw_id", "is")),
        ),
        // Of a module that is called, the state has no outputs.
        ("module.vpc.igw_id", Some(CALLER), None),
        ("module.vpc.vpc_id", None, None),
        ("module.vpc.private_subnets", None, None),
        ("length(module.vpc.private_subnets)", None, None),
    ] {
        let expected = expected.map(|(place, output, verb)| of_state(place, output, verb));
        assert_eq!(help(value, caller), expected, "{value} {caller:?}");
    }
}
