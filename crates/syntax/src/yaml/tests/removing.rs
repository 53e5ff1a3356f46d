//! Removing entries and items.

use super::{append, before, changed, refused, remove};

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
