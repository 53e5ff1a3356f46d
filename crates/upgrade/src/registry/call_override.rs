//! A `module` block of an override file, which Terraform merges into the block of the same label (Terraform
//! docs, "Override Files").

use super::call::RegistryCall;
use crate::module_changes::Arguments;
use crate::vpc;
use syntax::code::sentence;
use syntax::hcl::Document;
use syntax::text::shown;
use terraform::file_kind::is_override;

/// What an override file sets of a module call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallOverride {
    /// The label of the call.
    pub name: String,
    /// Its `version`.
    version: Option<String>,
    /// Its other arguments.
    arguments: Arguments,
    /// Why the call keeps its release: the override sets what moves with it; as a clause.
    hold: Option<String>,
}

impl CallOverride {
    /// Those of a document; none where it is no override file.
    pub fn all(document: &Document) -> Vec<Self> {
        if !is_override(document.path()) {
            return Vec::new();
        }
        let blocks = document.blocks("module");
        let overrides = blocks.filter_map(|block| {
            let attributes: Vec<_> = block.body().attributes().collect();
            let is_of_move = |name: &str| {
                ["source", "version", vpc::ASSIGN_IPV6].contains(&name)
                    || vpc::REMOVED.contains(&name)
            };
            let first = attributes.iter().find(|it| is_of_move(it.name));
            let hold = first.map(|it| {
                let line = document.location(it.span().start).line;
                let file = shown(document.path());
                sentence!("an override file sets `{}` ({file}:{line})", it.name)
            });
            let version = block.attribute("version");
            let arguments = attributes.iter();
            let arguments = arguments.map(|it| (it.name, it.value.expression()));
            Some(Self {
                name: block.label(0)?.to_owned(),
                version: version.map(|it| it.value.written()),
                arguments: Arguments::new(arguments),
                hold,
            })
        });
        overrides.collect()
    }

    /// Whether some argument uses names of its module.
    pub fn uses_names(&self) -> bool {
        self.arguments.use_names()
    }
}

impl RegistryCall {
    /// The call as Terraform merges it with what override files set of it, in their order.
    #[must_use]
    pub fn merged<'o>(&self, overrides: impl IntoIterator<Item = &'o CallOverride>) -> Self {
        let mut merged = self.clone();
        let own = overrides.into_iter().filter(|it| it.name == self.name);
        for part in own {
            merged.arguments.override_with(&part.arguments);
            merged.version = part.version.clone().or(merged.version);
            merged.hold = merged.hold.or_else(|| part.hold.clone());
        }
        merged
    }
}
