//! What JSON reads as.

use std::path::Path;

use crate::hcl::Document;
use crate::outline::OutlineError;

fn document(text: &str) -> Document {
    read(text).expect(text)
}

/// The text as JSON, in which nothing nests blocks but what Terraform itself knows.
fn read(text: &str) -> Result<Document, (OutlineError, String)> {
    Document::of_json("main.tf.json".into(), text.to_owned(), |_, _, _| false)
}

#[track_caller]
fn reads(json: &str, hcl: &str) {
    assert_eq!(document(json).text(), hcl, "{json}");
}

#[test]
fn blocks_are_objects_or_lists_of_objects() {
    let two = "provider \"aws\" {\n  region = \"a\"\n}\nprovider \"aws\" {\n  alias = \"b\"\n}\n";
    for json in [
        r#"{"provider": {"aws": [{"region": "a"}, {"alias": "b"}]}}"#,
        r#"{"provider": [{"aws": {"region": "a"}}, {"aws": {"alias": "b"}}]}"#,
        r#"{"provider": [{"aws": [{"region": "a"}]}, {"aws": [{"alias": "b"}]}]}"#,
        r#"{"provider": {"aws": {"region": "a"}, "aws": {"alias": "b"}}}"#,
        r#"[{"provider": {"aws": {"region": "a"}}}, {"provider": {"aws": {"alias": "b"}}}]"#,
        r#"{"//": "x", "provider": {"//": {}, "aws": [{"//": {"a": 1}, "region": "a"}, {"alias": "b"}]}}"#,
    ] {
        reads(json, two);
    }
    reads(
        r#"{"terraform": [{"backend": {"s3": {}}}, {"required_providers": [{"aws": "~> 4.0"}]}]}"#,
        "terraform {\n  backend \"s3\" {\n  }\n}\nterraform {\n  required_providers {\n    aws = \"~> 4.0\"\n  }\n}\n",
    );
    reads(
        r#"{"resource": {"a_b": {"c": {"lifecycle": {"ignore_changes": ["x"]}, "tags": {"d e": 1}}}}}"#,
        "resource \"a_b\" \"c\" {\n  lifecycle {\n    ignore_changes = [x]\n  }\n  tags = {\n    \"d e\" = 1\n  }\n}\n",
    );
    reads(r#"{"provider": {"aws": null}, "locals": []}"#, "");
    // An error of Terraform, too: but nothing is lost.
    reads(r#"{"provider": "aws"}"#, "provider = \"aws\"\n");
}

#[test]
fn roles_are_blocks_also_where_they_are_dynamic() {
    let role = "provider \"aws\" {\n  assume_role {\n    role_arn = \"${var.x}\"\n  }\n}\n";
    reads(
        r#"{"provider": {"aws": {"assume_role": {"role_arn": "${var.x}"}}}}"#,
        role,
    );
    reads(
        r#"{"provider": {"aws": {"assume_role": [{"role_arn": "${var.x}"}]}}}"#,
        role,
    );
    reads(
        r#"{"provider": {"aws": {"dynamic": {"assume_role": {"for_each": [1], "content": {"role_arn": "x"}}}}}}"#,
        "provider \"aws\" {\n  dynamic \"assume_role\" {\n    for_each = [1]\n    content {\n      role_arn = \"x\"\n    }\n  }\n}\n",
    );
}

#[test]
fn strings_are_templates_names_or_plain_text() {
    for (json, hcl) in [
        (r#""a\"b\\c\n\u00e9\/""#, r#""a\"b\\c\né/""#),
        (
            r#""${jsonencode({\"a\" = \"}\"})}x\"""#,
            r#""${jsonencode({"a" = "}"})}x\"""#,
        ),
        (r#""$${x} %%{x}""#, r#""$${x} %%{x}""#),
        // Nothing closes it: Terraform rejects it.
        (r#""${x""#, r#""$${x""#),
        (
            r#"[1.5e3, true, null, {"a": "b"}]"#,
            "[1.5e3, true, null, {\n    a = \"b\"\n  }]",
        ),
    ] {
        let json = format!("{{\"locals\": {{\"a\": {json}}}}}");
        reads(&json, &format!("locals {{\n  a = {hcl}\n}}\n"));
    }
    reads(
        r#"{"variable": {"a": {"type": "list(string)", "default": "${x}"}, "b": {"type": "string"}}}"#,
        "variable \"a\" {\n  type = \"list(string)\"\n  default = \"$${x}\"\n}\nvariable \"b\" {\n  type = string\n}\n",
    );
    reads(
        r#"{"module": {"m": {"providers": {"aws": "aws.b"}, "source": "./m"}}}"#,
        "module \"m\" {\n  providers = {\n    aws = aws.b\n  }\n  source = \"./m\"\n}\n",
    );
    reads(
        r#"{"terraform": {"required_providers": {"aws": {"version": "4", "configuration_aliases": ["aws.b"]}}}}"#,
        "terraform {\n  required_providers {\n    aws = {\n      version = \"4\"\n      configuration_aliases = [aws.b]\n    }\n  }\n}\n",
    );
}

#[test]
fn places_are_those_of_the_json() {
    let json = "\u{feff}{\r\n  \"provider\": {\"é\": 1, \"aws\": [\r\n    {\"region\": \"a\", \"x\": [{\"b\": 2}]}\r\n  ]}\r\n}";
    let document = document(json);
    let provider = document.blocks("provider").next().unwrap();
    let place = |at: crate::location::Location| (at.line, at.column);
    assert_eq!(place(provider.location()), (3, 5));
    let region = provider.attribute("region").unwrap();
    assert_eq!(place(document.location(region.key.start)), (3, 6));
    assert_eq!(place(region.value.location()), (3, 16));
}

#[test]
fn what_is_no_json_is_said_with_its_place() {
    for (text, offset) in [
        ("{\"a\": 1,}", 7),
        ("{\"a\": 1 \"b\": 2}", 7),
        ("// x\n{}", 0),
        ("\u{feff}", 3),
        ("{\"a\": 'x'}", 6),
        ("{\"a\": 1} {}", 9),
        ("{\"a\": \"x\ty\"}", 8),
        ("{\"a\nb\": 1}", 3),
        ("{\"a\":\u{a0}1}", 5),
        ("{\u{c}\"a\": 1}", 1),
        ("{\"a\": \"\\\"\", \"é\": 'x'}", 18),
    ] {
        let (error, returned) = read(text).unwrap_err();
        assert_eq!((error.offset, returned.as_str()), (offset, text));
    }
}

#[test]
fn generated_files_are_known() {
    let is_generated =
        |path: &str, text: &str| document(text).json().unwrap().is_generated(Path::new(path));
    let cdktf = r#"{"//": {"metadata": {"backend": "s3", "stackName": "x"}}}"#;
    assert!(is_generated("a/main.tf.json", cdktf));
    assert!(is_generated("a/cdk.tf.json", "{}"));
    assert!(is_generated("cdktf.out/stacks/a/x.tf.json", "{}"));
    assert!(is_generated(
        "x.tf.json",
        r#"{"//": "Generated by x, do not edit"}"#
    ));
    assert!(!is_generated(
        "x.tf.json",
        r#"{"//": "by hand", "locals": {"//": "generated"}}"#
    ));
}
