//! Actions that write the two keys into a profile of their own, without the session token (read in
//! their sources): the temporary keys of a role fail there.

use ci::github::keys::refusal::JobRefusal;
use ci::github::uses::{ActionReference, remote_action};
use ci::github::workflow::model::{Step, entry};
use syntax::code::sentence;
use syntax::shell;

use super::convert::Conversion;

/// `aws s3 sync` with `SOURCE_DIR`, `AWS_S3_BUCKET`, `DEST_DIR`, `AWS_S3_ENDPOINT` and its `args`.
const SYNC: &str = "jakejarvis/s3-sync-action";

/// `aws cloudfront create-invalidation` with `DISTRIBUTION` and `PATHS`.
const INVALIDATE: &str = "chetan/invalidate-cloudfront-action";

/// Where that action takes the session token: from 2.3 (`entrypoint.sh`), also by the tag and the branch that
/// moved there since.
const WITH_TOKEN: [&str; 5] = [
    "c384d5f09592318a77b1e5c0c8d4772317e48b25",
    "master",
    "v2",
    "v2.3",
    "v2.4",
];

impl Conversion<'_> {
    /// Refuses jobs with an action that ignores the session token, and names the command that does the
    /// same.
    pub(super) fn refuse_tokenless(&self) -> Result<(), JobRefusal> {
        let mut steps = self.flow.workflows.steps(self.owner).iter();
        let found = steps.find_map(|step| {
            let uses = step.uses.as_ref()?;
            let action = remote_action(&uses.value)?;
            Some((uses.offset, action.action, command(&action, step)?))
        });
        let Some((offset, action, command)) = found else {
            return Ok(());
        };
        let why = sentence!("`{action}` takes keys without a session token");
        let help = sentence!("replace the step by `- run: {command}`, and run again");
        Err(JobRefusal::new(offset, why).help(help))
    }
}

/// The command that does what such an action does; `None` for other actions.
fn command(action: &ActionReference<'_>, step: &Step) -> Option<String> {
    let is = |name: &str| action.action.eq_ignore_ascii_case(name);
    let value = |name: &str| {
        let value = entry(&step.env, name)?.value.value.trim();
        (!value.is_empty()).then(|| word(value))
    };
    if is(SYNC) {
        let source = value("SOURCE_DIR").unwrap_or_else(|| ".".to_owned());
        let bucket = value("AWS_S3_BUCKET").unwrap_or_else(|| "BUCKET".to_owned());
        let target = match value("DEST_DIR") {
            Some(directory) => format!("s3://{bucket}/{directory}"),
            None => format!("s3://{bucket}/"),
        };
        let endpoint = value("AWS_S3_ENDPOINT").map(|it| format!(" --endpoint-url {it}"));
        let arguments = entry(&step.with, "args").map(|it| it.value.value.trim().to_owned());
        let arguments = arguments.filter(|it| !it.is_empty());
        let arguments = arguments.map(|it| format!(" {}", it.replace('\n', " ")));
        return Some(format!(
            "aws s3 sync {source} {target} --no-progress{}{}",
            endpoint.unwrap_or_default(),
            arguments.unwrap_or_default()
        ));
    }
    let is_tokenless = is(INVALIDATE) && !WITH_TOKEN.contains(&action.at);
    is_tokenless.then(|| {
        let id = value("DISTRIBUTION").unwrap_or_else(|| "DISTRIBUTION".to_owned());
        let paths = entry(&step.env, "PATHS").map(|it| it.value.value.trim());
        let paths = paths.unwrap_or("/*").split_whitespace();
        let paths: Vec<String> = paths.map(word).collect();
        let paths = paths.join(" ");
        format!("aws cloudfront create-invalidation --distribution-id {id} --paths {paths}")
    })
}

/// A value as a word of a script: expressions are filled in before the shell reads it.
fn word(value: &str) -> String {
    match value.contains("${{") {
        true => value.to_owned(),
        false => shell::quoted(value),
    }
}
