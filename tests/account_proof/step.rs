//! The steps of a job.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::account::Account;
use super::expression::{Contexts, Value};
use super::workflow::{entries, value};

#[derive(Clone, Debug)]
pub struct Step {
    /// What tells it from others of its job, before the change and after it.
    pub key: String,
    pub condition: String,
    pub is_lenient: bool,
    /// The keys in its own `env:`.
    pub keys: Option<Account>,
    /// The profile that its environment names.
    pub profile: Option<String>,
    /// The keys in variables of Terraform that it sets.
    pub variables: BTreeMap<String, Account>,
    pub does: Does,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Does {
    SignIn(SignIn),
    /// Writes a profile that assumes a role.
    Profile(String),
    /// Writes keys into a profile.
    Write(String, Account),
    /// Takes credentials from elsewhere, which are not known.
    Fetch,
    /// Runs Terraform in directories; `None` is one that is not known.
    Terraform(Vec<Option<String>>),
    /// Uses the credentials that it finds, as `aws` does.
    Ambient,
    /// Uses the files of the home directory, and not the environment.
    Mounted,
    Nothing,
}

/// Inputs of aws-actions/configure-aws-credentials.
#[derive(Clone, Debug, Default)]
pub struct SignIn {
    pub keys: Option<Account>,
    pub role: Option<Value>,
    pub unsets: bool,
    pub allowed: Vec<String>,
    /// The profile that it writes instead of the environment.
    pub profile: Option<String>,
    /// Whether it may write one that is there.
    pub overwrites: bool,
}

/// The account of keys, where a value is one.
pub fn keys(value: Option<&Value>) -> Option<Account> {
    match value? {
        Value::Secret(name, environment) => Some(Account::Keys(name.clone(), environment.clone())),
        Value::Variable(name, environment) => {
            Some(Account::Keys(format!("vars.{name}"), environment.clone()))
        }
        Value::Known(Json::String(id)) if !id.is_empty() => {
            Some(Account::Keys(id.clone(), String::new()))
        }
        _ => None,
    }
}

/// A step; its key does not yet count the steps like it.
pub fn step(step: &Json, contexts: &Contexts, directory: Option<&Json>) -> Step {
    let with: BTreeMap<String, Value> = entries(&step["with"])
        .map(|(name, text)| (name.to_ascii_lowercase(), value(text, contexts)))
        .collect();
    let env: BTreeMap<String, Value> = entries(&step["env"])
        .map(|(name, text)| (name.clone(), value(text, contexts)))
        .collect();
    let mut variables = set(&env);
    let text = |name: &str| step[name].as_str().unwrap_or_default().trim().to_owned();
    let (uses, run) = (text("uses"), text("run"));
    let action = uses.split('@').next().unwrap_or_default();
    let does = match action {
        "aws-actions/configure-aws-credentials" => Does::SignIn(sign_in(&with)),
        "aws-actions/amazon-ecr-login" => Does::Ambient,
        "hashicorp/vault-action" => Does::Fetch,
        _ if run.starts_with("docker run -v ~/.aws") => Does::Mounted,
        _ if run.starts_with("aws configure set aws_access_key_id ") => write(&run, contexts),
        _ if run.starts_with("aws configure set profile.") => {
            Does::Profile(run.split('.').nth(1).unwrap_or_default().to_owned())
        }
        _ => runs(&run, step, contexts, directory),
    };
    let profile = env.get("AWS_PROFILE");
    let profile = profile.or_else(|| contexts.env.get("AWS_PROFILE"));
    let key = match &does {
        Does::SignIn(_) | Does::Write(..) => "sign-in".to_owned(),
        _ if run.is_empty() => action.to_owned(),
        // What it sets is no part of what it does.
        _ => {
            let mut words = run.split(' ');
            let mut kept = Vec::new();
            while let Some(word) = words.next() {
                match word {
                    "-var" => {
                        let (name, text) = words
                            .next()
                            .and_then(|it| it.split_once('='))
                            .expect("a value");
                        let keys = keys(Some(&contexts.template(text)));
                        variables.extend(keys.map(|keys| (name.to_owned(), keys)));
                    }
                    _ => kept.push(word),
                }
            }
            kept.join(" ")
        }
    };
    Step {
        key,
        condition: text("if"),
        is_lenient: step["continue-on-error"] == "true",
        keys: keys(env.get("AWS_ACCESS_KEY_ID")),
        profile: profile.and_then(Value::as_str).map(str::to_owned),
        variables,
        does,
    }
}

/// The keys in variables of Terraform that an `env:` sets.
pub fn set(env: &BTreeMap<String, Value>) -> BTreeMap<String, Account> {
    let set = env.iter().filter_map(|(name, value)| {
        Some((name.strip_prefix("TF_VAR_")?.to_owned(), keys(Some(value))?))
    });
    set.collect()
}

fn sign_in(with: &BTreeMap<String, Value>) -> SignIn {
    let text = |name: &str| with.get(name).and_then(Value::as_str).unwrap_or_default();
    let allowed = text("allowed-account-ids")
        .split(',')
        .filter(|id| !id.is_empty());
    SignIn {
        keys: keys(with.get("aws-access-key-id")),
        role: with.get("role-to-assume").cloned(),
        unsets: text("unset-current-credentials") == "true",
        allowed: allowed.map(str::to_owned).collect(),
        overwrites: text("overwrite-aws-profile") == "true",
        profile: with
            .get("aws-profile")
            .and_then(Value::as_str)
            .map(str::to_owned),
    }
}

/// A script that writes a pair with `aws configure set`.
fn write(run: &str, contexts: &Contexts) -> Does {
    let line = run.lines().next().unwrap_or_default();
    let (line, profile) = line.split_once(" --profile ").unwrap_or((line, "default"));
    let value = line.trim_start_matches("aws configure set aws_access_key_id ");
    let keys = keys(Some(&contexts.template(value)));
    Does::Write(profile.to_owned(), keys.expect("tests write such keys"))
}

/// What a script does, of the scripts that tests write.
fn runs(run: &str, step: &Json, contexts: &Contexts, directory: Option<&Json>) -> Does {
    if run.starts_with("aws ") || run.starts_with("python ") {
        return Does::Ambient;
    }
    let terraform = ["terraform ", "tofu ", "cd "]
        .iter()
        .any(|word| run.contains(word));
    let touches = [" init", " plan", " apply"]
        .iter()
        .any(|word| run.contains(word));
    if !terraform || !touches || run.contains("-backend=false") {
        return Does::Nothing;
    }
    let run = run.replace("${{ ", "${{").replace(" }}", "}}");
    let places = run
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("-chdir="));
    let mut places: Vec<String> = places.map(str::to_owned).collect();
    if let Some((_, rest)) = run.split_once("cd ") {
        places.extend(rest.split_whitespace().next().map(str::to_owned));
    }
    let own = [&step["working-directory"], directory.unwrap_or(&Json::Null)];
    let own = own.into_iter().find_map(Json::as_str);
    if places.is_empty() {
        places.push(own.unwrap_or(".").to_owned());
    }
    let known = places.into_iter().map(|place| {
        let value = contexts.template(&place.replace('"', ""));
        let place = value
            .as_str()?
            .trim_start_matches("./")
            .trim_end_matches('/');
        Some(if place == "." {
            String::new()
        } else {
            place.to_owned()
        })
    });
    let mut known: Vec<_> = known.collect();
    known.dedup();
    Does::Terraform(known)
}
