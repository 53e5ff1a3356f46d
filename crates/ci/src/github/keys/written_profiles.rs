//! Keys that a script writes into a profile. The action writes the same files where it is given
//! `aws-profile`, and then exports nothing (its README, v6.1.0): all that reads a profile goes on as it
//! did. Only where nothing may, the environment holds the default profile's keys.

use std::path::Path;

use syntax::code::sentence;

use crate::aws_names::KEY_VARIABLES;
use crate::github::keys::exported::{ScriptKeys, script_keys};
use crate::github::keys::pair::{KeyForm, KeyPair};
use crate::github::uses::remote_action;
use crate::github::workflow::model::Step;
use crate::github::workflow::{StepOwner, Workflows};
use crate::scripts::aws_files::AwsPaths;
use crate::scripts::reader::Execution;
use crate::scripts::reader::{CalledText, ExecutedCommand};

/// The variables that name the files of AWS's tools.
const FILES: [&str; 2] = ["AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"];

/// The profile that AWS's tools take where none is named.
pub const DEFAULT: &str = "default";

/// What a text has that reads a profile, or may: a compose file mounts what it wants.
const READS_PROFILE: [&str; 4] = ["profile", ".aws", "aws configure", "compose"];

impl Workflows {
    /// The keys that the script of a step passes on to later ones.
    pub(in crate::github) fn script_keys(&self, owner: StepOwner, step: &Step) -> ScriptKeys {
        let Some(run) = &step.run else {
            return ScriptKeys::Nothing;
        };
        let inherited = self.inherited(owner, FILES[0]).map(|it| it.value.trim());
        let job = self.job(owner);
        let is_linux = job.is_some_and(|job| job.is_hosted && job.is_unix && !job.has_container);
        let homes: &[&str] = if is_linux { &["/home/runner"] } else { &[] };
        let paths = AwsPaths {
            homes,
            credentials: inherited,
        };
        let variable = |name: &str| self.variable(owner, step, name).map(|it| it.value.clone());
        let begins_locally = || self.begins_locally(owner, step);
        let found = script_keys(&run.value, &paths, &variable, &begins_locally);
        let ScriptKeys::Keys(all) = &found else {
            return found;
        };
        if all.iter().all(|keys| keys.profile.is_none()) {
            return found;
        }
        let own = FILES
            .into_iter()
            .find(|name| step.env.iter().any(|it| it.name == *name));
        let own =
            own.map(|name| sentence!("its script writes the file that `{name}` of its step names"));
        // The action takes a relative path for one of the workspace, a script for one of its directory.
        let is_relative = inherited.is_some_and(|path| !path.starts_with(['/', '$']));
        let relative = is_relative.then(|| sentence!("`{}` is a relative path", FILES[0]));
        let config = self.inherited(owner, FILES[1]);
        let config = config.map(|_| sentence!("`{}` names a file of its own", FILES[1]));
        match own.or(relative).or(config) {
            Some(why) => ScriptKeys::Held(why),
            None => found,
        }
    }

    /// Whether what the script of a step runs before it speaks of keys surely uses no AWS credentials.
    fn begins_locally(&self, owner: StepOwner, step: &Step) -> bool {
        let mut steps = self.steps(owner).iter();
        let Some(index) = steps.position(|it| it.offset == step.offset) else {
            return false;
        };
        let places = match owner.job {
            Some(_) => vec![(owner, vec![index])],
            None => {
                let users = self.users(owner.source);
                users.map(|(user, at)| (user, vec![at, index])).collect()
            }
        };
        !places.is_empty()
            && places.into_iter().all(|(user, path)| {
                let reading = self.reading(user);
                let execution = reading.executions.get(&path);
                execution.is_some_and(Execution::begins_locally)
            })
    }

    /// Has the environment hold the keys of the default profile where nothing else can tell.
    pub(super) fn keep_profiles(&self, owner: StepOwner, pairs: &mut [KeyPair]) {
        let is_only = pairs.len() == 1;
        for pair in pairs {
            let (KeyForm::Script(index), Some(written)) = (pair.form, pair.written.as_mut()) else {
                continue;
            };
            let is_default = written.profile.as_deref() == Some(DEFAULT);
            let rest = || match &written.lines {
                Some(gone) => {
                    let run = self.steps(owner)[index].run.as_ref();
                    let lines = run.map_or("", |run| run.value.as_str()).lines().enumerate();
                    let kept = lines.filter(|(at, _)| !gone.iter().any(|it| it.contains(at)));
                    kept.map(|(_, line)| line).collect::<Vec<_>>().join("\n")
                }
                None => String::new(),
            };
            if is_default
                && is_only
                && !reads_profile(&rest())
                && !self.may_read_profiles(owner, index)
            {
                written.profile = None;
            }
        }
    }

    /// Whether anything beside the script of that step may read a profile, or has credentials that a
    /// profile would not hide.
    fn may_read_profiles(&self, owner: StepOwner, index: usize) -> bool {
        if self.scripts.names_default_profile
            || FILES
                .iter()
                .any(|name| self.inherited(owner, name).is_some())
        {
            return true;
        }
        let job = self.job(owner);
        // The steps behind an action are those of its users.
        if job.is_none()
            && self
                .users(owner.source)
                .any(|(user, step)| user.job.is_none() || self.may_read_profiles(user, step))
        {
            return true;
        }
        let workflow = self.workflow(owner).map_or(&[][..], |it| &it.env);
        let of_job = job
            .into_iter()
            .flat_map(|job| job.env.iter().chain(&job.container_env));
        let envs = workflow.iter().chain(of_job);
        let steps = || {
            self.steps(owner)
                .iter()
                .enumerate()
                .filter(|(at, _)| *at != index)
        };
        let texts = steps().flat_map(|(_, step)| {
            let entries = step.with.iter().chain(&step.env);
            let entries = entries.flat_map(|it| [it.name.as_str(), it.value.value.as_str()]);
            let run = step.run.iter().map(|it| it.value.as_str());
            entries.chain(run)
        });
        let named = envs.flat_map(|it| [it.name.as_str(), it.value.value.as_str()]);
        if texts
            .chain(named)
            .any(|text| reads_profile(text) || text == KEY_VARIABLES[0])
        {
            return true;
        }
        let brings = |step: &Step| {
            let action = step
                .uses
                .as_ref()
                .and_then(|uses| remote_action(&uses.value));
            let is_configure = action.is_some_and(|action| action.is_configure());
            is_configure
                || step
                    .uses
                    .as_ref()
                    .is_some_and(|uses| uses.value.starts_with('.'))
        };
        if steps().any(|(_, step)| brings(step)) {
            return true;
        }
        let reading = self.reading(owner);
        reading.executions.iter().any(|(path, execution)| {
            let is_own = path.first() == Some(&index);
            let mut commands = execution.commands.iter();
            commands.any(|command| {
                // What the script itself says is read where its keys are.
                let is_its = is_own && (path.len() > 1 || command.by.is_none());
                let is_named = !is_its && reads_profile(&command.words.join(" "));
                is_named || is_unread(command)
            })
        })
    }
}

fn reads_profile(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    READS_PROFILE.iter().any(|word| text.contains(word))
}

/// Whether a command is a file of the tree that is not read as commands.
fn is_unread(command: &ExecutedCommand) -> bool {
    let Some(name) = command.words.first() else {
        return false;
    };
    let is_file =
        name.starts_with("./") || Path::new(name).extension().is_some_and(|it| it == "sh");
    is_file && command.called != CalledText::Commands
}
