//! Every read of an attribute that provider 5 has under another name, or no longer, gets what it got
//! before, or a finding stands on its way: in the expression that reads, or where the value is passed to
//! it and not followed. So does every read of an attribute that is a set and was a list.
//!
//! The reads are generated: by index, splat, `for` and functions, through locals, outputs of modules,
//! variables of modules and remote states; of a list in all forms that a set does not take. What they get is evaluated before and after with none of the
//! engine's code.

mod evaluator;
mod functions;
mod reads;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::select;

use self::evaluator::{Scope, Value, value};
use self::reads::{Shape, list_reads, reads, reshaped};
use crate::support::Tree;
use engine::selection::Selection;

/// A type with attributes that provider 5 has under another name or no longer: the attribute, where
/// provider 5 has what it was, and what provider 5 has under its name.
struct Kind {
    address: &'static str,
    attributes: &'static [(&'static str, Option<&'static str>, Option<&'static str>)],
    /// Whether they were lists and are sets.
    are_sets: bool,
}

const KINDS: [Kind; 6] = [
    Kind {
        address: "aws_db_instance.x",
        attributes: &[
            ("name", Some("db_name"), None),
            ("id", Some("identifier"), Some("db-RESOURCE")),
        ],
        are_sets: false,
    },
    Kind {
        address: "aws_elasticache_replication_group.x",
        attributes: &[
            ("number_cache_clusters", Some("num_cache_clusters"), None),
            ("replication_group_description", Some("description"), None),
        ],
        are_sets: false,
    },
    Kind {
        address: "data.aws_elasticache_replication_group.x",
        attributes: &[("number_cache_clusters", Some("num_cache_clusters"), None)],
        are_sets: false,
    },
    Kind {
        address: "aws_connect_queue.x",
        attributes: &[(
            "quick_connect_ids_associated",
            Some("quick_connect_ids"),
            None,
        )],
        are_sets: false,
    },
    Kind {
        address: "data.aws_redshift_cluster.x",
        attributes: &[("cluster_security_groups", None, None)],
        are_sets: false,
    },
    Kind {
        address: "aws_db_proxy.x",
        attributes: &[("auth", Some("auth"), None)],
        are_sets: true,
    },
];

/// How many objects there are of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repetition {
    Single,
    Count,
    ForEach,
}

/// A line of code with an expression, and the name under which the directory that comes next has its value.
#[derive(Debug, Clone)]
struct Statement {
    path: &'static str,
    before: String,
    expression: String,
    behind: &'static str,
    next: (&'static str, String),
}

/// The way of a value from the resource to where an attribute of it is read.
#[derive(Debug, Clone)]
struct Way {
    kind: usize,
    repetition: Repetition,
    attribute: &'static str,
    statements: Vec<Statement>,
}

const CHILD: &str = "app/child/main.tf";
const APP: &str = "app/main.tf";
const LEAF: &str = "app/leaf/main.tf";
const OTHER: &str = "other/main.tf";

/// A way by choices, each a number of which the remainder counts.
fn way(kind: usize, repetition: Repetition, attribute: usize, choices: &[usize]) -> Way {
    let attributes = KINDS[kind].attributes;
    let (attribute, _, _) = attributes[attribute % attributes.len()];
    let (mut text, mut path) = (KINDS[kind].address.to_owned(), CHILD);
    let (mut shape, mut key) = match repetition {
        Repetition::Single => (Shape::Object, ""),
        Repetition::Count => (Shape::List, ""),
        Repetition::ForEach => (Shape::Map, "a"),
    };
    let mut is_attribute = false;
    let mut statements: Vec<Statement> = Vec::new();
    let (last, choices) = choices.split_last().expect("a read is chosen");
    for choice in choices {
        let number = statements.len();
        let t = &text;
        let next = match choice % 12 {
            0 | 1 => {
                let (before, next) = (format!("  l{number} = "), format!("local.l{number}"));
                statements.push(Statement {
                    path,
                    before,
                    expression: text,
                    behind: "",
                    next: (path, next.clone()),
                });
                next
            }
            2 => {
                let Some((to, before, behind, next)) = passed(path, number, *choice) else {
                    continue;
                };
                statements.push(Statement {
                    path,
                    before,
                    expression: text,
                    behind,
                    next: (to, next.clone()),
                });
                path = to;
                next
            }
            11 if KINDS[kind].are_sets && !is_attribute => {
                is_attribute = true;
                match shape {
                    Shape::Object => format!("{t}.{attribute}"),
                    Shape::List => format!("{t}[*].{attribute}"),
                    Shape::Map => format!("{{ for k, x in {t} : k => x.{attribute} }}"),
                }
            }
            choice => {
                if is_attribute && shape == Shape::List && choice == 9 {
                    continue;
                }
                let Some((to, of, next)) = reshaped((shape, key), t, choice) else {
                    continue;
                };
                (shape, key) = (to, of);
                next
            }
        };
        text = next;
    }
    let reads = match (KINDS[kind].are_sets, is_attribute) {
        (false, _) => reads(shape, key, &text, attribute).to_vec(),
        (true, false) => list_reads(shape, key, &text, &format!(".{attribute}")),
        (true, true) => list_reads(shape, key, &text, ""),
    };
    let expression = reads[last % reads.len()].clone();
    let (before, behind) = match last / reads.len() % 2 {
        0 => ("output \"read\" { value = ".to_owned(), " }"),
        _ => (
            "resource \"aws_ssm_parameter\" \"read\" { value = ".to_owned(),
            " }",
        ),
    };
    let next = (path, "read".to_owned());
    statements.push(Statement {
        path,
        before,
        expression,
        behind,
        next,
    });
    Way {
        kind,
        repetition,
        attribute,
        statements,
    }
}

/// How a value gets from a directory into another one: where to, what stands before and behind it, and what
/// it is called there; `None` where the choice does nothing.
fn passed(
    path: &str,
    number: usize,
    choice: usize,
) -> Option<(&'static str, String, &'static str, String)> {
    let (to, before, behind, next) = match path {
        CHILD => (
            APP,
            format!("output \"o{number}\" {{ value = "),
            " }",
            format!("module.child.o{number}"),
        ),
        APP if choice % 24 < 12 => (
            OTHER,
            format!("output \"o{number}\" {{ value = "),
            " }",
            format!("data.terraform_remote_state.app.outputs.o{number}"),
        ),
        APP => (
            LEAF,
            format!("  v{number} = "),
            "",
            format!("var.v{number}"),
        ),
        _ => return None,
    };
    Some((to, before, behind, next))
}

impl Way {
    fn tree(&self) -> Tree {
        let mut texts: BTreeMap<&str, String> = BTreeMap::new();
        let required = "terraform {\n  required_providers {\n    aws = \"~> 4.67\"\n  }\n}\nprovider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
        texts.insert(
            APP,
            format!("{required}module \"child\" {{\n  source = \"./child\"\n}}\n"),
        );
        texts.insert(
            OTHER,
            format!(
                "{required}data \"terraform_remote_state\" \"app\" {{\n  backend = \"local\"\n}}\n"
            ),
        );
        let address = KINDS[self.kind].address;
        let (kind, rest) = match address.strip_prefix("data.") {
            Some(rest) => ("data", rest),
            None => ("resource", address),
        };
        let (type_name, name) = rest.split_once('.').expect(rest);
        let repetition = match self.repetition {
            Repetition::Single => "",
            Repetition::Count => "  count = 2\n",
            Repetition::ForEach => "  for_each = toset([\"a\", \"b\"])\n",
        };
        texts.insert(
            CHILD,
            format!("{kind} \"{type_name}\" \"{name}\" {{\n{repetition}}}\n"),
        );
        texts.insert(LEAF, String::new());
        for it in &self.statements {
            let line = format!("{}{}{}\n", it.before, it.expression, it.behind);
            let text = texts.get_mut(it.path).expect(it.path);
            if it.before.starts_with("  l") {
                let _ = write!(text, "locals {{\n{line}}}\n");
            } else if it.before.starts_with("  v") {
                let _ = write!(
                    text,
                    "module \"leaf\" {{\n  source = \"./leaf\"\n{line}}}\n"
                );
                let name = it.before.trim_end_matches(" = ").trim();
                let leaf = texts.get_mut(LEAF).expect(LEAF);
                let _ = write!(leaf, "variable \"{name}\" {{\n}}\n");
            } else {
                text.push_str(&line);
            }
        }
        let texts = texts.iter();
        Tree::new(texts.map(|(path, text)| (*path, text.as_str())))
    }

    /// The resource as a release of the provider has it.
    fn resource(&self, is_5: bool) -> Value {
        let object = |suffix: &str| {
            let text = |text: &str| Value::Text(format!("{text}{suffix}"));
            if KINDS[self.kind].are_sets {
                let all = vec![text("1"), text("2")];
                let list = if is_5 {
                    Value::Set(all)
                } else {
                    Value::List(all)
                };
                return Value::Map([(self.attribute.to_owned(), list)].into());
            }
            let mut object = BTreeMap::from([("arn".to_owned(), text("arn"))]);
            for (name, renamed, now) in KINDS[self.kind].attributes {
                let was = text(name);
                object.extend(renamed.map(|it| (it.to_owned(), was.clone())));
                let own = if is_5 { now.map(text) } else { Some(was) };
                object.extend(own.map(|it| ((*name).to_owned(), it)));
            }
            Value::Map(object)
        };
        match self.repetition {
            Repetition::Single => object(""),
            Repetition::Count => Value::List(vec![object("0"), object("1")]),
            Repetition::ForEach => {
                Value::Map([("a".to_owned(), object("a")), ("b".to_owned(), object("b"))].into())
            }
        }
    }

    /// What is read in the end, by the code of a tree; `None` for an error.
    fn read(&self, tree: &Tree) -> Option<Value> {
        let is_5 = tree.0[Path::new(APP)].contains("~> 5.0");
        let mut scopes: BTreeMap<&str, Scope> = BTreeMap::new();
        let address = KINDS[self.kind].address.to_owned();
        scopes
            .entry(CHILD)
            .or_default()
            .insert(address, self.resource(is_5));
        let mut last = None;
        for it in &self.statements {
            let text = &tree.0[Path::new(it.path)];
            let mut lines = text.lines();
            let line = lines.find_map(|line| line.strip_prefix(&it.before));
            let expression = line.expect(&it.before).strip_suffix(it.behind).expect(text);
            let (path, name) = &it.next;
            last = value(expression, scopes.entry(it.path).or_default());
            scopes
                .entry(path)
                .or_default()
                .insert(name.clone(), last.clone()?);
        }
        last
    }

    /// The lines of the way, each with its file.
    fn lines(&self, tree: &Tree) -> Vec<(&'static str, usize)> {
        let lines = self.statements.iter().map(|it| {
            let text = &tree.0[Path::new(it.path)];
            let at = text.lines().position(|line| line.starts_with(&it.before));
            (it.path, at.expect(&it.before) + 1)
        });
        lines.collect()
    }
}

/// Checks that what is read stays, or that a finding is on the way.
fn check(way: &Way, review: bool) -> Result<(), TestCaseError> {
    let before = way.tree();
    let Some(was) = way.read(&before) else {
        return Ok(());
    };
    let selection = Selection {
        review,
        ..Selection::default()
    };
    let plan = before.plan("", selection).expect("a plan");
    let after = before.with(&plan);
    let is = way.read(&after);
    let lines = way.lines(&before);
    // What is renamed is found where it is read, as far as the modules of a tree go.
    let (_, renamed, _) = KINDS[way.kind].attributes[0];
    let is_left = |path: &str| path == OTHER || path == LEAF;
    let counts_notes = renamed.is_none() || way.statements.iter().any(|it| is_left(it.next.0));
    let findings = plan.findings.iter();
    let mut open = findings.filter(|it| !it.applied && (counts_notes || !it.is_note));
    let is_listed = open.any(|it| {
        let mut lines = lines.iter();
        lines.any(|(path, line)| it.at.path == Path::new(path) && it.at.line == *line)
    });
    prop_assert!(
        is.clone().map(as_list).as_ref() == Some(&was) || is_listed,
        "{was:?} -> {is:?}\n{:?}\n{after:#?}\n{:#?}",
        way.attribute,
        plan.findings
    );
    Ok(())
}

/// A value with lists in the place of sets: whoever gets it, gets the same elements.
fn as_list(value: Value) -> Value {
    match value {
        Value::Set(all) | Value::List(all) => Value::List(all.into_iter().map(as_list).collect()),
        Value::Map(all) => {
            let all = all.into_iter().map(|(key, value)| (key, as_list(value)));
            Value::Map(all.collect())
        }
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_reads_an_attribute_gets_the_same_or_is_listed(
        kind in 0..KINDS.len(),
        repetition in select(vec![Repetition::Single, Repetition::Count, Repetition::ForEach]),
        attribute in 0_usize..2,
        choices in proptest::collection::vec(0_usize..24, 0..5),
        read in 0_usize..240,
        review in any::<bool>(),
    ) {
        let choices = [choices, vec![read]].concat();
        check(&way(kind, repetition, attribute, &choices), review)?;
    }
}
