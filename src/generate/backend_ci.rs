//! Settings with which init in CI reaches the state: by a role, and without the profile that the
//! code names and no runner has.

use syntax::hcl_string::quoted;

use super::RepositoryFacts;

/// A `ci.s3.tfbackend`. In a file `profile = null` takes the profile away; on the command line it
/// would be one that is called "null".
///
/// # Errors
/// The configuration does not say which account holds the state.
pub fn text(facts: &RepositoryFacts) -> anyhow::Result<String> {
    Ok(format!(
        "# terraform init -backend-config=ci.s3.tfbackend\nprofile = null\nassume_role = {{\n  \
         role_arn = {}\n}}\n",
        quoted(&facts.state_role(false)?)
    ))
}
