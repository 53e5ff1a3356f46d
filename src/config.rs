//! Which repository is meant, and its configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use annotate_snippets::Level;
use anyhow::{Context as _, bail};
use engine::declined::FindingName;
use engine::selection::Selection;
use engine::settings::{Settings, SettingsError, SettingsErrors};
use rustix::io::Errno;
use rustix::process::geteuid;
use syntax::code::sentence;
use syntax::location::Region;
use syntax::text::Lines;
use syntax::{text, visible};
use terraform::file_kind::FileKind;

use crate::cli::Chosen;
use crate::commit;
use crate::counted::counted;
use crate::link;
use crate::outcome::{Refusal, WrongConfiguration};
use crate::redact::values::is_random;
use crate::redact::{Known, on_one_line};
use crate::source_line::SourceLine;
use crate::source_snippet;
use crate::terminal;
use crate::walk::{closed, is_ignored};

/// The configuration's name at a repository's root.
pub const NAME: &str = "tfkeyless.hcl";

/// Why a directory below the root is one itself: git has it, or its own configuration.
pub const OWN_REPOSITORY: &str = "is a git repository of its own";
pub const OWN_CONFIGURATION: &str = "has a configuration of its own";

/// What one invocation works on: a repository, its configuration, and what is selected of it.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The repository's root, absolute.
    pub root: PathBuf,
    /// Its configuration.
    pub settings: Settings,
    /// The configuration file, relative to the root where it is inside; `None` where there is none.
    pub config: Option<PathBuf>,
    /// What of the migration is wanted.
    pub selection: Selection,
    /// Whether files that git ignores are changed, too.
    pub includes_ignored: bool,
    /// The findings whose edits are not made.
    pub declined: BTreeSet<FindingName>,
    /// What some files are to hold before the plan, by their paths relative to the root: it is written
    /// with the plan.
    pub texts: BTreeMap<PathBuf, String>,
}

impl Invocation {
    /// Finds root and configuration of the one repository that `paths` lie in, where the transforms
    /// `chosen` run, with changes that need review or without.
    ///
    /// # Errors
    /// Paths that do not exist or lie in different repositories, a configuration that is missing
    /// or wrong, names that no transform has.
    pub fn new(
        paths: &[PathBuf],
        config: Option<&Path>,
        chosen: &Chosen,
        review: bool,
    ) -> anyhow::Result<Self> {
        let selection = Selection {
            only: ids(&chosen.only)?,
            skip: ids(&chosen.skip)?,
            review,
            scope: Vec::new(),
        };
        Self::of(paths, config, selection)
    }

    /// The same for the repository of one path, with nothing selected.
    ///
    /// # Errors
    /// As above.
    pub fn around(path: &Path, config: Option<&Path>) -> anyhow::Result<Self> {
        Self::of(&[path.to_path_buf()], config, Selection::default())
    }

    fn of(paths: &[PathBuf], config: Option<&Path>, selection: Selection) -> anyhow::Result<Self> {
        let first = paths.first().context("no path is named")?;
        let root = root(first)?;
        let mut scope = Vec::new();
        for path in paths {
            let full = real(path)?;
            let inside = full.strip_prefix(&root).with_context(|| {
                format!("{} is not in {}", visible::path(path), visible::path(&root))
            })?;
            if let Some(why) = unread(inside, full.is_dir()) {
                bail!(Refusal(format!("{} is {why}", visible::path(path))));
            }
            scope.push(inside.to_path_buf());
        }
        // The root itself was named: nothing limits the edits.
        if scope.iter().any(|path| path.as_os_str().is_empty()) {
            scope.clear();
        }
        // What is named is trusted, as is where the command runs, whoever owns it: a container often has
        // the repository of another user.
        let named = scope.is_empty() || fs::canonicalize(".").is_ok_and(|here| here == root);
        if config.is_none() && !named && has_own(&root)? {
            refuse_foreign(&root)?;
        }
        let (settings, config) = settings(config, &root)?;
        Ok(Self {
            root,
            settings,
            config,
            selection: Selection { scope, ..selection },
            includes_ignored: false,
            declined: BTreeSet::new(),
            texts: BTreeMap::new(),
        })
    }

    /// The same, with files that git ignores changed, too, or not.
    #[must_use]
    pub fn including_ignored(self, includes_ignored: bool) -> Self {
        Self {
            includes_ignored,
            ..self
        }
    }
}

/// The root of the repository that `path` lies in.
///
/// # Errors
/// A path that does not exist, that is a symbolic link, or that cannot be looked at.
pub fn root(path: &Path) -> anyhow::Result<PathBuf> {
    root_of(&real(path)?)
}

/// Where `path` really is, which it has to name itself and not by a link.
fn real(path: &Path) -> anyhow::Result<PathBuf> {
    // Collected anew it has no slash at its end, behind which a link would be followed.
    if path.components().collect::<PathBuf>().is_symlink() {
        bail!(
            "{} is a symbolic link\nhelp: name what it points to",
            visible::path(path)
        );
    }
    fs::canonicalize(path).with_context(|| visible::path(path))
}

/// Why nothing is read at `path`, relative to the root, as a phrase that follows `is`.
fn unread(path: &Path, is_directory: bool) -> Option<String> {
    let directory = match is_directory {
        true => path,
        false => path.parent()?,
    };
    let mut closed = directory
        .iter()
        .filter_map(|name| Some((name, closed(name)?)));
    if let Some((name, why)) = closed.next() {
        Some(format!("not read: {} {why}", visible::path(name)))
    } else if !is_directory && (FileKind::of(path).is_none() || is_ignored(path)) {
        Some("no file that tfkeyless reads".to_owned())
    } else {
        None
    }
}

/// The nearest ancestor of `path`, itself included, that holds a configuration, `.git` or the
/// journal of a run that began there; else the directory of `path`.
///
/// # Errors
/// One that cannot be looked at: the next would be another repository.
fn root_of(path: &Path) -> anyhow::Result<PathBuf> {
    let metadata = fs::metadata(path).with_context(|| visible::path(path))?;
    let directory = match metadata.is_dir() {
        true => path,
        false => path.parent().unwrap_or(path),
    };
    for directory in directory.ancestors() {
        let is_root = found(&directory.join(NAME))?.is_some_and(|it| it.is_file())
            || found(&directory.join(".git"))?.is_some()
            // A killed run may have begun where there is no other marker, and is undone from there.
            || matches!(commit::interrupted(directory), Ok(Some(_)));
        if is_root {
            return Ok(directory.to_path_buf());
        }
    }
    Ok(directory.to_path_buf())
}

/// What is at `path`, links followed; `None` where there is nothing, or nothing for this user.
fn found(path: &Path) -> anyhow::Result<Option<Metadata>> {
    let error = match fs::metadata(path) {
        Ok(metadata) => return Ok(Some(metadata)),
        Err(error) => error,
    };
    let is_nothing = matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::PermissionDenied
    );
    match is_nothing || Errno::from_io_error(&error) == Some(Errno::LOOP) {
        true => Ok(None),
        false => Err(error).with_context(|| visible::path(path)),
    }
}

/// Why the directory at `path`, below another root, is a root of its own; `None` where it is not.
pub fn own_root(path: &Path) -> Option<&'static str> {
    if path.join(".git").exists() {
        Some(OWN_REPOSITORY)
    } else if path.join(NAME).is_file() {
        Some(OWN_CONFIGURATION)
    } else {
        None
    }
}

fn settings(config: Option<&Path>, root: &Path) -> anyhow::Result<(Settings, Option<PathBuf>)> {
    let own = root.join(NAME);
    let path = match config {
        Some(path) => fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf()),
        None if has_own(root)? => own,
        None => return Ok((Settings::default(), None)),
    };
    let own = path.strip_prefix(root).unwrap_or(&path).to_path_buf();
    let name = visible::path(&own);
    let bytes = fs::read(&path).with_context(|| name.clone())?;
    if let Some(encoding) = text::foreign_encoding(&bytes) {
        bail!(Refusal(format!(
            "{name} is {encoding}: convert it to UTF-8"
        )));
    }
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| Refusal(format!("{name} is not UTF-8: convert it")))?;
    let settings = engine::settings::Settings::parse(&text, transforms::CATALOGUE);
    let settings = settings.map_err(|errors| wrong_configuration(&errors, &name, &text))?;
    Ok((settings, Some(own)))
}

/// The errors of the configuration `text`, each with its line, secrets masked, coloured and wrapped to the terminal.
pub fn wrong_configuration(errors: &SettingsErrors, name: &str, text: &str) -> WrongConfiguration {
    let lines = Lines::of(text);
    let mut secrets = Known::default().secrets(text);
    // A word that is wrong is what has to be seen, whatever its key is called.
    secrets.retain(|secret| {
        let is_wrong = |error: &SettingsError| {
            error.at.range.start <= secret.start && secret.end <= error.at.range.end
        };
        is_random(&text[secret.clone()]) || !errors.0.iter().any(is_wrong)
    });
    let width = terminal::width();
    let snippet = |at: &Region| {
        let (place, length) = ((at.line, at.column), Some(at.range.len()));
        let line = SourceLine::of(text, &lines, &secrets, place, length)?;
        Some(source_snippet::marked(
            line,
            at.line,
            name.to_owned(),
            width,
        ))
    };
    let errors = errors.0.iter().map(|error| {
        let message = source_snippet::folded(&on_one_line(&error.message), width, 0);
        let Some(own) = snippet(&error.at) else {
            return on_one_line(&error.to_string());
        };
        let mut report = vec![Level::ERROR.no_name().primary_title(message).element(own)];
        let first = error.first.as_ref().and_then(snippet);
        let note = |first| {
            Level::NOTE
                .secondary_title("the first is here")
                .element(first)
        };
        report.extend(first.map(note));
        source_snippet::render(&report, width)
    });
    let errors: Vec<String> = errors.collect();
    WrongConfiguration(format!(
        "{name} has {}\n\n{}",
        counted(errors.len(), "error"),
        errors.join("\n\n")
    ))
}

/// Whether the root has a configuration of its own, which is a file of the repository.
///
/// # Errors
/// Something else is there by its name: what it says would be another's, or nothing.
fn has_own(root: &Path) -> anyhow::Result<bool> {
    let refused = |what: &str| Err(Refusal(format!("{NAME} is {what}")).into());
    let own = root.join(NAME);
    match fs::symlink_metadata(&own) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        metadata => metadata.context(NAME)?,
    };
    match link::inside(root, Path::new(NAME)) {
        Ok(target) if root.join(&target).is_file() => Ok(true),
        Ok(_) => refused("not a regular file"),
        Err(error) if error.kind() == ErrorKind::Other => {
            refused("a symbolic link that leads out of the repository, or back to itself")
        }
        Err(error) if error.kind() == ErrorKind::NotFound => refused("a symbolic link to nothing"),
        Err(error) => Err(error).context(NAME),
    }
}

/// Refuses the configuration of a root that was found above the path, where somebody else may have put it
/// there: it names the repositories, accounts and roles that the code gets.
fn refuse_foreign(root: &Path) -> anyhow::Result<()> {
    let metadata = fs::metadata(root).with_context(|| visible::path(root))?;
    let why = if metadata.uid() != geteuid().as_raw() {
        format!("the directory belongs to another user ({})", metadata.uid())
    } else if metadata.mode() & 0o002 != 0 {
        "every user can write to the directory".to_owned()
    } else {
        return Ok(());
    };
    let (own, root) = (visible::path(root.join(NAME)), visible::path(root));
    bail!(Refusal(sentence!(
        "{own} was found above the path and is not used: {why}\n\
         help: run `tfkeyless` in {root}, name that directory, or add `--config {own}` if the file is yours"
    )))
}

fn ids(names: &[String]) -> anyhow::Result<BTreeSet<String>> {
    let unknown = names
        .iter()
        .filter(|name| transforms::CATALOGUE.transform(name).is_none());
    let unknown: BTreeSet<String> = unknown
        .map(|name| transforms::CATALOGUE.unknown(name))
        .collect();
    if !unknown.is_empty() {
        bail!(unknown.into_iter().collect::<Vec<_>>().join("\n"));
    }
    Ok(names.iter().cloned().collect())
}
