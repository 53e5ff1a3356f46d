//! The branch and the commit that changes land on.

mod commit;
mod filters;
mod identities;
mod layouts;
mod refused;

use crate::support::checkout::Checkout;

const ROLE: &str = "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";

const AFTER: &str = "provider \"aws\" {\n  allowed_account_ids = [\"111111111111\"]\n}\n";

const CONFIG: &str = "account \"dev\" { id = \"111111111111\" }\n";

const LAND: [&str; 5] = ["apply", "--yes", "--branch", "tfkeyless", "--commit"];

/// Settings of the caller by which a commit fails, after the files are written.
pub const CANNOT_SIGN: [(&str, &str); 5] = [
    ("GIT_CONFIG_COUNT", "2"),
    ("GIT_CONFIG_KEY_0", "commit.gpgSign"),
    ("GIT_CONFIG_VALUE_0", "true"),
    ("GIT_CONFIG_KEY_1", "gpg.program"),
    ("GIT_CONFIG_VALUE_1", "/nonexistent"),
];

fn repository() -> Checkout {
    let checkout = Checkout::committed(&[
        ("main.tf", ROLE),
        ("tfkeyless.hcl", CONFIG),
        ("notes", "a\n"),
    ]);
    checkout.git(&["config", "user.name", "a"]);
    checkout.git(&["config", "user.email", "a@example.com"]);
    checkout
}

/// Name of the branch, and the commits of it.
fn branch(checkout: &Checkout) -> (String, usize) {
    let name = checkout.git(&["branch", "--show-current"]);
    let log = checkout.git(&["log", "--format=%H"]);
    (name.trim().to_owned(), log.lines().count())
}
