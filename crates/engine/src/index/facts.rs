//! What the other files of a repository depend on of one file: a few facts, so that its text need
//! not be kept.

use std::path::PathBuf;

use crate::catalogue::{Catalogue, Purpose};
use crate::index::open_sources::OpenSources;
use crate::request::Request;
use syntax::hcl::{Document, Value};
use terraform::account::ModuleNames;
use terraform::backend::{self, BackendKind, BackendPart, ClaimKind};
use terraform::file_kind::FileKind;
use terraform::identity_provider::IdentityProvider;
use terraform::lock::Lock;
use terraform::module_call::ModuleAddress;
use terraform::provider::ProviderFacts;
use terraform::remote_state::{REMOTE_STATE, remote_states};
use terraform::requirement::{AwsNames, provider_blocks, requirements};
use terraform::session_rights::SessionRights;
use terraform::static_keys::{CREDENTIALS_FILES, KEYS, KeyVariables, has_endpoints, is_key};
use terraform::terragrunt::generated::Generated;
use terraform::terragrunt::{self, Terragrunt};
use terraform::test_file::TestFile;
use upgrade::registry::{self, CallOverride, RegistryCall, module_calls, unknown_modules};
use upgrade::written_for::{WrittenFor, written_for};

/// The facts of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that have nothing to do with each other"
)]
pub struct Facts {
    /// Why the file must not be edited.
    pub obstacle: Option<String>,
    /// Whether git ignores the file: whoever else has the repository does not have it.
    pub is_ignored: bool,
    /// Directories of the repository that it calls as modules.
    pub calls: Vec<PathBuf>,
    /// Its module sources that locals and variables make up.
    pub open_sources: Option<Box<OpenSources>>,
    /// Its calls of registry modules that are upgraded or known to conflict with some providers.
    pub registry_calls: Vec<RegistryCall>,
    /// What it sets of module calls, where it is an override file.
    pub call_overrides: Vec<CallOverride>,
    /// Its requirements of the AWS provider, as written.
    pub requirements: Vec<Option<String>>,
    /// The newest major of the AWS provider that its code is written for, and by what, where it
    /// tells.
    pub written_for: Option<WrittenFor>,
    /// Its first call of a module of which no table knows with which AWS provider it works, in words.
    pub unknown_module: Option<String>,
    /// Its constraints on Terraform itself, each with its line.
    pub required_versions: Vec<(String, usize)>,
    /// Whether the module is passed a provider by `configuration_aliases`.
    pub has_configuration_aliases: bool,
    /// Whether it has a `provider` block, understood or not.
    pub has_provider: bool,
    /// The S3 backend block, or that of another kind.
    pub backend: Option<BackendKind>,
    /// For `*.tfbackend`: whether its settings are of S3.
    pub is_s3_settings: Option<bool>,
    /// The settings of an S3 backend's block or settings file.
    pub backend_part: Option<Box<BackendPart>>,
    /// For a lock file: the AWS provider in it.
    pub lock: Option<Lock>,
    /// Its provider blocks.
    pub providers: Vec<ProviderFacts>,
    /// The OIDC providers of IAM in it.
    pub identity_providers: Vec<IdentityProvider>,
    /// The remote states that assume a role, have a profile, or have no identity of their own.
    pub remote_states: Vec<StateIdentity>,
    /// The local names that it gives the AWS provider.
    pub aws_names: AwsNames,
    /// Whether it is JSON with providers that cannot be read.
    pub is_unread: bool,
    /// Whether it has an S3 module source.
    pub has_s3_source: bool,
    /// Where the configuration has `module_source` blocks: its module sources that they may be about.
    pub module_sources: Vec<String>,
    /// Whether it has a remote state that may have keys or a credentials file.
    pub has_keyed_state: bool,
    /// Whether variables may set static keys in it.
    pub feeds_keys: bool,
    /// The variables that set static keys in it, for each provider configuration or remote state.
    pub key_variables: Vec<KeyVariables>,
    /// Whether it holds values of variables.
    pub is_values: bool,
    /// Whether it is a workflow that runs `init -lockfile=readonly`.
    pub is_readonly_lock: bool,
    /// Whether it is a workflow that runs OpenTofu.
    pub runs_opentofu: bool,
    /// What a test with providers or runs does.
    pub test: Option<Box<TestFile>>,
    /// For a Terragrunt file: what it generates and passes on.
    pub terragrunt: Option<Box<Terragrunt>>,
    /// For an HCL file of which nothing else matters: its locals, which Terragrunt files may read.
    pub locals: Option<Box<ModuleNames>>,
}

/// The identity of a remote state: that of who runs Terraform, where it has neither role nor profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateIdentity {
    /// The data source as Terraform refers to it.
    pub reference: String,
    /// The role that it assumes, as written or the literal where it is one, and its line.
    pub role: Option<(String, usize)>,
    /// What whoever assumes that role has to be allowed.
    pub rights: SessionRights,
    /// Its profile, the literal or the expression as written.
    pub profile: Option<String>,
    /// The bucket, where that is a literal.
    pub bucket: Option<String>,
}

impl StateIdentity {
    /// Whether it is read with the credentials of who runs Terraform.
    pub fn is_ambient(&self) -> bool {
        self.role.is_none() && self.profile.is_none()
    }
}

impl Facts {
    /// Collects the facts of a document.
    pub fn of(document: &Document, kind: FileKind, request: &Request) -> Self {
        let mut facts = Self::default();
        let catalogue = request.catalogue;
        match kind {
            FileKind::Configuration => facts.configuration(document, request),
            FileKind::Test => {
                facts.providers = providers(document, catalogue);
                facts.test = TestFile::of(document).map(Box::new);
            }
            FileKind::BackendSettings => {
                let body = document.body();
                let is_s3 = body.as_ref().is_ok_and(|body| backend::is_s3(body));
                facts.is_s3_settings = Some(is_s3);
                facts.backend_part = body
                    .ok()
                    .map(|body| BackendPart::of(&body, catalogue.id_of(Purpose::RemoveStaticKeys)))
                    .map(Box::new);
            }
            FileKind::Lock => facts.lock = Some(Lock::of(document)),
            FileKind::Terragrunt => {
                let generated = Generated::of(document);
                let remover = catalogue.id_of(Purpose::RemoveStaticKeys);
                facts.terragrunt = Terragrunt::of(document, &generated, remover).map(Box::new);
                let has_locals = document.top_blocks("locals").next().is_some();
                if facts.terragrunt.is_none() && has_locals {
                    facts.locals = Some(Box::new(terragrunt::names(document)));
                }
                let generated = &generated.documents;
                facts.providers = generated
                    .iter()
                    .flat_map(|document| providers(document, catalogue))
                    .collect();
                facts.aws_names = AwsNames::of_all(generated.iter().map(AwsNames::of));
            }
            // Their values are read where a role depends on them.
            FileKind::Values | FileKind::ValuesJson => facts.is_values = true,
            FileKind::Workflow | FileKind::OtherCi => {}
        }
        facts
    }

    fn configuration(&mut self, document: &Document, request: &Request) {
        let (settings, catalogue) = (&request.settings, request.catalogue);
        self.has_provider = document.top_blocks("provider").next().is_some();
        self.providers = providers(document, catalogue);
        self.identity_providers = IdentityProvider::all(document);
        self.remote_states = state_identities(document);
        self.aws_names = AwsNames::of(document);
        self.has_keyed_state = may_have_keyed_state(document.text());
        self.feeds_keys =
            (self.has_provider || self.has_keyed_state) && feeds_keys(document.text());
        if self.feeds_keys {
            self.key_variables = key_variables(document, &self.aws_names);
        }
        for requirement in requirements(document) {
            self.requirements
                .push(requirement.version.as_ref().map(Value::written));
            self.has_configuration_aliases |= requirement
                .entry
                .value
                .entry("configuration_aliases")
                .is_some();
        }
        // The deprecated way to constrain a provider (Terraform docs, "Provider Configuration").
        for block in document.blocks("provider") {
            let is_aws = block.label(0) == Some("aws");
            if let Some(found) = block.attribute("version").filter(|_| is_aws) {
                self.requirements.push(Some(found.value.written()));
            }
        }
        for terraform in document.blocks("terraform") {
            let required = terraform.attribute("required_version");
            self.required_versions.extend(required.map(|required| {
                let line = document.location(required.value.span().start).line;
                (required.value.written(), line)
            }));
            for backend in terraform.blocks("backend") {
                self.backend = Some(BackendKind::of(&backend));
                self.backend_part = Some(Box::new(BackendPart::of(
                    &backend.body(),
                    catalogue.id_of(Purpose::RemoveStaticKeys),
                )));
            }
        }
        self.written_for = written_for(document);
        if !settings.module_sources.is_empty() {
            let sources = unknown_modules(document, &settings.upgrade);
            let sources = sources.map(|call| call.source.value.text().to_owned());
            self.module_sources = sources.collect();
        }
        let mut unknown = unknown_modules(document, &settings.upgrade);
        let unknown = unknown.find(|call| !settings.works_with_target(call.source.value.text()));
        self.unknown_module = unknown.map(|call| {
            let at = call.block.location();
            format!("{} ({}:{})", call.reference(), at.path.display(), at.line)
        });
        self.open_sources = OpenSources::of(document);
        self.call_overrides = CallOverride::all(document);
        for call in module_calls(document, &settings.upgrade) {
            match call.address() {
                ModuleAddress::Local(directory) => self.calls.push(directory),
                ModuleAddress::Registry { .. } => {
                    let call = RegistryCall::of(&call);
                    // Only calls that a rule is about: facts stay in memory for the whole run.
                    let matters = |call: &RegistryCall| {
                        settings.upgrade.modules.contains_key(&call.module)
                            || registry::is_known(&call.module)
                    };
                    self.registry_calls.extend(call.filter(matters));
                }
                ModuleAddress::Other => {
                    let source = call.source.value.text();
                    self.has_s3_source |=
                        source.contains("s3:") || source.contains("amazonaws.com");
                }
            }
        }
    }

    /// Whether what is in this file makes its module a root module.
    pub fn makes_root(&self) -> bool {
        self.has_provider || self.backend.is_some() || self.lock.is_some()
    }

    /// Whether its S3 backend, in a block or in a file, has a profile.
    pub fn has_backend_profile(&self) -> bool {
        let mut parts = self.backend_part.iter();
        parts.any(|part| part.has(ClaimKind::Profile))
    }

    /// Whether its S3 backend, in a block or in a file, has an identity of its own other than keys.
    pub fn has_backend_claim(&self) -> bool {
        let claims = self.backend_part.iter().flat_map(|part| &part.claims);
        claims.into_iter().any(|(kind, _)| *kind != ClaimKind::Keys)
    }

    /// The bucket that its S3 backend names, in a block, in a file or for Terragrunt.
    pub fn bucket(&self) -> Option<&String> {
        let part = self.backend_part.as_ref();
        let terragrunt = self.terragrunt.as_ref();
        part.and_then(|part| part.bucket.as_ref())
            .or_else(|| terragrunt.and_then(|terragrunt| terragrunt.bucket.as_ref()))
    }

    /// Whether a transform could have something to report about the file.
    pub fn matters(&self) -> bool {
        self.has_provider
            || self.has_s3_source
            || self.has_keyed_state
            || self.remote_states.iter().any(|it| !it.is_ambient())
            || self.backend.is_some()
            || self.is_s3_settings.is_some()
            || self.test.is_some()
            || self.terragrunt.is_some()
            || !self.requirements.is_empty()
            || !self.registry_calls.is_empty()
            || self.lock.as_ref().is_some_and(|lock| lock.has_aws)
    }
}

fn providers(document: &Document, catalogue: Catalogue) -> Vec<ProviderFacts> {
    let remover = catalogue.id_of(Purpose::RemoveRoles);
    let blocks = document.blocks("provider");
    let facts = blocks.map(|block| ProviderFacts::of(&block, remover));
    facts.collect()
}

/// The variables that set static keys of AWS in a document.
fn key_variables(document: &Document, names: &AwsNames) -> Vec<KeyVariables> {
    let names = names.clone().known();
    let blocks = provider_blocks(document, &names).into_iter();
    let providers = blocks.filter(|block| !has_endpoints(std::slice::from_ref(block)));
    let providers: Vec<_> = providers.collect();
    let providers = providers
        .iter()
        .map(|block| block.body().attributes().collect());
    let states = remote_states(document);
    let states = states.iter().map(|state| state.settings.clone());
    let all = providers.chain(states).filter_map(|settings: Vec<_>| {
        let keys: Vec<_> = settings.into_iter().filter(is_key).collect();
        KeyVariables::of(&keys)
    });
    all.collect()
}

/// The remote states of a document, but for those with credentials of another kind.
fn state_identities(document: &Document) -> Vec<StateIdentity> {
    if memchr::memmem::find(document.text().as_bytes(), REMOTE_STATE.as_bytes()).is_none() {
        return Vec::new();
    }
    let states = remote_states(document).into_iter();
    let identities = states.filter_map(|state| {
        let setting = |name: &str| state.settings.iter().find(|found| found.name == name);
        let identity = StateIdentity {
            reference: state.reference(),
            role: backend::role(&state.settings),
            rights: backend::rights(&state.settings),
            profile: setting("profile").map(|found| found.value.written()),
            bucket: setting("bucket").and_then(|it| it.value.literal().map(str::to_owned)),
        };
        // What `config` is otherwise may have any credentials.
        let is_read = state.unread.is_none();
        let has_others = || {
            backend::claims(state.settings.iter().cloned())
                .next()
                .is_some()
        };
        (!identity.is_ambient() || is_read && !has_others()).then_some(identity)
    });
    identities.collect()
}

/// Whether the text may have a remote state with keys or a credentials file. A search for words: it
/// is asked of every file.
fn may_have_keyed_state(text: &str) -> bool {
    let has = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    has(REMOTE_STATE) && (KEYS.into_iter().any(has) || has(CREDENTIALS_FILES[0]))
}

/// Whether the text may have a key that a variable sets, by itself or through a local.
fn feeds_keys(text: &str) -> bool {
    let has = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    (has("var.") || has("local.")) && (has("access_key") || has("secret_key"))
}
