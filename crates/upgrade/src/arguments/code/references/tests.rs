use std::collections::BTreeSet;

use super::*;
use crate::arguments::code::passed_objects::PassedObjects;
use terraform::module::Module;

const TEXT: &str = r#"output "o" {
  value      = [aws_a.x.id, aws_a.x[0].b[1].c, data.aws_a.y.*.id, aws_b.z.id]
  all        = { for k, v in aws_a.x : k => v.id }
  text       = "${aws_a.x[data.aws_a.y.n].id}"
  depends_on = [aws_a.x]
}
moved {
  from = aws_a.x
  to   = aws_a.y
}
"#;

#[test]
fn references_are_found_wherever_they_stand() {
    let document = Document::new("main.tf".into(), TEXT.to_owned()).unwrap();
    let types = BTreeSet::from([(BlockType::Resource, "aws_a"), (BlockType::Data, "aws_a")]);
    let module = Module::new("".into(), vec![document]);
    let document = module.configuration().next().unwrap();
    let none = PassedObjects::default();
    let holders = Holders::of(&module, &types, &none);
    let found = references(document, &holders, |_, _| true).read;
    let read: Vec<_> = found
        .iter()
        .map(|it| {
            let steps = it.steps.iter().map(|step| {
                assert_eq!(&TEXT[step.span.clone()], step.name);
                format!(".{}{}", step.name, if step.is_indexed { "[]" } else { "" })
            });
            it.address() + &steps.collect::<String>()
        })
        .collect();
    assert_eq!(
        read,
        [
            "aws_a.x.id",
            "aws_a.x.b[].c",
            "data.aws_a.y.id",
            "aws_a.x",
            "aws_a.x.id",
            "data.aws_a.y.n"
        ]
    );
    assert_eq!(found[1].at("b.c").map(|step| step.name.as_str()), Some("c"));
    assert_eq!(found[1].at("b.d"), None);
    assert_eq!(found[0].at("id.x"), None);
}

#[test]
fn a_resource_reads_itself_in_its_own_block() {
    const OWN: &str = r#"resource "aws_a" "x" {
  count = 2
  lifecycle {
    postcondition {
      condition     = self.id == "d" && alltrue([for it in self.b : it.c])
      error_message = jsonencode(self)
    }
  }
  provisioner "local-exec" {
    command = "echo ${self.d[0].e}"
  }
}
data "aws_a" "y" {
  lifecycle {
    postcondition {
      condition = self.n > 1
    }
  }
}
resource "aws_b" "other" {
  provisioner "local-exec" {
    command = self.id
  }
}
"#;
    let document = Document::new("main.tf".into(), OWN.to_owned()).unwrap();
    let types = BTreeSet::from([(BlockType::Resource, "aws_a"), (BlockType::Data, "aws_a")]);
    let module = Module::new("".into(), vec![document]);
    let document = module.configuration().next().unwrap();
    let none = PassedObjects::default();
    let holders = Holders::of(&module, &types, &none);
    // No other mention of the type counts.
    let found = references(document, &holders, |_, _| false).read;
    let read: Vec<_> = found
        .iter()
        .map(|it| {
            let steps = it.steps.iter().map(|step| format!(".{}", step.name));
            (
                it.address() + &steps.collect::<String>(),
                &OWN[it.span.clone()],
            )
        })
        .collect();
    let read: Vec<(&str, &str)> = read.iter().map(|(to, at)| (to.as_str(), *at)).collect();
    assert_eq!(
        read,
        [
            ("aws_a.x.id", "id"),
            ("aws_a.x.b", "b"),
            ("aws_a.x.b.c", "c"),
            ("aws_a.x", "self"),
            ("aws_a.x.d.e", "d[0].e"),
            ("data.aws_a.y.n", "n"),
        ]
    );
}

#[test]
fn only_blocks_with_a_mention_that_counts_are_parsed() {
    let document = Document::new("main.tf".into(), TEXT.to_owned()).unwrap();
    let types = BTreeSet::from([(BlockType::Resource, "aws_b")]);
    let module = Module::new("".into(), vec![document]);
    let document = module.configuration().next().unwrap();
    let none = PassedObjects::default();
    let holders = Holders::of(&module, &types, &none);
    let found = |attribute: &str| {
        let counts = |_: &str, it: Mention<'_>| it == Mention::Attribute(attribute.as_bytes());
        references(document, &holders, counts).read.len()
    };
    assert_eq!((found("id"), found("arn")), (1, 0));
}
