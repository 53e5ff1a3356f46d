//! The releases of Terraform that files pin for the root modules below them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syntax::location::Location;
use terraform::constraint::Version;
use terraform::version_file::{NAMES, pinned};

use super::modules::Modules;
use crate::error::PlanError;
use crate::source::Source;

/// A release of Terraform that a file pins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerraformPin {
    /// The line.
    pub at: Location,
    /// The release as written.
    pub written: String,
    /// The release.
    pub version: Version,
}

/// Reads the pins in the directories of backends, and above them, by directory.
pub(crate) fn read(
    source: &dyn Source,
    modules: &Modules,
) -> Result<BTreeMap<PathBuf, TerraformPin>, PlanError> {
    let backends = modules.all().filter(|(_, files)| {
        let mut facts = files.values();
        facts.any(|facts| facts.backend.is_some())
    });
    let directories: BTreeSet<&Path> = backends
        .flat_map(|(number, _)| modules.path(number).ancestors())
        .collect();
    let mut pins = BTreeMap::new();
    let mut buffer = Vec::new();
    for directory in directories {
        let unreadable = |error| PlanError::Unreadable(directory.to_path_buf(), error);
        let files = source.files(directory).map_err(unreadable)?;
        // In the order of the names: tfenv, if it is used, knows its own file alone.
        for path in NAMES.map(|name| directory.join(name)) {
            if !files.contains(&path) || pins.contains_key(directory) {
                continue;
            }
            source.read(&path, &mut buffer).map_err(unreadable)?;
            let text = String::from_utf8_lossy(&buffer);
            let pin = pinned(&path, &text).map(|(line, written, version)| TerraformPin {
                at: Location {
                    path,
                    line,
                    column: 1,
                },
                written,
                version,
            });
            pins.extend(pin.map(|pin| (directory.to_path_buf(), pin)));
        }
    }
    Ok(pins)
}
