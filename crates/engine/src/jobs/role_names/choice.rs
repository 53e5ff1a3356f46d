//! One expression for the roles that a property of the job chooses from.

use std::collections::{BTreeMap, BTreeSet};

use ci::github::expression::references;
use ci::github::keys::refusal::JobRefusal;
use ci::settings::RoleName;
use diagnostics::ask::Help;
use diagnostics::finding::AssumedRole;

use super::Names;
use crate::asks;
use crate::jobs::need::Target;
use crate::jobs::sign_in::SignIn;
use crate::repo::Repo;
use syntax::code::sentence;
use syntax::visible;

impl Names<'_> {
    /// One role for each value of a property.
    pub(super) fn by_value(
        &self,
        sign_in: &SignIn,
        property: &str,
        targets: &BTreeMap<String, Target>,
    ) -> Result<AssumedRole, JobRefusal> {
        let mut roles = BTreeMap::new();
        let mut accounts: Vec<String> = Vec::new();
        for (value, target) in targets {
            let role = self.role(sign_in, target)?;
            accounts.extend(role.accounts.iter().cloned());
            roles.insert(value, role.text);
        }
        accounts.sort();
        accounts.dedup();
        let distinct: BTreeSet<&String> = roles.values().collect();
        if let [only] = distinct.into_iter().collect::<Vec<_>>().as_slice() {
            let text = (*only).clone();
            // One name serves several accounts only where the property is a part of it.
            if accounts.len() > 1 && !text.contains(property) {
                return Err(refusal(sign_in, property, self.repo));
            }
            return Ok(AssumedRole { text, accounts });
        }
        let map = |of: &dyn Fn(&str) -> Option<String>| -> Option<String> {
            let entry = |(value, text): (&&String, &String)| {
                // The value stands in a string of JSON, and that in one of GitHub.
                let is_plain = visible::is_plain(value) && !value.contains(['"', '\\', '\'', '}']);
                is_plain.then_some(())?;
                Some(format!("\"{value}\":\"{}\"", of(text)?))
            };
            let entries: Option<Vec<String>> = roles.iter().map(entry).collect();
            Some(format!(
                "fromJSON('{{{}}}')[{property}]",
                entries?.join(",")
            ))
        };
        // Roles of one name differ in the account alone.
        let template = match self.written(sign_in) {
            RoleName::Template(arn) => arn.split_once("{id}"),
            _ => None,
        };
        let id = |text: &str| {
            let (start, end) = template?;
            let id = text.strip_prefix(start)?.strip_suffix(end)?;
            Some(id.to_owned())
        };
        let variable = |text: &str| {
            let inside = text.strip_prefix("${{")?.strip_suffix("}}")?.trim();
            let name = inside
                .strip_prefix(self.base(sign_in).context)?
                .strip_prefix('.')?;
            Some(name.to_owned())
        };
        let arn = |text: &str| text.starts_with("arn:").then(|| text.to_owned());
        let text = match (template, map(&id), map(&variable), map(&arn)) {
            (Some((start, end)), Some(ids), ..) => format!("{start}${{{{ {ids} }}}}{end}"),
            (_, _, Some(names), _) => format!("${{{{ {}[{names}] }}}}", self.base(sign_in).context),
            (.., Some(arns)) => format!("${{{{ {arns} }}}}"),
            _ => return Err(refusal(sign_in, property, self.repo)),
        };
        Ok(AssumedRole { text, accounts })
    }
}

/// Why no role takes the place of keys that a property chooses.
fn refusal(sign_in: &SignIn, property: &str, repo: &Repo) -> JobRefusal {
    let why = sentence!("no expression names the roles that `{property}` chooses from");
    let mut secrets = references(&sign_in.start.id.value).into_iter();
    let secret = secrets.find_map(|it| it.name);
    JobRefusal::new(sign_in.start.id.offset, why).help(match secret {
        Some(secret) => {
            let ask = asks::keys(&secret, repo);
            let text = sentence!("say whose the keys are: `{}`", ask.shown());
            Help::asking(text, [ask])
        }
        None => "say whose the keys are".into(),
    })
}
