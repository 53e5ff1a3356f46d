//! Comments that keep a place from the audit and from a plan.

use super::{ROLE, SHARED_ENV, finds, found};
use crate::support::checkout::Checkout;

/// One of each, each kept by a comment.
fn kept() -> Checkout {
    let workflow = SHARED_ENV
        .replace(
            "env:\n",
            "env:\n  # tfkeyless: ignore[workflow_oidc] until spring\n",
        )
        .replace(
            "secrets.ID }}",
            "secrets.ID }} # tfkeyless: ignore[workflow_oidc] until spring",
        );
    let role = ROLE.replace(
        "  assume_role {",
        "  # tfkeyless: ignore[remove_assume_role] break glass\n  assume_role {",
    );
    Checkout::committed(&[
        (
            "tfkeyless.hcl",
            "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\nmodule_source \"zips\" {\n  repository = \"github.com/a/b\"\n  ref = \"v1\"\n}\n",
        ),
        (".github/workflows/ci.yml", &workflow),
        (
            "deploy.sh",
            "# tfkeyless: ignore[workflow_oidc] gone soon\nexport AWS_ACCESS_KEY_ID=$ID\n",
        ),
        ("role/main.tf", &role),
        (
            "role/terragrunt.hcl",
            "# tfkeyless: ignore[remove_assume_role] x\niam_role = \"arn:aws:iam::111111111111:role/x\"\n",
        ),
        (
            "role/x.tf.json",
            "{\"provider\": {\"aws\": {\"alias\": \"j\",\n\"//\": \"tfkeyless: ignore[remove_assume_role] x\",\n\"assume_role\": {\"role_arn\": \"arn:aws:iam::111111111111:role/x\"}}}}\n",
        ),
        (
            "keys/main.tf",
            "variable \"id\" {}\n\nprovider \"aws\" {\n  access_key = var.id // tfkeyless: ignore[remove_static_keys] x\n}\n\nmodule \"m\" {\n  # tfkeyless: ignore[github_module_source] x\n  source = \"s3::https://s3.amazonaws.com/zips/a.zip\"\n}\n\ndata \"terraform_remote_state\" \"s\" {\n  backend = \"s3\"\n  config = {\n    # tfkeyless: ignore[remove_static_keys] x\n    access_key = var.id\n  }\n}\n",
        ),
        (
            "state/main.tf",
            "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n    # tfkeyless: ignore[remove_static_keys] x\n    access_key = \"AKIA1111111111111111\"\n  }\n}\n",
        ),
    ])
}

#[test]
fn a_comment_keeps_its_place_from_audit_and_plan() {
    let kept = kept();
    let audit = kept.run(&["audit"]);
    assert_eq!(found(&audit), Vec::<&str>::new());
    audit.code(0);
    let plan = kept.run(&["plan", "--review"]).code(0);
    assert_eq!(plan.stdout, "");
    let plan = plan
        .says("\n  role/main.tf:2 has an ignore comment: ignore[remove_assume_role]\n")
        .says("job a stays on static keys: a comment says so\n")
        .says("= note: job b stays on static keys, too\n")
        .says("\n  keys/main.tf:4 has an ignore comment: ignore[remove_static_keys]\n");
    for said in [
        "]: provider \"aws\" ",
        "module \"m\"",
        "remote_state.s ",
        "Terragrunt assumes",
        "the line passes",
    ] {
        assert!(!plan.stderr.contains(said), "{said}: {}", plan.stderr);
    }
}

/// That each of these comments matters: without them all is found, and changes.
#[test]
fn without_the_comments_all_is_found() {
    let kept = kept();
    for (path, text) in kept.files() {
        let lines = text.lines().filter(|line| {
            !line.trim_start().starts_with(['#', '"']) || line.contains("assume_role\": {")
        });
        let text: String = lines
            .map(|line| {
                line.split(" # tf")
                    .next()
                    .unwrap()
                    .split(" // tf")
                    .next()
                    .unwrap()
                    .to_owned()
                    + "\n"
            })
            .collect();
        kept.write(path.to_str().unwrap(), &text);
    }
    kept.write("role/x.tf.json", "{\"provider\": {\"aws\": {\"alias\": \"j\",\n\"assume_role\": {\"role_arn\": \"arn:aws:iam::111111111111:role/x\"}}}}\n");
    let audit = kept.run(&["audit"]).code(1);
    assert_eq!(found(&audit).len(), 10, "{}", audit.stdout);
}

#[test]
fn a_comment_without_use_is_found() {
    finds(
        &[
            (
                "main.tf",
                "# tfkeyless: ignore[remove_assume_role] long gone\nprovider \"aws\" {}\n\nlocals {} # tfkeyless: ignore\n",
            ),
            (
                "plain.tf",
                "locals {} // tfkeyless: ignore[bump_provider, remove_assume_role] x\nlocals {} // tfkeyless: ignore[bump_providers] x\n",
            ),
            ("a.sh", "\n# tfkeyless: ignore[workflow_oidc] x\ntrue\n"),
            (
                ".github/workflows/ci.yml",
                "on: push # tfkeyless: ignore[workflow_oidc] x\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: ./act\n      - run: terraform init\n",
            ),
            (
                "act/action.yml",
                "name: x # tfkeyless: ignore[workflow_oidc] x\nruns:\n  using: composite\n  steps: []\n",
            ),
        ],
        &[
            ".github/workflows/ci.yml:1:12: error[ignore]: the comment ignores workflow_oidc without need: there is nothing on its line or the next",
            "a.sh:2:3: error[ignore]: the comment ignores workflow_oidc without need: there is nothing on its line or the next",
            "act/action.yml:1:11: error[ignore]: the comment ignores workflow_oidc without need: there is nothing on its line or the next",
            "main.tf:1:3: error[ignore]: the comment ignores remove_assume_role without need: there is nothing on its line or the next",
            "main.tf:4:13: error[ignore]: the comment ignores nothing: it names no transform",
            "plain.tf:1:14: error[ignore]: the comment ignores remove_assume_role without need: there is nothing on its line or the next",
            "plain.tf:2:14: error[ignore]: the comment ignores nothing: unknown transform `bump_providers`; did you mean `bump_provider`?",
        ],
    );
}

#[test]
fn a_comment_keeps_no_more_than_its_place() {
    let text = "provider \"aws\" {\n  # tfkeyless: ignore[remove_assume_role] x\n  assume_role {\n    \
                role_arn = \"x\"\n  }\n}\n\nprovider \"aws\" {\n  alias = \"b\"\n  access_key = \"AKIA1111111111111111\" \
                # tfkeyless: ignore[remove_assume_role] x\n  assume_role {\n    role_arn = \"x\"\n  }\n  \
                assume_role {\n    role_arn = \"y\"\n  }\n}\n";
    finds(
        &[("main.tf", text)],
        &[
            "main.tf:10:3: error[remove_static_keys]: provider \"aws.b\" has `access_key`",
            "main.tf:14:3: error[remove_assume_role]: provider \"aws.b\" assumes a role",
        ],
    );
}
