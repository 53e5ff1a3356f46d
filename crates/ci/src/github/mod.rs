//! GitHub Actions.

mod actions;
pub mod ambient_use;
pub mod any_secret;
mod audiences;
pub mod brought_credentials;
pub mod calls_elsewhere;
pub mod conditions;
pub mod configure_aws_credentials;
mod credential_actions;
pub mod expression;
pub mod expression_syntax;
mod job_reader;
pub mod keys;
pub mod names;
pub mod permissions;
pub mod profiles;
mod region;
pub mod role_sign_ins;
pub mod role_text;
mod runner;
mod scalars;
pub mod sign_ins;
pub mod terraform_runs;
pub mod token;
pub mod uses;
pub mod values;
pub mod workflow;
