#![no_main]
#![allow(dead_code, reason = "the command has more uses for these modules")]

#[path = "../../src"]
mod command {
    pub mod diff;
    pub mod redact;
}
#[path = "../checks/shown.rs"]
mod shown;

use command::{diff, redact};

libfuzzer_sys::fuzz_target!(|text: &str| shown::redaction(text));
