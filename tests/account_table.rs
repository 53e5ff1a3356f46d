//! The account table: by what every identity acts, before a plan and after it.

use crate::support::checkout::Checkout;
use crate::support::terminal::Terminal;
use crate::support::{CONFIG, ROLE_1, Tree, reviewed};
use engine::account_table::{AccountCell, AccountRow};
use engine::plan::Plan;
use engine::selection::Selection;

const WORLD: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\n";
const BACKEND: &str =
    "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n  }\n}\n";
const CI: &str = ".github/workflows/ci.yml";

fn plan(files: &[(&str, &str)], config: &str, selection: Selection) -> Plan {
    let tree = Tree::new(files.iter().copied());
    tree.plan(config, selection).unwrap()
}

/// `MODULES | IDENTITIES | before | laptop | runners`, `!` before a row that changes, `?` before one
/// that waits.
fn table(plan: &Plan) -> Vec<String> {
    let cell = |cell: &AccountCell| format!("{} by {}", cell.account_text(), cell.by);
    let row = |row: &AccountRow| {
        let modules: Vec<String> = row
            .modules
            .iter()
            .map(|it| it.display().to_string())
            .collect();
        let runners: Vec<String> = row
            .runners
            .iter()
            .map(|runner| {
                let names = runner.runners.iter().map(|it| match &it.job {
                    Some(job) => job.clone(),
                    None => it.system.to_owned(),
                });
                let names: Vec<String> = names.collect();
                format!("{}: {}", names.join("+"), cell(&runner.cell))
            })
            .collect();
        let mark = match (row.changes, row.waits) {
            (true, false) => "! ",
            (false, true) => "? ",
            (true, true) => "!? ",
            (false, false) => "",
        };
        let variant = row.variant.as_ref().map(|it| format!(" ({it})"));
        format!(
            "{mark}{} | {}{} | {} | {} | {}",
            modules.join("+"),
            row.identities.join("+"),
            variant.unwrap_or_default(),
            cell(&row.before),
            cell(&row.laptop),
            runners.join("; ")
        )
    };
    plan.accounts.iter().map(row).collect()
}

fn role(alias: &str, id: &str) -> String {
    let alias = match alias {
        "" => String::new(),
        alias => format!("  alias = \"{alias}\"\n"),
    };
    format!(
        "provider \"aws\" {{\n{alias}  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
    )
}

/// A workflow whose jobs have the same keys, and run a directory each.
fn workflow(jobs: &[(&str, &str)]) -> String {
    let jobs = jobs.iter().map(|(job, directory)| {
        format!(
            "  {job}:\n    runs-on: ubuntu-latest\n    permissions:\n      id-token: write\n      contents: read\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          aws-secret-access-key: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n          aws-region: us-east-1\n      - run: terraform -chdir={directory} init\n      - run: terraform -chdir={directory} apply\n"
        )
    });
    format!("on: push\njobs:\n{}", jobs.collect::<String>())
}

#[test]
fn equal_identities_are_one_row_and_others_are_not() {
    let main = [
        role("", "111111111111"),
        role("us", "111111111111"),
        role("dns", "333333333333"),
        BACKEND.to_owned(),
    ]
    .concat();
    let ci = workflow(&[("dev", "dev")]);
    let files = [("dev/main.tf", main.as_str()), (CI, ci.as_str())];
    assert_eq!(
        table(&plan(&files, WORLD, Selection::default())),
        [
            "! dev | aws+aws.us | 111111111111 (dev) by role | 111111111111 (dev) by AWS_PROFILE=dev | dev: 111111111111 (dev) by vars.AWS_OIDC_ROLE_ARN",
            "!? dev | aws.dns | 333333333333 (shared) by role | 333333333333 (shared) by role kept, its removal needs --review | dev: 333333333333 (shared) by vars.AWS_OIDC_ROLE_ARN, then the role",
            "! dev | state | 333333333333 (shared) by static keys | 333333333333 (shared) by profile `shared` | dev: 333333333333 (shared) by profile `shared` of vars.TF_STATE_ROLE_ARN",
        ]
    );
    assert_eq!(
        table(&plan(&files, WORLD, reviewed()))[1..],
        [
            "! dev | aws.dns | 333333333333 (shared) by role | 333333333333 (shared) by profile `shared` | dev: 333333333333 (shared) by profile `shared` of vars.TF_STATE_ROLE_ARN",
            "! dev | state | 333333333333 (shared) by static keys | 333333333333 (shared) by profile `shared` | dev: 333333333333 (shared) by profile `shared` of vars.TF_STATE_ROLE_ARN",
        ]
    );
}

#[test]
fn modules_with_equal_rows_are_one_row() {
    let dev = role("", "111111111111");
    let files = [
        ("a/main.tf", dev.as_str()),
        ("b/main.tf", dev.as_str()),
        ("c/main.tf", &role("", "222222222222")),
        ("d/main.tf", dev.as_str()),
    ];
    let folded = [
        "! a+b+d | aws | 111111111111 (dev) by role | 111111111111 (dev) by AWS_PROFILE=dev | ",
        "! c | aws | 222222222222 (live) by role | 222222222222 (live) by AWS_PROFILE=live | ",
    ];
    assert_eq!(table(&plan(&files, WORLD, Selection::default())), folded);
    // Other runners are another row.
    let ci = workflow(&[("b", "b")]);
    let files = [&files[..], &[(CI, ci.as_str())]].concat();
    let rows = table(&plan(&files, WORLD, Selection::default()));
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows[0].starts_with("! a+d |"), "{rows:?}");
    assert!(
        rows[1].ends_with("| b: 111111111111 (dev) by vars.AWS_OIDC_ROLE_ARN"),
        "{rows:?}"
    );
}

#[test]
fn there_is_no_table_without_roles_profiles_and_credentials() {
    let ambient = "provider \"aws\" {\n  version = \"~> 4.0\"\n}\n";
    let workflow = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: terraform init\n";
    let plan = plan(
        &[("main.tf", ambient), (CI, workflow)],
        "",
        Selection::default(),
    );
    assert!(!plan.changes.is_empty());
    assert_eq!(table(&plan), [""; 0]);
}

/// What the table says of the one identity of a root module with a role, for what runs it.
#[track_caller]
fn run_by(files: &[(&str, &str)], config: &str, expected: &str) {
    let files = [&[("main.tf", ROLE_1)], files].concat();
    let rows = table(&plan(&files, config, Selection::default()));
    assert_eq!(rows, [expected]);
}

#[test]
fn every_runner_is_named_with_what_it_acts_by() {
    const KEPT: &str =
        "111111111111 (dev) by role | 111111111111 (dev) by role kept, its removal needs --review";
    const REMOVED: &str = "111111111111 (dev) by role | 111111111111 (dev) by AWS_PROFILE=dev";
    let jenkins: &[(&str, &str)] = &[(
        "Jenkinsfile",
        "pipeline {\n  stages {\n    stage('a') {\n      steps {\n        sh 'terraform apply'\n      }\n    }\n  }\n}\n",
    )];
    run_by(
        jenkins,
        WORLD,
        &format!(
            "?  | aws | {KEPT} | Jenkins: 111111111111 (dev) by own credentials, then the role"
        ),
    );
    for (answer, cell) in [
        (
            "account = \"dev\"",
            "Jenkins: 111111111111 (dev) by own credentials",
        ),
        (
            "account = \"*\"",
            "Jenkins: 111111111111 (dev) by credentials of its own account",
        ),
        ("terraform = false", ""),
    ] {
        let config = format!("{WORLD}runner \"Jenkinsfile\" {{ {answer} }}\n");
        run_by(jenkins, &config, &format!("!  | aws | {REMOVED} | {cell}"));
    }
    let job = |steps: &str| {
        format!(
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    permissions:\n      id-token: write\n    steps:\n{steps}      - run: terraform apply\n"
        )
    };
    let configure = |role: &str| {
        job(&format!(
            "      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          role-to-assume: {role}\n          aws-region: r\n"
        ))
    };
    let keyed = workflow(&[("a", ".")]).replace("on: push", "on: pull_request_target");
    // A command that configures no provider is no run of it.
    let init = configure("arn:aws:iam::333333333333:role/ci").replace("apply", "init");
    run_by(&[(CI, &init)], WORLD, &format!("!  | aws | {REMOVED} | "));
    let vault = job(
        "      - uses: hashicorp/vault-action@v3\n        with:\n          secrets: aws/creds/x access_key | AWS_ACCESS_KEY_ID\n",
    );
    for (ci, expected) in [
        (
            configure("arn:aws:iam::111111111111:role/ci"),
            format!(
                "!  | aws | {REMOVED} | a: 111111111111 (dev) by arn:aws:iam::111111111111:role/ci"
            ),
        ),
        (
            configure("arn:aws:iam::333333333333:role/ci"),
            format!(
                "?  | aws | {KEPT} | a: 111111111111 (dev) by arn:aws:iam::333333333333:role/ci, then the role"
            ),
        ),
        (
            configure("${{ vars.HUB }}"),
            format!("?  | aws | {KEPT} | a: 111111111111 (dev) by vars.HUB, then the role"),
        ),
        (
            keyed,
            format!("?  | aws | {KEPT} | a: 111111111111 (dev) by static keys, then the role"),
        ),
        (
            vault,
            format!(
                "?  | aws | {KEPT} | a: 111111111111 (dev) by action `hashicorp/vault-action`, then the role"
            ),
        ),
    ] {
        run_by(&[(CI, ci.as_str())], WORLD, &expected);
    }
}

#[test]
fn a_job_that_signs_in_as_its_keys_did_is_told_apart() {
    let ambient = format!("provider \"aws\" {{}}\n{BACKEND}");
    let dev = role("", "111111111111");
    let ci = workflow(&[("all", "dev")]).replace(
        "      - run: terraform -chdir=dev init\n",
        "      - run: terraform -chdir=dev init\n      - run: aws s3 sync . s3://b\n",
    );
    let files = [
        ("base/main.tf", ambient.as_str()),
        ("dev/main.tf", dev.as_str()),
        (CI, ci.as_str()),
    ];
    let config = "account \"dev\" { id = \"111111111111\" }\n";
    let rows = table(&plan(&files, config, Selection::default()));
    assert_eq!(
        rows[1..],
        [
            "! dev | aws | 111111111111 (dev) by role | 111111111111 (dev) by role kept | all: 111111111111 (dev) by vars.AWS_OIDC_ROLE_ARN, as the keys did, then the role"
        ]
    );
}

#[test]
fn variants_have_rows_of_their_own_where_they_differ() {
    let by_workspace = "locals {\n  ids = { dev = \"111111111111\", live = \"222222222222\" }\n}\nprovider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::${local.ids[terraform.workspace]}:role/x\"\n  }\n}\n";
    let rows = table(&plan(
        &[("main.tf", by_workspace)],
        WORLD,
        Selection::default(),
    ));
    assert_eq!(
        rows,
        [
            "?  | aws (terraform.workspace dev) | 111111111111 (dev) by role | 111111111111 (dev) by role kept, its removal needs --review | ",
            "?  | aws (terraform.workspace live) | 222222222222 (live) by role | 222222222222 (live) by role kept, its removal needs --review | ",
        ]
    );
    // A job belongs to the workspace that it selects.
    let select = |name: &str| format!("    env:\n      TF_WORKSPACE: {name}\n    steps:");
    let one = |name: &str| {
        let job = workflow(&[(name, ".")]);
        job.replace("    steps:", &select(name))
    };
    let (dev, live) = (one("dev"), one("live"));
    let files = [
        ("main.tf", by_workspace),
        (".github/workflows/dev.yml", dev.as_str()),
        (".github/workflows/live.yml", live.as_str()),
    ];
    let rows = table(&plan(&files, WORLD, reviewed()));
    assert_eq!(
        rows,
        [
            "!  | aws (terraform.workspace dev) | 111111111111 (dev) by role | 111111111111 (dev) by AWS_PROFILE=dev | dev: 111111111111 (dev) by vars.DEV_AWS_OIDC_ROLE_ARN",
            "!  | aws (terraform.workspace live) | 222222222222 (live) by role | 222222222222 (live) by AWS_PROFILE=live | live: 222222222222 (live) by vars.LIVE_AWS_OIDC_ROLE_ARN",
        ]
    );
    let partial = "terraform {\n  backend \"s3\" {}\n}\n";
    let config = format!("{WORLD}state_bucket \"l\" {{ profile = \"live\" }}\n");
    let states = |dev: &str, live: &str| {
        let files = [
            ("main.tf", partial),
            ("dev.tfbackend", dev),
            ("live.tfbackend", live),
        ];
        table(&plan(&files, &config, Selection::default()))
    };
    assert_eq!(
        states(
            "bucket = \"d\"\nkey = \"k\"\n",
            "bucket = \"l\"\nkey = \"k\"\n"
        ),
        [
            "!  | state (-backend-config=dev.tfbackend) | 333333333333 (shared) by static keys | 333333333333 (shared) by profile `shared` | ",
            "!  | state (-backend-config=live.tfbackend) | 222222222222 (live) by static keys | 222222222222 (live) by profile `live` | ",
        ]
    );
    assert_eq!(
        states(
            "bucket = \"d\"\nkey = \"k\"\n",
            "bucket = \"d\"\nkey = \"l\"\n"
        ),
        [
            "!  | state | 333333333333 (shared) by static keys | 333333333333 (shared) by profile `shared` | "
        ]
    );
}

#[test]
fn what_is_not_known_says_so() {
    let unknown = "variable \"id\" {}\nprovider \"aws\" {\n  alias = \"x\"\n  assume_role {\n    role_arn = \"arn:aws:iam::${var.id}:role/x\"\n  }\n}\n";
    assert_eq!(
        table(&plan(&[("main.tf", unknown)], CONFIG, Selection::default())),
        [" | aws.x | unknown by role in account `${var.id}` | unknown by role kept | "]
    );
    let guarded = "provider \"aws\" {\n  allowed_account_ids = [\"111111111111\"]\n}\n";
    let other = role("x", "222222222222");
    let files = [("main.tf", guarded), ("x.tf", other.as_str())];
    assert_eq!(
        table(&plan(&files, CONFIG, Selection::default()))[0],
        " | aws | 111111111111 (dev) by AWS_PROFILE | 111111111111 (dev) by AWS_PROFILE=dev | "
    );
    let keys = "provider \"aws\" {\n  access_key = \"AKIAIOSFODNN7EXAMPLE\"\n  secret_key = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\"\n}\n";
    let rows = table(&plan(&[("main.tf", keys)], "", Selection::default()));
    assert_eq!(
        rows,
        [
            "!  | aws | unknown by static keys of the provider | unknown by AWS_PROFILE of the account of these keys | "
        ]
    );
}

#[test]
fn plan_shows_the_accounts_of_what_changes() {
    let checkout = Checkout::of_example("legacy-stack");
    let plan = checkout.run(&["plan"]).code(0);
    assert_eq!(plan.stdout.matches("Accounts").count(), 0);
    let table: Vec<&str> = plan.stderr.lines().collect();
    let start = table.iter().position(|line| *line == "Accounts").unwrap();
    assert_eq!(
        table[start + 1..start + 5],
        [
            "  module  identity           before                                      after: laptop                          after: CI",
            "  dev     aws, aws.virginia  111111111111 (dev), role                    AWS_PROFILE=dev                        job dev: vars.AWS_OIDC_ROLE_ARN",
            "          aws.dns            333333333333 (shared-account), role         role kept, its removal needs --review  job dev: vars.AWS_OIDC_ROLE_ARN, then the role",
            "          state              333333333333 (shared-account), static keys  profile shared-account                 job dev: profile shared-account of vars.TF_STATE_ROLE_ARN",
        ]
    );
    let after = Checkout::of_example("legacy-stack.after");
    let skip = ["plan", "--skip", "remove_assume_role"];
    let nothing = after.run(&skip).code(0);
    assert!(!nothing.stderr.contains("Accounts"), "{}", nothing.stderr);
}

#[test]
fn an_account_alone_does_not_tell_which_root_modules_a_job_runs() {
    let dev = role("", "111111111111");
    let ci = workflow(&[("x", "$DIRECTORY")]);
    let files = [("dev/main.tf", dev.as_str()), (CI, ci.as_str())];
    let is_run = |answer: &str| {
        let config = format!("{WORLD}{answer}");
        let rows = table(&plan(&files, &config, reviewed()));
        rows.iter()
            .any(|row| row.contains("dev | aws") && row.contains("| x: "))
    };
    assert!(is_run(""));
    assert!(is_run("job \"ci.yml:x\" {\n  account = \"dev\"\n}\n"));
    assert!(is_run("job \"ci.yml:x\" {\n  roots = [\"dev\"]\n}\n"));
    assert!(!is_run("job \"ci.yml:x\" {\n  roots = []\n}\n"));
}

/// The table of a root module that reads a state with these settings, beside its own backend.
fn with_remote_state(config: &str) -> Vec<String> {
    let state = format!(
        "data \"terraform_remote_state\" \"net\" {{\n  backend = \"s3\"\n  config = {{\n    bucket = \"b\"\n{config}  }}\n}}\n"
    );
    let plan = plan(
        &[("a/main.tf", BACKEND), ("a/net.tf", &state)],
        WORLD,
        Selection::default(),
    );
    let table = table(&plan).into_iter();
    let rows = table.filter(|row| row.contains("terraform_remote_state"));
    rows.collect()
}

#[test]
fn a_remote_state_with_an_identity_of_its_own_keeps_it() {
    let name = "a | data.terraform_remote_state.net";
    let role = "arn:aws:iam::222222222222:role/reader";
    for (config, expected) in [
        (
            "    profile = \"live\"\n".to_owned(),
            "222222222222 (live) by profile `live` | 222222222222 (live) by profile `live` | ",
        ),
        (
            "    profile = \"alice\"\n".to_owned(),
            "unknown by profile `alice` | unknown by profile `alice` | ",
        ),
        (
            "    profile = var.profile\n".to_owned(),
            "unknown by profile `var.profile` | unknown by profile `var.profile` | ",
        ),
        (
            format!("    role_arn = \"{role}\"\n"),
            "222222222222 (live) by role | 222222222222 (live) by role kept | ",
        ),
        (
            format!("    assume_role = {{ role_arn = \"{role}\" }}\n    profile = \"dev\"\n"),
            "222222222222 (live) by role | 222222222222 (live) by role kept | ",
        ),
        (
            "    assume_role = { role_arn = var.role }\n".to_owned(),
            "unknown by role | unknown by role kept | ",
        ),
    ] {
        assert_eq!(
            with_remote_state(&config),
            [format!("{name} | {expected}")],
            "{config}"
        );
    }
    // One without is read as whoever runs Terraform.
    let keys =
        "333333333333 (shared) by static keys | 333333333333 (shared) by AWS_PROFILE=shared | ";
    assert_eq!(
        with_remote_state("    key = \"k\"\n"),
        [format!("{name} | {keys}")]
    );
}

#[test]
fn a_job_gets_the_profile_of_a_remote_state_and_has_its_account() {
    let workflow = "on: push\npermissions:\n  id-token: write\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          role-to-assume: arn:aws:iam::111111111111:role/ci\n          aws-region: eu-west-1\n      - run: terraform -chdir=a init\n";
    let state = |profile: &str| {
        format!(
            "data \"terraform_remote_state\" \"net\" {{\n  backend = \"s3\"\n  config = {{\n    bucket = \"b\"\n{profile}  }}\n}}\n"
        )
    };
    for (profile, gets) in [("    profile = \"live\"\n", true), ("", false)] {
        let state = state(profile);
        let files = [("a/net.tf", state.as_str()), (CI, workflow)];
        let plan = plan(&files, WORLD, reviewed());
        let ci = plan.changes.iter().find(|it| it.path.ends_with("ci.yml"));
        let text = ci.map_or("", |ci| ci.after.as_str());
        assert_eq!(text.contains("profile.live.role_arn"), gets, "{text}");
    }
}

#[test]
fn identities_of_a_module_with_equal_cells_are_one_row_on_every_terminal() {
    let by_workspace = "locals {\n  ids = { dev = \"111111111111\", live = \"222222222222\", test = \"111111111111\" }\n}\nprovider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::${local.ids[terraform.workspace]}:role/x\"\n  }\n}\n";
    let profile = "provider \"aws\" {\n  alias = \"x\"\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\n";
    let checkout = Checkout::bare(&[
        ("tfkeyless.hcl", WORLD),
        ("main.tf", by_workspace),
        ("profile.tf", profile),
    ]);
    for columns in ["60", "200"] {
        let terminal = Terminal::new(&checkout).env("COLUMNS", columns);
        let screen = terminal.run("plan --no-pager --review");
        let (_, table) = screen.split_once("Accounts\n").unwrap();
        let places = ["dev", "test"].map(|workspace| {
            let identity = format!("aws (terraform.workspace {workspace})");
            let mut lines = table.lines();
            lines.position(|line| line.contains(&identity)).unwrap()
        });
        assert_eq!(places[1], places[0] + 1, "{screen}");
        assert_eq!(table.matches("AWS_PROFILE=dev").count(), 1, "{screen}");
        // Sentences set code apart, cells do not.
        assert!(
            !table.contains('`') && table.contains("profile live"),
            "{screen}"
        );
    }
}
