//! What a job starts that reads the region of its environment.

use std::path::Path;

use crate::aws_names::REGION_VARIABLES;
use crate::github::workflow::model::NamedText;
use crate::github::workflow::{StepOwner, Workflows};
use crate::scripts::aws_scripts::reads;
use crate::scripts::reader::{CalledText, ExecutedCommand};
use syntax::code;

/// The endings of programs, and what starts them: a program may import others, by names that no command
/// has.
const PROGRAMS: [(&[&str], &[&str]); 4] = [
    (
        &["py"],
        &[
            "python",
            "python3",
            "pytest",
            "tox",
            "poetry",
            "uv",
            "pip",
            "pipenv",
            "ansible-playbook",
        ],
    ),
    (
        &["js", "ts", "mjs", "cjs", "json"],
        &[
            "node", "npm", "npx", "yarn", "pnpm", "bun", "deno", "tsx", "ts-node", "cdk",
        ],
    ),
    (&["rb"], &["ruby", "bundle", "rake"]),
    (
        &["yml", "yaml"],
        &["docker-compose", "docker", "ansible-playbook"],
    ),
];

/// Programs whose own files say what they run.
const TASKS: [&str; 6] = ["make", "task", "just", "invoke", "gradle", "mvn"];

/// Parts of the names of their files, in lower case.
const FILES_OF_TASKS: [(&str, &str); 3] = [
    ("make", "makefile"),
    ("task", "taskfile"),
    ("just", "justfile"),
];

impl Workflows {
    /// What reads the region in a job: its own scripts, or what they start; as a clause, "which X reads".
    pub fn region_reader(&self, owner: StepOwner) -> Option<String> {
        let names_file = |entry: &&NamedText| entry.name == "AWS_CONFIG_FILE";
        let around = [
            self.job(owner).map(|it| &it.env),
            self.workflow(owner).map(|it| &it.env),
        ];
        let around = around.into_iter().flatten().flatten();
        let of_steps = self.steps(owner).iter().flat_map(|step| &step.env);
        if let Some(entry) = around.chain(of_steps).find(names_file) {
            let file = entry.value.value.trim();
            return Some(format!(
                "which comes before the region in {}",
                code::quoted(file)
            ));
        }
        let names_region = |text: &str| REGION_VARIABLES.iter().any(|name| text.contains(name));
        let steps = self.steps(owner).iter();
        let inner = steps.clone().flat_map(|step| {
            let action = self.action(step);
            let steps = action.map(|source| self.steps(StepOwner { source, job: None }));
            steps.unwrap_or_default()
        });
        let mut scripts = steps.chain(inner).filter_map(|step| step.run.as_ref());
        if scripts.any(|run| names_region(&run.value)) {
            return Some("which its scripts read".to_owned());
        }
        let reading = self.reading(owner);
        let commands = reading.executions.values().flat_map(|it| &it.commands);
        let commands: Vec<&ExecutedCommand> = commands.collect();
        let reads_region = |text: &str| REGION_VARIABLES.iter().any(|name| reads(text, name));
        let named = commands
            .iter()
            .find(|it| it.words.iter().any(|word| reads_region(word)));
        if let Some(command) = named {
            let by = command.by.as_deref().unwrap_or(command.words[0].as_str());
            return Some(format!("which {} reads", code::quoted(by)));
        }
        let is_started = |path: &Path| {
            let name = path.file_name().and_then(|name| name.to_str());
            let ending = path.extension().and_then(|ending| ending.to_str());
            commands.iter().any(|command| starts(command, name, ending))
        };
        let mut readers = self.scripts.reads_region.iter();
        let reader = readers.find(|path| is_started(path));
        let reader = reader.map(|path| format!("which {} reads", path.display()));
        let mut setters = self.scripts.sets_region.iter();
        reader.or_else(|| {
            let path = setters.find(|path| is_started(path))?;
            let name = REGION_VARIABLES[1];
            Some(format!(
                "which comes before the {name} of {}",
                path.display()
            ))
        })
    }
}

/// Whether a command may start a file of that name and ending.
fn starts(command: &ExecutedCommand, name: Option<&str>, ending: Option<&str>) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || "._-".contains(letter);
    let mut words = command
        .words
        .iter()
        .flat_map(|word| word.split(|it| !is_word(it)));
    if words.any(|word| Some(word) == name) {
        return true;
    }
    let program = command
        .words
        .first()
        .map_or("", |word| word.rsplit('/').next().unwrap_or(word));
    let file = name.unwrap_or_default().to_ascii_lowercase();
    let mut tasks = FILES_OF_TASKS.iter();
    if tasks.any(|(task, files)| *task == program && file.contains(files)) {
        return true;
    }
    let is_unread = command.called == CalledText::None;
    // A script that is not there may start anything.
    let is_script = command
        .words
        .first()
        .is_some_and(|word| word.starts_with("./"));
    if is_unread && (TASKS.contains(&program) || is_script || program.contains('$')) {
        return true;
    }
    PROGRAMS.iter().any(|(endings, programs)| {
        ending.is_some_and(|ending| endings.contains(&ending)) && programs.contains(&program)
    })
}
