//! What the review page holds, as a text; `tests/page/run` has it opened by a browser.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::support::PROVIDER_4;
use crate::support::checkout::Checkout;

const PAGE: [&str; 5] = ["plan", "--format", "html", "--out", "review.html"];

fn page(checkout: &Checkout, more: &[&str]) -> String {
    let arguments = [&PAGE[..], more].concat();
    let run = checkout.run(&arguments).code(0);
    assert_eq!(run.stdout, "");
    checkout.read("review.html")
}

/// A page of several repositories, each unfolded: what a browser decompresses where somebody looks at it.
fn unfolded(page: &str) -> String {
    let mut parts = page.split("<template>");
    let mut whole = parts.next().unwrap().to_owned();
    for part in parts {
        let (packed, rest) = part.split_once("</template>").unwrap();
        let packed = BASE64_STANDARD.decode(packed).unwrap();
        let html = miniz_oxide::inflate::decompress_to_vec(&packed).unwrap();
        whole += &String::from_utf8(html).unwrap();
        whole += rest;
    }
    whole
}

/// What stands between the tags of a page, its references replaced. A page has few kinds of them.
fn text(page: &str) -> String {
    let mut parts = page.split('<');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text += part.split_once('>').map_or("", |(_, text)| text);
    }
    unescaped(&text)
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    for (number, part) in text.split('&').enumerate() {
        let reference = part.split_once(';');
        match reference.and_then(|(reference, rest)| Some((letter(reference)?, rest))) {
            Some((letter, rest)) if number > 0 => {
                out.push(letter);
                out += rest;
            }
            // The script has some that are none.
            _ => {
                out += if number > 0 { "&" } else { "" };
                out += part;
            }
        }
    }
    out
}

/// What a reference stands for: the template has one by name.
fn letter(reference: &str) -> Option<char> {
    match reference.strip_prefix('#') {
        Some(number) => char::from_u32(number.parse().ok()?),
        None => (reference == "minus").then_some('\u{2212}'),
    }
}

fn document(checkout: &Checkout) -> Value {
    let plan = checkout.run(&["plan", "--format", "json"]).code(0);
    serde_json::from_str(&plan.stdout).unwrap()
}

/// Attributes of that name, as they are written.
fn attributes<'p>(page: &'p str, name: &str) -> Vec<&'p str> {
    let mark = format!(" {name}=\"");
    let parts = page.split(&*mark).skip(1);
    parts.map(|part| part.split('"').next().unwrap()).collect()
}

#[test]
fn the_page_has_every_finding_every_changed_line_every_account_and_every_next_step() {
    let checkout = Checkout::of_example("legacy-stack");
    let document = document(&checkout);
    let page = page(&checkout, &[]);
    let text = text(&page);
    let mut findings = 0;
    for finding in document["findings"].as_array().unwrap() {
        let message = finding["message"].as_str().unwrap().replace('`', "");
        assert!(text.contains(&message), "{message}");
        if let Some(help) = finding["help"].as_str() {
            assert!(text.contains(&help.replace('`', "")), "{help}");
        }
        findings += 1;
    }
    assert!(findings > 15, "{findings}");
    for change in document["changes"].as_array().unwrap() {
        let file = change["file"].as_str().unwrap();
        assert!(text.contains(file), "{file}");
        let lines = change["diff"].as_str().unwrap().lines().skip(2);
        let changed = lines.filter(|line| line.starts_with(['+', '-']));
        for line in changed {
            assert!(text.contains(&line[1..]), "{file}: {line}");
        }
    }
    for step in document["next_steps"].as_array().unwrap() {
        let why = step["why"].as_str().unwrap().replace('`', "");
        assert!(text.contains(&why), "{why}");
        for command in step["commands"].as_array().unwrap() {
            let command = command.as_str().unwrap();
            assert!(text.contains(command), "{command}");
        }
    }
    for row in document["accounts"].as_array().unwrap() {
        for cell in ["before", "laptop"] {
            let by = row[cell]["by"].as_str().unwrap().replace('`', "");
            assert!(text.contains(&by), "{by}");
        }
    }
    let boxes = page.matches("type=\"checkbox\"").count();
    assert_eq!(boxes, document["next_steps"].as_array().unwrap().len());
    assert_eq!(page.matches("<svg ").count(), 2);
    assert!(
        text.contains("Plan: 17 changes in 8 files; 2 need review"),
        "{text}"
    );
}

#[test]
fn the_policy_admits_the_pages_own_style_and_script_and_nothing_else() {
    let page = page(&Checkout::of_example("legacy-stack"), &[]);
    let hash = |start: &str, end: &str| {
        let (_, rest) = page.rsplit_once(start).unwrap();
        let (text, _) = rest.split_once(end).unwrap();
        BASE64_STANDARD.encode(Sha256::digest(text))
    };
    let style = hash("<style>", "</style>");
    let script = hash("<script>", "</script>");
    let policy = page.split("Content-Security-Policy\" content=\"").nth(1);
    let policy = unescaped(policy.unwrap().split('"').next().unwrap());
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; base-uri 'none'; form-action 'none'"
        )
    );
    // Nothing that a policy like that would have to refuse.
    assert_eq!(page.matches("<style").count(), 1);
    assert_eq!(page.matches("<script").count(), 1);
    for attribute in [
        "style", "src", "srcset", "onclick", "onload", "onerror", "action",
    ] {
        assert_eq!(attributes(&page, attribute), [""; 0], "{attribute}");
    }
    for link in attributes(&page, "href") {
        assert!(link.starts_with('#'), "{link}");
    }
}

#[test]
fn each_id_is_there_once_and_each_link_has_one() {
    let several = Checkout::without_git(&[]);
    for name in ["one", "two"] {
        several.write(&format!("{name}/.git/HEAD"), "");
        several.write(&format!("{name}/main.tf"), &provider("a"));
        several.write(&format!("{name}/other.tf"), &provider("b"));
    }
    for (page, least) in [
        (page(&Checkout::of_example("legacy-stack"), &[]), 30),
        (unfolded(&page(&several, &["one", "two"])), 10),
    ] {
        let mut ids = attributes(&page, "id");
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        assert!(count > least, "{count}");
        for link in attributes(&page, "href") {
            assert!(ids.binary_search(&&link[1..]).is_ok(), "{link}");
        }
    }
}

fn provider(alias: &str) -> String {
    format!(
        "provider \"aws\" {{\n  alias      = \"{alias}\"\n  region     = \"eu-west-1\"\n  access_key = \"AKIAIOSFODNN7EXAMPLE\"\n  secret_key = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\"\n}}\n"
    )
}

#[test]
fn the_same_plan_gives_the_same_page() {
    let checkout = Checkout::of_example("legacy-stack");
    assert_eq!(page(&checkout, &[]), page(&checkout, &[]));
}

/// Names that would be markup, if anything forgot to escape them.
const HOSTILE: [&str; 7] = [
    "<img src=x onerror=alert(1)>",
    "</noscript><script>alert(1)</script>",
    "\" onload=\"alert(1)",
    "' onclick='alert(1)",
    "</title></style></script><b>",
    "{{ version }}",
    "<!--",
];

#[test]
fn names_that_are_markup_are_text() {
    let several = Checkout::without_git(&[]);
    for (number, name) in HOSTILE.iter().enumerate() {
        // A directory of a repository, of a module, a file, a job and a value.
        let name = name.replace('/', "\u{2215}");
        let repository = format!("{number} {name}");
        several.write(&format!("{repository}/.git/HEAD"), "");
        several.write(
            &format!("{repository}/{name}/{name}.tf"),
            &provider(&name.replace('"', "")),
        );
        let value = HOSTILE[number].replace('\'', "''");
        let workflow = format!(
            "on: push\njobs:\n  a:\n    name: '{value}'\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n      AWS_SECRET_ACCESS_KEY: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n    steps:\n      - run: terraform init # {value}\n"
        );
        several.write(
            &format!("{repository}/.github/workflows/{name}.yml"),
            &workflow,
        );
    }
    let page = unfolded(&page(&several, &["--each", "."]));
    // A browser with scripts would take what is behind it for text.
    let own = |tag: &str| page.matches(tag).count();
    assert_eq!((own("<noscript>"), own("</noscript>")), (0, 0));
    assert_eq!(
        (own("<script>"), own("</script>"), own("<style>")),
        (1, 1, 1)
    );
    assert_eq!((own("<img"), own("<b>"), own("<!--")), (0, own("<b>"), 0));
    for event in ["onerror", "onload", "onclick"] {
        assert_eq!(attributes(&page, event), [""; 0], "{event}");
    }
    let text = text(&page);
    for name in HOSTILE {
        assert!(text.contains(&name.replace('/', "\u{2215}")), "{name}");
    }
}

#[test]
fn a_page_of_several_repositories_begins_with_those_that_need_someone() {
    let several = Checkout::without_git(&[]);
    for (name, text) in [
        ("a-nothing", "locals {\n}\n".to_owned()),
        ("b-changed", PROVIDER_4.to_owned()),
        (
            "c-manual",
            "module \"m\" {\n  source = \"s3::https://s3.amazonaws.com/zips/m.zip\"\n}\n"
                .to_owned(),
        ),
        ("d-broken", "provider \"aws\" {\n".to_owned()),
    ] {
        several.write(&format!("{name}/.git/HEAD"), "");
        several.write(&format!("{name}/main.tf"), &text);
    }
    let arguments = [&PAGE[..], &["--each", "."]].concat();
    let run = several.run(&arguments).code(2);
    assert!(run.stderr.contains("4 repositories: "), "{}", run.stderr);
    let page = several.read("review.html");
    let names: Vec<&str> = attributes(&page, "data-name");
    assert_eq!(
        names,
        ["./d-broken", "./c-manual", "./b-changed", "./a-nothing"]
    );
    let text = text(&unfolded(page.as_str()));
    assert!(text.contains("4 repositories: "), "{text}");
    assert!(
        text.contains("d-broken/main.tf") || text.contains("main.tf:1"),
        "{text}"
    );
}

#[test]
fn what_the_names_of_all_repositories_begin_with_stands_once_above_them() {
    let several = Checkout::without_git(&[]);
    for name in ["work/billing/network", "work/search"] {
        several.write(&format!("{name}/.git/HEAD"), "");
        several.write(&format!("{name}/main.tf"), PROVIDER_4);
    }
    let page = page(&several, &["--each", "work"]);
    assert_eq!(
        attributes(&page, "data-name"),
        ["work/billing/network", "work/search"]
    );
    assert!(page.contains("in <code>work/</code>"), "{page}");
    let shown = page.split("<h3 class=\"name\">").skip(1);
    let shown: Vec<String> = shown
        .map(|rest| text(rest.split("</h3>").next().unwrap()))
        .collect();
    assert_eq!(shown, ["billing/network", "search"]);
}

/// A browser keeps one byte for a letter of a text in ASCII, and two for each of any other.
#[test]
fn a_page_is_written_in_ascii_whatever_the_files_hold() {
    let checkout = Checkout::bare(&[(
        "main.tf",
        &format!("# Konfiguration f\u{fc}r \u{65e5}\u{672c} \u{1f600}\n{PROVIDER_4}"),
    )]);
    let page = page(&checkout, &[]);
    assert!(page.is_ascii());
    assert!(text(&page).contains("f\u{fc}r \u{65e5}\u{672c} \u{1f600}"));
}

#[test]
fn the_rows_on_a_phone_are_named_as_the_columns_of_the_table() {
    let page = page(&Checkout::of_example("legacy-stack"), &[]);
    let table = page.split("<table class=\"accounts\">").nth(1).unwrap();
    let columns = table.split("<th scope=\"col\">").skip(1);
    let columns: Vec<&str> = columns.map(|it| it.split('<').next().unwrap()).collect();
    assert_eq!(columns.len(), 5);
    for (number, column) in (1..).zip(columns) {
        let named = format!("td:nth-child({number})::before {{ content: \"{column}\";");
        assert!(page.contains(&named), "{named}");
    }
}

#[test]
fn each_run_of_lines_has_the_number_of_its_first() {
    let provider = "provider \"aws\" {\n  version = \"~> 4.0\"\n  region  = \"eu-west-1\"\n}\n";
    let checkout = Checkout::bare(&[("main.tf", provider)]);
    let page = page(&checkout, &["--only", "bump_provider"]);
    let runs: Vec<&str> = page.split("<ol class=\"lines ").skip(1).collect();
    let runs: Vec<&str> = runs
        .iter()
        .map(|it| it.split('>').next().unwrap())
        .collect();
    assert_eq!(
        runs,
        [
            "kept\" start=\"1\" data-after=\"1\"",
            "del\" start=\"2\"",
            "ins\" start=\"2\"",
            "kept\" start=\"3\" data-after=\"3\"",
        ]
    );
}

#[test]
fn a_page_is_not_written_over_a_file_that_git_tracks() {
    let checkout = Checkout::of_example("legacy-stack");
    let before = checkout.read("dev/main.tf");
    let run = checkout
        .run(&["plan", "--format", "html", "--out", "dev/main.tf"])
        .code(2);
    assert!(
        run.stderr.contains("git tracks dev/main.tf"),
        "{}",
        run.stderr
    );
    assert_eq!(checkout.read("dev/main.tf"), before);
    std::os::unix::fs::symlink("dev/main.tf", checkout.path().join("link.html")).unwrap();
    let run = checkout
        .run(&["plan", "--format", "html", "--out", "link.html"])
        .code(2);
    assert!(
        run.stderr.contains("git tracks link.html"),
        "{}",
        run.stderr
    );
    // What it does not track is replaced.
    checkout.write("review.html", "old");
    assert!(page(&checkout, &[]).starts_with("<!doctype html>"));
}

#[test]
fn a_page_goes_to_standard_output_where_no_file_is_named() {
    let checkout = Checkout::of_example("legacy-stack");
    let run = checkout.run(&["plan", "--format", "html"]).code(0);
    assert_eq!(run.stdout, page(&checkout, &[]));
    let mode = fs::metadata(checkout.path().join("review.html")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o600, 0o600);
    let entries = fs::read_dir(checkout.path()).unwrap();
    let left = entries.filter(|it| {
        it.as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with(".tmp")
    });
    assert_eq!(left.count(), 0);
}

#[test]
fn an_audit_has_no_page() {
    let checkout = Checkout::bare(&[("main.tf", "")]);
    let run = checkout.run(&["audit", "--format", "html"]).code(2);
    assert!(
        run.stderr
            .contains("[possible values: text, json, jsonl, sarif, github, markdown]"),
        "{}",
        run.stderr
    );
}
