//! What a Makefile says: its variables and its rules.

use std::collections::{BTreeMap, BTreeSet};

/// A rule.
#[derive(Debug, Default)]
pub(super) struct Rule {
    pub targets: Vec<String>,
    pub needs: Vec<String>,
    pub recipe: Vec<String>,
    /// Variables of these targets alone.
    pub variables: Vec<(String, String)>,
}

/// A variable of the file.
#[derive(Debug)]
pub(super) enum Definition {
    Value(String),
    /// `?=`: where the environment has none.
    Default(String),
    /// Set in a conditional, or in a form that is not read.
    Unknown,
}

/// A Makefile.
#[derive(Debug, Default)]
pub struct Makefile {
    pub(super) rules: Vec<Rule>,
    pub(super) variables: BTreeMap<String, Definition>,
    pub(super) exported: BTreeSet<String>,
    pub(super) exports_all: bool,
    pub(super) is_one_shell: bool,
    /// The files that it includes, as written.
    pub included: Vec<String>,
}

impl Makefile {
    /// Reads a file, and adds what it says to this.
    pub fn add(&mut self, text: &str) {
        let mut conditionals: usize = 0;
        let mut body: Option<(String, Vec<String>)> = None;
        let mut prefix = '\t';
        let mut open = false;
        for line in logical_lines(text) {
            let code = line.trim();
            if let Some((name, mut lines)) = body.take() {
                if code == "endef" {
                    self.define(&name, "=", &lines.join("\n"), conditionals > 0);
                } else {
                    lines.push(line);
                    body = Some((name, lines));
                }
                continue;
            }
            if let Some(recipe) = line.strip_prefix(prefix).filter(|_| open) {
                if let Some(rule) = self.rules.last_mut() {
                    rule.recipe.push(recipe.to_owned());
                }
                continue;
            }
            let code = code.split(" #").next().unwrap_or_default().trim_end();
            let first = code.split([' ', '\t', '(']).next().unwrap_or_default();
            match first {
                "" => {}
                _ if code.starts_with('#') => {}
                "ifeq" | "ifneq" | "ifdef" | "ifndef" => conditionals += 1,
                "else" => {}
                "endif" => conditionals = conditionals.saturating_sub(1),
                "define" => {
                    let name = code.split_whitespace().nth(1).unwrap_or_default();
                    body = Some((name.to_owned(), Vec::new()));
                }
                "include" | "-include" | "sinclude" => {
                    let files = code.split_whitespace().skip(1);
                    self.included.extend(files.map(str::to_owned));
                }
                ".ONESHELL:" => self.is_one_shell = true,
                "export" if code == "export" => self.exports_all = true,
                _ => {
                    let stripped = code.strip_prefix("export ");
                    let code = stripped
                        .or_else(|| code.strip_prefix("override "))
                        .unwrap_or(code);
                    if let Some((name, operator, value)) = definition(code) {
                        if stripped.is_some() {
                            self.exported.insert(name.to_owned());
                        }
                        if name == ".RECIPEPREFIX" {
                            prefix = value.chars().next().unwrap_or('\t');
                        }
                        self.define(name, operator, value, conditionals > 0);
                    } else if stripped.is_some() {
                        let names = code.split_whitespace().map(str::to_owned);
                        self.exported.extend(names);
                    } else {
                        open |= self.rule(code);
                    }
                }
            }
        }
    }

    fn define(&mut self, name: &str, operator: &str, value: &str, is_conditional: bool) {
        let defined = match operator {
            // What is added to, and what the shell computes, is not followed.
            "+=" | "!=" => Definition::Unknown,
            _ if is_conditional => Definition::Unknown,
            "?=" if self.variables.contains_key(name) => return,
            "?=" => Definition::Default(value.to_owned()),
            _ => Definition::Value(value.to_owned()),
        };
        self.variables.insert(name.to_owned(), defined);
    }

    /// Adds the rule that a line begins; `false` where it begins none.
    fn rule(&mut self, code: &str) -> bool {
        let Some((targets, rest)) = code.split_once(':') else {
            return false;
        };
        let rest = rest.trim_start_matches(':').trim();
        let targets = targets.split_whitespace().map(str::to_owned).collect();
        let mut rule = Rule {
            targets,
            ..Rule::default()
        };
        if let Some((name, _, value)) = definition(rest) {
            rule.variables.push((name.to_owned(), value.to_owned()));
        } else {
            let (needs, recipe) = rest.split_once(';').unwrap_or((rest, ""));
            // Behind `|` stand those whose age does not count.
            let needs = needs.split_whitespace().filter(|need| *need != "|");
            rule.needs = needs.map(str::to_owned).collect();
            rule.recipe
                .extend((!recipe.is_empty()).then(|| recipe.to_owned()));
        }
        self.rules.push(rule);
        true
    }
}

/// The name, operator and value of a definition.
fn definition(code: &str) -> Option<(&str, &str, &str)> {
    let at = code.find('=')?;
    let before = code[..at].trim_end_matches([':', '?', '+', '!']);
    let operator = &code[before.len()..=at];
    let name = before.trim();
    let is_name = !name.is_empty() && !name.contains([' ', '\t', ':', '$', '(']);
    is_name.then(|| (name, operator, code[at + 1..].trim()))
}

/// The lines of a file, continued ones joined.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut continues = false;
    for raw in text.lines() {
        let kept = raw.strip_suffix('\\');
        let line = kept.map_or(raw, str::trim_end);
        match lines.last_mut().filter(|_| continues) {
            Some(last) => {
                last.push(' ');
                last.push_str(line.trim_start());
            }
            None => lines.push(line.to_owned()),
        }
        continues = kept.is_some();
    }
    lines
}
