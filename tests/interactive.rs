//! The review of a plan finding by finding, on a pseudo-terminal: what is asked, what the answers make,
//! and what of them is kept.

use std::fs;

use crate::support::checkout::Checkout;
use crate::support::terminal::Terminal;

const CONFIG: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\naccount \"shared\" { id = \"333333333333\" }\n";

/// A requirement and an argument that move together, a backend that gets its profile, and a module call.
const MAIN: &str = "terraform {\n  required_version = \">= 1.0\"\n  backend \"s3\" {\n    bucket = \"states\"\n    key    = \"a\"\n  }\n  required_providers {\n    aws = \"~> 4.0\"\n  }\n}\n\nresource \"aws_db_instance\" \"a\" {\n  name = \"x\"\n}\n";

fn checkout() -> Checkout {
    Checkout::committed(&[("tfkeyless.hcl", CONFIG), ("app/main.tf", MAIN)])
}

fn text(checkout: &Checkout, path: &str) -> String {
    fs::read_to_string(checkout.path().join(path)).unwrap()
}

/// Runs `apply` with these arguments and answers, each followed by the return key.
fn apply(checkout: &Checkout, arguments: &str, answers: &[&str]) -> String {
    Terminal::new(checkout)
        .answers(answers)
        .run(&format!("apply --no-pager {arguments}"))
}

#[test]
fn each_change_is_asked_for_with_its_snippet_and_its_hunks() {
    let checkout = checkout();
    let seen = apply(&checkout, "--interactive", &["y", "y", "y", "n"]);
    for (number, transform, line) in [
        (1, "set_backend_profile", "+    profile = \"shared\""),
        (2, "bump_provider", "+    aws = \"~> 5.0\""),
        (3, "upgrade_arguments", "+  db_name = \"x\""),
    ] {
        let question = format!("({number}/3) Make this change [Y,n,a,d,q,e,?]?");
        assert!(seen.contains(&question), "{seen}");
        assert!(seen.contains(&format!("change[{transform}]: ")), "{seen}");
        assert!(seen.contains(line), "{line}: {seen}");
    }
    // One that is asked for alone has its hunk alone.
    let first = seen.split("(1/3)").next().unwrap();
    assert!(
        !first.contains("db_name") && !first.contains("~> 5.0"),
        "{first}"
    );
    assert!(seen.contains("Plan: 3 changes in 1 file."), "{seen}");
    assert!(seen.contains("Nothing was written."), "{seen}");
    assert_eq!(text(&checkout, "app/main.tf"), MAIN);
}

#[test]
fn what_is_answered_with_no_is_not_made_and_what_depends_on_it_is_named() {
    let checkout = checkout();
    let seen = apply(&checkout, "-i", &["y", "n", "", "y", "y"]);
    assert!(
        seen.contains("1 change depends on what you declined and would not be made:"),
        "{seen}"
    );
    assert!(seen.contains("app/main.tf: upgrade_arguments: "), "{seen}");
    assert!(seen.contains("Plan: 1 change in 1 file"), "{seen}");
    assert!(seen.contains("Wrote 1 file."), "{seen}");
    let main = text(&checkout, "app/main.tf");
    assert!(main.contains("profile = \"shared\""), "{main}");
    assert!(
        main.contains("~> 4.0") && main.contains("  name = \"x\""),
        "{main}"
    );
    assert!(!main.contains("tfkeyless:"), "{main}");
}

#[test]
fn a_no_with_a_reason_is_kept_as_a_comment_that_the_next_plan_follows() {
    let checkout = checkout();
    let seen = apply(
        &checkout,
        "-i",
        &["n", "the bucket's policy is enough", "y", "y", "y"],
    );
    assert!(seen.contains("Wrote 1 file."), "{seen}");
    let main = text(&checkout, "app/main.tf");
    assert!(
        main.contains("  # tfkeyless: ignore[set_backend_profile] the bucket's policy is enough\n  backend \"s3\" {"),
        "{main}"
    );
    assert!(
        main.contains("~> 5.0") && main.contains("db_name"),
        "{main}"
    );
    checkout.commit();
    let plan = checkout.run(&["plan"]).code(0);
    assert_eq!(plan.stdout, "");
    plan.says("has an ignore comment: ignore[set_backend_profile]");
}

#[test]
fn the_answers_that_stand_for_more_than_one_change() {
    let bucket =
        "terraform {\n  backend \"s3\" {\n    bucket = \"states\"\n    key    = \"KEY\"\n  }\n}\n";
    let three = || {
        let files: Vec<(String, String)> = ["a", "b", "c"]
            .iter()
            .map(|name| (format!("{name}/main.tf"), bucket.replace("KEY", name)))
            .collect();
        let files = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()));
        let files: Vec<(&str, &str)> = files.chain([("tfkeyless.hcl", CONFIG)]).collect();
        Checkout::committed(&files)
    };
    for (answers, written) in [
        (&["a", "y"][..], &["a", "b", "c"][..]),
        (&["y", "d", "y"], &["a"]),
        (&["y", "q", "y"], &["a"]),
        (&["q"], &[]),
        (&["d"], &[]),
        (&["n", "", "a", "y"], &["b", "c"]),
        (&["?", "y", "y", "y", "y"], &["a", "b", "c"]),
    ] {
        let checkout = three();
        let seen = apply(&checkout, "-i", answers);
        let changed: Vec<&str> = ["a", "b", "c"]
            .into_iter()
            .filter(|name| text(&checkout, &format!("{name}/main.tf")).contains("profile"))
            .collect();
        assert_eq!(changed, written, "{answers:?}: {seen}");
        assert_eq!(
            seen.contains("open the line in your editor"),
            answers[0] == "?"
        );
    }
}

#[test]
fn a_change_that_needs_review_is_asked_for_and_left_by_default() {
    let role = "variable \"role\" {\n  default = \"arn:aws:iam::111111111111:role/x\"\n}\n\nprovider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = var.role\n  }\n}\n";
    let files = [("tfkeyless.hcl", CONFIG), ("app/main.tf", role)];
    let question = "Make this change, which needs review, [y,N,a,d,q,e,?]?";
    let left = Checkout::committed(&files);
    let seen = apply(&left, "-i", &["y", "", "y"]);
    assert!(seen.contains(question), "{seen}");
    assert!(text(&left, "app/main.tf").contains("variable \"role\""));
    let made = Checkout::committed(&files);
    let seen = apply(&made, "-i", &["y", "y", "y"]);
    assert!(seen.contains("Wrote 1 file."), "{seen}");
    assert!(
        !text(&made, "app/main.tf").contains("variable \"role\""),
        "{seen}"
    );
}

#[test]
fn the_question_of_apply_leads_to_the_review() {
    let checkout = checkout();
    let seen = apply(&checkout, "", &["r", "y", "y", "y", "y"]);
    assert!(
        seen.contains("Write 1 file? [y]es, [n]o, [r]eview one by one, [d]iff, [?]"),
        "{seen}"
    );
    assert!(
        seen.contains("(3/3)") && seen.contains("Wrote 1 file."),
        "{seen}"
    );
}

#[test]
fn the_editor_opens_at_the_line_and_what_it_leaves_is_planned_anew() {
    let checkout = checkout();
    checkout.write(
        "edit.sh",
        "#!/bin/sh\necho \"$1\" > \"$HOME/line\"\nsed -i 's/~> 4.0/~> 5.0/' \"$2\"\n",
    );
    let editor = format!("sh {}", checkout.path().join("edit.sh").display());
    let seen = Terminal::new(&checkout)
        .env("EDITOR", &editor)
        .env("VISUAL", "")
        .answers(&["e", "y", "y", "y"])
        .run("apply -i --no-pager");
    assert_eq!(text(&checkout, "line"), "+3\n", "{seen}");
    // What the editor settled is not asked for any more.
    assert!(
        seen.contains("(2/2) Make this change") && seen.contains("Wrote 1 file."),
        "{seen}"
    );
}

#[test]
fn a_place_in_json_takes_no_comment() {
    let json = "{\n  \"terraform\": {\n    \"backend\": {\n      \"s3\": {\n        \"bucket\": \"states\",\n        \"key\": \"a\"\n      }\n    }\n  }\n}\n";
    let checkout = Checkout::committed(&[("tfkeyless.hcl", CONFIG), ("app/main.tf.json", json)]);
    let seen = apply(&checkout, "-i", &["n"]);
    assert!(
        seen.contains("This answer is not kept: app/main.tf.json cannot hold an ignore comment."),
        "{seen}"
    );
    assert_eq!(text(&checkout, "app/main.tf.json"), json);
}

#[test]
fn a_setting_that_is_answered_becomes_a_line_of_the_configuration() {
    let config = "account \"shared\" { id = \"333333333333\" }\n";
    let main =
        "terraform {\n  backend \"s3\" {\n    bucket = \"states\"\n    key    = \"a\"\n  }\n}\n";
    let checkout = Checkout::committed(&[("tfkeyless.hcl", config), ("app/main.tf", main)]);
    let seen = apply(&checkout, "-i", &["shared", "y", "y"]);
    assert!(
        seen.contains("`state_profile = \"...\"` [shared; Enter: skip it, q, ?]:"),
        "{seen}"
    );
    assert!(seen.contains("Wrote 2 files."), "{seen}");
    let written = format!("{config}state_profile = \"shared\"\n");
    assert_eq!(text(&checkout, "tfkeyless.hcl"), written);
    assert!(text(&checkout, "app/main.tf").contains("profile = \"shared\""));
    checkout.commit();
    let plan = checkout.run(&["plan", "--check"]).code(0);
    assert_eq!(plan.stdout, "");
    // An empty answer leaves it.
    let left = Checkout::committed(&[("tfkeyless.hcl", config), ("app/main.tf", main)]);
    let seen = apply(&left, "-i", &[""]);
    assert!(seen.contains("Nothing was written."), "{seen}");
    assert_eq!(text(&left, "tfkeyless.hcl"), config);
}

#[test]
fn what_the_token_may_do_is_asked_where_a_job_waits_for_it() {
    let workflow = "on: push\njobs:\n  apply:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n    steps:\n      - uses: actions/checkout@v4\n      - uses: someone/unknown-action@v1\n      - run: aws s3 ls\n";
    let account = "account \"shared\" { id = \"333333333333\" }\r\n";
    for (ci, written) in [
        ("", "\r\nci {\r\n  default_token = \"permissive\"\r\n}\r\n"),
        (
            "/*\r\nci {\r\n*/ ci { default_token = \"unknown\" }\r\n",
            "/*\r\nci {\r\n*/ ci { default_token = \"permissive\" }\r\n",
        ),
    ] {
        let config = format!("{account}{ci}");
        let checkout = Checkout::committed(&[
            ("tfkeyless.hcl", &*config),
            (".github/workflows/ci.yml", workflow),
        ]);
        checkout.run(&["plan"]).says("1 job waits for");
        let seen = apply(&checkout, "-i", &["write", "y", "y"]);
        assert!(
            seen.contains("What may it do? [r]ead, [w]rite, [u]nknown, [q]uit, [?]"),
            "{seen}"
        );
        let kept = text(&checkout, "tfkeyless.hcl");
        assert_eq!(kept, format!("{account}{written}"), "{seen}");
    }
}

const DEV: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
const ACCOUNTS: &str =
    "account \"dev\" { id = \"111111111111\" }\naccount \"shared\" { id = \"333333333333\" }\n";

/// What is written into the configuration of a repository with one root module, `dev`, and one more
/// file, by these answers; what it asks for first is seen.
#[track_caller]
fn keeps(path: &str, file: &str, asked: &str, answers: &[&str], entry: &str) {
    let checkout = Checkout::committed(&[
        ("tfkeyless.hcl", ACCOUNTS),
        ("dev/main.tf", DEV),
        (path, file),
    ]);
    let answers = [answers, &["y"; 6]].concat();
    let seen = apply(&checkout, "-i", &answers);
    assert!(seen.contains(asked), "{asked}\n{seen}");
    let written = text(&checkout, "tfkeyless.hcl");
    assert_eq!(written, format!("{ACCOUNTS}{entry}"), "{seen}");
    checkout.commit();
    // What is answered once is not asked again, here or anywhere else.
    let again = apply(&checkout, "-i", &[]);
    assert!(!again.contains(asked), "{again}");
}

#[test]
fn whose_a_runner_a_role_or_a_job_is_becomes_an_entry_of_the_configuration() {
    let role = "on: push\njobs:\n  role:\n    runs-on: ubuntu-latest\n    permissions:\n      id-token: write\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          role-to-assume: ${{ vars.DEPLOY }}\n          aws-region: eu-west-1\n      - run: terraform -chdir=dev apply\n";
    let called = "on: push\njobs:\n  tree:\n    permissions:\n      id-token: write\n    uses: acme/flows/.github/workflows/terraform.yml@v1\n    secrets: inherit\n";
    let ci = ".github/workflows/ci.yml";
    let jenkins = "node {\n  sh 'terraform -chdir=dev apply'\n}\n";
    keeps(
        "Jenkinsfile",
        jenkins,
        "`runner \"Jenkinsfile\" { account = \"...\" }` [*, dev, shared; Enter: skip it, q, ?]:",
        &["*"],
        "runner \"Jenkinsfile\" { account = \"*\" }\n",
    );
    keeps(
        ci,
        role,
        "`role \"vars.DEPLOY\" { account = \"...\" }` [dev, shared; Enter: skip it, q, ?]:",
        &["dev"],
        "role \"vars.DEPLOY\" { account = \"dev\" }\n",
    );
    let roots = "`job \"ci.yml:tree\" { roots = [\"...\"] }` [dev; Enter: skip it, q, ?]:";
    keeps(
        ci,
        called,
        roots,
        &["dev, "],
        "job \"ci.yml:tree\" { roots = [\"dev\"] }\n",
    );
    // One of several questions is enough, and an answer that is none is asked for again.
    keeps(
        ci,
        called,
        "`nobody` is none of dev, shared.",
        &["", "nobody", "dev"],
        "job \"ci.yml:tree\" { account = \"dev\" }\n",
    );
}

#[test]
fn a_report_on_standard_output_asks_nothing_and_is_refused_beside_questions() {
    for format in ["json", "jsonl", "markdown", "github"] {
        let checkout = checkout();
        let seen = apply(&checkout, &format!("-i --format {format}"), &[]);
        assert!(
            seen.contains("cannot be used with") && seen.contains("--interactive"),
            "{seen}"
        );
        assert_eq!(text(&checkout, "app/main.tf"), MAIN);
    }
}

#[test]
fn the_end_of_the_input_writes_nothing() {
    for (arguments, answers) in [("", &[][..]), ("-i", &[]), ("-i", &["y"])] {
        let checkout = checkout();
        let seen = apply(&checkout, arguments, answers);
        assert!(seen.contains("Nothing was written."), "{seen}");
        assert!(!seen.contains("error"), "{seen}");
        assert_eq!(text(&checkout, "app/main.tf"), MAIN);
    }
}

/// A root module that Jenkins runs.
fn run_by_jenkins() -> Checkout {
    Checkout::committed(&[
        ("tfkeyless.hcl", ACCOUNTS),
        ("dev/main.tf", DEV),
        (
            "Jenkinsfile",
            "node {\n  sh 'terraform -chdir=dev apply'\n}\n",
        ),
    ])
}

#[test]
fn a_question_explains_itself_and_names_its_answers_where_one_is_none() {
    let checkout = run_by_jenkins();
    let seen = apply(
        &checkout,
        "-i",
        &["?", "devv", "x", "*", "y", "y", "y", "y"],
    );
    for expected in [
        "to which account do the credentials of `Jenkinsfile` belong?",
        "dev    add `runner \"Jenkinsfile\" { account = \"dev\" }`",
        "Enter  leave what waits for this answer",
        "q      make none of the changes that are not asked for yet",
        "`devv` is none of *, dev, shared; did you mean `dev`?",
        "`x` is none of *, dev, shared.",
    ] {
        assert!(seen.contains(expected), "{expected}: {seen}");
    }
    // No line of a file that nobody has seen.
    assert!(!seen.contains("no `account` block"), "{seen}");
    let kept = text(&checkout, "tfkeyless.hcl");
    assert!(kept.ends_with("runner \"Jenkinsfile\" { account = \"*\" }\n"));
}

#[test]
fn q_ends_the_review_at_each_of_its_questions() {
    let jenkins = run_by_jenkins();
    let seen = apply(&jenkins, "-i", &["q"]);
    assert!(!seen.contains("Make this change"), "{seen}");
    assert!(seen.contains("Nothing was written."), "{seen}");
    assert_eq!(text(&jenkins, "dev/main.tf"), DEV);
    let checkout = checkout();
    let seen = apply(&checkout, "-i", &["y", "n", "q", "y"]);
    assert!(!seen.contains("(3/3)"), "{seen}");
    assert!(
        seen.contains("Plan: 1 change in 1 file; 2 declined."),
        "{seen}"
    );
    let main = text(&checkout, "app/main.tf");
    assert_eq!(
        main,
        MAIN.replace("key    = \"a\"", "key    = \"a\"\n    profile = \"shared\"")
            .replace("bucket =", "bucket  =")
            .replace("key    =", "key     =")
    );
}

#[test]
fn answers_that_are_kept_are_shown_and_counted_before_they_are_written() {
    let commented = checkout();
    let seen = apply(&commented, "-i", &["n", "too early", "q", "y"]);
    assert!(
        seen.contains("Plan: 0 changes, 1 ignore comment in app/main.tf; 3 declined."),
        "{seen}"
    );
    let (before, _) = seen.split_once("Write 1 file?").unwrap();
    assert!(
        before.contains("+  # tfkeyless: ignore[set_backend_profile] too early"),
        "{seen}"
    );
    let answered = run_by_jenkins();
    let seen = apply(&answered, "-i", &["*", "n", "", "q", "y"]);
    assert!(
        seen.contains("Plan: 0 changes, 1 answer in tfkeyless.hcl; "),
        "{seen}"
    );
    let (before, _) = seen.split_once("Write 1 file?").unwrap();
    assert!(
        before.contains("+runner \"Jenkinsfile\" { account = \"*\" }"),
        "{seen}"
    );
}

#[test]
fn a_letter_that_is_not_utf_8_ends_no_review() {
    let checkout = checkout();
    let seen = Terminal::new(&checkout)
        .typing(b"\xe9\nn\nd\xe9j\xe0\nzu fr\xc3\xbch\nq\ny\n")
        .run("apply -i --no-pager");
    assert!(seen.contains("This is not UTF-8: type it again."), "{seen}");
    let main = text(&checkout, "app/main.tf");
    assert!(
        main.contains("ignore[set_backend_profile] zu früh\n"),
        "{seen}"
    );
}

#[test]
fn all_later_changes_are_those_that_need_no_review() {
    let checkout = checkout();
    let seen = apply(&checkout, "-i", &["?"]);
    assert!(
        seen.contains("make this and all later changes of set_backend_profile that need no review"),
        "{seen}"
    );
}
