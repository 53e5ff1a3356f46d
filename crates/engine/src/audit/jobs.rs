//! Jobs and scripts that use static keys.

use std::collections::BTreeMap;

use crate::catalogue::Purpose;
use crate::repo::Repo;
use ci::github::keys::flow::KeyFlow;
use ci::github::workflow::{KEY_WORDS, StepOwner, Workflows};
use diagnostics::finding::Finding;

/// The findings on workflows, on the local actions that they use, and on scripts of other CI.
pub fn findings(workflows: &Workflows, repo: &Repo) -> Vec<Finding> {
    let id = repo.catalogue().id_of(Purpose::SignInJobs);
    let found =
        |at, offset, sentence: (String, String)| Finding::at(id, at, offset..offset, sentence);
    let flow = KeyFlow { workflows };
    // Keys in the `env` of a workflow are one place, however many jobs inherit them.
    let mut places: BTreeMap<(usize, usize), Vec<StepOwner>> = BTreeMap::new();
    for owner in workflows.owners() {
        for used in flow.key_uses(owner) {
            let owners = places.entry((owner.source, used.id.offset)).or_default();
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
    }
    let of_jobs = places.into_iter().map(|((source, offset), owners)| {
        let file = &workflows.sources[source];
        let names: Vec<String> = owners.iter().map(|owner| workflows.name(*owner)).collect();
        let does = if names.len() == 1 { "uses" } else { "use" };
        found(
            file.location(offset),
            offset,
            (names.join(", "), format!("{does} static AWS keys")),
        )
        .help("sign in by OIDC: a role in `role-to-assume`, and `id-token: write`")
    });
    let unread = workflows.unread.iter();
    let unread = unread.filter(|file| file.speaks_of(&KEY_WORDS));
    let unread = unread.map(|file| {
        let message = format!("speaks of static AWS keys and cannot be read: {}", file.why);
        found(file.at.clone(), 0, ("the file".to_owned(), message))
    });
    let in_scripts = repo.keys_in_scripts().iter().map(|at| {
        let sentence = (
            "a line outside of GitHub Actions".to_owned(),
            "uses static AWS keys".to_owned(),
        );
        found(at.clone(), 0, sentence).help("use the OIDC provider of its CI")
    });
    of_jobs.chain(unread).chain(in_scripts).collect()
}
