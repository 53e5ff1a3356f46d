//! Commands that use the AWS credentials in their environment.

#[cfg(test)]
mod tests;

use crate::aws_names::{KEY_VARIABLES, is_endpoint};
use crate::scripts::invocation::Invocation;
use syntax::code;

/// When a tool calls AWS.
enum Calls {
    /// With any subcommand but these, which stay on the machine.
    AllBut(&'static str),
    /// With these subcommands.
    Only(&'static str),
}

/// Tools that call AWS with the credentials of the default chain, by their documentation.
const TOOLS: [(&str, Calls); 43] = [
    ("amplify", Calls::Only("delete env pull publish push")),
    ("apex", Calls::Only("delete deploy invoke logs")),
    ("aws-iam-authenticator", Calls::Only("token")),
    ("aws-nuke", Calls::AllBut("version")),
    ("awscurl", Calls::AllBut("")),
    ("awslogs", Calls::AllBut("")),
    (
        "cdk",
        Calls::Only("bootstrap deploy destroy diff gc import rollback watch"),
    ),
    (
        "cdktf",
        Calls::Only("apply deploy destroy diff output plan"),
    ),
    ("chalice", Calls::Only("delete deploy invoke logs")),
    ("chamber", Calls::AllBut("completion help version")),
    ("cloud-nuke", Calls::AllBut("")),
    ("cloudquery", Calls::Only("migrate sync")),
    ("copilot", Calls::AllBut("completion help version")),
    ("credstash", Calls::AllBut("")),
    ("driftctl", Calls::Only("scan")),
    ("dvc", Calls::Only("fetch gc get import pull push status")),
    ("eb", Calls::AllBut("local")),
    ("ecs-cli", Calls::AllBut("help")),
    ("ecs-deploy", Calls::AllBut("")),
    ("ecspresso", Calls::AllBut("render version")),
    ("eksctl", Calls::AllBut("completion help info version")),
    ("helm", Calls::Only("secrets")),
    ("hugo", Calls::Only("deploy")),
    ("kops", Calls::AllBut("completion help version")),
    ("lambroll", Calls::AllBut("init version")),
    ("packer", Calls::Only("build")),
    ("prowler", Calls::AllBut("")),
    (
        "pulumi",
        Calls::Only("cancel destroy import preview refresh up update watch"),
    ),
    ("rclone", Calls::AllBut("completion config help version")),
    ("s3cmd", Calls::AllBut("")),
    ("s5cmd", Calls::AllBut("version")),
    (
        "sam",
        Calls::Only("delete deploy list logs package publish remote sync traces"),
    ),
    ("serverless", SERVERLESS),
    ("skaffold", Calls::Only("apply deploy dev run")),
    ("sls", SERVERLESS),
    ("sops", Calls::AllBut("")),
    ("ssm-env", Calls::AllBut("")),
    ("sst", Calls::Only("deploy diff refresh remove")),
    ("steampipe", Calls::Only("check query")),
    ("terraformer", Calls::Only("import")),
    ("up", Calls::Only("deploy")),
    ("velero", Calls::AllBut("completion help version")),
    (
        "zappa",
        Calls::Only("deploy invoke manage tail undeploy update"),
    ),
];

/// The same of tools for several services, where a word says that it is AWS, or may be: `publish` and
/// `deploy` go to what the build file names. One that ends with a colon is part of an address.
const MARKED: [(&str, &str); 10] = [
    ("cosign", "awskms:"),
    ("duplicity", "s3:"),
    ("gradle", "publish"),
    ("gradlew", "publish"),
    // A chart or repository, by its plugin for S3.
    ("helm", "s3:"),
    ("mvn", "deploy"),
    ("mvnw", "deploy"),
    ("restic", "s3:"),
    ("vault", "-method=aws"),
    ("vault", "--method=aws"),
];

const SERVERLESS: Calls =
    Calls::Only("deploy info invoke logs metrics remove rollback create_domain delete_domain");

/// Options of the AWS CLI that take a value ("Command line options").
const CLI_OPTIONS: [&str; 13] = [
    "--ca-bundle",
    "--cli-binary-format",
    "--cli-connect-timeout",
    "--cli-read-timeout",
    "--color",
    "--endpoint-url",
    "--output",
    "--profile",
    "--query",
    "--region",
    "--cli-auto-prompt",
    "--log-level",
    "--page-size",
];

/// The AWS CLI as a module of Python.
const CLI_MODULE: [&str; 2] = ["-m", "awscli"];

/// The verb of `aws sts` that prints the account of the credentials.
const IDENTITY: &str = "get-caller-identity";

/// Tools that talk to a Kubernetes cluster by the settings in `~/.kube/config`.
pub const KUBERNETES: [&str; 8] = [
    "argocd", "flux", "helm", "helmfile", "istioctl", "kubectl", "linkerd", "skaffold",
];

/// Parts of the names of scripts and tasks that change something outside of the job. Others build, test
/// or prepare the shell.
const DEPLOYS: [&str; 12] = [
    "apply",
    "aws",
    "deploy",
    "destroy",
    "ecr",
    "invalidate",
    "migrate",
    "promote",
    "publish",
    "rollback",
    "s3",
    "upload",
];

/// The command, as a message names it, where it uses the AWS credentials of its environment.
///
/// `aws sts get-caller-identity` changes nothing, so that it is no use unless its output is
/// ([`identity`]).
pub fn of(invocation: &Invocation<'_>) -> Option<String> {
    let name = invocation.name();
    let mut variables = invocation.variables.iter();
    if variables.any(|(variable, _)| is_endpoint(variable)) {
        return None;
    }
    let arguments = before_redirection(invocation.arguments);
    let name = name.strip_suffix(".exe").unwrap_or(name);
    match name {
        "aws" | "awscli" => return cli(arguments),
        "python" | "python3" if arguments.starts_with(&CLI_MODULE.map(str::to_owned)) => {
            return cli(&arguments[CLI_MODULE.len()..]);
        }
        "docker" | "podman" | "nerdctl" => return container(arguments),
        "curl" => {
            let signs = |word: &String| word == "--aws-sigv4";
            return arguments
                .iter()
                .any(signs)
                .then(|| quoted(&["curl", "--aws-sigv4"]));
        }
        "ansible" | "ansible-inventory" | "ansible-playbook"
            if arguments.iter().any(|word| asks_for_hosts(word)) =>
        {
            return Some(quoted(&[name, "aws_ec2"]));
        }
        "git" if arguments.iter().any(|it| it.contains("codecommit")) => {
            return Some(quoted(&["git", "codecommit"]));
        }
        _ => {}
    }
    // `npx aws-cdk@2 deploy` and `npx cdk deploy` are one tool.
    let bare = name.split('@').next().filter(|it| !it.is_empty());
    let bare = bare.map_or(name, |bare| if bare == "aws-cdk" { "cdk" } else { bare });
    let is_marked = |(tool, mark): &&(&str, &str)| {
        let is_mark = |word: &String| word == mark || mark.ends_with(':') && word.contains(mark);
        *tool == bare && arguments.iter().any(is_mark)
    };
    if let Some((tool, mark)) = MARKED.iter().find(is_marked) {
        return Some(quoted(&[tool, mark]));
    }
    let (tool, calls) = TOOLS.iter().find(|(tool, _)| *tool == bare)?;
    let verb = subcommand(arguments, &[]).unwrap_or_default();
    let is_among = |verbs: &str| verbs.split(' ').any(|known| known == verb);
    let is_use = match calls {
        Calls::AllBut(local) => {
            let asks = verb.is_empty() && only_asks(arguments);
            !asks && !is_among(local)
        }
        Calls::Only(remote) => is_among(remote),
    };
    is_use.then(|| quoted(&[tool, verb]))
}

/// Whether an inventory of Ansible asks AWS: the plugins `aws_ec2` and `aws_rds` read files whose names end so
/// (Ansible docs, "amazon.aws collection"), and `ec2.py` did before them.
fn asks_for_hosts(word: &str) -> bool {
    let name = word.rsplit(['/', '=']).next().unwrap_or(word);
    let name = name.trim_end_matches(".yaml").trim_end_matches(".yml");
    ["aws_ec2", "aws_rds", "ec2.py"]
        .iter()
        .any(|it| name.ends_with(it))
}

/// The command, as a message names it, where it prints the account of its credentials.
pub fn identity(invocation: &Invocation<'_>) -> Option<String> {
    let arguments = before_redirection(invocation.arguments);
    let has = |option: &str| arguments.iter().any(|word| word.starts_with(option));
    let is_own = has("--profile") || has("--endpoint-url");
    let service = subcommand(arguments, &CLI_OPTIONS)?;
    let at = arguments.iter().position(|word| word == service)?;
    let verb = subcommand(&arguments[at + 1..], &CLI_OPTIONS)?;
    let is_identity = invocation.name() == "aws" && (service, verb) == ("sts", IDENTITY);
    (is_identity && !is_own).then(|| quoted(&["aws", service, verb]))
}

/// Whether a command of the AWS CLI writes the settings by which Kubernetes' tools sign in to EKS:
/// they call `aws eks get-token` from then on.
pub fn joins_cluster(invocation: &Invocation<'_>) -> bool {
    let has = |words: [&str; 2]| {
        let mut arguments = invocation.arguments.iter();
        words.iter().all(|word| arguments.any(|it| it == word))
    };
    match invocation.name() {
        "aws" => has(["eks", "update-kubeconfig"]),
        "eksctl" => has(["utils", "write-kubeconfig"]),
        _ => false,
    }
}

/// Whether a call of a script or task that cannot be read may use AWS credentials, by its words.
pub fn may_use_aws(words: &[String]) -> bool {
    let mut words = words.iter().map(|word| word.to_ascii_lowercase());
    words.any(|word| DEPLOYS.iter().any(|deploys| word.contains(deploys)))
}

fn cli(arguments: &[String]) -> Option<String> {
    let has = |option: &str| arguments.iter().any(|word| word == option);
    let is_given = |option: &str| {
        let is = |word: &String| {
            word.strip_prefix(option)
                .is_some_and(|it| it.starts_with('='))
        };
        has(option) || arguments.iter().any(is)
    };
    // Another cloud or an emulator, nobody, and credentials that are not the environment's.
    if is_given("--endpoint-url") || has("--no-sign-request") || is_given("--profile") {
        return None;
    }
    let service = subcommand(arguments, &CLI_OPTIONS)?;
    let at = arguments.iter().position(|word| word == service)?;
    let verb = subcommand(&arguments[at + 1..], &CLI_OPTIONS).unwrap_or_default();
    let is_local = matches!(
        (service, verb),
        ("configure" | "help" | "history", _)
            | (_, "help" | "generate-cli-skeleton")
            | ("sts", IDENTITY)
            | ("sso", "login" | "logout")
    );
    (!is_local).then(|| quoted(&["aws", service, verb]))
}

/// A container that gets the credentials.
fn container(arguments: &[String]) -> Option<String> {
    let verb = subcommand(arguments, &[])?;
    if !matches!(verb, "run" | "build" | "buildx" | "exec" | "compose") {
        return None;
    }
    let passes = |word: &str| {
        let word = word.trim_start_matches("--env=").trim_start_matches("-e");
        let (name, value) = word.split_once('=').unwrap_or((word, "$"));
        let is_key = KEY_VARIABLES.contains(&name);
        // A literal is a placeholder of an emulator, or a key that is found as such.
        is_key && (value.contains('$') || value.is_empty())
    };
    let mounts = |word: &str| word.contains("/.aws:") || word.contains("/.aws,");
    let found = arguments.iter().any(|word| passes(word) || mounts(word));
    found.then(|| quoted(&["docker", verb]))
}

/// The words before the first redirection, without the number of the stream: `2> /dev/null`.
fn before_redirection(words: &[String]) -> &[String] {
    let Some(at) = words.iter().position(|word| word == ">") else {
        return words;
    };
    match words[..at].split_last() {
        Some((number, before)) if number == "1" || number == "2" => before,
        _ => &words[..at],
    }
}

/// The first word that is no option; `valued` are the options that take the next word.
pub(super) fn subcommand<'a>(arguments: &'a [String], valued: &[&str]) -> Option<&'a str> {
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if valued.contains(&word.as_str()) {
            words.next();
        } else if !word.starts_with('-') {
            return Some(word);
        }
    }
    None
}

/// Whether arguments ask for a version or for help.
fn only_asks(arguments: &[String]) -> bool {
    let asks = ["--version", "-version", "-v", "-V", "--help", "-h"];
    arguments.iter().any(|word| asks.contains(&word.as_str()))
}

/// Words as a command in a message.
pub fn quoted(words: &[&str]) -> String {
    let words: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !word.is_empty())
        .collect();
    code::quoted(&words.join(" "))
}
