//! Reading `tfkeyless.hcl`: every key, block and label is known or refused with its line.

use super::block::{
    Result, SettingsBlock, boolean, constraint, each, issuer, name, one_of, role, state_role,
    unknown_key, wrong_value,
};
use super::forms::{KEYS, instead_of_block};
use super::read_answers::check_account;
use super::repeated::repeated;
use super::warning::warning;
use super::{
    AccountBlock, ModuleSource, Settings, SettingsError, SettingsErrors, Sso, StateBucket, Switches,
};
use crate::catalogue::Catalogue;
use ci::github::permissions::DefaultToken;
use ci::settings::{RoleName, SessionName, StateAccess};
use syntax::code::sentence;
use syntax::hcl::{Attribute, Block, Document};
use syntax::location::{Location, Region};
use terraform::constraint::Version;
use upgrade::arguments::has_table;
use upgrade::provider;
use upgrade::settings::ModuleTarget;

impl Settings {
    /// Reads a configuration. The catalogue tells which `transform` blocks and options there are.
    ///
    /// # Errors
    /// All keys, blocks, labels and values that are unknown, missing or wrong.
    pub fn parse(text: &str, catalogue: Catalogue) -> std::result::Result<Self, SettingsErrors> {
        let document = Document::new("tfkeyless.hcl".into(), text.to_owned());
        let document = document.map_err(|(error, _)| {
            let at = Location::at("tfkeyless.hcl", text, error.offset);
            unreadable(&at, error.offset, error.kind.to_string())
        })?;
        let body = document.body().map_err(|error| {
            let at = document.location(error.offset);
            let message = format!("this is not HCL: {}", error.message);
            unreadable(&at, error.offset, message)
        })?;
        let mut settings = Self::default();
        let mut errors = Vec::new();
        for attribute in body.attributes() {
            let read = settings.attribute(&attribute);
            errors.extend(read.err().into_iter().flat_map(|it| it.0));
        }
        // Accounts may stand below the blocks that name them, and with errors of their own.
        let accounts = body.blocks().filter(|block| block.kind() == "account");
        let accounts: Vec<Block<'_>> = accounts.collect();
        for block in body.blocks() {
            let mut entry = SettingsBlock::new(block);
            settings.block(&mut entry, catalogue);
            if block.kind() != "account" {
                check_account(&mut entry, &accounts);
            }
            errors.append(&mut entry.errors);
        }
        errors.extend(repeated(body.blocks()));
        let state_buckets = body.blocks().filter(|it| it.kind() == "state_bucket");
        let profiles = state_buckets.filter_map(|it| it.attribute("profile"));
        for written in body.attribute("state_profile").into_iter().chain(profiles) {
            settings.doubt_profile(&written);
        }
        errors.sort_by_key(|error| error.at.range.start);
        match errors.is_empty() {
            true => Ok(settings),
            false => Err(SettingsErrors(errors)),
        }
    }

    fn attribute(&mut self, attribute: &Attribute<'_>) -> Result<()> {
        match attribute.name {
            "state_profile" => self.state_profile = Some(name(attribute)?),
            "repository" => self.repositories = repositories(attribute)?,
            _ => return Err(unknown_key(attribute, &KEYS).into()),
        }
        Ok(())
    }

    fn block(&mut self, entry: &mut SettingsBlock<'_>, catalogue: Catalogue) {
        match entry.block.kind() {
            "state_bucket" => self.state_bucket(entry),
            "account" => self.account_block(entry),
            "sso" => self.sso(entry),
            "module_source" => self.module_source(entry),
            "upgrade" => self.upgrade(entry),
            "ci" => self.ci(entry),
            "job" => self.job(entry),
            "runner" => self.runner(entry),
            "keys" => self.keys(entry),
            "environment" => self.environment(entry),
            "root" => self.root(entry),
            "role" => self.role(entry),
            "transform" => self.transform(entry, catalogue),
            kind => {
                let instead = instead_of_block(kind);
                entry.refuse(sentence!("unknown block `{kind}`; {instead}"));
            }
        }
    }

    fn state_bucket(&mut self, entry: &mut SettingsBlock<'_>) {
        let bucket = entry.label("the bucket's name");
        entry.only_its_own(&[]);
        let profile = entry.required("profile", name);
        if let (Some(bucket), Some(profile)) = (bucket, profile) {
            let own = StateBucket {
                profile,
                at: entry.at(),
            };
            self.state_buckets.insert(bucket, own);
        }
    }

    fn account_block(&mut self, entry: &mut SettingsBlock<'_>) {
        let label = entry.label("the AWS profile's name");
        entry.only_its_own(&[]);
        let id = entry.required("id", account_id);
        let ci_role = entry.read("ci_role", role);
        let role_name = entry.optional("role_name");
        let Some(id) = id else {
            return;
        };
        let is_of_another = |role: &RoleName| role.arn().is_some() && role.arn_in(&id).is_none();
        if ci_role.as_ref().is_some_and(is_of_another) {
            entry.refuse_value("ci_role", format!("this role is not in account {id}"));
        }
        let Some(label) = label else {
            return;
        };
        let of_id = self.account_with(&id);
        if let Some(other) = of_id.filter(|other| other.label != label) {
            let why = sentence!("`account \"{}\"` has this id already", other.label);
            entry.refuse_value("id", why);
        }
        let place = self.accounts.len();
        self.by_label.entry(label.clone()).or_insert(place);
        self.by_id.entry(id.clone()).or_insert(place);
        self.accounts.push(AccountBlock {
            label,
            id,
            role_name,
            ci_role,
        });
    }

    fn sso(&mut self, entry: &mut SettingsBlock<'_>) {
        entry.no_label();
        entry.only_its_own(&[]);
        let start_url = entry.required("start_url", name);
        let region = entry.required("region", name);
        let role_name = entry.required("role_name", name);
        if let (Some(start_url), Some(region), Some(role_name)) = (start_url, region, role_name) {
            self.sso = Some(Sso {
                start_url,
                region,
                role_name,
            });
        }
    }

    fn module_source(&mut self, entry: &mut SettingsBlock<'_>) {
        let bucket = entry.label("the bucket's name");
        entry.only_its_own(&[]);
        let aws_provider = entry.read("aws_provider", constraint);
        let repository = entry.required("repository", module_repository);
        let git_ref = entry.read("ref", module_ref);
        if let (Some(bucket), Some(repository)) = (bucket, repository) {
            let source = ModuleSource {
                repository,
                git_ref: git_ref.unwrap_or_else(|| ModuleSource::REF.to_owned()),
                aws_provider,
                at: entry.at(),
            };
            self.module_sources.insert(bucket, source);
        }
    }

    fn transform(&mut self, entry: &mut SettingsBlock<'_>, catalogue: Catalogue) {
        let Some(id) = entry.label("the transform's id") else {
            return;
        };
        let Some(transform) = catalogue.transform(&id) else {
            entry.refuse_label(catalogue.unknown(&id));
            return;
        };
        entry.only_its_own(transform.options);
        let mut switches = Switches {
            enabled: entry.read("enabled", boolean),
            ..Switches::default()
        };
        for &option in transform.options {
            if let Some(value) = entry.read(option, boolean) {
                switches.options.insert(option.to_owned(), value);
            }
        }
        self.transforms.insert(id, switches);
    }

    fn upgrade(&mut self, entry: &mut SettingsBlock<'_>) {
        entry.no_label();
        entry.only_its_own(&[]);
        if let Some((constraint, major)) = entry.read("aws_provider", target) {
            if let Some(written) = entry.body.attribute("aws_provider")
                && !has_table(major)
            {
                let at = entry.block.document().region(written.value.span());
                let subject = format!("version {major} of the AWS provider");
                let message = "is in no table of what changes: a move there needs review";
                self.warnings.push(warning(&at, subject, message));
            }
            self.upgrade.aws_provider = constraint;
        }
        entry.errors.extend(repeated(entry.block.blocks("module")));
        for block in entry.block.blocks("module") {
            let mut module = SettingsBlock::new(block);
            self.upgraded_module(&mut module);
            entry.errors.append(&mut module.errors);
        }
    }

    fn upgraded_module(&mut self, module: &mut SettingsBlock<'_>) {
        let source = module.label("the module's registry address");
        module.only(&["version"], &[]);
        let release = module.required("version", |written| {
            Version::parse(&name(written)?)
                .map_err(|_| wrong_value(written, "this is one release, such as \"5.16.0\""))
        });
        match source {
            Some(source) if source.split('/').count() != 3 => {
                module.refuse_label("a registry module is named NAMESPACE/NAME/PROVIDER");
            }
            Some(source) => {
                if let Some(release) = release {
                    let target = ModuleTarget::requested(release);
                    self.upgrade.modules.insert(source, target);
                }
            }
            None => {}
        }
    }

    fn ci(&mut self, entry: &mut SettingsBlock<'_>) {
        fn set<T>(setting: &mut T, read: Option<T>) {
            if let Some(value) = read {
                *setting = value;
            }
        }
        entry.no_label();
        entry.only_its_own(&[]);
        let ci = &mut self.ci;
        set(&mut ci.issuer, entry.read("issuer", issuer));
        set(&mut ci.role, entry.read("role", role));
        set(&mut ci.plan_role, entry.read("plan_role", role).map(Some));
        set(&mut ci.state_role, entry.read("state_role", state_role));
        set(
            &mut ci.state_access,
            entry.read("state_access", |it| one_of(it, &StateAccess::ALL)),
        );
        set(
            &mut ci.default_token,
            entry.read("default_token", |it| one_of(it, &DefaultToken::ALL)),
        );
        set(&mut ci.bump_action, entry.read("bump_action", boolean));
        set(
            &mut ci.session_name,
            entry.read("session_name", session_name).map(Some),
        );
        set(
            &mut ci.allow_pull_request_target,
            entry.read("allow_pull_request_target", boolean),
        );
    }
}

/// The only error of a file that cannot be read at all.
fn unreadable(at: &Location, offset: usize, message: String) -> SettingsErrors {
    let (line, column) = (at.line, at.column);
    let range = offset..offset + 1;
    let at = Region {
        line,
        column,
        range,
    };
    SettingsError {
        at,
        message,
        first: None,
    }
    .into()
}

/// The id of an account: a string, since a number would lose its leading zeros.
fn account_id(attribute: &Attribute<'_>) -> Result<String> {
    match attribute.value.literal() {
        Some(id) if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(id.to_owned())
        }
        Some("") => name(attribute),
        _ => Err(wrong_value(
            attribute,
            "an account id is a string of 12 digits",
        )),
    }
}

/// The names of the repository: one, or a list of them.
fn repositories(attribute: &Attribute<'_>) -> Result<Vec<String>> {
    let items = attribute.value.items();
    let values = items.unwrap_or_else(|| vec![attribute.value]);
    each(attribute, values, |written| {
        let repository = name(written)?;
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
                Err(wrong_value(written, why))
            }
        }
    })
}

/// The constraint that the AWS provider is upgraded to, and its major.
fn target(attribute: &Attribute<'_>) -> Result<(String, u64)> {
    let constraint = constraint(attribute)?;
    let major = provider::target_major(&constraint);
    let major = major.map_err(|why| wrong_value(attribute, why))?;
    Ok((constraint, major))
}

fn session_name(attribute: &Attribute<'_>) -> Result<SessionName> {
    SessionName::new(&name(attribute)?).map_err(|why| wrong_value(attribute, why))
}

fn module_repository(attribute: &Attribute<'_>) -> Result<String> {
    let repository = name(attribute)?;
    match check_repository(&repository) {
        Ok(()) => Ok(repository),
        Err(why) => Err(wrong_value(attribute, why)),
    }
}

fn module_ref(attribute: &Attribute<'_>) -> Result<String> {
    let git_ref = name(attribute)?;
    let fixed = git_ref.replace("{version}", "");
    match fixed.contains(['{', '}', '&', '?', ' ']) {
        true => Err(wrong_value(
            attribute,
            "a ref is a git ref; `{version}` may stand in it",
        )),
        false => Ok(git_ref),
    }
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
