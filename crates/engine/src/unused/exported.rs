//! Whether Terraform has AWS's variables in its environment as a script or a Makefile reads them: a
//! variable of the shell or of Make alone is none.

use ci::aws_names::KEY_VARIABLES;
use terraform::references::words;

/// Whether the commands of a text find AWS's variables exported: nothing in it sets them, or may, for
/// itself alone.
pub(super) fn are_exported(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    // All of Make's, or of the shell's (GNU Make manual, "Communicating Variables to a Sub-make"; "The
    // Set Builtin").
    let exports_all =
        lines.any(|line| line == "export" || line.contains("set -a") || line.contains("allexport"));
    let is_exported = |name: &str| {
        let places = words(text, name).into_iter();
        let mut before = places.map(|at| text[..at].lines().next_back().unwrap_or_default());
        before.any(|before| before.trim_start().starts_with("export "))
    };
    if exports_all || KEY_VARIABLES.iter().all(|name| is_exported(name)) {
        return true;
    }
    !text.lines().any(sets_for_itself)
}

/// Whether a line sets such a variable, or may, without exporting it.
fn sets_for_itself(line: &str) -> bool {
    let code = line.trim_start().trim_start_matches(['@', '-']);
    if code.starts_with('#') {
        return false;
    }
    let mut commands = code.split([';', '&', '|']).map(str::trim_start);
    let loads = ["include ", "sinclude ", "source ", ". ", "eval "];
    if commands.any(|command| loads.iter().any(|word| command.starts_with(word))) {
        return true;
    }
    KEY_VARIABLES.iter().any(|name| {
        words(line, name).into_iter().any(|at| {
            let behind = line[at + name.len()..].trim_start();
            let is_set = ["=", ":=", "::=", "?=", "+="]
                .iter()
                .any(|sign| behind.starts_with(sign));
            let before = line[..at].trim_start();
            let is_read = ["read ", "define "].iter().any(|it| before.starts_with(it));
            is_set && !before.starts_with("export ") || is_read
        })
    })
}

/// Whether a command is run in another environment than that of the script.
pub(super) fn has_other_environment(command: &str) -> bool {
    let tools = [
        "env -", "sudo ", "su ", "docker ", "podman ", "ssh ", "kubectl ",
    ];
    let is_kept = |at: usize| command[at..].starts_with("sudo -E ");
    tools.iter().any(|tool| {
        command.match_indices(tool).any(|(at, _)| {
            let is_word =
                command[..at].ends_with(|it: char| it.is_whitespace() || "@;&|('\"".contains(it));
            (at == 0 || is_word) && !is_kept(at)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_a_script_sets_for_itself_are_not_exported() {
        for text in [
            "include .env\nplan:\n",
            "define AWS_ACCESS_KEY_ID\nfoo\nendef\n",
            "plan: AWS_ACCESS_KEY_ID = $(DEV)\n",
            ". ./env.sh\n",
            "source .env\n",
            "eval $(pass show aws)\n",
            "read AWS_ACCESS_KEY_ID\n",
            "case $o in i) AWS_ACCESS_KEY_ID=\"$OPTARG\";; esac\n",
        ] {
            assert!(!are_exported(text), "{text}");
        }
        for text in [
            "terraform plan -var id=$AWS_ACCESS_KEY_ID\n",
            "-include .env\nexport\n",
            "set -a; . ./.env; set +a\n",
            "export AWS_ACCESS_KEY_ID=$(pass id)\n",
            "source .env\nexport AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN\n",
            "# source .env\n",
        ] {
            assert!(are_exported(text), "{text}");
        }
    }

    #[test]
    fn a_command_behind_another_program_has_its_environment() {
        for command in [
            "docker run hashicorp/terraform plan",
            "env -i PATH=$PATH terraform plan",
            "cd x && sudo terraform plan",
            "ssh host \"terraform plan\"",
        ] {
            assert!(has_other_environment(command), "{command}");
        }
        for command in [
            "terraform plan",
            "sudo -E terraform plan",
            "cd envs/docker && terraform plan",
        ] {
            assert!(!has_other_environment(command), "{command}");
        }
    }
}
