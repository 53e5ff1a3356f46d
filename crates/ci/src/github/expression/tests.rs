use super::*;

fn read(text: &str) -> Vec<(String, Option<String>)> {
    let found = references(text).into_iter();
    found.map(|it| (it.context, it.name)).collect()
}

fn named(context: &str, name: &str) -> (String, Option<String>) {
    (context.to_owned(), Some(name.to_owned()))
}

#[test]
fn every_form_of_a_read_is_found() {
    assert_eq!(
        read("a ${{ secrets.A }}-${{SECRETS['B-C'].x}}${{ matrix[ 'd' ] }}"),
        [
            named("secrets", "A"),
            named("secrets", "B-C"),
            named("matrix", "d")
        ]
    );
    assert_eq!(
        read("${{ secrets[format('K_{0}', matrix.env)] }}"),
        [("secrets".to_owned(), None), named("matrix", "env")]
    );
    assert_eq!(
        read("${{ github.ref == 'it''s }} secrets.X' && secrets.P || secrets.D }}"),
        [
            named("github", "ref"),
            named("secrets", "P"),
            named("secrets", "D")
        ]
    );
    assert_eq!(
        read("secrets.A ${{ toJSON(steps) }} ${{ 'secrets.B' }}"),
        []
    );
    assert_eq!(read("${{ secrets.A"), []);
}

#[test]
fn a_condition_needs_no_braces() {
    let found = of_condition("success() && secrets.A != ''");
    assert_eq!(found.len(), 1);
    assert!(found[0].is("secrets", "a"));
    assert_eq!(of_condition("${{ env.X }}").len(), 1);
}

#[test]
fn a_condition_outlives_a_failure_by_the_functions_that_it_calls() {
    for condition in [
        "always()",
        "${{ !cancelled() && github.ref == 'x' }}",
        "success() || Failure ()",
    ] {
        assert!(outlives_failure(condition), "{condition}");
    }
    for condition in [
        "",
        "success()",
        "github.ref == 'always()'",
        "inputs.failure",
        "steps.x.outcome == 'failure'",
    ] {
        assert!(!outlives_failure(condition), "{condition}");
    }
}

#[test]
fn ranges_are_those_of_the_names() {
    let text = "${{ secrets['A'] }} ${{ secrets.B }} ${{ secrets[ x.y ] }}";
    let named: Vec<&str> = references(text)
        .into_iter()
        .map(|found| &text[found.range])
        .collect();
    assert_eq!(named, ["A", "B", "x.y", "y"]);
    let wholes: Vec<&str> = references(text)
        .into_iter()
        .map(|found| &text[found.whole])
        .collect();
    let expected = ["secrets['A']", "secrets.B", "secrets[ x.y ]", "x.y"];
    assert_eq!(wholes, expected);
}
