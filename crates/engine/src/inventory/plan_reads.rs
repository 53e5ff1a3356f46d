//! What a plan reads of AWS that the managed policy `ReadOnlyAccess` does not let it read.

use memchr::memmem;

use crate::error::PlanError;
use crate::index::document::document;
use crate::source::Source;
use syntax::hcl::Block;
use syntax::location::Location;
use terraform::file_kind::FileKind;

/// Something that a plan reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRead {
    /// Where it is declared.
    pub at: Location,
    /// As Terraform refers to it.
    pub reference: String,
    /// The action that reads it, and where it is needed where that depends.
    pub action: &'static str,
}

/// By kind of block and type, the action of the API that `ReadOnlyAccess` lacks. The policy (version 87 and
/// later) has `kms:Describe*`, `Get*` and `List*`, `lambda:Get*` and `List*`, `secretsmanager:Describe*`,
/// `GetResourcePolicy` and `List*`, `ssm:Get*`; a resource is read for its refresh.
const READS: [(&str, &str, &str); 12] = [
    ("data", "aws_secretsmanager_secret_version", SECRET),
    ("resource", "aws_secretsmanager_secret_version", SECRET),
    ("ephemeral", "aws_secretsmanager_secret_version", SECRET),
    (
        "data",
        "aws_secretsmanager_random_password",
        "secretsmanager:GetRandomPassword",
    ),
    ("data", "aws_ssm_parameter", PARAMETER),
    ("resource", "aws_ssm_parameter", PARAMETER),
    ("ephemeral", "aws_ssm_parameter", PARAMETER),
    ("data", "aws_ssm_parameters_by_path", PARAMETER),
    ("data", "aws_kms_secrets", "kms:Decrypt"),
    ("data", "aws_kms_ciphertext", "kms:Encrypt"),
    ("data", "aws_lambda_invocation", "lambda:InvokeFunction"),
    (
        "data",
        "sops_file",
        "kms:Decrypt, where a key of KMS encrypts it",
    ),
];

const SECRET: &str = "secretsmanager:GetSecretValue, and kms:Decrypt where its key is one of yours";
// The key of AWS, `aws/ssm`, lets everybody of the account decrypt by SSM (AWS KMS Developer Guide,
// "AWS managed keys").
const PARAMETER: &str = "kms:Decrypt, where it is a SecureString with a key of yours";

/// All of a tree, by place.
///
/// # Errors
/// Files that cannot be read.
pub(super) fn plan_reads(source: &dyn Source) -> Result<Vec<PlanRead>, PlanError> {
    let mut found = Vec::new();
    let mut buffer = Vec::new();
    let tree = source.tree();
    let tree = tree.map_err(|error| PlanError::Unreadable("".into(), error))?;
    for path in tree {
        if FileKind::of(&path) != Some(FileKind::Configuration) {
            continue;
        }
        let read = source.read(&path, &mut buffer);
        read.map_err(|error| PlanError::Unreadable(path.clone(), error))?;
        let names = |(_, kind, _): &(_, &str, _)| memmem::find(&buffer, kind.as_bytes()).is_some();
        if !READS.iter().any(names) {
            continue;
        }
        // A file that does not close is reported elsewhere.
        let text = String::from_utf8_lossy(&buffer).into_owned();
        let Ok(document) = document(path, text) else {
            continue;
        };
        for kind in ["data", "resource", "ephemeral"] {
            found.extend(document.blocks(kind).filter_map(|block| of(&block)));
        }
    }
    found.sort_by(|one, other| one.at.cmp(&other.at));
    Ok(found)
}

fn of(block: &Block<'_>) -> Option<PlanRead> {
    let (kind, of) = (block.kind(), block.label(0)?);
    let (.., action) = READS
        .iter()
        .find(|(block, name, _)| (*block, *name) == (kind, of))?;
    let literal = |name: &str| block.attribute(name)?.value.literal().map(str::to_owned);
    let is_plain = literal("type").is_some_and(|it| it != "SecureString");
    let decryption = block.attribute("with_decryption");
    let is_encrypted = decryption.is_some_and(|it| it.value.text() == "false");
    if is_plain || is_encrypted {
        return None;
    }
    let name = block.label(1)?;
    let reference = match kind {
        "resource" => format!("{of}.{name}"),
        kind => format!("{kind}.{of}.{name}"),
    };
    Some(PlanRead {
        at: block.location(),
        reference,
        action,
    })
}
