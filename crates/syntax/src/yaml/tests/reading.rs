//! What is refused, how several changes are one, and how texts and places are read.

use super::{after, append, before, changed, place, refused, remove, replace};
use crate::yaml::{Node, Yaml, YamlValue, scalar};

#[test]
fn what_github_does_not_read_is_refused_at_its_place() {
    for (text, at, what) in [
        (
            "a: 1\nb: 2\n'a': 3\n",
            "'a'",
            "the key `a` stands here a second time",
        ),
        ("a: &x { b: 1 }\nc:\n  <<: *x\n", "<<", "merge keys"),
        ("a: 1\n---\nb: 2\n", "---", "a second document"),
        ("? a\n: b\n", "a\n", "`? key`"),
        ("a: 1\n[b]: 2\n", "[b]", "no text"),
        ("a: [\n", "", "it is no YAML"),
        ("a: 1\rb: 2\n", "\r", "a carriage return"),
        ("# nothing\n", "# ", "nothing in it"),
    ] {
        let refusal = Yaml::parse(text).unwrap_err();
        assert!(refusal.what.contains(what), "{refusal:?}");
        assert!(text[refusal.offset..].starts_with(at), "{refusal:?}");
    }
    assert!(Yaml::parse("---\na: 1\n...\n").is_ok());
}

#[test]
fn what_an_alias_repeats_is_left_alone() {
    let text = "x: &e\n  A: 1\n  B: 2\ny: &unused\n  C: 1\nz: *e\n";
    for change in [remove("x"), remove("x.A"), append("x", "N: 1\n")] {
        refused(
            text,
            &[change],
            "the anchor `&e` is used in another place, too",
        );
    }
    for change in [remove("z.A"), append("z", "N: 1\n")] {
        refused(
            text,
            &[change],
            "the alias `*e` repeats lines of another place",
        );
    }
    changed(
        text,
        &[remove("z"), remove("y.C")],
        "x: &e\n  A: 1\n  B: 2\n",
    );
    let yaml = Yaml::parse(text).unwrap();
    assert!(yaml.root().get("x").unwrap().anchor.is_some());
}

#[test]
fn several_changes_are_one() {
    let text = "jobs:\n  a:\n    env:\n      K: 1\n    steps:\n      - uses: x\n      - uses: y\n        with:\n          k: v\n  b: {}";
    let changes = [
        remove("jobs.a.env.K"),
        before("jobs.a.steps", "permissions:\n  id-token: write\n"),
        after("jobs.a.steps.1", "- uses: z\n"),
        append("jobs.a.steps.1.with", "l: w\n"),
        replace("jobs.b", "c: d\n"),
    ];
    let after = "jobs:\n  a:\n    permissions:\n      id-token: write\n    steps:\n      - uses: x\n      - uses: y\n        with:\n          k: v\n          l: w\n      - uses: z\n  b:\n    c: d";
    changed(text, &changes, after);
    // The last one goes, another comes: the file still ends in the middle of a line.
    let swap = [remove("s.1"), before("s.1", "- c\n")];
    changed("s:\n  - a\n  - b", &swap, "s:\n  - a\n  - c");
    let both = [remove("s.0"), replace("s.0", "x")];
    changed("s:\n  - a\n  - b\n", &both, "s:\n  - b\n");
}

#[test]
fn texts_are_written_so_that_they_stay_texts() {
    for (text, written) in [
        ("plain text", "plain text"),
        ("${{ vars.X }}", "${{ vars.X }}"),
        ("arn:aws:iam::1:role/x", "arn:aws:iam::1:role/x"),
        ("a#b", "a#b"),
        ("3600", "'3600'"),
        ("1_000", "'1_000'"),
        ("12:30", "'12:30'"),
        ("0x1f", "'0x1f'"),
        ("true", "'true'"),
        ("No", "'No'"),
        ("", "''"),
        ("~", "'~'"),
        ("a: b", "'a: b'"),
        ("a #b", "'a #b'"),
        ("*", "'*'"),
        ("'x'", "\"'x'\""),
        ("'x\\'", "'''x\\'''"),
        ("a\nb\u{7}", "\"a\\nb\\u0007\""),
    ] {
        assert_eq!(scalar(text), written);
        let back = Yaml::parse(scalar(text)).unwrap();
        assert_eq!(back.tree(), YamlValue::Text(text.to_owned()));
    }
}

#[test]
fn places_of_all_that_stands_there() {
    let text = "\u{feff}a:\r\n- &x b # c\r\n- >-\r\n  d\r\n\r\n  # e\r\n\r\n# f\r\ng: \"h\ti\"\r\nj:\r\nk: |+\r\n  l\r\n\r\nm: [ *x, { n: o } ]";
    let yaml = Yaml::parse(text).unwrap();
    let shown = |path: &str| &text[yaml.at(&place(path)).unwrap().span.clone()];
    assert_eq!(shown("a.0"), "b");
    assert_eq!(shown("a.1"), ">-\r\n  d\r\n\r\n  # e");
    assert_eq!(shown("g"), "\"h\ti\"");
    assert_eq!(shown("j"), "");
    assert_eq!(shown("k"), "|+\r\n  l\r\n");
    assert_eq!(shown("m.0"), "*x");
    assert_eq!(shown("m.1"), "{ n: o }");
    let root = yaml.root();
    assert_eq!(root.get("g").and_then(Node::as_str), Some("h\ti"));
    assert_eq!(&text[root.entry("j").unwrap().colon..][..2], "\r\n");
    let dashes = root.get("a").unwrap().items().iter();
    let mut dashes = dashes.map(|item| &text[item.dash..]);
    assert!(dashes.all(|rest| rest.starts_with('-')));
}

#[test]
fn an_alias_is_the_node_of_its_anchor_above() {
    let strings = |text: &str| {
        fn all(node: &Node, found: &mut Vec<String>) {
            found.extend(node.as_str().map(str::to_owned));
            node.children().for_each(|child| all(child, found));
        }
        let mut found = Vec::new();
        all(&Yaml::parse(text).unwrap().resolved(), &mut found);
        found.join(" ")
    };
    assert_eq!(strings("a: &x 1\nb: *x\nc: &x 2\nd: *x\n"), "1 1 2 2");
    assert_eq!(strings("a: &x [1, &y 2]\nb: [*x, *y]\n"), "1 2 1 2 2");
    assert_eq!(strings("a: \"*x\"\nb: 1*2\n"), "*x 1*2");
    // Doubled with each line, it stays finite.
    let mut text = "a0: &a0 [1, 1]\n".to_owned();
    for line in 1..40 {
        let above = line - 1;
        text += &format!("a{line}: &a{line} [*a{above}, *a{above}]\n");
    }
    assert!(strings(&text).len() < 500_000);
}
