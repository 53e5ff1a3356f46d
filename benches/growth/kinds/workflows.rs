//! GitHub's workflows, their jobs and steps.

use super::{APPLY, KEYS, Kind, job, keyed_job, kind, many, times, workflow};

pub const KINDS: &[Kind] = &[
    kind("jobs of a workflow", 200, |n| {
        workflow(format!(
            "on: push\njobs:\n{}",
            times(n, &keyed_job("j#", ""))
        ))
    }),
    kind("jobs without keys", 1_000, |n| {
        workflow(format!(
            "on: push\njobs:\n{}{}",
            keyed_job("a", ""),
            times(
                n,
                "  j#:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"
            )
        ))
    }),
    kind("workflows", 200, |n| {
        many(
            n,
            ".github/workflows/w#.yml",
            &format!("on: push\njobs:\n{}", keyed_job("a", "")),
        )
    }),
    kind("steps", 1_000, |n| {
        job(KEYS, &times(n, "      - run: echo #\n"))
    }),
    kind("steps that run Terraform", 500, |n| {
        job(KEYS, &times(n, APPLY))
    }),
    kind("steps with keys", 250, |n| {
        job(
            "",
            &times(
                n,
                "      - run: terraform apply\n        env:\n          AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n",
            ),
        )
    }),
    kind("steps that sign in", 250, |n| {
        job(
            "",
            &times(
                n,
                "      - uses: aws-actions/configure-aws-credentials@v4\n        if: github.ref == 'r#'\n        with:\n          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          aws-region: eu-west-1\n      - run: terraform apply\n        if: github.ref == 'r#'\n",
            ),
        )
    }),
    kind("steps with actions", 1_000, |n| {
        job(
            KEYS,
            &(times(
                n,
                "      - uses: actions/cache@v#\n        with:\n          path: x\n",
            ) + APPLY),
        )
    }),
    kind("values of a matrix", 64, |n| {
        job(
            &format!(
                "    strategy:\n      matrix:\n        dir: [{}z]\n{KEYS}",
                times(n, "d#, ")
            ),
            "      - run: terraform apply\n        working-directory: ${{ matrix.dir }}\n",
        )
    }),
    kind("values of a matrix beyond GitHub's", 2_000, |n| {
        job(
            &format!(
                "    strategy:\n      matrix:\n        dir: [{}z]\n{KEYS}",
                times(n, "d#, ")
            ),
            "      - run: terraform apply\n        working-directory: ${{ matrix.dir }}\n",
        )
    }),
    kind("dimensions of a matrix", 50, |n| {
        job(
            &format!(
                "    strategy:\n      matrix:\n{}{KEYS}",
                times(n, "        m#: [a, b]\n")
            ),
            APPLY,
        )
    }),
    kind("includes of a matrix", 250, |n| {
        job(
            &format!(
                "    strategy:\n      matrix:\n        a: [x, y]\n        include:\n{}{KEYS}",
                times(n, "          - { a: x, b#: y }\n")
            ),
            APPLY,
        )
    }),
    kind("env of a workflow", 2_000, |n| {
        workflow(format!(
            "on: push\nenv:\n{}jobs:\n{}",
            times(n, "  E#: x\n"),
            keyed_job("a", "")
        ))
    }),
    kind("env that refers to the one before", 1_000, |n| {
        workflow(format!(
            "on: push\nenv:\n  E0: x\n{}jobs:\n{}",
            (1..n)
                .map(|it| format!("  E{it}: ${{{{ env.E{} }}}}\n", it - 1))
                .collect::<String>(),
            keyed_job("a", "")
        ))
    }),
    kind("needs of the job before", 200, |n| {
        workflow(format!(
            "on: push\njobs:\n{}{}",
            keyed_job("j0", ""),
            (1..n)
                .map(|it| keyed_job(&format!("j{it}"), &format!("    needs: j{}\n", it - 1)))
                .collect::<String>()
        ))
    }),
    kind("permissions", 500, |n| {
        job(
            &format!("    permissions:\n{}{KEYS}", times(n, "      p#: read\n")),
            APPLY,
        )
    }),
    kind("triggers", 1_000, |n| {
        workflow(format!(
            "on:\n  push:\n    branches: [{}main]\njobs:\n{}",
            times(n, "b#, "),
            keyed_job("a", "")
        ))
    }),
    kind("inputs of a workflow", 500, |n| {
        workflow(format!(
            "on:\n  workflow_dispatch:\n    inputs:\n{}jobs:\n{}",
            times(n, "      i#:\n        type: string\n"),
            keyed_job("a", "")
        ))
    }),
];
