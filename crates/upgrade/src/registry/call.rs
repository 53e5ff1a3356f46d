//! A call of a registry module, and what the upgrade makes of its version constraint.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::rewrite;
use crate::module_changes::{Arguments, Effects, Side, effects, has_changes, nullable_outputs};
use crate::output_uses::{Nullable, OutputUse};
use crate::settings::ModuleTarget;
use crate::vpc::VPC;
use crate::{Verdict, vpc};
use diagnostics::finding::Safety;
use syntax::code::sentence;
use terraform::account::ModuleNames;
use terraform::constraint::{Bounds, Constraint, Dialect, Version};
use terraform::file_kind::is_override;
use terraform::module_call::{ModuleAddress, ModuleCall};

/// A `module` block whose source is a registry module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryCall {
    /// `NAMESPACE/NAME/PROVIDER`.
    pub module: String,
    /// Directory inside the module; empty for the module itself.
    pub submodule: String,
    /// `version` as written; `None` where there is none.
    pub version: Option<String>,
    /// Its label.
    pub name: String,
    /// Its arguments, where a table knows what releases make of them; else none.
    pub arguments: Arguments,
    /// Where outputs are read that the move makes null, as far as that was looked for.
    pub uses: Vec<OutputUse>,
    /// Why it keeps its release, whatever that is; as a clause.
    pub hold: Option<String>,
}

impl RegistryCall {
    /// How findings name it: `module "vpc" (terraform-aws-modules/vpc/aws)`.
    pub fn subject(&self) -> String {
        format!("module \"{}\" ({})", self.name, self.module)
    }

    /// Reads a module call; `None` where its source is no registry module.
    pub fn of(call: &ModuleCall<'_>) -> Option<Self> {
        let ModuleAddress::Registry { module, submodule } = call.address() else {
            return None;
        };
        let version = call.block.attribute("version");
        let attributes: Vec<_> = match has_changes(&module) {
            true => call.block.body().attributes().collect(),
            false => Vec::new(),
        };
        let arguments = attributes.iter();
        let arguments = arguments.map(|found| (found.name, found.value.expression()));
        Some(Self {
            module,
            submodule,
            version: version.map(|version| version.value.written()),
            name: call.name().to_owned(),
            arguments: Arguments::new(arguments),
            uses: Vec::new(),
            // It is a part of another block, with whose arguments it moves.
            hold: is_override(call.block.document().path())
                .then(|| "its block is in an override file".to_owned()),
        })
    }

    /// The same where it is known what the names of its module mean.
    #[must_use]
    pub fn resolved(&self, names: &ModuleNames) -> Self {
        Self {
            arguments: self.arguments.with_names(names),
            ..self.clone()
        }
    }

    /// Whether what its bump changes depends on what names mean.
    pub fn uses_names(&self) -> bool {
        let five = Version::new(5, 0, 0);
        let is_old = || self.admitted().is_some_and(|it| it.is_below(&five));
        self.is_vpc() && self.arguments.use_names() && is_old()
    }

    /// Whether the VPC module itself is called, not one of its submodules.
    pub fn is_vpc(&self) -> bool {
        self.module == VPC && self.submodule.is_empty()
    }

    /// The releases that the call admits; `None` where its version admits none or is malformed.
    pub fn admitted(&self) -> Option<Bounds> {
        match &self.version {
            None => Some(Bounds::ALL),
            Some(version) => Constraint::parse(version, Dialect::Module).ok()?.bounds(),
        }
    }

    /// What becomes of its `version`; `None` where the configuration does not name its module.
    /// `targets` are the configured releases by source.
    pub fn configured(&self, targets: &BTreeMap<String, ModuleTarget>) -> Option<Verdict> {
        Some(self.verdict(targets.get(&self.module)?))
    }

    /// What becomes of its `version`.
    pub fn verdict(&self, target: &ModuleTarget) -> Verdict {
        let (target, is_requested) = (&target.release, target.is_requested);
        let written = self.version.as_deref();
        let constraint = match written.map(|text| Constraint::parse(text, Dialect::Module)) {
            None => None,
            Some(Ok(constraint)) => Some(constraint),
            Some(Err(error)) => {
                let written = written.unwrap_or_default();
                return Verdict::Leave(sentence!("`{written}` is no constraint: {error}"));
            }
        };
        let Some(admitted) = self.admitted() else {
            let written = written.unwrap_or_default();
            return Verdict::Leave(sentence!("no version satisfies `{written}`"));
        };
        let is_same_major = admitted.is_within(&Bounds::of_major(target.major));
        // Of the releases that a call admits the newest is selected: one that admits the target is
        // there, and one of the same major moves by request alone.
        if is_same_major && (!is_requested || admitted.contains(target)) {
            return Verdict::Keep;
        }
        let next = Version::new(target.major + 1, 0, 0);
        let end = if is_same_major { target } else { &next };
        if admitted.starts_at_or_above(end) {
            return Verdict::Beyond(format!("is beyond {target} already"));
        }
        if self.module == VPC && self.submodule == "modules/flow-log" {
            return Verdict::Leave("this submodule exists from 6.3.0 on only".to_owned());
        }
        if let Some(hold) = &self.hold {
            return Verdict::Leave(hold.clone());
        }
        let to = self.moved(constraint.as_ref(), target, &admitted);
        let effects = self.effects(&to).unwrap_or_default();
        if let Some((why, _)) = effects.failure() {
            return Verdict::Leave(format!("{target} would fail with its arguments: {why}"));
        }
        let mut uses = self.uses.iter();
        if let Some(failing) = uses.find(|it| it.fails()) {
            return Verdict::Leave(format!("{target} would fail: {failing}"));
        }
        let (safety, reason) = match self.safety(&admitted, &next) {
            Ok(decided) => decided,
            Err(why) => return Verdict::Leave(why),
        };
        let is_safe = safety == Safety::Safe && effects.are_none() && self.uses.is_empty();
        let uses = self.uses.iter().map(ToString::to_string);
        let plan = (!effects.are_none()).then(|| format!("check the plan: {effects}"));
        Verdict::Change {
            to,
            safety: if is_safe {
                Safety::Safe
            } else {
                Safety::Review
            },
            reasons: reason.into_iter().chain(uses).collect(),
            help: plan.into_iter().collect(),
        }
    }

    /// What to do where the target fails with its arguments; `None` where it does not.
    pub fn cure(&self, target: &Version) -> Option<String> {
        let written = self.version.as_deref()?;
        let constraint = Constraint::parse(written, Dialect::Module).ok()?;
        let to = self.moved(Some(&constraint), target, &self.admitted()?);
        let effects = self.effects(&to)?;
        effects.failure().map(|(_, cure)| cure.clone())
    }

    /// Its constraint moved to a release.
    fn moved(
        &self,
        constraint: Option<&Constraint>,
        target: &Version,
        admitted: &Bounds,
    ) -> String {
        match (&self.version, constraint) {
            (Some(text), Some(constraint)) => {
                rewrite::to_release(text, constraint, target, self.keeps_zero(admitted))
            }
            _ => rewrite::pessimistic(target),
        }
    }

    /// What its move to another constraint does to its resources; `None` where that is not known.
    pub fn effects(&self, to: &str) -> Option<Effects> {
        let address = match self.submodule.is_empty() {
            true => self.module.clone(),
            false => format!("{}//{}", self.module, self.submodule),
        };
        self.sides(to, |before, after| effects(&address, before, after))?
    }

    /// The outputs that its move to a release makes null; none where that is not known.
    pub fn nullable_outputs(&self, target: &ModuleTarget) -> Nullable {
        let Verdict::Change { to, .. } = self.verdict(target) else {
            return Nullable::new();
        };
        let nullable = self.sides(&to, |before, after| {
            nullable_outputs(&self.module, before, after)
        });
        nullable.filter(|_| self.is_vpc()).unwrap_or_default()
    }

    /// Something of its releases and arguments before and after its move to another constraint.
    fn sides<T>(&self, to: &str, of: impl Fn(&Side<'_>, &Side<'_>) -> T) -> Option<T> {
        let (before, after) = (
            self.admitted()?,
            Constraint::parse(to, Dialect::Module).ok()?,
        );
        let after = after.bounds()?;
        // Without an upper end it admits later majors too: what is in use today is not known.
        before.upper.as_ref()?;
        let mut arguments = self.arguments.clone();
        let changes = vpc::CHANGED_DEFAULTS;
        if self.is_vpc() && before.is_below(&changes) && after.starts_at_or_above(&changes) {
            for (name, value) in vpc::pins(&before, &self.arguments) {
                arguments.set(&name, &value);
            }
        }
        let before = Side {
            releases: &before,
            arguments: &self.arguments,
        };
        let after = Side {
            releases: &after,
            arguments: &arguments,
        };
        Some(of(&before, &after))
    }

    /// How safe the bump of a call is that admits these releases, and why. `next` is the first release
    /// of the major behind the target's.
    ///
    /// # Errors
    /// Why it cannot be bumped.
    fn safety(
        &self,
        admitted: &Bounds,
        next: &Version,
    ) -> Result<(Safety, Option<String>), String> {
        // Of other modules the target is the user's word: the upgrade guides between are not known
        // here.
        let known = match self.is_vpc() {
            true => vpc::safety(admitted, &self.arguments)?,
            false => (Safety::Safe, None),
        };
        Ok(match known {
            // The newest release that is admitted is in use.
            (Safety::Safe, _) if !admitted.is_below(next) => {
                (Safety::Review, Some(vpc::OPEN.to_owned()))
            }
            known => known,
        })
    }

    /// Whether `~> 3.0` may become `~> 5.0`: it means any 3.x, and the arguments that pin the old
    /// defaults of the VPC module work with any 5.x.
    fn keeps_zero(&self, admitted: &Bounds) -> bool {
        self.module == VPC
            && admitted.starts_at_or_above(&Version::new(3, 0, 0))
            && admitted.is_below(&vpc::CHANGED_DEFAULTS)
    }
}
