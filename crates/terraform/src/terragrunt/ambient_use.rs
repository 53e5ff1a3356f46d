//! What of a Terragrunt file uses, or chooses, the ambient AWS credentials beside Terraform.

use syntax::code::sentence;
use syntax::hcl::Document;
use syntax::location::Location;

use crate::ambient_use::AmbientUse;
use crate::module_call::{clones_from_codecommit, deployed};

/// Words one of which is in every Terragrunt file that does.
pub const WORDS: [&[u8]; 7] = [
    b"codecommit::",
    b"git-codecommit.",
    b"get_aws_",
    b"run_cmd",
    b"sops_decrypt_file",
    b"_hook",
    b"env_vars",
];

/// Functions of Terragrunt that ask AWS (Terragrunt docs, "Functions").
const FUNCTIONS: [&str; 4] = [
    "get_aws_account_id",
    "get_aws_account_alias",
    "get_aws_caller_identity",
    "sops_decrypt_file",
];

/// Variables that choose other credentials for Terraform.
const CREDENTIALS: [&str; 3] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID"];

/// A use, and the profile that it chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerragruntUse {
    /// The use.
    pub used: AmbientUse,
    /// The AWS profile that Terraform runs with, where it is a literal.
    pub profile: Option<String>,
}

/// Those of a document, but for commands.
pub fn uses(document: &Document) -> Vec<TerragruntUse> {
    let text = document.text();
    let path = document.path();
    let used = |at, what, cure| AmbientUse {
        at,
        of: "Terragrunt".to_owned(),
        what,
        cure,
        accounts: Vec::new(),
        encrypted: None,
    };
    let mut found = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let code = line.split('#').next().unwrap_or_default();
        let is_comment = code.trim_start().starts_with("//");
        let mut functions = FUNCTIONS
            .iter()
            .filter(|it| code.contains(**it) && !is_comment);
        if let Some(function) = functions.next() {
            let at = Location::at(path, text, offset + line.len() - line.trim_start().len());
            let cure = match *function {
                // What it returns is secret.
                "sops_decrypt_file" => "give the key in the file's `sops` part its `aws_profile`",
                _ => "write what it returns now",
            };
            let used = used(at, sentence!("calls `{function}`"), cure);
            found.push(TerragruntUse {
                used,
                profile: None,
            });
        }
        offset += line.len();
    }
    for call in deployed(document) {
        if clones_from_codecommit(call.source.value.text()) {
            let what = "clones a module from CodeCommit".to_owned();
            let cure = "write a profile and `@` before the repository in a `codecommit::` source";
            found.push(TerragruntUse {
                used: used(call.source.value.location(), what, cure),
                profile: None,
            });
        }
    }
    for arguments in document
        .blocks("terraform")
        .flat_map(|it| it.blocks("extra_arguments"))
    {
        let Some(variables) = arguments.attribute("env_vars") else {
            continue;
        };
        let set = CREDENTIALS
            .iter()
            .find_map(|name| Some((name, variables.value.entry(name)?)));
        if let Some((name, set)) = set {
            let what = format!("sets {name} for Terraform");
            found.push(TerragruntUse {
                used: used(
                    set.value.location(),
                    what,
                    "set what the account of the role needs",
                ),
                profile: set
                    .value
                    .literal()
                    .filter(|_| name.ends_with("PROFILE"))
                    .map(str::to_owned),
            });
        }
    }
    found
}
