use super::*;

fn found(script: &str) -> Vec<String> {
    let found = |command: ShellCommand| command.words.join("·");
    commands(script).into_iter().map(found).collect()
}

#[test]
fn commands_end_where_the_shell_ends_them() {
    let script = "a b && c || d; e | f & g\nh \\\n  i # j && k\nl#m 2>&1\nn &>o\n";
    let expected = ["a·b", "c", "d", "e", "f", "g", "h·i", "l#m·2·>·1", "n·>·o"];
    assert_eq!(found(script), expected);
}

#[test]
fn commands_know_where_they_stand() {
    let script = "cd a && (b; `c`) || x \"$(d | e)\"\nf";
    let found = commands(script).into_iter().map(|command| {
        let start = &script[command.offset..=command.offset];
        let subshells = command.subshells.len();
        (start.to_owned(), subshells, command.is_chained)
    });
    let expected = [
        ("c", 0, false),
        ("b", 1, true),
        ("c", 2, false),
        ("`", 1, false),
        ("d", 1, false),
        ("e", 1, false),
        ("x", 0, true),
        ("f", 0, false),
    ];
    let expected = expected.map(|(start, depth, is)| (start.to_owned(), depth, is));
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

#[test]
fn quotes_hold_together_what_is_in_them() {
    let script = "a 'b && c' \"d; \\\"e\" f\\ g \"\"\nh \"x$(i \"j\")y\" `k l` $((1 + 2)) ${m} ${{ n && 'o' }}";
    let h = "h·x$()y·$()·$((1 + 2))·${m}·${{ n && 'o' }}";
    assert_eq!(found(script), ["a·b && c·d; \"e·f g·", "i·j", "k·l", h]);
    let text = "a ${{ f('}}; b') }}; git push";
    assert_eq!(found(text), ["a·${{ f('}}; b') }}", "git·push"]);
    assert_eq!(found("a \"b\\n\\$c\\\nd\""), ["a·b\\n$cd"]);
    assert_eq!(found("a \"b"), ["a·b"]);
    assert_eq!(found("a $("), ["a·$"]);
    assert_eq!(found("a 'ü\n"), ["a·ü\n"]);
}

#[test]
fn what_looks_like_a_command_is_told_from_one() {
    for (script, expected) in [
        (
            "case $1 in\n  a) b;;\n  c|d) e;;\n  *) f;;\nesac\ng",
            "case·$1·in b ;; e ;; f ;; esac g",
        ),
        ("case $1 in a) b;; esac", "case·$1·in·a b ;; esac"),
        ("case $1 in a|c) b;; esac", "case·$1·in·a b ;; esac"),
        ("a | b; (c | d)", "a b c d"),
        ("a=(b c\nd) e; f", "a=()·e f"),
        ("a+=(\"$(b | c)\"); d", "b c a+=() d"),
        (
            "if [[ a && b || (c) ]]; then d; fi",
            "if·[[·a·b·c·]] then·d fi",
        ),
        ("[[ a ]] && b", "[[·a·]] b"),
        ("if ((a > b)); then c; fi; ((d)); e", "if then·c fi e"),
    ] {
        assert_eq!(found(script).join(" "), expected, "{script}");
    }
}

#[test]
fn what_nothing_closes_is_looked_for_once() {
    let many = 50_000;
    for open in [
        "$(", "$((", "${", "${{", "`a`$(", "((", "\"$(", "'", "a <<A ",
    ] {
        let script = format!("{}\nterraform apply\n", open.repeat(many));
        assert!(!found(&script).is_empty(), "{open}");
    }
    let nested = format!("{}terraform apply{}", "$(".repeat(many), ")".repeat(many));
    assert!(found(&nested).concat().contains("terraform·apply"));
    assert_eq!(found("a $(b $(c) d"), ["a·$", "c", "b·$()·d"]);
}

#[test]
fn here_documents_belong_to_their_command() {
    let script = "cat > f <<'EOF'\ngit push\nEOF\nbash <<-E | x\n  b\n  E\nc <<< word\n";
    assert_eq!(
        found(script),
        ["cat·>·f·git push\n", "bash", "x·  b\n", "c·word"]
    );
}
