//! The forms in which a job gets a profile: `ci.state_access`.

use std::collections::BTreeMap;

use ci::github::configure_aws_credentials::{ACTION, Pin, has_profiles};
use ci::github::keys::refusal::JobRefusal;
use ci::github::uses::remote_action;
use ci::github::workflow::model::entry;
use ci::github::workflow::{StepOwner, Workflows};
use ci::settings::{StateAccess, plan_variable};
use diagnostics::finding::AssumedRole;
use engine::repo::Repo;
use engine::repo::runners::ProfileUse;
use syntax::code::sentence;
use syntax::shell;
use syntax::yaml::{YamlChange, scalar};

/// The additions to a job.
pub struct ProfileForm {
    pub changes: Vec<YamlChange>,
    /// The roles that they name.
    pub roles: Vec<AssumedRole>,
}

/// Where the steps for profiles stand.
pub struct Position<'c> {
    /// The index of the sign-in that they follow.
    pub step: usize,
    /// Their `if:`.
    pub condition: Option<&'c String>,
}

/// Steps after the sign-in: a profile that assumes the role with the job's credentials, or a second
/// sign-in into the profile.
pub fn steps(
    workflows: &Workflows,
    repo: &Repo,
    owner: StepOwner,
    position: &Position<'_>,
    missing: &BTreeMap<String, ProfileUse>,
) -> Result<ProfileForm, JobRefusal> {
    let ci = &repo.settings().ci;
    let all = workflows.steps(owner);
    let step = &all[position.step];
    let mut form = ProfileForm {
        changes: Vec::new(),
        roles: Vec::new(),
    };
    let is_named = all.iter().all(|step| step.name.is_some());
    let mut text = String::new();
    let only_plans = repo.assumes_plan_role(workflows, owner);
    let input = repo.plan_role_input(workflows, owner);
    for (profile, found) in missing {
        let is_state = match &repo.settings().state_profile {
            Some(state) => state == profile,
            None => found.in_backend,
        };
        let named = |only_plans| {
            let variable = variable(profile, is_state, only_plans);
            let role = role(&ci.state_role_of(only_plans), is_state, &variable);
            let role = role.ok_or_else(|| {
                JobRefusal::new(
                    step.offset,
                    "the configuration has one state role for several profiles",
                )
            })?;
            Ok::<_, JobRefusal>((variable, role))
        };
        let (variable, mut role) = named(only_plans)?;
        let account = repo.settings().account_of(profile);
        let mut assumed = |text: &str| {
            form.roles.push(AssumedRole {
                text: text.to_owned(),
                accounts: account.map(str::to_owned).into_iter().collect(),
            });
        };
        // Callers that pass `ci.plan_role` reach states by the role that reads them.
        let (_, of_plan) = named(true)?;
        let both = [bare(&of_plan), bare(&role)];
        let chosen = input
            .as_ref()
            .and_then(|input| ci.chosen_by_input(input, both));
        assumed(&role);
        if let Some(chosen) = chosen {
            assumed(&of_plan);
            role = format!("${{{{ {chosen} }}}}");
        }
        text += &match ci.state_access {
            StateAccess::SecondLogin => {
                second_login(workflows, owner, position, profile, &role, is_named)
            }
            _ => {
                let settings = settings(workflows, owner, position);
                chained(position, (profile, &variable), &role, is_named, &settings)
            }
        };
    }
    let place = workflows.place(owner).key("steps").item(position.step);
    form.changes.push(YamlChange::After(place, text));
    Ok(form)
}

/// An expression without its braces.
fn bare(role: &str) -> &str {
    let inside = role
        .strip_prefix("${{")
        .and_then(|it| it.strip_suffix("}}"));
    inside.map_or(role, str::trim)
}

/// The role for a profile: the state role, or the variable that is named after the profile; `None`
/// where the configuration has an ARN and the profile is not the state's.
fn role(state_role: &str, is_state: bool, variable: &str) -> Option<String> {
    let expression = |name: &str| format!("${{{{ {name} }}}}");
    match (state_role.starts_with("arn:"), is_state) {
        (true, true) => Some(state_role.to_owned()),
        (true, false) => None,
        (false, true) => Some(expression(state_role)),
        (false, false) => {
            let context = state_role.split('.').next().unwrap_or("vars");
            Some(expression(&format!("{context}.{variable}")))
        }
    }
}

/// The variable for the ARN of the role for a profile.
fn variable(profile: &str, is_state: bool, only_plans: bool) -> String {
    let upper = profile.to_ascii_uppercase();
    let usual = match is_state {
        true => "TF_STATE_ROLE_ARN".to_owned(),
        false => format!(
            "TF_{}_ROLE_ARN",
            upper.replace(|it: char| !it.is_ascii_alphanumeric(), "_")
        ),
    };
    match only_plans {
        true => plan_variable(&usual),
        false => usual,
    }
}

fn chained(
    position: &Position<'_>,
    (profile, variable): (&str, &str),
    role: &str,
    is_named: bool,
    settings: &str,
) -> String {
    let set =
        |key, value: &str| format!("    aws configure set {} {value}\n", setting(profile, key));
    let mut text = head(position, &format!("Configure profile {profile}"), is_named);
    text += settings;
    text.push_str("run: |\n");
    text += &set("role_arn", &format!("\"${variable}\""));
    // The credentials that the sign-in has exported (AWS CLI user guide, `credential_source`).
    text += &set("credential_source", "Environment");
    text += &set("region", "\"$AWS_REGION\"");
    text += &format!("  env:\n    {variable}: {}\n", scalar(role));
    text
}

/// The lines of a step at that position that say how its script starts, where the defaults would not do.
fn settings(workflows: &Workflows, owner: StepOwner, position: &Position<'_>) -> String {
    let mut text = String::new();
    if !workflows.has_posix_shell(owner) {
        text.push_str("shell: bash\n  ");
    }
    let of_job = workflows.job(owner).and_then(|it| it.directory.as_ref());
    let of_workflow = workflows.workflow(owner).map(|it| it.directory.as_ref());
    let directory = of_job.or(of_workflow.flatten());
    let before = &workflows.steps(owner)[..position.step];
    let has_files = before.iter().any(|step| {
        let uses = step.uses.as_ref();
        let action = uses.and_then(|uses| remote_action(&uses.value));
        action.is_some_and(|it| it.action.eq_ignore_ascii_case("actions/checkout"))
    });
    // Before the checkout there is no such directory, and a script does not start.
    if directory.is_some() && !has_files {
        text.push_str("working-directory: .\n  ");
    }
    text
}

/// The name of a profile's setting, as a word for `aws configure set`.
pub fn setting(profile: &str, key: &str) -> String {
    shell::quoted(&format!("profile.{profile}.{key}"))
}

fn second_login(
    workflows: &Workflows,
    owner: StepOwner,
    position: &Position<'_>,
    profile: &str,
    role: &str,
    is_named: bool,
) -> String {
    let step = &workflows.steps(owner)[position.step];
    let uses = step.uses.as_ref();
    let at = uses
        .and_then(|uses| remote_action(&uses.value))
        .map_or("", |used| used.at);
    // `aws-profile` needs v6.1.0; a release that has it is kept, so that the job uses one.
    let release = match has_profiles(at) {
        true => {
            let text = workflows.source(owner).yaml.text();
            let line = uses.map_or("", |uses| {
                text[uses.offset..].lines().next().unwrap_or_default()
            });
            match line.split_once(" #") {
                Some((_, comment)) => format!("{ACTION}@{at} # {}", comment.trim()),
                None => format!("{ACTION}@{at}"),
            }
        }
        false => Pin::of(at).newest(),
    };
    let region = entry(&step.with, "aws-region");
    let region = region.map_or("${{ env.AWS_REGION }}", |region| {
        region.value.value.as_str()
    });
    let mut text = head(position, &format!("Sign in to profile {profile}"), is_named);
    text += &format!(
        "uses: {release}\n  with:\n    role-to-assume: {}\n",
        scalar(role)
    );
    if let Some(audience) = entry(&step.with, "audience") {
        text += &format!("    audience: {}\n", scalar(&audience.value.value));
    }
    text += &format!(
        "    aws-region: {}\n    aws-profile: {}\n",
        scalar(region),
        scalar(profile)
    );
    text
}

/// The beginning of a step at that position.
fn head(position: &Position<'_>, name: &str, is_named: bool) -> String {
    let mut text = "- ".to_owned();
    if is_named {
        text += &format!("name: {}\n  ", scalar(name));
    }
    if let Some(condition) = position.condition {
        text += &format!("if: {}\n  ", scalar(condition));
    }
    text
}

/// Removes the profile from `init`: the bucket's policy admits the job, and the lock is in the
/// bucket.
pub fn lockfile(
    workflows: &Workflows,
    owner: StepOwner,
    missing: &BTreeMap<String, ProfileUse>,
) -> Result<ProfileForm, JobRefusal> {
    let offset = workflows.job(owner).map_or(0, |job| job.offset);
    if let Some((profile, _)) = missing
        .iter()
        .find(|(_, found)| found.locks_in_table && found.in_backend)
    {
        let why = sentence!(
            "a backend with the profile `{profile}` locks in a table, which is sought in the job's own account"
        );
        let help = "set `use_lockfile = true` and remove `dynamodb_table` in the backends, as \
                    `state_access = \"lockfile\"` needs";
        return Err(JobRefusal::new(offset, why).help(help));
    }
    if let Some((profile, found)) = missing.iter().find(|(_, it)| it.is_beside_backend()) {
        let what = if found.in_provider {
            "provider"
        } else {
            "remote state"
        };
        let why = sentence!("a {what} names `{profile}`, too");
        return Err(JobRefusal::new(offset, why));
    }
    if workflows.inherited(owner, "TF_CLI_ARGS_init").is_some() {
        let why = "it has arguments for `init` in TF_CLI_ARGS_init already";
        return Err(JobRefusal::new(offset, why).help("add -backend-config=profile= to them"));
    }
    let place = workflows.place(owner);
    let line = "TF_CLI_ARGS_init: -backend-config=profile=\n";
    let has_env = workflows.job(owner).is_some_and(|job| !job.env.is_empty());
    let change = match has_env {
        true => YamlChange::Append(place.key("env"), line.to_owned()),
        false => YamlChange::Before(place.key("steps"), format!("env:\n  {line}")),
    };
    Ok(ProfileForm {
        changes: vec![change],
        roles: Vec::new(),
    })
}
