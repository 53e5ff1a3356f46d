use super::*;

#[test]
fn a_name_that_is_put_together_is_another_for_each_value() {
    let values = Values::from([("matrix.env".to_owned(), "dev".to_owned())]);
    for (text, expected) in [
        (
            "${{ vars[format('{0}_ROLE', matrix.env)] }}",
            "${{ vars[dev_ROLE] }}",
        ),
        (
            "${{ vars[format('A_{0}_{1}', matrix.env, matrix.env)] }}",
            "${{ vars[A_dev_dev] }}",
        ),
        (
            "${{ vars[format('{0}_ROLE', github.ref_name)] }}",
            "${{ vars[format('{0}_ROLE', github.ref_name)] }}",
        ),
        ("${{ vars.ROLE }}", "${{ vars.ROLE }}"),
    ] {
        assert_eq!(formatted(text, &values), expected);
    }
}

#[test]
fn a_choice_by_a_value_is_made() {
    let values = Values::from([("matrix.dir".to_owned(), "b".to_owned())]);
    for (text, expected) in [
        (
            "arn:aws:iam::${{ fromJSON('{\"a\":\"1\",\"b\":\"2\"}')[matrix.dir] }}:role/x",
            "arn:aws:iam::2:role/x",
        ),
        (
            "${{ vars[fromJSON('{\"a\":\"X\",\"b\":\"Y\"}')[matrix.dir]] }}",
            "${{ vars[Y] }}",
        ),
        ("${{ vars.X }}", "${{ vars.X }}"),
        (
            "${{ fromJSON('{\"a\":\"1\"}')[matrix.dir] }}",
            "${{ fromJSON('{\"a\":\"1\"}')[matrix.dir] }}",
        ),
    ] {
        assert_eq!(chosen(text, &values), expected);
    }
}

#[test]
fn a_variable_serves_one_account() {
    let mut served = Served::new();
    assert!(serves("${{ vars.X }}", "1", &mut served));
    assert!(serves("${{ VARS.x }}", "1", &mut served));
    assert!(!serves("${{ vars.X }}", "2", &mut served));
    assert!(serves("${{ vars.Y }}", "2", &mut served));
}
