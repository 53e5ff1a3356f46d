//! Which words in names and paths tell an account apart.

use std::path::Path;

use super::region::{is_region, without_region};

/// Words in names of ids and roles that are the same for every account: what is left of a name
/// without them is the account's.
const GENERIC: [&str; 61] = [
    "access",
    "account",
    "accounts",
    "acct",
    "admin",
    "administrator",
    "arn",
    "arns",
    "assume",
    "assumed",
    "aws",
    "config",
    "cross",
    "current",
    "default",
    "deploy",
    "deployer",
    "deployment",
    "each",
    "env",
    "environment",
    "environments",
    "envs",
    "execution",
    "for",
    "global",
    "iam",
    "id",
    "identifier",
    "identifiers",
    "ids",
    "list",
    "local",
    "locals",
    "main",
    "map",
    "mapping",
    "member",
    "members",
    "name",
    "no",
    "num",
    "number",
    "numbers",
    "org",
    "organization",
    "primary",
    "principal",
    "principals",
    "profile",
    "provider",
    "role",
    "roles",
    "target",
    "terraform",
    "tf",
    "this",
    "to",
    "value",
    "workspace",
    "workspaces",
];

/// Names of environments and of shared accounts, as people give them to directories and files. A
/// path has many other words, so only these count in one.
const ENVIRONMENTS: [&str; 35] = [
    "audit",
    "backup",
    "dev",
    "develop",
    "development",
    "integration",
    "int",
    "live",
    "logging",
    "logs",
    "management",
    "mgmt",
    "network",
    "networking",
    "nonprod",
    "payer",
    "playground",
    "pre-prod",
    "preprod",
    "prod",
    "production",
    "qa",
    "root",
    "sandbox",
    "sbx",
    "sec",
    "security",
    "shared",
    "shared-services",
    "stage",
    "staging",
    "stg",
    "test",
    "testing",
    "uat",
];

/// Those of them that are also names of whole trees and of files at their top (`live/` in
/// Terragrunt's examples, `root.hcl`): they count as the directory of the file only.
const BROAD: [&str; 2] = ["live", "root"];

/// The name without its generic words and regions; `None` where nothing is left that can be the
/// name of a profile.
pub(super) fn label_in(name: &str) -> Option<String> {
    let separator = name.chars().find(|it| "_-. ".contains(*it)).unwrap_or('-');
    let separator = if separator == ' ' { '-' } else { separator };
    let words = words(name).into_iter();
    let words: Vec<String> = without_region(words.collect())
        .into_iter()
        .filter(|word| !GENERIC.contains(&word.as_str()))
        .collect();
    let is_number = words.iter().all(|word| word.parse::<u64>().is_ok());
    let label = words.join(&separator.to_string());
    (!is_number && !is_region(&words) && is_label(&label)).then_some(label)
}

/// Whether it can be the name of an AWS profile, of the characters that people use in one.
pub(super) fn is_label(name: &str) -> bool {
    let is_start = |it: char| it.is_ascii_alphanumeric();
    name.len() <= 64
        && name.starts_with(is_start)
        && name
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || "_-.@+".contains(it))
}

/// The words of a name, in lower case: `devAccountId`, `dev_account_id`, `dev-account-id`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for letter in name.chars() {
        let is_new = letter.is_ascii_uppercase() && was_lower;
        was_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        if is_new || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(letter.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The environment that a path tells: the directory below `accounts`, or the last part with the
/// name of an environment.
pub(super) fn label_of_path(path: &Path) -> Option<String> {
    let is_accounts = path.file_stem().is_some_and(|stem| stem == "account");
    if let Some(own) = path.parent().filter(|_| is_accounts)
        && let Some(name) = own.file_name().and_then(|name| label_in(name.to_str()?))
    {
        return Some(name);
    }
    let parts: Vec<String> = path
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    let below = parts.windows(2).find_map(|pair| {
        let is_accounts = matches!(pair[0].as_str(), "accounts" | "account");
        (is_accounts && !pair[1].contains("account")).then(|| pair[1].clone())
    });
    let below = below.filter(|name| is_label(name) && label_in(name).is_some());
    let own = path.parent().and_then(Path::file_name);
    below.or_else(|| {
        let mut names = parts.iter().rev().filter_map(|part| environment_in(part));
        names.find(|name| !BROAD.contains(&name.as_str()) || own.is_some_and(|own| own == &**name))
    })
}

/// The first environment in a name.
pub(super) fn environment_in(name: &str) -> Option<String> {
    let words = words(name);
    let pairs = words.windows(2).map(|pair| pair.join("-"));
    let all = pairs.chain(words.iter().cloned());
    all.into_iter()
        .find(|word| ENVIRONMENTS.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_what_is_left_without_the_usual_words() {
        for (name, expected) in [
            ("dev_account_id", Some("dev")),
            ("accountIdProd", Some("prod")),
            ("shared_services_role_arn", Some("shared_services")),
            ("acme-live", Some("acme-live")),
            ("aws_account_id", None),
            ("us_east_1", None),
            ("useast1", None),
            ("use1", None),
            ("virginia", None),
            ("management_eu_west_1", Some("management")),
            ("user", Some("user")),
            ("1", None),
            ("a b;c", Some("a-b-c")),
        ] {
            assert_eq!(label_in(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_path_tells_the_environment_nearest_to_the_file() {
        for (path, expected) in [
            ("live/dev/vpc/main.tf", Some("dev")),
            ("aws/acme-prod-eu/main.tf", Some("prod")),
            ("accounts/acme-data/main.tf", Some("acme-data")),
            ("env/staging.tfvars", Some("staging")),
            ("shared-services/main.tf", Some("shared-services")),
            ("live/pqs/account.hcl", Some("pqs")),
            ("account.hcl", None),
            ("live/main.tf", Some("live")),
            ("live/pqs/main.tf", None),
            ("root.hcl", None),
            ("vpc/main.tf", None),
        ] {
            assert_eq!(
                label_of_path(Path::new(path)).as_deref(),
                expected,
                "{path}"
            );
        }
    }
}
