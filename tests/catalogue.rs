//! What the catalogue says of transforms is true of their pages and of the configuration.

use engine::settings::Settings;
use transforms::CATALOGUE;

/// Whether a text has a word, on its own.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[test]
fn every_setting_that_a_transform_reads_is_on_its_page() {
    for transform in CATALOGUE.iter() {
        for word in transform.settings.iter().chain(transform.options) {
            assert!(
                has_word(transform.page, word),
                "{}.md does not mention `{word}`",
                transform.id
            );
        }
    }
}

#[test]
fn every_setting_of_the_catalogue_is_one_of_the_configuration() {
    for setting in CATALOGUE.iter().flat_map(|transform| transform.settings) {
        let (as_key, as_block) = (
            format!("{setting} = \"x\"\n"),
            format!("{setting} {{\n}}\n"),
        );
        let is_known = [as_key, as_block].iter().any(|text| {
            let error = Settings::parse(text, CATALOGUE).err();
            error.is_none_or(|error| !error.to_string().contains("unknown"))
        });
        assert!(is_known, "`{setting}` is no setting");
    }
}

#[test]
fn ids_and_purposes_stand_in_the_catalogue_once() {
    for (index, one) in CATALOGUE.iter().enumerate() {
        for other in CATALOGUE.iter().skip(index + 1) {
            assert_ne!(one.id, other.id);
            assert!(
                one.purpose.is_none() || one.purpose != other.purpose,
                "{}",
                one.id
            );
        }
    }
}

/// The engine is given the catalogue and knows none of its names: an id stands as a literal in its
/// own file and nowhere else.
#[test]
fn no_id_stands_outside_its_own_file() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut strays = Vec::new();
    for folder in ["src", "transforms", "crates"] {
        let files = walkdir::WalkDir::new(root.join(folder));
        for file in files
            .into_iter()
            .map(|file| file.expect("the sources can be read"))
        {
            let path = file.path();
            if path.extension().is_none_or(|ending| ending != "rs") {
                continue;
            }
            let text = std::fs::read_to_string(path).expect("the sources are text");
            // Tests name what they test.
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for transform in CATALOGUE.iter() {
                let own = root.join("transforms").join(transform.id);
                let is_own = path.starts_with(&own) || path == own.with_extension("rs");
                if !is_own && code.contains(&format!("\"{}\"", transform.id)) {
                    strays.push(format!("{} in {}", transform.id, path.display()));
                }
            }
        }
    }
    assert_eq!(strays, [""; 0], "state it as data in the catalogue");
}
