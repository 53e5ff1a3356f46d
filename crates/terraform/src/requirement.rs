//! Where a module says which AWS provider it wants: the forms of `required_providers`, and
//! `version` in a provider block.

use syntax::hcl::{Attribute, Block, Document, Value};

/// Attributes by which a provider block says who it is without the environment.
pub const IDENTITIES: [&str; 6] = [
    "profile",
    "access_key",
    "secret_key",
    "token",
    "shared_credentials_file",
    "shared_credentials_files",
];

/// One `required_providers` entry for the AWS provider.
#[derive(Debug, Clone)]
pub struct Requirement<'d> {
    /// The entry: `aws = { ... }`, or `aws = "~> 4.0"`, or under another local name.
    pub entry: Attribute<'d>,
    /// The constraint's value, where there is one.
    pub version: Option<Value<'d>>,
}

/// The entries of a document's `required_providers` blocks that mean `hashicorp/aws`.
pub fn requirements(document: &Document) -> Vec<Requirement<'_>> {
    let blocks = document.blocks("terraform");
    let required = blocks.flat_map(|terraform| terraform.blocks("required_providers"));
    let entries = required.flat_map(|required| required.body().attributes());
    entries.filter_map(requirement).collect()
}

fn requirement(entry: Attribute<'_>) -> Option<Requirement<'_>> {
    if entry.value.expression().is_object() {
        let source = entry.value.entry("source");
        let is_aws = match &source {
            Some(source) => is_aws_source(source.value.literal()?),
            None => entry.name == "aws",
        };
        let version = entry.value.entry("version").map(|version| version.value);
        is_aws.then_some(Requirement { entry, version })
    } else {
        let version = Some(entry.value);
        // Terraform's page "Provider Requirements": without `source` the local name is the type, in
        // the namespace `hashicorp`. The form without braces is from before 0.13.
        (entry.name == "aws").then_some(Requirement { entry, version })
    }
}

/// Whether a provider's source address is that of the AWS provider.
pub fn is_aws_source(source: &str) -> bool {
    let source = source.to_ascii_lowercase();
    without_registry(&source) == "hashicorp/aws"
}

/// An address without the host of a public registry.
pub fn without_registry(address: &str) -> &str {
    // The host may be left out; OpenTofu's registry serves the same provider.
    let hosts = ["registry.terraform.io/", "registry.opentofu.org/"];
    let mut rest = hosts.iter().filter_map(|host| {
        let (start, rest) = address.split_at_checked(host.len())?;
        start.eq_ignore_ascii_case(host).then_some(rest)
    });
    rest.next().unwrap_or(address)
}

/// The local names that a file's `required_providers` give the AWS provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsNames {
    /// Names that mean it.
    pub names: Vec<String>,
    /// Whether `aws` means another.
    pub aws_is_another: bool,
}

impl AwsNames {
    /// Reads a document.
    pub fn of(document: &Document) -> Self {
        let found = requirements(document);
        let names = found.iter().map(|found| found.entry.name.to_owned());
        let aws_is_another = document
            .blocks("terraform")
            .flat_map(|terraform| terraform.blocks("required_providers"))
            .filter_map(|required| required.attribute("aws"))
            .any(|entry| requirement(entry).is_none());
        Self {
            names: names.collect(),
            aws_is_another,
        }
    }

    /// Those of several files together.
    pub fn of_all(files: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::default();
        for file in files {
            all.names.extend(file.names);
            all.aws_is_another |= file.aws_is_another;
        }
        all
    }

    /// The names by which the AWS provider is known: `aws`, too, where that is no other.
    pub fn known(mut self) -> Vec<String> {
        if !self.aws_is_another && !self.names.iter().any(|name| name == "aws") {
            self.names.push("aws".to_owned());
        }
        self.names
    }
}

/// The provider blocks of a document for one of the local `names`.
pub fn provider_blocks<'d>(document: &'d Document, names: &[String]) -> Vec<Block<'d>> {
    let blocks = document.blocks("provider");
    let is_one = |label: &str| names.iter().any(|name| name == label);
    let of_aws = |block: &Block<'_>| block.label(0).is_some_and(is_one);
    blocks.filter(of_aws).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(required: &str) -> Vec<(String, Option<String>)> {
        let text = format!("terraform {{\n  required_providers {{\n{required}\n  }}\n}}\n");
        let document = Document::new("main.tf".into(), text).unwrap();
        let requirements = requirements(&document);
        let version = |found: &Requirement<'_>| found.version.map(|value| value.text().to_owned());
        let each = requirements.iter();
        each.map(|found| (found.entry.name.to_owned(), version(found)))
            .collect()
    }

    #[test]
    fn every_form_of_a_requirement_is_found() {
        for (entry, name, version) in [
            ("aws = \"~> 4.67\"", "aws", Some("\"~> 4.67\"")),
            ("aws = { version = \"~> 4\" }", "aws", Some("\"~> 4\"")),
            (
                "aws = { \"version\" : \"~> 4\", \"source\" : \"hashicorp/aws\" }",
                "aws",
                Some("\"~> 4\""),
            ),
            ("aws = { source = \"hashicorp/aws\" }", "aws", None),
            (
                "amazon = {\n source = \"registry.terraform.io/HashiCorp/AWS\"\n version = \"4.0\"\n}",
                "amazon",
                Some("\"4.0\""),
            ),
        ] {
            let expected = vec![(name.to_owned(), version.map(str::to_owned))];
            assert_eq!(found(entry), expected, "{entry}");
        }
    }

    #[test]
    fn other_providers_are_not_taken_for_aws() {
        assert_eq!(found("aws = { source = \"example/aws\" }"), []);
        assert_eq!(found("google = \"~> 4\""), []);
    }
}
