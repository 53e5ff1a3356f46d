//! Adding entries and items.

use super::{after, append, before, changed, refused, remove};

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
