//! The rights of a job's token, as `permissions.md` tells them.
use ci::github::permissions::{
    Call, DefaultToken, Effective, Grant, JobToken, Level, Needs, PermissionsBlock, Scope, Scopes,
    TokenStep, Unknown, UnknownNeed, grant,
};
use ci::github::workflow::Workflows;
use ci::scripts::aws_scripts::AwsScripts;
use ci::scripts::reader::{Execution, ScriptContext, read};
use ci::scripts::tree::TreeScripts;
use ci::scripts::working_directory::{GITHUB, WorkingDirectory};
use std::collections::BTreeSet;
use std::path::Path;

const PAGE: &str = include_str!("permissions.md");

/// The rows of a table of the page, its head left out.
fn rows<const N: usize>(heading: &str) -> Vec<[String; N]> {
    let start = PAGE.find(&format!("\n## {heading}\n")).expect(heading);
    let lines = PAGE[start..].lines().skip(2);
    let lines = lines.take_while(|line| !line.starts_with("## "));
    let table = lines.filter(|line| line.starts_with('|')).skip(2);
    let rows: Vec<_> = table.map(cells).collect();
    assert!(rows.len() >= 9, "{heading}: {} rows", rows.len());
    rows
}

fn cells<const N: usize>(line: &str) -> [String; N] {
    let inside = line.trim_matches('|').replace("\\|", "\u{0}");
    let cell = |cell: &str| cell.trim().replace('\u{0}', "|").replace("<br>", "\n");
    let cells: Vec<_> = inside.split('|').map(cell).collect();
    cells
        .try_into()
        .unwrap_or_else(|_| panic!("cells of {line}"))
}

fn scopes(text: &str) -> Scopes {
    let entries = text
        .split(", ")
        .filter(|entry| !matches!(*entry, "-" | "?" | "unread" | "{}"));
    let entry = |entry: &str| {
        let (scope, level) = entry.split_once(": ").expect(entry);
        (Scope::from(scope), Level::parse(level).expect(level))
    };
    entries.map(entry).collect()
}

fn block(text: &str) -> Option<PermissionsBlock> {
    let mapping = || PermissionsBlock::Scopes(scopes(text));
    (text != "-").then(|| PermissionsBlock::word(text).unwrap_or_else(mapping))
}

fn effective(text: &str) -> Effective {
    match text.strip_prefix("default ") {
        Some(default) => Effective::of(None, None, default_token(default)),
        None => Effective::exactly(&block(text).expect(text)),
    }
}

fn default_token(text: &str) -> DefaultToken {
    let known = DefaultToken::ALL.into_iter();
    let mut named = known.filter(|value| value.to_string() == text);
    named.next().expect(text)
}

fn said(scopes: &Scopes) -> String {
    let entries = scopes
        .iter()
        .map(|(scope, level)| format!("{scope}: {level}"));
    let entries: Vec<_> = entries.collect();
    match entries.is_empty() {
        true => "-".to_owned(),
        false => entries.join(", "),
    }
}

fn needs(text: &str) -> Needs {
    let is_unknown = text.split(", ").any(|entry| entry == "?");
    let why = UnknownNeed::Action("nobody/knows".to_owned());
    let unknown = is_unknown.then_some(Unknown { step: 0, why });
    Needs {
        scopes: scopes(text),
        unknown: unknown.into_iter().collect(),
        unread: text
            .split(", ")
            .filter(|entry| *entry == "unread")
            .map(|_| Unknown {
                step: 0,
                why: UnknownNeed::Unread("`./x`".to_owned()),
            })
            .collect(),
    }
}

fn yes(text: &str) -> bool {
    assert!(matches!(text, "yes" | "no"), "{text}");
    text == "yes"
}

#[test]
fn what_to_write() {
    for row in rows::<7>("What to write") {
        let [own, workflow, all, default, needs_text, answer, expected] = &row;
        let needs = needs(needs_text);
        let (own, workflow) = (block(own), block(workflow));
        let answer = (answer != "-").then(|| scopes(answer));
        let default = default_token(default);
        let written = grant(&JobToken {
            own: own.as_ref(),
            workflow: workflow.as_ref(),
            all_assume: yes(all),
            default,
            needs: &needs,
            answer: answer.as_ref(),
        });
        let reported = match &written {
            Grant::Nothing => "nothing".to_owned(),
            Grant::AddToJob => "add to job".to_owned(),
            Grant::AddToWorkflow => "add to workflow".to_owned(),
            Grant::SetJob(scopes) => format!("set {}", said(scopes)),
            Grant::SetUnread(scopes, unread) => {
                assert_eq!(unread, &needs.unread);
                format!("review {}", said(scopes))
            }
            Grant::Ask { unknown, block } => {
                assert_eq!(unknown, &needs.unknown);
                format!("ask {}", said(block))
            }
        };
        assert_eq!(&reported, expected, "{row:?}");
        let Grant::SetJob(scopes) = written else {
            continue;
        };
        // Whatever is set, the job may fetch a token and has what it had and needs.
        let after = Effective::exactly(&PermissionsBlock::Scopes(scopes));
        assert_eq!(after.level(&Scope::IdToken), Level::Write, "{row:?}");
        let before = Effective::of(own.as_ref(), workflow.as_ref(), default);
        let needed = needs
            .rights()
            .map_or(before.clone(), |needs| before.meet(&needs));
        let is_settled = answer.is_some();
        assert!(is_settled || after.at_least(&needed), "{row:?}");
    }
}

#[test]
fn what_a_job_gets() {
    for row in rows::<5>("What a job gets") {
        let [own, workflow, default, scope, expected] = &row;
        let default = default_token(default);
        let rights = Effective::of(block(own).as_ref(), block(workflow).as_ref(), default);
        let level = rights.level(&Scope::from(scope.as_str()));
        assert_eq!(&level.to_string(), expected, "{row:?}");
    }
}

#[test]
fn what_is_at_least_what() {
    for row in rows::<3>("What is at least what") {
        let [this, other, expected] = &row;
        let (this, other) = (effective(this), effective(other));
        assert_eq!(this.at_least(&other), yes(expected), "{row:?}");
        let both = this.meet(&other);
        assert!(this.at_least(&both) && other.at_least(&both), "{row:?}");
        assert_eq!(both.at_least(&other), yes(expected), "{row:?}");
    }
}

#[test]
fn what_a_called_job_gets() {
    for row in rows::<5>("What a called workflow's job gets") {
        let [caller, own, workflow, scope, expected] = &row;
        let caller = effective(caller);
        let inner = caller.called(block(own).as_ref(), block(workflow).as_ref());
        let level = inner.level(&Scope::from(scope.as_str()));
        assert_eq!(&level.to_string(), expected, "{row:?}");
        assert!(caller.at_least(&inner), "{row:?}");
    }
}

#[test]
fn whether_github_runs_a_call() {
    for row in rows::<6>("Whether GitHub runs a call") {
        let [
            caller_before,
            asked_before,
            caller,
            asked,
            runs,
            where_it_ran,
        ] = &row;
        let (caller_before, caller) = (effective(caller_before), effective(caller));
        let (asked_before, asked) = (block(asked_before), block(asked));
        let before = Call {
            caller: &caller_before,
            asked: asked_before.as_ref(),
        };
        let after = Call {
            caller: &caller,
            asked: asked.as_ref(),
        };
        assert_eq!(after.runs(), yes(runs), "{row:?}");
        assert_eq!(after.runs_where(&before), yes(where_it_ran), "{row:?}");
    }
}

/// `name=value, name=value`.
fn pairs(text: &str) -> Vec<(&str, &str)> {
    let pairs = text.split(", ").filter(|pair| *pair != "-");
    pairs
        .map(|pair| pair.split_once('=').expect(pair))
        .collect()
}

/// What a script executes in a tree without files.
fn executed(script: &str) -> Execution {
    let place = WorkingDirectory::new(Some(Path::new("")), GITHUB);
    read(script, ScriptContext::new(place), &TreeScripts::default()).execution
}

fn reported(steps: &[TokenStep<'_>]) -> String {
    told_needs(&Needs::of(steps))
}

fn told_needs(needs: &Needs) -> String {
    let reported = needs
        .unknown
        .iter()
        .chain(&needs.unread)
        .map(|unknown| format!("? {}", unknown.why));
    reported
        .chain((!needs.scopes.is_empty() || needs.unknown.is_empty()).then(|| said(&needs.scopes)))
        .collect::<Vec<_>>()
        .join(", ")
}

#[test]
fn what_an_action_uses() {
    for row in rows::<4>("What an action uses") {
        let [uses, with, env, expected] = &row;
        let step = TokenStep {
            uses: Some(uses),
            with: &pairs(with),
            env: &pairs(env),
            ..TokenStep::default()
        };
        assert_eq!(&reported(&[step]), expected, "{row:?}");
    }
}

#[test]
fn what_a_script_of_github_script_uses() {
    for row in rows::<3>("What a script of actions/github-script uses") {
        let [script, with, expected] = &row;
        let mut with = pairs(with);
        with.push(("script", script));
        let step = TokenStep {
            uses: Some("actions/github-script@v7"),
            with: &with,
            ..TokenStep::default()
        };
        assert_eq!(&reported(&[step]), expected, "{row:?}");
    }
}

#[test]
fn what_a_script_uses() {
    for row in rows::<3>("What a script uses") {
        let [script, env, expected] = &row;
        let execution = executed(script);
        let step = TokenStep {
            run: Some(script),
            execution: Some(&execution),
            env: &pairs(env),
            ..TokenStep::default()
        };
        assert_eq!(&reported(&[step]), expected, "{row:?}");
    }
}

/// The files of the tree of "What a job uses".
const FILES: [(&str, &str); 28] = [
    (
        "ci/tag.sh",
        "#!/bin/sh\ngit tag \"$1\"\ngit push origin \"$1\"\n",
    ),
    (
        "ci/lib.sh",
        "tag() {\n  git push --tags\n}\nplan () {\n  terraform plan\n}\n",
    ),
    (
        "ci/plan.sh",
        "set -e\nfor d in a b; do\n  (cd $d && terraform plan) || exit 1\ndone\n",
    ),
    ("ci/comment.sh", "gh pr comment 1 --body x\n"),
    (
        "ci/api.sh",
        "curl -H \"Authorization: Bearer $GITHUB_TOKEN\" https://api.github.com/x\n",
    ),
    (
        "ci/bump.py",
        "import subprocess; subprocess.run([\"git\",\"push\"])\n",
    ),
    ("ci/main.py", "from helpers import release\nrelease()\n"),
    (
        "ci/helpers.py",
        "def release():\n    os.system('git push')\n",
    ),
    (
        "ci/calls.py",
        "subprocess.check_call(['make', 'release'])\n",
    ),
    (
        "ci/api.py",
        "requests.get('https://api.github.com', os.environ['GITHUB_TOKEN'])\n",
    ),
    (
        "ci/report.py",
        "rows = []\nrows.append('make sure to push')\nsubprocess.run(['git', 'log'])\n",
    ),
    ("ci/bump.js", "execSync(`git push ${process.argv[2]}`)\n"),
    ("ci/index.mjs", "import { push } from './git.mjs'\npush()\n"),
    (
        "ci/git.mjs",
        "export const push = () => spawn('git', ['push'])\n",
    ),
    (
        "ci/report.js",
        "const all = []; all.push('git', 'make a report')\n",
    ),
    ("ci/compiled.ts", "import aws from '@aws-sdk/client-s3'\n"),
    ("ci/bump.rb", "system('git push')\n"),
    ("ci/bump.ps1", "if ($x) {\n  git push\n}\n"),
    (
        "ci/bump",
        "#!/usr/bin/env python3\nfrom git import Repo\nRepo('.').remote().push()\n",
    ),
    ("ci/Makefile", "release:\n\t./tag.sh\n"),
    (
        "Makefile",
        "release:\n\t./ci/tag.sh v1\nouter: lint\n\t$(MAKE) release\nlint:\n\t@tflint\n\
         calls-missing:\n\t./ci/missing.sh\ncomment:\n\tgh pr comment 1 -b x\n",
    ),
    (
        "package.json",
        "{\"scripts\": {\"release\": \"git push\", \"bump\": \"lerna version --yes\", \
         \"postversion\": \"git push --tags\", \"test\": \"jest\"}}",
    ),
    ("Taskfile.yml", "tasks:\n  release: { cmds: [git push] }\n"),
    ("justfile", "release:\n  git push\n"),
    (
        "ci/database.yml",
        "services:\n  db:\n    image: redis\n    volumes:\n      - ./data:/data\n      - cache:/x\n",
    ),
    (
        "ci/checkout.yml",
        "services:\n  app:\n    build: .\n    volumes:\n      - type: bind\n        source: ..\n",
    ),
    (
        "ci/above.yml",
        "services:\n  app:\n    depends_on: [db]\n  db:\n    volumes: [\"../../:/src:ro\"]\n",
    ),
    ("gradlew", "#!/bin/sh\nexec \"$JAVACMD\" \"$@\"\n"),
];

/// What the job of a workflow uses, in the tree of these files.
fn needs_in_tree(workflow: &str) -> Needs {
    let mut workflows = Workflows::beside(AwsScripts::default(), TreeScripts::default());
    for (path, text) in FILES {
        workflows.tree.add(path.into(), Some(text.to_owned()));
    }
    let path = Path::new(".github/workflows/x.yml");
    workflows.add(path, workflow.to_owned(), None);
    assert!(workflows.unread.is_empty(), "{workflow}");
    loop {
        let wanted = workflows.wanted_scripts();
        if wanted.is_empty() {
            break;
        }
        for path in wanted.files {
            workflows.tree.add(path, None);
        }
        if wanted.tests {
            workflows.tree.add_tests([]);
        }
        // All directories that a command names are there.
        workflows
            .tree
            .add_directories(wanted.directories, &BTreeSet::new());
    }
    let owner = workflows.owners().next().expect("a job");
    workflows.needs(owner)
}

#[test]
fn what_a_job_uses() {
    for row in rows::<4>("What a job uses") {
        let [checkout, run, env, expected] = &row;
        let mapping = |text: &str| {
            let pairs = pairs(text).into_iter();
            let lines = pairs.map(|(name, value)| format!("          {name}: {value}\n"));
            lines.collect::<String>()
        };
        let mut steps = String::new();
        if checkout != "none" {
            steps += "      - uses: actions/checkout@v4\n        with:\n";
            steps += &format!("          fetch-depth: 0\n{}", mapping(checkout));
        }
        steps += &match run.strip_prefix("uses: ").and_then(|it| it.split_once(' ')) {
            Some((uses, with)) => format!("      - uses: {uses}\n        with:\n{}", mapping(with)),
            None => {
                let lines = run.lines().map(|line| format!("          {line}\n"));
                format!("      - run: |\n{}", lines.collect::<String>())
            }
        };
        steps += &format!("        env:\n          A: b\n{}", mapping(env));
        let workflow =
            format!("on: push\njobs:\n  x:\n    runs-on: ubuntu-latest\n    steps:\n{steps}");
        assert_eq!(&told_needs(&needs_in_tree(&workflow)), expected, "{row:?}");
    }
}

#[test]
fn a_job_that_may_push_images_writes_packages() {
    let login = TokenStep {
        uses: Some("docker/login-action@v3"),
        with: &[("registry", "ghcr.io"), ("password", "${{ github.token }}")],
        ..TokenStep::default()
    };
    let run = |script| TokenStep {
        run: Some(script),
        ..TokenStep::default()
    };
    let build = |with| TokenStep {
        uses: Some("docker/build-push-action@v6"),
        with,
        ..TokenStep::default()
    };
    for (step, expected) in [
        (run("docker pull ghcr.io/x/y"), "packages: read"),
        (run("docker push ghcr.io/x/y"), "packages: write"),
        (run("make image"), "packages: write"),
        (run("./image"), "packages: write"),
        (build(&[("push", "false")]), "packages: read"),
        (build(&[]), "packages: read"),
        (build(&[("push", "true")]), "packages: write"),
        (build(&[("push", "${{ inputs.push }}")]), "packages: write"),
        (build(&[("outputs", "type=registry")]), "packages: write"),
    ] {
        assert_eq!(reported(&[login, step]), expected, "{step:?}");
    }
    let action = |uses| TokenStep {
        uses: Some(uses),
        ..TokenStep::default()
    };
    for (uses, expected) in [
        ("docker/bake-action@v6", "packages: write"),
        ("goreleaser/goreleaser-action@v6", "packages: write"),
        ("docker/setup-buildx-action@v3", "packages: read"),
    ] {
        assert_eq!(reported(&[login, action(uses)]), expected, "{uses}");
    }
    let unknown = action("nobody/knows@v1");
    let expected = "? the action nobody/knows@v1, packages: write";
    assert_eq!(reported(&[login, unknown]), expected);
    assert_eq!(Needs::of(&[login, unknown]).unknown[0].step, 1);
}

#[test]
fn needs_of_a_job_are_the_highest_of_its_steps() {
    let (push, fetch) = (executed("git push"), executed("git fetch"));
    let run = |execution| TokenStep {
        run: Some(""),
        execution: Some(execution),
        ..TokenStep::default()
    };
    let mut needs = Needs::of(&[run(&push), run(&fetch)]);
    assert_eq!(said(&needs.scopes), "contents: write");
    needs.add([
        (Scope::Packages, Level::Read),
        (Scope::Contents, Level::Read),
    ]);
    assert_eq!(said(&needs.scopes), "contents: write, packages: read");
}

#[test]
fn a_block_is_read_as_it_is_written() {
    let entries = [("contents", "read"), ("workflows", "write")];
    let read = PermissionsBlock::mapping(entries).unwrap();
    assert_eq!(Some(read), block("contents: read, workflows: write"));
    assert_eq!(
        PermissionsBlock::mapping([("contents", "admin")]),
        Err("admin")
    );
    assert_eq!(
        PermissionsBlock::mapping([]),
        Ok(PermissionsBlock::Scopes(Scopes::new()))
    );
    assert_eq!(PermissionsBlock::word("write-some"), None);
}
