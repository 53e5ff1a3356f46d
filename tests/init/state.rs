//! The profile of the state, and its lock.

use super::{backend, has, has_not, proposed, role, settings};

#[test]
fn a_profile_that_all_backends_have_is_that_of_the_state() {
    let one = backend("    bucket = \"b\"\n    profile = \"shared\"\n");
    let text = proposed(&[("a/main.tf", &one), ("b/main.tf", &one)]);
    assert_eq!(settings(&text).state_profile.as_deref(), Some("shared"));
    has(
        &text,
        "bucket b, profile shared: a/main.tf:2, b/main.tf:2\nstate_profile = \"shared\"\n",
    );
    has(
        &text,
        "# The profile is named at a/main.tf:5, b/main.tf:5; its account:\n# account \"shared\" { id = \"...\" }\n",
    );
    // A backend of the same bucket gets it, one of another does not.
    let bare = backend("    bucket = \"b\"\n");
    let text = proposed(&[("a/main.tf", &one), ("b/main.tf", &bare)]);
    assert_eq!(settings(&text).state_profile.as_deref(), Some("shared"));
    let other = backend("    bucket = \"c\"\n");
    let text = proposed(&[("a/main.tf", &one), ("b/main.tf", &other)]);
    assert_eq!(settings(&text).state_profile, None);
    assert_eq!(settings(&text).state_buckets["b"].profile, "shared");
    has(
        &text,
        "# 1 backend waits for it.\n# state_profile = \"...\"\n\nstate_bucket \"b\"",
    );
    has(&text, "# state_bucket \"c\" { profile = \"...\" }\n");
    // Nor one whose bucket is not known.
    let open = backend("");
    let text = proposed(&[("a/main.tf", &one), ("b/main.tf", &open)]);
    assert_eq!(settings(&text).state_profile, None);
    has(&text, "a bucket that no string names: b/main.tf:2");
    let known = backend("    profile = \"shared\"\n");
    let text = proposed(&[("a/main.tf", &known), ("b/main.tf", &open)]);
    assert_eq!(settings(&text).state_profile, None);
    has(
        &text,
        "# 1 backend waits for it.\n# state_profile = \"...\"\n",
    );
    let text = proposed(&[("a/main.tf", &known), ("b/main.tf", &known)]);
    assert_eq!(settings(&text).state_profile.as_deref(), Some("shared"));
}

#[test]
fn buckets_with_profiles_of_their_own_keep_them() {
    let of = |bucket: &str, profile: &str| {
        backend(&format!(
            "    bucket = \"{bucket}\"\n    profile = \"{profile}\"\n"
        ))
    };
    let text = proposed(&[
        ("a/main.tf", &of("b-dev", "dev")),
        ("b/main.tf", &of("b-prod", "prod")),
    ]);
    let settings = settings(&text);
    assert_eq!(settings.state_profile, None);
    assert_eq!(settings.state_buckets["b-dev"].profile, "dev");
    assert_eq!(settings.state_buckets["b-prod"].profile, "prod");
    has_not(&text, "state_profile");
}

#[test]
fn an_account_that_the_backend_names_tells_its_profile_or_hints_at_it() {
    let bound = backend("    bucket = \"b\"\n    allowed_account_ids = [\"111111111111\"]\n");
    let text = proposed(&[
        ("main.tf", &bound),
        ("shared/main.tf", &role("111111111111")),
    ]);
    assert_eq!(settings(&text).state_profile, None);
    let text = proposed(&[("shared/main.tf", &bound)]);
    assert_eq!(settings(&text).state_profile.as_deref(), Some("shared"));
    let named = backend("    bucket = \"tf-111111111111\"\n");
    let text = proposed(&[("a.tf", &named), ("shared/main.tf", &role("111111111111"))]);
    assert_eq!(settings(&text).state_profile, None);
    has(
        &text,
        "# The id of account \"shared\" is in the name of the bucket.\n",
    );
    has(&text, "# state_profile = \"shared\"\n");
}

#[test]
fn files_complete_a_partial_backend() {
    let text = proposed(&[
        ("main.tf", "terraform {\n  backend \"s3\" {}\n}\n"),
        ("env/dev.tfbackend", "bucket = \"b-dev\"\nkey = \"k\"\n"),
        ("env/prod.tfbackend", "bucket = \"b-prod\"\nkey = \"k\"\n"),
    ]);
    has(
        &text,
        "#   bucket b-dev: env/dev.tfbackend:1\n#   bucket b-prod: env/prod.tfbackend:1\n# 2 backends wait for it.\n",
    );
    has_not(&text, "no string names");
}

#[test]
fn a_lock_in_the_bucket_is_proposed_where_every_root_module_can_have_it() {
    let job = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: terraform -chdir=live init\n";
    let main = |version: &str| {
        let terraform = backend("    bucket = \"states\"\n");
        terraform.replacen("terraform {\n", &format!("terraform {{\n{version}"), 1)
    };
    let new = main("  required_version = \"~> 1.10\"\n");
    for (other, expected) in [(&new, "lockfile"), (&main(""), "chained_profile")] {
        let text = proposed(&[
            ("live/main.tf", &new),
            ("dev/main.tf", other),
            (".github/workflows/a.yml", job),
        ]);
        has(&text, &format!("state_access  = \"{expected}\""));
        assert_eq!(
            text.contains("they need no profile"),
            expected == "lockfile"
        );
    }
}
