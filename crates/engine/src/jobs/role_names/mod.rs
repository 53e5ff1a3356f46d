//! How the roles are written that jobs assume: as ARNs, or as variables of which none is read for two
//! accounts.

mod choice;
mod labels;
mod later;
mod other_reads;
mod readers;

use std::collections::{BTreeMap, BTreeSet};

use ci::github::expression::references;
use ci::github::keys::job_role::{JobRole, JobRoles, RoleSignIn};
use ci::github::keys::refusal::JobRefusal;
use ci::github::keys::role_choice::{RoleChoice, has_other_values};
use ci::github::keys::role_variable::VariableBase;
use ci::settings::{ACCOUNT, RoleName};
use diagnostics::finding::AssumedRole;

use crate::jobs::label::USUAL;
use crate::jobs::need::Target;
use crate::jobs::sign_in::{JobSignIns, SignIn, Targets};
use crate::repo::Repo;
use readers::Reader;
use syntax::code::sentence;

/// What the role of one sign-in stands for. Two of these are one account only if they are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Meaning {
    /// The account, or the root module's.
    Target(Target),
    /// The account of the keys with this id, in this environment.
    Keys(String, Option<String>),
    /// The role that a job signs in by already, by its place in the list of those. Without `--review` it
    /// may be of any account.
    Role(usize),
    /// A variable or secret that a workflow reads for something else.
    Other(String),
}

/// The roles of all sign-ins. `all` are those of a plan that leaves nothing to review, where they differ.
pub(super) fn assign(jobs: &[JobSignIns], all: &[JobSignIns], repo: &Repo) -> JobRoles {
    let sign_ins: Vec<&SignIn> = jobs.iter().flat_map(|job| &job.sign_ins).collect();
    let later: Vec<&SignIn> = all.iter().flat_map(|job| &job.sign_ins).collect();
    let names = Names::of(jobs, (&sign_ins, &later), repo);
    let mut roles = JobRoles::default();
    for sign_in in sign_ins {
        let role = JobRole {
            started: sign_in.start.job,
            id: sign_in.id.clone(),
            is_of_role: sign_in.is_of_role,
            is_of_workflow: sign_in.is_of_workflow,
            sign_in: names.sign_in(sign_in),
        };
        roles.add(sign_in.job, role);
    }
    roles
}

/// The variables of a repository, with what they stand for.
struct Names<'r> {
    repo: &'r Repo,
    /// By the name in capitals, since GitHub compares names without case.
    meanings: BTreeMap<String, BTreeSet<Meaning>>,
    /// The jobs that sign in by a variable already.
    readers: Vec<Reader>,
    /// Those that would have a variable of their own label by the names of their keys.
    named: Vec<Reader>,
    /// The sign-ins of a plan that leaves nothing to review, where they differ.
    later: Vec<&'r SignIn>,
}

impl<'r> Names<'r> {
    /// From the sign-ins of this plan, and of one with all that needs review.
    fn of(
        jobs: &[JobSignIns],
        (sign_ins, later): (&[&SignIn], &[&'r SignIn]),
        repo: &'r Repo,
    ) -> Self {
        let mut names = Self {
            repo,
            meanings: BTreeMap::new(),
            readers: Vec::new(),
            named: Vec::new(),
            later: later.to_vec(),
        };
        for sign_in in sign_ins.iter().chain(later) {
            for target in sign_in.targets.all() {
                if names.arn(sign_in, target).is_none() {
                    let meaning = meaning(sign_in, target);
                    for name in names.variables(sign_in, None) {
                        names
                            .meanings
                            .entry(name)
                            .or_default()
                            .insert(meaning.clone());
                    }
                }
            }
        }
        names.add_those_read(jobs);
        names.add_other_reads();
        names.add_those_named(sign_ins);
        // Labels may make one name of two.
        let mut labelled: Vec<(String, Meaning)> = Vec::new();
        for sign_in in sign_ins.iter().chain(later) {
            for target in sign_in.targets.all() {
                let label = names.label(sign_in, target).ok().flatten();
                let variables = names.variables(sign_in, label.as_deref()).into_iter();
                let is_named = label.is_some() && names.arn(sign_in, target).is_none();
                let variables = variables.filter(|_| is_named);
                labelled.extend(variables.map(|name| (name, meaning(sign_in, target))));
            }
        }
        for (name, meaning) in labelled {
            names.meanings.entry(name).or_default().insert(meaning);
        }
        names
    }

    /// How the role of a sign-in is written.
    fn written(&self, sign_in: &SignIn) -> &'r RoleName {
        let ci = &self.repo.settings().ci;
        let plan = ci.plan_role.as_ref().filter(|_| sign_in.only_plans);
        plan.unwrap_or(&ci.role)
    }

    /// From what the variables of a sign-in are made.
    fn base(&self, sign_in: &SignIn) -> VariableBase<'r> {
        let (context, name) = match self.written(sign_in) {
            RoleName::Variable { context, name } => (context.as_str(), name.as_str()),
            // Where the account is not known, no ARN can be written.
            RoleName::Template(_) | RoleName::Literal(_) => ("vars", USUAL),
        };
        VariableBase { context, name }
    }

    /// Whether every account has a variable of its own name.
    fn is_labelled(&self, sign_in: &SignIn) -> bool {
        self.base(sign_in).name.contains(ACCOUNT)
    }

    /// What a job assumes in place of its keys.
    fn sign_in(&self, sign_in: &SignIn) -> Result<RoleSignIn, JobRefusal> {
        let of = |target: &Target| self.role(sign_in, target);
        let (role, switches) = match &sign_in.targets {
            Targets::One(target) => (of(target)?, Vec::new()),
            Targets::InTurn(turns) => {
                let mut roles = turns.iter().map(|(step, target)| Ok((*step, of(target)?)));
                let first = roles.next();
                let first = first.unwrap_or_else(|| Ok((0, of(&Target::Keys)?)))?;
                (first.1, roles.collect::<Result<_, JobRefusal>>()?)
            }
            Targets::ByValue { property, targets } => {
                (self.by_value(sign_in, property, targets)?, Vec::new())
            }
        };
        let mut targets = sign_in.targets.all().into_iter();
        let doubt = targets.find_map(|target| self.shared(sign_in, target));
        let doubt = doubt.or_else(|| falls_through(sign_in, &role));
        let doubt = doubt.or_else(|| self.moves_later(sign_in));
        Ok(RoleSignIn {
            role,
            switches,
            doubt,
        })
    }

    /// Why a variable that a job signs in by already may be of another account than the keys.
    fn shared(&self, sign_in: &SignIn, target: &Target) -> Option<String> {
        if self.arn(sign_in, target).is_some() || self.own_variable(target).is_some() {
            return None;
        }
        let label = self.label(sign_in, target).ok()?;
        let own = meaning(sign_in, target);
        let names = self.variables(sign_in, label.as_deref()).into_iter();
        let mut shared = names.filter_map(|name| {
            let mut others = self.meanings.get(&name)?.iter();
            let reader = others.find_map(|it| match it {
                Meaning::Role(at) if self.agrees(sign_in, &own, it, label.is_some()) => Some(*at),
                _ => None,
            })?;
            Some(sentence!(
                "{} signs in by `{}.{name}` already, which has to be of the account of these keys",
                self.repo.index().workflows.name(self.readers[reader].job),
                self.base(sign_in).context
            ))
        });
        shared.next()
    }

    /// The role of one account.
    fn role(&self, sign_in: &SignIn, target: &Target) -> Result<AssumedRole, JobRefusal> {
        let accounts = target.id().map(str::to_owned).into_iter().collect();
        if let Some(text) = self.arn(sign_in, target) {
            return Ok(AssumedRole { text, accounts });
        }
        if let Some(role) = self.chosen(sign_in, target) {
            return Ok(role);
        }
        let id = &sign_in.start.id;
        let refuse = |why: &str| JobRefusal::new(id.offset, why);
        if let RoleName::Literal(_) = self.written(sign_in) {
            return Err(refuse(
                "the configuration has one role, while these are other keys than \
                 `AWS_ACCESS_KEY_ID`",
            )
            .help("name a role of each account: `ci { role = \"arn:aws:iam::{id}:role/NAME\" }`"));
        }
        if let Some(name) = self.own_variable(target) {
            let text = format!("${{{{ {name} }}}}");
            return Ok(AssumedRole { text, accounts });
        }
        let label = self.label(sign_in, target)?;
        let text = self.text(sign_in, label.as_deref());
        let text = text
            .ok_or_else(|| refuse("the name of its secret is computed, so that no role variable can be named after it").help("name the secret literally, or set `ci { role = \"arn:aws:iam::{id}:role/NAME\" }` in tfkeyless.hcl"))?;
        if label.is_some() {
            let meaning = meaning(sign_in, target);
            for name in self.variables(sign_in, label.as_deref()) {
                let others = self.meanings.get(&name).into_iter().flatten();
                if let Some(name) = others
                    .filter(|it| !self.agrees(sign_in, &meaning, it, true))
                    .map(|_| &name)
                    .next()
                {
                    return Err(refuse(&sentence!("`{}.{name}` is read for another account", self.base(sign_in).context))
                        .help("name a role of each account: `ci { role = \"arn:aws:iam::{id}:role/NAME\" }`"));
                }
            }
        }
        Ok(AssumedRole { text, accounts })
    }

    /// The ARN of the role in an account, where the configuration tells.
    fn arn(&self, sign_in: &SignIn, target: &Target) -> Option<String> {
        let id = target.id()?;
        let settings = self.repo.settings();
        let mut accounts = settings.accounts.iter();
        let own = accounts
            .find(|it| it.id == id)
            .and_then(|it| it.ci_role.as_ref());
        let role = own.unwrap_or(self.written(sign_in));
        self.repo.arn_in(role, id)
    }

    /// The choice between the ARNs of the accounts, where the keys are chosen by a condition and the
    /// account of each is known.
    fn chosen(&self, sign_in: &SignIn, target: &Target) -> Option<AssumedRole> {
        let id = &sign_in.start.id.value;
        let is_plain = *target == Target::Keys && !has_other_values(id, "secrets");
        let choice = RoleChoice::of(id).filter(|_| is_plain)?;
        let settings = self.repo.settings();
        let ids = choice.values().map(|value| {
            let read = references(&format!("${{{{ {value} }}}}"));
            let [only] = read.as_slice() else { return None };
            let secret = only.name.as_deref().filter(|_| only.context == "secrets")?;
            settings.account_of_keys(secret).map(|it| it.id.clone())
        });
        let accounts: Vec<String> = ids.collect::<Option<_>>()?;
        let arns = accounts
            .iter()
            .map(|id| self.arn(sign_in, &Target::Id(id.clone())));
        let arns: Vec<String> = arns.collect::<Option<_>>()?;
        let text = choice.between(&arns);
        Some(AssumedRole { text, accounts })
    }

    /// The variable that the configuration names for an account.
    fn own_variable(&self, target: &Target) -> Option<String> {
        let id = target.id()?;
        let mut accounts = self.repo.settings().accounts.iter();
        let account = accounts.find(|it| it.id == id)?;
        account.ci_role.as_ref().map(ToString::to_string)
    }

    /// The value of `role-to-assume` with that label.
    fn text(&self, sign_in: &SignIn, label: Option<&str>) -> Option<String> {
        let id = &sign_in.start.id.value;
        let base = self.base(sign_in);
        if !self.is_labelled(sign_in) {
            return base.role_for(id, label);
        }
        let name = match label {
            Some(label) => base.name.replace(ACCOUNT, label),
            None => base.name.replace(ACCOUNT, "").trim_matches('_').to_owned(),
        };
        let base = VariableBase {
            name: &name,
            ..base
        };
        base.role_for(id, None)
    }

    /// The variables that a sign-in with that label reads, in capitals.
    fn variables(&self, sign_in: &SignIn, label: Option<&str>) -> Vec<String> {
        let text = self.text(sign_in, label).unwrap_or_default();
        let found = references(&text).into_iter();
        let own = found.filter(|it| it.context == self.base(sign_in).context);
        own.filter_map(|it| it.name)
            .map(|name| name.to_ascii_uppercase())
            .collect()
    }
}

/// Why a role may be of another account than its keys: its expression goes on to the next variable where
/// one is empty.
fn falls_through(sign_in: &SignIn, role: &AssumedRole) -> Option<String> {
    let id = &sign_in.start.id.value;
    let secrets = references(id)
        .into_iter()
        .filter(|it| it.context == "secrets")
        .count();
    let is_closed = !role.is_variable() || RoleChoice::of(&role.text).is_some();
    (id.contains("||") && secrets > 1 && !is_closed).then(|| {
        sentence!(
            "`{}` takes the next role where a variable is empty: set each of them before the job runs",
            role.text
        )
    })
}

fn meaning(sign_in: &SignIn, target: &Target) -> Meaning {
    match target {
        Target::Keys => {
            let environment = sign_in.environment.clone();
            Meaning::Keys(keys(sign_in), environment)
        }
        other => Meaning::Target(other.clone()),
    }
}

/// What tells the keys of a sign-in from others: the one secret that they are read from, else the
/// whole expression.
fn keys(sign_in: &SignIn) -> String {
    let id = &sign_in.start.id.value;
    match references(id).as_slice() {
        // Names of secrets are compared without case.
        [only] if only.context == "secrets" => match &only.name {
            Some(name) => name.to_ascii_uppercase(),
            None => id.clone(),
        },
        _ => id.clone(),
    }
}

impl Targets {
    /// All accounts.
    fn all(&self) -> Vec<&Target> {
        match self {
            Self::One(target) => vec![target],
            Self::ByValue { targets, .. } => targets.values().collect(),
            Self::InTurn(turns) => turns.iter().map(|(_, target)| target).collect(),
        }
    }
}
