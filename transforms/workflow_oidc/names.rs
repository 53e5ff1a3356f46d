//! The names of several jobs and actions in a message about one of them.

use ci::github::workflow::{StepOwner, Workflows};

/// The names, those of the jobs of one file as one: `jobs a, b of FILE`.
pub(super) fn listed(workflows: &Workflows, owners: &[StepOwner], other: StepOwner) -> String {
    let is_job = |owner: &StepOwner| workflows.job(*owner).is_some();
    let mut files: Vec<Vec<StepOwner>> = Vec::new();
    for owner in owners {
        let mut known = files.iter_mut();
        let file = known.find(|file| file[0].source == owner.source && is_job(owner));
        match file {
            Some(file) => file.push(*owner),
            None => files.push(vec![*owner]),
        }
    }
    let names = files.iter().map(|file| match file.as_slice() {
        [only] => workflows.name_from(*only, other),
        several => {
            let ids = several.iter().filter_map(|owner| workflows.job(*owner));
            let ids: Vec<&str> = ids.map(|job| job.id.as_str()).collect();
            let of = match file[0].source == other.source {
                true => String::new(),
                false => format!(" of {}", workflows.source(file[0]).path.display()),
            };
            format!("jobs {}{of}", ids.join(", "))
        }
    });
    names.collect::<Vec<_>>().join(", ")
}
