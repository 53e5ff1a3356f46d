//! `cargo bench --bench many`: how long one `tfkeyless plan` of many repositories takes beside one
//! `grep` over the same trees, and how much memory it holds. ../README.md says how to read it.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark is of the world"
)]

#[path = "../speed/measure.rs"]
mod measure;
mod repositories;
#[path = "../speed/tree.rs"]
mod tree;

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use measure::{Program, median};

/// What somebody greps for who wants to know which repositories are concerned.
const PATTERN: &str = "assume_role|aws-access-key-id";

/// Runs on whose highest memory the table is built.
const MEMORY_RUNS: usize = 3;

/// What the command line asks for.
struct Options {
    repositories: usize,
    rounds: usize,
    /// Only write the repositories, here.
    generate: Option<PathBuf>,
    /// Measure on these instead, which are left as they are.
    on: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    let temporary = tempfile::tempdir()?;
    let parent = options.generate.as_deref().unwrap_or(temporary.path());
    fs::create_dir_all(parent)?;
    let largest = match options.on {
        None => Some(repositories::write(parent, options.repositories)?),
        Some(_) => None,
    };
    if options.generate.is_some() {
        return Ok(());
    }
    let parent = options.on.as_deref().unwrap_or(parent);
    let programs = programs(parent);
    let changed = programs[0].output()?.matches("\n+++ ").count();
    eprintln!("{changed} files change");
    let rounds = measure::rounds(&programs, options.rounds)?;
    println!("{:<28} {:>12} {:>14}", "program", "median", "plan / it");
    for (index, program) in programs.iter().enumerate() {
        let times = rounds.iter().filter_map(|round| round[index]);
        let time = median(times.map(milliseconds).collect());
        let pairs = rounds.iter().filter_map(|it| Some((it[0]?, it[index]?)));
        let ratios = pairs.map(|(plan, it)| plan.div_duration_f64(it));
        let ratio = median(ratios.collect());
        println!("{:<28} {time:>9.1} ms {ratio:>12.2} x", program.name);
    }
    println!("\n{:<28} {:>12}", "plan of", "peak memory");
    println!("{:<28} {:>9} kB", "all", peak(&programs[0])?);
    if let Some(largest) = largest {
        let alone = plan(&[&largest.to_string_lossy()]);
        println!("{:<28} {:>9} kB", "the largest alone", peak(&alone)?);
    }
    Ok(())
}

fn options() -> Result<Options, Box<dyn Error>> {
    let mut options = Options {
        repositories: 2_000,
        rounds: 11,
        generate: None,
        on: None,
    };
    let mut args = env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--bench" => {} // from cargo
            "--repositories" => options.repositories = value()?.parse()?,
            "--rounds" => options.rounds = value()?.parse()?,
            "--generate" => options.generate = Some(value()?.into()),
            "--on" => options.on = Some(value()?.into()),
            _ => return Err(format!("unknown argument {arg}").into()),
        }
    }
    Ok(options)
}

fn plan(args: &[&str]) -> Program {
    let plan = ["plan", "--no-pager", "--color", "never"];
    program(
        "plan",
        env!("CARGO_BIN_EXE_tfkeyless"),
        &[&plan, args].concat(),
    )
}

/// `tfkeyless plan` of all, and one search over all: `grep` of every file and of Terraform's alone,
/// and where it is installed `rg` of Terraform's files and of workflows.
fn programs(parent: &Path) -> Vec<Program> {
    let parent = &*parent.to_string_lossy();
    let grep = ["-rlE", "--exclude-dir=.git", PATTERN, parent];
    let of_terraform = [&["--include=*.tf"], &grep[..]].concat();
    let mut programs = vec![
        plan(&["--each", parent]),
        program("grep", "grep", &grep),
        program("grep --include=*.tf", "grep", &of_terraform),
    ];
    let path = env::var_os("PATH").unwrap_or_default();
    match env::split_paths(&path).any(|directory| directory.join("rg").is_file()) {
        true => {
            let rg = [
                "-l",
                "-uu",
                "assume_role",
                "-g",
                "*.tf",
                "-g",
                "*.yml",
                parent,
            ];
            programs.push(program("rg -g *.tf -g *.yml", "rg", &rg));
        }
        false => eprintln!("rg is not installed: left out"),
    }
    programs
}

fn program(name: &'static str, path: &str, args: &[&str]) -> Program {
    Program {
        name,
        path: path.into(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        is_slow: false,
    }
}

fn peak(program: &Program) -> Result<u64, Box<dyn Error>> {
    let peaks = (0..MEMORY_RUNS).map(|_| program.peak());
    let peaks = peaks.collect::<Result<Vec<_>, _>>()?;
    let peak = peaks.into_iter().flatten().max();
    Ok(peak.ok_or("this system does not tell how much memory a process holds")?)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
