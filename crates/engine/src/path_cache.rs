//! What is found out about paths when it is first asked for.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The answers to one question about paths, each found once.
#[derive(Debug)]
pub(crate) struct PathCache<V>(Mutex<HashMap<PathBuf, V>>);

impl<V> Default for PathCache<V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// None: a copy of the repository is made to be changed.
impl<V> Clone for PathCache<V> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<V: Clone> PathCache<V> {
    /// The answer for a path, found by `find` the first time.
    pub(crate) fn get(&self, path: &Path, find: impl FnOnce() -> V) -> V {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = known().get(path) {
            return value.clone();
        }
        // Without the lock: what is looked for may ask for others.
        let value = find();
        known().insert(path.to_path_buf(), value.clone());
        value
    }
}
