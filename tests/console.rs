//! The command line, as its users see it: every console example of the README, of `docs/` and
//! of `tests/console/` is run and compared, with the files before and after where they stand
//! beside it. `TRYCMD=overwrite` writes what is seen.
#[test]
fn console_examples_are_true() {
    trycmd::TestCases::new()
        // What the caller's environment has would be seen by them; trycmd can set it, not take it away.
        .env("CI", "")
        .env("COLUMNS", "")
        .env("GITHUB_ACTIONS", "")
        .case("tests/console/*.md")
        .case("README.md")
        .case("docs/*.md");
}
