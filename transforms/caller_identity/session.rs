//! What names the session of who runs Terraform: it differs between engineers and jobs.

use diagnostics::finding::Finding;
use engine::migration::MigratingModule;
use engine::repo::Repo;
use syntax::code::sentence;
use terraform::caller_identity::{
    CALLER_IDENTITY, CallerPurpose, CallerReference, SESSION_CONTEXT, references,
};

use super::{Place, about, documents, named};

pub(super) fn findings(module: &MigratingModule, repo: &Repo) -> Vec<Finding> {
    if !module.moves_providers {
        return Vec::new();
    }
    let documents = documents(module);
    let provider_of = |name: &str| {
        let mut data = documents.iter().flat_map(|it| it.blocks("data"));
        let block =
            data.find(|it| (it.label(0), it.label(1)) == (Some(CALLER_IDENTITY), Some(name)))?;
        let provider = block.attribute("provider")?.value.written();
        provider.split_once('.').map(|(_, alias)| alias.to_owned())
    };
    let is_changing = |name: &str| module.moves(provider_of(name).as_deref(), repo);
    let found = references(&documents, is_changing);
    let callers = named(&module.callers(repo), true);
    let purposes = [
        CallerPurpose::Value,
        CallerPurpose::Provider,
        CallerPurpose::Test,
    ];
    let findings = purposes.into_iter().filter_map(|purpose| {
        let found = found.iter().filter(|it| it.purpose == purpose);
        let found: Vec<&CallerReference> = found.collect();
        let (message, help) = said(found.first()?, &callers);
        let places = found.iter().filter_map(|reference| {
            let mut documents = documents.iter();
            Some(Place {
                document: documents.find(|it| it.path() == reference.at.path)?,
                offset: reference.offset,
                subject: reference.of.clone(),
            })
        });
        Some(about(places.collect(), &message)?.help(help))
    });
    findings.collect()
}

/// What is said of a reference, and what helps.
fn said(reference: &CallerReference, callers: &str) -> (String, String) {
    let written = &reference.written;
    let what = match written.contains(SESSION_CONTEXT) {
        true => "role",
        false => "session",
    };
    let source = written.trim_end_matches(".arn");
    let source = source.trim_end_matches(".user_id");
    let instead = sentence!(
        "use `{source}.account_id`, or the role of the session: `data \"aws_iam_session_context\" \"current\" \
         {{ arn = {source}.arn }}` and its `issuer_arn`"
    );
    match reference.purpose {
        CallerPurpose::Value => (
            sentence!(
                "uses `{written}`, the session of who runs Terraform: where policies name a session, plans of \
                 one engineer or job differ from those of another"
            ),
            instead,
        ),
        CallerPurpose::Provider => (
            sentence!(
                "makes a provider configuration of `{written}`, the {what} of who runs Terraform: \
                 another {what} may select another role or account, or other default tags"
            ),
            format!("check what it becomes for sessions of {callers}"),
        ),
        CallerPurpose::Test => (
            sentence!(
                "tests `{written}`, the {what} of who runs Terraform: the new callers may get another result"
            ),
            format!("check what the test says of sessions of {callers}"),
        ),
    }
}
