//! Moves Terraform repositories off static IAM keys: AWS SSO on laptops, GitHub OIDC in CI.
//!
//! The world around the transforms: arguments, files, terminals, git.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::exit,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "the world lives here; the libraries keep to texts"
)]

mod above;
mod account_table;
mod after_writing;
mod audit;
mod aws_file;
mod cli;
mod commit;
mod config;
mod counted;
mod diff;
mod digest;
mod disk;
mod doctor;
mod exit;
mod explain;
mod format;
#[cfg(test)]
mod fuzzed;
mod generate;
mod git;
mod init;
mod interactive;
mod json_text;
mod link;
mod machine;
mod manual;
mod many;
mod outcome;
mod page_file;
mod pager;
mod patch;
mod plan;
mod prompt;
mod redact;
mod report;
mod repository;
mod run_directory;
mod say;
mod source_line;
mod source_snippet;
mod terminal;
mod verify;
mod walk;
mod whole_file;
mod writing;
mod written;

use std::panic::{self, Location};
use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, Color, Command};
use exit::Exit;
use outcome::WrongConfiguration;
use say::{fail, fail_as_shown, say};

/// Many small documents are parsed and dropped: this takes a fifth off a large tree.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Before the first output: the choice is one for the whole process.
    match cli.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    panic::set_hook(Box::new(|panicked| {
        let refusal = machine::refusal(panicked.payload());
        fail(&refusal.map_or_else(|| fault(panicked.location()), limit));
    }));
    machine::start_threads();
    // A panic would end with Rust's own code, 101, which is none of those that are promised.
    let result = panic::catch_unwind(|| match &cli.command {
        Command::Plan(args) => plan::plan(args),
        Command::Apply(args) => plan::apply(args),
        Command::Audit(args) => audit::audit(args),
        Command::Generate { what } => generate::generate(what),
        Command::Init { path, print } => init::init(path, *print),
        Command::Doctor(args) => doctor::doctor(args),
        Command::Verify(args) => verify::verify(args),
        Command::Completions { shell } => manual::completions(*shell),
        Command::Man => manual::page(),
        Command::Explain { id, of, cases } => {
            explain::explain(id.as_deref(), of.as_deref(), *cases)
        }
    });
    let exit = match result {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) if error.is::<commit::Interrupted>() => {
            fail(&format!("{error}\nnote: nothing was written"));
            Exit::Interrupted
        }
        Ok(Err(error)) if prompt::EndOfInput::ended(&error) => {
            say("\nNothing was written.");
            Exit::Interrupted
        }
        Ok(Err(error)) => {
            match error.downcast_ref::<WrongConfiguration>() {
                Some(WrongConfiguration(shown)) => fail_as_shown(shown),
                None => fail(&say::with_advice_last(&error)),
            }
            Exit::Failed
        }
        Err(_) => Exit::Failed,
    };
    exit.into()
}

/// The message for what the system refuses.
fn limit(refusal: &str) -> String {
    format!(
        "the system refuses: {refusal}\n\
         note: if it was writing, the next `tfkeyless apply` undoes that"
    )
}

/// The message for a panic: where it happened. Its text is left out, since it may quote a file and
/// with it a secret.
fn fault(at: Option<&Location<'_>>) -> String {
    let place = at.map_or(String::new(), |at| format!(" at {at}"));
    format!(
        "this is a bug in tfkeyless{place}, please report it\n\
         note: if it was writing, the next `tfkeyless apply` undoes that"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_is_reported_with_its_place_and_what_undoes_it() {
        let message = fault(Some(Location::caller()));
        assert!(message.contains(" at src/main.rs:"), "{message}");
        assert!(message.contains("`tfkeyless apply` undoes"), "{message}");
    }
}
