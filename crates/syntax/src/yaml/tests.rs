//! Edits as texts before and after.

use super::*;

/// A place written as `jobs.a.steps.0`.
fn place(path: &str) -> YamlPath {
    let steps = path.split('.').filter(|step| !step.is_empty());
    steps.fold(YamlPath::root(), |place, step| match step.parse() {
        Ok(number) => place.item(number),
        Err(_) => place.key(step),
    })
}

fn remove(path: &str) -> YamlChange {
    YamlChange::Remove(place(path))
}

fn apply(text: &str, changes: &[YamlChange]) -> Result<String, String> {
    let yaml = Yaml::parse(text).map_err(|refusal| refusal.what)?;
    let mut edits = yaml.apply(changes).map_err(|refusal| refusal.what)?;
    Ok(splice(text, &mut edits).unwrap().0)
}

/// Each change, on LF, on CRLF, behind a byte order mark and without the last line ending.
#[track_caller]
fn changed(before: &str, changes: &[YamlChange], after: &str) {
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
fn refused(text: &str, changes: &[YamlChange], what: &str) {
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

#[test]
fn the_last_of_a_value_takes_its_key_along() {
    let env = "a: 1\njobs:\n  x:\n    # of env\n    env:\n      A: 1\n      B: 2\n    steps: []\n";
    let both = [remove("jobs.x.env.A"), remove("jobs.x.env.B")];
    changed(env, &both, "a: 1\njobs:\n  x:\n    steps: []\n");
    changed("a: 1\nb:\n  c:\n    d: 1\n", &[remove("b.c.d")], "a: 1\n");
    changed(
        "a: { k: 1, s: 2 }\nb: 1\n",
        &[remove("a.k"), remove("a.s")],
        "b: 1\n",
    );
    changed("a:\n  - 1\nb: 1\n", &[remove("a.0")], "b: 1\n");
    refused(
        "a:\n  - b: 1\n  - 2\n",
        &[remove("a.0.b")],
        "nothing would be left",
    );
    refused("a: 1\n", &[remove("a")], "nothing would be left");
}

#[test]
fn behind_a_dash_the_next_entry_moves_up() {
    let step = "s:\n  -   name: x # c\n      uses: y\n      if: z\n";
    changed(
        step,
        &[remove("s.0.name")],
        "s:\n  -   uses: y\n      if: z\n",
    );
    changed(
        step,
        &[remove("s.0.name"), remove("s.0.uses")],
        "s:\n  -   if: z\n",
    );
    changed(
        "s:\n  - name: x\n    # of uses\n    uses: y\n",
        &[remove("s.0.name")],
        "s:\n  # of uses\n  - uses: y\n",
    );
    changed(
        "s:\n  - name: x\n    # of uses\n    uses: y\n    # of if\n    if: z\n",
        &[remove("s.0.name"), remove("s.0.uses")],
        "s:\n  # of if\n  - if: z\n",
    );
}

#[test]
fn behind_a_dash_what_is_added_takes_the_place_of_the_first_entries() {
    let step = "s:\n  -   env:\n        A: 1\n      # of run\n      run: |\n        x\n\n      # of if\n      if: z\n  - y\n";
    let uses = || before("s.0.run", "uses: u # v1\nwith:\n  a: b\n");
    changed(
        step,
        &[uses(), remove("s.0.env"), remove("s.0.run")],
        "s:\n  # of run\n  -   uses: u # v1\n      with:\n        a: b\n\n      # of if\n      if: z\n  - y\n",
    );
    changed(
        step,
        &[
            uses(),
            remove("s.0.env"),
            remove("s.0.run"),
            remove("s.0.if"),
        ],
        "s:\n  # of run\n  -   uses: u # v1\n      with:\n        a: b\n  - y\n",
    );
    changed(
        "s:\n- run: x\n  if: z\n",
        &[before("s.0.run", "uses: u\n"), remove("s.0.run")],
        "s:\n- uses: u\n  if: z\n",
    );
    changed(
        "s:\n- shell: sh # c\n  run: x\n  # of if\n  if: z\n",
        &[
            before("s.0.if", "uses: u\n"),
            remove("s.0.shell"),
            remove("s.0.run"),
        ],
        "s:\n- uses: u\n  # of if\n  if: z\n",
    );
    changed(
        "s:\n- run: x\n",
        &[append("s.0", "uses: u\n"), remove("s.0.run")],
        "s:\n- uses: u\n",
    );
    refused(
        "s:\n- - a: 1\n    # of b\n    b: 2\n",
        &[
            before("s.0.0.b", "c: 3\n"),
            remove("s.0.0.a"),
            remove("s.0.0.b"),
        ],
        "a comment here would lose its place",
    );
}

#[test]
fn what_takes_the_place_of_an_entry_keeps_its_comments() {
    let with =
        "with:\n  # role: r\n  # TODO\n  k: 1 # of k\n  # of s\n  s: 2\n\n  # of r\n  r: 3\n";
    changed(
        with,
        &[
            before("with.k", "role: x\n"),
            remove("with.k"),
            remove("with.s"),
        ],
        "with:\n  # role: r\n  # TODO\n  role: x\n\n  # of r\n  r: 3\n",
    );
    changed(
        with,
        &[before("with.k", "role: x\n"), remove("with.s")],
        "with:\n  role: x\n  # role: r\n  # TODO\n  k: 1 # of k\n\n  # of r\n  r: 3\n",
    );
    changed(
        "with:\n  r: 3\n\n  # of k\n  k: 1\n\n  s: 2\n",
        &[before("with.k", "role: x\n"), remove("with.k")],
        "with:\n  r: 3\n\n  # of k\n  role: x\n\n  s: 2\n",
    );
    changed(
        "with:\n  r: 3\n  # of k\n  k: 1\n",
        &[before("with.k", "role: x\n"), remove("with.k")],
        "with:\n  r: 3\n  # of k\n  role: x\n",
    );
    changed(
        "with:\n  r: 3\n\n  k: 1\n",
        &[before("with.k", "role: x\n"), remove("with.k")],
        "with:\n  r: 3\n\n  role: x\n",
    );
    changed(
        "# of k\nk: 1\n",
        &[before("k", "role: x\n"), remove("k")],
        "# of k\nrole: x\n",
    );
}

#[test]
fn items_go() {
    let steps = "s:\n- a\n\n# of b\n- b: 1\n  c: |\n    x\n\n- d\n";
    changed(steps, &[remove("s.1")], "s:\n- a\n\n- d\n");
    changed(
        steps,
        &[remove("s.2")],
        "s:\n- a\n\n# of b\n- b: 1\n  c: |\n    x\n",
    );
    changed(
        "s: [a, b, c]\n",
        &[remove("s.0"), remove("s.2")],
        "s: [b]\n",
    );
    refused("s:\n  - a\n", &[remove("s.7")], "is not here");
}

#[test]
fn entries_in_braces_go_with_their_commas() {
    let one = [remove("o.k")];
    let both = [remove("o.k"), remove("o.s")];
    for (before, gone, after) in [
        ("{ k: 1, a: 2, b: 3 }", &one[..], "{ a: 2, b: 3 }"),
        ("{a: 1, k: 2, s: 3}", &both, "{a: 1}"),
        ("{ a: 1, k: 2, \"s\": '}', b: 4 }", &both, "{ a: 1, b: 4 }"),
        ("{\n  a: 1,\n  k: 2,\n  s: 3,\n}", &both, "{\n  a: 1,\n}"),
        (
            "{\n  k: 1,\n  s: { x: y },\n  a: 3\n}",
            &both,
            "{\n  a: 3\n}",
        ),
        ("{ k: 'a # b', a: 2 }", &one, "{ a: 2 }"),
    ] {
        let (before, after) = (format!("o: {before}\n"), format!("o: {after}\n"));
        changed(&before, gone, &after);
    }
    refused(
        "o: {\n  k: 1, # why\n  a: 2 }\n",
        &one,
        "a comment in braces",
    );
}

fn before(path: &str, text: &str) -> YamlChange {
    YamlChange::Before(place(path), text.to_owned())
}

fn after(path: &str, text: &str) -> YamlChange {
    YamlChange::After(place(path), text.to_owned())
}

fn append(path: &str, text: &str) -> YamlChange {
    YamlChange::Append(place(path), text.to_owned())
}

fn replace(path: &str, text: &str) -> YamlChange {
    YamlChange::Replace(place(path), text.to_owned())
}

#[test]
fn entries_are_added_around_one() {
    let rights = "permissions:\n  id-token: write # why\n  contents: read\n";
    changed(
        "jobs:\n    x:\n        # of steps\n        steps: []\n",
        &[before("jobs.x.steps", rights)],
        "jobs:\n    x:\n        permissions:\n            id-token: write # why\n            contents: read\n        # of steps\n        steps: []\n",
    );
    let env = "env:\n  A: 1\n  # of b\n  B: |\n    x\n    # deeper\n\nc: 1\n";
    changed(
        env,
        &[after("env.A", "N: 1")],
        "env:\n  A: 1\n  N: 1\n  # of b\n  B: |\n    x\n    # deeper\n\nc: 1\n",
    );
    changed(
        env,
        &[append("env", "N: 1")],
        "env:\n  A: 1\n  # of b\n  B: |\n    x\n    # deeper\n  N: 1\n\nc: 1\n",
    );
    changed(
        "a: 1\n\nb: 2\n",
        &[before("b", rights)],
        "a: 1\n\npermissions:\n  id-token: write # why\n  contents: read\n\nb: 2\n",
    );
    changed(
        "on:\n  - x\ntrue: 1\n\"k e\": 2\n",
        &[before("k e", "on2: 1"), remove("true")],
        "on:\n  - x\non2: 1\n\"k e\": 2\n",
    );
    changed(
        "- name: x\n  if: y\n",
        &[before("0.name", "id: z\n")],
        "- id: z\n  name: x\n  if: y\n",
    );
    refused("a: 1\n", &[append("", "a: 2\n")], "a second time");
    refused("a: 1\n", &[append("", "- a\n")], "not of the kind");
    refused("a: x\n", &[append("a", "b: c\n")], "not of the kind");
    refused("a: x\n", &[append("", "b: [\n")], "what is added");
}

#[test]
fn entries_are_added_in_braces() {
    for (before, change, after) in [
        (
            "{}",
            append("w", "r: ${{ vars.R }}\n"),
            "{ r: '${{ vars.R }}' }",
        ),
        (
            "{ a: b }",
            append("w", "r: ${{ f('x') }}\n"),
            "{ a: b, r: \"${{ f('x') }}\" }",
        ),
        ("{a: b,c: d}", before("w.a", "e: 1\n"), "{e: 1,a: b,c: d}"),
        (
            "{\n  a: b,\n  c: d\n}",
            after("w.c", "e: 1\n"),
            "{\n  a: b,\n  c: d,\n  e: 1\n}",
        ),
        ("[a, b]", before("w.0", "- c\n"), "[c, a, b]"),
        ("[]", append("w", "- n, m\n"), "['n, m']"),
    ] {
        changed(
            &format!("w: {before}\n"),
            &[change],
            &format!("w: {after}\n"),
        );
    }
}

#[test]
fn items_are_added_as_their_neighbours_stand() {
    let step = "- name: Sign in # c\n  uses: a@b # v4\n  with:\n    r: ${{ vars.R }}\n  run: |\n    x\n\n      y\n";
    changed(
        "s:\n-   uses: a\n\n# of b\n-   uses: b\n",
        &[before("s.1", step)],
        "s:\n-   uses: a\n\n-   name: Sign in # c\n    uses: a@b # v4\n    with:\n      r: ${{ vars.R }}\n    run: |\n      x\n\n        y\n\n# of b\n-   uses: b\n",
    );
    changed(
        "s:\n    - uses: a\n      with:\n          b: c\n",
        &[after("s.0", step)],
        "s:\n    - uses: a\n      with:\n          b: c\n    - name: Sign in # c\n      uses: a@b # v4\n      with:\n          r: ${{ vars.R }}\n      run: |\n          x\n\n            y\n",
    );
    changed(
        "s:\n  - a\n\n  - b\n",
        &[append("s", "- n\n")],
        "s:\n  - a\n\n  - b\n\n  - n\n",
    );
    changed(
        "s:\n  - a\n",
        &[append("s", "# of n\n- n\n")],
        "s:\n  - a\n  # of n\n  - n\n",
    );
}

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
        refused(text, &[change], "what `&e` names is used elsewhere too");
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
