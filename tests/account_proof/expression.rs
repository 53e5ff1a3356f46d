//! GitHub's expressions, as far as repositories of the test and the tool write them.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Known(Json),
    /// `vars.NAME`, read in an environment ("" for none).
    Variable(String, String),
    /// `secrets.NAME`, likewise.
    Secret(String, String),
    Unknown(String),
}

impl Value {
    pub fn text(text: &str) -> Self {
        Self::Known(Json::String(text.to_owned()))
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Known(json) => json.as_str(),
            _ => None,
        }
    }

    fn is_true(&self) -> bool {
        match self {
            Self::Known(json) => !matches!(json, Json::Null | Json::Bool(false)) && json != "",
            _ => true,
        }
    }
}

/// What expressions read.
#[derive(Clone, Debug, Default)]
pub struct Contexts {
    pub matrix: BTreeMap<String, Value>,
    pub inputs: BTreeMap<String, Value>,
    pub env: BTreeMap<String, Value>,
    /// What a caller passes; `None` where all secrets of the environment are read.
    pub secrets: Option<BTreeMap<String, Value>>,
    pub environment: String,
}

impl Contexts {
    /// A text with `${{ }}`.
    pub fn template(&self, text: &str) -> Value {
        let text = text.trim();
        let Some((before, rest)) = text.split_once("${{") else {
            return Value::text(text);
        };
        let (inner, after) = rest.split_once("}}").expect("an expression ends");
        let inner = Parser {
            rest: inner,
            contexts: self,
        }
        .whole();
        if before.is_empty() && after.is_empty() {
            return inner;
        }
        match (inner.as_str(), self.template(after).as_str()) {
            (Some(inner), Some(after)) => Value::text(&format!("{before}{inner}{after}")),
            _ => Value::Unknown(text.to_owned()),
        }
    }

    fn read(&self, context: &str, name: &str) -> Value {
        let upper = name.to_ascii_uppercase();
        let unknown = || Value::Unknown(format!("{context}.{name}"));
        match context {
            "matrix" => self.matrix.get(name).cloned().unwrap_or_else(unknown),
            "inputs" => self.inputs.get(name).cloned().unwrap_or(Value::text("")),
            "env" => self.env.get(name).cloned().unwrap_or_else(unknown),
            "vars" => Value::Variable(upper, self.environment.clone()),
            "secrets" => match &self.secrets {
                Some(passed) => passed.get(&upper).cloned().unwrap_or(Value::text("")),
                None => Value::Secret(upper, self.environment.clone()),
            },
            _ => unknown(),
        }
    }
}

struct Parser<'t> {
    rest: &'t str,
    contexts: &'t Contexts,
}

impl Parser<'_> {
    fn whole(mut self) -> Value {
        let all = self.rest;
        let value = self.or();
        match self.rest.trim().is_empty() {
            true => value,
            false => Value::Unknown(all.trim().to_owned()),
        }
    }

    fn take(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        let after = self.rest.strip_prefix(token);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn or(&mut self) -> Value {
        let mut value = self.and();
        while self.take("||") {
            let other = self.and();
            value = if value.is_true() { value } else { other };
        }
        value
    }

    fn and(&mut self) -> Value {
        let mut value = self.comparison();
        while self.take("&&") {
            let other = self.comparison();
            value = if value.is_true() { other } else { value };
        }
        value
    }

    fn comparison(&mut self) -> Value {
        let left = self.postfix();
        if !self.take("==") {
            return left;
        }
        let right = self.postfix();
        match (left.as_str(), right.as_str()) {
            (Some(left), Some(right)) => Value::Known(left.eq_ignore_ascii_case(right).into()),
            _ => Value::Unknown("comparison".to_owned()),
        }
    }

    fn postfix(&mut self) -> Value {
        let mut value = self.primary();
        while self.take("[") {
            let key = self.or();
            self.take("]");
            value = match (&value, key.as_str()) {
                (Value::Known(json), Some(key)) => {
                    Value::Known(json.get(key).cloned().unwrap_or(Json::Null))
                }
                _ => Value::Unknown("index".to_owned()),
            };
        }
        value
    }

    fn primary(&mut self) -> Value {
        if self.take("(") {
            let value = self.or();
            self.take(")");
            return value;
        }
        if self.take("'") {
            let mut text = String::new();
            loop {
                let (piece, rest) = self.rest.split_once('\'').expect("a text ends");
                text.push_str(piece);
                self.rest = rest;
                // Two quotes are one in a text.
                match rest.strip_prefix('\'') {
                    Some(rest) => {
                        text.push('\'');
                        self.rest = rest;
                    }
                    None => return Value::text(&text),
                }
            }
        }
        let name = self.name();
        if self.take("(") {
            let mut arguments = Vec::new();
            while !self.take(")") && !self.rest.is_empty() {
                arguments.push(self.or());
                self.take(",");
            }
            return call(&name, &arguments);
        }
        if self.take("[") {
            let key = self.or();
            self.take("]");
            return match key.as_str() {
                Some(key) => self.contexts.read(&name, key),
                None => Value::Unknown(name),
            };
        }
        match name.split_once('.') {
            Some((context, name)) => self.contexts.read(context, name),
            None => match &*name {
                "true" | "false" => Value::Known((name == "true").into()),
                _ => Value::Unknown(name),
            },
        }
    }

    fn name(&mut self) -> String {
        let rest = self.rest.trim_start();
        let is_name = |letter: char| letter.is_alphanumeric() || "._-".contains(letter);
        let end = rest.find(|letter| !is_name(letter)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        self.rest = after;
        // What is no name stops the reading.
        if name.is_empty() {
            self.rest = "";
        }
        name.to_owned()
    }
}

fn call(name: &str, arguments: &[Value]) -> Value {
    let texts: Option<Vec<&str>> = arguments.iter().map(Value::as_str).collect();
    match (name, texts.as_deref()) {
        ("fromJSON", Some([text])) => match serde_json::from_str(text) {
            Ok(json) => Value::Known(json),
            Err(_) => Value::Unknown(name.to_owned()),
        },
        ("format", Some([pattern, values @ ..])) => {
            let mut text = (*pattern).to_owned();
            for (at, value) in values.iter().enumerate() {
                text = text.replace(&format!("{{{at}}}"), value);
            }
            Value::text(&text)
        }
        _ => Value::Unknown(name.to_owned()),
    }
}
