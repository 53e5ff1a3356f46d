//! Why a registry module does not work with a provider, and how that is said.

use terraform::constraint::Version;

/// Why the release that Terraform selects for a call does not work with the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incompatibility {
    /// It requires an older major: init fails.
    RequiresOlderMajor,
    /// It passes init and fails validate: by these arguments, where they are known.
    Fails(Option<&'static str>),
    /// It requires a newer major than the one meant: init fails.
    RequiresNewerMajor {
        /// The upper bound that the call lacks: the first release that requires the newer major.
        /// `None` where the call admits no older release that works.
        bound: Option<Version>,
    },
    /// It requires this release of the provider or a later one, and the root module's constraints
    /// admit none.
    RequiresNewerRelease(Version),
}

/// The releases of the provider that a call needs and those that it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Why the two do not work together.
    pub cause: Incompatibility,
    /// The major that the provider stays inside of.
    pub major: u64,
    /// The releases of the module that work with it, as a constraint; `None` where none is known.
    pub compatible: Option<String>,
}

impl Conflict {
    /// The predicate of a sentence about the call.
    pub fn predicate(&self) -> String {
        let major = self.major;
        match &self.cause {
            Incompatibility::RequiresOlderMajor => {
                format!("requires a provider below {major}: init fails with {major}")
            }
            Incompatibility::Fails(None) => format!("fails with provider {major}"),
            Incompatibility::Fails(Some(by)) => {
                format!(
                    "passes init with provider {major} and fails validate by {}",
                    by.replace("; ", ", ")
                )
            }
            Incompatibility::RequiresNewerMajor { .. } => {
                let next = major + 1;
                format!("selects a release that requires provider {next}: init fails with {major}")
            }
            Incompatibility::RequiresNewerRelease(floor) => {
                format!("selects a release that requires provider {floor}, which is not admitted")
            }
        }
    }
}
