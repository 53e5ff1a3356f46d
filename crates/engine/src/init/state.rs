//! The settings of state: the profile of each bucket's account.

use std::collections::{BTreeMap, BTreeSet};

use super::accounts::ProposedAccount;
use super::evidence::Evidence;
use super::identities::BackendEvidence;
use super::page::{Page, counted, is_bucket, places, plain};
use super::words::is_label;

/// Up to how many buckets are listed to be filled in.
const BUCKETS: usize = 12;

/// Writes the settings of state.
pub(super) fn write(page: &mut Page, evidence: &Evidence, accounts: &[ProposedAccount]) {
    let state = State {
        buckets: by_bucket(&evidence.backends),
        accounts,
    };
    let known = state.known();
    if !evidence.backends.is_empty() {
        page.found.push(match known.as_slice() {
            [] => counted(evidence.backends.len(), "S3 backend"),
            [only] => format!("the state bucket {}", plain(only)),
            all => format!("{} state buckets", all.len()),
        });
        page.line("");
        page.comment("State: the AWS profile of the account that holds it, which backends get.");
        state.list(page);
    }
    if let Some(profile) = state.the_only() {
        page.line(&format!("state_profile = \"{profile}\""));
        return;
    }
    let waiting = state.waiting();
    if waiting > 0 {
        state.ask(page, waiting);
    // A provider configuration without a role is pinned to the profile of the static keys' account.
    } else if evidence.has_roles && !state.is_settled() {
        if evidence.backends.is_empty() {
            page.line("");
        }
        page.comment(
            "The AWS profile of the account that today's static keys are of: providers that assume no \
             role stay in that account by it.",
        );
        let what = "state_profile: where something acts without a role".to_owned();
        page.fill_in("state_profile = \"...\"", what);
    }
    state.settle(page);
    let open = state.open();
    if state.buckets.len() > 1 && !open.is_empty() && waiting > 0 {
        page.line("");
        page.comment("Where a bucket lies in another account than the rest:");
        let open = match open.len() {
            ..=BUCKETS => open,
            _ => vec!["..."],
        };
        for bucket in open {
            page.commented(&format!(
                "state_bucket \"{bucket}\" {{ profile = \"...\" }}"
            ));
        }
    }
}

/// The backends by bucket; `None` for those whose bucket is an expression or missing.
struct State<'e> {
    buckets: BTreeMap<Option<&'e str>, Vec<&'e BackendEvidence>>,
    accounts: &'e [ProposedAccount],
}

impl<'e> State<'e> {
    fn known(&self) -> Vec<&'e str> {
        self.buckets.keys().filter_map(|bucket| *bucket).collect()
    }

    /// Lists the buckets with their locations and the profiles that the code has for them.
    fn list(&self, page: &mut Page) {
        for (bucket, backends) in &self.buckets {
            let places = places(backends.iter().map(|backend| &backend.at));
            let bucket = match bucket {
                Some(bucket) => format!("bucket {}", plain(bucket)),
                None => "a bucket that no string names".to_owned(),
            };
            let profiles: Vec<_> = self.profiles(backends).into_iter().collect();
            let with = match profiles.is_empty() {
                true => String::new(),
                false => format!(", profile {}", profiles.join(", ")),
            };
            page.item(&format!("{bucket}{with}: {places}"));
        }
    }

    /// The profiles of some backends, or those of the accounts in their `allowed_account_ids`.
    fn profiles(&self, backends: &[&BackendEvidence]) -> BTreeSet<String> {
        let label = |id: &String| {
            let mut accounts = self.accounts.iter();
            let account = accounts.find(|it| it.id == *id && it.held_by.is_none());
            account?.label.clone()
        };
        let found = backends.iter().filter_map(|backend| {
            let own = backend.profile.clone();
            own.or_else(|| label(backend.account.as_ref()?))
        });
        found.filter(|profile| is_label(profile)).collect()
    }

    /// The one profile of a bucket; `None` for backends whose bucket is not known, which may be
    /// several.
    fn profile(&self, bucket: Option<&str>) -> Option<String> {
        let backends = self.buckets.get(&bucket)?;
        // Backends without a known bucket may have different ones: one without a profile could be
        // another's.
        let is_one = bucket.is_some() || !backends.iter().any(|backend| backend.needs_profile());
        let mut profiles = self.profiles(backends).into_iter();
        let profile = profiles.next().filter(|_| is_one)?;
        profiles.next().is_none().then_some(profile)
    }

    /// Whether every bucket's profile is in the code.
    fn is_settled(&self) -> bool {
        let mut buckets = self.buckets.keys();
        !self.buckets.is_empty() && buckets.all(|bucket| self.profile(*bucket).is_some())
    }

    /// The profile that all buckets have.
    fn the_only(&self) -> Option<String> {
        let profiles = self.buckets.keys().map(|bucket| self.profile(*bucket));
        let profiles: Option<BTreeSet<String>> = profiles.collect();
        let mut profiles = profiles?.into_iter();
        let profile = profiles.next()?;
        profiles.next().is_none().then_some(profile)
    }

    /// How many backends need a profile that is not in the code.
    fn waiting(&self) -> usize {
        let open = self.buckets.iter();
        let open = open.filter(|(bucket, _)| self.profile(**bucket).is_none());
        let open = open.flat_map(|(_, backends)| backends);
        open.filter(|backend| backend.needs_profile()).count()
    }

    /// Asks for the profile of all buckets that have none of their own.
    fn ask(&self, page: &mut Page, waiting: usize) {
        let hint = self.hint();
        if let Some(label) = hint {
            page.comment(&format!(
                "The id of account \"{label}\" is in the name of the bucket."
            ));
        }
        let value = hint.unwrap_or("...");
        let wait = match waiting {
            1 => "1 backend waits for it".to_owned(),
            more => format!("{more} backends wait for it"),
        };
        page.comment(&format!("{wait}."));
        page.fill_in(
            &format!("state_profile = \"{value}\""),
            format!("state_profile: {wait}"),
        );
    }

    /// Writes the buckets whose profile is in the code.
    fn settle(&self, page: &mut Page) {
        let settled = self.known().into_iter().filter(|bucket| is_bucket(bucket));
        let settled = settled.filter_map(|bucket| Some((bucket, self.profile(Some(bucket))?)));
        for (index, (bucket, profile)) in settled.enumerate() {
            if index == 0 {
                page.line("");
            }
            page.line(&format!(
                "state_bucket \"{bucket}\" {{ profile = \"{profile}\" }}"
            ));
        }
    }

    /// The buckets whose profile is not in the code.
    fn open(&self) -> Vec<&'e str> {
        let mut open = self.known();
        open.retain(|bucket| is_bucket(bucket) && self.profile(Some(bucket)).is_none());
        open
    }

    /// The label of the account whose id is in the name of the only bucket.
    fn hint(&self) -> Option<&'e str> {
        let known = self.known();
        let [bucket] = known.as_slice() else {
            return None;
        };
        let mut accounts = self.accounts.iter();
        let account = accounts.find(|it| bucket.contains(&it.id))?;
        account.label.as_deref()
    }
}

fn by_bucket(backends: &[BackendEvidence]) -> BTreeMap<Option<&str>, Vec<&BackendEvidence>> {
    let mut buckets: BTreeMap<Option<&str>, Vec<&BackendEvidence>> = BTreeMap::new();
    for backend in backends {
        let of_bucket = buckets.entry(backend.bucket.as_deref()).or_default();
        of_bucket.push(backend);
    }
    buckets
}
