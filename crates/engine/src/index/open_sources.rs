//! Module sources that locals and variables make up. OpenTofu 1.8 and later evaluate them before `init`
//! (opentofu.org, "Module Sources"); Terraform accepts none.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use syntax::hcl::Document;
use terraform::module_call::{ModuleAddress, normalize};

/// What a file tells of such sources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenSources {
    /// The sources, as they are written.
    written: Vec<String>,
    /// The locals, and the defaults of variables, that are local paths: by their references.
    paths: BTreeMap<String, String>,
}

/// The directories that a source may name.
#[derive(Debug, PartialEq, Eq)]
pub enum CalledDirectories {
    /// This one, as far as the code tells.
    One(PathBuf),
    /// Those whose paths end so: all, where it is empty.
    Ending(PathBuf),
}

impl OpenSources {
    /// What a configuration file tells; `None` where that is nothing.
    pub fn of(document: &Document) -> Option<Box<Self>> {
        let text = document.text();
        let mut found = Self::default();
        for top in document.top_blocks("module") {
            let text = &text[top.span()];
            if text.lines().any(has_open_source)
                && let Ok(block) = top.parse()
                && let Some(source) = block.attribute("source")
                && source.value.literal().is_none()
            {
                found.written.push(source.value.text().to_owned());
            }
        }
        if text.contains("\"../") || text.contains("\"./") {
            let locals = document.blocks("locals");
            let locals = locals.flat_map(|block| block.body().attributes().collect::<Vec<_>>());
            let locals = locals.map(|it| (format!("local.{}", it.name), it.value));
            let defaults = document.blocks("variable").filter_map(|block| {
                let name = block.label(0)?;
                Some((format!("var.{name}"), block.attribute("default")?.value))
            });
            found.paths = locals
                .chain(defaults)
                .filter_map(|(name, value)| {
                    let path = value.literal()?;
                    is_local(path).then(|| (name, path.to_owned()))
                })
                .collect();
        }
        (found != Self::default()).then(|| Box::new(found))
    }

    /// The directories that the sources of a module in `directory` may name, whose files tell this.
    pub fn called<'o>(
        directory: &Path,
        files: &(impl Iterator<Item = &'o Self> + Clone),
    ) -> Vec<CalledDirectories> {
        let written = files.clone().flat_map(|file| &file.written);
        let value = |name: &str| {
            let mut files = files.clone();
            files.find_map(|file| file.paths.get(name).cloned())
        };
        let called = written.flat_map(|source| called(source, directory, &value));
        called.collect()
    }
}

/// Whether a line sets a source that is no literal.
fn has_open_source(line: &str) -> bool {
    let value = line.trim_start().strip_prefix("source");
    let value = value.and_then(|it| it.trim_start().strip_prefix('='));
    value.is_some_and(|it| !it.trim_start().starts_with('"') || it.contains("${"))
}

fn is_local(path: &str) -> bool {
    path.starts_with("./") || path.starts_with("../")
}

/// The directories that one source may name, with the values of what it references.
fn called(
    source: &str,
    directory: &Path,
    value: &dyn Fn(&str) -> Option<String>,
) -> Vec<CalledDirectories> {
    let template = source.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    let template = template.map_or_else(|| format!("${{{source}}}"), str::to_owned);
    let (start, _) = template.split_once("${").unwrap_or((&template, ""));
    // An address: `git::https://host/x?ref=${var.release}`.
    if !start.is_empty() && !start.starts_with('.') {
        return Vec::new();
    }
    let (mut path, mut rest) = (String::new(), template.as_str());
    let (mut is_known, mut is_set_by_run) = (true, false);
    while let Some((before, behind)) = rest.split_once("${") {
        let Some((reference, behind)) = behind.split_once('}') else {
            break;
        };
        let reference = reference.trim();
        // A name alone is filled in by what makes configuration of a template.
        if !reference.contains(['.', '(', '[']) {
            return Vec::new();
        }
        let is_own = reference == "path.module";
        let found = value(reference).or_else(|| is_own.then(|| ".".to_owned()));
        is_known &= found.is_some();
        // A run may give a variable another value than the default.
        is_set_by_run |= !is_own && !reference.starts_with("local.");
        path += before;
        path += &found.unwrap_or_default();
        rest = behind;
    }
    path += rest;
    let mut called = Vec::new();
    if is_known && let ModuleAddress::Local(found) = ModuleAddress::parse(&path, directory) {
        called.push(CalledDirectories::One(found));
    }
    if !is_known || is_set_by_run {
        let ending = normalize(Path::new(rest.trim_start_matches('/')));
        called.push(CalledDirectories::Ending(ending.unwrap_or_default()));
    }
    called
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_the_code_tells_lead_to_one_directory_and_others_to_any() {
        let value = |name: &str| match name {
            "local.mods" | "var.mods" => Some("../modules".to_owned()),
            _ => None,
        };
        let one = |path: &str| CalledDirectories::One(path.into());
        let ending = |path: &str| CalledDirectories::Ending(path.into());
        for (source, expected) in [
            ("\"${local.mods}/vpc\"", vec![one("modules/vpc")]),
            ("local.mods", vec![one("modules")]),
            (
                "\"${var.mods}/vpc\"",
                vec![one("modules/vpc"), ending("vpc")],
            ),
            ("var.mods", vec![one("modules"), ending("")]),
            ("var.other", vec![ending("")]),
            ("\"../${var.other}/vpc\"", vec![ending("vpc")]),
            ("\"${local.other}//vpc\"", vec![ending("vpc")]),
            ("\"git::https://host/x?ref=${var.release}\"", vec![]),
            ("\"${path.module}/../m\"", vec![one("m")]),
            ("\"${path.root}/../m\"", vec![ending("")]),
            ("\"${module_source}\"", vec![]),
        ] {
            let found = called(source, Path::new("dev"), &value);
            assert_eq!(found, expected, "{source}");
        }
    }

    #[test]
    fn lines_with_an_open_source_are_told_from_others() {
        for (line, expected) in [
            ("  source = local.x", true),
            ("source=\"${local.x}/vpc\"", true),
            ("  source  = \"../m\"", false),
            ("  source_code = var.x", false),
        ] {
            assert_eq!(has_open_source(line), expected, "{line}");
        }
    }
}
