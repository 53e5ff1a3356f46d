//! Every read of an attribute that provider 5 has under another name, or no longer, gets what it got
//! before, or a finding stands on its way: in the expression that reads, or where the whole object is
//! passed to it.
//!
//! The reads are generated: by index, splat, `for` and functions, through locals, outputs of modules,
//! variables of modules and remote states. What they get is evaluated before and after with none of the
//! engine's code.

mod evaluator;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::select;

use self::evaluator::{Scope, Value, value};
use crate::support::Tree;
use engine::selection::Selection;

/// A type with attributes that provider 5 has under another name or no longer: the attribute, where
/// provider 5 has what it was, and what provider 5 has under its name.
struct Kind {
    address: &'static str,
    attributes: &'static [(&'static str, Option<&'static str>, Option<&'static str>)],
}

const KINDS: [Kind; 5] = [
    Kind {
        address: "aws_db_instance.x",
        attributes: &[
            ("name", Some("db_name"), None),
            ("id", Some("identifier"), Some("db-RESOURCE")),
        ],
    },
    Kind {
        address: "aws_elasticache_replication_group.x",
        attributes: &[
            ("number_cache_clusters", Some("num_cache_clusters"), None),
            ("replication_group_description", Some("description"), None),
        ],
    },
    Kind {
        address: "data.aws_elasticache_replication_group.x",
        attributes: &[("number_cache_clusters", Some("num_cache_clusters"), None)],
    },
    Kind {
        address: "aws_connect_queue.x",
        attributes: &[(
            "quick_connect_ids_associated",
            Some("quick_connect_ids"),
            None,
        )],
    },
    Kind {
        address: "data.aws_redshift_cluster.x",
        attributes: &[("cluster_security_groups", None, None)],
    },
];

/// How many objects there are of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repetition {
    Single,
    Count,
    ForEach,
}

/// What a value on the way is: an object, or a collection of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Object,
    List,
    Map,
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
                    _ => continue,
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
            choice => {
                let Some((to, of, next)) = reshaped((shape, key), t, choice) else {
                    continue;
                };
                (shape, key) = (to, of);
                next
            }
        };
        text = next;
    }
    let reads = reads(shape, key, &text, attribute);
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

/// A value of this shape made into one of the same or another shape; `None` where the choice does nothing.
fn reshaped(
    (shape, key): (Shape, &'static str),
    t: &str,
    choice: usize,
) -> Option<(Shape, &'static str, String)> {
    use Shape::{List, Map, Object};
    let next = match (shape, choice) {
        (_, 3) => (shape, key, format!("(\"a\" == \"a\" ? {t} : {t})")),
        (_, 4) => (shape, key, format!("try({t}, null)")),
        (Object, 5 | 6) => (List, key, format!("[{t}]")),
        (Object, 7) => (Map, "k", format!("{{ k = {t} }}")),
        (List, 5) => (Object, key, format!("{t}[0]")),
        (List, 6) => (Object, key, format!("element({t}, 0)")),
        (List, 7) => (Object, key, format!("one({t})")),
        (List, 8) => (List, key, format!("concat({t}, [])")),
        (List, 9) => (List, key, format!("flatten([{t}])")),
        (List, 10) => (List, key, format!("[for x in {t} : x]")),
        (List, _) => {
            let next = format!("{{ for k, x in {t} : \"${{k}}\" => x }}");
            (Map, "0", next)
        }
        (Map, 5) => (Object, key, format!("{t}[\"{key}\"]")),
        (Map, 6) => (Object, key, format!("lookup({t}, \"{key}\")")),
        (Map, 7 | 8) => (List, key, format!("values({t})")),
        (Map, 9) => (Map, key, format!("merge({t}, {{}})")),
        (Map, 10) => (Map, key, format!("{{ for k, x in {t} : k => x }}")),
        (Map, _) => (List, key, format!("[for x in {t} : x]")),
        (Object, _) => return None,
    };
    Some(next)
}

/// Expressions that read the attribute `a` of a value.
fn reads(shape: Shape, key: &str, t: &str, a: &str) -> [String; 7] {
    match shape {
        Shape::Object => [
            format!("{t}.{a}"),
            format!("lookup({t}, \"{a}\", \"d\")"),
            format!("\"${{{t}.{a}}}-x\""),
            format!("try({t}.{a}, \"d\")"),
            format!("{t}.{a} == \"1\" ? \"y\" : \"n\""),
            format!("[{t}.{a}, {t}.arn]"),
            format!("{t}[\"{a}\"]"),
        ],
        Shape::List => [
            format!("{t}[*].{a}"),
            format!("{t}.*.{a}"),
            format!("{t}.*.{a}[0]"),
            format!("[for x in {t} : x.{a}]"),
            format!("{{ for x in {t} : x.{a} => x.arn }}"),
            format!("[for x in {t} : lookup(x, \"{a}\", \"d\")]"),
            format!("[for k, x in {t} : \"${{k}}-${{x.{a}}}\"]"),
        ],
        Shape::Map => [
            format!("values({t})[*].{a}"),
            format!("values({t}).*.{a}[0]"),
            format!("[for x in {t} : x.{a}]"),
            format!("{{ for k, x in {t} : k => x.{a} }}"),
            format!("{{ for k, x in {t} : x[\"{a}\"] => k }}"),
            format!("{t}[\"{key}\"].{a}"),
            format!("lookup({t}, \"{key}\").{a}"),
        ],
    }
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
    let mut open = plan.findings.iter().filter(|it| !it.applied);
    let is_listed = open.any(|it| {
        let mut lines = lines.iter();
        lines.any(|(path, line)| it.at.path == Path::new(path) && it.at.line == *line)
    });
    prop_assert!(
        is.as_ref() == Some(&was) || is_listed,
        "{was:?} -> {is:?}\n{:?}\n{after:#?}\n{:#?}",
        way.attribute,
        plan.findings
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_reads_an_attribute_gets_the_same_or_is_listed(
        kind in 0..KINDS.len(),
        repetition in select(vec![Repetition::Single, Repetition::Count, Repetition::ForEach]),
        attribute in 0_usize..2,
        choices in proptest::collection::vec(0_usize..24, 1..6),
        review in any::<bool>(),
    ) {
        check(&way(kind, repetition, attribute, &choices), review)?;
    }
}
