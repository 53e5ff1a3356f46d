//! The permissions that a script of `actions/github-script` uses, by its calls.

use super::scope::{Level, Scope, Scopes, raise};
use super::step::UnknownNeed;

/// Modules that cannot reach the API; any other makes the script unknown.
const MODULES: [&str; 6] = ["fs", "path", "os", "util", "fs/promises", "url"];

/// Ways to use the token that are not followed.
const OTHER_WAYS: [&str; 4] = ["getOctokit", "child_process", "exec.", "import("];

/// The permissions of a script whose client has the token. The action provides it as `github` and
/// as `octokit`.
pub(super) fn uses(script: &str) -> Result<Scopes, UnknownNeed> {
    let unknown = |what: &str| Err(UnknownNeed::Call(what.to_owned()));
    if let Some(way) = OTHER_WAYS.iter().find(|way| script.contains(**way)) {
        return unknown(way);
    }
    for loaded in script.split("require(").skip(1) {
        let name = loaded.split(')').next().unwrap_or_default().trim();
        let module = name
            .trim_matches(['"', '\'', '`'])
            .trim_start_matches("node:");
        if !MODULES.contains(&module) {
            return unknown(&format!("require({name})"));
        }
    }
    let mut scopes = Scopes::new();
    let names = ["github", "octokit"].into_iter();
    for (at, word) in names.flat_map(|name| script.match_indices(name)) {
        let (before, after) = (&script[..at], &script[at + word.len()..]);
        if !is_client(before, after) {
            continue;
        }
        let is_name = |c: char| !c.is_ascii_alphanumeric() && !"._".contains(c);
        let end = after.find(is_name).unwrap_or(after.len());
        let chain = after[..end].trim_matches('.');
        if matches!(chain, "paginate" | "paginate.iterator") {
            // `paginate` takes the method as its argument, which is found as a reference of its
            // own.
            continue;
        }
        match method(chain.strip_prefix("rest.").unwrap_or(chain)) {
            Some(used) => raise(&mut scopes, used),
            None => return unknown(format!("{word}.{chain}").trim_end_matches('.')),
        }
    }
    Ok(scopes)
}

/// Whether the word between these texts is the client, and not part of a longer name, an address, a
/// property, a comment or an expression of the workflow.
fn is_client(before: &str, after: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-/@$.".contains(c);
    let line = before.rsplit('\n').next().unwrap_or_default();
    let is_comment = line.trim_start().starts_with("//") || line.contains(" // ");
    let is_expression = before
        .rfind("${{")
        .is_some_and(|open| !before[open..].contains("}}"));
    let is_spread = before.ends_with("...");
    let is_address = [".com", ".io"].iter().any(|end| after.starts_with(end));
    (is_spread || !before.ends_with(is_part))
        && !after.starts_with(|c: char| c.is_ascii_alphanumeric() || "_-/".contains(c))
        && !is_comment
        && !is_expression
        && !is_address
}

/// The permissions of a method, `NAMESPACE.NAME`; `None` for an unknown one.
///
/// Source: "Permissions required for GitHub Apps".
fn method(call: &str) -> Option<Vec<(Scope, Level)>> {
    let (namespace, name) = call.split_once('.')?;
    // Octokit names a method after what its endpoint does; these are the reading ones.
    let reads = ["get", "list", "check", "compare", "download"];
    let level = match reads.iter().any(|verb| name.starts_with(verb)) {
        true => Level::Read,
        false => Level::Write,
    };
    // Endpoints for secrets, variables, runners and environments need permissions that GITHUB_TOKEN
    // cannot have ("Permissions required for GitHub Apps").
    let for_owner = [
        "Secret",
        "Variable",
        "Runner",
        "Permissions",
        "Org",
        "Environment",
    ];
    Some(match (namespace, name) {
        ("pulls", "merge" | "updateBranch") => {
            vec![(Scope::PullRequests, level), (Scope::Contents, level)]
        }
        // A pull request is an issue to this API, and the call does not tell which one it means.
        ("issues" | "pulls" | "reactions", _) => {
            vec![(Scope::Issues, level), (Scope::PullRequests, level)]
        }
        ("checks", _) => vec![(Scope::Checks, level)],
        ("git", _) => vec![(Scope::Contents, level)],
        ("actions", name) if !for_owner.iter().any(|word| name.contains(word)) => {
            vec![(Scope::Actions, level)]
        }
        ("search", "issuesAndPullRequests") => {
            vec![
                (Scope::Issues, Level::Read),
                (Scope::PullRequests, Level::Read),
            ]
        }
        ("repos", name) => repository(name, level)?,
        _ => return None,
    })
}

/// The permissions of a method of `repos`, a namespace that spans many scopes.
fn repository(name: &str, level: Level) -> Option<Vec<(Scope, Level)>> {
    Some(match name {
        "get"
        | "getBranch"
        | "getCommit"
        | "getContent"
        | "getLatestRelease"
        | "getReadme"
        | "getRelease"
        | "getReleaseAsset"
        | "getReleaseByTag"
        | "listBranches"
        | "listCommits"
        | "listReleaseAssets"
        | "listReleases"
        | "listTags"
        | "compareCommits"
        | "compareCommitsWithBasehead"
        | "createCommitComment"
        | "createDispatchEvent"
        | "createOrUpdateFileContents"
        | "createRelease"
        | "deleteFile"
        | "deleteRelease"
        | "deleteReleaseAsset"
        | "merge"
        | "updateRelease"
        | "uploadReleaseAsset" => {
            vec![(Scope::Contents, level)]
        }
        // A POST request that needs write access, though it changes nothing.
        "generateReleaseNotes" => vec![(Scope::Contents, Level::Write)],
        "listPullRequestsAssociatedWithCommit" => {
            vec![(Scope::Contents, level), (Scope::PullRequests, level)]
        }
        "createCommitStatus" | "getCombinedStatusForRef" | "listCommitStatusesForRef" => {
            vec![(Scope::Statuses, level)]
        }
        "createDeployment"
        | "createDeploymentStatus"
        | "deleteDeployment"
        | "getDeployment"
        | "getDeploymentStatus"
        | "listDeployments"
        | "listDeploymentStatuses" => {
            vec![(Scope::Deployments, level)]
        }
        _ => return None,
    })
}
