//! Regions of AWS in names.

/// The words without those of a region that is written out: `eu`, `west`, `1`.
pub(super) fn without_region(mut words: Vec<String>) -> Vec<String> {
    let at = words.windows(3).position(|three| {
        is_region(&three[..2]) && three[2].len() == 1 && three[2].parse::<u8>().is_ok()
    });
    // Nothing but a region is kept whole, and refused as a region later.
    if let Some(at) = at.filter(|_| words.len() > 3) {
        words.drain(at..at + 3);
    }
    words
}

/// Whether the words are a region, or a common name of one: `us-east-1`, `use1`, `virginia`. An
/// alias of a provider configuration is often a region, which is no account.
pub(super) fn is_region(words: &[String]) -> bool {
    const PARTS: [&str; 29] = [
        "us",
        "eu",
        "ap",
        "sa",
        "ca",
        "me",
        "af",
        "il",
        "cn",
        "gov",
        "east",
        "west",
        "north",
        "south",
        "central",
        "northeast",
        "southeast",
        "northwest",
        "southwest",
        "virginia",
        "ohio",
        "oregon",
        "ireland",
        "frankfurt",
        "london",
        "region",
        "secondary",
        "replica",
        "acm",
    ];
    let is_part = |word: &String| {
        let word = word.trim_end_matches(|it: char| it.is_ascii_digit());
        // `use1`, `euw2`, `apne1`: two letters of the area, then the initials of the direction.
        let short = word.len() <= 4 && ["us", "eu", "ap"].iter().any(|it| word.starts_with(it));
        let of = |rest: &str| rest.chars().all(|it| "eswnc".contains(it));
        word.is_empty()
            || PARTS.contains(&word)
            || short && of(&word[2..])
            || ["us", "eu", "ap", "ca", "sa"].iter().any(|start| {
                let rest = word.strip_prefix(start);
                rest.is_some_and(|rest| PARTS.contains(&rest))
            })
    };
    !words.is_empty() && words.iter().all(is_part)
}
