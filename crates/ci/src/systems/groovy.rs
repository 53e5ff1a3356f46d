//! Jenkins' pipelines: the scripts in the strings of its steps.

use std::path::PathBuf;

use syntax::location::Location;

use super::evidence::{
    RunnerEvidence, account_of_role, chooses_credentials, directory, is_account, reading,
};
use super::job_dsl;

/// The steps whose strings are scripts ("Pipeline: Nodes and Processes", jenkins.io).
const STEPS: [&str; 5] = ["sh", "bat", "powershell", "pwsh", "shell"];

/// Words by which a pipeline may give credentials beside `withAWS`.
const OTHER_CREDENTIALS: [&str; 9] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_PROFILE",
    "withEnv",
    "source ",
    "eval ",
    "'. ",
    "\". ",
    " . ",
];

/// Reads the scripts, in the directories that `dir` names around them, and those of the pipelines that a job of Job
/// DSL holds.
pub(super) fn read(mut evidence: RunnerEvidence, text: &str) -> RunnerEvidence {
    let (outer, pipelines) = job_dsl::parted(text);
    for pipeline in pipelines {
        evidence = steps(evidence, &pipeline);
    }
    steps(evidence, &outer)
}

fn steps(mut evidence: RunnerEvidence, text: &str) -> RunnerEvidence {
    let path = evidence.path.clone();
    let mut directories: Vec<(usize, Option<PathBuf>)> = vec![(0, Some(PathBuf::new()))];
    // The account that `withAWS` gives credentials of, from a depth on.
    let mut accounts: Vec<(usize, Option<String>)> = Vec::new();
    // It is known where nothing else in the file gives credentials, or may.
    let is_alone = !OTHER_CREDENTIALS.iter().any(|it| text.contains(it));
    let mut depth = 0;
    let mut rest = 0;
    while rest < text.len() {
        let line_end = text[rest..]
            .find('\n')
            .map_or(text.len(), |at| rest + at + 1);
        let line = &text[rest..line_end];
        let code = line.trim_start();
        if code.starts_with("//") || code.starts_with('*') || code.starts_with("/*") {
            rest = line_end;
            continue;
        }
        let here = directories
            .last()
            .and_then(|(_, directory)| directory.clone());
        if let Some(account) = with_credentials(code) {
            accounts.push((depth, account.filter(|_| is_alone)));
        }
        let mut here = here;
        for named in dirs(code) {
            here = directory(here.as_deref(), named);
            directories.push((depth, here.clone()));
        }
        let step = step(line);
        let (script, end) = match step.map(|from| string(text, rest + from)) {
            Some(Some(found)) => found,
            Some(None) => {
                // `sh command`: a variable.
                let is_named = evidence.named.is_some();
                if is_named {
                    evidence
                        .unread
                        .get_or_insert(Location::at(&path, text, rest));
                }
                (0..0, line_end)
            }
            None => (0..0, line_end),
        };
        let is_text = line.contains("terraform") && is_library_call(code);
        if is_text {
            evidence
                .unread
                .get_or_insert(Location::at(&path, text, rest));
        }
        let whole = concatenated(text, &script, end);
        let account = accounts.last().and_then(|(_, account)| account.clone());
        evidence.account = account.filter(|_| !chooses_credentials(&whole));
        let reading = reading(&whole, here.as_deref());
        evidence.add(reading, |offset| {
            Location::at(&path, text, script.start + offset)
        });
        // Braces in strings that are scripts are no blocks.
        let outside = text[rest..end.max(line_end)].replace(&text[script], "");
        for letter in outside.chars() {
            match letter {
                '{' => depth += 1,
                '}' => {
                    depth -= 1_usize.min(depth);
                    while directories
                        .last()
                        .is_some_and(|(at, _)| *at >= depth && depth > 0 || *at > depth)
                        && directories.len() > 1
                    {
                        directories.pop();
                    }
                    accounts.retain(|(at, _)| *at < depth);
                }
                _ => {}
            }
        }
        if depth == 0 {
            directories.truncate(1);
        }
        let end = end.max(line_end);
        rest = match text[..end].ends_with('\n') {
            true => end,
            false => text[end..].find('\n').map_or(text.len(), |at| end + at + 1),
        };
    }
    evidence
}

/// The directories that each `dir('X') {` of a line names; `None` where an expression does.
fn dirs(code: &str) -> impl Iterator<Item = Option<&str>> {
    code.match_indices("dir(").filter_map(|(at, name)| {
        let before = &code[..at];
        let is_word = before.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_');
        let rest = &code[at + name.len()..];
        let end = rest.find(')')?;
        let is_block = rest[end..].contains('{');
        let argument = rest[..end].trim();
        let argument = argument.strip_prefix("path:").unwrap_or(argument);
        (!is_word && is_block).then(|| literal(argument.trim()))
    })
}

/// The account of the credentials that a block gets by `withAWS` ("Pipeline: AWS Steps"), `Some(None)` where
/// it is not known; `None` where the line gives none.
#[expect(
    clippy::option_option,
    reason = "no credentials, and those of an unknown account, are two answers"
)]
fn with_credentials(code: &str) -> Option<Option<String>> {
    let is_environment = code.contains("withEnv(") && code.contains("AWS_");
    if is_environment || code.contains("withCredentials(") || code.contains("withVault(") {
        return Some(None);
    }
    let (_, rest) = code.split_once("withAWS(")?;
    let argument = |name: &str| {
        let (_, value) = rest.split_once(name)?;
        let value = value.trim_start().strip_prefix(['"', '\''])?;
        value.split(['"', '\'']).next()
    };
    let is_keys = ["credentials:", "profile:"]
        .iter()
        .any(|it| rest.contains(it));
    let account = match argument("roleAccount:") {
        Some(id) => is_account(id).then(|| id.to_owned()),
        None => argument("role:").and_then(account_of_role),
    };
    Some(account.filter(|_| !is_keys || rest.contains("role:")))
}

/// What a string says that is the whole expression.
fn literal(expression: &str) -> Option<&str> {
    ['"', '\''].iter().find_map(|quote| {
        let inner = expression.strip_prefix(*quote)?.strip_suffix(*quote)?;
        (!inner.contains(*quote)).then_some(inner)
    })
}

/// Offset in a line behind the name of a step that runs a script.
fn step(line: &str) -> Option<usize> {
    STEPS.iter().find_map(|step| {
        line.match_indices(step).find_map(|(at, _)| {
            let is_start = line[..at].trim_end().is_empty()
                || line[..at].ends_with([' ', '(', '{', '\t', '=', ',', '!', '.']);
            let rest = &line[at + step.len()..];
            let is_call = rest.starts_with(['(', ' ', '\'', '"']);
            let quoted = line[..at].matches('\'').count() % 2 == 1
                || line[..at].matches('"').count() % 2 == 1;
            (is_start && is_call && !quoted).then_some(at + step.len())
        })
    })
}

/// The bytes of the first string at or behind `from` in its line, and where it ends.
fn string(text: &str, from: usize) -> Option<(std::ops::Range<usize>, usize)> {
    let line_end = text[from..].find('\n').map_or(text.len(), |at| from + at);
    let start = from + text[from..line_end].find(['"', '\''])?;
    let is_name = |range: &str| range.chars().any(|letter| letter == ')' || letter == '{');
    if is_name(&text[from..start]) {
        return None;
    }
    for quote in ["'''", "\"\"\"", "'", "\""] {
        if text[start..].starts_with(quote) {
            let inner = start + quote.len();
            let mut end = inner;
            loop {
                let at = end + text[end..].find(quote)?;
                if !text[..at].ends_with('\\') || quote.len() == 3 {
                    return Some((inner..at, at + quote.len()));
                }
                end = at + 1;
            }
        }
    }
    None
}

/// A string with what the rest of its line adds by `+`, where each expression is an unknown variable.
fn concatenated(text: &str, string: &std::ops::Range<usize>, end: usize) -> String {
    let mut whole = text[string.clone()].to_owned();
    let mut rest = text[end..].lines().next().unwrap_or_default();
    while let Some(added) = rest.trim_start().strip_prefix('+') {
        let added = added.trim_start();
        let quoted = ['"', '\''].iter().find_map(|quote| {
            let inner = added.strip_prefix(*quote)?;
            inner.split_once(*quote)
        });
        rest = match quoted {
            Some((inner, behind)) => {
                whole += inner;
                behind
            }
            None => {
                whole += "${EXPRESSION}";
                added.find('+').map_or("", |at| &added[at..])
            }
        };
    }
    whole
}

/// Whether a line calls a function of a shared library that is named after Terraform:
/// `terraformApply()`, `terraform.plan(...)`.
fn is_library_call(code: &str) -> bool {
    let name: String = code
        .chars()
        .take_while(|letter| letter.is_alphanumeric() || "_.".contains(*letter))
        .collect();
    let rest = code[name.len()..].trim_start();
    let lower = name.to_lowercase();
    let harmless = [
        "fmt", "format", "validate", "lint", "install", "docs", "version",
    ];
    lower.contains("terraform")
        && rest.starts_with('(')
        && !harmless.iter().any(|word| lower.contains(word))
}
