//! What an action uses the token for: `actions.tsv`, and the actions for which it depends on their
//! inputs.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::scope::{Level, Scope, Scopes};
use super::step::{TokenStep, UnknownNeed};
use super::{octokit, token};

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Use {
    Always(Scopes),
    /// `actions/download-artifact`.
    Download,
    /// `actions/github-script`.
    Script,
    /// `docker/login-action`.
    Login,
}

/// By name in lower case: GitHub compares the names of actions without case.
static TABLE: LazyLock<BTreeMap<String, Use>> =
    LazyLock::new(|| rows().filter_map(parse).collect());

/// Actions that run the user's own code (tests, builds, deployments), which finds the token in the
/// environment.
const RUN_CODE: [&str; 4] = [
    "cypress-io/github-action",
    "gradle/gradle-build-action",
    "serverless/github-action",
    "youyo/aws-cdk-github-actions",
];

/// Whether an action, by its name without a ref, is one of the table.
pub fn is_known(name: &str) -> bool {
    TABLE.contains_key(&name.to_ascii_lowercase())
}

fn rows() -> impl Iterator<Item = &'static str> {
    let lines = include_str!("actions.tsv").lines();
    lines.filter(|line| !line.starts_with('#')).skip(1)
}

fn parse(row: &str) -> Option<(String, Use)> {
    let (name, uses) = row.split_once('\t')?;
    let uses = match uses {
        "-" => Use::Always(Scopes::new()),
        "special:download" => Use::Download,
        "special:script" => Use::Script,
        "special:login" => Use::Login,
        list => {
            let entry = |entry: &str| {
                let (scope, level) = entry.split_once(':')?;
                Some((Scope::from(scope), Level::parse(level)?))
            };
            let scopes: Option<_> = list.split(' ').map(entry).collect();
            Use::Always(scopes?)
        }
    };
    Some((name.to_ascii_lowercase(), uses))
}

/// The permissions that the action of a step uses. `steps` are all of its job.
pub(super) fn uses(
    action: &str,
    step: &TokenStep<'_>,
    steps: &[TokenStep<'_>],
) -> Result<Scopes, UnknownNeed> {
    let name = name(action);
    if action.starts_with("docker://") {
        return image(step);
    }
    let found = (TABLE.get(&name)).ok_or_else(|| UnknownNeed::Action(action.to_owned()))?;
    match found {
        Use::Always(scopes) => {
            let known = || scopes.clone();
            leak(&name, step).map_or_else(|| Ok(known()), |name| Err(UnknownNeed::Token(name)))
        }
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
        Use::Script if has_job_token(step) => script(step),
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

/// The input or variable by which an action gets the token, though it has no input for it.
fn leak(name: &str, step: &TokenStep<'_>) -> Option<String> {
    let has_token = |value: &str| token::is_in(value, step.env);
    let mut inputs = step.with.iter();
    let given = inputs.find(|(name, value)| {
        // An input that is named for a token is the documented one, whose use the table states.
        let is_asked = name.to_ascii_lowercase().contains("token");
        !is_asked && has_token(value)
    });
    let given = given.map(|(name, _)| *name);
    let found = given.or_else(|| {
        let variables = token::variables(step.env);
        variables
            .first()
            .copied()
            .filter(|_| RUN_CODE.contains(&name))
    });
    found.map(str::to_owned)
}

/// The permissions that an image uses: unknown where it gets the token by an input or a variable.
/// The work tree, which it shares, has the credentials that `actions/checkout` stored: it may push.
fn image(step: &TokenStep<'_>) -> Result<Scopes, UnknownNeed> {
    let passed = step.with.iter().chain(step.env);
    let mut passed = passed.filter(|(_, value)| token::is_in(value, step.env));
    if let Some((name, _)) = passed.next() {
        return Err(UnknownNeed::Token((*name).to_owned()));
    }
    // An image with `push` in its arguments is taken for one that pushes to the repository.
    let pushes = step.with.iter().any(|(_, value)| value.contains("push"));
    let contents = pushes.then_some((Scope::Contents, Level::Write));
    Ok(contents.into_iter().collect())
}

fn script(step: &TokenStep<'_>) -> Result<Scopes, UnknownNeed> {
    let script = input(step, "script").unwrap_or_default();
    if token::is_in(script, step.env) {
        return Err(UnknownNeed::Token("script".to_owned()));
    }
    let mut variables = token::variables(step.env).into_iter();
    match variables.find(|name| script.contains(name)) {
        Some(name) => Err(UnknownNeed::Token(name.to_owned())),
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
        (Some(name), _) => !TABLE.contains_key(name),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_read_and_stands_in_its_place() {
        let names: Vec<_> = rows().filter_map(|row| row.split('\t').next()).collect();
        assert!(rows().all(|row| parse(row).is_some()));
        let lower = |name: &&str| name.to_ascii_lowercase();
        assert!(names.is_sorted_by_key(lower));
        assert_eq!(TABLE.len(), names.len(), "a name stands twice");
        for (name, uses) in TABLE.iter() {
            assert!(name.contains('/') && !name.contains('@'), "{name}");
            if let Use::Always(scopes) = uses {
                let is_known = |scope| Scope::KNOWN.contains(scope);
                assert!(scopes.keys().all(is_known), "{name}");
                assert!(scopes.values().all(|level| *level > Level::None), "{name}");
            }
        }
        assert_eq!(parse("a/b\tcontents:admin"), None);
        assert_eq!(parse("a/b contents:read"), None);
    }
}
