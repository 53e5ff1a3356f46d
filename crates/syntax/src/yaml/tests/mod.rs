//! Edits as texts before and after.

mod adding;
mod reading;
mod removing;
mod replacing;

use super::*;

/// A place written as `jobs.a.steps.0`.
pub(super) fn place(path: &str) -> YamlPath {
    let steps = path.split('.').filter(|step| !step.is_empty());
    steps.fold(YamlPath::root(), |place, step| match step.parse() {
        Ok(number) => place.item(number),
        Err(_) => place.key(step),
    })
}

pub(super) fn remove(path: &str) -> YamlChange {
    YamlChange::Remove(place(path))
}

pub(super) fn apply(text: &str, changes: &[YamlChange]) -> Result<String, String> {
    let yaml = Yaml::parse(text).map_err(|refusal| refusal.what)?;
    let mut edits = yaml.apply(changes).map_err(|refusal| refusal.what)?;
    Ok(splice(text, &mut edits).unwrap().0)
}

/// Each change, on LF, on CRLF, behind a byte order mark and without the last line ending.
#[track_caller]
pub(super) fn changed(before: &str, changes: &[YamlChange], after: &str) {
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
pub(super) fn refused(text: &str, changes: &[YamlChange], what: &str) {
    let refusal = apply(text, changes).unwrap_err();
    assert!(refusal.contains(what), "{refusal}");
}

pub(super) fn before(path: &str, text: &str) -> YamlChange {
    YamlChange::Before(place(path), text.to_owned())
}

pub(super) fn after(path: &str, text: &str) -> YamlChange {
    YamlChange::After(place(path), text.to_owned())
}

pub(super) fn append(path: &str, text: &str) -> YamlChange {
    YamlChange::Append(place(path), text.to_owned())
}

pub(super) fn replace(path: &str, text: &str) -> YamlChange {
    YamlChange::Replace(place(path), text.to_owned())
}
