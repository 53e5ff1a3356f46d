//! What is written into files: generated policies, proposals of `init`, entries of the configuration.

use std::fs;

use engine::settings::Settings;
use serde_json::Value;
use syntax::hcl::Document;
use transforms::CATALOGUE;

use super::{NAMES, WILD, json, world};
use crate::support::checkout::Checkout;

#[test]
fn what_is_generated_has_names_in_strings_alone() {
    let checkout = |name: &str| {
        let text = json(name).replace("${", "$${");
        let backend = format!(
            "terraform {{\n  backend \"s3\" {{\n    bucket = {text}\n    key = \"k\"\n    region = \"eu-west-1\"\n    dynamodb_table = {text}\n  }}\n}}\n"
        );
        let workflow = format!(
            "on:\n  push:\n    branches: [{}]\njobs:\n  a:\n    runs-on: ubuntu-latest\n    environment: {}\n    permissions:\n      id-token: write\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.KEY_ID }}}}\n          aws-secret-access-key: ${{{{ secrets.KEY }}}}\n          aws-region: eu-west-1\n      - run: aws s3 ls\n",
            json(name),
            json(name)
        );
        let config = "state_profile = \"s\"\naccount \"s\" { id = \"111111111111\" }\naccount \"d\" { id = \"222222222222\" }\n";
        Checkout::bare(&[
            ("tfkeyless.hcl", config),
            ("main.tf", &backend),
            (".github/workflows/ci.yml", &workflow),
        ])
    };
    let commands: [(&[&str], &[&str]); 4] = [
        (&["bucket-policy", "--format", "hcl"], &["data", "resource"]),
        (&["state-role"], &["data", "resource"]),
        (
            &["oidc-role", "--plain", "--repository", "o/r"],
            &["data", "resource"],
        ),
        (&["backend-ci"], &[]),
    ];
    for (command, kinds) in commands {
        let shape = |name: &str| {
            let checkout = checkout(name);
            let outcome = checkout.run(&[&["generate"], command].concat());
            assert_eq!(outcome.code, 0, "{name:?}: {}", outcome.stderr);
            let document = Document::new("a.tf".into(), outcome.stdout.clone()).unwrap();
            let body = document.body().unwrap();
            let blocks = body.blocks();
            let blocks: Vec<(String, String)> = blocks
                .map(|block| {
                    (
                        block.kind().to_owned(),
                        block.label(0).unwrap_or_default().to_owned(),
                    )
                })
                .collect();
            assert!(
                blocks
                    .iter()
                    .all(|(kind, _)| kinds.contains(&kind.as_str())),
                "{}",
                outcome.stdout
            );
            blocks
        };
        let usual = shape("usual");
        for name in NAMES
            .into_iter()
            .chain(WILD)
            .chain(["x\" }\nresource \"a\" \"b\" {\n#"])
        {
            assert_eq!(shape(name), usual, "{name:?}");
        }
    }
    for name in NAMES.into_iter().chain(WILD) {
        let policy = checkout(name)
            .run(&["generate", "bucket-policy"])
            .code(0)
            .stdout;
        let policy: Value = serde_json::from_str(&policy).unwrap();
        let resources = &policy["Statement"][0]["Resource"];
        assert_eq!(resources[0], format!("arn:aws:s3:::{name}"));
    }
}

#[test]
fn what_init_proposes_is_its_own_whatever_things_are_called() {
    for name in NAMES
        .into_iter()
        .chain(WILD)
        .chain(["x\" }\naccount \"evil\" { id = \"666666666666\" }\n#"])
    {
        let checkout = world(&name.replace('/', "_"), "dev");
        fs::remove_file(checkout.path().join("tfkeyless.hcl")).unwrap();
        let text = json(name).replace("${", "$${");
        checkout.write("p/main.tf", &format!("terraform {{\n  backend \"s3\" {{\n    bucket = {text}\n    profile = {text}\n  }}\n}}\nprovider \"aws\" {{\n  profile = {text}\n  allowed_account_ids = [\"333333333333\"]\n}}\nmodule \"m\" {{\n  source = \"s3::https://s3.amazonaws.com/b/m.zip\"\n}}\n"));
        let proposed = checkout.run(&["init", "--print"]).code(0).stdout;
        let settings = Settings::parse(&proposed, CATALOGUE)
            .unwrap_or_else(|error| panic!("{name:?}: {error}\n{proposed}"));
        let is_known = |id: &str| ["111111111111", "222222222222", "333333333333"].contains(&id);
        assert!(
            settings
                .accounts
                .iter()
                .all(|account| is_known(&account.id)),
            "{proposed}"
        );
        assert!(
            settings
                .accounts
                .iter()
                .all(|account| !account.label.contains('$')),
            "{proposed}"
        );
    }
}

#[test]
fn lines_for_the_configuration_are_one_block_each() {
    // What a finding tells to write is parsed as it is pasted: one block, with no more in it.
    for name in NAMES
        .into_iter()
        .chain(WILD)
        .chain(["x\" { }\nkeys \"evil"])
    {
        let checkout = world(&name.replace('/', "_"), "dev");
        for file in ["Jenkinsfile", "Makefile"] {
            checkout.write(&format!("{name}/{file}"), "all:\n\tterraform apply\n");
        }
        let text = checkout.run(&["plan", "--format", "json"]).code(0).stdout;
        let document: Value = serde_json::from_str(&text).unwrap();
        let findings = document["findings"].as_array().unwrap().iter();
        let helps = findings.filter_map(|finding| finding["help"].as_str());
        for help in helps {
            for kind in ["runner", "job", "keys", "role", "module_source"] {
                let Some(at) = help.find(&format!("{kind} \"")) else {
                    continue;
                };
                assert!(!help.contains('\n'), "{help:?}");
                let line = help[at..].split('`').next().unwrap();
                let Some(end) = line.rfind('}') else { continue };
                let block = format!("{}\n", &line[..=end]);
                let document = Document::new("a.hcl".into(), block.clone());
                let document = document.unwrap_or_else(|_| panic!("{block}"));
                let body = document
                    .body()
                    .unwrap_or_else(|error| panic!("{error}: {block}"));
                assert_eq!(body.blocks().count(), 1, "{block}");
            }
        }
    }
}
