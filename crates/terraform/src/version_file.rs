//! Files that pin the Terraform which a version manager runs in their directory and below it.

use std::path::Path;

use crate::constraint::Version;

/// Their names: of tfenv and tenv, and of asdf, mise and others.
pub const NAMES: [&str; 2] = [".terraform-version", ".tool-versions"];

/// The files that tell which program is run: those, and OpenTofu's of tofuenv and tenv.
pub const OF_PROGRAMS: [&str; 3] = [".terraform-version", ".opentofu-version", ".tool-versions"];

/// The programs that a file of that name is about, whatever release of them: `terraform`, `tofu`.
pub fn programs(name: &str, text: &str) -> Vec<&'static str> {
    let tools = || {
        let lines = text.lines();
        lines.filter_map(|line| line.split_whitespace().next())
    };
    match name {
        ".terraform-version" => vec!["terraform"],
        ".opentofu-version" => vec!["tofu"],
        _ => tools()
            .filter_map(|tool| match tool {
                "terraform" => Some("terraform"),
                "opentofu" => Some("tofu"),
                _ => None,
            })
            .collect(),
    }
}

/// The release that a file of that name pins, with its line from 1; `None` where it pins none, or
/// only the run tells which (`latest`, `latest:^1.5`, `min-required`).
pub fn pinned(path: &Path, text: &str) -> Option<(usize, String, Version)> {
    let is_of_tools = path.file_name()? == NAMES[1];
    let lines = text.lines().enumerate();
    let mut lines = lines.filter_map(|(number, line)| {
        let mut words = line.split('#').next()?.split_whitespace();
        let word = match is_of_tools {
            true => words
                .next()
                .filter(|tool| *tool == "terraform")
                .and(words.next()),
            false => words.next(),
        };
        Some((number + 1, word?.to_owned()))
    });
    let (line, written) = lines.next()?;
    let version = parse(&written)?;
    Some((line, written, version))
}

/// A release as people write it, `v1.5` and `1.5.x` for 1.5.0 too.
pub fn parse(written: &str) -> Option<Version> {
    let numbers = written.trim_start_matches('v').trim_end_matches(".x");
    let missing = 2_usize.saturating_sub(numbers.matches('.').count());
    Version::parse(&format!("{numbers}{}", ".0".repeat(missing))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_of_a_file_is_read_where_it_names_one() {
        for (name, text, expected) in [
            (
                ".terraform-version",
                "1.5.7\n",
                Some((1, Version::new(1, 5, 7))),
            ),
            (
                ".terraform-version",
                "# ours\n\nv1.5 # old\n",
                Some((3, Version::new(1, 5, 0))),
            ),
            (".terraform-version", "latest:^1.5\n", None),
            (".terraform-version", "min-required\n", None),
            (".terraform-version", "", None),
            (
                ".tool-versions",
                "nodejs 20.1.0\nterraform 0.13.7 1.0.0\n",
                Some((2, Version::new(0, 13, 7))),
            ),
            (".tool-versions", "terraform-docs 0.16.0\n", None),
            (
                ".tool-versions",
                "# terraform 1.5.7\nterraform latest\n",
                None,
            ),
        ] {
            let found = pinned(Path::new("a").join(name).as_path(), text);
            let found = found.map(|(line, _, version)| (line, version));
            assert_eq!(found, expected, "{name} {text:?}");
        }
        for (written, expected) in [
            ("1.5.x", Some(Version::new(1, 5, 0))),
            ("1", Some(Version::new(1, 0, 0))),
            ("~1.5", None),
            ("${{ env.VERSION }}", None),
        ] {
            assert_eq!(parse(written), expected, "{written}");
        }
    }
}
