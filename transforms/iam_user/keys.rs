//! Resources that make static keys, and those that publish them.

mod names;
mod passed;
mod user_modules;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use diagnostics::finding::{Finding, KeyRemnant};
use engine::repo::Repo;
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::structure::Attribute;
use hcl_edit::visit::{Visit, visit_attr, visit_traversal};
use syntax::code;
use syntax::hcl::{Block, Document};
use terraform::module::Module;

use super::{ID, references};

/// Resources that write a value where others read it, each with the argument that names it.
const PUBLISHERS: [(&str, &str); 19] = [
    ("github_actions_secret", "secret_name"),
    ("github_actions_environment_secret", "secret_name"),
    ("github_actions_organization_secret", "secret_name"),
    ("github_codespaces_secret", "secret_name"),
    ("github_dependabot_secret", "secret_name"),
    ("tfe_variable", "key"),
    ("gitlab_project_variable", "key"),
    ("gitlab_group_variable", "key"),
    ("circleci_environment_variable", "name"),
    ("circleci_context_environment_variable", "variable"),
    ("gitlab_instance_variable", "key"),
    ("bitbucket_repository_variable", "key"),
    ("bitbucket_deployment_variable", "key"),
    ("spacelift_environment_variable", "name"),
    ("env0_configuration_variable", "name"),
    ("vault_generic_secret", "path"),
    ("vault_kv_secret_v2", "name"),
    ("aws_ssm_parameter", "name"),
    ("aws_secretsmanager_secret_version", "secret_id"),
];

const KEY: &str = "aws_iam_access_key";

/// Publishers that write for any program, where only a telling name makes it a runner's.
const ANY_READER: [&str; 4] = [
    "aws_ssm_parameter",
    "aws_secretsmanager_secret_version",
    "vault_generic_secret",
    "vault_kv_secret_v2",
];

/// Words of names under which runners read static keys.
const RUNNERS: [&str; 3] = ["AWS_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"];

/// The findings on the configuration of modules: a key may be published where an output leads it, in a
/// module that calls the one which makes it, or in one that is given it.
pub(super) fn findings(modules: &[&Module], repo: &Repo) -> Vec<Finding> {
    let all = passed::followed(modules);
    if all.iter().all(|(_, keys)| keys.all.is_empty()) {
        return Vec::new();
    }
    let mut of_runners = BTreeSet::new();
    for (module, keys) in &all {
        for resource in resources(module) {
            if let Some(publisher) = Publisher::of(&resource, keys).filter(|it| it.is_for_runners) {
                of_runners.extend(publisher.keys);
            }
        }
    }
    for (module, keys) in &all {
        let users = references::assuming(module, repo);
        let own = keys.all.iter().filter(|(_, user)| {
            let user = user.as_ref();
            user.is_some_and(|user| users.contains(user))
        });
        of_runners.extend(own.map(|(key, _)| key.clone()));
    }
    let mut findings = Vec::new();
    for (module, mut keys) in all {
        keys.of_runners.clone_from(&of_runners);
        let users: BTreeSet<&str> = keys.users().map(String::as_str).collect();
        findings.extend(references::findings(module, &users));
        findings.extend(in_module(module, &keys, repo));
    }
    findings
}

fn resources(module: &Module) -> impl Iterator<Item = Block<'_>> {
    module.configuration().flat_map(|it| it.blocks("resource"))
}

fn in_module(module: &Module, keys: &Keys, repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut others = Vec::new();
    for resource in resources(module) {
        findings.extend(in_resource(&resource, keys, repo));
        let name = resource.label(1).unwrap_or_default();
        if resource.label(0) == Some(KEY) && keys.is_of_another(&keys.resource(name)) {
            others.push(resource);
        }
    }
    for call in module.configuration().flat_map(|it| it.blocks("module")) {
        let name = call.label(0).unwrap_or_default();
        let key = keys.module(name);
        if keys.is_of_another(&key) {
            others.push(call);
        } else if keys.of_runners.contains(&key) {
            let sentence = (
                format!("module.{name}"),
                "makes an IAM user with static keys",
            );
            findings.push(about(&call, sentence).help(LAST).remnant(KeyRemnant::Key));
        }
    }
    findings.extend(note(&others));
    findings
}

const LAST: &str = "remove it last: once the keys are deactivated, nothing has used them for a while, and what \
                    publishes them is removed";

/// The note on keys of which nothing tells that a runner has them: they may be another program's.
fn note(others: &[Block<'_>]) -> Option<Finding> {
    let first = others.iter().min_by_key(|it| it.location())?;
    let message = match others.len() {
        1 => "makes static keys, which another program may have".to_owned(),
        count => format!(
            "makes static keys, which another program may have ({} more like it)",
            count - 1
        ),
    };
    let labels = [0, 1].map(|index| first.label(index));
    let labels: Vec<&str> = labels.into_iter().flatten().collect();
    let subject = match first.kind() {
        "module" => format!("module.{}", labels.join(".")),
        _ => labels.join("."),
    };
    let help = "remove them once they are deactivated and nothing uses them if they are those that ran \
                Terraform";
    Some(about(first, (subject, message)).help(help).note())
}

fn in_resource(block: &Block<'_>, keys: &Keys, repo: &Repo) -> Option<Finding> {
    let (kind, name) = (block.label(0)?, block.label(1)?);
    let message = match kind {
        KEY if keys.of_runners.contains(&keys.resource(name)) => "makes static keys of an IAM user",
        "aws_iam_user" if keys.users().any(|user| user == name) => {
            "is the IAM user of static keys that the module makes"
        }
        "aws_iam_user_policy"
        | "aws_iam_user_policy_attachment"
        | "aws_iam_user_group_membership"
            if keys.refers_to_user(block) =>
        {
            "gives permissions to the IAM user of static keys that the module makes"
        }
        _ => return published(block, keys, repo),
    };
    let finding = about(block, (format!("{kind}.{name}"), message));
    let remnant = match kind {
        KEY => KeyRemnant::Key,
        _ => KeyRemnant::User,
    };
    Some(finding.help(LAST).remnant(remnant))
}

/// The finding on a resource that publishes a runner's key.
fn published(block: &Block<'_>, keys: &Keys, repo: &Repo) -> Option<Finding> {
    let (kind, name) = (block.label(0)?, block.label(1)?);
    let publisher = Publisher::of(block, keys)?;
    if publisher.keys.is_disjoint(&keys.of_runners) {
        return None;
    }
    let names = publisher.names;
    let what = names.as_ref().map_or(String::new(), |names| {
        let names: Vec<String> = names.iter().map(|it| code::quoted(it)).collect();
        format!(" as {}", names.join(" and "))
    });
    let message =
        format!("publishes static keys{what}: what is deleted there comes back at the next apply");
    let help = "remove it once every root module has run in CI without the keys, before the secret itself is deleted";
    let is_own = kind.starts_with("github_") && !is_elsewhere(block, &repo.index().repositories);
    let remnant = KeyRemnant::Published(match is_own {
        true => names,
        false => Some(BTreeSet::new()),
    });
    let finding = about(block, (format!("{kind}.{name}"), message));
    Some(finding.help(help).remnant(remnant))
}

/// Whether a resource names another repository than this one, of which these names are known.
fn is_elsewhere(block: &Block<'_>, repositories: &[String]) -> bool {
    let named = block.attribute("repository");
    let named = named.as_ref().and_then(|it| it.value.literal());
    let name = |it: &str| it.rsplit('/').next().unwrap_or(it).to_ascii_lowercase();
    named.is_some_and(|named| {
        let mut own = repositories.iter();
        !repositories.is_empty() && own.all(|own| name(own) != name(named))
    })
}

fn about(block: &Block<'_>, sentence: (impl Into<String>, impl Into<String>)) -> Finding {
    Finding::new(ID, block.document(), block.span(), sentence)
}

/// A resource that writes keys where others read them.
struct Publisher {
    /// The keys.
    keys: BTreeSet<Key>,
    /// The names under which they are read, where they are written out.
    names: Option<BTreeSet<String>>,
    /// Whether CI reads them.
    is_for_runners: bool,
}

impl Publisher {
    fn of(block: &Block<'_>, keys: &Keys) -> Option<Self> {
        let kind = block.label(0)?;
        let (_, argument) = PUBLISHERS.iter().find(|(known, _)| *known == kind)?;
        let mut finder = KeyFinder::new(keys);
        finder.visit_block(block.parsed());
        if finder.found.is_empty() {
            return None;
        }
        let names = names::written(block, argument);
        let is_telling = |name: &str| {
            let name = name.to_ascii_uppercase().replace('-', "_");
            RUNNERS.iter().any(|word| name.contains(word))
        };
        Some(Self {
            keys: finder.found,
            is_for_runners: !ANY_READER.contains(&kind)
                || names.iter().flatten().any(|it| is_telling(it)),
            names,
        })
    }
}

/// Static keys that a module makes, by the module's directory and what makes them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// An access key by its name.
    Resource(PathBuf, String),
    /// A call of a module that makes a user with keys.
    Module(PathBuf, String),
}

/// The static keys that a module makes, and what of them it is given.
#[derive(Default)]
struct Keys {
    /// The module's directory.
    directory: PathBuf,
    /// All, each with the user that an access key names.
    all: BTreeMap<Key, Option<String>>,
    /// Those that are published for CI, of all modules.
    of_runners: BTreeSet<Key>,
    /// The locals that are part of keys.
    locals: BTreeMap<String, BTreeSet<Key>>,
    /// The variables that callers give keys.
    inputs: BTreeMap<String, BTreeSet<Key>>,
    /// The outputs of the modules that it calls which are part of keys, by the names of call and output.
    outputs: BTreeMap<(String, String), BTreeSet<Key>>,
}

impl Keys {
    fn of(module: &Module) -> Self {
        let mut keys = Self {
            directory: module.directory.clone(),
            ..Self::default()
        };
        // A key for SMTP signs in to no API of AWS: no job and no laptop has it.
        let is_smtp = |name: &str| {
            let key = format!("{KEY}.{name}");
            let mut texts = module.configuration().map(Document::text);
            texts.any(|text| text.split(&key).skip(1).any(is_smtp_password))
        };
        for key in resources(module).filter(|it| it.label(0) == Some(KEY)) {
            let Some(name) = key.label(1).filter(|name| !is_smtp(name)) else {
                continue;
            };
            let user = key.attribute("user");
            let user = user.map(|it| it.value.text()).unwrap_or_default();
            let user = user.split("aws_iam_user.").nth(1);
            let user = user.and_then(|it| it.split(|letter: char| !is_of_name(letter)).next());
            keys.all
                .insert(keys.resource(name), user.map(str::to_owned));
        }
        for call in module.configuration().flat_map(|it| it.blocks("module")) {
            let source = call.attribute("source");
            let is_user = source.is_some_and(|it| {
                user_modules::makes_users(it.value.literal().unwrap_or_default())
            });
            let makes_key = call.attribute("create_iam_access_key");
            let makes_key = makes_key.is_none_or(|it| it.value.text() != "false");
            if is_user && makes_key {
                let key = keys.module(call.label(0).unwrap_or_default());
                keys.all.insert(key, None);
            }
        }
        keys
    }

    /// The key of an access key in the module.
    fn resource(&self, name: &str) -> Key {
        Key::Resource(self.directory.clone(), name.to_owned())
    }

    /// The key of a call in the module.
    fn module(&self, name: &str) -> Key {
        Key::Module(self.directory.clone(), name.to_owned())
    }

    /// Whether nothing tells that a runner has a key.
    fn is_of_another(&self, key: &Key) -> bool {
        self.all.contains_key(key) && !self.of_runners.contains(key)
    }

    /// The users whose keys are published for CI.
    fn users(&self) -> impl Iterator<Item = &String> {
        let of_runners = self
            .all
            .iter()
            .filter(|(key, _)| self.of_runners.contains(key));
        of_runners.filter_map(|(_, user)| user.as_ref())
    }

    fn refers_to_user(&self, block: &Block<'_>) -> bool {
        let user = block.attribute("user");
        let text = user.map(|it| it.value.text()).unwrap_or_default();
        self.users().any(|user| {
            let rest = text.split(&format!("aws_iam_user.{user}")).nth(1);
            rest.is_some_and(|rest| !rest.starts_with(is_of_name))
        })
    }
}

/// Whether what stands behind the name of a key is its password for SMTP, of one of several keys, too.
fn is_smtp_password(behind: &str) -> bool {
    let index = behind.strip_prefix('[').and_then(|it| it.split_once(']'));
    let behind = index.map_or(behind, |(_, behind)| behind);
    behind.starts_with(".ses_smtp_password")
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-')
}

/// Looks for references to keys.
struct KeyFinder<'k> {
    keys: &'k Keys,
    found: BTreeSet<Key>,
}

impl<'k> KeyFinder<'k> {
    fn new(keys: &'k Keys) -> Self {
        Self {
            keys,
            found: BTreeSet::new(),
        }
    }

    fn note(&mut self, key: Key) {
        if self.keys.all.contains_key(&key) {
            self.found.insert(key);
        }
    }

    /// The keys in an expression.
    fn keys_in(keys: &'k Keys, expression: &Expression) -> BTreeSet<Key> {
        let mut finder = Self::new(keys);
        finder.visit_expr(expression);
        finder.found
    }
}

impl Visit for KeyFinder<'_> {
    fn visit_attr(&mut self, node: &Attribute) {
        // An order, not a value.
        if node.key.as_str() != "depends_on" {
            visit_attr(self, node);
        }
    }

    fn visit_traversal(&mut self, node: &Traversal) {
        let names: Vec<&str> = node
            .operators
            .iter()
            .filter_map(|operator| match operator.value() {
                TraversalOperator::GetAttr(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        let root = node.expr.as_variable().map(hcl_edit::Ident::as_str);
        match (root, names.as_slice()) {
            // The user's name and the state of the key are no secrets.
            (Some(KEY), [_, "user" | "status" | "create_date", ..]) => {}
            (Some(KEY), [name, ..]) => self.note(self.keys.resource(name)),
            (Some("module"), [name, output, rest @ ..]) => {
                if output.contains("access_key") {
                    self.note(self.keys.module(name));
                }
                let output = ((*name).to_owned(), (*output).to_owned());
                let passed = self.keys.outputs.get(&output);
                let passed = passed.filter(|_| rest.first() != Some(&"user"));
                self.found.extend(passed.into_iter().flatten().cloned());
            }
            (Some("local"), [name, ..]) => {
                let known = self.keys.locals.get(*name);
                self.found.extend(known.into_iter().flatten().cloned());
            }
            (Some("var"), [name, ..]) => {
                let known = self.keys.inputs.get(*name);
                self.found.extend(known.into_iter().flatten().cloned());
            }
            _ => {}
        }
        visit_traversal(self, node);
    }
}
