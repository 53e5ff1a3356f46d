//! Scripts and what runs them.

use super::{KEYS, Kind, ROOT, called, files, job, kind, script, times};

pub const KINDS: &[Kind] = &[
    kind("lines of a script", 4_000, |n| {
        script(&(times(n, "echo #\n") + "terraform apply\n"))
    }),
    kind("lines that run Terraform", 1_000, |n| {
        script(&times(n, "terraform -chdir=d# apply\n"))
    }),
    kind("variables of a script", 4_000, |n| {
        script(&(times(n, "V#=$V1$V2\n") + "terraform apply\n"))
    }),
    kind("directories of a script", 2_000, |n| {
        script(&times(n, "cd d#\nterraform apply\n"))
    }),
    kind("root modules of a script", 500, |n| {
        let mut all = files([("deploy.sh", times(n, "terraform -chdir=live/# apply\n"))]);
        all.extend((0..n).map(|it| (format!("live/{it}/main.tf"), ROOT.to_owned())));
        all
    }),
    kind("branches of a script", 1_000, |n| {
        script(&times(
            n,
            "if [ -n \"$X\" ]; then cd d#; fi\nterraform apply\n",
        ))
    }),
    kind("loops of a script", 1_000, |n| {
        script(&times(
            n,
            "for d in a b c; do terraform -chdir=$d apply; done\n",
        ))
    }),
    kind("substitutions of a script", 2_000, |n| {
        script(&times(n, "X=$(aws sts get-caller-identity $(echo #))\n"))
    }),
    kind("words of a command", 10_000, |n| {
        script(&format!("terraform apply {}\n", times(n, "-var=a#=b ")))
    }),
    kind("calls of a script", 500, |n| {
        called(
            "./x.sh",
            vec![
                ("x.sh", format!("#!/bin/bash\n{}", times(n, "./y.sh #\n"))),
                ("y.sh", "#!/bin/bash\nterraform apply\n".to_owned()),
            ],
        )
    }),
    kind("scripts", 200, |n| {
        let mut all = job(KEYS, &times(n, "      - run: ./s#.sh\n"));
        all.extend((0..n).map(|it| {
            (
                format!("s{it}.sh"),
                "#!/bin/bash\nterraform apply\n".to_owned(),
            )
        }));
        all
    }),
    kind("targets of a Makefile", 1_000, |n| {
        called(
            "make all",
            vec![(
                "Makefile",
                format!(
                    "all: {}\n{}",
                    times(n, "t# "),
                    times(n, "t#:\n\tterraform -chdir=d# apply\n")
                ),
            )],
        )
    }),
    kind("variables of a Makefile", 2_000, |n| {
        called(
            "make all",
            vec![(
                "Makefile",
                times(n, "V# = $(V1)\n") + "all:\n\tterraform apply $(V7)\n",
            )],
        )
    }),
    kind("lines of a recipe", 1_000, |n| {
        called(
            "make all",
            vec![(
                "Makefile",
                format!("all:\n{}", times(n, "\tterraform -chdir=d# apply\n")),
            )],
        )
    }),
    kind("patterns of a Makefile", 1_000, |n| {
        called(
            "make t7",
            vec![("Makefile", times(n, "t%: u#\n\tterraform apply\n"))],
        )
    }),
    kind("recipes of a justfile", 500, |n| {
        called(
            "just all",
            vec![(
                "justfile",
                format!(
                    "all: {}\n    true\n{}",
                    times(n, "t# "),
                    times(n, "t#:\n    terraform -chdir=d# apply\n")
                ),
            )],
        )
    }),
    kind("tasks of a Taskfile", 500, |n| {
        called(
            "task all",
            vec![(
                "Taskfile.yml",
                format!(
                    "version: '3'\ntasks:\n  all:\n    deps: [{}t0]\n{}",
                    times(n, "t#, "),
                    times(n, "  t#: terraform -chdir=d# apply\n")
                ),
            )],
        )
    }),
    kind("scripts of a package", 1_000, |n| {
        called(
            "npm run s7",
            vec![(
                "package.json",
                format!(
                    "{{\"scripts\": {{{}\"z\": \"true\"}}}}",
                    times(n, "\"s#\": \"terraform apply\",")
                ),
            )],
        )
    }),
];
