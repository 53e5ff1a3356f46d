//! `tfkeyless doctor`: what would stop `terraform init` and `plan` right here.

mod environment;
mod module_sources;
mod online;
mod profiles;
mod repository;
mod saved_backend;
mod sso_token;
mod trouble;
mod world;

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::{DoctorArgs, DoctorFormat};
use crate::exit::Exit;
use crate::pager;
use crate::redact::for_people;
use crate::report::counted;
use trouble::Problem;
use world::Environment;

/// Looks, and tells what was found.
pub fn doctor(args: &DoctorArgs) -> anyhow::Result<Exit> {
    let world = Environment::read(args)?;
    let mut all = environment::look(&world);
    all.extend(profiles::look(&world));
    all.extend(sso_token::look(&world));
    all.extend(module_sources::look(&world));
    all.extend(saved_backend::look(&world));
    all.extend(repository::look(&world));
    if args.online {
        all.extend(online::look(&world)?);
    }
    let told = match args.format {
        DoctorFormat::Text => text(&all),
        DoctorFormat::Json => document(&world, &all),
    };
    pager::show(&told, false)?;
    Ok(Exit::found(!all.is_empty()))
}

fn text(all: &[Problem]) -> String {
    let mut out = String::new();
    for trouble in all {
        let at = match (&trouble.file, trouble.line) {
            (Some(file), Some(line)) => format!("{}:{line}: ", file.display()),
            (Some(file), None) => format!("{}: ", file.display()),
            (None, _) => String::new(),
        };
        let _ = writeln!(out, "{}", for_people(&format!("{at}{}", trouble.message)));
        let _ = writeln!(out, "    {}", for_people(&trouble.cure));
    }
    let _ = match all.len() {
        0 => writeln!(
            out,
            "Nothing found that would stop terraform init and plan here."
        ),
        count => writeln!(out, "\n{} in the way.", counted(count, "thing")),
    };
    out
}

fn document(world: &Environment, all: &[Problem]) -> String {
    let findings = all.iter().map(|trouble| {
        json!({
            "check": trouble.check,
            "file": trouble.file.as_ref().map(|file| file.to_string_lossy()),
            "line": trouble.line,
            "message": for_people(&trouble.message),
            "cure": for_people(&trouble.cure),
        })
    });
    let findings: Vec<Value> = findings.collect();
    let document = json!({
        "version": 1,
        "root": world.root.to_string_lossy(),
        "findings": findings,
    });
    format!("{document:#}\n")
}
