//! The generated policies, proved: every call of the migrated jobs and laptops is allowed, foreign
//! ones are denied, and no statement is idle.

mod evaluator;
mod plan_role;

use evaluator::{Call, World, add_roles, of_json};

use crate::support::checkout::Checkout;

const WORLD: &str = r#"state_profile = "shared"
account "dev" { id = "111111111111" }
account "live" { id = "222222222222" }
account "shared" { id = "333333333333" }
sso {
  start_url = "https://example.awsapps.com/start"
  region    = "eu-west-1"
  role_name = "Admin"
}
"#;
const ISSUER: &str = "token.actions.githubusercontent.com";
const KEY: &str = "arn:aws:kms:eu-west-1:333333333333:key/11111111-2222-3333-4444-555555555555";
const STATE: &str = "arn:aws:s3:::states/app.tfstate";
const BUCKET: &str = "arn:aws:s3:::states";
const TABLE: &str = "arn:aws:dynamodb:eu-west-1:333333333333:table/locks";
const STATE_ROLE: &str = "arn:aws:iam::333333333333:role/terraform-state";
const CI: &str = "arn:aws:iam::111111111111:role/github-ci";
/// A session of a person of dev, as `aws:PrincipalArn` has it.
const PERSON: &str = "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef";
const SUBJECT: &str = "repo:o/r:ref:refs/heads/main";

/// A repository whose one job runs its root module with static keys.
fn repository(backend: &str, more: &str, config: &str) -> Checkout {
    let main = format!(
        "terraform {{\n  required_version = \">= 1.11\"\n  backend \"s3\" {{\n    bucket = \"states\"\n    key    = \"app.tfstate\"\n    region = \"eu-west-1\"\n{backend}  }}\n}}\nprovider \"aws\" {{\n  assume_role {{\n    role_arn = \"arn:aws:iam::111111111111:role/terraform\"\n  }}\n}}\n{more}"
    );
    let ci = "on:\n  push:\n    branches: [main]\njobs:\n  apply:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          aws-region: eu-west-1\n      - run: terraform init\n      - run: terraform apply\n";
    Checkout::committed(&[
        ("tfkeyless.hcl", &format!("{WORLD}{config}")),
        ("main.tf", &main),
        (".github/workflows/ci.yml", ci),
    ])
}

fn generated(checkout: &Checkout, arguments: &[&str]) -> String {
    checkout
        .run(&[&["generate"], arguments].concat())
        .code(0)
        .stdout
}

/// The world with the roles of jobs, and people who may do everything their account lets them.
fn with_job_roles(checkout: &Checkout) -> World {
    let mut world = World::default();
    let text = generated(checkout, &["oidc-role", "--plain", "--repository", "o/r"]);
    add_roles(&mut world, &text, "111111111111");
    world
}

/// People are administrators of their account: that policy is not generated.
fn as_person(world: &World) -> World {
    let mut world = world.clone();
    let all = evaluator::Statement {
        actions: vec!["*".to_owned()],
        resources: vec!["*".to_owned()],
        ..evaluator::Statement::default()
    };
    world.identity.insert(PERSON.to_owned(), vec![all]);
    world
}

fn web(role: &str, issuer: &str, aud: &'static str, sub: &str) -> Call {
    Call {
        action: "sts:AssumeRoleWithWebIdentity",
        resource: role.to_owned(),
        token: Some((issuer.to_owned(), aud, sub.to_owned())),
        ..Call::default()
    }
}

fn call(caller: &str, action: &'static str, resource: &str) -> Call {
    Call {
        caller: caller.to_owned(),
        action,
        resource: resource.to_owned(),
        ..Call::default()
    }
}

/// Reading and writing a state with its lock beside it.
fn state_calls(caller: &str, with_key: bool) -> Vec<Call> {
    let mut calls = vec![
        call(caller, "s3:ListBucket", BUCKET),
        call(caller, "s3:GetObject", STATE),
        call(caller, "s3:PutObject", STATE),
        call(caller, "s3:PutObject", &format!("{STATE}.tflock")),
        call(caller, "s3:DeleteObject", &format!("{STATE}.tflock")),
    ];
    if with_key {
        calls.push(call(caller, "kms:Decrypt", KEY));
        calls.push(call(caller, "kms:GenerateDataKey", KEY));
    }
    calls
}

/// Every call is made, foreign tokens and callers get nothing, and each statement is needed by a call.
fn prove(world: &World, calls: &[Call], roles: &[&str]) {
    let allows = |world: &World, call: &Call| as_person(world).allows(call);
    for call in calls {
        assert!(allows(world, call), "denied: {call:?} in {world:#?}");
    }
    let foreign = [
        "repo:o/r:pull_request",
        "repo:o/r:ref:refs/heads/other",
        "repo:o/other:ref:refs/heads/main",
        "repo:other/r:ref:refs/heads/main",
        "repo:o/r:ref:refs/heads/main/more",
        "repo:o/r:environment:live",
    ];
    for sub in foreign {
        let call = web(CI, ISSUER, "sts.amazonaws.com", sub);
        assert!(!allows(world, &call), "{sub}");
    }
    assert!(!allows(world, &web(CI, ISSUER, "sts.other", SUBJECT)));
    assert!(!allows(
        world,
        &web(CI, "gitlab.example", "sts.amazonaws.com", SUBJECT)
    ));
    for role in roles {
        for caller in [
            "arn:aws:iam::111111111111:role/other",
            "arn:aws:iam::444444444444:role/github-ci",
            "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_ReadOnly_0",
        ] {
            let mut other = as_person(world);
            let all = other.identity[PERSON].clone();
            other.identity.insert(caller.to_owned(), all);
            let foreign = call(caller, "sts:AssumeRole", role);
            assert!(!other.allows(&foreign), "{foreign:?}");
        }
    }
    let statements = world.statements();
    assert!(statements.len() >= 2, "{statements:?}");
    for statement in statements {
        let less = world.without(&statement);
        let denied = calls.iter().any(|call| !allows(&less, call));
        assert!(denied, "idle: {statement:?}");
    }
}

#[test]
fn a_chained_role_reaches_the_state_its_table_and_its_key() {
    let backend = format!("    dynamodb_table = \"locks\"\n    kms_key_id = \"{KEY}\"\n");
    let checkout = repository(&backend, "", "");
    let mut world = with_job_roles(&checkout);
    add_roles(
        &mut world,
        &generated(&checkout, &["state-role"]),
        "333333333333",
    );
    let owner = || ("333333333333".to_owned(), Vec::new());
    world.owned.insert(BUCKET.to_owned(), owner());
    world.owned.insert(KEY.to_owned(), owner());
    let mut calls = vec![
        web(CI, ISSUER, "sts.amazonaws.com", SUBJECT),
        call(CI, "sts:AssumeRole", STATE_ROLE),
        call(STATE_ROLE, "dynamodb:PutItem", TABLE),
        call(STATE_ROLE, "dynamodb:GetItem", TABLE),
        call(STATE_ROLE, "dynamodb:DeleteItem", TABLE),
    ];
    calls.extend(state_calls(STATE_ROLE, true));
    prove(&world, &calls, &[STATE_ROLE]);
}

#[test]
fn a_second_sign_in_reaches_the_state_by_the_subjects_of_the_jobs() {
    let config = "ci { state_access = \"second_login\" }\n";
    let checkout = repository("    dynamodb_table = \"locks\"\n", "", config);
    let mut world = with_job_roles(&checkout);
    let state = generated(&checkout, &["state-role", "--repository", "o/r"]);
    add_roles(&mut world, &state, "333333333333");
    world
        .owned
        .insert(BUCKET.to_owned(), ("333333333333".to_owned(), Vec::new()));
    let mut calls = vec![
        web(CI, ISSUER, "sts.amazonaws.com", SUBJECT),
        web(STATE_ROLE, ISSUER, "sts.amazonaws.com", SUBJECT),
        call(STATE_ROLE, "dynamodb:PutItem", TABLE),
    ];
    calls.extend(state_calls(STATE_ROLE, false));
    prove(&world, &calls, &[STATE_ROLE]);
    let other = web(
        STATE_ROLE,
        ISSUER,
        "sts.amazonaws.com",
        "repo:o/r:pull_request",
    );
    assert!(!world.allows(&other));
}

#[test]
fn a_lock_file_and_the_policies_of_bucket_and_key_do_without_a_state_role() {
    let backend = format!("    use_lockfile = true\n    kms_key_id = \"{KEY}\"\n");
    let checkout = repository(&backend, "", "ci { state_access = \"lockfile\" }\n");
    let mut world = with_job_roles(&checkout);
    for (name, kind) in [(BUCKET, "bucket-policy"), (KEY, "key-policy")] {
        let policy = of_json(&generated(&checkout, &[kind]));
        world
            .owned
            .insert(name.to_owned(), ("333333333333".to_owned(), policy));
    }
    let mut calls = vec![web(CI, ISSUER, "sts.amazonaws.com", SUBJECT)];
    calls.extend(state_calls(CI, true));
    calls.extend(state_calls(PERSON, true));
    prove(&world, &calls, &[]);
    for call in state_calls("arn:aws:iam::444444444444:role/github-ci", true) {
        assert!(!world.allows(&call), "{call:?}");
    }
}

#[test]
fn roles_that_stay_are_assumed_by_jobs_and_people() {
    let backend =
        "    assume_role = {\n      role_arn = \"arn:aws:iam::333333333333:role/state\"\n    }\n";
    let dns = "locals {\n  dns = \"333333333333\"\n}\nprovider \"aws\" {\n  alias = \"dns\"\n  assume_role {\n    role_arn = \"arn:aws:iam::${local.dns}:role/jump\"\n  }\n  assume_role {\n    role_arn = \"arn:aws:iam::555555555555:role/dns\"\n  }\n}\n";
    let checkout = repository(backend, dns, "");
    let mut world = with_job_roles(&checkout);
    let (state, jump, last) = (
        "arn:aws:iam::333333333333:role/state",
        "arn:aws:iam::333333333333:role/jump",
        "arn:aws:iam::555555555555:role/dns",
    );
    for role in [state, jump, last] {
        let statement = generated(&checkout, &["trust", "--role", role]);
        world.trust.insert(role.to_owned(), of_json(&statement));
    }
    // What the first role of the chain may do is its own, and there before.
    let mut calls = vec![web(CI, ISSUER, "sts.amazonaws.com", SUBJECT)];
    for caller in [CI, PERSON] {
        calls.extend([state, jump].map(|role| call(caller, "sts:AssumeRole", role)));
    }
    assert!(!world.allows(&call(CI, "sts:AssumeRole", last)));
    let trusted = &world.trust[last][0].conditions[0].2;
    assert_eq!(trusted, &[jump]);
    let table = generated(&checkout, &["trust"]);
    for wanted in [
        "arn:aws:iam::333333333333:role/state\n  assumed by  main.tf:8: the S3 backend\n",
        "  assumed by  main.tf:22: provider \"aws.dns\"\n",
        "  caller      arn:aws:iam::333333333333:role/jump, the role before it\n",
        "  caller      AWSReservedSSO_Admin_*, people of account 111111111111 (dev)\n",
    ] {
        assert!(table.contains(wanted), "{wanted}: {table}");
    }
    world.trust.remove(last);
    prove(&world, &calls, &[state, jump]);
}

/// What is set of a session asks for rights of its own, of the caller's policy and of the role's trust policy.
#[test]
fn tags_and_a_source_identity_of_a_session_are_allowed_where_they_are_set() {
    const ASSUME: &str = "sts:AssumeRole";
    const IDENTITY: &str = "sts:SetSourceIdentity";
    const TAGS: &str = "sts:TagSession";
    let role = |id: &str, name: &str| format!("arn:aws:iam::{id}:role/{name}");
    let (state, dns) = (role("333333333333", "state"), role("555555555555", "dns"));
    let all: &[&str] = &[IDENTITY, TAGS];
    for (settings, rights) in [
        ("", &[][..]),
        ("tags = {}", &[]),
        ("tags = { team = \"a\" }", &[TAGS]),
        ("transitive_tag_keys = [\"team\"]", &[TAGS]),
        ("source_identity = \"ci\"", &[IDENTITY]),
        ("source_identity = \"ci\"\n    tags = { team = \"a\" }", all),
    ] {
        let arn = format!("role_arn = \"{state}\"");
        let backend = format!("    assume_role = {{\n    {arn}\n    {settings}\n    }}\n");
        let more = format!(
            "provider \"aws\" {{\n  alias = \"dns\"\n  assume_role {{\n    role_arn = \"{dns}\"\n    external_id = \"x\"\n    {settings}\n  }}\n}}\n"
        );
        let checkout = repository(&backend, &more, "");
        let mut world = with_job_roles(&checkout);
        for role in [&state, &dns] {
            let statement = generated(&checkout, &["trust", "--role", role]);
            world.trust.insert(role.clone(), of_json(&statement));
            let hcl = generated(&checkout, &["trust", "--role", role, "--format", "hcl"]);
            for right in [IDENTITY, TAGS] {
                assert_eq!(
                    hcl.contains(right),
                    rights.contains(&right),
                    "{settings}: {hcl}"
                );
            }
        }
        for role in [&state, &dns] {
            assert!(world.allows(&call(CI, ASSUME, role)), "{settings}");
            for right in [IDENTITY, TAGS] {
                let is_allowed = world.allows(&call(CI, right, role));
                assert_eq!(
                    is_allowed,
                    rights.contains(&right),
                    "{settings} {right} {role}"
                );
            }
        }
    }
}

/// A source identity goes on along a chain: the next role has to admit it, too.
#[test]
fn a_source_identity_goes_on_to_the_next_role_of_a_chain() {
    let dns = "provider \"aws\" {\n  alias = \"dns\"\n  assume_role {\n    role_arn = \"arn:aws:iam::333333333333:role/jump\"\n    source_identity = \"ci\"\n  }\n  assume_role {\n    role_arn = \"arn:aws:iam::555555555555:role/dns\"\n  }\n}\n";
    let checkout = repository("", dns, "");
    for role in ["jump", "dns"] {
        let statement = generated(&checkout, &["trust", "--role", role]);
        assert!(statement.contains("sts:SetSourceIdentity"), "{statement}");
    }
}

/// A role that a command of the configuration assumes has new callers like that of a provider.
#[test]
fn roles_that_commands_assume_admit_the_new_callers() {
    let role = "arn:aws:iam::111111111111:role/eks-admin";
    let plugin = |role: &str| {
        format!(
            "provider \"kubernetes\" {{\n  exec {{\n    command = \"aws\"\n    args = [\"eks\", \"get-token\", \"--role-arn\", {role}]\n  }}\n}}\n"
        )
    };
    let local = format!(
        "resource \"null_resource\" \"x\" {{\n  provisioner \"local-exec\" {{\n    command = \"aws sts assume-role --role-arn {role} --role-session-name x\"\n  }}\n}}\n"
    );
    let external = format!(
        "data \"external\" \"x\" {{\n  program = [\"aws\", \"eks\", \"get-token\", \"--role-arn\", \"{role}\"]\n}}\n"
    );
    // A command may use the account of the keys: without the answer no account of the jobs is known.
    for (text, what) in [
        (plugin(&format!("\"{role}\"")), "provider \"kubernetes\""),
        (local, "null_resource.x"),
        (external, "data.external.x"),
        (
            format!("provider \"opensearch\" {{\n  aws_assume_role_arn = \"{role}\"\n}}\n"),
            "provider \"opensearch\"",
        ),
        (
            format!(
                "provider \"awscc\" {{\n  alias = \"r\"\n  assume_role = {{ role_arn = \"{role}\" }}\n}}\n"
            ),
            "provider \"awscc.r\"",
        ),
    ] {
        let checkout = repository(
            "    use_lockfile = true\n",
            &text,
            "ci { state_access = \"lockfile\" }\nkeys \"AWS_ACCESS_KEY_ID\" { account = \"dev\" }\n",
        );
        let mut world = with_job_roles(&checkout);
        let statement = generated(&checkout, &["trust", "--role", "eks-admin"]);
        world.trust.insert(role.to_owned(), of_json(&statement));
        for caller in [CI, PERSON] {
            let call = call(caller, "sts:AssumeRole", role);
            assert!(as_person(&world).allows(&call), "{text}: {call:?}");
        }
        let table = generated(&checkout, &["trust"]);
        let row = format!("{role}\n  assumed by  main.tf:");
        assert!(table.contains(&row) && table.contains(what), "{table}");
        let steps = checkout.run(&["plan", "--next-steps"]).stderr;
        let before = steps.split("After the merge").next().unwrap_or_default();
        let before = before.split("Before the merge").nth(1).unwrap_or_default();
        assert!(before.contains(role), "{steps}");
    }
    // A role that only names know, and commands without one.
    let checkout = repository("", &plugin("var.admin"), "");
    let table = generated(&checkout, &["trust"]);
    assert!(
        table.contains("the role of provider \"kubernetes\" in main.tf"),
        "{table}"
    );
    for none in [
        plugin("\"x\"").replace("\"--role-arn\"", "\"--cluster-name\""),
        "provider \"awscc\" {\n  region = \"eu-west-1\"\n}\n".to_owned(),
        format!(
            "provider \"opensearch\" {{\n  aws_profile = \"x\"\n  aws_assume_role_arn = \"{role}\"\n}}\n"
        ),
        "provider \"opensearch\" {\n  aws_assume_role_arn = \"\"\n}\n".to_owned(),
    ] {
        let checkout = repository("", &none, "");
        let table = generated(&checkout, &["trust"]);
        let names = ["kubernetes", "awscc", "opensearch", "eks-admin"];
        assert!(
            !names.iter().any(|it| table.contains(it)),
            "{none}: {table}"
        );
    }
}

/// A role that a command gives the backend is one of the backend.
#[test]
fn a_role_that_init_is_given_admits_the_new_callers() {
    let checkout = repository("", "", "");
    let role = "arn:aws:iam::333333333333:role/state";
    let table = generated(&checkout, &["trust"]);
    assert!(!table.contains(role), "{table}");
    let ci = checkout.read(".github/workflows/ci.yml");
    let init = format!("terraform init -backend-config=role_arn={role}");
    checkout.write(
        ".github/workflows/ci.yml",
        &ci.replace("terraform init", &init),
    );
    let table = generated(&checkout, &["trust", "--role", "state"]);
    assert!(table.contains(CI), "{table}");
    let roles = generated(&checkout, &["oidc-role", "--plain", "--repository", "o/r"]);
    assert!(roles.contains(&format!("\"{role}\"")), "{roles}");
}

/// Two root modules whose states are in buckets of two accounts, and a third state that one reads.
fn two_states() -> Checkout {
    let root = |bucket: &str, id: &str, more: &str| {
        format!(
            "terraform {{\n  required_version = \">= 1.11\"\n  backend \"s3\" {{\n    bucket = \"{bucket}\"\n    key    = \"k\"\n    region = \"eu-west-1\"\n  }}\n}}\nprovider \"aws\" {{\n  region = \"eu-west-1\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{id}:role/deploy\"\n  }}\n}}\n{more}"
        )
    };
    let dns = "provider \"aws\" {\n  alias  = \"dns\"\n  region = \"eu-west-1\"\n  assume_role {\n    role_arn    = \"arn:aws:iam::222222222222:role/dns\"\n    external_id = \"x\"\n  }\n}\n";
    let reads = "data \"terraform_remote_state\" \"dev\" {\n  backend = \"s3\"\n  config = {\n    bucket = \"states\"\n    key    = \"k\"\n  }\n}\n";
    let ci = "on:\n  push:\n    branches: [main]\njobs:\n  apply:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: read\n    strategy:\n      matrix:\n        env: [dev, live]\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n      AWS_REGION: eu-west-1\n    defaults: { run: { working-directory: \"envs/${{ matrix.env }}\" } }\n    steps:\n      - uses: actions/checkout@v4\n      - run: terraform init\n      - run: terraform apply\n";
    Checkout::committed(&[
        (
            "tfkeyless.hcl",
            "state_profile = \"shared\"\nstate_bucket \"live-states\" { profile = \"live\" }\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\nkeys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\nci { role = \"arn:aws:iam::{id}:role/github-ci\" }\n",
        ),
        ("envs/dev/main.tf", &root("states", "111111111111", dns)),
        (
            "envs/live/main.tf",
            &root("live-states", "222222222222", reads),
        ),
        (".github/workflows/ci.yml", ci),
    ])
}

#[test]
fn each_account_with_states_has_a_role_for_those_who_reach_them() {
    let checkout = two_states();
    let role = |id: &str, name: &str| format!("arn:aws:iam::{id}:role/{name}");
    let (dev, live) = (
        role("111111111111", "github-ci"),
        role("222222222222", "github-ci"),
    );
    let shared_state = role("333333333333", "terraform-state");
    let live_state = role("222222222222", "terraform-state");
    let text = generated(&checkout, &["oidc-role", "--plain", "--repository", "o/r"]);
    let sections: Vec<&str> = text.split("# For account ").skip(1).collect();
    assert_eq!(sections.len(), 2, "{text}");
    let reaches = |section: usize, what: &str| sections[section].contains(&format!("\"{what}\""));
    assert!(
        reaches(0, &shared_state) && reaches(1, &live_state),
        "{text}"
    );
    assert!(!reaches(1, &shared_state), "{text}");
    // With review `aws.dns` takes the profile that the state in the live account is reached by.
    assert!(reaches(0, &live_state), "{text}");
    // The role that stays is that of the job which runs its root module.
    let dns = role("222222222222", "dns");
    assert!(reaches(0, &dns) && !reaches(1, &dns), "{text}");
    let trust = generated(&checkout, &["trust", "--role", "dns"]);
    assert!(trust.contains(&dev) && !trust.contains(&live), "{trust}");
    // Only the root module in the live account reads the state of the other.
    let bucket = "arn:aws:s3:::states/*";
    assert!(!reaches(0, bucket) && reaches(1, bucket), "{text}");

    let text = generated(&checkout, &["state-role"]);
    let sections: Vec<&str> = text.split("# For account ").skip(1).collect();
    assert_eq!(sections.len(), 2, "{text}");
    for (section, account, bucket, callers) in [
        (0, "333333333333 (shared)", "states", vec![&dev]),
        (1, "222222222222 (live)", "live-states", vec![&dev, &live]),
    ] {
        let text = sections[section];
        assert!(text.starts_with(account), "{text}");
        let roles: Vec<&str> = text
            .lines()
            .filter(|it| it.contains(":role/"))
            .map(str::trim)
            .collect();
        let callers: Vec<String> = callers.iter().map(|it| format!("\"{it}\",")).collect();
        assert_eq!(roles, callers, "{text}");
        let buckets = text
            .lines()
            .filter(|it| it.contains("s3:::"))
            .map(str::trim);
        let of_bucket = ["", "/*"].map(|end| format!("\"arn:aws:s3:::{bucket}{end}\","));
        assert_eq!(buckets.collect::<Vec<_>>(), of_bucket, "{text}");
    }
}

#[test]
fn next_steps_name_the_roles_that_are_generated_and_who_has_to_reach_a_state() {
    let checkout = two_states();
    let steps = checkout
        .run(&["plan", "--next-steps", "--no-pager"])
        .code(0);
    let text = format!("{}{}", steps.stdout, steps.stderr);
    for line in [
        "tfkeyless generate oidc-role",
        "tfkeyless generate state-role",
        "tfkeyless generate bucket-policy --bucket states",
        "gh variable set TF_STATE_ROLE_ARN --body arn:aws:iam::333333333333:role/terraform-state",
        "gh variable set TF_LIVE_ROLE_ARN --body arn:aws:iam::222222222222:role/terraform-state",
    ] {
        assert!(text.lines().any(|it| it.trim() == line), "{line}: {text}");
    }
    assert!(!text.contains("<ROLE>"), "{text}");
}

#[test]
fn what_is_generated_serves_the_jobs_before_the_review_and_after_it() {
    // A session policy goes with review alone: until then the job acts as its keys did.
    let main = "terraform {\n  required_version = \">= 1.7\"\n  backend \"s3\" {\n    bucket = \"states\"\n    key    = \"k\"\n    region = \"eu-west-1\"\n  }\n}\nprovider \"aws\" {\n  region = \"eu-west-1\"\n  assume_role {\n    role_arn    = \"arn:aws:iam::111111111111:role/deploy\"\n    policy_arns = [\"arn:aws:iam::aws:policy/ReadOnlyAccess\"]\n  }\n}\n";
    let ci = "on:\n  push:\n    branches: [main]\npermissions:\n  contents: read\njobs:\n  apply:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n      AWS_REGION: eu-west-1\n    steps:\n      - uses: actions/checkout@v4\n      - run: terraform init && terraform apply\n";
    let config = "keys \"AWS_ACCESS_KEY_ID\" { account = \"shared\" }\nci { role = \"arn:aws:iam::{id}:role/github-ci\" }\n";
    let checkout = Checkout::committed(&[
        ("tfkeyless.hcl", &format!("{WORLD}{config}")),
        ("main.tf", main),
        (".github/workflows/ci.yml", ci),
    ]);
    let role = |id: &str| format!("arn:aws:iam::{id}:role/github-ci");
    let trust = generated(&checkout, &["trust", "--role", "deploy"]);
    for id in ["111111111111", "333333333333"] {
        assert!(trust.contains(&role(id)), "{id}: {trust}");
    }
    let text = generated(&checkout, &["oidc-role", "--plain", "--repository", "o/r"]);
    let sections: Vec<&str> = text.split("# For account ").skip(1).collect();
    assert_eq!(sections.len(), 2, "{text}");
    assert!(sections[0].starts_with("111111111111 (dev). "), "{text}");
    let until = "333333333333 (shared), until the changes that need review are made.";
    assert!(sections[1].starts_with(until), "{text}");
    assert!(
        sections[1].contains("arn:aws:iam::111111111111:role/deploy"),
        "{text}"
    );
}
