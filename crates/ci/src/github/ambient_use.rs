//! The steps of a job that use the AWS credentials of its environment beside Terraform: they need the
//! account that these are of.

pub use crate::github::workflow::known_readings::AmbientUse;
use crate::github::workflow::{StepOwner, Workflows};

impl Workflows {
    /// The steps of a job, other than sign-ins and Terraform commands, that use the AWS credentials of
    /// the environment, in their order; of several uses in a step, each that is named apart.
    pub fn ambient_uses(&self, owner: StepOwner) -> Vec<AmbientUse> {
        self.reading(owner).aws_uses.clone()
    }
}
