//! What steps do that run a program: local actions of JavaScript, images, and the scripts that inputs
//! hold.

use std::path::{Path, PathBuf};

use syntax::code::sentence;

use super::{JobReader, StepFound};
use crate::github::actions::{self, PRE_RUN};
use crate::github::workflow::model::ActionProgram;
use crate::scripts::program::runs_terraform;
use crate::scripts::reader::{
    AwsUse, Called, ScriptContext, ScriptReading, is_image, may_reach_state, read,
};
use crate::scripts::working_directory::WorkingDirectory;
use crate::terraform_run::{RunsIn, TerraformRun, tool};

/// Where the sources of a bundled action lie, seen from its directory: `dist` is built of them.
const SOURCES: [&str; 4] = ["src/main.ts", "src/index.ts", "index.ts", "src/index.js"];

impl JobReader<'_> {
    /// Where a program of a step begins.
    fn context(&self, working: &WorkingDirectory) -> ScriptContext {
        ScriptContext {
            budget: self.budget.clone(),
            ..ScriptContext::new(working.clone())
        }
    }

    /// What the program of a local action does, whose file is in that directory and has this text.
    pub(super) fn program_of_action(
        &self,
        program: &ActionProgram,
        working: &WorkingDirectory,
        directory: &Path,
        text: &str,
    ) -> StepFound {
        let context = self.context(working);
        let directory = working.in_workspace(directory);
        let mut found = StepFound::default();
        let place = match program {
            ActionProgram::None => return found,
            ActionProgram::Node(_) => RunsIn::Script,
            ActionProgram::Image { .. } => RunsIn::Container,
        };
        let mut image = None;
        let files: Vec<Vec<PathBuf>> = match program {
            ActionProgram::None => Vec::new(),
            ActionProgram::Node(files) => {
                let files = files.iter().map(|file| {
                    let own = std::iter::once(directory.join(file));
                    let sources = SOURCES.iter().map(|source| directory.join(source));
                    own.chain(sources).collect()
                });
                files.collect()
            }
            ActionProgram::Image {
                image: named,
                words: given,
            } => {
                let file = directory.join(named);
                let docker = self.workflows.tree.text_at(&context, &file);
                image = Some(docker.unwrap_or(named));
                let instructions = docker.map(instructions).unwrap_or_default();
                let all = instructions.iter().chain(given).map(String::as_str);
                all.filter(|name| !name.starts_with('-'))
                    .map(|name| {
                        let last = name.rsplit('/').next().unwrap_or(name);
                        let own = directory.join(name.trim_start_matches('/'));
                        vec![own, directory.join(last)]
                    })
                    .collect()
            }
        };
        let mut is_read = false;
        for paths in files {
            match self.workflows.tree.started(&context, &paths) {
                Called::Read(reading) => {
                    is_read = true;
                    found.add_program(*reading, place, working);
                }
                Called::Unread | Called::Nothing => {}
            }
        }
        let is_open = match image {
            // What it is built from, and what it runs, are in these texts.
            Some(image) => {
                let names_image = |line: &str| {
                    let mut words = line.split_whitespace();
                    words.any(is_image)
                };
                let mut lines = image.lines().map(|line| line.trim_start_matches("FROM"));
                runs_terraform(image) || runs_terraform(text) || lines.any(names_image)
            }
            None => {
                let name = directory.file_name().unwrap_or_default();
                actions::is_about_terraform(&name.to_string_lossy(), text)
            }
        };
        if !is_read && is_open {
            found.runs.push(TerraformRun::unseen(None, place));
        }
        found
    }

    /// What the image of a step does: `uses: docker://IMAGE` with these inputs.
    pub(super) fn image(
        &self,
        image: &str,
        (entrypoint, arguments): (Option<String>, Option<String>),
        working: &WorkingDirectory,
    ) -> StepFound {
        let arguments = arguments.unwrap_or_default();
        // The images of the tools run them unless the step says otherwise.
        let program = entrypoint.or_else(|| Some(tool(image)?.to_owned()));
        let script = format!("{} {arguments}", program.unwrap_or_default());
        let reading = read(script.trim(), self.context(working), &self.workflows.tree);
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let is_seen = !reading.runs.is_empty() || tool(image).is_some() && reading.calls.is_empty();
        let is_open =
            !is_seen && (is_image(image) && may_reach_state(&words) || runs_terraform(&script));
        let mut found = StepFound::default();
        found.add_program(reading, RunsIn::Container, working);
        if is_open {
            found
                .runs
                .push(TerraformRun::unseen(None, RunsIn::Container));
        }
        found
    }

    /// What a program does that an input holds: the script of `actions/github-script`, which imports
    /// files as seen from the workspace (its README).
    pub(super) fn input_program(&self, text: &str, working: &WorkingDirectory) -> StepFound {
        let path = working.in_workspace(Path::new("github-script.js"));
        let context = self.context(working);
        let tree = &self.workflows.tree;
        let mut found = StepFound::default();
        // A comment on a plan names commands, too: without a call of one only what is imported counts.
        let calls = [
            "child_process",
            "exec(",
            "exec.",
            "execSync",
            "ExecOutput",
            "spawn",
        ];
        let is_import = |line: &&str| line.contains("require(") || line.contains("import");
        let imports: Vec<&str> = text.split(['\n', ';']).filter(is_import).collect();
        let imports = imports.join("\n");
        let text = match calls.iter().any(|call| text.contains(call)) {
            true => text,
            false => &imports,
        };
        if let Called::Read(reading) = tree.started_program(&context, &path, text) {
            found.add_program(*reading, RunsIn::Script, working);
        }
        for used in &mut found.aws_uses {
            "the script of `actions/github-script`".clone_into(&mut used.what);
        }
        found
    }

    /// What a step does whose `run:` is a program of another language than a shell's.
    pub(super) fn shell_program(&self, text: &str, working: &WorkingDirectory) -> StepFound {
        let path = working.in_workspace(Path::new("step.py"));
        let called = self
            .workflows
            .tree
            .started_program(&self.context(working), &path, text);
        let mut found = StepFound::default();
        if let Called::Read(reading) = called {
            found.add_program(*reading, RunsIn::Script, working);
        }
        found
    }

    /// What the script of a hook uses of the credentials that Terraform gets; one that is not known may.
    pub(super) fn hook(&self, script: Option<&str>, working: &WorkingDirectory) -> Option<AwsUse> {
        let Some(script) = script else {
            return Some(AwsUse::of(sentence!("the script in `{PRE_RUN}`")));
        };
        let reading = read(script, self.context(working), &self.workflows.tree);
        reading.aws_uses.into_iter().next()
    }

    /// What a script does that an input of an action holds, which is not read: only Terraform counts.
    pub(super) fn input_script(
        &self,
        text: &str,
        place: RunsIn,
        working: &WorkingDirectory,
    ) -> StepFound {
        let reading = read(text, self.context(working), &self.workflows.tree);
        let is_open = reading.runs.is_empty() && runs_terraform(text);
        let open = is_open.then(|| TerraformRun::unseen(None, place));
        let runs = reading.runs.into_iter().chain(open);
        let runs = runs.map(|run| TerraformRun {
            offset: 0,
            // Where the action begins is not known.
            directory: None,
            runs_in: place,
            ..run
        });
        StepFound {
            runs: runs.collect(),
            ..StepFound::default()
        }
    }
}

impl StepFound {
    /// Adds what a program does that runs there.
    fn add_program(&mut self, reading: ScriptReading, place: RunsIn, working: &WorkingDirectory) {
        let runs = reading.runs.into_iter().map(|run| TerraformRun {
            offset: 0,
            directory: run.directory.and_then(|it| working.in_tree(&it)),
            runs_in: match run.runs_in {
                RunsIn::Runner | RunsIn::Script => place,
                other => other,
            },
            ..run
        });
        self.runs.extend(runs);
        let uses = reading.aws_uses.into_iter();
        self.aws_uses
            .extend(uses.map(|used| AwsUse { offset: 0, ..used }));
    }
}

/// The words of the instructions of a Dockerfile that name what a container of it runs.
fn instructions(dockerfile: &str) -> Vec<String> {
    let named = ["ADD", "CMD", "COPY", "ENTRYPOINT"];
    let lines = dockerfile.lines().filter_map(|line| {
        let (instruction, rest) = line.trim().split_once(char::is_whitespace)?;
        let is_one = named.iter().any(|it| instruction.eq_ignore_ascii_case(it));
        is_one.then_some(rest)
    });
    let words = lines.flat_map(|rest| rest.split([' ', ',', '[', ']', '"', '\t']));
    let words = words.filter(|word| !word.is_empty() && *word != "." && *word != "/");
    words.map(str::to_owned).collect()
}
