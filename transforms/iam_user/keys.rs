//! Resources that make static keys, and those that publish them.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::finding::{Finding, KeyRemnant};
use hcl_edit::expr::{Traversal, TraversalOperator};
use hcl_edit::visit::{Visit, visit_traversal};
use syntax::hcl::{Block, Document};

use super::ID;

/// Resources that write a value where others read it, each with the argument that names it.
const PUBLISHERS: [(&str, &str); 12] = [
    ("github_actions_secret", "secret_name"),
    ("github_actions_environment_secret", "secret_name"),
    ("github_actions_organization_secret", "secret_name"),
    ("github_codespaces_secret", "secret_name"),
    ("github_dependabot_secret", "secret_name"),
    ("tfe_variable", "key"),
    ("gitlab_project_variable", "key"),
    ("gitlab_group_variable", "key"),
    ("circleci_environment_variable", "name"),
    ("circleci_context_environment_variable", "name"),
    ("aws_ssm_parameter", "name"),
    ("aws_secretsmanager_secret_version", "secret_id"),
];

const KEY: &str = "aws_iam_access_key";

/// The module that makes users of IAM, with a key unless it is told not to.
const USER_MODULE: &str = "terraform-aws-modules/iam/aws//modules/iam-user";

/// Publishers that write for any program, where only a telling name makes it a runner's.
const ANY_READER: [&str; 2] = ["aws_ssm_parameter", "aws_secretsmanager_secret_version"];

/// Words of names under which runners read static keys.
const RUNNERS: [&str; 3] = ["AWS_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"];

/// The findings on the configuration of a module.
pub(super) fn findings(documents: &[&Document]) -> Vec<Finding> {
    let mut keys = Keys::of(documents);
    if keys.all.is_empty() {
        return Vec::new();
    }
    let resources: Vec<Block<'_>> = documents
        .iter()
        .flat_map(|it| it.blocks("resource"))
        .collect();
    for resource in &resources {
        if let Some(publisher) = Publisher::of(resource, &keys).filter(|it| it.is_for_runners) {
            keys.of_runners.extend(publisher.keys);
        }
    }
    let mut findings = Vec::new();
    let mut others = Vec::new();
    for resource in &resources {
        findings.extend(in_resource(resource, &keys));
        let name = resource.label(1).unwrap_or_default();
        let key = Key::Resource(name.to_owned());
        if resource.label(0) == Some(KEY) && keys.is_of_another(&key) {
            others.push(*resource);
        }
    }
    for call in documents.iter().flat_map(|it| it.blocks("module")) {
        let name = call.label(0).unwrap_or_default();
        let key = Key::Module(name.to_owned());
        if keys.is_of_another(&key) {
            others.push(call);
        } else if keys.of_runners.contains(&key) {
            let sentence = (
                format!("module.{name}"),
                "makes an IAM user with static keys",
            );
            findings.push(about(&call, sentence).help(LAST).remnant(KeyRemnant::User));
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
            "makes static keys, which another program may have, as {} more do",
            count - 1
        ),
    };
    let labels = [0, 1].map(|index| first.label(index));
    let labels: Vec<&str> = labels.into_iter().flatten().collect();
    let subject = match first.kind() {
        "module" => format!("module.{}", labels.join(".")),
        _ => labels.join("."),
    };
    let help = "where they are those that ran Terraform, remove them once they are deactivated and nothing uses \
                them";
    Some(about(first, (subject, message)).help(help).note())
}

fn in_resource(block: &Block<'_>, keys: &Keys) -> Option<Finding> {
    let (kind, name) = (block.label(0)?, block.label(1)?);
    let message = match kind {
        KEY if keys.of_runners.contains(&Key::Resource(name.to_owned())) => {
            "makes static keys of an IAM user"
        }
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
        _ => return published(block, keys),
    };
    let finding = about(block, (format!("{kind}.{name}"), message));
    Some(finding.help(LAST).remnant(KeyRemnant::User))
}

/// The finding on a resource that publishes a runner's key.
fn published(block: &Block<'_>, keys: &Keys) -> Option<Finding> {
    let (kind, name) = (block.label(0)?, block.label(1)?);
    let publisher = Publisher::of(block, keys)?;
    if publisher.keys.is_disjoint(&keys.of_runners) {
        return None;
    }
    let secret = publisher.secret;
    let what = secret.map_or(String::new(), |it| format!(" as `{it}`"));
    let message =
        format!("publishes static keys{what}: what is deleted there comes back at the next apply");
    let help = "remove it once every root module has run in CI without the keys, before the secret itself is deleted";
    let secret = secret.filter(|_| kind.starts_with("github_"));
    let remnant = KeyRemnant::Published(secret.map(str::to_owned));
    let finding = about(block, (format!("{kind}.{name}"), message));
    Some(finding.help(help).remnant(remnant))
}

fn about(block: &Block<'_>, sentence: (impl Into<String>, impl Into<String>)) -> Finding {
    Finding::new(ID, block.document(), block.span(), sentence)
}

/// A resource that writes keys where others read them.
struct Publisher<'d> {
    /// The keys.
    keys: BTreeSet<Key>,
    /// The name under which they are read, where it is written out.
    secret: Option<&'d str>,
    /// Whether CI reads them.
    is_for_runners: bool,
}

impl<'d> Publisher<'d> {
    fn of(block: &Block<'d>, keys: &Keys) -> Option<Self> {
        let kind = block.label(0)?;
        let (_, argument) = PUBLISHERS.iter().find(|(known, _)| *known == kind)?;
        let mut finder = KeyFinder::new(keys);
        finder.visit_block(block.parsed());
        if finder.found.is_empty() {
            return None;
        }
        let secret = block.attribute(argument);
        let secret = secret.and_then(|it| it.value.literal());
        let is_telling = |name: &str| {
            let name = name.to_ascii_uppercase().replace('-', "_");
            RUNNERS.iter().any(|word| name.contains(word))
        };
        Some(Self {
            keys: finder.found,
            secret,
            is_for_runners: !ANY_READER.contains(&kind) || secret.is_some_and(is_telling),
        })
    }
}

/// Static keys that a module makes, by what makes them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// An access key by its name.
    Resource(String),
    /// A call of a module that makes a user with keys.
    Module(String),
}

/// The static keys that a module makes.
#[derive(Default)]
struct Keys {
    /// All, each with the user that an access key names.
    all: BTreeMap<Key, Option<String>>,
    /// Those that are published for CI.
    of_runners: BTreeSet<Key>,
    /// The locals that are part of keys.
    locals: BTreeMap<String, BTreeSet<Key>>,
}

impl Keys {
    fn of(documents: &[&Document]) -> Self {
        let mut keys = Self::default();
        // A key for SMTP signs in to no API of AWS: no job and no laptop has it.
        let is_smtp = |name: &str| {
            let smtp = format!("{KEY}.{name}.ses_smtp_password");
            let mut texts = documents.iter().map(|it| it.text());
            texts.any(|text| text.contains(&smtp))
        };
        let resources = documents.iter().flat_map(|it| it.blocks("resource"));
        for key in resources.filter(|it| it.label(0) == Some(KEY)) {
            let Some(name) = key.label(1).filter(|name| !is_smtp(name)) else {
                continue;
            };
            let user = key.attribute("user");
            let user = user.map(|it| it.value.text()).unwrap_or_default();
            let user = user.split("aws_iam_user.").nth(1);
            let user = user.and_then(|it| it.split(|letter: char| !is_of_name(letter)).next());
            let key = Key::Resource(name.to_owned());
            keys.all.insert(key, user.map(str::to_owned));
        }
        for call in documents.iter().flat_map(|it| it.blocks("module")) {
            let source = call.attribute("source");
            let is_user = source.is_some_and(|it| {
                let source = it.value.literal().unwrap_or_default();
                source.trim_start_matches("registry.terraform.io/") == USER_MODULE
            });
            let makes_key = call.attribute("create_iam_access_key");
            let makes_key = makes_key.is_none_or(|it| it.value.text() != "false");
            if is_user && makes_key {
                let name = call.label(0).unwrap_or_default().to_owned();
                keys.all.insert(Key::Module(name), None);
            }
        }
        for locals in documents.iter().flat_map(|it| it.blocks("locals")) {
            for local in locals.body().attributes() {
                let mut finder = KeyFinder::new(&keys);
                finder.visit_expr(local.value.expression());
                let found = finder.found;
                if !found.is_empty() {
                    keys.locals.insert(local.name.to_owned(), found);
                }
            }
        }
        keys
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
}

impl Visit for KeyFinder<'_> {
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
            (Some(KEY), [name, _, ..]) => self.note(Key::Resource((*name).to_owned())),
            (Some("module"), [name, output, ..]) if output.contains("access_key") => {
                self.note(Key::Module((*name).to_owned()));
            }
            (Some("local"), [name, ..]) => {
                let known = self.keys.locals.get(*name);
                self.found.extend(known.into_iter().flatten().cloned());
            }
            _ => {}
        }
        visit_traversal(self, node);
    }
}
