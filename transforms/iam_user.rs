mod arns;
mod keys;
mod references;

use diagnostics::finding::Finding;
use engine::migration::Migration;
use engine::repo::Repo;

const ID: &str = "iam_user";

pub fn scan(migration: &Migration, repo: &Repo) -> Vec<Finding> {
    let modules = migration.modules.iter().map(|it| &it.module);
    let modules: Vec<_> = modules.chain(&migration.key_modules).collect();
    let mut findings = keys::findings(&modules, repo);
    for module in modules {
        for document in module.configuration() {
            findings.extend(arns::in_configuration(document, repo));
        }
    }
    for (path, text) in &migration.files {
        findings.extend(arns::in_text(path, text, repo));
    }
    findings
}
