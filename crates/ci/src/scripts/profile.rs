//! The AWS profile that a line of a script pins.

/// The profile that a line pins; an expression where only the run knows it.
pub fn of(line: &str) -> Option<&str> {
    let line = line.trim();
    let is_comment = line.starts_with('#') || line.starts_with("//");
    if is_comment || line.contains("echo ") {
        return None;
    }
    // Tools that run a command with the credentials of a profile.
    for tool in ["aws-vault exec ", "aws-okta exec "] {
        if let Some((_, rest)) = line.split_once(tool) {
            let profile = rest.split_whitespace().find(|word| !word.starts_with('-'));
            return profile.filter(|profile| !profile.contains("AWS_PROFILE"));
        }
    }
    if let Some((_, rest)) = line.split_once("saml2aws exec ") {
        let mut words = rest.split_whitespace();
        let is_flag =
            |word: &&str| matches!(*word, "-a" | "--idp-account" | "-p" | "--exec-profile");
        return words.find(is_flag).and(words.next()).or(Some("$default"));
    }
    let mut names = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].into_iter();
    let (before, after) = names.find_map(|name| line.split_once(name))?;
    let value = assigned(before, after)?;
    let value = value
        .split_whitespace()
        .next()?
        .trim_matches(['"', '\'', ';', ',', '}', ']', ')']);
    // A value that reads the variable itself only passes on what the caller has.
    let is_own = value.contains("AWS_PROFILE");
    (!is_own && !value.is_empty()).then_some(value)
}

/// What a line gives the variable between `before` and `after`: in a shell and in Make, in YAML and JSON, in the
/// environment of a process as Python, JavaScript, Ruby and `PowerShell` write it, by `ENV` of a Dockerfile and
/// `set` of fish and `cmd`.
fn assigned<'l>(before: &str, after: &'l str) -> Option<&'l str> {
    // `set -gx AWS_PROFILE deploy`, `ENV AWS_PROFILE deploy`
    let words: Vec<&str> = before.split_whitespace().collect();
    let is_set = match words.as_slice() {
        ["ENV" | "setenv"] => true,
        ["set", flags] => flags.starts_with('-') && flags.contains('x'),
        // `Set-Item Env:AWS_PROFILE deploy` ("about_Environment_Variables", PowerShell).
        [command, .., drive] => {
            let is_drive = drive.to_ascii_lowercase().trim_start_matches(['"', '\'']) == "env:";
            is_drive && ["New-Item", "Set-Item", "si"].contains(command)
        }
        _ => false,
    };
    if is_set && after.starts_with(' ') {
        let value = after.trim_start();
        return Some(value.strip_prefix("-Value").unwrap_or(value));
    }
    let last = before.chars().next_back();
    // `${AWS_PROFILE=deploy}` and `?=` in Make are defaults, which the environment overrides.
    let is_start = match last {
        None => true,
        Some('{') => !before.ends_with("${"),
        Some(':') => before.to_ascii_lowercase().ends_with("$env:"),
        Some('.') => before.ends_with("process.env."),
        // A unit of systemd.
        Some('=') => before == "Environment=",
        Some(letter) => " \t\"'@,([".contains(letter),
    };
    let value = after.trim_start_matches(['"', '\'', ']']).trim_start();
    let value = value
        .strip_prefix(":=")
        .or_else(|| value.strip_prefix("=>"))
        .or_else(|| value.strip_prefix('=').filter(|it| !it.starts_with('=')))
        .or_else(|| value.strip_prefix(':'))
        .or_else(|| value.strip_prefix(',').filter(|_| gives(before)))?;
    is_start.then(|| value.trim_start())
}

/// Whether what stands before the name of a variable is a call that gives it a value: `os.Setenv("`.
fn gives(before: &str) -> bool {
    let before = before.to_ascii_lowercase();
    let before = before.trim_end_matches(['"', '\'', '(', ' ']);
    [
        "setenv",
        "environment",
        "environmentvariable",
        "withenvvariable",
        "putenv",
    ]
    .iter()
    .any(|call| before.ends_with(call))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_pinned_in_each_language() {
        for line in [
            "AWS_PROFILE=deploy terraform apply",
            "export AWS_PROFILE=deploy",
            "export AWS_PROFILE := deploy",
            "AWS_PROFILE: deploy",
            "environment: {AWS_PROFILE: deploy}",
            "environment: { TF_LOG: info, AWS_PROFILE: \"deploy\" }",
            "environment: [AWS_PROFILE=deploy]",
            "- AWS_PROFILE=deploy",
            "{\"scripts\":{\"apply\":\"AWS_PROFILE=deploy terraform apply\"}}",
            "\"AWS_PROFILE\": \"deploy\",",
            "os.environ[\"AWS_PROFILE\"] = \"deploy\"",
            "os.environ['AWS_PROFILE']='deploy'",
            "env={\"AWS_PROFILE\": \"deploy\"})",
            "ENV['AWS_PROFILE'] = 'deploy'",
            "{ 'AWS_PROFILE' => 'deploy' }",
            "process.env.AWS_PROFILE = \"deploy\";",
            "$env:AWS_PROFILE = \"deploy\"",
            "$Env:AWS_PROFILE=\"deploy\"",
            "set AWS_PROFILE=deploy",
            "set -gx AWS_PROFILE deploy",
            "set -x AWS_PROFILE deploy; terraform apply",
            "setenv AWS_PROFILE deploy",
            "Set-Item Env:AWS_PROFILE deploy",
            "Set-Item -Path Env:AWS_PROFILE -Value \"deploy\"",
            "[Environment]::SetEnvironmentVariable(\"AWS_PROFILE\", \"deploy\")",
            "ENV AWS_PROFILE deploy",
            "ENV AWS_PROFILE=deploy",
            "os.Setenv(\"AWS_PROFILE\", \"deploy\")",
            "environment 'AWS_PROFILE','deploy'",
            "Environment=AWS_PROFILE=deploy",
            "cross-env AWS_PROFILE=deploy terraform apply",
            "(AWS_PROFILE=deploy terraform apply)",
            "aws-vault exec deploy -- terraform apply",
        ] {
            assert_eq!(of(line), Some("deploy"), "{line}");
        }
    }

    #[test]
    fn a_line_that_reads_or_passes_on_the_profile_pins_none() {
        for line in [
            "# AWS_PROFILE=deploy",
            "AWS_PROFILE ?= deploy",
            "export AWS_PROFILE=${AWS_PROFILE:-dev}",
            ": \"${AWS_PROFILE:=deploy}\"",
            "terraform apply -var profile=$AWS_PROFILE",
            "if [ \"$AWS_PROFILE\" = live ]; then",
            "if os.environ.get(\"AWS_PROFILE\") == \"live\":",
            "echo AWS_PROFILE=deploy",
            "environment: [AWS_PROFILE]",
            "MY_AWS_PROFILE=deploy",
            "set -e AWS_PROFILE",
            "unset AWS_PROFILE",
            "profile = os.environ.get(\"AWS_PROFILE\", \"deploy\")",
            "os.getenv('AWS_PROFILE', 'deploy')",
        ] {
            assert_eq!(of(line), None, "{line}");
        }
    }
}
