use crate::model::edit::Edit;
use crate::model::finding::{Finding, Safety};
use crate::model::hcl::{Attribute, Block, Body, Document};
use crate::model::repo::{Module, Repo};
use crate::model::facts::{BackendKind, FileKind};

const ID: &str = "set_backend_profile";
const SUBJECT: &str = "the S3 backend";

/// Backend settings that an error from Terraform 1.10 on replaced by `assume_role = { ... }`.
const FLAT_ROLE: [(&str, &str); 8] = [
    ("role_arn", "role_arn"),
    ("session_name", "session_name"),
    ("external_id", "external_id"),
    ("assume_role_duration_seconds", "duration"),
    ("assume_role_policy", "policy"),
    ("assume_role_policy_arns", "policy_arns"),
    ("assume_role_tags", "tags"),
    ("assume_role_transitive_tag_keys", "transitive_tag_keys"),
];

pub fn scan(module: &Module, repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for document in module.configuration() {
        for terraform in document.blocks("terraform") {
            let backends = terraform.blocks("backend");
            let s3 = backends.filter(|backend| backend.label(0) == Some("s3"));
            findings.extend(s3.filter_map(|backend| in_block(&backend, module, repo)));
        }
    }
    for document in module.of_kind(FileKind::Test) {
        for run in document.blocks("run") {
            let backends = run.blocks("backend");
            let s3 = backends.filter(|backend| backend.label(0) == Some("s3"));
            findings.extend(s3.filter_map(|backend| in_block(&backend, module, repo)));
        }
    }
    for document in module.of_kind(FileKind::BackendSettings) {
        findings.extend(in_file(document, repo));
    }
    findings
}

/// Decides for a `backend "s3"` block.
fn in_block(backend: &Block<'_>, module: &Module, repo: &Repo) -> Option<Finding> {
    let body = backend.body();
    let settled = settled(backend.document(), &body, repo);
    if let Settled::Said(finding) = settled {
        return finding;
    }
    let has_bucket = body.attribute("bucket").is_some();
    if !has_bucket && !repo.backend_files(&module.directory).is_empty() {
        return None;
    }
    let edit = |profile: &str| Edit::add_to_block(backend, "profile", profile);
    Some(insertion(backend.document(), backend.span(), &body, repo, edit))
}

/// Decides for a `*.tfbackend` file.
fn in_file(document: &Document, repo: &Repo) -> Option<Finding> {
    let body = document.body().ok()?;
    let owner = repo.backend_owner(document.path());
    let Some(BackendKind::PartialS3 { has_bucket }) = owner.and_then(|owner| repo.backend(owner))
    else {
        return unowned(document, &body, repo);
    };
    if !repo.is_backend_file(document.path()) {
        return None;
    }
    if let Settled::Said(finding) = settled(document, &body, repo) {
        return finding;
    }
    if has_bucket {
        // The block names the bucket, so the block gets the profile.
        return None;
    }
    let first = body.attributes().next()?;
    let edit = |profile: &str| Edit::add_to_file(document, "profile", profile);
    Some(insertion(document, first.span(), &body, repo, edit))
}

/// Says of a settings file for S3 that no partial backend stands in or above its directory.
fn unowned(document: &Document, body: &Body<'_>, repo: &Repo) -> Option<Finding> {
    let is_s3 = body.attribute("bucket").is_some() && body.attribute("key").is_some();
    let wanted = wanted(body, repo)?;
    let profile = body.attribute("profile");
    let profile = profile.and_then(|profile| profile.value.literal());
    if !is_s3 || profile == Some(wanted) {
        return None;
    }
    let first = body.attributes().next()?;
    let message = "is set in this file, and no partial S3 backend stands in or above its \
                   directory: left alone";
    let help = format!("where it is used, see that the profile becomes \"{wanted}\"");
    Some(Finding::new(ID, document, first.span(), (SUBJECT, message)).help(help))
}

enum Settled {
    /// A profile is to be added.
    No,
    /// Nothing is to be added; perhaps something is to be said.
    Said(Option<Finding>),
}

/// What the settings that are there already decide.
fn settled(document: &Document, body: &Body<'_>, repo: &Repo) -> Settled {
    let say = |attribute: &Attribute<'_>, message: String, help: String| {
        let finding = Finding::new(ID, document, attribute.span(), (SUBJECT, message));
        Settled::Said(Some(if help.is_empty() { finding } else { finding.help(help) }))
    };
    if let Some(endpoint) = foreign_endpoint(body) {
        let message = "is not on AWS (it names an endpoint of its own): left alone";
        return say(&endpoint, message.to_owned(), String::new());
    }
    if let Some(role) = body.attributes().find(|found| flat_name(found.name).is_some()) {
        let message = format!(
            "assumes a role by the flat `{}`, an error from Terraform 1.10 on: left alone",
            role.name
        );
        let help = format!(
            "if the state needs the role, write `assume_role = {{ {} }}`; if a profile is enough, \
             remove it and run again",
            nested(body)
        );
        return say(&role, message, help);
    }
    let roles = ["assume_role", "assume_role_with_web_identity"];
    if let Some(role) = body.attributes().find(|found| roles.contains(&found.name)) {
        let message = "assumes a role: left alone";
        let help = format!("if a profile is enough, remove `{}` and run again", role.name);
        return say(&role, message.to_owned(), help);
    }
    let keys = ["access_key", "secret_key", "token"];
    if let Some(key) = body.attributes().find(|found| keys.contains(&found.name)) {
        let message = format!("has `{}`, which beats a profile: left alone", key.name);
        let help = format!("remove `{}`, revoke the key, and run again", key.name);
        return say(&key, message, help);
    }
    let files = ["shared_credentials_file", "shared_credentials_files"];
    if let Some(file) = body.attributes().find(|found| files.contains(&found.name)) {
        let message = format!("looks for profiles in the file of `{}`: left alone", file.name);
        let help = "SSO profiles stand in ~/.aws/config: remove the setting and run again";
        return say(&file, message, help.to_owned());
    }
    let Some(profile) = body.attribute("profile") else {
        return Settled::No;
    };
    let wanted = wanted(body, repo);
    match (profile.value.literal(), wanted) {
        (Some(there), Some(wanted)) if there == wanted => Settled::Said(None),
        (_, None) => Settled::Said(None),
        (_, Some(wanted)) => {
            let there = profile.value.text();
            let message = format!("has the profile {there}, not \"{wanted}\": left alone");
            let help = "change it by hand, or name this bucket in a `state_bucket` block";
            say(&profile, message, help.to_owned())
        }
    }
}

/// The flat role settings of a body as they stand in `assume_role = { ... }`.
fn nested(body: &Body<'_>) -> String {
    let attributes = body.attributes();
    let nested = attributes.filter_map(|found| {
        let name = flat_name(found.name)?;
        let value = found.value.text();
        Some(match name {
            // A number of seconds before, a duration now.
            "duration" => format!("{name} = \"{}s\"", value.trim_matches('"')),
            _ => format!("{name} = {value}"),
        })
    });
    nested.collect::<Vec<_>>().join(", ")
}

fn flat_name(name: &str) -> Option<&'static str> {
    let row = FLAT_ROLE.iter().find(|(flat, _)| *flat == name);
    row.map(|(_, nested)| *nested)
}

/// A setting by which the backend talks to something that is not AWS.
fn foreign_endpoint<'d>(body: &Body<'d>) -> Option<Attribute<'d>> {
    let names = ["endpoint", "endpoints"];
    let mut endpoints = body.attributes().filter(|found| names.contains(&found.name));
    endpoints.find(|found| !found.value.text().contains("amazonaws.com"))
}

/// The profile that a backend with this body gets.
fn wanted<'r>(body: &Body<'_>, repo: &'r Repo) -> Option<&'r str> {
    let settings = repo.settings();
    let bucket = body.attribute("bucket");
    let own = bucket.and_then(|bucket| settings.state_buckets.get(bucket.value.literal()?));
    own.or(settings.state_profile.as_ref()).map(String::as_str)
}

fn insertion(
    document: &Document,
    range: std::ops::Range<usize>,
    body: &Body<'_>,
    repo: &Repo,
    edit: impl FnOnce(&str) -> Edit,
) -> Finding {
    let Some(profile) = wanted(body, repo) else {
        let message = "needs the profile of the account that holds the state";
        return Finding::new(ID, document, range, (SUBJECT, message))
            .needs("state_profile = \"...\"");
    };
    let message = format!("gets the profile \"{profile}\"");
    let finding = Finding::new(ID, document, range, (SUBJECT, message));
    let bucket_is_known = body.attribute("bucket").is_some_and(|found| found.value.literal().is_some());
    let finding = match bucket_is_known || repo.settings().state_buckets.is_empty() {
        true => finding,
        false => finding
            .safety(Safety::Review)
            .help("its bucket is not known here, and some buckets need another profile"),
    };
    finding.edit(document, edit(&format!("\"{profile}\"")))
}
