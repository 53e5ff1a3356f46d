//! Other systems that run Terraform.

use super::{Kind, kind, many, root, times};

pub const KINDS: &[Kind] = &[
    kind("jobs of GitLab", 500, |n| {
        let mut all = root(String::new());
        all.push((
            ".gitlab-ci.yml".to_owned(),
            times(n, "j#:\n  script:\n    - cd d#\n    - terraform apply\n"),
        ));
        all
    }),
    kind("lines of a Jenkinsfile", 1_000, |n| {
        let mut all = root(String::new());
        all.push((
            "Jenkinsfile".to_owned(),
            format!(
                "pipeline {{\n{}}}\n",
                times(n, "  dir('d#') {\n    sh 'terraform apply'\n  }\n")
            ),
        ));
        all
    }),
    kind("projects of Atlantis", 500, |n| {
        let mut all = root(String::new());
        all.push((
            "atlantis.yaml".to_owned(),
            format!("version: 3\nprojects:\n{}", times(n, "  - dir: d#\n")),
        ));
        all
    }),
    kind("scripts with keys", 500, |n| {
        many(
            n,
            "s#.sh",
            "#!/bin/bash\nexport AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\nterraform apply\n",
        )
    }),
];
