//! Pipelines in the strings of Job DSL: `cps { script(""" ... """) }` (its documentation, "pipelineJob").

use std::borrow::Cow;
use std::ops::Range;

/// A text without the pipelines in it, and each of these; what stands elsewhere is blank, so that lines stay.
pub(super) fn parted(text: &str) -> (Cow<'_, str>, Vec<String>) {
    if !text.contains("cps") {
        return (Cow::Borrowed(text), Vec::new());
    }
    let ranges = scripts(text);
    let pipelines = ranges.iter().map(|range| {
        blank(&text[..range.start]) + &text[range.clone()] + &blank(&text[range.end..])
    });
    let pipelines = pipelines.collect();
    let mut outer = text.to_owned();
    for range in ranges {
        outer.replace_range(range.clone(), &blank(&text[range]));
    }
    (Cow::Owned(outer), pipelines)
}

/// The insides of the strings of several lines that `script(` is given.
fn scripts(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find("script(") {
        from += at + "script(".len();
        let start = text.len() - text[from..].trim_start().len();
        let quotes = ["\"\"\"", "'''"];
        let Some(quote) = quotes.iter().find(|it| text[start..].starts_with(**it)) else {
            continue;
        };
        let inner = start + quote.len();
        let Some(length) = text[inner..].find(quote) else {
            break;
        };
        from = inner + length + quote.len();
        found.push(inner..inner + length);
    }
    found
}

fn blank(text: &str) -> String {
    let bytes = text.bytes();
    bytes
        .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
        .collect()
}
