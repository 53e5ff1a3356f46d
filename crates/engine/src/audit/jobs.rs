//! Jobs and scripts that use static keys.

use std::collections::BTreeMap;

use crate::catalogue::Purpose;
use crate::repo::Repo;
use ci::github::workflow::flow::Flow;
use ci::github::workflow::{KEY_WORDS, Unit, Workflows};
use diagnostics::finding::Finding;
use syntax::location::Location;
use syntax::text::position;

/// The findings on workflows, on the local actions that they use, and on scripts of other CI.
pub fn findings(workflows: &Workflows, repo: &Repo) -> Vec<Finding> {
    let id = repo.catalogue().id_of(Purpose::SignInJobs);
    let found =
        |at, offset, sentence: (String, String)| Finding::at(id, at, offset..offset, sentence);
    let flow = Flow {
        workflows,
        ci: &repo.settings().ci,
    };
    // Keys in the `env` of a workflow are one place, however many jobs inherit them.
    let mut places: BTreeMap<(usize, usize), Vec<Unit>> = BTreeMap::new();
    for unit in workflows.units() {
        for used in flow.used(unit) {
            let units = places.entry((unit.source, used.id.offset)).or_default();
            if !units.contains(&unit) {
                units.push(unit);
            }
        }
    }
    let of_jobs = places.into_iter().map(|((source, offset), units)| {
        let file = &workflows.sources[source];
        let (line, column) = position(file.yaml.text(), offset);
        let path = file.path.clone();
        let names: Vec<String> = units.iter().map(|unit| workflows.name(*unit)).collect();
        let does = if names.len() == 1 { "uses" } else { "use" };
        found(
            Location { path, line, column },
            offset,
            (names.join(", "), format!("{does} static AWS keys")),
        )
        .help("sign in by OIDC: a role in `role-to-assume`, and `id-token: write`")
    });
    let unread = workflows.unread.iter().filter(|file| {
        let text = file.text.to_ascii_lowercase();
        KEY_WORDS.iter().any(|word| text.contains(word))
    });
    let unread = unread.map(|file| {
        let (line, column) = file.position;
        let path = file.path.clone();
        let message = format!("speaks of static AWS keys and cannot be read: {}", file.why);
        found(
            Location { path, line, column },
            0,
            ("the file".to_owned(), message),
        )
    });
    let in_scripts = repo.keys_in_scripts().iter().map(|at| {
        let sentence = ("the line".to_owned(), "hands static AWS keys on".to_owned());
        found(at.clone(), 0, sentence).help("use the OIDC provider of its CI")
    });
    of_jobs.chain(unread).chain(in_scripts).collect()
}
