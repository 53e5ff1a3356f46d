//! Variables and secrets, and the roles that they hold.

use ci::github::role_expression::member;
use ci::github::role_sign_ins::{RoleCaller, RolePart, RoleText, StoredRead};
use ci::settings::RoleName;
use engine::generated_roles::{CI_ROLE, PLAN_STATE_ROLE, STATE_ROLE};
use engine::verification::JobRole;
use syntax::code::sentence;
use syntax::shell;
use terraform::partition;

use super::{Checker, Role, unverified};
use crate::verify::ci::aws::RoleArn;
use crate::verify::ci::check::{Check, Need, State};
use crate::verify::ci::github::{Lookup, encoded};
use crate::verify::ci::known::{Known, Unread};

impl Checker<'_, '_> {
    /// The role that a text names; what it is read from is checked.
    pub(super) fn resolved(
        &self,
        text: &RoleText,
        job: &JobRole,
        is_of_job: bool,
        checks: &mut Vec<Check>,
    ) -> Role {
        let body = match text.0.as_slice() {
            [RolePart::Stored(_) | RolePart::FirstOf(_)] => self.expected_arn(job),
            _ => "<VALUE>".to_owned(),
        };
        let arn = match self.text(text, job, &body, checks) {
            Ok(Some(arn)) => arn,
            Ok(None) => return Role::Open,
            Err(unread) => return Role::Unknown(unread),
        };
        let account = job.account.as_deref().filter(|_| is_of_job);
        let wrong = match RoleArn::parse(&arn) {
            None => "is no ARN of a role".to_owned(),
            Some(role) if account.is_some_and(|account| account != role.account) => format!(
                "is of account {}, and the job needs account {}",
                self.settings.labelled(&role.account),
                self.settings.labelled(account.unwrap_or_default())
            ),
            Some(role) => return Role::Known(role),
        };
        // A variable that holds the whole ARN is to be set again; else the workflow names another role.
        let stored = text.as_stored();
        let known = checks.last_mut().filter(|_| stored.is_some());
        match (known, stored) {
            (Some(check), Some(read)) => {
                check.state = State::Wrong;
                check.detail = format!("{}, and {wrong}", check.detail);
                check.cures = self.set(read, job, &self.expected_arn(job));
                Role::Open
            }
            _ => Role::Unknown(Unread::new(format!("the role {wrong}"))),
        }
    }

    /// The value of a text, whose variables and secrets are checked; nothing where one is missing.
    fn text(
        &self,
        text: &RoleText,
        job: &JobRole,
        body: &str,
        checks: &mut Vec<Check>,
    ) -> Known<Option<String>> {
        let mut whole = Some(String::new());
        let mut unknown = None;
        for part in &text.0 {
            match self.part(part, job, body, checks) {
                Ok(Some(value)) => whole = whole.map(|before| before + &value),
                Ok(None) => whole = None,
                Err(unread) => unknown = Some(unread),
            }
        }
        unknown.map_or(Ok(whole), Err)
    }

    fn part(
        &self,
        part: &RolePart,
        job: &JobRole,
        body: &str,
        checks: &mut Vec<Check>,
    ) -> Known<Option<String>> {
        match part {
            RolePart::Literal(text) => Ok(Some(text.clone())),
            RolePart::Unknown(inside) => {
                let reason = sentence!("only the run knows `${{{{ {inside} }}}}`");
                Err(Unread::new(reason))
            }
            RolePart::Stored(read) => self.stored(read, job, body, checks),
            RolePart::Member(read, path) => {
                let Some(document) = self.stored(read, job, "<VALUE>", checks)? else {
                    return Ok(None);
                };
                let found = member(&document, path);
                if let Some(check) = checks.last_mut().filter(|_| found.is_none()) {
                    let path = path.join(".");
                    check.state = State::Wrong;
                    check.detail = sentence!("{}, and has no text at `{path}`", check.detail);
                }
                Ok(found)
            }
            RolePart::FirstOf(texts) => {
                let mut missing = None;
                for text in texts {
                    let mut own = Vec::new();
                    match self.text(text, job, body, &mut own) {
                        // An empty one leads on to the next, too.
                        Ok(None) => missing = missing.or(Some(own)),
                        Ok(Some(value)) if value.is_empty() => {}
                        known => {
                            checks.extend(own);
                            return known;
                        }
                    }
                }
                checks.extend(missing.unwrap_or_default());
                Ok(None)
            }
        }
    }

    /// Checks a variable or secret, and returns its value; nothing where it is missing.
    pub(super) fn stored(
        &self,
        read: &StoredRead,
        job: &JobRole,
        body: &str,
        checks: &mut Vec<Check>,
    ) -> Known<Option<String>> {
        let need = match read.is_secret {
            true => Need::Secret,
            false => Need::Variable,
        };
        let name = read.to_string();
        let environment = job.sign_in.environment.as_deref();
        match self.github.find(read, environment) {
            Lookup::Found(place, value) => {
                let shown = value
                    .as_deref()
                    .filter(|value| RoleArn::parse(value).is_some());
                let shown = shown.map(|arn| format!(": {arn}")).unwrap_or_default();
                checks.push(Check {
                    need,
                    name: name.clone(),
                    state: State::Found,
                    detail: format!("in {place}{shown}"),
                    cures: Vec::new(),
                });
                let secret = || Unread::new(sentence!("nobody can read `{name}`"));
                value.map(Some).ok_or_else(secret)
            }
            Lookup::Missing => {
                checks.push(Check {
                    need,
                    name,
                    state: State::Missing,
                    detail: String::new(),
                    cures: self.set(read, job, body),
                });
                Ok(None)
            }
            Lookup::Unknown(unread) => {
                checks.push(unverified(need, &name, &unread));
                Err(unread)
            }
        }
    }

    /// The commands that set a variable or secret where the job looks first.
    pub(super) fn set(&self, read: &StoredRead, job: &JobRole, body: &str) -> Vec<String> {
        let kind = if read.is_secret { "secret" } else { "variable" };
        let repository = shell::quoted(&self.github.name);
        let name = shell::quoted(&read.name);
        let environment = job.sign_in.environment.as_deref();
        let environment = environment.filter(|_| !read.is_of_caller);
        let mut commands = Vec::new();
        let place = match environment {
            None => String::new(),
            Some(name) => {
                if self.github.has_environment(name) == Ok(false) {
                    let path = format!("repos/{}/environments/{}", self.github.name, encoded(name));
                    commands.push(format!("gh api --method PUT {}", shell::quoted(&path)));
                }
                format!(" --env {}", shell::quoted(name))
            }
        };
        let body = shell::quoted(body);
        commands.push(format!(
            "gh {kind} set {name} --repo {repository}{place} --body {body}"
        ));
        commands
    }

    /// The ARN that the role of a job should have, with placeholders for what is not known.
    pub(super) fn expected_arn(&self, job: &JobRole) -> String {
        let state_role = self.state_role(job);
        let is_state = state_role.is_some();
        let of_state = self.settings.profile_of_state(None);
        let of_state = of_state.and_then(|profile| self.settings.account_of(profile));
        let of_state = of_state.filter(|_| is_state);
        let account = job.account.as_deref().or(of_state);
        let ci = &self.settings.ci;
        let mut accounts = self.settings.accounts.iter();
        let own = accounts.find(|known| Some(known.id.as_str()) == account);
        let own = own.and_then(|known| known.ci_role.as_ref());
        let partition = own
            .unwrap_or(&ci.role)
            .partition()
            .unwrap_or(partition::AWS);
        // What a job assumes next is another role.
        let is_own = matches!(job.sign_in.caller, RoleCaller::Token { .. });
        let named = own.or(Some(&ci.role)).filter(|_| is_own);
        if let Some(arn) = account.and_then(|id| named?.arn_in(id)) {
            return arn;
        }
        let name = named.and_then(RoleName::role);
        let name = name.or(state_role);
        let name = name.or(is_own.then_some(CI_ROLE));
        format!(
            "arn:{partition}:iam::{}:role/{}",
            account.unwrap_or("<ACCOUNT>"),
            name.unwrap_or("<ROLE>")
        )
    }

    /// The name that `generate state-role` gives the role, where it is one by which jobs reach states.
    pub(super) fn state_role(&self, job: &JobRole) -> Option<&'static str> {
        let is_named = |state: &str| match job.sign_in.role.0.as_slice() {
            [RolePart::Literal(arn)] => arn == state,
            [RolePart::Stored(read)] => state.eq_ignore_ascii_case(&read.to_string()),
            _ => false,
        };
        let roles = [(STATE_ROLE, false), (PLAN_STATE_ROLE, true)];
        let mut own = roles
            .into_iter()
            .filter(|(_, reads)| is_named(&self.settings.ci.state_role_of(*reads)));
        own.next().map(|(name, _)| name)
    }
}
