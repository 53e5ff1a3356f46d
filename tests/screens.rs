//! What stands on a terminal: as wide as it at most, the same with colours and without, and as it is stored
//! in `tests/screens` and, as pictures, in `docs/pictures`. `TRYCMD=overwrite` writes what is seen.

use std::env;
use std::fs;
use std::path::Path;

use crate::support::checkout::Checkout;
use crate::support::terminal::Terminal;
use crate::verify::world::{CHANGES, World, root};
use anstream::adapter::strip_str;
use anstyle_svg::{Term, WIN10_CONSOLE};

/// What is run, and where.
#[derive(Clone, Copy)]
struct Screen {
    /// The name of its pages.
    name: &'static str,
    command: &'static str,
    answers: &'static [&'static str],
    /// What its pages begin with, where another page has all before that.
    from: &'static str,
    place: Place,
}

/// Where a screen is seen.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// In a copy of the example.
    Example,
    /// In one without a configuration.
    Unconfigured,
    /// In one with a configuration that is wrong.
    Misconfigured,
    /// Above several repositories.
    Several,
    /// Above a repository, with stand-ins for Terraform and AWS.
    StandIns,
}

/// A screen of the example that asks nothing.
const fn screen(name: &'static str, command: &'static str) -> Screen {
    Screen {
        name,
        command,
        answers: &[],
        from: "",
        place: Place::Example,
    }
}

const SCREENS: [Screen; 11] = [
    screen("plan", "plan --no-pager"),
    Screen {
        answers: &["y"],
        from: "\nPlan:",
        ..screen("apply", "apply --no-pager")
    },
    Screen {
        answers: &["?", "y", "n", "DNS first", "a", "n"],
        ..screen(
            "review",
            "apply --no-pager -i --only bump_provider,constrain_module,remove_assume_role",
        )
    },
    Screen {
        from: "Before the merge",
        ..screen("steps", "plan --no-pager --next-steps")
    },
    screen("audit", "audit"),
    screen("doctor", "doctor"),
    Screen {
        place: Place::Misconfigured,
        ..screen("error", "plan")
    },
    screen("explain", "explain ci_module_access"),
    Screen {
        place: Place::Unconfigured,
        ..screen("init", "init")
    },
    Screen {
        place: Place::Several,
        ..screen("bulk", "plan --config config --each .")
    },
    Screen {
        place: Place::StandIns,
        ..screen("verify", "verify --yes repo")
    },
];

/// A configuration in which much is wrong.
const WRONG: &str = r#"state_profile = "shared-account"

account "dev" {
  id = "11111111111"
}

account "live" {
  id = "222222222222"
}

ci {
  role = "arn:aws:iam::{account}:role/github-ci"
}

runner "Jenkinsfile" {
  account = "lvie"
}

ci {
  default_token = "restrictd"
}
"#;

/// Those of which there is a picture.
const PICTURES: [&str; 5] = ["plan", "apply", "audit", "doctor", "error"];

/// The one of these widths that pictures have.
const PICTURE: usize = 120;

impl Screen {
    /// The screen, that wide, on a laptop or, with `CI`, on a runner.
    fn of(self, width: usize, color: &str, ci: &str) -> String {
        let show = |terminal: Terminal<'_>| {
            let terminal = terminal
                .without_echo()
                .answers(self.answers)
                .env("CI", ci)
                .env("COLUMNS", &width.to_string());
            let screen = terminal.coloured(color, self.command);
            typed(&without_progress(&screen), self.answers)
        };
        match self.place {
            Place::Example => show(Terminal::new(&Checkout::of_example("legacy-stack"))),
            Place::Unconfigured => {
                let checkout = Checkout::of_example("legacy-stack");
                fs::remove_file(checkout.path().join("tfkeyless.hcl")).unwrap();
                show(Terminal::new(&checkout))
            }
            Place::Misconfigured => {
                let checkout = Checkout::of_example("legacy-stack");
                checkout.write("tfkeyless.hcl", WRONG);
                show(Terminal::new(&checkout))
            }
            Place::Several => show(Terminal::new(&fleet())),
            Place::StandIns => {
                let world = verified();
                let screen = show(world.terminal());
                // The directory is another each time, and its path has a digest.
                let state = world.path("state").display().to_string();
                let lines = screen.split_inclusive('\n');
                let lines = lines.map(|line| match line.split_once(&state) {
                    Some((before, _)) => format!("{before}STATE\n"),
                    None => line.to_owned(),
                });
                lines.collect()
            }
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

/// What stays of a screen of whose lines some are cleared: a bar that tells how far a run is.
fn without_progress(screen: &str) -> String {
    let lines = screen.split_inclusive('\n');
    let lines = lines.map(|line| line.rsplit("\r\u{1b}[2K").next().unwrap_or_default());
    lines.collect()
}

/// A screen with what is typed behind each question, as if it were typed once it is asked.
fn typed(screen: &str, answers: &[&str]) -> String {
    let (mut shown, mut rest) = (String::new(), screen);
    for answer in answers {
        let ends = ["[?] ", "?]? ", "?]: "].into_iter();
        let ends = ends.filter_map(|end| Some(rest.find(end)? + end.len()));
        let Some(end) = ends.min() else { break };
        let (asked, behind) = rest.split_at(end);
        // With colours the question's style may end behind it.
        let (style, behind) = behind.split_at(match behind.starts_with("\u{1b}[0m") {
            true => "\u{1b}[0m".len(),
            false => 0,
        });
        shown = format!("{shown}{asked}{style}{answer}\n");
        rest = behind;
    }
    shown + rest
}

/// Repositories of which one is migrated, one cannot be read and some need work.
fn fleet() -> Checkout {
    let role = "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
    let required = "terraform {\n  required_providers {\n    aws = \"~> 4.0\"\n  }\n}\n\n";
    let fleet = Checkout::without_git(&[
        ("config", "account \"dev\" { id = \"111111111111\" }\n"),
        ("billing/main.tf", &format!("{required}{role}")),
        ("network-and-transit/main.tf", role),
        ("done/main.tf", "provider \"aws\" {}\n"),
        ("broken/main.tf", "provider \"aws\" {\n"),
    ]);
    for name in ["billing", "network-and-transit", "done", "broken"] {
        fleet.mark(name);
    }
    fleet
}

/// A repository whose root modules are planned without changes, with some, and not.
fn verified() -> World {
    World::new(&[
        ("dev/main.tf", &root("111111111111")),
        ("live/main.tf", &root("222222222222")),
        ("live/plan.json", CHANGES),
        ("live/plan.code", "2"),
        ("broken/main.tf", &root("111111111111")),
        (
            "broken/init.txt",
            "Error: failed to get shared config profile, shared\n",
        ),
        ("unknown/main.tf", "provider \"aws\" {}\n"),
    ])
}

/// The lines that are wider though they could be wrapped or cut: not those of diffs, which are as the files
/// have them, and not commands, which are there to be pasted.
fn too_wide(screen: &str, width: usize) -> Vec<&str> {
    let is_code = |line: &str| {
        let start = line.trim_start();
        let is_diff = line.starts_with(['+', '-', '@']);
        is_diff || line.starts_with("    ") && !start.starts_with(['=', '|'])
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
        for (width, ci) in [(80, ""), (80, "true"), (120, ""), (200, "")] {
            let plain = screen.of(width, "never", ci);
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
            let coloured = screen.of(width, "always", ci);
            assert!(coloured.contains('\u{1b}'), "{name}: {coloured}");
            // A diff that is no patch names the transforms of each file.
            let letters = |screen: &str| {
                let screen = strip_str(screen).to_string();
                let lines = screen.lines().filter(|line| !line.starts_with("# "));
                lines.map(str::to_owned).collect::<Vec<_>>()
            };
            assert_eq!(letters(&coloured), letters(&plain), "{name} at {width}");
            // anstyle-svg 1.1 paints the ground of what is inverted too far right behind `&gt;`.
            let page = screen.page(&coloured).replace("\u{1b}[7m", "\u{1b}[1m");
            let picture = Term::new().palette(WIN10_CONSOLE).render_svg(&page);
            if PICTURES.contains(&name) {
                is_stored(&format!("docs/pictures/{name}.svg"), &picture);
            }
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
    let screen = Terminal::new(&checkout).run("plan --no-pager");
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

#[test]
fn the_snippet_of_a_long_line_is_no_wider_than_the_terminal() {
    let step = "{uses: aws-actions/configure-aws-credentials@v4, with: {aws-access-key-id: \"${{ secrets.AWS_ACCESS_KEY_ID }}\", aws-secret-access-key: \"${{ secrets.AWS_SECRET_ACCESS_KEY }}\", aws-region: us-east-1}}";
    let workflow = format!(
        "on: push\njobs:\n  a: {{runs-on: x, steps: [{step}, {{run: terraform apply}}]}}\n"
    );
    let checkout = Checkout::committed(&[
        ("main.tf", "provider \"aws\" {}\n"),
        (".github/workflows/a.yml", &workflow),
    ]);
    for width in [60, 80, 110, 300] {
        let screen = Terminal::new(&checkout)
            .env("COLUMNS", &width.to_string())
            .run("audit");
        let wide = too_wide(&screen, width);
        assert!(wide.is_empty(), "{width}: {wide:#?}");
        assert!(screen.contains("^^^^"), "{width}: {screen}");
        assert_eq!(screen.contains("...\n"), width < 300, "{width}: {screen}");
    }
}
