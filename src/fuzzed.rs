//! The checks of the fuzz targets about what is shown and written, on texts made of each other.

#[path = "../fuzz/checks/mutate.rs"]
mod mutate;
#[path = "../fuzz/checks/seeds.rs"]
#[expect(dead_code, reason = "the other checks are tests/fuzzed.rs's")]
mod seeds;
#[path = "../fuzz/checks/shown.rs"]
mod shown;

use std::panic;

#[test]
fn what_is_shown_acts_on_no_terminal_and_a_patch_leads_to_the_exact_bytes() {
    for text in mutate::Mutator::new(seeds::pairs()).take(2_000) {
        for (name, check) in shown::ALL {
            let result = panic::catch_unwind(|| check(&text));
            assert!(result.is_ok(), "{name} fails on {text:?}");
        }
    }
}
