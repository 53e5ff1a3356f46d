//! Replacing values and lines of scripts.

use super::{changed, place, refused, replace};
use crate::yaml::YamlChange;

#[test]
fn values_are_replaced_in_the_way_they_are_written() {
    for (before, text, after) in [
        ("a:   x # c\n", "d", "a:   d # c\n"),
        ("a: 'x'\n", "it", "a: 'it'\n"),
        ("a: \"x\"\n", "it", "a: \"it\"\n"),
        ("a: x@1 # v1\n", "x@2 # v2", "a: x@2 # v2\n"),
        ("a: x@1\n", "x@2 # v2", "a: x@2 # v2\n"),
        ("a: x\n", "'12'", "a: '12'\n"),
        ("a: 'x'\n", "12", "a: 12\n"),
        ("a:\n", "b", "a: b\n"),
        ("a: # c\nb: 1\n", "b", "a: b # c\nb: 1\n"),
        (
            "a: {} # c\nb: 1\n",
            "k: v\nl:\n  m: n\n",
            "a: # c\n  k: v\n  l:\n    m: n\nb: 1\n",
        ),
        ("b: 1\na: x\n", "- k\n", "b: 1\na:\n  - k\n"),
        (
            "a: # c\n    # of k\n    k: v\nb: 1\n",
            "{}",
            "a: {} # c\nb: 1\n",
        ),
        ("a:\n    k: v\n", "l:\n  m: n", "a:\n    l:\n        m: n\n"),
        ("a: |\n  x\nb: 1\n", "z", "a: z\nb: 1\n"),
        (
            "a: y\nb: 1\n",
            "|-\n  x\n    z\n",
            "a: |-\n  x\n    z\nb: 1\n",
        ),
    ] {
        changed(before, &[replace("a", text)], after);
    }
    changed(
        "s:\n- a # c\n- b\n",
        &[replace("s.0", "d")],
        "s:\n- d # c\n- b\n",
    );
    changed(
        "s:\n- a: 1\n  b: 2 # c\n- b\n",
        &[replace("s.0", "e: 1\nf: 2\n")],
        "s:\n- e: 1\n  f: 2\n- b\n",
    );
    changed(
        "s: { a: 'x', b: c }\n",
        &[replace("s.a", "${{ y }}"), replace("s.b", "k: v\n")],
        "s: { a: '${{ y }}', b: { k: v } }\n",
    );
    refused("a: !t x\n", &[replace("a", "y")], "tag");
}

#[test]
fn lines_of_a_script_change() {
    let lines = |range, text: &str| [YamlChange::Lines(place("run"), range, text.to_owned())];
    let script = "run: | # c\n  one\n\n    two\n  three\nb: 1\n";
    for (range, text, after) in [
        (1..3, "", "run: | # c\n  one\n  three\nb: 1\n"),
        (3..4, "", "run: | # c\n  one\n\n    two\nb: 1\n"),
        (2..4, "", "run: | # c\n  one\nb: 1\n"),
        (
            0..1,
            "a\n\n  b\n",
            "run: | # c\n  a\n\n    b\n\n    two\n  three\nb: 1\n",
        ),
    ] {
        changed(script, &lines(range, text), after);
    }
    changed(
        "run: |-\n  one\n",
        &lines(1..1, "two"),
        "run: |-\n  one\n  two\n",
    );
    changed(
        "run: |\n  \tone\n  two\n",
        &lines(1..2, ""),
        "run: |\n  \tone\n",
    );
    changed(
        "run: |+\n  a\n  b\n\nx: 1\n",
        &lines(0..1, ""),
        "run: |+\n  b\n\nx: 1\n",
    );
    refused(script, &lines(0..4, ""), "no line would be left");
    refused(script, &lines(0..5, ""), "not there");
    refused("run: >\n  a\n", &lines(0..0, "b"), "no `|` text");
    // A first line that is deeper than the next ones would say something else.
    refused("run: |\n  a\n    b\n  c\n", &lines(0..1, ""), "");
}
