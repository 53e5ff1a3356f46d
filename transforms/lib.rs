//! What tfkeyless changes and why. Pure: text in, findings out; the world lives in the command.
//!
//! A transform is one file of code, one page of the same name, and one entry in the catalogue
//! below. The page is its manual, its `explain` text, its documentation, and its tests.

use diagnostics::finding::RootEffect;
use engine::catalogue::{Catalogue, Purpose, Transform};
use engine::scan::{Scan, Scans};

macro_rules! catalogue {
    ($($id:ident { scan: $scan:expr, $($field:ident: $value:expr,)* })+) => {
        $(
            #[doc = include_str!(concat!(stringify!($id), ".md"))]
            // A block of a page may be of a file like `.terraform.lock.hcl`.
            #[allow(rustdoc::invalid_codeblock_attributes)]
            mod $id;
        )+

        /// Every transform, in the order in which they run.
        pub const CATALOGUE: Catalogue = Catalogue(&[$(Transform {
            id: stringify!($id),
            page: include_str!(concat!(stringify!($id), ".md")),
            $($field: $value,)*
            ..Transform::DEFAULT
        }),+]);

        /// The code of every transform.
        pub const SCANS: Scans = Scans(&[$((stringify!($id), $scan)),+]);
    };
}

catalogue! {
    remove_assume_role {
        scan: Scan::Module(remove_assume_role::scan),
        purpose: Some(Purpose::RemoveRoles),
        effect: RootEffect::SignIn,
        changes_identities: true,
        audited: true,
        settings: &["account", "runner", "state_profile", "state_bucket"],
    }
    remove_static_keys {
        scan: Scan::ModuleWithEarlier(remove_static_keys::scan),
        purpose: Some(Purpose::RemoveStaticKeys),
        effect: RootEffect::SignIn,
        changes_identities: true,
        audited: true,
        settings: &["runner", "state_profile", "state_bucket"],
    }
    set_backend_profile {
        scan: Scan::Module(set_backend_profile::scan),
        purpose: Some(Purpose::AddBackendProfile),
        effect: RootEffect::InitReconfigure,
        changes_identities: true,
        settings: &["runner", "state_profile", "state_bucket"],
    }
    github_module_source {
        scan: Scan::Module(github_module_source::scan),
        purpose: Some(Purpose::MoveModuleSources),
        audited: true,
        settings: &["module_source"],
    }
    bump_provider {
        scan: Scan::Module(bump_provider::scan),
        purpose: Some(Purpose::UpgradeProvider),
        effect: RootEffect::InitUpgrade,
        settings: &["upgrade"],
    }
    bump_module {
        scan: Scan::Module(bump_module::scan),
        purpose: Some(Purpose::UpgradeModules),
        effect: RootEffect::InitUpgrade,
        options: &["pins"],
        settings: &["upgrade"],
    }
    constrain_module {
        scan: Scan::Module(constrain_module::scan),
        purpose: Some(Purpose::BoundModules),
        effect: RootEffect::InitUpgrade,
        settings: &["upgrade"],
    }
    upgrade_arguments {
        scan: Scan::ModuleWithEarlier(upgrade_arguments::scan),
        purpose: Some(Purpose::RewriteArguments),
        settings: &["upgrade"],
    }
    relock_provider {
        scan: Scan::Module(relock_provider::scan),
        purpose: Some(Purpose::Relock),
        settings: &["upgrade"],
    }
    account_guard {
        scan: Scan::Module(account_guard::scan),
        purpose: Some(Purpose::GuardAccounts),
        options: &["everywhere"],
        changes_identities: true,
        settings: &["account", "runner", "state_profile", "state_bucket"],
    }
    native_state_lock {
        scan: Scan::Module(native_state_lock::scan),
        effect: RootEffect::Reconfigure,
        on_request: true,
    }
    remove_unused {
        scan: Scan::Leftovers(remove_unused::scan),
        effect: RootEffect::None,
    }
    caller_identity {
        scan: Scan::Migration(caller_identity::scan),
        purpose: Some(Purpose::RemovePluginRoles),
        effect: RootEffect::None,
        settings: &["account", "sso", "ci"],
    }
    iam_user {
        scan: Scan::Migration(iam_user::scan),
        effect: RootEffect::None,
    }
    workflow_oidc {
        scan: Scan::Workflows(workflow_oidc::scan),
        purpose: Some(Purpose::SignInJobs),
        effect: RootEffect::None,
        audited: true,
        settings: &["ci", "job", "repository"],
    }
    ci_backend_profile {
        scan: Scan::SignedInWorkflows(ci_backend_profile::scan),
        purpose: Some(Purpose::AddJobProfiles),
        effect: RootEffect::None,
        settings: &["ci", "state_profile"],
    }
    ci_module_access {
        scan: Scan::SignedInWorkflows(ci_module_access::scan),
        effect: RootEffect::None,
    }
}
