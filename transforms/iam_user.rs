mod arns;
mod keys;

use diagnostics::finding::Finding;
use engine::migration::Migration;
use engine::repo::Repo;

const ID: &str = "iam_user";

pub fn scan(migration: &Migration, repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for module in &migration.modules {
        let documents: Vec<_> = module.module.configuration().collect();
        findings.extend(keys::findings(&documents));
        for document in documents {
            findings.extend(arns::in_configuration(document, repo));
        }
    }
    for (path, text) in &migration.files {
        findings.extend(arns::in_text(path, text, repo));
    }
    findings
}
