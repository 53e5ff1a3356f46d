//! SARIF: places, rules, and fixes that come to what apply writes.

use super::{KEY, reported};
use crate::support::checkout::Checkout;
use serde_json::Value;

#[test]
fn sarif_has_places_rules_and_fixes() {
    let checkout = Checkout::of_example("legacy-stack");
    let log: Value = serde_json::from_str(&reported(&checkout, "sarif")).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let mut prints = std::collections::BTreeSet::new();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(
            run["tool"]["driver"]["rules"][index]["id"],
            result["ruleId"]
        );
        assert!(prints.insert(result["partialFingerprints"]["tfkeyless/v1"].to_string()));
    }
    let place = |result: &Value| result["locations"][0]["physicalLocation"].clone();
    let backend = results
        .iter()
        .find(|it| it["ruleId"] == "set_backend_profile")
        .unwrap();
    assert_eq!(backend["level"], "note");
    assert_eq!(place(backend)["artifactLocation"]["uri"], "dev/main.tf");
    let fix = &backend["fixes"][0]["artifactChanges"][0]["replacements"][0];
    let inserted = fix["insertedContent"]["text"].as_str().unwrap();
    assert!(inserted.contains("shared-account"), "{inserted}");
    assert_eq!(fix["deletedRegion"]["byteLength"], 0);
    let open = results
        .iter()
        .find(|it| it["ruleId"] == "ci_module_access")
        .unwrap();
    assert_eq!(open["level"], "warning");
}

/// Makes the fixes of a SARIF log, by their bytes.
fn fix(checkout: &Checkout, log: &Value) {
    let results = log["runs"][0]["results"].as_array().unwrap();
    let made = results.iter().filter_map(|it| it["fixes"].as_array());
    let mut files = std::collections::BTreeMap::<_, Vec<_>>::new();
    for change in made.flat_map(|it| it[0]["artifactChanges"].as_array().unwrap()) {
        let file = change["artifactLocation"]["uri"].as_str().unwrap();
        for replacement in change["replacements"].as_array().unwrap() {
            let region = &replacement["deletedRegion"];
            let number = |key: &str| usize::try_from(region[key].as_u64().unwrap()).unwrap();
            let start = number("byteOffset");
            let text = replacement["insertedContent"]["text"].as_str().unwrap();
            let edit = (start..start + number("byteLength"), text);
            files.entry(file).or_default().push(edit);
        }
    }
    for (file, mut edits) in files {
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut text = checkout.read(file);
        for (range, new) in edits.into_iter().rev() {
            text.replace_range(range, new);
        }
        checkout.write(file, &text);
    }
}

#[test]
fn the_fixes_together_are_what_apply_writes() {
    let json = r#"{"module": {"é": {"source": "s3::https://s3.amazonaws.com/zips/m-1.0.0.zip"}}}"#;
    let settings =
        "module_source \"zips\" {\n  repository = \"github.com/o/m\"\n  ref = \"v{version}\"\n}\n";
    let keys = "variable \"k\" {}\nprovider \"aws\" {\n  region     = \"r\"\n  access_key = var.k\n  secret_key = var.k\n}\n";
    let crlf = keys.replace('\n', "\r\n");
    let in_json = [("a/main.tf.json", json), ("tfkeyless.hcl", settings)];
    let forms: [&dyn Fn() -> Checkout; 3] = [
        &|| Checkout::of_example("legacy-stack"),
        &|| Checkout::committed(&in_json),
        &|| Checkout::committed(&[("main.tf", &crlf)]),
    ];
    for make in forms {
        for review in [&[][..], &["--review"]] {
            let (fixed, applied) = (make(), make());
            let plan = [&["plan", "--format", "sarif"], review].concat();
            let plan = fixed.run(&plan).code(0);
            fix(&fixed, &serde_json::from_str(&plan.stdout).unwrap());
            applied.run(&[&["apply", "--yes"], review].concat()).code(0);
            assert!(!applied.git(&["status", "--porcelain"]).is_empty());
            assert_eq!(fixed.files(), applied.files());
        }
    }
}

#[test]
fn a_fix_that_would_tell_a_secret_is_left_out() {
    let module = "module \"m\" {\n  source = \"s3::https://s3.amazonaws.com/zips/m.zip\"\n}\n";
    let checkout = Checkout::bare(&[("main.tf", module)]);
    for (name, is_told) in [("v1.0.0", true), (KEY, false)] {
        let settings = format!(
            "module_source \"zips\" {{\n  repository = \"github.com/o/m\"\n  ref = \"{name}\"\n}}\n"
        );
        checkout.write("tfkeyless.hcl", &settings);
        let log = reported(&checkout, "sarif");
        assert_eq!(log.contains("\"fixes\""), is_told, "{log}");
        assert!(!log.contains(KEY), "{log}");
    }
}
