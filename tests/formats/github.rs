//! Annotations of GitHub, and the summary of the step.

use crate::support::checkout::Checkout;

/// Module calls with a source in which an expression stands, which are manual, and providers that lose
/// their roles.
fn many_findings(calls: usize, roles: usize) -> Checkout {
    let call = |number| format!("module \"m{number}\" {{\n  source = \"s3::${{var.a}}\"\n}}\n");
    let mut text: String = (0..calls).map(call).collect();
    for number in 0..roles {
        text += &format!(
            "module \"n{number}\" {{\n  source = \"s3::https://s3.amazonaws.com/zips/n{number}/1.0.0.zip\"\n}}\n"
        );
    }
    let config = "module_source \"zips\" {\n  repository = \"github.com/o/m\"\n}\n";
    Checkout::bare(&[("main.tf", &text), ("tfkeyless.hcl", config)])
}

#[test]
fn github_gets_as_many_annotations_as_it_shows_and_the_rest_in_the_summary_of_the_step() {
    let count = |text: &str, kind: &str| text.matches(&format!("::{kind} ")).count();
    let none = [("GITHUB_STEP_SUMMARY", "")];
    let arguments = ["plan", "--format", "github"];
    // As many as it shows are all there.
    let few = many_findings(10, 10).run_with(&arguments, &none).code(0);
    assert_eq!(
        (count(&few.stdout, "warning"), count(&few.stdout, "notice")),
        (10, 10)
    );
    let checkout = many_findings(12, 11);
    let run = checkout.run_with(&arguments, &none).code(0);
    let (warnings, notices) = (count(&run.stdout, "warning"), count(&run.stdout, "notice"));
    assert_eq!((warnings, notices), (10, 10), "{}", run.stdout);
    assert!(
        run.stdout.starts_with("::warning file=main.tf,line=2,"),
        "{}",
        run.stdout
    );
    let last = "::notice title=tfkeyless::4 findings more: GitHub shows no more of a step; `--format \
                markdown` lists all\n";
    assert!(run.stdout.ends_with(last), "{}", run.stdout);
    // The summary of the step takes them, behind what is there.
    checkout.write("summary", "before\n");
    let path = checkout.path().join("summary");
    let summary = [("GITHUB_STEP_SUMMARY", path.to_str().unwrap())];
    let run = checkout.run_with(&arguments, &summary).code(0);
    let last = "4 findings more: the summary of this step lists them\n";
    assert!(run.stdout.ends_with(last), "{}", run.stdout);
    let text = checkout.read("summary");
    let start = "before\n## tfkeyless: findings without an annotation\n\n- `main.tf:32` \
                 warning\\[github_module_source\\]: module ";
    assert!(text.starts_with(start), "{text}");
    assert_eq!(text.matches("\n- `main.tf:").count(), 4, "{text}");
    // All repositories are of one step.
    let fleet = Checkout::without_git(&[
        ("a/main.tf", &many_findings(8, 0).read("main.tf")),
        ("b/main.tf", &many_findings(8, 0).read("main.tf")),
    ]);
    fleet.mark("a");
    fleet.mark("b");
    let run = fleet.run_with(&["plan", "--format", "github", "a", "b"], &none);
    let run = run.code(0);
    assert_eq!(count(&run.stdout, "warning"), 10, "{}", run.stdout);
    assert!(run.stdout.contains("::6 findings more: "), "{}", run.stdout);
    // An audit finds errors.
    let run = checkout.run_with(&["audit", "--format", "github"], &none);
    let run = run.code(1);
    assert_eq!(count(&run.stdout, "error"), 10, "{}", run.stdout);
}
