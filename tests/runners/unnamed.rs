//! Files that people name as they like, found on disk and known by their text.

use super::{NONE, Row, root};
use crate::support::checkout::Checkout;

const CONFIG: &str = super::ACCOUNTS;

/// Each runs `terraform apply` in a place that is not known, or with a profile of its own.
const HELD: [Row; 12] = [
    (
        ".azuredevops/a.yml",
        "trigger: [main]\nsteps:\n  - script: terraform apply\n",
        NONE,
    ),
    (".builds/a.yml", "tasks:\n  - a: terraform apply\n", NONE),
    (
        "k8s/cron.yaml",
        "apiVersion: batch/v1\nkind: CronJob\nspec:\n  containers:\n    - command: [terraform, apply]\n",
        NONE,
    ),
    (
        "flux/a.yaml",
        "apiVersion: infra.contrib.fluxcd.io/v1alpha2\nkind: Terraform\nspec:\n  path: ./dev\n",
        "live",
    ),
    (
        "bin/deploy",
        "#!/bin/sh\nexport AWS_PROFILE=hub\nterraform apply\n",
        NONE,
    ),
    (
        "deploy.py",
        "env[\"AWS_PROFILE\"] = \"hub\"\nrun([\"terraform\", \"apply\"])\n",
        NONE,
    ),
    (
        "Dockerfile",
        "FROM hashicorp/terraform\nENV AWS_PROFILE=hub\n",
        NONE,
    ),
    (
        "package.json",
        "{\"scripts\":{\"a\":\"AWS_PROFILE=hub terraform -chdir=dev apply\"}}\n",
        "live",
    ),
    (
        "compose.yml",
        "services:\n  tf:\n    image: hashicorp/terraform\n    working_dir: /w/dev\n    env_file: hub.env\n",
        "live",
    ),
    (
        ".harness/pipeline.yaml",
        "steps:\n  - type: TerraformApply\n",
        NONE,
    ),
    (
        "stacks/a.tf",
        "resource \"env0_template\" \"a\" {\n  path = \"dev\"\n}\n",
        "live",
    ),
    (
        "ci/a.tf",
        "resource \"aws_codebuild_project\" \"a\" {\n  source {\n    buildspec = <<EOT\nphases:\n  build:\n    commands: [terraform apply]\nEOT\n  }\n}\n",
        NONE,
    ),
];

/// None of these changes who runs what.
const FREE: [(&str, &str); 7] = [
    (
        "k8s/a.yaml",
        "apiVersion: v1\nkind: ConfigMap\ndata: {a: terraform apply}\n",
    ),
    ("docs/a.yml", "steps: [terraform apply]\n"),
    ("bin/deploy", "#!/bin/sh\nterraform apply\n"),
    ("NOTES", "AWS_PROFILE=hub terraform apply\n"),
    ("a.py", "env[\"AWS_PROFILE\"] = \"hub\"\n"),
    (
        "compose.yml",
        "services:\n  db:\n    image: postgres\n    env_file: hub.env\n",
    ),
    ("Dockerfile", "FROM hashicorp/terraform\n"),
];

/// The root modules that change unasked beside a file.
fn safe(path: &str, text: &str) -> String {
    let (dev, live) = (root("111111111111"), root("222222222222"));
    let checkout = Checkout::bare(&[
        ("tfkeyless.hcl", CONFIG),
        ("dev/main.tf", &dev),
        ("live/main.tf", &live),
        (path, text),
    ]);
    let shown = checkout.run(&["plan"]).stdout;
    let changed = ["dev", "live"].into_iter().filter(|module| {
        let head = format!("--- a/{module}/main.tf");
        let diff = shown.split_once(&head).map(|(_, diff)| diff);
        let own = diff.map(|diff| diff.split("\n--- ").next().unwrap_or(diff));
        own.is_some_and(|own| own.contains("-  assume_role"))
    });
    changed.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_runner_is_found_whatever_its_file_is_called() {
    for (path, text, expected) in HELD {
        assert_eq!(safe(path, text), expected, "{path}\n{text}");
    }
}

#[test]
fn a_file_that_only_names_terraform_holds_nothing() {
    for (path, text) in FREE {
        assert_eq!(safe(path, text), super::BOTH, "{path}\n{text}");
    }
}
