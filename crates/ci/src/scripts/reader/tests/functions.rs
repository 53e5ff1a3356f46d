//! Functions, files that are taken in, arguments, and words that a variable holds.

use std::path::PathBuf;

use super::{reading_in, shown};
use crate::scripts::tree::TreeScripts;

fn tree(files: &[(&str, &str)]) -> TreeScripts {
    let mut tree = TreeScripts::with(files.iter().map(|(path, _)| PathBuf::from(path)));
    for (path, text) in files {
        tree.add(PathBuf::from(path), Some((*text).to_owned()));
    }
    tree
}

fn directories(script: &str, files: &[(&str, &str)]) -> String {
    shown(&reading_in(script, &tree(files), &[]))
}

#[test]
fn a_function_runs_where_it_is_called_with_arguments_of_its_own() {
    for (script, expected) in [
        ("f() { terraform -chdir=$1 plan; }\nf a\nf b", "a b"),
        (
            "f() {\n  cd a\n  terraform plan\n}\nf\nterraform plan",
            "a a",
        ),
        ("f() (cd $1; terraform plan)\nf a\nterraform plan", "a ."),
        ("function f {\n terraform -chdir=\"$1\" plan\n}\nf a", "a"),
        ("f() { cd \"$1\"; }\nf a && terraform plan", "a"),
        (
            "f() { terraform -chdir=$1 plan; }\n(cd x; f a)\nf b",
            "x/a b",
        ),
        (
            "f() { local d=$1; shift; terraform -chdir=$d \"$@\"; }\nf a plan",
            "a",
        ),
        ("f() { terraform -chdir=${2:-b} plan; }\nf a\nf a c", "b c"),
        (
            "d=a; f() { local d=b; terraform -chdir=$d plan; }\nf; terraform -chdir=$d plan",
            "b a",
        ),
        ("f() { d=b; }\nd=a; f; terraform -chdir=$d plan", "b"),
        ("f() { terraform -chdir=$d plan; }\nd=a f\nd=b; f", "a b"),
        (
            "g() { terraform -chdir=$1 plan; }\nf() { g \"$1/x\"; }\nf a",
            "a/x",
        ),
        (
            "retry() { \"$@\" || \"$@\"; }\nf() { terraform -chdir=$1 plan; }\nretry f a",
            "a a",
        ),
        (
            "retry() { local n=$1; shift; \"$@\"; }\nretry 3 terraform -chdir=a plan",
            "a",
        ),
        ("for d in a b; do f $d; done; f() { terraform plan; }", "."),
        (
            "f() { (cd $1 && terraform plan); }\nfor d in a b; do f $d; done",
            "a b",
        ),
        (
            "f() { terraform -chdir=$1 plan; }\nif x; then f a; else f b; fi",
            "a b",
        ),
        (
            "f() { local d=$1; terraform -chdir=$d plan; }\nif x; then f a; fi",
            "a",
        ),
        (
            "terraform() { command terraform -chdir=a \"$@\"; }\nterraform plan",
            "a",
        ),
        ("set -- a b\nterraform -chdir=$2 plan", "b"),
        (
            "f() { if x; then shift; fi; \"$@\"; }\nf terraform -chdir=a plan",
            "a",
        ),
        ("f() { \"$@\"; }\nf terraform -chdir=a plan $X", "a"),
        ("set -- a b; shift; terraform -chdir=$1 plan", "b"),
    ] {
        assert_eq!(directories(script, &[]), expected, "{script}");
    }
}

#[test]
fn what_only_the_run_determines_of_a_call_is_not_known() {
    for (script, expected) in [
        ("f() { terraform -chdir=$1 plan; }\nf $X", "?"),
        ("f() { terraform -chdir=$2 plan; }\nf $X b", "?"),
        ("f() { terraform -chdir=$2 plan; }\nf \"$X\" b", "b"),
        ("f() { shift; terraform -chdir=$1 plan; }\nf $X b c", "?"),
        (
            "f() { if x; then shift; fi; terraform -chdir=$1 plan; }\nf a b",
            "?",
        ),
        (
            "f() { while x; do case $1 in -e) d=$2; shift;; esac; done; terraform -chdir=$d plan; }\nf -e a",
            "?",
        ),
        ("f() { terraform -chdir=$1 plan; }\necho a | xargs f", "?"),
        // Another command may call it.
        (
            "f() { terraform -chdir=$1 plan; }\nexport -f f; echo a | xargs -I{} bash -c 'f {}'",
            "?",
        ),
        ("f() { terraform plan; }\ncd a; trap f EXIT", "?"),
        ("f() { terraform plan; }", ""),
        (
            "f_a() { terraform -chdir=a plan; }\nf_b() { terraform -chdir=b plan; }\n\"f_$X\"",
            "a b",
        ),
        (
            "f_a() { terraform -chdir=a plan; }\nf_b() { terraform -chdir=b plan; }\nX=a\n\"f_$X\"",
            "a",
        ),
        // Its definition depends on the run.
        (
            "if x; then f() { terraform -chdir=a plan; }; else f() { terraform -chdir=b plan; }; fi; f",
            "a b",
        ),
    ] {
        assert_eq!(directories(script, &[]), expected, "{script}");
    }
    let endless = "f() { terraform -chdir=$1 plan; f \"$1/x\"; }\nf a";
    assert_eq!(directories(endless, &[]), "a ?");
    assert_eq!(directories("f() { terraform plan; f; }\nf", &[]), ".");
}

#[test]
fn a_script_goes_on_where_a_file_ends_that_it_takes_in() {
    for (script, text, expected) in [
        (". ./lib.sh\nf a", "f() { terraform -chdir=$1 plan; }", "a"),
        (
            "source lib.sh; f a; f b",
            "f() { cd $1; terraform plan; cd ..; }",
            "a b",
        ),
        (". ./lib.sh; terraform plan", "cd a", "a"),
        (". ./lib.sh; terraform -chdir=$D plan", "D=a", "a"),
        (
            "D=a; . ./lib.sh; terraform -chdir=$D plan",
            "export D=b",
            "b",
        ),
        (
            "D=a; [ -f x ] && . ./lib.sh; terraform -chdir=$D plan",
            "D=b",
            "?",
        ),
        ("if x; then . ./lib.sh; fi; terraform plan", "cd a", "?"),
        (
            "set -- a; . ./lib.sh; terraform -chdir=$1 plan",
            "echo $1",
            "a",
        ),
        (
            "set -- a; . ./lib.sh b; terraform -chdir=$1 plan",
            "terraform -chdir=$1 plan",
            "b a",
        ),
        // A program has a shell of its own.
        ("bash lib.sh; terraform plan", "cd a; D=b", "."),
        (
            "./lib.sh a; f b",
            "f() { terraform -chdir=$1 plan; }; f $1",
            "a",
        ),
        ("f() { terraform -chdir=$1 plan; }; ./lib.sh", "f a", ""),
        // Functions of a library that nothing calls do nothing.
        (
            ". ./lib.sh; f a",
            "f() { terraform -chdir=$1 plan; }\ng() { terraform -chdir=b plan; }",
            "a",
        ),
        (
            ". ./lib.sh; \"$X\" a",
            "f() { terraform -chdir=$1 plan; }",
            "?",
        ),
        (
            ". ./lib.sh; trap f EXIT",
            "f() { terraform -chdir=a plan; }",
            "a",
        ),
        (
            ". \"$X/lib.sh\"; f a",
            "f() { terraform -chdir=$1 plan; }",
            "a",
        ),
    ] {
        assert_eq!(
            directories(script, &[("lib.sh", text)]),
            expected,
            "{script} {text}"
        );
    }
}

#[test]
fn a_script_may_get_arguments_that_only_the_run_determines() {
    let files = [
        ("a.sh", "terraform -chdir=$1 plan"),
        ("b.sh", "terraform -chdir=$2 plan"),
    ];
    for (script, expected) in [
        ("echo a | xargs -n1 ./a.sh", "?"),
        ("echo a | xargs ./b.sh x", "?"),
        ("echo a | xargs -n1 ./a.sh b", "b"),
        ("echo a | xargs -I{} ./a.sh {}", "?"),
        ("echo a | xargs -I{} ./b.sh {} c", "c"),
        ("printf 'cd a\\nterraform plan\\n' | bash", "a"),
        ("echo \"terraform -chdir=a plan\" | sh", "a"),
        ("echo \"terraform -chdir=a plan\"", ""),
    ] {
        assert_eq!(directories(script, &files), expected, "{script}");
    }
}

#[test]
fn words_that_a_variable_holds_are_a_command() {
    for (script, expected) in [
        ("C=\"terraform -chdir=a\"; $C plan", "a"),
        ("C=(terraform -chdir=a); \"${C[@]}\" plan", "a"),
        ("C=(terraform); C+=(-chdir=a); \"${C[@]}\" plan", "a"),
        ("A=(-chdir=a -no-color); terraform \"${A[@]}\" plan", "a"),
        ("A=\"-chdir=a -no-color\"; terraform $A plan", "a"),
        ("C=\"terraform -chdir=$X\"; $C plan", "?+"),
        ("C=(terraform -chdir=$X); \"${C[@]}\" plan", "?"),
        ("if x; then C=\"terraform -chdir=a\"; fi; $C plan", "?+"),
        (
            "D=\"a b\"; for d in $D; do terraform -chdir=$d plan; done",
            "a b",
        ),
        ("C=\"echo a\"; $C plan", ""),
    ] {
        assert_eq!(directories(script, &[]), expected, "{script}");
    }
}

#[test]
fn a_wrapper_of_the_tree_runs_the_command_that_it_is_given() {
    for (text, expected) in [
        ("cd \"$1\"; shift; \"$@\"", "a"),
        ("cd b && \"${@:2}\"", "b"),
        ("exec \"${@:2}\"", "."),
        ("shift; eval $X", "."),
    ] {
        let found = directories("./in.sh a terraform plan", &[("in.sh", text)]);
        assert_eq!(found, expected, "{text}");
    }
}
