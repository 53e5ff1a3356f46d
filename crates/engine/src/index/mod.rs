//! Everything of a repository that has to be read.
//!
//! Every file is read once for the few facts that the tree as a whole has to know. Of files that
//! matter the small texts are kept until they are scanned, the large ones read again then, directory
//! by directory. So memory grows with what changes and with those facts, not with the tree.

mod above;
pub mod ambient_commands;
mod ambient_uses;
mod any_word;
pub mod around;
pub mod breaks;
mod caller_files;
pub mod deployments;
pub mod document;
pub mod facts;
mod implicit_defaults;
mod key_passages;
pub mod key_source;
pub mod links;
pub mod module_constraints;
mod module_tests;
pub mod modules;
pub mod named_settings;
pub mod names;
pub mod open_sources;
pub mod output_uses;
pub mod prefilter;
pub mod readers;
pub mod run_tools;
pub mod scopes;
pub mod set_elsewhere;
pub mod setting_files;
mod sibling_settings;
mod stacks;
pub mod survey;
pub mod terraform_pins;
mod terragrunt_roles;
mod tree_scripts;
mod unit_providers;
pub mod units;
mod variables_above;
pub mod workflows;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use ci::github::keys::written_profiles::DEFAULT;
use ci::github::workflow::Workflows;
use ci::systems::{self, SharedEnvironment, SystemRunner};
use diagnostics::ignore::Ignore;
use diagnostics::skip::Skip;
use syntax::location::Location;
use terraform::account::ModuleNames;
use terraform::module::Scripts;
use upgrade::arguments::{CandidateRows, PassedObjects};
use upgrade::joint_bump::Breaks;
use upgrade::registry::RegistryCall;

use crate::catalogue::Purpose;
use crate::error::PlanError;
use crate::request::Request;
use crate::source::Source;
use ambient_commands::{AmbientCommand, LearnedCommands};
use deployments::Deployments;
use facts::Facts;
use key_passages::KeyPassages;
use modules::Modules;
use named_settings::{GivenInText, GivenSetting, NamedSettings};
use output_uses::OutputUses;
use run_tools::RunTools;
use survey::Survey;
use terraform_pins::TerraformPin;
use units::Units;
use variables_above::VariablesAbove;

/// Everything of a repository that has to be read, before anything is decided.
#[derive(Debug, Clone, Default)]
pub struct Index {
    /// The modules with the facts of their files.
    pub modules: Modules,
    /// The workflows, and the local actions that they use.
    pub workflows: Arc<Workflows>,
    /// The names of the repository on GitHub, `OWNER/NAME`, as the configuration and its remote tell.
    pub repositories: Vec<String>,
    /// Static keys in other CI than GitHub's, and in scripts.
    pub keys_in_scripts: Vec<Location>,
    /// The runners beside laptops and GitHub's jobs.
    pub runners: Arc<[SystemRunner]>,
    /// The secrets that workflows above the root read.
    pub secrets_above: Arc<[String]>,
    /// The variables of Terraform that are set above the root.
    pub variables_above: Arc<VariablesAbove>,
    /// The calls of scripts and targets that run Terraform in several directories with one environment.
    pub shared_environments: Arc<[SharedEnvironment]>,
    /// The settings files that commands name by `-backend-config` and that are not edited, by the
    /// directory of the root module.
    pub named_settings: Arc<BTreeMap<PathBuf, Vec<NamedSettings>>>,
    /// The settings that commands give by `-backend-config` and that decide the identity of a backend, by
    /// the directory of its root module.
    pub given_settings: Arc<BTreeMap<PathBuf, Vec<GivenSetting>>>,
    /// What scripts and Terragrunt give by `-backend-config`.
    pub(crate) backend_configs: Vec<GivenInText>,
    /// The ignore comments.
    pub ignores: Vec<Ignore>,
    /// What was not read, with the reason.
    pub skipped: Vec<Skip>,
    /// The scripts and workflows of the tree that set variables of Terraform; `None` where nothing
    /// has asked for them.
    pub scripts: Option<Scripts>,
    /// What names mean, for the directories whose roles reference them.
    pub names: Arc<HashMap<usize, ModuleNames>>,
    /// The first use of a default provider configuration without a block, by directory.
    pub implicit_defaults: HashMap<usize, Location>,
    /// The first command of a module that uses the ambient credentials, by directory; not known
    /// where no provider assumes a role.
    pub ambient_commands: Arc<HashMap<usize, Vec<AmbientCommand>>>,
    /// The roles by which plugins of providers sign in to clusters, as written, by directory; not known
    /// where no provider assumes a role.
    pub plugin_roles: Arc<HashMap<usize, Vec<String>>>,
    /// The configuration files in which something may depend on who runs Terraform.
    pub caller_files: Arc<[PathBuf]>,
    /// The texts of small files that matter, by path.
    pub texts: Arc<HashMap<PathBuf, Box<str>>>,
    /// Which rows about arguments may concern the configuration of a directory, by its number; not
    /// known of a directory that no walk enters.
    pub candidates: Arc<HashMap<usize, CandidateRows>>,
    /// The releases of Terraform that files pin, by their directory.
    pub terraform_pins: Arc<BTreeMap<PathBuf, TerraformPin>>,
    /// The tools that root modules are run with.
    pub run_tools: Arc<RunTools>,
    /// Where outputs of VPC modules are read that their bump makes null.
    pub output_uses: Arc<OutputUses>,
    /// What Terragrunt units deploy.
    pub deployments: Arc<Deployments>,
    /// The Terragrunt units whose account is read from a file above them.
    pub units: Arc<Units>,
    /// How static keys get from variables to the modules of the tree.
    pub key_passages: Arc<KeyPassages>,
    /// The code that the configured provider does not accept, by directory.
    pub breaks: HashMap<usize, Breaks>,
    /// What passes between modules that the upgrade changes, by directory.
    pub passed_objects: Arc<HashMap<usize, PassedObjects>>,
}

impl Index {
    /// What surveys alone tell: enough for an audit and an inventory.
    ///
    /// # Errors
    /// Files that are broken or cannot be read.
    pub fn of_surveys(
        source: &dyn Source,
        surveys: impl IntoIterator<Item = Survey>,
        request: &Request,
    ) -> Result<Self, PlanError> {
        let mut survey = Survey::of_all(surveys, request)?;
        let links = survey.take_links(source)?;
        let directories = survey.candidates.iter().map(|(path, _)| path.as_path());
        tree_scripts::add_included(source, &mut survey.evidence)?;
        let scripts = tree_scripts::of_systems(source, &survey.evidence, &links.directories)?;
        let mut shared_environments = systems::shared_environments(&survey.evidence, &scripts);
        let mut runners = systems::runners(survey.evidence, &scripts, &directories);
        runners.extend(survey.workspaces);
        let above = above::read(source, directories, request)?;
        shared_environments.extend(above.shared_environments);
        let modules = Modules::new(survey.facts, links);
        let key_passages = KeyPassages::read(source, &modules)?;
        let takers = modules.key_takers(&key_passages);
        let mut workflows = workflows::read(
            source,
            scripts,
            (takers, &survey.actions),
            &request.settings,
            readers::readers,
        )?;
        let unread = workflows.unread.iter();
        runners.extend(unread.filter_map(|file| {
            SystemRunner::of_unread("GitHub Actions", file.at.clone(), &file.text)
        }));
        workflows.scripts.names_default_profile = modules.may_name_profile(DEFAULT);
        workflows.has_modules_in_s3 = modules.has_modules_in_s3();
        let commands = match modules.has_roles {
            true => {
                let tree = &workflows.tree;
                let mut learned =
                    ambient_commands::learn(source, &survey.commands, tree, &modules)?;
                let found = &survey.ambient;
                ambient_uses::learn(source, found, tree, &modules, request, &mut learned)?;
                unit_providers::learn(source, found, &modules, &mut learned)?;
                learned
            }
            false => LearnedCommands::default(),
        };
        let deployments = deployments::learn(source, &survey.ambient, &modules)?;
        runners.extend(terragrunt_roles::runners(&modules, &deployments));
        runners.extend(above.runners);
        let commanding = survey.commands.into_iter().map(|(path, _)| path);
        let mut caller_files: Vec<_> = survey.caller_files;
        caller_files.extend(commanding);
        caller_files.sort();
        caller_files.dedup();
        let mut candidates: HashMap<usize, CandidateRows> = HashMap::new();
        for (path, found) in survey.candidates {
            if let Some(number) = modules.number(&path) {
                *candidates.entry(number).or_default() |= found;
            }
        }
        Ok(Self {
            candidates: Arc::new(candidates),
            texts: Arc::new(survey.texts.into_iter().collect()),
            modules,
            workflows: Arc::new(workflows),
            repositories: {
                let own = request.settings.repositories.iter().cloned();
                own.chain(source.origin()).collect()
            },
            keys_in_scripts: survey.keyed,
            runners: runners.into(),
            shared_environments: shared_environments.into(),
            secrets_above: above.secrets.into(),
            variables_above: above.variables.into(),
            backend_configs: survey.backend_configs,
            key_passages: Arc::new(key_passages),
            ambient_commands: Arc::new(commands.ambient),
            plugin_roles: Arc::new(commands.plugin_roles),
            deployments: Arc::new(deployments),
            caller_files: caller_files.into(),
            ignores: survey.ignores,
            skipped: survey.skipped,
            run_tools: Arc::new(RunTools {
                run_all: survey.run_all,
                ..RunTools::default()
            }),
            ..Self::default()
        })
    }

    /// The same, with the meaning of the names that the accounts of roles depend on.
    ///
    /// # Errors
    /// Files that are broken or cannot be read.
    pub fn with_names(
        source: &dyn Source,
        surveys: impl IntoIterator<Item = Survey>,
        request: &Request,
    ) -> Result<Self, PlanError> {
        let mut index = Self::of_surveys(source, surveys, request)?;
        let given = named_settings::read(source, &index, request)?;
        index.named_settings = Arc::new(given.files);
        index.given_settings = Arc::new(given.settings);
        index.ignores.extend(given.ignores);
        if !given.facts.is_empty() {
            index.modules.named_files = Arc::new(given.edited);
            index.modules = index.modules.with(given.facts);
        }
        let mut unnamed = index.modules.with_unnamed_roles();
        unnamed.extend(index.modules.with_unresolved_calls());
        unnamed.sort();
        unnamed.dedup();
        // Any file of the tree may be a script: they are read only where a role depends on them.
        if !unnamed.is_empty() {
            index.scripts = Some(around::scripts(source)?);
        }
        let scripts = index.scripts.as_ref();
        index.names = Arc::new(names::learn(source, unnamed, scripts, &index.modules)?);
        index.implicit_defaults = implicit_defaults::learn(source, &index.modules)?;
        Ok(index)
    }

    /// All that a plan needs.
    ///
    /// # Errors
    /// Files that are broken or cannot be read.
    pub fn read(
        source: &dyn Source,
        surveys: impl IntoIterator<Item = Survey>,
        request: &Request,
    ) -> Result<Self, PlanError> {
        let mut index = Self::with_names(source, surveys, request)?;
        if index.scripts.is_none() && index.may_leave_variables_anywhere(request) {
            index.scripts = Some(around::scripts(source)?);
        }
        index.units = Arc::new(units::learn(source, &index.modules)?);
        index.terraform_pins = Arc::new(terraform_pins::read(source, &index.modules)?);
        let run_all = index.run_tools.run_all;
        index.run_tools = Arc::new(run_tools::read(source, &index.modules, run_all)?);
        if request.carries_out(Purpose::UpgradeModules) {
            index.output_uses = Arc::new(output_uses::learn(source, &index, request)?);
        }
        let learned = breaks::learn(source, &index, request)?;
        index.breaks = learned.breaks;
        index.passed_objects = Arc::new(learned.passed);
        if let Some(signing_in) = request.catalogue.with_purpose(Purpose::SignInJobs) {
            let ignores = &index.ignores;
            index.keys_in_scripts.retain(|at| {
                let mut ignores = ignores.iter();
                !ignores.any(|ignore| ignore.covers(signing_in.id, at))
            });
        }
        Ok(index)
    }

    /// The index with other facts of some files. What was learned of names is kept: no edit changes
    /// what a name means.
    #[must_use]
    pub fn with(&self, facts: impl IntoIterator<Item = (PathBuf, Facts)>) -> Self {
        let facts = facts.into_iter().map(|(path, mut facts)| {
            let known = self.modules.facts_of(&path);
            facts.obstacle = known.and_then(|known| known.obstacle.clone());
            (path, Box::new(facts))
        });
        let modules = self.modules.clone().with(facts);
        Self {
            modules,
            ..self.clone()
        }
    }

    /// A call in the directory of that number, with what is known of its arguments and outputs.
    pub(crate) fn resolved(&self, number: usize, call: &RegistryCall) -> RegistryCall {
        // In the order of their files (Terraform docs, "Override Files": lexicographical).
        let files = self.modules.numbered(number).values();
        let call = call.merged(files.flat_map(|facts| &facts.call_overrides));
        let names = self.names.get(&number);
        let mut resolved = names.map_or_else(|| call.clone(), |names| call.resolved(names));
        let uses = self.output_uses.get(&(number, call.name.clone()));
        resolved.uses = uses.cloned().unwrap_or_default();
        resolved
    }

    /// Whether removed keys may leave variables unused in any directory that matters.
    fn may_leave_variables_anywhere(&self, request: &Request) -> bool {
        let removes = request.carries_out(Purpose::RemoveStaticKeys);
        let mut files = self.modules.all().map(|(_, files)| files);
        removes
            && files.any(|files| {
                let mut facts = files.values();
                files.values().any(|facts| facts.matters()) && facts.any(|facts| facts.feeds_keys)
            })
    }
}
