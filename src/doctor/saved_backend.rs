//! The backend that a working directory was initialised with.

use std::fs;
use std::path::Path;

use engine::inventory::Backend;
use serde_json::Value;
use syntax::{shell, visible};
use terraform::file_kind::FileKind;

use super::problem::Problem;
use super::setup::{Setup, variable};
use crate::link::inside;

/// The working directories whose backend is no longer that of the code.
pub fn problems(setup: &Setup) -> Vec<Problem> {
    let backends = setup.inventory.backends.iter();
    backends
        .filter_map(|backend| differs(setup, backend))
        .collect()
}

fn differs(setup: &Setup, backend: &Backend) -> Option<Problem> {
    // What stands in a settings file may be another's.
    if FileKind::of(&backend.path) != Some(FileKind::Configuration) {
        return None;
    }
    let directory = backend.path.parent()?;
    // Terraform keeps what it was initialized with in `terraform.tfstate` of its data directory.
    let data = variable("TF_DATA_DIR").unwrap_or_else(|| ".terraform".to_owned());
    let saved = Path::new(&data).join("terraform.tfstate");
    let saved = match saved.is_absolute() {
        true => saved,
        // What the repository brings by that name may be a link to anything.
        false => setup
            .root
            .join(inside(&setup.root, &directory.join(saved)).ok()?),
    };
    if !saved.is_file() {
        return None;
    }
    let Ok(document) = serde_json::from_slice::<Value>(&fs::read(&saved).ok()?) else {
        return Some(unreadable(&saved, directory, backend));
    };
    let saved = document.get("backend")?;
    let what = match saved.get("type")?.as_str()? {
        "s3" => differences(saved.get("config")?, backend)?,
        other => format!("backend \"{other}\" -> \"s3\""),
    };
    let message = format!(
        "the backend configuration changed since the last init: {what} (init fails with `Backend \
         configuration changed`, plan with `Backend initialization required`)"
    );
    let problem = Problem::new("backend_changed", message, cure(directory));
    Some(problem.at(&backend.path, backend.line))
}

/// A record that was cut off, or holds what git left of a conflict (Terraform 1.11.4 fails with it in init
/// and plan).
fn unreadable(saved: &Path, directory: &Path, backend: &Backend) -> Problem {
    let message = format!(
        "{} is no JSON: init and plan fail with `Failed to load state: invalid syntax`",
        visible::path(saved)
    );
    let cure = format!("rm {} && {}", shell::operand(saved), cure(directory));
    Problem::new("backend_unreadable", message, cure).at(&backend.path, backend.line)
}

/// The settings of the code that were others; `None` where there are none.
fn differences(saved: &Value, backend: &Backend) -> Option<String> {
    let settings = backend.settings.iter();
    let differing = settings.filter_map(|(name, value)| {
        let before = match saved.get(name) {
            Some(Value::String(before)) => before.clone(),
            None | Some(Value::Null) => String::new(),
            Some(before) => before.to_string(),
        };
        (before != *value).then(|| match before.as_str() {
            "" => format!("{name}: unset -> \"{value}\""),
            before => format!("{name}: \"{before}\" -> \"{value}\""),
        })
    });
    let differing: Vec<String> = differing.collect();
    (!differing.is_empty()).then(|| differing.join(", "))
}

fn cure(directory: &Path) -> String {
    let at = match directory.as_os_str().is_empty() {
        true => String::new(),
        false => format!(" -chdir={}", shell::path(directory)),
    };
    // `-migrate-state` configures the old backend first, which fails once the static keys are gone.
    // With `-reconfigure` a setting of a partial backend that is not given again is lost.
    format!("terraform{at} init -reconfigure   # with every -backend-config that it was given")
}
