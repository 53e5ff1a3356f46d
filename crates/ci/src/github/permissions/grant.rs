//! What has to be written so that a job may fetch an OIDC token and loses nothing.

use super::block::PermissionsBlock;
use super::effective::{DefaultToken, restricted};
use super::needs::{Needs, Unknown};
use super::scope::{Level, Scope, Scopes, raise};

/// What the decision is made of.
#[derive(Debug, Clone, Copy)]
pub struct JobToken<'j> {
    /// The job's own block.
    pub own: Option<&'j PermissionsBlock>,
    /// The workflow's.
    pub workflow: Option<&'j PermissionsBlock>,
    /// Whether every job of the workflow assumes a role.
    pub all_assume: bool,
    /// The repository's default.
    pub default: DefaultToken,
    /// What its steps, or the workflow it calls, use.
    pub needs: &'j Needs,
    /// What the configuration says the job needs.
    pub answer: Option<&'j Scopes>,
}

/// What to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// The job may fetch a token as it is.
    Nothing,
    /// `id-token: write` into the job's mapping, over what it says of `id-token`.
    AddToJob,
    /// The same into the workflow's mapping.
    AddToWorkflow,
    /// This mapping as the job's, in place of what it has.
    SetJob(Scopes),
    /// It cannot be known what a block would take away.
    Ask {
        /// The steps of which it is not known what they use.
        unknown: Vec<Unknown>,
        /// The mapping to paste, once what they use is added.
        block: Scopes,
    },
}

/// The decision for a job that assumes a role.
///
/// Any block sets what it does not list to none, so a job gets its first block only where all that
/// its steps use is known, or where somebody has said it. A block that is there is added to.
pub fn grant(job: &JobToken<'_>) -> Grant {
    if job
        .own
        .or(job.workflow)
        .is_some_and(PermissionsBlock::fetches_id_token)
    {
        return Grant::Nothing;
    }
    match (job.own, job.workflow) {
        (Some(PermissionsBlock::Scopes(own)), _) if !own.is_empty() => Grant::AddToJob,
        (None, Some(PermissionsBlock::Scopes(all))) if !all.is_empty() && job.all_assume => {
            Grant::AddToWorkflow
        }
        (Some(block), _) | (None, Some(block)) => Grant::SetJob(with_id_token(match block {
            PermissionsBlock::Scopes(scopes) => scopes.clone(),
            PermissionsBlock::ReadAll | PermissionsBlock::WriteAll => every_read(job.needs),
        })),
        (None, None) => first_block(job),
    }
}

/// The block of a job that has had none: what its steps need, and what is answered over that. What
/// is answered settles what is not known, and so does a default that is restricted.
fn first_block(job: &JobToken<'_>) -> Grant {
    let needs = job.needs;
    let is_known = needs.unknown.is_empty();
    let mut block = needs.scopes.clone();
    if job.default == DefaultToken::Restricted {
        if !is_known {
            raise(&mut block, restricted());
        }
        // A right that it never had is not made up for it.
        let restricted = restricted();
        block.retain(|scope, _| restricted.contains_key(scope));
        for level in block.values_mut() {
            *level = Level::Read;
        }
    }
    raise(&mut block, [(Scope::Contents, Level::Read)]);
    if let Some(answer) = job.answer {
        block.extend(answer.clone());
    }
    block.retain(|_, level| *level > Level::None);
    let block = with_id_token(block);
    if is_known || job.answer.is_some() || job.default == DefaultToken::Restricted {
        return Grant::SetJob(block);
    }
    Grant::Ask {
        unknown: needs.unknown.clone(),
        block,
    }
}

/// `read-all` as a mapping. The doubtful scopes are among it only where a step may use them.
fn every_read(needs: &Needs) -> Scopes {
    let may_be_used = |scope: &Scope| {
        !scope.is_doubtful() || !needs.unknown.is_empty() || needs.scopes.contains_key(scope)
    };
    let scopes = Scope::KNOWN.iter().filter(|scope| may_be_used(scope));
    scopes.map(|scope| (scope.clone(), Level::Read)).collect()
}

fn with_id_token(mut scopes: Scopes) -> Scopes {
    scopes.insert(Scope::IdToken, Level::Write);
    scopes
}
