//! What of a configuration, beside the AWS provider and commands, uses the ambient AWS credentials: other
//! providers that sign in with them, and data that is read with them.

#[cfg(test)]
mod tests;

use syntax::hcl::{Block, Document};
use syntax::location::Location;

use crate::remote_state::remote_states;

/// A use of the ambient credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmbientUse {
    /// Where it stands.
    pub at: Location,
    /// The provider, data source or file: `provider "vault"`.
    pub of: String,
    /// What of it does, as a clause: `` signs in by `auth_login_aws` ``.
    pub what: String,
    /// How it gets credentials of its own, as the start of a sentence.
    pub cure: &'static str,
    /// The accounts in which it works as before; empty where none is known.
    pub accounts: Vec<String>,
    /// The file that tells whether it does: what `sops` has encrypted.
    pub encrypted: Option<Option<String>>,
}

/// The provider of AWS's Cloud Control API, which has a credential chain like that of `aws`.
pub const AWSCC: &str = "awscc";

/// A provider that signs in with AWS credentials where it is set up so.
struct SigningProvider {
    names: &'static [&'static str],
    /// What sets that up, as a clause; `None` where it is not.
    signs: fn(&Block<'_>) -> Option<&'static str>,
    /// The settings that choose other credentials.
    own: &'static [&'static str],
}

// Source: the pages of these providers in the registry ("Argument Reference").
const PROVIDERS: [SigningProvider; 6] = [
    SigningProvider {
        // Cloud Posse's `awsutils` is configured as `aws` is.
        names: &[AWSCC, "awsutils"],
        signs: |_| Some("has no credentials of its own"),
        own: &[
            "profile",
            "access_key",
            "assume_role",
            "assume_role_with_web_identity",
        ],
    },
    SigningProvider {
        names: &["vault"],
        signs: |provider| match provider.blocks("auth_login_aws").next() {
            Some(login) => (!has_any(&login, &VAULT)).then_some("signs in by `auth_login_aws`"),
            None => {
                let mut logins = provider.blocks("auth_login");
                let is_aws = |login: &Block<'_>| {
                    let method = login.attribute("method");
                    let parameters = login.attribute("parameters");
                    method.is_some_and(|it| it.value.literal() == Some("aws"))
                        && !parameters.is_some_and(|it| it.value.text().contains("aws_access_key"))
                };
                logins
                    .any(|it| is_aws(&it))
                    .then_some("signs in by `auth_login`")
            }
        },
        own: &[],
    },
    SigningProvider {
        names: &["mysql"],
        signs: |provider| {
            let mut configured = provider.blocks("aws_config").peekable();
            let has_own = configured.peek().is_some();
            if configured.any(|it| !has_any(&it, &MYSQL)) {
                return Some("signs in by `aws_config`");
            }
            let endpoint = provider.attribute("endpoint");
            let is_iam = endpoint.is_some_and(|it| it.value.text().starts_with("\"aws://"));
            (is_iam && !has_own).then_some("signs in by IAM (`endpoint = \"aws://...\"`)")
        },
        own: &[],
    },
    SigningProvider {
        names: &["postgresql"],
        signs: |provider| {
            is_true(provider, "aws_rds_iam_auth").then_some("signs in by `aws_rds_iam_auth`")
        },
        own: &["aws_rds_iam_profile", "aws_rds_iam_provider_role_arn"],
    },
    SigningProvider {
        names: &["opensearch", "elasticsearch"],
        signs: |provider| {
            let of = |name| provider.attribute(name).map(|it| it.value.text());
            let is_host = |url: &str| {
                let mut words =
                    ["amazonaws.com", "aws_opensearch", "aws_elasticsearch"].into_iter();
                words.any(|word| url.contains(word))
            };
            // The default is to sign where the host is one of AWS, or `aws_region` says so.
            let signs = match of("sign_aws_requests") {
                Some("false") => false,
                Some(_) => true,
                None => of("aws_region").is_some() || of("url").is_some_and(is_host),
            };
            signs.then_some("signs its requests by `sign_aws_requests`")
        },
        own: &["aws_profile", "aws_access_key", "aws_assume_role_arn"],
    },
    SigningProvider {
        names: &["kafka"],
        signs: |provider| {
            let mechanism = provider.attribute("sasl_mechanism");
            let is_iam = mechanism.is_some_and(|it| it.value.literal() == Some("aws-iam"));
            is_iam.then_some("signs in by `sasl_mechanism`")
        },
        own: &[
            "sasl_aws_profile",
            "sasl_aws_role_arn",
            "sasl_aws_access_key",
        ],
    },
];

/// The settings of `aws_config` that choose credentials.
const MYSQL: [&str; 3] = ["profile", "access_key", "role_arn"];

/// The settings of `auth_login_aws` that choose credentials.
const VAULT: [&str; 4] = [
    "aws_access_key_id",
    "aws_profile",
    "aws_role_arn",
    "aws_web_identity_token_file",
];

impl AmbientUse {
    /// Those of a document.
    pub fn all(document: &Document) -> Vec<Self> {
        let providers = document.blocks("provider");
        let mut found: Vec<Self> = providers.filter_map(|it| of_provider(&it)).collect();
        for kind in ["data", "ephemeral"] {
            let blocks = document
                .blocks(kind)
                .filter(|it| it.label(0) == Some("sops_file"));
            found.extend(blocks.map(|block| of_sops(&block, kind)));
        }
        found.extend(encryption_keys(document));
        found.extend(charts(document));
        found.extend(dns_challenges(document));
        found.extend(remote_states(document).iter().filter_map(|state| {
            let setting = |name: &str| state.settings.iter().find(|it| it.name == name);
            let own = ["profile", "access_key", "role_arn", "assume_role"];
            if state.unread.is_some() || own.iter().any(|name| setting(name).is_some()) {
                return None;
            }
            let items = setting("allowed_account_ids")?.value.items()?;
            let ids: Option<Vec<_>> = items
                .iter()
                .map(|it| it.literal().map(str::to_owned))
                .collect();
            Some(Self {
                at: state.block.location(),
                of: state.reference(),
                what: "refuses other accounts by `allowed_account_ids`".to_owned(),
                cure: "give it the profile of that account",
                accounts: ids?,
                encrypted: None,
            })
        }));
        found
    }
}

fn of_provider(block: &Block<'_>) -> Option<AmbientUse> {
    let name = block.label(0)?;
    let mut kinds = PROVIDERS.iter();
    let kind = kinds.find(|it| it.names.contains(&name))?;
    let what = (kind.signs)(block)?;
    (!has_any(block, kind.own)).then(|| AmbientUse {
        at: block.location(),
        of: format!("provider \"{name}\""),
        what: what.to_owned(),
        cure: "give it a profile or a role of its own",
        accounts: Vec::new(),
        encrypted: None,
    })
}

/// The keys of KMS by which OpenTofu encrypts state and plans ("State and Plan Encryption", its documentation).
fn encryption_keys(document: &Document) -> Vec<AmbientUse> {
    let settings = document.blocks("terraform");
    let settings = settings.flat_map(|it| it.blocks("encryption"));
    let keys = settings.flat_map(|it| it.blocks("key_provider"));
    let own = ["profile", "access_key", "assume_role"];
    let keys = keys.filter(|it| it.label(0) == Some("aws_kms") && !has_any(it, &own));
    let found = keys.map(|key| AmbientUse {
        at: key.location(),
        of: format!("key_provider.aws_kms.{}", key.label(1).unwrap_or_default()),
        what: "encrypts state by a key of KMS".to_owned(),
        cure: "give it the profile of the key's account",
        accounts: Vec::new(),
        encrypted: None,
    });
    found.collect()
}

/// The certificates whose DNS challenge is solved in Route 53 (the ACME provider's page "Using a DNS challenge with
/// route53"): its `config` has the names of environment variables.
fn dns_challenges(document: &Document) -> Vec<AmbientUse> {
    let own = ["AWS_ACCESS_KEY_ID", "AWS_PROFILE"];
    let certificates = document.blocks("resource");
    let certificates = certificates.filter(|it| it.label(0) == Some("acme_certificate"));
    let is_ambient = |challenge: &Block<'_>| {
        let provider = challenge.attribute("provider");
        let config = challenge.attribute("config");
        let config = config.map_or("", |it| it.value.text());
        provider.is_some_and(|it| it.value.literal() == Some("route53"))
            && !own.iter().any(|name| config.contains(name))
    };
    let solved = certificates.filter(|it| it.blocks("dns_challenge").any(|it| is_ambient(&it)));
    let found = solved.map(|block| AmbientUse {
        at: block.location(),
        of: format!("acme_certificate.{}", block.label(1).unwrap_or_default()),
        what: "solves its DNS challenge in Route 53".to_owned(),
        cure: "add the `AWS_PROFILE` of the hosted zone's account to `config` of its `dns_challenge`",
        accounts: Vec::new(),
        encrypted: None,
    });
    found.collect()
}

/// The charts that Helm downloads from S3, by its plugin for that.
fn charts(document: &Document) -> Vec<AmbientUse> {
    let kinds = [("resource", "helm_release"), ("data", "helm_template")].into_iter();
    let blocks = kinds.flat_map(|(kind, of)| {
        let blocks = document.blocks(kind);
        blocks.filter(move |it| it.label(0) == Some(of))
    });
    let from_s3 = blocks.filter(|block| {
        let address = ["repository", "chart"].into_iter();
        let mut addresses = address.filter_map(|name| block.attribute(name));
        addresses.any(|it| it.value.text().starts_with("\"s3://"))
    });
    let found = from_s3.map(|block| AmbientUse {
        at: block.location(),
        of: [0, 1]
            .map(|at| block.label(at).unwrap_or_default())
            .join("."),
        what: "downloads its chart from S3".to_owned(),
        cure: "take it from another repository",
        accounts: Vec::new(),
        encrypted: None,
    });
    found.collect()
}

fn of_sops(block: &Block<'_>, kind: &str) -> AmbientUse {
    let file = block.attribute("source_file");
    let file = file.and_then(|it| {
        let text = it.value.text().trim_matches('"');
        let text = text.strip_prefix("${path.module}/").unwrap_or(text);
        (!text.contains(['$', '(', ' '])).then(|| text.to_owned())
    });
    AmbientUse {
        at: block.location(),
        of: format!("{kind}.sops_file.{}", block.label(1).unwrap_or_default()),
        what: "decrypts by a key of KMS".to_owned(),
        cure: "name the `aws_profile` of the key in the encrypted file",
        accounts: Vec::new(),
        encrypted: Some(file),
    }
}

fn has_any(block: &Block<'_>, names: &[&str]) -> bool {
    let mut names = names.iter();
    names.any(|name| {
        let blocks = block.body().blocks().any(|inner| inner.kind() == *name);
        blocks || block.attribute(name).is_some()
    })
}

fn is_true(block: &Block<'_>, name: &str) -> bool {
    let value = block.attribute(name);
    value.is_some_and(|it| it.value.text() != "false")
}

/// Whether what `sops` has encrypted needs a key of KMS for which it names no profile.
pub fn needs_kms(encrypted: &str) -> bool {
    let profile = |line: &str| {
        let (_, value) = line.split_once("aws_profile")?;
        let value = value.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
        (!value.is_empty()).then_some(())
    };
    encrypted.contains("arn:aws")
        && encrypted.contains(":kms:")
        && !encrypted.lines().any(|line| profile(line).is_some())
}
