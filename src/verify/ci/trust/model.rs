//! The same question answered another way: policies are generated as values of Rust, subjects are
//! enumerated letter by letter, and whatever holds for all of them is compared with the answer.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Claim, Principal, Request, Truth, admits};

const LETTERS: [char; 3] = ['a', 'b', ':'];

#[derive(Debug, Clone)]
struct ModelStatement {
    allows: bool,
    is_about_provider: bool,
    is_about_action: bool,
    conditions: Vec<ModelCondition>,
}

#[derive(Debug, Clone)]
struct ModelCondition {
    is_like: bool,
    is_negated: bool,
    is_of_subject: bool,
    values: Vec<String>,
}

impl ModelStatement {
    fn applies(&self, subject: &str) -> bool {
        let holds = |condition: &ModelCondition| {
            let own = if condition.is_of_subject {
                subject
            } else {
                "b"
            };
            let own: Vec<char> = own.chars().collect();
            let found = condition.values.iter().any(|value| {
                let value: Vec<char> = value.chars().collect();
                if condition.is_like {
                    like(&own, &value)
                } else {
                    own == value
                }
            });
            found != condition.is_negated
        };
        self.is_about_provider && self.is_about_action && self.conditions.iter().all(holds)
    }

    fn json(&self) -> Value {
        let mut conditions = serde_json::Map::new();
        for condition in &self.conditions {
            let operator = match (condition.is_like, condition.is_negated) {
                (false, false) => "StringEquals",
                (false, true) => "StringNotEquals",
                (true, false) => "StringLike",
                (true, true) => "StringNotLike",
            };
            let key = if condition.is_of_subject {
                "i:sub"
            } else {
                "i:aud"
            };
            let keys = conditions.entry(operator).or_insert_with(|| json!({}));
            keys[key] = json!(condition.values);
        }
        json!({
            "Effect": if self.allows { "Allow" } else { "Deny" },
            "Principal": { "Federated": if self.is_about_provider { "p" } else { "q" } },
            "Action": if self.is_about_action { "sts:AssumeRole*" } else { "sts:Get*" },
            "Condition": conditions,
        })
    }

    /// JSON has one list for each key of an operator: of several the last one counts.
    fn once_each(mut self) -> Self {
        let mut kept: Vec<ModelCondition> = Vec::new();
        for condition in self.conditions {
            let key = |it: &ModelCondition| (it.is_like, it.is_negated, it.is_of_subject);
            kept.retain(|other| key(other) != key(&condition));
            kept.push(condition);
        }
        self.conditions = kept;
        self
    }
}

/// Whether a text is as a pattern, by trying everything.
fn like(text: &[char], pattern: &[char]) -> bool {
    match (text, pattern) {
        ([], []) => true,
        (_, ['*', rest @ ..]) => (0..=text.len()).any(|taken| like(&text[taken..], rest)),
        ([_, text @ ..], ['?', pattern @ ..]) => like(text, pattern),
        ([one, text @ ..], [other, pattern @ ..]) if one == other => like(text, pattern),
        _ => false,
    }
}

/// All texts of a subject whose gaps have up to two letters each.
fn texts(subject: &str) -> Vec<String> {
    let mut fillings = vec![String::new()];
    for one in LETTERS {
        fillings.push(one.to_string());
        fillings.extend(LETTERS.map(|other| format!("{one}{other}")));
    }
    let mut all = vec![String::new()];
    for letter in subject.chars() {
        all = match letter {
            '*' => all
                .iter()
                .flat_map(|start| fillings.iter().map(move |it| format!("{start}{it}")))
                .collect(),
            letter => all.iter().map(|start| format!("{start}{letter}")).collect(),
        };
    }
    all
}

fn statements() -> impl Strategy<Value = Vec<ModelStatement>> {
    let condition = (
        any::<bool>(),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.8),
        prop::collection::vec("[ab:*?]{0,4}", 1..3),
    );
    let condition =
        condition.prop_map(
            |(is_like, is_negated, is_of_subject, values)| ModelCondition {
                is_like,
                is_negated,
                is_of_subject,
                values,
            },
        );
    let statement = (
        prop::bool::weighted(0.7),
        prop::bool::weighted(0.9),
        prop::bool::weighted(0.9),
        prop::collection::vec(condition, 0..3),
    );
    let statement =
        statement.prop_map(|(allows, is_about_provider, is_about_action, conditions)| {
            let statement = ModelStatement {
                allows,
                is_about_provider,
                is_about_action,
                conditions,
            };
            statement.once_each()
        });
    prop::collection::vec(statement, 1..4)
}

proptest! {
    #[test]
    fn what_is_said_of_a_subject_holds_for_each_of_its_texts(
        statements in statements(),
        subject in "[ab:]{0,2}[ab:*]{0,2}",
        all_occur in any::<bool>(),
    ) {
        let policy: Vec<Value> = statements.iter().map(ModelStatement::json).collect();
        let policy = json!({ "Statement": policy });
        let request = Request {
            principal: Principal::Token("p".to_owned()),
            keys: vec![
                ("i:sub".to_owned(), Claim::with_gaps(&subject)),
                ("i:aud".to_owned(), Claim::text("b")),
            ],
            all_occur,
        };
        let is_admitted = |text: &String| {
            let applies = |allows: bool| {
                statements.iter().any(|it| it.allows == allows && it.applies(text))
            };
            applies(true) && !applies(false)
        };
        let mut texts = texts(&subject);
        let found = admits(&policy, &request);
        if subject.contains('*') {
            // What no pattern names.
            texts.push(subject.replace('*', "zzzzzz"));
        }
        let is_each = |is: bool| texts.iter().all(|text| is_admitted(text) == is);
        match found {
            Truth::True => prop_assert!(is_each(true)),
            Truth::False if all_occur => prop_assert!(!is_each(true)),
            Truth::False => prop_assert!(is_each(false)),
            // A subject that is known leaves nothing open.
            Truth::Unknown(_) => prop_assert!(subject.contains('*')),
        }
    }
}
