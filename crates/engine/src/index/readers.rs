//! The scripts of the tree that read environment variables for AWS.

use std::path::{Path, PathBuf};

use memchr::memmem::Finder;
use rayon::prelude::*;

use super::around::{is_script, load, lossy};
use crate::error::PlanError;
use crate::source::Source;
use ci::aws_names::{KEY_VARIABLES, REGION_VARIABLES};
use ci::scripts::aws_scripts::{AwsScripts, reads, sets, takes_keys_without_token};
use terraform::file_kind::FileKind;

/// Reads every script of the tree but the workflows.
pub(crate) fn readers(source: &dyn Source) -> Result<AwsScripts, PlanError> {
    let unreadable = |error| PlanError::Unreadable(PathBuf::new(), error);
    let paths = source.tree().map_err(unreadable)?;
    let is_workflow = |path: &Path| FileKind::of(path) == Some(FileKind::Workflow);
    let scripts = paths
        .into_par_iter()
        .filter(|path| is_script(path) && !is_workflow(path));
    let words = REGION_VARIABLES.iter().chain(&KEY_VARIABLES[..2]);
    let words: Vec<Finder<'_>> = words.map(Finder::new).collect();
    let found = scripts.map_init(Vec::new, |buffer, path| {
        load(source, &path, buffer)?;
        let mut words = words.iter();
        if words.all(|word| word.find(buffer).is_none()) {
            return Ok(None);
        }
        let text = lossy(buffer);
        let reads_region = REGION_VARIABLES.iter().any(|name| reads(&text, name));
        let sets_region = sets(&text, REGION_VARIABLES[1]);
        let regions = (reads_region, sets_region);
        Ok(Some((path, regions, takes_keys_without_token(&text))))
    });
    let mut found: Vec<_> = found
        .filter_map(Result::transpose)
        .collect::<Result<_, PlanError>>()?;
    found.sort();
    let region = found
        .iter()
        .filter(|(_, (reads_region, _), _)| *reads_region);
    let set = found.iter().filter(|(_, (_, sets_region), _)| *sets_region);
    Ok(AwsScripts {
        names_default_profile: false,
        reads_region: region.map(|(path, ..)| path.clone()).collect(),
        sets_region: set.map(|(path, ..)| path.clone()).collect(),
        without_session_token: found
            .iter()
            .filter(|(.., takes_keys_without_token)| *takes_keys_without_token)
            .map(|(path, ..)| path.clone())
            .collect(),
    })
}
