//! Questions that findings ask: an answer becomes an entry of `tfkeyless.hcl`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use diagnostics::ask::Ask;
use diagnostics::finding::Finding;
use engine::plan::Plan;
use engine::settings::Settings;
use syntax::hcl_string::quoted;

use crate::commit;
use crate::config::{Invocation, NAME};
use crate::counted::counted;
use crate::prompt::{self, Choice};
use crate::redact::on_one_line;
use crate::repository::Planned;
use crate::say::say;

/// Asks what findings wait for, without `--review` and with it, and puts the answers into the texts and
/// the configuration of `invocation`, until nothing new is asked.
///
/// # Errors
/// A terminal that went away, a tree that cannot be planned any more.
pub fn ask(invocation: &mut Invocation) -> anyhow::Result<()> {
    let before = invocation.texts.get(Path::new(NAME)).cloned();
    let own = invocation.root.join(NAME);
    let text = match before {
        Some(text) => text,
        // Without the file there is `tfkeyless init`, which asks for all of it.
        None if !matches!(commit::obstacle(&own), Ok(None)) => return Ok(()),
        None => fs::read_to_string(&own)?,
    };
    let mut entries = Entries {
        text,
        answered: BTreeMap::new(),
    };
    // Without `--review` a change waits for what makes it safe, with it for what makes it possible.
    for review in [false, true] {
        invocation.selection.review = review;
        while entries.ask(&Planned::new(invocation)?.plan)? {
            if let Ok(settings) = Settings::parse(&entries.text, transforms::CATALOGUE) {
                invocation.settings = settings;
                let text = entries.text.clone();
                invocation.texts.insert(NAME.into(), text);
            }
        }
    }
    Ok(())
}

/// The configuration with the answers so far.
struct Entries {
    text: String,
    /// Whether a question, by its snippet, got an answer: each is asked once.
    answered: BTreeMap<String, bool>,
}

impl Entries {
    /// Asks what the findings of a plan wait for. Whether anything was answered.
    fn ask(&mut self, plan: &Plan) -> anyhow::Result<bool> {
        let before = self.text.clone();
        for finding in plan.open() {
            self.settle(finding, plan)?;
        }
        Ok(self.text != before)
    }

    /// Asks what a finding waits for until a question of it is answered: they are alternatives.
    fn settle(&mut self, finding: &Finding, plan: &Plan) -> anyhow::Result<()> {
        let asks = asks(finding);
        let is_answered = |ask: &&Ask| self.answered.get(&ask.snippet) == Some(&true);
        if asks.iter().any(is_answered) {
            return Ok(());
        }
        for ask in asks {
            if self.answered.contains_key(&ask.snippet) {
                continue;
            }
            let waiting = plan.open().filter(|it| asks_for(it, ask)).count();
            let is_answered = self.answer(ask, waiting)?;
            self.answered.insert(ask.snippet.clone(), is_answered);
            if is_answered {
                break;
            }
        }
        Ok(())
    }

    /// Asks one question until its answer is empty or makes a valid configuration. Whether it is answered.
    fn answer(&mut self, ask: &Ask, waiting: usize) -> anyhow::Result<bool> {
        let wait = match waiting {
            1 => "waits",
            _ => "wait",
        };
        say(&format!(
            "\n{} {wait} for an entry of tfkeyless.hcl: {}",
            counted(waiting, "finding"),
            ask.why
        ));
        loop {
            let Some(text) = self.with(ask)? else {
                return Ok(false);
            };
            match Settings::parse(&text, transforms::CATALOGUE) {
                Ok(_) => {
                    self.text = text;
                    return Ok(true);
                }
                Err(errors) => {
                    for error in &errors.0 {
                        say(&format!("This answer is not kept: {error}"));
                    }
                }
            }
        }
    }

    /// The configuration with an answer that is asked for; `None` without one.
    fn with(&self, ask: &Ask) -> anyhow::Result<Option<String>> {
        if ask.key == Ask::DEFAULT_TOKEN {
            let Some(default) = token()? else {
                return Ok(None);
            };
            let text = with_token(&self.text, default);
            if text.is_none() {
                say("Add it to the `ci` block of tfkeyless.hcl; its form is not known here.");
            }
            return Ok(text);
        }
        let entry = on_one_line(&ask.snippet);
        let choices = match ask.choices.is_empty() {
            true => String::new(),
            false => on_one_line(&ask.choices.join(", ")) + "; ",
        };
        let value = prompt::line(&format!("`{entry}` ({choices}empty: skip it):"))?;
        Ok((!value.is_empty()).then(|| with_line(&self.text, &ask.answered(&value))))
    }
}

/// The questions of a finding, of which an answer of any may settle it. What a job uses of its token is not
/// among them: the entry has to be edited, not completed.
fn asks(finding: &Finding) -> Vec<&Ask> {
    let mut asks: Vec<&Ask> = Vec::new();
    for ask in finding.asks().into_iter().chain(&finding.needs) {
        if ask.is_open() && !asks.iter().any(|it| it.snippet == ask.snippet) {
            asks.push(ask);
        }
    }
    asks
}

fn asks_for(finding: &Finding, ask: &Ask) -> bool {
    asks(finding).iter().any(|it| it.snippet == ask.snippet)
}

/// What the repository's token may do by default, if somebody knows.
fn token() -> anyhow::Result<Option<&'static str>> {
    let choices = [
        Choice::new(
            Some("restricted"),
            "read",
            "it may read contents and packages",
        ),
        Choice::new(
            Some("permissive"),
            "write",
            "it may write nearly everything",
        ),
        Choice::new(None, "unknown", "leave what depends on it"),
    ];
    Ok(prompt::ask("What may it do?", &choices, None)?)
}

/// `text` with a line at its end.
fn with_line(text: &str, line: &str) -> String {
    let end = match text.is_empty() || text.ends_with('\n') {
        true => "",
        false => "\n",
    };
    format!("{text}{end}{line}\n")
}

/// `text` with the default of the token in its `ci` block; `None` where that block is written in
/// another form.
fn with_token(text: &str, default: &str) -> Option<String> {
    let setting = format!("default_token = {}", quoted(default));
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let after = start + line.len();
        if line.trim_end() == "ci {" {
            let (before, behind) = text.split_at(after);
            return Some(format!("{before}  {setting}\n{behind}"));
        }
        if line
            .split_whitespace()
            .next()
            .is_some_and(|word| word == "ci" || word == "ci{")
        {
            return None;
        }
        start = after;
    }
    Some(with_line(text, &format!("\nci {{\n  {setting}\n}}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_of_the_token_goes_into_the_block_that_is_there() {
        let setting = "  default_token = \"restricted\"\n";
        for (before, after) in [
            ("", Some(format!("\nci {{\n{setting}}}\n"))),
            ("a = 1", Some(format!("a = 1\n\nci {{\n{setting}}}\n"))),
            (
                "ci {\n  role = \"x\"\n}\n",
                Some(format!("ci {{\n{setting}  role = \"x\"\n}}\n")),
            ),
            ("ci { role = \"x\" }\n", None),
        ] {
            assert_eq!(with_token(before, "restricted"), after, "{before}");
        }
    }
}
