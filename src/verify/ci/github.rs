//! What GitHub has stored for a repository: variables, names of secrets, environments, and how the subjects of
//! its tokens are made.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use ci::github::role_sign_ins::StoredRead;
use serde_json::Value;

use super::gh::{Answer, Gh};
use super::known::{Known, Unread};
use super::subject_format::SubjectFormat;

/// The settings of a repository on GitHub.
pub struct GitHub {
    /// `OWNER/NAME`, as GitHub writes it: tokens have it so.
    pub name: String,
    pub default_branch: Known<String>,
    pub subjects: Known<SubjectFormat>,
    repository: Stored,
    /// Those that the organization lets the repository read.
    organization: Stored,
    environments: BTreeMap<String, Environment>,
}

/// An environment.
struct Environment {
    exists: Known<bool>,
    stored: Stored,
}

/// What is stored at one level. What nothing reads is not asked.
struct Stored {
    variables: Known<BTreeMap<String, String>>,
    secrets: Known<BTreeSet<String>>,
}

/// What is known of a variable or a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// Where it is, as a phrase, and of a variable its value.
    Found(String, Option<String>),
    /// It is nowhere that the job looks.
    Missing,
    Unknown(Unread),
}

/// What is asked of GitHub.
pub struct Asked<'a> {
    /// `OWNER/NAME`.
    pub repository: &'a str,
    /// The names of environments that jobs name.
    pub environments: BTreeSet<String>,
    pub variables: bool,
    pub secrets: bool,
    /// Whether it is github.com or a subdomain of ghe.com, whose subjects may have ids.
    pub may_have_ids: bool,
}

impl GitHub {
    /// Asks GitHub.
    ///
    /// # Errors
    /// `gh` cannot be started, or the run is being ended.
    pub fn ask(asked: &Asked<'_>, gh: &Gh<'_>) -> io::Result<Self> {
        let own = format!("repos/{}", asked.repository);
        let about = one(gh.get(&own)?, "GitHub shows gh's token no such repository");
        let text = |path: &str| {
            about
                .as_ref()
                .ok()
                .and_then(|it| it.pointer(path)?.as_str())
        };
        let name = text("/full_name").filter(|name| is_name(name));
        let name = name.unwrap_or(asked.repository).to_owned();
        let own = format!("repos/{name}");
        let default_branch = about.clone().and_then(|it| {
            let branch = it.get("default_branch").and_then(Value::as_str);
            let branch = branch.map(str::to_owned);
            branch.ok_or_else(|| Unread::new("GitHub does not say which the default branch is"))
        });
        let stored = |start: String| Stored::ask(&start, "", asked, gh);
        let repository = match &about {
            Ok(_) => stored(format!("{own}/actions/"))?,
            Err(unread) => Stored::unknown(unread),
        };
        let organization = match (&about, text("/owner/type")) {
            (_, Some("User")) => Stored::none(),
            (Ok(_), _) => Stored::ask(&format!("{own}/actions/"), "organization-", asked, gh)?,
            (Err(unread), _) => Stored::unknown(unread),
        };
        let mut environments = BTreeMap::new();
        for environment in &asked.environments {
            let start = format!("{own}/environments/{}", encoded(environment));
            let exists = match &about {
                Err(unread) => Err(unread.clone()),
                // Who may read the repository may read this (REST API, "Get an environment").
                Ok(_) => gh
                    .get(&start)?
                    .map(|answer| matches!(answer, Answer::Pages(_))),
            };
            let stored = match &exists {
                Ok(true) => stored(format!("{start}/"))?,
                Ok(false) => Stored::none(),
                Err(unread) => Stored::unknown(unread),
            };
            environments.insert(environment.clone(), Environment { exists, stored });
        }
        let subjects = match &about {
            Ok(about) => SubjectFormat::ask(&name, about, asked.may_have_ids, gh)?,
            Err(unread) => Err(unread.clone()),
        };
        Ok(Self {
            name,
            default_branch,
            subjects,
            repository,
            organization,
            environments,
        })
    }

    /// Whether an environment is there.
    pub fn has_environment(&self, name: &str) -> Known<bool> {
        match self.environments.get(name) {
            Some(environment) => environment.exists.clone(),
            None => Err(Unread::new("it was not asked for")),
        }
    }

    /// Looks for what a job reads, where it runs in that environment: of several levels the environment's
    /// wins, then the repository's ("Variables reference", configuration variable precedence).
    pub fn find(&self, read: &StoredRead, environment: Option<&str>) -> Lookup {
        let mut levels = Vec::new();
        match environment.filter(|_| !read.is_of_caller) {
            Some(name) if name.contains("${{") => {
                let reason = "only the run knows the job's environment";
                return Lookup::Unknown(Unread::new(reason));
            }
            Some(name) => {
                let known = self.environments.get(name);
                levels.extend(known.map(|it| (format!("environment {name}"), &it.stored)));
            }
            None => {}
        }
        levels.push(("the repository".to_owned(), &self.repository));
        levels.push(("the organization".to_owned(), &self.organization));
        for (place, stored) in levels {
            match stored.value(read) {
                Ok(Some(StoredValue(value))) => return Lookup::Found(place, value),
                Ok(None) => {}
                Err(unread) => {
                    let reason = format!("what {place} has is not known: {unread}");
                    return Lookup::Unknown(Unread { reason, ..unread });
                }
            }
        }
        Lookup::Missing
    }
}

/// The value of a variable; nobody can read that of a secret.
struct StoredValue(Option<String>);

impl Stored {
    fn none() -> Self {
        Self {
            variables: Ok(BTreeMap::new()),
            secrets: Ok(BTreeSet::new()),
        }
    }

    fn unknown(unread: &Unread) -> Self {
        Self {
            variables: Err(unread.clone()),
            secrets: Err(unread.clone()),
        }
    }

    fn ask(start: &str, kind: &str, asked: &Asked<'_>, gh: &Gh<'_>) -> io::Result<Self> {
        let mut stored = Self::none();
        if asked.variables {
            // At most 30 a page (REST API, "List repository variables").
            let answer = gh.get(&format!("{start}{kind}variables?per_page=30"))?;
            stored.variables = entries(answer, "variables").and_then(|all| {
                let named = all.iter().map(|entry| {
                    let text = |key: &str| entry.get(key).and_then(Value::as_str);
                    Some((
                        text("name")?.to_ascii_uppercase(),
                        text("value")?.to_owned(),
                    ))
                });
                let named: Option<_> = named.collect();
                named.ok_or_else(|| Unread::new("GitHub's list has an entry without a name"))
            });
        }
        if asked.secrets {
            let answer = gh.get(&format!("{start}{kind}secrets?per_page=100"))?;
            stored.secrets = entries(answer, "secrets").and_then(|all| {
                let names = all.iter().map(|entry| {
                    let name = entry.get("name").and_then(Value::as_str)?;
                    Some(name.to_ascii_uppercase())
                });
                let names: Option<_> = names.collect();
                names.ok_or_else(|| Unread::new("GitHub's list has an entry without a name"))
            });
        }
        Ok(stored)
    }

    /// What is read; of a secret no value. Nothing where it is not there.
    fn value(&self, read: &StoredRead) -> Known<Option<StoredValue>> {
        match (read.is_secret, &self.secrets, &self.variables) {
            (true, Ok(names), _) => Ok(names.contains(&read.name).then_some(StoredValue(None))),
            (false, _, Ok(values)) => Ok(values
                .get(&read.name)
                .map(|value| StoredValue(Some(value.clone())))),
            (true, Err(unread), _) | (false, _, Err(unread)) => Err(unread.clone()),
        }
    }
}

/// The document of an answer.
pub fn one(answer: Known<Answer>, absent: &str) -> Known<Value> {
    match answer? {
        Answer::Absent => Err(Unread::new(absent)),
        Answer::Pages(mut pages) if pages.len() == 1 => Ok(pages.remove(0)),
        Answer::Pages(_) => Err(Unread::new("GitHub's answer has several parts")),
    }
}

/// The entries of a list, of all its pages.
fn entries(answer: Known<Answer>, key: &str) -> Known<Vec<Value>> {
    let Answer::Pages(pages) = answer? else {
        return Err(Unread::new("GitHub does not show gh's token the list"));
    };
    let incomplete = || Unread::new("GitHub's list is not complete");
    let mut all = Vec::new();
    for page in &pages {
        let list = page.get(key).and_then(Value::as_array);
        all.extend(list.ok_or_else(incomplete)?.iter().cloned());
    }
    let total = pages
        .first()
        .and_then(|page| page.get("total_count")?.as_u64());
    match total == Some(all.len() as u64) {
        true => Ok(all),
        false => Err(incomplete()),
    }
}

/// Whether it is `OWNER/NAME`, of the letters that GitHub takes.
pub fn is_name(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(is_letter) && ![".", ".."].contains(&part)
    };
    let parts = text.split_once('/');
    parts.is_some_and(|(owner, name)| is_part(owner) && is_part(name))
}

/// A name as a part of a path.
pub fn encoded(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        match byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) {
            true => out.push(char::from(byte)),
            false => out += &format!("%{byte:02X}"),
        }
    }
    out
}
