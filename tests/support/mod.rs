//! A repository in memory, for tests of planning.

pub mod cases;
pub mod checkout;
pub mod environment;
pub mod imports;
pub mod page;
pub mod snippets;
pub mod terminal;
pub mod wording;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use diagnostics::ask::Help;
use diagnostics::finding::Finding;
use engine::catalogue::Catalogue;
use engine::declined::FindingName;
use engine::error::PlanError;
use engine::index::survey::{Survey, Surveyor};
use engine::plan::Plan;
use engine::planner;
use engine::request::Request;
use engine::scan::Scans;
use engine::selection::Selection;
use engine::settings::Settings;
use engine::source::Source;
use transforms::{CATALOGUE, SCANS};

/// A configuration that most tests need no more than.
pub const CONFIG: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\n";

/// A module that requires provider 4.
pub const PROVIDER_4: &str = "terraform {\n  required_providers {\n    aws = \"~> 4.0\"\n  }\n}\n";

/// A call of the VPC module at 3.x.
pub const VPC_3: &str = "module \"vpc\" {\n  source  = \"terraform-aws-modules/vpc/aws\"\n  version = \"3.18.1\"\n  cidr    = \"10.0.0.0/16\"\n}\n";

/// A default provider with a role in account 111111111111.
pub const ROLE_1: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";

/// Files by path, and symbolic links to them, each with its target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree(
    pub BTreeMap<PathBuf, String>,
    pub BTreeMap<PathBuf, PathBuf>,
);

impl Source for Tree {
    fn read(&self, path: &Path, buffer: &mut Vec<u8>) -> io::Result<()> {
        let path = self.1.get(path).map_or(path, PathBuf::as_path);
        let text = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
        buffer.clear();
        buffer.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn files(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        let paths = self.0.keys().chain(self.1.keys());
        let here = paths.filter(|path| path.parent() == Some(directory));
        Ok(here.cloned().collect())
    }

    fn tree(&self) -> io::Result<Vec<PathBuf>> {
        Ok(self.0.keys().cloned().collect())
    }

    fn obstacle(&self, path: &Path) -> io::Result<Option<String>> {
        let path = self.1.get(path).map_or(path, PathBuf::as_path);
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
            BTreeMap::new(),
        )
    }

    /// The same tree with symbolic links: pairs of link and target.
    pub fn linked<'t>(mut self, links: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let links = links.into_iter();
        self.1
            .extend(links.map(|(link, target)| (link.into(), target.into())));
        self
    }

    pub fn plan(&self, config: &str, selection: Selection) -> Result<Plan, PlanError> {
        self.plan_by(CATALOGUE, SCANS, config, selection)
    }

    /// The plan by the transforms of a catalogue with that code.
    pub fn plan_by(
        &self,
        catalogue: Catalogue,
        scans: Scans,
        config: &str,
        selection: Selection,
    ) -> Result<Plan, PlanError> {
        self.plan_without(catalogue, scans, config, selection, BTreeSet::new())
    }

    /// The plan in which some findings are declined.
    pub fn plan_declining(
        &self,
        config: &str,
        selection: Selection,
        declined: BTreeSet<FindingName>,
    ) -> Result<Plan, PlanError> {
        self.plan_without(CATALOGUE, SCANS, config, selection, declined)
    }

    fn plan_without(
        &self,
        catalogue: Catalogue,
        scans: Scans,
        config: &str,
        selection: Selection,
        declined: BTreeSet<FindingName>,
    ) -> Result<Plan, PlanError> {
        let settings =
            Settings::parse(config, catalogue).expect("the test's configuration is right");
        let mut survey = Survey::default();
        let request = Request {
            catalogue,
            settings,
            selection,
            declined,
        };
        let surveyor = Surveyor::new(self, &request);
        for path in self.0.keys() {
            surveyor.file(path, &mut Vec::new(), &mut survey);
        }
        for (link, target) in &self.1 {
            match self.0.contains_key(target) {
                true => surveyor.link(link, target, &mut Vec::new(), &mut survey),
                false => survey.add_linked_directory(link.clone(), target.clone()),
            }
        }
        let plan = planner::plan(self, [survey], request, scans)?;
        snippets::check(&plan.findings);
        wording::check(&plan.findings);
        wording::check(&plan.warnings);
        Ok(plan)
    }

    /// The plan, each file surveyed for itself.
    pub fn plan_in_portions(&self, config: &str) -> Result<Plan, PlanError> {
        let request = Request {
            settings: Settings::parse(config, CATALOGUE)
                .expect("the test's configuration is right"),
            ..Request::usual(CATALOGUE)
        };
        let surveyor = Surveyor::new(self, &request);
        let surveys = self.0.keys().map(|path| {
            let mut survey = Survey::default();
            surveyor.file(path, &mut Vec::new(), &mut survey);
            survey
        });
        let surveys: Vec<Survey> = surveys.collect();
        planner::plan(self, surveys, request, SCANS)
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

/// `FILE:LINE: message` of what needs manual work, and of notes.
pub fn reports(plan: &Plan) -> Vec<String> {
    let open = plan.findings.iter().filter(|finding| !finding.applied);
    open.map(|finding| {
        let path = finding.at.path.display();
        format!("{path}:{}: {}", finding.at.line, finding.sentence())
    })
    .collect()
}

/// What a finding says beside its message: notes, then help.
pub fn beside(finding: &Finding) -> String {
    let help = finding.help.iter().flat_map(Help::lines);
    let notes = finding.notes.iter().map(String::as_str);
    notes.chain(help).collect::<Vec<_>>().join("; ")
}

/// Paths of the files that change.
pub fn changed(plan: &Plan) -> Vec<String> {
    let changes = plan.changes.iter();
    changes
        .map(|change| change.path.display().to_string())
        .collect()
}

/// A selection that also makes the changes that need review.
pub fn reviewed() -> Selection {
    Selection {
        review: true,
        ..Selection::default()
    }
}
