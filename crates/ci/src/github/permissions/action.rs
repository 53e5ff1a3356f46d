//! What an action uses the token for: by the table of actions, and by the inputs of those that it calls
//! special.

use super::action_table::{self, Entry, Use, What};
use super::scope::{Level, Scope, Scopes, raise};
use super::step::{TokenStep, UnknownNeed};
use super::{octokit, token};

/// Whether an action, by its name without a ref, is one of the table.
pub fn is_known(name: &str) -> bool {
    action_table::find(name).is_some()
}

/// The permissions that the action of a step uses. `steps` are all of its job.
pub(super) fn uses(
    action: &str,
    step: &TokenStep<'_>,
    steps: &[TokenStep<'_>],
) -> Result<Scopes, UnknownNeed> {
    let name = name(action);
    if action.starts_with("docker://") {
        return image(action, step);
    }
    let found = action_table::find(&name);
    match found.ok_or_else(|| UnknownNeed::Action(action.to_owned()))? {
        Use::Listed(entries) => listed(action, entries, step),
        Use::Download => {
            // Only an artifact of another run is read through the API, with `actions: read` (its
            // README).
            let is_other_run = ["run-id", "repository", "github-token"]
                .iter()
                .any(|name| input(step, name).is_some());
            let scope =
                (is_other_run && has_job_token(step)).then_some((Scope::Actions, Level::Read));
            Ok(scope.into_iter().collect())
        }
        Use::Script if has_job_token(step) => script(action, step),
        Use::Script => Ok(Scopes::new()),
        Use::Login => Ok(login(step, steps)),
    }
}

/// The name of an action in lower case, without its ref.
pub(super) fn name(uses: &str) -> String {
    uses.split('@')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// The value of an input; GitHub compares their names without case.
pub(super) fn input<'s>(step: &TokenStep<'s>, name: &str) -> Option<&'s str> {
    let mut inputs = step.with.iter();
    let found = inputs.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| *value)
}

/// Whether the action acts with the job's token, which it does unless `github-token` names another.
fn has_job_token(step: &TokenStep<'_>) -> bool {
    // The default of that input is `github.token` (their action.yml).
    input(step, "github-token").is_none_or(|value| token::is_in(value, step.env))
}

fn with_token(action: &str, name: &str) -> UnknownNeed {
    UnknownNeed::Token(action.to_owned(), name.to_owned())
}

/// Whether an action of the table, by its name without a ref, runs the user's own code. `input` reads its
/// inputs.
pub fn runs_own_code<'s>(name: &str, input: impl Fn(&str) -> Option<&'s str>) -> bool {
    let is_code = |entry: &Entry| !matches!(entry.what, What::Permission(..));
    let is_on = |entry: &Entry| is_code(entry) && entry.is_on(&input);
    matches!(action_table::find(name), Some(Use::Listed(all)) if all.iter().any(is_on))
}

/// Variables whose texts actions about Terraform run as scripts, by the start of their names: those of
/// `dflook/terraform-*` and of `gruntwork-io/terragrunt-action` (their READMEs).
const HOOKS: [&str; 3] = ["TERRAFORM_PRE_RUN", "INPUT_PRE_EXEC_", "INPUT_POST_EXEC_"];

/// Whether the action of a step runs code that is read nowhere, which may push where git has the token.
/// Terraform pushes nothing.
pub(super) fn runs_unread(action: &str, step: &TokenStep<'_>) -> bool {
    let is_hook = |name: &str| HOOKS.iter().any(|hook| name.starts_with(hook));
    entries_on(action, step).any(|entry| match entry.what {
        What::Environment => true,
        What::Terraform => step.env.iter().any(|(name, _)| is_hook(name)),
        What::Permission(..) | What::Program(_) | What::Script => false,
    })
}

/// The scripts that the inputs of a step give its action to run.
pub(super) fn scripts<'s>(
    action: &str,
    step: &'s TokenStep<'_>,
) -> impl Iterator<Item = String> + 's {
    entries_on(action, step).filter_map(|entry| {
        let given = input(step, &entry.switch.as_ref()?.input)?;
        match &entry.what {
            What::Script => Some(given.to_owned()),
            What::Program(name) => {
                let words: Vec<&str> = given.split_whitespace().collect();
                Some(format!("{name} {}", words.join(" ")))
            }
            What::Permission(..) | What::Environment | What::Terraform => None,
        }
    })
}

/// The entries of the row of an action that the inputs of a step do not turn off.
fn entries_on<'s>(
    action: &str,
    step: &'s TokenStep<'_>,
) -> impl Iterator<Item = &'static Entry> + 's {
    let entries = match action_table::find(&name(action)) {
        Some(Use::Listed(entries)) => &entries[..],
        _ => &[],
    };
    let is_on = |entry: &&Entry| entry.is_on(|name| input(step, name));
    entries.iter().filter(is_on)
}

/// The permissions of the entries that the inputs do not turn off.
fn listed(action: &str, entries: &[Entry], step: &TokenStep<'_>) -> Result<Scopes, UnknownNeed> {
    let on = entries
        .iter()
        .filter(|it| it.is_on(|name| input(step, name)));
    let mut scopes = Scopes::new();
    for entry in on {
        match &entry.what {
            What::Permission(scope, level) => raise(&mut scopes, [(scope.clone(), *level)]),
            // What their commands use is known by the commands.
            What::Program(_) | What::Script => {}
            What::Environment | What::Terraform => {
                if let Some(variable) = token::variables(step.env).first() {
                    return Err(with_token(action, variable));
                }
            }
        }
    }
    // The use of an input that is named for a token, or that the table names, is what it states.
    let is_stated = |name: &str| {
        let mut switches = entries.iter().filter_map(|it| it.switch.as_ref());
        name.to_ascii_lowercase().contains("token")
            || switches.any(|switch| switch.input.eq_ignore_ascii_case(name))
    };
    let mut inputs = step.with.iter();
    match inputs.find(|(name, value)| !is_stated(name) && token::is_in(value, step.env)) {
        Some((name, _)) => Err(with_token(action, name)),
        None => Ok(scopes),
    }
}

/// The permissions that an image uses: unknown where it gets the token by an input or a variable.
/// The work tree, which it shares, has the credentials that `actions/checkout` stored: it may push.
fn image(action: &str, step: &TokenStep<'_>) -> Result<Scopes, UnknownNeed> {
    let passed = step.with.iter().chain(step.env);
    let mut passed = passed.filter(|(_, value)| token::is_in(value, step.env));
    if let Some((name, _)) = passed.next() {
        return Err(with_token(action, name));
    }
    // An image with `push` in its arguments is taken for one that pushes to the repository.
    let pushes = step.with.iter().any(|(_, value)| value.contains("push"));
    let contents = pushes.then_some((Scope::Contents, Level::Write));
    Ok(contents.into_iter().collect())
}

fn script(action: &str, step: &TokenStep<'_>) -> Result<Scopes, UnknownNeed> {
    let script = input(step, "script").unwrap_or_default();
    if token::is_in(script, step.env) {
        return Err(with_token(action, "script"));
    }
    let mut variables = token::variables(step.env).into_iter();
    match variables.find(|name| script.contains(name)) {
        Some(name) => Err(with_token(action, name)),
        None => octokit::uses(script),
    }
}

/// Reading is enough for `docker/login-action` only where no step of the job may push an image.
fn login(step: &TokenStep<'_>, steps: &[TokenStep<'_>]) -> Scopes {
    let registry = input(step, "registry")
        .unwrap_or_default()
        .to_ascii_lowercase();
    // An expression may name GitHub's registry.
    let is_github = ["ghcr.io", ".pkg.github.com", "${{"]
        .iter()
        .any(|host| registry.contains(host));
    let password = input(step, "password").unwrap_or_default();
    if !is_github || !token::is_in(password, step.env) {
        return Scopes::new();
    }
    let level = match steps.iter().any(may_push) {
        true => Level::Write,
        false => Level::Read,
    };
    Scopes::from([(Scope::Packages, level)])
}

/// Whether a step may push an image: an action unless its inputs say no, a script if it mentions a
/// push or runs something that is not read.
fn may_push(step: &TokenStep<'_>) -> bool {
    match (step.uses.map(name).as_deref(), step.run) {
        (Some("docker/build-push-action"), _) => {
            let is_off = |value: &str| value == "false";
            input(step, "outputs").is_some() || !input(step, "push").is_none_or(is_off)
        }
        // What it builds, and whether it pushes that, is told by a file.
        (Some("docker/bake-action"), _) => true,
        (Some(name), _) => action_table::find(name).is_none_or(runs_code),
        (None, Some(script)) => {
            // Builds and package managers may push where their own files say so.
            let unseen = [
                "push", "bake", "make", "./", ".sh", "npm", "yarn", "gradle", "mvn", "${{",
            ];
            unseen.iter().any(|word| script.contains(word))
        }
        (None, None) => false,
    }
}

/// Whether an action runs the user's own code, which may do what it likes.
fn runs_code(uses: &Use) -> bool {
    let is_code = |entry: &Entry| !matches!(entry.what, What::Permission(..));
    matches!(uses, Use::Script) || matches!(uses, Use::Listed(all) if all.iter().any(is_code))
}
