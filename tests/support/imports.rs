//! Which file of a crate imports which, read from their tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Modules by their path from the crate's root, as `["github", "workflow"]`.
type ModulePath = Vec<String>;

/// The files of a crate, and for each those that it imports from. Code of tests does not count.
pub struct ImportGraph {
    pub imports: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    modules: BTreeMap<PathBuf, ModulePath>,
}

impl ImportGraph {
    /// Reads the crate whose root module, `lib.rs` or `main.rs`, stands in `directory`.
    pub fn read(directory: &Path) -> Self {
        let mut files: BTreeMap<ModulePath, PathBuf> = BTreeMap::new();
        for entry in walkdir::WalkDir::new(directory) {
            let path = entry.unwrap().into_path();
            let inside = path.strip_prefix(directory).unwrap();
            let is_test = inside
                .iter()
                .any(|part| part == "tests" || part == "tests.rs");
            if path.extension().is_some_and(|it| it == "rs") && !is_test {
                files.insert(module_of(inside), inside.to_path_buf());
            }
        }
        let imports = files.iter().map(|(module, file)| {
            let text = fs::read_to_string(directory.join(file)).unwrap();
            let tokens: TokenStream = text.parse().unwrap();
            let mut reader = Reader {
                files: &files,
                found: BTreeSet::new(),
            };
            reader.code(tokens, module);
            reader.found.remove(file);
            (file.clone(), reader.found)
        });
        let imports = imports.collect();
        let modules = files.into_iter().map(|(module, file)| (file, module));
        Self {
            imports,
            modules: modules.collect(),
        }
    }

    /// The graph without the imports between a module and those inside of it: a folder and the file
    /// that is its face are one.
    pub fn between_folders(&self) -> Self {
        let is_inside = |file: &Path, other: &Path| {
            let (file, other) = (&self.modules[file], &self.modules[other]);
            file.starts_with(other) || other.starts_with(file)
        };
        let imports = self.imports.iter().map(|(file, imported)| {
            let imported = imported.iter().filter(|other| !is_inside(file, other));
            (file.clone(), imported.cloned().collect())
        });
        Self {
            imports: imports.collect(),
            modules: self.modules.clone(),
        }
    }

    /// The module whose folder a file stands in, or that it is the face of.
    pub fn folder(&self, file: &Path) -> &[String] {
        let own = &self.modules[file];
        let mut all = self.modules.values();
        match all.any(|other| other.len() > own.len() && other.starts_with(own)) {
            true => own,
            false => &own[..own.len() - 1],
        }
    }

    /// The circles: files each of which leads to all the others of its circle.
    pub fn circles(&self) -> Vec<BTreeSet<&Path>> {
        let reached: BTreeMap<&Path, BTreeSet<&Path>> = self
            .imports
            .keys()
            .map(|file| (file.as_path(), self.reached(file)))
            .collect();
        let circles: BTreeSet<BTreeSet<&Path>> = reached
            .iter()
            .filter(|(file, to)| to.contains(*file))
            .map(|(file, to)| {
                let back = to.iter().filter(|to| reached[*to].contains(file));
                back.copied().collect()
            })
            .collect();
        circles.into_iter().collect()
    }

    /// All that a file leads to.
    fn reached(&self, file: &Path) -> BTreeSet<&Path> {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&PathBuf> = self.imports[file].iter().collect();
        while let Some(file) = next.pop() {
            if reached.insert(file.as_path()) {
                next.extend(&self.imports[file]);
            }
        }
        reached
    }
}

fn module_of(file: &Path) -> ModulePath {
    let module = file.with_extension("");
    let parts = module.iter().map(|part| part.to_str().unwrap().to_owned());
    let mut parts: ModulePath = parts.collect();
    if matches!(parts.last().unwrap().as_str(), "mod" | "lib" | "main") {
        parts.pop();
    }
    parts
}

/// Finds the paths in one file's code.
struct Reader<'f> {
    files: &'f BTreeMap<ModulePath, PathBuf>,
    found: BTreeSet<PathBuf>,
}

impl Reader<'_> {
    /// Reads code of the module `here`.
    fn code(&mut self, tokens: TokenStream, here: &[String]) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Punct(sign) if sign.as_char() == '#' && is_test(tokens.get(at + 1)) => {
                    at = end_of_item(&tokens, at + 2);
                }
                TokenTree::Ident(word) if word == "use" => {
                    let end = end_of_item(&tokens, at);
                    self.tree(&tokens[at + 1..end], &[], here);
                    at = end;
                }
                TokenTree::Ident(word) if word == "mod" => {
                    let name = tokens.get(at + 1).map(ToString::to_string);
                    if let Some(TokenTree::Group(body)) = tokens.get(at + 2) {
                        let inner = [here, &[name.unwrap_or_default()]].concat();
                        self.code(body.stream(), &inner);
                    }
                    at += 3;
                }
                TokenTree::Ident(_) => {
                    let (path, end) = path(&tokens, at);
                    if path.len() > 1 {
                        self.import(&path, here);
                    }
                    at = end;
                }
                TokenTree::Group(group) => {
                    self.code(group.stream(), here);
                    at += 1;
                }
                _ => at += 1,
            }
        }
    }

    /// Reads what stands behind `use`, below `before`.
    fn tree(&mut self, tokens: &[TokenTree], before: &[String], here: &[String]) {
        for one in tokens.split(|it| matches!(it, TokenTree::Punct(sign) if sign.as_char() == ','))
        {
            let (path, end) = path(one, 0);
            let path = [before, &path].concat();
            match one.get(end) {
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    self.tree(&inner, &path, here);
                }
                _ if path.is_empty() => {}
                _ => self.import(&path, here),
            }
        }
    }

    /// Notes the file of the innermost module that `path` names.
    fn import(&mut self, path: &[String], here: &[String]) {
        let mut module = here.to_vec();
        let mut rest = path;
        match path[0].as_str() {
            "crate" => module.clear(),
            "self" | "super" => {}
            // Else it begins with a module below this one, or with another crate.
            name => {
                module.push(name.to_owned());
                if !self.files.contains_key(&module) {
                    return;
                }
                module.pop();
            }
        }
        while let [first, behind @ ..] = rest {
            match first.as_str() {
                "crate" | "self" => {}
                "super" => drop(module.pop()),
                name => {
                    module.push(name.to_owned());
                    if !self.files.contains_key(&module) {
                        module.pop();
                        break;
                    }
                }
            }
            rest = behind;
        }
        // What stands in an inline module stands in the file around it.
        while !self.files.contains_key(&module) {
            module.pop();
        }
        self.found.insert(self.files[&module].clone());
    }
}

/// The path that begins at `at`, and where it ends; the `::` before a group belongs to it.
fn path(tokens: &[TokenTree], mut at: usize) -> (Vec<String>, usize) {
    let is_colon =
        |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(sign)) if sign.as_char() == ':');
    let mut path = Vec::new();
    while let Some(TokenTree::Ident(name)) = tokens.get(at) {
        path.push(name.to_string());
        at += 1;
        if !(is_colon(at) && is_colon(at + 1)) {
            break;
        }
        at += 2;
    }
    (path, at)
}

/// Whether this is the bracket of `#[cfg(test)]` or `#[test]`.
fn is_test(bracket: Option<&TokenTree>) -> bool {
    let text = bracket.map(ToString::to_string).unwrap_or_default();
    let text = text.replace(char::is_whitespace, "");
    matches!(text.as_str(), "[cfg(test)]" | "[test]")
}

/// Where the item around `at` ends: behind its braces or its semicolon.
fn end_of_item(tokens: &[TokenTree], at: usize) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(sign) => sign.as_char() == ';',
        _ => false,
    };
    let end = tokens[at..].iter().position(ends);
    end.map_or(tokens.len(), |end| at + end + 1)
}

#[test]
fn imports_are_found_where_code_names_them_and_circles_where_they_close() {
    let library = tempfile::tempdir().unwrap();
    fs::create_dir(library.path().join("b")).unwrap();
    for (file, code) in [
        ("lib.rs", "mod a;\nmod b;\nmod tests;\npub use a::f;"),
        (
            "a.rs",
            "use crate::b::{self, c::D as E};\n// use crate::tests;\n#[cfg(test)]\nmod tests {\n    \
             use super::*;\n}\npub fn f() {}",
        ),
        (
            "b.rs",
            "mod c;\npub struct D;\nfn f() { self::c::g(std::mem::take) }",
        ),
        (
            "b/c.rs",
            "use super::D;\nfn g() -> &'static str { crate::a::f(\"crate::tests\") }",
        ),
        ("tests.rs", "use crate::a::f;"),
    ] {
        fs::write(library.path().join(file), code).unwrap();
    }
    let graph = ImportGraph::read(library.path());
    let found = graph.imports.iter().map(|(file, to)| {
        let to: Vec<&str> = to.iter().map(|to| to.to_str().unwrap()).collect();
        (file.to_str().unwrap(), to)
    });
    assert_eq!(
        found.collect::<Vec<_>>(),
        [
            ("a.rs", vec!["b/c.rs", "b.rs"]),
            ("b/c.rs", vec!["a.rs", "b.rs"]),
            ("b.rs", vec!["b/c.rs"]),
            ("lib.rs", vec!["a.rs"]),
        ]
    );
    assert_eq!(graph.circles()[0].len(), 3);
    let apart = graph.between_folders();
    let expected = [Path::new("a.rs"), Path::new("b/c.rs")];
    assert_eq!(apart.circles(), [BTreeSet::from(expected)]);
    assert_eq!(graph.folder(Path::new("b.rs")), ["b"]);
    assert!(graph.folder(Path::new("a.rs")).is_empty());
}
