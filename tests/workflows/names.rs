//! What stands in workflows and is read elsewhere: variables, secrets, names, regions.

use super::{CI, KEYS, changed_paths, commands, configure, workflow};
use crate::support::{Tree, reports};
use engine::selection::Selection;
use syntax::code::sentence;

#[test]
fn variables_are_set_where_jobs_read_them_and_only_free_secrets_go() {
    let steps = configure("v4", KEYS);
    let other = steps.replace("secrets.AWS", "secrets.PROD_AWS");
    let ci = workflow(&[
        ("dev", "", &steps),
        ("prod", "    environment: prod\n", &other),
        (
            "left",
            "",
            "      - run: ./sign ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n",
        ),
    ]);
    let tree = Tree::new([(CI, ci.as_str())]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_eq!(
        commands(&plan, "the role that the jobs"),
        ["gh variable set AWS_OIDC_ROLE_ARN --body 'arn:aws:iam::<ACCOUNT>:role/github-ci'",]
    );
    assert_eq!(
        commands(&plan, "in each environment"),
        [
            "gh variable set PROD_AWS_OIDC_ROLE_ARN --body 'arn:aws:iam::<ACCOUNT>:role/github-ci' --env prod",
        ]
    );
    for (role, subject) in [
        ("`vars.AWS_OIDC_ROLE_ARN`", "ref:refs/heads/main"),
        ("`vars.PROD_AWS_OIDC_ROLE_ARN`", "environment:prod"),
    ] {
        let subject = format!("repo:OWNER/REPOSITORY:{subject}");
        assert_eq!(
            commands(&plan, &format!("trust policy of the role of {role}")),
            [subject]
        );
    }
    assert_eq!(
        commands(&plan, "nothing uses"),
        [
            "gh secret delete AWS_ACCESS_KEY_ID",
            "gh secret delete PROD_AWS_ACCESS_KEY_ID   # in the environments, too: prod",
            "gh secret delete PROD_AWS_SECRET_ACCESS_KEY   # in the environments, too: prod",
        ]
    );
}

#[test]
fn a_name_that_a_shell_would_obey_is_quoted_in_the_steps() {
    let ci = workflow(&[(
        "eu",
        "    environment: eu $(touch x)\n",
        &configure("v4", KEYS),
    )]);
    let tree = Tree::new([(CI, ci.as_str())]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_eq!(
        commands(&plan, "nothing uses"),
        [
            "gh secret delete AWS_ACCESS_KEY_ID   # in the environments, too: 'eu $(touch x)'",
            "gh secret delete AWS_SECRET_ACCESS_KEY   # in the environments, too: 'eu $(touch x)'",
        ]
    );
    assert_eq!(
        commands(&plan, "in each environment"),
        [
            "gh variable set AWS_OIDC_ROLE_ARN --body 'arn:aws:iam::<ACCOUNT>:role/github-ci' --env 'eu $(touch x)'"
        ]
    );
}

#[test]
fn an_expression_that_github_refuses_holds_its_job() {
    let head = "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n      AWS_REGION: us-east-1\n";
    let steps = "    steps:\n      - run: terraform version ${{ env.AWS_REGION }}\n        if: github.ref == 'x'\n      - run: aws s3 ls\n";
    let text = format!("{head}{steps}");
    let outcome = |text: &str| {
        let other = "  b:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n      AWS_REGION: us-east-1\n    steps:\n      - run: aws s3 ls\n";
        let plan =
            Tree::new([(CI, format!("{text}{other}").as_str())]).plan("", Selection::default());
        let plan = plan.unwrap();
        let after = plan
            .changes
            .first()
            .map(|it| it.after.matches("role-to-assume").count());
        (after.unwrap_or_default(), reports(&plan))
    };
    assert_eq!(outcome(&text).0, 2);
    // The names that GitHub's expressions have, wherever they stand in a job.
    for (from, to, line) in [
        ("secrets.AWS_ACCESS_KEY_ID ", "secrets.AW{ secrets.X ", 8),
        (
            "secrets.AWS_SECRET_ACCESS_KEY ",
            "secrets.AWS_SECRET_ACCESS_KEY + 'x' ",
            9,
        ),
        (
            "secrets.AWS_ACCESS_KEY_ID ",
            "secrets.AWS_ACCESS_KEY_ID secrets.X ",
            8,
        ),
        (
            "secrets.AWS_ACCESS_KEY_ID ",
            "secrets['AWS_ACCESS_KEY_ID' ",
            8,
        ),
        (
            "secrets.AWS_ACCESS_KEY_ID ",
            "secrets.\"AWS_ACCESS_KEY_ID\" ",
            8,
        ),
        ("env.AWS_REGION ", "env.AWS_REGION ? 'a' ", 12),
        ("${{ env.AWS_REGION }}", "${{ env.AWS_REGION }", 12),
        ("github.ref == 'x'", "github.ref = 'x'", 13),
        ("aws s3 ls", "aws s3 ls s3://${{ }}", 14),
    ] {
        let text = text.replacen(from, to, 1);
        let (signed_in, reports) = outcome(&text);
        assert_eq!(signed_in, 1, "{text}{reports:#?}");
        let place = format!("{CI}:{line}: job a stays on static keys: GitHub's parser refuses `");
        assert!(
            reports.iter().any(|it| it.starts_with(&place)),
            "{text}{reports:#?}"
        );
    }
    // What is no expression of the job is none of its matters.
    for to in ["on: push # ${{ x", "on: push\nname: a\nrun-name: b ${ {"] {
        assert_eq!(outcome(&text.replacen("on: push", to, 1)).0, 2, "{to}");
    }
}

#[test]
fn what_is_no_name_on_github_is_refused_at_its_place() {
    let plan = |job: &str, (from, to): (&str, &str)| {
        let ci = workflow(&[(job, "", &configure("v4", &KEYS.replace(from, to)))]);
        Tree::new([(CI, ci.as_str())])
            .plan("", Selection::default())
            .unwrap()
    };
    for name in ["A$(touch x)", "A B", "1A", "é", "A\\nB", "A`x`"] {
        for part in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            let read = format!("secrets['{name}']");
            let plan = plan("eu", (&format!("secrets.{part} "), &format!("{read} ")));
            assert_eq!(changed_paths(&plan), [""; 0], "{name}");
            let reports = reports(&plan);
            let why = sentence!("`{name}` is no name that GitHub takes in `secrets`");
            assert!(reports.iter().any(|it| it.contains(&why)), "{reports:#?}");
            assert_eq!(plan.free_secrets, [""; 0]);
        }
    }
    let plan_of_job = plan("\"a$(touch x)\"", ("", ""));
    assert_eq!(changed_paths(&plan_of_job), [""; 0]);
    let reports = reports(&plan_of_job);
    let why = "`a$(touch x)` is no name that GitHub takes for a job";
    assert!(reports.iter().any(|it| it.contains(why)), "{reports:#?}");
    // A called workflow may declare such names, and its callers read them.
    let hyphens = plan(
        "eu",
        ("secrets.AWS_ACCESS_KEY_ID ", "secrets.aws-access-key-id "),
    );
    assert_eq!(changed_paths(&hyphens), [CI]);
}

#[test]
fn a_region_that_a_script_reads_is_asked_for() {
    let env = "    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";
    let ci = workflow(&[("sync", env, "      - run: ./sync\n")]);
    let region = |script: &str| {
        let tree = Tree::new([(CI, ci.as_str()), ("sync", script)]);
        let plan = tree.plan("", Selection::default()).unwrap();
        plan.changes.len()
    };
    for other in [
        "aws s3 ls\n",
        "export AWS_REGION=eu-west-1\naws s3 ls\n",
        "{ \"AWS_REGION\": [1] }\n",
    ] {
        assert_eq!(region(other), 1, "{other}");
    }
    for reader in [
        "aws s3 ls --region \"${AWS_REGION:-eu-west-1}\"\n",
        "region = os.environ[\"AWS_REGION\"]\n",
        "docker run -e AWS_REGION image\n",
    ] {
        assert_eq!(region(reader), 0, "{reader}");
    }
}

#[test]
fn a_secret_that_others_may_get_unnamed_is_not_one_that_nothing_uses() {
    let ci = workflow(&[("dev", "", &configure("v4", KEYS))]);
    let job = |steps: &str| {
        format!("on: push\njobs:\n  other:\n    runs-on: ubuntu-latest\n    steps:\n{steps}")
    };
    let reading = |expression: &str| {
        job(&format!(
            "      - run: ./x\n        env:\n          S: ${{{{ {expression} }}}}\n"
        ))
    };
    let calling = |uses: &str, secrets: &str| {
        format!("on: push\njobs:\n  other:\n    uses: {uses}\n    secrets: {secrets}\n")
    };
    let remote = "o/r/.github/workflows/x.yml@v1";
    let local = "./.github/workflows/lib.yml";
    for (other, who) in [
        (
            calling(remote, "inherit"),
            Some("job other passes all secrets to `o/r/.github/workflows/x.yml@v1`"),
        ),
        (
            reading("toJSON(secrets)"),
            Some("job other reads all secrets: `toJSON(secrets)`"),
        ),
        (
            reading("secrets[inputs.name]"),
            Some("job other computes the name of a secret: `secrets[inputs.name]`"),
        ),
        (
            format!("env:\n  S: ${{{{ toJSON(secrets) }}}}\n{}", job("      - run: ./x\n")),
            Some("`env` of every job reads all secrets: `toJSON(secrets)`"),
        ),
        (
            "on: push\njobs:\n  a:\n    uses: o/r/.github/workflows/x.yml@v1\n    secrets: inherit\n   b: c\n".to_owned(),
            Some("this file cannot be read and may use any secret"),
        ),
        (calling(local, "inherit"), None),
        (calling(remote, "\n      A: ${{ secrets.B }}"), None),
        (reading("secrets[format('{0}_PASSWORD', matrix.env)]"), None),
        (reading("secrets.OTHER"), None),
        (reading("toJSON(github.event)"), None),
    ] {
        let lib = "on: workflow_call\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: ./x '${{ toJSON(github) }}'\n";
        let tree = Tree::new([
            (CI, ci.as_str()),
            (".github/workflows/other.yml", other.as_str()),
            (".github/workflows/lib.yml", lib),
        ]);
        let plan = tree.plan("", Selection::default()).unwrap();
        assert_eq!(changed_paths(&plan), [CI], "{other}");
        let deleted = commands(&plan, "nothing uses any more");
        let withheld = commands(&plan, "only once it is known");
        match who {
            Some(who) => {
                assert_eq!(deleted, [""; 0], "{other}");
                assert_eq!(withheld.len(), 2, "{other}{withheld:?}");
                let is_it = |it: &String| it.starts_with("AWS_") && it.contains(who);
                assert!(withheld.iter().all(is_it), "{other}{withheld:?}");
            }
            None => {
                assert_eq!(deleted.len(), 2, "{other}");
                assert_eq!(withheld, [""; 0], "{other}");
            }
        }
    }
}
