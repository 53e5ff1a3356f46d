//! Modules that make users of IAM with static keys.

/// The modules that make users of IAM, with a key unless they are told not to: on the registry, and as a repository.
const USER_MODULES: [[&str; 2]; 2] = [
    [
        "terraform-aws-modules/iam/aws//modules/iam-user",
        "terraform-aws-modules/terraform-aws-iam//modules/iam-user",
    ],
    [
        "cloudposse/iam-system-user/aws",
        "cloudposse/terraform-aws-iam-system-user",
    ],
];

/// Whether a module makes users of IAM.
pub(super) fn makes_users(source: &str) -> bool {
    let address = source.split('?').next().unwrap_or_default();
    let registry = address.trim_start_matches("registry.terraform.io/");
    USER_MODULES.iter().any(|[name, repository]| {
        registry == *name
            || address
                .replace(".git//", "//")
                .trim_end_matches(".git")
                .ends_with(repository)
    })
}
