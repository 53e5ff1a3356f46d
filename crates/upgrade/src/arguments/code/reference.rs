//! A reference in code to a resource or data source, and to what it goes through.

use std::ops::Range;

use super::block_type::BlockType;

/// A resource or data source, of the module itself or of one that it calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    /// The modules that lead to it, each with a dot behind it: `module.LABEL.`; nothing for an object of
    /// the module itself.
    pub module: String,
    /// Whether it is a resource or a data source.
    pub kind: BlockType,
    /// Its type.
    pub type_name: String,
    /// Its name.
    pub name: String,
}

impl ObjectName {
    /// Its address without indexes: `module.LABEL.TYPE.NAME`.
    pub fn address(&self) -> String {
        let address = self.kind.address(&self.type_name, &self.name);
        format!("{}{address}", self.module)
    }

    /// Whether it is a resource or a data source, and its type.
    pub fn of_type(&self) -> (BlockType, &str) {
        (self.kind, &self.type_name)
    }

    /// Whether both are of one type.
    pub fn is_like(&self, other: &Self) -> bool {
        self.of_type() == other.of_type()
    }
}

/// `TYPE.NAME.a[0].b` or `data.TYPE.NAME.a`, indexes and splats anywhere in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The resource or data source.
    pub object: ObjectName,
    /// Bytes of the whole reference.
    pub span: Range<usize>,
    /// The attributes that it goes through; empty where the whole object is taken.
    pub steps: Vec<AttributeStep>,
    /// How many of the first of them are read by another reference, which has the value's name.
    pub inherited: usize,
}

/// One attribute of a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeStep {
    /// Its name.
    pub name: String,
    /// Bytes of the name.
    pub span: Range<usize>,
    /// Whether an index or a splat follows.
    pub is_indexed: bool,
    /// Whether it is written as a text: `x["name"]`.
    pub is_quoted: bool,
}

impl Reference {
    /// `TYPE.NAME` or `data.TYPE.NAME`, behind the modules that lead there.
    pub fn address(&self) -> String {
        self.object.address()
    }

    /// The step at the end of `path`; `None` where the reference does not go there, or inherits it.
    pub fn at(&self, path: &str) -> Option<&AttributeStep> {
        let mut steps = self.steps.iter().enumerate();
        let mut last = None;
        for segment in path.split('.') {
            last = Some(steps.next().filter(|(_, step)| step.name == segment)?);
        }
        let (_, step) = last.filter(|(at, _)| *at >= self.inherited)?;
        Some(step)
    }
}
