use diagnostics::ask::Ask;
use diagnostics::finding::{Finding, GitSource, Safety};
use diagnostics::ignore::Ignore;
use engine::repo::Repo;
use engine::settings;
use syntax::code::sentence;
use syntax::edit::Edit;
use syntax::hcl_string;
use terraform::file_kind::FileKind;
use terraform::module::Module;
use terraform::module_call::{ModuleCall, deployed};
use terraform::s3_address::S3Address;
use upgrade::registry::module_calls;

const ID: &str = "github_module_source";

pub fn scan(module: &Module, repo: &Repo) -> Vec<Finding> {
    let documents = module.configuration();
    let calls = documents.flat_map(|document| module_calls(document, &repo.settings().upgrade));
    let calls = calls.chain(module.of_kind(FileKind::Terragrunt).flat_map(deployed));
    let in_s3 = calls.filter(|call| call.is_in_s3() && !is_kept(call));
    in_s3.map(|call| rewrite(&call, repo)).collect()
}

fn is_kept(call: &ModuleCall<'_>) -> bool {
    let value = call.source.value;
    Ignore::keeps(value.document(), value.span().start, ID)
}

fn rewrite(call: &ModuleCall<'_>, repo: &Repo) -> Finding {
    let value = call.source.value;
    let document = value.document();
    let subject = call.reference();
    let finding =
        |message: String| Finding::new(ID, document, value.span(), (subject.clone(), message));
    let Some(source) = value.literal() else {
        return finding("has an S3 source with an expression in it: not changed".to_owned())
            .help("write the source as a plain string, and run again");
    };
    let Some(address) = S3Address::parse(source) else {
        return finding("has an S3 address without bucket and key: not changed".to_owned())
            .help("point it at the repository by hand");
    };
    let bucket = &address.bucket;
    let Some(mapped) = repo.settings().module_sources.get(bucket) else {
        let message = format!("comes from the bucket \"{bucket}\", which has no repository yet");
        let why =
            sentence!("which git repository are the modules of the bucket `{bucket}` made of?");
        let snippet = format!(
            "module_source {} {{ repository = \"...\" }}",
            hcl_string::quoted(bucket)
        );
        let ask = Ask::new("module_source", why, snippet);
        return finding(message).needs(ask.example("github.com/ORG/REPO"));
    };
    match github(&address, mapped) {
        Ok(github) => {
            let edit = Edit::replace(value.span(), format!("\"{github}\""));
            let finding = finding(format!("comes from {github}"))
                .edit(document, edit)
                .module_source(github);
            match pinned_object(&address) {
                None => finding,
                Some(id) => finding.safety(Safety::Review).help(sentence!(
                    "check that the ref has the same content: the source pins the version `{id}` of the S3 object"
                )),
            }
        }
        Err(why) => {
            let key = &address.key;
            let finding = finding(format!("has an S3 key that {why}: not changed"));
            finding.help(match why == NO_VERSION {
                true => sentence!(
                    "write a fixed `ref` in `module_source {}` if all modules of the bucket share one \
                     version, or point it at the repository by hand",
                    hcl_string::quoted(bucket)
                ),
                false => sentence!("point it (`{key}`) at the repository by hand"),
            })
        }
    }
}

const NO_VERSION: &str = "holds no version to make the ref of";

/// The address of the same module in the mapped repository.
///
/// # Errors
/// What is odd about the key, as a phrase that follows it.
fn github(address: &S3Address, mapped: &settings::ModuleSource) -> Result<GitSource, &'static str> {
    let key = Key::parse(&address.key)?;
    // `?version=` is the version of the S3 object: it counts where it has the form of a release.
    let object_version = address.parameter("version").and_then(version);
    if let (Some(of_key), Some(of_object)) = (&key.version, &object_version)
        && of_key != of_object
    {
        return Err("holds more than one version");
    }
    let version = key.version.or(object_version);
    let git_ref = match (&version, mapped.git_ref.contains("{version}")) {
        (Some(version), true) => mapped.git_ref.replace("{version}", version),
        (None, true) => return Err(NO_VERSION),
        (_, false) => mapped.git_ref.clone(),
    };
    let directory = [key.module.as_str(), address.subdirectory.as_str()];
    let directory: Vec<&str> = directory
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    Ok(GitSource {
        repository: mapped.repository.trim_end_matches('/').to_owned(),
        directory: directory.join("/"),
        git_ref,
    })
}

/// The version of the S3 object that a source pins, where it is not that of a release.
fn pinned_object(address: &S3Address) -> Option<&str> {
    let pinned = address.parameter("version").filter(|it| !it.is_empty())?;
    version(pinned).is_none().then_some(pinned)
}

/// The parts of an archive's key.
struct Key {
    /// Directory of the module, without version and file name ending.
    module: String,
    /// The version, without `v`.
    version: Option<String>,
}

impl Key {
    fn parse(key: &str) -> Result<Self, &'static str> {
        if key.contains(['$', '%', '{', ' ']) {
            return Err("is not a plain path");
        }
        let endings = [".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"];
        let Some(stem) = endings.iter().find_map(|ending| key.strip_suffix(ending)) else {
            return Err("is no archive that is known here (.zip, .tar.gz, .tgz, ...)");
        };
        let mut versions = Vec::new();
        let mut segments: Vec<&str> = Vec::new();
        for segment in stem.split('/').filter(|segment| !segment.is_empty()) {
            if let Some(found) = version(segment) {
                versions.push(found);
            } else if segment.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err("has a number as a directory: it may be a version or a name");
            } else {
                segments.push(segment);
            }
        }
        // The file's name may contain the version, too: vpc-1.2.0.zip, vpc_v1.2.0.zip.
        if let Some(name) = segments.last_mut()
            && stem.ends_with(*name)
            && let Some((module, found)) = trailing_version(name)?
        {
            *name = module;
            versions.push(found);
        }
        // `vpc/1.2.0/vpc-1.2.0.zip` has one version twice.
        versions.dedup();
        if versions.len() > 1 {
            return Err("holds more than one version");
        }
        // vpc/1.2.0/vpc.zip is the module vpc, not vpc/vpc.
        if let [.., directory, file] = segments.as_slice()
            && directory == file
        {
            segments.pop();
        }
        if segments.is_empty() {
            return Err("names no module");
        }
        Ok(Self {
            module: segments.join("/"),
            version: versions.pop(),
        })
    }
}

/// `vpc-1.2.0` as `vpc` and its version.
///
/// # Errors
/// A name that can be split at more than one place.
fn trailing_version(name: &str) -> Result<Option<(&str, String)>, &'static str> {
    let separators = name.match_indices(['-', '_', '.', '@']);
    let splits = separators.map(|(at, _)| (&name[..at], &name[at + 1..]));
    let mut splits = splits.filter_map(|(module, rest)| Some((module, rest, version(rest)?)));
    let Some((module, rest, found)) = splits.find(|(module, ..)| !module.is_empty()) else {
        return Ok(None);
    };
    // What is before the last version may be one, too: eks-1.27-addons-1.0.0. A wrong ref would
    // deploy another module, so it is not guessed.
    let mut later = rest.match_indices(['-', '_', '@']);
    if later.any(|(at, _)| version(&rest[at + 1..]).is_some()) {
        return Err("holds what may be more than one version");
    }
    Ok(Some((module, found)))
}

/// A version of two to four numbers, with or without `v`, prerelease and build; without its `v`.
fn version(text: &str) -> Option<String> {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let numbers = text.split(['-', '+']).next()?;
    let parts: Vec<&str> = numbers.split('.').collect();
    let is_number =
        |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let rest = &text[numbers.len()..];
    let plain = rest
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'+'));
    ((2..=4).contains(&parts.len()) && parts.iter().all(is_number) && plain)
        .then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use syntax::location::Region;

    use super::*;

    fn github_of(key: &str) -> Result<String, &'static str> {
        let mapped = settings::ModuleSource {
            aws_provider: None,
            repository: "github.com/o/r".into(),
            git_ref: "v{version}".into(),
            at: Region::default(),
        };
        let address = S3Address::parse(&format!("s3::/b/{key}")).unwrap();
        github(&address, &mapped).map(|source| source.to_string())
    }

    #[test]
    fn the_version_is_found_wherever_it_stands() {
        for key in [
            "vpc-1.2.0.zip",
            "vpc_v1.2.0.tar.gz",
            "vpc/1.2.0.zip",
            "vpc/v1.2.0/vpc.zip",
            "v1.2.0/vpc.zip",
            "1.2.0/vpc.zip",
            "vpc/1.2.0/vpc-1.2.0.zip",
            "vpc.zip?version=1.2.0",
        ] {
            assert_eq!(
                github_of(key).as_deref(),
                Ok("github.com/o/r//vpc?ref=v1.2.0"),
                "{key}"
            );
        }
        assert_eq!(
            github_of("vpc-1.2.0+build.4.zip").as_deref(),
            Ok("github.com/o/r//vpc?ref=v1.2.0%2Bbuild.4")
        );
        let nested = github_of("modules/vpc-peering/1.2.0-rc.1.tgz//sub?archive=tgz");
        assert_eq!(
            nested.as_deref(),
            Ok("github.com/o/r//modules/vpc-peering/sub?ref=v1.2.0-rc.1")
        );
    }

    #[test]
    fn a_key_that_cannot_be_taken_apart_is_said() {
        for (key, why) in [
            ("vpc.zip", "holds no version"),
            ("vpc", "is no archive"),
            ("1.2.0.zip", "names no module"),
            ("vpc/12/vpc.zip", "has a number as a directory"),
            ("1.0.0/vpc-1.2.0.zip", "more than one version"),
            ("vpc-1.2.0.zip?version=1.3.0", "more than one version"),
            ("vpc/${x}.zip", "is not a plain path"),
            ("eks-1.27-addons-1.0.0.zip", "more than one version"),
            ("vpc.zip?version=3HL4kqtJlcpXroDTDm", "holds no version"),
        ] {
            let error = github_of(key).unwrap_err();
            assert!(error.contains(why), "{key}: {error}");
        }
    }
}
