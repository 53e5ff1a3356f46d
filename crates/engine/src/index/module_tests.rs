//! Which module the tests of a tree are of, and which modules they run beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use terraform::file_kind::FileKind;
use terraform::module_call::ModuleAddress;
use terraform::test_file::TestFile;

use super::facts::Facts;
use super::modules::Modules;
use super::scopes::ProviderScope;

/// The tests of a tree.
#[derive(Debug, Clone, Default)]
pub(super) struct ModuleTests {
    /// The test files of each tested module.
    files: BTreeMap<PathBuf, Vec<PathBuf>>,
    /// The tested modules in whose runs the files of a directory take part: the directory of their tests, and
    /// a module that a run takes in their place.
    tested: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

/// The directory of the module that a test is of: Terraform looks for tests there and in `tests` (Terraform
/// docs, "Tests").
fn tested(file: &Path) -> &Path {
    let own = file.parent().unwrap_or(Path::new(""));
    let mut above = own.ancestors();
    let tests = above.find(|it| it.file_name().is_some_and(|name| name == "tests"));
    tests.and_then(Path::parent).unwrap_or(own)
}

impl ModuleTests {
    /// The tests of these modules.
    pub fn of(modules: &Modules) -> Self {
        let mut tests = Self::default();
        let files = modules.all().flat_map(|(number, files)| {
            let tests = files.iter().filter_map(|(name, facts)| {
                let test = facts.test.as_deref()?;
                Some((name, &**facts, test))
            });
            tests.map(move |(name, facts, test)| (number, name, facts, test))
        });
        for (number, name, facts, test) in files {
            let path = modules.path(number).join(name);
            let module = tested(&path);
            let own = path.parent().map(Path::to_path_buf);
            let mut beside: Vec<PathBuf> = own.into_iter().collect();
            if uses_default(test, facts, &modules.aws_names(module)) {
                let sources = test.modules.iter();
                beside.extend(
                    sources.filter_map(|it| match ModuleAddress::parse(it, module) {
                        ModuleAddress::Local(run) => {
                            Some(modules.links.directory(&run).into_owned())
                        }
                        ModuleAddress::Registry { .. } | ModuleAddress::Other => None,
                    }),
                );
            }
            for directory in beside.into_iter().filter(|it| it != module) {
                let all = tests.tested.entry(directory).or_default();
                all.insert(module.to_path_buf());
            }
            let files = tests.files.entry(module.to_path_buf()).or_default();
            files.push(path);
        }
        tests
    }

    /// The directories whose files take part in the runs of tests.
    pub fn directories(&self) -> impl Iterator<Item = &Path> {
        self.tested.keys().map(PathBuf::as_path)
    }
}

/// Whether runs of a test act by the default provider configuration of the modules that they run: the test
/// neither has one of its own, which all of them get, nor mocks it.
fn uses_default(test: &TestFile, facts: &Facts, names: &[String]) -> bool {
    let is_mocked = test.mocked.iter().any(|it| names.contains(it));
    let mut own = facts.providers.iter();
    !is_mocked && !own.any(|it| it.alias.is_none() && names.contains(&it.name))
}

impl Modules {
    /// The directory of the module that the provider configurations of a scope belong to: for a test that of
    /// the tested one.
    pub fn module_of<'p>(&self, scope: ProviderScope<'p>) -> &'p Path {
        match scope {
            ProviderScope::File(file) if FileKind::of(file) == Some(FileKind::Test) => tested(file),
            ProviderScope::Module(_) | ProviderScope::File(_) => scope.directory(),
        }
    }

    /// The modules that have tests.
    pub fn tested_modules(&self) -> impl Iterator<Item = &Path> {
        self.tests.files.keys().map(PathBuf::as_path)
    }

    /// The test files of a module.
    pub fn tests_of(&self, module: &Path) -> &[PathBuf] {
        let files = self.tests.files.get(module);
        files.map_or(&[], Vec::as_slice)
    }

    /// The modules in whose tests the files of that directory take part, as tests or as the module that a run
    /// takes in the place of the tested one.
    pub fn tested_with(&self, directory: &Path) -> impl Iterator<Item = &Path> {
        let tested = self.tests.tested.get(directory).into_iter().flatten();
        tested.map(PathBuf::as_path)
    }

    /// The modules that runs of a module's tests take in its place, and whose own default provider
    /// configuration they act by.
    pub fn run_by_tests_of(&self, module: &Path) -> Vec<&Path> {
        let all = self.tests.tested.iter();
        let all = all.filter(|(directory, tested)| {
            let mut files = self.tests_of(module).iter();
            tested.contains(module) && !files.any(|it| it.parent() == Some(directory))
        });
        all.map(|(directory, _)| directory.as_path()).collect()
    }

    /// The root modules whose tests take that one in their place, but for those that are run so themselves: an
    /// example that a test runs calls the tested module, whose account follows it then.
    pub fn testers(&self, module: &Path) -> impl Iterator<Item = &Path> {
        let tested = self.tested_with(module);
        tested.filter(move |it| {
            let is_run = self.is_called(it) || self.tested_with(it).next().is_some();
            self.run_by_tests_of(it).contains(&module) && !is_run
        })
    }

    /// What the tests of a module set variables to, but for tests whose AWS provider is a mock.
    pub fn test_variables(&self, module: &Path) -> Vec<(&String, Option<&String>)> {
        let names = self.aws_names(module);
        let tests = self.tests_of(module).iter();
        let tests = tests.filter_map(|it| self.facts_of(it)?.test.as_deref());
        let tests = tests.filter(|test| !test.mocked.iter().any(|it| names.contains(it)));
        let set = tests.flat_map(|test| &test.variables);
        set.map(|(name, value)| (name, value.as_ref())).collect()
    }
}
