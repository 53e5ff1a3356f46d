//! How the role that replaces a key pair reaches the files that use it.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::finding::AssumedRole;

use crate::github::expression::references;
use crate::github::keys::flow::KeyFlow;
use crate::github::keys::job_role::{JobRoles, RoleSignIn};
use crate::github::keys::key_use::{Destination, KeyUse};
use crate::github::keys::origin::{Origin, origin};
use crate::github::keys::refusal::JobRefusal;
use crate::github::workflow::known::Known;
use crate::github::workflow::model::entry;
use crate::github::workflow::{MAX_DEPTH, StepOwner, Workflows};
use crate::settings::Ci;

/// The way of roles through the calls of workflows and actions.
#[derive(Clone, Copy)]
pub struct RoleFlow<'f> {
    /// The files.
    pub workflows: &'f Workflows,
    /// The configuration of CI.
    pub ci: &'f Ci,
    /// The roles that jobs assume.
    pub roles: &'f JobRoles,
    /// What was worked out before.
    pub known: &'f KnownPassages,
}

/// What is the same for all jobs of a file.
#[derive(Debug, Default)]
pub struct KnownPassages {
    /// By the file and the secret or input that takes the access key id.
    passages: Known<(usize, String), Result<RolePassage, JobRefusal>>,
    /// The release of the action that signs in, by the file, and of the repository.
    releases: Known<Option<usize>, String>,
}

/// How a role reaches a file that takes keys from its callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RolePassage {
    /// Its jobs name the role themselves.
    None,
    /// By an input of this name.
    Input(String),
    /// By a secret of this name.
    Secret(String),
}

impl RolePassage {
    /// The role, as an expression in the file; `None` where its jobs name it.
    pub fn role(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Input(name) => Some(format!("${{{{ inputs.{name} }}}}")),
            Self::Secret(name) => Some(format!("${{{{ secrets.{name} }}}}")),
        }
    }
}

impl RoleFlow<'_> {
    /// The keys that the roles take the place of.
    pub fn keys(&self) -> KeyFlow<'_> {
        KeyFlow {
            workflows: self.workflows,
        }
    }

    /// What a job or action assumes in place of the key pair with that access key id.
    ///
    /// # Errors
    /// Where no role is known for the pair, or none reaches the file.
    pub fn sign_in(&self, owner: StepOwner, used: &KeyUse) -> Result<RoleSignIn, JobRefusal> {
        let id = &used.id;
        let refuse = |why: &str| Err(JobRefusal::new(id.offset, why));
        let is_action = self.workflows.source(owner).as_action().is_some();
        let found = references(&id.value);
        match origin(&id.value) {
            Origin::Input if is_action => {
                let [only] = found.as_slice() else {
                    return refuse("the key's id is put together from several inputs");
                };
                let name = only.name.clone().unwrap_or_default();
                return Ok(passed(&RolePassage::Input(input_for(&name))));
            }
            Origin::Plain => {}
            Origin::Stored if !is_action => {}
            _ => return refuse("it is not known where the key's id comes from"),
        }
        let workflow = self.workflows.workflow(owner);
        if workflow.is_some_and(|it| it.interface.is_some()) && !found.is_empty() {
            let secrets = found.iter().filter(|it| it.context == "secrets");
            let names: Vec<_> = secrets.map(|it| it.name.clone()).collect();
            let [Some(name)] = names.as_slice() else {
                return refuse("the key's id is put together from several secrets of the callers");
            };
            let passage = self.passage(owner.source, name)?;
            if passage != RolePassage::None {
                return Ok(passed(&passage));
            }
        }
        match self.roles.of(owner, used).next() {
            Some(role) => role.sign_in.clone().map_err(|why| JobRefusal {
                offset: id.offset,
                ..why
            }),
            None => refuse("nothing here starts it with keys"),
        }
    }

    /// The role that a job passes to the workflow `to` which it calls, for the key pair that the
    /// workflow takes as the secret `id`; `None` where nothing is passed.
    ///
    /// # Errors
    /// Where the callers make that impossible, or are not known.
    pub fn role_to_pass(
        &self,
        caller: StepOwner,
        to: usize,
        used: &KeyUse,
        id: &str,
    ) -> Result<Option<RoleSignIn>, JobRefusal> {
        if self.passage(to, id)? == RolePassage::None {
            return Ok(None);
        }
        // A workflow in between passes on what it was given.
        let workflow = self.workflows.workflow(caller);
        let own = references(&used.id.value).into_iter();
        let mut own = own.filter(|it| it.context == "secrets");
        let own = own.next().and_then(|it| it.name);
        if let Some(name) = own.filter(|_| workflow.is_some_and(|it| it.interface.is_some())) {
            let passage = self.passage(caller.source, &name)?;
            if passage != RolePassage::None {
                return Ok(Some(passed(&passage)));
            }
        }
        let of_caller = self.leaves(to, id).into_iter();
        let mut of_caller = of_caller.flat_map(|(job, used)| {
            let roles: Vec<_> = self.roles.of(job, &used).cloned().collect();
            roles
        });
        match of_caller.find(|role| role.started == caller) {
            Some(role) => role.sign_in.map(Some),
            None => Err(JobRefusal::new(
                used.id.offset,
                "the role that it would pass is not known",
            )),
        }
    }

    /// How a role reaches the workflow or action that takes the access key id as the secret or
    /// input `id`.
    ///
    /// # Errors
    /// Where its callers make that impossible, or are not known.
    pub fn passage(&self, source: usize, id: &str) -> Result<RolePassage, JobRefusal> {
        let find = || self.find_passage(source, id);
        let known = &self.known.passages;
        (*known.once((source, id.to_owned()), find)).clone()
    }

    /// The release of the action that signs the jobs of a file in, or those of files that use none, found
    /// once.
    pub fn release(&self, source: Option<usize>, find: impl FnOnce() -> String) -> String {
        (*self.known.releases.once(source, find)).clone()
    }

    fn find_passage(&self, source: usize, id: &str) -> Result<RolePassage, JobRefusal> {
        let workflow = self.workflows.sources[source].workflow();
        let interface = workflow.and_then(|workflow| workflow.interface.as_ref());
        let taken = self.taken_roles(source, id);
        let Some((workflow, interface)) = workflow.zip(interface) else {
            return Ok(match taken.as_deref() {
                Some([]) => RolePassage::None,
                Some([only]) => RolePassage::Input(only.clone()),
                Some(_) | None => RolePassage::Input(input_for(id)),
            });
        };
        let offset = entry(&interface.secrets, id).map_or(0, |declared| declared.offset);
        let refuse = |why: &str| Err(JobRefusal::new(offset, why));
        if self.workflows.callers(source).next().is_none() {
            return Err(JobRefusal::new(
                offset,
                "nothing here calls it, so that who passes the keys is not known",
            )
            .help(
                "change it together with its callers: an input with the role's ARN, or a variable",
            ));
        }
        match taken.as_deref() {
            Some([]) => return Ok(RolePassage::None),
            Some([only]) => return Ok(RolePassage::Input(only.clone())),
            Some(_) => return refuse("its steps take several roles and one pair of keys"),
            None => {}
        }
        let leaves = self.leaves(source, id);
        let mut all = Vec::new();
        for (job, used) in &leaves {
            for role in self.roles.of(*job, used) {
                let sign_in = role.sign_in.clone().map_err(|why| {
                    let path = self.workflows.source(role.started).path.display();
                    let what = match role.started == *job {
                        true => why.why,
                        false => format!(
                            "{} of {path}, which calls it, stays: {}",
                            self.workflows.name(role.started),
                            why.why
                        ),
                    };
                    JobRefusal {
                        offset,
                        why: what,
                        ..why
                    }
                })?;
                all.push((*job, role.started, sign_in));
            }
        }
        // A called workflow reads the repository's variables by itself, so nothing has to be
        // passed where every caller means the same one ("Reusing workflow configurations").
        let mut of_job = BTreeMap::new();
        let is_alike = all.iter().all(|(job, started, own)| {
            let is_read_there = job == started || !own.role.is_of_start();
            is_read_there && *of_job.entry(*job).or_insert(own) == own
        });
        let secret = |sign_in: &RoleSignIn| {
            let inside = sign_in.role.text.trim_matches(['$', '{', '}', ' ']);
            inside.strip_prefix("secrets.").map(str::to_owned)
        };
        if is_alike {
            let mut secrets = all.iter().filter_map(|(.., own)| secret(own));
            return Ok(secrets
                .next()
                .map_or(RolePassage::None, RolePassage::Secret));
        }
        // One input serves all jobs of the workflow, for the whole of a job.
        let mut of_start = BTreeMap::new();
        let is_one = all.iter().all(|(_, started, own)| {
            own.switches.is_empty() && *of_start.entry(*started).or_insert(own) == own
        });
        // An event passes no inputs to `workflow_call`: started by itself the workflow would sign
        // in with an empty role.
        let mut events = workflow.triggers.iter();
        let is_called_only = events.all(|it| it.event == "workflow_call");
        let reads_secret = all.iter().any(|(.., own)| secret(own).is_some());
        match () {
            () if !is_one => {
                refuse("its jobs need roles of different accounts, which differ by caller")
            }
            () if is_called_only && !reads_secret => Ok(RolePassage::Input(INPUT.to_owned())),
            () if is_called_only => refuse("its callers need different roles, one in a secret"),
            () => {
                refuse("its callers and its own events need different roles: an event passes none")
            }
        }
    }

    /// The jobs that use the keys which a workflow takes as the secret `id`, in it and in what it
    /// calls, each with its use of them.
    fn leaves(&self, source: usize, id: &str) -> Vec<(StepOwner, KeyUse)> {
        let mut all = Vec::new();
        self.add_leaves(source, id, MAX_DEPTH, &mut all, &mut BTreeSet::new());
        // What several ways of calls lead to is there once.
        let mut known = BTreeSet::new();
        all.retain(|(owner, used)| known.insert((*owner, used.id.offset, used.names.clone())));
        all
    }

    /// Adds them; each workflow once for each level of calls.
    fn add_leaves(
        &self,
        source: usize,
        id: &str,
        depth: usize,
        all: &mut Vec<(StepOwner, KeyUse)>,
        seen: &mut BTreeSet<(usize, String, usize)>,
    ) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        if !seen.insert((source, id.to_ascii_lowercase(), depth)) {
            return;
        }
        for owner in self.workflows.owners_in(source) {
            if owner.job.is_none() {
                continue;
            }
            for used in self.keys().key_uses(owner) {
                let found = references(&used.id.value);
                let is_it = found.iter().any(|it| {
                    let mut name = it.name.iter();
                    it.context == "secrets" && name.any(|name| name.eq_ignore_ascii_case(id))
                });
                match (&used.to, self.workflows.callee(owner)) {
                    _ if !is_it => {}
                    (Destination::CalledWorkflow(keys), Some(callee)) => {
                        self.add_leaves(callee, &keys.id, depth, all, seen);
                    }
                    (Destination::Steps(_) | Destination::Action(..), _) => {
                        all.push((owner, used));
                    }
                    _ => {}
                }
            }
        }
    }
}

/// A role that the callers pass.
fn passed(passage: &RolePassage) -> RoleSignIn {
    RoleSignIn::of(AssumedRole {
        text: passage.role().unwrap_or_default(),
        accounts: Vec::new(),
    })
}

/// The input that passes a role, called as that of `configure-aws-credentials`.
pub const INPUT: &str = "role-to-assume";

/// The name of the input for a role, in the style of that for the access key id.
pub fn input_for(id: &str) -> String {
    for (key, role) in [
        ("aws-access-key-id", INPUT),
        ("aws_access_key_id", "role_to_assume"),
    ] {
        if let Some(at) = id.to_ascii_lowercase().find(key) {
            return format!("{}{role}{}", &id[..at], &id[at + key.len()..]);
        }
    }
    let underscores = id.contains('_') && !id.contains('-');
    match underscores {
        true => "role_to_assume".to_owned(),
        false => INPUT.to_owned(),
    }
}
