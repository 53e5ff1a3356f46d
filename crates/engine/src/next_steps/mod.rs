//! What to run once a plan is written.

mod sign_in;

pub use sign_in::sign_in_steps;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::plan::Plan;
use crate::repo::Repo;
use crate::transform::Purpose;
use diagnostics::finding::{Finding, RootEffect};
use syntax::shell;
use terraform::account::Account;
use terraform::backend::BackendKind;
use terraform::file_kind::{FileKind, is_terragrunts};

/// Commands that belong together, and why they are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    /// Why, as a heading.
    pub why: String,
    /// What to run from the repository's root, in this order; for a trust policy, what to enter.
    pub commands: Vec<String>,
}

/// The steps that a plan calls for, in the order in which to take them. `repo` is the repository
/// before the plan.
pub fn next_steps(plan: &Plan, repo: &Repo) -> Vec<NextStep> {
    let mut steps = vec![NextStep {
        why: "See that the module refs exist:".to_owned(),
        commands: refs(plan),
    }];
    let inits = inits(plan, repo);
    let is_signed_in = inits
        .values()
        .any(|init| init.needs.contains(&RootNeed::SignIn));
    if is_signed_in {
        steps.push(NextStep {
            why: "Take away the old keys, which beat every profile:".to_owned(),
            commands: vec![UNSET.to_owned()],
        });
        let logins = plan.profiles().into_iter();
        let logins =
            logins.map(|profile| format!("aws sso login --profile {}", shell::quoted(profile)));
        steps.push(NextStep {
            why: "Sign in with the profiles that the code names now:".to_owned(),
            commands: logins.collect(),
        });
    }
    let mut by_account: BTreeMap<Who, Vec<(&Root, &Init<'_>)>> = BTreeMap::new();
    for (root, init) in &inits {
        let who = match (init.needs.contains(&RootNeed::SignIn), root.tool) {
            (false, _) => Who::Anyone,
            (true, Tool::Terraform) => Who::of(repo.deploys_to(&root.directory), repo),
            (true, Tool::Terragrunt) => Who::Unknown,
        };
        by_account.entry(who).or_default().push((root, init));
    }
    for (who, roots) in by_account {
        let mut commands = Vec::new();
        if let Some((profile, note)) = who.profile() {
            let profile = shell::quoted(profile);
            commands.push(format!("aws sso login --profile {profile}"));
            commands.push(format!("export AWS_PROFILE={profile}{note}"));
            commands.push("aws sts get-caller-identity".to_owned());
        }
        let inits = roots.iter();
        commands.extend(inits.flat_map(|(root, init)| init.commands(root)));
        let why = who.why(&roots);
        steps.push(NextStep { why, commands });
    }
    steps.extend(locks(plan, repo));
    steps.retain(|step| !step.commands.is_empty());
    steps
}

/// As whom a root module is initialised.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    /// Whoever could before.
    Anyone,
    /// A profile of the configuration.
    Profile(String),
    /// An account that no `account` block names.
    Account(String),
    /// One of several accounts, or one that only an expression tells.
    OneOf(String),
    /// Not known.
    Unknown,
}

impl Who {
    fn of(account: Option<Account>, repo: &Repo) -> Self {
        let Some(account) = account else {
            return Self::Unknown;
        };
        match repo.settings().profile_of(&account) {
            Some(profile) => Self::Profile(profile.to_owned()),
            None if account.id().is_some() => Self::Account(account.to_string()),
            None => Self::OneOf(account.to_string()),
        }
    }

    /// The profile to sign in with, and a note on it.
    fn profile(&self) -> Option<(&str, String)> {
        match self {
            Self::Anyone => None,
            Self::Profile(profile) => Some((profile, String::new())),
            Self::Account(account) => {
                let note = format!("   # of {account}: an `account` block would name it");
                Some(("PROFILE", note))
            }
            Self::OneOf(accounts) => Some(("PROFILE", format!("   # of {accounts}"))),
            Self::Unknown => Some((
                "PROFILE",
                "   # of the account that it deploys to".to_owned(),
            )),
        }
    }

    fn why(&self, roots: &[(&Root, &Init<'_>)]) -> String {
        let is_init = roots
            .iter()
            .any(|(_, init)| init.needs.contains(&RootNeed::Init));
        let doing = match is_init {
            true => ", initialise the root modules again:",
            false => ", look at the first plan:",
        };
        match self {
            Self::Anyone => "Initialise the root modules again:".to_owned(),
            Self::Profile(profile) => format!("As {profile}{doing}"),
            Self::Account(account) | Self::OneOf(account) => {
                format!("As the profile of {account}{doing}")
            }
            Self::Unknown => format!("As the profile of the account each deploys to{doing}"),
        }
    }
}

const UNSET: &str = "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN";

/// One `git ls-remote` for each repository and ref that module sources now name.
fn refs(plan: &Plan) -> Vec<String> {
    let sources = plan.applied().filter_map(|it| it.module_source.as_ref());
    let commands = sources.map(|source| {
        let url = shell::quoted(&source.clone_url());
        let git_ref = shell::quoted(&source.git_ref);
        format!("git ls-remote --tags {url} {git_ref}")
    });
    let commands: BTreeSet<String> = commands.collect();
    commands.into_iter().collect()
}

/// What a root module needs after the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum RootNeed {
    SignIn,
    Init,
    Upgrade,
    Reconfigure,
}

/// What is initialised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Root {
    directory: PathBuf,
    tool: Tool,
}

/// Who initialises it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tool {
    /// Terraform, the directory.
    Terraform,
    /// Terragrunt, every unit below the directory.
    Terragrunt,
}

/// How a root module has to be initialised after the plan.
#[derive(Debug, Default)]
struct Init<'p> {
    needs: BTreeSet<RootNeed>,
    /// For a partial backend, the settings files that are known.
    files: Option<&'p [PathBuf]>,
}

fn inits<'r>(plan: &Plan, repo: &'r Repo) -> BTreeMap<Root, Init<'r>> {
    let mut inits: BTreeMap<Root, Init<'_>> = BTreeMap::new();
    for finding in plan.applied() {
        for edit in &finding.edits {
            let directory = edit.path.parent().unwrap_or(Path::new(""));
            if FileKind::of(&edit.path) == Some(FileKind::Terragrunt) {
                // Who includes a file of another name is not known.
                let above = is_terragrunts(&edit.path).then_some(directory);
                let directory = above.unwrap_or(Path::new(""));
                let init = inits.entry(Root::new(directory, Tool::Terragrunt));
                let init = init.or_default();
                init.add(finding, directory, plan, repo);
                continue;
            }
            let directory = match FileKind::of(&edit.path) {
                Some(FileKind::BackendSettings) => {
                    repo.backend_owner(&edit.path).unwrap_or(directory)
                }
                Some(FileKind::Values) => finding.at.path.parent().unwrap_or(directory),
                _ => directory,
            };
            for root in repo.roots(directory) {
                // A library has no state to initialise.
                if root != directory || !repo.is_child(root) {
                    let init = inits.entry(Root::new(root, Tool::Terraform)).or_default();
                    init.add(finding, root, plan, repo);
                }
            }
        }
    }
    let all = inits.iter().filter(|(root, init)| {
        root.tool == Tool::Terragrunt && init.needs.contains(&RootNeed::Init)
    });
    let all: Vec<PathBuf> = all.map(|(root, _)| root.directory.clone()).collect();
    inits.retain(|root, _| {
        let is_below = |all: &PathBuf| root.directory != *all && root.directory.starts_with(all);
        root.tool == Tool::Terraform || !all.iter().any(is_below)
    });
    inits
}

impl Root {
    fn new(directory: &Path, tool: Tool) -> Self {
        let directory = directory.to_path_buf();
        Self { directory, tool }
    }
}

/// Whether the lock file of a root fails with what the plan makes of its tree, and stays.
fn is_misfit(root: &Path, plan: &Plan, repo: &Repo) -> bool {
    let locked = repo.locked(root);
    let fits = locked.and_then(|locked| Some(repo.resolution(root)?.admits(locked)));
    fits == Some(false) && !relocked(plan, repo).any(|lock| lock.parent() == Some(root))
}

/// The lock files that lose their AWS provider.
fn relocked<'p>(plan: &'p Plan, repo: &Repo) -> impl Iterator<Item = &'p Path> + use<'p> {
    let relock = repo.catalogue().id_of(Purpose::Relock);
    let relocked = plan.applied();
    let relocked = relocked.filter(move |finding| finding.transform == relock);
    relocked.map(|finding| finding.at.path.as_path())
}

/// The platforms that most lock files are for.
const PLATFORMS: [&str; 5] = [
    "linux_amd64",
    "darwin_arm64",
    "darwin_amd64",
    "windows_amd64",
    "linux_arm64",
];

/// What completes the lock files that lose their AWS provider.
fn locks(plan: &Plan, repo: &Repo) -> Option<NextStep> {
    let files: BTreeSet<&Path> = relocked(plan, repo).collect();
    let of_platforms = files.iter().map(|file| {
        let directory = file.parent().unwrap_or(Path::new(""));
        let count = repo.lock(directory).map_or(0, |lock| lock.platforms);
        let shown = PLATFORMS.iter().take(count.max(1));
        let platforms: String = shown.map(|it| format!(" -platform={it}")).collect();
        let were = match count {
            0 => "it had no platform's hash".to_owned(),
            1 => "it had one platform's hash".to_owned(),
            _ => format!("it had the hashes of {count} platforms"),
        };
        let terraform = terraform_in(directory);
        format!(
            "{terraform} providers lock{platforms}   # {were}; a hash does not say which: put yours"
        )
    });
    let mut commands: Vec<String> = of_platforms.collect();
    let files: Vec<String> = files
        .iter()
        .map(|file| shell::quoted(&file.display().to_string()))
        .collect();
    if !files.is_empty() {
        commands.push(format!("git add {}", files.join(" ")));
    }
    let readonly = repo.readonly_locks();
    let fails = match readonly.as_slice() {
        [] => "`init -lockfile=readonly` fails until then".to_owned(),
        [one] => format!(
            "`init -lockfile=readonly` in {} fails until then",
            one.display()
        ),
        [one, rest @ ..] => format!(
            "`init -lockfile=readonly` in {} and {} more fails until then",
            one.display(),
            rest.len()
        ),
    };
    let why =
        format!("Lock the AWS provider for the other platforms, too, and commit it ({fails}):");
    (!commands.is_empty()).then_some(NextStep { why, commands })
}

/// `terraform`, in that directory of the repository.
fn terraform_in(directory: &Path) -> String {
    match directory.as_os_str().is_empty() {
        true => "terraform".to_owned(),
        false => {
            let directory = shell::quoted(&directory.display().to_string());
            format!("terraform -chdir={directory}")
        }
    }
}

impl<'r> Init<'r> {
    /// Notes what an edit calls for.
    fn add(&mut self, finding: &Finding, root: &Path, plan: &Plan, repo: &'r Repo) {
        let transform = repo.catalogue().transform(finding.transform);
        let usual = transform.map_or(RootEffect::Init, |transform| transform.effect);
        match finding.effect.unwrap_or(usual) {
            RootEffect::None => {}
            RootEffect::SignIn => {
                self.needs.insert(RootNeed::SignIn);
            }
            RootEffect::InitReconfigure => {
                let needs = [RootNeed::SignIn, RootNeed::Init, RootNeed::Reconfigure];
                self.needs.extend(needs);
                let backend = repo.backend(root);
                self.files = matches!(backend, Some(BackendKind::PartialS3 { .. }))
                    .then(|| repo.backend_files(root));
            }
            RootEffect::InitUpgrade if is_misfit(root, plan, repo) => {
                self.needs.extend([RootNeed::Init, RootNeed::Upgrade]);
            }
            RootEffect::Init | RootEffect::InitUpgrade => {
                self.needs.insert(RootNeed::Init);
            }
        }
    }

    /// The `init` of a root module, once for each settings file of a partial backend.
    fn commands(&self, root: &Root) -> Vec<String> {
        let directory = root.directory.as_path();
        if !self.needs.contains(&RootNeed::Init) {
            return Vec::new();
        }
        if root.tool == Tool::Terragrunt {
            let (new, old) = match directory.as_os_str().is_empty() {
                true => (String::new(), String::new()),
                false => {
                    let directory = shell::quoted(&directory.display().to_string());
                    let flag = |flag: &str| format!(" --{flag} {directory}");
                    (flag("working-dir"), flag("terragrunt-working-dir"))
                }
            };
            return vec![format!(
                "terragrunt run --all{new} -- init -reconfigure   \
                 # before 0.73: terragrunt run-all init -reconfigure{old}"
            )];
        }
        let mut init = format!("{} init", terraform_in(directory));
        if self.needs.contains(&RootNeed::Upgrade) {
            init += " -upgrade";
        }
        if !self.needs.contains(&RootNeed::Reconfigure) {
            return vec![init];
        }
        init += " -reconfigure";
        match self.files {
            None => vec![init],
            Some([]) => vec![format!("{init} -backend-config=...   {EVERY_ONE}")],
            Some(files) => {
                let files = files.iter().map(|file| {
                    let file = file.strip_prefix(directory).unwrap_or(file);
                    let file = shell::quoted(&file.display().to_string());
                    format!("{init} -backend-config={file}")
                });
                files.collect()
            }
        }
    }
}

const EVERY_ONE: &str = "# repeat every one: what is left out is lost";
