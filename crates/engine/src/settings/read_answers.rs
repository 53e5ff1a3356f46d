//! Reading the blocks that answer questions about accounts: `keys`, `environment`, `root`, `role`,
//! `job` and `runner`.

use super::account_answer::expression_of;
use super::block::{Result, SettingsBlock, boolean, name, one_of, wrong_value};
use super::{AccountAnswer, RunnerAnswer, RunnerBlock, Settings, SettingsError};
use ci::github::permissions::{Level, Scope, Scopes};
use ci::settings::JobBlock;
use diagnostics::suggestion;
use syntax::hcl::Attribute;

impl Settings {
    pub(super) fn keys(&mut self, entry: &SettingsBlock<'_>) -> Result<()> {
        let answer = answer(entry, "the name of the secret with the access key id")?;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_*".contains(&byte);
        if !answer.pattern.bytes().all(is_name) {
            let name = answer.pattern.rsplit('.').next().unwrap_or_default();
            let name = name.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
            let why = "a secret is named here without its context";
            return Err(entry.error(format!("{why}: keys \"{name}\"")));
        }
        let is_new = !self.keys.iter().any(|it| is_same(it, &answer));
        self.keys.push(answer);
        entry.once(is_new)
    }

    pub(super) fn environment(&mut self, entry: &SettingsBlock<'_>) -> Result<()> {
        let answer = answer(entry, "the name of the environment")?;
        let is_new = !self.environments.iter().any(|it| is_same(it, &answer));
        self.environments.push(answer);
        entry.once(is_new)
    }

    pub(super) fn root(&mut self, entry: &SettingsBlock<'_>) -> Result<()> {
        let answer = answer(entry, "the directory of the root module")?;
        if let Err(why) = check_directory(&answer.pattern) {
            return Err(entry.error(why));
        }
        let mut known = self.roots.iter();
        let is_new = !known.any(|it| it.pattern == answer.pattern);
        self.roots.push(answer);
        entry.once(is_new)
    }

    pub(super) fn role(&mut self, entry: &SettingsBlock<'_>) -> Result<()> {
        let answer = answer(
            entry,
            "the expression that names the role, as in \"vars.ROLE\"",
        )?;
        if answer.pattern.starts_with("arn:") {
            let why = "an ARN tells its account: `role` is about expressions, as in \"vars.ROLE\"";
            return Err(entry.error(why));
        }
        let own = expression_of(&answer.pattern);
        let mut known = self.roles.iter();
        let is_new = !known.any(|it| expression_of(&it.pattern) == own);
        self.roles.push(answer);
        entry.once(is_new)
    }

    pub(super) fn job(&mut self, entry: &SettingsBlock<'_>) -> Result<()> {
        let pattern = entry.label("`FILE:JOB`")?;
        if !pattern.contains(':') {
            return Err(entry.error("a job is named `FILE:JOB`, as in \"deploy.yml:apply\""));
        }
        entry.only_its_own(&[])?;
        let block = JobBlock {
            line: entry.block.location().line,
            permissions: permissions(entry)?,
            roots: roots(entry)?,
            account: entry.optional("account")?,
            pattern,
        };
        match (&block.permissions, &block.roots, &block.account) {
            (_, Some(_), Some(_)) => {
                let why = "`job` takes either `roots` or `account`: a job signs in to the account \
                           of its root modules";
                return Err(entry.error(why));
            }
            (None, None, None) => {
                return Err(entry.error("`job` needs `permissions`, `roots` or `account`"));
            }
            _ => {}
        }
        let is_new = !self.ci.jobs.iter().any(|it| it.pattern == block.pattern);
        self.ci.jobs.push(block);
        entry.once(is_new)
    }

    pub(super) fn runner(&mut self, entry: &SettingsBlock<'_>) -> Result<()> {
        let pattern = entry.label("the path of the file that runs Terraform")?;
        entry.only_its_own(&[])?;
        let account = entry.optional("account")?;
        let terraform = entry.body.attribute("terraform");
        let answer = match (account, terraform) {
            (Some(account), None) if account == "*" => RunnerAnswer::OwnAccounts,
            (Some(account), None) => RunnerAnswer::Account(account),
            (None, Some(found)) if !boolean(&found)? => RunnerAnswer::NoTerraform,
            (None, Some(found)) => {
                let why = "only `false` says something: with it the runner signs in to nothing";
                return Err(wrong_value(&found, why));
            }
            _ => return Err(entry.error("`runner` needs either `account` or `terraform = false`")),
        };
        let is_new = !self.runners.iter().any(|known| known.pattern == pattern);
        self.runners.push(RunnerBlock {
            pattern,
            line: entry.block.location().line,
            answer,
        });
        entry.once(is_new)
    }
}

/// The account that a block names has to have a block of its own, with one of `labels`.
pub(super) fn check_account(entry: &SettingsBlock<'_>, labels: &[&str]) -> Result<()> {
    let is_any = entry.block.kind() == "runner";
    let label = entry.optional("account")?;
    let Some(label) = label.filter(|label| !(is_any && label == "*")) else {
        return Ok(());
    };
    if labels.contains(&label.as_str()) {
        return Ok(());
    }
    let instead = match labels.is_empty() {
        true => "there is none".to_owned(),
        false => suggestion::instead(&label, labels),
    };
    let why = format!("no `account` block has the label `{label}`; {instead}");
    Err(entry.wrong("account", why))
}

/// `KIND "PATTERN" { account = "LABEL" }`.
fn answer(entry: &SettingsBlock<'_>, what: &str) -> Result<AccountAnswer> {
    let pattern = entry.label(what)?;
    entry.only_its_own(&[])?;
    Ok(AccountAnswer {
        pattern,
        line: entry.block.location().line,
        account: entry.required("account")?,
    })
}

fn is_same(one: &AccountAnswer, other: &AccountAnswer) -> bool {
    one.pattern.eq_ignore_ascii_case(&other.pattern)
}

fn permissions(entry: &SettingsBlock<'_>) -> Result<Option<Scopes>> {
    let Some(written) = entry.body.attribute("permissions") else {
        return Ok(None);
    };
    let mut permissions = Scopes::new();
    for scope in written.value.entries() {
        let right = one_of(&scope, &[Level::Read, Level::Write, Level::None])?;
        let name = Scope::from(scope.name);
        if let Scope::Other(name) = &name {
            let known: Vec<&str> = Scope::KNOWN.iter().map(Scope::as_str).collect();
            let instead = suggestion::instead(name, &known);
            let document = written.value.document();
            let at = document.location(scope.key.start);
            return Err(SettingsError {
                line: at.line,
                column: at.column,
                length: scope.key.len(),
                message: format!("GitHub knows no scope `{name}`; {instead}"),
            });
        }
        permissions.insert(name, right);
    }
    Ok(Some(permissions))
}

fn roots(entry: &SettingsBlock<'_>) -> Result<Option<Vec<String>>> {
    let Some(written) = entry.body.attribute("roots") else {
        return Ok(None);
    };
    let Some(items) = written.value.items() else {
        let why = "a list of directories is needed, as in [\"envs/*\"], or [] for none";
        return Err(wrong_value(&written, why));
    };
    let roots = items.into_iter().map(|value| {
        let root = name(&Attribute {
            value,
            ..written.clone()
        })?;
        match check_directory(&root) {
            Ok(()) => Ok(root),
            Err(why) => Err(wrong_value(&written, why)),
        }
    });
    roots.collect::<Result<Vec<_>>>().map(Some)
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
