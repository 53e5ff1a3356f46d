use super::*;

fn stripped(script: &str) -> Option<String> {
    let mut all = key_arguments(script);
    all.retain(|it| match &it.option {
        KeyOption::Variable(name) => name == "id" || name == "secret",
        KeyOption::Backend(_) => true,
    });
    without(script, &all)
}

#[test]
fn arguments_go_and_everything_else_stays() {
    for (script, expected) in [
        (
            "terraform apply -var id=$A -auto-approve",
            "terraform apply -auto-approve",
        ),
        (
            "terraform apply -var 'id=$A' -var=\"secret=$B\" x",
            "terraform apply x",
        ),
        (
            "terraform plan -var id=${{ secrets.A }} -var o=1",
            "terraform plan -var o=1",
        ),
        (
            "terraform plan -var \"id=${{ secrets['A b'] }}\"",
            "terraform plan",
        ),
        (
            "terraform init \\\n  -backend-config=\"access_key=$A\" \\\n  -backend-config \"secret_key=$B\" \\\n  -reconfigure\nx",
            "terraform init \\\n  -reconfigure\nx",
        ),
        (
            "terraform init \\\n  -backend-config=bucket=b \\\n  -backend-config=access_key=$A\n",
            "terraform init \\\n  -backend-config=bucket=b\n",
        ),
        (
            "cd x && terraform init -backend-config=token=$T&& ls",
            "cd x && terraform init&& ls",
        ),
        (
            "export TF_VAR_id=$A\nterraform apply\n",
            "terraform apply\n",
        ),
        (
            "export TF_VAR_id=$A TF_VAR_x=1\nterraform apply\n",
            "export TF_VAR_x=1\nterraform apply\n",
        ),
        (
            "TF_VAR_id=$A TF_VAR_secret=$B terraform apply",
            "terraform apply",
        ),
        ("a\n  TF_VAR_id=$A tofu apply", "a\n  tofu apply"),
        (
            "a\necho \"TF_VAR_id=${{ secrets.A }}\" >> \"$GITHUB_ENV\"\necho TF_VAR_x=$B >> $GITHUB_ENV\n",
            "a\necho TF_VAR_x=$B >> $GITHUB_ENV\n",
        ),
    ] {
        assert_eq!(stripped(script).as_deref(), Some(expected), "{script}");
    }
}

#[test]
fn what_is_more_than_an_argument_is_left() {
    for script in [
        "cat > run.sh <<E\nterraform apply -var id=$A\nE\n",
        "bash -c 'terraform apply -var id=$A'",
        "./deploy.sh -var id=$A",
        "echo TF_VAR_id=$A >> .env",
        "x && echo TF_VAR_id=$A >> $GITHUB_ENV",
        "ARGS=\"-var id=$A\"\nterraform apply $ARGS",
    ] {
        let all = key_arguments(script);
        assert!(
            all.is_empty() || without(script, &all).is_none(),
            "{script}"
        );
    }
}
