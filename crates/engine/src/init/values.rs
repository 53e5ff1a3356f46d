//! What values tell of accounts: locals, variables, inputs, arguments of modules.

use super::evidence::Evidence;
use super::labels::{LabelCandidate, LabelSource};
use super::mention::{MentionKind, id_of, is_id};
use super::words::{environment_in, is_label, label_in};
use syntax::hcl::{Attribute, Value};

impl Evidence {
    /// Adds the ids among attributes of one body or object, which is at `path`.
    pub(super) fn values(&mut self, attributes: &[Attribute<'_>], path: &[String]) {
        let literal = |names: &[&str]| {
            attributes.iter().find_map(|it| {
                let is_it = names.contains(&it.name);
                is_it.then(|| it.value.literal().map(str::to_owned))?
            })
        };
        let profile = literal(&["aws_profile", "profile", "aws_profile_name", "profile_name"]);
        let name = literal(&["account_name", "aws_account_name", "account_alias", "name"]);
        let stage = literal(&["environment", "env", "stage", "environment_name"]);
        let beside = profile.map(|it| (LabelSource::Profile, it));
        let beside = beside
            .into_iter()
            .chain(name.and_then(|it| Some((LabelSource::Name, label_in(&it)?))));
        let stage = stage.and_then(|it| Some((LabelSource::Environment, environment_in(&it)?)));
        let beside: Vec<_> = beside.chain(stage).collect();
        // A name beside several ids is the name of none of them.
        let count = attributes.iter().filter(|it| id_of(&it.value).is_some());
        let beside = if count.count() == 1 { beside } else { vec![] };
        for attribute in attributes {
            let mut path = path.to_vec();
            path.push(attribute.name.to_owned());
            self.value(&attribute.value, &path, &beside);
            let named = attribute
                .value
                .literal()
                .filter(|_| is_id(attribute.name) && path.len() > 1);
            if let Some(name) = named.and_then(label_in) {
                let at = attribute.value.document().location(attribute.key.start);
                let kind = MentionKind::Held {
                    path: path.clone(),
                    is_role: false,
                };
                self.mention(attribute.name, at, kind, vec![(LabelSource::Key, name)]);
            }
        }
    }

    /// Adds the ids in a value at `path`, with the labels beside it.
    pub(super) fn value(&mut self, value: &Value<'_>, path: &[String], beside: &[LabelCandidate]) {
        if let Some((id, is_role)) = id_of(value) {
            let mut candidates = beside.to_vec();
            let own = path.iter().skip(1).rev();
            candidates.extend(
                own.filter_map(|key| Some((LabelSource::Key, label_in(key)?)))
                    .take(1),
            );
            let variable = path.first().and_then(|name| label_in(name));
            candidates.extend(variable.map(|it| (LabelSource::Variable, it)));
            let kind = MentionKind::Held {
                path: path.to_vec(),
                is_role,
            };
            self.mention(&id, value.location(), kind, candidates);
        } else if let Some(name) = value.literal() {
            if path.len() == 1 && path[0].contains("profile") && is_label(name) {
                self.names.value(&path[0], name, value.location());
            }
        } else if value.expression().as_object().is_some() {
            self.values(&value.entries(), path);
        } else {
            for element in value.elements() {
                self.value(&element, path, &[]);
            }
        }
    }
}
