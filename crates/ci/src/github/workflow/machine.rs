//! The machine of a job, as far as `runs-on:` and a literal matrix tell.

use crate::github::expression::references;
use syntax::yaml::Node;

/// Whether a job runs on a GitHub-hosted runner.
pub fn is_hosted(job: &Node) -> bool {
    // Labels of the standard runners ("GitHub-hosted runners reference"). Anything else may be a
    // self-hosted runner or a group.
    let systems = ["ubuntu-", "windows-", "macos-"];
    let is_hosted = |label: &str| systems.iter().any(|system| label.starts_with(system));
    let label = job.get("runs-on").and_then(Node::as_str);
    let labels = label.and_then(|label| labels(job, label));
    labels.is_some_and(|labels| labels.iter().all(|label| is_hosted(label)))
}

/// Whether a job runs on Linux or macOS, whatever the values of its matrix.
pub fn is_unix(job: &Node) -> bool {
    if job.get("container").is_some() {
        // "Running jobs in a container": only on Linux.
        return true;
    }
    // Self-hosted runners have the labels `linux`, `macOS` or `windows` by default ("Using
    // self-hosted runners in a workflow").
    let is_unix = |label: &str| {
        let label = label.to_ascii_lowercase();
        let systems = ["ubuntu-", "macos-"];
        systems.iter().any(|system| label.starts_with(system))
            || ["linux", "macos"].contains(&label.as_str())
    };
    let Some(runs_on) = job.get("runs-on") else {
        return false;
    };
    let any_of = |label: &str| {
        let labels = labels(job, label);
        labels.is_some_and(|labels| labels.iter().all(|label| is_unix(label)))
    };
    let listed = runs_on.get("labels").unwrap_or(runs_on);
    match listed.as_str() {
        Some(label) => any_of(label),
        // A runner has all labels of a list.
        None => {
            let mut labels = listed.items().iter();
            labels.any(|item| item.value.as_str().is_some_and(any_of))
        }
    }
}

/// Whether a job surely runs on Windows, by a label of GitHub's or one of its own.
pub fn is_windows(job: &Node) -> bool {
    let Some(runs_on) = job.get("runs-on") else {
        return false;
    };
    let is_windows = |label: &str| {
        let label = label.to_ascii_lowercase();
        label.starts_with("windows-") || label == "windows"
    };
    let any_of = |label: &str| {
        let labels = labels(job, label);
        labels.is_some_and(|labels| labels.iter().all(|label| is_windows(label)))
    };
    let listed = runs_on.get("labels").unwrap_or(runs_on);
    let mut items = listed.items().iter();
    listed.as_str().is_some_and(any_of) || items.any(|item| item.value.as_str().is_some_and(any_of))
}

/// A label, or the values of the axis of the matrix that it reads; `None` where those are not known.
fn labels(job: &Node, label: &str) -> Option<Vec<String>> {
    if !label.contains("${{") {
        return Some(vec![label.to_owned()]);
    }
    let mut found = references(label).into_iter();
    let axis = found.find(|it| it.context == "matrix")?.name?;
    let matrix = job.get("strategy")?.get("matrix")?;
    let of_axis = matrix.get(&axis).map(Node::items).unwrap_or_default();
    let values = of_axis.iter().map(|item| item.value.as_str());
    // An `include:` adds combinations with values of their own ("Workflow syntax").
    let included = matrix.get("include").map(Node::items).unwrap_or_default();
    let more = included.iter().filter_map(|item| item.value.get(&axis));
    let all = values.chain(more.map(Node::as_str));
    let all: Option<Vec<String>> = all.map(|it| it.map(str::to_owned)).collect();
    let is_read = matrix.get("include").is_none_or(|it| it.as_str().is_none());
    all.filter(|all| !all.is_empty() && is_read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntax::yaml::Yaml;

    #[test]
    fn the_system_of_a_job_is_known_from_its_labels_or_not_at_all() {
        for (job, expected) in [
            ("runs-on: ubuntu-latest", [true, true]),
            ("runs-on: macos-14", [true, true]),
            ("runs-on: windows-2022", [true, false]),
            ("runs-on: [self-hosted, linux, x64]", [false, true]),
            ("runs-on: [self-hosted, Windows]", [false, false]),
            ("runs-on: self-hosted", [false, false]),
            (
                "runs-on: { group: big, labels: ubuntu-24.04-16core }",
                [false, true],
            ),
            ("runs-on: { group: big }", [false, false]),
            ("runs-on: big\ncontainer: alpine", [false, true]),
            ("runs-on: ${{ vars.RUNNER }}", [false, false]),
            ("{}", [false, false]),
            (
                "runs-on: ${{ matrix.os }}\nstrategy: { matrix: { os: [ubuntu-latest, macos-latest] } }",
                [true, true],
            ),
            (
                "runs-on: ${{ matrix.os }}\nstrategy: { matrix: { os: [ubuntu-latest, windows-latest] } }",
                [true, false],
            ),
            (
                "runs-on: ${{ matrix.os }}\nstrategy: { matrix: { os: [ubuntu-latest], include: [{ os: windows-latest }] } }",
                [true, false],
            ),
            (
                "runs-on: ${{ matrix.os }}\nstrategy: { matrix: { include: [{ os: ubuntu-latest }, { os: big }] } }",
                [false, false],
            ),
            (
                "runs-on: ${{ matrix.os }}\nstrategy: { matrix: { os: '${{ fromJSON(vars.X) }}' } }",
                [false, false],
            ),
        ] {
            let yaml = Yaml::parse(job).unwrap();
            let found = [is_hosted(yaml.root()), is_unix(yaml.root())];
            assert_eq!(found, expected, "{job}");
        }
    }
}
