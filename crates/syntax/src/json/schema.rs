//! What is a block and what an argument in Terraform's JSON, and what its strings are.
//!
//! Terraform's page "JSON Configuration Syntax"
//! (<https://developer.hashicorp.com/terraform/language/syntax/json>) says so for the blocks that
//! transforms look into; inside resources the tables of the upgrade do. Elsewhere nested blocks are
//! read as arguments, which name the same things.

/// A body whose blocks are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockSchema {
    Root,
    /// A file of Terragrunt.
    Terragrunt,
    /// Its `terraform` block.
    TerragruntSource,
    Terraform,
    RequiredProviders,
    Backend,
    Provider,
    Dynamic,
    Resource,
    /// A block inside a resource.
    Inner,
    Lifecycle,
    Module,
    Variable,
    /// Arguments alone.
    Other,
}

impl BlockSchema {
    /// What a member is, if it is a block: how many labels it has and what its body is.
    pub fn block(self, name: &str) -> Option<(usize, Self)> {
        let block = match (self, name) {
            (Self::Root, "terraform") => (0, Self::Terraform),
            (Self::Root, "provider") => (1, Self::Provider),
            (Self::Root, "resource" | "data" | "ephemeral") => (2, Self::Resource),
            (Self::Root, "module") => (1, Self::Module),
            (Self::Root, "variable") => (1, Self::Variable),
            (Self::Root, "output" | "check") | (Self::Terraform, "provider_meta") => {
                (1, Self::Other)
            }
            (Self::Terraform, "required_providers") => (0, Self::RequiredProviders),
            (Self::Terraform, "backend") => (1, Self::Backend),
            // Terragrunt's page "HCL Blocks": all else is an attribute there.
            (
                Self::Terragrunt,
                "generate" | "include" | "dependency" | "feature" | "unit" | "stack",
            )
            | (
                Self::TerragruntSource,
                "extra_arguments" | "before_hook" | "after_hook" | "error_hook",
            ) => (1, Self::Other),
            (Self::Terragrunt, "terraform") => (0, Self::TerragruntSource),
            (
                Self::Terragrunt,
                "remote_state" | "locals" | "dependencies" | "engine" | "errors" | "exclude",
            )
            | (Self::Root, _)
            | (Self::Terraform, "cloud")
            | (
                Self::Provider,
                "assume_role"
                | "assume_role_with_web_identity"
                | "default_tags"
                | "ignore_tags"
                | "endpoints",
            )
            | (Self::Variable, "validation")
            | (Self::Resource, "connection") => (0, Self::Other),
            (Self::Provider | Self::Resource | Self::Inner, "dynamic") => (1, Self::Dynamic),
            (Self::Dynamic, "content") => (0, Self::Inner),
            (Self::Resource, "lifecycle") => (0, Self::Lifecycle),
            // A provisioner has a `connection`, as a resource has.
            (Self::Resource, "provisioner") => (1, Self::Resource),
            _ => return None,
        };
        Some(block)
    }

    /// What the strings of an argument are.
    pub fn strings(self, name: &str) -> Strings {
        match (self, name) {
            // Section "Block-type-specific Exceptions" of that page: these are read as references or
            // types, not as templates.
            (Self::Resource, "provider" | "depends_on")
            | (Self::Module, "providers" | "depends_on")
            | (Self::Lifecycle, "ignore_changes" | "replace_triggered_by")
            | (Self::Variable, "type") => Strings::References,
            // The same section: a default is literal, and a `terraform` block allows no expressions.
            (Self::Variable, "default") | (Self::Backend | Self::Terraform, _) => Strings::Plain,
            (Self::RequiredProviders, _) => Strings::Requirement,
            _ => Strings::Templates,
        }
    }
}

/// What strings mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strings {
    /// Text with `${}` and `%{}`.
    Templates,
    /// Text.
    Plain,
    /// Names of things, types.
    References,
    /// Text, but for the names in `configuration_aliases`.
    Requirement,
}
