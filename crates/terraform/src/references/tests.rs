use super::*;

const TEXT: &str = r#"resource "a" "b" {
  c = var.a.x[var.b["y"]] # var.comment
  /* var.other */
  d = "${local.c}-%{ if var.d }x%{ endif }"
  e = <<-EOT
    # ${data.f.g.h}
    var.text
  EOT
  depends_on = ["data.i.j"]
  k = [for m in var.n : { (var.o) = m.var.p }]
}
locals {
  q = { a = 1, a = var.r }
  # var.s
}
"#;

fn document(text: &str) -> Document {
    Document::new("main.tf".into(), text.to_owned()).expect(text)
}

fn name(written: &str) -> NamedValue {
    NamedValue::of(written.split('.').map(str::to_owned)).unwrap()
}

#[test]
fn code_uses_what_it_names_and_comments_use_nothing() {
    let document = document(TEXT);
    let whole = 0..TEXT.len();
    let all: Ranges = std::iter::once(whole).collect();
    let names = names_in(&document, &all);
    let names: Vec<_> = names.iter().map(NamedValue::to_string).collect();
    assert_eq!(
        names,
        [
            "var.a", "var.b", "var.d", "var.n", "var.o", "local.c", "data.f.g", "data.i.j"
        ]
    );
    let references = References::of([&document]);
    let first_use = |name: &NamedValue| Some(references.first_use(name, |_, _| true)?.1);
    for used in &names {
        let at = first_use(&name(used)).unwrap();
        assert!(
            TEXT[at..].trim_start_matches('"').starts_with(used),
            "{used}"
        );
    }
    for unused in [
        "var.comment",
        "var.other",
        "var.text",
        "var.p",
        "var.s",
        "local.a",
    ] {
        assert_eq!(first_use(&name(unused)), None, "{unused}");
    }
}

#[test]
fn what_goes_uses_nothing_and_what_does_not_parse_is_searched() {
    let document = document(TEXT);
    let line = TEXT.find("  c =").unwrap();
    let gone = line..TEXT[line..].find('\n').unwrap() + line;
    let gone = Ranges::from_iter([gone]);
    let names = names_in(&document, &gone);
    assert!(names.iter().eq(&[name("var.a"), name("var.b")]));
    let references = References::of([&document]);
    let first_use = |name: &NamedValue| references.first_use(name, |_, at| !gone.contains(at));
    assert!(first_use(&name("var.a")).is_none());
    assert!(
        document
            .top_blocks("locals")
            .next()
            .unwrap()
            .parse()
            .is_err()
    );
    let (_, at) = first_use(&name("var.r")).unwrap();
    assert!(TEXT[at..].starts_with("var.r }"));
}

#[test]
fn the_named_values_of_a_text_are_its_words() {
    let text = "a = var.b.c + local.d-e\n# var.f\nmyvar.g = [data.h.i.j, var.k[var.l]]";
    let named = named_values(text);
    let expected = ["data.h.i", "local.d-e", "var.b", "var.k", "var.l"];
    assert!(named.iter().eq(expected), "{named:?}");
}

#[test]
fn a_word_is_no_part_of_another() {
    assert_eq!(words("aws_key key-x xkey key", "key"), [19]);
    assert_eq!(words("# key\n  // key\nkey", "key"), [15]);
}
