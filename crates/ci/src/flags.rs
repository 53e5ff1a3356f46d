//! Flags of Terraform's commands that take a value.

/// The values of the flags of these names, in order, each behind its flag's name and without its quotes.
/// A flag has one dash or two, and its value behind `=` or in the next word (package `flag` of Go, which
/// Terraform reads its arguments with).
pub fn values<'w>(
    words: &'w [&'w str],
    names: &'static [&'static str],
) -> impl Iterator<Item = (&'w str, &'w str)> {
    let mut words = words.iter().copied();
    std::iter::from_fn(move || {
        loop {
            let flag = words.find(|word| word.starts_with('-'))?;
            let flag = flag.trim_start_matches('-');
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (flag, None),
            };
            if names.contains(&name) {
                let value = value.or_else(|| words.next())?;
                return Some((name, value.trim_matches(['"', '\''])));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stands_behind_its_flag_in_either_form() {
        let of = |line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            let values = values(&words, &["var", "var-file"]);
            let values: Vec<_> = values.map(|(name, it)| format!("{name} {it}")).collect();
            values.join(", ")
        };
        assert_eq!(of("plan -var a=1 --var-file='b'"), "var a=1, var-file b");
        assert_eq!(of("plan -var=\"a=1\" -out x"), "var a=1");
        // What follows is the value, whatever it looks like.
        assert_eq!(
            of("-var -var-file -var-file=b"),
            "var -var-file, var-file b"
        );
        assert_eq!(of("plan var a -var"), "");
    }
}
