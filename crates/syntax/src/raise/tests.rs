//! How edits of the reading come back as edits of the JSON.

use crate::edit::{Edit, splice};
use crate::hcl::{Block, Document};

fn document(text: &str) -> Document {
    Document::of_json("main.tf.json".into(), text.to_owned(), |_, _, _| false).expect(text)
}

/// The JSON once `edit` is made in the block `provider` of its reading.
#[track_caller]
fn edited(json: &str, edits: impl Fn(&Document, Block<'_>) -> Vec<Edit>) -> Option<String> {
    let document = document(json);
    let provider = document.blocks("provider").next().unwrap();
    let edits = edits(&document, provider);
    let raised = document.json().unwrap().raise(document.text(), &edits);
    let (after, _) = splice(json, &mut raised?).expect("no overlap");
    Some(after)
}

fn without(json: &str, names: &[&str]) -> String {
    let result = edited(json, |document, provider| {
        let attributes = provider.body().attributes().map(|it| (it.name, it.span()));
        let blocks = provider.body().blocks().map(|it| (it.kind(), it.span()));
        let all = attributes.chain(blocks).filter(|it| names.contains(&it.0));
        all.map(|(_, span)| Edit::remove(document, span)).collect()
    });
    result.expect("exact")
}

fn with_profile(json: &str) -> String {
    let result = edited(json, |_, provider| {
        Edit::add_to_block(&provider, "profile", "\"x\"")
    });
    result.expect("exact")
}

#[test]
fn members_go_with_one_comma() {
    for (before, names, after) in [
        (r#"{"a":1,"b":2,"c":3}"#, &["a"][..], r#"{"b":2,"c":3}"#),
        (r#"{"a":1,"b":2,"c":3}"#, &["b"], r#"{"a":1,"c":3}"#),
        (r#"{"a":1,"b":2,"c":3}"#, &["c"], r#"{"a":1,"b":2}"#),
        (r#"{"a":1,"b":2,"c":3}"#, &["b", "c"], r#"{"a":1}"#),
        (r#"{"a":1,"b":2,"c":3}"#, &["a", "c"], r#"{"b":2}"#),
        (r#"{ "a": 1 , "b": 2 }"#, &["b"], r#"{ "a": 1 }"#),
        (r#"{ "a": 1, "b": 2 }"#, &["a", "b"], "{}"),
        (
            "{\r\n\t\"a\": 1,\r\n\t\"b\": 2\r\n}",
            &["b"],
            "{\r\n\t\"a\": 1\r\n}",
        ),
        (
            "{\r\n\t\"a\": 1,\r\n\t\"b\": 2\r\n}",
            &["a"],
            "{\r\n\t\"b\": 2\r\n}",
        ),
        ("{\n  \"a\": 1\n  , \"b\": 2\n}", &["b"], "{\n  \"a\": 1\n}"),
        (
            r#"{"assume_role": [{"role_arn": "a"}], "b": 2}"#,
            &["assume_role"],
            r#"{"b": 2}"#,
        ),
        (
            r#"{"a": 1, "dynamic": {"x": {"content": {}}}}"#,
            &["dynamic"],
            r#"{"a": 1}"#,
        ),
        (r#"{"a": 1, "//": "stays"}"#, &["a"], r#"{"//": "stays"}"#),
        (
            r#"{"assume_role": {"//": "goes", "a": 1}, "a": 1}"#,
            &["assume_role"],
            r#"{"a": 1}"#,
        ),
    ] {
        let around = |object: &str| format!("{{\"provider\": {{\"aws\": {object}}}, \"z\": []}}");
        assert_eq!(without(&around(before), names), around(after), "{before}");
    }
}

#[test]
fn members_are_added_in_the_style_of_their_neighbours() {
    for (before, after) in [
        (
            r#"{"provider":{"aws":{"a":1}}}"#,
            r#"{"provider":{"aws":{"a":1,"profile":"x"}}}"#,
        ),
        (
            r#"{"provider": {"aws": {}}}"#,
            r#"{"provider": {"aws": {"profile": "x"}}}"#,
        ),
        (
            r#"{"provider": {"aws": { "a": 1 }}}"#,
            r#"{"provider": {"aws": { "a": 1, "profile": "x" }}}"#,
        ),
        (
            "{\r\n\t\"provider\" : {\r\n\t\t\"aws\" : [ {\r\n\t\t\t\"a\" : 1\r\n\t\t} ]\r\n\t}\r\n}",
            "{\r\n\t\"provider\" : {\r\n\t\t\"aws\" : [ {\r\n\t\t\t\"a\" : 1,\r\n\t\t\t\"profile\" : \"x\"\r\n\t\t} ]\r\n\t}\r\n}",
        ),
        (
            "{\n  \"provider\": {\n    \"aws\": {}\n  }\n}\n",
            "{\n  \"provider\": {\n    \"aws\": {\n      \"profile\": \"x\"\n    }\n  }\n}\n",
        ),
        (
            "{\n  \"provider\": {\"aws\": {\"a\": 1, \"assume_role\": [{\"b\": 2}]}}\n}",
            "{\n  \"provider\": {\"aws\": {\"a\": 1, \"profile\": \"x\", \"assume_role\": [{\"b\": 2}]}}\n}",
        ),
        (
            "{\"provider\": {\"aws\": {\n  \"a\": 1,\n\n  \"b\": 2\n}}}",
            "{\"provider\": {\"aws\": {\n  \"a\": 1,\n\n  \"b\": 2,\n  \"profile\": \"x\"\n}}}",
        ),
    ] {
        assert_eq!(with_profile(before), after);
    }
}

#[test]
fn what_is_added_takes_the_place_of_what_goes() {
    for (before, after) in [
        (r#"{"r": 1}"#, r#"{"profile": "x"}"#),
        (r#"{"r": 1, "b": 2}"#, r#"{"b": 2, "profile": "x"}"#),
        (r#"{"b": 2, "r": 1}"#, r#"{"b": 2, "profile": "x"}"#),
        (
            r#"{"assume_role": {"a": 1}, "r": 1}"#,
            r#"{"profile": "x"}"#,
        ),
    ] {
        let around = |object: &str| format!("{{\"provider\": {{\"aws\": {object}}}}}");
        let result = edited(&around(before), |document, provider| {
            let gone = provider.body().attributes().filter(|it| it.name == "r");
            let gone = gone
                .map(|it| it.span())
                .chain(provider.body().blocks().map(|it| it.span()));
            let mut edits: Vec<_> = gone.map(|span| Edit::remove(document, span)).collect();
            edits.extend(Edit::add_to_block(&provider, "profile", "\"x\""));
            edits
        });
        assert_eq!(result, Some(around(after)), "{before}");
    }
}

/// The JSON once the value of `a` in the provider is `value`.
fn with_value(json: &str, value: &str) -> Option<String> {
    edited(json, |_, provider| {
        let old = provider.attribute("a").unwrap().value.span();
        vec![Edit::replace(old, value)]
    })
}

#[test]
fn values_are_written_as_json_says_them() {
    for (value, json) in [
        (r#""~> 5.0""#, r#""~> 5.0""#),
        (
            r#""a\"\\b${var.x["c"]}$${d}""#,
            r#""a\"\\b${var.x[\"c\"]}$${d}""#,
        ),
        ("var.x[\"a\"]", r#""${var.x[\"a\"]}""#),
        ("true", "true"),
        ("1.5", "1.5"),
    ] {
        let around = |value: &str| format!("{{\"provider\": {{\"aws\": {{\"a\": {value}}}}}}}");
        assert_eq!(
            with_value(&around("\"old\""), value),
            Some(around(json)),
            "{value}"
        );
    }
    let added = |value: &str| {
        edited(
            "{\n \"provider\": {\"aws\": {\n  \"b\": 1\n }}}",
            |_, provider| Edit::add_to_block(&provider, "a", value),
        )
    };
    assert_eq!(
        added("{\n  c = [\"d\", 1]\n}").unwrap(),
        "{\n \"provider\": {\"aws\": {\n  \"b\": 1,\n  \"a\": {\n   \"c\": [\"d\", 1]\n  }\n }}}"
    );
}

#[test]
fn entries_of_objects_are_edited_one_by_one() {
    let json = r#"{"provider": {"aws": {"a": {"k": 1, "s": [ 2 ]}}}}"#;
    let result = edited(json, |document, provider| {
        let object = provider.attribute("a").unwrap().value;
        let entries = object.entries();
        Edit::remove_entries(document, &entries, |entry| entry.name == "k")
    });
    assert_eq!(
        result.unwrap(),
        r#"{"provider": {"aws": {"a": {"s": [ 2 ]}}}}"#
    );
}

#[test]
fn a_container_that_holds_nothing_more_goes_too() {
    let json = r#"{"variable": [{"a": {"default": 1}}], "provider": {"aws": {}}}"#;
    let result = edited(json, |document, _| {
        let variable = document.blocks("variable").next().unwrap();
        vec![Edit::remove(document, variable.span())]
    });
    assert_eq!(result.unwrap(), r#"{"provider": {"aws": {}}}"#);
}

#[test]
fn an_element_of_a_list_is_another_one_where_it_stands() {
    let json = r#"{"provider": {"aws": {"a": [ "x",  "${var.y}", 3 ]}}}"#;
    for (now, after) in [
        ("[\"z\", \"${var.y}\", 3]", r#"[ "z",  "${var.y}", 3 ]"#),
        ("[\"x\", var.z, 4]", r#"[ "x",  "${var.z}", 4 ]"#),
    ] {
        let expected = json.replace(r#"[ "x",  "${var.y}", 3 ]"#, after);
        assert_eq!(with_value(json, now), Some(expected));
    }
    for now in ["[\"x\", [], 3]", "[\"x\", {}, 3]", "[\"x\"]", "\"x\""] {
        assert_eq!(with_value(json, now), None, "{now}");
    }
}

#[test]
fn a_reference_that_is_a_plain_string_stays_one() {
    let json = r#"{"provider": {}, "resource": {"a_b": {"c": {"lifecycle": {"ignore_changes": ["x",  "y"]}}}}}"#;
    let edited = |now: &str| {
        let document = document(json);
        let at = document.text().find("[x, y]").unwrap();
        let edits = [Edit::replace(at + 1..at + 2, now)];
        let raised = document.json().unwrap().raise(document.text(), &edits);
        Some(splice(json, &mut raised?).unwrap().0)
    };
    assert_eq!(edited("z").unwrap(), json.replace("\"x\"", "\"z\""));
    assert_eq!(edited("z[0]"), None);
}

#[test]
fn other_edits_are_not_exact() {
    let json = r#"{"provider": {"aws": {"a": [ 1,  2 ], "assume_role": {}}}}"#;
    assert_eq!(with_value(json, "[1]"), None);
    assert_eq!(with_value(json, "var.x"), None);
    assert_eq!(with_value(json, "<<EOF\nx\nEOF"), None);
    let at = |edit: fn(&Document, Block<'_>) -> Edit| {
        edited(json, |document, block| vec![edit(document, block)])
    };
    // Another label, another name, a new block, another type, something that does not parse.
    assert_eq!(
        at(|_, block| Edit::replace(block.span().start + 10..block.span().start + 13, "gcp")),
        None
    );
    assert_eq!(
        at(|_, block| Edit::insert(block.attribute("a").unwrap().key.end, "b")),
        None
    );
    assert_eq!(
        at(|_, block| Edit::add_lines_at_end(&block, "  b {\n  }")),
        None
    );
    assert_eq!(
        at(|document, _| Edit::insert(document.text().len(), "locals {\n}\n")),
        None
    );
    assert_eq!(
        at(|_, block| Edit::insert(block.closing(), "b = = 1\n")),
        None
    );
}

#[test]
fn a_member_is_renamed_where_it_stands() {
    let json = r#"{"provider": {"aws": {"a": [ 1,  2 ], "b": 2}}}"#;
    let result = edited(json, |_, provider| {
        let old = provider.attribute("a").unwrap().key;
        vec![Edit::replace(old, "c")]
    });
    assert_eq!(
        result.unwrap(),
        r#"{"provider": {"aws": {"c": [ 1,  2 ], "b": 2}}}"#
    );
}
