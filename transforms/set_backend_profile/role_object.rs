//! Flat role settings of S3 backends and remote states, as `assume_role = { ... }`.

use std::path::Path;

use diagnostics::finding::{Finding, RootEffect, Safety};
use engine::repo::Repo;
use syntax::edit::Edit;
use syntax::hcl::{Attribute, Document};
use syntax::text;
use terraform::backend::FLAT_ROLE;
use terraform::constraint::Version;
use terraform::file_kind::is_json;
use terraform::remote_state::{RemoteState, remote_states};

use super::ID;

/// The first Terraform whose S3 backend takes `assume_role` (Terraform 1.6 upgrade guide, "S3
/// Backend").
const NESTED: Version = Version::new(1, 6, 0);

/// The name in `assume_role = { ... }` of a flat setting.
pub(super) fn flat_name(name: &str) -> Option<&'static str> {
    let row = FLAT_ROLE.iter().find(|(flat, _)| *flat == name);
    row.map(|(_, nested)| *nested)
}

/// The flat role settings as arguments of `assume_role = { ... }`; `None` where one is no plain
/// duration.
pub(super) fn nested(settings: &[Attribute<'_>]) -> Option<Vec<(&'static str, String)>> {
    let nested = settings.iter().filter_map(|found| {
        let name = flat_name(found.name)?;
        let value = found.value.text();
        Some(match name {
            // Flat, a number of seconds; nested, a duration such as "3600s" (Terraform docs, "S3
            // backend": Assume Role Configuration).
            "duration" => {
                let seconds = value.trim_matches('"');
                let is_number = seconds.bytes().all(|byte| byte.is_ascii_digit());
                is_number.then(|| (name, format!("\"{seconds}s\"")))
            }
            _ => Some((name, value.to_owned())),
        })
    });
    nested.collect()
}

/// The finding with the edits that nest the flat settings; unchanged where they cannot be nested.
/// `directories` are those of the modules whose constraints hold for the Terraform that reads them.
pub(super) fn nesting(
    finding: Finding,
    document: &Document,
    settings: &[Attribute<'_>],
    directories: &[&Path],
    repo: &Repo,
) -> Finding {
    let Some(edits) = edits(document, settings) else {
        return finding;
    };
    let admitting = directories.iter();
    let mut admitting = admitting.map(|it| repo.admits_terraform_before(it, &NESTED));
    let older = match directories.is_empty() {
        true => Some("which Terraform reads it is not known".to_owned()),
        false => admitting.find_map(|why| why),
    };
    let mut finding = finding.edits(document, edits);
    finding.message = finding
        .message
        .replace("not changed", "becomes `assume_role`");
    finding.help = None;
    finding.notes.extend(
        older
            .as_ref()
            .map(|why| format!("Terraform before 1.6 does not know `assume_role`, while {why}")),
    );
    match older {
        Some(_) => finding.safety(Safety::Review),
        None => finding.safety(Safety::Safe),
    }
}

/// The edits: the object stands where `role_arn` did.
fn edits(document: &Document, settings: &[Attribute<'_>]) -> Option<Vec<Edit>> {
    let named = |name: &str| settings.iter().find(|found| found.name == name);
    let role = named("role_arn")?;
    if is_json(document.path()) || named("assume_role").is_some() {
        return None;
    }
    let text = document.text();
    let nested = nested(settings)?;
    let span = role.span();
    let first = text::line_start(text, span.start).max(text::start(text));
    let behind = &text[span.end..text::line_end(text, span.end)];
    let behind = behind.trim_start_matches(',').trim();
    let is_alone = text::is_blank(text, first..span.start)
        && (behind.is_empty() || behind.starts_with(['#', '/']));
    let object = match is_alone {
        true => {
            let (indent, ending) = (
                &text[first..span.start],
                text::line_ending(text, span.start),
            );
            let width = nested.iter().map(|(name, _)| name.len()).max()?;
            let lines = nested.iter().map(|(name, value)| {
                // The lines of a heredoc are its content.
                let value = match value.starts_with("<<") {
                    true => value.clone(),
                    false => value.replace('\n', "\n  "),
                };
                format!("{indent}  {name:width$} = {value}{ending}")
            });
            let lines: String = lines.collect();
            format!("assume_role = {{{ending}{lines}{indent}}}")
        }
        false => {
            let entries = nested
                .iter()
                .map(|(name, value)| format!("{name} = {value}"));
            let entries = entries.collect::<Vec<_>>().join(", ");
            (!entries.contains('\n')).then(|| format!("assume_role = {{ {entries} }}"))?
        }
    };
    let is_other = |it: &Attribute<'_>| flat_name(it.name).is_some() && it.name != "role_arn";
    let mut edits = Edit::remove_entries(document, settings, is_other);
    edits.push(Edit::replace(span, object));
    Some(edits)
}

/// The findings on remote states with a flat role, which Terraform 1.10 refuses: `unexpected attribute
/// "role_arn"` (measured).
pub(super) fn in_remote_states(document: &Document, repo: &Repo) -> Vec<Finding> {
    let states = remote_states(document).into_iter();
    states
        .filter_map(|state| in_remote_state(&state, document, repo))
        .collect()
}

fn in_remote_state(state: &RemoteState<'_>, document: &Document, repo: &Repo) -> Option<Finding> {
    let mut settings = state.settings.iter();
    let role = settings.find(|found| found.name == "role_arn")?;
    let message = "assumes a role by the flat `role_arn`, an error from Terraform 1.10 on: not \
                   changed";
    let about = (state.reference(), message.to_owned());
    let finding = Finding::new(ID, document, role.span(), about)
        .help("write `assume_role = { role_arn = \"...\" }`")
        .effect(RootEffect::None);
    let own = document.path().parent().unwrap_or(Path::new(""));
    // The constraints of a module hold together with those of the modules that call it.
    let directories: Vec<&Path> = match repo.admits_terraform_before(own, &NESTED) {
        None => vec![own],
        Some(_) => repo.roots(own).collect(),
    };
    Some(nesting(
        finding,
        document,
        &state.settings,
        &directories,
        repo,
    ))
}
