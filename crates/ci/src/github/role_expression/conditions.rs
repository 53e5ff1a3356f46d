//! Whether conditions hold.

use super::calls::{arguments, string, unwrapped};
use super::{Open, RoleReader};
use crate::github::expression::split;

impl RoleReader<'_> {
    /// Whether a condition holds, as its values tell or as it is assumed.
    pub(super) fn holds(&self, condition: &str, depth: usize) -> Result<bool, Open> {
        let condition = unwrapped(condition);
        let Some(depth) = depth.checked_sub(1) else {
            return self.assumption(condition);
        };
        let parts = |operator| split(condition, operator).filter(|parts| parts.len() > 1);
        if let Some(parts) = parts("||") {
            let mut all = parts.into_iter();
            return all.try_fold(false, |holds, it| Ok(holds || self.holds(it, depth)?));
        }
        if let Some(parts) = parts("&&") {
            let mut all = parts.into_iter();
            return all.try_fold(true, |holds, it| Ok(holds && self.holds(it, depth)?));
        }
        if let Some([left, right]) = parts("!=").as_deref() {
            return Ok(!self.holds(&format!("{} == {}", left.trim(), right.trim()), depth)?);
        }
        if let Some([left, right]) = parts("==").as_deref() {
            // GitHub compares texts without case, and makes numbers of what is none.
            let both = (self.text(left, depth)?, self.text(right, depth)?);
            return match both {
                (Some(left), Some(right)) => Ok(left.eq_ignore_ascii_case(&right)),
                _ => self.assumption(&format!("{} == {}", left.trim(), right.trim())),
            };
        }
        if let Some(negated) = condition.strip_prefix('!') {
            return Ok(!self.holds(negated, depth)?);
        }
        for (name, is_met) in TESTS {
            let arguments = arguments(condition, name).unwrap_or_default();
            let [text, part] = arguments.as_slice() else {
                continue;
            };
            if let (Some(text), Some(part)) = (self.text(text, depth)?, self.text(part, depth)?) {
                return Ok(is_met(
                    &text.to_ascii_lowercase(),
                    &part.to_ascii_lowercase(),
                ));
            }
        }
        self.assumption(condition)
    }

    /// A text that is compared as one; a number, or `true` or `false`, may be no text.
    fn text(&self, expression: &str, depth: usize) -> Result<Option<String>, Open> {
        let text = self.plain_value(expression, depth)?;
        let is_other = |text: &String| {
            text.parse::<f64>().is_ok() || ["true", "false", "null"].contains(&text.as_str())
        };
        Ok(text.filter(|text| string(expression.trim()).is_some() || !is_other(text)))
    }

    fn assumption(&self, condition: &str) -> Result<bool, Open> {
        let mut known = self.assumed.iter();
        match known.find(|(known, _)| known == condition) {
            Some((_, holds)) => Ok(*holds),
            None => Err(Open(condition.to_owned())),
        }
    }
}

/// What a function tells of a text and a part.
type Test = fn(&str, &str) -> bool;

/// Functions that tell something of two texts in lower case.
const TESTS: [(&str, Test); 3] = [
    ("contains", |text, part| text.contains(part)),
    ("startsWith", |text, part| text.starts_with(part)),
    ("endsWith", |text, part| text.ends_with(part)),
];
