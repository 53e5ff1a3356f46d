//! JSON as it is written: the values exactly, and nothing raw that a terminal would obey.

use serde_json::Value;
use syntax::visible;

/// The document on one line.
pub fn compact(document: &Value) -> String {
    escaped(document.to_string())
}

/// The document over several lines.
pub fn pretty(document: &Value) -> String {
    escaped(format!("{document:#}"))
}

/// The same JSON with what is hidden in its strings as `\u` escapes: the writer escapes what JSON asks
/// for, which is C0 alone (RFC 8259, section 7).
fn escaped(json: String) -> String {
    let is_odd = |it: char| it != '\n' && visible::is_hidden(it);
    if !json.contains(is_odd) && !json.contains("##[") {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    let mut units = [0; 2];
    for letter in json.chars() {
        // Outside of strings there is neither. A `[` behind `##` begins a command of GitHub's runner.
        if is_odd(letter) || letter == '[' && out.ends_with("##") {
            for unit in letter.encode_utf16(&mut units) {
                out += &format!("\\u{unit:04x}");
            }
        } else {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_visible_and_reads_back_the_same() {
        let text = "a\u{9b}\u{7f}\u{202e}\u{e0041}\u{fe0f}\x1b\n::x ##[group]é";
        let document = json!({ text: [text, "##", [1]] });
        for written in [compact(&document), pretty(&document)] {
            assert!(written.split('\n').all(visible::is_plain), "{written}");
            let read: Value = serde_json::from_str(&written).unwrap();
            assert_eq!(read, document);
        }
    }
}
