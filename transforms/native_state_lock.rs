use std::path::Path;

use diagnostics::finding::{Finding, Safety};
use engine::repo::Repo;
use engine::repo::terraform_versions::NATIVE_LOCK;
use syntax::code::sentence;
use syntax::edit::Edit;
use syntax::hcl::{Attribute, Block, Document};
use terraform::backend::{BackendKind, ClaimKind, SUBJECT, claims, s3_blocks};
use terraform::file_kind::FileKind;
use terraform::module::Module;
use terraform::terragrunt::{RemoteStateBlock, remote_states};

const ID: &str = "native_state_lock";
const LOCKFILE: &str = "use_lockfile";
const TABLE: &str = "dynamodb_table";

pub fn scan(module: &Module, repo: &Repo) -> Vec<Finding> {
    let tests = module.of_kind(FileKind::Test);
    let backends = module.configuration().chain(tests).flat_map(s3_blocks);
    let in_blocks = backends.filter_map(|backend| in_block(&backend, &module.directory, repo));
    let files = module.of_kind(FileKind::BackendSettings);
    let in_files = files.filter_map(|document| in_file(document, repo));
    let states = module.of_kind(FileKind::Terragrunt);
    let states = states
        .flat_map(remote_states)
        .filter(RemoteStateBlock::is_s3);
    let in_states = states.filter_map(|state| in_remote_state(&state));
    in_blocks.chain(in_files).chain(in_states).collect()
}

/// The finding on a `backend "s3"` block of a directory.
fn in_block(backend: &Block<'_>, directory: &Path, repo: &Repo) -> Option<Finding> {
    let document = backend.document();
    let settings: Vec<_> = backend.body().attributes().collect();
    if names_the_lock(&settings) {
        return in_settings(document, &settings, directory, repo);
    }
    if is_elsewhere(&settings) {
        return None;
    }
    let finding = |message: &str| Finding::new(ID, document, backend.span(), (SUBJECT, message));
    if BackendKind::of(backend) == BackendKind::S3 {
        if let Some(why) = repo.admits_terraform_before(directory, &NATIVE_LOCK) {
            let message = format!("has no lock: {why}");
            return Some(finding(&message).help(RAISE));
        }
        // Review, since every runner needs one more permission.
        let gets = finding("had no lock and gets `use_lockfile = true`");
        let help = "allow whoever plans or applies to write beside the state: `<key>.tflock`";
        let edits = Edit::add_to_block(backend, LOCKFILE, "true");
        let gets = gets.safety(Safety::Review).help(help);
        return Some(gets.edits(document, edits));
    }
    // The settings that complete it decide how it locks.
    if !repo.backend_files(directory).is_empty() || repo.has_remote_state() {
        return None;
    }
    let message = "is completed from outside the tree, perhaps with `dynamodb_table`: not changed";
    let help = "give init `-backend-config=use_lockfile=true` in place of \
                `-backend-config=dynamodb_table=...` (Terraform 1.10 or later)";
    Some(finding(message).help(help))
}

/// The finding on a `*.tfbackend` file, for the module whose backend it completes.
fn in_file(document: &Document, repo: &Repo) -> Option<Finding> {
    let settings: Vec<_> = document.body().ok()?.attributes().collect();
    let owners = repo.backend_owners(document.path());
    let is_older = |it: &&&Path| repo.admits_terraform_before(it, &NATIVE_LOCK).is_some();
    let owner = owners.iter().find(is_older).or(owners.first());
    let owner = owner.filter(|_| repo.is_backend_file(document.path()))?;
    in_settings(document, &settings, owner, repo)
}

/// The finding on settings that name a table or set `use_lockfile`.
fn in_settings(
    document: &Document,
    settings: &[Attribute<'_>],
    directory: &Path,
    repo: &Repo,
) -> Option<Finding> {
    let (table, lockfile) = (named(settings, TABLE), named(settings, LOCKFILE));
    let is_on = lockfile.is_some_and(|it| it.value.text() == "true");
    let decided = table.or(lockfile).filter(|_| table.is_some() || !is_on)?;
    let finding = |message: String| Finding::new(ID, document, decided.span(), (SUBJECT, message));
    if is_elsewhere(settings) {
        let message = "is not on AWS (it names an endpoint of its own): not changed";
        let help = "check that the store supports conditional writes (`If-None-Match`), which `use_lockfile` needs";
        return Some(finding(message.into()).help(help));
    }
    if let Some(why) = repo.admits_terraform_before(directory, &NATIVE_LOCK) {
        let message = sentence!("locks by `{}`: {why}", decided.name);
        return Some(finding(message).help(RAISE));
    }
    if let Some(lockfile) = lockfile.filter(|it| !matches!(it.value.text(), "true" | "false")) {
        let message = sentence!("has `{LOCKFILE} = {}`: not changed", lockfile.value.text());
        let help = sentence!("write `{LOCKFILE} = true` and remove `{TABLE}`");
        return Some(finding(message).help(help));
    }
    let on = format!("{LOCKFILE} = true");
    let mut edits = Vec::new();
    match (table, lockfile) {
        // With both, Terraform takes both locks (Terraform docs, "S3 backend"): a table beside the
        // lock file is a migration that has not ended.
        (Some(table), Some(lockfile)) => {
            edits.push(Edit::remove(document, table.span()));
            if !is_on {
                edits.push(Edit::replace(lockfile.value.span(), "true"));
            }
        }
        (Some(table), None) => edits.push(Edit::replace(table.span(), on)),
        (None, Some(lockfile)) => edits.push(Edit::replace(lockfile.value.span(), "true")),
        (None, None) => {}
    }
    let finding = match table {
        Some(table) => finding(format!(
            "locks in its bucket, no more in the table {}",
            table.value.text()
        ))
        .help(
            "merge when no other branch runs: the lock in the bucket does not see the lock in the table",
        ),
        None => finding("locks in its bucket, where it had no lock".into()).safety(Safety::Review),
    };
    let add = |finding: Finding, edit| finding.edit(document, edit);
    Some(edits.into_iter().fold(finding, add))
}

/// The finding on a `remote_state` block of Terragrunt that locks by a table.
fn in_remote_state(state: &RemoteStateBlock<'_>) -> Option<Finding> {
    let settings = state.config.value.entries();
    let table = named(&settings, TABLE)?;
    let message = "locks by a table that Terragrunt passes and creates: not changed";
    let help = "write `use_lockfile = true` in its place where every unit runs Terraform 1.10 or later and \
                Terragrunt passes it";
    let document = state.block.document();
    Some(Finding::new(ID, document, table.span(), (SUBJECT, message)).help(help))
}

const RAISE: &str = "write `required_version = \">= 1.10\"` once everyone and CI has it, and run \
                     again";

fn names_the_lock(settings: &[Attribute<'_>]) -> bool {
    named(settings, TABLE)
        .or(named(settings, LOCKFILE))
        .is_some()
}

/// Whether the settings name an endpoint that is not AWS's.
fn is_elsewhere(settings: &[Attribute<'_>]) -> bool {
    claims(settings.iter().cloned()).any(|claim| claim.kind == ClaimKind::Endpoint)
}

fn named<'s, 'd>(settings: &'s [Attribute<'d>], name: &str) -> Option<&'s Attribute<'d>> {
    settings.iter().find(|setting| setting.name == name)
}
