//! Root modules.

/// Whose credentials a provider configuration uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Identity {
    /// A role in the account of that id.
    Role(&'static str),
    /// `role_arn = var.role`, with that default.
    RoleVariable(&'static str),
    /// `${var.account_id}` in the ARN, with that default.
    IdVariable(&'static str),
    /// A role that is assumed where a variable says so.
    Condition,
    Ambient,
    /// Keys in variables.
    Variables,
    Profile(&'static str),
}

#[derive(Clone, Debug)]
pub struct Root {
    pub provider: Identity,
    /// That of OpenTofu, which has a file of its own in place of Terraform's.
    pub opentofu: Option<Identity>,
    pub aliases: Vec<Identity>,
    pub has_backend: bool,
    /// Whether a workspace of HCP runs it.
    pub has_cloud: bool,
    /// Whether a resource runs `aws` itself.
    pub runs_aws: bool,
}

impl Root {
    pub fn text(&self, directory: &str) -> String {
        self.with(self.provider, directory)
    }

    /// The file that OpenTofu reads in place of Terraform's.
    pub fn opentofu_text(&self, directory: &str) -> Option<String> {
        self.opentofu.map(|provider| self.with(provider, directory))
    }

    fn with(&self, provider: Identity, directory: &str) -> String {
        let mut text = String::new();
        if self.has_backend {
            text.push_str(&format!(
                "terraform {{\n  backend \"s3\" {{\n    bucket = \"states\"\n    key    = \"{directory}\"\n    region = \"eu-west-1\"\n  }}\n}}\n\n"
            ));
        }
        if self.has_cloud {
            text.push_str("terraform {\n  cloud {\n    organization = \"example\"\n  }\n}\n\n");
        }
        text.push_str(&provider.text(None));
        if provider == Identity::Variables {
            text.push_str("\nvariable \"key_id\" {\n}\n\nvariable \"key_secret\" {\n}\n");
        }
        for (identity, alias) in self.aliases.iter().zip(["dns", "logs"]) {
            text.push_str(&identity.text(Some(alias)));
        }
        if self.runs_aws {
            text.push_str("\nresource \"terraform_data\" \"sync\" {\n  provisioner \"local-exec\" {\n    command = \"aws s3 sync a s3://a\"\n  }\n}\n");
        }
        text
    }
}

impl Identity {
    fn text(self, alias: Option<&str>) -> String {
        let name = alias.unwrap_or("default");
        let role = |arn: &str| format!("\n  assume_role {{\n    role_arn = {arn}\n  }}\n");
        let variable = |kind: &str, default: &str| match default {
            "null" => format!("\nvariable \"{kind}_{name}\" {{\n  default = null\n}}\n"),
            _ => format!("\nvariable \"{kind}_{name}\" {{\n  default = \"{default}\"\n}}\n"),
        };
        let (body, after) = match self {
            Self::Role(id) => (
                role(&format!("\"arn:aws:iam::{id}:role/deploy\"")),
                String::new(),
            ),
            Self::RoleVariable(default) => {
                (role(&format!("var.role_{name}")), variable("role", default))
            }
            Self::IdVariable(default) => {
                let arn = format!("\"arn:aws:iam::${{var.id_{name}}}:role/deploy\"");
                (role(&arn), variable("id", default))
            }
            Self::Condition => (
                format!(
                    "\n  dynamic \"assume_role\" {{\n    for_each = var.roles_{name}\n    content {{\n      role_arn = assume_role.value\n    }}\n  }}\n"
                ),
                format!("\nvariable \"roles_{name}\" {{\n  default = []\n}}\n"),
            ),
            Self::Ambient => (String::new(), String::new()),
            Self::Variables => (
                "  access_key = var.key_id\n  secret_key = var.key_secret\n".to_owned(),
                String::new(),
            ),
            Self::Profile(profile) => (format!("  profile = \"{profile}\"\n"), String::new()),
        };
        let alias = alias
            .map(|alias| format!("  alias  = \"{alias}\"\n"))
            .unwrap_or_default();
        format!("provider \"aws\" {{\n{alias}  region = \"eu-west-1\"\n{body}}}\n{after}")
    }
}
