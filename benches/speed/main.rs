//! `cargo bench`: how long `tfkeyless plan` takes beside the tools that its users run on the same
//! trees, and how much memory it holds. README.md says how to read the tables.
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

mod measure;
mod tree;

use std::env;
use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use measure::{Program, median};
use tree::{State, WORDS, Writer};

/// Finds `assume_role` blocks by syntax.
const RULE: &str = "{id: assume-role, language: hcl, message: found, \
                    rule: {kind: block, has: {kind: identifier, regex: ^assume_role$}}}";

/// Runs on whose highest memory the table is built.
const MEMORY_RUNS: usize = 3;

/// What the command line asks for.
struct Options {
    files: Vec<usize>,
    rounds: usize,
    /// Only write the trees, here.
    generate: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    let temporary = tempfile::tempdir()?;
    let parent = options.generate.as_deref().unwrap_or(temporary.path());
    let mut times = Vec::new();
    let mut memory = Vec::new();
    for &files in &options.files {
        for (state, name) in [(State::Before, "before"), (State::After, "after")] {
            let root = parent.join(format!("{name}-{files}"));
            fs::create_dir_all(&root)?;
            write(&root, files, state)?;
            if options.generate.is_some() {
                continue;
            }
            let title = format!("{files} files, {name}");
            let programs = programs(&root)?;
            times.extend(compared(&title, &programs, options.rounds)?);
            let peaks = (0..MEMORY_RUNS).map(|_| programs[0].peak());
            let peak = peaks
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .flatten()
                .max();
            let peak = peak.map_or("unknown".to_owned(), |kb| format!("{kb} kB"));
            memory.push(format!("{title:<22} {peak:>10}"));
            fs::remove_dir_all(&root)?;
        }
    }
    if options.generate.is_none() {
        println!(
            "\n{:<22} {:<14} {:>10} {:>16}",
            "tree", "tool", "median", "tool / plan"
        );
        println!("{}", times.join("\n"));
        println!("\n{:<22} {:>10}", "tree", "peak memory of plan");
        println!("{}", memory.join("\n"));
    }
    Ok(())
}

/// Writes a tree of `files` configuration files, and its `tfkeyless.hcl`, below `root`.
fn write(root: &Path, files: usize, state: State) -> io::Result<()> {
    fs::write(root.join("tfkeyless.hcl"), tree::CONFIGURATION)?;
    let mut writer = Writer::new(state);
    let mut left = files;
    for team in 0.. {
        let team = root.join(format!("team-{team:03}"));
        let modules = WORDS.iter().map(|word| (format!("modules/{word}"), false));
        let environments = ["dev", "staging", "prod"].into_iter();
        let services = environments
            .flat_map(|name| (0..7).map(move |n| (format!("envs/{name}/{}-{n}", WORDS[n]), true)));
        for (directory, is_root) in modules.chain(services) {
            left -= writer.directory(&team.join(directory), is_root, left)?;
            if left == 0 {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn options() -> Result<Options, Box<dyn Error>> {
    let mut options = Options {
        files: vec![2_400, 30_000],
        rounds: 11,
        generate: None,
    };
    let mut args = env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--bench" => {} // from cargo
            "--files" => options.files = vec![value()?.parse()?],
            "--rounds" => options.rounds = value()?.parse()?,
            "--generate" => options.generate = Some(value()?.into()),
            _ => return Err(format!("unknown argument {arg}").into()),
        }
    }
    Ok(options)
}

/// `tfkeyless plan`, and whatever of the other tools is installed.
fn programs(root: &Path) -> Result<Vec<Program>, Box<dyn Error>> {
    let root = root
        .to_str()
        .ok_or("the temporary directory has an odd name")?;
    let tool = |name, path, args: &[&str]| Program {
        name,
        path,
        args: args
            .iter()
            .chain(&[root])
            .map(|arg| (*arg).to_owned())
            .collect(),
        is_slow: matches!(name, "terraform fmt" | "ast-grep"),
    };
    let plan: &[&str] = &["plan", "--no-pager", "--color", "never"];
    let mut programs = vec![tool("plan", env!("CARGO_BIN_EXE_tfkeyless").into(), plan)];
    let others: [(&'static str, &str, &[&str]); 4] = [
        ("grep", "grep", &["-rl", "assume_role", "--include=*.tf"]),
        ("rg", "rg", &["-l", "assume_role", "-g", "*.tf"]),
        (
            "terraform fmt",
            "terraform",
            &["fmt", "-check", "-recursive"],
        ),
        (
            "ast-grep",
            "ast-grep",
            &["scan", "--inline-rules", RULE, "--report-style", "short"],
        ),
    ];
    for (name, program, args) in others {
        match installed(program) {
            Some(path) => programs.push(tool(name, path, args)),
            None => eprintln!("{program} is not installed: left out"),
        }
    }
    for program in programs.iter().filter(|program| program.name == "ast-grep") {
        let found = program.output()?.matches("[assume-role]").count();
        eprintln!("ast-grep finds {found} assume_role blocks");
    }
    Ok(programs)
}

/// A program on the PATH, or in the virtual environment that README.md names.
fn installed(name: &str) -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("venv/bin");
    let path = env::var_os("PATH").unwrap_or_default();
    let directories = env::split_paths(&path).chain([own]);
    directories
        .map(|directory| directory.join(name))
        .find(|path| path.is_file())
}

/// One line for each program: its median time, and how often `plan` fits into it.
fn compared(
    title: &str,
    programs: &[Program],
    rounds: usize,
) -> Result<Vec<String>, Box<dyn Error>> {
    let rounds = measure::rounds(programs, rounds)?;
    let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
    let lines = programs.iter().enumerate().map(|(index, program)| {
        let times = rounds.iter().filter_map(|round| round[index]);
        let time = median(times.map(milliseconds).collect());
        let pairs = rounds
            .iter()
            .filter_map(|round| Some((round[index]?, round[0]?)));
        let ratio = median(
            pairs
                .map(|(tool, plan)| tool.div_duration_f64(plan))
                .collect(),
        );
        format!(
            "{title:<22} {:<14} {time:>7.1} ms {ratio:>14.2} x",
            program.name
        )
    });
    Ok(lines.collect())
}
