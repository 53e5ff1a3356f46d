//! Reading the blocks that answer questions about accounts: `keys`, `environment`, `root`, `role`,
//! `job` and `runner`.

use std::collections::BTreeSet;

use super::block::{Result, SettingsBlock, boolean, each, name, one_of, wrong_key, wrong_value};
use super::{AccountAnswer, RunnerAnswer, RunnerBlock, Settings, SettingsErrors};
use ci::github::permissions::{Level, Scope, Scopes};
use ci::settings::JobBlock;
use diagnostics::suggestion;
use syntax::code::sentence;
use syntax::hcl::{Attribute, Block};

impl Settings {
    pub(super) fn keys(&mut self, entry: &mut SettingsBlock<'_>) {
        let (label, account) = answer(entry, "the name of the secret with the access key id");
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_*".contains(&byte);
        let Some(label) = label else {
            return;
        };
        if !label.bytes().all(is_name) {
            let name = label.rsplit('.').next().unwrap_or_default();
            let name = name.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
            let why = "a secret is named here without its context";
            entry.refuse_label(format!("{why}: keys \"{name}\""));
            return;
        }
        add(&mut self.keys, entry, label, account);
    }

    pub(super) fn environment(&mut self, entry: &mut SettingsBlock<'_>) {
        let (label, account) = answer(entry, "the name of the environment");
        if let Some(label) = label {
            add(&mut self.environments, entry, label, account);
        }
    }

    pub(super) fn root(&mut self, entry: &mut SettingsBlock<'_>) {
        let (label, account) = answer(entry, "the directory of the root module");
        let Some(label) = label else {
            return;
        };
        match check_directory(&label) {
            Ok(()) => add(&mut self.roots, entry, label, account),
            Err(why) => entry.refuse_label(why),
        }
    }

    pub(super) fn role(&mut self, entry: &mut SettingsBlock<'_>) {
        let what = "the expression that names the role, as in \"vars.ROLE\"";
        let (label, account) = answer(entry, what);
        match label {
            Some(label) if label.starts_with("arn:") => {
                let why =
                    "an ARN tells its account: `role` is about expressions, as in \"vars.ROLE\"";
                entry.refuse_label(why);
            }
            Some(label) => add(&mut self.roles, entry, label, account),
            None => {}
        }
    }

    pub(super) fn job(&mut self, entry: &mut SettingsBlock<'_>) {
        let pattern = entry.label("`FILE:JOB`");
        entry.only_its_own(&[]);
        let permissions = entry.read("permissions", permissions);
        let roots = entry.read("roots", roots);
        let account = entry.optional("account");
        let is_set = |key| entry.body.attribute(key).is_some();
        if is_set("roots") && is_set("account") {
            let why = "`job` takes either `roots` or `account`: a job signs in to the account of its root modules";
            entry.refuse_value("account", why);
        } else if !entry.sets_any(&["permissions", "roots", "account"]) {
            entry.refuse("`job` needs `permissions`, `roots` or `account`");
        }
        match pattern {
            Some(pattern) if !pattern.contains(':') => {
                entry.refuse_label("a job is named `FILE:JOB`, as in \"deploy.yml:apply\"");
            }
            Some(pattern) => {
                self.ci.jobs.push(JobBlock {
                    at: entry.at(),
                    permissions,
                    roots,
                    account,
                    pattern,
                });
            }
            None => {}
        }
    }

    pub(super) fn runner(&mut self, entry: &mut SettingsBlock<'_>) {
        let pattern = entry.label("the path of the file that runs Terraform");
        entry.only_its_own(&[]);
        let account = entry.optional("account");
        let terraform = entry.read("terraform", no_terraform);
        let is_set = |key| entry.body.attribute(key).is_some();
        if is_set("account") == is_set("terraform") {
            let why = "`runner` needs either `account` or `terraform = false`";
            match is_set("terraform") {
                true => entry.refuse_value("terraform", why),
                false if entry.sets_any(&["account", "terraform"]) => {}
                false => entry.refuse(why),
            }
        }
        let answer = match (account, terraform) {
            (Some(account), _) if account == "*" => Some(RunnerAnswer::OwnAccounts),
            (Some(account), _) => Some(RunnerAnswer::Account(account)),
            (None, found) => found,
        };
        let Some(pattern) = pattern else {
            return;
        };
        // Without an answer the block has an error.
        let answer = answer.unwrap_or(RunnerAnswer::NoTerraform);
        self.runners.push(RunnerBlock {
            pattern,
            at: entry.at(),
            answer,
        });
    }
}

/// The account that a block names has to be one of `accounts`, by its label.
pub(super) fn check_account(entry: &mut SettingsBlock<'_>, accounts: &[Block<'_>]) {
    let is_any = entry.block.kind() == "runner";
    let label = entry.body.attribute("account");
    let label = label.and_then(|written| name(&written).ok());
    let Some(label) = label.filter(|label| !(is_any && label == "*")) else {
        return;
    };
    let labels: BTreeSet<&str> = accounts.iter().filter_map(|it| it.label(0)).collect();
    if labels.contains(label.as_str()) {
        return;
    }
    let has_id = |block: &&Block<'_>| {
        let id = block.attribute("id");
        id.is_some_and(|id| id.value.literal() == Some(&label))
    };
    let of_id = accounts.iter().find(has_id).and_then(|it| it.label(0));
    let instead = match of_id {
        Some(of_id) => sentence!("did you mean `{of_id}`?"),
        None if labels.is_empty() => "there is none".to_owned(),
        None => suggestion::instead(&label, &labels.into_iter().collect::<Vec<_>>()),
    };
    let why = sentence!("no `account` block has the label `{label}`; {instead}");
    entry.refuse_value("account", why);
}

/// The label and the account of `KIND "PATTERN" { account = "LABEL" }`.
fn answer(entry: &mut SettingsBlock<'_>, what: &str) -> (Option<String>, Option<String>) {
    let label = entry.label(what);
    entry.only_its_own(&[]);
    (label, entry.required("account", name))
}

/// Adds the answer of a block to those of its kind.
fn add(
    answers: &mut Vec<AccountAnswer>,
    entry: &SettingsBlock<'_>,
    pattern: String,
    account: Option<String>,
) {
    answers.push(AccountAnswer {
        pattern,
        at: entry.at(),
        // Without one the block has an error.
        account: account.unwrap_or_default(),
    });
}

fn permissions(written: &Attribute<'_>) -> Result<Scopes> {
    if written.value.expression().as_object().is_none() {
        let why = "scopes with their levels are needed, as in { contents = \"read\" }";
        return Err(wrong_value(written, why));
    }
    let entries = written.value.entries().into_iter();
    let scopes = SettingsErrors::none_of(entries.map(|entry| scope(&entry)));
    scopes.map(|scopes| scopes.into_iter().collect())
}

fn scope(entry: &Attribute<'_>) -> Result<(Scope, Level)> {
    let level = one_of(entry, &[Level::Read, Level::Write, Level::None]);
    let scope = Scope::from(entry.name);
    let Scope::Other(name) = &scope else {
        return Ok((scope, level?));
    };
    let known: Vec<&str> = Scope::KNOWN.iter().map(Scope::as_str).collect();
    let instead = suggestion::instead(name, &known);
    let unknown = wrong_key(
        entry,
        sentence!("GitHub knows no scope `{name}`; {instead}"),
    );
    let of_level = level.err().into_iter().flat_map(|errors| errors.0);
    Err(SettingsErrors(
        std::iter::once(unknown).chain(of_level).collect(),
    ))
}

fn roots(written: &Attribute<'_>) -> Result<Vec<String>> {
    let Some(items) = written.value.items() else {
        let why = "a list of directories is needed, as in [\"envs/*\"], or [] for none";
        return Err(wrong_value(written, why));
    };
    each(written, items, |item| {
        let root = name(item)?;
        match check_directory(&root) {
            Ok(()) => Ok(root),
            Err(why) => Err(wrong_value(item, why)),
        }
    })
}

fn no_terraform(written: &Attribute<'_>) -> Result<RunnerAnswer> {
    match boolean(written)? {
        false => Ok(RunnerAnswer::NoTerraform),
        true => Err(wrong_value(
            written,
            "only `false` says something: with it the runner signs in to nothing",
        )),
    }
}

/// Checks that a pattern is for directories as this tool writes them.
fn check_directory(pattern: &str) -> std::result::Result<(), String> {
    let plain = pattern.trim_start_matches("./").trim_matches('/');
    match pattern == plain {
        true => Ok(()),
        false => {
            let plain = if plain.is_empty() { "." } else { plain };
            Err(format!(
                "a directory is named from the root of the repository: \"{plain}\""
            ))
        }
    }
}
