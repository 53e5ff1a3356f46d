//! Scripts that pass static keys on to later steps: a sign-in takes the place of the commands that do.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::scripts::aws_files::{AwsPaths, PartEffect, ScriptPart, Setting, parts};
use syntax::code::{self, sentence};

/// What a script passes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptKeys {
    /// No keys, or in a way that is not read.
    Nothing,
    /// These pairs.
    Keys(Vec<ExportedKeys>),
    /// Keys, in a way that no sign-in can replace, for this reason.
    Held(String),
}

/// A pair of keys that a script passes on, as expressions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedKeys {
    /// The access key id.
    pub id: String,
    /// The secret key, and the session token where there is one.
    pub others: Vec<String>,
    /// The region, where it sets one.
    pub region: Option<String>,
    /// The profile that it writes; `None` for the environment file.
    pub profile: Option<String>,
    /// The lines of the script that do so, where the script does more.
    pub lines: Option<Vec<Range<usize>>>,
}

/// A name of the environment, or of the files of AWS's tools.
type Holder = Option<String>;

const ID: &str = "aws_access_key_id";
const SECRET: &str = "aws_secret_access_key";
const TOKEN: &str = "aws_session_token";
const REGIONS: [&str; 3] = ["region", "aws_region", "aws_default_region"];

/// The keys that a script passes on: by `aws configure set`, in `~/.aws/credentials` or by
/// `>> $GITHUB_ENV`. `variable` looks up the environment of the step; `begins_locally` tells whether what it
/// runs before surely uses no credentials, which a sign-in before it brings.
pub fn script_keys(
    script: &str,
    paths: &AwsPaths<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    begins_locally: &dyn Fn() -> bool,
) -> ScriptKeys {
    // Most scripts speak of no keys.
    if !script.to_ascii_lowercase().contains(SECRET) {
        return ScriptKeys::Nothing;
    }
    let parts = parts(script, paths);
    let mut set: BTreeMap<Holder, BTreeMap<&str, &str>> = BTreeMap::new();
    for setting in parts.iter().flat_map(settings) {
        let of_holder = set.entry(setting.profile.clone()).or_default();
        of_holder.insert(&setting.name, &setting.value);
    }
    let is_key = |name: &&str| [ID, SECRET].contains(name);
    set.retain(|_, settings| settings.keys().any(is_key));
    let own = parts.iter().filter_map(|part| match &part.does {
        PartEffect::Variable(name, value) => Some((name.as_str(), value.as_str())),
        _ => None,
    });
    let own: BTreeMap<&str, &str> = own.collect();
    let resolved = |value: &str| resolved(value, &own, variable);
    let mut all = Vec::new();
    for (holder, settings) in &set {
        let value = |name: &str| resolved(settings.get(name)?);
        // Half a pair is no credential, and what completes it is elsewhere.
        let (Some(id), Some(secret)) = (value(ID), value(SECRET)) else {
            return ScriptKeys::Nothing;
        };
        all.push(ExportedKeys {
            id,
            others: std::iter::once(secret).chain(value(TOKEN)).collect(),
            region: REGIONS.into_iter().find_map(value),
            profile: holder.clone(),
            lines: None,
        });
    }
    if all.is_empty() {
        return ScriptKeys::Nothing;
    }
    match lines(script, &parts, &set.keys().collect(), begins_locally) {
        Ok(lines) => {
            for keys in &mut all {
                keys.lines.clone_from(&lines);
            }
            ScriptKeys::Keys(all)
        }
        Err(why) => ScriptKeys::Held(why),
    }
}

fn settings(part: &ScriptPart) -> &[Setting] {
    match &part.does {
        PartEffect::Settings(all) => all,
        _ => &[],
    }
}

/// The lines that pass the keys of these holders on; `None` where the script does nothing else.
///
/// # Errors
/// Where they cannot be told from what the script does beside them, with the reason.
fn lines(
    script: &str,
    parts: &[ScriptPart],
    holders: &BTreeSet<&Holder>,
    begins_locally: &dyn Fn() -> bool,
) -> Result<Option<Vec<Range<usize>>>, String> {
    let mut gone = Vec::new();
    let mut kept = Vec::new();
    for part in parts {
        match part_of(part, holders)? {
            PartUse::Removed => gone.push(part),
            PartUse::Kept
                if gone.is_empty() && part.does == PartEffect::Other && !begins_locally() =>
            {
                return Err(format!(
                    "its script runs {} before it has the keys",
                    shown(part)
                ));
            }
            PartUse::Kept => kept.push(part),
            PartUse::Unrelated => {}
        }
    }
    let Some(first) = kept.first() else {
        return Ok(None);
    };
    if gone.iter().any(|part| part.is_inside) {
        return Err("its script writes the keys in a branch, a loop or a function".to_owned());
    }
    let lines = gone.into_iter().map(|part| {
        let lines = whole_lines(script, &part.range);
        let with = format!(
            "one line of its script writes keys and runs {}",
            shown(first)
        );
        lines.ok_or(with)
    });
    lines.collect::<Result<Vec<_>, _>>().map(Some)
}

/// What becomes of a part of a script.
enum PartUse {
    Removed,
    Kept,
    /// It has no effect by itself.
    Unrelated,
}

fn part_of(part: &ScriptPart, holders: &BTreeSet<&Holder>) -> Result<PartUse, String> {
    let all = match &part.does {
        PartEffect::Nothing | PartEffect::Variable(..) => return Ok(PartUse::Unrelated),
        PartEffect::Place => return Ok(PartUse::Removed),
        PartEffect::Other => return Ok(PartUse::Kept),
        PartEffect::Settings(all) => all,
    };
    // The sign-in sets the region; JSON is how the AWS CLI answers by itself.
    let goes = |it: &&Setting| {
        let is_json = ["output", "aws_default_output"].contains(&it.name.as_str());
        let is_known = [ID, SECRET, TOKEN].contains(&it.name.as_str())
            || REGIONS.contains(&it.name.as_str())
            || is_json && it.value == "json";
        holders.contains(&it.profile) && is_known
    };
    let Some(other) = all.iter().find(|it| !goes(it)) else {
        return Ok(PartUse::Removed);
    };
    match all.iter().find(goes) {
        None => Ok(PartUse::Kept),
        Some(_) => {
            let of = match &other.profile {
                Some(profile) => sentence!("`{}` of the profile `{profile}`", other.name),
                None => code::quoted(&other.name.to_ascii_uppercase()),
            };
            Err(format!("one command of its script writes keys and {of}"))
        }
    }
}

/// A command as a message names it.
fn shown(part: &ScriptPart) -> String {
    let words: Vec<&str> = part.text.split_whitespace().take(3).collect();
    code::quoted(&words.join(" "))
}

/// The numbers of the lines that a part of a script consists of; `None` where other commands share one
/// of them.
fn whole_lines(script: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let number = |at: usize| script[..at].matches('\n').count();
    let starts_line = |at: usize| {
        let line = script[..at].rsplit('\n').next().unwrap_or_default();
        line.trim().is_empty()
    };
    let is_last = range.end == script.len();
    if !starts_line(range.start) || !is_last && !starts_line(range.end) {
        return None;
    }
    // Comments and blank lines behind it are about what follows.
    let text = &script[range.clone()];
    let mut end = text.len();
    for line in text.split_inclusive('\n').rev() {
        let line_text = line.trim();
        if !line_text.is_empty() && !line_text.starts_with('#') {
            break;
        }
        end -= line.len();
    }
    let end = range.start + end;
    Some(number(range.start)..number(end - 1) + 1)
}

/// A value, or that of the variable that it reads; `None` for anything that only the run tells.
fn resolved(
    value: &str,
    own: &BTreeMap<&str, &str>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Option<String> {
    let name = value.strip_prefix('$').filter(|it| !it.starts_with("{{"));
    // PowerShell and `cmd` have ways of their own.
    let name = name.map(|it| it.strip_prefix("env:").unwrap_or(it));
    let of_cmd = || value.strip_prefix('%')?.strip_suffix('%');
    let Some(name) = name.or_else(of_cmd) else {
        let is_plain = !value.contains(['$', '`', '|', ';', '&', '>', '<']);
        let is_expression = value.starts_with("${{") && value.ends_with("}}");
        return (is_plain || is_expression).then(|| value.to_owned());
    };
    let name = name
        .strip_prefix('{')
        .and_then(|it| it.strip_suffix('}'))
        .unwrap_or(name);
    let is_name = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_name {
        return None;
    }
    match own.get(name) {
        // What a variable of the script reads is one of the step's.
        Some(value) => resolved(value, &BTreeMap::new(), variable),
        None => variable(name),
    }
}
