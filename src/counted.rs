//! Numbers of things, in words.

/// As in `1 file` and `2 files`.
pub fn counted(count: usize, thing: &str) -> String {
    match count {
        1 => format!("1 {thing}"),
        _ => format!("{count} {thing}s"),
    }
}

/// As in `1 repository` and `2 repositories`.
pub fn repositories(count: usize) -> String {
    match count {
        1 => "1 repository".to_owned(),
        _ => format!("{count} repositories"),
    }
}
