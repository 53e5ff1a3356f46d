//! Files in YAML that are known by what stands in them, because people choose their path: manifests of
//! Kubernetes and of what runs in it, specifications of CodeBuild, pipelines of Azure, tasks of Concourse, playbooks.

use std::path::Path;

use syntax::location::Location;

use super::evidence::{RunnerEvidence, directory, run_in};
use super::{naming, programs, yaml};

/// Whether the file at `path` may be one: YAML that no other system reads.
pub(super) fn may_be(path: &Path) -> bool {
    let is_yaml = path
        .extension()
        .is_some_and(|it| it == "yml" || it == "yaml");
    (is_yaml || is_template(path)) && !path.starts_with(".github")
}

/// Whether the file at `path` is a template that Terraform fills in.
fn is_template(path: &Path) -> bool {
    path.extension()
        .is_some_and(|it| it == "tftpl" || it == "tpl")
}

/// What a manifest tells; `None` where the text is none, or does not name Terraform.
pub(super) fn read(path: &Path, text: &str) -> Option<RunnerEvidence> {
    let form = Form::of(text)?;
    // A template of another kind is Helm's.
    if is_template(path) && !matches!(form, Form::BuildSpecification) {
        return None;
    }
    let is_crossplane = matches!(form, Form::Resource) && text.contains("tf.upbound.io");
    if !is_crossplane {
        naming::named(text)?;
    }
    let evidence = RunnerEvidence::new(form.system(), path, text);
    Some(match form {
        Form::Resource => resource(evidence, text),
        // A checkout is somewhere in the container.
        Form::Container | Form::Task => yaml::read_in(evidence, text, None),
        Form::BuildSpecification | Form::Azure | Form::JobBuilder => yaml::read(evidence, text),
        Form::Playbook => programs::pinning(evidence, text),
    })
}

/// What a file in YAML is, by its first keys.
#[derive(Clone, Copy)]
enum Form {
    /// A resource that a controller plans and applies: `Terraform` of the Flux controller ("Use Tofu Controller"),
    /// `Workspace` of Crossplane's provider, `TerraformLayer` of Burrito.
    Resource,
    /// A manifest of containers: of Kubernetes, Tekton, Argo.
    Container,
    /// Concourse ("Tasks", "Pipelines").
    Task,
    /// CodeBuild and OCI DevOps ("Build specification reference").
    BuildSpecification,
    /// A playbook of Ansible, which has the credentials of who plays it.
    Playbook,
    /// Jobs of Jenkins, as Jenkins Job Builder has them ("Job Definitions").
    JobBuilder,
    /// Azure ("YAML schema reference": jobs and stages are lists).
    Azure,
}

impl Form {
    fn of(text: &str) -> Option<Self> {
        let has = |start: &str| text.lines().any(|line| line.starts_with(start));
        let kinds = |kinds: &[&str]| {
            let mut lines = text.lines();
            lines.any(|line| {
                let kind = line
                    .strip_prefix("kind:")
                    .map(|it| it.trim().trim_matches(['"', '\'']));
                kind.is_some_and(|kind| kinds.contains(&kind))
            })
        };
        let is_manifest = has("apiVersion:");
        if is_manifest && kinds(&["Terraform", "TerraformLayer", "Workspace"]) {
            return Some(Self::Resource);
        }
        if is_manifest && kinds(&CONTAINERS) {
            return Some(Self::Container);
        }
        if has("phases:") || has("steps:") && has("component: build") {
            return Some(Self::BuildSpecification);
        }
        if has("platform:") && has("run:")
            || has("resources:") && has("jobs:") && text.contains("plan:")
        {
            return Some(Self::Task);
        }
        if ["- job:", "- job-template:"].iter().any(|it| has(it)) {
            return Some(Self::JobBuilder);
        }
        if has("- hosts:") || has("- name:") && text.contains("hosts:") {
            return Some(Self::Playbook);
        }
        let lists = ["steps:", "jobs:", "stages:"];
        let is_azure = ["- script:", "- bash:", "- pwsh:", "- task:", "- template:"];
        let is_step = |line: &str| {
            is_azure
                .iter()
                .any(|step| line.trim_start().starts_with(step))
        };
        (lists.iter().any(|list| has(list)) && text.lines().any(is_step)).then_some(Self::Azure)
    }

    fn system(self) -> &'static str {
        match self {
            Self::Resource | Self::Container => "Kubernetes",
            Self::Task => "Concourse",
            Self::BuildSpecification => "AWS CodeBuild",
            Self::JobBuilder => "Jenkins",
            Self::Azure => "Azure Pipelines",
            Self::Playbook => "the playbook",
        }
    }
}

/// Kinds of manifests that hold containers or scripts.
const CONTAINERS: [&str; 17] = [
    "ClusterTask",
    "ClusterWorkflowTemplate",
    "CronJob",
    "CronWorkflow",
    "DaemonSet",
    "Deployment",
    "Job",
    "List",
    "Pipeline",
    "PipelineRun",
    "Pod",
    "StatefulSet",
    "StepAction",
    "Task",
    "TaskRun",
    "Workflow",
    "WorkflowTemplate",
];

/// A resource that a controller applies: the directory is its `path`, in the repository of its source, or stands
/// in the address of its module: `git::https://host/repository//dev?ref=main`.
fn resource(mut evidence: RunnerEvidence, text: &str) -> RunnerEvidence {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let code = line.trim();
        let of_module = || {
            let address = code.strip_prefix("module:")?.rsplit_once("//")?;
            let path = address.1.split('?').next()?;
            address.0.contains("git").then_some(path)
        };
        if let Some(path) = code.strip_prefix("path:").or_else(of_module) {
            let path = path.trim().trim_matches(['"', '\'']);
            let at = Location::at(&evidence.path, text, offset);
            let directory = directory(Some(Path::new("")), Some(path));
            evidence.runs.push(run_in(at, directory));
        }
        offset += line.len();
    }
    if evidence.runs.is_empty() {
        evidence.unread.clone_from(&evidence.named);
    }
    evidence
}
