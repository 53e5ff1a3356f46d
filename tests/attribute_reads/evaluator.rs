//! Terraform's expressions, as far as the generated reads use them (Terraform docs, "Expressions" and
//! "Functions"), over the objects of one release of the provider.

use std::collections::BTreeMap;

use super::functions::result;

/// A value; `None` stands for an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Text(String),
    List(Vec<Value>),
    Set(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

/// What names stand for: `aws_db_instance.db`, `local.a`, `module.m`.
pub type Scope = BTreeMap<String, Value>;

/// The value of an expression.
pub fn value(text: &str, scope: &Scope) -> Option<Value> {
    let mut reader = Reader {
        text,
        at: 0,
        scope: scope.clone(),
    };
    let value = reader.choice();
    reader.space();
    assert_eq!(reader.at, text.len(), "not read to the end: {text}");
    value
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    scope: Scope,
}

/// A way into a value.
enum Step {
    Key(Option<Value>),
    /// `.0`, which `.*` takes for one of each element.
    LegacyIndex(Option<Value>),
    AttributeSplat,
    FullSplat,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn takes(&mut self, sign: &str) -> bool {
        self.space();
        let takes = self.rest().starts_with(sign);
        self.at += if takes { sign.len() } else { 0 };
        takes
    }

    fn expects(&mut self, sign: &str) {
        assert!(self.takes(sign), "{sign} is missing: {}", self.rest());
    }

    fn word(&mut self) -> &'t str {
        self.space();
        let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let end = self.rest().find(|it| !is_word(it));
        let word = &self.rest()[..end.unwrap_or(self.rest().len())];
        assert!(!word.is_empty(), "a word is missing: {}", self.rest());
        self.at += word.len();
        word
    }

    fn choice(&mut self) -> Option<Value> {
        let first = self.steps();
        let asked = if self.takes("==") {
            let second = self.steps();
            Some((first.clone(), second))
        } else {
            None
        };
        if !self.takes("?") {
            assert!(asked.is_none(), "a comparison is asked: {}", self.text);
            return first;
        }
        let yes = self.choice();
        self.expects(":");
        let no = self.choice();
        let (one, other) = asked.expect("a comparison is asked");
        if one? == other? { yes } else { no }
    }

    fn steps(&mut self) -> Option<Value> {
        let start = self.first();
        let mut steps = Vec::new();
        loop {
            if self.takes("[*]") {
                steps.push(Step::FullSplat);
            } else if self.rest().starts_with(".*") {
                self.at += 2;
                steps.push(Step::AttributeSplat);
            } else if self.rest().starts_with('.') && !self.rest().starts_with("..") {
                self.at += 1;
                let word = self.word();
                let key = Some(Value::Text(word.to_owned()));
                steps.push(match word.bytes().all(|it| it.is_ascii_digit()) {
                    true => Step::LegacyIndex(key),
                    false => Step::Key(key),
                });
            } else if self.rest().starts_with('[') {
                self.at += 1;
                let key = self.choice();
                self.expects("]");
                steps.push(Step::Key(key));
            } else {
                return through(start?, &steps);
            }
        }
    }

    fn first(&mut self) -> Option<Value> {
        self.space();
        if self.rest().starts_with('"') {
            return self.template();
        }
        if self.takes("(") {
            let inner = self.choice();
            self.expects(")");
            return inner;
        }
        if self.takes("[") {
            return match self.takes("for ") {
                true => self
                    .repeated("]")
                    .map(|all| Value::List(all.into_iter().map(|(_, value)| value).collect())),
                false => self.all("]").map(Value::List),
            };
        }
        if self.takes("{") {
            if self.takes("for ") {
                let all = self.repeated("}")?;
                return Some(Value::Map(all.into_iter().collect()));
            }
            let (mut map, mut fails) = (BTreeMap::new(), false);
            while !self.takes("}") {
                let key = self.word().to_owned();
                self.expects("=");
                let value = self.choice();
                fails |= value.is_none();
                map.extend(value.map(|value| (key, value)));
                self.takes(",");
            }
            return (!fails).then_some(Value::Map(map));
        }
        let word = self.word();
        if self.rest().starts_with('(') {
            self.at += 1;
            return self.call(word);
        }
        if word.bytes().all(|it| it.is_ascii_digit()) {
            return Some(Value::Text(word.to_owned()));
        }
        if word == "null" {
            return Some(Value::Null);
        }
        let mut name = word.to_owned();
        while !self.scope.contains_key(&name) && self.takes(".") {
            name = format!("{name}.{}", self.word());
        }
        self.scope.get(&name).cloned()
    }

    fn template(&mut self) -> Option<Value> {
        self.expects("\"");
        let (mut text, mut parts) = (String::new(), Vec::new());
        loop {
            if self.rest().starts_with("${") {
                self.at += 2;
                parts.push(self.choice());
                self.expects("}");
                continue;
            }
            let next = self.rest().chars().next().expect("a text is closed");
            self.at += next.len_utf8();
            match next {
                '"' => break,
                other => parts.push(Some(Value::Text(other.to_string()))),
            }
        }
        if let [only] = parts.as_slice() {
            return only.clone();
        }
        for part in parts {
            match part? {
                Value::Text(part) => text += &part,
                _ => return None,
            }
        }
        Some(Value::Text(text))
    }

    fn all(&mut self, end: &str) -> Option<Vec<Value>> {
        let mut all = Vec::new();
        while !self.takes(end) {
            all.push(self.choice());
            self.takes(",");
        }
        all.into_iter().collect()
    }

    /// `NAME[, NAME] in COLLECTION : [KEY =>] VALUE`, behind its `for`.
    fn repeated(&mut self, end: &str) -> Option<Vec<(String, Value)>> {
        let mut names = vec![self.word()];
        if self.takes(",") {
            names.push(self.word());
        }
        self.expects("in ");
        let collection = self.choice();
        self.expects(":");
        let start = self.at;
        let elements = match &collection {
            Some(Value::List(all)) => {
                let numbered = all.iter().enumerate();
                numbered
                    .map(|(at, it)| (at.to_string(), it.clone()))
                    .collect()
            }
            Some(Value::Map(all)) => all.clone().into_iter().collect(),
            // Of a set, the key is the element.
            Some(Value::Set(all)) => all
                .iter()
                .map(|it| match it {
                    Value::Text(text) => (text.clone(), it.clone()),
                    _ => (String::new(), it.clone()),
                })
                .collect(),
            // The text has to be read all the same.
            _ => vec![(String::new(), Value::Null)],
        };
        let (mut found, mut fails) = (Vec::new(), collection.is_none());
        let outer = self.scope.clone();
        for (key, element) in elements {
            self.at = start;
            self.scope.clone_from(&outer);
            let last = names[names.len() - 1];
            if names.len() == 2 {
                self.scope
                    .insert(names[0].to_owned(), Value::Text(key.clone()));
            }
            self.scope.insert(last.to_owned(), element);
            let mut value = self.choice();
            let mut key = Some(Value::Text(key));
            if self.takes("=>") {
                key = value;
                value = self.choice();
            }
            match (key, value) {
                (Some(Value::Text(key)), Some(value)) => found.push((key, value)),
                _ => fails = true,
            }
            self.expects(end);
        }
        self.scope = outer;
        (!fails).then_some(found)
    }

    fn call(&mut self, name: &str) -> Option<Value> {
        let mut arguments = Vec::new();
        while !self.takes(")") {
            let argument = self.choice();
            if self.takes("...") {
                match argument {
                    Some(Value::List(all) | Value::Set(all)) => {
                        arguments.extend(all.into_iter().map(Some));
                    }
                    _ => arguments.push(None),
                }
            } else {
                arguments.push(argument);
            }
            self.takes(",");
        }
        if name == "try" {
            return arguments.into_iter().flatten().next();
        }
        let arguments: Option<Vec<Value>> = arguments.into_iter().collect();
        result(name, &arguments?)
    }
}

/// What steps lead to. Behind `.*` an index is of the result, behind `[*]` of each element.
fn through(value: Value, steps: &[Step]) -> Option<Value> {
    let Some((first, rest)) = steps.split_first() else {
        return Some(value);
    };
    match first {
        Step::Key(key) | Step::LegacyIndex(key) => {
            let Value::Text(key) = key.as_ref()? else {
                return None;
            };
            let inner = match &value {
                Value::List(list) => list.get(key.parse::<usize>().ok()?),
                Value::Map(map) => map.get(key),
                _ => None,
            };
            through(inner?.clone(), rest)
        }
        Step::AttributeSplat | Step::FullSplat => {
            let is_attribute = matches!(first, Step::AttributeSplat);
            let is_index = |step: &Step| {
                matches!(step, Step::Key(Some(Value::Text(key)))
                    if key.bytes().all(|it| it.is_ascii_digit()))
            };
            let end = rest.iter().position(|it| is_attribute && is_index(it));
            let (inner, outer) = rest.split_at(end.unwrap_or(rest.len()));
            let elements = match value {
                Value::List(list) | Value::Set(list) => list,
                Value::Null => Vec::new(),
                single => vec![single],
            };
            let all = elements.into_iter().map(|it| through(it, inner));
            through(Value::List(all.collect::<Option<_>>()?), outer)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &Value) -> String {
        match value {
            Value::Null => "null".to_owned(),
            Value::Text(text) => text.clone(),
            Value::List(list) => list.iter().map(written).collect::<Vec<_>>().join(" "),
            Value::Set(set) => format!("set {}", written(&Value::List(set.clone()))),
            Value::Map(map) => {
                let entries = map.iter().map(|(key, it)| format!("{key}={}", written(it)));
                entries.collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn expressions_are_evaluated_as_terraform_does() {
        let object =
            |name: &str| Value::Map([("n".to_owned(), Value::Text(name.to_owned()))].into());
        let scope = Scope::from([
            (
                "aws_a.l".to_owned(),
                Value::List(vec![object("1"), object("2")]),
            ),
            (
                "aws_a.m".to_owned(),
                Value::Map([("k".to_owned(), object("3"))].into()),
            ),
            ("local.o".to_owned(), object("4")),
            (
                "aws_a.s".to_owned(),
                Value::Set(vec![Value::Text("a".into()), Value::Text("b".into())]),
            ),
        ]);
        for (text, expected) in [
            ("aws_a.l[1].n", "2"),
            ("aws_a.l[*].n", "1 2"),
            ("aws_a.l.*.n[0]", "1"),
            ("aws_a.l[*].n[0]", "error"),
            ("values(aws_a.m)[0][\"n\"]", "3"),
            ("\"${local.o.n}-x\"", "4-x"),
            ("[for k, v in aws_a.m : \"${k}${v.n}\"]", "k3"),
            ("{ for v in aws_a.l : v.n => v.n }", "1=1 2=2"),
            ("local.o.n == \"4\" ? local.o.n : null", "4"),
            ("try(local.o.x, \"d\")", "d"),
            ("lookup(local.o, \"x\", \"d\")", "d"),
            ("lookup(aws_a.m, \"k\").n", "3"),
            ("local.o.x", "error"),
            ("one(aws_a.l)", "error"),
            ("flatten([[aws_a.l], []])[1].n", "2"),
            ("merge(aws_a.m, { j = local.o })[\"j\"].n", "4"),
            ("aws_a.s[0]", "error"),
            ("aws_a.s.0", "error"),
            ("tolist(aws_a.s)[0]", "a"),
            ("aws_a.s[*]", "a b"),
            ("aws_a.s.*[1]", "b"),
            ("concat(aws_a.s, [])", "error"),
            ("concat([aws_a.s]...)", "error"),
            ("coalescelist([], aws_a.s)", "error"),
            ("coalescelist([], tolist(aws_a.s))", "a b"),
            ("element(aws_a.s, 0)", "error"),
            ("slice(tolist(aws_a.s), 1, 2)", "b"),
            ("index(aws_a.s, \"b\")", "error"),
            ("index(tolist(aws_a.s), \"b\")", "1"),
            ("zipmap(aws_a.s, [\"x\", \"y\"])", "a=x b=y"),
            ("zipmap([\"x\", \"y\"], aws_a.s)", "error"),
            ("flatten([aws_a.s])[1]", "b"),
            ("join(\"-\", aws_a.s)", "a-b"),
            ("[for i, v in aws_a.s : \"${i}${v}\"]", "aa bb"),
            ("aws_a.s == tolist(aws_a.s) ? \"y\" : \"n\"", "n"),
            ("[aws_a.s].*[0][0]", "error"),
            ("[local.o].*.n.0", "error"),
        ] {
            let found = value(text, &scope);
            let found = found.map_or("error".to_owned(), |it| written(&it));
            assert_eq!(found, expected, "{text}");
        }
    }
}
