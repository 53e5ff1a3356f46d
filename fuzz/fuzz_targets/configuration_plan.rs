#![no_main]

#[path = "../checks/mod.rs"]
#[allow(dead_code, reason = "each target has one of the checks")]
mod checks;

libfuzzer_sys::fuzz_target!(|text: &str| checks::configuration_plan(text));
