//! What a job checks out to run Terraform in.

use std::path::{Path, PathBuf};

use crate::github::uses::remote_action;
use crate::github::workflow::model::{Step, entry};
use crate::github::workflow::{StepOwner, Workflows};
use crate::scripts::working_directory::{GITHUB, WorkingDirectory};

/// Another repository that a job checks out to its workspace in place of its own.
pub(super) struct OtherCheckout<'w> {
    /// As it is written: `OWNER/NAME`.
    pub repository: &'w str,
    /// Whether it may be this one all the same.
    pub may_be_own: bool,
}

/// Whose the code of a checkout is.
enum Code<'w> {
    Own,
    Other(OtherCheckout<'w>),
}

impl Workflows {
    /// The directory that the repository is checked out to, seen from the workspace.
    pub(super) fn checkout(&self, owner: StepOwner) -> PathBuf {
        let mut steps = self.steps(owner).iter();
        let own = steps.find(|step| matches!(self.code(step), Some(Code::Own)));
        let path = own.and_then(|own| entry(&own.with, "path"));
        let root = WorkingDirectory::new(Some(Path::new("")), GITHUB);
        let path = path.and_then(|path| root.join(&path.value.value));
        path.unwrap_or_default()
    }

    /// The other repository that is in the workspace of a job which does not check out its own: what it runs is
    /// no code of this tree.
    pub(super) fn other_checkout(&self, owner: StepOwner) -> Option<OtherCheckout<'_>> {
        let mut other = None;
        for step in self.steps(owner) {
            match self.code(step) {
                Some(Code::Own) => return None,
                Some(Code::Other(found)) if entry(&step.with, "path").is_none() => {
                    other = other.or(Some(found));
                }
                _ => {}
            }
        }
        other
    }

    /// The other repositories that are in directories of the workspace of a job.
    pub(super) fn checkouts_beside(&self, owner: StepOwner) -> Vec<(PathBuf, OtherCheckout<'_>)> {
        let root = WorkingDirectory::new(Some(Path::new("")), GITHUB);
        let steps = self.steps(owner).iter();
        let beside = steps.filter_map(|step| match self.code(step)? {
            Code::Own => None,
            Code::Other(other) => {
                let path = entry(&step.with, "path")?;
                let path = root.join(&path.value.value)?;
                Some((path, other)).filter(|(path, _)| !path.as_os_str().is_empty())
            }
        });
        beside.collect()
    }

    /// Whose code a step checks out; `None` where it is no checkout.
    fn code<'w>(&self, step: &'w Step) -> Option<Code<'w>> {
        let uses = remote_action(&step.uses.as_ref()?.value)?;
        if uses.action != "actions/checkout" {
            return None;
        }
        let Some(written) = entry(&step.with, "repository") else {
            return Some(Code::Own);
        };
        let repository = written.value.value.as_str();
        let mut names = self.repositories.iter();
        let is_own = names.any(|name| name.eq_ignore_ascii_case(repository))
            || repository.replace(' ', "") == "${{github.repository}}";
        Some(match is_own {
            true => Code::Own,
            false => Code::Other(OtherCheckout {
                repository,
                may_be_own: self.repositories.is_empty() || repository.contains("${{"),
            }),
        })
    }
}
