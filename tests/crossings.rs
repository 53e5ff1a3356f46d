//! A provider moves with the code that has to change with it, or not at all, and never by accident.

use crate::support::{self, PROVIDER_4, Tree, beside, reports, reviewed};
use engine::plan::Plan;
use engine::selection::Selection;

/// Has to change, and may without a yes.
const NAME: &str = "resource \"aws_db_instance\" \"a\" {\n  name = \"a\"\n}\n";
/// Has to change, with a yes.
const TAGS: &str = "resource \"aws_autoscaling_group\" \"a\" {\n  tags = var.tags\n}\n";
/// Has to change, by a person.
const GROUPS: &str = "resource \"aws_db_instance\" \"g\" {\n  security_group_names = [\"g\"]\n}\n";
/// Changes with the bump and not before.
const EIP: &str = "resource \"aws_eip\" \"a\" {\n  vpc = true\n}\n";

fn root(code: &str) -> Tree {
    Tree::new([("versions.tf", PROVIDER_4), ("main.tf", code)])
}

fn only(id: &str) -> Selection {
    Selection {
        only: [id.to_owned()].into(),
        ..Selection::default()
    }
}

/// What is said with notes and help.
fn reported(plan: &Plan) -> Vec<String> {
    let open = plan.open();
    let reported = open.map(|finding| format!("{}: {}", finding.sentence(), beside(finding)));
    reported.collect()
}

#[track_caller]
fn assert_untouched(tree: &Tree, plan: &Plan) {
    assert_eq!(tree.with(plan), *tree);
}

#[test]
fn what_needs_no_yes_moves_with_the_provider() {
    let tree = root(&format!("{NAME}{EIP}"));
    let plan = tree.plan("", Selection::default()).unwrap();
    let after = tree.with(&plan);
    let text = &after.0[std::path::Path::new("main.tf")];
    assert!(text.contains("db_name = \"a\"") && text.contains("domain = \"vpc\""));
    assert!(after.0[std::path::Path::new("versions.tf")].contains("~> 5.0"));
}

#[test]
fn what_needs_a_yes_holds_the_provider_and_all_that_moves_with_it() {
    let tree = root(&format!("{NAME}{TAGS}"));
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_untouched(&tree, &plan);
    assert_eq!(
        reported(&plan),
        [
            "the AWS provider moves from `~> 4.0` to `~> 5.0`: `aws_autoscaling_group.a` (main.tf:5) \
             has to change with it, which needs --review",
        ]
    );
    let note = plan.notes().next().unwrap();
    assert_eq!(
        (
            note.message.as_str(),
            &*note.notes,
            note.help.as_deref().unwrap()
        ),
        (
            "`name` becomes `db_name` with the upgrade of the AWS provider, which waits",
            &["another change of this module waits with it".to_owned()][..],
            "run `tfkeyless apply --only upgrade_arguments` for those that 4.x supports already: 2"
        )
    );
    let plan = tree.plan("", reviewed()).unwrap();
    assert_eq!(plan.changes.len(), 2);
    assert_eq!(reports(&plan), [""; 0]);
}

#[test]
fn what_only_a_person_can_change_holds_it_until_the_user_says_so() {
    let tree = root(&format!("{GROUPS}{NAME}{EIP}"));
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_untouched(&tree, &plan);
    assert!(
        reported(&plan).contains(
            &"the AWS provider is not upgraded from `~> 4.0` to `~> 5.0`: `aws_db_instance.g` (main.tf:2) \
              would fail, which needs manual work (--review moves the rest)"
                .to_owned()
        )
    );
    let plan = tree.plan("", reviewed()).unwrap();
    assert_eq!(plan.changes.len(), 2);
    assert_eq!(
        reports(&plan),
        [
            "main.tf:2: aws_db_instance.g `security_group_names` fails after the upgrade and needs manual work"
        ]
    );
}

#[test]
fn nothing_moves_without_the_transform_that_moves_the_rest() {
    let tree = root(NAME);
    for selection in [
        only("bump_provider"),
        Selection {
            skip: ["upgrade_arguments".to_owned()].into(),
            ..reviewed()
        },
    ] {
        let plan = tree.plan("", selection).unwrap();
        assert_untouched(&tree, &plan);
        assert_eq!(
            reported(&plan),
            [
                "the AWS provider is not upgraded from `~> 4.0` to `~> 5.0`: `aws_db_instance.a` (main.tf:2) \
                 has to change with it while upgrade_arguments is switched off"
            ]
        );
    }
}

#[test]
fn ahead_of_the_provider_goes_only_what_is_asked_for_by_name_and_known_already() {
    let tree = root(&format!("{NAME}{EIP}"));
    let plan = tree.plan("", only("upgrade_arguments")).unwrap();
    let after = tree.with(&plan);
    let text = &after.0[std::path::Path::new("main.tf")];
    assert!(text.contains("db_name = \"a\"") && text.contains("vpc = true"));
    assert_eq!(
        reported(&plan),
        [
            "aws_eip.a `vpc` becomes `domain = \"vpc\"`, together with the bump: upgrade \
          the provider: 5.0 knows it"
        ]
    );
    let off = "transform \"bump_provider\" { enabled = false }\n";
    let plan = tree.plan(off, reviewed()).unwrap();
    assert_untouched(&tree, &plan);
}

#[test]
fn called_modules_move_with_all_roots_that_call_them() {
    let call = "module \"m\" {\n  source = \"../m\"\n}\n";
    let calling = |code: &str| format!("{PROVIDER_4}{call}{code}");
    let (a, b) = (calling(""), calling(TAGS));
    let tree = Tree::new([("a/main.tf", &*a), ("b/main.tf", &*b), ("m/main.tf", NAME)]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_untouched(&tree, &plan);
    let plan = tree.plan("", reviewed()).unwrap();
    assert_eq!(
        support::changed(&plan),
        ["a/main.tf", "b/main.tf", "m/main.tf"]
    );
}

#[test]
fn a_file_that_must_not_be_edited_holds_the_provider() {
    let tree = Tree::new([("versions.tf", PROVIDER_4), ("read-only.tf", NAME)]);
    let plan = tree.plan("", reviewed()).unwrap();
    assert_untouched(&tree, &plan);
    assert!(reported(&plan).contains(
        &"the AWS provider is not upgraded from `~> 4.0` to `~> 5.0`: `aws_db_instance.a` (read-only.tf:2) \
          is read-only and has to change with it"
            .to_owned()
    ));
}

#[test]
fn at_the_target_only_what_fails_is_changed() {
    let code = format!("{NAME}{EIP}output \"id\" {{\n  value = aws_db_instance.a.id\n}}\n");
    let there = PROVIDER_4.replace("~> 4.0", "~> 5.0");
    let tree = Tree::new([("versions.tf", &*there), ("main.tf", &*code)]);
    let plan = tree.plan("", Selection::default()).unwrap();
    let after = tree.with(&plan);
    let text = &after.0[std::path::Path::new("main.tf")];
    assert_eq!(*text, code.replace("  name", "  db_name"));
}

#[test]
fn a_lock_file_tells_that_the_target_was_never_reached() {
    let code = format!("{NAME}output \"id\" {{\n  value = aws_db_instance.a.id\n}}\n");
    let there = PROVIDER_4.replace("~> 4.0", "~> 5.0");
    let lock = "provider \"registry.terraform.io/hashicorp/aws\" {\n  version = \"4.67.0\"\n}\n";
    let tree = Tree::new([
        ("versions.tf", &*there),
        ("main.tf", &*code),
        (".terraform.lock.hcl", lock),
    ]);
    let plan = tree.plan("", Selection::default()).unwrap();
    let after = tree.with(&plan);
    assert!(after.0[std::path::Path::new("main.tf")].contains("aws_db_instance.a.identifier"));
}

#[test]
fn what_the_next_major_drops_holds_nothing_before_it() {
    let tree = root("resource \"aws_eip\" \"a\" {\n  vpc = var.vpc\n}\n");
    let plan = tree.plan("", Selection::default()).unwrap();
    let after = tree.with(&plan);
    assert!(after.0[std::path::Path::new("versions.tf")].contains("~> 5.0"));
    assert_eq!(
        reports(&plan),
        ["main.tf:2: aws_eip.a `vpc` needs a check after the upgrade"]
    );
}

#[test]
fn two_majors_are_passed_at_once() {
    const SIX: &str = "upgrade {\n  aws_provider = \"~> 6.0\"\n}\n";
    let batch = "resource \"aws_batch_compute_environment\" \"a\" {\n  compute_environment_name = aws_db_instance.a.name\n}\n";
    let tree = root(&format!("{NAME}{EIP}{batch}"));
    let plan = tree.plan(SIX, Selection::default()).unwrap();
    let after = tree.with(&plan);
    assert!(after.0[std::path::Path::new("versions.tf")].contains("~> 6.0"));
    let text = &after.0[std::path::Path::new("main.tf")];
    assert!(
        text.contains("  name = aws_db_instance.a.db_name\n"),
        "{text}"
    );
    assert!(text.contains("db_name = \"a\"") && text.contains("domain = \"vpc\""));
    // There already: what fails is changed, what means something else was seen on the way.
    let region =
        "data \"aws_region\" \"a\" {\n}\noutput \"a\" {\n  value = data.aws_region.a.name\n}\n";
    let user_data = "resource \"aws_instance\" \"a\" {\n  user_data = \"a\"\n}\n";
    let six = Tree::new([
        (
            "versions.tf",
            "terraform {\n  required_providers {\n    aws = \"~> 6.2\"\n  }\n}\n",
        ),
        ("main.tf", &format!("{batch}{EIP}{region}{user_data}")),
    ]);
    let plan = six.plan(SIX, Selection::default()).unwrap();
    let expected = format!("{batch}{EIP}{region}{user_data}")
        .replace("compute_environment_name", "name")
        .replace("vpc = true", "domain = \"vpc\"");
    assert_eq!(six.with(&plan).0[std::path::Path::new("main.tf")], expected);
    assert_eq!(reports(&plan), [""; 0]);
}

#[test]
fn no_resource_is_made_in_an_override_file() {
    let cluster = "resource \"aws_ecs_cluster\" \"a\" {\n  name = \"a\"\n}\n";
    let providers =
        "resource \"aws_ecs_cluster\" \"a\" {\n  capacity_providers = [\"FARGATE\"]\n}\n";
    let versions = ("versions.tf", PROVIDER_4);
    let tree = Tree::new([versions, ("main.tf", cluster), ("a_override.tf", providers)]);
    let plan = tree.plan("", reviewed()).unwrap();
    let after = tree.with(&plan);
    assert_eq!(
        after.0[std::path::Path::new("a_override.tf")],
        providers,
        "it would override nothing there"
    );
    assert_eq!(
        reports(&plan),
        [
            "a_override.tf:2: aws_ecs_cluster.a `capacity_providers` fails after the upgrade and needs manual work"
        ]
    );
}
