//! Questions that findings ask: an answer becomes an entry of `tfkeyless.hcl`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use diagnostics::ask::Ask;
use diagnostics::finding::Finding;
use engine::plan::Plan;
use engine::settings::Settings;

use super::entry;
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
            let default = token()?;
            return Ok(default.map(|default| entry::with(&self.text, &ask.answered(default))));
        }
        let snippet = on_one_line(&ask.snippet);
        let choices = match ask.choices.is_empty() {
            true => String::new(),
            false => on_one_line(&ask.choices.join(", ")) + "; ",
        };
        let value = prompt::line(&format!("`{snippet}` ({choices}empty: skip it):"))?;
        Ok((!value.is_empty()).then(|| entry::with(&self.text, &ask.answered(&value))))
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
