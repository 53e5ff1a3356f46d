//! Scripts of pipelines, with where each piece of their text stands.

use std::borrow::Cow;

use syntax::yaml::Node;

/// A script in pieces: offset in the joined text, and where the piece stands in the file.
#[derive(Default)]
pub(super) struct Script {
    pub text: String,
    pub pieces: Vec<(usize, usize, bool)>,
}

impl Script {
    /// Adds the lines of a text, or of a list of texts.
    pub fn add(&mut self, value: &Node) {
        if let Some(text) = value.as_str() {
            self.pieces
                .push((self.text.len(), value.span.start, value.is_block_scalar()));
            self.text.push_str(text);
            self.text.push('\n');
        }
        // GitLab allows lists in lists.
        for item in value.items() {
            self.add(&item.value);
        }
    }
}

/// A text that stands at a node.
pub(super) fn one(node: &Node, text: &str) -> Script {
    Script {
        text: text.to_owned(),
        pieces: vec![(0, node.span.start, node.is_block_scalar())],
    }
}

/// A script in which what the system fills in is an unknown variable: `<< parameters.x >>` of CircleCI,
/// `{{matrix}}` of Buildkite, `((x))` of Concourse, which may share a file's name with Buildkite. To a
/// shell the first is a here-document, and the last arithmetic. Byte offsets stay.
pub(super) fn without_templates<'s>(script: &'s str, system: &str) -> Cow<'s, str> {
    let mut replaced = Cow::Borrowed(script);
    let forms: &[(&str, &str)] = match system {
        "CircleCI" => &[("<<", ">>")],
        "Buildkite" => &[("{{", "}}")],
        "the pipeline" => &[("{{", "}}"), ("((", "))")],
        _ => &[],
    };
    for (open, close) in forms {
        let mut from = 0;
        while let Some(at) = replaced[from..].find(open).map(|at| from + at) {
            from = at + open.len();
            let Some(length) = replaced[from..].find(close) else {
                break;
            };
            let name = replaced[from..from + length].trim();
            let is_name = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
            // `$((x))` is arithmetic of the shell.
            let is_value = !name.is_empty() && name.chars().all(is_name);
            if is_value && !replaced[..at].ends_with('$') {
                let end = from + length + close.len();
                let unknown = format!("${{{}}}", "_".repeat(end - at - 3));
                replaced.to_mut().replace_range(at..end, &unknown);
                from = end;
            }
        }
    }
    replaced
}
