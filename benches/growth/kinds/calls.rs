//! Workflows and actions that others call.

use super::{APPLY, KEYS, Kind, job, keyed_job, kind, times, workflow};

pub const KINDS: &[Kind] = &[
    kind("callers of a workflow", 100, |n| {
        let mut all = workflow(format!(
            "on: push\njobs:\n{}",
            times(
                n,
                "  j#:\n    uses: ./.github/workflows/called.yml\n    with:\n      dir: d#\n    secrets: inherit\n"
            )
        ));
        all.push((
            ".github/workflows/called.yml".to_owned(),
            format!(
                "on:\n  workflow_call:\n    inputs:\n      dir:\n        type: string\njobs:\n{}",
                keyed_job(
                    "a",
                    "    defaults:\n      run:\n        working-directory: ${{ inputs.dir }}\n"
                )
            ),
        ));
        all
    }),
    kind("callers of a workflow that pass keys", 100, |n| {
        let mut all = workflow(format!(
            "on: push\njobs:\n{}",
            times(
                n,
                "  j#:\n    uses: ./.github/workflows/called.yml\n    secrets:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n"
            )
        ));
        all.push((".github/workflows/called.yml".to_owned(), format!("on:\n  workflow_call:\n    secrets:\n      AWS_ACCESS_KEY_ID:\n        required: true\n      AWS_SECRET_ACCESS_KEY:\n        required: true\njobs:\n{}", keyed_job("a", ""))));
        all
    }),
    kind("called workflows", 100, |n| {
        let mut all = workflow(format!(
            "on: push\njobs:\n{}",
            times(
                n,
                "  j#:\n    uses: ./.github/workflows/c#.yml\n    secrets: inherit\n"
            )
        ));
        all.extend((0..n).map(|it| {
            (
                format!(".github/workflows/c{it}.yml"),
                format!("on:\n  workflow_call:\njobs:\n{}", keyed_job("a", "")),
            )
        }));
        all
    }),
    kind("workflows that call the next three times", 2, |n| {
        let calls = |next: usize| {
            times(
                3,
                &format!(
                    "  c#:\n    uses: ./.github/workflows/r{next}.yml\n    with:\n      e: ${{{{ inputs.e }}}}#\n    secrets: inherit\n"
                ),
            )
        };
        let mut all = workflow(format!("on: push\njobs:\n{}", calls(0)));
        let head = "on:\n  workflow_call:\n    inputs:\n      e:\n        type: string\njobs:\n";
        all.extend((0..n).map(|it| {
            (
                format!(".github/workflows/r{it}.yml"),
                format!("{head}{}", calls(it + 1)),
            )
        }));
        all.push((
            format!(".github/workflows/r{n}.yml"),
            format!("{head}{}", keyed_job("a", "")),
        ));
        all
    }),
    kind("local actions", 200, |n| {
        let mut all = job(KEYS, &(times(n, "      - uses: ./a#\n") + APPLY));
        all.extend((0..n).map(|it| (format!("a{it}/action.yml"), "name: x\nruns:\n  using: composite\n  steps:\n    - run: terraform plan\n      shell: bash\n".to_owned())));
        all
    }),
    kind("uses of a local action", 200, |n| {
        let mut all = job(
            KEYS,
            &times(n, "      - uses: ./a\n        with:\n          dir: d#\n"),
        );
        all.push(("a/action.yml".to_owned(), "name: x\ninputs:\n  dir: {}\nruns:\n  using: composite\n  steps:\n    - run: terraform plan\n      shell: bash\n      working-directory: ${{ inputs.dir }}\n".to_owned()));
        all
    }),
    kind("actions that use the next twice", 3, |n| {
        let mut all = job(KEYS, "      - uses: ./a0\n");
        all.extend((0..n).map(|it| (format!("a{it}/action.yml"), format!("name: x\nruns:\n  using: composite\n  steps:\n    - uses: ./a{0}\n    - uses: ./a{0}\n", it + 1))));
        all.push((format!("a{n}/action.yml"), "name: x\nruns:\n  using: composite\n  steps:\n    - run: terraform plan\n      shell: bash\n".to_owned()));
        all
    }),
];
