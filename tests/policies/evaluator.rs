//! IAM's evaluation of policies, as far as the generated ones need it: Allow statements with
//! principals, wildcards and conditions; across accounts both sides have to allow ("Policy evaluation
//! logic", IAM User Guide). It shares no code with what generates the policies.

use std::collections::BTreeMap;

use hcl_edit::expr::{Expression, TraversalOperator};
use hcl_edit::structure::{Block, Body};
use serde_json::Value;

#[derive(Debug, Clone, Default)]
pub struct Statement {
    pub principals: Vec<String>,
    pub actions: Vec<String>,
    pub resources: Vec<String>,
    /// Operator, key, values: all of them have to hold.
    pub conditions: Vec<(String, String, Vec<String>)>,
}

/// Who asks for what.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// The ARN of the caller's role; empty for a web identity.
    pub caller: String,
    pub action: &'static str,
    pub resource: String,
    /// Of a web identity: its provider's host and path, `aud` and `sub`.
    pub token: Option<(String, &'static str, String)>,
    /// Of a call on a lock table: the key of its item.
    pub item: Option<&'static str>,
}

/// The policies of the accounts.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// By role: who may assume it.
    pub trust: BTreeMap<String, Vec<Statement>>,
    /// By role: what it may do.
    pub identity: BTreeMap<String, Vec<Statement>>,
    /// By bucket or key: who may do what with it. With the account that owns it.
    pub owned: BTreeMap<String, (String, Vec<Statement>)>,
}

impl World {
    /// Whether AWS makes the call.
    pub fn allows(&self, call: &Call) -> bool {
        let by_identity = self.identity.get(&call.caller);
        let by_identity = by_identity.is_some_and(|own| {
            own.iter()
                .any(|statement| statement.acts_on(call) && statement.holds(call))
        });
        if call.action.starts_with("sts:") {
            let trust = self.trust.get(&call.resource);
            let trusted = trust.is_some_and(|own| {
                own.iter().any(|it| {
                    matches_any(&it.actions, call.action) && it.admits(call) && it.holds(call)
                })
            });
            return trusted && (call.token.is_some() || by_identity);
        }
        let owner = self.owned.iter().find(|(name, _)| {
            call.resource == **name || call.resource.starts_with(&format!("{name}/"))
        });
        let Some((name, (account, policy))) = owner else {
            // Its table is the account's own.
            return by_identity
                && call
                    .resource
                    .contains(&format!(":{}:", account_of(&call.caller)));
        };
        let by_resource = policy.iter().any(|it| {
            let is_key = name.contains(":kms:") && it.resources == ["*"];
            (is_key && matches_any(&it.actions, call.action) || it.acts_on(call))
                && it.admits(call)
                && it.holds(call)
        });
        match *account == account_of(&call.caller) {
            true => by_identity || by_resource,
            false => by_identity && by_resource,
        }
    }

    /// Every statement, by where it stands.
    pub fn statements(&self) -> Vec<(String, usize)> {
        let lists = self
            .trust
            .iter()
            .map(|(name, it)| (format!("trust {name}"), it.len()));
        let identity = self.identity.iter();
        let lists = lists.chain(identity.map(|(name, it)| (format!("identity {name}"), it.len())));
        let owned = self
            .owned
            .iter()
            .map(|(name, (_, it))| (format!("owned {name}"), it.len()));
        let all = lists.chain(owned);
        all.flat_map(|(name, count)| (0..count).map(move |index| (name.clone(), index)))
            .collect()
    }

    /// The same without one statement.
    pub fn without(&self, (place, index): &(String, usize)) -> Self {
        let mut world = self.clone();
        let (kind, name) = place.split_once(' ').unwrap();
        let list = match kind {
            "trust" => world.trust.get_mut(name),
            "identity" => world.identity.get_mut(name),
            _ => world.owned.get_mut(name).map(|(_, list)| list),
        };
        list.unwrap().remove(*index);
        world
    }
}

impl Statement {
    fn acts_on(&self, call: &Call) -> bool {
        matches_any(&self.actions, call.action) && matches_any(&self.resources, &call.resource)
    }

    fn admits(&self, call: &Call) -> bool {
        self.principals.iter().any(|principal| match &call.token {
            Some((issuer, ..)) => principal.ends_with(&format!("oidc-provider/{issuer}")),
            None => {
                principal == &call.caller
                    || principal.ends_with(&format!(":{}:root", account_of(&call.caller)))
            }
        })
    }

    fn holds(&self, call: &Call) -> bool {
        self.conditions.iter().all(|(test, key, values)| {
            let actual = match (&call.token, key.as_str()) {
                (None, "aws:PrincipalArn") => call.caller.clone(),
                (None, "dynamodb:LeadingKeys") => match call.item {
                    Some(item) => item.to_owned(),
                    None => return false,
                },
                (Some((issuer, aud, sub)), key) => match key.strip_prefix(&format!("{issuer}:")) {
                    Some("aud") => (*aud).to_owned(),
                    Some("sub") => sub.clone(),
                    _ => return false,
                },
                _ => return false,
            };
            match test.as_str() {
                "StringEquals" => values.contains(&actual),
                "StringLike" | "ArnLike" | "ArnEquals" => matches_any(values, &actual),
                "ForAllValues:StringNotLike" => !matches_any(values, &actual),
                other => panic!("operator {other}"),
            }
        })
    }
}

fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

fn matches_any(patterns: &[String], text: &str) -> bool {
    patterns
        .iter()
        .any(|pattern| matches(pattern.as_bytes(), text.as_bytes()))
}

/// IAM's wildcards: `*` for any characters, `?` for one.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.first(), text.first()) {
        (None, None) => true,
        (Some(b'*'), _) => {
            matches(&pattern[1..], text) || !text.is_empty() && matches(pattern, &text[1..])
        }
        (Some(b'?'), Some(_)) => matches(&pattern[1..], &text[1..]),
        (Some(one), Some(other)) if one == other => matches(&pattern[1..], &text[1..]),
        _ => false,
    }
}

/// The statements of a policy in JSON.
pub fn of_json(text: &str) -> Vec<Statement> {
    let policy: Value = serde_json::from_str(text).unwrap();
    let strings = |value: &Value| match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(all) => all
            .iter()
            .map(|it| it.as_str().unwrap().to_owned())
            .collect(),
        _ => Vec::new(),
    };
    let statements = policy["Statement"].as_array().unwrap().iter();
    let read = statements.map(|statement| {
        assert_eq!(statement["Effect"], "Allow");
        let conditions = statement["Condition"].as_object().into_iter().flatten();
        let conditions = conditions.flat_map(|(test, keys)| {
            let keys = keys.as_object().unwrap().iter();
            keys.map(|(key, values)| (test.clone(), key.clone(), strings(values)))
        });
        Statement {
            principals: strings(&statement["Principal"]["AWS"]),
            actions: strings(&statement["Action"]),
            resources: strings(&statement["Resource"]),
            conditions: conditions.collect(),
        }
    });
    read.collect()
}

/// The roles of a generated file in an account, added to the world.
pub fn add_roles(world: &mut World, text: &str, account: &str) {
    let body: Body = text.parse().unwrap();
    let named = |kind: &'static str, of: &'static str| {
        let blocks = body.get_blocks(kind);
        blocks.filter(move |it| it.labels[0].as_str() == of)
    };
    let document = |reference: &str| {
        let name = reference.split('.').nth(2).unwrap();
        let mut documents = named("data", "aws_iam_policy_document");
        let document = documents.find(|it| it.labels[1].as_str() == name).unwrap();
        statements(document, &body, account)
    };
    let mut arns = BTreeMap::new();
    for role in named("resource", "aws_iam_role") {
        let arn = format!("arn:aws:iam::{account}:role/{}", text_of(role, "name"));
        world
            .trust
            .insert(arn.clone(), document(&text_of(role, "assume_role_policy")));
        arns.insert(role.labels[1].as_str().to_owned(), arn);
    }
    for policy in named("resource", "aws_iam_role_policy") {
        let role = text_of(policy, "role");
        let arn = arns[role.split('.').nth(1).unwrap()].clone();
        let known = world.identity.entry(arn).or_default();
        known.extend(document(&text_of(policy, "policy")));
    }
}

fn statements(document: &Block, body: &Body, account: &str) -> Vec<Statement> {
    let read = document.body.get_blocks("statement").map(|statement| {
        let principals = statement.body.get_blocks("principals");
        let principals = principals.flat_map(|it| list(it, "identifiers"));
        let conditions = statement.body.get_blocks("condition");
        Statement {
            principals: principals.map(|it| provider(&it, body, account)).collect(),
            actions: list(statement, "actions"),
            resources: list(statement, "resources"),
            conditions: conditions
                .map(|it| {
                    (
                        text_of(it, "test"),
                        text_of(it, "variable"),
                        list(it, "values"),
                    )
                })
                .collect(),
        }
    });
    read.collect()
}

/// A principal, of which the OIDC provider is named by a reference.
fn provider(text: &str, body: &Body, account: &str) -> String {
    if text.starts_with("arn:") {
        return text.to_owned();
    }
    let kind = if text.starts_with("data.") {
        "data"
    } else {
        "resource"
    };
    let mut blocks = body.get_blocks(kind);
    let block = blocks.find(|it| it.labels[0].as_str() == "aws_iam_openid_connect_provider");
    let url = text_of(block.expect("the provider that is named"), "url");
    let url = url.strip_prefix("https://").unwrap();
    format!("arn:aws:iam::{account}:oidc-provider/{url}")
}

fn list(block: &Block, name: &str) -> Vec<String> {
    let Some(attribute) = block.body.get_attribute(name) else {
        return Vec::new();
    };
    attribute
        .value
        .as_array()
        .unwrap()
        .iter()
        .map(written)
        .collect()
}

fn text_of(block: &Block, name: &str) -> String {
    written(&block.body.get_attribute(name).unwrap().value)
}

fn written(expression: &Expression) -> String {
    match expression {
        Expression::String(text) => text.as_str().to_owned(),
        Expression::Traversal(traversal) => {
            let mut text = traversal.expr.as_variable().unwrap().as_str().to_owned();
            for operator in &traversal.operators {
                if let TraversalOperator::GetAttr(name) = operator.value() {
                    text += &format!(".{}", name.as_str());
                }
            }
            text
        }
        other => panic!("{other}"),
    }
}
