//! The table of actions, `actions.tsv`: what each of them uses the token for.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::scope::{Level, Scope};

/// What an action uses the token for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// What the entries say.
    Listed(Vec<Entry>),
    /// `actions/download-artifact`.
    Download,
    /// `actions/github-script`.
    Script,
    /// `docker/login-action`.
    Login,
}

/// An entry of a row: what the action uses, and the input that turns it on or off.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub what: What,
    pub switch: Option<Switch>,
}

/// What an action uses.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum What {
    /// This permission.
    Permission(Scope, Level),
    /// The environment, in which the user's own code finds a token: a build, tests, hooks.
    Environment,
    /// The same, where that code is Terraform's: its providers.
    Terraform,
    /// The program of that name, with the words of the input that turns it on.
    Program(String),
    /// The script of the shell that the input holds which turns it on.
    Script,
}

/// An input that turns a use on or off.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Switch {
    pub input: String,
    /// The value where a step gives none (`action.yml`).
    default: String,
}

/// Values that turn a use off, as the actions of the table understand them.
const OFF: [&str; 6] = ["", "0", "disabled", "false", "never", "null"];

/// By name in lower case: GitHub compares the names of actions without case.
static TABLE: LazyLock<BTreeMap<&str, Use>> = LazyLock::new(|| rows().filter_map(parse).collect());

/// What an action uses, by its name without a ref; `None` if it is not known.
pub(super) fn find(name: &str) -> Option<&'static Use> {
    TABLE.get(name.to_ascii_lowercase().as_str())
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        let (what, switch) = match text.split_once('?') {
            Some((what, switch)) => (what, Some(switch.split_once('=')?)),
            None => (text, None),
        };
        let switch = switch.map(|(input, default)| Switch {
            input: input.to_owned(),
            default: default.to_owned(),
        });
        let what = match (what, what.split_once(':')) {
            ("environment", _) => What::Environment,
            ("terraform", _) => What::Terraform,
            ("script", _) if switch.is_some() => What::Script,
            (_, Some(("program", name))) if switch.is_some() => What::Program(name.to_owned()),
            (_, Some((scope, level))) => What::Permission(Scope::from(scope), Level::parse(level)?),
            _ => return None,
        };
        Some(Self { what, switch })
    }

    /// Whether it is used where this is the value that a step gives an input, by its name.
    pub(super) fn is_on<'s>(&self, value: impl Fn(&str) -> Option<&'s str>) -> bool {
        self.switch.as_ref().is_none_or(|switch| {
            let given = value(&switch.input).unwrap_or(&switch.default);
            // An expression may turn it on.
            !OFF.contains(&given.trim().to_ascii_lowercase().as_str())
        })
    }
}

fn rows() -> impl Iterator<Item = &'static str> {
    let lines = include_str!("actions.tsv").lines();
    lines.filter(|line| !line.starts_with('#')).skip(1)
}

fn parse(row: &str) -> Option<(&str, Use)> {
    let mut columns = row.split('\t');
    let (name, uses, _source) = (columns.next()?, columns.next()?, columns.next()?);
    let uses = match uses {
        "-" => Use::Listed(Vec::new()),
        "special:download" => Use::Download,
        "special:script" => Use::Script,
        "special:login" => Use::Login,
        list => Use::Listed(list.split(' ').map(Entry::parse).collect::<Option<_>>()?),
    };
    columns.next().is_none().then_some((name, uses))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_read_and_stands_in_its_place() {
        for row in rows() {
            assert!(parse(row).is_some(), "{row}");
        }
        let names: Vec<_> = rows().filter_map(|row| row.split('\t').next()).collect();
        assert!(names.is_sorted());
        assert_eq!(TABLE.len(), names.len(), "a name stands twice");
        assert!(names.len() >= 250);
        for (name, uses) in TABLE.iter() {
            let is_name =
                |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_./".contains(c);
            assert!(name.contains('/') && name.chars().all(is_name), "{name}");
            let Use::Listed(entries) = uses else {
                continue;
            };
            for entry in entries {
                if let What::Permission(scope, level) = &entry.what {
                    assert!(Scope::KNOWN.contains(scope), "{name}");
                    assert!(*level > Level::None, "{name}");
                }
                // GitHub compares the names of inputs without case.
                let input = entry.switch.iter().map(|switch| switch.input.as_str());
                let is_input = |input: &str| !input.is_empty() && input == input.to_lowercase();
                assert!(input.into_iter().all(is_input), "{name}");
            }
        }
    }

    #[test]
    fn every_row_names_the_files_and_the_release_that_were_read() {
        for row in rows() {
            let source = row.rsplit('\t').next().unwrap_or_default();
            let (files, release) = source.split_once(" @ ").expect(row);
            let files = files.split_once(": ").map_or(files, |(repository, files)| {
                assert_eq!(repository.matches('/').count(), 1, "{row}");
                files
            });
            let first = files.split(", ").next().unwrap_or_default();
            let name = first.rsplit('/').next().unwrap_or_default();
            assert!(
                ["action.yml", "action.yaml", "Dockerfile"].contains(&name),
                "{row}"
            );
            let number = release.strip_prefix('v').unwrap_or(release);
            let is_release = number.split('.').all(|part| part.parse::<u32>().is_ok());
            let is_commit = release.len() == 12 && release.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(is_release || is_commit, "{row}");
            // The directory of the action is the one that its name says.
            let mut parts = row.split('\t').next().unwrap_or_default().splitn(3, '/');
            let below = parts.nth(2).unwrap_or_default();
            assert!(first.to_lowercase().starts_with(below), "{row}");
        }
    }

    #[test]
    fn rows_of_another_shape_are_none() {
        for row in [
            "a/b",
            "a/b\t-",
            "a/b\tcontents:admin\taction.yml @ v1",
            "a/b\tcontents\taction.yml @ v1",
            "a/b\tcontents:read?input\taction.yml @ v1",
            "a/b\t-\taction.yml @ v1\tx",
            "a/b contents:read action.yml @ v1",
            "a/b\tscript\taction.yml @ v1",
            "a/b\tprogram:gradle\taction.yml @ v1",
            "a/b\tprogram?arguments=\taction.yml @ v1",
        ] {
            assert_eq!(parse(row), None, "{row}");
        }
        assert!(parse("a/b\tcontents:read?input=true\taction.yml @ v1").is_some());
    }

    #[test]
    fn an_input_turns_a_use_on_or_off() {
        for (entry, given, expected) in [
            ("issues:write", None, true),
            ("issues:write", Some("false"), true),
            ("issues:write?comment=false", None, false),
            ("issues:write?comment=false", Some("true"), true),
            (
                "issues:write?comment=false",
                Some("${{ inputs.comment }}"),
                true,
            ),
            ("issues:write?comment=true", None, true),
            ("issues:write?comment=true", Some("false"), false),
            ("issues:write?comment=true", Some(" False "), false),
            ("issues:write?comment=true", Some("${{ false }}"), true),
            ("issues:write?comment=never", Some("on-failure"), true),
            ("issues:write?number=", None, false),
            (
                "issues:write?number=",
                Some("${{ github.event.number }}"),
                true,
            ),
            ("environment?command=", None, false),
            ("environment?command=", Some("up"), true),
        ] {
            let read = Entry::parse(entry).expect(entry);
            assert_eq!(read.is_on(|_| given), expected, "{entry} {given:?}");
        }
    }
}
