use super::*;

#[test]
fn what_github_takes_is_taken() {
    for inside in [
        "secrets.A",
        "secrets['A-B']",
        "SECRETS . a",
        "github.event.pull_request.labels.*.name",
        "steps.a.outputs['b'][0].c",
        "matrix[ format('{0}', env.X) ]",
        "!cancelled() && (a.b == 'x' || !a.b)",
        "!!a.b",
        "a.b != null && a.c < 1.5e3 && a.d >= 0x1F && a.e == .5",
        "'it''s }}'",
        "''",
        "true",
        "fromJSON('{\"a\":1}')[matrix.dir].b",
        "toJSON(github)",
        "contains(fromJSON('[1]'), 1)",
        "(a.b).c",
        "a[*].b",
        "github.event.inputs.x-y || 'z'",
        "\n  a.b\n",
        "hashFiles('**/a', 'b')",
        "a.b == -9.2 || a.b == +1 || a.b == -2.99e-2 || a.b == 1. || a.b == 1e+3",
        "a.b == 0xffffffff || a.b == 0o17 || a.b == 01",
        "a.b == NaN || a.b == Infinity || a.b == -Infinity",
        "a.true.null",
        "f ( a.b , 'c' ) [ 0 ] . d",
        "f().a",
    ] {
        let text = format!("a ${{{{ {inside} }}}} b");
        assert_eq!(refused(&text), None, "{text}");
    }
    for text in [
        "",
        "{{ a }}",
        "$ {{ a",
        "$",
        "${A}",
        "a }}",
        "${{a.b}}${{a.c}}",
    ] {
        assert_eq!(refused(text), None, "{text}");
    }
}

#[test]
fn what_github_refuses_is_found() {
    for inside in [
        "secrets.AW{ secrets.X",
        "",
        " ",
        "secrets.",
        "secrets.A secrets.B",
        "secrets.A B",
        "secrets.1A",
        "secrets.A$B",
        "secrets.É",
        "secrets/A",
        "${{ secrets.A",
        "secrets[A",
        "secrets[]",
        "secrets['A'",
        "secrets.A ||",
        "&& secrets.A",
        "secrets.A & b",
        "secrets.A | b",
        "a.b = 'x'",
        "a.b ? 'x' : 'y'",
        "a.b + 1",
        "\"x\"",
        "secrets.'A'",
        "secrets.A'B'",
        "'x'.y",
        "1.2.3",
        "-inf",
        "+nan",
        "1e",
        "1_0",
        "0x",
        "0x+1",
        "-0x1",
        "0x1ffffffff",
        "0o8",
        "0b1",
        "1.a",
        "true.a",
        "a.b.",
        "a[b].",
        "()",
        "a.b()",
        "a.*b",
        "**",
        "!= a.b",
        "a.b ! c",
        "a.b == == c",
        "(a.b",
        "a.b)",
        "f(a.b,)",
        "f(,)",
        "f(a b)",
        "-a",
        "a.-b",
        "a..b",
        "!",
        "*",
    ] {
        let text = format!("a ${{{{ {inside} }}}} b");
        assert!(refused(&text).is_some(), "{text}");
    }
    for (text, expected) in [
        ("${{ a.b }} ${{ a", "${{ a"),
        ("${{ 'a }}", "${{ 'a }}"),
        ("x ${{ a b }} y", "${{ a b }}"),
    ] {
        assert_eq!(refused(text), Some(expected));
    }
    for (condition, is_taken) in [
        ("a.b == 'x'", true),
        ("${{ a.b }} && c", true),
        ("", true),
        ("a.b = 'x'", false),
        ("${{ a. }}", false),
    ] {
        assert_eq!(
            refused_condition(condition).is_none(),
            is_taken,
            "{condition}"
        );
    }
    let deep = format!("${{{{ {}a.b{} }}}}", "(".repeat(60), ")".repeat(60));
    assert!(refused(&deep).is_some());
}
