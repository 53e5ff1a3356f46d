//! Commands that write Terraform's configuration, so that what is run is not what the tree holds.

use std::path::{Path, PathBuf};

use crate::scripts::invocation::Invocation;

/// What a command does to configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rewriting {
    /// It writes files where they are run.
    Written,
    /// It brings files from elsewhere: any of the tree may be run there.
    Brought,
}

/// Endings of the names of configuration files.
const ENDINGS: [&str; 4] = [".tf", ".tofu", ".tf.json", ".tofu.json"];

/// What a command does to the configuration of root modules in these directories; `None` where it writes none.
pub(crate) fn rewriting<'d>(
    words: &[String],
    directories: impl Iterator<Item = &'d Path>,
) -> Option<Rewriting> {
    let is_written = |pair: &[String]| pair[0].starts_with('>') && is_configuration(&pair[1]);
    if words.windows(2).any(is_written) {
        return Some(Rewriting::Written);
    }
    let invocation = Invocation::of(words)?;
    let arguments = invocation.arguments;
    let names = arguments.iter().any(|word| is_configuration(word));
    match invocation.name() {
        "tee" if names => Some(Rewriting::Written),
        "sed" | "perl" | "ruby" if names && arguments.iter().any(|it| is_in_place(it)) => {
            Some(Rewriting::Written)
        }
        "curl" | "wget" | "git" | "patch" | "rm" if names => {
            let changes = ["checkout", "restore", "apply"];
            let is_git = invocation.name() == "git";
            let is_change = !is_git
                || arguments
                    .first()
                    .is_some_and(|it| changes.contains(&it.as_str()));
            is_change.then_some(Rewriting::Brought)
        }
        "cp" | "mv" | "ln" | "install" | "rsync" => {
            let plain: Vec<&String> = arguments.iter().filter(|it| !it.starts_with('-')).collect();
            let (to, from) = plain.split_last()?;
            // A whole directory matters where it ends among the files that are run.
            let is_all = |from: &&&String| ["/*", "/.", "/"].iter().any(|end| from.ends_with(end));
            let to: PathBuf = Path::new(to.trim_end_matches("/.")).components().collect();
            let mut directories = directories;
            let is_run = to == Path::new(".")
                || directories.any(|it| it == to || to.ends_with(it) && it != Path::new(""));
            let is_brought = names || is_run && from.iter().any(|it| is_all(&it));
            is_brought.then_some(Rewriting::Brought)
        }
        _ => None,
    }
}

/// Whether a word names a file of configuration, or several by a pattern.
fn is_configuration(word: &str) -> bool {
    let word = word.trim_matches(['"', '\'']);
    ENDINGS.iter().any(|ending| word.ends_with(ending))
}

/// Whether an option has a program change files: `-i`, `-i.bak`, `-pi`, `--in-place`.
fn is_in_place(option: &str) -> bool {
    let is_short = option.starts_with('-') && !option.starts_with("--");
    option.starts_with("--in-place") || is_short && option.contains('i')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripts::reader::Execution;

    #[test]
    fn commands_that_write_configuration_are_told_apart() {
        let (written, brought) = (Some(Rewriting::Written), Some(Rewriting::Brought));
        for (script, expected) in [
            ("cat > override.tf <<EOF\nprovider \"aws\" {}\nEOF", written),
            ("echo x >> stack/main.tf", written),
            ("envsubst < a.tmpl > main.tf.json", written),
            ("echo x | tee backend.tf", written),
            ("sed -i s/1/2/ stack/main.tf", written),
            ("sed -i.bak 's/1/2/' *.tf", written),
            ("perl -pi -e s/1/2/ main.tf", written),
            ("sed s/1/2/ main.tf", None),
            ("cp envs/dev/provider.tf stack/", brought),
            ("cp ci/*.tf .", brought),
            ("ln -s ../envs/dev/provider.tf stack/provider.tf", brought),
            ("mv p.tf.disabled p.tf", brought),
            ("sudo cp a.tf b.tf", brought),
            ("cp envs/dev/* stack/", brought),
            ("cp -r envs/dev/. ./stack", brought),
            ("rsync -a envs/dev/ .", brought),
            ("cp -r dist/* public/", None),
            ("cp dev.tfvars stack/", None),
            ("cp README.md stack/", None),
            ("rm -f override.tf", brought),
            ("rm -rf .terraform", None),
            ("git checkout env/live -- main.tf", brought),
            ("git add main.tf", None),
            ("git checkout main", None),
            ("curl -o backend.tf https://example.com/a", brought),
            ("cat main.tf", None),
            ("terraform fmt main.tf", None),
        ] {
            let commands = Execution::of(script).commands;
            let stack = [Path::new("stack")];
            let mut found = commands
                .iter()
                .filter_map(|command| rewriting(&command.words, stack.into_iter()));
            assert_eq!(found.next(), expected, "{script}");
        }
    }
}
