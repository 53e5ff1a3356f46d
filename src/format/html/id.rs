//! Ids of what a page holds, which links name: the same in every page of the same plan.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

/// Bytes of a digest in an id: of 100,000 ids no two are likely to be equal, and those that are get a
/// number.
const BYTES: usize = 5;

/// The ids of one repository's part of a page.
pub struct Ids {
    repository: String,
    given: HashMap<String, usize>,
}

impl Ids {
    /// Of the repository with this name.
    pub fn new(name: &str) -> Self {
        Self {
            repository: format!("r-{}", digest(&[name])),
            given: HashMap::new(),
        }
    }

    /// The id of the repository itself.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The id of a part, by what it says; of parts that say the same, the later ones have a number. It
    /// begins with the repository's, which is how a link finds the repository to unfold.
    pub fn part(&mut self, kind: &str, says: &[&str]) -> String {
        let id = format!("{}.{kind}-{}", self.repository, digest(says));
        let count = self.given.entry(id.clone()).or_default();
        *count += 1;
        match *count {
            1 => id,
            count => format!("{id}-{count}"),
        }
    }
}

fn digest(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.join("\0"));
    let bytes = digest.iter().take(BYTES);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}
