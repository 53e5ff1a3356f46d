//! The forms of the generated reads: what makes one value of another, and what reads an attribute of it.

/// What a value on the way is: an object, or a collection of objects; or, in the place of each object,
/// its attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One.
    Object,
    /// A list of them.
    List,
    /// A map of them.
    Map,
}

/// A value of this shape made into one of the same or another shape; `None` where the choice does nothing.
pub fn reshaped(
    (shape, key): (Shape, &'static str),
    t: &str,
    choice: usize,
) -> Option<(Shape, &'static str, String)> {
    use Shape::{List, Map, Object};
    let next = match (shape, choice) {
        (_, 3) => (shape, key, format!("(\"a\" == \"a\" ? {t} : {t})")),
        (_, 4) => (shape, key, format!("try({t}, null)")),
        (Object, 5 | 6) => (List, key, format!("[{t}]")),
        (Object, 7) => (Map, "k", format!("{{ k = {t} }}")),
        (List, 5) => (Object, key, format!("{t}[0]")),
        (List, 6) => (Object, key, format!("element({t}, 0)")),
        (List, 7) => (Object, key, format!("one({t})")),
        (List, 8) => (List, key, format!("concat({t}, [])")),
        (List, 9) => (List, key, format!("flatten([{t}])")),
        (List, 10) => (List, key, format!("[for x in {t} : x]")),
        (List, _) => {
            let next = format!("{{ for k, x in {t} : \"${{k}}\" => x }}");
            (Map, "0", next)
        }
        (Map, 5) => (Object, key, format!("{t}[\"{key}\"]")),
        (Map, 6) => (Object, key, format!("lookup({t}, \"{key}\")")),
        (Map, 7 | 8) => (List, key, format!("values({t})")),
        (Map, 9) => (Map, key, format!("merge({t}, {{}})")),
        (Map, 10) => (Map, key, format!("{{ for k, x in {t} : k => x }}")),
        (Map, _) => (List, key, format!("[for x in {t} : x]")),
        (Object, _) => return None,
    };
    Some(next)
}

/// Expressions that read the attribute `a` of a value.
pub fn reads(shape: Shape, key: &str, t: &str, a: &str) -> [String; 7] {
    match shape {
        Shape::Object => [
            format!("{t}.{a}"),
            format!("lookup({t}, \"{a}\", \"d\")"),
            format!("\"${{{t}.{a}}}-x\""),
            format!("try({t}.{a}, \"d\")"),
            format!("{t}.{a} == \"1\" ? \"y\" : \"n\""),
            format!("[{t}.{a}, {t}.arn]"),
            format!("{t}[\"{a}\"]"),
        ],
        Shape::List => [
            format!("{t}[*].{a}"),
            format!("{t}.*.{a}"),
            format!("{t}.*.{a}[0]"),
            format!("[for x in {t} : x.{a}]"),
            format!("{{ for x in {t} : x.{a} => x.arn }}"),
            format!("[for x in {t} : lookup(x, \"{a}\", \"d\")]"),
            format!("[for k, x in {t} : \"${{k}}-${{x.{a}}}\"]"),
        ],
        Shape::Map => [
            format!("values({t})[*].{a}"),
            format!("values({t}).*.{a}[0]"),
            format!("[for x in {t} : x.{a}]"),
            format!("{{ for k, x in {t} : k => x.{a} }}"),
            format!("{{ for k, x in {t} : x[\"{a}\"] => k }}"),
            format!("{t}[\"{key}\"].{a}"),
            format!("lookup({t}, \"{key}\").{a}"),
        ],
    }
}

/// Expressions that read a list, which `of` leads to from each value.
pub fn list_reads(shape: Shape, key: &str, t: &str, of: &str) -> Vec<String> {
    let single = |list: &str| {
        [
            format!("{list}[0]"),
            format!("{list}.0"),
            format!("{list}[\"1\"]"),
            format!("{list}.*[0]"),
            format!("{list}[*]"),
            format!("element({list}, 0)"),
            format!("element({list}[*], 0)"),
            format!("concat({list}, [\"z\"])"),
            format!("coalescelist([], {list})"),
            format!("zipmap([\"a\", \"b\"], {list})"),
            format!("zipmap({list}, [\"a\", \"b\"])"),
            format!("slice({list}, 0, 1)"),
            format!("index({list}, {list}[1])"),
            format!("[for i, v in {list} : \"${{i}}-${{v}}\"]"),
            format!("[for i, v in {list} : v]"),
            format!("{list} == tolist({list}) ? \"y\" : \"n\""),
            format!("try({list}, [])[0]"),
            format!("try({list}[0], \"d\")"),
            format!("nonsensitive({list})[0]"),
            format!("join(\",\", {list})"),
            format!("\"${{{list}[0]}}-x\""),
            format!("flatten([{list}])[0]"),
        ]
    };
    let mut reads = Vec::new();
    match shape {
        Shape::Object => {
            reads.extend(single(&format!("{t}{of}")));
            if let Some(name) = of.strip_prefix('.') {
                reads.extend(single(&format!("{t}[\"{name}\"]")));
                reads.extend(single(&format!("lookup({t}, \"{name}\")")));
                reads.extend(single(&format!("lookup({t}, \"{name}\", [])")));
            }
        }
        Shape::List => {
            reads.extend(single(&format!("x{of}")).map(|read| format!("[for x in {t} : {read}]")));
            reads.extend([
                format!("{t}[0]{of}[0]"),
                format!("{t}[*]{of}[0]"),
                format!("{t}.*{of}[0]"),
                format!("{t}.*{of}[0][0]"),
                format!("{t}.*{of}.0"),
                format!("concat({t}[*]{of}...)"),
                format!("element({t}[*]{of}, 0)[0]"),
                format!("flatten({t}[*]{of})[0]"),
                format!("[for x in {t}[*]{of} : x[0]]"),
                format!("concat({t}[*]{of}, [])[0][0]"),
            ]);
        }
        Shape::Map => {
            let all = single(&format!("x{of}"));
            reads.extend(all.map(|read| format!("{{ for k, x in {t} : k => {read} }}")));
            reads.extend([
                format!("{t}[\"{key}\"]{of}[0]"),
                format!("lookup({t}, \"{key}\"){of}[0]"),
                format!("values({t})[0]{of}[0]"),
                format!("values({t})[*]{of}[0]"),
                format!("values({t}).*{of}[0][0]"),
                format!("merge({t}, {{}})[\"{key}\"]{of}[0]"),
            ]);
        }
    }
    reads
}
