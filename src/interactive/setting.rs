//! Questions that findings ask: an answer becomes an entry of `tfkeyless.hcl`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use diagnostics::ask::Ask;
use diagnostics::finding::Finding;
use diagnostics::suggestion::closest;
use engine::plan::Plan;
use engine::settings;
use syntax::code::sentence;

use super::entry;
use crate::commit;
use crate::config::{Invocation, NAME};
use crate::counted::counted;
use crate::prompt::{self, Choice, Line};
use crate::redact::on_one_line;
use crate::repository::Planned;
use crate::say::say;

/// What the questions came to.
#[derive(Debug, Default)]
pub struct Settings {
    /// How many were answered.
    pub answered: usize,
    /// Whether nothing more is to be asked.
    pub is_quit: bool,
}

/// Asks what findings wait for, without `--review` and with it, and puts the answers into the texts and
/// the configuration of `invocation`, until nothing new is asked.
///
/// # Errors
/// A terminal that went away, a tree that cannot be planned any more.
pub fn ask(invocation: &mut Invocation) -> anyhow::Result<Settings> {
    let before = invocation.texts.get(Path::new(NAME)).cloned();
    let own = invocation.root.join(NAME);
    let text = match before {
        Some(text) => text,
        // Without the file there is `tfkeyless init`, which asks for all of it.
        None if !matches!(commit::obstacle(&own), Ok(None)) => return Ok(Settings::default()),
        None => fs::read_to_string(&own)?,
    };
    let mut entries = Entries {
        text,
        answered: BTreeMap::new(),
        is_quit: false,
    };
    // Without `--review` a change waits for what makes it safe, with it for what makes it possible.
    for review in [false, true] {
        invocation.selection.review = review;
        while !entries.is_quit && entries.ask(&Planned::new(invocation)?.plan)? {
            if let Ok(settings) = settings::Settings::parse(&entries.text, transforms::CATALOGUE) {
                invocation.settings = settings;
                let text = entries.text.clone();
                invocation.texts.insert(NAME.into(), text);
            }
        }
    }
    Ok(Settings {
        answered: entries.answered.values().filter(|it| **it).count(),
        is_quit: entries.is_quit,
    })
}

/// The configuration with the answers so far.
struct Entries {
    text: String,
    /// Whether a question, by its snippet, got an answer: each is asked once.
    answered: BTreeMap<String, bool>,
    /// Whether nothing more is to be asked.
    is_quit: bool,
}

impl Entries {
    /// Asks what the findings of a plan wait for. Whether anything was answered.
    fn ask(&mut self, plan: &Plan) -> anyhow::Result<bool> {
        let before = self.text.clone();
        for finding in plan.open() {
            if self.is_quit {
                break;
            }
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
            if is_answered || self.is_quit {
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
            let answer = match typed(ask)? {
                Line::Quit => {
                    self.is_quit = true;
                    return Ok(false);
                }
                Line::Text(answer) if answer.is_empty() => return Ok(false),
                Line::Text(answer) => answer,
            };
            let text = entry::with(&self.text, &ask.answered(&answer));
            match settings::Settings::parse(&text, transforms::CATALOGUE) {
                Ok(_) => {
                    self.text = text;
                    return Ok(true);
                }
                Err(errors) => refuse(&answer, ask, &errors),
            }
        }
    }
}

/// What is typed as the answer of a question; empty where it is skipped.
fn typed(ask: &Ask) -> anyhow::Result<Line> {
    if ask.key == Ask::DEFAULT_TOKEN {
        return Ok(token()?);
    }
    let snippet = on_one_line(&ask.snippet);
    let choices = match ask.choices.is_empty() {
        true => String::new(),
        false => on_one_line(&ask.choices.join(", ")) + "; ",
    };
    let answers = ask.choices.iter().map(|choice| {
        let entry = on_one_line(&ask.answered(choice));
        (on_one_line(choice), sentence!("add `{entry}`"))
    });
    let answers: Vec<_> = answers.collect();
    let question = sentence!("`{snippet}` [{choices}Enter: skip it, q, ?]:");
    Ok(prompt::line(
        &question,
        &answers,
        "leave what waits for this answer",
    )?)
}

/// Says why an answer is not kept. Where the configuration is wrong with it is no matter: nobody has seen it.
fn refuse(answer: &str, ask: &Ask, errors: &settings::SettingsErrors) {
    let answer = on_one_line(answer);
    let choices: Vec<&str> = ask.choices.iter().map(String::as_str).collect();
    if !choices.is_empty() && !choices.contains(&answer.as_str()) {
        let meant = closest(&answer, choices.iter().copied());
        let meant = meant.map(|it| sentence!("; did you mean `{it}`?"));
        let choices = on_one_line(&choices.join(", "));
        say(&sentence!(
            "`{answer}` is none of {choices}{}",
            meant.unwrap_or_else(|| ".".to_owned())
        ));
        return;
    }
    for error in &errors.0 {
        say(&sentence!(
            "`{answer}` is not kept: {}",
            on_one_line(&error.message)
        ));
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
fn token() -> io::Result<Line> {
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
        Choice::new(Some(""), "unknown", "leave what depends on it"),
        Choice::new(None, "quit", prompt::QUIT),
    ];
    let answer = prompt::ask("What may it do?", &choices, Some(""))?;
    Ok(answer.map_or(Line::Quit, |answer| Line::Text(answer.to_owned())))
}
