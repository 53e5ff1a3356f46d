//! The code that the configured provider does not accept. All code of modules that cross a major of
//! the provider is read for it: any resource may have a removed argument.

use std::collections::HashMap;

use rayon::prelude::*;
use terraform::module::Module;
use upgrade::arguments::{Breaks, changes};
use upgrade::moves::crossings;

use super::{Index, around, movers};
use crate::error::PlanError;
use crate::request::Request;
use crate::source::Source;

/// Finds it in every directory that crosses majors or is at the target, by number.
pub(crate) fn learn(
    source: &dyn Source,
    index: &Index,
    request: &Request,
) -> Result<HashMap<usize, Breaks>, PlanError> {
    let modules = &index.modules;
    // Without breaks, which hold modules back: they are what is looked for.
    let movers = movers::movers(modules, &HashMap::new(), request);
    let crossings = crossings(&movers, modules.graph(), &movers::aims(request));
    let learned = crossings
        .into_par_iter()
        .map_init(Vec::new, |buffer, (number, crossing)| {
            let directory = modules.path(number).to_path_buf();
            let mut module = Module::new(directory, Vec::new());
            around::configuration(source, &mut module, buffer)?;
            let breaks = Breaks::of(&changes(&module, crossing), |edit| {
                let path = &edit.path;
                match request.out_of_scope(path) {
                    None => module.obstacle(path).map(str::to_owned),
                    Some(why) => Some(why.to_owned()),
                }
            });
            Ok(breaks.is_known.then_some((number, breaks)))
        });
    learned.filter_map(Result::transpose).collect()
}
