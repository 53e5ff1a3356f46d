//! The audience of OIDC tokens, which depends on AWS's partition.

use ci::github::expression::references;
use ci::github::keys::pair::KeyPair;
use ci::github::keys::refusal::JobRefusal;
use syntax::code::sentence;
use terraform::partition;

use super::convert::{Conversion, Converted};

impl Conversion<'_> {
    /// The audience for a role in a region; `None` where it is the action's default.
    ///
    /// # Errors
    /// Where the partitions of role and region differ.
    pub(super) fn audience(
        &self,
        role: &str,
        region: &str,
        pair: &KeyPair,
        done: &mut Converted,
    ) -> Result<Option<&'static str>, JobRefusal> {
        let variable = references(region)
            .into_iter()
            .find(|it| it.context == "env");
        let name = variable.and_then(|it| it.name);
        let inherited = name.and_then(|name| self.flow.workflows.inherited(self.owner, &name));
        let region = inherited.map_or(region, |it| it.value.as_str());
        // A region that an expression chooses tells nothing before the run.
        let is_known = !region.is_empty() && !region.contains('$');
        let of_region = is_known.then(|| partition::of_region(region));
        let of_arn = partition::of_arn(role);
        if let Some((of_arn, of_region)) = of_arn.zip(of_region)
            && of_arn != of_region
        {
            let why =
                sentence!("the role is one of `{of_arn}`, while {region} lies in `{of_region}`");
            let help = "name the job's own region, or a variable that holds its role: ci { role = \
                        \"vars.AWS_OIDC_ROLE_ARN\" }";
            return Err(JobRefusal::new(pair.id.offset, why).help(help));
        }
        let partition = of_region.or(of_arn);
        done.partitions.extend(partition.map(str::to_owned));
        let audience = partition::audience(partition.unwrap_or(partition::AWS));
        Ok((audience != partition::audience(partition::AWS)).then_some(audience))
    }
}
