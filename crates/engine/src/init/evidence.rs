//! What the files of a repository say of accounts, profiles, state and modules, each with its
//! place.

use std::collections::BTreeMap;
use std::ops::Range;

use super::labels::{Candidate, Rank, environment, is_label, of_path, telling};
use super::mention::{Mention, MentionKind, id_of, ids, is_id, role_ids};
use super::names::NamesRead;
use syntax::hcl::{Attribute, Block, Body, Document, Value};
use syntax::location::Location;
use terraform::backend::{ClaimKind, claims, is_s3, s3_blocks};
use terraform::file_kind::{FileKind, is_example};
use terraform::requirement::{provider_blocks, requirements};
use terraform::s3_address::S3Address;
use terraform::terragrunt::generated::Generated;
use terraform::terragrunt::{RemoteStateBlock, iam_role, remote_states};
use upgrade::vpc::VPC;

/// What the files say.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// Where account ids stand, by id.
    pub accounts: BTreeMap<String, Vec<Mention>>,
    /// Where AWS profiles are named, by profile.
    pub profiles: BTreeMap<String, Vec<Location>>,
    /// The blocks and files with settings of S3 backends.
    pub backends: Vec<BackendEvidence>,
    /// Where modules come from, by bucket.
    pub module_buckets: BTreeMap<String, Vec<Location>>,
    /// How often the AWS provider is constrained so, by the constraint as written.
    pub providers: BTreeMap<String, usize>,
    /// How often the VPC module is called at a release, as written.
    pub vpc_modules: BTreeMap<String, usize>,
    /// Whether there is an AWS provider.
    pub has_provider: bool,
    /// Whether one assumes a role.
    pub has_roles: bool,
    /// The names by which roles and lists of accounts are read, and those of profiles.
    pub names: NamesRead,
}

/// Words of which locals that hand accounts or profiles on contain one.
const LOCALS: [&str; 3] = ["account", "profile", "role"];

/// The blocks of that type in which an id or one of the words stands: the others need not even be
/// parsed.
fn telling_blocks<'d>(
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

/// The settings of an S3 backend in one place.
#[derive(Debug)]
pub(super) struct BackendEvidence {
    pub at: Location,
    pub bucket: Option<String>,
    pub profile: Option<String>,
    /// Whether it says otherwise as whom it acts.
    pub has_other_claim: bool,
    /// The only account that it is allowed to act in.
    pub account: Option<String>,
}

impl BackendEvidence {
    /// Whether it waits for a profile.
    pub fn waits(&self) -> bool {
        self.profile.is_none() && !self.has_other_claim
    }
}

impl Evidence {
    /// Takes in a file. `names` are the local names of the AWS provider.
    pub fn add(&mut self, document: &Document, names: &[String]) {
        match FileKind::of(document.path()) {
            Some(FileKind::Configuration) => self.configuration(document, names),
            Some(FileKind::Values) if !is_example(document.path()) => {
                if let Ok(body) = document.body() {
                    self.held_in(&body.attributes().collect::<Vec<_>>(), &[]);
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

    /// Notes that somebody acts in an account.
    pub fn acts(&mut self, id: &str, at: Location, called: Vec<Candidate>) {
        self.mention(id, at, MentionKind::Acts, called);
    }

    /// Notes a profile, where it is a name.
    pub fn profile(&mut self, name: &str, at: Location) {
        if is_label(name) {
            self.profiles.entry(name.to_owned()).or_default().push(at);
        }
    }

    fn mention(&mut self, id: &str, at: Location, kind: MentionKind, mut called: Vec<Candidate>) {
        called.extend(of_path(&at.path).map(|name| (Rank::Path, name)));
        called.retain(|(_, name)| is_label(name));
        let mentions = self.accounts.entry(id.to_owned()).or_default();
        mentions.push(Mention { at, kind, called });
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
        for variable in telling_blocks(document, "variable", &["profile"]) {
            let name = variable.label(0).unwrap_or_default();
            if let Some(default) = variable.attribute("default") {
                self.held(&default.value, &[name.to_owned()], &[]);
            }
        }
        for locals in telling_blocks(document, "locals", &LOCALS) {
            self.locals(&locals);
        }
        for module in telling_blocks(document, "module", &["s3:", "amazonaws.com", VPC]) {
            self.module(&module);
        }
    }

    fn terragrunt(&mut self, document: &Document, names: &[String]) {
        for generated in &Generated::of(document).documents {
            self.configuration(generated, names);
        }
        for top in document.top_blocks("generate") {
            // What it writes may be filled in, and no heredoc that is understood.
            self.names.read_by_roles(&document.text()[top.span()]);
        }
        if let Some(role) = iam_role(document) {
            self.roles(document, role.value.span(), &[]);
        }
        for state in remote_states(document).filter(RemoteStateBlock::is_s3) {
            let config = state.config.value;
            self.backend_settings(state.block.location(), config.entries());
        }
        for locals in telling_blocks(document, "locals", &LOCALS) {
            self.locals(&locals);
        }
        if document.text().contains("inputs")
            && ids(document.text()).next().is_some()
            && let Ok(body) = document.body()
            && let Some(inputs) = body.attribute("inputs")
        {
            self.held_in(&inputs.value.entries(), &[]);
        }
    }

    fn provider(&mut self, provider: &Block<'_>) {
        self.has_provider = true;
        let document = provider.document();
        let alias = provider.attribute("alias");
        let alias = alias.and_then(|alias| telling(alias.value.literal()?));
        let mut called: Vec<Candidate> = alias.map(|it| (Rank::Alias, it)).into_iter().collect();
        if let Some(profile) = provider.attribute("profile") {
            match profile.value.literal() {
                Some(name) => {
                    self.profile(name, profile.value.location());
                    let has_role = provider.body().blocks().next().is_some();
                    // Beside a role it is who assumes it.
                    called.extend((!has_role).then(|| (Rank::Profile, name.to_owned())));
                }
                None => self.names.read_by_profiles(profile.value.text()),
            }
        }
        for block in provider.body().blocks() {
            let is_role = block.kind().starts_with("assume_role")
                || block.kind() == "dynamic" && block.label(0) == Some("assume_role");
            if is_role {
                self.roles(document, block.span(), &called);
            }
        }
        if let Some(allowed) = provider.attribute("allowed_account_ids") {
            let text = allowed.value.text();
            self.names.read_by_roles(text);
            let only = allowed.value.elements().len() == 1;
            for range in ids(text) {
                let at = document.location(allowed.value.span().start + range.start);
                let called = if only { called.clone() } else { Vec::new() };
                self.acts(&text[range], at, called);
            }
        }
    }

    /// The roles in a part of a document.
    fn roles(&mut self, document: &Document, span: Range<usize>, called: &[Candidate]) {
        let text = &document.text()[span.clone()];
        self.names.read_by_roles(text);
        let all: Vec<_> = role_ids(text).collect();
        for range in &all {
            let at = document.location(span.start + range.start);
            let called = if all.len() == 1 {
                called.to_vec()
            } else {
                Vec::new()
            };
            self.acts(&text[range.clone()], at, called);
        }
    }

    fn backend(&mut self, at: Location, body: Body<'_>) {
        let mut claims = claims(body.attributes());
        if !claims.any(|claim| claim.kind == ClaimKind::Endpoint) {
            self.backend_settings(at, body.attributes().collect());
        }
    }

    fn backend_settings(&mut self, at: Location, settings: Vec<Attribute<'_>>) {
        let mut found = BackendEvidence {
            at,
            bucket: None,
            profile: None,
            has_other_claim: false,
            account: None,
        };
        let is_claim = [
            ClaimKind::Endpoint,
            ClaimKind::FlatRole,
            ClaimKind::Role,
            ClaimKind::CredentialsFile,
        ];
        for claim in claims(settings.clone()) {
            found.has_other_claim |= is_claim.contains(&claim.kind);
        }
        for setting in settings {
            let literal = setting.value.literal();
            match setting.name {
                "bucket" => found.bucket = literal.map(str::to_owned),
                "profile" => match literal {
                    Some(name) if !name.contains("${") => {
                        self.profile(name, setting.value.location());
                        found.profile = Some(name.to_owned());
                    }
                    _ => {
                        self.names.read_by_profiles(setting.value.text());
                        found.has_other_claim = true;
                    }
                },
                "allowed_account_ids" => {
                    let text = setting.value.text();
                    let all: Vec<_> = ids(text).collect();
                    for range in &all {
                        let offset = setting.value.span().start + range.start;
                        let at = setting.value.document().location(offset);
                        self.acts(&text[range.clone()], at, Vec::new());
                    }
                    if let [only] = all.as_slice() {
                        found.account = Some(text[only.clone()].to_owned());
                    }
                }
                "role_arn" | "assume_role" | "assume_role_with_web_identity" => {
                    self.roles(setting.value.document(), setting.value.span(), &[]);
                }
                _ => {}
            }
        }
        self.backends.push(found);
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
        self.held_in(&attributes, &[]);
    }

    fn locals(&mut self, locals: &Block<'_>) {
        let attributes: Vec<_> = locals.body().attributes().collect();
        for local in &attributes {
            self.names.local(local.name, local.value.text());
        }
        self.held_in(&attributes, &[]);
    }

    /// The ids among some attributes, which stand beside each other below `path`.
    fn held_in(&mut self, attributes: &[Attribute<'_>], path: &[String]) {
        let literal = |names: &[&str]| {
            attributes.iter().find_map(|it| {
                let is_it = names.contains(&it.name);
                is_it.then(|| it.value.literal().map(str::to_owned))?
            })
        };
        let profile = literal(&["aws_profile", "profile", "aws_profile_name", "profile_name"]);
        let name = literal(&["account_name", "aws_account_name", "account_alias", "name"]);
        let stage = literal(&["environment", "env", "stage", "environment_name"]);
        let beside = profile.map(|it| (Rank::Profile, it));
        let beside = beside
            .into_iter()
            .chain(name.and_then(|it| Some((Rank::Name, telling(&it)?))));
        let stage = stage.and_then(|it| Some((Rank::Environment, environment(&it)?)));
        let beside: Vec<_> = beside.chain(stage).collect();
        // What stands beside one id is said of that; beside several, of none.
        let count = attributes.iter().filter(|it| id_of(&it.value).is_some());
        let beside = if count.count() == 1 { beside } else { vec![] };
        for attribute in attributes {
            let mut path = path.to_vec();
            path.push(attribute.name.to_owned());
            self.held(&attribute.value, &path, &beside);
            let named = attribute
                .value
                .literal()
                .filter(|_| is_id(attribute.name) && path.len() > 1);
            if let Some(name) = named.and_then(telling) {
                let at = attribute.value.document().location(attribute.key.start);
                let kind = MentionKind::Held {
                    path: path.clone(),
                    is_role: false,
                };
                self.mention(attribute.name, at, kind, vec![(Rank::Key, name)]);
            }
        }
    }

    fn held(&mut self, value: &Value<'_>, path: &[String], beside: &[Candidate]) {
        if let Some((id, is_role)) = id_of(value) {
            let mut called = beside.to_vec();
            let own = path.iter().skip(1).rev();
            called.extend(
                own.filter_map(|key| Some((Rank::Key, telling(key)?)))
                    .take(1),
            );
            let variable = path.first().and_then(|name| telling(name));
            called.extend(variable.map(|it| (Rank::Variable, it)));
            let kind = MentionKind::Held {
                path: path.to_vec(),
                is_role,
            };
            self.mention(&id, value.location(), kind, called);
        } else if let Some(name) = value.literal() {
            if path.len() == 1 && path[0].contains("profile") && is_label(name) {
                self.names.value(&path[0], name, value.location());
            }
        } else if value.expression().as_object().is_some() {
            self.held_in(&value.entries(), path);
        } else {
            for element in value.elements() {
                self.held(&element, path, &[]);
            }
        }
    }
}
