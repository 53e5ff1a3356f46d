//! What holds of any text: the promises, as functions that fuzz targets and tests call.

pub mod seeds;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use ci::github::expression;
use engine::error::PlanError;
use engine::index::document::document;
use engine::index::survey::{Survey, Surveyor};
use engine::plan::Plan;
use engine::planner;
use engine::request::Request;
use engine::selection::Selection;
use engine::settings::Settings;
use engine::source::Source;
use serde_json::value::RawValue;
use syntax::edit::{Edit, splice};
use syntax::hcl::Body;
use syntax::outline::ErrorKind;
use syntax::yaml::Yaml;
use terraform::constraint::{Constraint, Dialect};
use transforms::{CATALOGUE, SCANS};

/// The name of a check, the check, and its texts to begin with.
pub type Check = (&'static str, fn(&str), fn() -> Vec<String>);

pub const ALL: [Check; 8] = [
    ("hcl", hcl, seeds::hcl),
    ("workflow", workflow, seeds::workflows),
    ("json_plan", json_plan, seeds::json),
    (
        "configuration_plan",
        configuration_plan,
        seeds::configurations,
    ),
    ("json", json, seeds::json),
    ("expression", expression, seeds::expressions),
    ("constraint", constraint, seeds::constraints),
    ("configuration", configuration, seeds::configurations),
];

const CONFIGURATION: &str = "\
state_profile = \"dev\"
account \"dev\" { id = \"111111111111\" }
account \"live\" { id = \"222222222222\" }
keys \"AWS_ACCESS_KEY_ID\" { account = \"dev\" }
ci { role = \"arn:aws:iam::{id}:role/ci\" }
upgrade { aws_provider = \"~> 5.0\" }
module_source \"modules\" {
  repository = \"github.com/o/r\"
  ref = \"v{version}\"
}
";

const ROOT: &str = "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\n";

/// A file of Terraform, through all transforms.
pub fn hcl(text: &str) {
    let _changed = settles(&[("main.tf", text)]);
}

/// The same in JSON.
pub fn json_plan(text: &str) {
    let _changed = settles(&[("main.tf.json", text)]);
}

/// A workflow beside a root module, through all transforms.
pub fn workflow(text: &str) {
    let _changed = settles(&[("main.tf", ROOT), (".github/workflows/a.yml", text)]);
}

/// Terraform's configuration in JSON, read alone: what is JSON is not refused as none, what is none is,
/// and what is found in it has its place there.
pub fn json(text: &str) {
    let unmarked = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_json = serde_json::from_str::<&RawValue>(unmarked).is_ok();
    match document("main.tf.json".into(), text.to_owned()) {
        Ok(document) => {
            assert!(is_json);
            // A name that is none of HCL's is an argument's only in files that Terraform refuses.
            if let Ok(body) = document.body() {
                stands_in(&body, text);
            }
        }
        Err((error, kept)) => {
            // Half of a pair of surrogates is read here by neither.
            let is_read = serde_json::from_str::<serde_json::Value>(unmarked).is_ok();
            match error.kind {
                ErrorKind::Json => assert!(!is_read),
                _ => assert!(is_json),
            }
            assert!(error.offset <= text.len());
            assert_eq!(kept, text);
        }
    }
}

fn stands_in(body: &Body<'_>, text: &str) {
    let lines = text.split('\n').count();
    for attribute in body.attributes() {
        let value = attribute.value;
        assert!(value.location().line <= lines);
        let json = value.document().json().expect("it is JSON");
        if let Some(written) = json.written(value.span().start) {
            assert!(serde_json::from_str::<&RawValue>(written).is_ok());
        }
    }
    for block in body.blocks() {
        assert!(block.location().line <= lines);
        stands_in(&block.body(), text);
    }
}

/// What GitHub's expressions read: all within the text.
pub fn expression(text: &str) {
    let conditions = [expression::references(text), expression::of_condition(text)];
    for read in conditions.iter().flatten() {
        assert!(text.get(read.whole.clone()).is_some(), "{read:?}");
        assert!(text.get(read.range.clone()).is_some(), "{read:?}");
        assert!(read.whole.start <= read.range.start && read.range.end <= read.whole.end);
    }
    for inside in expression::expressions(text) {
        assert!(text[..inside.start].ends_with("${{") && text[inside.end..].starts_with("}}"));
    }
    expression::outlives_failure(text);
}

/// Constraints: what is read has bounds, and reads the same once it is written.
pub fn constraint(text: &str) {
    for dialect in [Dialect::Module, Dialect::Provider] {
        if let Ok(constraint) = Constraint::parse(text, dialect) {
            let bounds = constraint.bounds();
            if let Some(bounds) = bounds {
                assert!(
                    bounds
                        .upper
                        .as_ref()
                        .is_none_or(|upper| bounds.lower < *upper)
                );
            }
        }
    }
}

/// The configuration: read, or refused with places in it.
pub fn configuration(text: &str) {
    let lines = text.split('\n').count();
    if let Err(errors) = Settings::parse(text, CATALOGUE) {
        assert!(!errors.0.is_empty());
        for error in errors.0 {
            assert!(!error.message.is_empty());
            assert!((1..=lines).contains(&error.at.line), "{error:?}");
        }
    }
}

/// A root module planned by the configuration, where that is read.
pub fn configuration_plan(text: &str) {
    if Settings::parse(text, CATALOGUE).is_ok() {
        let tree = Files::of(&[("main.tf", ROOT)]);
        drop(tree.plan(text, true));
    }
}

/// Plans a tree twice: what is outside of edits stays, what is written is read, and the second plan
/// changes nothing without review. Returns how many files change.
pub fn settles(files: &[(&str, &str)]) -> usize {
    let tree = Files::of(files);
    let plan = match tree.plan(CONFIGURATION, true) {
        Ok(plan) => plan,
        // Terraform does not read it either.
        Err(PlanError::Broken(_)) => return 0,
        Err(error) => panic!("no plan: {error}"),
    };
    let mut after = tree.clone();
    for change in &plan.changes {
        assert_eq!(tree.0.get(&change.path), Some(&change.before));
        keeps_what_no_edit_touches(&plan, &change.path, &change.before, &change.after);
        let is_workflow = change.path.extension().is_some_and(|it| it == "yml");
        match is_workflow {
            true => drop(Yaml::parse(change.after.as_str()).expect("the result is YAML")),
            false => {
                let read = document(change.path.clone(), change.after.clone());
                assert!(read.is_ok(), "{}", change.after);
            }
        }
        after.0.insert(change.path.clone(), change.after.clone());
    }
    if plan.changes.is_empty() {
        return 0;
    }
    // With review, a role that stayed for the static keys of a job may go once the job signs in by a
    // role whose account is not known.
    match after.plan(CONFIGURATION, false) {
        Ok(again) => assert_eq!(again.changes, [], "a second plan"),
        Err(error) => panic!("a second plan: {error}"),
    }
    plan.changes.len()
}

/// Every byte that is no white space and no edit's stays where it is.
fn keeps_what_no_edit_touches(plan: &Plan, path: &Path, before: &str, after: &str) {
    // The edits of workflows that are made in two steps are not all relative to the file before.
    let edits = plan.applied().flat_map(|finding| &finding.edits);
    let edits = edits.filter(|edit| edit.path == path);
    let mut edits: Vec<Edit> = edits.map(|edit| edit.edit.clone()).collect();
    let ink = |text: &str| -> Vec<u8> {
        let bytes = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
        bytes.collect()
    };
    if path.extension().is_some_and(|it| it == "tf") {
        let (spliced, _) = splice(before, &mut edits).expect("edits do not overlap");
        assert_eq!(ink(&spliced), ink(after));
    }
}

/// Files by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Files(BTreeMap<PathBuf, String>);

impl Files {
    fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter();
        Self(
            files
                .map(|(path, text)| ((*path).into(), (*text).to_owned()))
                .collect(),
        )
    }

    fn plan(&self, configuration: &str, review: bool) -> Result<Plan, PlanError> {
        let request = Request {
            settings: Settings::parse(configuration, CATALOGUE).expect("it was read before"),
            selection: Selection {
                review,
                ..Selection::default()
            },
            ..Request::usual(CATALOGUE)
        };
        let surveyor = Surveyor::new(self, &request);
        let mut survey = Survey::default();
        for path in self.0.keys() {
            surveyor.file(path, &mut Vec::new(), &mut survey);
        }
        planner::plan(self, [survey], request, SCANS)
    }
}

impl Source for Files {
    fn read(&self, path: &Path, buffer: &mut Vec<u8>) -> io::Result<()> {
        let text = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
        buffer.clear();
        buffer.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn files(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        let here = self.0.keys();
        let here = here.filter(|path| path.parent() == Some(directory));
        Ok(here.cloned().collect())
    }

    fn tree(&self) -> io::Result<Vec<PathBuf>> {
        Ok(self.0.keys().cloned().collect())
    }

    fn obstacle(&self, _: &Path) -> io::Result<Option<String>> {
        Ok(None)
    }
}
