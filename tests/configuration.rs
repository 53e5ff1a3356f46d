//! `tfkeyless.hcl`: what is read from it, and that nothing in it is passed over.

mod answers;
mod places;
mod read;
mod repeated;
mod shown;
mod wrong;

use engine::settings::{Settings, SettingsErrors};
use transforms::CATALOGUE;

fn settings(text: &str) -> Result<Settings, SettingsErrors> {
    Settings::parse(text, CATALOGUE)
}

/// Checks that each text is refused with an error that begins so.
#[track_caller]
fn refuses<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) {
    for (text, expected) in texts {
        let error = settings(text).map(|_| ()).expect_err(text).to_string();
        let mut lines = error.lines();
        assert!(lines.any(|it| it.starts_with(expected)), "{text}: {error}");
    }
}
