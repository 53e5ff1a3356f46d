//! What the `GITHUB_TOKEN` of a job may do, and what a job needs once it signs in to AWS by OIDC.
//!
//! GitHub's rules as data and functions that know no YAML: [`PermissionsBlock`] is the value of
//! `permissions`, [`Effective`] what a job gets from it, [`Needs`] what its steps use, and
//! [`grant`] what has to be written so that a job may request an OIDC token and loses nothing.

mod action;
mod action_table;
mod block;
mod effective;
mod fetch;
mod gh;
mod git;
mod grant;
mod needs;
mod octokit;
mod program;
mod run;
mod scope;
mod step;
mod token;

pub use action::{is_known as is_known_action, runs_own_code};
pub use block::PermissionsBlock;
pub use effective::{Call, DefaultToken, Effective};
pub use grant::{Grant, JobToken, grant};
pub use needs::{Needs, Unknown};
pub use scope::{Level, Scope, Scopes};
pub use step::{TokenStep, UnknownNeed};
