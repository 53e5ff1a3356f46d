//! `cargo bench --bench growth`: how the time of `tfkeyless` grows with each thing of which a
//! repository may have many. ../README.md says how to read it.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a benchmark is of the world"
)]

mod kinds;

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use kinds::Kind;
use tempfile::TempDir;

/// The most that time may grow where a thing doubles.
const PER_DOUBLING: f64 = 2.3;

/// A run shorter than this is mostly the start of the process, and grows into any ratio.
const SHORTEST: Duration = Duration::from_millis(60);

/// The size doubles until the largest takes so long: a hundredth of a second, which is as exactly as Linux
/// counts, is then little of each of the three.
const LONG_ENOUGH: Duration = Duration::from_millis(500);

/// The largest tree, in files and in bytes: what is fast even there has no ratio that matters.
const LARGEST: (usize, usize) = (40_000, 16 << 20);

/// The longest path of a file: Linux opens none above 4,096 bytes, and the tree is in a directory itself.
const LONGEST_PATH: usize = 3_500;

/// A run that takes longer is ended: whatever its ratio, it is too much.
const LONGEST: Duration = Duration::from_secs(60);

/// Rounds of each size; the shortest counts.
const ROUNDS: usize = 3;

const COMMANDS: [&[&str]; 4] = [
    &["plan", "--review"],
    &["audit"],
    &["init", "--print"],
    &["doctor"],
];

/// What the command line asks for.
struct Options {
    /// Kinds whose names contain one of these; all without any.
    named: Vec<String>,
    /// By how much the sizes are divided.
    divided_by: usize,
    /// Only write the trees, here.
    generate: Option<PathBuf>,
    /// The program.
    program: PathBuf,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    let is_asked = |kind: &&Kind| {
        let mut named = options.named.iter();
        options.named.is_empty() || named.any(|named| kind.name.contains(named))
    };
    println!(
        "{:<44} {:<8} {:>7} {:>9} {:>9} {:>9} {:>6} {:>6}",
        "n of", "command", "n", "n", "2n", "4n", "2n/n", "4n/2n"
    );
    let mut worst = 0;
    for kind in kinds::all().filter(is_asked) {
        let smallest = (kind.size / options.divided_by).max(1);
        if let Some(parent) = &options.generate {
            for size in [1, 2, 4].map(|times| times * smallest) {
                let place = parent.join(format!("{} {size}", kind.name));
                write(&place, &(kind.files)(size))?;
            }
            continue;
        }
        let mut trees = Trees::new(kind, smallest)?;
        for command in COMMANDS {
            let mut times = Vec::new();
            while let Some(place) = trees.nth(times.len())? {
                times.push(shortest(&options.program, command, &place)?);
                if times.len() >= 3 && times.last() >= Some(&LONG_ENOUGH) {
                    break;
                }
            }
            let size = smallest << (times.len() - 3);
            let times = &times[times.len() - 3..];
            let ratio = |at: usize| {
                times[at + 1]
                    .max(SHORTEST)
                    .div_duration_f64(times[at].max(SHORTEST))
            };
            let ratios = [ratio(0), ratio(1)];
            let mark = if ratios.iter().any(|it| *it > PER_DOUBLING) {
                "  !"
            } else {
                ""
            };
            worst += usize::from(!mark.is_empty());
            let shown = times
                .iter()
                .map(|it| format!("{:>7.2} s", it.as_secs_f64()));
            println!(
                "{:<44} {:<8} {size:>7} {} {:>6.2} {:>6.2}{mark}",
                kind.name,
                command[0],
                shown.collect::<Vec<_>>().join(" "),
                ratios[0],
                ratios[1]
            );
        }
    }
    match worst {
        0 => Ok(()),
        worst => Err(format!("{worst} grow by more than {PER_DOUBLING} per doubling").into()),
    }
}

/// Trees of a kind, each twice the one before, written once a command asks for them.
struct Trees<'a> {
    kind: &'a Kind,
    smallest: usize,
    within: TempDir,
    written: usize,
}

impl<'a> Trees<'a> {
    fn new(kind: &'a Kind, smallest: usize) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            kind,
            smallest,
            within: tempfile::tempdir()?,
            written: 0,
        })
    }

    /// Where the tree is that is doubled so often. There are at least three; `None` where a further one
    /// would be larger than [`LARGEST`], or its paths longer than [`LONGEST_PATH`].
    fn nth(&mut self, doublings: usize) -> Result<Option<PathBuf>, Box<dyn Error>> {
        let place = self.within.path().join(doublings.to_string());
        if doublings >= self.written {
            let files = (self.kind.files)(self.smallest << doublings);
            let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
            let is_too_deep = files.iter().any(|(path, _)| path.len() > LONGEST_PATH);
            let is_too_large = files.len() > LARGEST.0 || bytes > LARGEST.1;
            if is_too_deep || doublings >= 3 && is_too_large {
                return Ok(None);
            }
            write(&place, &files)?;
            self.written = doublings + 1;
        }
        Ok(Some(place))
    }
}

fn options() -> Result<Options, Box<dyn Error>> {
    let mut options = Options {
        named: Vec::new(),
        divided_by: 1,
        generate: None,
        program: env!("CARGO_BIN_EXE_tfkeyless").into(),
    };
    let mut args = env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--bench" => {} // from cargo
            "--divide" => options.divided_by = value()?.parse()?,
            "--generate" => options.generate = Some(value()?.into()),
            "--program" => options.program = value()?.into(),
            _ if arg.starts_with('-') => return Err(format!("unknown argument {arg}").into()),
            _ => options.named.push(arg),
        }
    }
    Ok(options)
}

fn write(root: &Path, files: &[(String, String)]) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(root.join(".git"))?;
    for (path, text) in files {
        let path = root.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        match text.strip_prefix(kinds::LINK) {
            Some(target) => std::os::unix::fs::symlink(target, path)?,
            None => fs::write(path, text)?,
        }
    }
    Ok(())
}

/// The shortest processor time of a command on a tree.
fn shortest(program: &Path, command: &[&str], tree: &Path) -> Result<Duration, Box<dyn Error>> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let before = processor_time().unwrap_or_default();
        let started = Instant::now();
        let mut child = Command::new(program)
            .args(command)
            .arg(tree)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        while child.try_wait()?.is_none() {
            if started.elapsed() > LONGEST {
                child.kill()?;
            }
            thread::sleep(Duration::from_millis(2));
        }
        let wall = started.elapsed();
        let own = processor_time().map(|after| after.saturating_sub(before));
        times.push(own.unwrap_or(wall));
        // A long one is exact enough.
        if wall > Duration::from_secs(1) {
            break;
        }
    }
    Ok(times.into_iter().min().unwrap_or_default())
}

/// What all processes that ended took of the processors, which other load does not change; `None` where
/// there is no `/proc`.
fn processor_time() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // proc_pid_stat(5): fields 16 and 17, in hundredths of a second on every Linux.
    let fields = stat.rsplit(") ").next().unwrap_or_default();
    let fields = fields.split_whitespace().skip(13).take(2);
    let ticks: u64 = fields.map(|it| it.parse().unwrap_or(0)).sum();
    Some(Duration::from_millis(10 * ticks))
}
