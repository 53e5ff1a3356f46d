//! What a repository calls an account: the labels that are proposed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How well a name stands for an account, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// An AWS profile beside the id.
    Profile,
    /// A name of the account beside the id.
    Name,
    /// The key of a map of accounts, or what a workspace is called.
    Key,
    /// The name of the variable that holds the id.
    Variable,
    /// The alias of the provider that acts there.
    Alias,
    /// The environment beside the id.
    Environment,
    /// A directory or file.
    Path,
}

/// A name for an account, and how well it stands for it.
pub(super) type Candidate = (Rank, String);

/// Words that say nothing of which account it is.
const EMPTY: [&str; 61] = [
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

/// Words by which directories and files tell the environment that they are of.
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

/// Those of them by which people also name whole trees, and the files at their roots.
const BROAD: [&str; 2] = ["live", "root"];

/// The name without the words that say nothing; `None` where nothing is left that can be the name
/// of a profile.
pub(super) fn telling(name: &str) -> Option<String> {
    let separator = name.chars().find(|it| "_-. ".contains(*it)).unwrap_or('-');
    let separator = if separator == ' ' { '-' } else { separator };
    let words = words(name).into_iter();
    let words: Vec<String> = without_region(words.collect())
        .into_iter()
        .filter(|word| !EMPTY.contains(&word.as_str()))
        .collect();
    let is_number = words.iter().all(|word| word.parse::<u64>().is_ok());
    let label = words.join(&separator.to_string());
    (!is_number && !is_region(&words) && is_label(&label)).then_some(label)
}

/// Whether it can be the name of a profile as people write them.
pub(super) fn is_label(name: &str) -> bool {
    let is_start = |it: char| it.is_ascii_alphanumeric();
    name.len() <= 64
        && name.starts_with(is_start)
        && name
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || "_-.@+".contains(it))
}

/// The words of a name, in lower case: `devAccountId`, `dev_account_id`, `dev-account-id`.
fn words(name: &str) -> Vec<String> {
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

/// The words without those of a region that is written out: `eu`, `west`, `1`.
fn without_region(mut words: Vec<String>) -> Vec<String> {
    let at = words.windows(3).position(|three| {
        is_region(&three[..2]) && three[2].len() == 1 && three[2].parse::<u8>().is_ok()
    });
    if let Some(at) = at.filter(|_| words.len() > 3) {
        words.drain(at..at + 3);
    }
    words
}

/// Whether it is a region, or what people call one: `us-east-1`, `use1`, `virginia`.
fn is_region(words: &[String]) -> bool {
    const PARTS: [&str; 29] = [
        "us",
        "eu",
        "ap",
        "sa",
        "ca",
        "me",
        "af",
        "il",
        "cn",
        "gov",
        "east",
        "west",
        "north",
        "south",
        "central",
        "northeast",
        "southeast",
        "northwest",
        "southwest",
        "virginia",
        "ohio",
        "oregon",
        "ireland",
        "frankfurt",
        "london",
        "region",
        "secondary",
        "replica",
        "acm",
    ];
    let is_part = |word: &String| {
        let word = word.trim_end_matches(|it: char| it.is_ascii_digit());
        let short = word.len() <= 4 && ["us", "eu", "ap"].iter().any(|it| word.starts_with(it));
        let of = |rest: &str| rest.chars().all(|it| "eswnc".contains(it));
        word.is_empty()
            || PARTS.contains(&word)
            || short && of(&word[2..])
            || ["us", "eu", "ap", "ca", "sa"].iter().any(|start| {
                let rest = word.strip_prefix(start);
                rest.is_some_and(|rest| PARTS.contains(&rest))
            })
    };
    !words.is_empty() && words.iter().all(is_part)
}

/// The environment that a path tells: its last part that names one, or what stands below
/// `accounts`.
pub(super) fn of_path(path: &Path) -> Option<String> {
    let is_accounts = path.file_stem().is_some_and(|stem| stem == "account");
    if let Some(own) = path.parent().filter(|_| is_accounts)
        && let Some(name) = own.file_name().and_then(|name| telling(name.to_str()?))
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
    let below = below.filter(|name| is_label(name) && telling(name).is_some());
    let own = path.parent().and_then(Path::file_name);
    below.or_else(|| {
        let mut names = parts.iter().rev().filter_map(|part| environment(part));
        names.find(|name| !BROAD.contains(&name.as_str()) || own.is_some_and(|own| own == &**name))
    })
}

/// The environment that a name tells.
pub(super) fn environment(name: &str) -> Option<String> {
    let words = words(name);
    let pairs = words.windows(2).map(|pair| pair.join("-"));
    let all = pairs.chain(words.iter().cloned());
    all.into_iter()
        .find(|word| ENVIRONMENTS.contains(&word.as_str()))
}

/// The labels of accounts, by id: each one's best name, where no other account has it as good. With
/// an id goes how often it stands somewhere.
pub(super) fn labels<'c>(
    accounts: impl IntoIterator<Item = (&'c str, usize, Vec<&'c Candidate>)>,
) -> BTreeMap<&'c str, String> {
    let mut wishes: BTreeMap<&str, Vec<(Rank, String)>> = BTreeMap::new();
    for (id, places, candidates) in accounts {
        let mut counts: BTreeMap<&Candidate, usize> = BTreeMap::new();
        for candidate in candidates {
            *counts.entry(candidate).or_default() += 1;
        }
        let mut wanted: Vec<_> = counts.into_iter().collect();
        wanted.sort_by_key(|((rank, name), count)| (*rank, usize::MAX - count, name.clone()));
        // What stands in several environments, or mostly in none, is of none.
        let paths = wanted.iter().filter(|((rank, _), _)| *rank == Rank::Path);
        let is_everywhere = paths.count() > 1;
        wanted.retain(|((rank, _), count)| {
            *rank != Rank::Path || !is_everywhere && 2 * count > places
        });
        let wanted = wanted.into_iter().map(|(candidate, _)| candidate.clone());
        wishes.insert(id, wanted.collect());
    }
    let mut labels: BTreeMap<&str, String> = BTreeMap::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let ranks: BTreeSet<Rank> = wishes.values().flatten().map(|(rank, _)| *rank).collect();
    for rank in ranks {
        let open: Vec<(&str, String)> = wishes
            .iter()
            .filter(|(id, _)| !labels.contains_key(*id))
            .filter_map(|(id, wanted)| {
                let mut wanted = wanted.iter().filter(|(of, _)| *of == rank);
                let name = wanted.find(|(_, name)| !taken.contains(name))?;
                Some((*id, name.1.clone()))
            })
            .collect();
        for (id, name) in &open {
            let is_shared = open.iter().filter(|(_, other)| other == name).count() > 1;
            if !is_shared {
                labels.insert(id, name.clone());
            }
        }
        taken.extend(open.into_iter().map(|(_, name)| name));
    }
    labels
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
            assert_eq!(telling(name).as_deref(), expected, "{name}");
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
            assert_eq!(of_path(Path::new(path)).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn two_accounts_never_get_one_label() {
        let name = |rank, name: &str| (rank, name.to_owned());
        let (alias, path) = (name(Rank::Alias, "dns"), name(Rank::Path, "dev"));
        let lone = name(Rank::Path, "qa");
        let (other, key) = (name(Rank::Path, "prod"), name(Rank::Key, "prod"));
        let made = labels([
            ("1", 1, vec![&alias, &path]),
            ("2", 1, vec![&alias]),
            ("3", 2, vec![&path, &other]),
            ("4", 1, vec![&key, &path]),
            ("5", 1, vec![&other]),
            ("6", 2, vec![&lone]),
        ]);
        let made: Vec<_> = made.iter().map(|(id, it)| (*id, it.as_str())).collect();
        assert_eq!(made, [("1", "dev"), ("4", "prod")]);
    }
}
