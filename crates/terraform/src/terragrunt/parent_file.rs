//! Values that a Terragrunt file reads from a file above the unit, such as `account.hcl`.

use hcl_edit::Ident;
use hcl_edit::expr::{Expression, FuncCall, Traversal, TraversalOperator};

use crate::account::{Account, ModuleNames};
use syntax::hcl::{self, Document};

/// A local of the nearest file of a name above the unit:
/// `read_terragrunt_config(find_in_parent_folders("account.hcl")).locals.aws_account_id`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ParentLocal {
    /// The name of the file.
    pub file: String,
    /// The local, and the keys in it.
    pub path: Vec<String>,
}

/// Upper bound on locals of which each stands for the next one; a longer chain is a loop.
const LOCALS: usize = 16;

impl ParentLocal {
    /// The local that an account is, or that its ARN is.
    pub fn of_account(account: &Account) -> Option<Self> {
        let text = match account {
            Account::Template(template) => template.strip_prefix("${")?.strip_suffix('}')?,
            Account::Expression(text) => text,
            Account::Id(_) | Account::OneOf(_) | Account::CallerOf(_) => return None,
        };
        Self::of(&hcl::expression(text).ok()?)
    }

    /// The local that an expression reads directly.
    fn of(expression: &Expression) -> Option<Self> {
        let (start, mut names) = steps(expression)?;
        let file = file_read(start.as_func_call()?)?;
        let is_local = !names.is_empty() && names.remove(0) == "locals";
        (is_local && !names.is_empty()).then_some(Self { file, path: names })
    }

    /// The local that an expression such as `local.account_id` comes to, with the locals of its file.
    pub fn resolved(text: &str, names: &ModuleNames) -> Option<Self> {
        let mut expression = hcl::expression(text).ok()?;
        for _ in 0..LOCALS {
            if let Some(found) = Self::of(&expression) {
                return Some(found);
            }
            let (start, mut steps) = steps(&expression)?;
            if start.as_variable().map(Ident::as_str) != Some("local") || steps.is_empty() {
                return None;
            }
            let definition = names.definition(&steps.remove(0))?;
            let written = [definition.to_string().trim().to_owned()].into_iter();
            let written: Vec<String> = written.chain(steps).collect();
            expression = hcl::expression(&written.join(".")).ok()?;
        }
        None
    }
}

/// What an expression begins with, and the names that it goes on with; `None` where it has other
/// steps than names.
fn steps(expression: &Expression) -> Option<(&Expression, Vec<String>)> {
    let Expression::Traversal(traversal) = expression else {
        return Some((expression, Vec::new()));
    };
    let Traversal {
        expr, operators, ..
    } = &**traversal;
    let names = operators.iter().map(|operator| match operator.value() {
        TraversalOperator::GetAttr(name) => Some(name.as_str().to_owned()),
        TraversalOperator::Index(key) => key.as_str().map(str::to_owned),
        _ => None,
    });
    Some((expr, names.collect::<Option<_>>()?))
}

/// The file that `read_terragrunt_config(find_in_parent_folders("NAME"))` reads. With a second argument,
/// either function goes on without the file.
fn file_read(call: &FuncCall) -> Option<String> {
    let inner = only_argument(call, "read_terragrunt_config")?;
    let name = only_argument(inner.as_func_call()?, "find_in_parent_folders")?.as_str()?;
    (!name.is_empty() && !name.contains('/')).then(|| name.to_owned())
}

fn only_argument<'c>(call: &'c FuncCall, function: &str) -> Option<&'c Expression> {
    let is_it = !call.name.is_namespaced() && call.name.name.as_str() == function;
    let mut arguments = call.args.iter();
    let first = arguments.next()?;
    (is_it && arguments.next().is_none() && !call.args.expand_final()).then_some(first)
}

/// The file that an `include` block names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncludedFile {
    /// The nearest one of that name above the unit.
    Nearest(String),
    /// One of that name, in a directory that is not evaluated.
    Named(String),
    /// Any.
    Unknown,
}

/// The files that a unit includes.
pub fn included_files(document: &Document) -> Vec<IncludedFile> {
    let blocks = document.blocks("include");
    let files = blocks.map(|block| {
        let path = block.attribute("path");
        path.map_or(IncludedFile::Unknown, |path| {
            included(path.value.expression(), path.value.text())
        })
    });
    files.collect()
}

fn included(path: &Expression, text: &str) -> IncludedFile {
    // As JSON has to write it: `"${find_in_parent_folders("root.hcl")}"`.
    let alone = text
        .strip_prefix("\"${")
        .and_then(|it| it.strip_suffix("}\""));
    if let Some(inner) = alone.filter(|it| !it.contains('}'))
        && let Ok(inner_path) = hcl::expression(inner)
    {
        return included(&inner_path, inner);
    }
    if let Some(call) = path.as_func_call()
        && call.name.name.as_str() == "find_in_parent_folders"
    {
        // Without an argument, it looks for `terragrunt.hcl` (Terragrunt docs, "Functions").
        if call.args.is_empty() {
            return IncludedFile::Nearest("terragrunt.hcl".to_owned());
        }
        let name = only_argument(call, "find_in_parent_folders").and_then(Expression::as_str);
        return match name {
            Some(name) if !name.contains('/') => IncludedFile::Nearest(name.to_owned()),
            _ => IncludedFile::Unknown,
        };
    }
    // `"${get_terragrunt_dir()}/../root.hcl"`: the name is known, whatever the directory is.
    let name = text
        .strip_suffix('"')
        .and_then(|text| text.rsplit('/').next());
    let name = name.map(|name| name.trim_start_matches('"'));
    match name.filter(|name| !name.is_empty() && !name.contains(['$', '{', '}', '(', '"'])) {
        Some(name) => IncludedFile::Named(name.to_owned()),
        None => IncludedFile::Unknown,
    }
}

/// A local of a file, as far as it is written in plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlainLocal {
    /// A string or a whole number.
    Text(String),
    /// Something that has to be evaluated.
    Computed,
    /// There is none.
    Missing,
}

impl ModuleNames {
    /// The local, or what lies at the keys in it.
    pub fn plain_local(&self, path: &[String]) -> PlainLocal {
        let Some((local, keys)) = path.split_first() else {
            return PlainLocal::Missing;
        };
        let Some(mut value) = self.definition(local) else {
            return PlainLocal::Missing;
        };
        for key in keys {
            let Some(object) = value.as_object() else {
                return PlainLocal::Computed;
            };
            let mut entries = object.iter();
            let entry = entries.find(|(name, _)| match name {
                hcl_edit::expr::ObjectKey::Ident(name) => name.as_str() == key,
                hcl_edit::expr::ObjectKey::Expression(name) => name.as_str() == Some(key),
            });
            match entry {
                Some((_, entry)) => value = entry.expr(),
                None => return PlainLocal::Missing,
            }
        }
        match value {
            Expression::String(text) => PlainLocal::Text(text.value().clone()),
            Expression::Number(number) => PlainLocal::Text(number.value().to_string()),
            _ => PlainLocal::Computed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(locals: &str) -> (ModuleNames, Document) {
        let text = format!("locals {{\n{locals}\n}}\n");
        let document = Document::new("root.hcl".into(), text).unwrap();
        let mut names = ModuleNames::default();
        names.add_configuration(&document);
        (names, document)
    }

    const READ: &str = "read_terragrunt_config(find_in_parent_folders(\"account.hcl\"))";

    #[test]
    fn locals_are_followed_to_the_file_above() {
        for (locals, expression, path) in [
            (format!("a = {READ}"), "local.a.locals.id", Some("id")),
            (
                format!("a = {READ}\n  b = local.a.locals.id"),
                "local.b",
                Some("id"),
            ),
            (format!("a = {READ}.locals"), "local.a.id.x", Some("id.x")),
            (format!("a = {READ}.locals[\"id\"]"), "local.a", Some("id")),
            (String::new(), &format!("{READ}.locals.id"), Some("id")),
            (format!("a = {READ}"), "local.a.inputs.id", None),
            (format!("a = {READ}"), "local.a.locals", None),
            ("a = local.b\n  b = local.a".to_owned(), "local.a", None),
            (
                "a = read_terragrunt_config(\"account.hcl\")".to_owned(),
                "local.a.locals.id",
                None,
            ),
            (
                "a = read_terragrunt_config(find_in_parent_folders(\"account.hcl\", \"x\"))"
                    .to_owned(),
                "local.a.locals.id",
                None,
            ),
            (
                "a = read_terragrunt_config(find_in_parent_folders(\"account.hcl\"), {})"
                    .to_owned(),
                "local.a.locals.id",
                None,
            ),
            (format!("a = {READ}"), "local.a.locals[local.x]", None),
        ] {
            let (names, _) = names(&locals);
            let found = ParentLocal::resolved(expression, &names);
            let expected = path.map(|path| ParentLocal {
                file: "account.hcl".to_owned(),
                path: path.split('.').map(str::to_owned).collect(),
            });
            assert_eq!(found, expected, "{locals}: {expression}");
        }
    }

    #[test]
    fn includes_tell_the_name_of_their_file() {
        let nearest = |name: &str| IncludedFile::Nearest(name.to_owned());
        let named = |name: &str| IncludedFile::Named(name.to_owned());
        for (path, expected) in [
            ("find_in_parent_folders()", nearest("terragrunt.hcl")),
            ("find_in_parent_folders(\"root.hcl\")", nearest("root.hcl")),
            ("find_in_parent_folders(local.name)", IncludedFile::Unknown),
            ("\"../../root.hcl\"", named("root.hcl")),
            ("\"root.hcl\"", named("root.hcl")),
            ("\"${get_terragrunt_dir()}/../root.hcl\"", named("root.hcl")),
            (
                "\"${dirname(find_in_parent_folders(\"root.hcl\"))}/_envcommon/vpc.hcl\"",
                named("vpc.hcl"),
            ),
            (
                "\"${find_in_parent_folders(\"root.hcl\")}\"",
                nearest("root.hcl"),
            ),
            ("local.path", IncludedFile::Unknown),
        ] {
            let text = format!("include \"root\" {{\n  path   = {path}\n  expose = true\n}}\n");
            let document = Document::new("terragrunt.hcl".into(), text).unwrap();
            assert_eq!(included_files(&document), [expected], "{path}");
        }
    }

    #[test]
    fn plain_values_are_strings_and_numbers() {
        let (names, _) = names(
            "id = \"1\"\n  number = 222222222222\n  of = { id = \"3\", \"x-y\" = 4 }\n  set = local.id\n  t = \"${local.id}\"",
        );
        for (path, expected) in [
            ("id", PlainLocal::Text("1".to_owned())),
            ("number", PlainLocal::Text("222222222222".to_owned())),
            ("of.id", PlainLocal::Text("3".to_owned())),
            ("of.x-y", PlainLocal::Text("4".to_owned())),
            ("of.z", PlainLocal::Missing),
            ("z", PlainLocal::Missing),
            ("set", PlainLocal::Computed),
            ("t", PlainLocal::Computed),
            ("of", PlainLocal::Computed),
            ("id.x", PlainLocal::Computed),
        ] {
            let path: Vec<String> = path.split('.').map(str::to_owned).collect();
            assert_eq!(names.plain_local(&path), expected, "{path:?}");
        }
    }
}
