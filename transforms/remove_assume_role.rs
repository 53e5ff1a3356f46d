use crate::model::account::Account;
use crate::model::edit::Edit;
use crate::model::file_kind::FileKind;
use crate::model::finding::{Finding, Safety};
use crate::model::module::Module;
use crate::model::provider::{Provider, configurations};
use crate::model::repo::Repo;
use crate::model::requirement::aws_names;
use crate::model::role::Role;
use crate::model::text::shown;

const ID: &str = "remove_assume_role";

pub fn scan(module: &Module, repo: &Repo) -> Vec<Finding> {
    let names = aws_names(module.configuration());
    let own = configurations(module.configuration(), &names);
    let mut findings = Scope {
        providers: &own,
        inherited: None,
        module,
        repo,
    }
    .decide();
    // A test overrides the providers that it names; the others are the module's.
    for test in module.of_kind(FileKind::Test) {
        let providers = configurations([test], &names);
        let scope = Scope {
            providers: &providers,
            inherited: own.iter().find(|provider| provider.alias.is_none()),
            module,
            repo,
        };
        findings.extend(scope.decide());
    }
    findings
}

/// The providers that are decided together: a module's, or those of one test.
struct Scope<'s, 'd> {
    providers: &'s [Provider<'d>],
    /// For a test, the module's default provider.
    inherited: Option<&'s Provider<'d>>,
    module: &'s Module,
    repo: &'s Repo,
}

impl<'d> Scope<'_, 'd> {
    fn decide(&self) -> Vec<Finding> {
        let mut providers = self.providers.iter();
        let default = providers.find(|provider| provider.alias.is_none());
        let replaced = default.or(self.inherited).and_then(|it| self.replaced(it));
        let findings = self.providers.iter().filter_map(|provider| {
            let roles = provider.roles();
            let Some(last) = roles.last() else {
                return self.ambient(provider);
            };
            Some(if let Some(identity) = provider.identity() {
                beside_identity(provider, last, identity)
            } else if provider.alias.is_none() {
                match self.elsewhere(last) {
                    Some(caller) => left_in_child(provider, last, caller),
                    None => self.removal(provider, &roles),
                }
            } else {
                match &replaced {
                    Some(other) if is_same_account(last, other) => self.removal(provider, &roles),
                    other => self.left(provider, last, other.is_some()),
                }
            })
        });
        findings.collect()
    }

    /// The role of a default provider that the environment's credentials replace: it goes, all
    /// of it.
    fn replaced(&self, default: &Provider<'d>) -> Option<Role<'d>> {
        let mut roles = default.roles();
        let is_free = |role: &Role<'_>| self.repo.is_editable(role.block.document().path());
        let is_admitted = |role: &Role<'_>| self.repo.selection().admits(safety(role).0);
        let goes = default.identity().is_none()
            && roles.iter().all(|role| is_free(role) && is_admitted(role))
            && self.elsewhere(roles.last()?).is_none();
        roles.pop().filter(|_| goes)
    }

    /// For a module that others call: the first that calls it and is not known to act in the
    /// role's account itself. Expressions of two modules cannot be compared.
    fn elsewhere(&self, role: &Role<'_>) -> Option<&std::path::Path> {
        let directory = self.module.directory.as_path();
        let mut roots = self.repo.roots(directory);
        roots.find(|root| {
            let same = matches!(role.account, Account::Id(_))
                && self.repo.role_that_goes(root) == Some(&role.account);
            *root != directory && !same
        })
    }

    fn removal(&self, provider: &Provider<'_>, roles: &[Role<'_>]) -> Finding {
        let account = roles.last().map(|role| self.named(&role.account));
        let message = format!(
            "no longer assumes a role: credentials for {} come from the environment",
            account.unwrap_or_default()
        );
        let (first, last) = (&roles[0].block, &roles[roles.len() - 1]);
        let sentence = (provider.reference(), message);
        let mut finding = Finding::new(ID, first.document(), first.span(), sentence);
        (finding.safety, finding.help) = safety(last);
        for role in roles {
            let document = role.block.document();
            finding = finding.edit(document, Edit::remove(document, role.block.span()));
        }
        finding
    }

    fn left(&self, provider: &Provider<'_>, role: &Role<'_>, default_goes: bool) -> Finding {
        let account = self.named(&role.account);
        let message = match default_goes {
            true => format!(
                "assumes a role in {account}, not known to be the default provider's account: \
                 left alone, without the role its resources could move"
            ),
            false => format!(
                "assumes a role in {account}, and no default provider beside it loses one: \
                 left alone"
            ),
        };
        let help = "give it a `profile` of that account, or let the signed-in role assume this one";
        let sentence = (provider.reference(), message);
        Finding::new(ID, role.block.document(), role.block.span(), sentence).help(help)
    }

    /// A provider that the switch itself moves: it acts as whoever the environment says.
    fn ambient(&self, provider: &Provider<'_>) -> Option<Finding> {
        let beside = self.providers.iter().any(|other| !other.roles().is_empty());
        let is_default_of_root =
            provider.alias.is_none() && !self.repo.is_child(&self.module.directory);
        let moves = beside || is_default_of_root && self.repo.has_roles();
        let block = provider.blocks.first()?;
        if !moves || provider.identity().is_some() {
            return None;
        }
        let message = "has no role, profile or keys: it acted in the account of the keys, after \
                       the switch it acts in that of AWS_PROFILE";
        let help = "if its resources belong to the keys' account, give it that account's `profile`";
        let sentence = (provider.reference(), message);
        Some(Finding::new(ID, block.document(), block.span(), sentence).help(help))
    }

    /// An account with the profile that the configuration gives it.
    fn named(&self, account: &Account) -> String {
        match account.profile(self.repo.settings()) {
            Some(profile) => format!("{account} ({profile})"),
            None => account.to_string(),
        }
    }
}

fn is_same_account(one: &Role<'_>, other: &Role<'_>) -> bool {
    !one.text.is_empty() && (one.text == other.text || one.account == other.account)
}

/// Whether the removal needs a yes: the workspace no longer chooses the account then.
fn safety(role: &Role<'_>) -> (Safety, Option<String>) {
    if !role.is_by_workspace() {
        return (Safety::Safe, None);
    }
    let why = "the workspace chose the account; without the role AWS_PROFILE does, whatever \
               workspace is selected";
    (Safety::Review, Some(why.to_owned()))
}

fn left_in_child(provider: &Provider<'_>, role: &Role<'_>, caller: &std::path::Path) -> Finding {
    let caller = shown(caller);
    let message = format!(
        "of a called module assumes a role in {}, and {caller}, which calls it, is not known to \
         act there: left alone",
        role.account
    );
    let help = "hand the module a provider by `providers`, or give this one a `profile`";
    let sentence = (provider.reference(), message);
    Finding::new(ID, role.block.document(), role.block.span(), sentence).help(help)
}

fn beside_identity(provider: &Provider<'_>, role: &Role<'_>, identity: &str) -> Finding {
    let message = format!(
        "has `{identity}` beside its role: without the role it would act as that identity, not \
         as the environment's"
    );
    let help = format!("remove `{identity}` and the role together");
    let sentence = (provider.reference(), message);
    Finding::new(ID, role.block.document(), role.block.span(), sentence).help(help)
}
