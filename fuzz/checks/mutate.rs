//! Texts made of others, the same ones every time.

/// Pieces that mean something to one of the languages.
const PIECES: [&str; 40] = [
    "\n", "\r\n", "\t", " ", "{", "}", "[", "]", "(", ")", "\"", "'", "\\", "${", "${{", "}}",
    "%{", "$${", "<<E\n", "E\n", "#", "//", "/*", "*/", "=", ":", ",", ".", "-", "- ", "|", ">",
    "&a ", "*a", "!", "~>", "\u{feff}", "é", "\u{202e}", "\u{1b}[",
];

/// A stream of mutated texts.
pub struct Mutator {
    state: u64,
    texts: Vec<String>,
}

impl Mutator {
    /// One that begins with these texts.
    pub fn new(texts: Vec<String>) -> Self {
        let state = 0x9e37_79b9_7f4a_7c15;
        Self { state, texts }
    }

    fn below(&mut self, bound: usize) -> usize {
        // xorshift64, which is enough to choose places by.
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 33).unwrap_or(0) % bound.max(1)
    }

    fn place(&mut self, text: &str) -> usize {
        let at = self.below(text.len() + 1);
        (at..=text.len())
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0)
    }

    fn part(&mut self, text: &str) -> std::ops::Range<usize> {
        let (one, other) = (self.place(text), self.place(text));
        let (start, end) = (one.min(other), one.max(other));
        // Mostly short ones.
        let near = (start..end)
            .rev()
            .find(|at| at - start < 24 && text.is_char_boundary(*at));
        start..near.unwrap_or(end)
    }
}

impl Iterator for Mutator {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let number = self.below(self.texts.len());
        let mut text = self.texts.get(number)?.clone();
        for _ in 0..=self.below(4) {
            match self.below(5) {
                0 => {
                    let part = self.part(&text);
                    text.replace_range(part, "");
                }
                1 => {
                    let (part, at) = (self.part(&text), self.place(&text));
                    let part = text[part].to_owned();
                    text.insert_str(at, &part);
                }
                2 => {
                    let number = self.below(self.texts.len());
                    let other = self.texts[number].clone();
                    let (part, at) = (self.part(&other), self.place(&text));
                    text.insert_str(at, &other[part]);
                }
                _ => {
                    let (piece, at) = (self.below(PIECES.len()), self.place(&text));
                    text.insert_str(at, PIECES[piece]);
                }
            }
        }
        Some(text)
    }
}
