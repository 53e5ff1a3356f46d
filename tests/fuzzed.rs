//! The checks of the fuzz targets, on their seeds and some thousand texts made of them. The long form is
//! in fuzz/README.md.
//!
//! `FUZZED_TEXTS` sets how many texts each check gets.

#[path = "../fuzz/checks/mod.rs"]
#[allow(dead_code, reason = "src/fuzzed.rs has the other texts to begin with")]
mod checks;
#[path = "../fuzz/checks/mutate.rs"]
mod mutate;

use checks::seeds;
use mutate::Mutator;

/// Texts for each check: the ones that plan take some milliseconds each.
fn texts(usual: usize) -> usize {
    let asked = std::env::var("FUZZED_TEXTS").ok();
    asked.and_then(|asked| asked.parse().ok()).unwrap_or(usual)
}

fn holds(name: &str, usual: usize) {
    let checks = checks::ALL.iter().filter(|(own, ..)| *own == name);
    for (_, check, seeds) in checks {
        let made = Mutator::new(seeds()).take(texts(usual));
        for text in seeds().into_iter().chain(made) {
            let result = std::panic::catch_unwind(|| check(&text));
            assert!(result.is_ok(), "{name} fails on {text:?}");
        }
    }
}

#[test]
fn the_texts_to_begin_with_are_changed() {
    for (path, text) in [
        ("main.tf", &seeds::hcl()[0]),
        ("main.tf.json", &seeds::json()[0]),
        (".github/workflows/a.yml", &seeds::workflows()[0]),
    ] {
        assert_eq!(checks::settles(&[(path, text)]), 1, "{text}");
    }
}

#[test]
fn every_promise_holds_of_mutated_configurations_of_terraform() {
    holds("hcl", 300);
    holds("json_plan", 300);
}

#[test]
fn every_promise_holds_of_mutated_workflows() {
    holds("workflow", 300);
}

#[test]
fn mutated_texts_are_read_or_refused_with_a_place() {
    holds("json", 5_000);
    holds("expression", 5_000);
    holds("constraint", 5_000);
    holds("configuration", 5_000);
    holds("configuration_plan", 500);
}
