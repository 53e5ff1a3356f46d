use crate::model::backend::{BackendKind, Claim, ClaimKind, FLAT_ROLE, claim};
use crate::model::edit::Edit;
use crate::model::file_kind::FileKind;
use crate::model::finding::{Finding, Safety};
use crate::model::hcl::{Block, Body, Document};
use crate::model::module::Module;
use crate::model::repo::Repo;

const ID: &str = "set_backend_profile";
const SUBJECT: &str = "the S3 backend";

pub fn scan(module: &Module, repo: &Repo) -> Vec<Finding> {
    let terraform = module
        .configuration()
        .flat_map(|document| document.blocks("terraform"));
    let runs = module
        .of_kind(FileKind::Test)
        .flat_map(|document| document.blocks("run"));
    let backends = terraform
        .chain(runs)
        .flat_map(|block| block.blocks("backend"));
    let s3 = backends.filter(|backend| backend.label(0) == Some("s3"));
    let in_blocks = s3.filter_map(|backend| in_block(&backend, module, repo));
    let files = module.of_kind(FileKind::BackendSettings);
    let in_files = files.filter_map(|document| in_file(document, repo));
    in_blocks.chain(in_files).collect()
}

/// Decides for a `backend "s3"` block.
fn in_block(backend: &Block<'_>, module: &Module, repo: &Repo) -> Option<Finding> {
    let (document, body) = (backend.document(), backend.body());
    if let Some(claim) = claim(&body) {
        return claimed(document, &body, &claim, repo);
    }
    let files = repo.backend_files(&module.directory);
    let has_bucket = body.attribute("bucket").is_some();
    if !has_bucket && !files.is_empty() {
        return None;
    }
    let claim = files
        .iter()
        .find_map(|file| Some((file, repo.backend_claim(file)?)));
    if let Some((file, setting)) = claim {
        let message = format!(
            "is completed by {}, which sets `{setting}`: left alone",
            file.display()
        );
        return Some(Finding::new(
            ID,
            document,
            backend.span(),
            (SUBJECT, message),
        ));
    }
    let edit = |profile: &str| Edit::add_to_block(backend, "profile", profile);
    Some(insertion(document, backend.span(), &body, repo, edit))
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
    if let Some(claim) = claim(&body) {
        return claimed(document, &body, &claim, repo);
    }
    // Where the block names the bucket or says who it is, the block decides.
    if has_bucket || owner.is_some_and(|owner| repo.has_backend_claim(owner)) {
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

/// What is said where a setting decides already; nothing where it is the wanted profile.
fn claimed(
    document: &Document,
    body: &Body<'_>,
    claim: &Claim<'_>,
    repo: &Repo,
) -> Option<Finding> {
    let name = claim.setting.name;
    let (message, help) = match claim.kind {
        ClaimKind::Endpoint => (
            "is not on AWS (it names an endpoint of its own): left alone".to_owned(),
            None,
        ),
        ClaimKind::FlatRole => (
            format!(
                "assumes a role by the flat `{name}`, an error from Terraform 1.10 on: left alone"
            ),
            Some(format!(
                "if the state needs the role, write `assume_role = {{ {} }}`; if a profile is \
                 enough, remove it and run again",
                nested(body)
            )),
        ),
        ClaimKind::Role => (
            "assumes a role: left alone".to_owned(),
            Some(format!(
                "if a profile is enough, remove `{name}` and run again"
            )),
        ),
        ClaimKind::Keys => (
            format!("has `{name}`, which beats a profile: left alone"),
            Some(format!("remove `{name}`, revoke the key, and run again")),
        ),
        ClaimKind::CredentialsFile => (
            format!("looks for profiles in the file of `{name}`: left alone"),
            Some("SSO profiles stand in ~/.aws/config: remove the setting and run again".into()),
        ),
        ClaimKind::Profile => {
            let wanted = wanted(body, repo)?;
            if claim.setting.value.literal() == Some(wanted) {
                return None;
            }
            let there = claim.setting.value.text();
            (
                format!("has the profile {there}, not \"{wanted}\": left alone"),
                Some("change it by hand, or name this bucket in a `state_bucket` block".into()),
            )
        }
    };
    let mut finding = Finding::new(ID, document, claim.setting.span(), (SUBJECT, message));
    finding.help = help;
    Some(finding)
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
    let bucket_is_known = body
        .attribute("bucket")
        .is_some_and(|found| found.value.literal().is_some());
    let finding = match bucket_is_known || repo.settings().state_buckets.is_empty() {
        true => finding,
        false => finding
            .safety(Safety::Review)
            .help("its bucket is not known here, and some buckets need another profile"),
    };
    let edit = edit(&format!("\"{profile}\""));
    finding.profile(profile).edit(document, edit)
}
