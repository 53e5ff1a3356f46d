//! Names that somebody may have meant.

use syntax::code::sentence;

/// How alike, from 0 to 1 by Jaro and Winkler, a name has to be to be suggested: clap's bound.
const ALIKE: f64 = 0.7;

/// How alike a name has to be to be taken for a misspelling where any other name is right, too.
const MISSPELT: f64 = 0.9;

/// The shortest part of a name that tells which is meant.
const PART: usize = 6;

/// The one of `known` that is most like `name`, where one is. One that `name` is a part of is meant rather
/// than one with letters in common.
pub fn closest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let alike = known.into_iter().filter_map(|it| {
        let has_part = name.len() >= PART && it.contains(name);
        let likeness = strsim::jaro_winkler(name, it);
        (has_part || likeness > ALIKE).then_some((has_part, likeness, it))
    });
    let closest = alike.max_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
    closest.map(|(.., known)| known)
}

/// The one of `known` that `name`, which may be right as it is, seems to be a misspelling or a part of.
pub fn misspelt<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let closest = closest(name, known)?;
    let has_part = name.len() >= PART && closest.contains(name);
    (has_part || strsim::jaro_winkler(name, closest) >= MISSPELT).then_some(closest)
}

/// What an error about the unknown `name` ends with: the closest of `known`, else all of them.
pub fn instead(name: &str, known: &[&str]) -> String {
    match closest(name, known.iter().copied()) {
        Some(closest) => sentence!("did you mean `{closest}`?"),
        None => format!("known here: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_is_suggested_and_none_that_is_not_alike() {
        let known = ["account", "accounts", "runner", "role"];
        assert_eq!(closest("acount", known), Some("account"));
        assert_eq!(closest("rol", known), Some("role"));
        assert_eq!(closest("zzz", known), None);
        let ids = ["remove_assume_role", "iam_user", "assure_rule"];
        assert_eq!(closest("assume_role", ids), Some("remove_assume_role"));
        let labels = ["shared-account", "staging", "prod"];
        assert_eq!(misspelt("sharde-account", labels), Some("shared-account"));
        assert_eq!(misspelt("shared", labels), Some("shared-account"));
        for right in ["states", "dev", "production", "product-states"] {
            assert_eq!(misspelt(right, labels), None, "{right}");
        }
        assert_eq!(instead("runer", &known), "did you mean `runner`?");
        assert_eq!(instead("zzz", &known[2..]), "known here: runner, role");
    }
}
