//! The profiles that matter: whether they are there, and who they are to Terraform.

use super::trouble::Problem;
use super::world::{Environment, variable};
use crate::aws_file::Section;

/// What is wrong with them.
pub fn look(world: &Environment) -> Vec<Problem> {
    let mut all = backends(world);
    for profile in world.profiles() {
        all.extend(untitled(world, &profile));
        all.extend(shadowed(world, &profile));
        all.extend(empty(world, &profile));
    }
    all
}

/// Backends whose profile is missing, and those that have none and look for their lock elsewhere.
fn backends(world: &Environment) -> Vec<Problem> {
    let backends = world.inventory.backends.iter();
    let told = backends.filter_map(|backend| {
        if let Some(profile) = backend.settings.get("profile") {
            let is_missing = !world.knows(profile) && world.config.section(profile).is_none();
            return is_missing.then(|| {
                let config = world.config.path.display();
                Problem::new(
                    "backend_profile_missing",
                    format!(
                        "the backend takes the profile {profile}, which {config} does not have: \
                         init fails (`failed to get shared config profile, {profile}`)"
                    ),
                    world.cure(profile),
                )
                .at(&backend.path, backend.line)
            });
        }
        let state = world.settings.state_profile.as_ref()?;
        let locks = backend.settings.contains_key("dynamodb_table");
        let elsewhere = variable("AWS_PROFILE").as_ref() != Some(state);
        (locks && elsewhere && !backend.has_identity).then(|| {
            Problem::new(
                "lock_table_elsewhere",
                format!(
                    "the backend names no profile: Terraform looks for its DynamoDB lock table in \
                     the account that it works in, not in that of {state} (`Error acquiring the \
                     state lock`, `ResourceNotFoundException`)"
                ),
                "tfkeyless apply --only set_backend_profile",
            )
            .at(&backend.path, backend.line)
        })
    });
    told.collect()
}

/// `[dev]` in the configuration file is nothing; `[profile dev]` would be a profile.
fn untitled(world: &Environment, profile: &str) -> Option<Problem> {
    let section = world
        .config
        .section(profile)
        .filter(|_| profile != "default")?;
    if world.knows(profile) {
        return None;
    }
    let path = world.config.path.display();
    let message =
        format!("[{profile}] is no profile here: its title has to be [profile {profile}]");
    let cure = format!("sed -i.bak 's/^\\[{profile}\\]/[profile {profile}]/' {path}");
    let trouble = Problem::new("profile_title", message, cure);
    Some(trouble.at(&world.config.path, section.line))
}

/// Keys that beat the SSO settings of the same name.
fn shadowed(world: &Environment, profile: &str) -> Option<Problem> {
    let keys = world.credentials.section(profile)?;
    keys.get("aws_access_key_id")?;
    let is_sso = world.config.profile(profile).is_some_and(is_sso);
    let mut accounts = world.settings.accounts.iter();
    let is_meant = accounts.any(|account| account.label == profile);
    if !is_sso && !is_meant {
        return None;
    }
    let path = world.credentials.path.display();
    let message = format!(
        "[{profile}] has static keys, old credentials that Terraform takes instead of signing in; \
         `aws sts get-caller-identity` does not show it"
    );
    let last = world.credentials.text[..keys.end]
        .trim_end()
        .lines()
        .count();
    let cure = format!("sed -i.bak '{},{last}d' {path}", keys.line);
    Some(Problem::new("shadowing_keys", message, cure).at(&world.credentials.path, keys.line))
}

/// A profile with nothing to sign in by.
fn empty(world: &Environment, profile: &str) -> Option<Problem> {
    let section = world.config.profile(profile)?;
    let has = |key: &str| section.get(key).is_some();
    let ways = [
        "role_arn",
        "credential_process",
        "aws_access_key_id",
        "web_identity_token_file",
        "login_session",
    ];
    let signs_in = is_sso(section) || ways.into_iter().any(has);
    if signs_in || world.credentials.section(profile).is_some() {
        return None;
    }
    let message = format!(
        "[{}] says no way to sign in: `No valid credential sources found`",
        section.title
    );
    let trouble = Problem::new("profile_empty", message, world.cure(profile));
    Some(trouble.at(&world.config.path, section.line))
}

/// Whether a profile signs in by SSO.
pub fn is_sso(section: &Section) -> bool {
    section.get("sso_session").is_some() || section.get("sso_start_url").is_some()
}
