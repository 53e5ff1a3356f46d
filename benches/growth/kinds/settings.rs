//! Blocks of `tfkeyless.hcl`.

use super::{Kind, configured, kind, times};

pub const KINDS: &[Kind] = &[
    kind("account blocks", 500, |n| {
        configured(
            (0..n)
                .map(|it| {
                    format!(
                        "account \"a{it}\" {{\n  id = \"{:012}\"\n}}\n",
                        it + 300_000_000_000
                    )
                })
                .collect(),
        )
    }),
    kind("keys blocks", 500, |n| {
        configured(times(n, "keys \"KEY_#\" {\n  account = \"dev\"\n}\n"))
    }),
    kind("job blocks", 300, |n| {
        configured(times(n, "job \"w#.yml:a\" {\n  account = \"dev\"\n}\n"))
    }),
    kind("root blocks", 300, |n| {
        configured(times(n, "root \"live/#/**\" {\n  account = \"dev\"\n}\n"))
    }),
    kind("runner blocks", 300, |n| {
        configured(times(n, "runner \"ci/#.yml\" {\n  terraform = false\n}\n"))
    }),
    kind("role blocks", 300, |n| {
        configured(times(n, "role \"vars.R#\" {\n  account = \"dev\"\n}\n"))
    }),
    kind("environment blocks", 300, |n| {
        configured(times(n, "environment \"e#\" {\n  account = \"dev\"\n}\n"))
    }),
    kind("state_bucket blocks", 300, |n| {
        configured(times(n, "state_bucket \"b#\" {\n  profile = \"dev\"\n}\n"))
    }),
    kind("module_source blocks", 300, |n| {
        configured(times(
            n,
            "module_source \"m#\" {\n  repository = \"github.com/o/m#\"\n}\n",
        ))
    }),
    kind("stars of a pattern", 20, |n| {
        configured(format!(
            "root \"{}b\" {{\n  account = \"dev\"\n}}\n",
            "*a".repeat(n)
        ))
    }),
];
