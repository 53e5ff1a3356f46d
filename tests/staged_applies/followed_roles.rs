//! Jobs that an earlier run signed in as their keys did, and whose root modules lose their roles afterwards.

use std::path::Path;

use super::{CI, job};
use crate::support::{Tree, reviewed};
use engine::selection::Selection;

const SETTINGS: &str = "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\n\
    account \"shared\" { id = \"333333333333\" }\n";

/// A root module whose provider assumes a role.
fn root(id: &str) -> String {
    format!(
        "provider \"aws\" {{\n  version = \"~> 5.0\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/x\"\n  }}\n}}\n"
    )
}

/// Two root modules of two accounts, with these workflows and actions.
fn tree(files: &[(&str, &str)]) -> Tree {
    let (dev, live) = (root("111111111111"), root("222222222222"));
    let roots = [("dev/main.tf", &*dev), ("live/main.tf", &*live)];
    Tree::new(roots.into_iter().chain(files.iter().copied()))
}

fn applied(tree: &Tree, selection: Selection) -> Tree {
    tree.with(&tree.plan(SETTINGS, selection).unwrap())
}

fn only(transforms: &[&str], is_reviewed: bool) -> Selection {
    let all = match is_reviewed {
        true => reviewed(),
        false => Selection::default(),
    };
    Selection {
        only: transforms.iter().map(|it| (*it).to_owned()).collect(),
        ..all
    }
}

/// A job that signs in by a role and applies a root module.
fn signed_in(id: &str, role: &str, head: &str) -> String {
    format!(
        "  {id}:\n    runs-on: ubuntu-latest\n{head}    permissions:\n      id-token: write\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          role-to-assume: {role}\n          aws-region: eu-west-1\n      - run: terraform -chdir={id} apply\n"
    )
}

/// A job that runs these root modules, and what it does besides.
fn runs(roots: &[&str], more: &str) -> String {
    let runs: Vec<String> = roots
        .iter()
        .map(|root| format!("terraform -chdir={root} init && terraform -chdir={root} apply"))
        .chain((!more.is_empty()).then(|| more.to_owned()))
        .collect();
    job("a", "", &runs.join("\n      - run: "))
}

#[test]
fn a_sign_in_of_the_first_run_follows_the_roles_that_the_second_removes() {
    let (dev, live) = (root("111111111111"), root("222222222222"));
    let shared = "keys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\n";
    let matrix = job(
        "a",
        "    strategy: { matrix: { d: [dev, live] } }\n",
        "terraform init && terraform apply\n        working-directory: ${{ matrix.d }}",
    );
    for role in [
        "ci { role = \"arn:aws:iam::{id}:role/ci\" }\n",
        "ci { role = \"vars.{ACCOUNT}_ROLE\" }\n",
        "ci { role = \"vars.CI_ROLE\" }\n",
        "",
    ] {
        for answer in ["", shared] {
            for jobs in [
                runs(&["dev"], ""),
                runs(&["dev", "live"], ""),
                runs(&["dev"], "aws s3 ls"),
                runs(&["dev", "live"], "aws s3 ls"),
                matrix.clone(),
            ] {
                // A variable of each account says nothing of keys whose account is not known.
                if answer.is_empty() && role.contains("{ACCOUNT}") {
                    continue;
                }
                let settings = format!("{SETTINGS}{answer}{role}");
                let workflow = format!("on: push\njobs:\n{jobs}");
                let pipeline = "pipeline { stages { stage('x') { steps { dir('dev') { sh 'terraform apply' } } } } }\n";
                let tree = Tree::new([
                    (CI, &*workflow),
                    ("Jenkinsfile", pipeline),
                    ("dev/main.tf", &dev),
                    ("live/main.tf", &live),
                ]);
                let applied =
                    |tree: &Tree, selection| tree.with(&tree.plan(&settings, selection).unwrap());
                let at_once = applied(&tree, reviewed());
                let only = Selection {
                    only: ["workflow_oidc".to_owned()].into(),
                    ..reviewed()
                };
                // A name that is one account's alone tells it after any other run, too.
                let is_telling = role.contains("{id}") || role.contains("{ACCOUNT}");
                for first in [Selection::default(), only]
                    .into_iter()
                    .take(1 + usize::from(is_telling))
                {
                    let first = applied(&tree, first);
                    let second = applied(&first, reviewed());
                    assert_eq!(second.0, at_once.0, "{settings}{workflow}");
                    let third = applied(&second, reviewed());
                    assert_eq!(third.0, second.0, "{settings}{workflow}");
                }
            }
        }
    }
}

#[test]
fn a_role_that_a_person_wrote_is_not_changed() {
    let root = root("111111111111");
    let settings = format!("{SETTINGS}ci {{ role = \"arn:aws:iam::{{id}}:role/ci\" }}\n");
    for (own, is_kept) in [
        ("arn:aws:iam::333333333333:role/deploy", true),
        ("${{ vars.SHARED_ROLE }}", true),
        (
            "arn:aws:iam::333333333333:role/ci # tfkeyless: ignore[workflow_oidc]",
            true,
        ),
        ("arn:aws:iam::333333333333:role/ci", false),
    ] {
        let workflow = format!(
            "on: push\npermissions:\n  id-token: write\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v6\n        with:\n          role-to-assume: {own}\n          aws-region: eu-west-1\n      - run: terraform init && terraform apply\n        working-directory: dev\n"
        );
        let tree = Tree::new([(CI, &*workflow), ("dev/main.tf", &root)]);
        let applied = |selection| tree.with(&tree.plan(&settings, selection).unwrap());
        let workflow_of = |tree: Tree| tree.0[Path::new(CI)].clone();
        assert_eq!(workflow_of(applied(Selection::default())), workflow);
        let after = workflow_of(applied(reviewed()));
        assert_eq!(after == workflow, is_kept, "{after}");
    }
}

#[test]
fn one_variable_is_no_role_of_two_accounts() {
    let own = "${{ vars.AWS_OIDC_ROLE_ARN }}";
    let other = "${{ vars.DEPLOY_ROLE }}";
    let (dev, live) = ("    environment: dev\n", "    environment: live\n");
    let (of_dev, of_live) = (
        "${{ vars.DEV_AWS_OIDC_ROLE_ARN }}",
        "${{ vars.LIVE_AWS_OIDC_ROLE_ARN }}",
    );
    for (roles, heads, expected, loses) in [
        ([own, own], ["", ""], [of_dev, of_live], true),
        ([own, of_live], ["", ""], [of_dev, of_live], true),
        // Somebody wrote it so: it stays, and so do the roles that it could not serve.
        ([other, other], ["", ""], [other, other], false),
        // Each of these may be of its account.
        (
            [other, "${{ vars.LIVE_ROLE }}"],
            ["", ""],
            [other, "${{ vars.LIVE_ROLE }}"],
            true,
        ),
        ([other, other], [dev, live], [other, other], true),
        ([other, other], [dev, dev], [other, other], false),
    ] {
        let jobs = ["dev", "live"].iter().zip(roles).zip(heads);
        let jobs = jobs.map(|((id, role), head)| signed_in(id, role, head));
        let workflow = format!("on: push\njobs:\n{}", jobs.collect::<String>());
        let tree = tree(&[(CI, &workflow)]);
        assert_eq!(applied(&tree, Selection::default()).0, tree.0, "{workflow}");
        let after = applied(&tree, reviewed());
        assert_eq!(super::roles(&after), expected, "{workflow}");
        for root in ["dev/main.tf", "live/main.tf"] {
            let has_role = after.0[Path::new(root)].contains("assume_role");
            assert_eq!(has_role, !loses, "{root}{workflow}");
        }
        assert_eq!(applied(&after, reviewed()).0, after.0, "{workflow}");
    }
}

#[test]
fn a_role_of_several_jobs_is_named_with_its_jobs() {
    let role = "${{ vars.DEPLOY_ROLE }}";
    let jobs = signed_in("dev", role, "") + &signed_in("live", role, "");
    let tree = tree(&[(CI, &format!("on: push\njobs:\n{jobs}"))]);
    let plan = tree.plan(SETTINGS, reviewed()).unwrap();
    let messages: Vec<&str> = plan.findings.iter().map(|it| &*it.message).collect();
    let expected = "keeps its role in account 111111111111 (dev): job dev (.github/workflows/ci.yml:8) runs it as the \
                    role `vars.DEPLOY_ROLE`, shared with job live (.github/workflows/ci.yml:18), which runs `live`, \
                    which is in account 222222222222 (live)";
    assert!(messages.contains(&expected), "{messages:#?}");
}

#[test]
fn guards_that_an_earlier_run_wrote_tell_the_accounts_of_jobs() {
    let both = runs(&["dev", "live"], "");
    let matrix = job(
        "a",
        "    strategy: { matrix: { d: [dev, live] } }\n",
        "terraform init && terraform apply\n        working-directory: ${{ matrix.d }}",
    );
    let apply =
        |root: &str| format!("terraform -chdir={root} init && terraform -chdir={root} apply");
    let two = job("a", "", &apply("dev")) + &job("b", "", &apply("live"));
    for jobs in [runs(&["dev"], ""), both, matrix, two] {
        let tree = tree(&[(CI, &format!("on: push\njobs:\n{jobs}"))]);
        let at_once = applied(&tree, Selection::default());
        let first = applied(&tree, only(&["remove_assume_role", "account_guard"], true));
        assert_ne!(first.0, tree.0, "{jobs}");
        assert_eq!(applied(&first, Selection::default()).0, at_once.0, "{jobs}");
    }
}

#[test]
fn a_job_that_is_signed_in_alone_follows_afterwards() {
    let action = "name: tf\ninputs:\n  id: { required: true }\n  secret: { required: true }\n  dir: { required: true }\nruns:\n  using: composite\n  steps:\n    - uses: aws-actions/configure-aws-credentials@v4\n      with:\n        aws-access-key-id: ${{ inputs.id }}\n        aws-secret-access-key: ${{ inputs.secret }}\n        aws-region: eu-west-1\n    - shell: bash\n      run: terraform init && terraform apply\n      working-directory: ${{ inputs.dir }}\n";
    let used = |dir: &str| {
        format!(
            "      - uses: ./.github/actions/tf\n        with:\n          id: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n          secret: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n          dir: {dir}\n"
        )
    };
    let using = |id: &str, dirs: &[&str]| {
        let steps: String = dirs.iter().map(|dir| used(dir)).collect();
        format!(
            "  {id}:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: read\n    steps:\n      - uses: actions/checkout@v4\n{steps}"
        )
    };
    for jobs in [
        using("a", &["dev"]),
        using("a", &["dev"]) + &using("b", &["live"]),
        // One action signs in as its keys did wherever it is used: the roles stay.
        using("a", &["dev", "live"]),
    ] {
        let tree = tree(&[
            (".github/actions/tf/action.yml", action),
            (CI, &format!("on: push\njobs:\n{jobs}")),
        ]);
        let at_once = applied(&tree, reviewed());
        assert_eq!(applied(&at_once, reviewed()).0, at_once.0, "{jobs}");
        let first = applied(&tree, only(&["workflow_oidc"], false));
        assert_ne!(first.0, tree.0, "{jobs}");
        assert_eq!(applied(&first, reviewed()).0, at_once.0, "{jobs}");
    }
}

#[test]
fn keys_of_a_workflow_and_of_a_step_are_one_sign_in() {
    let env = |indent: &str| {
        format!(
            "{indent}env:\n{indent}  AWS_ACCESS_KEY_ID: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n{indent}  AWS_SECRET_ACCESS_KEY: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n{indent}  AWS_REGION: eu-west-1\n"
        )
    };
    let step = |root: &str, own: &str| format!("      - run: terraform -chdir={root} apply\n{own}");
    let own = env("        ");
    for (steps, roles, loses) in [
        (step("dev", &own), vec!["AWS_OIDC_ROLE_ARN"], true),
        (
            step("dev", &own) + &step("live", ""),
            vec!["DEV_AWS_OIDC_ROLE_ARN", "LIVE_AWS_OIDC_ROLE_ARN"],
            true,
        ),
        // The other command needs the account of the keys.
        (
            step("dev", &own) + "      - run: aws s3 ls\n",
            vec!["AWS_OIDC_ROLE_ARN"],
            false,
        ),
    ] {
        let workflow = format!(
            "on: push\n{}permissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n{steps}",
            env("")
        );
        let tree = tree(&[(CI, &workflow)]);
        let after = applied(&tree, Selection::default());
        let expected = roles.iter().map(|name| format!("${{{{ vars.{name} }}}}"));
        let expected: Vec<String> = expected.collect();
        assert_eq!(super::roles(&after), expected, "{workflow}");
        let text = &after.0[Path::new(CI)];
        assert!(!text.contains("secrets."), "{text}");
        let has_role = after.0[Path::new("dev/main.tf")].contains("assume_role");
        assert_eq!(has_role, !loses, "{text}");
        assert_eq!(
            applied(&after, reviewed()).0,
            applied(&tree, reviewed()).0,
            "{text}"
        );
        assert_eq!(applied(&after, Selection::default()).0, after.0, "{text}");
    }
}
