//! What names the session of who runs Terraform: it differs between engineers and jobs.

use diagnostics::finding::Finding;
use engine::migration::MigratingModule;
use engine::repo::Repo;
use terraform::caller_identity::{CALLER_IDENTITY, references};

use super::{Place, about, documents};

pub(super) fn findings(module: &MigratingModule, repo: &Repo) -> Option<Finding> {
    if !module.moves_providers {
        return None;
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
    let places = found.iter().filter_map(|reference| {
        let mut documents = documents.iter();
        Some(Place {
            document: documents.find(|it| it.path() == reference.at.path)?,
            offset: reference.offset,
            subject: reference.of.clone(),
        })
    });
    let first = found.first()?;
    let message = format!(
        "uses `{}`, the session of who runs Terraform: it differs for each engineer and job, so that every \
         plan has a difference and policies name a session",
        first.written
    );
    let source = first
        .written
        .trim_end_matches(".arn")
        .trim_end_matches(".user_id");
    let help = format!(
        "use `{source}.account_id`, or the role of the session: `data \"aws_iam_session_context\" \"current\" \
         {{ arn = {source}.arn }}` and its `issuer_arn`"
    );
    Some(about(places.collect(), &message)?.help(help))
}
