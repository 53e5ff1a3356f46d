//! The combinations of a literal matrix, and of the choices of `workflow_dispatch`.

use crate::github::scalars::said;
use crate::github::values::{Values, joined};
use syntax::yaml::{Entry, Node};

/// More combinations than these count as unknown. A matrix generates at most 256 jobs ("Workflow
/// syntax for GitHub Actions", `strategy.matrix`).
const MAX_JOBS: usize = 256;

/// The combinations of a job's matrix, as far as they are literal: a value that is an expression is
/// omitted. A job without a matrix has one combination, which is empty.
pub fn combinations(job: &Node) -> Vec<Values> {
    let unknown = || vec![Values::new()];
    let matrix = job.get("strategy").and_then(|it| it.get("matrix"));
    let Some(matrix) = matrix.filter(|matrix| matrix.is_mapping()) else {
        return unknown();
    };
    let include = matrix.get("include");
    if include.is_some_and(|include| include.as_str().is_some()) {
        return unknown();
    }
    let axes = matrix.entries().iter();
    let axes = axes.filter(|axis| axis.name != "include" && axis.name != "exclude");
    let axes: Vec<Vec<Values>> = axes
        .map(|axis| {
            let values = axis.value.items().iter();
            let name = format!("matrix.{}", axis.name);
            values.map(|item| named(&name, &item.value)).collect()
        })
        .collect();
    let has_axes = !axes.is_empty();
    let Some(mut all) = product(&axes) else {
        return unknown();
    };
    if !has_axes {
        all.clear();
    }
    // An `include` entry is matched with the original combinations: it never overwrites their
    // values, but may those that earlier entries added (`strategy.matrix.include`).
    let original = all.clone();
    for item in include.map(Node::items).unwrap_or_default() {
        let added = named("matrix", &item.value);
        let fits = |one: &Values| {
            added
                .iter()
                .all(|(name, value)| one.get(name).is_none_or(|own| own == value))
        };
        let mut is_new = true;
        for (one, original) in all.iter_mut().zip(&original) {
            if fits(original) {
                one.extend(added.clone());
                is_new = false;
            }
        }
        if is_new {
            all.push(added);
        }
    }
    match all.is_empty() || all.len() > MAX_JOBS {
        true => unknown(),
        false => all,
    }
}

/// The combinations of the `choice` inputs of `workflow_dispatch`.
pub fn choices(form: &Node) -> Vec<Values> {
    let inputs = form.get("inputs").map(Node::entries).unwrap_or_default();
    let of_input = |input: &Entry| -> Vec<Values> {
        let options = input.value.get("options").map(Node::items);
        let options = options.unwrap_or_default().iter();
        let paths = ["inputs", "github.event.inputs"].map(|of| format!("{of}.{}", input.name));
        let values = options.map(|option| {
            let both = paths.iter().flat_map(|path| named(path, &option.value));
            both.collect()
        });
        values.collect()
    };
    let axes: Vec<Vec<Values>> = inputs.iter().map(of_input).collect();
    product(&axes).unwrap_or_else(|| vec![Values::new()])
}

/// All combinations of one value per axis; an axis without known values is ignored. `None` where
/// there are more than `MAX_JOBS`.
fn product(axes: &[Vec<Values>]) -> Option<Vec<Values>> {
    let mut all = vec![Values::new()];
    for axis in axes.iter().filter(|axis| !axis.is_empty()) {
        let of_each = all
            .iter()
            .flat_map(|one| axis.iter().map(|value| joined(one, value)));
        all = of_each.collect();
        if all.len() > MAX_JOBS {
            return None;
        }
    }
    Some(all)
}

/// The literal values below a node, by their paths.
fn named(name: &str, node: &Node) -> Values {
    if let Some(value) = said(node) {
        let is_plain = !value.contains("${{");
        let value = is_plain.then(|| (name.to_owned(), value.into_owned()));
        return value.into_iter().collect();
    }
    let entries = node.entries().iter();
    entries
        .flat_map(|entry| named(&format!("{name}.{}", entry.name), &entry.value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntax::yaml::Yaml;

    fn of(matrix: &str) -> Vec<String> {
        let text = format!("strategy:\n  matrix:{matrix}\n");
        let yaml = Yaml::parse(text.as_str()).unwrap();
        let all = combinations(yaml.root()).into_iter();
        let shown = |values: Values| {
            let pairs = values.iter().map(|(name, value)| {
                let name = name.strip_prefix("matrix.").unwrap();
                format!("{name}={value}")
            });
            pairs.collect::<Vec<_>>().join(" ")
        };
        all.map(shown).collect()
    }

    #[test]
    fn axes_are_combined() {
        assert_eq!(
            of(" { env: [dev, prod], n: [1, 2] }"),
            ["env=dev n=1", "env=dev n=2", "env=prod n=1", "env=prod n=2"]
        );
        assert_eq!(
            of(" { t: [{ env: dev, dir: a }, { env: prod, dir: b }] }"),
            ["t.dir=a t.env=dev", "t.dir=b t.env=prod"]
        );
    }

    #[test]
    fn includes_add_to_combinations_or_to_their_number() {
        assert_eq!(
            of(
                "\n    env: [dev, prod]\n    include:\n      - { env: dev, dir: a }\n      - { env: \
                new, dir: c }\n      - { x: 1 }"
            ),
            ["dir=a env=dev x=1", "env=prod x=1", "dir=c env=new"]
        );
        assert_eq!(
            of("\n    include: [{ dir: a }, { dir: b }]"),
            ["dir=a", "dir=b"]
        );
    }

    #[test]
    fn what_only_the_run_tells_has_no_value() {
        assert_eq!(of(" ${{ fromJSON(needs.a.outputs.m) }}"), [""]);
        assert_eq!(
            of(" { env: [dev], dir: \"${{ fromJSON(x) }}\" }"),
            ["env=dev"]
        );
        assert_eq!(of(" { env: [dev], include: \"${{ fromJSON(x) }}\" }"), [""]);
        assert_eq!(of(" { dir: [\"${{ inputs.a }}\", b] }"), ["", "dir=b"]);
        let many: Vec<String> = (0..17).map(|it| it.to_string()).collect();
        let many = many.join(", ");
        assert_eq!(of(&format!(" {{ a: [{many}], b: [{many}] }}")), [""]);
    }

    #[test]
    fn a_form_lets_choose() {
        let form =
            "inputs:\n  env: { type: choice, options: [dev, live] }\n  note: { type: string }\n";
        let yaml = Yaml::parse(form).unwrap();
        let all = choices(yaml.root());
        let env =
            |values: &Values| values["inputs.env"].clone() + &values["github.event.inputs.env"];
        assert_eq!(
            all.iter().map(env).collect::<Vec<_>>(),
            ["devdev", "livelive"]
        );
    }
}
