//! How the role that replaces a key pair reaches the files that use it.

use crate::github::expression::references;
use crate::github::keys::flow::KeyFlow;
use crate::github::keys::origin::{Origin, origin};
use crate::github::keys::refusal::JobRefusal;
use crate::github::keys::role_variable::role_for;
use crate::github::workflow::model::{SecretsPassed, Text, entry};
use crate::github::workflow::{MAX_DEPTH, StepOwner};

/// How a role reaches a file that takes keys from its callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RolePassage {
    /// The file reads the repository's variable, as this expression.
    Variable(String),
    /// By an input of this name.
    Input(String),
    /// By a secret of this name.
    Secret(String),
}

impl RolePassage {
    /// The role, as an expression in that file.
    pub fn role(&self) -> String {
        match self {
            Self::Variable(role) => role.clone(),
            Self::Input(name) => format!("${{{{ inputs.{name} }}}}"),
            Self::Secret(name) => format!("${{{{ secrets.{name} }}}}"),
        }
    }
}

impl KeyFlow<'_> {
    /// The role that replaces a key pair in a file, by the pair's access key id.
    ///
    /// # Errors
    /// Where no role follows from the id.
    pub fn role(&self, owner: StepOwner, id: &Text) -> Result<String, JobRefusal> {
        self.role_within(owner, id, MAX_DEPTH)
    }

    fn role_within(&self, owner: StepOwner, id: &Text, depth: usize) -> Result<String, JobRefusal> {
        let refuse = |why: &str| Err(JobRefusal::new(id.offset, why));
        if !self.ci.role.is_fixed() {
            return refuse("the role depends on the account of the keys, which is not known");
        }
        let is_action = self.workflows.source(owner).as_action().is_some();
        match origin(&id.value) {
            Origin::Plain => return Ok(self.configured()),
            Origin::Stored if !is_action => {}
            Origin::Input if is_action => {
                let found = references(&id.value);
                let [only] = found.as_slice() else {
                    return refuse("the key's id is put together from several inputs");
                };
                let name = only.name.clone().unwrap_or_default();
                return Ok(RolePassage::Input(input_for(&name)).role());
            }
            _ => return refuse("it is not known where the key's id comes from"),
        }
        let Some(role) = role_for(&id.value, &self.ci.role) else {
            return Err(match self.ci.role.arn().is_some() {
                true => JobRefusal::new(
                    id.offset,
                    "the configuration has one role, and these are other keys than \
                     `AWS_ACCESS_KEY_ID`",
                )
                .help("name a variable instead: ci { role = \"vars.AWS_OIDC_ROLE_ARN\" }"),
                false => JobRefusal::new(
                    id.offset,
                    "no variable follows from the expression that names the key",
                ),
            });
        };
        let source = owner.source;
        let has_interface = self
            .workflows
            .workflow(owner)
            .is_some_and(|it| it.interface.is_some());
        if !has_interface {
            return Ok(role);
        }
        let found = references(&id.value);
        let secrets = found.iter().filter(|it| it.context == "secrets");
        let names: Vec<_> = secrets.map(|it| it.name.clone()).collect();
        match names.as_slice() {
            [Some(name)] => Ok(self.role_passage_within(source, name, depth)?.role()),
            _ => refuse("the key's id is put together from several secrets of the callers"),
        }
    }

    /// `ci.role`, as a value of `role-to-assume`.
    fn configured(&self) -> String {
        match self.ci.role.arn() {
            Some(arn) => arn.to_owned(),
            None => format!("${{{{ {} }}}}", self.ci.role),
        }
    }

    /// How a role reaches the workflow that takes the access key id as the secret `id`.
    ///
    /// # Errors
    /// Where its callers make that impossible, or are not known.
    pub fn role_passage(&self, source: usize, id: &str) -> Result<RolePassage, JobRefusal> {
        self.role_passage_within(source, id, MAX_DEPTH)
    }

    fn role_passage_within(
        &self,
        source: usize,
        id: &str,
        depth: usize,
    ) -> Result<RolePassage, JobRefusal> {
        let file = &self.workflows.sources[source];
        let workflow = file.workflow();
        let interface = workflow.and_then(|workflow| workflow.interface.as_ref());
        let Some((workflow, interface)) = workflow.zip(interface) else {
            return Ok(RolePassage::Input(input_for(id)));
        };
        let offset = entry(&interface.secrets, id).map_or(0, |declared| declared.offset);
        let Some(depth) = depth.checked_sub(1) else {
            return Err(JobRefusal::new(
                offset,
                "workflows call one another in a circle",
            ));
        };
        let own = Text {
            value: format!("${{{{ secrets.{id} }}}}"),
            offset,
        };
        let own = role_for(&own.value, &self.ci.role).ok_or_else(|| {
            JobRefusal::new(
                offset,
                "the configuration has one role, and these are other keys",
            )
        })?;
        let mut callers = self.workflows.callers(source).peekable();
        if callers.peek().is_none() {
            return Err(JobRefusal::new(
                offset,
                "nothing here calls it: who hands the keys in is not known",
            )
            .help(
                "change it together with its callers: an input with the role's ARN, or a variable",
            ));
        }
        let mut roles = Vec::new();
        for caller in callers {
            let Some(job) = self.workflows.job(caller) else {
                continue;
            };
            let passed = match &job.secrets {
                SecretsPassed::Inherit => Some(Text {
                    value: format!("${{{{ secrets.{id} }}}}"),
                    offset: job.offset,
                }),
                SecretsPassed::Named(named) => entry(named, id).map(|entry| entry.value.clone()),
                SecretsPassed::None => None,
            };
            // A caller that passes no keys passes no role either.
            if let Some(passed) = passed {
                let role = self.role_within(caller, &passed, depth);
                roles.push(role.map_err(|why| {
                    let path = self.workflows.source(caller).path.display();
                    let what = format!(
                        "{} of {path}, which calls it, stays: {}",
                        self.workflows.name(caller),
                        why.why
                    );
                    JobRefusal::new(offset, what)
                })?);
            }
        }
        let reads_secret = own.contains("secrets.");
        // A called workflow sees the repository's variables by itself, so nothing has to be passed
        // where every caller means the same one ("Reusing workflow configurations").
        if roles.iter().all(|role| *role == own) {
            return Ok(match reads_secret {
                false => RolePassage::Variable(own),
                true => RolePassage::Secret(
                    own.trim_matches(['$', '{', '}', ' '])
                        .trim_start_matches("secrets.")
                        .to_owned(),
                ),
            });
        }
        // An event passes no inputs to `workflow_call`: started by itself the workflow would sign
        // in with an empty role.
        let is_called_only = workflow
            .triggers
            .iter()
            .all(|it| it.event == "workflow_call");
        match is_called_only && !reads_secret {
            true => Ok(RolePassage::Input(INPUT.to_owned())),
            false => Err(JobRefusal::new(
                offset,
                "its callers hand in different keys, and it also runs by itself",
            )),
        }
    }
}

/// The input that passes a role, called as that of `configure-aws-credentials`.
const INPUT: &str = "role-to-assume";

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
