//! Commands with the ambient credentials, before and after a plan.

use super::AccountsBefore;
use crate::provider_accounts::resolved;
use crate::repo::Repo;

impl AccountsBefore {
    /// The first command that would use the credentials of another account than before, as such a
    /// message; `None` with `--review`, which says that somebody looked at it.
    pub(super) fn moved_command(&self, after: &Repo) -> Option<String> {
        if after.selection().review {
            return None;
        }
        self.scopes.iter().find_map(|scope| {
            let before = scope.providers.iter().find(|it| it.is_default())?;
            let account = resolved(before.role.as_ref()?, &scope.providers.iter());
            let command = after.ambient_command(&scope.directory, account.id())?;
            let providers = after.providers(scope.scope());
            let is_ambient = providers
                .iter()
                .any(|it| it.is_default() && it.is_ambient());
            let holder = after.key_holder(&scope.directory).and_then(|it| it.id);
            let is_same = account.id().is_some() && account.id() == holder;
            let path = command.at.path.display();
            let moved = format!("{path}: {} would change account", command.of);
            (is_ambient && !is_same).then_some(moved)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use syntax::location::Location;

    use super::super::tests::{DEFAULT, NOBODY, repo};
    use super::*;
    use crate::index::ambient_commands::{AmbientCommand, AmbientKind};

    #[test]
    fn a_command_that_would_act_elsewhere_is_named() {
        let with_command = |text: &str, directory: &str| {
            let mut repo = repo(text);
            let mut index = repo.index().clone();
            let command = AmbientCommand {
                at: Location::at(Path::new(directory).join("sync.tf"), "", 0),
                of: "null_resource.sync".to_owned(),
                what: None,
                kind: AmbientKind::Command,
                accounts: Vec::new(),
                runs: None,
            };
            let number = index.modules.number(Path::new(directory));
            let commands = number.map(|number| (number, vec![command]));
            index.ambient_commands = Arc::new(commands.into_iter().collect());
            repo = Repo::new(repo.request().clone(), index);
            repo
        };
        let moved = |before: &str, after: &str, directory: &str| {
            let before = AccountsBefore::of(&with_command(before, directory));
            before.moved_command(&with_command(after, directory))
        };
        let message = "sync.tf: null_resource.sync would change account".to_owned();
        let of_keys = DEFAULT.replace("111111111111", "333333333333");
        let unknown = DEFAULT.replace("111111111111", "${var.id}");
        assert_eq!(moved(DEFAULT, NOBODY, ""), Some(message.clone()));
        assert_eq!(moved(&unknown, NOBODY, ""), Some(message));
        assert_eq!(moved(DEFAULT, DEFAULT, ""), None);
        assert_eq!(moved(NOBODY, NOBODY, ""), None);
        assert_eq!(moved(&of_keys, NOBODY, ""), None);
        assert_eq!(moved(DEFAULT, NOBODY, "elsewhere"), None);
    }
}
