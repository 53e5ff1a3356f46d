//! What variables are before a part of a script sets them for itself.

use crate::variant::Environment;

/// The variables that were noted, with what they were.
#[derive(Debug, Default)]
pub(super) struct SavedVariables {
    names: Vec<String>,
    /// Those of them that were set.
    before: Environment,
}

impl SavedVariables {
    /// Notes a variable, where it is not noted yet.
    pub fn note(&mut self, name: &str, environment: &Environment) {
        if self.has(name) {
            return;
        }
        self.names.push(name.to_owned());
        let before = environment.get(name).cloned();
        self.before
            .extend(before.map(|value| (name.to_owned(), value)));
    }

    /// Whether a variable is noted.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// Sets the variables to what they were.
    pub fn restore(self, environment: &mut Environment) {
        for name in &self.names {
            environment.remove(name);
        }
        environment.extend(self.before);
    }
}
