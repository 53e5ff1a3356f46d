//! The steps that get keys themselves: sign-ins of the action, and scripts that export keys.

use ci::github::configure_aws_credentials::{KEY_INPUTS, Oidc, Pin, ignores_environment, oidc};
use ci::github::keys::origin::Origin;
use ci::github::keys::pair::KeyPair;
use ci::github::keys::refusal::JobRefusal;
use ci::github::uses::remote_action;
use ci::github::workflow::model::{Step, entry};
use diagnostics::finding::AssumedRole;
use syntax::code::sentence;
use syntax::yaml::{YamlChange, YamlPath, scalar};

use super::convert::{Conversion, Converted};

impl Conversion<'_> {
    /// `configure-aws-credentials` takes a role instead of keys.
    pub(super) fn with(
        &self,
        index: usize,
        pair: &KeyPair,
        role: &AssumedRole,
        is_only: bool,
        done: &mut Converted,
    ) -> Result<(), JobRefusal> {
        let step = &self.flow.workflows.steps(self.owner)[index];
        self.refuse_other_sign_ins(step)?;
        self.require_oidc(index, step, done)?;
        self.refuse_environment_inputs(step)?;
        refuse_other_account(step, role, self.owner.job.is_some())?;
        let place = self.steps().item(index).key("with");
        let known = KEY_INPUTS.iter().filter_map(|name| entry(&step.with, name));
        let mut known: Vec<_> = known.collect();
        // What takes their place stands where the first stood, below its comment.
        known.sort_by_key(|entry| entry.offset);
        let keys = known.iter().map(|entry| place.key(&entry.name));
        let keys: Vec<YamlPath> = keys.collect();
        let own = entry(&step.with, "role-to-assume");
        let region = entry(&step.with, "aws-region").map_or("", |it| it.value.value.as_str());
        let mut lines = String::new();
        match own {
            Some(own) => {
                let value = own.value.value.trim();
                // The action completes a bare name with the account of its keys; a job without keys
                // has no account yet.
                if !value.contains("${{") && !value.starts_with("arn:") {
                    return Err(JobRefusal::new(
                        own.value.offset,
                        sentence!("OIDC needs the role's ARN, not its name, `{value}`"),
                    )
                    .help("write arn:aws:iam::ACCOUNT:role/NAME"));
                }
                done.roles.retain(|known| known != role);
                // AssumeRoleWithWebIdentity takes no external id (STS API reference).
                if entry(&step.with, "role-external-id").is_some() {
                    let note = "`role-external-id` has no effect with OIDC";
                    done.notes.push(note.to_owned());
                }
                done.notes.push(format!(
                    "the role {value}, which the keys assumed, has to trust GitHub's tokens, which \
                     carry no session tags"
                ));
            }
            None => lines = format!("role-to-assume: {}\n", scalar(&role.text)),
        }
        let role = match own {
            Some(own) => AssumedRole {
                text: own.value.value.trim().to_owned(),
                accounts: Vec::new(),
            },
            None => role.clone(),
        };
        done.name(&role);
        done.assumed.push((index, role.clone()));
        done.exports = true;
        let at = step
            .uses
            .as_ref()
            .and_then(|uses| remote_action(&uses.value));
        let at = at.map_or("", |action| action.at);
        for line in self.further_inputs(&role, at, is_only, done) {
            let name = line.split(':').next().unwrap_or_default();
            if entry(&step.with, name).is_none() {
                lines += &format!("{line}\n");
            }
        }
        let audience = self.audience(&role.text, region, pair, done)?;
        if let Some(audience) = audience.filter(|_| entry(&step.with, "audience").is_none()) {
            lines += &format!("audience: {audience}\n");
        }
        if !lines.is_empty() {
            let own = own.map(|own| place.key(&own.name));
            done.changes.extend(match (keys.first(), own) {
                (Some(first), _) => Some(YamlChange::Before(first.clone(), lines)),
                // The keys stand in the `env:` of the job.
                (None, Some(own)) => Some(YamlChange::After(own, lines)),
                (None, None) => None,
            });
        }
        let duration = entry(&step.with, "role-duration-seconds");
        let duration = duration.and_then(|it| it.value.value.parse::<u32>().ok());
        // One hour is the default of a role's maximum session duration (IAM user guide,
        // `MaxSessionDuration`).
        if duration.is_some_and(|seconds| seconds > 3600) {
            let note = "`role-duration-seconds` is above the 3600 that roles allow by themselves: \
                        raise their maximum session duration";
            done.notes.push(note.to_owned());
        }
        if pair.origin == Origin::Plain {
            done.notes
                .push("the keys are in plain text and in git history: revoke them".to_owned());
        }
        done.remove(keys);
        Ok(())
    }

    /// Refuses a step whose environment names a role, which the action reads like the input
    /// (`translateEnvVariables`, read in v4.3.1 and v6.2.3; v4.0.2 has none).
    fn refuse_environment_inputs(&self, step: &Step) -> Result<(), JobRefusal> {
        const NAMES: [&str; 3] = ["ROLE_TO_ASSUME", "ROLE_CHAINING", "WEB_IDENTITY_TOKEN_FILE"];
        let workflows = self.flow.workflows;
        let uses = step.uses.as_ref();
        let action = uses.and_then(|uses| remote_action(&uses.value));
        if action.is_some_and(|action| ignores_environment(action.at)) {
            return Ok(());
        }
        let input = |name: &str| entry(&step.with, &name.to_ascii_lowercase().replace('_', "-"));
        let found = NAMES.into_iter().find_map(|name| {
            let value = workflows.variable(self.owner, step, name)?;
            (!value.value.trim().is_empty() && input(name).is_none()).then_some((name, value))
        });
        match found {
            None => Ok(()),
            Some((name, value)) => {
                let input = name.to_ascii_lowercase().replace('_', "-");
                let why = sentence!("the action reads `{name}` of its environment as `{input}`");
                let help = sentence!("write `{input}` among the inputs of the step, and run again");
                Err(JobRefusal::new(value.offset, why).help(help))
            }
        }
    }

    /// Refuses an inserted sign-in of that release whose job or workflow sets a variable that the action
    /// reads like an input, by which it would not ask for the token.
    pub(super) fn refuse_inherited_inputs(&self, release: &str) -> Result<(), JobRefusal> {
        let action = remote_action(release);
        if action.is_some_and(|action| ignores_environment(action.at)) {
            return Ok(());
        }
        // The role itself is an input of the step, which comes first.
        let mut names = ["ROLE_CHAINING", "WEB_IDENTITY_TOKEN_FILE"].into_iter();
        let found = names.find_map(|name| {
            let value = self.flow.workflows.inherited(self.owner, name)?;
            (!value.value.trim().is_empty()).then_some((name, value))
        });
        match found {
            None => Ok(()),
            Some((name, value)) => {
                let input = name.to_ascii_lowercase().replace('_', "-");
                let why = sentence!("the action reads `{name}` of its environment as `{input}`");
                let help = format!("set {name} for the steps that read it, and run again");
                Err(JobRefusal::new(value.offset, why).help(help))
            }
        }
    }

    /// Refuses a step that signs in by other means than its keys, or gives them away.
    fn refuse_other_sign_ins(&self, step: &Step) -> Result<(), JobRefusal> {
        // The action requests GitHub's token only without keys, without this input and without
        // `role-chaining` (`useGitHubOIDCProvider`, read in v4.0.2 and v6.2.3).
        if let Some(file) = entry(&step.with, "web-identity-token-file") {
            let why = "it signs in with a web identity token";
            return Err(JobRefusal::new(file.offset, why));
        }
        let chaining = entry(&step.with, "role-chaining");
        if let Some(chaining) = chaining.filter(|it| it.value.value != "false") {
            let why = "it assumes its role with the keys of an earlier step";
            return Err(JobRefusal::new(chaining.offset, why));
        }
        // Outputs of static keys are two; temporary keys need the third, the session token.
        let outputs = entry(&step.with, "output-credentials");
        let text = self.flow.workflows.source(self.owner).yaml.text();
        if let Some(outputs) = outputs.filter(|it| it.value.value == "true")
            && !text.contains("outputs.aws-session-token")
        {
            let why = "later steps read its keys by outputs that have no session token";
            return Err(JobRefusal::new(outputs.offset, why));
        }
        Ok(())
    }

    /// Sees to it that the action's release signs in by OIDC.
    fn require_oidc(
        &self,
        index: usize,
        step: &Step,
        done: &mut Converted,
    ) -> Result<(), JobRefusal> {
        let uses = step.uses.as_ref();
        let at = uses
            .and_then(|uses| remote_action(&uses.value))
            .map_or("", |used| used.at);
        let offset = uses.map_or(step.offset, |uses| uses.offset);
        match oidc(at) {
            Oidc::Able => {}
            // Only on request: later releases shorten the session from six hours to one, and no
            // longer mask the account id.
            Oidc::TooOld | Oidc::Unknown if self.flow.ci.bump_action => {
                let release = Pin::of(at).newest();
                let place = self.steps().item(index).key("uses");
                done.changes.push(YamlChange::Replace(place, release));
            }
            Oidc::TooOld => {
                let why =
                    format!("{at} of the action does not support OIDC, which came with v1.6.0");
                let help = "set `ci { bump_action = true }` in tfkeyless.hcl to replace it";
                return Err(JobRefusal::new(offset, why).help(help));
            }
            Oidc::Unknown => {
                let why = sentence!("`{at}` of the action is no known release");
                let help = "name a release, v1.6.0 or later, or set `ci { bump_action = true }` in tfkeyless.hcl \
                     for the newest";
                return Err(JobRefusal::new(offset, why).help(help));
            }
        }
        Ok(())
    }
}

/// Refuses a step that admits accounts, and not that of its role: the action would fail. What an expression admits,
/// `is_decided` says, was taken into account where the role was decided.
fn refuse_other_account(
    step: &Step,
    role: &AssumedRole,
    is_decided: bool,
) -> Result<(), JobRefusal> {
    let Some(allowed) = entry(&step.with, "allowed-account-ids") else {
        return Ok(());
    };
    let ids: Vec<&str> = allowed.value.value.split(',').map(str::trim).collect();
    if allowed.value.value.contains("${{") && is_decided {
        return Ok(());
    }
    if allowed.value.value.contains("${{") {
        let why = sentence!(
            "its `allowed-account-ids` is `{}`: whether that has the account of its role is not known",
            allowed.value.value.trim()
        );
        let help = "write the account's id there, and run again";
        return Err(JobRefusal::new(allowed.value.offset, why).help(help));
    }
    let mut accounts = role.accounts.iter();
    match accounts.find(|id| !ids.contains(&id.as_str())) {
        None => Ok(()),
        Some(id) => {
            let why = format!("its `allowed-account-ids` has no {id}, the account of its role");
            let help = format!("add {id} there, and run again");
            Err(JobRefusal::new(allowed.value.offset, why).help(help))
        }
    }
}
