//! What tfkeyless changes and why. Pure: text in, findings out; the world lives in the binary.
//!
//! A transform is one file of code, one page of the same name, and one line in the catalogue
//! below. The page is its manual, its `explain` text, its documentation, and its tests.

use engine::transform::{Catalogue, Scan, Transform, When};

macro_rules! catalogue {
    ($($id:ident $(($($option:literal),+))? : $when:ident $of:ident,)+) => {
        $(
            #[doc = include_str!(concat!(stringify!($id), ".md"))]
            // A block of a page may be of a file like `.terraform.lock.hcl`.
            #[allow(rustdoc::invalid_codeblock_attributes)]
            mod $id;
        )+

        /// Every transform, in the order in which a migration is told.
        pub const CATALOGUE: Catalogue = Catalogue(&[$(Transform {
            id: stringify!($id),
            page: include_str!(concat!(stringify!($id), ".md")),
            options: &[$($($option),+)?],
            when: When::$when,
            scan: Scan::$of($id::scan),
        }),+]);
    };
}

catalogue! {
    remove_assume_role: Always Module,
    remove_static_keys: Always Module,
    set_backend_profile: Always Module,
    github_module_source: Always Module,
    bump_provider: Always Module,
    bump_module("pins"): Always Module,
    constrain_module: Always Module,
    upgrade_arguments: Always Module,
    relock_provider: Always Module,
    account_guard: OnRequest Module,
    native_state_lock: OnRequest Module,
    remove_orphans: Afterwards Module,
    workflow_oidc: Always Workflows,
    ci_backend_profile: Afterwards Workflows,
    ci_module_access: Afterwards Workflows,
}
