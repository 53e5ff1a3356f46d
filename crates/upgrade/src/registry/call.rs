//! What the upgrade does to the version constraint of one registry module call.

use std::collections::BTreeMap;

use super::rewrite;
use crate::vpc::VPC;
use crate::{Verdict, vpc};
use diagnostics::finding::Safety;
use terraform::constraint::{Bounds, Constraint, Dialect, Version};
use terraform::module_call::{ModuleAddress, ModuleCall};

/// A call of a registry module that is upgraded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryCall {
    /// `NAMESPACE/NAME/PROVIDER`.
    pub module: String,
    /// Directory inside the module; empty for the module itself.
    pub submodule: String,
    /// `version` as written; `None` where there is none.
    pub version: Option<String>,
    /// Names of the arguments it sets.
    pub arguments: Vec<String>,
}

impl RegistryCall {
    /// The call as one of a registry module, where it is one.
    pub fn of(call: &ModuleCall<'_>) -> Option<Self> {
        let ModuleAddress::Registry { module, submodule } = call.address() else {
            return None;
        };
        let version = call.block.attribute("version");
        let arguments = call.block.body().attributes();
        Some(Self {
            module,
            submodule,
            version: version.map(|version| version.value.written()),
            arguments: arguments.map(|found| found.name.to_owned()).collect(),
        })
    }

    /// Whether the VPC module itself is called, not one of its submodules.
    pub fn is_vpc(&self) -> bool {
        self.module == VPC && self.submodule.is_empty()
    }

    /// The releases that the call admits today, `None` where its version means nothing.
    pub fn admitted(&self) -> Option<Bounds> {
        match &self.version {
            None => Some(Bounds::ALL),
            Some(version) => Constraint::parse(version, Dialect::Module).ok()?.bounds(),
        }
    }

    /// What becomes of its `version`, where the configuration names its module: `targets` has the
    /// release by source.
    pub fn configured(&self, targets: &BTreeMap<String, String>) -> Option<Verdict> {
        let target = targets.get(&self.module)?;
        Some(self.verdict(&Version::parse(target).ok()?))
    }

    /// Decides what its `version` becomes. `target` is the configured release.
    pub fn verdict(&self, target: &Version) -> Verdict {
        let written = self.version.as_deref();
        let constraint = match written.map(|text| Constraint::parse(text, Dialect::Module)) {
            None => None,
            Some(Ok(constraint)) => Some(constraint),
            Some(Err(error)) => {
                let written = written.unwrap_or_default();
                return Verdict::Leave(format!("`{written}` is no constraint: {error}"));
            }
        };
        let Some(admitted) = self.admitted() else {
            let written = written.unwrap_or_default();
            return Verdict::Leave(format!("no version satisfies `{written}`"));
        };
        let next = Version::new(target.major + 1, 0, 0);
        if admitted.is_within(&Bounds::of_major(target.major)) {
            return Verdict::Keep;
        }
        if admitted.starts_at_or_above(&next) {
            return Verdict::Leave(format!("it is beyond {}.x already", target.major));
        }
        if self.module == VPC && self.submodule == "modules/flow-log" {
            return Verdict::Leave("this submodule exists from 6.3.0 on only".to_owned());
        }
        let to = match (written, &constraint) {
            (Some(text), Some(constraint)) => {
                rewrite::to_release(text, constraint, target, self.keeps_zero(&admitted))
            }
            _ => rewrite::pessimistic(target),
        };
        let (safety, why) = if self.is_vpc() {
            match vpc::safety(&admitted, &self.arguments) {
                Ok(decided) => decided,
                Err(why) => return Verdict::Leave(why),
            }
        } else if admitted.upper.is_none() {
            (Safety::Review, Some(OPEN.to_owned()))
        } else {
            (Safety::Safe, None)
        };
        Verdict::Change { to, safety, why }
    }

    /// `~> 3.0` of the VPC module means any 3.x, and the pins hold for any 5.x: it stays as wide.
    fn keeps_zero(&self, admitted: &Bounds) -> bool {
        self.module == VPC
            && admitted.starts_at_or_above(&Version::new(3, 0, 0))
            && admitted.is_below(&vpc::CHANGED_DEFAULTS)
    }
}

const OPEN: &str = "it admits later majors too: what is in use today may be one of them";

#[cfg(test)]
mod tests {
    use super::*;

    fn call(version: Option<&str>, arguments: &[&str]) -> RegistryCall {
        RegistryCall {
            module: VPC.to_owned(),
            submodule: String::new(),
            version: version.map(str::to_owned),
            arguments: arguments.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    fn decided(version: Option<&str>) -> String {
        match call(version, &["name"]).verdict(&Version::new(5, 16, 0)) {
            Verdict::Keep => "keep".into(),
            Verdict::Leave(_) => "leave".into(),
            Verdict::Change { to, safety, .. } => format!("{to} {safety:?}"),
        }
    }

    #[test]
    fn every_measured_constraint_of_the_vpc_module() {
        for (written, expected) in [
            ("3.18.1", "5.16.0 Safe"),
            ("= 3.18.1", "= 5.16.0 Safe"),
            ("v3.18.1", "v5.16.0 Safe"),
            ("~> 3.18.1", "~> 5.16.0 Safe"),
            ("~> 3.18", "~> 5.16 Safe"),
            ("~> 3.0", "~> 5.0 Safe"),
            ("~> 3.14", "~> 5.16 Safe"),
            ("~> 3", "~> 5.16 Review"),
            (">= 3.14, < 4", ">= 5.16.0, < 6.0 Safe"),
            (">= 3.14, < 4.0.0", ">= 5.16.0, < 6.0.0 Safe"),
            (">= 3.0", "~> 5.16 Review"),
            ("~> 2.0", "~> 5.16 Review"),
            ("2.77.0", "5.16.0 Review"),
            ("~> 4.0", "~> 5.16 Safe"),
            ("4.0.2", "5.16.0 Safe"),
            ("~> 5.0", "keep"),
            ("5.1.2", "keep"),
            ("5.16.0", "keep"),
            (">= 5.0", "~> 5.16 Review"),
            ("~> 6.0", "leave"),
            (">= 3.0, != 3.15.0, < 5", ">= 5.16.0, < 6 Review"),
        ] {
            assert_eq!(decided(Some(written)), expected, "{written}");
        }
        assert_eq!(decided(None), "~> 5.16 Review");
    }

    #[test]
    fn spacing_and_precision_stay() {
        for (written, expected) in [
            ("~>3.18", "~>5.16 Safe"),
            (" 3.18.1 ", " 5.16.0  Safe"),
            ("=3.18.1", "=5.16.0 Safe"),
            (">=3.14,<4.0", ">=5.16.0,<6.0 Safe"),
            ("> v3.14, <= v3.19.0", ">= v5.16.0, < v6.0.0 Safe"),
            ("~> 3.18, != 3.18.2", "~> 5.16 Safe"),
            ("!= 3.15.0, 3.18.1", "5.16.0 Safe"),
            ("< 4", "~> 5.16 Review"),
            ("3.x", "leave"),
        ] {
            assert_eq!(decided(Some(written)), expected, "{written}");
        }
    }

    #[test]
    fn a_2_x_call_that_uses_a_removed_argument_is_left() {
        let target = Version::new(5, 16, 0);
        let uses = call(Some("~> 2.0"), &["name", "enable_s3_endpoint"]);
        assert!(
            matches!(uses.verdict(&target), Verdict::Leave(why) if why.contains("enable_s3_endpoint"))
        );
    }
}
