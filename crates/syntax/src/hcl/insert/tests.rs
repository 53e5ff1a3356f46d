use super::*;
use crate::edit::splice;

fn document(text: &str) -> Document {
    Document::new("main.tf".into(), text.to_owned()).expect(text)
}

#[track_caller]
fn check(before: &str, after: &str) {
    let document = document(before);
    let block = document.blocks("b").next().unwrap();
    let mut edits = Edit::add_to_block(&block, "profile", "\"x\"");
    assert_eq!(splice(before, &mut edits).unwrap().0, after);
}

#[test]
fn a_block_gets_it_behind_its_last_attribute() {
    check(
        "b {\r\n\ta = 1\r\n\tc {\r\n\t}\r\n}\r\n",
        "b {\r\n\ta = 1\r\n\tprofile = \"x\"\r\n\tc {\r\n\t}\r\n}\r\n",
    );
    check(
        "b {\n  a = 1 # c\n}",
        "b {\n  a = 1 # c\n  profile = \"x\"\n}",
    );
    check(
        "b {\n  # note\n}\n",
        "b {\n  # note\n  profile = \"x\"\n}\n",
    );
}

#[test]
fn comments_over_several_lines_are_not_written_into() {
    check(
        "b {\n  a = 1 /* c\n  d */\n}",
        "b {\n  profile = \"x\"\n  a = 1 /* c\n  d */\n}",
    );
    check(
        "b { /* c\n  d */ }",
        "b { /* c\n  d */ \n  profile = \"x\"\n}",
    );
    check(
        "b {\n  a = 1 /* c */\n}",
        "b {\n  a = 1 /* c */\n  profile = \"x\"\n}",
    );
}

#[test]
fn a_block_on_one_line_is_opened_up() {
    check("b {}", "b {\n  profile = \"x\"\n}");
    check("b {\n}", "b {\n  profile = \"x\"\n}");
    check("b { a = 1 }", "b {\n  a = 1\n  profile = \"x\"\n}");
}

#[test]
fn it_takes_the_column_that_others_share() {
    check(
        "b {\n  dynamodb_table = 1\n  c {\n  }\n  key            = 1\n}",
        "b {\n  dynamodb_table = 1\n  c {\n  }\n  key            = 1\n  profile        = \"x\"\n}",
    );
    check(
        "b {\n  key = 1\n  dynamodb_table = 1\n}",
        "b {\n  key = 1\n  dynamodb_table = 1\n  profile = \"x\"\n}",
    );
    check("b {\n  key=1\n}", "b {\n  key=1\n  profile=\"x\"\n}");
}

#[test]
fn objects_keep_quotes_signs_and_commas() {
    for (before, after) in [
        ("a = { \"s\" : 1 }\n", "a = { \"s\" : 1, \"v\" : 2 }\n"),
        ("a = {\n  s = 1,\n}\n", "a = {\n  s = 1,\n  v = 2,\n}\n"),
        (
            "a = { s = 1,\n  t = 3 }\n",
            "a = { s = 1, v = 2,\n  t = 3 }\n",
        ),
        (
            "a = {\n  s = 1 # c\n}\n",
            "a = {\n  s = 1 # c\n  v = 2\n}\n",
        ),
    ] {
        let document = document(before);
        let object = document.body().unwrap().attribute("a").unwrap().value;
        let entries = object.entries();
        let edit = Edit::add_behind(before, &entries[0], &entries, "v", "2");
        assert_eq!(splice(before, &mut vec![edit]).unwrap().0, after);
    }
}

#[test]
fn an_object_gets_it_behind_its_last_entry_on_a_line_of_its_own() {
    for (before, after) in [
        ("a = {}\n", "a = { v = 2 }\n"),
        ("a = { /* c */ }\n", "a = { v = 2 /* c */ }\n"),
        ("a = {\n}\n", "a = {\n  v = 2\n}\n"),
        ("a = { s = 1 }\n", "a = { s = 1, v = 2 }\n"),
        ("a = { s = 1, }\n", "a = { s = 1, v = 2, }\n"),
        (
            "a = {\n  s = {\n    t = 1\n  },\n}\n",
            "a = {\n  s = {\n    t = 1\n  },\n  v = 2,\n}\n",
        ),
        (
            "a = {\n  ss = 1\n  t  = 2 # c\n\n  u = {\n  }\n}\n",
            "a = {\n  ss = 1\n  t  = 2 # c\n  v  = 2\n\n  u = {\n  }\n}\n",
        ),
    ] {
        let document = document(before);
        let object = document.body().unwrap().attribute("a").unwrap().value;
        let edit = Edit::add_to_object(&object, "v", "2");
        assert_eq!(splice(before, &mut vec![edit]).unwrap().0, after);
    }
}

#[test]
fn a_file_keeps_its_missing_last_line_ending() {
    for (before, after) in [
        ("a = 1", "a = 1\nv = 2"),
        ("a=1\r\n", "a=1\r\nv=2\r\n"),
        ("# none", "# none\nv = 2\n"),
        ("", "v = 2\n"),
    ] {
        let edit = Edit::add_to_file(&document(before), "v", "2");
        assert_eq!(splice(before, &mut vec![edit]).unwrap().0, after);
    }
}

#[test]
fn several_settings_are_added_to_a_block_on_one_line() {
    for (before, after) in [
        ("b {}", "b {\n  c = 1\n  d = 2\n}"),
        ("  b { }\r\n", "  b {\r\n    c = 1\r\n    d = 2\r\n  }\r\n"),
        ("b {a = 0}", "b {\n  a = 0\n  c = 1\n  d = 2\n}"),
        ("b { a = 0 }", "b {\n  a = 0\n  c = 1\n  d = 2\n}"),
    ] {
        let document = document(before);
        let block = document.blocks("b").next().unwrap();
        let mut edits = Edit::add_to_block(&block, "c", "1");
        edits.extend(Edit::add_to_block(&block, "d", "2"));
        assert_eq!(splice(before, &mut edits).unwrap().0, after);
    }
}
