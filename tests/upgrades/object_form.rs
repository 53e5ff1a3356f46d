//! `route = [{ ... }]` means what `route { ... }` means, and Terraform drops what it does not know there.

use std::path::Path;

use crate::support::{CONFIG, PROVIDER_4, Tree, reviewed};
use engine::selection::Selection;

#[test]
fn a_route_that_is_an_object_keeps_its_instance() {
    const INTERFACE: &str = "network_interface_id = aws_instance.nat.primary_network_interface_id";
    for (before, expected) in [
        (
            "[{ cidr_block = \"0.0.0.0/0\", instance_id = aws_instance.nat.id }]",
            Some(format!("[{{ cidr_block = \"0.0.0.0/0\", {INTERFACE} }}]")),
        ),
        (
            "[{ instance_id = aws_instance.nat.id, network_interface_id = null, x = 1 }]",
            Some(format!("[{{ {INTERFACE}, x = 1 }}]")),
        ),
        (
            "[\n    {\n      instance_id          = aws_instance.nat.id\n      network_interface_id = \"\"\n    },\n  ]",
            Some(format!("[\n    {{\n      {INTERFACE}\n    }},\n  ]")),
        ),
        (
            "[{ instance_id = var.instance, network_interface_id = null }]",
            None,
        ),
        (
            "[{ instance_id = aws_instance.nat.id, network_interface_id = var.interface }]",
            None,
        ),
        (
            "concat([{ instance_id = aws_instance.nat.id }], var.routes)",
            None,
        ),
    ] {
        let main = |routes: &str| {
            format!(
                "resource \"aws_route_table\" \"u\" {{\n  vpc_id = \"v\"\n  route  = {routes}\n}}\n"
            )
        };
        let code = main(before);
        let tree = Tree::new([("main.tf", code.as_str()), ("versions.tf", PROVIDER_4)]);
        let safe = tree.plan(CONFIG, Selection::default()).unwrap();
        assert_eq!(safe.changes, [], "{before}");
        let plan = tree.plan(CONFIG, reviewed()).unwrap();
        let after = tree.with(&plan);
        let text = &after.0[Path::new("main.tf")];
        assert_eq!(*text, main(expected.as_deref().unwrap_or(before)));
        let manual = plan.open().filter(|it| it.transform == "upgrade_arguments");
        assert_eq!(manual.count(), usize::from(expected.is_none()), "{before}");
        assert_eq!(after.plan(CONFIG, reviewed()).unwrap().changes, []);
    }
}

#[test]
fn a_list_from_elsewhere_is_for_review_and_one_without_instances_is_free() {
    for (routes, is_free) in [
        ("route = []", true),
        (
            "route = [{ cidr_block = \"a\", gateway_id = var.gateway }]",
            true,
        ),
        ("route = [{ cidr_block = \"a\", instance_id = null }]", true),
        ("route = [{ cidr_block = \"a\", instance_id = \"\" }]", true),
        (
            "route = [for it in var.all : { cidr_block = it, instance_id = null }]",
            true,
        ),
        ("route {\n    cidr_block = \"a\"\n  }", true),
        ("route = var.routes", false),
        ("route = concat(local.a, local.b)", false),
    ] {
        let code = format!("{PROVIDER_4}resource \"aws_route_table\" \"u\" {{\n  {routes}\n}}\n");
        let tree = Tree::new([("main.tf", code.as_str())]);
        let moves = |selection| {
            let plan = tree.plan(CONFIG, selection).unwrap();
            tree.with(&plan).0[Path::new("main.tf")].contains("~> 5.0")
        };
        assert_eq!(moves(Selection::default()), is_free, "{routes}");
        assert!(moves(reviewed()), "{routes}");
    }
}
