//! Scripts that take away what the file of AWS's profiles holds.

use crate::scripts::invocation::Invocation;
use crate::scripts::shell::commands;

/// The end of the path to that file.
const FILE: &str = ".aws/config";

/// Commands that may name the file or its directory and leave in it what it holds.
const KEEPING: [&str; 13] = [
    "[", "[[", "aws", "cat", "chmod", "chown", "echo", "export", "grep", "ls", "mkdir", "printf",
    "touch",
];

/// Whether a script writes `~/.aws/config` anew, or removes it: the profiles that are in it are gone then.
pub fn replaces_profiles(script: &str) -> bool {
    let mut lines = script.lines().map(str::trim_start);
    let is_written = lines.any(|line| {
        let mut signs = line.match_indices('>').map(|(at, _)| line.split_at(at));
        !line.starts_with('#')
            && signs.any(|(before, target)| {
                let target = target[1..].trim_start_matches('|');
                let is_added = before.ends_with('>') || target.starts_with('>');
                let target = target.trim_start().split([' ', ';', '&', '|']).next();
                let target = target.unwrap_or_default().trim_matches(['"', '\'']);
                !is_added && target.ends_with(FILE)
            })
    });
    let is_of_profiles = |word: &str| {
        let word = word.trim_end_matches('/');
        word.ends_with(FILE) || word.ends_with("/.aws") || word.ends_with(".aws/*")
    };
    is_written
        || commands(script).iter().any(|command| {
            let Some(invocation) = Invocation::of(&command.words) else {
                return false;
            };
            let mut plain = invocation.arguments.iter();
            // What is behind `>` is read above.
            let own = plain.by_ref().take_while(|word| *word != ">");
            let own: Vec<&String> = own.collect();
            let adds =
                invocation.name() == "tee" && own.iter().any(|it| *it == "-a" || *it == "--append");
            !KEEPING.contains(&invocation.name())
                && !adds
                && own.iter().any(|it| is_of_profiles(it))
        })
}

#[cfg(test)]
mod tests {
    use super::replaces_profiles;

    #[test]
    fn scripts_that_add_to_the_profiles_are_told_from_those_that_replace_them() {
        for (script, expected) in [
            ("cat > ~/.aws/config <<X\n[default]\nX", true),
            ("printf a > \"$HOME/.aws/config\"", true),
            ("rm -rf ~/.aws && mkdir ~/.aws", true),
            ("cp ci/aws.conf ~/.aws/config", true),
            ("mv ci/aws ~/.aws", true),
            ("echo a | tee ~/.aws/config", true),
            ("curl -o ~/.aws/config $URL", true),
            ("cat >> ~/.aws/config <<X\n[profile a]\nX", false),
            ("echo a | tee -a ~/.aws/config", false),
            ("aws configure set region x --profile a", false),
            ("mkdir -p ~/.aws", false),
            ("cat ~/.aws/config", false),
            ("printf a > ~/.aws/credentials", false),
            ("cp a.conf b.conf", false),
        ] {
            assert_eq!(replaces_profiles(script), expected, "{script}");
        }
    }
}
