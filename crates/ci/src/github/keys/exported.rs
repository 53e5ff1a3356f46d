//! Scripts that do nothing but export static keys to later steps. Only such a script can be
//! replaced by a sign-in as a whole.

use std::collections::BTreeMap;

/// The keys that such a script exports, as expressions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedKeys {
    /// The access key id.
    pub id: String,
    /// The region, where it sets one.
    pub region: Option<String>,
}

/// The keys that a script exports, by `aws configure set`, `>> $GITHUB_ENV` or into the default
/// profile of `~/.aws/credentials`; `None` where it does anything else. `variable` looks up the
/// environment of the step.
pub fn exported_keys(
    script: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Option<ExportedKeys> {
    let mut set = BTreeMap::new();
    let mut lines = script.lines();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if is_idle(line) {
            continue;
        }
        if let Some(end) = heredoc_into_aws(line) {
            for line in lines.by_ref().take_while(|line| line.trim() != end) {
                profile_line(line.trim(), &mut set)?;
            }
            continue;
        }
        let (name, value) = configure_set(line)
            .or_else(|| exported(line))
            .or_else(|| echoed(line))?;
        if let Some((name, value)) = name.zip(value) {
            set.insert(name, value);
        }
    }
    let resolved = |name: &str| {
        let value = set.get(name)?;
        let bare = value
            .strip_prefix('$')
            .filter(|rest| !rest.starts_with("{{"));
        match bare {
            Some(name) => variable(name.trim_start_matches('{').trim_end_matches('}')),
            None => Some(value.clone()),
        }
    };
    // Half a pair is no credential, and what completes it is elsewhere.
    resolved("aws_secret_access_key")?;
    Some(ExportedKeys {
        id: resolved("aws_access_key_id")?,
        region: resolved("region").or_else(|| resolved("aws_region")),
    })
}

/// Whether a line has no effect on later steps beyond a directory or a message.
fn is_idle(line: &str) -> bool {
    let harmless = [
        "#",
        "set -",
        "mkdir -p ~/.aws",
        "mkdir ~/.aws",
        "mkdir -p $HOME/.aws",
    ];
    let is_message = line.starts_with("echo ") && !line.contains(['>', '|', '$']);
    line.is_empty() || is_message || harmless.iter().any(|start| line.starts_with(start))
}

/// A setting; both are `None` where the line has no effect after its step.
type Set = (Option<String>, Option<String>);

const NAMES: [&str; 6] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "region",
    "aws_region",
    "output",
];

fn named(name: &str, value: &str) -> Option<Set> {
    let name = name
        .trim()
        .trim_start_matches("default.")
        .to_ascii_lowercase();
    let name = match name.as_str() {
        // The same setting under two names.
        "aws_default_region" => "aws_region".to_owned(),
        "aws_default_output" => "output".to_owned(),
        _ => name,
    };
    let value = unquoted(value.trim());
    // A value that a command computes may have any effect.
    let is_one = !value.contains(['`', '|', ';', '&', '>', '<']) && !value.contains("$(");
    (NAMES.contains(&name.as_str()) && is_one).then(|| (Some(name), Some(value.to_owned())))
}

/// `aws configure set NAME VALUE`, into the default profile.
fn configure_set(line: &str) -> Option<Set> {
    let rest = line.strip_prefix("aws configure set ")?;
    let rest = rest.trim().trim_end_matches("--profile default").trim();
    let (name, value) = rest.split_once(char::is_whitespace)?;
    let has_more = value.contains(" --");
    named(name, value).filter(|_| !has_more)
}

/// `export NAME=VALUE`: each step runs in a shell of its own, so this ends with the step.
fn exported(line: &str) -> Option<Set> {
    let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
    named(name, value).map(|_| (None, None))
}

/// `echo "NAME=VALUE" >> $GITHUB_ENV`, or a line of `~/.aws/credentials`.
fn echoed(line: &str) -> Option<Set> {
    let rest = line.strip_prefix("echo ")?;
    let (said, to) = rest.rsplit_once('>')?;
    let said = unquoted(said.trim_end_matches('>').trim());
    let to = unquoted(to.trim());
    // The environment file: each line is a variable of all later steps ("Workflow commands").
    if matches!(to, "$GITHUB_ENV" | "${GITHUB_ENV}") {
        let (name, value) = said.split_once('=')?;
        return named(name, value);
    }
    let mut set = BTreeMap::new();
    is_aws_file(to).then(|| profile_line(said, &mut set))??;
    Some(match set.pop_first() {
        Some((name, value)) => (Some(name), Some(value)),
        None => (None, None),
    })
}

fn is_aws_file(path: &str) -> bool {
    let home = path
        .strip_prefix("~/")
        .or_else(|| path.strip_prefix("$HOME/"));
    home.is_some_and(|path| matches!(path, ".aws/credentials" | ".aws/config"))
}

/// The delimiter of a here-document that is written into `~/.aws`.
fn heredoc_into_aws(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("cat ")?;
    let (_, word) = rest.split_once("<<")?;
    let word = word.trim_start_matches('-').trim();
    let (word, after) = word.split_once(char::is_whitespace).unwrap_or((word, ""));
    let before = rest.split("<<").next().unwrap_or_default();
    let to = [before, after].into_iter().find_map(|part| {
        let (_, to) = part.rsplit_once('>')?;
        Some(unquoted(to.trim()))
    })?;
    is_aws_file(to).then(|| unquoted(word))
}

/// A line of the default profile; `None` for anything else, such as another profile.
fn profile_line(line: &str, set: &mut BTreeMap<String, String>) -> Option<()> {
    if line.is_empty() || matches!(line, "[default]" | "[profile default]") {
        return Some(());
    }
    let (name, value) = line.split_once('=')?;
    let (name, value) = named(name, value)?;
    set.extend(name.zip(value));
    Some(())
}

fn unquoted(text: &str) -> &str {
    let inner = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(script: &str) -> Option<ExportedKeys> {
        exported_keys(script, &|name| {
            let known = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
            known
                .contains(&name)
                .then(|| format!("${{{{ secrets.{name} }}}}"))
        })
    }

    const ID: &str = "${{ secrets.AWS_ACCESS_KEY_ID }}";

    #[test]
    fn every_way_to_hand_keys_on_is_known() {
        for script in [
            "aws configure set aws_access_key_id ${{ secrets.AWS_ACCESS_KEY_ID }}\naws configure set aws_secret_access_key ${{ secrets.S }}\naws configure set default.region eu-west-1\n",
            "# keys\necho \"AWS_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID\" >> $GITHUB_ENV\necho AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY} >> \"$GITHUB_ENV\"\necho \"AWS_DEFAULT_REGION=eu-west-1\" >> $GITHUB_ENV\n",
            "mkdir -p ~/.aws\necho \"[default]\" > ~/.aws/credentials\necho 'aws_access_key_id = ${{ secrets.AWS_ACCESS_KEY_ID }}' >> ~/.aws/credentials\necho \"aws_secret_access_key=${{ secrets.S }}\" >> ~/.aws/credentials\necho \"region=eu-west-1\" >> ~/.aws/config\n",
            "set -e\ncat <<EOF > ~/.aws/credentials\n[default]\naws_access_key_id=${{ secrets.AWS_ACCESS_KEY_ID }}\naws_secret_access_key=${{ secrets.S }}\nregion = eu-west-1\nEOF\n",
        ] {
            let found = of(script).expect(script);
            assert_eq!(found.id, ID, "{script}");
            assert_eq!(found.region.as_deref(), Some("eu-west-1"), "{script}");
        }
    }

    #[test]
    fn what_does_more_is_none() {
        let pair = "aws configure set aws_access_key_id ${{ secrets.A }}\naws configure set aws_secret_access_key ${{ secrets.S }}\n";
        assert!(of(pair).is_some());
        for more in [
            "terraform init\n",
            "aws configure set role_arn x --profile state\n",
            "aws configure set region eu-west-1 --profile p\n",
            "echo \"[prod]\" >> ~/.aws/credentials\n",
            "echo \"TOKEN=x\" >> $GITHUB_ENV\n",
            "echo \"AWS_REGION=$(cat r)\" >> $GITHUB_ENV\n",
        ] {
            assert_eq!(of(&format!("{pair}{more}")), None, "{more}");
        }
        assert_eq!(of("aws configure set region eu-west-1\n"), None);
        assert_eq!(
            of(
                "export AWS_ACCESS_KEY_ID=${{ secrets.A }}\nexport AWS_SECRET_ACCESS_KEY=${{ secrets.S }}\n"
            ),
            None
        );
    }
}
