//! Runs that are killed, and system calls that fail: whatever happens, every file is as it was or as
//! it was to be, and the next run brings it to the end.
//!
//! `cargo test` does one for each kind of call. With `TFKEYLESS_FAULTS=all` in the environment it does
//! all: every call, with every error, once and ever again, and a thousand kills. With the name of one,
//! as a failure begins with it, it does that one, and with the beginning of a name all that begin so.
//! The figures are printed (`--nocapture`).

mod apply;
mod branch_commit;
mod calls;
mod fresh;
mod runner;
