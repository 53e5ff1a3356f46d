//! Answers of which the code says another thing.

use std::path::Path;

use diagnostics::finding::Finding;
use syntax::visible;

use crate::index::scopes::ProviderScope;
use crate::repo::Repo;
use crate::settings::warning;

impl Repo {
    /// The `root` blocks that name another account than the role or the guard of a root module's default provider
    /// configuration, which decide: each with the first such directory.
    pub(super) fn contradicted_roots(&self) -> Vec<Finding> {
        let answers = self.settings().roots.iter();
        let contradicted = answers.filter_map(|answer| {
            let said = self.settings().account_of(&answer.account)?;
            let modules = &self.index.modules;
            let directories = (0..modules.count()).map(|number| modules.path(number));
            let mut covered = directories.filter(|it| answer.covers_directory(it));
            let (directory, id) = covered.find_map(|directory| {
                let id = self.default_account(directory)?;
                let decides = self.settings().account_of_root_module(directory)?;
                (decides.id == said && id != said).then_some((directory, id))
            })?;
            let settings = self.settings();
            let directory = match directory.as_os_str().is_empty() {
                true => ".".to_owned(),
                false => visible::path(directory),
            };
            let message = format!(
                "says account {}, while the default provider of {directory} is in account {}",
                settings.labelled(said),
                settings.labelled(&id)
            );
            let subject = format!("root \"{}\"", answer.pattern);
            Some(warning(&answer.at, subject, message))
        });
        contradicted.collect()
    }

    /// The account in which a module's default provider configuration acts, by its own role or guard.
    fn default_account(&self, directory: &Path) -> Option<String> {
        let providers = self.providers(ProviderScope::Module(directory));
        let default = providers.iter().find(|it| it.is_default())?;
        default.account()?.id().map(str::to_owned)
    }
}
