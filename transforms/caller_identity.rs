mod cluster_entries;
mod cluster_keys;
mod clusters;
mod commands;
mod plugins;
mod providers;
mod session;

use diagnostics::finding::Finding;
use engine::migration::{MigratingModule, Migration, NewCaller};
use engine::repo::Repo;
use syntax::hcl::Document;
use syntax::location::Location;
use syntax::{text, visible};

const ID: &str = "caller_identity";

pub fn scan(migration: &Migration, repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    let modules = migration.modules.iter();
    let by_directory = modules
        .map(|it| (it.module.directory.as_path(), it))
        .collect();
    for module in &migration.modules {
        let admitted = clusters::Admitted::of(module, &by_directory, repo);
        findings.extend(clusters::creators(module, &admitted));
        findings.extend(cluster_entries::findings(module, &admitted));
        findings.extend(cluster_keys::findings(module, &admitted));
        findings.extend(clusters::tokens(module, &admitted));
        findings.extend(plugins::findings(module, &admitted, repo));
        findings.extend(providers::findings(module, &admitted));
        findings.extend(commands::findings(module, repo));
        findings.extend(session::findings(module, repo));
    }
    findings.extend(clusters::maps(migration, repo));
    findings
}

/// A place in a module: an offset of a document, and what stands there.
#[derive(Clone)]
struct Place<'d> {
    document: &'d Document,
    offset: usize,
    subject: String,
}

impl Place<'_> {
    fn at(&self) -> Location {
        self.document.location(self.offset)
    }
}

/// One finding for all places of a kind, at the first of them.
fn about(mut places: Vec<Place<'_>>, message: &str) -> Option<Finding> {
    places.sort_by_key(Place::at);
    let first = places.first()?;
    let (offset, others) = (first.offset, &places[1..]);
    let others: Vec<Location> = others.iter().map(Place::at).collect();
    let message = format!("{message}{}", also(&first.at(), others.iter()));
    let sentence = (first.subject.clone(), message);
    Some(Finding::new(ID, first.document, offset..offset, sentence))
}

/// The further lines of a finding, as the end of its message.
fn also<'l>(first: &Location, others: impl Iterator<Item = &'l Location>) -> String {
    let line = |at: &Location| format!("{}:{}", visible::path(&at.path), at.line);
    let others = others.filter(|at| (&at.path, at.line) != (&first.path, first.line));
    let mut others: Vec<String> = others.map(line).collect();
    others.dedup();
    match others.as_slice() {
        [] => String::new(),
        others => format!(" (and in {})", listed(others)),
    }
}

/// Places that are named one by one; the rest is counted.
const NAMED: usize = 8;

fn listed(places: &[String]) -> String {
    match places.len().checked_sub(NAMED) {
        None | Some(0) => places.join(", "),
        Some(more) => format!("{} and {more} more", places[..NAMED].join(", ")),
    }
}

/// The ARNs of who runs a module after the migration, as a phrase.
fn named(callers: &[NewCaller], with_path: bool) -> String {
    let arns = callers.iter().map(|caller| match with_path {
        true => caller.arn.clone(),
        false => caller.without_path(),
    });
    let arns: Vec<String> = arns.collect();
    text::series(&arns)
}

/// The configuration of a module, and what its Terragrunt files generate.
fn documents(module: &MigratingModule) -> Vec<&Document> {
    let module = &module.module;
    module.configuration().chain(module.generated()).collect()
}
