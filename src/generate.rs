//! `tfkeyless generate`: what the migration needs outside the repository.

mod aws_config;
mod backend_ci;
mod bucket_policy;
mod hcl;
mod key_policy;
mod names;
mod oidc_role;
mod state_access;
mod state_role;
mod statement;
mod trust;

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use engine::index::survey::Surveyor;
use engine::inventory;
use engine::inventory::Inventory;
use engine::plan::Plan;
use engine::planner;
use engine::reached_states::ReachedState;
use engine::request::Request;
use engine::selection::Selection;
use engine::settings::Settings;
use engine::state_reads::StateRead;
use engine::staying_roles::StayingRole;
use syntax::visible;
use transforms::{CATALOGUE, SCANS};

use crate::cli::{Generate, GenerateArgs};
use crate::config::Invocation;
use crate::disk::Disk;
use crate::exit::Exit;
use crate::pager;
use crate::say::say;
use crate::walk;

/// What the generated files are made from.
struct RepositoryFacts {
    /// The repository's root.
    root: PathBuf,
    settings: Settings,
    inventory: Inventory,
    /// The roles that stay after the plan; known only where they are asked for.
    staying_roles: Vec<StayingRole>,
    /// The states that jobs reach after the plan; known only with those roles.
    reached_states: Vec<ReachedState>,
    /// The states that other accounts reach after the plan; known only with those roles.
    state_reads: Vec<StateRead>,
}

/// Generates what was asked for.
pub fn generate(what: &Generate) -> anyhow::Result<Exit> {
    match what {
        Generate::AwsConfig {
            place,
            merge,
            aws_config,
            yes,
        } => {
            let run = Invocation::around(&place.path, place.config.as_deref())?;
            let profiles = aws_config::profiles(&run.settings)?;
            match merge {
                true => aws_config::merge(&profiles, aws_config.as_deref(), *yes)?,
                false => put(place, &aws_config::text(&profiles))?,
            }
        }
        Generate::BucketPolicy {
            place,
            bucket,
            format,
        } => {
            let policy =
                bucket_policy::Policy::new(&RepositoryFacts::read(place)?, bucket.as_deref())?;
            put(place, &policy.text(*format))?;
            say(&format!(
                "A bucket has one policy: if {} has one already, add the statement to it.",
                policy.bucket
            ));
            if !policy.keys.is_empty() {
                say(&format!(
                    "Its states are encrypted with {}: `tfkeyless generate key-policy` prints the \
                     statement that lets the other accounts use the key.",
                    policy.keys.join(", ")
                ));
            }
        }
        Generate::KeyPolicy { place, key, format } => {
            let policy =
                key_policy::KeyPolicy::new(&RepositoryFacts::read(place)?, key.as_deref())?;
            put(place, &policy.text(*format))?;
            say(&format!(
                "A key has one policy: add the statement to that of {}.",
                policy.key
            ));
        }
        Generate::Trust {
            place,
            role,
            format,
        } => {
            let facts = RepositoryFacts::with_staying_roles(place)?;
            let text = match role {
                None => trust::table(&facts),
                Some(role) => trust::statement(&facts, role, *format)?,
            };
            put(place, &text)?;
        }
        Generate::OidcRole {
            place,
            plain,
            repository,
            owner_id,
            repository_id,
        } => {
            let facts = RepositoryFacts::with_staying_roles(place)?;
            let ids = owner_id.zip(*repository_id);
            let trusts = oidc_role::Trust::of_jobs(&facts, repository.as_deref(), ids)?;
            // A section for each account: one file cannot hold them.
            let sections = trusts.iter().map(|trust| match plain {
                true => oidc_role::plain(&facts, trust),
                false => oidc_role::module(&facts, trust),
            });
            let sections: Vec<String> = sections.collect::<Result<_, _>>()?;
            put(place, &sections.join("\n"))?;
        }
        Generate::StateRole { place, repository } => {
            let facts = RepositoryFacts::with_staying_roles(place)?;
            put(place, &state_role::text(&facts, repository.as_deref())?)?;
        }
        Generate::BackendCi(place) => {
            put(place, &backend_ci::text(&RepositoryFacts::read(place)?)?)?;
        }
    }
    Ok(Exit::Done)
}

impl RepositoryFacts {
    fn read(place: &GenerateArgs) -> anyhow::Result<Self> {
        let Invocation { root, settings, .. } =
            Invocation::around(&place.path, place.config.as_deref())?;
        let request = Request {
            settings: settings.clone(),
            ..Request::usual(CATALOGUE)
        };
        let source = Disk::new(&root);
        let walked = walk::walk(&source, &Surveyor::new(&source, &request))?;
        let inventory = inventory::inventory(&source, walked.surveys, request, SCANS)?;
        Ok(Self {
            root,
            settings,
            inventory,
            staying_roles: Vec::new(),
            reached_states: Vec::new(),
            state_reads: Vec::new(),
        })
    }

    /// The same with the roles that stay once all that can be changed is.
    fn with_staying_roles(place: &GenerateArgs) -> anyhow::Result<Self> {
        let facts = Self::read(place)?;
        // Jobs that need review call the roles, too, and until then those that do not.
        let (before, after) = (facts.plan(false)?, facts.plan(true)?);
        Ok(Self {
            staying_roles: in_either(before.staying_roles, after.staying_roles),
            reached_states: [before.reached_states, after.reached_states].concat(),
            state_reads: [before.state_reads, after.state_reads].concat(),
            ..facts
        })
    }

    /// The plan of the repository, with what needs review or without.
    fn plan(&self, review: bool) -> anyhow::Result<Plan> {
        let request = Request {
            settings: self.settings.clone(),
            selection: Selection {
                review,
                ..Selection::default()
            },
            ..Request::usual(CATALOGUE)
        };
        let source = Disk::new(&self.root);
        let walked = walk::walk(&source, &Surveyor::new(&source, &request))?;
        Ok(planner::plan(&source, walked.surveys, request, SCANS)?)
    }

    /// What the backends say under a name, each value once.
    fn values(&self, name: &str) -> Vec<&str> {
        let backends = self.inventory.states.iter();
        let values = backends.filter_map(|backend| backend.settings.get(name));
        let mut values: Vec<&str> = values.map(String::as_str).collect();
        values.sort_unstable();
        values.dedup();
        values
    }
}

/// The roles that stay before the review or after it, each with the callers of both.
fn in_either(before: Vec<StayingRole>, mut after: Vec<StayingRole>) -> Vec<StayingRole> {
    for role in before {
        match after.iter_mut().find(|known| known.name == role.name) {
            Some(known) => {
                known.uses.extend(role.uses);
                known.callers.extend(role.callers);
                known.rights = known.rights.and(role.rights);
            }
            // What the review removes has nobody to call it afterwards.
            None => after.push(StayingRole {
                until_review: true,
                ..role
            }),
        }
    }
    after.sort_by(|one, other| one.name.cmp(&other.name));
    after
}

/// Puts a text where it shall go.
fn put(place: &GenerateArgs, text: &str) -> anyhow::Result<()> {
    let Some(out) = &place.out else {
        return pager::show(text, false);
    };
    let mut file = match File::create_new(out) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} exists and is not overwritten", visible::path(out))
        }
        opened => opened.with_context(|| visible::path(out))?,
    };
    file.write_all(text.as_bytes())?;
    say(&format!("Written: {}.", visible::path(out)));
    Ok(())
}
