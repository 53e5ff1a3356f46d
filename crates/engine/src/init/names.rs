//! The names by which code references accounts and profiles, directly or through locals.

use std::collections::{BTreeMap, BTreeSet};

use syntax::location::Location;

/// The names that code references. Modules are not told apart.
#[derive(Debug, Default)]
pub(super) struct NamesRead {
    by_roles: BTreeSet<String>,
    by_profiles: BTreeSet<String>,
    /// What locals are made of.
    locals: BTreeMap<String, BTreeSet<String>>,
    /// Values that may be profiles, by name.
    values: Vec<(String, String, Location)>,
}

impl NamesRead {
    /// Adds the names in a role or a list of accounts.
    pub fn read_by_roles(&mut self, text: &str) {
        self.by_roles.extend(read(text));
    }

    /// Adds the names in a profile.
    pub fn read_by_profiles(&mut self, text: &str) {
        self.by_profiles.extend(read(text));
    }

    /// Adds the names that a local is made of.
    pub fn local(&mut self, name: &str, text: &str) {
        let made_of = self.locals.entry(name.to_owned()).or_default();
        made_of.extend(read(text));
    }

    /// Adds the value of a name, which may be a profile.
    pub fn value(&mut self, name: &str, value: &str, at: Location) {
        self.values.push((name.to_owned(), value.to_owned(), at));
    }

    /// The names that roles and lists of accounts are made of.
    pub fn of_roles(&self) -> BTreeSet<&str> {
        self.reached(&self.by_roles)
    }

    /// The profiles that are values of names, with their locations.
    pub fn profiles(&self) -> Vec<(String, Location)> {
        let read = self.reached(&self.by_profiles);
        let values = self.values.iter();
        let values = values.filter(|(name, ..)| read.contains(name.as_str()));
        values
            .map(|(_, value, at)| (value.clone(), at.clone()))
            .collect()
    }

    fn reached<'n>(&'n self, from: &'n BTreeSet<String>) -> BTreeSet<&'n str> {
        let mut open: Vec<&str> = from.iter().map(String::as_str).collect();
        let mut reached = BTreeSet::new();
        while let Some(name) = open.pop() {
            // Once each: names of several modules together may form a circle.
            if reached.insert(name) {
                let made_of = self.locals.get(name).into_iter().flatten();
                open.extend(made_of.map(String::as_str));
            }
        }
        reached
    }
}

/// The names behind `var.`, `local.`, and `.locals.`, by which Terragrunt references other files.
fn read(text: &str) -> impl Iterator<Item = String> + '_ {
    ["var.", "local.", "locals."]
        .into_iter()
        .flat_map(move |start| {
            text.match_indices(start).map(move |(at, _)| {
                let name = text[at + start.len()..].chars();
                name.take_while(|it| it.is_alphanumeric() || matches!(it, '_' | '-'))
                    .collect()
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_followed_through_locals_and_no_further_than_once() {
        let mut names = NamesRead::default();
        names.read_by_roles("role_arn = \"arn:aws:iam::${local.id}:role/${var.role}\"");
        names.local("id", "local.account.locals.aws_account_id");
        names.local("account", "read_terragrunt_config(local.id)");
        names.local("other", "var.elb_account_id");
        let reached: Vec<_> = names.of_roles().into_iter().collect();
        assert_eq!(reached, ["account", "aws_account_id", "id", "role"]);
    }
}
