//! The code that the configured provider does not accept. All code of modules that cross a major of
//! the provider is read for it, where a word in it may concern that major: any resource may have a
//! removed argument. So are the modules that call them, where an output passes them what changes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;
use terraform::module::Module;
use terraform::module_call::ModuleAddress;
use upgrade::arguments::{
    CalledModules, CandidateRows, HeldOutputs, MajorUpgrade, ModuleSurroundings, changes,
    held_outputs,
};
use upgrade::joint_bump::{Breaks, major_upgrades};
use upgrade::output_uses::calls;

use super::module_constraints::{module_constraints, upgrade_policy};
use super::{Index, around};
use crate::catalogue::Purpose;
use crate::declined::Declined;
use crate::disagreements::Disagreements;
use crate::error::PlanError;
use crate::request::Request;
use crate::source::Source;

/// Calls through which an output is followed at most: Terraform has no bound, but modules that call each
/// other, which it refuses, would be followed for ever.
const ROUNDS: usize = 16;

/// What is learned of the code of directories, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Learned {
    /// What the configured provider does not accept.
    pub breaks: HashMap<usize, Breaks>,
    /// What the calls of modules hold that changes.
    pub called: HashMap<usize, CalledModules>,
}

/// Finds it in every directory that crosses majors or is at the target.
pub(crate) fn learn(
    source: &dyn Source,
    index: &Index,
    request: &Request,
) -> Result<Learned, PlanError> {
    let modules = &index.modules;
    // Without breaks, which hold modules back: they are what is looked for.
    let constraints = module_constraints(
        index,
        &HashMap::new(),
        request,
        (&Disagreements::default(), &Declined::default()),
    );
    let policy = upgrade_policy(request);
    let reader = Reader {
        source,
        index,
        request,
        upgrades: major_upgrades(&constraints, modules.graph(), &policy),
    };
    let candidates = reader.upgrades.iter().filter(|(number, upgrade)| {
        let candidates = index.candidates.get(number).copied();
        // A call may lead to where no walk does: to a hidden directory, or into another repository.
        let candidates = candidates.unwrap_or(CandidateRows::ALL);
        candidates.apply_to(**upgrade)
    });
    let mut open: BTreeSet<usize> = candidates.map(|(number, _)| *number).collect();
    let mut learned = Learned::default();
    let mut outputs: HashMap<usize, HeldOutputs> = HashMap::new();
    let callers = callers(index);
    for _ in 0..ROUNDS {
        let found = std::mem::take(&mut open).into_par_iter();
        let found = found.map_init(Vec::new, |buffer, number| {
            Ok((number, reader.read(number, &outputs, buffer)?))
        });
        let found: Vec<(usize, Read)> = found.collect::<Result<_, PlanError>>()?;
        for (number, read) in found {
            if outputs.get(&number) != Some(&read.outputs) && !read.outputs.is_empty() {
                outputs.insert(number, read.outputs);
                let callers = callers.get(&number).into_iter().flatten();
                open.extend(callers.filter(|caller| reader.upgrades.contains_key(caller)));
            }
            if read.breaks.is_known {
                learned.breaks.insert(number, read.breaks);
            }
            if !read.called.is_empty() {
                learned.called.insert(number, read.called);
            }
        }
    }
    Ok(learned)
}

/// The directories that call each one.
fn callers(index: &Index) -> BTreeMap<usize, BTreeSet<usize>> {
    let modules = &index.modules;
    let mut callers: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (caller, files) in modules.all() {
        for path in files.values().flat_map(|facts| &facts.calls) {
            let called = modules.number(&modules.links.directory(path));
            if let Some(called) = called {
                callers.entry(called).or_default().insert(caller);
            }
        }
    }
    callers
}

/// What the code of one directory tells.
struct Read {
    breaks: Breaks,
    called: CalledModules,
    outputs: HeldOutputs,
}

/// Reads the code of directories.
struct Reader<'r> {
    source: &'r dyn Source,
    index: &'r Index,
    request: &'r Request,
    upgrades: HashMap<usize, MajorUpgrade>,
}

impl Reader<'_> {
    fn read(
        &self,
        number: usize,
        outputs: &HashMap<usize, HeldOutputs>,
        buffer: &mut Vec<u8>,
    ) -> Result<Read, PlanError> {
        let (index, request) = (self.index, self.request);
        let modules = &index.modules;
        let upgrade = self.upgrades[&number];
        let directory = modules.path(number).to_path_buf();
        let mut module = Module::new(directory, Vec::new());
        around::configuration(self.source, &mut module, buffer)?;
        let called = self.called(&module, outputs);
        let surroundings = ModuleSurroundings {
            called: &called,
            is_called: modules.graph().is_called(number),
        };
        let id = request.catalogue.id_of(Purpose::RewriteArguments);
        let breaks = Breaks::of(&changes(&module, upgrade, surroundings, id), |edit| {
            let path = &edit.path;
            match request.out_of_scope(modules.links.target(path)) {
                None => module.obstacle(path).map(str::to_owned),
                Some(why) => Some(why.to_owned()),
            }
        });
        Ok(Read {
            outputs: held_outputs(&module, upgrade, &called),
            breaks,
            called,
        })
    }

    /// What the calls of a module hold.
    fn called(&self, module: &Module, outputs: &HashMap<usize, HeldOutputs>) -> CalledModules {
        let modules = &self.index.modules;
        let mut called = CalledModules::default();
        if outputs.is_empty() {
            return called;
        }
        for call in module.configuration().flat_map(calls) {
            let ModuleAddress::Local(path) = call.address() else {
                continue;
            };
            let number = modules.number(&modules.links.directory(&path));
            if let Some(outputs) = number.and_then(|number| outputs.get(&number)) {
                let mut repeated = ["count", "for_each"].into_iter();
                let is_repeated = repeated.any(|it| call.block.attribute(it).is_some());
                called.add(call.name(), is_repeated, outputs);
            }
        }
        called
    }
}
