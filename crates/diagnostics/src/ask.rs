//! Questions that an entry of `tfkeyless.hcl` answers, and the help that asks them.

use std::fmt;
use std::ops::Deref;

use syntax::hcl_string::quoted;

/// What stands for the answer in a snippet.
const ANSWER: &str = "\"...\"";

/// A list of such.
const LIST: &str = "[\"...\"]";

/// How many answers help shows beside the first.
const OTHERS: usize = 4;

/// A question that an entry of `tfkeyless.hcl` answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The setting: `state_profile`, `ci.default_token`, `job.roots`.
    pub key: &'static str,
    /// The question, as a sentence.
    pub why: String,
    /// The answers that are known to be possible; empty where any text may be one.
    pub choices: Vec<String>,
    /// The entry, valid HCL. Where it has `"..."`, the answer takes its place.
    pub snippet: String,
    /// What help shows in the place of the answer, where no possible one is known.
    example: Option<String>,
}

impl Ask {
    /// A question without choices.
    pub fn new(key: &'static str, why: impl Into<String>, snippet: impl Into<String>) -> Self {
        Self {
            key,
            why: why.into(),
            choices: Vec::new(),
            snippet: snippet.into(),
            example: None,
        }
    }

    /// What `GITHUB_TOKEN` may do where a workflow does not say it.
    pub fn default_token() -> Self {
        let why = "what may GITHUB_TOKEN do where a workflow does not say it? `gh api \
                   'repos/{owner}/{repo}/actions/permissions/workflow' --jq \
                   .default_workflow_permissions` answers `read` (restricted) or `write` (permissive)";
        let choices = ["restricted", "permissive"].map(str::to_owned);
        Self::new(
            Self::DEFAULT_TOKEN,
            why,
            "ci {\n  default_token = \"...\"\n}",
        )
        .choices(choices)
    }

    /// The key of [`Ask::default_token`].
    pub const DEFAULT_TOKEN: &str = "ci.default_token";

    /// Sets the answers that are known to be possible.
    #[must_use]
    pub fn choices(mut self, choices: impl IntoIterator<Item = String>) -> Self {
        self.choices = choices.into_iter().collect();
        self
    }

    /// Sets what help shows in the place of the answer, where no possible one is known.
    #[must_use]
    pub fn example(mut self, example: impl Into<String>) -> Self {
        self.example = Some(example.into());
        self
    }

    /// All that it shows.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        [&mut self.why, &mut self.snippet]
            .into_iter()
            .chain(&mut self.choices)
    }

    /// Whether an answer takes a place in the snippet; else the snippet is the answer.
    pub fn is_open(&self) -> bool {
        self.snippet.contains(ANSWER)
    }

    /// The entry with that answer; with several, separated by commas, where the setting is a list.
    pub fn answered(&self, answer: &str) -> String {
        let answer = match self.snippet.contains(LIST) {
            false => quoted(answer),
            true => {
                let answers = answer.split(',').map(str::trim);
                let answers = answers.filter(|answer| !answer.is_empty());
                answers.map(quoted).collect::<Vec<_>>().join(", ")
            }
        };
        self.snippet.replacen(ANSWER, &answer, 1)
    }

    /// The entry as help shows it: with a possible answer, and some others in a comment.
    pub fn shown(&self) -> String {
        let Some(example) = &self.example else {
            return self.snippet.clone();
        };
        let any = "*";
        let mut choices = self.choices.iter().filter(|choice| *choice != any);
        let Some(first) = choices.next() else {
            return self.answered(example);
        };
        let others: Vec<String> = choices.map(|choice| quoted(choice)).collect();
        let entry = self.answered(first);
        match others.len() {
            0 => entry,
            count if count > OTHERS => {
                let others = others[..OTHERS].join(", ");
                format!("{entry} # or {others} and {} more", count - OTHERS)
            }
            _ => format!("{entry} # or {}", others.join(", ")),
        }
    }
}

/// What to do or to know about a finding, a line each, with the questions that it asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Help {
    lines: Box<[String]>,
    /// The lines in one, for formats that have one text.
    text: Box<str>,
    /// The questions. The answer of any of them may settle the finding.
    pub asks: Vec<Ask>,
}

impl Help {
    /// Help that shows the snippets of these questions.
    pub fn asking(text: impl Into<String>, asks: impl IntoIterator<Item = Ask>) -> Self {
        let asks = asks.into_iter().collect();
        Self::of(vec![text.into()], asks)
    }

    fn of(lines: Vec<String>, asks: Vec<Ask>) -> Self {
        Self {
            text: lines.join("; ").into(),
            lines: lines.into(),
            asks,
        }
    }

    /// All help in one; `None` of none.
    pub fn joined(all: impl IntoIterator<Item = Self>) -> Option<Self> {
        let all = all.into_iter().filter(|help| !help.is_empty());
        let (mut lines, mut asks) = (Vec::new(), Vec::new());
        for help in all {
            lines.extend(help.lines);
            asks.extend(help.asks);
        }
        (!lines.is_empty()).then(|| Self::of(lines, asks))
    }

    /// What to do or to know: each is a line of its own where there is room.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// Changes all that it shows, with its questions.
    pub fn change_texts(&mut self, mut change: impl FnMut(&mut String)) {
        self.lines.iter_mut().for_each(&mut change);
        self.text = self.lines.join("; ").into();
        let asks = self.asks.iter_mut().flat_map(Ask::texts_mut);
        asks.for_each(change);
    }
}

impl Deref for Help {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Help {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<&str> for Help {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Help {
    fn from(text: String) -> Self {
        Self::asking(text, [])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_help_is_a_line_of_its_own() {
        let empty = Help::from("");
        let mut help = Help::joined([empty, "set a; then b".into(), "run c".into()]).unwrap();
        help.change_texts(|text| *text = text.replace('a', "x"));
        assert_eq!(help.lines().collect::<Vec<_>>(), ["set x; then b", "run c"]);
        assert_eq!(&*help, "set x; then b; run c");
        assert_eq!(Help::joined([]), None);
    }

    #[test]
    fn help_shows_the_answers_that_are_possible() {
        let shown = |choices: &[&str]| {
            let ask = Ask::new("root", "", "root \".\" { account = \"...\" }").example("LABEL");
            let choices = choices.iter().map(|it| (*it).to_owned());
            ask.choices(choices).shown()
        };
        let root = |account: &str| format!("root \".\" {{ account = {account}");
        assert_eq!(shown(&[]), root("\"LABEL\" }"));
        assert_eq!(shown(&["dev"]), root("\"dev\" }"));
        assert_eq!(
            shown(&["*", "dev", "live"]),
            root("\"dev\" } # or \"live\"")
        );
        assert_eq!(
            shown(&["a", "b", "c", "d", "e", "f"]),
            root("\"a\" } # or \"b\", \"c\", \"d\", \"e\" and 1 more")
        );
    }
}
