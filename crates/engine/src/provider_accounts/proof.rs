//! The proof that no provider changes account: each is resolved before and after a plan, by rules
//! of its own, not by those that decided.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{ProviderScope, Standing, resolved};
use crate::repo::Repo;
use terraform::account::Account;
use terraform::file_kind::FileKind;
use terraform::provider::Identity;

/// As whom the providers of a repository acted before a plan.
#[derive(Debug)]
pub struct Before {
    modules: Vec<ModuleBefore>,
    /// Where each scope stands in `modules`, by its file or, where it has none, its directory: many
    /// modules are asked for their callers.
    places: HashMap<PathBuf, usize>,
}

#[derive(Debug)]
struct ModuleBefore {
    directory: PathBuf,
    /// For a file that has providers of its own.
    file: Option<PathBuf>,
    providers: Vec<Standing>,
    was_switched: bool,
}

impl Before {
    /// Takes down the providers of a repository.
    pub fn of(repo: &Repo) -> Self {
        let modules =
            repo.index()
                .modules
                .provider_scopes()
                .into_iter()
                .map(|(directory, file)| {
                    let scope = scope(&directory, file.as_deref());
                    ModuleBefore {
                        providers: repo.providers(scope),
                        was_switched: repo.is_switched(&directory),
                        directory,
                        file,
                    }
                });
        let modules: Vec<ModuleBefore> = modules.collect();
        let path = |module: &ModuleBefore| module.file.clone().unwrap_or(module.directory.clone());
        let places = modules.iter().enumerate();
        Self {
            places: places.map(|(at, module)| (path(module), at)).collect(),
            modules,
        }
    }

    /// A provider that would act in another account than before, told with its place.
    pub fn moved(&self, after: &Repo) -> Option<String> {
        self.modules.iter().find_map(|module| {
            let scope = scope(&module.directory, module.file.as_deref());
            let providers = after.providers(scope);
            let pairs = || module.providers.iter().zip(&providers);
            let loses =
                |(before, now): (&Standing, &Standing)| before.role.is_some() && now.role.is_none();
            let is_touched = pairs().any(loses);
            let mut pairs = pairs();
            let moved = pairs
                .find(|(before, now)| !self.is_still_there(before, now, module, is_touched, after));
            moved.map(|(before, _)| {
                let file = before.files.first().map(|file| file.display().to_string());
                let alias = before.alias.as_deref();
                let name = alias.map_or_else(
                    || "the default provider".to_owned(),
                    |alias| format!("provider {}.{alias}", before.name),
                );
                format!("{}: {name} would change account", file.unwrap_or_default())
            })
        })
    }

    fn is_still_there(
        &self,
        before: &Standing,
        now: &Standing,
        module: &ModuleBefore,
        is_touched: bool,
        repo: &Repo,
    ) -> bool {
        let profile = now.identity.as_ref().filter(|it| it.setting == "profile");
        let profile = profile.map(|profile| profile.value.as_str());
        let holder = repo.key_holder(&module.directory);
        match (&before.role, &before.identity) {
            (Some(_), _) if now.role == before.role && now.identity == before.identity => true,
            (Some(account), None) => {
                let account = resolved(account, &module.providers);
                match profile {
                    Some(profile) => repo.settings().profile_of(&account) == Some(profile),
                    None => {
                        let signed_in = self.signed_in(module, repo);
                        !signed_in.is_empty() && signed_in.iter().all(|it| account.is_same(it))
                    }
                }
            }
            (None, None) => match profile {
                Some(profile) => holder.is_some_and(|holder| holder.profile == profile),
                None => {
                    let signed_in = self.signed_in(module, repo);
                    let holder = holder.and_then(|holder| holder.id);
                    let stays = |it: &Account| it.id().is_some() && it.id() == holder;
                    let is_untouched = !is_touched || module.was_switched;
                    signed_in.iter().all(stays) && (!signed_in.is_empty() || is_untouched)
                }
            },
            (None, Some(identity)) if identity.is_key() && now.is_ambient() => {
                // Whose keys they are is not told; nobody else's come in their place.
                before.is_default() || self.default_lost(identity, module)
            }
            (_, Some(_)) => now.role == before.role && now.identity == before.identity,
        }
    }

    /// Whether the default provider beside it had the same keys.
    fn default_lost(&self, identity: &Identity, module: &ModuleBefore) -> bool {
        let modules = self.modules.iter();
        let mut beside = modules.filter(|it| it.directory == module.directory);
        beside.any(|it| {
            let mut providers = it.providers.iter();
            providers.any(|it| it.is_default() && it.identity.as_ref() == Some(identity))
        })
    }

    /// The accounts of the roles that the default providers lost for which `AWS_PROFILE` now
    /// speaks: a module's own, or those of the root modules that call it.
    fn signed_in(&self, module: &ModuleBefore, repo: &Repo) -> Vec<Account> {
        let own = self.lost(module.file.as_deref(), &module.directory, repo);
        if let Some(account) = own {
            let mut roots = repo.roots(&module.directory);
            let is_called = roots.any(|root| root != module.directory);
            // A called module's own role says nothing of who calls it.
            if !is_called {
                return vec![account];
            }
        }
        let file = module.file.as_deref();
        if file.is_some_and(|file| FileKind::of(file) != Some(FileKind::Test)) {
            return Vec::new();
        }
        if file.is_some() {
            return self
                .lost(None, &module.directory, repo)
                .into_iter()
                .collect();
        }
        let roots = repo.roots(&module.directory);
        let roots = roots.filter(|root| *root != module.directory);
        roots
            .filter_map(|root| self.lost(None, root, repo))
            .collect()
    }

    fn lost(&self, file: Option<&Path>, directory: &Path, after: &Repo) -> Option<Account> {
        let module = &self.modules[*self.places.get(file.unwrap_or(directory))?];
        let before = module.providers.iter().find(|it| it.is_default())?;
        let providers = after.providers(scope(directory, file));
        let now = providers.iter().find(|it| it.is_default())?;
        before.role.clone().filter(|_| now.is_ambient())
    }
}

fn scope<'p>(directory: &'p Path, file: Option<&'p Path>) -> ProviderScope<'p> {
    match file {
        None => ProviderScope::Module(directory),
        Some(file) => ProviderScope::File(file),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Index;
    use crate::index::facts::Facts;
    use crate::index::modules::Modules;
    use crate::request::Request;
    use crate::settings::Settings;
    use crate::transform::Catalogue;
    use syntax::hcl::Document;

    const DEFAULT: &str = "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
    const ALIAS: &str = "provider \"aws\" {\n  alias = \"a\"\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\n";
    const AMBIENT: &str = "provider \"aws\" {\n  alias = \"a\"\n}\n";
    const NOBODY: &str = "provider \"aws\" {\n}\n";

    fn repo(text: &str) -> Repo {
        let catalogue = Catalogue(&[]);
        let settings = Settings::parse("state_profile = \"shared\"\naccount \"shared\" { id = \"333333333333\" }\naccount \"dev\" { id = \"111111111111\" }\naccount \"prod\" { id = \"222222222222\" }\n", catalogue).unwrap();
        let request = Request {
            settings,
            ..Request::usual(catalogue)
        };
        let document = Document::new("main.tf".into(), text.to_owned()).unwrap();
        let facts = Facts::of(&document, FileKind::Configuration, &request);
        let index = Index {
            modules: Modules::new([("main.tf".into(), Box::new(facts))]),
            ..Index::default()
        };
        Repo::new(request, index)
    }

    fn moved(before: &str, after: &str) -> Option<String> {
        Before::of(&repo(before)).moved(&repo(after))
    }

    #[test]
    fn what_stays_in_its_account_passes() {
        let prod = "provider \"aws\" {\n  alias   = \"a\"\n  profile = \"prod\"\n}\n";
        let shared = prod.replace("prod", "shared");
        assert_eq!(
            moved(&[DEFAULT, ALIAS].concat(), &[NOBODY, prod].concat()),
            None
        );
        assert_eq!(
            moved(&[DEFAULT, ALIAS].concat(), &[NOBODY, ALIAS].concat()),
            None
        );
        assert_eq!(
            moved(&[DEFAULT, AMBIENT].concat(), &[NOBODY, &shared].concat()),
            None
        );
    }

    #[test]
    fn what_would_act_elsewhere_is_named() {
        let dev = "provider \"aws\" {\n  alias   = \"a\"\n  profile = \"dev\"\n}\n";
        let told = Some("main.tf: provider aws.a would change account".to_owned());
        for (before, after) in [
            ([DEFAULT, ALIAS], [NOBODY, dev]),
            ([DEFAULT, ALIAS], [NOBODY, AMBIENT]),
            ([DEFAULT, AMBIENT], [NOBODY, AMBIENT]),
            ([DEFAULT, AMBIENT], [NOBODY, dev]),
            ([DEFAULT, dev], [DEFAULT, AMBIENT]),
        ] {
            assert_eq!(moved(&before.concat(), &after.concat()), told, "{after:?}");
        }
        let keyed = "provider \"aws\" {\n  alias      = \"a\"\n  access_key = var.a\n}\n";
        assert_eq!(
            moved(&[NOBODY, keyed].concat(), &[NOBODY, AMBIENT].concat()),
            told
        );
    }
}
