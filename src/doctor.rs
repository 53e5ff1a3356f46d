//! `tfkeyless doctor`: what would stop `terraform init` and `plan` right here.

mod environment;
mod module_sources;
mod online;
mod problem;
mod profiles;
mod repository;
mod saved_backend;
mod setup;
mod sso_token;

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};
use syntax::visible;

use crate::cli::{DoctorArgs, ReportFormat};
use crate::counted::counted;
use crate::exit::Exit;
use crate::json_text;
use crate::pager;
use crate::redact::on_one_line;
use crate::say::noted;
use crate::terminal;
use problem::Problem;
pub use profiles::has_shadowing_keys;
use setup::Setup;
pub use setup::missing_profile_cure;

/// Runs every check and prints what was found.
pub fn doctor(args: &DoctorArgs) -> anyhow::Result<Exit> {
    let setup = Setup::read(args)?;
    let mut all = environment::problems(&setup);
    all.extend(profiles::problems(&setup));
    all.extend(sso_token::problems(&setup));
    all.extend(module_sources::problems(&setup));
    all.extend(saved_backend::problems(&setup));
    all.extend(repository::problems(&setup));
    if args.online {
        all.extend(online::problems(&setup)?);
    }
    if let Some(runner) = setup::runner() {
        noted(&format!(
            "this is a runner of {runner}: doctor checks laptops and says here only what this runner's own \
             environment and AWS files lack"
        ));
    }
    let output = match args.format {
        ReportFormat::Text => text(&all),
        ReportFormat::Json => document(&setup, &all),
    };
    pager::styled(&output, false)?;
    Ok(Exit::found(!all.is_empty()))
}

const PLACE: Style = Style::new().bold();
const CURE: Style = AnsiColor::Cyan.on_default();

fn text(all: &[Problem]) -> String {
    // In a pipe a problem has a line.
    let width = terminal::width().filter(|_| pager::is_terminal());
    let mut out = String::new();
    for (number, problem) in all.iter().enumerate() {
        let at = match (&problem.file, problem.line) {
            (Some(file), Some(line)) => format!("{}:{line}: ", visible::path(file)),
            (Some(file), None) => format!("{}: ", visible::path(file)),
            (None, _) => String::new(),
        };
        let message = on_one_line(&problem.message);
        let shown = terminal::after(&at, PLACE, &message, width);
        let _ = writeln!(out, "{shown}");
        // What one command cures is listed above it, once. It is there to be pasted, and is not wrapped.
        let next = all.get(number + 1);
        if next.is_none_or(|next| next.cure != problem.cure) {
            let _ = writeln!(out, "    {CURE}{}{CURE:#}", on_one_line(&problem.cure));
            if width.is_some() && next.is_some() {
                out.push('\n');
            }
        }
    }
    let _ = match all.len() {
        0 => writeln!(
            out,
            "Nothing found that would stop terraform init and plan here."
        ),
        count => writeln!(out, "\n{} found.", counted(count, "problem")),
    };
    out
}

fn document(setup: &Setup, all: &[Problem]) -> String {
    let findings = all.iter().map(|problem| {
        json!({
            "check": problem.check,
            "file": problem.file.as_ref().map(|file| file.to_string_lossy()),
            "line": problem.line,
            "message": on_one_line(&problem.message),
            "cure": on_one_line(&problem.cure),
        })
    });
    let findings: Vec<Value> = findings.collect();
    let document = json!({
        "version": 1,
        "root": setup.root.to_string_lossy(),
        "findings": findings,
    });
    json_text::pretty(&document) + "\n"
}
