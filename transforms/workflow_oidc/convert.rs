//! One job or action, moved to OIDC.

use crate::model::workflow::Unit;
use crate::model::workflow::configure::{KEYS, Oidc, Pin, oidc, used};
use crate::model::workflow::origin::Origin;
use crate::model::workflow::refusal::Refusal;
use crate::model::workflow::sites::{Form, REGIONS, Site, VARIABLES};
use crate::model::workflow::triggers::FOREIGN;
use crate::model::workflow::view::{Entry, Secrets, Step, entry};
use crate::model::yaml::{Change, Place, scalar};

use super::sign_in::{SignIn, release};
use crate::model::workflow::flow::{Flow, Pair, Passage, To, Used, input_for};

/// What becomes of a unit.
#[derive(Default)]
pub struct Converted {
    /// In its file.
    pub changes: Vec<Change>,
    /// What goes: nothing else may use the keys.
    pub gone: Vec<Place>,
    /// Whether its steps assume a role, by themselves or in an action.
    pub signs_in: bool,
    /// The roles that it names, as expressions.
    pub roles: Vec<String>,
    /// What somebody should know.
    pub notes: Vec<String>,
    /// What somebody should look at first.
    pub doubts: Vec<String>,
}

/// Converts a unit, whose keys are `all`.
pub fn convert(flow: &Flow, unit: Unit, all: &[Used]) -> Result<Converted, Refusal> {
    let unit = Conversion { flow: *flow, unit };
    unit.refuse_foreign(all)?;
    let mut done = Converted::default();
    let mut sites: Vec<(&Site, String)> = Vec::new();
    for used in all {
        if let To::Elsewhere(why) = &used.to {
            return Err(Refusal::new(used.id.offset, why));
        }
        let role = flow.role(unit.unit, &used.id)?;
        if !done.roles.contains(&role) {
            done.roles.push(role.clone());
        }
        match &used.to {
            To::Here(site) => sites.push((site, role)),
            To::Action(step, pair) => {
                let step_place = unit.steps().item(*step);
                let entries = &unit.flow.workflows.steps(unit.unit)[*step].with;
                unit.hand(
                    entries,
                    &step_place.key("with"),
                    pair,
                    &input_for(&pair.id),
                    &role,
                    &mut done,
                );
                done.signs_in = true;
            }
            To::Callee(pair) => unit.call(pair, &role, &mut done)?,
            To::Elsewhere(_) => {}
        }
    }
    unit.refuse_tokenless(&sites)?;
    unit.sign_in(&sites, &mut done)?;
    Ok(done)
}

struct Conversion<'f> {
    flow: Flow<'f>,
    unit: Unit,
}

impl Conversion<'_> {
    fn place(&self) -> Place {
        self.flow.workflows.place(self.unit)
    }

    fn steps(&self) -> Place {
        self.place().key("steps")
    }

    /// Jobs that run on what others wrote assume no role unasked.
    fn refuse_foreign(&self, all: &[Used]) -> Result<(), Refusal> {
        let Some(workflow) = self.flow.workflows.workflow(self.unit) else {
            return Ok(());
        };
        let mut events = workflow
            .triggers
            .iter()
            .map(|trigger| trigger.event.as_str());
        let foreign = events.find(|event| FOREIGN.contains(event));
        match foreign.filter(|_| !self.flow.ci.allow_pull_request_target) {
            Some(event) => Err(Refusal::new(
                all.first().map_or(0, |used| used.id.offset),
                format!("`{event}` runs with the repository's rights on what others wrote"),
            )
            .help("ci { allow_pull_request_target = true } lets such jobs assume a role")),
            None => Ok(()),
        }
    }

    /// Some actions take keys from the environment, but no session token.
    fn refuse_tokenless(&self, sites: &[(&Site, String)]) -> Result<(), Refusal> {
        let steps = self.flow.workflows.steps(self.unit).iter();
        let mut all = steps.filter_map(|step| step.uses.as_ref());
        let found = all.find_map(|uses| {
            let action = used(&uses.value)?.action;
            let is_known = TOKENLESS
                .iter()
                .any(|known| known.eq_ignore_ascii_case(action));
            is_known.then_some((uses.offset, action))
        });
        match found.filter(|_| !sites.is_empty()) {
            Some((offset, action)) => {
                let why = format!("`{action}` takes keys without a session token");
                let help = "write an `aws` command in its place, and run again";
                Err(Refusal::new(offset, why).help(help))
            }
            None => Ok(()),
        }
    }

    /// Puts a role in place of a pair of keys that entries hand on.
    fn hand(
        &self,
        entries: &[Entry],
        at: &Place,
        pair: &Pair,
        name: &str,
        role: &str,
        done: &mut Converted,
    ) {
        let of_pair = entries.iter().filter(|entry| pair.has(&entry.name));
        let handed: Vec<Place> = of_pair.map(|it| at.key(&it.name)).collect();
        if let Some(first) = handed.first() {
            let line = format!("{name}: {}\n", scalar(role));
            done.changes.push(Change::Before(first.clone(), line));
        }
        done.remove(handed);
    }

    /// The call of a workflow that takes a role, not keys.
    fn call(&self, pair: &Pair, role: &str, done: &mut Converted) -> Result<(), Refusal> {
        let (Some(callee), Some(job)) = (
            self.flow.workflows.callee(self.unit),
            self.flow.workflows.job(self.unit),
        ) else {
            return Ok(());
        };
        done.signs_in = true;
        let passage = self.flow.passage(callee, &pair.id)?;
        let at = self.place().key("secrets");
        let named: &[Entry] = match &job.secrets {
            Secrets::Named(named) => named,
            _ => &[],
        };
        if let Passage::Secret(name) = &passage {
            self.hand(named, &at, pair, name, role, done);
            return Ok(());
        }
        let names = pair.names.iter().filter_map(|name| entry(named, name));
        done.remove(names.map(|entry| at.key(&entry.name)).collect());
        if let Passage::Input(name) = &passage {
            let line = format!("{name}: {}\n", scalar(role));
            let place = self.place();
            done.changes.push(match job.with.is_empty() {
                false => Change::Append(place.key("with"), line),
                true => Change::After(place.key("uses"), format!("with:\n  {line}")),
            });
        }
        Ok(())
    }

    /// Has the steps assume roles.
    fn sign_in(&self, sites: &[(&Site, String)], done: &mut Converted) -> Result<(), Refusal> {
        let steps = self.flow.workflows.steps(self.unit);
        // What later steps inherit, and under which condition.
        let mut active: Option<(&str, Option<&str>)> = None;
        let inherited = sites
            .iter()
            .filter(|(site, _)| matches!(site.form, Form::JobEnv | Form::WorkflowEnv));
        let mut inherited: Vec<_> = inherited.collect();
        // The job's hide the workflow's.
        inherited.sort_by_key(|(site, _)| site.form == Form::WorkflowEnv);
        for (site, _) in &inherited {
            let workflows = self.flow.workflows;
            let (env, place) = match site.form {
                Form::JobEnv => (workflows.job(self.unit).map(|job| &job.env), self.place()),
                _ => (
                    workflows.workflow(self.unit).map(|it| &it.env),
                    Place::root(),
                ),
            };
            let env = env.map(Vec::as_slice).unwrap_or_default();
            self.drop_variables(env, &place.key("env"), done);
        }
        let first = steps.iter().position(may_need_aws);
        if let Some(((site, role), first)) = inherited.first().zip(first) {
            let own = sites.iter().filter_map(|(site, own)| match site.form {
                Form::With(index) | Form::Plumbing(index) => Some((index, own)),
                _ => None,
            });
            let signs_itself = own.into_iter().any(|(index, own)| {
                index <= first && own == role && steps[index].condition.is_none()
            });
            if !signs_itself {
                let checkout = steps.iter().position(is_checkout);
                let at = checkout
                    .map(|it| it + 1)
                    .filter(|at| *at <= first)
                    .unwrap_or(first);
                self.insert(at, site, role, None, done)?;
                active = Some((role, None));
            }
        }
        for (index, step) in steps.iter().enumerate() {
            let condition = step.condition.as_ref().map(|it| it.value.as_str());
            let here = |form: Form| sites.iter().find(move |(site, _)| site.form == form);
            if let Some((site, role)) = here(Form::StepEnv(index)) {
                let is_configure = step.uses.as_ref().and_then(|it| used(&it.value));
                if is_configure.is_some_and(|used| used.is_configure()) {
                    let why = "the action itself gets the keys by `env`";
                    return Err(Refusal::new(site.id.offset, why));
                }
                match active {
                    Some((known, _)) if known != role => {
                        let why = "steps with different keys alternate, and OIDC's stay for all \
                                   steps that follow";
                        return Err(Refusal::new(site.id.offset, why));
                    }
                    Some((_, None)) => {}
                    Some((_, under)) if under == condition => {}
                    _ => {
                        self.insert(index, site, role, condition, done)?;
                        active = Some((role, condition));
                    }
                }
                self.drop_variables(&step.env, &self.steps().item(index).key("env"), done);
            }
            if let Some((site, role)) = here(Form::With(index)) {
                self.with(index, step, site, role, done)?;
                active = Some((role, condition));
            }
            if let Some((site, role)) = here(Form::Plumbing(index)) {
                self.plumbing(index, step, site, role, done)?;
                active = Some((role, condition));
            }
        }
        let is_inherited_only = sites.len() == inherited.len();
        done.signs_in |= !sites.is_empty() && (first.is_some() || !is_inherited_only);
        Ok(())
    }

    /// The configure action takes a role.
    fn with(
        &self,
        index: usize,
        step: &Step,
        site: &Site,
        role: &str,
        done: &mut Converted,
    ) -> Result<(), Refusal> {
        let refuse = |offset: usize, why: &str| Err(Refusal::new(offset, why));
        for (input, why) in [
            (
                "web-identity-token-file",
                "it signs in with a web identity token",
            ),
            (
                "role-external-id",
                "OIDC sends no external id, and the role asks for one",
            ),
        ] {
            if let Some(found) = entry(&step.with, input) {
                return refuse(found.offset, why);
            }
        }
        let chaining = entry(&step.with, "role-chaining");
        if let Some(chaining) = chaining.filter(|it| it.value.value != "false") {
            return refuse(
                chaining.offset,
                "it assumes its role with the keys of an earlier step",
            );
        }
        let uses = step.uses.as_ref();
        let at = uses
            .and_then(|uses| used(&uses.value))
            .map_or("", |used| used.at);
        let offset = uses.map_or(step.offset, |uses| uses.offset);
        match oidc(at) {
            Oidc::Able => {}
            Oidc::TooOld if self.flow.ci.bump_action => {
                let release = Pin::of(at).newest();
                let place = self.steps().item(index).key("uses");
                done.changes.push(Change::Replace(place, release));
            }
            Oidc::TooOld => {
                let why = format!("{at} of the action knows no OIDC: that came with v1.6.0");
                let help = "ci { bump_action = true } replaces it";
                return Err(Refusal::new(offset, why).help(help));
            }
            Oidc::Unknown => {
                let why = format!("which release of the action `{at}` is, is not known");
                let help = "name a release, v1.6.0 or later";
                return Err(Refusal::new(offset, why).help(help));
            }
        }
        let place = self.steps().item(index).key("with");
        let known = KEYS.iter().filter_map(|name| entry(&step.with, name));
        let keys: Vec<Place> = known.map(|entry| place.key(&entry.name)).collect();
        match entry(&step.with, "role-to-assume") {
            Some(own) => {
                let value = own.value.value.trim();
                if !value.contains("${{") && !value.starts_with("arn:") {
                    return Err(Refusal::new(
                        own.value.offset,
                        format!("OIDC needs the role's ARN, not its name, `{value}`"),
                    )
                    .help("write arn:aws:iam::ACCOUNT:role/NAME"));
                }
                done.roles.retain(|known| known != role);
                done.roles.push(value.to_owned());
                done.notes.push(format!(
                    "the role {value}, which the keys assumed, has to trust GitHub's tokens, which \
                     carry no session tags"
                ));
            }
            None => {
                let line = format!("role-to-assume: {}\n", scalar(role));
                if let Some(first) = keys.first() {
                    done.changes.push(Change::Before(first.clone(), line));
                }
            }
        }
        if site.origin == Origin::Plain {
            done.notes
                .push("the keys stand in plain text, and in the history: revoke them".to_owned());
        }
        done.remove(keys);
        Ok(())
    }

    /// The step that hands keys on signs in.
    fn plumbing(
        &self,
        index: usize,
        step: &Step,
        site: &Site,
        role: &str,
        done: &mut Converted,
    ) -> Result<(), Refusal> {
        let place = self.steps().item(index);
        let (region, doubt) = self.region(site);
        done.doubts.extend(doubt);
        let release = release(self.flow.workflows, self.unit);
        let text = format!(
            "uses: {release}\nwith:\n  role-to-assume: {}\n  aws-region: {}\n",
            scalar(role),
            scalar(&region)
        );
        done.changes.push(Change::Before(place.key("run"), text));
        let mut gone = vec![place.key("run")];
        let node = self.flow.workflows.source(self.unit).yaml.at(&place);
        let has = |name: &str| node.is_some_and(|node| node.get(name).is_some());
        for name in ["shell", "working-directory"] {
            gone.extend(has(name).then(|| place.key(name)));
        }
        gone.extend(
            step.env
                .iter()
                .map(|entry| place.key("env").key(&entry.name)),
        );
        done.remove(gone);
        Ok(())
    }

    /// Takes the variables of a pair out of an `env:`.
    fn drop_variables(&self, env: &[Entry], at: &Place, done: &mut Converted) {
        let found = VARIABLES.iter().filter_map(|name| entry(env, name));
        done.remove(found.map(|entry| at.key(&entry.name)).collect());
    }

    /// Adds a step that signs in, in front of the step of that number.
    fn insert(
        &self,
        index: usize,
        site: &Site,
        role: &str,
        condition: Option<&str>,
        done: &mut Converted,
    ) -> Result<(), Refusal> {
        let steps = self.flow.workflows.steps(self.unit);
        let (region, doubt) = self.region(site);
        done.doubts.extend(doubt);
        let step = SignIn {
            release: release(self.flow.workflows, self.unit),
            role,
            region: &region,
            condition,
            is_named: steps.iter().all(|step| step.name.is_some()),
        };
        let steps_place = self.steps();
        let text = step.text();
        done.changes.push(match steps.len() {
            0 => {
                return Err(Refusal::new(
                    site.id.offset,
                    "there is no step to sign in before",
                ));
            }
            count if index < count => Change::Before(steps_place.item(index), text),
            count => Change::After(steps_place.item(count - 1), text),
        });
        Ok(())
    }

    /// The region to sign in to, and the doubt of it.
    fn region(&self, site: &Site) -> (String, Option<String>) {
        let workflows = self.flow.workflows;
        let own = site
            .region
            .as_deref()
            .filter(|_| matches!(site.form, Form::StepEnv(_) | Form::Plumbing(_)));
        if let Some(own) = own.filter(|own| !own.starts_with('$') || own.starts_with("${{")) {
            return (own.to_owned(), None);
        }
        let inherited = REGIONS
            .iter()
            .find(|name| workflows.inherited(self.unit, name).is_some());
        match inherited {
            Some(name) => (format!("${{{{ env.{name} }}}}"), None),
            None => (DEFAULT_REGION.to_owned(), self.region_doubt()),
        }
    }

    /// Why a region that nothing named before may change what steps do.
    fn region_doubt(&self) -> Option<String> {
        let workflows = self.flow.workflows;
        let reads = |step: &Step| {
            let run = step.run.as_ref();
            run.is_some_and(|run| REGIONS.iter().any(|name| run.value.contains(name)))
        };
        let reader = workflows.region_reader.as_ref();
        let is_hosted = workflows.job(self.unit).is_some_and(|job| job.is_hosted);
        let why = match reader {
            _ if workflows.steps(self.unit).iter().any(reads) => {
                "which its scripts read".to_owned()
            }
            Some(path) => format!("which {} reads", path.display()),
            None if !is_hosted => "and its machine may know another".to_owned(),
            None => return None,
        };
        Some(format!(
            "it names no region: {DEFAULT_REGION} is then in AWS_REGION, {why}"
        ))
    }
}

/// Actions that write the keys alone into a profile of their own, by their sources.
const TOKENLESS: [&str; 2] = [
    "chetan/invalidate-cloudfront-action",
    "jakejarvis/s3-sync-action",
];

/// Where AWS's own tools go that are told no region.
const DEFAULT_REGION: &str = "us-east-1";

impl Converted {
    fn remove(&mut self, places: Vec<Place>) {
        for place in places {
            if !self.gone.contains(&place) {
                self.changes.push(Change::Remove(place.clone()));
                self.gone.push(place);
            }
        }
    }
}

fn is_checkout(step: &Step) -> bool {
    let uses = step.uses.as_ref().and_then(|uses| used(&uses.value));
    uses.is_some_and(|used| used.action == "actions/checkout")
}

/// Whether a step may call AWS: scripts, and actions that do not just set something up.
fn may_need_aws(step: &Step) -> bool {
    let uses = step.uses.as_ref().and_then(|uses| used(&uses.value));
    match uses {
        Some(used) => {
            let is_setup = used.action.contains("/setup-") || used.action.starts_with("actions/");
            !is_setup && !used.is_configure()
        }
        None => true,
    }
}
