//! What runs Terraform outside a laptop: GitHub Actions, other CI systems, scripts.

pub mod aws_names;
mod flags;
pub mod github;
pub mod run_arguments;
pub mod runner;
pub mod scripts;
pub mod settings;
pub mod systems;
pub mod terraform_run;
pub mod variant;
