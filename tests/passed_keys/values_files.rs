//! Keys that a script writes to a file of values.

use super::{CI, KEYS, RUN, after, changed, planned, workflow};
use crate::support::{reports, reviewed};
use engine::selection::Selection;

const ID: &str = "${{ secrets.X }}";
const SECRET: &str = "${{ secrets.Y }}";

#[test]
fn lines_that_write_keys_go_with_the_variables() {
    let echo =
        |name: &str, value: &str, to: &str| format!("echo '{name} = \"{value}\"' {to}\n          ");
    let pair = |to: &str| echo("access_key", ID, to) + &echo("secret_key", SECRET, to);
    let document = |more: &str| {
        format!(
            "cat > terraform.tfvars <<EOF\n          access_key = \"{ID}\"\n{more}          secret_key = \"{SECRET}\"\n          EOF\n          "
        )
    };
    let region = "          region = \"eu-west-1\"\n";
    for (name, script, left) in [
        ("echo", pair(">> terraform.tfvars"), ""),
        ("echo to a new file", pair(">> keys.auto.tfvars"), ""),
        (
            "echo in double quotes",
            pair(">> terraform.tfvars")
                .replace('"', "\\\"")
                .replace('\'', "\""),
            "",
        ),
        (
            "echo beside others",
            pair(">> prod.tfvars")
                + "echo 'region = \"x\"' >> prod.tfvars\n          terraform plan -var-file=prod.tfvars\n",
            "          echo 'region = \"x\"' >> prod.tfvars\n          terraform plan -var-file=prod.tfvars\n",
        ),
        ("a document", document(""), ""),
        (
            "a document with other values",
            document(region),
            "          cat > terraform.tfvars <<EOF\n          region = \"eu-west-1\"\n          EOF\n",
        ),
    ] {
        let job = workflow(
            "",
            &format!("      - run: |\n          {}\n{RUN}", script.trim_end()),
        );
        let plan = planned(&job, &[], Selection::default());
        let after = after(&plan, CI);
        assert!(
            after.contains("role-to-assume: ${{ vars.X_AWS_OIDC_ROLE_ARN }}"),
            "{name}: {script}{:#?}",
            reports(&plan)
        );
        assert!(!after.contains("secrets."), "{name}: {after}");
        assert!(!after.contains("_key"), "{name}: {after}");
        let (_, steps) = after.split_once("steps:").unwrap();
        assert_eq!(
            steps.contains(".tfvars"),
            !left.is_empty(),
            "{name}: {after}"
        );
        assert!(steps.contains(left), "{name}: {after}");
    }
}

#[test]
fn keys_of_the_environment_that_a_script_writes_go_with_it() {
    let script = "      - run: |\n          echo \"access_key = \\\"$AWS_ACCESS_KEY_ID\\\"\" >> terraform.tfvars\n          echo \"secret_key = \\\"$AWS_SECRET_ACCESS_KEY\\\"\" >> terraform.tfvars\n";
    let job = workflow(&format!("    env:\n{KEYS}"), &format!("{script}{RUN}"));
    let plan = planned(&job, &[], Selection::default());
    let after = after(&plan, CI);
    assert!(
        !after.contains("tfvars") && !after.contains("secrets."),
        "{after}{:#?}",
        reports(&plan)
    );
}

#[test]
fn a_file_of_the_tree_that_a_script_overwrites_holds_both() {
    let script = format!(
        "      - run: |\n          cat > terraform.tfvars <<EOF\n          access_key = \"{ID}\"\n          secret_key = \"{SECRET}\"\n          EOF\n{RUN}"
    );
    let files = [("terraform.tfvars", "region = \"eu-west-1\"\n")];
    let plan = planned(&workflow("", &script), &files, reviewed());
    assert_eq!(changed(&plan), [""; 0]);
    let reports = reports(&plan).join("\n");
    assert!(
        reports.contains("a script overwrites terraform.tfvars with them"),
        "{reports}"
    );
    // What is added leaves it as it is.
    let script = script.replace("cat >", "cat >>");
    let plan = planned(&workflow("", &script), &files, Selection::default());
    assert_eq!(changed(&plan), [CI, "main.tf"]);
}

#[test]
fn a_script_that_writes_values_is_told_how_they_would_go() {
    let key = "${{ secrets.AWS_ACCESS_KEY_ID }}";
    for (script, file) in [
        (
            format!("printf 'access_key = \"%s\"' '{key}' > terraform.tfvars"),
            Some("terraform.tfvars"),
        ),
        (
            format!("true && echo 'access_key = \"{key}\"' >> envs/x.auto.tfvars"),
            Some("envs/x.auto.tfvars"),
        ),
        // Nothing else is written to it, and a command names it.
        (
            format!(
                "echo 'access_key = \"{key}\"' > x.tfvars\n          terraform plan -var-file=x.tfvars"
            ),
            Some("x.tfvars"),
        ),
        (
            format!(
                "echo 'access_key = \"{key}\"' > terraform.tfvars\n          cat terraform.tfvars"
            ),
            Some("terraform.tfvars"),
        ),
        (
            format!("echo '{{\"access_key\": \"{key}\"}}' | tee \"x.tfvars.json\""),
            Some("x.tfvars.json"),
        ),
        (format!("./deploy.sh {key} -var-file=x.tfvars"), None),
        (format!("./deploy.sh {key} > out.txt"), None),
        (
            format!(
                "curl -u {key} https://example.com > out\n          terraform apply -var-file=prod.tfvars"
            ),
            None,
        ),
        (
            format!("cp a.tfvars.example a.tfvars\n          ./deploy.sh {key}"),
            None,
        ),
    ] {
        let job = workflow("", &format!("      - run: |\n          {script}\n{RUN}"));
        let plan = planned(&job, &[], reviewed());
        let reports = reports(&plan).join("\n");
        let expected = match file {
            Some(file) => format!("a script writes them to `{file}`: as `TF_VAR_`"),
            None => "a script takes them as text".to_owned(),
        };
        assert!(reports.contains(&expected), "{script}: {reports}");
    }
}
