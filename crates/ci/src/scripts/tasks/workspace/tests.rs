use super::*;

#[test]
fn calls_name_tasks_and_projects() {
    for (call, tasks, project) in [
        ("nx run infra:apply", "apply", Some("infra")),
        ("nx run infra:apply:live", "apply", Some("infra")),
        ("nx apply infra", "apply", Some("infra")),
        ("nx infra:apply", "apply", Some("infra")),
        ("nx run-many -t plan apply --all", "plan apply", None),
        ("nx run-many --target=apply", "apply", None),
        (
            "nx affected --targets=plan,apply --base x",
            "plan apply",
            None,
        ),
        ("nx affected:apply", "apply", None),
        ("turbo run deploy", "deploy", None),
        ("turbo deploy --filter=infra", "deploy", None),
        ("turbo infra#deploy", "deploy", None),
        ("lerna run deploy", "deploy", None),
    ] {
        let words: Vec<String> = call.split(' ').map(str::to_owned).collect();
        let found = WorkspaceCall::of(&words[0], &words[1..]).expect(call);
        assert_eq!(found.tasks.join(" "), tasks, "{call}");
        assert_eq!(found.project.as_deref(), project, "{call}");
    }
    for call in [
        "nx graph",
        "nx reset",
        "lerna bootstrap",
        "nx",
        "nx run-many",
    ] {
        let words: Vec<String> = call.split(' ').map(str::to_owned).collect();
        assert_eq!(WorkspaceCall::of(&words[0], &words[1..]), None, "{call}");
    }
}

#[test]
fn tasks_are_scripts_and_targets_and_what_those_need() {
    let files = [
        (
            "turbo.json",
            "// tasks\n{\"tasks\": {\"deploy\": {\"dependsOn\": [\"^build\", \"infra#apply\"]}}}",
        ),
        (
            "infra/package.json",
            "{\"name\": \"@x/infra\", \"scripts\": {\"apply\": \"terraform apply\"}}",
        ),
        (
            "web/package.json",
            "{\"name\": \"web\", \"scripts\": {\"build\": \"tsc\", \"deploy\": \"aws s3 sync\"}}",
        ),
        (
            "net/project.json",
            "{\"name\": \"network\", \"targets\": {\"apply\": {\"executor\": \"nx:run-commands\", \"options\": {\"cwd\": \"{projectRoot}/tf\", \"commands\": [\"a\", {\"command\": \"b\"}]}}, \"plan\": {\"executor\": \"@nx-extend/terraform:plan\"}, \"up\": {\"command\": \"x {projectRoot}\", \"dependsOn\": [\"plan\"]}}}",
        ),
    ];
    let files = files.map(|(path, text)| WorkspaceFile::new(path.into(), text.to_owned()));
    let run = |call: &str| {
        let words: Vec<String> = call.split(' ').map(str::to_owned).collect();
        let found = WorkspaceCall::of(&words[0], &words[1..])
            .unwrap()
            .run(&files);
        let mut found: Vec<String> = found
            .into_iter()
            .flatten()
            .map(|(directory, it)| format!("{}: {}", directory.display(), it.script))
            .collect();
        found.sort();
        found.join("; ")
    };
    for (call, expected) in [
        ("nx apply @x/infra", "infra: terraform apply"),
        ("nx apply infra", "infra: terraform apply"),
        ("nx run network:apply", "net/tf: a; net/tf: b"),
        ("nx run net:plan", "net: terraform plan"),
        ("nx run net:up", ": x net; net: terraform plan"),
        ("turbo run build", "web: tsc"),
        (
            "turbo run deploy",
            "infra: terraform apply; net/tf: a; net/tf: b; web: aws s3 sync; web: tsc",
        ),
        ("turbo run other", ""),
    ] {
        assert_eq!(run(call), expected, "{call}");
    }
}
