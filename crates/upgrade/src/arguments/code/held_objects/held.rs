//! What a value holds: whole resources and data sources, or attributes of them.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::arguments::code::reference::{AttributeStep, ObjectName, Reference};

/// What a value holds that is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// How many lists, sets or maps are around it.
    pub levels: usize,
    /// What is in them.
    pub content: Content,
}

/// What is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Whole resources or data sources of one type.
    Objects {
        /// One of them.
        object: ObjectName,
        /// The references that brought them here.
        origins: Vec<Reference>,
    },
    /// Attributes: more than one where an expression chooses.
    Attributes(Vec<HeldAttribute>),
    /// The values of an object in braces by their keys, each with whether it is there for the case that
    /// there is nothing.
    Fields(BTreeMap<String, (Option<Held>, bool)>),
}

/// An attribute of a resource or data source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldAttribute {
    /// The resource or data source.
    pub object: ObjectName,
    /// The attributes that lead to it.
    pub steps: Vec<AttributeStep>,
    /// Whether the value is an element of the attribute, not the attribute itself.
    pub is_element: bool,
    /// How many of the steps are in references that were found.
    pub found: usize,
}

impl Held {
    /// Whole objects in so many lists, sets or maps.
    pub fn of_object(object: ObjectName, levels: usize, origin: Reference) -> Self {
        let origins = vec![origin];
        Self {
            levels,
            content: Content::Objects { object, origins },
        }
    }

    /// One whole object, under the name that it has in its own block.
    pub fn itself(object: ObjectName) -> Self {
        let origin = Reference {
            object: object.clone(),
            span: 0..0,
            steps: Vec::new(),
            inherited: 0,
        };
        Self::of_object(object, 0, origin)
    }

    /// As elements of a list or a map.
    pub fn inside(self) -> Self {
        Self {
            levels: self.levels + 1,
            ..self
        }
    }

    /// An element of a list, a map or an attribute; `None` for a single object.
    pub fn element(mut self) -> Option<Self> {
        match (&mut self.content, self.levels) {
            (Content::Attributes(attributes), 0) => {
                for attribute in attributes {
                    attribute.is_element = true;
                }
            }
            (_, 0) => return None,
            _ => self.levels -= 1,
        }
        Some(self)
    }

    /// What a key of a map, or an attribute, holds.
    pub fn key(mut self, step: AttributeStep) -> Option<Self> {
        if self.levels > 0 {
            return self.element();
        }
        match &mut self.content {
            Content::Objects { object, .. } => {
                self.content = Content::Attributes(vec![HeldAttribute {
                    object: object.clone(),
                    steps: vec![step],
                    is_element: false,
                    found: 0,
                }]);
            }
            // A text between brackets is the key of a map: it names no attribute of the provider.
            Content::Attributes(_) if step.is_quoted => return self.element(),
            Content::Attributes(attributes) => {
                for attribute in attributes {
                    attribute.steps.push(step.clone());
                    attribute.is_element = false;
                }
            }
            Content::Fields(fields) => return fields.remove(&step.name)?.0,
        }
        Some(self)
    }

    /// As a list, where it was a list or a set; `None` for a single object.
    pub fn list(self) -> Option<Self> {
        self.element().map(Self::inside)
    }

    /// As a list without lists in it.
    pub fn flat(mut self) -> Option<Self> {
        if let Content::Attributes(_) = &self.content {
            self.levels = 0;
            return self.list();
        }
        self.levels = self.levels.min(1);
        Some(self)
    }

    /// Whether both are followed as one value: what reads one of them reads the other alike.
    pub fn is_like(&self, other: &Self) -> bool {
        match (&self.content, &other.content) {
            (
                Content::Objects { object, .. },
                Content::Objects {
                    object: other_object,
                    ..
                },
            ) => object.is_like(other_object) && self.levels == other.levels,
            (Content::Attributes(_), Content::Attributes(_)) => self.levels == other.levels,
            _ => false,
        }
    }

    /// Joins a value that is followed as one with this.
    pub fn join(&mut self, other: Self) {
        match (&mut self.content, other.content) {
            (Content::Objects { origins, .. }, Content::Objects { origins: more, .. }) => {
                origins.extend(more);
            }
            (Content::Attributes(known), Content::Attributes(more)) => {
                for attribute in more {
                    if !known.iter().any(|it| it.is_like(&attribute)) {
                        known.push(attribute);
                    }
                }
            }
            _ => {}
        }
    }

    /// The references that brought whole objects here.
    pub fn origins(&mut self) -> Vec<&mut Reference> {
        match &mut self.content {
            Content::Objects { origins, .. } => origins.iter_mut().collect(),
            Content::Attributes(_) => Vec::new(),
            Content::Fields(fields) => {
                let values = fields.values_mut().filter_map(|(held, _)| held.as_mut());
                values.flat_map(Self::origins).collect()
            }
        }
    }

    /// An index or a splat follows the attribute.
    pub fn mark_indexed(&mut self) {
        if let Content::Attributes(attributes) = &mut self.content {
            for last in attributes.iter_mut().filter_map(|it| it.steps.last_mut()) {
                last.is_indexed = true;
            }
        }
    }

    /// As the output of a called module: its objects have the module in their addresses, and no code of
    /// the caller.
    #[must_use]
    pub fn of_module(mut self, module: &str) -> Self {
        match &mut self.content {
            Content::Objects { object, origins } => {
                object.module.insert_str(0, module);
                origins.truncate(1);
                for origin in origins {
                    origin.object.module.insert_str(0, module);
                }
            }
            Content::Attributes(attributes) => {
                for attribute in attributes {
                    attribute.object.module.insert_str(0, module);
                }
            }
            Content::Fields(fields) => {
                for (held, _) in fields.values_mut() {
                    *held = held.take().map(|held| held.of_module(module));
                }
            }
        }
        self
    }

    /// Without the attributes that do not count, by their type and path.
    pub fn filtered(mut self, counts: &impl Fn(&ObjectName, &str) -> bool) -> Option<Self> {
        match &mut self.content {
            Content::Objects { .. } => {}
            Content::Attributes(attributes) => {
                attributes.retain(|it| counts(&it.object, &it.path()));
                if attributes.is_empty() {
                    return None;
                }
            }
            Content::Fields(fields) => {
                for (held, _) in fields.values_mut() {
                    *held = held.take().and_then(|held| held.filtered(counts));
                }
                if fields.values().all(|(held, _)| held.is_none()) {
                    return None;
                }
            }
        }
        Some(self)
    }

    /// The attributes that are passed by the expression of these bytes, itself or in a collection.
    pub fn passed_lists(&self, operand: &Range<usize>) -> Vec<ListUse> {
        let attributes = match &self.content {
            Content::Objects { .. } => return Vec::new(),
            Content::Fields(fields) => {
                let values = fields.values().filter_map(|(held, _)| held.as_ref());
                return values.flat_map(|held| held.passed_lists(operand)).collect();
            }
            Content::Attributes(attributes) => attributes.iter().filter(|it| !it.is_element),
        };
        let passed = attributes.map(|attribute| ListUse {
            attribute: attribute.clone(),
            operand: operand.clone(),
            is_wrappable: false,
        });
        passed.collect()
    }

    /// What is taken for a list by something that takes the value, of the bytes in `operand`, for one.
    pub fn list_uses(&self, operand: &Range<usize>, is_wrappable: bool) -> Vec<ListUse> {
        let Content::Attributes(attributes) = &self.content else {
            return Vec::new();
        };
        let attributes = attributes
            .iter()
            .filter(|it| self.levels == 0 && !it.is_element);
        let uses = attributes.map(|attribute| ListUse {
            attribute: attribute.clone(),
            operand: operand.clone(),
            is_wrappable,
        });
        uses.collect()
    }
}

impl HeldAttribute {
    /// The names of the attributes that lead to it, with dots between them.
    pub fn path(&self) -> String {
        let names: Vec<&str> = self.steps.iter().map(|step| step.name.as_str()).collect();
        names.join(".")
    }

    /// Whether both are the same attribute of a type.
    fn is_like(&self, other: &Self) -> bool {
        self.object.is_like(&other.object)
            && self.is_element == other.is_element
            && self.path() == other.path()
    }
}

/// An attribute that something takes for a list: an index, a function of lists, a comparison, or a
/// `for` with the number of each element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListUse {
    /// The attribute.
    pub attribute: HeldAttribute,
    /// The bytes of the expression that is taken for a list.
    pub operand: Range<usize>,
    /// Whether a function can be put around that expression. It cannot behind `[*]`, where the index
    /// is of each element, nor where Terraform takes references alone.
    pub is_wrappable: bool,
}

impl ListUse {
    /// The address of the resource or data source.
    pub fn address(&self) -> String {
        self.attribute.object.address()
    }
}
