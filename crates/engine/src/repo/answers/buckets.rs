//! The blocks about one bucket each beside the buckets of the repository.

use std::collections::BTreeSet;
use std::rc::Rc;

use terraform::backend::BackendKind;
use terraform::s3_address::S3Address;

use super::Answer;
use crate::index::facts::Facts;
use crate::repo::Repo;

impl Repo {
    /// The `state_bucket` blocks.
    pub(super) fn state_buckets(&self) -> Vec<Answer<'_>> {
        let blocks = &self.settings().state_buckets;
        if blocks.is_empty() {
            return Vec::new();
        }
        let known = Rc::new(self.buckets_of_states());
        let of = (!self.has_unknown_bucket()).then_some("bucket of a state");
        let answers = blocks.iter().map(|(bucket, block)| Answer {
            kind: "state_bucket",
            pattern: bucket,
            at: &block.at,
            says: block.profile.clone(),
            covered: covered(bucket, known.contains(bucket)),
            of,
            known: Rc::clone(&known),
        });
        answers.collect()
    }

    /// The `module_source` blocks. One whose modules come from its repository is used, too.
    pub(super) fn module_sources(&self) -> Vec<Answer<'_>> {
        let blocks = &self.settings().module_sources;
        if blocks.is_empty() {
            return Vec::new();
        }
        let files = self.index.modules.all_files();
        let mut sources: BTreeSet<&str> = files
            .flat_map(|(_, facts)| facts.module_sources.iter().map(String::as_str))
            .collect();
        let of_units = &self.index.deployments.sources;
        sources.extend(of_units.iter().map(String::as_str));
        let addresses = sources
            .iter()
            .filter_map(|it| S3Address::parse(it.trim_matches('"')));
        let known = Rc::new(addresses.map(|it| it.bucket).collect::<BTreeSet<String>>());
        let answers = blocks.iter().map(|(bucket, block)| Answer {
            kind: "module_source",
            pattern: bucket,
            at: &block.at,
            says: format!("{block:?}"),
            covered: covered(bucket, sources.iter().any(|it| block.is_of(bucket, it))),
            of: Some("source of a module"),
            known: Rc::clone(&known),
        });
        answers.collect()
    }

    /// The buckets that backends and remote states name by literals.
    fn buckets_of_states(&self) -> BTreeSet<String> {
        let mut buckets = BTreeSet::new();
        for (_, facts) in self.index.modules.all_files() {
            let states = facts.terragrunt.iter().flat_map(|it| &it.states);
            let parts = facts.backend_part.as_deref().into_iter().chain(states);
            buckets.extend(parts.filter_map(|it| it.bucket.clone()));
            let states = facts.remote_states.iter();
            buckets.extend(states.filter_map(|it| it.bucket.clone()));
        }
        let named = self.index.named_settings.values().flatten();
        buckets.extend(named.filter_map(|it| it.settings.as_ref().ok()?.bucket.clone()));
        buckets
    }

    /// Whether a backend is in a bucket that no literal of the repository names.
    fn has_unknown_bucket(&self) -> bool {
        let is_computed = |facts: &Facts| {
            let states = facts.terragrunt.iter().flat_map(|it| &it.states);
            let mut parts = facts.backend_part.as_deref().into_iter().chain(states);
            let mut remote = facts.remote_states.iter();
            parts.any(|it| it.has_bucket && it.bucket.is_none())
                || remote.any(|it| it.bucket.is_none())
        };
        let mut named = self.index.named_settings.values().flatten();
        let is_unread = named.any(|it| match &it.settings {
            Ok(part) => part.has_bucket && part.bucket.is_none(),
            Err(_) => true,
        });
        let mut files = self.index.modules.all_files();
        let modules = &self.index.modules;
        let mut directories = modules.all().map(|(number, _)| modules.path(number));
        is_unread
            || files.any(|(_, facts)| is_computed(facts))
            || directories.any(|directory| {
                let kind = self.backend(directory);
                // Where Terragrunt completes the block, the bucket is that of its `remote_state`.
                kind == Some(BackendKind::PartialS3 { has_bucket: false })
                    && self.backend_files(directory).is_empty()
                    && !self.index.deployments.units.contains_key(directory)
            })
    }
}

/// The name that a block is about, where it is about anything.
fn covered(bucket: &str, is_covered: bool) -> Vec<(String, (bool, usize))> {
    let name = is_covered.then(|| (bucket.to_owned(), (true, bucket.len())));
    name.into_iter().collect()
}
