use super::{reading, reading_in, shown};
use crate::scripts::tree::TreeScripts;

#[test]
fn what_a_builtin_sets_is_not_known() {
    for (script, expected) in [
        ("D=a\nread -r D <<< b\nterraform -chdir=$D apply", "?"),
        ("D=a\nIFS=, read -r D E < x\nterraform -chdir=$D apply", "?"),
        ("D=a\nprintf -v D %s b\nterraform -chdir=$D apply", "?"),
        ("D=a\neval \"D=b\"\nterraform -chdir=$D apply", "?"),
        ("D=a\ndeclare -n R=D\nR=b\nterraform -chdir=$D apply", "?"),
        (
            "D=(a)\nmapfile -t D < x\nfor d in \"${D[@]}\"; do terraform -chdir=$d apply; done",
            "?",
        ),
        (
            "D=(a)\nD[1]=b\nfor d in \"${D[@]}\"; do terraform -chdir=$d apply; done",
            "?",
        ),
        (
            "D=a\nif x; then unset D; fi\nterraform -chdir=${D:-b} apply",
            "?",
        ),
        ("D=a\nD+=/b\nterraform -chdir=$D apply", "a/b"),
        ("D=a\nif x; then D+=/b; fi\nterraform -chdir=$D apply", "?"),
        // Each names another one.
        ("D=a\nread -r E\nterraform -chdir=$D apply", "a"),
        ("D=a\nprintf '%s' D\nterraform -chdir=$D apply", "a"),
        (
            "D=a\neval \"$(ssh-agent -s)\"\nterraform -chdir=$D apply",
            "a",
        ),
        ("D=a\nexport PATH+=:x\nterraform -chdir=$D apply", "a"),
        (
            "D=(a)\nD+=(b)\nfor d in \"${D[@]}\"; do terraform -chdir=$d apply; done",
            "a b",
        ),
    ] {
        assert_eq!(shown(&reading(script)), expected, "{script}");
    }
}

#[test]
fn a_round_begins_with_what_the_one_before_changed() {
    for (script, expected) in [
        ("D=a\nwhile x; do terraform -chdir=$D apply; D=b; done", "?"),
        (
            "D=a\nwhile read -r D; do terraform -chdir=$D apply; done < x",
            "?",
        ),
        (
            "cat x | while read -r D; do (cd $D && terraform apply); done",
            "?",
        ),
        (
            "set -- a b\nwhile [ $# -gt 0 ]; do terraform -chdir=$1 apply; shift; done",
            "?",
        ),
        (
            "D=a\nnext() { D=b; }\nuntil x; do terraform -chdir=$D apply; next; done",
            "?",
        ),
        (
            "D=a\nfor i in $X; do terraform -chdir=$D apply; D=b; done",
            "?",
        ),
        (
            "D=a\nif x; then while y; do terraform -chdir=$D apply; D=b; done; fi",
            "?",
        ),
        // The directory.
        ("cd a\nwhile x; do terraform apply; cd ../b; done", "a ?"),
        ("for i in $X; do terraform apply; cd ..; done", ". ?"),
        (
            "cd a\nuntil x; do cd b; terraform apply; cd ..; done",
            "a/b",
        ),
        // What no round changes.
        (
            "D=a\nuntil terraform -chdir=$D apply; do sleep 5; done",
            "a",
        ),
        (
            "D=a\nwhile read -r x; do terraform -chdir=$D apply -var v=$x; done",
            "a",
        ),
        ("D=a\nwhile x; do E=b; done\nterraform -chdir=$D apply", "a"),
        (
            "cd a\nwhile ! terraform apply; do sleep 5; done\nterraform plan",
            "a a",
        ),
        (
            "for d in a b; do terraform -chdir=$d apply; E=x; done",
            "a b",
        ),
    ] {
        assert_eq!(shown(&reading(script)), expected, "{script}");
    }
}

#[test]
fn arguments_that_a_loop_takes_are_not_known() {
    let tree = {
        let mut tree = TreeScripts::default();
        let text = "while [ $# -gt 0 ]; do\n  terraform -chdir=$1 apply\n  shift\ndone\n";
        tree.add("x.sh".into(), Some(text.to_owned()));
        let text = "terraform -chdir=$1 apply\nwhile x; do echo; done\n";
        tree.add("y.sh".into(), Some(text.to_owned()));
        tree
    };
    assert_eq!(shown(&reading_in("./x.sh a b", &tree, &[])), "?");
    assert_eq!(shown(&reading_in("./y.sh a", &tree, &[])), "a");
}
