//! Texts whose expressions are replaced by values.

use std::collections::BTreeMap;

use crate::github::expression::expressions;
use crate::variant::MAX_ADDED;

/// Values of context properties, by the path that expressions read them by: `matrix.dir`,
/// `inputs.path`.
pub type Values = BTreeMap<String, String>;

/// Both sets of values; of a name in both, the second value.
pub fn joined(one: &Values, other: &Values) -> Values {
    let both = one.iter().chain(other);
    both.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// A text whose expressions are replaced, as far as they are one property with a known value.
pub fn fill(text: &str, values: &Values) -> String {
    filled(text, |name| values.get(name).cloned())
}

/// The same, with a function from property paths to values. The text as it is where values would make
/// it far longer: what they are is not known then.
pub fn filled(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut at = 0;
    let mut added = 0;
    for inside in expressions(text) {
        let whole = inside.start - "${{".len()..inside.end + "}}".len();
        out += &text[at..whole.start];
        match value(text[inside].trim()) {
            Some(value) => {
                added += value.len();
                if added > MAX_ADDED {
                    return text.to_owned();
                }
                out += &value;
            }
            None => out += &text[whole.clone()],
        }
        at = whole.end;
    }
    out + &text[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_that_only_read_are_filled() {
        let value = |name: &str| (name == "matrix.dir").then(|| "a".to_owned());
        assert_eq!(
            filled("x/${{matrix.dir}}/${{ matrix.dir }}", value),
            "x/a/a"
        );
        for other in [
            "${{ matrix.dir || 'b' }}",
            "${{ '}} ${{ matrix.dir }}' }}",
            "${{ matrix.dirs }}",
            "${{ matrix.dir",
        ] {
            assert_eq!(filled(other, value), other);
        }
    }

    #[test]
    fn values_that_double_each_other_end_in_an_expression() {
        let mut values = Values::from([("env.a".to_owned(), "x".to_owned())]);
        for _ in 0..60 {
            let doubled = fill("${{ env.a }}${{ env.a }}", &values);
            values.insert("env.a".to_owned(), doubled);
        }
        assert!(
            values["env.a"].len() <= MAX_ADDED,
            "{}",
            values["env.a"].len()
        );
        assert!(values["env.a"].contains("${{"));
    }
}
