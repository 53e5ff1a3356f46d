//! Scripts for the shells of Windows, in the words of a POSIX shell: as far as directories and the programs
//! that they run are concerned.

use super::program::names_terraform;

/// A script in the words of a POSIX shell.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WindowsScript {
    /// Its text.
    pub text: String,
    /// Whether Terraform in it may run anywhere, in other ways than its words say.
    pub is_opaque: bool,
}

/// What runs the words of a PowerShell script elsewhere, otherwise or later ("about_" pages and cmdlets of its
/// documentation).
const POWERSHELL: [&str; 13] = [
    "-stackname",
    "-workingdirectory",
    "-path:",
    "foreach-object",
    "function ",
    "iex ",
    "invoke-command",
    "invoke-expression",
    "saps ",
    "scriptblock",
    "setcurrentdirectory",
    "start-job",
    "start-process",
];

/// The same of a script for `cmd`.
const CMD: [&str; 3] = ["start ", "goto ", "call :"];

/// Commands that go to another directory.
const DIRECTORY: [(&str, &str); 8] = [
    ("cd", "cd"),
    ("chdir", "cd"),
    ("set-location", "cd"),
    ("sl", "cd"),
    ("push-location", "pushd"),
    ("pushd", "pushd"),
    ("pop-location", "popd"),
    ("popd", "popd"),
];

impl WindowsScript {
    /// A script for PowerShell.
    pub fn of_powershell(script: &str) -> Self {
        let mut text = String::new();
        let mut goes = false;
        for line in script.lines() {
            let (line, end) = continued(line, '`');
            let (line, is_going) = with_directories(&line.replace('\\', "/"));
            goes |= is_going;
            text += &line;
            text += end;
        }
        // `@name` is an array of arguments, which the script makes ("about_Splatting").
        let mut words = text.split_whitespace();
        let is_splatted = words.any(|word| {
            let name = word.strip_prefix('@');
            name.is_some_and(|name| name.starts_with(|it: char| it.is_ascii_alphabetic()))
        });
        let is_open = is_splatted || has(&text, &POWERSHELL) || goes && has_block(&text);
        Self {
            is_opaque: is_open && names_terraform(&text),
            text,
        }
    }

    /// A script for `cmd`.
    pub fn of_cmd(script: &str) -> Self {
        let mut text = String::new();
        let mut goes = false;
        for line in script.lines() {
            let bare = line.trim_start().trim_start_matches('@');
            let lower = bare.to_ascii_lowercase();
            if lower.starts_with("rem ") || lower.starts_with("::") {
                text.push('\n');
                continue;
            }
            let (line, end) = continued(bare, '^');
            let line = with_variables(&line.replace('\\', "/"));
            let (line, is_going) = with_directories(&called(&line.replace(" /d ", " ")));
            goes |= is_going;
            text += &line;
            text += end;
        }
        let is_open = has(&text, &CMD) || goes && text.contains('(');
        Self {
            is_opaque: is_open && names_terraform(&text),
            text,
        }
    }
}

/// A line without the sign that continues it on the next, and what ends it in a POSIX shell.
fn continued(line: &str, sign: char) -> (&str, &'static str) {
    match line.trim_end().strip_suffix(sign) {
        Some(line) => (line, "\\\n"),
        None => (line, "\n"),
    }
}

/// A line whose commands that go to another directory have their names of POSIX shells; whether it has any.
fn with_directories(line: &str) -> (String, bool) {
    let mut out = String::new();
    let mut goes = false;
    let mut begins = true;
    for piece in line.split_inclusive([' ', '\t', ';', '&', '|', '{', '(']) {
        let word = piece.trim_end_matches([' ', '\t', ';', '&', '|', '{', '(']);
        let lower = word.to_ascii_lowercase();
        let known = DIRECTORY.iter().find(|(name, _)| begins && *name == lower);
        let name = known.map_or(word, |(_, name)| name);
        goes |= known.is_some();
        out += name;
        out += &piece[word.len()..];
        let is_over = piece.ends_with([';', '&', '|', '{', '(']);
        begins = is_over || begins && word.is_empty();
    }
    (out, goes)
}

/// A line of `cmd` with its variables in the form of POSIX shells: `%NAME%`, `%1`, and `%%d` of a loop.
fn with_variables(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once(['%', '!']) {
        out += before;
        let name = behind.trim_start_matches(['%', '~']);
        let end = name.find(|it: char| !it.is_ascii_alphanumeric() && it != '_');
        let (name, behind) = name.split_at(end.unwrap_or(name.len()));
        if !name.is_empty() {
            out += "${";
            out += name;
            out.push('}');
        }
        rest = behind.strip_prefix(['%', '!']).unwrap_or(behind);
    }
    out + rest
}

/// A line of `cmd` whose first word is a batch file as a path, which runs that of the directory.
fn called(line: &str) -> String {
    let line = line.strip_prefix("call ").unwrap_or(line).trim_start();
    let first = line.split_whitespace().next().unwrap_or_default();
    let ending = first
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase());
    let is_batch = ending.is_some_and(|ending| ["cmd", "bat"].contains(&ending.as_str()));
    match is_batch && !first.contains('/') {
        true => format!("./{line}"),
        false => line.to_owned(),
    }
}

/// Whether a script has one of these words, in any case.
fn has(text: &str, words: &[&str]) -> bool {
    let text = text.to_ascii_lowercase();
    words.iter().any(|word| text.contains(word))
}

/// Whether a script has a block of commands: a brace that is none of a variable, a table or an expression.
fn has_block(text: &str) -> bool {
    let mut braces = text.match_indices('{');
    braces.any(|(at, _)| !text[..at].ends_with(['$', '@', '{']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_of_powershell_are_read_or_open() {
        for (script, expected, is_opaque) in [
            (
                "Set-Location dev\nterraform apply",
                "cd dev\nterraform apply\n",
                false,
            ),
            (
                "sl ./dev; terraform apply",
                "cd ./dev; terraform apply\n",
                false,
            ),
            ("cd .\\dev", "cd ./dev\n", false),
            (
                "PUSH-LOCATION -Path dev\nPop-Location",
                "pushd -Path dev\npopd\n",
                false,
            ),
            (
                "terraform `\n  -chdir=dev apply",
                "terraform \\\n  -chdir=dev apply\n",
                false,
            ),
            (
                "if ($x) { terraform -chdir=dev apply }",
                "if ($x) { terraform -chdir=dev apply }\n",
                false,
            ),
            (
                "if ($x) { cd dev }\nterraform apply",
                "if ($x) { cd dev }\nterraform apply\n",
                true,
            ),
            ("terraform @a", "terraform @a\n", true),
            ("git @a", "git @a\n", false),
            ("Start-Process terraform", "Start-Process terraform\n", true),
            ("Write-Host sl dev", "Write-Host sl dev\n", false),
            (
                "cd ${{ inputs.x }}\nterraform apply",
                "cd ${{ inputs.x }}\nterraform apply\n",
                false,
            ),
        ] {
            let text = expected.to_owned();
            let expected = WindowsScript { text, is_opaque };
            assert_eq!(WindowsScript::of_powershell(script), expected, "{script}");
        }
    }

    #[test]
    fn directories_of_cmd_are_read_or_open() {
        for (script, expected, is_opaque) in [
            (
                "terraform ^\n  -chdir=dev apply",
                "terraform \\\n-chdir=dev apply\n",
                false,
            ),
            ("CD /d .\\dev", "cd ./dev\n", false),
            ("call deploy.cmd dev", "./deploy.cmd dev\n", false),
            ("@deploy.bat", "./deploy.bat\n", false),
            (
                "terraform -chdir=%DIR% apply",
                "terraform -chdir=${DIR} apply\n",
                false,
            ),
            ("REM terraform apply", "\n", false),
            (
                "for %%d in (a b) do terraform -chdir=%%d apply",
                "for ${d} in (a b) do terraform -chdir=${d} apply\n",
                false,
            ),
            (
                "if x (cd dev)\nterraform apply",
                "if x (cd dev)\nterraform apply\n",
                true,
            ),
            ("start terraform apply", "start terraform apply\n", true),
        ] {
            let text = expected.to_owned();
            let expected = WindowsScript { text, is_opaque };
            assert_eq!(WindowsScript::of_cmd(script), expected, "{script}");
        }
    }
}
