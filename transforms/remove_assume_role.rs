use diagnostics::finding::{Finding, Safety};
use diagnostics::ignore::Ignore;
use engine::index::scopes::ProviderScope;
use engine::provider_accounts::{Caution, Decision, ManualReason, Obstacle, RoleChange, decide};
use engine::repo::Repo;
use syntax::edit::Edit;
use syntax::hcl::{Block, Document};
use syntax::location::Location;
use syntax::text::shown;
use terraform::account::{Account, ModuleNames};
use terraform::file_kind::FileKind;
use terraform::module::Module;
use terraform::provider::KEPT;
use terraform::provider::{Provider, configurations};
use terraform::requirement::AwsNames;
use terraform::static_keys::revocation;
use terraform::terragrunt::iam_role;

const ID: &str = "remove_assume_role";

pub fn scan(module: &Module, repo: &Repo) -> Vec<Finding> {
    let names = module.aws_names();
    let own = configurations(module.configuration(), &names);
    let mut findings = in_scope(ProviderScope::Module(&module.directory), &own, repo);
    // A test overrides the providers that it names; the others are the module's.
    for test in module.of_kind(FileKind::Test) {
        let providers = configurations([test], &names);
        findings.extend(in_scope(ProviderScope::File(test.path()), &providers, repo));
    }
    for (terragrunt, generated) in module.terragrunt() {
        let generated = &generated.documents;
        let names = AwsNames::of_all(generated.iter().map(AwsNames::of)).known();
        let providers = configurations(generated, &names);
        findings.extend(in_scope(
            ProviderScope::File(terragrunt.path()),
            &providers,
            repo,
        ));
        findings.extend(in_terragrunt(terragrunt));
    }
    findings
}

/// The role that Terragrunt itself assumes, unless a comment keeps it.
fn in_terragrunt(document: &Document) -> Option<Finding> {
    let role = iam_role(document)?;
    if Ignore::keeps_setting(&role, ID) {
        return None;
    }
    let message = format!(
        "assumes {} for every command, whatever AWS_PROFILE says: left alone",
        role.value.text()
    );
    let help = "remove `iam_role` once the signed-in profile is of that account, or let that \
                profile assume the role";
    let sentence = ("Terragrunt", message);
    Some(Finding::new(ID, document, role.span(), sentence).help(help))
}

fn in_scope(scope: ProviderScope<'_>, providers: &[Provider<'_>], repo: &Repo) -> Vec<Finding> {
    let decisions = decide(scope, repo);
    let has_roles = decisions.iter().any(|it| it.standing.role.is_some());
    let decided = decisions.iter().filter_map(|decision| {
        let mut providers = providers.iter();
        let provider = providers.find(|provider| {
            provider.alias == decision.standing.alias.as_deref()
                && provider.name == decision.standing.name
        })?;
        finding(provider, decision, has_roles, repo)
    });
    let mut findings: Vec<_> = decided.collect();
    if let ProviderScope::Module(directory) = scope
        && let Some(at) = repo.implicit_default(directory)
        && let Some(block) = providers
            .first()
            .and_then(|provider| provider.blocks.first())
        && findings.iter().any(|finding| !finding.edits.is_empty())
    {
        findings.push(implicit(block, at));
    }
    findings
}

/// A default provider that has no block, and that the switch itself moves.
fn implicit(block: &Block<'_>, at: &Location) -> Finding {
    let message = format!(
        "has no block here, and {}:{} uses it: it acted in the account of the keys, after the \
         switch it acts in that of AWS_PROFILE",
        at.path.display(),
        at.line
    );
    let help = "run this module with the AWS_PROFILE of the keys' account, or give it a block with \
                that profile";
    let sentence = ("the default provider", message);
    Finding::new(ID, block.document(), block.span(), sentence).help(help)
}

fn finding(
    provider: &Provider<'_>,
    decision: &Decision,
    has_roles: bool,
    repo: &Repo,
) -> Option<Finding> {
    let account = decision.standing.role.as_ref();
    match (&decision.fate, account) {
        (RoleChange::Removed, Some(account)) => Some(removal(provider, account, decision, repo)),
        (RoleChange::Profile(profile), Some(account)) => {
            Some(replacement(provider, account, profile, repo))
        }
        (RoleChange::Profile(profile), None) => Some(kept(provider, profile)),
        (RoleChange::Left(ManualReason::Ambient), _) | (RoleChange::Removed, None) => {
            let scope = decision.standing.files.first()?.parent()?;
            let is_default_of_root = provider.alias.is_none() && !repo.is_child(scope);
            let moves = has_roles || is_default_of_root && repo.has_roles();
            moves.then(|| ambient(provider, repo))
        }
        (RoleChange::Left(ManualReason::Identity(setting)), _) if setting == KEPT => None,
        (RoleChange::Left(why), Some(account)) => Some(left(provider, account, why, repo)),
        (RoleChange::Stays, _) | (RoleChange::Left(_), None) => None,
    }
}

fn removal(
    provider: &Provider<'_>,
    account: &Account,
    decision: &Decision,
    repo: &Repo,
) -> Finding {
    let account = told(account, provider, repo);
    let message =
        format!("no longer assumes a role: credentials for {account} come from the environment");
    let finding = about_roles(provider, message).safety(decision.safety());
    let finding = match decision.caution {
        None => finding,
        Some(caution) => finding.help(match caution {
            Caution::Workspace => {
                "the workspace chose the account; without the role AWS_PROFILE does, whatever \
                 workspace is selected"
            }
            Caution::Unit => {
                "Terragrunt fills in the account; without the role AWS_PROFILE decides, the same \
                 for every unit of a run"
            }
            Caution::Conditional => {
                "a role beside it is only assumed under a condition: without it, that provider \
                 acts as AWS_PROFILE says then, no longer in the account of the keys"
            }
            Caution::Ambient | Caution::Profile => {
                "another provider beside it or in a called module acts as the environment says, \
                 and gets the profile of the keys' account with this change"
            }
        }),
    };
    without_roles(finding, provider)
}

fn replacement(provider: &Provider<'_>, account: &Account, profile: &str, repo: &Repo) -> Finding {
    let message = format!(
        "no longer assumes a role: the profile \"{profile}\" is that of {}",
        told(account, provider, repo)
    );
    let finding = about_roles(provider, message)
        .safety(Safety::Review)
        .help("CI needs that profile too");
    let roles = provider.roles();
    let block = roles.last().map(|role| &role.block);
    let block = block.and_then(|role| {
        let mut blocks = provider.blocks.iter();
        blocks.find(|block| {
            block.document().path() == role.document().path()
                && block.span().start <= role.span().start
                && role.span().end <= block.span().end
        })
    });
    let finding = without_roles(finding, provider);
    match block {
        Some(block) => with_profile(finding, block, profile),
        None => finding,
    }
}

/// A provider that would move with the environment, kept where it is.
fn kept(provider: &Provider<'_>, profile: &str) -> Finding {
    let message = format!(
        "acted in the account of the keys: the profile \"{profile}\" keeps it there when \
         AWS_PROFILE is another"
    );
    let finding = about(provider, &provider.blocks[0], message)
        .safety(Safety::Review)
        .help("CI needs that profile too");
    match provider.blocks.last() {
        Some(block) => with_profile(finding, block, profile),
        None => finding,
    }
}

fn left(provider: &Provider<'_>, account: &Account, why: &ManualReason, repo: &Repo) -> Finding {
    let there = told(account, provider, repo);
    let (message, help) = match why {
        ManualReason::Identity(identity) => (
            format!(
                "has `{identity}` beside its role: without the role it would act as that \
                 identity, not as the environment's"
            ),
            format!("remove `{identity}` and the role together"),
        ),
        ManualReason::Caller(caller) => (
            format!(
                "of a called module assumes a role in {there}, and {}, which calls it, is not \
                 known to act there: left alone",
                shown(caller)
            ),
            "hand the module a provider by `providers`, or give this one a `profile`".to_owned(),
        ),
        ManualReason::SameAccount => (
            format!(
                "assumes a role in {there}, the account of who assumes it: it narrows or \
                 changes rights, not the account: left alone"
            ),
            "see that the signed-in role may assume it, or remove it if its rights are enough"
                .to_owned(),
        ),
        ManualReason::DefaultStays => (
            format!(
                "assumes a role in {there}, the account of the default provider, which keeps \
                 its own: left alone"
            ),
            "what is said of the default provider decides for this one too".to_owned(),
        ),
        ManualReason::Unnamed(id) => {
            let message = format!("assumes a role in {there}, which no `account` block names");
            let setting = format!("account \"...\" {{ id = \"{id}\" }}");
            return about_roles(provider, message).needs(setting);
        }
        ManualReason::Held(Obstacle::NoProfile) => {
            let message = "keeps its role: a provider that acts as the environment says would \
                           move with the switch, and the profile of the keys' account is not \
                           known"
                .to_owned();
            return about_roles(provider, message).needs("state_profile = \"...\"");
        }
        ManualReason::Held(Obstacle::File(file)) => (
            format!(
                "keeps its role: a provider in {}, which cannot be edited, acts as the \
                 environment says and would move with the switch",
                file.display()
            ),
            "give that provider the profile of the keys' account, and run again".to_owned(),
        ),
        ManualReason::Unknown | ManualReason::Ambient => {
            let roles = provider.roles();
            let is_conditional = roles.iter().any(|role| role.arn.is_conditional());
            (
                match (account, is_conditional) {
                    (Account::OneOf(_), _) => format!(
                        "assumes a role in {there}: left alone, no one profile stands for them"
                    ),
                    (_, true) => format!(
                        "may assume a role in {there}, which is not known here: left alone, and \
                         where it assumes none it acts as the environment says"
                    ),
                    (_, false) => format!(
                        "assumes a role in {there}, which is not known here: left alone, without \
                         the role its resources could move"
                    ),
                },
                "give it a `profile` of that account, or let the signed-in role assume this one"
                    .to_owned(),
            )
        }
    };
    about_roles(provider, message).help(help)
}

/// A provider that the switch itself moves: it acts as whoever the environment says.
fn ambient(provider: &Provider<'_>, repo: &Repo) -> Finding {
    let message = "has no role, profile or keys: it acted in the account of the keys, after the \
                   switch it acts in that of AWS_PROFILE";
    let directory = provider.blocks[0].document().path().parent();
    let holder = directory.and_then(|directory| repo.key_holder(directory));
    let help = match holder {
        Some(holder) => format!(
            "if its resources belong to the keys' account, run it with AWS_PROFILE={profile} or \
             give it `profile = \"{profile}\"`",
            profile = holder.profile
        ),
        None => "if its resources belong to the keys' account, give it that account's `profile`"
            .to_owned(),
    };
    about(provider, &provider.blocks[0], message).help(help)
}

/// A finding at the provider's first role.
fn about_roles(provider: &Provider<'_>, message: impl Into<String>) -> Finding {
    let roles = provider.roles();
    match roles.first() {
        Some(role) => about(provider, &role.block, message),
        None => about(provider, &provider.blocks[0], message),
    }
}

fn about(provider: &Provider<'_>, block: &Block<'_>, message: impl Into<String>) -> Finding {
    let sentence = (provider.reference(), message);
    Finding::new(ID, block.document(), block.span(), sentence)
}

/// Takes the roles away, and the keys that only assumed them.
fn without_roles(mut finding: Finding, provider: &Provider<'_>) -> Finding {
    let keys = provider.keys();
    let roles = provider.roles().into_iter();
    let roles = roles.map(|role| (role.block.document(), role.block.span()));
    let spans = keys.iter().map(|key| (key.value.document(), key.span()));
    for (document, span) in roles.chain(spans) {
        finding = finding.edit(document, Edit::remove(document, span));
    }
    if let Some(revocation) = revocation(&keys) {
        let help = finding.help.take();
        let help = help.map_or_else(String::new, |help| format!("{help}; "));
        finding.help = Some(format!("{help}{revocation}"));
    }
    finding
}

fn with_profile(finding: Finding, block: &Block<'_>, profile: &str) -> Finding {
    let document = block.document();
    let value = format!("\"{profile}\"");
    let finding = finding.profile(profile);
    if let Some(unset) = block.attribute("profile") {
        return finding.edit(document, Edit::replace(unset.value.span(), value));
    }
    match Edit::open_up(block, "profile", &value) {
        Some([open, close]) => finding.edit(document, open).edit(document, close),
        None => finding.edit(document, Edit::add_to_block(block, "profile", &value)),
    }
}

/// An account with the profile that the configuration gives it; one that is not known, as the
/// provider writes it.
fn told(account: &Account, provider: &Provider<'_>, repo: &Repo) -> String {
    match account {
        Account::Id(_) => match repo.settings().profile_of(account) {
            Some(profile) => format!("{account} ({profile})"),
            None => account.to_string(),
        },
        Account::OneOf(_) | Account::CallerOf(_) => account.to_string(),
        Account::Template(_) | Account::Expression(_) => {
            let roles = provider.roles();
            let written = roles
                .last()
                .map(|role| Account::of(&role.arn, &ModuleNames::default()));
            written.as_ref().unwrap_or(account).to_string()
        }
    }
}
