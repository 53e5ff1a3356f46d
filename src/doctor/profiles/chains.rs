//! Profiles that get their credentials from another profile, a device or a program.

use std::env;
use std::path::Path;

use syntax::code::sentence;
use syntax::{shell, visible};

use crate::doctor::problem::Problem;
use crate::doctor::setup::Setup;

/// What is wrong with a profile and with those that it has as a source.
pub fn problems(setup: &Setup, profile: &str) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut seen = vec![profile.to_owned()];
    loop {
        let name = &seen[seen.len() - 1];
        let Some(section) = setup.config.profile(name) else {
            return found;
        };
        let title = &section.title;
        let at = |problem: Problem| problem.at(&setup.config.path, section.line);
        if let Some(program) = section.get("credential_process").and_then(program)
            && !is_there(&program)
        {
            let message = format!(
                "[{title}] gets credentials from the program {program}, which is not there"
            );
            let cure = format!("install {program}, or take `credential_process` out of [{title}]");
            found.push(at(Problem::new("credential_process", message, cure)));
        }
        let Some(role) = section.get("role_arn") else {
            return found;
        };
        if section.get("mfa_serial").is_some() {
            let message = format!(
                "[{title}] assumes a role with a device, for whose code Terraform cannot ask: `assume \
                 role with MFA enabled, but AssumeRoleTokenProvider session option not set`"
            );
            let cure = setup.cure_of_section(name, title);
            found.push(at(Problem::new("profile_mfa", message, cure)));
        }
        let Some(source) = section.get("source_profile") else {
            return found;
        };
        // A profile with keys of its own may name itself (AWS CLI User Guide, "Using an IAM role").
        if source == name {
            return found;
        }
        let broken = match (
            setup.knows(source),
            seen.iter().any(|known| known == source),
        ) {
            (true, false) => None,
            (true, true) => Some(format!("comes back to {source}")),
            (false, _) => Some(format!("is {source}, which is no profile")),
        };
        if let Some(broken) = broken {
            let message = sentence!(
                "the `source_profile` of [{title}] {broken}: `failed to load assume role {role}, of \
                 profile {source}`"
            );
            let config = visible::path(&setup.config.path);
            let cure = match setup.knows(source) {
                true => format!("name a profile that signs in as `source_profile` in {config}"),
                false => format!("aws configure sso --profile {}", shell::quoted(source)),
            };
            found.push(at(Problem::new("source_profile", message, cure)));
            return found;
        }
        seen.push(source.to_owned());
    }
}

/// The program of a command line: its first word, which may be quoted.
fn program(command: &str) -> Option<String> {
    let command = command.trim_start();
    let word = match command.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => command.split_whitespace().next(),
    };
    word.filter(|word| !word.is_empty()).map(str::to_owned)
}

/// Whether a program is a file, or on `PATH`. What a shell has to expand is taken to be there.
fn is_there(program: &str) -> bool {
    if program.contains(['$', '~', '\\']) {
        return true;
    }
    if program.contains('/') {
        return Path::new(program).is_file();
    }
    let directories = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&directories).any(|directory| directory.join(program).is_file())
}
