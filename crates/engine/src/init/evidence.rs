//! What the files of a repository tell of accounts, profiles, state and modules, with locations.

use std::collections::BTreeMap;

use super::identities::BackendEvidence;
use super::labels::{LabelCandidate, LabelSource};
use super::mention::{AccountMention, MentionKind, ids};
use super::names::NamesRead;
use super::words::{is_label, label_of_path};
use syntax::hcl::{Block, Document};
use syntax::location::Location;
use terraform::backend::{is_s3, s3_blocks};
use terraform::file_kind::{FileKind, is_example};
use terraform::requirement::{provider_blocks, requirements};
use terraform::s3_address::S3Address;
use terraform::terragrunt::generated::Generated;
use terraform::terragrunt::{RemoteStateBlock, iam_role, remote_states};
use upgrade::vpc::VPC;

/// What the files tell.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// The places of account ids, by id.
    pub accounts: BTreeMap<String, Vec<AccountMention>>,
    /// The places of AWS profiles, by profile.
    pub profiles: BTreeMap<String, Vec<Location>>,
    /// The blocks and files with settings of S3 backends.
    pub backends: Vec<BackendEvidence>,
    /// The places of module sources in S3, by bucket.
    pub module_buckets: BTreeMap<String, Vec<Location>>,
    /// How often the AWS provider is constrained, by the constraint as written.
    pub providers: BTreeMap<String, usize>,
    /// How often the VPC module is called, by its release as written.
    pub vpc_modules: BTreeMap<String, usize>,
    /// Whether there is an AWS provider.
    pub has_provider: bool,
    /// Whether one assumes a role.
    pub has_roles: bool,
    /// The names that roles, lists of accounts and profiles reference.
    pub names: NamesRead,
}

/// Words of which a `locals` block with accounts or profiles contains one.
const LOCALS: [&str; 3] = ["account", "profile", "role"];

/// The blocks of that type with an id or one of the words: the others need not be
/// parsed.
fn blocks_with<'d>(
    document: &'d Document,
    kind: &'d str,
    words: &'d [&str],
) -> impl Iterator<Item = Block<'d>> {
    let tops = document.top_blocks(kind).filter(move |top| {
        let text = &document.text()[top.span()];
        words.iter().any(|word| text.contains(word)) || ids(text).next().is_some()
    });
    tops.filter_map(|top| top.parse().ok())
}

impl Evidence {
    /// Adds a file of that kind. `names` are the local names of the AWS provider.
    pub fn add(&mut self, document: &Document, kind: Option<FileKind>, names: &[String]) {
        match kind {
            Some(FileKind::Configuration) => self.configuration(document, names),
            Some(FileKind::Values) if !is_example(document.path()) => {
                if let Ok(body) = document.body() {
                    self.values(&body.attributes().collect::<Vec<_>>(), &[]);
                }
            }
            Some(FileKind::BackendSettings) if !is_example(document.path()) => {
                if let Ok(body) = document.body()
                    && is_s3(&body)
                {
                    let at = document.location(0);
                    self.backend(at, body);
                }
            }
            Some(FileKind::Terragrunt) => self.terragrunt(document, names),
            _ => {}
        }
    }

    /// Adds an account that a provider configuration, a backend or a job acts in.
    pub fn acts_in(&mut self, id: &str, at: Location, candidates: Vec<LabelCandidate>) {
        self.mention(id, at, MentionKind::Acts, candidates);
    }

    /// Adds a profile, unless it is an expression.
    pub fn profile(&mut self, name: &str, at: Location) {
        if is_label(name) {
            self.profiles.entry(name.to_owned()).or_default().push(at);
        }
    }

    /// Adds a place of an id, with its labels and that of its path.
    pub(super) fn mention(
        &mut self,
        id: &str,
        at: Location,
        kind: MentionKind,
        mut candidates: Vec<LabelCandidate>,
    ) {
        candidates.extend(label_of_path(&at.path).map(|name| (LabelSource::Path, name)));
        candidates.retain(|(_, name)| is_label(name));
        let mentions = self.accounts.entry(id.to_owned()).or_default();
        mentions.push(AccountMention {
            at,
            kind,
            candidates,
        });
    }

    fn configuration(&mut self, document: &Document, names: &[String]) {
        for provider in provider_blocks(document, names) {
            self.provider(&provider);
        }
        for backend in s3_blocks(document) {
            self.backend(backend.location(), backend.body());
        }
        for requirement in requirements(document) {
            if let Some(version) = &requirement.version {
                *self.providers.entry(version.written()).or_default() += 1;
            }
        }
        for variable in blocks_with(document, "variable", &["profile"]) {
            let name = variable.label(0).unwrap_or_default();
            if let Some(default) = variable.attribute("default") {
                self.value(&default.value, &[name.to_owned()], &[]);
            }
        }
        for locals in blocks_with(document, "locals", &LOCALS) {
            self.locals(&locals);
        }
        for module in blocks_with(document, "module", &["s3:", "amazonaws.com", VPC]) {
            self.module(&module);
        }
    }

    fn terragrunt(&mut self, document: &Document, names: &[String]) {
        for generated in &Generated::of(document).documents {
            self.configuration(generated, names);
        }
        for top in document.top_blocks("generate") {
            // What it writes may be a template that is not understood: its names count all the
            // same.
            self.names.read_by_roles(&document.text()[top.span()]);
        }
        if let Some(role) = iam_role(document) {
            self.roles(document, role.value.span(), &[]);
        }
        for state in remote_states(document).filter(RemoteStateBlock::is_s3) {
            let config = state.config.value;
            self.backend_settings(state.block.location(), config.entries());
        }
        for locals in blocks_with(document, "locals", &LOCALS) {
            self.locals(&locals);
        }
        // A file without an id need not be parsed for its inputs.
        if document.text().contains("inputs")
            && ids(document.text()).next().is_some()
            && let Ok(body) = document.body()
            && let Some(inputs) = body.attribute("inputs")
        {
            self.values(&inputs.value.entries(), &[]);
        }
    }

    fn module(&mut self, module: &Block<'_>) {
        let attributes: Vec<_> = module.body().attributes().collect();
        let source = attributes.iter().find(|it| it.name == "source");
        let source = source.and_then(|source| Some((source, source.value.literal()?)));
        if let Some((setting, source)) = source {
            let at = setting.value.location();
            if let Some(address) = S3Address::parse(source) {
                let places = self.module_buckets.entry(address.bucket).or_default();
                places.push(at);
            } else if source.contains(VPC) {
                let version = attributes.iter().find(|it| it.name == "version");
                let version = version.map_or("unpinned".to_owned(), |it| it.value.written());
                *self.vpc_modules.entry(version).or_default() += 1;
            }
        }
        self.values(&attributes, &[]);
    }

    fn locals(&mut self, locals: &Block<'_>) {
        let attributes: Vec<_> = locals.body().attributes().collect();
        for local in &attributes {
            self.names.local(local.name, local.value.text());
        }
        self.values(&attributes, &[]);
    }
}
