//! The identities of root modules.

use std::collections::BTreeMap;
use std::path::Path;

use super::account::Account;
use super::hcl::{Block, Body};
use crate::support::Tree;

/// Whose credentials something uses.
#[derive(Clone, Debug, PartialEq)]
pub enum Credentials {
    /// Those of the default chain.
    Ambient,
    /// Those of a role.
    Role(Account),
    /// The keys in a variable, which who runs it sets.
    Variable(String),
    /// Those of a profile.
    Profile(String),
}

/// A root module, by what signs in for it.
#[derive(Clone, Debug, Default)]
pub struct RootModule {
    /// By name: `aws`, `aws.dns`, `backend`, `local-exec`.
    pub identities: BTreeMap<String, Credentials>,
    /// The one account that each provider configuration allows.
    pub guards: BTreeMap<String, String>,
    /// Whether its backend is HCP's, which brings credentials of its own.
    pub is_remote: bool,
}

impl RootModule {
    /// The default provider's; there is one without a block, too.
    pub fn default_provider(&self) -> &Credentials {
        self.identities.get("aws").unwrap_or(&Credentials::Ambient)
    }
}

/// Which of the two programs reads a repository.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Program {
    Terraform,
    OpenTofu,
}

/// How a repository is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    pub program: Program,
    /// Whether roles that are assumed under a condition are assumed.
    pub assumes: bool,
}

impl Reading {
    pub const TERRAFORM: Self = Self {
        program: Program::Terraform,
        assumes: true,
    };

    pub fn all() -> impl Iterator<Item = Self> {
        let programs = [Program::Terraform, Program::OpenTofu].into_iter();
        programs.flat_map(|program| [true, false].map(|assumes| Self { program, assumes }))
    }

    /// A `.tofu` file is OpenTofu's alone, and takes the place of the `.tf` file of its name.
    fn reads(self, path: &Path, tree: &Tree) -> bool {
        let extension = path.extension().and_then(|it| it.to_str());
        match (self.program, extension) {
            (Program::Terraform, Some("tf")) | (Program::OpenTofu, Some("tofu")) => true,
            (Program::OpenTofu, Some("tf")) => !tree.0.contains_key(&path.with_extension("tofu")),
            _ => false,
        }
    }
}

/// All root modules by directory: each directory here is one.
pub fn root_modules(tree: &Tree, reading: Reading) -> BTreeMap<String, RootModule> {
    let mut bodies: BTreeMap<String, Body> = BTreeMap::new();
    for (path, text) in &tree.0 {
        if reading.reads(path, tree) {
            let directory = path.parent().unwrap_or(Path::new("")).display().to_string();
            let read = Body::read(text);
            bodies
                .entry(directory)
                .or_default()
                .blocks
                .extend(read.blocks);
        }
    }
    let roots = bodies.into_iter();
    roots
        .map(|(directory, body)| (directory.clone(), root_module(&directory, &body, reading)))
        .collect()
}

fn root_module(directory: &str, body: &Body, reading: Reading) -> RootModule {
    let mut root = RootModule::default();
    let variables: BTreeMap<&str, &str> = body
        .blocks("variable")
        .map(|block| (block.label(0), block.body.text("default").unwrap_or("")))
        .collect();
    for provider in body
        .blocks("provider")
        .filter(|block| block.label(0) == "aws")
    {
        let name = match provider.body.text("alias") {
            Some(alias) => format!("aws.{alias}"),
            None => "aws".to_owned(),
        };
        if let Some(ids) = provider.body.argument("allowed_account_ids") {
            let written = ids.trim_matches(['[', ']', '"']);
            // A variable has its default, where nobody sets it.
            let default = written
                .strip_prefix("var.")
                .and_then(|it| variables.get(it));
            let id = default.filter(|id| !id.is_empty()).unwrap_or(&written);
            root.guards.insert(name.clone(), (*id).to_owned());
        }
        let credentials = credentials(directory, provider, &variables, reading);
        root.identities.insert(name, credentials);
    }
    for terraform in body.blocks("terraform") {
        for backend in terraform
            .body
            .blocks("backend")
            .filter(|it| it.label(0) == "s3")
        {
            let credentials = credentials(directory, backend, &variables, reading);
            root.identities.insert("backend".to_owned(), credentials);
        }
        root.is_remote |= terraform.body.blocks("cloud").next().is_some();
        root.is_remote |= terraform
            .body
            .blocks("backend")
            .any(|it| it.label(0) == "remote");
    }
    let resources = body.blocks("resource");
    let provisioners = resources.flat_map(|resource| &resource.body.blocks);
    let mut commands = provisioners.filter_map(|it| it.body.text("command"));
    if commands.any(|command| command.starts_with("aws ")) {
        root.identities
            .insert("local-exec".to_owned(), Credentials::Ambient);
    }
    // Without a block the default provider is the environment's.
    if !root.identities.keys().any(|name| name == "aws") {
        root.identities
            .insert("aws".to_owned(), Credentials::Ambient);
    }
    root
}

fn credentials(
    directory: &str,
    block: &Block,
    variables: &BTreeMap<&str, &str>,
    reading: Reading,
) -> Credentials {
    let mut repeated = block.body.blocks("dynamic");
    if let Some(role) = repeated.find(|it| it.label(0) == "assume_role") {
        let each = role.body.argument("for_each").unwrap_or_default();
        let account = Account::Role(directory.to_owned(), each.to_owned());
        return match reading.assumes {
            true => Credentials::Role(account),
            false => Credentials::Ambient,
        };
    }
    let role = block.body.blocks("assume_role").last();
    let arn = role.and_then(|role| role.body.argument("role_arn"));
    let key = block.body.argument("access_key");
    let key = key.and_then(|key| key.strip_prefix("var."));
    if let (None, Some(name)) = (arn, key) {
        return Credentials::Variable(name.to_owned());
    }
    match (arn, block.body.text("profile")) {
        (Some(arn), _) => Credentials::Role(account(directory, arn, variables)),
        (None, Some(profile)) => Credentials::Profile(profile.to_owned()),
        (None, None) => Credentials::Ambient,
    }
}

fn account(directory: &str, arn: &str, variables: &BTreeMap<&str, &str>) -> Account {
    let mut text = arn.trim_matches('"').to_owned();
    for (name, value) in variables {
        text = text.replace(&format!("${{var.{name}}}"), value);
        if text == format!("var.{name}") {
            (*value).clone_into(&mut text);
        }
    }
    Account::of_arn(&text).unwrap_or(Account::Role(directory.to_owned(), arn.to_owned()))
}
