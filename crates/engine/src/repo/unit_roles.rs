//! The roles of Terragrunt units whose account a file above each of them names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Repo;
use terraform::account::{Account, ModuleNames, RoleArn, is_account_id};
use terraform::terragrunt::parent_file::{ParentLocal, PlainLocal};

impl Repo {
    /// The ARNs that a role in a Terragrunt file comes to, by the file above units that names their account; `None`
    /// where one of them is not known.
    pub(crate) fn unit_arns(
        &self,
        file: &Path,
        role: &RoleArn,
        names: &ModuleNames,
    ) -> Option<BTreeMap<PathBuf, String>> {
        let account = Account::of(role, names);
        let read = ParentLocal::of_account(&account)?;
        let of = self.index.units.of.get(file)?;
        if of.unclear.is_some() || of.units.is_empty() {
            return None;
        }
        let written = role.arn.as_ref()?.to_string();
        let arns = of.units.iter().map(|unit| {
            let parent = self.index.units.nearest(unit, &read.file)?;
            let PlainLocal::Text(text) = self.index.units.parents[parent]
                .names
                .plain_local(&read.path)
            else {
                return None;
            };
            let arn = match account {
                Account::Template(_) => in_account(&written, &text),
                _ => text.starts_with("arn:").then_some(text),
            };
            Some((parent.to_path_buf(), arn?))
        });
        arns.collect()
    }
}

/// An ARN as written, with an id in place of the expression that names its account; `None` where another part of it is
/// an expression, too.
fn in_account(written: &str, id: &str) -> Option<String> {
    let text = written.trim().trim_matches('"');
    let (start, rest) = text.split_once(":iam::${")?;
    let (_, role) = rest.split_once("}:role/")?;
    let is_literal = !start.contains("${") && !role.contains("${") && is_account_id(id);
    is_literal.then(|| format!("{start}:iam::{id}:role/{role}"))
}

#[cfg(test)]
mod tests {
    use super::in_account;

    #[test]
    fn the_account_alone_takes_the_place_of_an_expression() {
        for (written, arn) in [
            (
                "\"arn:aws:iam::${local.id}:role/a/b\"",
                Some("arn:aws:iam::111111111111:role/a/b"),
            ),
            (
                "\"arn:aws-cn:iam::${local.a.id}:role/x\"",
                Some("arn:aws-cn:iam::111111111111:role/x"),
            ),
            ("\"arn:${local.p}:iam::${local.id}:role/x\"", None),
            ("\"arn:aws:iam::${local.id}:role/${local.x}\"", None),
            ("local.arn", None),
        ] {
            let found = in_account(written, "111111111111");
            assert_eq!(found.as_deref(), arn, "{written}");
        }
        assert_eq!(in_account("\"arn:aws:iam::${local.id}:role/x\"", "1"), None);
    }
}
