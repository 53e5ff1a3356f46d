//! What `curl` and `wget` fetch from GitHub with the token.

/// Options that send something, by their start.
const SENDS: [&str; 7] = [
    "--body", "--data", "--form", "--json", "--method", "--post", "--upload",
];

/// Paths of github.com that are files of a repository or of its releases.
const FILES: [&str; 3] = ["/archive/", "/raw/", "/releases/download/"];

/// The same below `repos/OWNER/NAME` of GitHub's API ("Permissions required for GitHub Apps": each is among
/// those of "Contents", to read).
const API: [&str; 6] = [
    "/contents/",
    "/releases/assets/",
    "/releases/latest",
    "/releases/tags/",
    "/tarball",
    "/zipball",
];

/// Whether the words of a command with the token fetch files of a repository of GitHub and send nothing:
/// `contents: read` is all that this takes. `shows` tells a word that contains the token, or the address of the
/// API.
pub(super) fn is_download(words: &[String], shows: impl Fn(&str) -> bool) -> bool {
    let addresses: Vec<&String> = words.iter().filter(|word| word.contains("://")).collect();
    let names_token = |word: &&String| !word.contains("://") && shows(word);
    let is_header = |word: &String| {
        let word = word.to_ascii_lowercase();
        word.trim_start_matches("--header=")
            .starts_with("authorization:")
    };
    !addresses.is_empty()
        && addresses.iter().all(|it| is_file(it))
        && words.iter().filter(names_token).all(is_header)
        && !words.iter().any(|word| sends(word))
}

/// Whether an option sends something: `-X POST`, `-d x`, `-sXPOST`.
fn sends(word: &str) -> bool {
    let long = word.starts_with("--request") || SENDS.iter().any(|name| word.starts_with(name));
    let short = word.strip_prefix('-').filter(|it| !it.starts_with('-'));
    long || short.is_some_and(|it| it.contains(['X', 'd', 'F', 'T', 'K']))
}

fn is_file(address: &str) -> bool {
    let Some((_, place)) = address.split_once("://") else {
        return false;
    };
    // `TOKEN@github.com/...`
    let place = match place.split_once('@') {
        Some((user, place)) if !user.contains('/') => place,
        _ => place,
    };
    match place.split_once('/') {
        Some(("github.com", path)) => FILES.iter().any(|it| path.contains(it)),
        Some(("api.github.com", path)) => {
            path.starts_with("repos/") && API.iter().any(|it| path.contains(it))
        }
        _ => false,
    }
}
