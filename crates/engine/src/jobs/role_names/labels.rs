//! The labels that keep the variables of two accounts apart.

use std::path::Path;

use ci::github::expression::references;
use ci::github::keys::refusal::JobRefusal;
use syntax::code::sentence;

use super::{Meaning, Names, meaning};
use crate::jobs::label;
use crate::jobs::need::Target;
use crate::jobs::sign_in::SignIn;

impl Names<'_> {
    /// The label that a variable needs so that no other sign-in reads it; `None` where it needs
    /// none.
    pub(super) fn label(
        &self,
        sign_in: &SignIn,
        target: &Target,
    ) -> Result<Option<String>, JobRefusal> {
        let own = meaning(sign_in, target);
        let names = self.variables(sign_in, None);
        let is_alone = |name: &String| {
            let mut others = self.meanings.get(name).into_iter().flatten();
            others.all(|it| self.agrees(sign_in, &own, it, false))
        };
        let is_alone = names.iter().all(is_alone)
            && !self.is_labelled(sign_in)
            && !self.is_split(sign_in, &names);
        // The name of a variable for keys whose secret's name is computed differs with that.
        let is_computed = references(&sign_in.start.id.value)
            .iter()
            .any(|it| it.context == "secrets" && it.name.is_none());
        if is_alone || is_computed {
            return Ok(None);
        }
        let (label, what) = match (target, &own) {
            (Target::Id(id), _) => {
                let label = label::of_account(id, self.repo.settings());
                (label, format!("account {id}"))
            }
            (Target::Module(root, _) | Target::Open(root), _) => {
                let what = sentence!("the account of `{}`", root.display());
                let label = match self.has_other_variants(&names, root, target) {
                    // Each job runs a variant of its own.
                    true => label::label(&self.job(sign_in)),
                    false => label::of_root(root),
                };
                (label, what)
            }
            (Target::Keys, Meaning::Keys(_, Some(environment))) => {
                let label = label::of_environment(environment, self.repo.settings());
                (label, format!("environment {environment}"))
            }
            // The keys of the repository keep the plain name, if they are the only ones.
            (Target::Keys, _) if !self.has_other_keys(sign_in, &names, &own) => {
                return Ok(None);
            }
            (Target::Keys, _) => {
                let job = self.job(sign_in);
                (label::label(&job), format!("job {job}"))
            }
        };
        label.map(Some).ok_or_else(|| {
            let why = format!("GitHub has no variable whose name begins with the label of {what}");
            JobRefusal::new(sign_in.start.id.offset, why).help(
                "set `ci_role` in the `account` block of its account in tfkeyless.hcl, such as \
                 `ci_role = \"arn:aws:iam::{id}:role/github-ci\"`",
            )
        })
    }

    fn job(&self, sign_in: &SignIn) -> String {
        let job = self.repo.index().workflows.job(sign_in.job);
        job.map(|job| job.id.clone()).unwrap_or_default()
    }

    /// Whether one of these variables stands for another variant of that root module, too.
    fn has_other_variants(&self, names: &[String], root: &Path, own: &Target) -> bool {
        names.iter().any(|name| {
            let mut meanings = self.meanings.get(name).into_iter().flatten();
            meanings.any(|it| match it {
                Meaning::Target(other @ Target::Module(of, _)) => of == root && other != own,
                _ => false,
            })
        })
    }

    /// Whether one of these variables stands for other keys of the repository, too, or for a role
    /// that a workflow names.
    fn has_other_keys(&self, sign_in: &SignIn, names: &[String], own: &Meaning) -> bool {
        self.is_split_by_job(sign_in, names)
            || names.iter().any(|name| {
                let meanings = self.meanings.get(name).into_iter().flatten();
                let mut others = meanings.filter(|it| !self.agrees(sign_in, own, it, false));
                others.any(|it| match it {
                    Meaning::Other(_) | Meaning::Role(_) | Meaning::Keys(_, None) => true,
                    Meaning::Keys(_, Some(_)) | Meaning::Target(_) => false,
                })
            })
    }
}
