//! The provider waits where a whole object goes to a reader that may, or does, read what changes of it.

use std::path::Path;

use crate::support::{CONFIG, PROVIDER_4, Tree, reviewed};
use engine::selection::Selection;

const DATABASE: &str = "resource \"aws_db_instance\" \"m\" {\n  identifier = \"m\"\n}\n";
const QUEUE: &str = "resource \"aws_sqs_queue\" \"m\" {\n  name = \"m\"\n}\n";

/// What moves the provider.
#[derive(Debug, PartialEq, Eq)]
enum Moves {
    Apply,
    Review,
    /// `--review`, which says that it fails until somebody changes the code.
    Manual,
}

fn moves(tree: &Tree) -> Moves {
    let is_moved = |selection: Selection| {
        let plan = tree.plan(CONFIG, selection).unwrap();
        let texts = tree.with(&plan).0;
        (texts[Path::new("main.tf")].contains("~> 5.0"), plan)
    };
    let (by_apply, plan) = is_moved(Selection::default());
    let (by_review, _) = is_moved(reviewed());
    assert!(by_review, "--review moves all the rest");
    if by_apply {
        return Moves::Apply;
    }
    assert_eq!(plan.changes, [], "code and provider move together");
    let mut bump = plan
        .findings
        .iter()
        .filter(|it| it.transform == "bump_provider");
    match bump.any(|it| !it.edits.is_empty()) {
        true => Moves::Review,
        false => Moves::Manual,
    }
}

fn tree(code: &str, child: &str) -> Tree {
    let root = format!("{PROVIDER_4}{DATABASE}{QUEUE}{code}");
    Tree::new([("main.tf", root.as_str()), ("child/main.tf", child)])
}

#[test]
fn a_reader_that_is_not_seen_is_for_review() {
    for (code, expected) in [
        (
            "locals {\n  x = jsonencode(aws_db_instance.m)\n}\n",
            Moves::Review,
        ),
        (
            "locals {\n  x = templatefile(\"x.tftpl\", { db = aws_db_instance.m })\n}\n",
            Moves::Review,
        ),
        (
            "resource \"terraform_data\" \"x\" {\n  input = aws_db_instance.m\n}\n",
            Moves::Review,
        ),
        (
            "output \"x\" {\n  value = aws_db_instance.m\n}\n",
            Moves::Review,
        ),
        (
            "module \"x\" {\n  source = \"terraform-aws-modules/alb/aws\"\n  version = \"8.0.0\"\n  db = aws_db_instance.m\n}\n",
            Moves::Review,
        ),
        (
            "locals {\n  x = jsonencode(aws_db_instance.m.arn)\n}\n",
            Moves::Apply,
        ),
        (
            "locals {\n  x = jsonencode(aws_sqs_queue.m)\n}\n",
            Moves::Apply,
        ),
        (
            "locals {\n  x = { db = aws_db_instance.m }\n}\n",
            Moves::Apply,
        ),
        (
            "locals {\n  x = [aws_db_instance.m]\n  y = local.x[0].name\n}\n",
            Moves::Apply,
        ),
        (
            "locals {\n  x = aws_db_instance.m == null\n}\n",
            Moves::Apply,
        ),
        (
            "locals {\n  x = 1\n}\nresource \"aws_sqs_queue\" \"n\" {\n  depends_on = [aws_db_instance.m]\n}\n",
            Moves::Apply,
        ),
    ] {
        assert_eq!(moves(&tree(code, "")), expected, "{code}");
    }
}

#[test]
fn the_type_of_a_variable_tells_what_a_module_takes() {
    let call = |argument: &str| {
        format!("module \"c\" {{\n  source = \"./child\"\n  db     = {argument}\n}}\n")
    };
    for (of, argument, expected) in [
        (
            "object({ name = string, arn = string })",
            "aws_db_instance.m",
            Moves::Manual,
        ),
        (
            "object({\n    id = string\n  })",
            "aws_db_instance.m",
            Moves::Manual,
        ),
        (
            "object({ name = optional(string) })",
            "aws_db_instance.m",
            Moves::Manual,
        ),
        (
            "list(object({ name = string }))",
            "[aws_db_instance.m]",
            Moves::Manual,
        ),
        (
            "map(object({ name = string }))",
            "{ m = aws_db_instance.m }",
            Moves::Manual,
        ),
        (
            "object({ db = object({ name = string }) })",
            "{ db = aws_db_instance.m }",
            Moves::Manual,
        ),
        (
            "object({ arn = string, port = number })",
            "aws_db_instance.m",
            Moves::Apply,
        ),
        (
            "object({ db_name = string })",
            "aws_db_instance.m",
            Moves::Apply,
        ),
        ("object({ name = string })", "aws_sqs_queue.m", Moves::Apply),
        (
            "object({ name = string })",
            "{ name = aws_db_instance.m.arn }",
            Moves::Apply,
        ),
        (
            "object({ db = any })",
            "{ db = aws_db_instance.m }",
            Moves::Review,
        ),
        ("any", "aws_db_instance.m", Moves::Apply),
    ] {
        let child = format!("variable \"db\" {{\n  type = {of}\n}}\n");
        assert_eq!(moves(&tree(&call(argument), &child)), expected, "{of}");
    }
}

#[test]
fn calls_that_do_not_pass_such_an_object_alike_are_for_review() {
    const READS: &str = "variable \"db\" {}\noutput \"x\" {\n  value = var.db.name\n}\n";
    let call = |label: &str, argument: &str| {
        format!("module \"{label}\" {{\n  source = \"./child\"\n  db     = {argument}\n}}\n")
    };
    let one = call("c", "aws_db_instance.m");
    for (other, expected) in [
        (String::new(), Moves::Apply),
        (call("d", "aws_db_instance.m"), Moves::Apply),
        (call("d", "{ name = \"x\", id = \"y\" }"), Moves::Review),
    ] {
        assert_eq!(
            moves(&tree(&format!("{one}{other}"), READS)),
            expected,
            "{other}"
        );
    }
}

#[test]
fn a_module_that_is_passed_as_a_whole_is_for_review() {
    let child = format!("{DATABASE}output \"db\" {{\n  value = aws_db_instance.m\n}}\n");
    let root = |argument: &str| {
        let call = "module \"c\" {\n  source = \"./child\"\n}\n";
        format!(
            "{PROVIDER_4}{call}module \"e\" {{\n  source = \"./reader\"\n  c      = {argument}\n}}\n"
        )
    };
    for (argument, reader, expected) in [
        (
            "module.c",
            "variable \"c\" {\n  type = object({ other = string })\n}\n",
            Moves::Apply,
        ),
        (
            "module.c",
            "variable \"c\" {\n  type = object({ db = object({ name = string }) })\n}\n",
            Moves::Manual,
        ),
        ("jsonencode(module.c)", "variable \"c\" {}\n", Moves::Review),
    ] {
        let root = root(argument);
        let tree = Tree::new([
            ("main.tf", root.as_str()),
            ("child/main.tf", child.as_str()),
            ("reader/main.tf", reader),
        ]);
        assert_eq!(moves(&tree), expected, "{argument} {reader}");
    }
}
