//! How static keys get from variables to provider configurations and remote states: through locals, objects and
//! the arguments of module calls, over any number of modules.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use terraform::module::Module;
use terraform::module_call::{ModuleAddress, ModuleCall};
use terraform::provider::{Identity, Provider, ProviderFacts, configurations};
use terraform::remote_state::remote_states;
use terraform::static_keys::{KEYS, KeyVariables, has_endpoints, is_key};

use super::around;
use super::key_source::{KeySource, KeySources};
use super::modules::Modules;
use crate::error::PlanError;
use crate::source::Source;

/// How static keys get from variables to the modules of a tree.
#[derive(Debug, Clone, Default)]
pub struct KeyPassages {
    /// By directory.
    takers: BTreeMap<PathBuf, BTreeSet<KeyVariables>>,
    /// Those over several modules of which every step is known.
    passages: Vec<KeyPassage>,
}

/// Modules that pass the keys of one pair on to each other, from root modules to provider configurations.
#[derive(Debug, Clone, Default)]
pub struct KeyPassage {
    /// The variables that hold the keys, by the directory of their module.
    pub variables: BTreeSet<(PathBuf, String)>,
    /// The directories of the root modules.
    pub roots: BTreeSet<PathBuf>,
}

impl KeyPassages {
    /// Follows the variables that set keys to the root modules.
    ///
    /// # Errors
    /// Files that cannot be read.
    pub(super) fn read(source: &dyn Source, modules: &Modules) -> Result<Self, PlanError> {
        let starts = modules.all().filter(|(_, files)| {
            let mut facts = files.values();
            facts.any(|facts| facts.feeds_keys)
        });
        let mut reader = Reader {
            source,
            modules,
            read: BTreeMap::new(),
            known: BTreeMap::new(),
            calls: BTreeMap::new(),
            unknown: BTreeSet::new(),
        };
        for (number, _) in starts {
            reader.start(modules.path(number))?;
        }
        reader.passages()
    }

    /// The variables of a module that set static keys, in it or in what it calls.
    pub fn takers(&self, directory: &Path) -> impl Iterator<Item = &KeyVariables> {
        self.takers.get(directory).into_iter().flatten()
    }

    /// All of them, with their directories.
    pub fn all_takers(&self) -> impl Iterator<Item = (&Path, &KeyVariables)> {
        let all = self.takers.iter();
        all.flat_map(|(directory, takers)| takers.iter().map(move |it| (directory.as_path(), it)))
    }

    /// The passages over several modules of which every step is known.
    pub fn passages(&self) -> &[KeyPassage] {
        &self.passages
    }

    /// The passage that goes through a module.
    pub fn through(&self, directory: &Path) -> Option<&KeyPassage> {
        let mut passages = self.passages.iter();
        passages.find(|it| it.directories().any(|own| own == directory))
    }

    /// Whether a variable is one by which the modules of a passage pass keys on.
    pub fn passes(&self, directory: &Path, variable: &str) -> bool {
        let passage = self.through(directory);
        passage.is_some_and(|it| it.variables_of(directory).any(|name| name == variable))
    }
}

impl KeyPassage {
    /// The directories of its modules.
    pub fn directories(&self) -> impl Iterator<Item = &Path> {
        self.variables
            .iter()
            .map(|(directory, _)| directory.as_path())
    }

    /// Its variables in a module.
    pub fn variables_of(&self, directory: &Path) -> impl Iterator<Item = &str> {
        let own = self.variables.iter().filter(move |(of, _)| of == directory);
        own.map(|(_, name)| name.as_str())
    }
}

/// Follows keys from module to module.
struct Reader<'s> {
    source: &'s dyn Source,
    modules: &'s Modules,
    read: BTreeMap<PathBuf, Module>,
    /// What sets the keys of a module, by its directory.
    known: BTreeMap<PathBuf, BTreeSet<KeySources>>,
    /// The directories that pass keys on to a module, by its directory.
    calls: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    /// The modules with keys that something else sets, too.
    unknown: BTreeSet<PathBuf>,
}

impl Reader<'_> {
    fn start(&mut self, directory: &Path) -> Result<(), PlanError> {
        self.load(directory)?;
        let module = &self.read[directory];
        let names = self.modules.aws_names(directory);
        let providers = configurations(module.configuration(), &names);
        let providers = providers
            .iter()
            .filter(|it| !has_endpoints(&it.blocks))
            .map(Provider::keys);
        let states = module.configuration().flat_map(remote_states);
        let states = states.map(|it| it.settings.into_iter().filter(is_key).collect());
        let mut found = BTreeSet::new();
        let mut is_known = true;
        for keys in providers
            .chain(states)
            .filter(|keys: &Vec<_>| !keys.is_empty())
        {
            let of_key = |name: &&str| keys.iter().find(|key| key.name == *name);
            let sources = KEYS.iter().filter_map(of_key);
            let sources = sources.map(|key| KeySource::of(&key.value, None, module));
            let sources: Vec<_> = sources.collect();
            // One that an override replaces is no key of the pair.
            let is_pair = sources.len() == keys.len() && of_key(&KEYS[0]).is_some();
            match KeySources::of(sources).filter(|_| is_pair) {
                Some(sources) => found.extend([sources]),
                None => is_known = false,
            }
        }
        if !is_known {
            self.unknown.insert(directory.to_path_buf());
        }
        self.follow(directory, found)
    }

    /// Follows what sets the keys of a module into the modules that call it.
    fn follow(&mut self, first: &Path, found: BTreeSet<KeySources>) -> Result<(), PlanError> {
        let mut waiting = vec![(first.to_path_buf(), found)];
        // Modules that call each other in a circle, which Terraform refuses, give nothing new in the second round.
        while let Some((directory, found)) = waiting.pop() {
            let own = self.known.entry(directory.clone()).or_default();
            let new: BTreeSet<KeySources> = found.difference(own).cloned().collect();
            own.extend(new.iter().cloned());
            let callers: Vec<PathBuf> = self
                .modules
                .callers(&directory)
                .map(Path::to_path_buf)
                .collect();
            for caller in callers.into_iter().filter(|_| !new.is_empty()) {
                let passed = self.passed_by(&caller, &directory, &new)?;
                self.calls
                    .entry(directory.clone())
                    .or_default()
                    .insert(caller.clone());
                waiting.push((caller, passed));
            }
        }
        Ok(())
    }

    /// What sets the keys of a called module in its caller.
    fn passed_by(
        &mut self,
        caller: &Path,
        directory: &Path,
        wanted: &BTreeSet<KeySources>,
    ) -> Result<BTreeSet<KeySources>, PlanError> {
        self.load(caller)?;
        let module = &self.read[caller];
        let mut found = BTreeSet::new();
        let mut is_known = true;
        for call in calls(module) {
            let ModuleAddress::Local(address) = call.address() else {
                continue;
            };
            if *self.modules.links.directory(&address) != *directory {
                continue;
            }
            for sources in wanted {
                let passed = sources.all().map(|source| {
                    let argument = call.block.attribute(&source.variable)?;
                    KeySource::of(&argument.value, source.attribute.as_deref(), module)
                });
                let passed: Vec<Option<KeySource>> = passed.collect();
                match KeySources::of(passed) {
                    Some(sources) => found.extend([sources]),
                    None => is_known = false,
                }
            }
        }
        if !is_known {
            self.unknown.insert(caller.to_path_buf());
        }
        Ok(found)
    }

    fn load(&mut self, directory: &Path) -> Result<(), PlanError> {
        if !self.read.contains_key(directory) {
            let mut module = Module::new(directory.to_path_buf(), Vec::new());
            around::configuration(self.source, &mut module, &mut Vec::new())?;
            if !module.around.unread.is_empty() {
                self.unknown.insert(directory.to_path_buf());
            }
            self.read.insert(directory.to_path_buf(), module);
        }
        Ok(())
    }

    fn passages(mut self) -> Result<KeyPassages, PlanError> {
        let mut found = Vec::new();
        let mut left: BTreeSet<PathBuf> = self.known.keys().cloned().collect();
        while let Some(first) = left.first().cloned() {
            let group = self.connected(&first);
            left.retain(|directory| !group.contains(directory));
            found.extend(self.passage(&group)?);
        }
        let takers = self.known.iter().map(|(directory, sources)| {
            let takers = sources.iter().map(KeySources::variables);
            (directory.clone(), takers.collect())
        });
        Ok(KeyPassages {
            takers: takers.collect(),
            passages: found,
        })
    }

    /// The modules that a module passes keys to or gets them from, directly or not.
    fn connected(&self, first: &Path) -> BTreeSet<PathBuf> {
        let mut group = BTreeSet::new();
        let mut waiting = vec![first.to_path_buf()];
        while let Some(directory) = waiting.pop() {
            if group.insert(directory.clone()) {
                let called = self
                    .calls
                    .iter()
                    .filter(|(_, callers)| callers.contains(&directory));
                waiting.extend(called.map(|(called, _)| called.clone()));
                waiting.extend(self.calls.get(&directory).into_iter().flatten().cloned());
            }
        }
        group
    }

    /// The passage of modules; `None` where it is a single one, or not every step is known.
    fn passage(&mut self, group: &BTreeSet<PathBuf>) -> Result<Option<KeyPassage>, PlanError> {
        let is_open = |directory: &PathBuf| {
            self.unknown.contains(directory) || self.modules.has_passed_providers(directory)
        };
        if group.len() == 1 || group.iter().any(is_open) {
            return Ok(None);
        }
        let roots = group.iter().filter(|it| !self.modules.is_called(it));
        let roots: BTreeSet<PathBuf> = roots.cloned().collect();
        for root in &roots {
            if !self.has_one_pair(root)? {
                return Ok(None);
            }
        }
        let variables = group.iter().flat_map(|directory| {
            let sources = self.known[directory].iter().flat_map(KeySources::all);
            sources.map(|source| (directory.clone(), source.variable.clone()))
        });
        let variables = variables.collect();
        Ok(Some(KeyPassage { variables, roots }))
    }

    /// Whether all provider configurations under a root module act by one pair that its variables hold, so that
    /// they act as one identity once ambient credentials take the place of the pair. Those with a profile or
    /// with endpoints of another service stay as they are.
    fn has_one_pair(&mut self, root: &Path) -> Result<bool, PlanError> {
        let ids: BTreeSet<&KeySource> = self.known[root].iter().map(KeySources::id).collect();
        // What an example calls, other repositories call, too.
        let is_example = root
            .iter()
            .any(|part| EXAMPLES.iter().any(|name| part == *name));
        if ids.len() != 1 || is_example {
            return Ok(false);
        }
        let has_default = self.has_default(root);
        let number = self.modules.number(root);
        let tree = number.map(|number| self.modules.graph().tree(number));
        for number in tree.into_iter().flatten() {
            let directory = self.modules.path(number);
            if !self
                .providers(directory)
                .all(|it| self.is_of_pair(it, directory))
            {
                return Ok(false);
            }
            // Without a block, the provider is that of the caller, and without one there, ambient
            // (Terraform docs, "Providers Within Modules").
            if !has_default && !self.has_default(directory) {
                self.load(directory)?;
                let mut documents = self.read[directory].configuration();
                if documents.any(|it| USES.iter().any(|word| it.text().contains(word))) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn has_default(&self, directory: &Path) -> bool {
        self.providers(directory).any(|it| it.alias.is_none())
    }

    fn providers(&self, directory: &Path) -> impl Iterator<Item = &ProviderFacts> {
        let names = self.modules.aws_names(directory);
        let facts = self.modules.facts(directory);
        let providers = facts.flat_map(|facts| &facts.providers);
        providers.filter(move |provider| names.contains(&provider.name))
    }

    fn is_of_pair(&self, provider: &ProviderFacts, directory: &Path) -> bool {
        let is_key = |identity: &Identity| KEYS.contains(&&*identity.setting);
        provider.role.is_none()
            && provider.identity.as_ref().is_some_and(|identity| {
                !is_key(identity)
                    || self.known.contains_key(directory) && !self.unknown.contains(directory)
            })
    }
}

/// Directories of root modules that show how a module is called.
const EXAMPLES: [&str; 4] = ["example", "examples", "test", "tests"];

/// What uses a configuration of the AWS provider.
const USES: [&str; 2] = ["resource \"aws_", "data \"aws_"];

/// The calls of a module.
fn calls(module: &Module) -> impl Iterator<Item = ModuleCall<'_>> {
    let blocks = module
        .configuration()
        .flat_map(|document| document.blocks("module"));
    blocks.filter_map(|block| {
        let source = block.attribute("source")?;
        Some(ModuleCall { block, source })
    })
}
