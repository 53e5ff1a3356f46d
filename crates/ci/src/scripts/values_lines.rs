//! The lines by which a script writes values of variables to a file that Terraform reads.

use std::ops::Range;

use super::shell::commands;

/// A line that writes the value of one variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValuesLine {
    /// The variable.
    pub variable: String,
    /// Its value, unquoted.
    pub value: String,
    /// The bytes of the line in the script.
    pub range: Range<usize>,
    /// The file as the script names it.
    pub file: String,
    /// Whether what the file held before is lost.
    pub truncates: bool,
    /// The here-document that it is part of; `None` for a command of its own.
    pub document: Option<HereDocument>,
    /// The words of its command.
    pub words: Vec<String>,
}

/// A here-document that a script writes to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HereDocument {
    /// The bytes of its command and its body, up to the line that ends it.
    pub range: Range<usize>,
    /// Where its body begins.
    pub start: usize,
    /// Its body.
    pub body: String,
}

/// What Terraform calls files of values (Terraform docs, "Variable Definitions Files").
pub(super) const ENDING: &str = ".tfvars";

/// The lines of a script that write one value each: `echo 'NAME = "VALUE"' >> FILE.tfvars`, and those of a
/// here-document that `cat` or `tee` writes there.
pub fn values_lines(script: &str) -> Vec<ValuesLine> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < script.len() {
        let line = script[at..]
            .split_inclusive('\n')
            .next()
            .unwrap_or_default();
        let range = at..at + line.len();
        at = range.end;
        if let Some(delimiter) = delimiter(line) {
            let (body, end) = body(script, range.end, delimiter);
            at = end;
            let file = written_by(line).filter(|(words, _)| words[0] != "echo");
            let document = HereDocument {
                range: range.start..end,
                start: body.start,
                body: script[body.clone()].to_owned(),
            };
            if let Some((words, file)) = file {
                let mut start = body.start;
                for own in document.body.split_inclusive('\n') {
                    let range = start..start + own.len();
                    start = range.end;
                    found.extend(value(own).map(|(variable, value)| ValuesLine {
                        variable,
                        value,
                        range,
                        file: file.clone(),
                        truncates: !line.contains(">>") && !line.contains(" -a"),
                        document: Some(document.clone()),
                        words: words.clone(),
                    }));
                }
            }
            continue;
        }
        let Some((words, file)) = written_by(line) else {
            continue;
        };
        if let [echo, own, _, _] = words.as_slice()
            && echo == "echo"
            && let Some((variable, value)) = value(own)
        {
            found.push(ValuesLine {
                variable,
                value,
                range,
                file,
                truncates: !line.contains(">>"),
                document: None,
                words,
            });
        }
    }
    found
}

/// The name that ends the here-document which begins on a line.
fn delimiter(line: &str) -> Option<&str> {
    let (_, behind) = line.split_once("<<")?;
    let word = behind
        .trim_start_matches(['-', ' '])
        .split_whitespace()
        .next()?;
    let name = word.trim_matches(['"', '\'', '\\']);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (!name.is_empty() && name.bytes().all(is_name)).then_some(name)
}

/// The bytes of the body that begins at `start`, and the end of the line that ends it.
fn body(script: &str, start: usize, delimiter: &str) -> (Range<usize>, usize) {
    let mut at = start;
    for line in script[start..].split_inclusive('\n') {
        if line.trim() == delimiter {
            return (start..at, at + line.len());
        }
        at += line.len();
    }
    (start..at, at)
}

/// The words of the one command of a line, and the file of values that it writes.
fn written_by(line: &str) -> Option<(Vec<String>, String)> {
    let [command] = commands(line).try_into().ok()?;
    let words = command.words;
    let program = words.first()?.as_str();
    let file = match program {
        "echo" | "cat" => {
            let at = words.iter().position(|word| word == ">")?;
            words.get(at + 1)?
        }
        "tee" => words[1..].iter().find(|word| !word.starts_with('-'))?,
        _ => return None,
    };
    file.ends_with(ENDING)
        .then(|| (words.clone(), file.clone()))
}

/// `NAME = "VALUE"`: the variable and its value.
fn value(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let value = value.strip_prefix('"')?.strip_suffix('"')?;
    let is_plain = !name.is_empty() && name.bytes().all(is_name) && !value.contains('"');
    is_plain.then(|| (name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_write_one_value_are_found() {
        for (script, expected) in [
            (
                "echo 'a = \"$K\"' >> terraform.tfvars\n",
                vec![("a", "$K", false)],
            ),
            (
                "echo \"a = \\\"$K\\\"\" > x.auto.tfvars\n",
                vec![("a", "$K", true)],
            ),
            (
                "cat > x.tfvars <<EOF\na = \"1\"\n  b=\"2\"\nc = 3\nEOF\necho d\n",
                vec![("a", "1", true), ("b", "2", true)],
            ),
            (
                "cat <<'EOF' >> x.tfvars\na = \"1\"\nEOF\n",
                vec![("a", "1", false)],
            ),
            (
                "tee x.tfvars <<-EOF\n  a = \"1\"\n  EOF\n",
                vec![("a", "1", true)],
            ),
            // What is part of more than a line of its own.
            ("x && echo 'a = \"1\"' >> x.tfvars\n", vec![]),
            ("echo 'a = \"1\"' >> x.txt # x.tfvars\n", vec![]),
            ("echo 'a = \"1\" b' >> x.tfvars\n", vec![]),
            (
                "cat > x.sh <<EOF\necho 'a = \"1\"' >> x.tfvars\nEOF\n",
                vec![],
            ),
        ] {
            let found = values_lines(script);
            let found: Vec<_> = found
                .iter()
                .map(|it| (&*it.variable, &*it.value, it.truncates))
                .collect();
            assert_eq!(found, expected, "{script}");
        }
    }
}
