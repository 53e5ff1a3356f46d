//! Justfiles: what `just` runs ("Just Programmer's Manual").

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{MAX_DEPTH, MAX_TASKS, TaskScript, TaskScripts, UNKNOWN, at_or_above};
use crate::scripts::invocation::assignment;

/// A recipe.
#[derive(Debug, Default)]
struct Recipe {
    name: String,
    /// Each with its default, where it has one.
    parameters: Vec<(String, Option<String>)>,
    needs: Vec<String>,
    /// Its directory, from that of the file; `None` where the file does not tell.
    directory: Option<PathBuf>,
    body: Vec<String>,
}

#[derive(Debug, Default)]
struct Justfile {
    recipes: Vec<Recipe>,
    variables: BTreeMap<String, String>,
}

/// The value of an attribute or a setting `working-directory`.
fn working_directory(line: &str) -> Option<&str> {
    let (_, value) = line.split_once("working-directory")?;
    Some(value.trim_matches([' ', ':', '=', '(', ')', ']']))
}

/// What a call with these arguments runs; `None` where the file does not tell.
pub fn run(text: &str, arguments: &[String]) -> TaskScripts {
    let mut file = Justfile::read(text);
    let mut words = arguments.iter().peekable();
    let mut asked = Vec::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-l" | "--list" | "--version" | "--dump" | "--fmt" => return Some(Vec::new()),
            "-f" | "--justfile" | "-d" | "--working-directory" | "--dotenv-filename" => {
                words.next();
            }
            "--set" => {
                let name = words.next()?;
                file.variables.insert(name.clone(), words.next()?.clone());
            }
            _ if word.starts_with('-') => {}
            _ => match assignment(word).filter(|_| asked.is_empty()) {
                Some((name, value)) => {
                    file.variables.insert(name.to_owned(), value.to_owned());
                }
                None => asked.push(word.clone()),
            },
        }
    }
    if asked.is_empty() {
        asked.extend(file.recipes.first().map(|recipe| recipe.name.clone()));
    }
    let mut scripts = Vec::new();
    let mut left = MAX_TASKS;
    let mut rest = &asked[..];
    while let Some((name, behind)) = rest.split_first() {
        let count = file.recipe(name)?.parameters.len().min(behind.len());
        file.run(name, &behind[..count], (&mut scripts, &mut left), MAX_DEPTH)?;
        rest = &behind[count..];
    }
    Some(scripts)
}

impl Recipe {
    fn script(&self, script: String) -> TaskScript {
        TaskScript {
            directory: self.directory.clone(),
            ..TaskScript::new(script)
        }
    }
}

impl Justfile {
    fn read(text: &str) -> Self {
        let mut file = Self::default();
        let mut of_all = Some(PathBuf::new());
        let mut of_next = None;
        for line in text.lines() {
            let is_body = line.starts_with([' ', '\t']);
            if is_body {
                if let Some(recipe) = file.recipes.last_mut() {
                    recipe.body.push(line.trim().to_owned());
                }
                continue;
            }
            let code = line.trim();
            if let Some(value) = working_directory(code) {
                let directory = literal(value).map(PathBuf::from);
                match code.starts_with('[') {
                    true => of_next = Some(directory),
                    false if code.starts_with("set ") => of_all = directory,
                    false => {}
                }
            }
            let is_other = code.is_empty()
                || code.starts_with(['#', '['])
                || ["set ", "import ", "mod ", "alias "]
                    .iter()
                    .any(|it| code.starts_with(it));
            if is_other {
                continue;
            }
            if let Some((name, value)) = code.split_once(":=") {
                let name = name.trim_start_matches("export ").trim().to_owned();
                let value = literal(value.trim()).unwrap_or_else(|| UNKNOWN.to_owned());
                file.variables.insert(name, value);
            } else if let Some((head, needs)) = code.split_once(':') {
                let mut words = head.trim_start_matches('@').split_whitespace();
                let name = words.next().unwrap_or_default().to_owned();
                let parameters = words.map(|word| {
                    let word = word.trim_start_matches(['+', '*', '$']);
                    match word.split_once('=') {
                        Some((name, value)) => (name.to_owned(), literal(value)),
                        None => (word.to_owned(), None),
                    }
                });
                let needs = needs.split("&&").flat_map(str::split_whitespace);
                file.recipes.push(Recipe {
                    name,
                    parameters: parameters.collect(),
                    needs: needs.map(str::to_owned).collect(),
                    directory: match of_next.take() {
                        None => of_all.clone(),
                        Some(own) => of_all.as_ref().zip(own).map(|(all, own)| all.join(own)),
                    },
                    body: Vec::new(),
                });
            }
        }
        file
    }

    fn recipe(&self, name: &str) -> Option<&Recipe> {
        self.recipes.iter().find(|recipe| recipe.name == name)
    }

    fn run(
        &self,
        name: &str,
        arguments: &[String],
        (scripts, left): (&mut Vec<TaskScript>, &mut usize),
        depth: usize,
    ) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        *left = left.checked_sub(1)?;
        let recipe = self.recipe(name)?;
        for need in &recipe.needs {
            // `(recipe argument)` takes arguments, which are not followed.
            if need.starts_with('(') {
                return None;
            }
            self.run(need, &[], (&mut *scripts, &mut *left), depth)?;
        }
        let mut own = self.variables.clone();
        for (at, (name, default)) in recipe.parameters.iter().enumerate() {
            let value = arguments.get(at).cloned().or_else(|| default.clone());
            own.insert(name.clone(), value.unwrap_or_else(|| UNKNOWN.to_owned()));
        }
        let lines = recipe.body.iter().map(|line| filled(line, &own));
        match recipe
            .body
            .first()
            .is_some_and(|line| line.starts_with("#!"))
        {
            // A recipe with an interpreter runs as one script.
            true => scripts.push(recipe.script(lines.collect::<Vec<_>>().join("\n"))),
            false => scripts.extend(lines.map(|line| {
                let line = line.trim_start_matches(['@', '-']);
                recipe.script(line.to_owned())
            })),
        }
        Some(())
    }
}

/// The string that an expression is.
fn literal(expression: &str) -> Option<String> {
    let quoted = ['"', '\''].iter().find_map(|quote| {
        let inner = expression.strip_prefix(*quote)?.strip_suffix(*quote)?;
        (!inner.contains(*quote)).then_some(inner)
    });
    quoted.map(str::to_owned)
}

fn filled(line: &str, variables: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("{{") {
        out += &rest[..at];
        let Some(end) = rest[at..].find("}}").map(|end| at + end) else {
            break;
        };
        let name = rest[at + 2..end].trim();
        out += variables.get(name).map_or(UNKNOWN, String::as_str);
        rest = &rest[end + 2..];
    }
    out + rest
}

/// The files that `just` looks for in a directory and those above it.
pub fn files(directory: &Path) -> Vec<PathBuf> {
    let names = ["justfile", "Justfile", ".justfile"];
    at_or_above(directory, &names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "set shell := ['bash']\nenv := \"dev\"\nwho := `whoami`\n\ndefault: fmt\n\nfmt:\n  @terraform fmt\n\nplan dir env=\"x\": fmt\n  cd {{dir}} && terraform plan -var-file={{env}}.tfvars\n\nglobal:\n  cd {{env}}/{{who}}\n\nscript:\n  #!/usr/bin/env bash\n  cd live\n  terraform apply\n";

    fn of(call: &str) -> Option<String> {
        let words: Vec<String> = call.split_whitespace().map(str::to_owned).collect();
        let scripts = run(FILE, &words)?.into_iter();
        Some(scripts.map(|it| it.script).collect::<Vec<_>>().join("; "))
    }

    #[test]
    fn a_call_runs_its_recipes_with_its_arguments() {
        for (call, expected) in [
            ("", "terraform fmt"),
            ("fmt", "terraform fmt"),
            (
                "plan a",
                "terraform fmt; cd a && terraform plan -var-file=x.tfvars",
            ),
            (
                "plan a b",
                "terraform fmt; cd a && terraform plan -var-file=b.tfvars",
            ),
            (
                "plan",
                "terraform fmt; cd ${UNKNOWN} && terraform plan -var-file=x.tfvars",
            ),
            ("global", "cd dev/${UNKNOWN}"),
            ("env=live global", "cd live/${UNKNOWN}"),
            (
                "fmt script",
                "terraform fmt; #!/usr/bin/env bash\ncd live\nterraform apply",
            ),
            ("--list", ""),
        ] {
            assert_eq!(of(call).as_deref(), Some(expected), "{call}");
        }
        assert_eq!(of("missing"), None);
    }

    #[test]
    fn a_recipe_runs_in_its_working_directory() {
        let set = "set working-directory := 'infra'\n";
        for (text, expected) in [
            ("a:\n  x\n", Some("")),
            ("[working-directory: \"live\"]\na:\n  x\n", Some("live")),
            (
                "[private]\n[working-directory('live')]\na:\n  x\n",
                Some("live"),
            ),
            (
                "[working-directory: 'live']\n[private]\na:\n  x\n",
                Some("live"),
            ),
            ("[working-directory: dir]\na:\n  x\n", None),
            (
                "a:\n  x\n\n[working-directory: 'live']\nb:\n  y\n",
                Some(""),
            ),
            (&format!("{set}a:\n  x\n"), Some("infra")),
            (
                &format!("{set}[working-directory: 'live']\na:\n  x\n"),
                Some("infra/live"),
            ),
        ] {
            let scripts = run(text, &["a".to_owned()]).unwrap();
            let directory = scripts[0].directory.as_deref();
            assert_eq!(directory, expected.map(Path::new), "{text}");
        }
    }
}
