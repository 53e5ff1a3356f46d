mod role_object;
mod terragrunt;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use diagnostics::ask::Help;
use diagnostics::finding::{Finding, Safety};
use engine::asks;
use engine::backend_keys::BackendKeyChange;
use engine::catalogue::Purpose;
use engine::index::named_settings::{GivenSetting, NamedSettings};
use engine::repo::Repo;
use syntax::code::sentence;
use syntax::edit::Edit;
use syntax::hcl::{Attribute, Block, Document};
use syntax::visible;
use terraform::backend::{
    BackendKind, Claim, ClaimKind, SUBJECT, claim, claim_beside_keys, claim_kind, s3_blocks,
};
use terraform::file_kind::FileKind;
use terraform::module::Module;
use terraform::static_keys::is_credentials_file;
use terraform::terragrunt::remote_states;

const ID: &str = "set_backend_profile";

pub fn scan(module: &Module, repo: &Repo) -> Vec<Finding> {
    let tests = module.of_kind(FileKind::Test);
    let backends = module.configuration().chain(tests).flat_map(s3_blocks);
    let files = repo.backend_files(&module.directory);
    let in_blocks = backends.filter_map(|backend| in_block(&backend, files, repo));
    let generated = module.generated().flat_map(s3_blocks);
    let in_generated = generated.filter_map(|backend| in_block(&backend, &[], repo));
    let states = module
        .of_kind(FileKind::Terragrunt)
        .flat_map(remote_states)
        .filter_map(|state| terragrunt::in_remote_state(&state, repo));
    let settings = module.of_kind(FileKind::BackendSettings);
    let in_files = settings.filter_map(|document| in_file(document, repo));
    let remote = module.configuration();
    let remote = remote.flat_map(|document| role_object::in_remote_states(document, repo));
    in_blocks
        .chain(remote)
        .chain(in_generated)
        .chain(states)
        .chain(in_files)
        .collect()
}

/// The finding on a `backend "s3"` block that `files` complete.
fn in_block(backend: &Block<'_>, files: &[PathBuf], repo: &Repo) -> Option<Finding> {
    let document = backend.document();
    let settings: Vec<_> = backend.body().attributes().collect();
    if let Some(claim) = deciding_claim(document, &settings, repo)? {
        let directory = document.path().parent().unwrap_or(Path::new(""));
        let finding = about_claim(document, &settings, &claim, repo)?;
        return Some(nested_role(
            finding,
            &claim,
            document,
            &settings,
            &[directory],
            repo,
        ));
    }
    let is_set = |name: &str| named(&settings, name).is_some();
    let has_bucket = is_set("bucket");
    // The files name the buckets, and each gets the profile of its own.
    if !has_bucket && !files.is_empty() {
        let directory = document.path().parent().unwrap_or(Path::new(""));
        if let Some(given) = repo.given_settings(directory).first() {
            return Some(left_by_command(given, document, backend.span()));
        }
        let (message, help) = left_by_named(repo.named_settings(directory), &settings, repo)??;
        let finding = Finding::new(ID, document, backend.span(), (SUBJECT, message));
        return Some(finding.help(help));
    }
    if !has_bucket && !is_set("key") && repo.has_remote_state() {
        // Terragrunt completes it: the finding is on its `remote_state`.
        return None;
    }
    let is_wanted = |file: &&PathBuf| has_wanted_profile(file, &settings, repo);
    let loses_keys = matches!(
        repo.backend_key_change(document.path()),
        BackendKeyChange::Remove(_)
    );
    // A run of another command does without a file that commands name.
    let is_in_every_run = |file: &&PathBuf| is_wanted(file) && !repo.is_named_file(file);
    if !files.is_empty() && !loses_keys && files.iter().all(|file| is_in_every_run(&file)) {
        return None;
    }
    let claim = files
        .iter()
        .filter(|file| !is_wanted(file))
        .find_map(|file| Some((file, repo.backend_claim(file)?)));
    if let Some((file, setting)) = claim {
        let message = sentence!(
            "is completed by {}, which sets `{setting}`: not changed",
            file.display()
        );
        return Some(Finding::new(
            ID,
            document,
            backend.span(),
            (SUBJECT, message),
        ));
    }
    let directory = document.path().parent().unwrap_or(Path::new(""));
    if let Some(given) = repo.given_settings(directory).first() {
        return Some(left_by_command(given, document, backend.span()));
    }
    let named = repo.named_settings(directory);
    if let Some(left) = left_by_named(named, &settings, repo) {
        let (message, help) = left?;
        let finding = Finding::new(ID, document, backend.span(), (SUBJECT, message));
        return Some(finding.help(help));
    }
    let edits = |profile: &str| Edit::add_to_block(backend, "profile", profile);
    let bucket = match has_bucket {
        true => bucket(&settings),
        false => bucket_of_named(named, repo),
    };
    Some(insertion(document, backend.span(), bucket, repo, edits))
}

/// Whether a settings file has the profile that its block would get, and nothing else that decides.
fn has_wanted_profile(file: &Path, block: &[Attribute<'_>], repo: &Repo) -> bool {
    let part = repo.backend_part(file);
    part.is_some_and(|part| {
        let bucket = part.bucket.as_deref().or(bucket(block));
        let wanted = repo.settings().profile_of_state(bucket);
        repo.backend_claim(file) == Some("profile")
            && wanted.is_some()
            && part.profile.as_deref() == wanted
    })
}

/// The finding on a block that a command gives an identity: that of a role, or of a file of
/// credentials, which the profile would change.
fn left_by_command(given: &GivenSetting, document: &Document, range: Range<usize>) -> Finding {
    let (path, line) = (visible::path(&given.at.path), given.at.line);
    let name = &given.name;
    let by = sentence!("is given `{name}` by the command at {path}:{line}");
    let (message, help) = match claim_kind(name) {
        // Measured with Terraform 1.11.4: "Invalid backend configuration argument" for the flat setting,
        // and the object is read as an expression.
        Some(ClaimKind::FlatRole) => (
            format!("{by}, an error from Terraform 1.10 on: not changed"),
            sentence!(
                "pass `-backend-config='assume_role={{role_arn=\"{}\"}}'` there if the state needs the role \
                 (Terraform 1.6 or later), or remove the setting and run again if a profile is enough",
                given.arn.as_deref().unwrap_or("...")
            ),
        ),
        _ => (
            format!("{by}: not changed"),
            sentence!("remove `{name}` there and run again if a profile is enough"),
        ),
    };
    Finding::new(ID, document, range, (SUBJECT, message)).help(help)
}

/// Why the files that commands name by `-backend-config` leave a block as it is, with what helps;
/// within, `None` where one has the wanted profile and nothing is to be done.
#[expect(
    clippy::option_option,
    reason = "left as it is is not the same as left without a word"
)]
fn left_by_named(
    named: &[NamedSettings],
    settings: &[Attribute<'_>],
    repo: &Repo,
) -> Option<Option<(String, String)>> {
    let mut with_profile = 0;
    for file in named {
        let path = visible::path(&file.path);
        let part = match &file.settings {
            Ok(part) => part,
            Err(why) => {
                let message = format!("is completed by {path}, which {why}: not changed");
                let help = "check that the profile is set in one of them: its settings override those of \
                the block";
                return Some(Some((message, help.to_owned())));
            }
        };
        let Some((kind, setting)) = part.claims.first() else {
            continue;
        };
        let bucket = part.bucket.as_deref().or(bucket(settings));
        let wanted = repo.settings().profile_of_state(bucket);
        if *kind == ClaimKind::Profile && wanted.is_some() && part.profile.as_deref() == wanted {
            with_profile += 1;
            continue;
        }
        let message = sentence!("is completed by {path}, which sets `{setting}`: not changed");
        let help = "change the file by hand: its settings override those of the block";
        return Some(Some((message, help.to_owned())));
    }
    // Where the block has no bucket, every run names one of the files; else a run may do without.
    let is_completed = settings.iter().all(|setting| setting.name != "bucket");
    (is_completed && with_profile > 0 && with_profile == named.len()).then_some(None)
}

/// The bucket that named files give a block without one, where all lead to the same profile.
fn bucket_of_named<'r>(named: &'r [NamedSettings], repo: &Repo) -> Option<&'r str> {
    let buckets = named
        .iter()
        .map(|file| file.settings.as_ref().ok()?.bucket.as_deref());
    let buckets: Vec<&str> = buckets.collect::<Option<_>>()?;
    let profiles = buckets
        .iter()
        .map(|it| repo.settings().profile_of_state(Some(it)));
    let profiles: BTreeSet<Option<&str>> = profiles.collect();
    buckets.first().copied().filter(|_| profiles.len() == 1)
}

/// The finding on a settings file.
fn in_file(document: &Document, repo: &Repo) -> Option<Finding> {
    let settings: Vec<_> = document.body().ok()?.attributes().collect();
    let owner = repo.backend_owner(document.path());
    let has_bucket = match owner.and_then(|owner| repo.backend(owner)) {
        Some(BackendKind::PartialS3 { has_bucket }) => has_bucket,
        Some(BackendKind::S3) if repo.is_named_file(document.path()) => true,
        _ => return unowned(document, &settings, repo),
    };
    if !repo.is_backend_file(document.path()) {
        return None;
    }
    if let Some(claim) = deciding_claim(document, &settings, repo)? {
        let finding = about_claim(document, &settings, &claim, repo)?;
        let owners = repo.backend_owners(document.path());
        return Some(nested_role(
            finding, &claim, document, &settings, &owners, repo,
        ));
    }
    // A file only completes a block: one that names the bucket, or has an identity, gets the
    // profile or needs none.
    if has_bucket || owner.is_some_and(|owner| repo.has_backend_claim(owner)) {
        return None;
    }
    if repo.is_profile_elsewhere(document.path()) {
        return None;
    }
    let first = settings.first()?;
    if !repo.are_owners_alike(document.path()) {
        let message =
            "is set in this file for several root modules, whose backends differ: not changed";
        let help = "give each of these root modules a file of its own, and run again";
        let finding = Finding::new(ID, document, first.span(), (SUBJECT, message));
        return Some(finding.help(help));
    }
    let edits = |profile: &str| vec![Edit::add_to_file(document, "profile", profile)];
    Some(insertion(
        document,
        first.span(),
        bucket(&settings),
        repo,
        edits,
    ))
}

/// The finding on a claim, with the edits that nest a flat role.
fn nested_role(
    finding: Finding,
    claim: &Claim<'_>,
    document: &Document,
    settings: &[Attribute<'_>],
    directories: &[&Path],
    repo: &Repo,
) -> Finding {
    match claim.kind {
        ClaimKind::FlatRole => role_object::nesting(finding, document, settings, directories, repo),
        _ => finding,
    }
}

/// The finding on a settings file for S3 with no partial backend in or above its directory.
fn unowned(document: &Document, settings: &[Attribute<'_>], repo: &Repo) -> Option<Finding> {
    let is_s3 = named(settings, "bucket").is_some() && named(settings, "key").is_some();
    let wanted = wanted(settings, repo)?;
    let profile = named(settings, "profile");
    let profile = profile.and_then(|profile| profile.value.literal());
    if !is_s3 || profile == Some(wanted) {
        return None;
    }
    let first = settings.first()?;
    let message =
        "is set in this file, which no partial S3 backend in or above its directory reads";
    let help = format!("check that the profile becomes \"{wanted}\" if it is used");
    Some(Finding::new(ID, document, first.span(), (SUBJECT, message)).help(help))
}

/// The setting that decides the identity already, if one does; keys that are removed do not. `None`
/// where the transform that removes keys reports it.
#[expect(
    clippy::option_option,
    reason = "no finding is not the same as no setting"
)]
fn deciding_claim<'d>(
    document: &Document,
    settings: &[Attribute<'d>],
    repo: &Repo,
) -> Option<Option<Claim<'d>>> {
    let claim = match repo.backend_key_change(document.path()) {
        BackendKeyChange::None => claim(settings),
        BackendKeyChange::Foreign | BackendKeyChange::Remove(_) => claim_beside_keys(settings),
        BackendKeyChange::Keep(_) => return None,
    };
    let is_file = |claim: &Claim<'_>| is_credentials_file(&claim.setting);
    match claim.as_ref().is_some_and(is_file) && repo.carries_out(Purpose::RemoveStaticKeys) {
        true => None,
        false => Some(claim),
    }
}

/// The finding on a setting that decides already; none where it is the wanted profile.
fn about_claim(
    document: &Document,
    settings: &[Attribute<'_>],
    claim: &Claim<'_>,
    repo: &Repo,
) -> Option<Finding> {
    let name = claim.setting.name;
    let (message, help) = match claim.kind {
        ClaimKind::Endpoint => (
            "is not on AWS (it names an endpoint of its own): not changed".to_owned(),
            None,
        ),
        ClaimKind::FlatRole => (
            sentence!(
                "assumes a role by the flat `{name}`, an error from Terraform 1.10 on: not changed"
            ),
            Some(sentence!(
                "write `assume_role = {{ {} }}` if the state needs the role, or remove it and run again if \
                 a profile is enough",
                nested(settings)
            )),
        ),
        ClaimKind::Role => (
            "assumes a role: not changed".to_owned(),
            Some(sentence!(
                "remove `{name}` and run again if a profile is enough"
            )),
        ),
        ClaimKind::Keys => (
            sentence!("has `{name}`, which overrides a profile: not changed"),
            Some(sentence!("remove `{name}`, revoke the key, and run again")),
        ),
        ClaimKind::CredentialsFile => (
            sentence!("looks for profiles in the file of `{name}`: not changed"),
            Some("remove the setting and run again: SSO profiles belong in ~/.aws/config".into()),
        ),
        ClaimKind::Profile => {
            let wanted = wanted(settings, repo)?;
            if claim.setting.value.literal() == Some(wanted) {
                return None;
            }
            let there = claim.setting.value.text();
            let buckets = &repo.settings().state_buckets;
            let is_named = bucket(settings).is_some_and(|bucket| buckets.contains_key(bucket));
            let help = match is_named {
                true => "change it by hand, or in the `state_bucket` block of this bucket",
                false => "change it by hand, or name this bucket in a `state_bucket` block",
            };
            (
                format!("has the profile {there}, not \"{wanted}\": not changed"),
                Some(help.into()),
            )
        }
    };
    let mut finding = Finding::new(ID, document, claim.setting.span(), (SUBJECT, message));
    finding.help = help.map(Help::from);
    Some(finding)
}

/// The setting of that name.
fn named<'s, 'd>(settings: &'s [Attribute<'d>], name: &str) -> Option<&'s Attribute<'d>> {
    settings.iter().find(|setting| setting.name == name)
}

/// The flat role settings as `assume_role` takes them, on one line.
fn nested(settings: &[Attribute<'_>]) -> String {
    let unknown = || vec![("role_arn", "\"...\"".to_owned())];
    let nested = role_object::nested(settings)
        .unwrap_or_else(unknown)
        .into_iter();
    let nested = nested.map(|(name, value)| format!("{name} = {value}"));
    nested.collect::<Vec<_>>().join(", ")
}

/// The profile that a backend with these settings gets.
fn wanted<'r>(settings: &[Attribute<'_>], repo: &'r Repo) -> Option<&'r str> {
    repo.settings().profile_of_state(bucket(settings))
}

/// The bucket's name, where it is a literal.
fn bucket<'d>(settings: &[Attribute<'d>]) -> Option<&'d str> {
    named(settings, "bucket")?.value.literal()
}

/// The finding that adds the profile, or asks for it where it is not known.
fn insertion(
    document: &Document,
    range: Range<usize>,
    bucket: Option<&str>,
    repo: &Repo,
    edits: impl FnOnce(&str) -> Vec<Edit>,
) -> Finding {
    let Some(profile) = repo.settings().profile_of_state(bucket) else {
        let message = "needs the profile of the account that holds the state";
        return Finding::new(ID, document, range, (SUBJECT, message))
            .needs(asks::state_profile(repo));
    };
    let message = format!("gets the profile \"{profile}\"");
    let finding = Finding::new(ID, document, range, (SUBJECT, message));
    let finding = match repo.settings().is_profile_certain(bucket) {
        true => finding,
        false => finding
            .safety(Safety::Review)
            .noted("its bucket is not known here: some buckets need another profile"),
    };
    let edits = edits(&format!("\"{profile}\""));
    finding.profile(profile).edits(document, edits)
}
