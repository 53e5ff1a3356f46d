//! The profiles that the code names.

use std::path::Path;

use engine::inventory::Backend;
use syntax::code::sentence;
use syntax::visible;

use crate::doctor::problem::Problem;
use crate::doctor::setup::{Setup, variable};

/// Providers and remote states whose profile is missing, or is of nobody else.
pub fn problems(setup: &Setup) -> Vec<Problem> {
    let profiles = setup.inventory.profiles.iter();
    let found = profiles.filter_map(|named| {
        let (subject, profile) = (&named.subject, &named.profile);
        let place = (&*named.at.path, named.at.line);
        let problem = unlisted(setup, (subject, "plan"), profile, place).or_else(|| {
            is_missing(setup, profile).then(|| {
                let config = visible::path(&setup.config.path);
                Problem::new(
                    "provider_profile_missing",
                    sentence!(
                        "{subject} takes the profile {profile}, which {config} does not have: plan fails \
                         (`failed to get shared config profile, {profile}`)"
                    ),
                    setup.cure(profile),
                )
            })
        })?;
        Some(problem.at(place.0, place.1))
    });
    found.collect()
}

fn is_missing(setup: &Setup, profile: &str) -> bool {
    !setup.knows(profile) && setup.config.section(profile).is_none()
}

/// A profile that the configuration has under no account and for no state: that of one person. `command` is what
/// fails without it.
fn unlisted(
    setup: &Setup,
    (subject, command): (&str, &str),
    profile: &str,
    (path, line): (&Path, usize),
) -> Option<Problem> {
    let accounts = &setup.settings.accounts;
    let labels: Vec<&str> = accounts.iter().map(|account| &*account.label).collect();
    let is_of_state = setup.settings.is_profile_of_state(profile);
    if labels.is_empty() || labels.contains(&profile) || is_of_state {
        return None;
    }
    let message = match is_missing(setup, profile) {
        false => format!(
            "{subject} takes the profile {profile}, which is no `account` of tfkeyless.hcl: other people \
             and CI do not have it"
        ),
        true => sentence!(
            "{subject} takes the profile {profile}, which is no `account` of tfkeyless.hcl, and which {} \
             does not have: {command} fails (`failed to get shared config profile, {profile}`)",
            visible::path(&setup.config.path)
        ),
    };
    let cure = format!(
        "name the profile of its account in {}:{line}, one of {}",
        visible::path(path),
        labels.join(", ")
    );
    Some(Problem::new("profile_unlisted", message, cure))
}

/// Backends whose profile is missing, and those that have none and look for their lock elsewhere.
pub fn backends(setup: &Setup) -> Vec<Problem> {
    let backends = &setup.inventory.backends;
    let states = setup.inventory.states.iter();
    let found = states.filter_map(|backend| {
        let place = (&*backend.path, backend.line);
        if let Some(profile) = backend.settings.get("profile") {
            let problem = unlisted(setup, ("the backend", "init"), profile, place).or_else(|| {
                is_missing(setup, profile).then(|| {
                    let config = visible::path(&setup.config.path);
                    Problem::new(
                        "backend_profile_missing",
                        sentence!(
                            "the backend takes the profile {profile}, which {config} does not have: \
                             init fails (`failed to get shared config profile, {profile}`)"
                        ),
                        setup.cure(profile),
                    )
                })
            })?;
            return Some(problem.at(place.0, place.1));
        }
        let is_backend = |it: &Backend| (&*it.path, it.line) == place;
        if !backends.iter().any(is_backend) {
            return None;
        }
        let state = setup.settings.state_profile.as_ref()?;
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
                // Alone, `set_backend_profile` gives a job a profile that its runner does not have.
                "tfkeyless apply   # gives backends and jobs their profile together",
            )
            .at(&backend.path, backend.line)
        })
    });
    found.collect()
}
