//! Edits as texts before and after.

use super::*;

/// A place written as `jobs.a.steps.0`.
fn place(path: &str) -> Place {
    let steps = path.split('.').filter(|step| !step.is_empty());
    steps.fold(Place::root(), |place, step| match step.parse() {
        Ok(number) => place.item(number),
        Err(_) => place.key(step),
    })
}

fn remove(path: &str) -> Change {
    Change::Remove(place(path))
}

fn apply(text: &str, changes: &[Change]) -> Result<String, String> {
    let yaml = Yaml::parse(text).map_err(|refusal| refusal.what)?;
    let mut edits = yaml.apply(changes).map_err(|refusal| refusal.what)?;
    Ok(splice(text, &mut edits).unwrap().0)
}

/// Each change, on LF, on CRLF, behind a byte order mark and without the last line ending.
#[track_caller]
fn changed(before: &str, changes: &[Change], after: &str) {
    assert_eq!(apply(before, changes).as_deref(), Ok(after));
    let crlf = |text: &str| text.replace('\n', "\r\n");
    assert_eq!(apply(&crlf(before), changes), Ok(crlf(after)));
    let marked = |text: &str| format!("\u{feff}{text}");
    assert_eq!(apply(&marked(before), changes), Ok(marked(after)));
    if let Some((before, after)) = before.strip_suffix('\n').zip(after.strip_suffix('\n'))
        && !before.ends_with('\n')
    {
        assert_eq!(apply(before, changes).as_deref(), Ok(after));
        assert_eq!(apply(&crlf(before), changes), Ok(crlf(after)));
    }
}

#[track_caller]
fn refused(text: &str, changes: &[Change], what: &str) {
    let refusal = apply(text, changes).unwrap_err();
    assert!(refusal.contains(what), "{refusal}");
}

#[test]
fn entries_go_with_their_comments() {
    changed(
        "env:\n  # of a\n  A: 1 # a\n  # of b\n  B: 2\n",
        &[remove("env.A")],
        "env:\n  # of b\n  B: 2\n",
    );
    changed(
        "env:\n  A: 1\n  # set off\n\n  # of b\n  B: 2 # b\n",
        &[remove("env.B")],
        "env:\n  A: 1\n  # set off\n",
    );
    changed(
        "a: 1\nenv:\n  A: 1\n    # deeper\non: x\n",
        &[remove("env")],
        "a: 1\non: x\n",
    );
    changed(
        "a:\n  b: |\n    x\n    # y\n\n  c: 1\n",
        &[remove("a.c")],
        "a:\n  b: |\n    x\n    # y\n",
    );
    changed(
        "a:\n  b: |\n    # y\n  c: 1\n",
        &[remove("a.c")],
        "a:\n  b: |\n    # y\n",
    );
}

#[test]
fn no_blank_line_is_left_doubled() {
    changed("a: 1\n\nb: 2\n\nc: 3\n", &[remove("b")], "a: 1\n\nc: 3\n");
    changed(
        "a: 1\n\nb: 2\nc: 3\n\nd: 4\n",
        &[remove("b"), remove("c")],
        "a: 1\n\nd: 4\n",
    );
    changed(
        "a: 1\n\nb: 2\n\nc: 3\n",
        &[remove("b"), remove("c")],
        "a: 1\n",
    );
    changed(
        "a: 1\nb: 2\n\nc: 3\nd: 4\n",
        &[remove("b"), remove("c")],
        "a: 1\nd: 4\n",
    );
    changed(
        "x:\n  a: 1\n\n  b: 2\ny: 1\n",
        &[remove("x.a")],
        "x:\n  b: 2\ny: 1\n",
    );
    changed("a: 1\n\nb: 2\n", &[remove("a")], "b: 2\n");
}
