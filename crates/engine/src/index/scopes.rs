//! Which provider configurations belong together.

use std::path::{Path, PathBuf};

use terraform::account::{Account, ModuleNames};
use terraform::file_kind::{FileKind, is_override};
use terraform::requirement::AwsNames;
use upgrade::registry::CallOverride;

use super::facts::Facts;
use super::modules::Modules;

/// The provider configurations that are decided together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderScope<'p> {
    /// Those of a directory's module.
    Module(&'p Path),
    /// Those of one file that has its own: a test, or a Terragrunt file that generates them.
    File(&'p Path),
}

impl<'p> ProviderScope<'p> {
    /// The directory of the module, or of the file.
    pub fn directory(self) -> &'p Path {
        match self {
            Self::Module(directory) => directory,
            Self::File(file) => file.parent().unwrap_or(Path::new("")),
        }
    }
}

impl Modules {
    /// The scopes that have provider configurations: directories, and files with their own.
    pub fn provider_scopes(&self) -> Vec<(PathBuf, Option<PathBuf>)> {
        let mut scopes = Vec::new();
        for (number, files) in self.all() {
            let directory = self.path(number);
            let files = files
                .iter()
                .filter(|(_, facts)| !facts.providers.is_empty());
            let mut is_entered = false;
            for (name, _) in files {
                let path = directory.join(name);
                if FileKind::of(&path) != Some(FileKind::Configuration) {
                    scopes.push((directory.to_path_buf(), Some(path)));
                } else if !is_entered {
                    is_entered = true;
                    scopes.push((directory.to_path_buf(), None));
                }
            }
        }
        scopes
    }

    /// The facts of a scope's files, override files last: Terraform merges them in that order
    /// (Terraform docs, "Override Files").
    pub fn facts_in(&self, scope: ProviderScope<'_>) -> Vec<(PathBuf, &Facts)> {
        let directory = scope.directory();
        let Some(files) = self.files(directory) else {
            return Vec::new();
        };
        if let ProviderScope::File(file) = scope {
            let facts = file.file_name().and_then(|name| files.get(name));
            return facts
                .map(|it| (file.to_path_buf(), &**it))
                .into_iter()
                .collect();
        }
        let files = files
            .iter()
            .map(|(name, facts)| (directory.join(name), &**facts));
        let mut files: Vec<_> = files
            .filter(|(path, _)| FileKind::of(path) == Some(FileKind::Configuration))
            .collect();
        files.sort_by_key(|(path, _)| is_override(path));
        files
    }

    /// The local names of the AWS provider in a directory.
    pub fn aws_names(&self, directory: &Path) -> Vec<String> {
        let facts = self.facts(directory).map(|facts| &facts.aws_names);
        // Of most files: there may be as many as scopes that ask.
        let aws = facts.filter(|it| **it != AwsNames::default()).cloned();
        AwsNames::of_all(aws).known()
    }

    /// The directories with roles whose ARN is not a literal: it depends on names.
    pub fn with_unnamed_roles(&self) -> Vec<PathBuf> {
        let open = self.all().filter(|(_, files)| {
            let mut providers = files.values().flat_map(|facts| &facts.providers);
            providers.any(|provider| {
                let none = ModuleNames::default();
                let mut chain = provider.chain.iter();
                chain.any(|role| {
                    let arn = &role.arn;
                    Account::of(arn, &none).id().is_none() || arn.arns(&none).is_none()
                })
            })
        });
        open.map(|(number, _)| self.path(number).to_path_buf())
            .collect()
    }

    /// The directories with calls of registry modules whose bump depends on what names mean.
    pub fn with_unresolved_calls(&self) -> Vec<PathBuf> {
        let open = self.all().filter(|(_, files)| {
            let mut calls = files.values().flat_map(|facts| &facts.registry_calls);
            let mut overrides = files.values().flat_map(|facts| &facts.call_overrides);
            calls.any(|call| {
                call.uses_names() || call.is_vpc() && overrides.any(CallOverride::uses_names)
            })
        });
        open.map(|(number, _)| self.path(number).to_path_buf())
            .collect()
    }

    /// The directories of modules without a default provider configuration that may act by it all the same:
    /// those with roles in aliases, and, in a tree with roles, root modules.
    pub fn without_default_provider(&self) -> Vec<PathBuf> {
        if !self.has_roles {
            return Vec::new();
        }
        let directories = self.all().map(|(number, _)| self.path(number));
        let open = directories.filter(|directory| {
            let aws = self.aws_names(directory);
            let facts = self.facts_in(ProviderScope::Module(directory));
            let providers = facts.iter().flat_map(|(_, facts)| &facts.providers);
            let mut providers = providers.filter(|it| aws.contains(&it.name));
            let has_role = providers.clone().any(|it| it.role.is_some());
            let requires = || facts.iter().any(|(_, it)| !it.requirements.is_empty());
            let is_root =
                || !self.is_child(directory) && (self.is_own_root(directory) || requires());
            let is_tested = || self.testers(directory).next().is_some();
            providers.all(|it| it.alias.is_some()) && (has_role || is_root() || is_tested())
        });
        open.map(Path::to_path_buf).collect()
    }
}
