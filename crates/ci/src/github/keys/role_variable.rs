//! The variable that holds the role in place of a key pair. Each pair has one of its own, because
//! two pairs may belong to two accounts.

use crate::github::expression::references;
use crate::settings::RoleName;

/// The role that replaces an access key id. `role` is the configuration's, for the pair
/// `AWS_ACCESS_KEY_ID`: every secret in the expression is replaced by a variable that is named
/// after it, and the rest is kept.
///
/// `None` where no name follows: a secret whose name is computed, or a second pair where the
/// configuration has an ARN; and where the role depends on the account.
pub fn role_for(key_id: &str, role: &RoleName) -> Option<String> {
    let (context, base) = match role {
        RoleName::Literal(arn) => {
            let is_usual = references(key_id).iter().all(|it| it.is("secrets", USUAL));
            return is_usual.then(|| arn.clone());
        }
        RoleName::Variable { context, name } if role.is_fixed() => (context, name),
        _ => return None,
    };
    let mut text = key_id.to_owned();
    // From the end, so that earlier ranges stay valid.
    for found in references(key_id).iter().rev() {
        if found.context != "secrets" {
            continue;
        }
        let written = &key_id[found.range.clone()];
        let renamed = match &found.name {
            Some(name) => variable_for(name, base),
            None => written.replacen(USUAL, base, usize::from(written.contains(USUAL))),
        };
        if renamed == written {
            return None;
        }
        text.replace_range(found.range.clone(), &renamed);
        let start = key_id[..found.range.start].to_ascii_lowercase();
        let start = start.rfind("secrets")?;
        text.replace_range(start..start + "secrets".len(), context);
    }
    Some(text)
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
        let role = RoleName::variable("AWS_OIDC_ROLE_ARN");
        for (key, expected) in [
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
                "${{ github.ref == 'secrets' && vars.P_AWS_OIDC_ROLE_ARN || vars.AWS_OIDC_ROLE_ARN }}",
            ),
            (
                "${{ secrets[format('AWS_ACCESS_KEY_ID_{0}', matrix.env)] }}",
                "${{ vars[format('AWS_OIDC_ROLE_ARN_{0}', matrix.env)] }}",
            ),
        ] {
            assert_eq!(role_for(key, &role).as_deref(), Some(expected), "{key}");
        }
        assert_eq!(role_for("${{ secrets[matrix.key] }}", &role), None);
    }

    #[test]
    fn an_arn_stands_for_the_usual_pair_alone() {
        let arn = "arn:aws:iam::111111111111:role/ci";
        let role = RoleName::Literal(arn.to_owned());
        let key = "${{ secrets.AWS_ACCESS_KEY_ID }}";
        assert_eq!(role_for(key, &role).as_deref(), Some(arn));
        assert_eq!(
            role_for("${{ secrets.PROD_AWS_ACCESS_KEY_ID }}", &role),
            None
        );
    }

    #[test]
    fn a_role_of_each_account_follows_from_no_key() {
        for role in ["arn:aws:iam::{id}:role/ci", "vars.{ACCOUNT}_ROLE"] {
            let role = RoleName::parse(role).unwrap();
            assert_eq!(role_for("${{ secrets.AWS_ACCESS_KEY_ID }}", &role), None);
        }
    }
}
