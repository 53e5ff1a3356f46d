//! The tokens of a job: what its `GITHUB_TOKEN` may do, and what its OIDC token says.

mod chains;
mod id_token;
pub(super) mod job_condition;
pub(in crate::github) mod rights;
pub mod subject;
mod triggering_run;
