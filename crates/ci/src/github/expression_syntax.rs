//! Whether GitHub takes a text: a workflow with an expression that its parser refuses does not run, so
//! that nothing is known of what it was meant to read.
//!
//! Source: actions/runner, `src/Sdk/DTExpressions2/Expressions2` (`LexicalAnalyzer`, `Tokens/Token`,
//! `ExpressionParser`), which GitHub's actions/languageservices follows. Which contexts and functions
//! there are is not looked at: GitHub adds to them.

#[cfg(test)]
mod tests;

use crate::github::expression::expressions;

/// The deepest expression that GitHub takes (`ExpressionConstants.MaxDepth`).
const MAX_DEPTH: usize = 50;

/// The first expression of a text that GitHub's parser refuses, with its braces; where it has no end, all
/// of the rest.
pub fn refused(text: &str) -> Option<&str> {
    let found = expressions(text);
    let bad = found
        .iter()
        .find(|range| !is_expression(&text[(*range).clone()]));
    if let Some(bad) = bad {
        return Some(&text[bad.start - 3..bad.end + 2]);
    }
    let end = found.last().map_or(0, |last| last.end + 2);
    text[end..].find("${{").map(|open| &text[end + open..])
}

/// The same of an `if:`, whose braces may be omitted.
pub fn refused_condition(text: &str) -> Option<&str> {
    let is_bare = !text.contains("${{") && !text.trim().is_empty();
    match is_bare {
        true => (!is_expression(text)).then_some(text),
        false => refused(text),
    }
}

/// Whether GitHub's parser takes an expression, without its braces.
fn is_expression(text: &str) -> bool {
    let mut parser = Parser { rest: text };
    parser.binary(0) && parser.rest.trim_start().is_empty()
}

/// Reads what an expression begins with; each method says whether that is as it has to be.
struct Parser<'t> {
    rest: &'t str,
}

/// Operators between two values; each of these is read before those it begins with.
const OPERATORS: [&str; 8] = ["&&", "||", "==", "!=", "<=", ">=", "<", ">"];

impl<'t> Parser<'t> {
    fn takes(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Values between operators: which of them binds more does not matter here.
    fn binary(&mut self, depth: usize) -> bool {
        loop {
            if !self.unary(depth) {
                return false;
            }
            if !OPERATORS.into_iter().any(|operator| self.takes(operator)) {
                return true;
            }
        }
    }

    fn unary(&mut self, depth: usize) -> bool {
        while self.takes("!") {}
        if depth > MAX_DEPTH {
            return false;
        }
        if self.takes("(") {
            return self.binary(depth + 1) && self.takes(")") && self.properties(depth);
        }
        self.rest = self.rest.trim_start();
        if self.takes("'") {
            return self.string();
        }
        let word = self.word();
        let is_literal = matches!(word, "true" | "false" | "null" | "NaN" | "Infinity");
        if is_literal || is_number(word) {
            return true;
        }
        let is_call = is_name(word) && self.takes("(");
        let has_value = match is_call {
            true => self.takes(")") || self.arguments(depth + 1),
            false => is_name(word),
        };
        has_value && self.properties(depth)
    }

    fn arguments(&mut self, depth: usize) -> bool {
        loop {
            if !self.binary(depth) {
                return false;
            }
            if self.takes(")") {
                return true;
            }
            if !self.takes(",") {
                return false;
            }
        }
    }

    /// `.name`, `.*` and `[...]` behind a value.
    fn properties(&mut self, depth: usize) -> bool {
        loop {
            if self.takes(".") {
                let is_any = self.takes("*");
                self.rest = self.rest.trim_start();
                if !is_any && !is_name(self.word()) {
                    return false;
                }
            } else if self.takes("[") {
                let is_read = self.takes("*") || self.binary(depth + 1);
                if !is_read || !self.takes("]") {
                    return false;
                }
            } else {
                return true;
            }
        }
    }

    /// The rest of a string, in which two quotes are one.
    fn string(&mut self) -> bool {
        while let Some((_, rest)) = self.rest.split_once('\'') {
            self.rest = rest;
            match rest.strip_prefix('\'') {
                Some(rest) => self.rest = rest,
                None => return true,
            }
        }
        false
    }

    /// What stands before the next sign that ends a word (`TestTokenBoundary`); a number has dots.
    fn word(&mut self) -> &'t str {
        let is_number = self.rest.starts_with(|first: char| {
            first.is_ascii_digit() || first == '-' || first == '+' || first == '.'
        });
        let is_end = |sign: char| {
            sign.is_whitespace() || "([)],!><=&|".contains(sign) || sign == '.' && !is_number
        };
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }
}

/// Whether a word is the name of a context, a property or a function (`ExpressionUtility.IsLegalKeyword`).
fn is_name(word: &str) -> bool {
    let is_start = |first: char| first.is_ascii_alphabetic() || first == '_';
    let is_part = |part: char| part.is_ascii_alphanumeric() || part == '_' || part == '-';
    word.starts_with(is_start) && word.chars().all(is_part)
}

/// Whether a word is a number (`ExpressionUtility.ParseNumber`): a sign, digits, a point, an exponent; or
/// 32 bits in hexadecimal or octal digits, without a sign.
fn is_number(word: &str) -> bool {
    let starts = word.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first));
    // Rust reads words such as `inf`, too.
    let is_decimal = |word: &str| {
        let is_part = |part: char| part.is_ascii_digit() || "+-.eE".contains(part);
        word.chars().all(is_part) && word.parse::<f64>().is_ok()
    };
    let radix = |prefix, radix| {
        word.strip_prefix(prefix).is_some_and(|digits| {
            !digits.starts_with('+') && u32::from_str_radix(digits, radix).is_ok()
        })
    };
    starts && (is_decimal(word) || word == "-Infinity" || radix("0x", 16) || radix("0o", 8))
}
