use super::*;

#[test]
fn a_journal_holds_names_of_any_bytes() {
    let names: [&[u8]; 3] = [b"new\nline.tf", b"not \xff utf8.tf", b"sub dir/\t\".tf"];
    let targets = names.map(|name| Target {
        path: OsStr::from_bytes(name).into(),
        before: sha1(b"old"),
        after: sha1(b"new"),
    });
    let parsed = parse(&text("12ab", &targets)).unwrap();
    assert_eq!(parsed, ("12ab".to_owned(), targets.to_vec()));
}

#[test]
fn a_journal_cut_off_anywhere_names_no_target() {
    let target = Target {
        path: "a.tf".into(),
        before: sha1(b"old"),
        after: sha1(b"new"),
    };
    let whole = text("12ab", &[target.clone(), target]);
    for length in 0..whole.len() {
        let (_, targets) = parse(&whole[..length]).unwrap();
        assert_eq!(targets, [], "{length}");
    }
}

#[test]
fn what_no_run_wrote_is_refused() {
    for (journal, message) in [
        (
            "tfkeyless journal 2\x00ab\x00../out\x00a\x00b\0\0",
            "is not a path below",
        ),
        (
            "tfkeyless journal 2\x00ab\x00/etc/x\x00a\x00b\0\0",
            "is not a path below",
        ),
        (
            "tfkeyless journal 2\x00../x\x00a\x00a\x00b\0\0",
            "the mark is missing",
        ),
        ("tfkeyless journal 1\x0012\x00a\0\0", "the title is missing"),
        ("something else", "the title is missing"),
    ] {
        let error = format!("{:#}", parse(journal.as_bytes()).unwrap_err());
        assert!(error.contains(message), "{error}");
    }
}
