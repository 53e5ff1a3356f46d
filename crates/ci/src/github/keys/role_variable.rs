//! The variable that holds the role in place of a key pair. Each pair has one of its own, because
//! two pairs may belong to two accounts.

use crate::github::expression::references;
use crate::github::keys::role_choice::{RoleChoice, has_other_values};

/// A context and the name of a variable in it, from which those of roles are made: `vars` and
/// `AWS_OIDC_ROLE_ARN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VariableBase<'b> {
    /// `vars` or `secrets`.
    pub context: &'b str,
    /// The name for the pair `AWS_ACCESS_KEY_ID`.
    pub name: &'b str,
}

impl VariableBase<'_> {
    /// The role that replaces an access key id: every secret in the expression, or variable where it has
    /// none, is replaced by a variable that is named after it, with `label` in front, and the rest is kept.
    ///
    /// A choice between secrets becomes one that does not go on to the next where a variable is empty.
    ///
    /// `None` where no name follows: a secret whose name is computed from something else, that holds
    /// more than the id, or that is compared, and a value that is read from nowhere.
    pub fn role_for(&self, key_id: &str, label: Option<&str>) -> Option<String> {
        let labelled = |name: String| match label {
            Some(label) => format!("{label}_{name}"),
            None => name,
        };
        if references(key_id).is_empty() {
            // A key in plain text has no name to go by.
            let name = labelled(self.name.to_owned());
            return Some(format!("${{{{ {}.{name} }}}}", self.context));
        }
        let has_secret = references(key_id).iter().any(|it| it.context == "secrets");
        let of_keys = if has_secret { "secrets" } else { "vars" };
        if has_other_values(key_id, of_keys) {
            return None;
        }
        let mut text = key_id.to_owned();
        // From the end, so that earlier ranges stay valid.
        for found in references(key_id).iter().rev() {
            if found.context != of_keys {
                continue;
            }
            let written = &key_id[found.range.clone()];
            let renamed = match &found.name {
                Some(name) => labelled(variable_for(name, self.name)),
                None => {
                    let base = labelled(self.name.to_owned());
                    written.replacen(USUAL, &base, usize::from(written.contains(USUAL)))
                }
            };
            if renamed == written {
                return None;
            }
            text.replace_range(found.range.clone(), &renamed);
            let start = key_id[..found.range.start].to_ascii_lowercase();
            let start = start.rfind(of_keys)?;
            // A variable with an ARN is no JSON, and one secret may hold several pairs.
            let before = key_id[..start].trim_end().to_ascii_lowercase();
            if before
                .trim_end_matches('(')
                .trim_end()
                .ends_with("fromjson")
            {
                return None;
            }
            text.replace_range(start..start + of_keys.len(), self.context);
        }
        match RoleChoice::of(&text) {
            Some(choice) => Some(choice.fails_closed()),
            None => Some(text),
        }
    }
}

/// The secret that most repositories have for the access key id.
const USUAL: &str = "AWS_ACCESS_KEY_ID";

/// Words that say that a secret is an access key id. They are dropped from its name, what
/// distinguishes it is kept.
const KEY_WORDS: [&str; 11] = [
    "AWS",
    "ACCESS",
    "KEY",
    "KEYID",
    "ID",
    "ACCESSKEY",
    "ACCESSKEYID",
    "SECRET",
    "IAM",
    "CREDENTIALS",
    "CREDS",
];

/// The variable for the pair whose access key id is the secret `name`: `STAGING_AWS_ACCESS_KEY_ID`
/// becomes `STAGING_AWS_OIDC_ROLE_ARN`.
pub fn variable_for(name: &str, base: &str) -> String {
    let upper = name.to_ascii_uppercase();
    if let Some(at) = upper.find(USUAL) {
        return format!("{}{base}{}", &name[..at], &name[at + USUAL.len()..]);
    }
    let parts: Vec<&str> = name.split('_').collect();
    let is_word = |part: &&str| KEY_WORDS.contains(&part.to_ascii_uppercase().as_str());
    let first = parts.iter().position(is_word);
    let last = parts.iter().rposition(is_word);
    let (Some(first), Some(last)) = (first, last) else {
        return format!("{name}_{base}");
    };
    // A word between them distinguishes it, too: `AWS_PROD_KEY_ID`.
    let own = parts[first..=last].iter().filter(|part| !is_word(part));
    let mut named: Vec<&str> = parts[..first].to_vec();
    named.extend(own);
    named.push(base);
    named.extend(&parts[last + 1..]);
    named.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: VariableBase<'static> = VariableBase {
        context: "vars",
        name: "AWS_OIDC_ROLE_ARN",
    };

    #[test]
    fn each_pair_has_a_variable_of_its_own() {
        for (secret, variable) in [
            ("AWS_ACCESS_KEY_ID", "AWS_OIDC_ROLE_ARN"),
            ("aws_access_key_id", "AWS_OIDC_ROLE_ARN"),
            ("STAGING_AWS_ACCESS_KEY_ID", "STAGING_AWS_OIDC_ROLE_ARN"),
            ("AWS_ACCESS_KEY_ID_PROD", "AWS_OIDC_ROLE_ARN_PROD"),
            ("TF_AWS_ACCESS_KEY_ID_2", "TF_AWS_OIDC_ROLE_ARN_2"),
            ("AWS_ACCESS_KEY", "AWS_OIDC_ROLE_ARN"),
            ("AWS_KEY_ID", "AWS_OIDC_ROLE_ARN"),
            ("AWS_PROD_KEY_ID", "PROD_AWS_OIDC_ROLE_ARN"),
            ("DEPLOY_KEY", "DEPLOY_AWS_OIDC_ROLE_ARN"),
            ("BOT", "BOT_AWS_OIDC_ROLE_ARN"),
        ] {
            assert_eq!(variable_for(secret, "AWS_OIDC_ROLE_ARN"), variable);
        }
    }

    #[test]
    fn the_expression_around_the_secrets_stays() {
        for (key, role) in [
            (
                "${{ secrets.AWS_ACCESS_KEY_ID }}",
                "${{ vars.AWS_OIDC_ROLE_ARN }}",
            ),
            (
                "${{secrets['AWS_ACCESS_KEY_ID']}}",
                "${{vars['AWS_OIDC_ROLE_ARN']}}",
            ),
            (
                "${{ github.ref == 'secrets' && secrets.P_AWS_ACCESS_KEY_ID || SECRETS.AWS_ACCESS_KEY_ID }}",
                "${{ github.ref == 'secrets' && vars.P_AWS_OIDC_ROLE_ARN || github.ref != 'secrets' && vars.AWS_OIDC_ROLE_ARN }}",
            ),
            (
                "${{ vars.AWS_ACCESS_KEY_ID }}",
                "${{ vars.AWS_OIDC_ROLE_ARN }}",
            ),
            (
                "${{ vars.STAGE == 'prod' && secrets.P_KEY || secrets.KEY }}",
                "${{ vars.STAGE == 'prod' && vars.P_AWS_OIDC_ROLE_ARN || vars.STAGE != 'prod' && vars.AWS_OIDC_ROLE_ARN }}",
            ),
            (
                "${{ secrets[format('AWS_ACCESS_KEY_ID_{0}', matrix.env)] }}",
                "${{ vars[format('AWS_OIDC_ROLE_ARN_{0}', matrix.env)] }}",
            ),
        ] {
            assert_eq!(ROLE.role_for(key, None).as_deref(), Some(role), "{key}");
        }
        for key in [
            "${{ secrets[matrix.key] }}",
            "${{ fromJSON( secrets.AWS ).id }}",
            "${{ secrets.P != '' && secrets.P || secrets.D }}",
            "${{ secrets.STAGE == 'prod' && secrets.P || secrets.D }}",
            "${{ vars.STAGE == 'prod' && vars.P || vars.D }}",
            "${{ github.event_name == 'push' && secrets.AWS_ACCESS_KEY_ID || 'test' }}",
            "${{ secrets.AWS_ACCESS_KEY_ID || '' }}",
        ] {
            assert_eq!(ROLE.role_for(key, None), None, "{key}");
        }
    }

    #[test]
    fn a_label_stands_in_front_of_the_name() {
        for (key, role) in [
            (
                "${{ secrets.AWS_ACCESS_KEY_ID }}",
                "${{ vars.LIVE_AWS_OIDC_ROLE_ARN }}",
            ),
            (
                "${{ secrets.PLAN_AWS_ACCESS_KEY_ID }}",
                "${{ vars.LIVE_PLAN_AWS_OIDC_ROLE_ARN }}",
            ),
            ("AKIA1111111111111111", "${{ vars.LIVE_AWS_OIDC_ROLE_ARN }}"),
        ] {
            assert_eq!(ROLE.role_for(key, Some("LIVE")).as_deref(), Some(role));
        }
    }
}
