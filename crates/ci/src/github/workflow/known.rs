//! What was worked out once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Values by what was asked for, each made the first time.
#[derive(Debug)]
pub struct Known<K, V>(Mutex<HashMap<K, Arc<V>>>);

impl<K, V> Default for Known<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq, V> Known<K, V> {
    /// The value of `key`, made by `make` the first time. `make` may ask for others.
    pub fn once(&self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = known().get(&key) {
            return Arc::clone(value);
        }
        let value = Arc::new(make());
        known().insert(key, Arc::clone(&value));
        value
    }

    /// Forgets what does not fit.
    pub fn retain(&mut self, fits: impl Fn(&K) -> bool) {
        let known = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        known.retain(|key, _| fits(key));
    }
}
