//! The review of a plan finding by finding, as `git add -p` does it with hunks.

mod comment;
mod editor;
mod entry;
mod kept;
mod question;
mod reviewed;
mod setting;

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::finding::Safety;
use engine::declined::FindingName;
use syntax::code::sentence;
use syntax::visible;

use crate::config::Invocation;
use crate::counted::counted;
use crate::prompt::{self, Choice, Line};
use crate::report;
use crate::repository::Planned;
use crate::say::{say, styled};
use kept::Kept;
use question::Question;
pub use reviewed::Reviewed;
use setting::Settings;

/// What somebody says of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    /// It is made.
    Made,
    /// It is not made.
    Left,
    /// It is not made, and a comment with this reason says so to everybody.
    Ignored(String),
}

/// The key that is pressed at a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Yes,
    No,
    All,
    Done,
    Quit,
    Edit,
}

/// Asks of each change of a plan whether it is made, those that need review too, and plans anew by the
/// answers; `invocation` is what the plan was made of. What the answers keep is among the changes. With
/// `keeps_settings` what findings wait for is asked first.
///
/// # Errors
/// A terminal that went away, a tree that cannot be planned any more.
pub fn review(invocation: &Invocation, keeps_settings: bool) -> anyhow::Result<Reviewed> {
    let mut all = invocation.clone();
    let (mut answers, mut is_edited) = (BTreeMap::new(), false);
    let settings = match keeps_settings {
        true => setting::ask(&mut all)?,
        false => Settings::default(),
    };
    all.selection.review = true;
    let asked = loop {
        let asked = Planned::new(&all)?;
        // Whoever edits a file is asked of what it now holds.
        match !settings.is_quit && ask_all(&asked, &mut answers)? {
            true => is_edited = true,
            false => break asked,
        }
    };
    let kept = Kept::entries(settings.answered, all.texts.clone());
    let mut reviewed = by_answers(all, &asked, &answers, kept)?;
    reviewed.is_edited = is_edited;
    Ok(reviewed)
}

/// Asks of each change that has no answer yet. Whether a file was edited, so that there is another plan.
fn ask_all(planned: &Planned, answers: &mut BTreeMap<FindingName, Answer>) -> anyhow::Result<bool> {
    let questions = Question::all(planned);
    let count = questions.len();
    // The transforms of which nothing more is asked, with the answer and how safe changes it is for.
    let mut settled: BTreeMap<&str, (Answer, Safety)> = BTreeMap::new();
    for (number, question) in questions.iter().enumerate() {
        if answers.contains_key(&question.name) {
            continue;
        }
        let transform = question.name.transform.as_str();
        let known = settled.get(transform);
        if let Some((answer, _)) = known.filter(|(_, safety)| question.safety() <= *safety) {
            answers.insert(question.name.clone(), answer.clone());
            continue;
        }
        styled(&question.shown(planned));
        loop {
            let answer = match ask(question, number + 1, count)? {
                Key::Yes => Answer::Made,
                Key::No => match left(question)? {
                    Some(answer) => answer,
                    None => return Ok(false),
                },
                Key::All => {
                    // Who makes all that is safe has not reviewed the rest.
                    settled.insert(transform, (Answer::Made, question.safety()));
                    Answer::Made
                }
                Key::Done => {
                    settled.insert(transform, (Answer::Left, Safety::Review));
                    Answer::Left
                }
                Key::Quit => return Ok(false),
                Key::Edit => match editor::edited(&planned.root, question.at())? {
                    true => return Ok(true),
                    false => continue,
                },
            };
            answers.insert(question.name.clone(), answer);
            break;
        }
    }
    Ok(false)
}

fn ask(question: &Question<'_>, number: usize, count: usize) -> anyhow::Result<Key> {
    let transform = &question.name.transform;
    let choices = [
        Choice::new(Key::Yes, "y", "make this change"),
        Choice::new(Key::No, "n", "do not make this change"),
        Choice::new(
            Key::All,
            "a",
            match question.safety() {
                Safety::Safe => {
                    format!("make this and all later changes of {transform} that need no review")
                }
                Safety::Review => format!("make this and all later changes of {transform}"),
            },
        ),
        Choice::new(
            Key::Done,
            "d",
            format!("make neither this nor any later change of {transform}"),
        ),
        Choice::new(
            Key::Quit,
            "q",
            "make neither this nor any of the remaining changes",
        ),
        Choice::new(Key::Edit, "e", "open the line in your editor"),
    ];
    let (what, default) = match question.safety() {
        Safety::Safe => ("Make this change", Key::Yes),
        Safety::Review => ("Make this change, which needs review,", Key::No),
    };
    let text = format!("({number}/{count}) {what}");
    Ok(prompt::ask_letter(&text, &choices, default)?)
}

/// The answer no: to this run, or to all by a comment where a reason is given; `None` where that ends the review.
fn left(question: &Question<'_>) -> anyhow::Result<Option<Answer>> {
    if let Some(place) = question.without_comments() {
        say(&format!(
            "This answer is not kept: {place} cannot hold an ignore comment."
        ));
        return Ok(Some(Answer::Left));
    }
    let comment = format!("# tfkeyless: ignore[{}] REASON", question.name.transform);
    let answers = [(
        "REASON".to_owned(),
        sentence!("write `{comment}` above the line, so that later runs leave it"),
    )];
    let typed = prompt::line(
        "Keep it as an ignore comment? Its reason [Enter: none, q, ?]:",
        &answers,
        "do not make this change, and keep no comment",
    )?;
    let Line::Text(typed) = typed else {
        return Ok(None);
    };
    Ok(Some(match comment::reason(&typed) {
        None => Answer::Left,
        Some(reason) => Answer::Ignored(reason),
    }))
}

/// The plan by the answers; `all` is that of which they were asked, `kept` what is kept so far.
fn by_answers(
    mut invocation: Invocation,
    all: &Planned,
    answers: &BTreeMap<FindingName, Answer>,
    mut kept: Kept,
) -> anyhow::Result<Reviewed> {
    let questions = Question::all(all);
    let is_made = |name: &FindingName| answers.get(name) == Some(&Answer::Made);
    let made: BTreeSet<&FindingName> = questions
        .iter()
        .map(|question| &question.name)
        .filter(|name| is_made(name))
        .collect();
    let reviewed = questions
        .iter()
        .filter(|it| it.safety() == Safety::Review && is_made(&it.name));
    let reviewed: BTreeSet<&FindingName> = reviewed.map(|question| &question.name).collect();
    invocation.selection.review = !reviewed.is_empty();
    let mut ignored = BTreeSet::new();
    for question in &questions {
        match answers.get(&question.name) {
            Some(Answer::Made) => {}
            Some(Answer::Ignored(reason)) => {
                ignored.insert(question.name.clone());
                kept.comment(all, question, reason);
            }
            Some(Answer::Left) | None => {
                invocation.declined.insert(question.name.clone());
            }
        }
    }
    invocation.texts.clone_from(kept.texts());
    let planned = loop {
        let planned = Planned::new(&invocation)?;
        // A comment that the plan does not follow is no answer; nor does anybody make unasked what needs
        // review only because of what else is declined.
        let unasked = planned.plan.applied().map(|finding| {
            let is_open = finding.safety == Safety::Review;
            (FindingName::of(finding), is_open)
        });
        let unasked = unasked.filter(|(name, is_open)| {
            ignored.contains(name) || *is_open && !reviewed.contains(name)
        });
        let unasked: Vec<FindingName> = unasked.map(|(name, _)| name).collect();
        let before = invocation.declined.len();
        for name in &unasked {
            if ignored.contains(name) {
                let path = visible::path(&name.path);
                say(&format!("{path}: no comment keeps this answer"));
            }
        }
        invocation.declined.extend(unasked);
        if invocation.declined.len() == before {
            break planned;
        }
    };
    say_held(&planned, &made);
    Ok(Reviewed {
        planned,
        kept,
        declined: questions.len() - made.len(),
        is_edited: false,
    })
}

/// Names the changes that are wanted and cannot be made without others that are not.
fn say_held(planned: &Planned, made: &BTreeSet<&FindingName>) {
    let applied: BTreeSet<FindingName> = planned.plan.applied().map(FindingName::of).collect();
    let held: Vec<&&FindingName> = made
        .iter()
        .filter(|name| !applied.contains(**name))
        .collect();
    if held.is_empty() {
        return;
    }
    let depends = match held.len() {
        1 => "depends",
        _ => "depend",
    };
    let mut text = format!(
        "\n{} {depends} on what you declined and would not be made:",
        counted(held.len(), "change")
    );
    for name in held {
        let (path, subject) = (
            visible::path(&name.path),
            report::on_one_line(&name.subject),
        );
        text += &format!("\n  {path}: {}: {subject}", name.transform);
    }
    say(&text);
}
