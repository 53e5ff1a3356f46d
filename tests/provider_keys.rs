//! Static keys of providers beside that of AWS: they end with the migration.

use crate::support::{ROLE_1, Tree, reports, reviewed};

#[test]
fn keys_of_other_providers_are_named() {
    let reported = |provider: &str| {
        let main = format!("{ROLE_1}{provider}");
        let plan = Tree::new([("main.tf", main.as_str())])
            .plan("", reviewed())
            .unwrap();
        let own = reports(&plan)
            .into_iter()
            .filter(|it| it.contains("has static keys of its own"));
        own.collect::<Vec<_>>()
    };
    for (name, keys) in [
        ("awscc", ["access_key", "secret_key"]),
        ("opensearch", ["aws_access_key", "aws_secret_key"]),
        ("elasticsearch", ["aws_access_key", "aws_secret_key"]),
    ] {
        let [id, secret] = keys;
        for (alias, subject) in [("", String::new()), ("  alias = \"r\"\n", ".r".to_owned())] {
            let provider = format!(
                "provider \"{name}\" {{\n{alias}  {id} = var.id\n  {secret} = var.secret\n}}\n"
            );
            let found = reported(&provider);
            let expected = format!(
                "provider \"{name}{subject}\" has static keys of its own (`{id}` and `{secret}`): it fails once they are deactivated"
            );
            assert_eq!(found.len(), 1, "{provider}: {found:?}");
            assert!(found[0].ends_with(&expected), "{provider}: {found:?}");
        }
        // None, and those of another provider.
        for provider in [
            format!("provider \"{name}\" {{\n  region = \"eu-west-1\"\n}}\n"),
            format!("provider \"{name}\" {{\n  {id} = null\n  {secret} = \"\"\n}}\n"),
            format!("provider \"minio\" {{\n  {id} = var.id\n  {secret} = var.secret\n}}\n"),
        ] {
            assert_eq!(reported(&provider), [""; 0], "{provider}");
        }
    }
}
