//! The permissions that commands of GitHub's CLI use.

use super::scope::Level::{Read, Write};
use super::scope::Scope::{Actions, Checks, Contents, Discussions, Issues, PullRequests, Statuses};
use super::scope::{Level, Scope, Scopes};

/// A command group, its verbs, and their permissions.
type GhCommand = (&'static str, &'static str, &'static [(Scope, Level)]);

/// By the API calls behind each verb. Pull requests share the issues API, and viewing one shows its
/// checks and their runs.
const TABLE: &[GhCommand] = &[
    (
        "pr",
        "view list status checks diff checkout",
        &[
            (Actions, Read),
            (Checks, Read),
            (Issues, Read),
            (PullRequests, Read),
            (Statuses, Read),
        ],
    ),
    (
        "pr",
        "create comment edit ready reopen review lock unlock",
        &[(Issues, Write), (PullRequests, Write)],
    ),
    (
        "pr",
        "merge close update-branch",
        &[
            (Checks, Read),
            (Contents, Write),
            (Issues, Write),
            (PullRequests, Write),
            (Statuses, Read),
        ],
    ),
    (
        "issue",
        "view list status",
        &[(Issues, Read), (PullRequests, Read)],
    ),
    (
        "issue",
        "create comment edit close reopen delete lock unlock pin unpin",
        &[(Issues, Write), (PullRequests, Write)],
    ),
    ("label", "list", &[(Issues, Read), (PullRequests, Read)]),
    (
        "label",
        "create edit delete clone",
        &[(Issues, Write), (PullRequests, Write)],
    ),
    ("release", "view list download", &[(Contents, Read)]),
    (
        "release",
        "create upload edit delete delete-asset",
        &[(Contents, Write)],
    ),
    (
        "run",
        "list view watch download",
        &[(Actions, Read), (Checks, Read)],
    ),
    ("run", "rerun cancel delete", &[(Actions, Write)]),
    ("workflow", "list view", &[(Actions, Read)]),
    ("workflow", "run enable disable", &[(Actions, Write)]),
    ("cache", "list", &[(Actions, Read)]),
    ("cache", "delete", &[(Actions, Write)]),
    ("repo", "view clone", &[(Contents, Read)]),
];

/// Groups that make no call to the repository's API.
const LOCAL: [&str; 4] = ["auth", "config", "help", "version"];

/// The permissions of `gh ARGUMENTS`; `None` for an unknown command. Reading contents is left out,
/// because every block that is written grants it.
pub(super) fn uses(arguments: &[&str]) -> Option<Scopes> {
    let mut words = arguments.iter().filter(|word| !word.starts_with('-'));
    let Some(group) = words.next() else {
        return Some(Scopes::new());
    };
    if LOCAL.contains(group) {
        return Some(Scopes::new());
    }
    let verb = words.next()?;
    let has_verb = |verbs: &str| verbs.split(' ').any(|known| known == *verb);
    let mut rows = TABLE.iter();
    let (_, _, used) = rows.find(|(known, verbs, _)| known == group && has_verb(verbs))?;
    let mut scopes: Scopes = used.iter().cloned().collect();
    let option = |word: &&str| word.starts_with("--discussion-category");
    if arguments.iter().any(option) {
        scopes.insert(Discussions, Write);
    }
    Some(scopes)
}
