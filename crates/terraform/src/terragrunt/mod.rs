//! State, roles and generated configuration of Terragrunt files.

pub mod ambient_use;
pub mod generated;
pub mod key_environment;
pub mod parent_file;

use crate::account::{ModuleNames, RoleArn};
use crate::assume_role::long_duration;
use crate::backend::{BackendPart, s3_blocks};
use crate::module_call::deployed;
use generated::{Generated, UnreadBlock};
use syntax::code::sentence;
use syntax::hcl::{Attribute, Block, Body, BodyError, Document};
use syntax::text;

/// Bytes of which a Terragrunt file that matters contains at least one.
// Sought as bytes before a file is outlined: most `.hcl` files are not Terragrunt's, or matter to
// no transform.
pub const TRIGGERS: [&[u8]; 7] = [
    b"remote_state",
    b"generate",
    b"iam_role",
    b"iam_assume_role",
    b"\"s3:",
    b"amazonaws.com/",
    b"get_env(\"AWS_",
];

/// A `remote_state` block: the settings that Terragrunt completes or generates backends with.
#[derive(Debug, Clone)]
pub struct RemoteStateBlock<'d> {
    /// The block.
    pub block: Block<'d>,
    /// Its `backend`.
    pub backend: Attribute<'d>,
    /// Its `config`.
    pub config: Attribute<'d>,
}

impl RemoteStateBlock<'_> {
    /// Whether it is known to be of S3.
    pub fn is_s3(&self) -> bool {
        self.backend.value.literal() == Some("s3")
    }
}

/// The `remote_state` blocks of a document.
pub fn remote_states(document: &Document) -> impl Iterator<Item = RemoteStateBlock<'_>> {
    document.blocks("remote_state").filter_map(|block| {
        Some(RemoteStateBlock {
            block,
            backend: block.attribute("backend")?,
            config: block.attribute("config")?,
        })
    })
}

/// What other files' decisions need of a Terragrunt file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terragrunt {
    /// Whether it has S3 settings for backends.
    pub has_s3_state: bool,
    /// Whether a profile stands among them.
    pub has_profile: bool,
    /// The profile, where it is a literal.
    pub profile: Option<String>,
    /// The bucket among them.
    pub bucket: Option<String>,
    /// Whether it is a unit's own: included files include none ("Includes", Terragrunt docs).
    pub is_unit: bool,
    /// The settings of S3 in its `remote_state` blocks and in the backends that it generates.
    pub states: Vec<BackendPart>,
    /// The role that Terragrunt itself assumes by the credentials that it is run with, and its line.
    pub iam_role: Option<(RoleArn, usize)>,
    /// The same, also where it is assumed by the token of a web identity.
    pub assumed_role: Option<(RoleArn, usize)>,
    /// How long Terragrunt assumes a role, as written, where that is more than an hour or not known.
    pub long_session: Option<String>,
    /// The line of its first part about backends, providers or roles that is not understood.
    pub unread: Option<usize>,
    /// What its locals mean, which it fills into what it has generated.
    pub names: ModuleNames,
}

impl Terragrunt {
    /// Reads a document; `None` where nothing in it matters. `key_remover` is the id of the transform
    /// that removes static keys.
    pub fn of(document: &Document, generated: &Generated, key_remover: &str) -> Option<Self> {
        let has_s3_state = remote_states(document).any(|state| state.is_s3());
        let has_profile = remote_states(document)
            .any(|state| state.is_s3() && state.config.value.entry("profile").is_some());
        let literal = |name: &str| {
            remote_states(document).find_map(|state| {
                let found = state.config.value.entry(name)?;
                found.value.literal().map(str::to_owned)
            })
        };
        let unread = unread(document, generated).into_iter().next();
        let matters = document.top_blocks("remote_state").next().is_some()
            || !generated.documents.is_empty()
            || assumed_role(document).is_some()
            || long_session(document).is_some()
            || deployed(document).any(|call| call.is_in_s3())
            || !key_environment::required_keys(document).is_empty()
            || unread.is_some();
        matters.then_some(Self {
            has_s3_state,
            has_profile,
            is_unit: document.top_blocks("include").next().is_some(),
            profile: literal("profile"),
            bucket: literal("bucket"),
            states: states(document, generated, key_remover),
            iam_role: iam_role(document).map(|it| located(&it)),
            assumed_role: assumed_role(document).map(|it| located(&it)),
            long_session: long_session(document),
            unread: unread.map(|it| document.location(it.offset).line),
            names: names(document),
        })
    }
}

/// The settings of S3 for the states of a Terragrunt file.
fn states(document: &Document, generated: &Generated, key_remover: &str) -> Vec<BackendPart> {
    let own = remote_states(document).filter(RemoteStateBlock::is_s3);
    let own = own.map(|state| state.config.value.entries());
    let own = own.map(|settings| BackendPart::of_settings(&settings, key_remover));
    let blocks = generated.documents.iter().flat_map(s3_blocks);
    let blocks = blocks.map(|block| BackendPart::of(&block.body(), key_remover));
    own.chain(blocks).collect()
}

/// What the locals of a document mean.
pub fn names(document: &Document) -> ModuleNames {
    let mut names = ModuleNames::default();
    names.add_configuration(document);
    names
}

/// The role that Terragrunt itself assumes before every command, by the credentials that it is run with.
pub fn iam_role(document: &Document) -> Option<Attribute<'_>> {
    let body = whole(document)?.ok()?;
    // With the token of a web identity no keys are needed.
    let is_keyless = body.attribute("iam_web_identity_token").is_some();
    assumed_role(document).filter(|_| !is_keyless)
}

/// The role that Terragrunt itself assumes before every command.
fn assumed_role(document: &Document) -> Option<Attribute<'_>> {
    let role = whole(document)?.ok()?.attribute("iam_role")?;
    let is_none = role.value.literal() == Some("") || role.value.expression().is_null();
    (!is_none).then_some(role)
}

/// How long Terragrunt assumes a role, as written, where that is more than an hour or not known
/// (`iam_assume_role_duration`, "Attributes", Terragrunt docs).
fn long_session(document: &Document) -> Option<String> {
    let body = whole(document)?.ok()?;
    long_duration(&body.attribute("iam_assume_role_duration")?.value)
}

/// The ARN that an attribute is, and its line.
fn located(role: &Attribute<'_>) -> (RoleArn, usize) {
    let (arn, each) = (Some(role.value.expression().clone()), None);
    (RoleArn { arn, each }, role.value.location().line)
}

/// Words of which a file with a role, or with how long it is assumed, has one.
const ROLE_WORDS: [&str; 2] = ["iam_role", "iam_assume_role"];

/// The whole file, where a role may stand in it.
fn whole(document: &Document) -> Option<Result<Body<'_>, &BodyError>> {
    let text = document.text();
    let has_role = ROLE_WORDS.iter().any(|word| text.contains(word));
    has_role.then(|| document.body())
}

/// The parts about backends, providers or roles that are not understood.
pub fn unread(document: &Document, generated: &Generated) -> Vec<UnreadBlock> {
    let mut unread = generated.unread.clone();
    if let Some(Err(why)) = whole(document) {
        unread.push(UnreadBlock {
            offset: text::start(document.text()),
            why: format!("its `iam_role` is not understood: {why}"),
        });
    }
    let states = document.top_blocks("remote_state");
    let states = states.map(|top| ("remote_state", top));
    let inner = generated.documents.iter().flat_map(|document| {
        let kinds = ["terraform", "provider"].into_iter();
        kinds.flat_map(|kind| document.top_blocks(kind).map(move |top| (kind, top)))
    });
    unread.extend(states.chain(inner).filter_map(|(kind, top)| {
        let why = top.parse().err()?;
        Some(UnreadBlock {
            offset: top.span().start,
            why: sentence!("this `{kind}` block is not understood: {why}"),
        })
    }));
    unread
}
