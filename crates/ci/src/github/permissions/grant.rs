//! What has to be written so that a job may request an OIDC token and loses nothing.

use super::block::PermissionsBlock;
use super::effective::{DefaultToken, restricted};
use super::needs::{Needs, Unknown};
use super::scope::{Level, Scope, Scopes, raise};

/// The facts about a job that assumes a role.
#[derive(Debug, Clone, Copy)]
pub struct JobToken<'j> {
    /// The job's own block.
    pub own: Option<&'j PermissionsBlock>,
    /// The workflow's block.
    pub workflow: Option<&'j PermissionsBlock>,
    /// Whether every job of the workflow assumes a role.
    pub all_assume: bool,
    /// The repository's default.
    pub default: DefaultToken,
    /// What its steps, or the workflow that it calls, use.
    pub needs: &'j Needs,
    /// The answer of the configuration: a `job` block.
    pub answer: Option<&'j Scopes>,
}

/// What to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// The job may request the token as it is.
    Nothing,
    /// `id-token: write` in the job's mapping, in place of what it has for `id-token`.
    AddToJob,
    /// The same in the workflow's mapping.
    AddToWorkflow,
    /// This mapping as the job's block, in place of what it has.
    SetJob(Scopes),
    /// The same as the first block of a job, in which these commands cannot be read: it takes
    /// `contents: write` from them, which they need if they push.
    SetUnread(Scopes, Vec<Unknown>),
    /// A first block would take away permissions that are not known to be unused.
    Ask {
        /// The steps whose use of the token is unknown.
        unknown: Vec<Unknown>,
        /// The mapping to complete and paste.
        block: Scopes,
    },
}

/// The decision for a job that assumes a role.
///
/// A block removes every permission that it does not list. So a job without one gets its first
/// block only where all that its steps use is known, or a person has listed it. An existing block
/// is only added to.
pub fn grant(job: &JobToken<'_>) -> Grant {
    if job
        .own
        .or(job.workflow)
        .is_some_and(PermissionsBlock::fetches_id_token)
    {
        return Grant::Nothing;
    }
    match (job.own, job.workflow) {
        // A mapping keeps what it grants when a scope is added; a word or `{}` has to be replaced.
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

/// The first block of a job: what its steps use, then the answer over it. An answer settles what is
/// unknown, and so does a restricted default, which bounds what can be lost.
fn first_block(job: &JobToken<'_>) -> Grant {
    let needs = job.needs;
    let is_known = needs.unknown.is_empty();
    let mut block = needs.scopes.clone();
    if job.default == DefaultToken::Restricted {
        if !is_known {
            raise(&mut block, restricted());
        }
        // What the default did not give, the job cannot have used.
        let restricted = restricted();
        block.retain(|scope, _| restricted.contains_key(scope));
        for level in block.values_mut() {
            *level = Level::Read;
        }
    }
    // `actions/checkout` needs it, and both defaults grant it.
    raise(&mut block, [(Scope::Contents, Level::Read)]);
    if let Some(answer) = job.answer {
        block.extend(answer.clone());
    }
    block.retain(|_, level| *level > Level::None);
    let block = with_id_token(block);
    let is_settled = job.answer.is_some() || job.default == DefaultToken::Restricted;
    let may_push = block.get(&Scope::Contents) == Some(&Level::Write);
    if is_settled || is_known && (needs.unread.is_empty() || may_push) {
        return Grant::SetJob(block);
    }
    if is_known {
        return Grant::SetUnread(block, needs.unread.clone());
    }
    Grant::Ask {
        unknown: needs.unknown.clone(),
        block,
    }
}

/// `read-all` as a mapping. Scopes that workflow checkers do not know are listed only where a step
/// may use them.
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
