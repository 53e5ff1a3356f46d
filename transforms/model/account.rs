//! Which AWS account a role's ARN names.

use std::fmt;

use super::hcl::Value;
use super::settings::Settings;

/// The account of a role, as far as its expression tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// Twelve digits.
    Id(String),
    /// The ARN's account is this expression, such as `${var.account_id}`.
    Template(String),
    /// The whole ARN is this expression, such as `var.role_arn`.
    Expression(String),
}

impl Account {
    /// The profile that the configuration gives the account.
    pub fn profile<'s>(&self, settings: &'s Settings) -> Option<&'s str> {
        let Self::Id(id) = self else { return None };
        let known = settings.accounts.iter().find(|known| known.id == *id);
        known.map(|known| known.label.as_str())
    }

    /// Reads the account out of a role ARN's expression.
    pub fn of(role_arn: &Value<'_>) -> Self {
        let text = role_arn.text();
        let quoted = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'));
        match quoted.and_then(account_segment) {
            Some(id) if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) => {
                Self::Id(id.to_owned())
            }
            Some(template) => Self::Template(template.to_owned()),
            None => Self::Expression(text.to_owned()),
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "account {id}"),
            Self::Template(template) => write!(f, "account `{}`", short(template)),
            Self::Expression(arn) => write!(f, "the account of `{}`", short(arn)),
        }
    }
}

/// An expression on one line, cut where it is long.
fn short(expression: &str) -> String {
    let words: Vec<&str> = expression.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(EXPRESSION) {
        Some((cut, _)) => format!("{}...", &line[..cut]),
        None => line,
    }
}

/// Characters shown of an expression.
const EXPRESSION: usize = 72;

/// The fifth of an ARN's colon-separated segments; colons inside `${...}` do not count.
fn account_segment(arn: &str) -> Option<&str> {
    let mut depth = 0_usize;
    let mut segments = arn.split(move |letter: char| {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ':' && depth == 0
    });
    let is_arn = segments.next() == Some("arn");
    let account = segments.nth(3)?;
    (is_arn && !account.is_empty()).then_some(account)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hcl::Document;

    fn account(expression: &str) -> Account {
        let text = format!("a = {expression}\n");
        let document = Document::new("main.tf".into(), text).unwrap();
        let attribute = document.body().unwrap().attribute("a").unwrap();
        Account::of(&attribute.value)
    }

    #[test]
    fn the_account_is_the_fifth_segment() {
        let id = Account::Id("111111111111".into());
        assert_eq!(account("\"arn:aws:iam::111111111111:role/a:b\""), id);
        assert_eq!(account("\"arn:${var.p}:iam::111111111111:role/a\""), id);
        assert_eq!(
            account("\"arn:aws:iam::${var.ids[\"a:b\"]}:role/a\""),
            Account::Template("${var.ids[\"a:b\"]}".into())
        );
        assert_eq!(
            account("var.role_arn"),
            Account::Expression("var.role_arn".into())
        );
        assert_eq!(
            account("\"${var.role_arn}\""),
            Account::Expression("\"${var.role_arn}\"".into())
        );
    }
}
