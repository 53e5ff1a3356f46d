//! `permissions` for jobs that assume a role.

use ci::github::keys::refusal::JobRefusal;
use ci::github::permissions::{
    DefaultToken, Grant, JobToken, Level, Scope, Scopes, Unknown, grant,
};
use ci::github::workflow::{StepOwner, Workflows};
use ci::settings::Ci;
use diagnostics::ask::{Ask, Help};
use syntax::code::sentence;
use syntax::hcl_string;
use syntax::yaml::{YamlChange, YamlPath};

/// The changes that permit the OIDC token to a job.
#[derive(Default)]
pub struct Rights {
    pub changes: Vec<YamlChange>,
    /// What they may take from the job: reasons to review them.
    pub doubts: Vec<String>,
    /// Questions of which an answer settles the doubts.
    pub questions: Vec<Ask>,
}

/// The changes that permit the OIDC token to a job and take nothing from it. `all_assume`: every
/// job of its workflow assumes a role.
pub fn rights(
    workflows: &Workflows,
    ci: &Ci,
    owner: StepOwner,
    all_assume: bool,
) -> Result<Rights, JobRefusal> {
    let (Some(workflow), Some(job)) = (workflows.workflow(owner), workflows.job(owner)) else {
        return Ok(Rights::default());
    };
    let is_called_only = !workflow.triggers.is_empty()
        && workflow
            .triggers
            .iter()
            .all(|trigger| trigger.event == "workflow_call");
    if is_called_only && job.permissions.is_none() && workflow.permissions.is_none() {
        // It has the permissions of its callers, which get the token's.
        return Ok(Rights::default());
    }
    let needs = workflows.needs(owner);
    let answer = workflows.answer(ci, owner);
    let granted = grant(&JobToken {
        own: job.permissions.as_ref(),
        workflow: workflow.permissions.as_ref(),
        all_assume,
        default: ci.default_token,
        needs: &needs,
        answer,
    });
    let place = workflows.place(owner);
    let own = place.key("permissions");
    let all = YamlPath::root().key("permissions");
    let line = "id-token: write\n".to_owned();
    let set = |scopes: &Scopes| {
        let text = block(scopes);
        // Where people write it: directly before `steps:`.
        let before = ["steps", "uses"].into_iter().find(|key| {
            let node = workflows.source(owner).yaml.at(&place);
            node.is_some_and(|node| node.get(key).is_some())
        });
        match (job.permissions.is_some(), before) {
            (true, _) => vec![YamlChange::Replace(own.clone(), text)],
            (false, Some(key)) => {
                let text = format!("permissions:\n{}", indented(&text));
                vec![YamlChange::Before(place.key(key), text)]
            }
            (false, None) => Vec::new(),
        }
    };
    let (mut doubts, mut questions) = (Vec::new(), Vec::new());
    let changes = match granted {
        Grant::Nothing => Vec::new(),
        Grant::AddToJob => vec![add(workflows, owner, &own, line)],
        Grant::AddToWorkflow => vec![add(workflows, owner, &all, line)],
        Grant::SetJob(scopes) => set(&scopes),
        Grant::SetUnread(scopes, unread) => {
            let mut wider = scopes.clone();
            wider.insert(Scope::Contents, Level::Write);
            let ask = permissions(workflows, owner, &wider);
            doubts.push(sentence!(
                "its first `permissions` block only lets it read contents, while {}: add `{}` to \
                 tfkeyless.hcl if one does",
                reasons(&unread),
                ask.shown()
            ));
            questions = default_token(ci);
            questions.push(ask);
            set(&scopes)
        }
        Grant::Ask {
            unknown,
            block: scopes,
        } => {
            let why = format!(
                "a first `permissions` block may take away what is used by {}",
                reasons(&unknown)
            );
            let ask = permissions(workflows, owner, &scopes);
            let help = Help::asking(
                sentence!("set all that it uses in tfkeyless.hcl: `{}`", ask.shown()),
                [ask],
            );
            return Err(JobRefusal {
                questions: default_token(ci),
                ..JobRefusal::new(job.offset, why).help(help)
            });
        }
    };
    Ok(Rights {
        changes,
        doubts,
        questions,
    })
}

/// The question for the default of the token, where it is open.
fn default_token(ci: &Ci) -> Vec<Ask> {
    let is_open = ci.default_token == DefaultToken::Unknown;
    is_open.then(Ask::default_token).into_iter().collect()
}

/// What is not known, in a message. Three name the problem; a job may have dozens of unknown steps.
fn reasons(unknown: &[Unknown]) -> String {
    let mut whys: Vec<String> = unknown.iter().map(|it| it.why.to_string()).collect();
    whys.dedup();
    let more = match whys.len().saturating_sub(3) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    whys.truncate(3);
    whys.join(", ") + &more
}

/// The question what a job uses, with the answer that fits what is known.
fn permissions(workflows: &Workflows, owner: StepOwner, scopes: &Scopes) -> Ask {
    let path = workflows.source(owner).path.file_name();
    let path = path.map(|name| name.to_string_lossy().into_owned());
    let id = workflows.job(owner).map_or("", |job| &job.id);
    let scopes = scopes.iter().filter(|(scope, _)| **scope != Scope::IdToken);
    let scopes = scopes.map(|(scope, level)| format!("{} = \"{level}\"", quoted(scope.as_str())));
    let label = format!("{}:{id}", path.unwrap_or_default());
    let snippet = format!(
        "job {} {{ permissions = {{ {} }} }}",
        hcl_string::quoted(&label),
        scopes.collect::<Vec<_>>().join(", ")
    );
    let why = sentence!("what does job `{label}` use of GITHUB_TOKEN? Remove what it does not use");
    Ask::new("job.permissions", why, snippet)
}

/// A scope as a key of HCL.
fn quoted(scope: &str) -> String {
    match scope.contains('-') {
        true => format!("\"{scope}\""),
        false => scope.to_owned(),
    }
}

/// Sets `id-token: write` in a mapping.
fn add(workflows: &Workflows, owner: StepOwner, mapping: &YamlPath, line: String) -> YamlChange {
    let own = mapping.key("id-token");
    match workflows.source(owner).yaml.at(&own) {
        Some(_) => YamlChange::Replace(own, "write".to_owned()),
        None => YamlChange::Append(mapping.clone(), line),
    }
}

fn block(scopes: &Scopes) -> String {
    let lines = scopes.iter().filter(|(_, level)| **level != Level::None);
    lines
        .map(|(scope, level)| format!("{}: {level}\n", scope.as_str()))
        .collect()
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
