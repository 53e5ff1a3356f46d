//! What is wrong with a configuration.

use std::fmt;

use syntax::location::Region;
use syntax::visible;

/// All that is wrong with a configuration, in the order of the file; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsErrors(pub Vec<SettingsError>);

impl SettingsErrors {
    /// What each is about, or every error of those that are wrong.
    pub(super) fn none_of<T>(
        read: impl IntoIterator<Item = Result<T, Self>>,
    ) -> Result<Vec<T>, Self> {
        let (mut values, mut errors) = (Vec::new(), Vec::new());
        for read in read {
            match read {
                Ok(value) => values.push(value),
                Err(own) => errors.extend(own.0),
            }
        }
        match errors.is_empty() {
            true => Ok(values),
            false => Err(Self(errors)),
        }
    }
}

impl From<SettingsError> for SettingsErrors {
    fn from(error: SettingsError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for SettingsErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors: Vec<String> = self.0.iter().map(SettingsError::to_string).collect();
        f.write_str(&errors.join("\n"))
    }
}

impl std::error::Error for SettingsErrors {}

/// What is wrong with a configuration, or doubtful in it, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    /// Where: it may go on on further lines.
    pub at: Region,
    /// What is wrong and what would be right.
    pub message: String,
    /// Where the block stands that it repeats or contradicts.
    pub first: Option<Region>,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = visible::line(&self.message);
        write!(f, "{}:{}: {message}", self.at.line, self.at.column)?;
        match &self.first {
            Some(first) => write!(f, " (the first is at {}:{})", first.line, first.column),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SettingsError {}
