//! A repository in memory, for tests of planning.
#![allow(dead_code, missing_docs)]

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use transforms::model::plan::Plan;
use transforms::model::repo::Selection;
use transforms::planner::{self, PlanError, Source, Survey, Surveyor};

/// Files by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree(pub BTreeMap<PathBuf, String>);

impl Source for Tree {
    fn read(&self, path: &Path, buffer: &mut Vec<u8>) -> io::Result<()> {
        let text = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
        buffer.clear();
        buffer.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn obstacle(&self, path: &Path) -> io::Result<Option<String>> {
        let is_fixed = path.to_string_lossy().contains("read-only");
        Ok(is_fixed.then(|| "is read-only".to_owned()))
    }
}

impl Tree {
    pub fn new<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let files = files.into_iter();
        Self(
            files
                .map(|(path, text)| (path.into(), text.to_owned()))
                .collect(),
        )
    }

    pub fn plan(&self, config: &str, selection: Selection) -> Result<Plan, PlanError> {
        let settings = transforms::settings(config).expect("the test's configuration is right");
        let mut survey = Survey::default();
        let surveyor = Surveyor::new(self, &settings);
        for path in self.0.keys() {
            surveyor.file(path, &mut Vec::new(), &mut survey);
        }
        planner::plan(self, [survey], settings, selection)
    }

    /// The tree once the plan is written.
    pub fn with(&self, plan: &Plan) -> Self {
        let mut tree = self.clone();
        for change in &plan.changes {
            assert_eq!(tree.0.get(&change.path), Some(&change.before));
            tree.0.insert(change.path.clone(), change.after.clone());
        }
        tree
    }
}

/// `FILE:LINE: message` of what is left to a person.
pub fn reports(plan: &Plan) -> Vec<String> {
    let open = plan.open();
    open.map(|finding| {
        let path = finding.at.path.display();
        format!("{path}:{}: {}", finding.at.line, finding.sentence())
    })
    .collect()
}

/// A selection that also makes the changes classed Review.
pub fn reviewed() -> Selection {
    Selection {
        review: true,
        ..Selection::default()
    }
}
