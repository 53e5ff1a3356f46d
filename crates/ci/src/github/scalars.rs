//! What GitHub makes of a scalar that stands without quotes: a number or a truth value loses its spelling.

use std::borrow::Cow;

use syntax::yaml::Node;

/// The text that expressions, inputs and variables get of a scalar; `None` where it is none.
///
/// GitHub reads plain scalars by YAML's core schema and knows numbers as such, which it writes with up to 15 digits
/// (actions/runner, `YamlObjectReader`, `NumberToken`): `02` is `2`, and `1.10` is `1.1`.
pub(super) fn said(node: &Node) -> Option<Cow<'_, str>> {
    let text = node.as_str()?;
    if !node.is_plain() {
        return Some(Cow::Borrowed(text));
    }
    Some(match text {
        "~" | "null" | "Null" | "NULL" => Cow::Borrowed(""),
        "True" | "TRUE" => Cow::Borrowed("true"),
        "False" | "FALSE" => Cow::Borrowed("false"),
        _ => match number(text) {
            Some(number) => Cow::Owned(written(number)),
            None => Cow::Borrowed(text),
        },
    })
}

/// The number that a plain scalar is.
fn number(text: &str) -> Option<f64> {
    let of_base = |digits: &str, base| Some(f64::from(u32::from_str_radix(digits, base).ok()?));
    if let Some(digits) = text.strip_prefix("0x") {
        return of_base(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return of_base(digits, 8);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" if text.starts_with('-') => return Some(f64::NEG_INFINITY),
        ".inf" | ".Inf" | ".INF" => return Some(f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" if unsigned == text => return Some(f64::NAN),
        _ => {}
    }
    // `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?` (YAML 1.2.2, chapter 10.3.2).
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_mantissa =
        is_digits(whole) && is_digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let is_exponent = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && is_digits(digits)
    });
    (is_mantissa && is_exponent).then(|| text.parse().ok())?
}

/// Significant digits of a number (`G15` of .NET).
const DIGITS: i32 = 15;

fn written(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        let sign = if number < 0.0 { "-" } else { "" };
        return format!("{sign}Infinity");
    }
    let scientific = format!("{number:.14e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let trimmed = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    // .NET, "Standard numeric format strings", G: fixed point between these.
    if (-4..DIGITS).contains(&exponent) {
        let decimals = usize::try_from(DIGITS - 1 - exponent).unwrap_or_default();
        return trimmed(&format!("{number:.decimals$}"));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}E{sign}{:02}", trimmed(mantissa), exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntax::yaml::Yaml;

    #[test]
    fn plain_numbers_and_truth_values_lose_their_spelling() {
        for (written, expected) in [
            ("02", "2"),
            ("1.10", "1.1"),
            ("1.0", "1"),
            ("5.", "5"),
            (".5", "0.5"),
            ("+7", "7"),
            ("-3", "-3"),
            ("1e3", "1000"),
            ("1E-5", "1E-05"),
            ("0.0001", "0.0001"),
            ("0x1F", "31"),
            ("0o17", "15"),
            // An account with a zero in front, and one without.
            ("012345678901", "12345678901"),
            ("123456789012", "123456789012"),
            ("1000000000000000", "1E+15"),
            ("1234567890123456789", "1.23456789012346E+18"),
            ("0.1000000000000000055", "0.1"),
            ("True", "true"),
            ("FALSE", "false"),
            ("true", "true"),
            ("null", ""),
            ("~", ""),
            (".inf", "Infinity"),
            ("-.INF", "-Infinity"),
            (".nan", "NaN"),
        ] {
            let yaml = Yaml::parse(format!("a: [{written}]\n")).unwrap();
            let list = yaml.root().get("a").unwrap();
            assert_eq!(
                said(&list.items()[0].value).as_deref(),
                Some(expected),
                "{written}"
            );
        }
    }

    #[test]
    fn all_else_is_what_it_says() {
        for (written, expected) in [
            ("\"02\"", "02"),
            ("'1.10'", "1.10"),
            ("dev", "dev"),
            ("1.2.3", "1.2.3"),
            ("1_000", "1_000"),
            ("1e", "1e"),
            ("0xZZ", "0xZZ"),
            ("12:30", "12:30"),
            (".", "."),
            ("e5", "e5"),
            ("yes", "yes"),
            ("tRUE", "tRUE"),
            ("!!str 02", "02"),
            ("2024-01-02", "2024-01-02"),
            ("inf", "inf"),
        ] {
            let yaml = Yaml::parse(format!("a: {written}\n")).unwrap();
            let node = yaml.root().get("a").unwrap();
            assert_eq!(said(node).as_deref(), Some(expected), "{written}");
        }
        let block = Yaml::parse("a: |-\n  02\n").unwrap();
        assert_eq!(said(block.root().get("a").unwrap()).as_deref(), Some("02"));
    }
}
