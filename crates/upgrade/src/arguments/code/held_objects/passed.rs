//! What a value holds on its way into a module that is called.

use super::held::{Content, Held};

/// What stands before the address of an object of a caller.
const CALLER: &str = "the caller's ";

impl Held {
    /// The whole objects of it, without attributes; `None` where there are none.
    pub fn objects(mut self) -> Option<Self> {
        match &mut self.content {
            Content::Objects { .. } => Some(self),
            Content::Attributes(_) => None,
            Content::Fields(fields) => {
                for (held, _) in fields.values_mut() {
                    *held = held.take().and_then(Self::objects);
                }
                let holds_any = fields.values().any(|(held, _)| held.is_some());
                holds_any.then_some(self)
            }
        }
    }

    /// Several values as one, where what reads one of them reads the others alike; `None` where it does
    /// not, or there are none.
    pub fn of_all(values: Vec<Self>) -> Option<Self> {
        values
            .into_iter()
            .map(Some)
            .reduce(|one, other| one?.alike(other?))?
    }

    fn alike(mut self, other: Self) -> Option<Self> {
        if self.levels != other.levels {
            return None;
        }
        if let (Content::Fields(fields), Content::Fields(mut others)) =
            (&mut self.content, other.content.clone())
        {
            for (name, (held, is_empty)) in fields.iter_mut() {
                let (other, is_other_empty) = others.remove(name).unwrap_or_default();
                *held = match (held.take(), other) {
                    (Some(held), Some(other)) => Some(held.alike(other)?),
                    (held, None) if held.is_none() || is_other_empty => held,
                    (None, other) if *is_empty => other,
                    _ => return None,
                };
            }
            return others
                .values()
                .all(|(held, _)| held.is_none())
                .then_some(self);
        }
        self.is_like(&other).then(|| {
            self.join(other);
            self
        })
    }

    /// As the variable of a called module: its objects are the caller's.
    #[must_use]
    pub fn of_caller(mut self) -> Self {
        match &mut self.content {
            Content::Objects { object, origins } => {
                origins.truncate(1);
                let origins = origins.iter_mut().map(|origin| &mut origin.object);
                for object in origins.chain([object]) {
                    if !object.module.starts_with(CALLER) {
                        object.module.insert_str(0, CALLER);
                    }
                }
            }
            Content::Attributes(_) => {}
            Content::Fields(fields) => {
                for (held, _) in fields.values_mut() {
                    *held = held.take().map(Self::of_caller);
                }
            }
        }
        self
    }
}
