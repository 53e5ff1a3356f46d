//! Whatever passes keys on: after a plan every reference has a declaration and every argument a variable, no
//! module waits for a value, and keys go everywhere or nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::{CI, JOB, VARIABLES};
use crate::support::{Tree, reviewed};
use engine::selection::Selection;

/// How a module gets a key to where it is needed.
#[derive(Debug, Clone, Copy)]
enum Form {
    Direct,
    Template,
    Local,
    Object,
}

/// What may stand in the way.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Obstacle {
    None,
    Use,
    Literal,
    Ambient,
    Ignored,
    OtherPair,
}

fn form() -> impl Strategy<Value = Form> {
    prop_oneof![
        Just(Form::Direct),
        Just(Form::Template),
        Just(Form::Local),
        Just(Form::Object)
    ]
}

fn obstacle() -> impl Strategy<Value = Obstacle> {
    prop_oneof![
        4 => Just(Obstacle::None),
        1 => Just(Obstacle::Use),
        1 => Just(Obstacle::Literal),
        1 => Just(Obstacle::Ambient),
        1 => Just(Obstacle::Ignored),
        1 => Just(Obstacle::OtherPair),
    ]
}

/// The locals of a module, and the expressions of its two keys.
fn expressions(form: Form) -> (String, [String; 2]) {
    let pair = |id: &str, secret: &str| [id.to_owned(), secret.to_owned()];
    match form {
        Form::Direct => (String::new(), pair("var.access_key", "var.secret_key")),
        Form::Template => (
            String::new(),
            pair("\"${var.access_key}\"", "\"${var.secret_key}\""),
        ),
        Form::Local => (
            "locals {\n  a = var.access_key\n  b = var.secret_key\n  c = local.b\n}\n".to_owned(),
            pair("local.a", "local.c"),
        ),
        Form::Object => (
            "locals {\n  o = { a = var.access_key, b = var.secret_key }\n}\n".to_owned(),
            pair("local.o.a", "local.o.b"),
        ),
    }
}

/// Modules `m0` to `mN`, of which each calls the next, and the last has a provider.
fn files(forms: &[Form], has_own: bool, obstacle: (Obstacle, usize)) -> BTreeMap<String, String> {
    let last = forms.len() - 1;
    let at = obstacle.1 % forms.len();
    let modules = forms.iter().enumerate().map(|(number, form)| {
        let (mut text, [id, secret]) = expressions(*form);
        text += VARIABLES;
        let here = (number == at).then_some(obstacle.0);
        let keys = format!("  access_key = {id}\n  secret_key = {secret}\n");
        let own = format!("provider \"aws\" {{\n  region = \"eu-west-1\"\n{keys}}}\n");
        let next = number + 1;
        match number == last {
            true => text += &own,
            false => {
                text += &format!("module \"x\" {{\n  source = \"../m{next}\"\n{keys}}}\n");
                if number == 0 && has_own {
                    text += &own;
                }
            }
        }
        match here {
            Some(Obstacle::Use) => text += "output \"k\" {\n  value = var.access_key\n}\n",
            Some(Obstacle::Literal) if number < last => {
                text += &format!(
                    "module \"y\" {{\n  source = \"../m{next}\"\n  access_key = \"AKIAIOSFODNN7EXAMPLE\"\n  secret_key = \"s\"\n}}\n"
                );
            }
            Some(Obstacle::Ambient) if number > 0 && number < last => {
                text += "provider \"aws\" {}\n";
            }
            Some(Obstacle::Ignored) => {
                text = text.replacen("  access_key =", "  # tfkeyless: ignore[remove_static_keys]\n  access_key =", 1);
            }
            Some(Obstacle::OtherPair) if number > 0 && number < last => {
                text += "locals {\n  p = \"AKIAIOSFODNN7EXAMPLE\"\n  q = \"s\"\n}\nprovider \"aws\" {\n  access_key = local.p\n  secret_key = local.q\n}\n";
            }
            _ => {}
        }
        (format!("m{number}/main.tf"), text)
    });
    modules.collect()
}

/// What one module says, read line by line.
#[derive(Debug, Default)]
struct Said {
    variables: BTreeSet<String>,
    locals: BTreeSet<String>,
    references: BTreeSet<String>,
    /// The arguments of each call, by the directory called.
    calls: Vec<(PathBuf, BTreeSet<String>)>,
    /// Whether each provider configuration has keys.
    providers: Vec<bool>,
}

fn said(path: &Path, text: &str) -> Said {
    let mut said = Said::default();
    let mut block = "";
    for line in text.lines() {
        let quoted = line.split('"').nth(1).unwrap_or_default();
        if !line.starts_with(' ') && line.contains('{') {
            block = line.split(' ').next().unwrap_or_default();
            match block {
                "variable" => said.variables.extend([quoted.to_owned()]),
                "module" => said.calls.push((PathBuf::new(), BTreeSet::new())),
                "provider" => said.providers.push(false),
                _ => {}
            }
            continue;
        }
        let Some((name, _)) = line
            .trim()
            .split_once(" = ")
            .map(|(name, rest)| (name.trim(), rest))
        else {
            continue;
        };
        match (block, name) {
            ("locals", _) => said.locals.extend([name.to_owned()]),
            ("module", "source") => {
                let directory = path.parent().unwrap().parent().unwrap();
                said.calls.last_mut().unwrap().0 = directory.join(quoted.trim_start_matches("../"));
            }
            ("module", _) => said.calls.last_mut().unwrap().1.extend([name.to_owned()]),
            ("provider", "access_key") => *said.providers.last_mut().unwrap() = true,
            _ => {}
        }
    }
    for root in ["var.", "local."] {
        for part in text.split(root).skip(1) {
            let name: String = part
                .chars()
                .take_while(|it| it.is_alphanumeric() || *it == '_')
                .collect();
            said.references.extend([format!("{root}{name}")]);
        }
    }
    said
}

proptest! {
    #[test]
    fn keys_go_everywhere_or_nowhere_and_nothing_is_left_without_what_it_names(
        forms in prop::collection::vec(form(), 1..5),
        has_own in any::<bool>(),
        obstacle in (obstacle(), 0_usize..5),
        review in any::<bool>(),
    ) {
        let files = files(&forms, has_own, obstacle);
        let job = JOB.replace("terraform ", "terraform -chdir=m0 ");
        let all = files.iter().map(|(path, text)| (&**path, &**text));
        let tree = Tree::new(all.chain([(CI, &*job)]));
        let selection = match review {
            true => reviewed(),
            false => Selection::default(),
        };
        let plan = tree.plan("", selection).unwrap();
        let after = tree.with(&plan);
        let modules: BTreeMap<PathBuf, Said> = after.0.iter()
            .filter(|(path, _)| path.extension().is_some_and(|it| it == "tf"))
            .map(|(path, text)| (path.parent().unwrap().to_path_buf(), said(path, text)))
            .collect();
        for (directory, module) in &modules {
            for reference in &module.references {
                let (root, name) = reference.split_once('.').unwrap();
                let declared = match root {
                    "var" => &module.variables,
                    _ => &module.locals,
                };
                prop_assert!(declared.contains(name), "{directory:?} {reference}");
            }
            for (called, arguments) in &module.calls {
                // No variable of these modules has a default.
                prop_assert_eq!(arguments, &modules[called].variables, "{:?}", directory);
            }
        }
        let is_signed_in = after.0[Path::new(CI)].contains("role-to-assume");
        let mut providers = modules.values().flat_map(|module| &module.providers);
        let is_untouched = after.0 == tree.0;
        match is_signed_in {
            true => prop_assert!(providers.all(|has_keys| !has_keys)),
            false => prop_assert!(is_untouched),
        }
        // Nothing stands in the way.
        if obstacle.0 == Obstacle::None {
            prop_assert!(is_signed_in, "{files:#?}");
        }
    }
}
