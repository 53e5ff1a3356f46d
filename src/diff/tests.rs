use std::{
    ffi::OsStr,
    fs,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use super::*;

fn change(path: impl AsRef<OsStr>, before: &str, after: &str) -> FileChange {
    FileChange {
        path: PathBuf::from(path.as_ref()),
        before: before.into(),
        after: after.into(),
    }
}

/// Runs `program` on a patch in a directory that holds the file before, and compares the file
/// after.
#[track_caller]
fn applies(program: &str, args: &[&str], change: &FileChange) {
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    let file = tree.join(&change.path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, &change.before).unwrap();
    let patch = FileDiff::new(change).patch();
    fs::write(dir.path().join("patch"), &patch).unwrap();
    let run = Command::new(program)
        .args(args)
        .arg("../patch")
        .current_dir(&tree)
        .env_remove("GIT_DIR")
        .env("GIT_CEILING_DIRECTORIES", dir.path())
        .output();
    let run = run.expect("git and patch are installed");
    let said =
        String::from_utf8_lossy(&run.stderr).into_owned() + &String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{program}: {said}\n{patch}");
    let after = fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{program}: {error}: {said}\n{patch}"));
    assert_eq!(after, change.after, "{program}: {said}\n{patch}");
}

/// Ten lines, `l0` to `l9`, each ended by `end`.
fn ten(end: &str) -> String {
    [
        "l0", "l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9", "",
    ]
    .join(end)
}

/// `count` lines, a number after `word` on each.
fn numbered(count: usize, word: &str) -> String {
    (0..count)
        .flat_map(|n| [word.to_owned(), n.to_string(), "\n".to_owned()])
        .collect()
}

#[test]
fn git_and_patch_turn_before_into_after() {
    let lf = ten("\n");
    let crlf = ten("\r\n");
    let long = numbered(60, "line ");
    let several = long
        .replace("line 3\n", "")
        .replace("line 9\n", "new\n")
        .replace("line 40\n", "line 40\nmore\n");
    let bare = |text: &str| text.trim_end().to_owned();
    let shapes = [
        (lf.clone(), lf.replace("l5", "x")),
        (crlf.clone(), crlf.replace("l5", "x")),
        (crlf.clone(), crlf.replace("l5\r\n", "")),
        (bare(&lf), lf.replace("l8", "x")),
        (lf.clone(), bare(&lf)),
        (bare(&lf), bare(&lf).replace("l9", "x")),
        (bare(&crlf), bare(&crlf).replace("l8", "x")),
        (bare(&lf), bare(&lf).replace("l1", "x")),
        (lf.replace("l4", "a\rb"), lf.replace("l4", "a\rc")),
        (long, several),
        (lf.clone(), format!("top\n{lf}")),
        (lf.clone(), lf.replace("l9\n", "")),
        (lf.clone(), String::new()),
        (String::new(), lf.clone()),
        ("\u{feff}a\n".to_owned(), "\u{feff}b\n".to_owned()),
        ("only".to_owned(), "one".to_owned()),
        ("\n\n\n".to_owned(), "\n\n\n\n".to_owned()),
        (
            "--- a\n+++ b\n@@ -1 +1 @@\n".to_owned(),
            "--- a\n+++ c\n@@ -1 +1 @@\n".to_owned(),
        ),
    ];
    for (before, after) in &shapes {
        let change = change("main.tf", before, after);
        applies("git", &["apply"], &change);
        applies("patch", &["-p1", "--batch", "-i"], &change);
    }
}

#[test]
fn git_and_patch_find_files_of_any_name() {
    let names: [&[u8]; 14] = [
        b"new\nline.tf",
        b"modules/a/main.tf",
        b"with space/main file.tf",
        b"tab\tname.tf",
        b"quote\"name.tf",
        b"single'name.tf",
        b"back\\slash.tf",
        "naïve/日本.tf".as_bytes(),
        "naïve file.tf".as_bytes(),
        b"not \xff utf8.tf",
        b"bell\x07 and \x1b[2J.tf",
        b"trailing space ",
        b" leading.tf",
        b"a => b.tf",
    ];
    for name in names {
        let change = change(OsStr::from_bytes(name), "a\n", "b\n");
        applies("git", &["apply"], &change);
        applies("patch", &["-p1", "--batch", "-i"], &change);
    }
}

#[test]
fn names_are_written_as_git_writes_them() {
    for (path, expected) in [
        ("a/b.tf", "a/a/b.tf"),
        ("a b", "a/a b\t"),
        ("a\"\\\n\t", r#""a/a\"\\\n\t""#),
        ("ï b", "\"a/\\303\\257 b\"\t"),
    ] {
        assert_eq!(name::patch_name("a/", Path::new(path)), expected);
    }
}

#[test]
fn a_patch_reads_as_git_writes_it() {
    let before = ten("\n");
    let after = before.replace("l1\n", "").replace("l9\n", "x");
    assert_eq!(
        FileDiff::new(&change("a b", &before, &after)).patch(),
        "--- a/a b\t\n+++ b/a b\t\n@@ -1,5 +1,4 @@\n l0\n-l1\n l2\n l3\n l4\n\
         @@ -7,4 +6,4 @@\n l6\n l7\n l8\n-l9\n+x\n\\ No newline at end of file\n"
    );
    let whole = |before, after| FileDiff::new(&change("a", before, after)).patch();
    assert_eq!(whole("", "x\n"), "--- a/a\n+++ b/a\n@@ -0,0 +1 @@\n+x\n");
    assert_eq!(whole("x\n", "x\n"), "");
}

#[test]
fn hunks_join_where_their_context_meets() {
    let text = numbered(20, "");
    for (second, hunks) in [("11\n", 1), ("12\n", 2)] {
        let after = text.replacen("4\n", "x\n", 1).replace(second, "y\n");
        let patch = FileDiff::new(&change("a", &text, &after)).patch();
        assert_eq!(patch.matches("@@ -").count(), hunks, "{patch}");
    }
}

#[test]
fn a_block_that_goes_is_shown_from_its_first_line() {
    let block = |name: &str| format!("provider \"aws\" {{\n  alias = \"{name}\"\n}}\n");
    let before = [block("a"), block("b"), block("c")].join("\n");
    let after = [block("a"), block("c")].join("\n");
    let patch = FileDiff::new(&change("a", &before, &after)).patch();
    assert!(
        patch.contains("\n \n-provider \"aws\" {\n-  alias = \"b\"\n-}\n-\n provider \"aws\" {\n"),
        "{patch}"
    );
    applies("git", &["apply"], &change("a", &before, &after));
}

#[test]
fn what_is_shown_holds_no_secret_and_no_control_character() {
    let before = "\u{feff}# \x1b[2J\nsecret_key = \"abc\"\r\nx = 1\r\n";
    let change = change(
        "a\x1b",
        before,
        "\u{feff}# \x1b[2J\nsecret_key = \"abc\"\r\n",
    );
    let shown = FileDiff::new(&change).shown(false);
    assert_eq!(
        shown.text,
        "--- \"a/a\\033\"\n+++ \"b/a\\033\"\n@@ -1,3 +1,2 @@\n \u{feff}# \\x1b[2J\n secret_key = \"****\"\r\n-x = 1\r\n"
    );
    assert!(shown.masked && shown.escaped);
}

#[test]
fn a_byte_order_mark_is_one_only_where_the_file_begins() {
    let text = "\u{feff}a\n\u{feff}b\n";
    let change = change("a", text, &text.to_uppercase());
    let shown = FileDiff::new(&change).shown(false).text;
    assert!(
        shown.ends_with("-\u{feff}a\n-\\u{feff}b\n+\u{feff}A\n+\\u{feff}B\n"),
        "{shown}"
    );
}

#[test]
fn secrets_are_masked_where_they_stand_in_each_text() {
    let change = change(
        "a",
        "x\ntoken = \"abc\"\n",
        "a_longer_line\nsecret_key = \"abc\"\n",
    );
    let text = FileDiff::new(&change).shown(false).text;
    assert!(
        text.ends_with("-x\n-token = \"****\"\n+a_longer_line\n+secret_key = \"****\"\n"),
        "{text}"
    );
}

#[test]
fn what_is_shown_is_the_patch_where_nothing_had_to_be_hidden() {
    let change = change("a", "\u{feff}a\r\nb", "\u{feff}a\r\nc");
    let diff = FileDiff::new(&change);
    let shown = diff.shown(false);
    assert_eq!(shown.text, diff.patch());
    assert!(!shown.masked && !shown.escaped);
    let coloured = diff.shown(true).text;
    assert!(
        coloured.contains("\u{1b}[31m-b\u{1b}[0m\n\\ No newline"),
        "{coloured:?}"
    );
    assert_eq!(
        anstream::adapter::strip_str(&coloured).to_string(),
        shown.text
    );
}

#[test]
fn a_style_ends_before_the_carriage_return() {
    let change = change("a", "a\r\n", "b\r\n");
    let text = FileDiff::new(&change).shown(true).text;
    assert!(text.ends_with("\u{1b}[32m+b\u{1b}[0m\r\n"), "{text:?}");
}

#[test]
fn random_texts_survive_git_apply() {
    // A small alphabet makes runs that can slide and lines that repeat.
    let mut seed = 1_u32;
    let mut next = |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) % below
    };
    let lines = ["a\n", "  b\r\n", "\n", "}\n", "x\ry\n", "{\n"];
    for _ in 0..60 {
        let mut text = || -> String { (0..next(40)).map(|_| lines[next(6) as usize]).collect() };
        let (before, after) = (text(), text());
        if before != after {
            applies("git", &["apply"], &change("main.tf", &before, &after));
        }
    }
}
