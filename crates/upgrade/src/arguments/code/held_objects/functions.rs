//! What the results of functions hold (Terraform docs, "Functions"), and which of them refuse sets:
//! `concat` and `coalescelist`, `element`, `index` and `slice` for their first argument, `zipmap` for its
//! values (measured with Terraform 1.11). All others that take a list take a set for it.

use hcl_edit::expr::{Expression, FuncCall};

use super::ObjectReader;
use super::held::{Content, Held};
use super::joined::is_empty;

impl ObjectReader<'_> {
    /// Reads a call; what its result holds.
    pub(super) fn call(&mut self, call: &FuncCall) -> Option<Held> {
        let name = match call.name.is_namespaced() {
            true => "",
            false => call.name.name.as_str(),
        };
        let arguments: Vec<&Expression> = call.args.iter().collect();
        match (name, arguments.as_slice()) {
            ("can", all) => {
                for argument in all {
                    self.read(argument);
                }
                None
            }
            ("try" | "coalesce", all) => self.one_of(all.iter().copied()),
            ("concat" | "coalescelist", all) => {
                let last = all.len().checked_sub(1);
                let mut values = Vec::new();
                for (at, argument) in all.iter().enumerate() {
                    let is_expanded = call.args.expand_final() && Some(at) == last;
                    let held = match is_expanded {
                        true => self.expanded(argument),
                        false => self.list(argument),
                    };
                    values.push((held, is_empty(argument)));
                }
                self.joined(values)
            }
            ("nonsensitive" | "sensitive" | "tomap", [only]) => self.read(only),
            ("tolist" | "toset" | "reverse" | "distinct" | "sort" | "compact", [only]) => {
                let held = self.read(only)?;
                self.or_leaves(held, Held::list)
            }
            ("slice", [list, rest @ ..]) => {
                self.all_leave(rest);
                self.list(list)
            }
            ("zipmap", [keys, values]) => {
                self.all_leave(&[keys]);
                self.list(values)
            }
            ("flatten", [only]) => {
                let held = self.read(only)?;
                let held = self.uniform(held)?;
                self.or_leaves(held, Held::flat)
            }
            ("length" | "keys", [only]) => {
                let is_object =
                    |it: &Held| it.levels == 0 && matches!(it.content, Content::Objects { .. });
                let object = self.read(only).filter(is_object);
                self.leaves(object);
                None
            }
            ("values", [only]) => self.map(only),
            ("merge", maps) => {
                let maps: Vec<_> = maps.iter().map(|it| (self.map(it), is_empty(it))).collect();
                self.joined(maps)
            }
            ("element", [list, rest @ ..]) => {
                self.all_leave(rest);
                let held = self.list(list)?;
                self.or_leaves(held, Held::element)
            }
            ("index", [list, rest @ ..]) => {
                self.all_leave(rest);
                let held = self.list(list);
                self.leaves(held);
                None
            }
            ("one", [list]) => self.element_of(list),
            ("lookup", [map, key, rest @ ..]) => self.lookup(map, key, rest),
            (_, all) => {
                self.all_leave(all);
                None
            }
        }
    }

    /// Reads an argument that has to be a list; what the list holds.
    fn list(&mut self, argument: &Expression) -> Option<Held> {
        let held = self.read(argument)?;
        self.takes_for_list(&held, self.span(argument), true);
        match held.content {
            Content::Attributes(_) if held.levels == 0 => held.list(),
            _ => Some(held),
        }
    }

    /// Reads an argument with `...` behind it, of which each element has to be a list.
    fn expanded(&mut self, argument: &Expression) -> Option<Held> {
        let element = self.element_of(argument)?;
        self.takes_for_list(&element, self.span(argument), false);
        Some(element)
    }

    /// Reads an argument that is a map; what the map holds. The attributes of a whole object are read
    /// one after the other.
    fn map(&mut self, argument: &Expression) -> Option<Held> {
        let held = self.read(argument)?;
        let held = self.uniform(held)?;
        if held.levels > 0 {
            return Some(held);
        }
        self.leaves(Some(held));
        None
    }

    fn lookup(&mut self, map: &Expression, key: &Expression, rest: &[&Expression]) -> Option<Held> {
        let others: Vec<_> = rest
            .iter()
            .map(|it| (self.read(it), is_empty(it)))
            .collect();
        let held = self.read(map);
        let found = match key {
            Expression::String(text) => held.and_then(|held| {
                let step = self.quoted(text);
                let mut found = held.key(step)?;
                self.reads(&mut found, None);
                Some(found)
            }),
            _ => {
                self.all_leave(&[key]);
                let held = held.and_then(|held| self.uniform(held));
                held.and_then(|held| self.or_leaves(held, Held::element))
            }
        };
        // Where a default may take the place of an object, what is read is not known.
        self.joined([(found, true)].into_iter().chain(others).collect())
    }

    fn all_leave(&mut self, all: &[&Expression]) {
        for expression in all {
            let held = self.read(expression);
            self.leaves(held);
        }
    }
}
