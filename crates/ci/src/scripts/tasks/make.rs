//! Makefiles: what `make` runs for the targets and the variables of a call.
//!
//! Source: the manual of GNU Make.

use std::collections::{BTreeMap, BTreeSet};

use super::{MAX_DEPTH, TaskScript, TaskScripts, UNKNOWN};
use crate::scripts::invocation::assignment;
use crate::scripts::working_directory::ROOT;
use crate::variant::Environment;

/// The arguments of a call of `make`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MakeCall {
    /// `-C`.
    pub directory: Option<String>,
    /// `-f`.
    pub file: Option<String>,
    /// The targets; the first of the file where there are none.
    pub targets: Vec<String>,
    /// `NAME=value`, which beat what the file sets ("Overriding Variables").
    pub variables: Vec<(String, String)>,
    /// Whether it only prints what it would run.
    pub is_dry: bool,
}

impl MakeCall {
    /// The call with these arguments.
    pub fn of(arguments: &[String]) -> Self {
        let mut call = Self::default();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let (option, value) = match word.split_once('=') {
                Some((option, value)) if word.starts_with("--") => (option, Some(value.to_owned())),
                _ => (word.as_str(), None),
            };
            match option {
                "-C" | "--directory" => call.directory = value.or_else(|| words.next().cloned()),
                "-f" | "--file" | "--makefile" => {
                    call.file = value.or_else(|| words.next().cloned());
                }
                "-n" | "--dry-run" | "--just-print" => call.is_dry = true,
                "-I" | "-o" | "-W" => drop(words.next()),
                "-j" | "-l" => {}
                _ if word.starts_with("-C") => call.directory = Some(word[2..].to_owned()),
                _ if word.starts_with('-') || word.bytes().all(|it| it.is_ascii_digit()) => {}
                _ => match assignment(word.strip_suffix(':').unwrap_or(word)) {
                    Some((name, value)) => {
                        call.variables.push((name.to_owned(), value.to_owned()));
                    }
                    None => call.targets.push(word.clone()),
                },
            }
        }
        call
    }
}

/// A rule.
#[derive(Debug, Default)]
struct Rule {
    targets: Vec<String>,
    needs: Vec<String>,
    recipe: Vec<String>,
    /// Variables of these targets alone.
    variables: Vec<(String, String)>,
}

/// A variable of the file.
#[derive(Debug)]
enum Definition {
    Value(String),
    /// `?=`: where the environment has none.
    Default(String),
    /// Set in a conditional, or in a form that is not read.
    Unknown,
}

/// A Makefile.
#[derive(Debug, Default)]
pub struct Makefile {
    rules: Vec<Rule>,
    variables: BTreeMap<String, Definition>,
    exported: BTreeSet<String>,
    exports_all: bool,
    is_one_shell: bool,
    /// The files that it includes, as written.
    pub included: Vec<String>,
}

impl Makefile {
    /// Reads a file, and adds what it says to this.
    pub fn add(&mut self, text: &str) {
        let mut conditionals: usize = 0;
        let mut is_definition = false;
        let mut open = false;
        for line in logical_lines(text) {
            let code = line.trim();
            if is_definition {
                is_definition = code != "endef";
                continue;
            }
            if let Some(recipe) = line.strip_prefix('\t').filter(|_| open) {
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
                    self.variables.insert(name.to_owned(), Definition::Unknown);
                    is_definition = true;
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

    /// What a call runs, in this environment; `is_closed` says whether a variable that it does not
    /// have is not set. `directory` is how scripts spell that of the file.
    pub fn run(
        &self,
        call: &MakeCall,
        environment: &Environment,
        is_closed: bool,
        directory: Option<&str>,
    ) -> TaskScripts {
        let mut run = MakeRun {
            file: self,
            call,
            environment,
            is_closed,
            directory,
            done: BTreeSet::new(),
            scripts: Vec::new(),
        };
        let first = self.rules.iter().flat_map(|rule| &rule.targets);
        let first = first.filter(|name| !name.starts_with('.')).take(1);
        let asked = match call.targets.is_empty() {
            true => first.cloned().collect(),
            false => call.targets.clone(),
        };
        // A name that only the run determines may be that of any target.
        let asked = match asked.iter().any(|name| name.contains('$')) {
            true => self
                .rules
                .iter()
                .flat_map(|rule| rule.targets.clone())
                .collect(),
            false => asked,
        };
        for target in &asked {
            run.target(target, &[], MAX_DEPTH)?;
        }
        Some(run.scripts)
    }
}

struct MakeRun<'m> {
    file: &'m Makefile,
    call: &'m MakeCall,
    environment: &'m Environment,
    is_closed: bool,
    directory: Option<&'m str>,
    done: BTreeSet<String>,
    scripts: Vec<TaskScript>,
}

/// The variables of a target, and the automatic ones.
type Own = [(String, String)];

impl MakeRun<'_> {
    /// Adds what a target runs; `None` where the file does not tell.
    fn target(&mut self, name: &str, outer: &Own, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        if !self.done.insert(name.to_owned()) {
            return Some(());
        }
        let file = self.file;
        let of_target = |rule: &&Rule| {
            let mut names = rule
                .targets
                .iter()
                .map(|it| self.expanded(it, &[], MAX_DEPTH));
            names.any(|it| it == name)
        };
        let mut rules: Vec<(&Rule, String)> = file
            .rules
            .iter()
            .filter(of_target)
            .map(|rule| (rule, String::new()))
            .collect();
        if rules.iter().all(|(rule, _)| rule.recipe.is_empty()) {
            let patterns = file.rules.iter().filter_map(|rule| {
                let mut targets = rule.targets.iter().filter(|it| it.contains('%'));
                Some((rule, targets.find_map(|pattern| stem(pattern, name))?))
            });
            rules.extend(patterns);
        }
        let mut own = outer.to_vec();
        let variables = rules.iter().flat_map(|(rule, _)| &rule.variables);
        own.extend(variables.cloned());
        own.push(("@".to_owned(), name.to_owned()));
        for (rule, stem) in &rules {
            for need in &rule.needs {
                let need = self.expanded(&need.replace('%', stem), &own, MAX_DEPTH);
                for need in need.split_whitespace().collect::<Vec<_>>() {
                    // A file that is generated by a rule which is not known runs nothing here.
                    if !need.contains('$') {
                        self.target(need, &own, depth)?;
                    }
                }
            }
        }
        for (rule, stem) in rules {
            let mut own = own.clone();
            own.push(("*".to_owned(), stem));
            let lines = rule.recipe.iter().map(|line| {
                let line = self.expanded(line, &own, MAX_DEPTH);
                line.trim_start_matches(['@', '-', '+', ' ', '\t'])
                    .to_owned()
            });
            let lines: Vec<String> = match file.is_one_shell {
                true => vec![lines.collect::<Vec<_>>().join("\n")],
                false => lines.collect(),
            };
            for script in lines {
                let environment = self.exported(&own);
                self.scripts.push(TaskScript {
                    environment,
                    ..TaskScript::new(script)
                });
            }
        }
        Some(())
    }

    /// The variables that recipes find in their environment ("Communicating Variables to a
    /// Sub-make"): those of the call, and what the file exports.
    fn exported(&self, own: &Own) -> Environment {
        let names = self.call.variables.iter().map(|(name, _)| name);
        let all = self.file.variables.keys().filter(|_| self.file.exports_all);
        let names = names.chain(&self.file.exported).chain(all);
        let value = |name: &String| {
            let value = self.expanded(&format!("$({name})"), own, MAX_DEPTH);
            (
                name.clone(),
                Some(value).filter(|value| !value.contains('$')),
            )
        };
        names.map(value).collect()
    }

    /// A text with the variables of Make replaced; `$$` becomes the `$` of the shell.
    fn expanded(&self, text: &str, own: &Own, depth: usize) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out += &rest[..at];
            let inside = &rest[at + 1..];
            let (open, name, length) = match inside.chars().next() {
                Some('$') => {
                    out.push('$');
                    rest = &inside[1..];
                    continue;
                }
                Some(open @ ('(' | '{')) => {
                    let close = if open == '(' { ')' } else { '}' };
                    let Some(end) = closing(&inside[1..], open, close) else {
                        out += UNKNOWN;
                        rest = "";
                        continue;
                    };
                    (open, &inside[1..=end], end + 2)
                }
                Some(letter) => (letter, &inside[..letter.len_utf8()], letter.len_utf8()),
                None => break,
            };
            // GitHub's and Azure's expressions in scripts that pass through.
            if open == '{' && name.starts_with('{') {
                out.push('$');
                rest = inside;
                continue;
            }
            out += &self.value(name, own, depth);
            rest = &inside[length..];
        }
        out + rest
    }

    fn value(&self, name: &str, own: &Own, depth: usize) -> String {
        let Some(depth) = depth.checked_sub(1) else {
            return UNKNOWN.to_owned();
        };
        let given = self
            .call
            .variables
            .iter()
            .rev()
            .find(|(known, _)| known == name);
        if let Some((_, value)) = given {
            return value.clone();
        }
        if let Some((_, value)) = own.iter().rev().find(|(known, _)| known == name) {
            return self.expanded(value, own, depth);
        }
        let of_environment = self.environment.get(name);
        let variable = || format!("${{{name}}}");
        match (self.file.variables.get(name), name) {
            (Some(Definition::Value(value)), _) => self.expanded(value, own, depth),
            (Some(Definition::Default(value)), _) => match of_environment {
                Some(Some(known)) => known.clone(),
                None if self.is_closed => self.expanded(value, own, depth),
                Some(None) | None => variable(),
            },
            (Some(Definition::Unknown), _) => UNKNOWN.to_owned(),
            (None, "MAKE") => "make".to_owned(),
            (None, "CURDIR" | "PWD" | "shell pwd") => self.directory.unwrap_or(UNKNOWN).to_owned(),
            (None, "shell git rev-parse --show-toplevel") => ROOT.to_owned(),
            (None, _) if name.contains([' ', ',', '$']) || name.len() == 1 => UNKNOWN.to_owned(),
            (None, _) => match of_environment {
                Some(Some(known)) => known.clone(),
                // By its name, which may say that it is a command: `$(TERRAFORM)`.
                _ => variable(),
            },
        }
    }
}

/// What `%` stands for in a pattern that a name matches.
fn stem(pattern: &str, name: &str) -> Option<String> {
    let (start, end) = pattern.split_once('%')?;
    let stem = name.strip_prefix(start)?.strip_suffix(end)?;
    (!stem.is_empty()).then(|| stem.to_owned())
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

/// The offset of what closes a bracket that was opened before the text.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0;
    text.char_indices().find_map(|(at, letter)| {
        match letter {
            letter if letter == open => depth += 1,
            letter if letter == close && depth == 0 => return Some(at),
            letter if letter == close => depth -= 1,
            _ => {}
        }
        None
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, call: &str, environment: &[(&str, &str)]) -> Option<String> {
        let mut file = Makefile::default();
        file.add(text);
        let words: Vec<String> = call.split_whitespace().map(str::to_owned).collect();
        let environment = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned())));
        let call = MakeCall::of(&words);
        let scripts = file.run(
            &call,
            &environment.collect(),
            true,
            Some("$GITHUB_WORKSPACE/x"),
        )?;
        let scripts: Vec<String> = scripts.into_iter().map(|it| it.script).collect();
        Some(scripts.join("; "))
    }

    const FILE: &str = "ENV ?= dev\nDIR := infra/$(ENV)\nTF = terraform -chdir=$(DIR)\n\nall: lint\n\n.PHONY: lint\nlint: fmt ; tflint\nfmt:\n\t@terraform fmt # all\n\napply: init\n\t$(TF) apply \\\n\t  -auto-approve\ninit:\n\t-$(TF) init\n\ndeploy-%: ENV = $*\ndeploy-%:\n\tcd $* && make plan X=$@\n\nlive: ENV = live\nlive: apply\n\nsub:\n\t$(MAKE) -C sub $(TARGET)\nloop:\n\tfor d in a b; do echo $$d $(CURDIR); done\n";

    #[test]
    fn a_call_runs_its_targets_with_its_variables() {
        for (call, environment, expected) in [
            ("", &[][..], "terraform fmt # all; tflint"),
            ("fmt", &[], "terraform fmt # all"),
            (
                "apply",
                &[],
                "terraform -chdir=infra/dev init; terraform -chdir=infra/dev apply -auto-approve",
            ),
            (
                "init ENV=live",
                &[("ENV", "x")],
                "terraform -chdir=infra/live init",
            ),
            ("init", &[("ENV", "x")], "terraform -chdir=infra/x init"),
            ("-s init DIR=y", &[], "terraform -chdir=y init"),
            ("deploy-live", &[], "cd live && make plan X=deploy-live"),
            (
                "live",
                &[],
                "terraform -chdir=infra/live init; terraform -chdir=infra/live apply -auto-approve",
            ),
            ("sub", &[], "make -C sub ${TARGET}"),
            (
                "loop",
                &[],
                "for d in a b; do echo $d $GITHUB_WORKSPACE/x; done",
            ),
            ("missing", &[], ""),
        ] {
            let found = run(FILE, call, environment);
            assert_eq!(found.as_deref(), Some(expected), "{call}");
        }
        let any = run("a:\n\tls\nb: a\n\trm\n", "${{ inputs.x }}", &[]);
        assert_eq!(any.as_deref(), Some("ls; rm"));
    }

    #[test]
    fn what_conditionals_and_functions_set_is_unknown() {
        let text = "ifeq ($(CI),true)\nD = a\nelse\nD = b\nendif\nE = $(shell cat x)\nF += y\na:\n\tcd $(D) $(E) $(F)\n";
        let unknown = format!("cd {UNKNOWN} {UNKNOWN} {UNKNOWN}");
        assert_eq!(run(text, "a", &[]), Some(unknown));
    }

    #[test]
    fn arguments_are_told_apart() {
        let call =
            MakeCall::of(&["-C", "x", "-j", "4", "a", "B=c", "--file=y.mk"].map(str::to_owned));
        assert_eq!(call.directory.as_deref(), Some("x"));
        assert_eq!(call.file.as_deref(), Some("y.mk"));
        assert_eq!(call.targets, ["a"]);
        assert_eq!(call.variables, [("B".to_owned(), "c".to_owned())]);
    }
}
