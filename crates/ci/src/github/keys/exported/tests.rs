use super::*;

fn of(script: &str) -> ScriptKeys {
    let paths = AwsPaths {
        homes: &[],
        credentials: None,
    };
    let variable = |name: &str| {
        let known = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        known
            .contains(&name)
            .then(|| format!("${{{{ secrets.{name} }}}}"))
    };
    script_keys(script, &paths, &variable, &|| false)
}

fn keys(script: &str) -> Vec<ExportedKeys> {
    match of(script) {
        ScriptKeys::Keys(all) => all,
        other => panic!("{script}: {other:?}"),
    }
}

const ID: &str = "${{ secrets.AWS_ACCESS_KEY_ID }}";
const PAIR: &str = "aws configure set aws_access_key_id ${{ secrets.A }}\naws configure set aws_secret_access_key ${{ secrets.S }}\n";

#[test]
fn every_way_to_pass_keys_on_is_known() {
    for script in [
        "aws configure set aws_access_key_id ${{ secrets.AWS_ACCESS_KEY_ID }}\naws configure set aws_secret_access_key ${{ secrets.S }}\naws configure set default.region eu-west-1\n",
        "# keys\necho \"AWS_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID\" >> $GITHUB_ENV\necho AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY} >> \"$GITHUB_ENV\"\necho \"AWS_DEFAULT_REGION=eu-west-1\" >> $GITHUB_ENV\n",
        "mkdir -p ~/.aws\necho \"[default]\" > ~/.aws/credentials\necho 'aws_access_key_id = ${{ secrets.AWS_ACCESS_KEY_ID }}' >> ~/.aws/credentials\necho \"aws_secret_access_key=${{ secrets.S }}\" >> ~/.aws/credentials\necho '[default]' > ~/.aws/config\necho \"region=eu-west-1\" >> ~/.aws/config\n",
        "set -e\ncat <<EOF > ~/.aws/credentials\n[default]\naws_access_key_id=${{ secrets.AWS_ACCESS_KEY_ID }}\naws_secret_access_key=${{ secrets.S }}\nregion = eu-west-1\nEOF\nchmod 600 ~/.aws/credentials\n",
        "K=$AWS_ACCESS_KEY_ID\naws configure set aws_access_key_id \"$K\" && aws configure set aws_secret_access_key $AWS_SECRET_ACCESS_KEY\naws configure set region eu-west-1\naws configure set output json\n",
        "aws configure set aws_access_key_id $env:AWS_ACCESS_KEY_ID\naws configure set aws_secret_access_key $env:AWS_SECRET_ACCESS_KEY\naws configure set region eu-west-1\n",
        "aws configure set aws_access_key_id %AWS_ACCESS_KEY_ID%\naws configure set aws_secret_access_key %AWS_SECRET_ACCESS_KEY%\naws configure set region eu-west-1\n",
    ] {
        let found = keys(script);
        assert_eq!(found.len(), 1, "{script}");
        assert_eq!(found[0].id, ID, "{script}");
        assert_eq!(found[0].region.as_deref(), Some("eu-west-1"), "{script}");
        assert_eq!(found[0].lines, None, "{script}");
    }
}

#[test]
fn each_profile_has_a_pair_of_its_own() {
    let script = "cat > ~/.aws/credentials <<EOF\n[a]\naws_access_key_id=${{ secrets.A }}\naws_secret_access_key=${{ secrets.B }}\n[b]\naws_access_key_id=${{ secrets.C }}\naws_secret_access_key=${{ secrets.D }}\naws_session_token=${{ secrets.E }}\nEOF\naws configure set region r --profile b\n";
    let found = keys(script).into_iter().map(|it| {
        let others = it.others.join(" ");
        format!(
            "{} {} {others} {}",
            it.profile.unwrap_or_default(),
            it.id,
            it.region.unwrap_or_default()
        )
    });
    let expected = [
        "a ${{ secrets.A }} ${{ secrets.B }} ",
        "b ${{ secrets.C }} ${{ secrets.D }} ${{ secrets.E }} r",
    ];
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

#[test]
fn what_a_script_does_beside_stays() {
    for (script, lines) in [
        (format!("{PAIR}terraform init\n"), vec![0..1, 1..2]),
        (
            format!("set -e\n\n{PAIR}\n# then\nterraform init\n"),
            vec![2..3, 3..4],
        ),
        (
            format!(
                "{PAIR}aws configure set role_arn x --profile state\naws configure set region r\n"
            ),
            vec![0..1, 1..2, 3..4],
        ),
        (
            format!("{PAIR}echo \"TOKEN=x\" >> $GITHUB_ENV\n"),
            vec![0..1, 1..2],
        ),
        (
            format!("{PAIR}aws configure set output text\n"),
            vec![0..1, 1..2],
        ),
        (
            format!(
                "mkdir -p ~/.aws\ncat > ~/.aws/config <<EOF\n[profile x]\nrole_arn = r\nsource_profile = default\nEOF\n{PAIR}"
            ),
            vec![0..1, 6..7, 7..8],
        ),
        (
            format!("{PAIR}aws configure set region eu-west-1 --profile p\n"),
            vec![0..1, 1..2],
        ),
    ] {
        assert_eq!(keys(&script)[0].lines, Some(lines), "{script}");
    }
}

#[test]
fn what_cannot_be_told_apart_is_held() {
    for (script, why) in [
        (
            format!("terraform version\n{PAIR}"),
            "its script runs `terraform version` before it has the keys",
        ),
        (
            format!("{}; terraform init\n", PAIR.trim()),
            "one line of its script writes keys and runs `terraform init`",
        ),
        (
            format!("set -e\n{PAIR}if x; then\n{PAIR}fi\n"),
            "its script writes the keys in a branch, a loop or a function",
        ),
        (
            "cat > ~/.aws/credentials <<EOF\n[a]\naws_access_key_id=${{ secrets.A }}\naws_secret_access_key=${{ secrets.B }}\n[b]\nrole_arn=r\nEOF\n".to_owned(),
            "one command of its script writes keys and `role_arn` of the profile `b`",
        ),
    ] {
        assert_eq!(of(&script), ScriptKeys::Held(why.to_owned()), "{script}");
    }
    for script in [
        "aws configure set region eu-west-1\n",
        "export AWS_ACCESS_KEY_ID=${{ secrets.A }}\nexport AWS_SECRET_ACCESS_KEY=${{ secrets.S }}\n",
        "aws configure set aws_access_key_id ${{ secrets.A }}\naws configure set aws_secret_access_key $(cat k)\n",
        "aws configure set aws_access_key_id ${{ secrets.A }}\naws configure set aws_secret_access_key $1\n",
    ] {
        assert_eq!(of(script), ScriptKeys::Nothing, "{script}");
    }
}
