//! The AWS profile that a line of a script pins.

/// The profile that a line pins; an expression where only the run knows it.
pub fn of(line: &str) -> Option<&str> {
    let line = line.trim();
    let is_comment = line.starts_with('#') || line.starts_with("//");
    if is_comment || line.contains("echo ") {
        return None;
    }
    // Tools that run a command with the credentials of a profile.
    for tool in ["aws-vault exec ", "aws-okta exec "] {
        if let Some((_, rest)) = line.split_once(tool) {
            let profile = rest.split_whitespace().find(|word| !word.starts_with('-'));
            return profile.filter(|profile| !profile.contains("AWS_PROFILE"));
        }
    }
    if let Some((_, rest)) = line.split_once("saml2aws exec ") {
        let mut words = rest.split_whitespace();
        let is_flag =
            |word: &&str| matches!(*word, "-a" | "--idp-account" | "-p" | "--exec-profile");
        return words.find(is_flag).and(words.next()).or(Some("$default"));
    }
    let mut names = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].into_iter();
    let (before, after) = names.find_map(|name| line.split_once(name))?;
    let is_start = before.is_empty() || before.ends_with([' ', '\t', '"', '\'', '@']);
    // `?=` in Make is a default, which the environment overrides.
    let value = after.trim_start();
    let value = value
        .strip_prefix(":=")
        .or_else(|| value.strip_prefix('='))
        .or_else(|| value.strip_prefix(':'))?;
    let value = value
        .split_whitespace()
        .next()?
        .trim_matches(['"', '\'', ';']);
    // A value that reads the variable itself only passes on what the caller has.
    let is_own = value.contains("AWS_PROFILE");
    (is_start && !is_own && !value.is_empty()).then_some(value)
}
