//! The code that the configured provider does not accept. All code of modules that cross a major of
//! the provider is read for it, where a word in it may concern that major: any resource may have a
//! removed argument.

use std::collections::HashMap;

use rayon::prelude::*;
use terraform::module::Module;
use upgrade::arguments::{CandidateRows, changes};
use upgrade::joint_bump::{Breaks, major_upgrades};

use super::module_constraints::{module_constraints, upgrade_policy};
use super::{Index, around};
use crate::catalogue::Purpose;
use crate::declined::Declined;
use crate::disagreements::Disagreements;
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
    let constraints = module_constraints(
        index,
        &HashMap::new(),
        request,
        (&Disagreements::default(), &Declined::default()),
    );
    let policy = upgrade_policy(request);
    let id = request.catalogue.id_of(Purpose::RewriteArguments);
    let mut upgrades = major_upgrades(&constraints, modules.graph(), &policy);
    upgrades.retain(|number, upgrade| {
        let candidates = index.candidates.get(number).copied();
        // A call may lead to where no walk does: to a hidden directory, or into another repository.
        let candidates = candidates.unwrap_or(CandidateRows::ALL);
        candidates.apply_to(*upgrade)
    });
    let learned = upgrades
        .into_par_iter()
        .map_init(Vec::new, |buffer, (number, upgrade)| {
            let directory = modules.path(number).to_path_buf();
            let mut module = Module::new(directory, Vec::new());
            around::configuration(source, &mut module, buffer)?;
            let breaks = Breaks::of(&changes(&module, upgrade, id), |edit| {
                let path = &edit.path;
                match request.out_of_scope(modules.links.target(path)) {
                    None => module.obstacle(path).map(str::to_owned),
                    Some(why) => Some(why.to_owned()),
                }
            });
            Ok(breaks.is_known.then_some((number, breaks)))
        });
    learned.filter_map(Result::transpose).collect()
}
