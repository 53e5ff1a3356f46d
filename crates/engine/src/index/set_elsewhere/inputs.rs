//! The `inputs` of Terragrunt files, which it passes to modules as variables.

use std::collections::BTreeMap;
use std::path::Path;

use hcl_edit::expr::Expression;

use syntax::hcl::{Document, expression, key_name};
use syntax::text::BOM;
use terraform::account::ModuleNames;
use terraform::module_call::deployed;

use super::values::{SetValue, assigned};

/// The variables that a Terragrunt file sets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Those that it names, each with its value: `None` where only the run knows it.
    named: BTreeMap<String, Option<String>>,
    /// How the value of each is written.
    written: BTreeMap<String, String>,
    /// The expression by which it may set any other.
    pub others: Option<String>,
}

impl Inputs {
    /// Reads the file at `path`. One that is not understood is searched for what it assigns.
    pub fn of(path: &Path, text: &str) -> (Vec<SetValue>, Option<String>) {
        let mut inputs = Self::default();
        let mut names = ModuleNames::default();
        if is_json(path) {
            if let Some(object) = entry(text, "inputs") {
                inputs.add(&object, &names);
            }
        } else {
            let Ok(document) = Document::new(path.to_path_buf(), text.to_owned()) else {
                return (assigned(text), None);
            };
            names.add_configuration(&document);
            let attribute = document.body().ok().and_then(|it| it.attribute("inputs"));
            if let Some(attribute) = attribute {
                inputs.add(attribute.value.expression(), &names);
            }
        }
        let mut written = inputs.written;
        let values = inputs.named.into_iter().map(|(name, value)| SetValue {
            is_known: value.is_some(),
            value: value.or_else(|| written.remove(&name)).unwrap_or_default(),
            name,
            line: String::new(),
        });
        (values.collect(), inputs.others)
    }

    /// Adds what an expression sets. Of the arguments of `merge`, later ones win (Terraform docs,
    /// "merge Function").
    fn add(&mut self, expression: &Expression, names: &ModuleNames) {
        let start = |text: String| text.trim().to_owned();
        match expression {
            Expression::Parenthesis(inner) => self.add(inner.inner(), names),
            Expression::FuncCall(call)
                if call.name.name.as_str() == "merge" && !call.args.expand_final() =>
            {
                for argument in &call.args {
                    self.add(argument, names);
                }
            }
            Expression::Object(object) => {
                for (key, value) in object {
                    let Some(key) = key_name(key) else {
                        self.add_others(start(expression.to_string()));
                        continue;
                    };
                    let value = value.expr();
                    // Terragrunt passes no variable that is `null`.
                    if !value.is_null() {
                        self.named.insert(key.to_owned(), names.literal(value));
                        self.written
                            .insert(key.to_owned(), start(value.to_string()));
                    }
                }
            }
            _ => match names.local_of(expression) {
                Some(local) if !matches!(local, Expression::Traversal(_)) => self.add(local, names),
                _ => self.add_others(start(expression.to_string())),
            },
        }
    }

    /// Adds an expression that may set any variable.
    fn add_others(&mut self, expression: String) {
        self.named.clear();
        self.others = Some(expression);
    }
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "json")
}

/// The entry of that name of an object in JSON, as HCL reads it.
fn entry(text: &str, name: &str) -> Option<Expression> {
    let object = expression(text.trim_start_matches(BOM).trim()).ok()?;
    let mut entries = object.as_object()?.iter();
    let (_, value) = entries.find(|(key, _)| key_name(key) == Some(name))?;
    Some(value.expr().clone())
}

/// The sources of the modules that a Terragrunt file deploys, as written.
pub fn sources(path: &Path, text: &str) -> Vec<String> {
    if is_json(path) {
        let terraform = entry(text, "terraform");
        let source = terraform.and_then(|it| entry(&it.to_string(), "source"));
        return source
            .iter()
            .map(|it| it.to_string().trim().to_owned())
            .collect();
    }
    match Document::new(path.to_path_buf(), text.to_owned()) {
        Ok(document) => deployed(&document)
            .map(|call| call.source.value.text().to_owned())
            .collect(),
        // It may deploy any.
        Err(_) => vec![String::new()],
    }
}

/// Whether a source may be that of the module in a directory: it ends like its path, or only the run
/// knows its end.
pub fn deploys(source: &str, directory: &Path) -> bool {
    let written = source.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    let Some(written) = written else {
        return true;
    };
    let written = written.split("?ref=").next().unwrap_or_default();
    let end = written.rsplit('}').next().unwrap_or_default();
    let last = end.rsplit('/').find(|it| !matches!(*it, "" | "." | ".."));
    let name = directory.file_name().and_then(std::ffi::OsStr::to_str);
    match (last, name) {
        // `"../.."`, of a unit below the module.
        (None, _) | (_, None) => true,
        // `"${local.modules}/app-${local.version}"` may go on; `"...}-app"` may begin so.
        (Some(last), Some(name)) => name == last || written.contains('}') && !end.contains('/'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(text: &str) -> Vec<(String, Option<String>)> {
        let (values, others) = Inputs::of(Path::new("terragrunt.hcl"), text);
        let values = values.into_iter();
        let mut known: Vec<_> = values
            .map(|set| (set.name, Some(set.value).filter(|_| set.is_known)))
            .collect();
        known.extend(others.map(|_| ("*".to_owned(), None)));
        known
    }

    #[test]
    fn inputs_are_read_as_terragrunt_merges_them() {
        let a = |value: Option<&str>| ("a".to_owned(), value.map(str::to_owned));
        let any = ("*".to_owned(), None);
        for (inputs, expected) in [
            ("{ a = \"1\" }", vec![a(Some("1"))]),
            ("{ \"a\" = 1 }", vec![a(Some("1"))]),
            ("{ a = local.known }", vec![a(Some("1"))]),
            ("{ a = local.file.locals.a }", vec![a(None)]),
            ("{ a = get_env(\"A\") }", vec![a(None)]),
            ("{ a = \"${get_env(\"A\")}\" }", vec![a(None)]),
            ("{ a = null }", vec![]),
            (
                "merge({ a = local.file.a }, { a = \"1\" })",
                vec![a(Some("1"))],
            ),
            ("merge(local.all, { a = \"1\" })", vec![a(Some("1"))]),
            (
                "merge(local.file.locals, { a = \"1\" })",
                vec![a(Some("1")), any.clone()],
            ),
            ("merge({ a = \"1\" }, local.file.locals)", vec![any.clone()]),
            ("local.file.inputs", vec![any.clone()]),
            ("yamldecode(file(\"a.yaml\"))", vec![any]),
        ] {
            let locals =
                "known = \"1\"\n  all = { a = \"2\" }\n  file = read_terragrunt_config(\"x.hcl\")";
            let text = format!("locals {{\n  {locals}\n}}\ninputs = {inputs}\n");
            assert_eq!(known(&text), expected, "{inputs}");
        }
        assert_eq!(known("terraform {\n}\n"), []);
    }

    #[test]
    fn terragrunt_files_in_json_are_read_as_well() {
        let path = Path::new("u/terragrunt.hcl.json");
        let text = r#"{"terraform": {"source": "../"}, "inputs": {"a": "1", "b": "${local.b}"}}"#;
        let (values, others) = Inputs::of(path, text);
        let known: Vec<_> = values
            .iter()
            .map(|set| (&*set.name, set.is_known))
            .collect();
        assert_eq!((known, others), (vec![("a", true), ("b", false)], None));
        assert_eq!(sources(path, text), ["\"../\""]);
    }

    #[test]
    fn a_source_that_only_the_run_knows_may_be_any_module() {
        let module = Path::new("modules/app");
        for source in [
            "\"../../modules/app\"",
            "\"../../modules//app?ref=v1\"",
            "\"${get_repo_root()}/modules/app\"",
            "\"${get_repo_root()}/modules/${basename(get_terragrunt_dir())}\"",
            "\"${local.source}\"",
            "local.source",
            "\"../..\"",
        ] {
            assert!(deploys(source, module), "{source}");
        }
        for source in [
            "\"../../modules/db\"",
            "\"${local.root}/modules/db?ref=${local.v}\"",
        ] {
            assert!(!deploys(source, module), "{source}");
        }
    }
}
