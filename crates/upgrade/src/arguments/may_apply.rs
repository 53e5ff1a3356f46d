//! Whether a row can apply to a block that is not parsed, by the words in it: most blocks of the
//! types in the tables have none of the arguments that a row is about.

use super::code::words::Words;
use super::table::condition::Condition;
use super::table::row::{Row, Rule};

/// Whether a row may apply to a block of its type with these words: false only where parsing the
/// block would find nothing.
pub fn may_apply(row: &Row, words: &Words<'_>, is_override: bool) -> bool {
    let mut paths = row.paths.iter();
    match &row.rule {
        Rule::RemovedType => true,
        // These are about references alone.
        Rule::Refer(_) | Rule::Index => false,
        // A block of an override file may set what is missing in another one.
        Rule::Pin(_) | Rule::Missing if is_override => true,
        Rule::Pin(_) | Rule::Missing => {
            let mut owners = paths.map(|path| path.rsplit_once('.'));
            owners.any(|owner| owner.is_none_or(|(owner, _)| words.may_have(owner)))
                && may_hold(&row.condition, words)
        }
        Rule::Convert(_) => {
            paths.any(|path| {
                let list = path.split_once('.').map(|(list, _)| list);
                words.may_have(path) || list.is_some_and(|list| words.may_assign(list))
            }) && may_hold(&row.condition, words)
        }
        Rule::Manual | Rule::Bool => {
            paths.any(|path| words.may_have(path)) && may_hold(&row.condition, words)
        }
        // These look into `ignore_changes` whether their condition holds or not.
        Rule::Rename(_) | Rule::Delete(_) | Rule::Wrap { .. } | Rule::Set => {
            paths.any(|path| words.may_have(path))
        }
    }
}

/// Whether one of the tests may hold of which one has to.
fn may_hold(condition: &Condition, words: &Words<'_>) -> bool {
    let mut with = condition.with.iter();
    condition.with.is_empty() || with.any(|test| test.may_hold(words))
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::row;
    use super::*;

    #[test]
    fn a_row_applies_where_its_words_stand() {
        let rename = row("rename \"a.b\" { to = \"c\" }");
        let missing = row("missing \"a.b\" { why = \"w\" }");
        let pin = row("pin \"b\" { value = \"1\" }");
        let manual = row("manual \"b\" {\n    why = \"w\"\n    with = [\"c = 1\"]\n  }");
        let both = "resource \"aws_x\" \"y\" {\n  a {\n    b = 2\n  }\n}";
        let longer = "resource \"aws_x\" \"y\" {\n  a {\n    b_c = 2\n  }\n}";
        let with = "resource \"aws_x\" \"y\" {\n  b = 2\n  c = 1\n}";
        for (row, block, expected) in [
            (rename, both, true),
            (rename, longer, false),
            (missing, both, true),
            (missing, longer, true),
            (missing, with, false),
            (pin, both, true),
            (pin, with, true),
            (manual, both, false),
            (manual, with, true),
        ] {
            let words = Words::of(block);
            assert_eq!(may_apply(row, &words, false), expected, "{row:?} {block}");
        }
        assert!(may_apply(missing, &Words::of(with), true));
    }
}
