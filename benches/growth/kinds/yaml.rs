//! What is in a file of YAML: entries, scalars, comments, expressions.

use super::{APPLY, KEYS, Kind, job, keyed_job, kind, times, workflow};

pub const KINDS: &[Kind] = &[
    kind("other entries of a workflow", 4_000, |n| {
        workflow(format!(
            "on: push\nx:\n{}jobs:\n{}",
            times(n, "  - a: #\n"),
            keyed_job("a", "")
        ))
    }),
    kind("operands of an if", 1_000, |n| {
        job(
            KEYS,
            &format!(
                "      - run: terraform apply\n        if: {}true\n",
                "github.ref == 'x' && ".repeat(n)
            ),
        )
    }),
    kind("expressions of a text", 2_000, |n| {
        job(
            KEYS,
            &format!(
                "      - run: terraform apply {}\n",
                "${{ env.X }}".repeat(n)
            ),
        )
    }),
    kind("block scalars of YAML", 1_000, |n| {
        job(
            KEYS,
            &times(
                n,
                "      - run: |\n          echo #\n          terraform plan\n",
            ),
        )
    }),
    kind("comments of YAML", 10_000, |n| {
        job(KEYS, &(APPLY.to_owned() + &times(n, "      # comment #\n")))
    }),
    kind("flow sequence of YAML", 10_000, |n| {
        workflow(format!(
            "on: push\nx: [{}z]\njobs:\n{}",
            times(n, "a#, "),
            keyed_job("a", "")
        ))
    }),
];
