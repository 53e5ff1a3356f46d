//! Scripts that write static keys into the files of AWS's tools.

use std::path::Path;

use engine::selection::Selection;

use crate::support::{Tree, reports};

const CI: &str = ".github/workflows/ci.yml";
const INIT: &str = "      - run: terraform init\n";
const PAIR: &str = "          aws configure set aws_access_key_id ${{ secrets.AWS_ACCESS_KEY_ID }} PROFILE\n          aws configure set aws_secret_access_key ${{ secrets.AWS_SECRET_ACCESS_KEY }} PROFILE\n";

fn workflow(head: &str, steps: &str) -> String {
    let head = match head.contains("runs-on") {
        true => head.to_owned(),
        false => format!("    runs-on: ubuntu-latest\n{head}"),
    };
    format!(
        "on: push\npermissions:\n  id-token: write\n  contents: read\njobs:\n  a:\n{head}    steps:\n{steps}"
    )
}

/// The steps afterwards, if the change is made unasked; else what is reported of the workflow.
fn outcome(head: &str, steps: &str, files: &[(&str, &str)]) -> Result<String, String> {
    let text = workflow(head, steps);
    let all = files.iter().copied().chain([(CI, text.as_str())]);
    let tree = Tree::new(all);
    let plan = tree.plan("", Selection::default()).unwrap();
    let after = tree.with(&plan).0[Path::new(CI)].clone();
    let again = tree.with(&plan).plan("", Selection::default()).unwrap();
    assert_eq!(again.changes, [], "{after}");
    match after == text {
        true => Err(reports(&plan)
            .into_iter()
            .filter(|it| it.starts_with(".github"))
            .collect::<Vec<_>>()
            .join("\n")),
        false => Ok(after.split_once("    steps:\n").unwrap().1.to_owned()),
    }
}

/// The script that writes a pair to a profile; the default one where none is named.
fn script(profile: &str, rest: &str) -> String {
    let option = match profile {
        "" => String::new(),
        profile => format!("--profile {profile}"),
    };
    let pair = PAIR
        .replace(" PROFILE", &format!(" {option}"))
        .replace(" \n", "\n");
    format!("      - run: |\n{pair}{rest}")
}

fn sign_in(inputs: &str) -> String {
    sign_in_as("AWS_OIDC_ROLE_ARN", inputs)
}

fn sign_in_as(variable: &str, inputs: &str) -> String {
    format!(
        "      - uses: aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3\n        with:\n          role-to-assume: ${{{{ vars.{variable} }}}}\n          aws-region: us-east-1\n{inputs}"
    )
}

const NAMED: &str = "          aws-profile: p\n";
const DEFAULT: &str = "          aws-profile: default\n";

#[test]
fn a_profile_that_something_may_read_is_written_by_the_sign_in() {
    for (profile, head, rest, expected) in [
        ("", "", INIT, ""),
        ("", "    env: { TF_IN_AUTOMATION: 1 }\n", INIT, ""),
        ("default", "", INIT, ""),
        (
            "p",
            "",
            "      - run: terraform init\n        env: { AWS_PROFILE: p }\n",
            NAMED,
        ),
        ("p", "", "      - run: aws s3 ls --profile p\n", NAMED),
        (
            "p",
            "",
            "      - run: AWS_PROFILE=p terraform apply\n",
            NAMED,
        ),
        ("p", "    env: { AWS_PROFILE: p }\n", INIT, NAMED),
        (
            "",
            "",
            "      - run: aws s3 ls --profile default\n",
            DEFAULT,
        ),
        ("", "    env: { AWS_PROFILE: default }\n", INIT, DEFAULT),
        // The environment does not reach a container, and the file does.
        (
            "",
            "",
            "      - run: docker run -v ~/.aws:/root/.aws image\n",
            DEFAULT,
        ),
        (
            "",
            "",
            "      - run: docker run -v $HOME/.aws/credentials:/c:ro image\n",
            DEFAULT,
        ),
        ("", "", "      - run: docker compose up\n", DEFAULT),
        ("", "", "      - uses: ./act\n", DEFAULT),
        ("", "", "      - run: ./deploy.sh\n", DEFAULT),
        ("", "", "      - run: ./unread.sh\n", DEFAULT),
        // Of two machines without a file of their own.
        ("p", "    runs-on: windows-latest\n", INIT, NAMED),
        ("p", "    runs-on: macos-latest\n", INIT, NAMED),
        (
            "",
            "    env: { AWS_SHARED_CREDENTIALS_FILE: /tmp/aws }\n",
            INIT,
            DEFAULT,
        ),
    ] {
        let steps = script(profile, rest);
        let files = [
            (
                "act/action.yml",
                "runs:\n  using: composite\n  steps:\n    - run: aws s3 ls\n      shell: bash\n",
            ),
            ("deploy.sh", "aws s3 ls --profile default\n"),
        ];
        let after = outcome(head, &steps, &files);
        let expected = format!("{}{rest}", sign_in(expected));
        assert_eq!(after, Ok(expected), "{head}{steps}");
    }
}

#[test]
fn a_profile_that_terraform_names_is_written_by_the_sign_in() {
    let backend = "terraform {\n  backend \"s3\" {\n    bucket  = \"b\"\n    key     = \"k\"\n    profile = \"NAME\"\n  }\n}\n";
    let provider = "provider \"aws\" {\n  profile = \"NAME\"\n}\n";
    for text in [backend, provider] {
        for (profile, expected) in [("p", NAMED), ("default", DEFAULT)] {
            let files = [("main.tf", &*text.replace("NAME", profile))];
            let after = outcome("", &script(profile, INIT), &files);
            assert_eq!(after, Ok(format!("{}{INIT}", sign_in(expected))), "{text}");
        }
    }
}

#[test]
fn every_pair_of_a_script_is_a_sign_in() {
    let run = "      - name: Keys\n        if: github.ref == 'x'\n        run: |\n          mkdir -p ~/.aws\n          cat > ~/.aws/credentials <<EOF\n          [a]\n          aws_access_key_id=$A\n          aws_secret_access_key=$B\n          [b]\n          aws_access_key_id=${{ secrets.LIVE_AWS_ACCESS_KEY_ID }}\n          aws_secret_access_key=${{ secrets.LIVE_AWS_SECRET_ACCESS_KEY }}\n          EOF\n          chmod 600 ~/.aws/credentials\n        env:\n          A: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          B: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";
    let rest = "      - run: aws s3 sync s3://x s3://y --profile a\n";
    let after = outcome("", &format!("{run}{rest}"), &[]).unwrap();
    let head = "        if: github.ref == 'x'\n        uses";
    let first = sign_in("          aws-profile: a\n").replace(
        "- uses",
        "- name: Keys\n        if: github.ref == 'x'\n        uses",
    );
    let second = sign_in_as("LIVE_AWS_OIDC_ROLE_ARN", "          aws-profile: b\n")
        .replace("- uses", "- if: github.ref == 'x'\n        uses");
    assert!(first.contains(head));
    assert_eq!(after, format!("{first}{second}{rest}"));
}

#[test]
fn what_a_script_does_beside_stays_behind_the_sign_in() {
    for (profile, rest, inputs) in [
        ("", "          terraform init\n", ""),
        ("", "          ./deploy.sh\n", DEFAULT),
        (
            "",
            "          # then\n          terraform init\n        env: { TF_IN_AUTOMATION: 1 }\n",
            "",
        ),
        (
            "base",
            "          cat > ~/.aws/config <<EOF\n          [profile x]\n          role_arn = arn:aws:iam::111111111111:role/x\n          source_profile = base\n          EOF\n",
            "          aws-profile: base\n",
        ),
        (
            "",
            "          aws configure set role_arn arn:aws:iam::111111111111:role/x --profile x\n          aws configure set source_profile default --profile x\n",
            DEFAULT,
        ),
        (
            "p",
            "          aws configure set region eu-west-1 --profile other\n",
            NAMED,
        ),
        (
            "p",
            "          echo \"AWS_PROFILE=p\" >> $GITHUB_ENV\n",
            NAMED,
        ),
    ] {
        let after = outcome("", &script(profile, rest), &[]);
        let expected = format!("{}      - run: |\n{rest}", sign_in(inputs));
        assert_eq!(after, Ok(expected), "{rest}");
    }
}

#[test]
fn what_a_sign_in_cannot_replace_keeps_the_keys() {
    let p = script("p", "");
    for (head, steps, why) in [
        (
            "",
            script(
                "p",
                "      - run: K=$(aws configure get aws_access_key_id --profile p)\n",
            ),
            "a script takes the keys out of a profile without a session token",
        ),
        (
            "",
            script("", "      - run: grep key ~/.aws/credentials\n"),
            "a script takes the keys out of a profile without a session token",
        ),
        (
            "",
            format!("      - run: aws configure set region x --profile p\n{p}"),
            "an earlier step writes the files of AWS's tools, while the action takes the profile `p` only \
             where it is not there yet",
        ),
        (
            "    env: { AWS_CONFIG_FILE: ci/aws }\n",
            p.clone(),
            "`AWS_CONFIG_FILE` names a file of its own",
        ),
        (
            "    env: { AWS_SHARED_CREDENTIALS_FILE: ci/aws }\n",
            p.clone(),
            "`AWS_SHARED_CREDENTIALS_FILE` is a relative path",
        ),
        (
            "",
            p.clone() + "        env: { AWS_SHARED_CREDENTIALS_FILE: /tmp/aws }\n",
            "its script writes the file that `AWS_SHARED_CREDENTIALS_FILE` of its step names",
        ),
        (
            "",
            script("p", "").replace("run: |\n", "run: |\n          terraform plan\n"),
            "its script runs `terraform plan` before it has the keys",
        ),
        (
            "",
            script("'a b'", ""),
            "the action takes no profile of the name `a b`",
        ),
        (
            "",
            script(
                "p",
                "          aws s3 ls\n        env: { AWS_ACCESS_KEY_ID: '${{ secrets.AWS_ACCESS_KEY_ID }}' }\n",
            ),
            "the rest of its script uses `AWS_ACCESS_KEY_ID`, too",
        ),
        (
            "    runs-on: self-hosted\n",
            p.clone(),
            "signs in by OIDC; the profile `p` stays on its machine, with the keys that are there now",
        ),
    ] {
        let found = outcome(head, &steps, &[]).expect_err(&steps);
        assert!(found.contains(why), "{steps}{found}");
    }
}

#[test]
fn a_profile_hides_no_keys_of_the_environment() {
    let env = "    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.LIVE_AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.LIVE_AWS_SECRET_ACCESS_KEY }}\n      AWS_REGION: us-east-1\n";
    let rest = "      - run: aws s3 ls\n";
    let after = outcome(env, &script("", rest), &[]).unwrap();
    let region = "aws-region: ${{ env.AWS_REGION }}";
    let live = sign_in_as("LIVE_AWS_OIDC_ROLE_ARN", "");
    let own = sign_in(DEFAULT);
    let both = format!("{live}{own}{rest}").replace("aws-region: us-east-1", region);
    assert_eq!(after, both);
}

#[test]
fn keys_in_the_environment_beat_the_profile_that_it_names() {
    let env = "      AWS_ACCESS_KEY_ID: ${{ secrets.LIVE_AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.LIVE_AWS_SECRET_ACCESS_KEY }}\n      AWS_REGION: us-east-1\n";
    let role = "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
    let (list, run) = ("      - run: aws s3 ls\n", "      - run: terraform apply\n");
    let inline = "      - run: AWS_PROFILE=p aws s3 ls\n";
    for variable in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
        let named = format!("    env:\n      {variable}: p\n");
        let both = format!("{named}{env}");
        for (head, rest, is_of_keys) in [
            // Beside keys the command acts by those, and the role of the module stays.
            (&*both, list, true),
            (&*format!("    env:\n{env}"), inline, true),
            (&*both, "      - run: aws s3 ls --profile p\n", false),
            (&*both, "", false),
        ] {
            let text = workflow(head, &format!("{}{run}{rest}", script("p", "")));
            let tree = Tree::new([("main.tf", role), (CI, text.as_str())]);
            let after = tree.with(&tree.plan("", Selection::default()).unwrap()).0;
            assert!(!after[Path::new(CI)].contains("secrets."), "{head}{rest}");
            let stays = after[Path::new("main.tf")].contains("assume_role");
            assert_eq!(stays, is_of_keys, "{head}{rest}");
        }
    }
}

#[test]
fn a_sign_in_that_fails_may_not_end_in_a_profile() {
    let keys = "      AWS_ACCESS_KEY_ID: ${{ secrets.LIVE_AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.LIVE_AWS_SECRET_ACCESS_KEY }}\n      AWS_REGION: us-east-1\n";
    let env = format!("    env:\n{keys}");
    let named = format!("    env:\n      AWS_PROFILE: p\n{keys}");
    let other = format!("    env:\n      AWS_PROFILE: other\n{keys}");
    let (list, always) = (
        "      - run: aws s3 ls\n",
        "      - run: aws s3 ls\n        if: always()\n",
    );
    let second = "      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{ secrets.LIVE_AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.LIVE_AWS_SECRET_ACCESS_KEY }}\n          aws-region: us-east-1\n";
    let fails = "where the sign-in of its other keys fails, a step that runs all the same would act by the profile";
    let empty =
        "where `${{ vars.LIVE_AWS_OIDC_ROLE_ARN }}` is empty, the action goes on with the profile";
    for (head, profile, rest, why) in [
        (&*env, "", list.to_owned(), None),
        (&env, "", always.to_owned(), Some(fails)),
        (&env, "p", always.to_owned(), None),
        (&named, "p", list.to_owned(), None),
        (&named, "p", always.to_owned(), Some(fails)),
        (&other, "p", always.to_owned(), None),
        (&other, "", always.to_owned(), None),
        // The action finds what is written before it.
        ("", "", format!("{second}{list}"), Some(empty)),
        ("", "p", format!("{second}{list}"), None),
        (
            "    env: { AWS_PROFILE: p }\n",
            "p",
            format!("{second}{list}"),
            Some(empty),
        ),
    ] {
        let found = outcome(head, &format!("{}{rest}", script(profile, "")), &[]);
        let is_made = found.is_ok();
        let said = found.unwrap_or_else(|said| said);
        assert_eq!(is_made, why.is_none(), "{head}{profile}{rest}{said}");
        assert!(said.contains(why.unwrap_or_default()), "{head}{rest}{said}");
    }
    // A literal is never empty.
    let text = workflow("", &format!("{}{second}{list}", script("", "")));
    let tree = Tree::new([(CI, text.as_str())]);
    let config = "account \"dev\" {\n  id = \"111111111111\"\n}\naccount \"live\" {\n  id = \"222222222222\"\n}\nkeys \"AWS_ACCESS_KEY_ID\" {\n  account = \"dev\"\n}\nkeys \"LIVE_AWS_ACCESS_KEY_ID\" {\n  account = \"live\"\n}\nci {\n  role = \"arn:aws:iam::{id}:role/x\"\n}\n";
    let plan = tree.plan(config, Selection::default()).unwrap();
    let after = &tree.with(&plan).0[Path::new(CI)];
    assert!(!after.contains("secrets."), "{:#?}", reports(&plan));
}

#[test]
fn a_later_sign_in_keeps_the_region_of_a_written_profile() {
    let env = "      - run: terraform apply\n        env:\n          AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";
    let region = |to: &str, profile: &str| {
        script(
            profile,
            &format!(
                "          aws configure set region {to} {}\n",
                match profile {
                    "" => String::new(),
                    profile => format!("--profile {profile}"),
                }
            ),
        )
    };
    // A role by its ARN: what an empty variable would do is asked elsewhere.
    let config = "ci {\n  role = \"arn:aws:iam::111111111111:role/x\"\n}\n";
    let plan = |steps: &str| {
        let text = workflow("", steps);
        let tree = Tree::new([(CI, text.as_str())]);
        let plan = tree.plan(config, Selection::default()).unwrap();
        (
            tree.with(&plan).0[Path::new(CI)].clone(),
            reports(&plan).join("\n"),
        )
    };
    for written in ["eu-west-1", "${{ vars.REGION }}"] {
        for profile in ["", "p"] {
            let (after, why) = plan(&(region(written, profile) + env));
            let named = format!("aws-region: {written}\n");
            assert_eq!(after.matches(&named).count(), 2, "{after}{why}");
        }
    }
    let (_, why) = plan(&(region("${{ steps.x.outputs.y }}", "") + env));
    assert!(why.contains("comes before the region"), "{why}");
}

#[test]
fn several_sign_ins_to_one_profile_follow_one_another() {
    let first = script("p", "");
    let second = first.replace("secrets.", "secrets.LIVE_");
    let list = "      - run: aws s3 ls --profile p\n";
    let after = outcome("", &format!("{first}{list}{second}{list}"), &[]).unwrap();
    let again = format!("{NAMED}          overwrite-aws-profile: true\n");
    let expected = format!(
        "{}{list}{}{list}",
        sign_in(NAMED),
        sign_in_as("LIVE_AWS_OIDC_ROLE_ARN", &again)
    );
    assert_eq!(after, expected);
}

#[test]
fn a_profile_that_goes_on_from_the_environment_needs_a_sign_in_to_it() {
    let backend =
        "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n  }\n}\n";
    for (profile, is_made) in [("", true), ("p", false)] {
        let text = workflow("", &script(profile, INIT));
        let tree = Tree::new([("main.tf", backend), (CI, text.as_str())]);
        let plan = tree.plan("state_profile = \"shared\"\n", Selection::default());
        let plan = plan.unwrap();
        let after = &tree.with(&plan).0;
        let ci = &after[Path::new(CI)];
        assert!(ci.contains("role-to-assume"), "{ci}");
        assert_eq!(
            ci.contains("credential_source Environment"),
            is_made,
            "{ci}"
        );
        let has_profile = after[Path::new("main.tf")].contains("profile");
        assert_eq!(has_profile, is_made, "{ci}");
    }
}
