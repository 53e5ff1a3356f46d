//! Terragrunt over accounts: each unit reads its account from a file above it, and gets the profile of
//! that account from there.

use crate::support::{Tree, changed, reports, reviewed};
use engine::plan::Plan;
use engine::selection::Selection;

const CONFIG: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\n";

/// Reads `account.hcl` above the unit.
const READ: &str = "read_terragrunt_config(find_in_parent_folders(\"account.hcl\"))";

const UNIT: &str = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n";

const DEV: &str = "locals {\n  id = \"111111111111\"\n}\n";
const LIVE: &str = "locals {\n  id = \"222222222222\"\n}\n";

/// A file that generates a provider with a role in that account, with these locals.
fn root(locals: &str, account: &str) -> String {
    let locals = match locals {
        "" => String::new(),
        locals => format!("locals {{\n{locals}}}\n\n"),
    };
    format!(
        "{locals}generate \"provider\" {{\n  path     = \"provider.tf\"\n  contents = <<EOF\nprovider \"aws\" {{\n  assume_role {{\n    role_arn = \"arn:aws:iam::${{{account}}}:role/terraform\"\n  }}\n}}\nEOF\n}}\n"
    )
}

/// The root that most tests need: its account is the local `id` of `account.hcl`.
fn usual() -> String {
    root(&format!("  account = {READ}\n"), "local.account.locals.id")
}

fn plan(files: &[(&str, &str)]) -> Plan {
    let tree = Tree::new(files.iter().copied());
    tree.plan(CONFIG, reviewed()).unwrap()
}

/// The text of a file after the plan; `None` where it does not change.
fn after<'p>(plan: &'p Plan, path: &str) -> Option<&'p str> {
    let mut changes = plan.changes.iter();
    let change = changes.find(|change| change.path.as_os_str() == path)?;
    Some(&change.after)
}

#[test]
fn each_unit_has_the_profile_of_the_account_in_the_file_above_it() {
    let root = usual();
    let files = [
        ("root.hcl", root.as_str()),
        ("dev/account.hcl", DEV),
        ("dev/vpc/terragrunt.hcl", UNIT),
        ("dev/eu/west/db/terragrunt.hcl", UNIT),
        ("live/account.hcl", LIVE),
        ("live/vpc/terragrunt.hcl", UNIT),
    ];
    let plan = plan(&files);
    assert_eq!(
        changed(&plan),
        ["dev/account.hcl", "live/account.hcl", "root.hcl"]
    );
    let (dev, live) = (
        after(&plan, "dev/account.hcl"),
        after(&plan, "live/account.hcl"),
    );
    assert_eq!(
        dev.unwrap(),
        "locals {\n  id          = \"111111111111\"\n  aws_profile = \"dev\"\n}\n"
    );
    assert_eq!(
        live.unwrap(),
        "locals {\n  id          = \"222222222222\"\n  aws_profile = \"live\"\n}\n"
    );
    let root = after(&plan, "root.hcl").unwrap();
    assert!(
        root.contains("aws_profile = local.account.locals.aws_profile\n"),
        "{root}"
    );
    assert!(
        root.contains("provider \"aws\" {\n  profile = \"${local.aws_profile}\"\n}\n"),
        "{root}"
    );
    assert_eq!(reports(&plan), Vec::<String>::new());
    // Until it is reviewed, nothing of it is written.
    let tree = Tree::new(files);
    let unasked = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&unasked), Vec::<String>::new());
    // What is written is at rest.
    let again = tree.with(&plan).plan(CONFIG, reviewed()).unwrap();
    assert_eq!(changed(&again), Vec::<String>::new());
    assert_eq!(reports(&again), Vec::<String>::new());
}

#[test]
fn an_account_is_read_however_the_files_write_it() {
    let through = |account: &str| root(&format!("  vars = {READ}\n  id = {account}\n"), "local.id");
    let arn = usual().replace(
        "arn:aws:iam::${local.account.locals.id}:role/terraform",
        "${local.account.locals.id}",
    );
    for (root, account) in [
        (through("local.vars.locals.id"), DEV),
        (through(&format!("{READ}.locals.id")), DEV),
        (through("local.vars.locals[\"id\"]"), DEV),
        (
            through("local.vars.locals.of.id"),
            "locals {\n  of = { id = \"111111111111\" }\n}\n",
        ),
        (root("", &format!("{READ}.locals.id")), DEV),
        (usual(), "locals {\n  id = 111111111111\n}\n"),
        (
            usual(),
            "# The account.\nlocals { id = \"111111111111\" }\n",
        ),
        (
            usual(),
            "locals {\n  x = 1\n}\nlocals {\n  id = \"111111111111\"\n}\n",
        ),
        (
            arn,
            "locals {\n  id = \"arn:aws:iam::111111111111:role/x\"\n}\n",
        ),
    ] {
        let plan = plan(&[
            ("root.hcl", &root),
            ("a/account.hcl", account),
            ("a/vpc/terragrunt.hcl", UNIT),
        ]);
        assert_eq!(
            changed(&plan),
            ["a/account.hcl", "root.hcl"],
            "{root}{account}"
        );
        let text = after(&plan, "a/account.hcl").unwrap();
        assert!(text.contains("aws_profile = \"dev\""), "{text}");
        let root = after(&plan, "root.hcl").unwrap();
        assert!(!root.contains("assume_role"), "{root}");
        assert!(root.contains("aws_profile}\""), "{root}");
    }
}

#[test]
fn the_nearest_file_above_the_units_own_directory_counts() {
    let root = usual();
    let plan = plan(&[
        ("root.hcl", &root),
        ("account.hcl", LIVE),
        ("a/account.hcl", DEV),
        ("a/b/terragrunt.hcl", UNIT),
        // Not above itself: `find_in_parent_folders` begins with the directory above.
        ("c/terragrunt.hcl", UNIT),
        ("c/account.hcl", DEV),
    ]);
    assert_eq!(changed(&plan), ["a/account.hcl", "account.hcl", "root.hcl"]);
    assert!(after(&plan, "account.hcl").unwrap().contains("\"live\""));
}

#[test]
fn units_are_those_that_include_the_file() {
    let root = usual();
    for include in [
        "include {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n",
        "include \"root\" {\n  path   = find_in_parent_folders(\"root.hcl\")\n  expose = true\n}\n",
        "include \"root\" {\n  path = \"../../root.hcl\"\n}\n",
        "include \"root\" {\n  path = \"${get_repo_root()}/root.hcl\"\n}\n",
        "include \"env\" {\n  path = \"${dirname(find_in_parent_folders(\"root.hcl\"))}/_env/vpc.hcl\"\n}\ninclude \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n",
    ] {
        let plan = plan(&[
            ("root.hcl", &root),
            ("dev/account.hcl", DEV),
            ("dev/vpc/terragrunt.hcl", include),
            // Of no account: it does not include the file.
            ("apart/terragrunt.hcl", "inputs = {}\n"),
        ]);
        assert_eq!(changed(&plan), ["dev/account.hcl", "root.hcl"], "{include}");
    }
    // The file that Terragrunt looks for by default, and a unit that generates its own provider.
    let legacy = UNIT.replace("\"root.hcl\"", "");
    for files in [
        [
            ("terragrunt.hcl", root.as_str()),
            ("dev/vpc/terragrunt.hcl", legacy.as_str()),
        ],
        [("dev/vpc/terragrunt.hcl", root.as_str()), ("README.md", "")],
    ] {
        let plan = plan(&[files[0], files[1], ("dev/account.hcl", DEV)]);
        assert_eq!(changed(&plan), ["dev/account.hcl", files[0].0]);
    }
}

#[test]
fn units_with_providers_of_their_own_share_the_file_above() {
    let own = usual();
    let plan = plan(&[
        ("dev/account.hcl", DEV),
        ("dev/a/terragrunt.hcl", &own),
        ("dev/b/terragrunt.hcl", &own),
    ]);
    assert_eq!(
        changed(&plan),
        [
            "dev/a/terragrunt.hcl",
            "dev/account.hcl",
            "dev/b/terragrunt.hcl"
        ]
    );
    let account = after(&plan, "dev/account.hcl").unwrap();
    assert_eq!(account.matches("aws_profile").count(), 1, "{account}");
}

#[test]
fn a_local_of_that_name_is_not_in_the_way() {
    let taken = DEV.replace("}\n", "  aws_profile = \"alice\"\n}\n");
    let set = DEV.replace("}\n", "  aws_profile = \"dev\"\n}\n");
    let root_taken = root(
        &format!("  account = {READ}\n  aws_profile = \"x\"\n"),
        "local.account.locals.id",
    );
    let root_set = root(
        &format!("  account = {READ}\n  aws_profile = local.account.locals.aws_profile\n"),
        "local.account.locals.id",
    );
    for (root, account, local, expected) in [
        (
            usual(),
            taken.as_str(),
            "aws_profile_2",
            &["dev/account.hcl", "root.hcl"][..],
        ),
        (
            root_taken,
            DEV,
            "aws_profile_2",
            &["dev/account.hcl", "root.hcl"],
        ),
        (usual(), &set, "aws_profile", &["root.hcl"]),
        (root_set, &set, "aws_profile", &["root.hcl"]),
    ] {
        let plan = plan(&[
            ("root.hcl", &root),
            ("dev/account.hcl", account),
            ("dev/vpc/terragrunt.hcl", UNIT),
        ]);
        assert_eq!(changed(&plan), expected, "{root}{account}");
        let root = after(&plan, "root.hcl").unwrap();
        assert!(
            root.contains(&format!("profile = \"${{local.{local}}}\"")),
            "{root}"
        );
        if let Some(account) = after(&plan, "dev/account.hcl") {
            assert!(account.contains(&format!("{local} = \"dev\"")), "{account}");
        }
    }
}

#[test]
fn one_unit_without_a_known_account_holds_the_change_for_all() {
    let computed = |value: &str| format!("locals {{\n  id = {value}\n}}\n");
    let get_env = computed("get_env(\"ACCOUNT\")");
    let reference = computed("local.other");
    let short = computed("\"1111\"");
    let unknown = computed("\"444444444444\"");
    let state = format!(
        "{LIVE}remote_state {{\n  backend = \"s3\"\n  config = {{\n    profile = \"shared\"\n  }}\n}}\n"
    );
    let includes = UNIT.replace("find_in_parent_folders(\"root.hcl\")", "local.path");
    for (account, unit, expected) in [
        (
            "",
            UNIT,
            "live/account.hcl, which unit live/vpc reads, does not name the account in `id`",
        ),
        (
            &get_env,
            UNIT,
            "does not name the account in `id` as plain text",
        ),
        (
            &reference,
            UNIT,
            "does not name the account in `id` as plain text",
        ),
        (
            &short,
            UNIT,
            "does not name the account in `id` as plain text",
        ),
        (
            &state,
            UNIT,
            "does not name the account in `id` as plain text",
        ),
        (
            &unknown,
            UNIT,
            "account 444444444444 of unit live/vpc (live/account.hcl) has no matching `account` block",
        ),
        (
            LIVE,
            &includes,
            "live/vpc/terragrunt.hcl includes a file that is not known here",
        ),
    ] {
        let root = usual();
        let plan = plan(&[
            ("root.hcl", &root),
            ("dev/account.hcl", DEV),
            ("dev/vpc/terragrunt.hcl", UNIT),
            ("live/account.hcl", account),
            ("live/vpc/terragrunt.hcl", unit),
        ]);
        assert_eq!(changed(&plan), Vec::<String>::new(), "{account}");
        let said = reports(&plan);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("root.hcl:"), "{said:?}");
        assert!(said[0].contains(" for all units: "), "{said:?}");
        assert!(said[0].contains(expected), "{said:?}");
    }
    let root = usual();
    let plan = plan(&[
        ("root.hcl", &root),
        ("dev/account.hcl", DEV),
        ("dev/vpc/terragrunt.hcl", UNIT),
        ("live/vpc/terragrunt.hcl", UNIT),
    ]);
    assert_eq!(changed(&plan), Vec::<String>::new());
    assert!(
        reports(&plan)[0].contains("unit live/vpc has no account.hcl above it"),
        "{:?}",
        reports(&plan)
    );
}

#[test]
fn other_accounts_of_terragrunt_are_decided_as_before() {
    for account in [
        "get_env(\"ACCOUNT\")",
        "read_terragrunt_config(\"account.hcl\").locals.id",
        "read_terragrunt_config(find_in_parent_folders(\"account.hcl\", \"x.hcl\")).locals.id",
    ] {
        let root = root("", account);
        let plan = plan(&[
            ("root.hcl", &root),
            ("dev/account.hcl", DEV),
            ("dev/vpc/terragrunt.hcl", UNIT),
        ]);
        assert_eq!(changed(&plan), ["root.hcl"], "{account}");
        assert!(!after(&plan, "root.hcl").unwrap().contains("profile"));
    }
}

#[test]
fn a_file_above_that_cannot_be_written_keeps_the_role() {
    let root = usual();
    let plan = plan(&[
        ("root.hcl", &root),
        ("read-only/account.hcl", DEV),
        ("read-only/vpc/terragrunt.hcl", UNIT),
    ]);
    assert_eq!(changed(&plan), Vec::<String>::new());
    assert!(
        reports(&plan)[0].contains("is read-only"),
        "{:?}",
        reports(&plan)
    );
}

#[test]
fn jobs_get_a_chained_profile_for_each_account() {
    let root = usual();
    let workflow = "on: push\njobs:\n  apply:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          aws-region: us-east-1\n      - run: terragrunt run-all init\n      - run: terragrunt run-all apply\n";
    let plan = plan(&[
        (".github/workflows/tf.yml", workflow),
        ("root.hcl", &root),
        ("dev/account.hcl", DEV),
        ("dev/vpc/terragrunt.hcl", UNIT),
        ("live/account.hcl", LIVE),
        ("live/vpc/terragrunt.hcl", UNIT),
    ]);
    let workflow = after(&plan, ".github/workflows/tf.yml").unwrap();
    for line in [
        "aws configure set profile.dev.role_arn \"$TF_DEV_ROLE_ARN\"",
        "aws configure set profile.live.role_arn \"$TF_LIVE_ROLE_ARN\"",
        "aws configure set profile.live.credential_source Environment",
    ] {
        assert!(workflow.contains(line), "{workflow}");
    }
    assert_eq!(
        plan.profiles().into_iter().collect::<Vec<_>>(),
        ["dev", "live"]
    );
}

#[test]
fn the_account_table_has_a_row_for_each_file_above_units() {
    let root = usual();
    let plan = plan(&[
        ("root.hcl", &root),
        ("dev/account.hcl", DEV),
        ("dev/vpc/terragrunt.hcl", UNIT),
        ("live/account.hcl", LIVE),
        ("live/vpc/terragrunt.hcl", UNIT),
    ]);
    let rows = plan.accounts.iter();
    let rows = rows.map(|row| {
        let variant = row.variant.as_deref().unwrap_or_default();
        let (before, laptop) = (&row.before.account, &row.laptop);
        format!("{variant}: {before:?} {} {:?}", laptop.by, laptop.account)
    });
    let rows: Vec<String> = rows.collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    for (row, (file, id, profile)) in rows.iter().zip([
        ("dev/account.hcl", "111111111111", "dev"),
        ("live/account.hcl", "222222222222", "live"),
    ]) {
        assert!(row.starts_with(file), "{row}");
        assert_eq!(row.matches(id).count(), 2, "{row}");
        assert!(row.contains(&format!("profile `{profile}`")), "{row}");
    }
}

#[test]
fn a_role_of_terragrunts_own_names_the_token_where_a_job_runs_it() {
    let job = "on: push\njobs:\n  apply:\n    runs-on: ubuntu-latest\n    steps:\n      - run: terragrunt run-all apply\n";
    let terraform = job.replace("terragrunt run-all", "terraform");
    let role = "iam_role = \"arn:aws:iam::111111111111:role/x\"\n";
    for (workflow, is_named) in [(job, true), (&terraform, false)] {
        let plan = plan(&[(".github/workflows/tf.yml", workflow), ("root.hcl", role)]);
        let mut findings = plan.findings.iter();
        let finding = findings
            .find(|it| it.at.path.ends_with("root.hcl"))
            .unwrap();
        let help = finding.help.as_deref().unwrap();
        let token = "write `iam_web_identity_token = get_env(\"OIDC_TOKEN\", \"\")` beside it for job `apply`";
        assert_eq!(help.contains(token), is_named, "{help}");
    }
}

#[test]
fn providers_of_several_accounts_have_a_profile_each() {
    let alias = |account: &str| {
        format!(
            "provider \"aws\" {{\n  alias = \"x\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::${{local.account.locals.{account}}}:role/x\"\n  }}\n}}\nEOF\n"
        )
    };
    let account = DEV.replace("}\n", "  dns = \"222222222222\"\n}\n");
    for (read, locals, profiles) in [
        (
            "id",
            "  aws_profile = \"dev\"\n",
            ["local.aws_profile", "local.aws_profile"],
        ),
        (
            "dns",
            "  aws_profile     = \"dev\"\n  aws_profile_dns = \"live\"\n",
            ["local.aws_profile", "local.aws_profile_dns"],
        ),
    ] {
        let root = usual().replace("EOF\n}", &format!("{}}}", alias(read)));
        let plan = plan(&[
            ("root.hcl", &root),
            ("dev/account.hcl", &account),
            ("dev/vpc/terragrunt.hcl", UNIT),
        ]);
        let text = after(&plan, "dev/account.hcl").unwrap();
        assert_eq!(
            text.matches("aws_profile").count(),
            locals.lines().count(),
            "{text}"
        );
        for line in locals.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let mut lines = text
                .lines()
                .map(|line| line.split_whitespace().collect::<Vec<_>>());
            assert!(lines.any(|line| line == words), "{text}");
        }
        let root = after(&plan, "root.hcl").unwrap();
        let named: Vec<&str> = root.split("\"${").skip(1).collect();
        assert_eq!(named.len(), 2, "{root}");
        for (named, expected) in named.iter().zip(profiles) {
            assert!(named.starts_with(&format!("{expected}}}\"")), "{root}");
        }
    }
}

/// What the units run beside the provider uses the credentials of who runs Terragrunt, which no profile keeps.
#[test]
fn commands_of_units_are_named_where_the_provider_gets_a_profile() {
    let root = usual();
    for (input, is_named) in [
        ("run_cmd(\"aws\", \"s3\", \"ls\")", true),
        (
            "run_cmd(\"aws\", \"--profile\", \"dev\", \"s3\", \"ls\")",
            false,
        ),
        ("run_cmd(\"git\", \"rev-parse\", \"HEAD\")", false),
    ] {
        let unit = format!("{UNIT}inputs = {{\n  a = {input}\n}}\n");
        let plan = plan(&[
            ("root.hcl", root.as_str()),
            ("dev/account.hcl", DEV),
            ("dev/vpc/terragrunt.hcl", &unit),
        ]);
        let mut findings = plan.findings.iter();
        let found = findings.find(|it| it.transform == "remove_assume_role");
        let notes = found.expect(input).notes.join("\n");
        assert_eq!(notes.contains("run_cmd"), is_named, "{input}: {notes}");
    }
}
