//! Static keys that jobs pass on to Terraform: job and module change together, or neither does.

mod makefiles;
mod values_files;

use std::path::{Path, PathBuf};

use diagnostics::finding::Finding;
use engine::plan::Plan;
use engine::selection::Selection;

use crate::support::{Tree, reports, reviewed};

const CI: &str = ".github/workflows/ci.yml";
const RUN: &str = "      - run: terraform init && terraform apply -auto-approve\n";
const MODULE: &str = "terraform {\n  required_providers {\n    aws = {\n      source  = \"hashicorp/aws\"\n      version = \"~> 5.0\"\n    }\n  }\n}\n\nvariable \"access_key\" {}\nvariable \"secret_key\" {}\n\nprovider \"aws\" {\n  region     = \"eu-west-1\"\n  access_key = var.access_key\n  secret_key = var.secret_key\n}\n";
const VARIABLES: &str = "    env:\n      TF_VAR_access_key: ${{ secrets.X }}\n      TF_VAR_secret_key: ${{ secrets.Y }}\n";
const KEYS: &str = "      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";

/// A workflow of one job with that `env:` and these steps.
fn workflow(env: &str, steps: &str) -> String {
    format!(
        "on:\n  push:\n    branches: [main]\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n{env}    steps:\n      - uses: actions/checkout@v4\n{steps}"
    )
}

fn planned(workflow: &str, files: &[(&str, &str)], selection: Selection) -> Plan {
    let own = [("main.tf", MODULE), (CI, workflow)].into_iter();
    let given = |path: &str| files.iter().any(|(other, _)| *other == path);
    let own = own.filter(|(path, _)| !given(path));
    let tree = Tree::new(own.chain(files.iter().copied()));
    let plan = tree.plan("", selection).unwrap();
    // All or nothing, whatever the case.
    let changed = changed(&plan);
    let (module, job) = (changed.contains(&"main.tf"), changed.contains(&CI));
    let after = tree.with(&plan);
    assert_eq!(
        after.0[Path::new("main.tf")].contains("access_key = var"),
        !module,
        "{changed:?}"
    );
    assert_eq!(module, job, "{changed:?} {:#?}", reports(&plan));
    plan
}

fn changed(plan: &Plan) -> Vec<&str> {
    let paths = plan.changes.iter().map(|change| change.path.to_str());
    paths.flatten().collect()
}

fn after<'p>(plan: &'p Plan, path: &str) -> &'p str {
    let mut changes = plan.changes.iter();
    let found = changes.find(|change| change.path == Path::new(path));
    found.map_or("", |change| &change.after)
}

#[test]
fn every_way_to_pass_a_pair_to_a_variable_goes_with_the_variable() {
    let arguments = "-var access_key=${{ secrets.X }} -var secret_key=${{ secrets.Y }}";
    for (name, env, steps) in [
        ("the job's env", VARIABLES.to_owned(), RUN.to_owned()),
        (
            "the step's env",
            String::new(),
            format!("{RUN}{}", VARIABLES.replace("    ", "        ").replace("            TF", "          TF")),
        ),
        (
            "arguments",
            String::new(),
            "      - run: |\n          terraform init\n          terraform apply -var \"access_key=$KEY\" \\\n            -var 'secret_key=${{ secrets.Y }}' \\\n            -auto-approve\n        env:\n          KEY: ${{ secrets.X }}\n".to_owned(),
        ),
        (
            "arguments by the environment",
            format!("    env:\n      TF_CLI_ARGS_apply: {arguments}\n"),
            RUN.to_owned(),
        ),
        (
            "the environment file",
            String::new(),
            format!("      - run: |\n          echo \"TF_VAR_access_key=${{{{ secrets.X }}}}\" >> $GITHUB_ENV\n          echo \"TF_VAR_secret_key=${{{{ secrets.Y }}}}\" >> $GITHUB_ENV\n{RUN}"),
        ),
        (
            "variables of a command",
            String::new(),
            "      - run: TF_VAR_access_key=${{ secrets.X }} TF_VAR_secret_key=${{ secrets.Y }} terraform apply\n".to_owned(),
        ),
    ] {
        let plan = planned(&workflow(&env, &steps), &[], Selection::default());
        let after = after(&plan, CI);
        for word in ["secrets.", "TF_VAR_", "-var", "TF_CLI", "KEY:"] {
            assert!(!after.contains(word), "{name}: {after}");
        }
        assert!(
            after.contains("role-to-assume: ${{ vars.X_AWS_OIDC_ROLE_ARN }}"),
            "{name}: {after}"
        );
        assert!(after.contains("id-token: write"), "{name}: {after}");
    }
}

#[test]
fn the_same_pair_in_the_environment_and_for_the_backend_goes_with_it() {
    let same = VARIABLES
        .replace("secrets.X", "secrets.AWS_ACCESS_KEY_ID")
        .replace("secrets.Y", "secrets.AWS_SECRET_ACCESS_KEY");
    let init = |id: &str, secret: &str| {
        format!(
            "      - run: terraform init -backend-config=\"access_key={id}\" -backend-config=\"secret_key={secret}\" -reconfigure\n      - run: terraform apply\n"
        )
    };
    let shell = init("$AWS_ACCESS_KEY_ID", "$AWS_SECRET_ACCESS_KEY");
    let expression = init(
        "${{ secrets.AWS_ACCESS_KEY_ID }}",
        "${{ secrets.AWS_SECRET_ACCESS_KEY }}",
    );
    for (env, steps) in [
        (format!("{same}{KEYS}"), RUN),
        (format!("{same}{KEYS}"), &*shell),
        (same.clone(), &expression),
    ] {
        let plan = planned(&workflow(&env, steps), &[], Selection::default());
        let after = after(&plan, CI);
        assert!(!after.contains("secrets."), "{after}");
        assert!(!after.contains("-backend-config"), "{after}");
        assert_eq!(after.matches("role-to-assume").count(), 1, "{after}");
    }
}

#[test]
fn each_job_signs_in_for_its_own_pair() {
    let two = workflow(VARIABLES, RUN)
        + "  b:\n    runs-on: ubuntu-latest\n"
        + &VARIABLES.replace("secrets.", "secrets.LIVE_")
        + "    steps:\n"
        + RUN;
    let plan = planned(&two, &[], Selection::default());
    let after = after(&plan, CI);
    for role in ["vars.X_AWS_OIDC_ROLE_ARN", "vars.LIVE_X_AWS_OIDC_ROLE_ARN"] {
        assert_eq!(after.matches(role).count(), 1, "{after}");
    }
    assert!(!after.contains("TF_VAR_"), "{after}");
}

/// What it is, the workflow, other files, and why both stay.
type Row<'r> = (&'r str, String, Vec<(&'r str, &'r str)>, &'r str);

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_is_not_known_holds_both_and_says_what() {
    let usual = workflow(VARIABLES, RUN);
    let with = |more: &str| format!("{MODULE}{more}");
    let user = with("resource \"aws_instance\" \"a\" {\n  user_data = var.access_key\n}\n");
    let called = with("module \"x\" {\n  source = \"./x\"\n  key    = var.access_key\n}\n");
    let minio = with(
        "provider \"aws\" {\n  alias      = \"m\"\n  access_key = var.access_key\n  secret_key = var.secret_key\n  endpoints {\n    s3 = \"http://minio\"\n  }\n}\n",
    );
    let kept = MODULE.replace(
        "  access_key =",
        "  # tfkeyless: ignore[remove_static_keys]\n  access_key =",
    );
    let beside = |steps: &str, env: &str| {
        format!("{usual}  b:\n    runs-on: ubuntu-latest\n{env}    steps:\n{steps}")
    };
    let temporary = beside(
        RUN,
        "    env:\n      TF_VAR_access_key: ${{ needs.x.outputs.key }}\n",
    );
    let sign_in = "      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          role-to-assume: arn:aws:iam::111111111111:role/x\n          aws-region: eu-west-1\n";
    let jenkins =
        "node {\n  withEnv(['TF_VAR_access_key=x']) {\n    sh 'terraform apply'\n  }\n}\n";
    let gitlab =
        "apply:\n  variables:\n    TF_VAR_access_key: $KEY\n  script:\n    - terraform apply\n";
    let unread = "on: push\non: push\nenv:\n  TF_VAR_access_key: x\n";
    let template = "access_key = \"__KEY__\"\n";
    let rows: [Row<'_>; 17] = [
        (
            "another use",
            usual.clone(),
            vec![("main.tf", &user)],
            "main.tf:19 uses it",
        ),
        (
            "a call",
            usual.clone(),
            vec![("main.tf", &called), ("x/main.tf", "variable \"key\" {}\n")],
            "main.tf:20 uses it",
        ),
        (
            "another service",
            usual.clone(),
            vec![("main.tf", &minio)],
            "main.tf:20 uses it",
        ),
        (
            "a comment",
            usual.clone(),
            vec![("main.tf", &kept)],
            "takes them for a provider that keeps them",
        ),
        (
            "values",
            usual.clone(),
            vec![("terraform.tfvars", template)],
            "although it has a value in terraform.tfvars",
        ),
        (
            "values in JSON",
            usual.clone(),
            vec![("x.auto.tfvars.json", "{\"access_key\": \"x\"}")],
            "x.auto.tfvars.json names it",
        ),
        (
            "Jenkins",
            usual.clone(),
            vec![("Jenkinsfile", jenkins)],
            "Jenkins (Jenkinsfile:2) sets variable \"access_key\", too",
        ),
        (
            "GitLab",
            usual.clone(),
            vec![(".gitlab-ci.yml", gitlab)],
            "GitLab CI (.gitlab-ci.yml:3) sets variable \"access_key\", too",
        ),
        (
            "what cannot be read",
            usual.clone(),
            vec![(".github/workflows/x.yml", unread)],
            "x.yml, which cannot be read, sets variable \"access_key\"",
        ),
        (
            "temporary keys",
            temporary,
            vec![],
            "job b (.github/workflows/ci.yml:18) sets variable \"access_key\" to something other than a pair of static keys",
        ),
        (
            "another reader",
            workflow(
                VARIABLES,
                &format!("      - run: ./x $TF_VAR_access_key\n{RUN}"),
            ),
            vec![],
            "sets variable \"access_key\" to something other than a pair of static keys",
        ),
        (
            "another pair",
            workflow(&format!("{VARIABLES}{KEYS}"), RUN),
            vec![],
            "the steps have another pair in their environment",
        ),
        (
            "a role",
            workflow(VARIABLES, &format!("{sign_in}{RUN}")),
            vec![],
            "a step assumes arn:aws:iam::111111111111:role/x",
        ),
        (
            "case",
            workflow(
                &VARIABLES.replace(
                    "TF_VAR_access_key: ${{ secrets.X",
                    "TF_VAR_ACCESS_KEY: ${{ secrets.AWS_ACCESS_KEY_ID",
                ),
                RUN,
            ),
            vec![],
            "sets variable \"secret_key\" to something other than a pair of static keys",
        ),
        (
            "a Makefile",
            workflow(
                "    env:\n      KEY: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      SECRET: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n",
                "      - run: make apply\n",
            ),
            vec![(
                "Makefile",
                "apply:\n\tterraform apply -var access_key=$(KEY) -var secret_key=$(SECRET)\n",
            )],
            "Makefile passes it by `-var`",
        ),
        (
            "a template",
            workflow(
                "",
                &format!(
                    "      - run: sed -i 's/__KEY__/${{{{ secrets.AWS_ACCESS_KEY_ID }}}}/' terraform.tfvars\n{RUN}"
                ),
            ),
            vec![("terraform.tfvars", template)],
            "passes its only keys on in a way that no edit replaces",
        ),
        (
            "an endpoint",
            workflow(
                &format!("{VARIABLES}      AWS_ENDPOINT_URL: http://minio\n"),
                RUN,
            ),
            vec![],
            "beside `AWS_ENDPOINT_URL` its keys may be another service's",
        ),
    ];
    for (name, job, files, why) in rows {
        for selection in [Selection::default(), reviewed()] {
            let own = [("main.tf", MODULE), (CI, &*job)].into_iter();
            let given = |path: &str| files.iter().any(|(other, _)| *other == path);
            let own = own.filter(|(path, _)| !given(path));
            let tree = Tree::new(own.chain(files.iter().copied()));
            let plan = tree.plan("", selection).unwrap();
            assert_eq!(changed(&plan), [""; 0], "{name}");
            let reports = reports(&plan).join("\n");
            assert!(reports.contains(why), "{name}: {reports}");
        }
    }
}

#[test]
fn what_waits_for_review_on_one_side_waits_on_both() {
    for (workflow, files) in [
        (
            workflow(VARIABLES, RUN),
            vec![("atlantis.yaml", "version: 3\nprojects:\n- dir: .\n")],
        ),
        (
            workflow(VARIABLES, RUN).replace("ubuntu-latest", "self-hosted"),
            vec![],
        ),
        (
            workflow(VARIABLES, RUN) + "  b:\n    runs-on: ubuntu-latest\n    steps:\n" + RUN,
            vec![],
        ),
    ] {
        let plan = planned(&workflow, &files, Selection::default());
        assert_eq!(changed(&plan), [""; 0]);
        let plan = planned(&workflow, &files, reviewed());
        assert_eq!(changed(&plan), [CI, "main.tf"]);
    }
}

#[test]
fn a_job_whose_commands_do_not_tell_asks_for_its_root_modules() {
    let literal = MODULE
        .replace("var.access_key", "\"AKIAIOSFODNN7EXAMPLE\"")
        .replace(
            "var.secret_key",
            "\"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\"",
        );
    let question = "job \"ci.yml:a\" { roots = [\".\"] }";
    let unread = "      - run: python deploy.py --list terraform\n";
    for (steps, config, asks, held) in [
        (unread, "", true, true),
        (
            unread,
            "job \"ci.yml:a\" { roots = [\"other\"] }",
            false,
            false,
        ),
        (unread, "job \"ci.yml:a\" { roots = [\".\"] }", true, true),
        // It runs none.
        (unread, "job \"ci.yml:a\" { roots = [] }", false, false),
        (
            unread,
            "job \"ci.yml:b\" { roots = [\"other\"] }",
            true,
            true,
        ),
        // A command that tells its directory is believed.
        (RUN, "job \"ci.yml:a\" { roots = [\"other\"] }", false, true),
    ] {
        let job = workflow("", steps).replace("ubuntu-latest", "self-hosted");
        let tree = Tree::new([("main.tf", literal.as_str()), (CI, &job)]);
        let plan = tree.plan(config, Selection::default()).unwrap();
        let of_keys = |it: &&Finding| it.transform == "remove_static_keys";
        let found = plan.findings.iter().find(of_keys).unwrap();
        assert_eq!(!found.applied, held, "{steps}{config}");
        let help = found.help.as_deref().unwrap();
        assert_eq!(help.contains(question), asks, "{steps}{config}{help}");
        // Where it is done, what is to do about the keys counts.
        let plan = tree.plan(config, reviewed()).unwrap();
        let found = plan.findings.iter().find(of_keys).unwrap();
        assert!(found.applied, "{steps}{config}");
        assert!(found.help.as_deref().unwrap().contains("git history"));
    }
}

#[test]
fn a_selection_of_one_side_holds_both() {
    let only = |ids: &[&'static str]| Selection {
        only: ids.iter().map(|id| (*id).to_owned()).collect(),
        ..Selection::default()
    };
    let skip = |id: &str| Selection {
        skip: [id.to_owned()].into(),
        ..Selection::default()
    };
    let paths = |path: &str| Selection {
        scope: vec![PathBuf::from(path)],
        ..Selection::default()
    };
    for selection in [
        only(&["workflow_oidc"]),
        only(&["remove_static_keys"]),
        skip("workflow_oidc"),
        skip("remove_static_keys"),
        paths("main.tf"),
        paths(".github"),
    ] {
        let plan = planned(&workflow(VARIABLES, RUN), &[], selection);
        assert_eq!(changed(&plan), [""; 0]);
    }
    let both = only(&["workflow_oidc", "remove_static_keys"]);
    let plan = planned(&workflow(VARIABLES, RUN), &[], both);
    assert_eq!(changed(&plan), [CI, "main.tf"]);
}

#[test]
fn a_backend_of_another_service_keeps_its_arguments() {
    let init = "      - run: terraform init -backend-config=access_key=${{ secrets.SPACE }} -backend-config=secret_key=${{ secrets.SPACE_SECRET }}\n";
    let job = workflow(&format!("    env:\n{KEYS}"), init);
    for backend in [
        "terraform {\n  backend \"s3\" {\n    endpoint = \"https://x.digitaloceanspaces.com\"\n  }\n}\n",
        "terraform {\n  backend \"oss\" {}\n}\n",
    ] {
        let tree = Tree::new([("main.tf", backend), (CI, &job)]);
        let plan = tree.plan("", Selection::default()).unwrap();
        let after = after(&plan, CI);
        assert!(after.contains(init), "{after}");
        assert!(after.contains("role-to-assume"), "{after}");
    }
    let tree = Tree::new([
        ("main.tf", "terraform {\n  backend \"s3\" {}\n}\n"),
        (CI, &job),
    ]);
    let plan = tree.plan("", reviewed()).unwrap();
    assert_eq!(changed(&plan), [""; 0]);
    let reports = reports(&plan).join("\n");
    assert!(
        reports.contains("it passes the backend a pair of its own"),
        "{reports}"
    );
}

/// The job stays on its keys, and those that only Terraform's variables hold are not those that a role is
/// assumed with.
#[test]
fn passed_keys_are_not_those_of_the_environment() {
    let role = "provider \"aws\" {\n  region = \"eu-west-1\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/deploy\"\n  }\n}\n";
    let config = "account \"dev\" { id = \"111111111111\" }\nci { role = \"arn:aws:iam::111111111111:role/github-ci\" }\n";
    let passed = "TF_VAR_key_id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          TF_VAR_key_secret: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";
    // A module of which the tree tells that keys may be passed to it, and that the job does not run.
    let taker = "provider \"aws\" {\n  region = \"eu-west-1\"\n  access_key = var.key_id\n  secret_key = var.key_secret\n}\n\nvariable \"key_id\" {}\nvariable \"key_secret\" {}\n";
    let run = RUN.replace("terraform", "terraform -chdir=live");
    let run = run.trim_end();
    for (env, steps) in [
        (format!("    env:\n          {passed}"), format!("{run}\n")),
        (
            String::new(),
            format!("{run}\n        env:\n          {passed}"),
        ),
    ] {
        let own = KEYS
            .replace("secrets.AWS", "secrets.OTHER_AWS")
            .replace("      ", "  ");
        for (keys, is_removed) in [(own, false), (KEYS.replace("      ", "  "), true)] {
            let workflow = format!("env:\n{keys}{}", workflow(&env, &steps));
            let tree = Tree::new([
                ("live/main.tf", role),
                ("dev/main.tf", taker),
                (CI, workflow.as_str()),
            ]);
            let plan = tree.plan(config, Selection::default()).unwrap();
            let is_changed = changed(&plan).contains(&"live/main.tf");
            assert_eq!(is_changed, is_removed, "{workflow}{:#?}", reports(&plan));
        }
    }
}

#[test]
fn keys_that_a_variable_holds_serve_no_provider_that_takes_none() {
    let role = "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/deploy\"\n  }\n}\n";
    let keys = "provider \"aws\" {\n  access_key = var.access_key\n  secret_key = var.secret_key\n}\n\nvariable \"access_key\" {}\n\nvariable \"secret_key\" {}\n";
    let config = "account \"live\" { id = \"222222222222\" }\nkeys \"X\" { account = \"live\" }\n";
    for (runner, directory, is_free) in [
        // The machine's own role assumes the provider's: without that it acts where the machine is.
        ("self-hosted", "dev", false),
        // Nothing there assumes the role.
        ("ubuntu-latest", "dev", true),
        ("self-hosted", "live", true),
    ] {
        let workflow = format!(
            "on: push\njobs:\n  a:\n    runs-on: {runner}\n    permissions:\n      contents: read\n{VARIABLES}    steps:\n      - uses: actions/checkout@v4\n      - run: terraform -chdir={directory} apply\n"
        );
        let tree = Tree::new([
            ("dev/main.tf", role),
            ("live/main.tf", keys),
            (".github/workflows/a.yml", &workflow),
        ]);
        let plan = tree.plan(config, Selection::default()).unwrap();
        let removes = changed(&plan).contains(&"dev/main.tf");
        assert_eq!(
            removes,
            is_free,
            "{runner} {directory}: {:?}",
            reports(&plan)
        );
    }
}
