//! IAM's OIDC providers that a tree creates or reads: an account has one for each issuer.

use hcl_edit::expr::Expression;
use syntax::hcl::{Block, Document};

/// The type of the resource and of the data source.
pub const TYPE: &str = "aws_iam_openid_connect_provider";

/// Modules of the registry that create the provider of GitHub, as parts of their addresses.
// Their pages on the registry say so; that of terraform-aws-modules/iam/aws has had both names.
const MODULES: [&str; 5] = [
    "unfunco/oidc-github/aws",
    "iam-github-oidc-provider",
    "iam-oidc-provider",
    "terraform-module/github-oidc-provider/aws",
    "philips-labs/github-oidc/aws",
];

/// An OIDC provider in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityProvider {
    /// The block as Terraform refers to it.
    pub reference: String,
    /// Its line.
    pub line: usize,
    /// Its `url`; `None` for a module, which is GitHub's.
    pub url: Option<Expression>,
    /// Its configuration of the AWS provider, where it names one: `aws.live`.
    pub provider: Option<String>,
}

impl IdentityProvider {
    /// Those of a document.
    pub fn all(document: &Document) -> Vec<Self> {
        let has = |word: &str| memchr::memmem::find(document.text().as_bytes(), word.as_bytes());
        if has("oidc").is_none() && has(TYPE).is_none() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for kind in ["resource", "data"] {
            let blocks = document.top_blocks(kind);
            let blocks = blocks.filter(|top| document.text()[top.span()].contains(TYPE));
            let blocks = blocks.filter_map(|top| top.parse().ok());
            found.extend(blocks.filter_map(|block| Self::of(&block, kind)));
        }
        let modules = document.top_blocks("module").filter(|top| {
            let text = &document.text()[top.span()];
            MODULES.iter().any(|module| text.contains(module))
        });
        found.extend(modules.filter_map(|top| Self::of_module(&top.parse().ok()?)));
        found
    }

    fn of(block: &Block<'_>, kind: &str) -> Option<Self> {
        let name = block.label(1).filter(|_| block.label(0) == Some(TYPE))?;
        let prefix = if kind == "data" { "data." } else { "" };
        Some(Self {
            reference: format!("{prefix}{TYPE}.{name}"),
            line: block.location().line,
            url: Some(block.attribute("url")?.value.expression().clone()),
            provider: block.attribute("provider").map(|it| it.value.written()),
        })
    }

    fn of_module(block: &Block<'_>) -> Option<Self> {
        let source = block.attribute("source")?.value.literal()?;
        let is_known = MODULES.iter().any(|module| source.contains(module));
        is_known.then(|| Self {
            reference: format!("module.{}", block.label(0).unwrap_or_default()),
            line: block.location().line,
            url: block
                .attribute("url")
                .map(|it| it.value.expression().clone()),
            provider: block
                .attribute("providers")
                .map(|it| match it.value.entry("aws") {
                    Some(own) => own.value.written(),
                    None => it.value.written(),
                }),
        })
    }

    /// Whether it is the one of an issuer. An address that is not written out is none: most are of
    /// clusters.
    pub fn is_of(&self, issuer: &str, default: &str) -> bool {
        let host = |url: &str| {
            url.trim_start_matches("https://")
                .trim_end_matches('/')
                .to_owned()
        };
        match &self.url {
            None => host(issuer) == host(default),
            Some(url) => url.as_str().is_some_and(|url| host(url) == host(issuer)),
        }
    }
}
