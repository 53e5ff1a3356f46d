//! Input that is made to take for ever: what it says ends in "unknown", and the plan ends.
//!
//! A test that fails here does not end, or runs out of stack or memory.

use std::fmt::Write as _;
use std::thread;

use crate::support::{CONFIG, ROLE_1, Tree};
use engine::selection::Selection;

/// Plans, reports and audits the files.
fn read(what: &str, files: &[(String, String)]) {
    let files = files.iter();
    let files = files.map(|(path, text)| (path.as_str(), text.as_str()));
    let tree = Tree::new(files.collect::<Vec<_>>());
    let planned = tree.plan(CONFIG, Selection::default());
    assert!(planned.is_ok(), "{what}: {:?}", planned.err());
}

/// A root module and a workflow whose job with keys has these steps.
fn with_steps(steps: &str, more: &[(&str, String)]) -> Vec<(String, String)> {
    let keys = "    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";
    let workflow =
        format!("on: push\njobs:\n  apply:\n    runs-on: ubuntu-latest\n{keys}    steps:\n{steps}");
    let mut all = vec![
        ("main.tf".to_owned(), ROLE_1.to_owned()),
        (".github/workflows/a.yml".to_owned(), workflow),
    ];
    let more = more.iter();
    all.extend(more.map(|(path, text)| ((*path).to_owned(), text.clone())));
    all
}

fn run(command: &str) -> String {
    format!("      - run: {command}\n")
}

/// `count` lines, of which each is made of the one before it.
fn chain(count: usize, line: impl Fn(usize, usize) -> String) -> String {
    (1..=count).map(|it| line(it, it - 1)).collect()
}

#[test]
fn locals_that_double_each_other_end_wherever_they_are_read() {
    let forms: [fn(usize) -> String; 9] = [
        |it| format!("\"${{local.a{it}}}${{local.a{it}}}\""),
        |it| format!("[local.a{it}, local.a{it}]"),
        |it| format!("{{ x = local.a{it}, y = local.a{it} }}"),
        |it| format!("var.x ? local.a{it} : \"x${{local.a{it}}}\""),
        |it| format!("merge({{ a = local.a{it} }}, {{ b = local.a{it} }})"),
        |it| format!("join(\",\", [local.a{it}, local.a{it}])"),
        |it| format!("format(\"%s%s\", local.a{it}, local.a{it})"),
        |it| format!("lookup({{ a = local.a{it} }}, var.k, local.a{it})"),
        |it| format!("terraform.workspace == \"w{it}\" ? local.a{it} : \"x${{local.a{it}}}\""),
    ];
    let places = [
        "provider \"aws\" {\n  assume_role {\n    role_arn = @\n  }\n}\n",
        "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::${@}:role/x\"\n  }\n}\n",
        "provider \"aws\" {\n  dynamic \"assume_role\" {\n    for_each = @\n    content {\n      role_arn = assume_role.value\n    }\n  }\n}\n",
        "provider \"aws\" {\n  region              = @\n  profile             = @\n  allowed_account_ids = [@]\n}\n",
        "module \"m\" {\n  source = @\n  role   = @\n}\n",
        "terraform {\n  backend \"s3\" {\n    bucket  = @\n    key     = @\n    profile = @\n  }\n}\n",
    ];
    for form in forms {
        let locals = chain(28, |it, before| format!("  a{it} = {}\n", form(before)));
        for place in places {
            let own = place.replace('@', "local.a28");
            let text = format!("{ROLE_1}{own}locals {{\n  a0 = \"1\"\n{locals}}}\n");
            read(place, &[("main.tf".to_owned(), text)]);
        }
    }
    let circle = "locals {\n  a0 = \"${local.a1}${local.a2}\"\n  a1 = [local.a2, local.a0]\n  a2 = local.a0\n}\n";
    for place in places {
        let text = format!("{ROLE_1}{}{circle}", place.replace('@', "local.a0"));
        read(place, &[("main.tf".to_owned(), text)]);
    }
}

#[test]
fn a_chain_of_unused_locals_is_as_long_as_the_file() {
    let locals = chain(1_000, |it, before| format!("  a{it} = local.a{before}\n"));
    let role = ROLE_1.replace("111111111111", "${local.a1000}");
    let text = format!("{role}locals {{\n  a0 = \"111111111111\"\n{locals}}}\n");
    read("a chain", &[("main.tf".to_owned(), text)]);
}

#[test]
fn workflows_that_each_call_the_next_several_times_end() {
    for (levels, calls) in [(10, 3), (4, 20), (30, 3)] {
        let call = |next: usize| {
            let mut text = String::new();
            for it in 0..calls {
                let _ = write!(
                    text,
                    "  c{it}:\n    uses: ./.github/workflows/r{next}.yml\n    with:\n      e: ${{{{ inputs.e }}}}${{{{ inputs.e }}}}{it}\n    secrets: inherit\n"
                );
            }
            text
        };
        let head = "on:\n  workflow_call:\n    inputs:\n      e:\n        type: string\njobs:\n";
        let mut files = with_steps(&run("cd ${{ inputs.e }} && terraform apply"), &[]);
        let last = files[1].1.replace("on: push\njobs:\n", head);
        files[1].1 = format!("on: push\njobs:\n{}", call(0));
        for it in 0..levels {
            let path = format!(".github/workflows/r{it}.yml");
            files.push((path, format!("{head}{}", call(it + 1))));
        }
        files.push((format!(".github/workflows/r{levels}.yml"), last));
        read("calls", &files);
        // And a circle.
        files.pop();
        let path = format!(".github/workflows/r{levels}.yml");
        files.push((path, format!("{head}{}", call(0))));
        read("a circle of calls", &files);
    }
}

#[test]
fn actions_scripts_and_tasks_that_each_lead_to_the_next_several_times_end() {
    let mut actions = with_steps("      - uses: ./a0\n", &[]);
    for it in 0..12 {
        let uses = format!("    - uses: ./a{}\n", it + 1).repeat(4);
        let text = format!("name: x\nruns:\n  using: composite\n  steps:\n{uses}");
        actions.push((format!("a{it}/action.yml"), text));
    }
    read("actions", &actions);
    let mut scripts = with_steps(&run("./s0.sh"), &[]);
    for it in 0..12 {
        let text = format!("#!/bin/bash\n{}", format!("./s{}.sh\n", it + 1).repeat(40));
        scripts.push((format!("s{it}.sh"), text));
    }
    read("scripts", &scripts);
    for (command, path, text) in [
        (
            "make x",
            "Makefile",
            format!(
                "a0 = x\n{}x:\n\tcd $(a40) && terraform apply\n",
                chain(40, |it, before| format!(
                    "a{it} = {}\n",
                    format!("$(a{before})").repeat(9)
                ))
            ),
        ),
        (
            "make x",
            "Makefile",
            "a = $(a)$(a)\nx: x x\n\tcd $(a) && terraform apply\n\t$(MAKE) x\n\tmake x\n"
                .to_owned(),
        ),
        (
            "make t40",
            "Makefile",
            format!(
                "t0:\n\ttrue\n{}",
                chain(40, |it, before| format!(
                    "t{it}:\n{}",
                    format!("\tmake t{before}\n").repeat(30)
                ))
            ),
        ),
        (
            "make x",
            "Makefile",
            "include Makefile\ninclude Makefile\nx:\n\tterraform apply\n".to_owned(),
        ),
        (
            "just t40",
            "justfile",
            format!(
                "t0:\n    true\n{}",
                chain(40, |it, before| format!(
                    "t{it}: {}\n",
                    format!("t{before} ").repeat(9)
                ))
            ),
        ),
        (
            "task t40",
            "Taskfile.yml",
            format!(
                "version: '3'\ntasks:\n  t0: true\n{}",
                chain(40, |it, before| format!(
                    "  t{it}:\n    deps: [{}z]\n",
                    format!("t{before}, ").repeat(9)
                ))
            ),
        ),
        (
            "npm run t40",
            "package.json",
            format!(
                "{{\"scripts\":{{{}\"t0\":\"true\"}}}}",
                chain(40, |it, before| format!(
                    "\"t{it}\":\"{}true\",",
                    format!("npm run t{before} && ").repeat(9)
                ))
            ),
        ),
        (
            "./x.sh",
            "x.sh",
            format!(
                "#!/bin/bash\n{}cd $d0/$d1/$d2 && terraform apply\n{}",
                chain(12, |it, _| format!("for d{it} in 1 2 3 4 5 6 7 8 9; do\n")),
                "done\n".repeat(12)
            ),
        ),
        (
            "./x.sh",
            "x.sh",
            format!(
                "#!/bin/bash\na=x\n{}cd $a && terraform apply\n",
                "a=\"$a$a\"\n".repeat(60)
            ),
        ),
    ] {
        read(command, &with_steps(&run(command), &[(path, text)]));
    }
}

#[test]
fn variables_of_workflows_that_double_each_other_end() {
    let env = chain(60, |it, before| {
        format!("  a{it}: ${{{{ env.a{before} }}}}${{{{ env.a{before} }}}}\n")
    });
    let mut files = with_steps(&run("cd ${{ env.a60 }} && terraform apply"), &[]);
    files[1].1 = format!("env:\n  a0: x\n{env}{}", files[1].1);
    read("env", &files);
    let written = "      - run: echo \"a=${{ env.a }}${{ env.a }}\" >> $GITHUB_ENV\n".repeat(60);
    let steps = format!(
        "      - run: echo \"a=x\" >> $GITHUB_ENV\n{written}      - run: cd ${{{{ env.a }}}} && terraform apply\n"
    );
    read("the environment file", &with_steps(&steps, &[]));
}

#[test]
fn what_is_nested_deeply_is_not_understood_and_needs_no_stack() {
    // What a process has: the parser of HCL, unoptimized, takes most of the 2 MiB of a test's thread for
    // the 64 levels that it admits.
    let reader = thread::Builder::new().stack_size(8 * 1024 * 1024);
    reader.spawn(read_what_is_nested).unwrap().join().unwrap();
}

fn read_what_is_nested() {
    let many = 3_000;
    let nest = |open: &str, inside: &str, close: &str| {
        format!("{}{inside}{}", open.repeat(many), close.repeat(many))
    };
    let expressions = [
        nest("(", "1", ")"),
        nest("[", "", "]"),
        nest("{a=", "1", "}"),
        nest("!", "true", ""),
        nest("-", "1", ""),
        nest("\"${", "1", "}\""),
        nest("1+", "1", ""),
        nest("a ? ", "1", " : 1"),
        nest("true ? 1 : ", "1", ""),
        nest("f(", "1", ")"),
        nest("a[", "0", "]"),
        nest("[for x in ", "y", ": x]"),
    ];
    for expression in &expressions {
        let own = format!(
            "provider \"aws\" {{\n  alias = \"x\"\n  assume_role {{\n    role_arn = {expression}\n  }}\n}}\nlocals {{\n  d = {expression}\n}}\nvariable \"v\" {{}}\n"
        );
        let start = &expression[..8];
        read(
            start,
            &[
                ("main.tf".to_owned(), ROLE_1.to_owned() + &own),
                ("terraform.tfvars".to_owned(), format!("v = {expression}\n")),
                (
                    "x.tfbackend".to_owned(),
                    format!("profile = {expression}\n"),
                ),
                (
                    "t/terragrunt.hcl".to_owned(),
                    format!("inputs = {{\n  x = {expression}\n}}\n"),
                ),
            ],
        );
    }
    for text in [
        nest("[", "", "]"),
        nest("{\"a\":", "1", "}"),
        nest("[", "", ""),
    ] {
        let json = format!("{{\"provider\":{{\"aws\":{text}}},\"locals\":{{\"d\":{text}}}}}");
        let steps = format!("{}x: {text}\n", run("terraform apply"));
        let mut files = with_steps(&steps, &[("more.tf.json", json)]);
        for path in [
            ".gitlab-ci.yml",
            "Taskfile.yml",
            "package.json",
            "x.auto.tfvars.json",
        ] {
            files.push((path.to_owned(), text.clone()));
        }
        read("brackets", &files);
    }
    for expression in [
        nest("(", "1", ")"),
        nest("!", "a", ""),
        nest("a[", "0", "]"),
        nest("a || ", "b", ""),
        nest("a && ", "b", ""),
        nest("f(", "1", ")"),
    ] {
        let steps = format!(
            "      - run: terraform apply -var x=${{{{ {expression} }}}}\n        if: ${{{{ {expression} }}}}\n        env:\n          X: ${{{{ {expression} }}}}\n"
        );
        read("an expression", &with_steps(&steps, &[]));
    }
    for script in [
        nest("$(", "x", ")"),
        nest("$((", "1", "))"),
        nest("( ", "terraform apply", " )"),
        nest("{ ", "terraform apply; ", "}; "),
        nest("if true; then ", "terraform apply", "; fi"),
        nest("for i in a b; do ", "terraform apply; ", "done; "),
        nest("for i in a b; do ", "terraform apply", ""),
        nest("`", "", ""),
        nest("${a:-", "x", "}"),
        nest("cd a; ", "terraform apply", ""),
        nest("pushd a; ", "terraform apply", ""),
        nest("bash -c ", "x", ""),
    ] {
        let step = format!("      - run: |\n          {script}\n");
        read(
            &script[..8],
            &with_steps(&step, &[("x.sh", script.clone())]),
        );
    }
}
