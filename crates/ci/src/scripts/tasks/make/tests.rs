//! What targets run.

use super::{MakeCall, Makefile};
use crate::scripts::tasks::UNKNOWN;

fn run(text: &str, call: &str, environment: &[(&str, &str)]) -> Option<String> {
    let mut file = Makefile::default();
    file.add(text);
    let words: Vec<String> = call.split_whitespace().map(str::to_owned).collect();
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned())));
    let call = MakeCall::of(&words);
    let scripts = file.run(
        &call,
        &environment.collect(),
        true,
        Some("$GITHUB_WORKSPACE/x"),
    )?;
    let scripts: Vec<String> = scripts.into_iter().map(|it| it.script).collect();
    Some(scripts.join("; "))
}

const FILE: &str = "ENV ?= dev\nDIR := infra/$(ENV)\nTF = terraform -chdir=$(DIR)\n\nall: lint\n\n.PHONY: lint\nlint: fmt ; tflint\nfmt:\n\t@terraform fmt # all\n\napply: init\n\t$(TF) apply \\\n\t  -auto-approve\ninit:\n\t-$(TF) init\n\ndeploy-%: ENV = $*\ndeploy-%:\n\tcd $* && make plan X=$@\n\nlive: ENV = live\nlive: apply\n\nsub:\n\t$(MAKE) -C sub $(TARGET)\nloop:\n\tfor d in a b; do echo $$d $(CURDIR); done\n";

#[test]
fn a_call_runs_its_targets_with_its_variables() {
    for (call, environment, expected) in [
        ("", &[][..], "terraform fmt # all; tflint"),
        ("fmt", &[], "terraform fmt # all"),
        (
            "apply",
            &[],
            "terraform -chdir=infra/dev init; terraform -chdir=infra/dev apply -auto-approve",
        ),
        (
            "init ENV=live",
            &[("ENV", "x")],
            "terraform -chdir=infra/live init",
        ),
        ("init", &[("ENV", "x")], "terraform -chdir=infra/x init"),
        ("-s init DIR=y", &[], "terraform -chdir=y init"),
        ("deploy-live", &[], "cd live && make plan X=deploy-live"),
        (
            "live",
            &[],
            "terraform -chdir=infra/live init; terraform -chdir=infra/live apply -auto-approve",
        ),
        ("sub", &[], "make -C sub ${TARGET}"),
        (
            "loop",
            &[],
            "for d in a b; do echo $d $GITHUB_WORKSPACE/x; done",
        ),
    ] {
        let found = run(FILE, call, environment);
        assert_eq!(found.as_deref(), Some(expected), "{call}");
    }
    let any = run("a:\n\tls\nb: a\n\trm\n", "${{ inputs.x }}", &[]);
    assert_eq!(any.as_deref(), Some("ls; rm"));
    // A file that is included and not read may have a rule for it.
    assert_eq!(run(FILE, "missing", &[]), None);
}

#[test]
fn what_conditionals_and_functions_set_is_unknown() {
    let text = "ifeq ($(CI),true)\nD = a\nelse\nD = b\nendif\nE = $(shell cat x)\nF += y\na:\n\tcd $(D) $(E) $(F)\n";
    let unknown = format!("cd {UNKNOWN} {UNKNOWN} {UNKNOWN}");
    assert_eq!(run(text, "a", &[]), Some(unknown));
}

#[test]
fn functions_and_canned_recipes_are_followed() {
    let text = "define TFA\ncd $(1) && terraform apply\nendef\ndefine both\n@cd dev\nterraform init\nendef\nD = dev live\nfirst:\n\tls\nlive:\n\t$(call TFA,live)\ncanned:\n\t$(both)\neach:\n\t$(foreach d,$(D),terraform -chdir=$(d) apply;)\nopen:\n\t$(foreach d,$(wildcard *),cd $(d);) $(call missing,x)\n";
    let unknown = format!("{UNKNOWN} {UNKNOWN}");
    for (call, expected) in [
        ("live", "cd live && terraform apply"),
        ("canned", "cd dev; terraform init"),
        (
            "each",
            "terraform -chdir=dev apply; terraform -chdir=live apply;",
        ),
        ("open", unknown.as_str()),
        ("", "ls"),
    ] {
        assert_eq!(run(text, call, &[]).as_deref(), Some(expected), "{call}");
    }
    let goal = format!(".DEFAULT_GOAL := live\n{text}");
    assert_eq!(
        run(&goal, "", &[]).as_deref(),
        Some("cd live && terraform apply")
    );
    let prefix = ".RECIPEPREFIX = >\na:\n> terraform apply\n";
    assert_eq!(run(prefix, "a", &[]).as_deref(), Some("terraform apply"));
    let environment = [("ENV", "live")];
    let text = "ENV = dev\na:\n\tcd $(ENV)\n";
    assert_eq!(run(text, "a", &environment).as_deref(), Some("cd dev"));
    assert_eq!(run(text, "-e a", &environment).as_deref(), Some("cd live"));
}

#[test]
fn arguments_are_told_apart() {
    let call = MakeCall::of(&["-C", "x", "-j", "4", "a", "B=c", "--file=y.mk"].map(str::to_owned));
    assert_eq!(call.directory.as_deref(), Some("x"));
    assert_eq!(call.file.as_deref(), Some("y.mk"));
    assert_eq!(call.targets, ["a"]);
    assert_eq!(call.variables, [("B".to_owned(), "c".to_owned())]);
}
