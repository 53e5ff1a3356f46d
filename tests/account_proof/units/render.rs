//! What Terragrunt makes of a tree: a root module for each unit, with what the file above generates for it, and in place
//! of `terragrunt run-all` one Terraform run for each unit.

use std::path::Path;

use crate::support::Tree;

/// The tree without Terragrunt. `secrets` stands for what an environment variable gives a unit.
pub fn rendered(tree: &Tree) -> Tree {
    let mut plain = Tree::default();
    let mut units = Vec::new();
    for (path, text) in &tree.0 {
        if !path.ends_with("terragrunt.hcl") {
            continue;
        }
        let directory = path.parent().expect("a unit has a directory");
        let own = tree.0.get(&directory.join("own.tf"));
        let module = unit(tree, directory, text) + own.map_or("", String::as_str);
        plain.0.insert(directory.join("main.tf"), module);
        units.push(directory.display().to_string());
    }
    for (path, text) in &tree.0 {
        if path.starts_with(".github") || path.ends_with("Jenkinsfile") {
            plain.0.insert(path.clone(), runs(text, &units));
        }
    }
    plain
}

/// `terragrunt run-all apply` in a directory, unit by unit.
fn runs(text: &str, units: &[String]) -> String {
    let mut text = text.to_owned();
    for directory in ["dev", "live", "net"] {
        let below = units.iter().filter(|unit| unit.starts_with(directory));
        let all = format!("terragrunt run-all apply --terragrunt-working-dir {directory}");
        text = text.replace(&all, &terraform(below));
    }
    text.replace("terragrunt run-all apply", &terraform(units.iter()))
}

fn terraform<'u>(units: impl Iterator<Item = &'u String>) -> String {
    let runs = units.map(|unit| format!("terraform -chdir={unit} apply"));
    runs.collect::<Vec<_>>().join(" && ")
}

/// What a unit deploys: the provider and the state that the file above generates.
fn unit(tree: &Tree, directory: &Path, text: &str) -> String {
    let root = &tree.0[Path::new("root.hcl")];
    let account = directory.parent().expect("units stand below a group");
    let account = tree.0.get(&account.join("account.hcl"));
    let mut module = heredoc(root).to_owned();
    if let Some(state) = state(root) {
        module = format!("terraform {{\n  backend \"s3\" {{\n{state}  }}\n}}\n{module}");
    }
    for (name, value) in locals(root) {
        let read = value.strip_prefix("local.account_vars.locals.");
        let known = read.and_then(|read| {
            let mut all = locals(account?).into_iter();
            all.find(|(own, _)| own == read).map(|(_, value)| value)
        });
        let value = known.unwrap_or(value);
        let value = value
            .strip_prefix('"')
            .and_then(|it| it.strip_suffix('"'))
            .unwrap_or(&value);
        // What an environment variable holds is the unit's own.
        module = module.replace(&format!("${{local.{name}}}"), value);
    }
    match argument(text, "iam_role").or_else(|| argument(root, "iam_role")) {
        // Terragrunt assumes it and gives Terraform its credentials: whatever is ambient is that role's.
        Some(role) => assumed(&module, role),
        None => module,
    }
}

fn assumed(module: &str, role: &str) -> String {
    let mut blocks = Vec::new();
    for block in module.split_inclusive("\n}\n") {
        let is_ambient = !block.contains("assume_role") && !block.contains("profile");
        let end = match block.contains("backend") {
            true => "\n  }\n}\n",
            false => "\n}\n",
        };
        let at = block.rfind(end).filter(|_| is_ambient);
        let block = match at {
            Some(at) => format!(
                "{}\n  assume_role {{\n    role_arn = {role}\n  }}{}",
                &block[..at],
                &block[at..]
            ),
            None => block.to_owned(),
        };
        blocks.push(block);
    }
    blocks.concat()
}

fn heredoc(root: &str) -> &str {
    let (_, rest) = root
        .split_once("<<EOF\n")
        .expect("root.hcl generates a provider");
    rest.split_once("EOF\n").expect("it ends").0
}

/// The settings of the state.
fn state(root: &str) -> Option<&str> {
    let (_, rest) = root.split_once("  config = {\n")?;
    let end = rest.find("\n  }\n")? + 1;
    Some(&rest[..end])
}

/// The names and texts of locals.
fn locals(text: &str) -> Vec<(String, String)> {
    let Some((_, rest)) = text.split_once("locals {\n") else {
        return Vec::new();
    };
    let lines = rest.lines().take_while(|line| *line != "}");
    let pairs = lines.filter_map(|line| line.split_once(" = "));
    pairs
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

fn argument<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut lines = text.lines().filter_map(|line| line.split_once(" = "));
    lines
        .find(|(own, _)| own.trim() == name)
        .map(|(_, value)| value.trim())
}
