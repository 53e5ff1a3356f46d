//! The tokens of a job: what its `GITHUB_TOKEN` may do, and what its OIDC token says.

mod chains;
mod id_token;
mod job_condition;
mod rights;
pub mod subject;
mod triggering_run;
