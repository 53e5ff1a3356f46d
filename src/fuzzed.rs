//! The checks of the fuzz targets about what is shown and written, on texts made of each other.

#[path = "../fuzz/checks/mutate.rs"]
mod mutate;
#[path = "../fuzz/checks/shown.rs"]
mod shown;

use std::panic;

#[test]
fn what_is_shown_acts_on_no_terminal_and_a_patch_leads_to_the_exact_bytes() {
    let seeds = [
        "a = 1\nb = 2\n\n====\na = 1\nb = 3\n",
        "provider \"aws\" {\n  secret_key = \"x\"\n}\r\n\n====\nprovider \"aws\" {\n}",
        "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n\n====\n0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n12\n",
        "default = <<E\n  password: ${x}\u{1b}[31m\nE\n\n====\n",
    ];
    let texts = mutate::Mutator::new(seeds.map(str::to_owned).to_vec());
    for text in texts.take(2_000) {
        for (name, check) in shown::ALL {
            let result = panic::catch_unwind(|| check(&text));
            assert!(result.is_ok(), "{name} fails on {text:?}");
        }
    }
}
