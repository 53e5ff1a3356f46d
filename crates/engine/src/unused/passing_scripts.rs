//! Makefiles and shell scripts that pass AWS's own variables of the environment to a variable of Terraform: without
//! the variable, the provider reads them itself.

use std::path::Path;

use ci::aws_names::KEY_VARIABLES;
use ci::scripts::key_arguments::{KeyArgument, KeyOption, key_arguments, without};
use syntax::edit::Edit;

use super::exported::{are_exported, has_other_environment};
use crate::index::set_elsewhere::{passes, times_passed};

/// The edits of a script after which it passes a variable no more. `None` where they are not known: another kind of
/// file, a value that is not one of AWS's own variables, an argument that is no whole word of a Terraform command.
pub(super) fn edits(path: &Path, text: &str, variable: &str) -> Option<Vec<Edit>> {
    // What is not UTF-8 was replaced when it was read.
    if !is_script(path) || text.contains(char::REPLACEMENT_CHARACTER) {
        return None;
    }
    // Without the argument Terraform reads them from its own environment.
    if !are_exported(text) {
        return None;
    }
    let mut edits = Vec::new();
    let mut at = 0;
    for command in joined_lines(text) {
        let range = at..at + command.len();
        at = range.end;
        if passes(command, variable) {
            let found = edits_of_command(path, command, variable)?;
            edits.extend(found.into_iter().map(|found| {
                let range = found.start + range.start..found.end + range.start;
                Edit::replace(range, "")
            }));
        }
    }
    (edits.len() == times_passed(text, variable)).then_some(edits)
}

/// The arguments of one command that pass a variable.
fn edits_of_command(
    path: &Path,
    command: &str,
    variable: &str,
) -> Option<Vec<std::ops::Range<usize>>> {
    let command = match is_makefile(path) {
        true => of_shell(command.strip_prefix('\t').map(|_| command)?),
        false => command.to_owned(),
    };
    let mut arguments = key_arguments(&command);
    arguments.retain(|it| it.option == KeyOption::Variable(variable.to_owned()));
    let is_of_aws = |argument: &KeyArgument| {
        let value = argument.value.replace("$$", "$");
        let name = value.strip_prefix('$').unwrap_or_default();
        let name = name.trim_start_matches('{').trim_end_matches('}');
        argument.is_flag() && KEY_VARIABLES.contains(&name)
    };
    let is_known = arguments.iter().all(is_of_aws)
        && !has_other_environment(&command)
        && without(&command, &arguments).is_some();
    is_known.then(|| arguments.into_iter().map(|it| it.range).collect())
}

/// A line of a recipe as its shell reads it, byte by byte: `$(NAME)` is `${NAME}` there, and the marks before a
/// command are Make's own (GNU Make manual, "Recipe Syntax").
fn of_shell(line: &str) -> String {
    let blank = line.len() - line.trim_start_matches(['\t', ' ', '@', '-', '+']).len();
    let mut text = " ".repeat(blank);
    let mut rest = &line[blank..];
    while let Some((before, behind)) = rest.split_once("$(") {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        text += before;
        match behind.split_once(')') {
            Some((name, after)) if name.bytes().all(is_name) => {
                text += &format!("${{{name}}}");
                rest = after;
            }
            _ => {
                text += "$(";
                rest = behind;
            }
        }
    }
    text + rest
}

/// The lines of a text, those that a backslash goes on with together.
fn joined_lines(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        if !line.trim_end_matches(['\r', '\n']).ends_with('\\') {
            found.push(&text[start..at]);
            start = at;
        }
    }
    if start < text.len() {
        found.push(&text[start..]);
    }
    found
}

/// Whether the edits of a file are known where it passes variables.
pub(crate) fn is_script(path: &Path) -> bool {
    let is_shell = path
        .extension()
        .is_some_and(|ending| ending == "sh" || ending == "bash");
    is_shell || is_makefile(path)
}

fn is_makefile(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    name == "makefile"
        || name == "GNUmakefile"
        || name.starts_with("Makefile")
        || path.extension().is_some_and(|ending| ending == "mk")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_that_passes_a_variable_of_aws_goes() {
        for (path, text, expected) in [
            (
                "Makefile",
                "plan:\n\t@terraform plan -var id=$(AWS_ACCESS_KEY_ID) -out x\n",
                Some("plan:\n\t@terraform plan -out x\n"),
            ),
            (
                "a/x.mk",
                "plan:\n\tterraform plan \\\n\t  -var=\"id=${AWS_ACCESS_KEY_ID}\" \\\n\t  -var a=$(A)\n",
                Some("plan:\n\tterraform plan \\\n\t  -var a=$(A)\n"),
            ),
            (
                "Makefile",
                "plan:\n\tcd $(DIR) && terraform plan -var 'id=$$AWS_ACCESS_KEY_ID'\n",
                Some("plan:\n\tcd $(DIR) && terraform plan\n"),
            ),
            (
                "run.sh",
                "terraform plan -var id=$AWS_ACCESS_KEY_ID\nterraform apply -var \"id=$AWS_ACCESS_KEY_ID\"\n",
                Some("terraform plan\nterraform apply\n"),
            ),
            // Who sets it is not known.
            ("run.sh", "terraform plan -var id=$KEY\n", None),
            (
                "run.py",
                "terraform plan -var id=$AWS_ACCESS_KEY_ID\n",
                None,
            ),
            ("Makefile", "ARGS = -var id=$(AWS_ACCESS_KEY_ID)\n", None),
            ("run.sh", "./x -var id=$AWS_ACCESS_KEY_ID\n", None),
            (
                "run.sh",
                "terraform plan -var id=$AWS_ACCESS_KEY_ID\nx=\"-var id=$AWS_ACCESS_KEY_ID\"\n",
                None,
            ),
        ] {
            let after = edits(Path::new(path), text, "id").map(|mut edits| {
                let (after, _) = syntax::edit::splice(text, &mut edits).unwrap();
                after
            });
            assert_eq!(after.as_deref(), expected, "{text}");
        }
    }
}
