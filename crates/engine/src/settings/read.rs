//! Reading `tfkeyless.hcl`: every key, block and label is known or refused with its line.

use super::block::{
    Result, SettingsBlock, boolean, issuer, name, one_of, role, state_role, unknown_key,
    wrong_value,
};
use super::forms::{KEYS, instead_of_block};
use super::read_answers::check_account;
use super::{
    AccountBlock, ModuleSource, Settings, SettingsError, SettingsErrors, Sso, StateBucket, Switches,
};
use crate::catalogue::Catalogue;
use ci::github::permissions::DefaultToken;
use ci::settings::{RoleName, SessionName, StateAccess};
use syntax::hcl::{Attribute, Block, Document};
use syntax::location::Location;
use terraform::constraint::{Constraint, Dialect, Version};
use upgrade::arguments::has_table;
use upgrade::provider;
use upgrade::settings::ModuleTarget;

impl Settings {
    /// Reads a configuration. The catalogue tells which `transform` blocks and options there are.
    ///
    /// # Errors
    /// All keys, blocks, labels and values that are unknown, missing or wrong: of each block the
    /// first.
    pub fn parse(text: &str, catalogue: Catalogue) -> std::result::Result<Self, SettingsErrors> {
        let document = Document::new("tfkeyless.hcl".into(), text.to_owned());
        let document = document.map_err(|(error, _)| {
            let at = Location::at("tfkeyless.hcl", text, error.offset);
            unreadable((at.line, at.column), error.kind.to_string())
        })?;
        let body = document.body().map_err(|error| {
            let at = document.location(error.offset);
            unreadable(
                (at.line, at.column),
                format!("this is not HCL: {}", error.message),
            )
        })?;
        let mut settings = Self::default();
        let mut errors = Vec::new();
        for attribute in body.attributes() {
            errors.extend(settings.attribute(&attribute).err());
        }
        // Accounts may stand below the blocks that name them, and with errors of their own.
        let accounts = body.blocks().filter(|block| block.kind() == "account");
        let labels: Vec<&str> = accounts.filter_map(|block| block.label(0)).collect();
        for block in body.blocks() {
            let read = settings.block(&block, catalogue);
            let read = read.and_then(|()| match block.kind() {
                "account" => Ok(()),
                _ => check_account(&SettingsBlock::new(block), &labels),
            });
            errors.extend(read.err());
        }
        errors.sort_by_key(|error| (error.line, error.column));
        match errors.is_empty() {
            true => Ok(settings),
            false => Err(SettingsErrors(errors)),
        }
    }

    fn attribute(&mut self, attribute: &Attribute<'_>) -> Result<()> {
        match attribute.name {
            "state_profile" => self.state_profile = Some(name(attribute)?),
            "repository" => self.repositories = repositories(attribute)?,
            _ => return Err(unknown_key(attribute, &KEYS)),
        }
        Ok(())
    }

    fn block(&mut self, block: &Block<'_>, catalogue: Catalogue) -> Result<()> {
        let entry = SettingsBlock::new(*block);
        match block.kind() {
            "state_bucket" => self.state_bucket(&entry),
            "account" => self.account_block(&entry),
            "sso" => self.sso(&entry),
            "module_source" => self.module_source(&entry),
            "upgrade" => self.upgrade(&entry),
            "ci" => self.ci(&entry),
            "job" => self.job(&entry),
            "runner" => self.runner(&entry),
            "keys" => self.keys(&entry),
            "environment" => self.environment(&entry),
            "root" => self.root(&entry),
            "role" => self.role(&entry),
            "transform" => self.transform(&entry, catalogue),
            kind => {
                let instead = instead_of_block(kind);
                Err(entry.error(format!("unknown block `{kind}`; {instead}")))
            }
        }
    }

    fn state_bucket(&mut self, entry: &SettingsBlock<'_>) -> Result<()> {
        let bucket = entry.label("the bucket's name")?;
        entry.only_its_own(&[])?;
        let profile = entry.required("profile")?;
        let line = entry.block.location().line;
        let own = StateBucket { profile, line };
        entry.once(self.state_buckets.insert(bucket, own).is_none())
    }

    fn account_block(&mut self, entry: &SettingsBlock<'_>) -> Result<()> {
        let label = entry.label("the AWS profile's name")?;
        entry.only_its_own(&[])?;
        let id = entry.required("id")?;
        // A string: as a number an id would lose its leading zeros.
        if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(entry.wrong("id", "an account id is a string of 12 digits"));
        }
        let ci_role = entry.body.attribute("ci_role");
        let ci_role = ci_role.map(|written| role(&written)).transpose()?;
        let arn = ci_role.as_ref().and_then(RoleName::arn);
        if arn.is_some() && ci_role.as_ref().and_then(|role| role.arn_in(&id)).is_none() {
            return Err(entry.wrong("ci_role", format!("this role is not in account {id}")));
        }
        let of_id = self.account_with(&id);
        if let Some(other) = of_id.filter(|other| other.label != label) {
            let why = format!("`account \"{}\"` has this id already", other.label);
            return Err(entry.wrong("id", why));
        }
        let is_new = self.account(&label).is_none();
        let place = self.accounts.len();
        self.by_label.entry(label.clone()).or_insert(place);
        self.by_id.entry(id.clone()).or_insert(place);
        self.accounts.push(AccountBlock {
            label,
            id,
            role_name: entry.optional("role_name")?,
            ci_role,
        });
        entry.once(is_new)
    }

    fn sso(&mut self, entry: &SettingsBlock<'_>) -> Result<()> {
        entry.no_label()?;
        entry.only_its_own(&[])?;
        let sso = Sso {
            start_url: entry.required("start_url")?,
            region: entry.required("region")?,
            role_name: entry.required("role_name")?,
        };
        entry.once(self.sso.replace(sso).is_none())
    }

    fn module_source(&mut self, entry: &SettingsBlock<'_>) -> Result<()> {
        let bucket = entry.label("the bucket's name")?;
        entry.only_its_own(&[])?;
        let aws_provider = entry.optional("aws_provider")?;
        if let Some(written) = &aws_provider
            && let Err(error) = Constraint::parse(written, Dialect::Provider)
        {
            return Err(entry.wrong("aws_provider", error));
        }
        let source = ModuleSource {
            repository: entry.required("repository")?,
            git_ref: entry
                .optional("ref")?
                .unwrap_or_else(|| ModuleSource::REF.to_owned()),
            aws_provider,
            line: entry.block.location().line,
        };
        if let Err(why) = check_repository(&source.repository) {
            return Err(entry.wrong("repository", why));
        }
        let fixed = source.git_ref.replace("{version}", "");
        if fixed.contains(['{', '}', '&', '?', ' ']) {
            let why = "a ref is a git ref; `{version}` may stand in it";
            return Err(entry.wrong("ref", why));
        }
        entry.once(self.module_sources.insert(bucket, source).is_none())
    }

    fn transform(&mut self, entry: &SettingsBlock<'_>, catalogue: Catalogue) -> Result<()> {
        let id = entry.label("the transform's id")?;
        let Some(transform) = catalogue.transform(&id) else {
            return Err(entry.error(catalogue.unknown(&id)));
        };
        entry.only_its_own(transform.options)?;
        let mut switches = Switches::default();
        for attribute in entry.body.attributes() {
            let value = boolean(&attribute)?;
            match attribute.name {
                "enabled" => switches.enabled = Some(value),
                option => {
                    switches.options.insert(option.to_owned(), value);
                }
            }
        }
        entry.once(self.transforms.insert(id, switches).is_none())
    }

    fn upgrade(&mut self, entry: &SettingsBlock<'_>) -> Result<()> {
        entry.no_label()?;
        entry.only_its_own(&[])?;
        if let Some(constraint) = entry.optional("aws_provider")? {
            let major = provider::target_major(&constraint);
            let major = major.map_err(|why| entry.wrong("aws_provider", why))?;
            if !has_table(major) {
                let line = entry.line_of("aws_provider");
                let warning = format!(
                    "no table says what version {major} of the AWS provider changes: a move to it \
                     needs review"
                );
                self.warnings.push((line, warning));
            }
            self.upgrade.aws_provider = constraint;
        }
        for block in entry.block.blocks("module") {
            let module = SettingsBlock::new(block);
            let source = module.label("the module's registry address")?;
            module.only(&["version"], &[])?;
            let version = module.required("version")?;
            if source.split('/').count() != 3 {
                let message = "a registry module is named NAMESPACE/NAME/PROVIDER";
                return Err(module.error(message));
            }
            let Ok(release) = Version::parse(&version) else {
                return Err(module.wrong("version", "this is one release, such as \"5.16.0\""));
            };
            let target = ModuleTarget::requested(release);
            self.upgrade.modules.insert(source, target);
        }
        Ok(())
    }

    fn ci(&mut self, entry: &SettingsBlock<'_>) -> Result<()> {
        entry.no_label()?;
        entry.only_its_own(&[])?;
        for attribute in entry.block.body().attributes() {
            match attribute.name {
                "issuer" => self.ci.issuer = issuer(&attribute)?,
                "role" => self.ci.role = role(&attribute)?,
                "plan_role" => self.ci.plan_role = Some(role(&attribute)?),
                "state_role" => self.ci.state_role = state_role(&attribute)?,
                "state_access" => self.ci.state_access = one_of(&attribute, &StateAccess::ALL)?,
                "default_token" => self.ci.default_token = one_of(&attribute, &DefaultToken::ALL)?,
                "bump_action" => self.ci.bump_action = boolean(&attribute)?,
                "session_name" => {
                    let text = name(&attribute)?;
                    let read =
                        SessionName::new(&text).map_err(|why| wrong_value(&attribute, why))?;
                    self.ci.session_name = Some(read);
                }
                _ => self.ci.allow_pull_request_target = boolean(&attribute)?,
            }
        }
        Ok(())
    }
}

/// The only error of a file that cannot be read at all.
fn unreadable((line, column): (usize, usize), message: String) -> SettingsErrors {
    let length = 1;
    SettingsErrors(vec![SettingsError {
        line,
        column,
        length,
        message,
    }])
}

/// The names of the repository: one, or a list of them.
fn repositories(attribute: &Attribute<'_>) -> Result<Vec<String>> {
    let items = attribute.value.items();
    let values = items.unwrap_or_else(|| vec![attribute.value]);
    let names = values.into_iter().map(|value| {
        let repository = name(&Attribute {
            value,
            ..attribute.clone()
        })?;
        let (owner, own) = repository.split_once('/').unwrap_or_default();
        let is_name = |part: &str| {
            let mut letters = part.chars();
            !part.is_empty()
                && letters.all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.'))
        };
        match is_name(owner) && is_name(own) {
            true => Ok(repository),
            false => {
                let why = "the repository's name on GitHub is needed, as in \"OWNER/NAME\"";
                Err(wrong_value(attribute, why))
            }
        }
    });
    names.collect()
}

/// Checks that Terraform resolves the address as a repository (Terraform docs, "Module Sources"): a
/// plain URL would be downloaded, not cloned.
fn check_repository(address: &str) -> std::result::Result<(), &'static str> {
    let forms = ["github.com/", "git::https://", "git::ssh://", "git@"];
    if address.starts_with("https://") || address.starts_with("http://") {
        Err("Terraform does not clone a plain URL: write git::https://..., or github.com/ORG/REPO")
    } else if !forms.iter().any(|form| address.starts_with(form)) {
        Err("write github.com/ORG/REPO, git::https://..., git::ssh://... or git@HOST:ORG/REPO.git")
    } else if address.contains('?') || address.replacen("://", "", 1).contains("//") {
        Err("the directory and the ref are added for each module: leave `//` and `?` out")
    } else {
        Ok(())
    }
}
