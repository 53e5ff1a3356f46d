use super::*;

/// Removes every line that contains `gone`.
fn without(before: &str, gone: &str) -> String {
    let mut edits = Vec::new();
    let mut at = 0;
    for line in before.split_inclusive('\n') {
        if line.contains(gone) {
            edits.push(Edit::replace(at..at + line.len(), ""));
        }
        at += line.len();
    }
    settle(before, &mut edits).unwrap()
}

#[test]
fn no_blank_line_is_left_doubled() {
    assert_eq!(
        without("a {\n  b = 1\n\n  gone = 1\n\n  c = 1\n}\n", "gone"),
        "a {\n  b = 1\n\n  c = 1\n}\n"
    );
    assert_eq!(
        without("a {\n  gone = 1\n\n  c = 1\n}\n", "gone"),
        "a {\n  c = 1\n}\n"
    );
    assert_eq!(
        without("a {\n  c = 1\n\n  gone = 1\n}\n", "gone"),
        "a {\n  c = 1\n}\n"
    );
    assert_eq!(without("gone = 1\n\na {}\n\ngone = 2\n", "gone"), "a {}\n");
    assert_eq!(
        without(
            "a {\r\n  b {}\r\n\r\n  gone {}\r\n\r\n  gone {}\r\n\r\n  c {}\r\n}\r\n",
            "gone"
        ),
        "a {\r\n  b {}\r\n\r\n  c {}\r\n}\r\n"
    );
    assert_eq!(
        without("a {\n  b = 1\n  gone = 1\n\n\n  c = 1\n}\n", "gone"),
        "a {\n  b = 1\n\n\n  c = 1\n}\n"
    );
}

#[test]
fn an_aligned_group_stays_aligned() {
    assert_eq!(
        without(
            "a {\n  b     = 1 # x\n  gone2 = 1\n  cc    = 1 # y\n}\n",
            "gone"
        ),
        "a {\n  b  = 1 # x\n  cc = 1 # y\n}\n"
    );
    assert_eq!(
        without("a {\n  b = 1\n  gone {}\n  cccc = 1\n}\n", "gone"),
        "a {\n  b    = 1\n  cccc = 1\n}\n"
    );
}

#[test]
fn a_group_is_aligned_whatever_is_edited_directly_before_its_block() {
    let before = "a {\n  b = 1\n} # c\nd {\n  e   = 1\n  fff = 2\n}\n";
    let comment = before.find("c\n").unwrap();
    let gone = before.find("  fff").unwrap();
    let mut edits = vec![
        Edit::replace(comment..comment + 1, "x"),
        Edit::replace(gone..gone + "  fff = 2\n".len(), ""),
    ];
    assert_eq!(
        settle(before, &mut edits).unwrap(),
        "a {\n  b = 1\n} # x\nd {\n  e = 1\n}\n"
    );
}

#[test]
fn a_group_that_was_not_aligned_is_left_alone() {
    let before = "a {\n  b = 1\n  gone = 1\n  cccc = 1\n}\n";
    assert_eq!(without(before, "gone"), "a {\n  b = 1\n  cccc = 1\n}\n");
}

#[test]
fn only_the_touched_group_moves() {
    let before = "a {\n  b = 1\n  cc = 1\n\n  d    = 1\n  gone = 1\n}\n";
    assert_eq!(
        without(before, "gone"),
        "a {\n  b = 1\n  cc = 1\n\n  d = 1\n}\n"
    );
}

#[test]
fn a_group_in_a_heredoc_is_one_of_its_own() {
    assert_eq!(
        without(
            "g {\n  a  = 1\n  cc = <<-EOF\n  b {\n    gone = 1\n    x    = \"${y}\" # z\n  }\n  EOF\n}\n",
            "gone"
        ),
        "g {\n  a  = 1\n  cc = <<-EOF\n  b {\n    x = \"${y}\" # z\n  }\n  EOF\n}\n"
    );
}

#[test]
fn a_group_beside_a_heredoc_is_not_one_in_it() {
    for before in [
        "g {\n  gone = 1\n  a    = 1\n  b    = <<EOF\nx    = 1\nEOF\n}\n",
        "g {\n  b    = <<EOF\nx    = 1\nEOF\n  gone = 1\n  a    = 1\n}\n",
    ] {
        let after = without(before, "gone");
        assert!(after.contains("  a = 1\n"), "{after}");
        assert!(after.contains("\nx    = 1\n"), "{after}");
    }
}

#[test]
fn a_file_of_attributes_is_one_group() {
    assert_eq!(
        without("bucket = 1\ngone   = 1\nkey    = 1\n", "bucket"),
        "gone = 1\nkey  = 1\n"
    );
}
