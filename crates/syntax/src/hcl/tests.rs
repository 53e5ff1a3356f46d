use super::*;

fn document(text: &str) -> Document {
    Document::new("main.tf".into(), text.to_owned()).expect(text)
}

#[test]
fn ranges_are_those_of_the_whole_file() {
    let text =
        "\u{feff}# é\r\nterraform {\r\n  backend \"s3\" {\r\n    key = \"é\"\r\n  }\r\n}\r\n";
    let document = document(text);
    let terraform = document.blocks("terraform").next().unwrap();
    assert!(terraform.text().starts_with("terraform {") && terraform.text().ends_with('}'));
    let backend = terraform.blocks("backend").next().unwrap();
    assert_eq!(backend.label(0), Some("s3"));
    assert!(backend.text().starts_with("backend \"s3\" {") && backend.text().ends_with('}'));
    let key = backend.attribute("key").unwrap();
    assert_eq!(&text[key.span()], "key = \"é\"");
    assert_eq!(
        (key.value.location().line, key.value.location().column),
        (4, 11)
    );
}

#[test]
fn entries_of_objects_have_exact_ranges() {
    let text = "a = 1\nterraform {\n  required_providers {\n    aws = { \"version\" : \"~> 4\", source = \"hashicorp/aws\" }\n  }\n}\n";
    let document = document(text);
    let terraform = document.blocks("terraform").next().unwrap();
    let required = terraform.blocks("required_providers").next().unwrap();
    let aws = required.attribute("aws").unwrap();
    let version = aws.value.entry("version").unwrap();
    assert_eq!(&text[version.span()], "\"version\" : \"~> 4\"");
    assert_eq!(&text[version.value.span()], "\"~> 4\"");
    assert_eq!(version.value.literal(), Some("~> 4"));
    assert_eq!(version.value.location().line, 4);
    assert_eq!(version.value.location().column, 25);
}

#[test]
fn an_odd_block_does_not_stop_the_others() {
    let document =
        document("locals {\n  a = { b = 1, b = 2 }\n}\nmodule \"m\" {\n  source = \"./m\"\n}\n");
    assert!(
        document
            .top_blocks("locals")
            .next()
            .unwrap()
            .parse()
            .is_err()
    );
    let module = document.blocks("module").next().unwrap();
    assert_eq!(module.label(0), Some("m"));
    assert_eq!(
        module.attribute("source").unwrap().value.literal(),
        Some("./m")
    );
}
