//! Provider configurations that take part in tests: one run has one ambient account for those of the test,
//! of the tested module and of the modules that the test runs in its place.

use std::path::Path;

use super::decider::Decider;
use super::{ManualReason, ReviewReason, guarded_default, removed_default_role};
use crate::decisions::providers::ProviderIdentity;
use crate::index::scopes::ProviderScope;
use crate::repo::Repo;
use terraform::account::Account;
use terraform::file_kind::FileKind;

impl Decider<'_> {
    /// Why the removal of a default provider configuration's role of that account needs review, or a person,
    /// for the sake of the tests that it takes part in.
    pub(super) fn beside_tests(
        &self,
        account: &Account,
    ) -> Result<Option<ReviewReason>, Box<ManualReason>> {
        let mut review = None;
        for tested in self.tested() {
            let manual = || {
                Box::new(match account.id() {
                    Some(id) => ManualReason::NoAccountBlock(id.to_owned()),
                    None => ManualReason::Tested(tested.to_path_buf()),
                })
            };
            let is_same = |other: &Account| other.id().is_some() && account.is_same(other);
            if has_default(tested, self.repo) {
                let default = removed_default_role(tested, self.repo);
                let default = default.or_else(|| guarded_default(tested, self.repo));
                let same = default.filter(|(other, _)| is_same(other));
                let (_, reason) = same.ok_or_else(manual)?;
                review = review.max(reason);
            } else if !accounts(tested, self.repo).all(is_same) {
                return Err(manual());
            }
        }
        Ok(review)
    }

    /// The modules in whose tests the provider configurations of the scope take part, beside their own module.
    pub(super) fn tested(&self) -> Vec<&Path> {
        match self.scope {
            ProviderScope::File(file) if FileKind::of(file) == Some(FileKind::Test) => {
                vec![self.module]
            }
            ProviderScope::Module(module) => self.repo.index().modules.testers(module).collect(),
            ProviderScope::File(_) => Vec::new(),
        }
    }
}

impl Repo {
    /// The ambient provider configurations, but for guarded ones, of a module's tests and of the modules that
    /// they run in its place.
    pub(super) fn ambient_in_tests(&self, module: &Path) -> Vec<ProviderIdentity> {
        let providers = scopes(module, self).flat_map(|scope| self.providers(scope));
        let ambient = providers.filter(|it| it.is_ambient() && !it.is_guarded());
        ambient.cloned().collect()
    }
}

/// The scopes of a module's tests, and of the modules that they run in its place.
fn scopes<'r>(module: &Path, repo: &'r Repo) -> impl Iterator<Item = ProviderScope<'r>> {
    let modules = &repo.index().modules;
    let tests = modules.tests_of(module).iter();
    let tests = tests.map(|it| ProviderScope::File(it));
    let run = modules.run_by_tests_of(module).into_iter();
    tests.chain(run.map(ProviderScope::Module))
}

/// The accounts of the roles of default provider configurations in a module's tests.
fn accounts<'r>(module: &Path, repo: &'r Repo) -> impl Iterator<Item = &'r Account> {
    let providers = scopes(module, repo).flat_map(|scope| repo.providers(scope));
    let defaults = providers.filter(|it| it.is_default());
    defaults.filter_map(|it| it.role.as_ref())
}

fn has_default(module: &Path, repo: &Repo) -> bool {
    let providers = repo.providers(ProviderScope::Module(module));
    providers.iter().any(ProviderIdentity::is_default)
}
