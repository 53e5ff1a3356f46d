//! What a transform reports: a location, a message, and the edits that belong together.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use syntax::edit::Edit;
use syntax::hcl::{Document, Value};
use syntax::location::Location;

use crate::ask::{Ask, Help};

/// Whether edits are made unasked or only on request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Safety {
    /// They do what the migration is for and nothing else.
    Safe,
    /// Probably right, but dependent on facts that are not in the repository.
    Review,
}

/// The shortest text, in bytes, that is taken for a secret.
// An access key id has 20 characters and a secret key 40. What is shorter occurs in ordinary text,
// such as regions and names, and hiding it would blot out the diff.
const SECRET: usize = 12;

/// What a root module needs before its next plan, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RootEffect {
    /// Nothing.
    None,
    /// Other credentials than before.
    SignIn,
    /// `terraform init`.
    Init,
    /// `terraform init -upgrade`, where the lock file does not admit the new constraints.
    InitUpgrade,
    /// `terraform init -reconfigure`: settings of its backend change, and no credentials.
    Reconfigure,
    /// Other credentials, and `terraform init -reconfigure`: the settings of its backend change.
    InitReconfigure,
}

/// What of the static keys' user is removed once nothing uses the keys any more, in this order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyRemnant {
    /// A resource writes the keys where jobs or others read them: into secrets of GitHub's of these names, of any
    /// name where they are not known.
    Published(Option<BTreeSet<String>>),
    /// A policy or a map of users names the user.
    Policy {
        /// Its name, with its path.
        user: String,
    },
    /// The user.
    User,
    /// A resource, or a module, makes the user's key.
    Key,
}

/// A module source in a git repository, as Terraform takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitSource {
    /// The repository's address: `github.com/OWNER/NAME`, `git::https://...`, `git@HOST:PATH`.
    pub repository: String,
    /// The directory in it; empty for its root.
    pub directory: String,
    /// The tag, branch or commit.
    pub git_ref: String,
}

impl GitSource {
    /// What git clones.
    pub fn clone_url(&self) -> String {
        match self.repository.strip_prefix("git::") {
            Some(url) => url.to_owned(),
            None if self.repository.starts_with("git@") => self.repository.clone(),
            None => format!("https://{}", self.repository),
        }
    }

    /// The repository as `github.com...`, where it is one of GitHub's.
    pub fn github_repository(&self) -> Option<String> {
        let repository = &self.repository[self.repository.find("github.com")?..];
        Some(repository.trim_end_matches(".git").to_owned())
    }
}

impl fmt::Display for GitSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            repository,
            directory,
            git_ref,
        } = self;
        // In the query of an address `+` is a space, `&` the next parameter (go-getter, `url.Query`).
        let git_ref = git_ref.replace('%', "%25").replace('+', "%2B");
        let git_ref = git_ref.replace('&', "%26").replace('#', "%23");
        write!(f, "{repository}//{directory}?ref={git_ref}")
    }
}

/// A job that would run Terraform without AWS profiles which its code names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobWithoutProfiles {
    /// The job's id.
    pub job: String,
    /// The profiles.
    pub profiles: BTreeSet<String>,
    /// Why it cannot get them, as a clause.
    pub why: String,
    /// What a person can do about it.
    pub help: Option<Help>,
}

/// One edit and the file it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEdit {
    /// Path relative to the repository's root.
    pub path: PathBuf,
    /// Byte range and new text, in that file as it was read; for JSON, in its reading as HCL.
    pub edit: Edit,
}

/// A role that a job assumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssumedRole {
    /// The value of `role-to-assume`: an ARN or an expression.
    pub text: String,
    /// Its account, where that is known: twelve digits, or several for the combinations of a
    /// matrix.
    pub accounts: Vec<String>,
}

impl AssumedRole {
    /// Whether it may be empty: it is read from a variable.
    pub fn is_variable(&self) -> bool {
        !self.text.starts_with("arn:")
    }

    /// Whether only the job that an event starts can read it: it depends on that job's matrix or
    /// inputs.
    pub fn is_of_start(&self) -> bool {
        self.text.contains("matrix.") || self.text.contains("inputs.")
    }
}

/// A job, or an action, that signs in by OIDC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Its file, relative to the root.
    pub path: PathBuf,
    /// The job's id; `None` for an action.
    pub job: Option<String>,
    /// The roles that it assumes.
    pub roles: Vec<AssumedRole>,
    /// AWS's partitions that it and those it is converted with sign in to.
    pub partitions: BTreeSet<String>,
    /// The environment that it names.
    pub environment: Option<String>,
    /// The subjects of its tokens, behind `repo:ORG/REPO:`.
    pub subjects: Vec<String>,
    /// The secrets or inputs that it no longer uses.
    pub keys: Vec<String>,
    /// Whether the roles are those by which a job that only plans reaches states.
    pub reads_states: bool,
}

/// One report of a transform about the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Id of the transform that reports it.
    pub transform: &'static str,
    /// Where.
    pub at: Location,
    /// Byte range the finding is about, in the file as it was read.
    pub range: Range<usize>,
    /// What the message is about: `provider "aws.dns"`, `module "vpc"`.
    pub subject: String,
    /// What is changed, or what was found: the rest of the sentence.
    pub message: String,
    /// Further clauses, such as why it waits for review: each stands at the end of the message, too.
    pub reasons: Vec<String>,
    /// What to know beside, a clause each.
    pub notes: Vec<String>,
    /// What to do or to know, where there is something.
    pub help: Option<Help>,
    /// Whether the edits are made unasked or only on request.
    pub safety: Safety,
    /// A setting of `tfkeyless.hcl` without which nothing can be done here. Findings of a
    /// repository that wait for the same one are reported as one.
    pub needs: Option<Ask>,
    /// Questions that its message asks; its help has others.
    pub questions: Vec<Ask>,
    /// The arguments for static keys that its edits take from a provider beside a role: a job that has no other
    /// credentials needs some.
    pub removed_keys: Vec<String>,
    /// The AWS profiles that its edits name: every runner has to have them.
    pub profiles: Vec<String>,
    /// What a root module needs once the edits are written, where that is not what its transform
    /// usually calls for.
    pub effect: Option<RootEffect>,
    /// The module source that its edits bring in.
    pub module_source: Option<GitSource>,
    /// The job that would run Terraform without profiles which the code names.
    pub without_profiles: Option<JobWithoutProfiles>,
    /// The role that the code it is about assumes, as written: its new callers have to be let in.
    pub assumes: Option<String>,
    /// What of the static keys' user it is about.
    pub remnant: Option<KeyRemnant>,
    /// Texts that have to be masked wherever the finding or its diff is shown.
    pub secrets: Vec<String>,
    /// The jobs that its edits sign in by OIDC.
    pub signed_in: Vec<SignedIn>,
    /// Made all or not at all, in several files if need be. Empty: the finding is manual.
    pub edits: Vec<FileEdit>,
    /// Whether the plan makes the edits.
    pub applied: bool,
    /// Whether it is a note: there is nothing to do.
    pub is_note: bool,
    /// Whether its edits are declined, by a comment or in the request. No plan lists it.
    pub is_declined: bool,
}

impl Finding {
    /// A finding without edits about `range` of `document`; `subject` and `message` make a
    /// sentence.
    pub fn new(
        transform: &'static str,
        document: &Document,
        range: Range<usize>,
        (subject, message): (impl Into<String>, impl Into<String>),
    ) -> Self {
        let at = document.location(range.start);
        Self::at(transform, at, range, (subject, message))
    }

    /// A finding without edits at a location of any file.
    pub fn at(
        transform: &'static str,
        at: Location,
        range: Range<usize>,
        (subject, message): (impl Into<String>, impl Into<String>),
    ) -> Self {
        Self {
            transform,
            at,
            range,
            subject: subject.into(),
            message: message.into(),
            reasons: Vec::new(),
            notes: Vec::new(),
            help: None,
            safety: Safety::Safe,
            needs: None,
            questions: Vec::new(),
            removed_keys: Vec::new(),
            profiles: Vec::new(),
            effect: None,
            module_source: None,
            without_profiles: None,
            assumes: None,
            remnant: None,
            secrets: Vec::new(),
            signed_in: Vec::new(),
            edits: Vec::new(),
            applied: false,
            is_note: false,
            is_declined: false,
        }
    }

    /// Subject and message in one.
    pub fn sentence(&self) -> String {
        format!("{} {}", self.subject, self.message)
    }

    /// The questions of which an answer may settle it; none of changes that are made and of notes.
    pub fn asks(&self) -> Vec<&Ask> {
        let is_settled = self.applied || self.is_note;
        let help = self.help.iter().flat_map(|help| &help.asks);
        let mut asks: Vec<&Ask> = Vec::new();
        for ask in help.chain(&self.questions).filter(|_| !is_settled) {
            if !asks.iter().any(|it| it.snippet == ask.snippet) {
                asks.push(ask);
            }
        }
        asks
    }

    /// Whether it waits to know what the repository's token may do by default.
    pub fn waits_for_token(&self) -> bool {
        let mut asks = self.asks().into_iter();
        asks.any(|ask| ask.key == Ask::DEFAULT_TOKEN)
    }

    /// Sets what to do or to know.
    #[must_use]
    pub fn help(mut self, help: impl Into<Help>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Makes it a note: information with nothing to do.
    #[must_use]
    pub fn note(mut self) -> Self {
        self.is_note = true;
        self
    }

    /// Sets the setting that is missing.
    #[must_use]
    pub fn needs(mut self, setting: Ask) -> Self {
        self.needs = Some(setting);
        self
    }

    /// Adds a profile that the edits bring in.
    #[must_use]
    pub fn profile(mut self, profile: impl Into<String>) -> Self {
        self.profiles.push(profile.into());
        self
    }

    /// Says what a root module needs once the edits are written.
    #[must_use]
    pub fn effect(mut self, effect: RootEffect) -> Self {
        self.effect = Some(effect);
        self
    }

    /// Names the role that the code it is about assumes.
    #[must_use]
    pub fn assumes(mut self, role: &str) -> Self {
        self.assumes = Some(role.to_owned());
        self
    }

    /// Says what of the static keys' user it is about.
    #[must_use]
    pub fn remnant(mut self, remnant: KeyRemnant) -> Self {
        self.remnant = Some(remnant);
        self
    }

    /// Names the module source that the edits bring in.
    #[must_use]
    pub fn module_source(mut self, source: GitSource) -> Self {
        self.module_source = Some(source);
        self
    }

    /// Marks the quoted texts of these values as secrets, or their lines where nothing is quoted;
    /// short texts are none.
    #[must_use]
    pub fn hide<'d>(mut self, values: impl IntoIterator<Item = Value<'d>>) -> Self {
        for value in values {
            let text = value.text();
            // The expression around the quotes, such as a function's name, is no secret.
            let quoted = text.split('"').skip(1).step_by(2);
            let lines = text.lines().map(str::trim).filter(|_| !text.contains('"'));
            let secrets = quoted.chain(lines).filter(|text| text.len() >= SECRET);
            self.secrets.extend(secrets.map(str::to_owned));
            // JSON may write the same otherwise.
            let json = value.document().json();
            let json = json.and_then(|json| json.written(value.span().start));
            let json = json.map(|json| json.trim_matches('"'));
            let json = json.filter(|json| json.len() >= SECRET);
            self.secrets.extend(json.map(str::to_owned));
        }
        self
    }

    /// Sets how safe the edits are.
    #[must_use]
    pub fn safety(mut self, safety: Safety) -> Self {
        self.safety = safety;
        self
    }

    /// Asks for review, for a reason that the message ends with.
    pub fn ask_for_review(&mut self, reason: &str) {
        self.safety = Safety::Review;
        self.add(reason);
    }

    /// Adds a clause to the message, which has a line of its own where there is room.
    pub fn add(&mut self, clause: &str) {
        self.message += &format!("; {clause}");
        self.reasons.push(clause.to_owned());
    }

    /// Adds to the message, before its further clauses.
    pub fn qualify(&mut self, text: &str) {
        let clauses = self.reasons.iter().map(|reason| "; ".len() + reason.len());
        let end = self.message.len().checked_sub(clauses.sum());
        let end = end.filter(|end| self.message.is_char_boundary(*end));
        self.message
            .insert_str(end.unwrap_or(self.message.len()), text);
    }

    /// Adds what to know beside.
    #[must_use]
    pub fn noted(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The sentence without its further clauses, and these and the notes, for where each has a line of its own.
    pub fn sentence_and_notes(&self) -> (String, Vec<&str>) {
        let sentence = self.sentence();
        let end = self.reasons.iter().map(|reason| format!("; {reason}"));
        let notes = self.notes.iter().map(String::as_str);
        match sentence.strip_suffix(&*end.collect::<String>()) {
            Some(sentence) => {
                let reasons = self.reasons.iter().map(String::as_str);
                (sentence.to_owned(), reasons.chain(notes).collect())
            }
            None => (sentence, notes.collect()),
        }
    }

    /// Makes the finding manual, because of an obstacle to its edits.
    pub fn make_manual(&mut self, obstacle: &str) {
        self.edits.clear();
        self.message = format!("is not changed: {obstacle}");
        self.reasons.clear();
        self.notes.clear();
        self.help = None;
    }

    /// Adds edits of `document`.
    #[must_use]
    pub fn edits(self, document: &Document, edits: impl IntoIterator<Item = Edit>) -> Self {
        let edits = edits.into_iter();
        edits.fold(self, |finding, edit| finding.edit(document, edit))
    }

    /// Adds an edit of `document`.
    #[must_use]
    pub fn edit(mut self, document: &Document, edit: Edit) -> Self {
        let path = document.path().to_path_buf();
        self.edits.push(FileEdit { path, edit });
        self
    }
}
