//! The plans of before the migration, as `--before` records them: addresses and actions.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;

use anyhow::{Context as _, bail};
use engine::verification::RootPlan;
use serde_json::{Value, json};
use syntax::visible;

use super::plan_output::PlannedChange;
use super::state_directory::StateDirectory;
use crate::digest::sha1;
use crate::json_text;

/// The file's name in the state directory.
const NAME: &str = "before.json";

/// The version of its form.
const VERSION: u64 = 1;

/// What was planned before.
#[derive(Debug, Default)]
pub struct Record {
    plans: Vec<RecordedPlan>,
}

#[derive(Debug, Clone)]
struct RecordedPlan {
    root: String,
    variant: String,
    backend: String,
    changes: Vec<PlannedChange>,
}

impl Record {
    /// The record of a repository; `None` where there is none.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(state: &StateDirectory) -> anyhow::Result<Option<Self>> {
        let path = state.file(NAME);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text.with_context(|| visible::path(&path))?,
        };
        let record = serde_json::from_str(&text).ok().and_then(|it| parse(&it));
        match record {
            Some(record) => Ok(Some(record)),
            None => bail!("{} cannot be read; remove it", visible::path(&path)),
        }
    }

    /// Adds a plan, in place of an earlier one of the same.
    pub fn add(&mut self, plan: &RootPlan, changes: &[PlannedChange]) {
        let (root, variant, backend) = key(plan);
        let is_it =
            |it: &RecordedPlan| (&it.root, &it.variant, &it.backend) == (&root, &variant, &backend);
        self.plans.retain(|it| !is_it(it));
        let changes = changes.to_vec();
        self.plans.push(RecordedPlan {
            root,
            variant,
            backend,
            changes,
        });
    }

    /// The changes that were planned before; `None` where that plan is not recorded.
    pub fn of(&self, plan: &RootPlan) -> Option<&[PlannedChange]> {
        let (root, variant, backend) = key(plan);
        let plans = self.plans.iter();
        let mut same: Vec<&RecordedPlan> = plans
            .filter(|it| (&it.root, &it.variant) == (&root, &variant))
            .collect();
        // The migration changes what backends are given: it counts only where it alone tells two
        // plans apart.
        if same.len() > 1 {
            same.retain(|it| it.backend == backend);
        }
        same.first().map(|it| it.changes.as_slice())
    }

    /// Writes it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, state: &StateDirectory) -> anyhow::Result<()> {
        let plans = self.plans.iter().map(|plan| {
            let changes = plan.changes.iter();
            let changes = changes.map(|it| json!([it.action, it.address]));
            json!({
                "root": plan.root,
                "variant": plan.variant,
                "backend": plan.backend,
                "changes": changes.collect::<Vec<_>>(),
            })
        });
        let plans: Vec<Value> = plans.collect();
        let document = json!({ "version": VERSION, "plans": plans });
        state.write(NAME, &(json_text::pretty(&document) + "\n"))?;
        Ok(())
    }
}

fn parse(document: &Value) -> Option<Record> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if document["version"].as_u64() != Some(VERSION) {
        return None;
    }
    let plans = document["plans"].as_array()?.iter().map(|plan| {
        let changes = plan["changes"].as_array()?.iter().map(|change| {
            let (action, address) = text(&change[0]).zip(text(&change[1]))?;
            Some(PlannedChange { address, action })
        });
        Some(RecordedPlan {
            root: text(&plan["root"])?,
            variant: text(&plan["variant"])?,
            backend: text(&plan["backend"])?,
            changes: changes.collect::<Option<_>>()?,
        })
    });
    let plans = plans.collect::<Option<_>>()?;
    Some(Record { plans })
}

/// Root module, variant and backend settings of a plan, as digests: settings may hold keys.
fn key(plan: &RootPlan) -> (String, String, String) {
    let variant = format!("{:?} {:?}", plan.variant.workspace, plan.variant.var_files);
    let backend = format!("{:?}", plan.variant.backend_configs);
    (
        sha1(plan.directory.as_os_str().as_bytes()),
        sha1(variant.as_bytes()),
        sha1(backend.as_bytes()),
    )
}
