//! Why a repository has no plan.

use std::fmt;
use std::io;
use std::path::PathBuf;

use syntax::location::Location;
use syntax::text::shown;
use syntax::visible;

use crate::settings::SettingsErrors;

/// Why a repository has no plan.
#[derive(Debug)]
pub enum PlanError {
    /// Files whose brackets, strings, heredocs or comments do not close.
    Broken(Vec<(Location, String)>),
    /// A file that could not be read.
    Unreadable(PathBuf, io::Error),
    /// A configuration whose answers contradict each other.
    Configuration(SettingsErrors),
    /// The plan does not pass its proof: a bug in tfkeyless.
    Unsound(String),
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(places) => {
                for (index, (at, what)) in places.iter().enumerate() {
                    let end = if index + 1 < places.len() { "\n" } else { "" };
                    let path = visible::path(&at.path);
                    write!(f, "{path}:{}:{}: {what}{end}", at.line, at.column)?;
                }
                Ok(())
            }
            Self::Unreadable(path, error) => write!(f, "{}: {error}", shown(path)),
            Self::Configuration(errors) => {
                let lines = errors
                    .0
                    .iter()
                    .map(|error| format!("tfkeyless.hcl:{error}"));
                f.write_str(&lines.collect::<Vec<_>>().join("\n"))
            }
            Self::Unsound(what) => write!(f, "{what}"),
        }
    }
}

impl std::error::Error for PlanError {}
