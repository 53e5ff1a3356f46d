//! Where the tree reads outputs of the VPC module that its bump makes null: in the calling module,
//! through its locals, its outputs in its callers, the variables of its child modules, and remote
//! states. Read only for calls of which an output may be null.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use memchr::memmem::Finder;
use terraform::file_kind::FileKind;
use terraform::module::Module;
use terraform::module_call::ModuleAddress;
use terraform::remote_state::REMOTE_STATE;
use upgrade::output_uses::{Alias, Nullable, OutputUse, calls, of_module};

use super::module_constraints::upgrade_policy;
use super::{Index, around};
use crate::error::PlanError;
use crate::request::Request;
use crate::source::Source;

/// The readings of the outputs of each call, by the number of its directory and its label.
pub type OutputUses = HashMap<(usize, String), Vec<OutputUse>>;

/// Finds them.
pub(crate) fn learn(
    source: &dyn Source,
    index: &Index,
    request: &Request,
) -> Result<OutputUses, PlanError> {
    let modules = &index.modules;
    let targets = upgrade_policy(request).modules;
    let mut found = OutputUses::new();
    for (number, files) in modules.all() {
        let mut follower = Follower {
            source,
            index,
            nullable: Nullable::new(),
            uses: BTreeSet::new(),
            read: HashMap::new(),
            buffer: Vec::new(),
        };
        let mut words = None;
        for call in files.values().flat_map(|facts| &facts.registry_calls) {
            let Some(target) = targets.get(&call.module) else {
                continue;
            };
            let nullable = index.resolved(number, call).nullable_outputs(target);
            if nullable.is_empty() {
                continue;
            }
            if words.is_none() {
                words = Some(words_of(&*follower.module(modules.path(number))?));
            }
            let times = words.as_ref().and_then(|words| words.get(&call.name));
            // Its label alone.
            if times.is_some_and(|times| *times == 1) {
                continue;
            }
            follower.nullable = nullable;
            follower.follow(number, Alias::of_call(&call.name))?;
            let uses = std::mem::take(&mut follower.uses);
            if !uses.is_empty() {
                found.insert((number, call.name.clone()), uses.into_iter().collect());
            }
        }
    }
    Ok(found)
}

/// How often each word is in the configuration of a module.
fn words_of(module: &Module) -> HashMap<String, usize> {
    let mut words = HashMap::new();
    for document in module.configuration() {
        let is_word = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-');
        for word in document.text().split(|char| !is_word(char)) {
            match words.get_mut(word) {
                Some(times) => *times += 1,
                None => drop(words.insert(word.to_owned(), 1)),
            }
        }
    }
    words
}

/// Follows the outputs of the calls of one directory through the tree, one call after the other.
struct Follower<'i> {
    source: &'i dyn Source,
    index: &'i Index,
    nullable: Nullable,
    uses: BTreeSet<OutputUse>,
    /// The configurations that were read.
    read: HashMap<PathBuf, Rc<Module>>,
    buffer: Vec<u8>,
}

impl Follower<'_> {
    fn follow(&mut self, number: usize, alias: Alias) -> Result<(), PlanError> {
        let modules = &self.index.modules;
        let mut seen = BTreeSet::from([(number, alias.clone())]);
        let mut open = VecDeque::from([(number, alias)]);
        let mut exports_of_roots = BTreeSet::new();
        while let Some((number, alias)) = open.pop_front() {
            let module = self.module(modules.path(number))?;
            let read = of_module(&module, vec![alias], &self.nullable);
            self.uses.extend(read.uses);
            let mut next = Vec::new();
            for (directory, alias) in read.passed {
                let directory = modules.links.directory(&directory);
                next.extend(modules.number(&directory).zip(Some(alias)));
            }
            if !modules.graph().is_called(number) {
                exports_of_roots.extend(read.exports);
                self.uses.extend(read.exported);
            } else if !read.exports.is_empty() {
                for caller in self.callers(number) {
                    let labels = self.labels(caller, number)?;
                    for (label, export) in labels
                        .iter()
                        .flat_map(|label| read.exports.iter().map(move |export| (label, export)))
                    {
                        next.push((caller, export.below(&["module", label])));
                    }
                }
            }
            for found in next {
                if seen.insert(found.clone()) {
                    open.push_back(found);
                }
            }
        }
        match exports_of_roots.is_empty() {
            true => Ok(()),
            false => self.remote_states(&exports_of_roots),
        }
    }

    /// The configuration of a directory.
    fn module(&mut self, directory: &Path) -> Result<Rc<Module>, PlanError> {
        if let Some(module) = self.read.get(directory) {
            return Ok(Rc::clone(module));
        }
        let mut module = Module::new(directory.to_path_buf(), Vec::new());
        around::configuration(self.source, &mut module, &mut self.buffer)?;
        let module = Rc::new(module);
        self.read
            .insert(directory.to_path_buf(), Rc::clone(&module));
        Ok(module)
    }

    /// The directories that call one.
    fn callers(&self, directory: usize) -> Vec<usize> {
        let modules = &self.index.modules;
        let is_it =
            |path: &PathBuf| modules.number(&modules.links.directory(path)) == Some(directory);
        let callers = modules.all().filter(|(_, files)| {
            let mut paths = files.values().flat_map(|facts| &facts.calls);
            paths.any(is_it)
        });
        callers.map(|(number, _)| number).collect()
    }

    /// The labels by which a directory calls another one.
    fn labels(&mut self, caller: usize, child: usize) -> Result<BTreeSet<String>, PlanError> {
        let modules = &self.index.modules;
        let module = self.module(modules.path(caller))?;
        let found = module.configuration().flat_map(calls);
        let found = found.filter(|call| match call.address() {
            ModuleAddress::Local(path) => {
                modules.number(&modules.links.directory(&path)) == Some(child)
            }
            _ => false,
        });
        Ok(found.map(|call| call.name().to_owned()).collect())
    }

    /// Adds what modules read of remote states by the names of these outputs. Which state one reads is
    /// not looked at, so that nothing is certain.
    fn remote_states(&mut self, exports: &BTreeSet<Alias>) -> Result<(), PlanError> {
        let unreadable = |error| PlanError::Unreadable(PathBuf::new(), error);
        let mut paths = self.source.tree().map_err(unreadable)?;
        paths.retain(|path| FileKind::of(path) == Some(FileKind::Configuration));
        let word = Finder::new(REMOTE_STATE);
        let mut directories = BTreeSet::new();
        for path in paths {
            around::load(self.source, &path, &mut self.buffer)?;
            if word.find(&self.buffer).is_some() {
                directories.insert(path.parent().unwrap_or(Path::new("")).to_path_buf());
            }
        }
        let nullable = self.nullable.keys().map(|output| (output.clone(), false));
        let nullable: Nullable = nullable.collect();
        for directory in directories {
            let module = self.module(&directory)?;
            let blocks = module.configuration().flat_map(|it| it.blocks("data"));
            let states = blocks.filter(|block| block.label(0) == Some(REMOTE_STATE));
            let labels = states.filter_map(|block| block.label(1));
            let aliases = labels.flat_map(|label| {
                let below = ["data", REMOTE_STATE, label, "outputs"];
                exports.iter().map(move |export| export.below(&below))
            });
            let read = of_module(&module, aliases.collect(), &nullable);
            self.uses.extend(read.uses);
        }
        Ok(())
    }
}
