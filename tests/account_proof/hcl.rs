//! Blocks and arguments of HCL as tests write it: one argument a line, blocks on lines of their own or
//! with arguments on one line.

/// What stands between the braces of a block, or in a file.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// Names and texts of arguments.
    pub arguments: Vec<(String, String)>,
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug, Default)]
pub struct Block {
    pub kind: String,
    pub labels: Vec<String>,
    pub body: Body,
}

impl Block {
    pub fn label(&self, at: usize) -> &str {
        self.labels.get(at).map_or("", String::as_str)
    }
}

impl Body {
    pub fn read(text: &str) -> Self {
        let mut lines = text.lines();
        body(&mut lines)
    }

    /// The text of an argument.
    pub fn argument(&self, name: &str) -> Option<&str> {
        let mut arguments = self.arguments.iter();
        arguments
            .find(|(own, _)| own == name)
            .map(|(_, text)| text.as_str())
    }

    /// An argument that is a text without templates, without its quotes.
    pub fn text(&self, name: &str) -> Option<&str> {
        let text = self.argument(name)?.strip_prefix('"')?.strip_suffix('"')?;
        (!text.contains("${")).then_some(text)
    }

    pub fn blocks<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = &'b Block> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }
}

fn body<'t>(lines: &mut impl Iterator<Item = &'t str>) -> Body {
    let mut found = Body::default();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line == "}" {
            break;
        }
        let argument = line
            .split_once('=')
            .filter(|(name, _)| !name.contains(['{', '"']));
        if let Some((name, text)) = argument {
            let name = name.trim().to_owned();
            let text = text.trim();
            match text {
                // An object is read as a block: `assume_role = {`, `aws = {`.
                "{" => found.blocks.push(Block {
                    kind: name,
                    labels: Vec::new(),
                    body: body(lines),
                }),
                _ => found.arguments.push((name, text.to_owned())),
            }
            continue;
        }
        let (head, rest) = line
            .split_once('{')
            .unwrap_or_else(|| panic!("no HCL of a test: {line}"));
        let mut words = head.split_whitespace();
        let kind = words.next().unwrap_or_default().to_owned();
        let labels = words
            .map(|label| label.trim_matches('"').to_owned())
            .collect();
        let body = match rest.trim().strip_suffix('}') {
            Some(inner) => body(&mut std::iter::once(inner)),
            None => body(lines),
        };
        found.blocks.push(Block { kind, labels, body });
    }
    found
}
