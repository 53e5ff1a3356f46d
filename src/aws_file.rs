//! `~/.aws/config` and `~/.aws/credentials`: their sections and settings, with where they stand.
//!
//! Read here and not by an ini library because the merge keeps every byte and findings name lines,
//! and because of rules of AWS's own: indented lines, ` #` after a value, `[profile NAME]`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use syntax::visible;

/// One of the two files.
#[derive(Debug)]
pub struct AwsFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it says, byte for byte where it is UTF-8.
    pub text: String,
    /// Its first line that is not UTF-8, from 1.
    pub not_utf8: Option<usize>,
    /// Its sections, in the order written; a title may occur twice.
    pub sections: Vec<Section>,
}

/// `[TITLE]` and the settings below it.
#[derive(Debug, PartialEq, Eq)]
pub struct Section {
    /// What stands in the brackets, with single spaces and without quotes: `profile dev`.
    pub title: String,
    /// Line of the brackets, from 1.
    pub line: usize,
    /// Byte after its last line that is neither blank nor a comment.
    pub end: usize,
    /// Its settings, those of nested blocks (`s3 =`) left out.
    pub settings: Vec<Setting>,
}

/// `KEY = VALUE`.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// In lower case.
    pub key: String,
    /// Without the comment behind it.
    pub value: String,
    /// Its line, from 1.
    pub line: usize,
}

impl AwsFile {
    /// Reads a file; `None` where there is none.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        match fs::read(path) {
            Ok(bytes) => {
                let valid = String::from_utf8_lossy(&bytes);
                let error = str::from_utf8(&bytes).err();
                let line = error.map(|error| {
                    let before = &bytes[..error.valid_up_to()];
                    memchr::memchr_iter(b'\n', before).count() + 1
                });
                let mut file = Self::parse(path, valid.into_owned());
                file.not_utf8 = line;
                Ok(Some(file))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| visible::path(path)),
        }
    }

    /// Takes a text as the file at `path`. Lines that are nothing of AWS's are passed over, as the
    /// AWS SDK for Go passes over them.
    pub fn parse(path: &Path, text: String) -> Self {
        let mut sections: Vec<Section> = Vec::new();
        let mut end = 0;
        for (number, line) in text.split_inclusive('\n').enumerate() {
            end += line.len();
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
                continue;
            }
            if let Some(title) = title(trimmed) {
                let (line, settings) = (number + 1, Vec::new());
                sections.push(Section {
                    title,
                    line,
                    end,
                    settings,
                });
            } else if let Some(section) = sections.last_mut() {
                section.end = end;
                // An indented line continues or nests; what is asked for is never there.
                if !line.starts_with([' ', '\t'])
                    && let Some((key, value)) = trimmed.split_once('=')
                {
                    section.settings.push(Setting {
                        key: key.trim().to_lowercase(),
                        value: uncommented(value).trim().to_owned(),
                        line: number + 1,
                    });
                }
            }
        }
        Self {
            path: path.to_path_buf(),
            text,
            not_utf8: None,
            sections,
        }
    }

    /// The first section with this title.
    pub fn section(&self, title: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.title == title)
    }

    /// The section of a profile in the configuration file: `[profile NAME]`, or `[default]`.
    pub fn profile(&self, name: &str) -> Option<&Section> {
        let own = self.section(&format!("profile {name}"));
        own.or_else(|| self.section("default").filter(|_| name == "default"))
    }
}

impl Section {
    /// The value of a setting; of two with the same key the last counts.
    pub fn get(&self, key: &str) -> Option<&str> {
        let setting = self.settings.iter().rfind(|setting| setting.key == key)?;
        Some(&setting.value)
    }
}

fn title(line: &str) -> Option<String> {
    let (inside, _) = line.strip_prefix('[')?.split_once(']')?;
    let words: Vec<&str> = inside.split_whitespace().collect();
    Some(words.join(" ").replace(['"', '\''], ""))
}

/// `value` up to a comment, which blank space sets off from it.
fn uncommented(value: &str) -> &str {
    let comment = value
        .match_indices(['#', ';'])
        .find(|(at, _)| value[..*at].ends_with([' ', '\t']));
    comment.map_or(value, |(at, _)| &value[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> AwsFile {
        AwsFile::parse(Path::new("config"), text.to_owned())
    }

    #[test]
    fn titles_settings_and_their_lines_are_found() {
        let file = parsed(
            "# mine\n[default]\nregion=eu-west-1\n\n[profile  \"dev\"] ; d\nSSO_Region = us-east-1 # portal\nsso_start_url = https://x/start/#/\n",
        );
        let dev = file.profile("dev").unwrap();
        assert_eq!((dev.title.as_str(), dev.line), ("profile dev", 5));
        assert_eq!(dev.get("sso_region"), Some("us-east-1"));
        assert_eq!(dev.get("sso_start_url"), Some("https://x/start/#/"));
        assert_eq!(dev.settings[1].line, 7);
        assert_eq!(
            file.profile("default").unwrap().get("region"),
            Some("eu-west-1")
        );
    }

    #[test]
    fn a_section_without_the_word_is_no_profile() {
        assert_eq!(parsed("[dev]\nregion = x\n").profile("dev"), None);
    }

    #[test]
    fn what_is_nested_is_no_setting_but_belongs_to_the_section() {
        let text = "[profile a]\r\ns3 =\r\n  region = no\r\n\r\n# next\r\n[profile b]";
        let file = parsed(text);
        assert_eq!(file.sections[0].get("region"), None);
        assert_eq!(
            &text[..file.sections[0].end],
            "[profile a]\r\ns3 =\r\n  region = no\r\n"
        );
        assert_eq!(file.sections[1].end, text.len());
    }
}
