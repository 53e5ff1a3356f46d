use super::*;

fn document(text: &str) -> Document {
    Document::new("root.hcl".into(), text.to_owned()).expect(text)
}

#[test]
fn ranges_are_those_of_the_file() {
    for (ending, mark) in [("\n", ""), ("\r\n", "\u{feff}")] {
        let text = format!(
            "{mark}# é\ngenerate \"p\" {{\n  contents = <<-EOF\n    provider \"aws\" {{\n      région = \"${{local.é}}\"\n    }}\n  EOF\n}} # é\n"
        )
        .replace('\n', ending);
        let file = document(&text);
        let generated = Generated::of(&file);
        assert_eq!(generated.unread, []);
        let inner = &generated.documents[0];
        assert_eq!(inner.text().len(), text.len());
        let provider = inner.blocks("provider").next().unwrap();
        let region = provider.body().attributes().next().unwrap();
        assert_eq!(&text[region.span()], "région = \"${local.é}\"");
        assert_eq!(
            region.value.location(),
            file.location(region.value.span().start)
        );
        assert_eq!(
            (region.value.location().line, region.value.location().column),
            (5, 16)
        );
    }
}

#[test]
fn what_is_not_understood_is_said_with_its_line() {
    for (contents, line, why) in [
        (
            "<<EOF\n%{ if x }\nprovider \"aws\" {}\n%{ endif }\nEOF",
            3,
            "neither a block",
        ),
        ("<<EOF\nprovider \"aws\" {\nEOF", 3, "never closed"),
        ("templatefile(\"provider.tpl\", {})", 2, "no heredoc"),
        ("\"provider \\\"aws\\\" {}\"", 2, "no heredoc"),
    ] {
        let text = format!("generate \"p\" {{\n  contents = {contents}\n}}\n");
        let file = document(&text);
        let generated = Generated::of(&file);
        let [unread] = &generated.unread[..] else {
            panic!("{contents}")
        };
        assert_eq!(file.location(unread.offset).line, line, "{contents}");
        assert!(unread.why.contains(why), "{}", unread.why);
    }
}

#[test]
fn templates_are_expressions_where_no_string_holds_them() {
    let tags = "${jsonencode({ a = \"}\" })}";
    let text = format!(
        "generate \"p\" {{\n  contents = <<EOF\n# ${{x}}\nprovider \"aws\" {{\n  tags = {tags} # y\n  region = \"${{x.y}}\"\n  a = \"$${{x}}\"\n  b = ${{x.y}}\n}}\nEOF\n}}\n"
    );
    let file = document(&text);
    let generated = Generated::of(&file);
    let provider = generated.documents[0].blocks("provider").next().unwrap();
    let values: Vec<_> = provider.body().attributes().map(|it| it.value).collect();
    assert_eq!(&text[values[0].span()], tags);
    assert_eq!(values[0].text(), "__jsonencode___a__________");
    assert_eq!(values[1].text(), "\"${x.y}\"");
    assert_eq!(values[2].text(), "\"$${x}\"");
    assert_eq!(values[3].text(), "__x-y_");
    for rejected in ["${\n  x\n}", "5${x}", "$${x}"] {
        let text = format!(
            "generate \"p\" {{\n  contents = <<EOF\nprovider \"aws\" {{\n  a = {rejected}\n}}\nEOF\n}}\n"
        );
        let file = document(&text);
        let generated = Generated::of(&file);
        let inner = &generated.documents[0];
        assert!(inner.blocks("provider").next().is_none(), "{rejected}");
    }
}

#[test]
fn a_local_may_hold_what_is_written() {
    let provider = "<<EOF\nprovider \"aws\" {\n}\nEOF\n";
    for (locals, contents, documents, unread) in [
        (format!("a = {provider}"), "local.a", 1, 0),
        (format!("a = {provider}"), "\"${local.a}\"", 1, 0),
        (format!("a = {provider}  b = local.a\n"), "local.b", 1, 0),
        (format!("a = {provider}"), "join(\"\", [local.a])", 0, 1),
        (
            format!("a = {provider}  b = trimspace(local.a)\n"),
            "local.b",
            0,
            1,
        ),
        (
            "a = templatefile(\"provider.tpl\", {})\n".to_owned(),
            "local.a",
            0,
            1,
        ),
        (
            "a = local.a\n  b = \"provider\"\n".to_owned(),
            "local.a",
            0,
            0,
        ),
        (format!("a = {provider}  ab = \"x\"\n"), "local.ab", 0, 0),
        ("a = <<EOF\nlocals {}\nEOF\n".to_owned(), "local.a", 0, 0),
    ] {
        let text = format!(
            "locals {{\n  {locals}}}\ngenerate \"x\" {{\n  contents = {contents}\n}}\ngenerate \"y\" {{\n  contents = {contents}\n}}\n"
        );
        let file = document(&text);
        let generated = Generated::of(&file);
        assert_eq!(generated.documents.len(), documents, "{text}");
        assert_eq!(generated.unread.len(), 2 * unread, "{text}");
    }
}

#[test]
fn other_files_do_not_matter() {
    for contents in [
        "<<EOF\n%{ if x }\nlocals {}\n%{ endif }\nEOF",
        "file(\"provider.tf\")",
        "\"x\"",
    ] {
        let file = document(&format!("generate \"p\" {{\n  contents = {contents}\n}}\n"));
        let generated = Generated::of(&file);
        assert_eq!(generated.unread, [], "{contents}");
        assert!(generated.documents.is_empty(), "{contents}");
    }
}
