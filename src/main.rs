//! Moves Terraform repositories off static IAM keys: AWS SSO on laptops, GitHub OIDC in CI.
//!
//! The world around the transforms: arguments, files, terminals, git.

mod cli;
mod commit;
mod config;
mod diff;
mod explain;
mod git;
mod pager;
mod plan;
mod prompt;
mod redact;
mod report;
mod walk;

use std::panic;
use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, Color, Command};

/// Many small documents are parsed and dropped: this takes a fifth off a large tree.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Refused or failed; nothing was written.
const FAILED: u8 = 2;
/// Ended by a signal; nothing was written.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let color = match &cli.command {
        Command::Plan(args) => args.common.color,
        Command::Apply(args) => args.common.color,
        Command::Explain { color, .. } => *color,
    };
    match color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    // A fault of ours is told as one, without a backtrace; writing undoes itself on the way out.
    panic::set_hook(Box::new(|fault| {
        anstream::eprintln!(
            "tfkeyless: {fault}\nThis is a fault of tfkeyless, please report it. Nothing was written."
        );
    }));
    let result = panic::catch_unwind(|| match &cli.command {
        Command::Plan(args) => plan::plan(args),
        Command::Apply(args) => plan::apply(args),
        Command::Explain { id, .. } => explain::explain(id.as_deref()),
    });
    match result {
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(error)) if error.is::<commit::Interrupted>() => {
            anstream::eprintln!("tfkeyless: {error}; nothing was written");
            ExitCode::from(INTERRUPTED)
        }
        Ok(Err(error)) => {
            let message = format!("{error:#}");
            anstream::eprintln!("tfkeyless: {}", redact::sanitize(&message));
            ExitCode::from(FAILED)
        }
        Err(_) => ExitCode::from(FAILED),
    }
}
