//! What actions do, by their names and inputs: which run Terraform or a script, which call AWS.

#[cfg(test)]
mod tests;

use syntax::code::sentence;

use crate::github::permissions::{is_known_action, runs_own_code};
use crate::github::workflow::TERRAFORM_WORDS;
use crate::terraform_run::RunsIn;
use crate::variant::{Environment, SelectedWorkspace, Variant};

/// What an action runs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ActionRun {
    /// The script that an input holds.
    Script(String),
    /// Terraform, in the directory that an input names.
    Terraform(Option<String>),
    /// Something of its own.
    Other,
}

/// Parts of the names of actions about Terraform that reach no backend: installers, linters,
/// scanners, formatters.
const HARMLESS: [&str; 11] = [
    "setup", "lint", "docs", "sec", "fmt", "switcher", "install", "version", "validate", "cost",
    "checkov",
];

/// Installers whose names do not say so (their action.yml).
const INSTALLERS: [&str; 2] = ["autero1/action-terraform", "autero1/action-terragrunt"];

/// Actions that run Terraform, and whose names do not say so: Terrateam's plans and applies the directories of the
/// tree that a pull request changes, without a configuration, too (its documentation, "Configuration reference").
const RUNNERS: [&str; 1] = ["terrateamio/action"];

/// The inputs for a directory, as common Terraform and Terragrunt actions name them.
const DIRECTORIES: [&str; 5] = [
    "path",
    "tg_dir",
    "working_directory",
    "working-directory",
    "tf_actions_working_dir",
];

/// Actions that run the script of an input, and the input.
const SCRIPTS: [(&str, &str); 4] = [
    ("nick-fields/retry", "command"),
    ("nick-invision/retry", "command"),
    ("wandalen/wretry.action", "command"),
    ("egor-tensin/run-command", "run"),
];

/// The program in JavaScript that an action runs, which an input holds.
pub(super) fn program(uses: &str, input: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    (name(uses) == GITHUB_SCRIPT).then(|| input("script"))?
}

/// Runs the JavaScript of its input `script`.
const GITHUB_SCRIPT: &str = "actions/github-script";

/// Inputs that hold a script in actions that are not known.
const EXECUTED: [&str; 10] = [
    "args",
    "cmd",
    "command",
    "commands",
    "entrypoint",
    "exec",
    "inlinescript",
    "run",
    "script",
    "shell",
];

/// Inputs for a subcommand of Terraform, as actions name them.
const SUBCOMMANDS: [&str; 5] = [
    "action",
    "command",
    "operation",
    "subcommand",
    "tf_actions_subcommand",
];

/// Inputs that only an action about Terraform has.
const SETTINGS: [&str; 10] = [
    "backend-config",
    "backend_config",
    "terraform-version",
    "terraform_version",
    "tf-version",
    "tf_version",
    "tofu-version",
    "tofu_version",
    "var-file",
    "var_file",
];

/// Actions that are containers, by the start of their names (`runs.using` of their action.yml).
const CONTAINERS: [&str; 3] = ["dflook/", "hashicorp/terraform-github-actions", "addnab/"];

/// The variable with a script that dflook's actions run before Terraform (their documentation, "Environment
/// Variables").
pub(super) const PRE_RUN: &str = "TERRAFORM_PRE_RUN";

/// Actions that run Terraform in steps of their own, on the runner (`runs.using: composite` of their
/// action.yml).
const COMPOSITE: [&str; 1] = ["op5dev/tf-via-pr"];

/// What an action runs; `input` reads its inputs.
pub(super) fn runs(uses: &str, input: &dyn Fn(&str) -> Option<String>) -> ActionRun {
    let name = name(uses);
    let mut scripts = SCRIPTS.iter().filter(|(known, _)| *known == name);
    if let Some(script) = scripts.find_map(|(_, given)| input(given)) {
        return ActionRun::Script(script);
    }
    let last = name.rsplit('/').next().unwrap_or_default();
    let is_named = TERRAFORM_WORDS.iter().any(|word| last.contains(word));
    let is_known = is_named || RUNNERS.contains(&name.as_str());
    let is_run = (is_known || is_given_subcommand(&name, input))
        && !HARMLESS.iter().any(|word| last.contains(word))
        && !INSTALLERS.contains(&name.as_str());
    match is_run && !uses.starts_with("docker://") {
        true => ActionRun::Terraform(DIRECTORIES.iter().find_map(|name| input(name))),
        false => ActionRun::Other,
    }
}

/// Where an action runs what it runs.
pub(super) fn runs_in(uses: &str) -> RunsIn {
    let name = name(uses);
    let mut words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    if words.any(|word| word == "ssh") {
        RunsIn::Elsewhere
    } else if CONTAINERS.iter().any(|start| name.starts_with(start)) {
        RunsIn::Container
    } else if COMPOSITE.contains(&name.as_str()) {
        RunsIn::Runner
    } else {
        RunsIn::Action
    }
}

/// The scripts that inputs of an action hold which is not read.
pub(super) fn scripts(uses: &str, input: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let is_read = uses.starts_with("docker://") || name(uses) == GITHUB_SCRIPT;
    let names = EXECUTED.iter().filter(|_| !is_read);
    names.filter_map(|name| input(name)).collect()
}

/// Whether an action whose name or inputs are about Terraform is given one of its subcommands.
fn is_given_subcommand(name: &str, input: &dyn Fn(&str) -> Option<String>) -> bool {
    let mut words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    let is_about = words.any(|word| matches!(word, "tf" | "tg" | "iac"))
        || SETTINGS.iter().any(|name| input(name).is_some());
    let mut given = SUBCOMMANDS.iter().filter_map(|name| input(name));
    let reaches = |given: String| {
        let given = given.trim().to_ascii_lowercase();
        ["apply", "destroy", "init", "plan"].contains(&given.as_str())
    };
    is_about && given.any(reaches)
}

/// Whether the file of an action names Terraform, and its directory nothing that reaches no backend.
pub(super) fn is_about_terraform(directory: &str, text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.any(|word| TERRAFORM_WORDS.contains(&word))
        && !HARMLESS.iter().any(|word| directory.contains(word))
}

/// The variant that the inputs of such an action choose.
pub(super) fn variant(
    input: &dyn Fn(&str) -> Option<String>,
    environment: &Environment,
) -> Variant {
    let workspace = ["workspace", "tf_workspace", "tf_actions_workspace"];
    let workspace = workspace.iter().find_map(|name| input(name));
    let selected = workspace.map_or(SelectedWorkspace::None, SelectedWorkspace::Named);
    let mut variant = Variant::of(&[], environment, selected);
    // Their paths begin at the root, and their variables are a text of their own form.
    let inputs = [
        "var_file",
        "var-file",
        "variables",
        "var",
        "args",
        "tf_actions_args",
    ];
    variant.has_unknown_files |= inputs.iter().any(|name| input(name).is_some());
    variant
}

/// Parts of the names of actions that say that they are about AWS: whole words, and pieces of words.
const WORDS: [&str; 12] = [
    "cdk",
    "ecr",
    "ecs",
    "eks",
    "kms",
    "lightsail",
    "s3",
    "sam",
    "sls",
    "sns",
    "sqs",
    "ssm",
];
const PIECES: [&str; 12] = [
    "amazon",
    "aws",
    "beanstalk",
    "cloudformation",
    "cloudfront",
    "codebuild",
    "codedeploy",
    "dynamodb",
    "lambda",
    "pulumi",
    "route53",
    "serverless",
];

/// Words in the names of actions about AWS that call nothing of it: installers, checks, what writes
/// files and comments.
const LOCAL: [&str; 15] = [
    "cli",
    "comment",
    "docs",
    "install",
    "issue",
    "label",
    "lint",
    "localstack",
    "metadata",
    "release",
    "render",
    "setup",
    "title",
    "validate",
    "validator",
];

/// Actions of the table of permissions that may call AWS with the credentials of the environment, which their
/// names do not say: they pull images from ECR, talk to a cluster by the user's settings, or run Terraform's
/// providers (their README or source).
const MAY_CALL: [&str; 15] = [
    "actions-hub/kubectl",
    "anchore/sbom-action",
    "anchore/scan-action",
    "aquasecurity/trivy-action",
    "azure/k8s-deploy",
    "cds-snc/security-tools/.github/actions/docker-scan",
    "cds-snc/security-tools/.github/actions/generate-sbom",
    "docker/bake-action",
    "docker/scout-action",
    "infracost/actions",
    "infracost/actions/diff",
    "infracost/actions/scan",
    "reviewdog/action-tflint",
    "reviewdog/action-trivy",
    "snyk/actions/docker",
];

/// Actions that call AWS with the credentials of the environment, which their names do not say.
const CALLS: [&str; 5] = [
    "govuk-one-login/devplatform-upload-action",
    "hashicorp/packer-github-actions",
    "runs-on/cache",
    "runs-on/snapshot",
    "tespkg/actions-cache",
];

/// Whether an action that uses AWS may do so behind all steps of its job, too: those of caches save there
/// (`post:` of `runs-on/cache`, `whywaita/actions-cache-s3`, `tespkg/actions-cache`), that of disks takes a snapshot.
pub(super) fn may_have_post(uses: &str) -> bool {
    let name = name(uses);
    let name = name.strip_suffix("/restore").map_or(&*name, |_| "");
    name.contains("cache") || name == "runs-on/snapshot"
}

/// Whether an action surely uses no AWS credentials of the environment, where [`aws_use`] finds none: one of
/// the table of permissions that neither runs code of the repository nor gets them by its inputs.
pub(super) fn is_local<'t>(
    uses: &str,
    input: &dyn Fn(&str) -> Option<&'t str>,
    mut texts: impl Iterator<Item = (&'t str, &'t str)>,
) -> bool {
    let name = name(uses);
    let passes = |text: &str| {
        let marks = ["AWS_ACCESS_KEY", "AWS_SECRET", "env.AWS_", "type=s3"];
        marks.iter().any(|mark| text.contains(mark))
    };
    if MAY_CALL.contains(&name.as_str()) || texts.any(|(_, text)| passes(text)) {
        return false;
    }
    match name.as_str() {
        GITHUB_SCRIPT => input("script").is_some_and(|script| !may_call_aws(script)),
        _ => is_setup(uses) || is_known_action(&name) && !runs_own_code(&name, input),
    }
}

/// Whether a program for `actions/github-script` may call AWS: it names it, runs commands, or leads to a file
/// of the repository.
pub(super) fn may_call_aws(script: &str) -> bool {
    let script = script.to_ascii_lowercase();
    let marks = [
        "aws",
        "exec.",
        "exec(",
        "getexecoutput",
        "child_process",
        "spawn",
        "import(",
    ];
    // `require('fs')`; a path leads to a file of the repository.
    let mut modules = script.match_indices("require(").map(|(at, call)| {
        let module = script[at + call.len()..].trim_start_matches(['\'', '"', '`']);
        let end = module.find(['\'', '"', '`']).unwrap_or_default();
        &module[..end]
    });
    let is_local = |module: &str| matches!(module, "fs" | "path" | "os" | "util" | "fs/promises");
    modules.any(|module| !is_local(module)) || marks.iter().any(|mark| script.contains(mark))
}

/// Whether an action is one of the table of permissions, installs something, or does by its name what leaves
/// no credentials.
pub(super) fn is_known(uses: &str) -> bool {
    let name = name(uses);
    let mut words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    is_setup(uses) || is_known_action(&name) || words.any(|word| LOCAL.contains(&word))
}

/// Whether an action installs something, by its name: `hashicorp/setup-terraform`.
fn is_setup(uses: &str) -> bool {
    let name = name(uses);
    !name.starts_with('.')
        && name
            .rsplit('/')
            .next()
            .is_some_and(|it| it.starts_with("setup-"))
}

/// The action of a step, as a message names it, where it uses the AWS credentials of its environment.
/// `texts` are the names and values of its inputs and of its `env:`.
///
/// Of an action that is not known, its name and its inputs have to speak of AWS.
pub(super) fn aws_use<'t>(
    uses: &str,
    texts: impl Iterator<Item = (&'t str, &'t str)>,
) -> Option<String> {
    let name = name(uses);
    let said = || {
        let name = uses.split('@').next().unwrap_or(uses);
        Some(sentence!("action `{name}`"))
    };
    let image = name.strip_prefix("docker://");
    let own = image.unwrap_or(&name).trim_start_matches("./");
    let words = || own.split(|letter: char| !letter.is_ascii_alphanumeric());
    let is_local = image.is_none() && words().any(|word| LOCAL.contains(&word));
    let signs_in = own.contains("aws-credentials") || own.contains("assume-role");
    if signs_in || is_local {
        return None;
    }
    if CALLS.contains(&own)
        || PIECES.iter().any(|piece| own.contains(piece))
        || words().any(|word| WORDS.contains(&word))
    {
        return said();
    }
    let mut texts = texts.filter(|(name, _)| !is_setting(name));
    match own {
        // It signs in to registries of ECR with the credentials of the environment (its README).
        "docker/login-action" => texts
            .any(|(name, value)| name == "registry" && value.contains(".dkr.ecr."))
            .then(said)?,
        _ if is_known_action(own) => None,
        _ => texts.any(speaks).then(said)?,
    }
}

/// Whether an input is about the credentials or the region, which many actions take on the way.
fn is_setting(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    name.ends_with("region")
}

/// Whether an input speaks of AWS.
fn speaks((name, value): (&str, &str)) -> bool {
    let name = name.to_ascii_lowercase();
    let value = value.to_ascii_lowercase();
    let marks = [
        "arn:aws",
        "s3://",
        "aws s3",
        "aws ecr",
        "secrets.aws_",
        "vars.aws_",
    ];
    name.starts_with("aws")
        || name.contains("_aws")
        || name.contains("-aws")
        || marks.iter().any(|mark| value.contains(mark))
}

/// The name of an action in lower case, without its ref.
fn name(uses: &str) -> String {
    let name = uses.split('@').next().unwrap_or_default();
    name.trim().to_ascii_lowercase()
}
