//! Which root modules have to be initialized after a plan, and how.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::locks::relocked;
use super::terraform_in;
use crate::index::run_tools::RunAllForms;
use crate::plan::Plan;
use crate::repo::Repo;
use diagnostics::finding::{Finding, RootEffect};
use syntax::shell;
use terraform::backend::BackendKind;
use terraform::file_kind::{FileKind, is_terragrunts};

/// What a root module needs after the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RootNeed {
    /// A sign-in with another profile.
    SignIn,
    /// `init`.
    Init,
    /// `init -upgrade`.
    Upgrade,
    /// `init -reconfigure`.
    Reconfigure,
}

/// Where an init runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct InitTarget {
    pub directory: PathBuf,
    pub tool: InitTool,
}

/// What runs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum InitTool {
    /// Terraform, in the directory.
    Terraform,
    /// Terragrunt, in the unit of the directory.
    TerragruntUnit,
    /// Terragrunt, in every unit below the directory.
    Terragrunt,
}

/// How a root module is initialized after the plan.
#[derive(Debug, Default)]
pub(super) struct RootInit<'p> {
    pub needs: BTreeSet<RootNeed>,
    /// For a partial backend, the settings files that are known.
    files: Option<&'p [PathBuf]>,
}

/// The root modules that need something after the plan.
pub(super) fn inits<'r>(plan: &Plan, repo: &'r Repo) -> BTreeMap<InitTarget, RootInit<'r>> {
    let mut inits: BTreeMap<InitTarget, RootInit<'_>> = BTreeMap::new();
    for finding in plan.applied() {
        for edit in &finding.edits {
            let directory = edit.path.parent().unwrap_or(Path::new(""));
            let kind = repo.kind_of(&edit.path);
            if kind == Some(FileKind::Terragrunt) {
                // A file of another name is included by units that are not known, wherever they
                // are.
                let above = is_terragrunts(&edit.path).then_some(directory);
                let directory = above.unwrap_or(Path::new(""));
                let tool = match above.is_some() && repo.is_terragrunt_unit(&edit.path) {
                    true => InitTool::TerragruntUnit,
                    false => InitTool::Terragrunt,
                };
                let init = inits.entry(InitTarget::new(directory, tool));
                let init = init.or_default();
                init.add(finding, (directory, directory), plan, repo);
                continue;
            }
            let mut directories = match kind {
                Some(FileKind::BackendSettings) => repo.backend_owners(&edit.path),
                Some(FileKind::Values) => vec![finding.at.path.parent().unwrap_or(directory)],
                _ => Vec::new(),
            };
            if directories.is_empty() {
                directories.push(directory);
            }
            let roots = directories.iter().flat_map(|directory| {
                let roots = repo.roots(directory);
                roots.map(move |root| (*directory, root))
            });
            for (directory, root) in roots {
                let mut units = repo.deploying_units(root).peekable();
                if units.peek().is_some() {
                    for unit in units {
                        let target = InitTarget::new(unit, InitTool::TerragruntUnit);
                        let init = inits.entry(target).or_default();
                        init.add(finding, (root, unit), plan, repo);
                    }
                    continue;
                }
                // A child module that nothing in the tree calls has no state to initialize.
                if root != directory || !repo.is_child(root) {
                    let init = inits
                        .entry(InitTarget::new(root, InitTool::Terraform))
                        .or_default();
                    init.add(finding, (root, root), plan, repo);
                }
            }
        }
    }
    // `run --all` in a directory covers every unit below it.
    let all = inits.iter().filter(|(root, init)| {
        root.tool == InitTool::Terragrunt && init.needs.contains(&RootNeed::Init)
    });
    let all: Vec<PathBuf> = all.map(|(root, _)| root.directory.clone()).collect();
    inits.retain(|root, _| {
        let is_below = |all: &PathBuf| {
            let is_same = root.directory == *all && root.tool == InitTool::Terragrunt;
            !is_same && root.directory.starts_with(all)
        };
        root.tool == InitTool::Terraform || !all.iter().any(is_below)
    });
    inits
}

impl InitTarget {
    fn new(directory: &Path, tool: InitTool) -> Self {
        let directory = directory.to_path_buf();
        Self { directory, tool }
    }
}

/// Whether the lock file in `directory`, where a root module is initialized, does not admit what the plan
/// selects, and is not edited: `init` then fails with "must use terraform init -upgrade".
fn is_misfit((root, directory): (&Path, &Path), plan: &Plan, repo: &Repo) -> bool {
    let locked = repo.locked(directory);
    let fits = locked.and_then(|locked| Some(repo.resolution(root)?.admits(locked)));
    fits == Some(false) && !relocked(plan, repo).any(|lock| lock.parent() == Some(directory))
}

impl<'r> RootInit<'r> {
    /// Adds what an edit needs of a root module that is initialized in `directory`.
    fn add(
        &mut self,
        finding: &Finding,
        (root, directory): (&Path, &Path),
        plan: &Plan,
        repo: &'r Repo,
    ) {
        let transform = repo.catalogue().transform(finding.transform);
        let usual = transform.map_or(RootEffect::Init, |transform| transform.effect);
        match finding.effect.unwrap_or(usual) {
            RootEffect::None => {}
            RootEffect::SignIn => {
                self.needs.insert(RootNeed::SignIn);
            }
            // Plain `init` refuses any change of a backend: "Backend configuration changed".
            effect @ (RootEffect::Reconfigure | RootEffect::InitReconfigure) => {
                self.needs.extend([RootNeed::Init, RootNeed::Reconfigure]);
                if effect == RootEffect::InitReconfigure {
                    self.needs.insert(RootNeed::SignIn);
                }
                let backend = repo.backend(root);
                self.files = matches!(backend, Some(BackendKind::PartialS3 { .. }))
                    .then(|| repo.backend_files(root));
            }
            RootEffect::InitUpgrade if is_misfit((root, directory), plan, repo) => {
                self.needs.extend([RootNeed::Init, RootNeed::Upgrade]);
            }
            RootEffect::Init | RootEffect::InitUpgrade => {
                self.needs.insert(RootNeed::Init);
            }
        }
    }

    /// The `init` of a root module, once for each settings file of a partial backend.
    pub fn commands(&self, target: &InitTarget, repo: &Repo) -> Vec<String> {
        let directory = target.directory.as_path();
        if !self.needs.contains(&RootNeed::Init) {
            return Vec::new();
        }
        match target.tool {
            InitTool::Terragrunt => return vec![run_all(directory, repo.run_all_forms())],
            InitTool::TerragruntUnit => {
                return vec![within(
                    directory,
                    &format!("terragrunt {}", self.arguments()),
                )];
            }
            InitTool::Terraform => {}
        }
        if let Some((project, stacks)) = repo.terraspace(directory) {
            return self.of_stacks(project, &stacks);
        }
        let init = format!("{} {}", terraform_in(directory, repo), self.arguments());
        match self
            .files
            .filter(|_| self.needs.contains(&RootNeed::Reconfigure))
        {
            None => vec![init],
            Some([]) => vec![format!("{init} -backend-config=...   {EVERY_ONE}")],
            Some(files) => {
                let files = files.iter().map(|file| {
                    let file = file.strip_prefix(directory).unwrap_or(file);
                    let file = shell::path(file);
                    format!("{init} -backend-config={file}")
                });
                files.collect()
            }
        }
    }
}

impl RootInit<'_> {
    /// What Terraform is told to do.
    fn arguments(&self) -> String {
        let mut arguments = "init".to_owned();
        if self.needs.contains(&RootNeed::Upgrade) {
            arguments += " -upgrade";
        }
        if self.needs.contains(&RootNeed::Reconfigure) {
            // `-migrate-state` would configure the old backend first, and fails once its keys are gone.
            arguments += " -reconfigure";
        }
        arguments
    }

    /// The command for a directory in a loop over many, `$root`, where nothing but the directory tells
    /// its `init` from that of another root module.
    fn plain(&self, target: &InitTarget, repo: &Repo) -> Option<String> {
        let directory = target.directory.as_path();
        let arguments = self.arguments();
        if directory.as_os_str().is_empty() || !self.needs.contains(&RootNeed::Init) {
            return None;
        }
        match target.tool {
            InitTool::Terragrunt => None,
            InitTool::TerragruntUnit => Some(format!("(cd \"$root\" && terragrunt {arguments})")),
            InitTool::Terraform => {
                let is_plain = self.files.is_none() && repo.terraspace(directory).is_none();
                let program = repo.program(directory);
                is_plain.then(|| format!("{program} -chdir=\"$root\" {arguments}"))
            }
        }
    }

    /// The commands for stacks of Terraspace, which runs `init` in what it builds of them. Its own
    /// `init` has no option for `-reconfigure`, its `plan` has (Terraspace docs, "terraspace plan").
    fn of_stacks(&self, project: &Path, stacks: &[String]) -> Vec<String> {
        let commands = stacks.iter().map(|stack| {
            let stack = shell::quoted(stack);
            if self.needs.contains(&RootNeed::Reconfigure) {
                return within(project, &format!("terraspace plan {stack} --reconfigure"));
            }
            let init = within(project, &format!("terraspace init {stack}"));
            match self.needs.contains(&RootNeed::Upgrade) {
                true => format!("{init}   {UPGRADE_ARGUMENT}"),
                false => init,
            }
        });
        commands.collect()
    }
}

/// Root modules with the same command beside its directory, from which on a loop says it once.
const LOOP: usize = 7;

/// The commands that initialize these root modules, in their order: one loop for many of the same.
pub(super) fn init_commands(roots: &[(&InitTarget, &RootInit<'_>)], repo: &Repo) -> Vec<String> {
    let mut alike: BTreeMap<String, Vec<&Path>> = BTreeMap::new();
    let plain = |(target, init): &(&InitTarget, &RootInit<'_>)| init.plain(target, repo);
    for root in roots {
        if let Some(command) = plain(root) {
            let directory = root.0.directory.as_path();
            alike.entry(command).or_default().push(directory);
        }
    }
    alike.retain(|_, directories| directories.len() >= LOOP);
    let mut commands = Vec::new();
    for root in roots {
        let (target, init) = root;
        match plain(root).filter(|command| alike.contains_key(command)) {
            None => commands.extend(init.commands(target, repo)),
            Some(command) if alike[&command][0] == target.directory => {
                let directories = alike[&command].iter().map(|it| shell::path(it));
                let directories: Vec<_> = directories.collect();
                let directories = directories.join(" ");
                commands.push(format!("for root in {directories}; do {command}; done"));
            }
            Some(_) => {}
        }
    }
    commands
}

/// A command that is run in a directory of the repository.
fn within(directory: &Path, command: &str) -> String {
    match directory.as_os_str().is_empty() {
        true => command.to_owned(),
        false => format!("(cd {} && {command})", shell::path(directory)),
    }
}

/// Terragrunt's `init` in every unit below a directory, in the form that the tree uses; in both where
/// it uses none, or both.
fn run_all(directory: &Path, forms: RunAllForms) -> String {
    let flag = |flag: &str| match directory.as_os_str().is_empty() {
        true => String::new(),
        false => format!(" --{flag} {}", shell::path(directory)),
    };
    let new = format!(
        "terragrunt run --all{} -- init -reconfigure",
        flag("working-dir")
    );
    let old = format!(
        "terragrunt run-all init -reconfigure{}",
        flag("terragrunt-working-dir")
    );
    match (forms.new, forms.old) {
        (true, false) => new,
        (false, true) => old,
        _ => format!("{new}   # before 0.73: {old}"),
    }
}

const UPGRADE_ARGUMENT: &str =
    "# with `command(\"init\", args: [\"-upgrade\"])` in config/args/terraform.rb";

const EVERY_ONE: &str = "# repeat every one: what is left out is lost";
