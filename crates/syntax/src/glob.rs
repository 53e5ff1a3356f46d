//! Patterns for paths and names: `*` stands for any letters but `/`, `**` for any, `**/` for no
//! directory, too.

/// Whether a pattern matches the whole text.
pub fn matches(pattern: &str, text: &str) -> bool {
    let Some(at) = pattern.find('*') else {
        return pattern == text;
    };
    let (start, rest) = pattern.split_at(at);
    let Some(text) = text.strip_prefix(start) else {
        return false;
    };
    let (rest, crosses) = match rest.strip_prefix("**") {
        Some(rest) => (rest, true),
        None => (&rest[1..], false),
    };
    if crosses
        && rest
            .strip_prefix('/')
            .is_some_and(|rest| matches(rest, text))
    {
        return true;
    }
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    ends.take_while(|end| crosses || !text[..*end].contains('/'))
        .any(|end| matches(rest, &text[end..]))
}

/// Whether a pattern matches a directory. `DIR/**` matches `DIR` itself, too.
pub fn matches_directory(pattern: &str, directory: &str) -> bool {
    let own = pattern.strip_suffix("/**");
    matches(pattern, directory) || own.is_some_and(|own| matches(own, directory))
}

/// How precisely a pattern names what it matches: one without `*` more than any with, and of two
/// with, the longer one more.
pub fn precision(pattern: &str) -> (bool, usize) {
    (!pattern.contains('*'), pattern.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_files() {
        for (pattern, yes, no) in [
            ("Jenkinsfile", "Jenkinsfile", "ci/Jenkinsfile"),
            ("Jenkinsfile*", "Jenkinsfile.apply", "Jenkinsfile/x"),
            ("ci/*.yml", "ci/a.yml", "ci/b/a.yml"),
            ("**/main.tf", "main.tf", "main.tf.json"),
            ("**/main.tf", "a/b/main.tf", "a/xmain.tf"),
            ("a/**", "a/b/c", "b/a"),
            ("*_KEY_*", "DEV_KEY_ID", "DEVKEY"),
            ("über*", "überall", "ü"),
        ] {
            assert!(matches(pattern, yes), "{pattern} {yes}");
            assert!(!matches(pattern, no), "{pattern} {no}");
        }
    }

    #[test]
    fn a_pattern_of_all_below_a_directory_matches_the_directory() {
        for (pattern, yes, no) in [
            ("envs/live/**", "envs/live", "envs/liver"),
            ("envs/live/**", "envs/live/eu/vpc", "envs"),
            ("envs/*/**", "envs/dev", "envs"),
            ("envs/*", "envs/dev", "envs/dev/vpc"),
            ("**", "", "-"),
        ] {
            assert!(matches_directory(pattern, yes), "{pattern} {yes}");
            assert!(
                no == "-" || !matches_directory(pattern, no),
                "{pattern} {no}"
            );
        }
    }
}
