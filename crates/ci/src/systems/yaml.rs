//! Pipelines in YAML: the scripts below the keys that hold them.

use std::path::{Path, PathBuf};

use syntax::location::Location;
use syntax::yaml::{Node, Yaml};

use super::evidence::{
    RunnerEvidence, account_of_role, chooses_credentials, directory, reading, run_in,
};
use super::hooks;
use super::naming;
use super::pipeline_script::{Script, without_templates};

/// Keys whose values are scripts, or lists of their lines.
const SCRIPTS: [&str; 17] = [
    "Run",
    "after_script",
    "after_success",
    "bash",
    "before_install",
    "before_script",
    "command",
    "commands",
    "inlineScript",
    "install",
    "powershell",
    "pre_get_sources_script",
    "pwsh",
    "run",
    "script",
    "scripts",
    "sh",
];

/// Keys that name the directory of the commands beside them.
const DIRECTORIES: [&str; 6] = [
    "dir",
    "working-directory",
    "workingDirectory",
    "working_directory",
    "workdir",
    "workingDir",
];

/// Keys that take in what stands elsewhere.
const ELSEWHERE: [&str; 6] = [
    "include",
    "pipe",
    "plugins",
    "template",
    "templates",
    "uses",
];

/// Keys whose values are for people, or are names of what stands elsewhere.
const LABELS: [&str; 12] = [
    "dependencies",
    "dependsOn",
    "depends_on",
    "description",
    "displayName",
    "key",
    "label",
    "message",
    "name",
    "needs",
    "stage",
    "title",
];

/// Names of orb commands and tasks that reach no state.
const HARMLESS: [&str; 6] = ["fmt", "format", "install", "lint", "validate", "version"];

/// Reads all documents of a file.
pub(super) fn read(evidence: RunnerEvidence, text: &str) -> RunnerEvidence {
    read_in(evidence, text, Some(Path::new("")))
}

/// Reads all documents of a file whose commands begin in a directory; in an unknown one where there is none.
pub(super) fn read_in(
    evidence: RunnerEvidence,
    text: &str,
    working: Option<&Path>,
) -> RunnerEvidence {
    let mut reader = PipelineReader {
        evidence,
        text,
        start: 0,
        before: Vec::new(),
        names: Vec::new(),
        orbs: Vec::new(),
    };
    for (start, document) in documents(text) {
        reader.start = start;
        match Yaml::parse(document) {
            Ok(yaml) => reader.document(&yaml.resolved(), working),
            // Templates, as Buildkite and Concourse allow them: named is all that is known.
            Err(_) if reader.evidence.named.is_some() => {
                let named = reader.evidence.named.clone();
                reader.evidence.unread = reader.evidence.unread.or(named);
            }
            Err(_) => {}
        }
    }
    reader.evidence
}

/// The documents of a text, with their byte offsets.
fn documents(text: &str) -> Vec<(usize, &str)> {
    let mut documents = Vec::new();
    let (mut start, mut offset) = (0, 0);
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            documents.push((start, &text[start..offset]));
            start = offset + line.len();
        }
        offset += line.len();
    }
    documents.push((start, &text[start..]));
    documents.retain(|(_, document)| !document.trim().is_empty());
    documents
}

/// Reads the documents of a pipeline.
pub(super) struct PipelineReader<'t> {
    pub(super) evidence: RunnerEvidence,
    pub(super) text: &'t str,
    /// Byte offset of the document.
    pub(super) start: usize,
    /// GitLab's `before_script` of all jobs that have none of their own.
    before: Vec<Node>,
    /// The names at the document's top: jobs that others extend.
    pub(super) names: Vec<String>,
    /// CircleCI's orbs that are named after Terraform, by the names that steps call them by.
    orbs: Vec<String>,
}

impl PipelineReader<'_> {
    fn document(&mut self, root: &Node, working: Option<&Path>) {
        let default = root.get("default").and_then(|it| it.get("before_script"));
        let before = default.or_else(|| root.get("before_script"));
        self.before = before.into_iter().cloned().collect();
        self.names = root
            .entries()
            .iter()
            .map(|entry| entry.name.clone())
            .collect();
        let orbs = root.get("orbs").into_iter().flat_map(Node::entries);
        let named = orbs.filter(|orb| orb.value.as_str().is_some_and(naming::names));
        self.orbs = named.map(|orb| orb.name.clone()).collect();
        if let Some(include) = root.get("include") {
            self.include(include);
        }
        self.node(root, working, "");
    }

    /// Whether the value of a key is a script: in every system, or in that of the file.
    fn is_script(&self, key: &str) -> bool {
        let own = match self.evidence.system {
            hooks::PRE_COMMIT => Some("entry"),
            "Jenkins" => Some("shell"),
            _ => None,
        };
        SCRIPTS.contains(&key) || own == Some(key)
    }

    fn at(&self, offset: usize) -> Location {
        Location::at(&self.evidence.path, self.text, self.start + offset)
    }

    fn unread(&mut self, offset: usize) {
        let at = self.at(offset);
        self.evidence.unread.get_or_insert(at);
    }

    /// Reads a node below `key`.
    fn node(&mut self, node: &Node, working: Option<&Path>, key: &str) {
        if node.is_mapping() {
            self.mapping(node, working, key);
            return;
        }
        for item in node.items() {
            if let Some(name) = item.value.as_str() {
                self.orb(name, &item.value, None);
            }
            self.node(&item.value, working, key);
        }
    }

    fn mapping(&mut self, node: &Node, working: Option<&Path>, key: &str) {
        let named = DIRECTORIES.iter().find_map(|name| node.get(name)?.as_str());
        let working: Option<PathBuf> = match named {
            // Beside `plugins` and images `dir` may be anything; a directory that is none in the
            // tree counts as unknown later.
            Some(named) => directory(working, Some(named)),
            None => working.map(Path::to_path_buf),
        };
        let working = working.as_deref();
        let is_step = key == "steps" || key == "pipeline";
        let image = node.get("image").and_then(|image| image.as_str());
        let is_scripted = node
            .entries()
            .iter()
            .any(|entry| self.is_script(&entry.name));
        // `TerraformApply` of Harness, a resource of Concourse.
        let kind = node.get("type").and_then(|it| it.as_str());
        let is_kind = kind.is_some_and(|it| naming::names(it) && !is_harmless(it));
        if is_kind || is_step && !is_scripted && image.is_some_and(naming::names) {
            self.unread(node.span.start);
        }
        // Its arguments are read with it.
        let is_program = node.get("path").is_some() && node.get("args").is_some();
        let outer = self.evidence.account.clone();
        if let Some(variables) = node.get("variables") {
            self.sign_in(node, variables);
        }
        self.included(node);
        self.image_with_arguments(node, working, key);
        self.task(node, working);
        self.program(node, working);
        self.container(node, working);
        for entry in node.entries() {
            let (name, value) = (entry.name.as_str(), &entry.value);
            self.orb(name, value, Some(value));
            if name == "phases" {
                self.phases(value, working);
                continue;
            }
            if self.is_script(name) && !is_job_name(value) {
                self.script(node, name, value, working);
            } else if !LABELS.contains(&name)
                && !is_program
                && value.anchor.is_none()
                && runs_terraform(value)
            {
                // Whatever the key means, its value is a command. One with an anchor is read where it is used.
                self.unread(value.span.start);
            }
            // GitLab's stands at the top; Travis calls the jobs of a matrix so.
            let is_list = name == "include" && !key.is_empty();
            let is_elsewhere = ELSEWHERE.contains(&name) && !is_list && named_in(value);
            if is_elsewhere || name == "extends" && self.extends_elsewhere(value) {
                self.unread(value.span.start);
            }
            self.node(value, working, name);
        }
        self.evidence.account = outer;
    }

    /// The account of GitLab's jobs that sign in by a token ("Configure OpenID Connect in AWS"): it is known
    /// where nothing else in the job may choose another one.
    fn sign_in(&mut self, job: &Node, variables: &Node) {
        let is_named = |name: &str| variables.get(name).is_some();
        let role = variables.get("AWS_ROLE_ARN").and_then(|it| it.as_str());
        let others = ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"];
        let (from, to) = (self.start + job.span.start, self.start + job.span.end);
        let whole = self.text.get(from..to).unwrap_or_default();
        if is_named("AWS_ROLE_ARN") || others.iter().any(|name| is_named(name)) {
            let is_whole = is_named("AWS_WEB_IDENTITY_TOKEN_FILE")
                && whole.matches("AWS_ROLE_ARN").count() == 1
                && !others.iter().any(|name| is_named(name));
            let account = role.and_then(account_of_role);
            // Elsewhere in the pipeline, in what it includes or in a script that is sourced, more may be set.
            let is_alone = !OTHER_CREDENTIALS.iter().any(|it| self.text.contains(it));
            self.evidence.account = account.filter(|_| is_whole && is_alone);
        }
    }

    /// CodeBuild's phases, which run in one shell ("Build specification reference", version 0.2).
    fn phases(&mut self, phases: &Node, working: Option<&Path>) {
        let mut script = Script::default();
        for phase in phases.entries() {
            for key in ["commands", "finally"] {
                if let Some(commands) = phase.value.get(key) {
                    script.add(commands);
                }
            }
        }
        self.add(&script, working);
    }

    /// A command or job of an orb: `terraform/apply`.
    fn orb(&mut self, name: &str, value: &Node, parameters: Option<&Node>) {
        let Some((orb, command)) = name.split_once('/') else {
            return;
        };
        if !self.orbs.iter().any(|known| known == orb) || is_harmless(command) {
            return;
        }
        let at = self.at(value.span.start);
        let path = parameters.and_then(|it| it.get("path")?.as_str());
        let path = path.map(|path| directory(Some(Path::new("")), Some(path)));
        self.evidence.runs.push(run_in(at, path.flatten()));
    }

    /// A task of Azure that runs Terraform itself.
    fn task(&mut self, node: &Node, working: Option<&Path>) {
        let task = node.get("task").and_then(|task| task.as_str());
        let task = task.unwrap_or_default().to_ascii_lowercase();
        if !naming::names(&task) || task.contains("install") {
            return;
        }
        let inputs = node.get("inputs");
        let input = |name: &str| inputs.and_then(|inputs| inputs.get(name)?.as_str());
        let directory = match input("workingDirectory") {
            Some(named) => directory(working, Some(named)),
            None => working.map(Path::to_path_buf),
        };
        match input("command") {
            Some(command) if is_harmless(command) => {}
            _ => {
                let at = self.at(node.span.start);
                self.evidence.runs.push(run_in(at, directory));
            }
        }
    }

    fn script(&mut self, job: &Node, name: &str, value: &Node, working: Option<&Path>) {
        let mut script = Script::default();
        if name == "script" {
            // GitLab runs both in one shell ("`before_script`" in its keyword reference).
            match job.get("before_script") {
                Some(own) => script.add(own),
                None => {
                    for before in &self.before {
                        script.add(before);
                    }
                }
            }
        }
        script.add(value);
        // What a job extends may bring a `before_script` that changes the directory.
        let is_open = job.get("extends").is_some() && job.get("before_script").is_none();
        self.add(&script, working.filter(|_| !is_open));
    }

    /// Adds what a script does that begins in a directory.
    pub(super) fn add(&mut self, script: &Script, working: Option<&Path>) {
        let outer = self.evidence.account.clone();
        if chooses_credentials(&script.text) {
            self.evidence.account = None;
        }
        let without = without_templates(&script.text, self.evidence.system);
        let reading = reading(&without, working);
        let (path, text, start) = (self.evidence.path.clone(), self.text, self.start);
        self.evidence.add(reading, |offset| {
            let mut pieces = script.pieces.iter().rev();
            let piece = pieces.find(|(from, ..)| *from <= offset);
            let (from, at, is_block) = piece.copied().unwrap_or_default();
            let mut at = Location::at(&path, text, start + at);
            // The content of a block scalar begins in the line behind its `|`.
            let lines = script.text[from..offset].matches('\n').count();
            if is_block {
                at.line += 1 + lines;
            }
            at
        });
        self.evidence.account = outer;
    }
}

/// Words by which a pipeline may give a job other credentials than its own.
const OTHER_CREDENTIALS: [&str; 12] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "extends:",
    "!reference",
    "include:",
    "default:",
    "<<:",
    "source ",
    "eval ",
    " . ",
];

/// Whether a value is a job that only has the name of a key for scripts: `deploy:` of GitLab.
fn is_job_name(value: &Node) -> bool {
    value.is_mapping()
}

/// Whether a text, or a text of a list, is a command that reaches state.
fn runs_terraform(value: &Node) -> bool {
    let listed = value.items().iter().filter_map(|item| item.value.as_str());
    let mut texts = value.as_str().into_iter().chain(listed);
    texts.any(|text| naming::names(text) && !reading(text, None).runs.is_empty())
}

fn named_in(node: &Node) -> bool {
    let own = node.as_str().is_some_and(naming::names);
    let keys = node
        .entries()
        .iter()
        .any(|entry| naming::names(&entry.name));
    own || keys || node.children().any(named_in)
}

fn is_harmless(name: &str) -> bool {
    HARMLESS.iter().any(|word| name.contains(word))
}
