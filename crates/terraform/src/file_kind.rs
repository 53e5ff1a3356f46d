//! What a file is to Terraform, by its name.

use std::path::Path;

/// What a file is to Terraform, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// `*.tf`, `*.tofu`, and the same in JSON, `*.tf.json`, `*.tofu.json`: configuration of its
    /// directory's module.
    Configuration,
    /// `*.tftest.hcl`, `*.tofutest.hcl`: a test with providers of its own.
    Test,
    /// `*.tfbackend`: settings for a partial backend configuration.
    BackendSettings,
    /// `*.tfvars`: values of variables.
    Values,
    /// `*.tfvars.json`: the same in JSON, which is not edited.
    ValuesJson,
    /// `.terraform.lock.hcl`.
    Lock,
    /// Other `*.hcl`, and `*.hcl.json`: what of it is Terragrunt's, its content tells.
    Terragrunt,
    /// `.github/workflows/*.yml`, `*.yaml`.
    Workflow,
    /// The pipelines of other CI, Makefiles and shell scripts: looked at for static keys.
    OtherCi,
}

impl FileKind {
    /// The kind of the file at `path` (relative to the root), `None` for files that do not matter.
    pub fn of(path: &Path) -> Option<Self> {
        let name = name(path)?;
        let ends = |endings: &[&str]| {
            let mut endings = endings.iter();
            endings.any(|ending| name.ends_with(ending.as_bytes()))
        };
        // Terraform's page "Files and Configuration Structure", OpenTofu's for its own endings. Longer
        // endings come first: a test ends with `.hcl`, too.
        if ends(&[".tf", ".tofu", ".tf.json", ".tofu.json"]) {
            Some(Self::Configuration)
        } else if ends(&[".tftest.hcl", ".tofutest.hcl"]) {
            Some(Self::Test)
        // The name that Terraform's page "Backend Configuration" recommends.
        } else if ends(&[".tfbackend"]) {
            Some(Self::BackendSettings)
        } else if ends(&[".tfvars"]) {
            Some(Self::Values)
        } else if ends(&[".tfvars.json"]) {
            Some(Self::ValuesJson)
        } else if name == b".terraform.lock.hcl" {
            Some(Self::Lock)
        // Terragrunt reads a file whose name ends with `.json` as JSON (`hclparse` in its source).
        } else if ends(&[".hcl", ".hcl.json"]) && name != b"tfkeyless.hcl" {
            Some(Self::Terragrunt)
        // GitHub reads this directory and none below it: page "Workflow syntax".
        } else if ends(&[".yml", ".yaml"]) && path.parent() == Some(Path::new(".github/workflows"))
        {
            Some(Self::Workflow)
        } else if is_other_ci(name) {
            Some(Self::OtherCi)
        } else {
            None
        }
    }
}

/// The name of the file at `path`, as `Path::file_name`. That one parses components from the end, and
/// the name of every file of a tree is asked for more than once.
pub fn name(path: &Path) -> Option<&[u8]> {
    let path_bytes = path.as_os_str().as_encoded_bytes();
    let start = memchr::memrchr(b'/', path_bytes).map_or(0, |slash| slash + 1);
    match &path_bytes[start..] {
        b"" | b"." | b".." => path.file_name().map(std::ffi::OsStr::as_encoded_bytes),
        name => Some(name),
    }
}

fn is_other_ci(name: &[u8]) -> bool {
    let pipelines: [&[u8]; 6] = [
        b".gitlab-ci.yml",
        b".gitlab-ci.yaml",
        b"bitbucket-pipelines.yml",
        b"azure-pipelines.yml",
        b"azure-pipelines.yaml",
        b"makefile",
    ];
    // `Jenkinsfile.deploy`, `Makefile.ci`: people name several of them so.
    let starts: [&[u8]; 3] = [b"Jenkinsfile", b"Makefile", b"GNUmakefile"];
    pipelines.contains(&name)
        || starts.iter().any(|start| name.starts_with(start))
        || name.ends_with(b".sh")
}

/// Whether the file is configuration of Terraform or Terragrunt in JSON.
pub fn is_json(path: &Path) -> bool {
    let is_json = path.extension().is_some_and(|ending| ending == "json");
    let kinds = [FileKind::Configuration, FileKind::Terragrunt];
    is_json && FileKind::of(path).is_some_and(|kind| kinds.contains(&kind))
}

/// Whether the file is a part of a Terraform Stack, whose providers and deployments are no module's.
pub fn is_stack(path: &Path) -> bool {
    // HashiCorp's page "Stack file organization"; `.tfstack.hcl` is what components ended with before.
    let endings = [".tfcomponent.hcl", ".tfdeploy.hcl", ".tfstack.hcl"];
    let mut endings = endings.iter();
    name(path).is_some_and(|name| endings.any(|ending| name.ends_with(ending.as_bytes())))
}

/// Whether the file is Terragrunt's by its name: `.hcl` files belong to many tools.
pub fn is_terragrunts(path: &Path) -> bool {
    // The two names that Terragrunt's documentation uses.
    is_unit(path) || path.ends_with("root.hcl") || path.ends_with("root.hcl.json")
}

/// Whether Terragrunt runs in the file's directory by its name ("Units", Terragrunt docs).
pub fn is_unit(path: &Path) -> bool {
    path.ends_with("terragrunt.hcl") || path.ends_with("terragrunt.hcl.json")
}

/// Whether the configuration in the file overrides that of the others: `override.tf`,
/// `*_override.tf`, and in JSON.
pub fn is_override(path: &Path) -> bool {
    let stem = match is_json(path) {
        true => Path::new(path.file_stem().unwrap_or_default()).file_stem(),
        false => path.file_stem(),
    };
    let stem = stem.map(std::ffi::OsStr::as_encoded_bytes);
    // Terraform's page "Override Files".
    stem.is_some_and(|stem| stem == b"override" || stem.ends_with(b"_override"))
}

/// Whether the file's name says that it is an example, not used itself: what Terraform loads is used,
/// whatever it is called.
pub fn is_example(path: &Path) -> bool {
    if FileKind::of(path) == Some(FileKind::Configuration) {
        return false;
    }
    let name = path.file_name().map(|name| name.to_string_lossy());
    let words = ["example", "sample", "template"];
    name.is_some_and(|name| words.iter().any(|word| name.contains(word)))
}
