//! Where a script begins, and what it does.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::execution::Execution;
use super::functions::Functions;
use crate::scripts::working_directory::WorkingDirectory;
use crate::terraform_run::TerraformRun;
use crate::variant::Environment;

/// How deep scripts may call each other; more than in any repository that was seen, and the end of
/// those that call themselves.
pub(in crate::scripts) const MAX_DEPTH: usize = 6;

/// Commands that are read in called scripts and in the rounds of loops, for one script and all that it
/// leads to.
// Ten lines that each call the next script ten times, or six loops in each other, are a million. The
// largest job of the repositories that were seen leads to some hundreds.
const BUDGET: usize = 10_000;

/// What is left of `BUDGET`; shared by all that a script leads to, and no part of what it does: all
/// are equal.
#[derive(Debug, Clone)]
pub struct ScriptBudget(Arc<AtomicUsize>);

impl Default for ScriptBudget {
    fn default() -> Self {
        Self(Arc::new(AtomicUsize::new(BUDGET)))
    }
}

impl PartialEq for ScriptBudget {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for ScriptBudget {}

impl ScriptBudget {
    /// Whether so many commands are left; they are spent then.
    pub(crate) fn affords(&self, commands: usize) -> bool {
        let left = self.left().checked_sub(commands);
        self.0.store(left.unwrap_or(self.left()), Ordering::Relaxed);
        left.is_some()
    }

    /// Spends all that is left: what follows is not read any more.
    pub(in crate::scripts) fn exhaust(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    fn left(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether nothing is left.
    pub(crate) fn is_spent(&self) -> bool {
        self.left() == 0
    }
}

/// Where a script begins.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct ScriptContext {
    /// Its directory.
    pub working: WorkingDirectory,
    /// The variables of its environment.
    pub environment: Environment,
    /// The workspaces that are selected, by directory; `None` for one that only the run determines.
    pub workspaces: Workspaces,
    /// Whether the settings for Kubernetes' tools call AWS.
    pub is_in_cluster: bool,
    /// Whether a variable that `environment` does not have is not set.
    pub is_closed: bool,
    /// Whether something but a person reads what it prints.
    pub is_output_used: bool,
    /// The functions that it may call.
    pub functions: Functions,
    /// Whether another script takes it in, which goes on where it ends: `source`.
    pub is_taken_in: bool,
    /// How many calls led here.
    pub depth: usize,
    /// What calls and loops may still read.
    pub budget: ScriptBudget,
}

/// Workspaces by directory.
pub type Workspaces = BTreeMap<Option<PathBuf>, Option<String>>;

/// A command that uses the AWS credentials of its environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsUse {
    /// Byte offset of the command in the script.
    pub offset: usize,
    /// The command, as a message names it: `` `aws s3 sync` ``.
    pub what: String,
    /// Whether AWS refuses it to a role: it may only be made with the keys of a user.
    pub needs_user: bool,
    /// Whether a variable names a profile, which counts where the environment has no keys.
    pub names_profile: bool,
}

impl AwsUse {
    /// A use at the start of a script, which roles may make.
    pub fn of(what: impl Into<String>) -> Self {
        Self {
            offset: 0,
            what: what.into(),
            needs_user: false,
            names_profile: false,
        }
    }
}

/// A call of a script or a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptCall {
    /// Byte offset of the command in the script.
    pub offset: usize,
    /// Its name and its arguments, with the values of variables that are known.
    pub words: Vec<String>,
    /// Where it is called, with which environment.
    pub context: ScriptContext,
}

/// What a script does.
#[derive(Debug, Clone)]
pub struct ScriptReading {
    /// The Terraform commands that reach state, in their order.
    pub runs: Vec<TerraformRun>,
    /// The commands that use AWS credentials, in their order.
    pub aws_uses: Vec<AwsUse>,
    /// What it calls that may do either.
    pub calls: Vec<ScriptCall>,
    /// Byte offset of the first command whose name only the run determines.
    pub unknown: Option<usize>,
    /// All its commands, with those of the files that it calls.
    pub execution: Execution,
    /// Whether it is a program in another language, whose text was searched.
    pub is_program: bool,
    /// How it ends.
    pub end: ScriptContext,
}

/// What a call does.
#[derive(Debug)]
pub enum Called {
    /// What is read of it.
    Read(Box<ScriptReading>),
    /// It may do anything.
    Unread,
    /// Nothing that matters.
    Nothing,
}

/// The files that scripts may call.
pub trait Tree {
    /// What a call does.
    fn follow(&self, call: &ScriptCall) -> Called;
}

impl ScriptContext {
    /// A script that begins there, in an environment of which nothing is known.
    pub fn new(working: WorkingDirectory) -> Self {
        Self {
            working,
            environment: Environment::new(),
            workspaces: Workspaces::new(),
            is_in_cluster: false,
            is_closed: false,
            is_output_used: false,
            functions: Functions::default(),
            is_taken_in: false,
            depth: 0,
            budget: ScriptBudget::default(),
        }
    }

    /// The same, one call deeper. A program has none of the functions of who calls it.
    pub(in crate::scripts) fn inner(&self) -> Self {
        Self {
            functions: Functions::default(),
            is_taken_in: false,
            ..self.taken_in()
        }
    }

    /// The same in a file that is taken in.
    pub(in crate::scripts) fn taken_in(&self) -> Self {
        Self {
            is_taken_in: true,
            depth: self.depth + 1,
            ..self.clone()
        }
    }
}

impl ScriptReading {
    /// A script that does nothing yet.
    pub(in crate::scripts) fn starting(context: ScriptContext) -> Self {
        Self {
            runs: Vec::new(),
            aws_uses: Vec::new(),
            calls: Vec::new(),
            unknown: None,
            execution: Execution::default(),
            is_program: false,
            end: context,
        }
    }

    /// Adds what another script does, which is run by the command at that offset.
    pub(in crate::scripts) fn add_inner(&mut self, offset: usize, inner: Self) {
        let runs = inner.runs.into_iter();
        self.runs
            .extend(runs.map(|run| TerraformRun { offset, ..run }));
        let uses = inner.aws_uses.into_iter();
        self.aws_uses
            .extend(uses.map(|used| AwsUse { offset, ..used }));
        let calls = inner.calls.into_iter();
        self.calls
            .extend(calls.map(|call| ScriptCall { offset, ..call }));
        if inner.unknown.is_some() {
            self.unknown.get_or_insert(offset);
        }
        self.execution.extend(inner.execution);
        self.end.workspaces = inner.end.workspaces;
        self.end.is_in_cluster = inner.end.is_in_cluster;
    }
}
