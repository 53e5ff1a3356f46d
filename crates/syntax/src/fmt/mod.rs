//! What `terraform fmt` would make of a changed text.

mod align;
pub mod tidy;
