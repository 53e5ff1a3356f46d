//! The tokens that `aws sso login` leaves.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use serde_json::Value;
use sha1::{Digest as _, Sha1};
use syntax::shell;

use super::problem::Problem;
use super::profiles::missing_session;
use super::setup::Setup;
use crate::aws_file::Section;

/// What is wrong with the tokens of the profiles that matter, one for each portal.
pub fn problems(setup: &Setup) -> Vec<Problem> {
    let Some(aws) = &setup.aws else {
        return Vec::new();
    };
    let cache = aws.join("sso/cache");
    let mut found: Vec<(String, Problem)> = Vec::new();
    for profile in setup.profiles() {
        let Some(section) = setup.config.profile(&profile) else {
            continue;
        };
        let Some(key) = key(section) else { continue };
        // What cannot be signed in to at all is another problem.
        if missing_session(section, &setup.config).is_some() {
            continue;
        }
        if found.iter().any(|(other, _)| other == key) {
            continue;
        }
        if let Some(message) = ailment(&cache, key, section) {
            let message = format!("{message}: `the SSO session has expired or is invalid`");
            let cure = format!("aws sso login --profile {}", shell::quoted(&profile));
            let problem = Problem::new("sso_token", message, cure);
            found.push((key.to_owned(), problem.at(&setup.config.path, section.line)));
        }
    }
    found.into_iter().map(|(_, problem)| problem).collect()
}

/// What the token's file is called after: the session, else the start URL exactly as it is written.
/// The SDKs hash it byte for byte, so `/start` and `/start/#/` have tokens of their own.
fn key(section: &Section) -> Option<&str> {
    section
        .get("sso_session")
        .or_else(|| section.get("sso_start_url"))
}

fn ailment(cache: &Path, key: &str, section: &Section) -> Option<String> {
    let name = Sha1::digest(key.as_bytes());
    let name: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
    let Some(token) = token(&cache.join(name + ".json")) else {
        return Some(match spelled_otherwise(cache, key) {
            Some(other) => format!(
                "[{}] has the start URL {key}, and the token is one for {other}, which is another",
                section.title
            ),
            None => format!("[{}] is not signed in", section.title),
        });
    };
    let until = token
        .get("expiresAt")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let is_over = until.get(..SECONDS).unwrap_or_default() < &now[..SECONDS];
    // A session that may be renewed is, by itself.
    let is_renewed = section.get("sso_session").is_some() && token.get("refreshToken").is_some();
    (is_over && !is_renewed)
        .then(|| format!("the SSO session of [{}] expired at {until}", section.title))
}

/// Characters of `2026-01-31T23:59:59`: what follows is `Z` or `UTC`, and both mean the same.
const SECONDS: usize = 19;

fn token(path: &Path) -> Option<Value> {
    let token: Value = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
    token.get("accessToken").is_some().then_some(token)
}

/// The start URL of a token that only its spelling keeps from being this one.
fn spelled_otherwise(cache: &Path, key: &str) -> Option<String> {
    let bare = |url: &str| url.trim_end_matches(['/', '#']).to_lowercase();
    let mut paths: Vec<_> = fs::read_dir(cache)
        .ok()?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    paths.into_iter().find_map(|path| {
        let token = token(&path)?;
        let url = token.get("startUrl")?.as_str()?;
        (url != key && bare(url) == bare(key)).then(|| url.to_owned())
    })
}
