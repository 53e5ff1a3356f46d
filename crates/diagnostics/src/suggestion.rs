//! Names that somebody may have meant.

/// How alike, from 0 to 1 by Jaro and Winkler, a name has to be to be suggested: clap's bound.
const ALIKE: f64 = 0.7;

/// The one of `known` that is most like `name`, where one is.
pub fn closest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let alike = known
        .into_iter()
        .map(|it| (strsim::jaro_winkler(name, it), it));
    let alike = alike.filter(|(likeness, _)| *likeness > ALIKE);
    let closest = alike.max_by(|(one, _), (other, _)| one.total_cmp(other));
    closest.map(|(_, known)| known)
}

/// What an error about the unknown `name` ends with: the closest of `known`, else all of them.
pub fn instead(name: &str, known: &[&str]) -> String {
    match closest(name, known.iter().copied()) {
        Some(closest) => format!("did you mean `{closest}`?"),
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
        assert_eq!(instead("runer", &known), "did you mean `runner`?");
        assert_eq!(instead("zzz", &known[2..]), "known here: runner, role");
    }
}
