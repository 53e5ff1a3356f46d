//! What stands on a terminal: as wide as it at most, and the same with colours and without.

use crate::support::checkout::Checkout;
use crate::support::terminal::Terminal;
use anstream::adapter::strip_str;

const COMMANDS: [&str; 5] = [
    "plan --no-pager",
    "apply --no-pager",
    "audit",
    "doctor",
    "plan --only assume_role",
];

/// The screen of a command, that wide, on a laptop or, with `CI`, on a runner.
fn screen(checkout: &Checkout, command: &str, width: usize, color: &str, ci: &str) -> String {
    let terminal = Terminal::new(checkout).answers(&["n"]).env("CI", ci);
    terminal
        .env("COLUMNS", &width.to_string())
        .coloured(color, command)
}

/// The lines that are wider though they could be wrapped: not those of diffs and of snippets, which are
/// as the files have them, and not commands, which are there to be pasted.
fn too_wide(screen: &str, width: usize) -> Vec<&str> {
    let is_code = |line: &str| {
        let start = line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit());
        let is_diff = line.starts_with(['+', '-', '@']);
        is_diff || line.starts_with("    ") && !start.starts_with("= ") || start.starts_with('|')
    };
    let lines = screen.lines();
    lines
        .filter(|line| line.chars().count() > width && !is_code(line) && !line.contains('`'))
        .collect()
}

#[test]
fn no_screen_is_wider_than_the_terminal_and_colours_change_no_letter() {
    let checkout = Checkout::of_example("legacy-stack");
    for command in COMMANDS {
        for (width, ci) in [(80, ""), (80, "true"), (120, ""), (200, "")] {
            let screen = |color| screen(&checkout, command, width, color, ci);
            let plain = screen("never");
            // The answer is typed before the question, and so is the return key behind it.
            let plain = plain.replace("[?] ", "[?]\n");
            let wide = too_wide(&plain, width);
            assert!(wide.is_empty(), "{command} at {width}, CI={ci}: {wide:#?}");
            assert!(!plain.contains('\u{1b}'), "{command}: {plain}");
            if width > 80 || ci == "true" {
                continue;
            }
            let coloured = screen("always");
            let coloured = coloured.replace("[?] ", "[?]\n");
            assert!(coloured.contains('\u{1b}'), "{command}: {coloured}");
            // A diff that is no patch names the transforms of each file.
            let stripped = strip_str(&coloured).to_string();
            let lines = stripped.lines().filter(|line| !line.starts_with("# "));
            let lines: Vec<&str> = lines.collect();
            let expected: Vec<&str> = plain.lines().collect();
            assert_eq!(lines, expected, "{command} at {width}");
        }
    }
}

#[test]
fn without_a_configuration_the_first_line_says_what_makes_one() {
    let root = "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
    let checkout = Checkout::committed(&[("main.tf", root)]);
    let plan = checkout.run(&["plan"]).code(0);
    assert!(
        plan.stderr
            .starts_with("note: run `tfkeyless init` first: "),
        "{}",
        plan.stderr
    );
    let screen = screen(&checkout, "plan --no-pager", 80, "never", "");
    assert!(screen.contains("run `tfkeyless init` first"), "{screen}");
}

#[test]
fn repositories_stand_in_columns() {
    let role = |name: &str| {
        format!(
            "provider \"aws\" {{\n  alias = \"{name}\"\n  assume_role {{\n    role_arn = \
             \"arn:aws:iam::111111111111:role/x\"\n  }}\n}}\n"
        )
    };
    let config = "account \"dev\" { id = \"111111111111\" }\n";
    let fleet = Checkout::without_git(&[
        ("a/main.tf", &role("x")),
        ("a-longer-name/main.tf", &role("y")),
        ("config", config),
    ]);
    for name in ["a", "a-longer-name"] {
        fleet.mark(name);
    }
    let plan = fleet.run(&["plan", "--config", "config", "a", "a-longer-name"]);
    let plan = plan.code(0);
    let rows =
        "  a              2 findings need review or manual work\n  a-longer-name  2 findings";
    assert!(plan.stderr.contains(rows), "{}", plan.stderr);
}
