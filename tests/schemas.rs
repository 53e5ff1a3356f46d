//! The JSON Schemas of what machines read: real documents are as they say, nothing that is written is left
//! out of them, and what a later version adds is allowed.

use std::fs;
use std::path::Path;

use crate::support::checkout::Checkout;
use serde_json::{Value, json};

fn schema(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    let text = fs::read_to_string(path.join(format!("{name}.schema.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The same schema without room for properties that it does not name.
fn strict(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(strict);
            if object.contains_key("properties") && !object.contains_key("unevaluatedProperties") {
                object.insert("unevaluatedProperties".into(), json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(strict),
        _ => {}
    }
}

/// A document to which every object got one more property.
fn extended(document: &mut Value) {
    match document {
        Value::Object(object) => {
            object.values_mut().for_each(extended);
            object.insert("added_later".into(), json!(1));
        }
        Value::Array(items) => items.iter_mut().for_each(extended),
        _ => {}
    }
}

#[track_caller]
fn is_as_the_schema_says(name: &str, document: &Value) {
    let own = schema(name);
    let validator = jsonschema::validator_for(&own).unwrap();
    let mut all_named = own.clone();
    // An entry is one object by two schemas: only the outer one sees all of it.
    if let Some(entry) = all_named.pointer_mut("/$defs/entry") {
        entry["unevaluatedProperties"] = json!(true);
    }
    strict(&mut all_named);
    if let Some(Value::Object(entry)) = all_named.pointer_mut("/$defs/entry") {
        entry.remove("unevaluatedProperties");
    }
    let all_named = jsonschema::validator_for(&all_named).unwrap();
    for validator in [&validator, &all_named] {
        let errors = validator.iter_errors(document);
        let errors: Vec<String> = errors.map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
    let mut later = document.clone();
    extended(&mut later);
    assert!(validator.is_valid(&later), "{name}: {later:#}");
    assert!(!all_named.is_valid(&later), "{name}");
    assert!(!validator.is_valid(&json!({})), "{name}");
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_documents_of_all_commands_are_as_their_schemas_say() {
    let checkout = Checkout::of_example("legacy-stack");
    let plan = checkout.run(&["plan", "--format", "json"]).code(0);
    is_as_the_schema_says("plan", &json_of(&plan.stdout));
    let audit = checkout.run(&["audit", "--format", "json"]).code(1);
    is_as_the_schema_says("plan", &json_of(&audit.stdout));
    let doctor = checkout.run(&["doctor", "--format", "json"]).code(1);
    is_as_the_schema_says("doctor", &json_of(&doctor.stdout));
    let apply = checkout
        .run(&["apply", "--yes", "--format", "json"])
        .code(0);
    let applied = json_of(&apply.stdout);
    assert_eq!(applied["written"]["branch"], "main");
    is_as_the_schema_says("plan", &applied);
}

#[test]
fn questions_and_failures_are_as_the_schema_says() {
    let backend =
        "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n  }\n}\n";
    let fleet = Checkout::without_git(&[("a/main.tf", backend), ("b/main.tf", "provider {")]);
    fleet.mark("a");
    fleet.mark("b");
    let plan = fleet.run(&["plan", "--format", "json", "a", "b"]).code(2);
    let plans = json_of(&plan.stdout);
    assert_eq!(plans[0]["findings"][0]["asks"][0]["key"], "state_profile");
    assert!(plans[1]["error"].is_string(), "{plans:#}");
    for document in plans.as_array().unwrap() {
        is_as_the_schema_says("plan", document);
    }
}

#[test]
fn the_index_and_the_ledger_are_as_the_schema_says() {
    let fleet = Checkout::without_git(&[
        (
            "a/main.tf",
            "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n  }\n}\n",
        ),
        ("a/tfkeyless.hcl", "state_profile = \"shared\"\n"),
        ("b/main.tf", "provider {"),
    ]);
    fleet.mark("a");
    fleet.mark("b");
    let arguments = [
        "plan",
        "--out-dir",
        "patches",
        "--ledger",
        "done.jsonl",
        "a",
        "b",
    ];
    fleet.run(&arguments).code(2);
    let index = json_of(&fleet.read("patches/index.json"));
    assert_eq!(index[0]["outcome"], "changed");
    is_as_the_schema_says("bulk", &index);
    let ledger = fleet.read("done.jsonl");
    assert_eq!(ledger.lines().count(), 2, "{ledger}");
    for line in ledger.lines() {
        is_as_the_schema_says("bulk", &json_of(line));
    }
}
