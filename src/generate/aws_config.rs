//! SSO profiles for `~/.aws/config`, in the legacy form: Terraform up to 1.13.4 fetches `s3::`
//! modules with no other.

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use engine::settings::Settings;
use similar::TextDiff;
use syntax::code::sentence;
use syntax::{code, visible};

use crate::aws_file::AwsFile;
use crate::redact::for_people;
use crate::say::say;
use crate::{pager, prompt};

/// A profile: its name, and its settings in the order they are written.
#[derive(Debug)]
pub struct Profile {
    name: String,
    settings: [(&'static str, String); 4],
}

/// The profiles of a configuration.
///
/// # Errors
/// No `sso` or no `account` block.
pub fn profiles(settings: &Settings) -> anyhow::Result<Vec<Profile>> {
    let sso = settings.sso.as_ref().context(
        "the SSO portal is not known\nhelp: write into tfkeyless.hcl:\n  sso {\n    start_url = \
         \"https://...awsapps.com/start\"\n    region    = \"...\"\n    role_name = \"...\"\n  }",
    )?;
    if settings.accounts.is_empty() {
        bail!(
            "no account is known\nhelp: write into tfkeyless.hcl, for each:\n  account \"PROFILE\" {{ \
             id = \"...\" }}"
        );
    }
    let profiles = settings.accounts.iter().map(|account| Profile {
        name: account.label.clone(),
        settings: [
            ("sso_start_url", sso.start_url.clone()),
            ("sso_region", sso.region.clone()),
            ("sso_account_id", account.id.clone()),
            (
                "sso_role_name",
                account.role_name.as_ref().unwrap_or(&sso.role_name).clone(),
            ),
        ],
    });
    Ok(profiles.collect())
}

/// The profiles as a file.
pub fn text(profiles: &[Profile]) -> String {
    let sections: Vec<String> = profiles.iter().map(Profile::section).collect();
    sections.join("\n")
}

impl Profile {
    fn section(&self) -> String {
        let title = match self.name.as_str() {
            "default" => "[default]\n".to_owned(),
            name => format!("[profile {name}]\n"),
        };
        let settings = self.settings.iter();
        title
            + &settings
                .map(|(key, value)| format!("{key} = {value}\n"))
                .collect::<String>()
    }
}

/// Shows what is missing in a file, asks unless `yes`, and adds it. Profiles that are there already
/// stay as they are; what differs in them is said.
///
/// # Errors
/// Nobody to ask, and a file that cannot be read or written.
pub fn merge(profiles: &[Profile], file: Option<&Path>, yes: bool) -> anyhow::Result<()> {
    let path = file.map_or_else(own_path, |file| Ok(file.to_path_buf()))?;
    let there = AwsFile::read(&path)?;
    let is_new = there.is_none();
    if let Some(line) = there.as_ref().and_then(|there| there.not_utf8) {
        bail!(
            "{}:{line} is not UTF-8: the AWS CLI does not read the file either\nhelp: write that line in UTF-8",
            visible::path(&path)
        );
    }
    let there = there.unwrap_or_else(|| AwsFile::parse(&path, String::new()));
    let missing = missing(profiles, &there);
    if missing.is_empty() {
        say(&format!(
            "{} has every profile already.",
            visible::path(&path)
        ));
        return Ok(());
    }
    let after = appended(&there.text, &missing.join("\n"));
    let name = visible::path(&path);
    let diff = TextDiff::from_lines(&there.text, &after);
    let diff = diff.unified_diff().header(&name, &name).to_string();
    pager::show(&for_people(&diff), false)?;
    if !yes {
        if !prompt::is_possible() {
            bail!(
                "there is no terminal to ask on\nnote: nothing was written\nhelp: run with --yes"
            );
        }
        if !prompt::confirm(&format!("Write {name}?"))? {
            say("Nothing was written.");
            return Ok(());
        }
    }
    write(&path, &after, is_new).with_context(|| name.clone())?;
    say(&format!("Written: {name}."));
    Ok(())
}

/// The profiles that a file does not have.
fn missing(profiles: &[Profile], there: &AwsFile) -> Vec<String> {
    let mut missing = Vec::new();
    for profile in profiles {
        let Some(section) = there.profile(&profile.name) else {
            missing.push(profile.section());
            continue;
        };
        for (key, value) in &profile.settings {
            let found = section.get(key);
            if found != Some(value) {
                let found = found.map_or("none".to_owned(), code::quoted);
                say(&sentence!(
                    "{}:{}: [{}] has {found} for {key}, tfkeyless.hcl wants `{value}`: not changed",
                    visible::path(&there.path),
                    section.line,
                    section.title
                ));
            }
        }
    }
    missing
}

/// `text` with sections behind it, set off by a blank line, in its own line endings.
fn appended(text: &str, sections: &str) -> String {
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let gap = match text {
        "" => 0,
        text if text.ends_with("\n\n") || text.ends_with("\n\r\n") => 0,
        text if text.ends_with('\n') => 1,
        _ => 2,
    };
    text.to_owned() + &ending.repeat(gap) + &sections.replace('\n', ending)
}

/// The file that AWS's own tools read.
fn own_path() -> anyhow::Result<PathBuf> {
    if let Some(path) = env::var_os("AWS_CONFIG_FILE").filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    let home = env::var_os("HOME").ok_or_else(|| anyhow!("HOME is not set: name the file"))?;
    Ok(Path::new(&home).join(".aws/config"))
}

/// Writes the file whole or not at all; one that is new only its owner can read.
fn write(path: &Path, text: &str, is_new: bool) -> anyhow::Result<()> {
    // It may be a link into a repository of dotfiles, and the link stays.
    let real = match path.is_symlink() {
        true => fs::canonicalize(path)?,
        false => path.to_path_buf(),
    };
    let directory = real
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    // In the same directory: a rename must not cross file systems.
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    if !is_new {
        fs::set_permissions(file.path(), fs::metadata(&real)?.permissions())?;
    }
    file.persist(&real)?;
    Ok(())
}
