//! What stands on a terminal: as wide as it at most, the same with colours and without, and as it is stored
//! in `tests/screens` and, as pictures, in `docs/pictures`. `TRYCMD=overwrite` writes what is seen.

use std::env;
use std::fs;
use std::path::Path;

use crate::support::checkout::Checkout;
use crate::support::terminal::Terminal;
use anstream::adapter::strip_str;
use anstyle_svg::{Term, WIN10_CONSOLE};

/// What is run in the example.
#[derive(Clone, Copy)]
struct Screen {
    /// The name of its pages.
    name: &'static str,
    command: &'static str,
    answer: Option<&'static str>,
    /// What its pages begin with, where another page has all before that.
    from: &'static str,
}

const SCREENS: [Screen; 5] = [
    Screen {
        name: "plan",
        command: "plan --no-pager",
        answer: None,
        from: "",
    },
    Screen {
        name: "apply",
        command: "apply --no-pager",
        answer: Some("y"),
        from: "\nPlan:",
    },
    Screen {
        name: "audit",
        command: "audit",
        answer: None,
        from: "",
    },
    Screen {
        name: "doctor",
        command: "doctor",
        answer: None,
        from: "",
    },
    Screen {
        name: "error",
        command: "plan --only assume_role",
        answer: None,
        from: "",
    },
];

/// The one of these widths that pictures have.
const PICTURE: usize = 120;

impl Screen {
    /// The screen, that wide, on a laptop or, with `CI`, on a runner.
    fn of(self, checkout: &Checkout, width: usize, color: &str, ci: &str) -> String {
        let terminal = Terminal::new(checkout)
            .without_echo()
            .answers(self.answer.as_slice())
            .env("CI", ci)
            .env("COLUMNS", &width.to_string());
        let screen = terminal.coloured(color, self.command);
        match self.answer {
            None => screen,
            // As if it were typed once it is asked for.
            Some(answer) => screen.replacen("[?] ", &format!("[?] {answer}\n"), 1),
        }
    }

    /// The part of a screen that its pages hold.
    fn page(self, screen: &str) -> &str {
        let plain = strip_str(screen).to_string();
        // A style begins before the text that it is of.
        let behind = plain
            .find(self.from)
            .map(|start| plain[start..].lines().count());
        let lines = screen.split_inclusive('\n').rev();
        let length: usize = lines.take(behind.unwrap_or(0)).map(str::len).sum();
        &screen[screen.len() - length..]
    }
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

/// Checks that a page is stored like that.
#[track_caller]
fn is_stored(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if env::var_os("TRYCMD").is_some_and(|it| it == "overwrite") {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
    }
    let stored = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(text, stored, "{path}: TRYCMD=overwrite writes what is seen");
}

#[test]
fn screens_are_as_stored_and_no_wider_than_the_terminal_and_colours_change_no_letter() {
    for screen in SCREENS {
        let name = screen.name;
        let example = || Checkout::of_example("legacy-stack");
        for (width, ci) in [(80, ""), (80, "true"), (120, ""), (200, "")] {
            let plain = screen.of(&example(), width, "never", ci);
            let wide = too_wide(&plain, width);
            assert!(wide.is_empty(), "{name} at {width}, CI={ci}: {wide:#?}");
            assert!(!plain.contains('\u{1b}'), "{name}: {plain}");
            if ci.is_empty() {
                let page = format!("tests/screens/{name}.{width}.txt");
                is_stored(&page, screen.page(&plain));
            }
            if width != PICTURE {
                continue;
            }
            let coloured = screen.of(&example(), width, "always", ci);
            assert!(coloured.contains('\u{1b}'), "{name}: {coloured}");
            // A diff that is no patch names the transforms of each file.
            let stripped = strip_str(&coloured).to_string();
            let lines = stripped.lines().filter(|line| !line.starts_with("# "));
            let lines: Vec<&str> = lines.collect();
            let expected: Vec<&str> = plain.lines().collect();
            assert_eq!(lines, expected, "{name} at {width}");
            // anstyle-svg 1.1 paints the ground of what is inverted too far right behind `&gt;`.
            let page = screen.page(&coloured).replace("\u{1b}[7m", "\u{1b}[1m");
            let picture = Term::new().palette(WIN10_CONSOLE).render_svg(&page);
            is_stored(&format!("docs/pictures/{name}.svg"), &picture);
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
    let plan = Screen {
        command: "plan --no-pager",
        ..SCREENS[0]
    };
    let screen = plan.of(&checkout, 80, "never", "");
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
