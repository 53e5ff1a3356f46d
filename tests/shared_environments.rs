//! Calls that people make once for root modules of several accounts: the static keys served all, one `AWS_PROFILE` does
//! not.

use engine::selection::Selection;

use crate::support::{Tree, changed};

const ACCOUNTS: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\n";

fn root(account: &str) -> String {
    format!(
        "provider \"aws\" {{\n  version = \"~> 5.0\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{account}:role/x\"\n  }}\n}}\n"
    )
}

/// The root modules whose roles go without review beside these files: `dev` and `dev2` are in one account, `live` in
/// another, `own` has a profile, `keys` acts by the ambient credentials.
fn safe(answers: &str, files: &[(&str, &str)], review: bool) -> String {
    let (dev, live) = (root("111111111111"), root("222222222222"));
    let own = [
        ("dev/main.tf", dev.as_str()),
        ("dev2/main.tf", dev.as_str()),
        ("live/main.tf", live.as_str()),
        (
            "own/main.tf",
            "provider \"aws\" {\n  version = \"~> 5.0\"\n  profile = \"live\"\n}\n",
        ),
        (
            "keys/main.tf",
            "provider \"aws\" {\n  version = \"~> 5.0\"\n}\n",
        ),
    ];
    let tree = Tree::new(own.iter().chain(files).copied());
    let selection = Selection {
        review,
        ..Selection::default()
    };
    let plan = tree
        .plan(&format!("{ACCOUNTS}{answers}"), selection)
        .unwrap();
    let paths = changed(&plan).into_iter();
    let roots = paths.map(|path| path.replace("/main.tf", ""));
    roots.collect::<Vec<_>>().join(" ")
}

const ALL: &str = "dev dev2 live";

#[test]
fn one_call_for_root_modules_of_two_accounts_makes_their_roles_wait() {
    for (path, text, expected) in [
        (
            "go.sh",
            "terraform -chdir=dev apply\nterraform -chdir=live apply\n",
            "dev2",
        ),
        (
            "go.sh",
            "(cd dev && terraform plan)\n(cd live && terraform plan)\n",
            "dev2",
        ),
        (
            "go.sh",
            "for d in dev live; do terraform -chdir=$d apply; done\n",
            "dev2",
        ),
        (
            "go.sh",
            "for d in */; do\n  (cd $d && terraform apply)\ndone\n",
            "",
        ),
        ("go.sh", "ls | xargs -I{} terraform -chdir={} apply\n", ""),
        // What acts by the ambient credentials is in the account of the keys.
        (
            "go.sh",
            "terraform -chdir=dev apply\nterraform -chdir=keys apply\n",
            "dev2 live",
        ),
        (
            "Makefile",
            "all:\n\tterraform -chdir=dev apply\n\tterraform -chdir=live apply\n",
            "dev2",
        ),
        (
            "Makefile",
            "all: dev live\ndev:\n\tterraform -chdir=dev apply\nlive:\n\tterraform -chdir=live apply\n",
            "dev2",
        ),
        (
            "Makefile",
            "all:\n\t$(MAKE) dev\n\t$(MAKE) live\ndev:\n\tterraform -chdir=dev apply\nlive:\n\tterraform -chdir=live apply\n",
            "dev2",
        ),
        (
            "justfile",
            "all: dev live\n\ndev:\n    terraform -chdir=dev apply\n\nlive:\n    terraform -chdir=live apply\n",
            "dev2",
        ),
        (
            "package.json",
            "{\"scripts\": {\"all\": \"terraform -chdir=dev apply && terraform -chdir=live apply\"}}\n",
            "dev2",
        ),
        // One of them has its own profile, and the other has not.
        (
            "go.sh",
            "AWS_PROFILE=dev terraform -chdir=dev apply\nterraform -chdir=live apply\nterraform -chdir=dev2 apply\n",
            "dev",
        ),
    ] {
        assert_eq!(safe("", &[(path, text)], false), expected, "{path}: {text}");
        assert_eq!(safe("", &[(path, text)], true), ALL, "{path}: {text}");
    }
}

#[test]
fn what_one_environment_serves_waits_for_nothing() {
    let two = "terraform -chdir=dev apply\nterraform -chdir=live apply\n";
    for (answers, path, text) in [
        (
            "",
            "go.sh",
            "terraform -chdir=dev apply\nterraform -chdir=dev2 apply\n",
        ),
        (
            "",
            "go.sh",
            "terraform -chdir=dev apply\nterraform -chdir=own apply\n",
        ),
        ("", "go.sh", "cd \"$1\" && terraform apply\n"),
        (
            "",
            "go.sh",
            "AWS_PROFILE=dev terraform -chdir=dev apply\nAWS_PROFILE=live terraform -chdir=live apply\n",
        ),
        // Neither configures a provider.
        (
            "",
            "go.sh",
            "terraform -chdir=dev fmt\nterraform -chdir=live validate\n",
        ),
        (
            "",
            "go.sh",
            "terraform -chdir=dev init\nterraform -chdir=live init\n",
        ),
        (
            "",
            "go.sh",
            "for d in dev live; do terraform -chdir=$d init -backend=false; done\n",
        ),
        (
            "",
            "Makefile",
            "dev:\n\tterraform -chdir=dev apply\nlive:\n\tterraform -chdir=live apply\n",
        ),
        (
            "",
            "Makefile",
            "D ?= dev\napply:\n\tterraform -chdir=$(D) apply\n",
        ),
        (
            "",
            "package.json",
            "{\"scripts\": {\"dev\": \"terraform -chdir=dev apply\", \"live\": \"terraform -chdir=live apply\"}}\n",
        ),
        ("runner \"go.sh\" { account = \"*\" }\n", "go.sh", two),
        ("runner \"go.sh\" { terraform = false }\n", "go.sh", two),
    ] {
        assert_eq!(safe(answers, &[(path, text)], false), ALL, "{path}: {text}");
    }
}

const DEPLOY: (&str, &str) = ("deploy.sh", "terraform -chdir=\"$1\" apply\n");

#[test]
fn calls_of_a_script_with_other_arguments_share_the_environment_of_their_caller() {
    let levels = (
        "bin/x.sh",
        "cd \"$(dirname \"$0\")/..\"\n./deploy.sh \"$1\"\n",
    );
    let function = (
        "lib.sh",
        "deploy() {\n  cd \"$1\" && terraform apply\n  cd ..\n}\n",
    );
    for files in [
        &[("all.sh", "./deploy.sh dev\n./deploy.sh live\n"), DEPLOY][..],
        &[
            ("all.sh", "for d in dev live; do ./deploy.sh $d; done\n"),
            DEPLOY,
        ],
        &[
            ("all.sh", "./deploy.sh dev && bash deploy.sh live\n"),
            DEPLOY,
        ],
        &[("all.sh", "bin/x.sh dev\nbin/x.sh live\n"), levels, DEPLOY],
        &[
            ("all.sh", ". ./lib.sh\ndeploy dev\ndeploy live\n"),
            function,
        ],
        &[(
            "all.sh",
            "a() { terraform -chdir=$1 apply; }\na dev\na live\n",
        )],
        &[
            ("Makefile", "all:\n\t./deploy.sh dev\n\t./deploy.sh live\n"),
            DEPLOY,
        ],
        &[
            (
                "Makefile",
                "all:\n\t$(MAKE) -C dev a\n\t$(MAKE) -C live a\n",
            ),
            ("dev/Makefile", "a:\n\tterraform apply\n"),
            ("live/Makefile", "a:\n\tterraform apply\n"),
        ],
        &[
            (
                "package.json",
                "{\"scripts\": {\"all\": \"./deploy.sh dev && ./deploy.sh live\"}}\n",
            ),
            DEPLOY,
        ],
    ] {
        assert_eq!(safe("", files, false), "dev2", "{files:?}");
        assert_eq!(safe("", files, true), ALL, "{files:?}");
    }
}

#[test]
fn the_rounds_of_a_loop_may_be_in_several_directories() {
    for (text, expected) in [
        (
            "ls -d */ | while read -r d; do\n  terraform -chdir=\"$d\" apply\ndone\n",
            "",
        ),
        (
            "while read -r d; do (cd $d && terraform apply); done < envs\n",
            "",
        ),
        (
            "while [ $# -gt 0 ]; do\n  terraform -chdir=$1 apply\n  shift\ndone\n",
            "",
        ),
        (
            "set -- dev live\nuntil [ $# = 0 ]; do terraform -chdir=$1 apply; shift; done\n",
            "",
        ),
        // It tries again.
        ("for i in 1 2 3; do terraform apply && break; done\n", ALL),
        ("until terraform apply; do sleep 5; done\n", ALL),
        ("cd dev\nwhile ! terraform apply; do sleep 5; done\n", ALL),
        (
            "echo wait a while\nterraform -chdir=\"$1\" apply\necho done\n",
            ALL,
        ),
        (
            "while [ $# -gt 1 ]; do shift; done\nterraform -chdir=$1 apply\n",
            ALL,
        ),
    ] {
        assert_eq!(safe("", &[("go.sh", text)], false), expected, "{text}");
    }
}

/// Scripts that call the next one forty times each: from the first on that is more often than is followed.
fn calling(from: usize, first: &str) -> Vec<(String, String)> {
    let levels = (from..6).map(|level| {
        let calls = format!("./l{}.sh\n", level + 1).repeat(40);
        (format!("l{level}.sh"), calls)
    });
    let own = [("go.sh", first), ("l6.sh", "echo\n"), DEPLOY];
    let own = own.map(|(path, text)| (path.to_owned(), text.to_owned()));
    levels.chain(own).collect()
}

#[test]
fn what_is_behind_the_end_of_the_budget_may_be_in_any_account() {
    let planned = |from: usize, first: &str, pipeline: &[(&str, &str)]| {
        let files = calling(from, first);
        let own = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()));
        let files: Vec<(&str, &str)> = own.chain(pipeline.iter().copied()).collect();
        safe("", &files, false)
    };
    for (from, first, expected) in [
        (0, "./l0.sh\n./deploy.sh dev\n./deploy.sh live\n", ""),
        (0, "export AWS_PROFILE=live\n./l0.sh\n./deploy.sh dev\n", ""),
        // Within it.
        (5, "./l5.sh\n./deploy.sh dev\n./deploy.sh dev2\n", ALL),
        (5, "export AWS_PROFILE=dev\n./l5.sh\n./deploy.sh dev\n", ALL),
    ] {
        assert_eq!(planned(from, first, &[]), expected, "{first}");
    }
    // A pipeline that names no tool, whose script leads there.
    let pipeline = [("Jenkinsfile", "node { sh './l5.sh' }\n")];
    assert_eq!(planned(5, "echo\n", &pipeline), ALL);
}

#[test]
fn what_is_not_seen_is_no_sign_that_one_call_serves_several_accounts() {
    let unseen = ("run.sh", "if x; then TOOL=$1; fi\n$TOOL apply\n");
    for all in [
        "./run.sh terraform\n./run.sh tofu\n",
        "./run.sh terraform\n./deploy.sh dev\n",
    ] {
        let files = [("all.sh", all), DEPLOY, unseen];
        assert_eq!(safe("", &files, false), ALL, "{all}");
    }
    let all = "./deploy.sh dev\n./run.sh terraform\n./deploy.sh live\n";
    let files = [("all.sh", all), DEPLOY, unseen];
    assert_eq!(safe("", &files, false), "dev2");
}

#[test]
fn calls_that_share_no_environment_wait_for_nothing() {
    let pinning = ("deploy.sh", "AWS_PROFILE=$1 terraform -chdir=$1 apply\n");
    let vault = (
        "deploy.sh",
        "aws-vault exec $1 -- terraform -chdir=$1 apply\n",
    );
    for files in [
        &[("all.sh", "./deploy.sh dev\n./deploy.sh dev2\n"), DEPLOY][..],
        &[("all.sh", "./deploy.sh dev\n"), DEPLOY],
        &[
            ("all.sh", "./deploy.sh $1\n./check.sh $1\n"),
            DEPLOY,
            ("check.sh", "terraform -chdir=$1 validate\n"),
        ],
        &[
            (
                "all.sh",
                "AWS_PROFILE=dev ./deploy.sh dev\nAWS_PROFILE=live ./deploy.sh live\n",
            ),
            DEPLOY,
        ],
        &[(
            "all.sh",
            "d() { terraform -chdir=$1 apply; }\nAWS_PROFILE=dev d dev\nAWS_PROFILE=live d live\n",
        )],
        &[
            (
                "Makefile",
                "dev:\n\t./deploy.sh dev\nlive:\n\t./deploy.sh live\n",
            ),
            DEPLOY,
        ],
        &[
            ("lib.sh", "dev() { terraform -chdir=dev apply; }\n"),
            DEPLOY,
        ],
    ] {
        assert_eq!(safe("", files, false), ALL, "{files:?}");
    }
    // What pins a profile of any name is a runner of its own, and one of all root modules.
    for deploy in [pinning, vault] {
        let files = [("all.sh", "./deploy.sh dev\n./deploy.sh live\n"), deploy];
        let answer = "runner \"deploy.sh\" { account = \"*\" }\n";
        assert_eq!(safe(answer, &files, false), ALL, "{files:?}");
    }
}

#[test]
fn the_finding_names_the_call_and_what_to_do() {
    let (dev, live) = (root("111111111111"), root("222222222222"));
    let tree = Tree::new([
        ("dev/main.tf", dev.as_str()),
        ("live/main.tf", live.as_str()),
        (
            "go.sh",
            "set -e\nterraform -chdir=dev apply\nterraform -chdir=live apply\n",
        ),
    ]);
    let plan = tree.plan(ACCOUNTS, Selection::default()).unwrap();
    let about = plan.findings.iter();
    let about = about.filter(|it| it.transform == "remove_assume_role");
    let texts: Vec<String> = about
        .map(|it| format!("{} {:?} {:?}", it.message, it.reasons, it.help))
        .collect();
    let text = texts.join("\n");
    for expected in [
        "the script (go.sh:2) runs it and `live`, which is in account 222222222222 (live), with one environment",
        "the script (go.sh:3) runs it and `dev`, which is in account 111111111111 (dev), with one environment",
        "set `AWS_PROFILE` for each command there",
    ] {
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn terragrunt_in_all_units_is_one_call() {
    let unit = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\nterraform {\n  source = \"../modules/vpc\"\n}\n";
    let generated = |account: &str| {
        format!(
            "generate \"p\" {{\n  path = \"p.tf\"\n  if_exists = \"overwrite\"\n  contents = <<EOF\nprovider \"aws\" {{\n  assume_role {{\n    role_arn = \"arn:aws:iam::{account}:role/x\"\n  }}\n}}\nEOF\n}}\n"
        )
    };
    let waits = |accounts: [&str; 2], makefile: &str| {
        let [dev, live] = accounts.map(generated);
        let tree = Tree::new([
            (
                "modules/vpc/main.tf",
                "resource \"aws_s3_bucket\" \"b\" {}\n",
            ),
            ("dev/root.hcl", &dev),
            ("dev/vpc/terragrunt.hcl", &unit.replace("../", "../../")),
            ("live/root.hcl", &live),
            ("live/vpc/terragrunt.hcl", &unit.replace("../", "../../")),
            ("Makefile", makefile),
        ]);
        let plan = tree.plan(ACCOUNTS, Selection::default()).unwrap();
        !changed(&plan).iter().any(|path| path.ends_with("root.hcl"))
    };
    let two = ["111111111111", "222222222222"];
    assert!(waits(two, "all:\n\tterragrunt run-all apply\n"));
    assert!(waits(two, "all:\n\tterragrunt run --all apply\n"));
    assert!(!waits(two, "dev:\n\tcd dev && terragrunt run-all apply\n"));
    assert!(!waits(
        ["111111111111"; 2],
        "all:\n\tterragrunt run-all apply\n"
    ));
}
