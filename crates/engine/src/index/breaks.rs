//! The code that the configured provider does not accept. All code of modules that cross a major of
//! the provider is read for it, where a word in it may concern that major: any resource may have a
//! removed argument. So are the modules around them, where an output or an argument passes them what
//! changes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use rayon::prelude::*;
use terraform::module::Module;
use terraform::module_call::ModuleAddress;
use upgrade::arguments::{
    CallArguments, CandidateRows, HeldOutputs, HeldVariables, MajorUpgrade, ModuleSurroundings,
    PassedObjects, affected_blocks, changes, passed_on,
};
use upgrade::joint_bump::{Breaks, major_upgrades};
use upgrade::output_uses::calls;

use super::module_constraints::{module_constraints, upgrade_policy};
use super::{Index, around};
use crate::catalogue::Purpose;
use crate::error::PlanError;
use crate::request::Request;
use crate::source::Source;
use crate::unmade_edits::UnmadeEdits;

/// Calls through which a value is followed at most: Terraform has no bound, but modules that call each
/// other, which it refuses, would be followed for ever.
const ROUNDS: usize = 16;

/// What is learned of the code of directories, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Learned {
    /// What the configured provider does not accept.
    pub breaks: HashMap<usize, Breaks>,
    /// What passes between modules that changes.
    pub passed: HashMap<usize, PassedObjects>,
}

/// What modules pass to those around them, as far as they are read, by their numbers.
#[derive(Debug, Default)]
struct Passages {
    outputs: HashMap<usize, HeldOutputs>,
    arguments: HashMap<usize, Vec<CallArguments>>,
    variables: HashMap<usize, HeldVariables>,
}

/// Finds it in every directory that crosses majors or is at the target.
pub(crate) fn learn(
    source: &dyn Source,
    index: &Index,
    request: &Request,
) -> Result<Learned, PlanError> {
    let modules = &index.modules;
    // Without breaks, which hold modules back: they are what is looked for.
    let unmade = UnmadeEdits::default();
    let constraints = module_constraints(index, &HashMap::new(), request, &unmade);
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
    let mut passages = Passages::default();
    let callers = callers(index);
    for _ in 0..ROUNDS {
        let found = std::mem::take(&mut open).into_par_iter();
        let found = found.map_init(Vec::new, |buffer, number| {
            Ok((number, reader.read(number, &passages, buffer)?))
        });
        let found: Vec<(usize, Read)> = found.collect::<Result<_, PlanError>>()?;
        let mut called = BTreeSet::new();
        for (number, read) in found {
            if passages.outputs.get(&number) != Some(&read.outputs) && !read.outputs.is_empty() {
                passages.outputs.insert(number, read.outputs);
                open.extend(callers.get(&number).into_iter().flatten());
            }
            if passages.arguments.get(&number) != Some(&read.arguments) {
                called.extend(reader.called(&read.arguments));
                passages.arguments.insert(number, read.arguments);
            }
            match read.breaks.is_known {
                true => drop(learned.breaks.insert(number, read.breaks)),
                false => drop(learned.breaks.remove(&number)),
            }
            match read.passed.is_empty() {
                true => drop(learned.passed.remove(&number)),
                false => drop(learned.passed.insert(number, read.passed)),
            }
        }
        for number in called {
            let callers = callers.get(&number).into_iter().flatten().copied();
            let callers: Vec<usize> = callers.collect();
            open.extend(reader.pass(number, &callers, &mut passages)?);
        }
        open.retain(|number| reader.upgrades.contains_key(number));
        if open.is_empty() {
            break;
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
    passed: PassedObjects,
    outputs: HeldOutputs,
    arguments: Vec<CallArguments>,
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
        passages: &Passages,
        buffer: &mut Vec<u8>,
    ) -> Result<Read, PlanError> {
        let (index, request) = (self.index, self.request);
        let modules = &index.modules;
        let upgrade = self.upgrades[&number];
        let module = self.module(number, buffer)?;
        let passed = self.passed(number, &module, passages);
        let surroundings = ModuleSurroundings {
            passed: &passed,
            is_called: modules.graph().is_called(number),
        };
        let id = request.catalogue.id_of(Purpose::RewriteArguments);
        let blocks = affected_blocks(&module, upgrade);
        let changes = changes(&module, &blocks, upgrade, surroundings, id);
        let breaks = Breaks::of(&changes, |edit| {
            let path = &edit.path;
            match request.out_of_scope(modules.links.target(path)) {
                None => module.obstacle(path).map(str::to_owned),
                Some(why) => Some(why.to_owned()),
            }
        });
        let (outputs, arguments) = passed_on(&module, &blocks, upgrade, &passed);
        Ok(Read {
            breaks,
            passed,
            outputs,
            arguments,
        })
    }

    /// All configuration of a directory, with its tests.
    fn module(&self, number: usize, buffer: &mut Vec<u8>) -> Result<Module, PlanError> {
        let directory = self.index.modules.path(number).to_path_buf();
        let mut module = Module::new(directory, Vec::new());
        around::configuration(self.source, &mut module, buffer)?;
        around::tests(self.source, &mut module, buffer)?;
        Ok(module)
    }

    /// The number of the directory that a call leads to.
    fn callee(&self, directory: &Path) -> Option<usize> {
        let modules = &self.index.modules;
        modules.number(&modules.links.directory(directory))
    }

    /// The directories that calls lead to.
    fn called<'a>(&'a self, arguments: &'a [CallArguments]) -> impl Iterator<Item = usize> + 'a {
        let called = arguments.iter();
        called.filter_map(|call| self.callee(&call.directory))
    }

    /// Decides what the variables of a directory hold, by all of its calls; the directories that have to
    /// be read for it, or again because of it.
    fn pass(
        &self,
        number: usize,
        callers: &[usize],
        passages: &mut Passages,
    ) -> Result<Vec<usize>, PlanError> {
        let of_callers = callers.iter().filter_map(|it| passages.arguments.get(it));
        let calls = of_callers
            .flatten()
            .filter(|call| self.callee(&call.directory) == Some(number));
        let calls: Vec<&CallArguments> = calls.collect();
        let pass_any = calls.iter().any(|call| call.hold_any());
        if !pass_any && !passages.variables.contains_key(&number) {
            return Ok(Vec::new());
        }
        let unread = callers.iter().copied();
        let unread = unread.filter(|caller| !passages.arguments.contains_key(caller));
        let (followed, others): (Vec<usize>, Vec<usize>) =
            unread.partition(|caller| self.upgrades.contains_key(caller));
        if !followed.is_empty() {
            return Ok(followed);
        }
        // What a module passes that keeps its provider does not change with it.
        let variables = match others.is_empty() && self.upgrades.contains_key(&number) {
            false => HeldVariables::of_types(&self.module(number, &mut Vec::new())?),
            true => HeldVariables::of(&self.module(number, &mut Vec::new())?, &calls),
        };
        let known = passages.variables.entry(number).or_default();
        if *known == variables {
            return Ok(Vec::new());
        }
        *known = variables;
        Ok(callers.iter().copied().chain([number]).collect())
    }

    /// What passes between a module and those around it.
    fn passed(&self, number: usize, module: &Module, passages: &Passages) -> PassedObjects {
        let mut passed = PassedObjects::default();
        if let Some(variables) = passages.variables.get(&number) {
            passed.add_variables(variables);
        }
        if passages.outputs.is_empty() && passages.variables.is_empty() {
            return passed;
        }
        for call in module.configuration().flat_map(calls) {
            let ModuleAddress::Local(path) = call.address() else {
                continue;
            };
            let Some(callee) = self.callee(&path) else {
                continue;
            };
            if let Some(outputs) = passages.outputs.get(&callee) {
                let mut repeated = ["count", "for_each"].into_iter();
                let is_repeated = repeated.any(|it| call.block.attribute(it).is_some());
                passed.add_outputs(call.name(), is_repeated, outputs);
            }
            if let Some(variables) = passages.variables.get(&callee) {
                passed.follow(call.name(), variables);
            }
        }
        passed
    }
}
