use super::*;
use crate::catalogue::Catalogue;
use crate::index::Index;
use crate::index::facts::Facts;
use crate::index::links::Links;
use crate::index::modules::Modules;
use crate::request::Request;
use crate::settings::Settings;
use syntax::hcl::Document;

pub const DEFAULT: &str = "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
const ALIAS: &str = "provider \"aws\" {\n  alias = \"a\"\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\n";
const AMBIENT: &str = "provider \"aws\" {\n  alias = \"a\"\n}\n";
pub const NOBODY: &str = "provider \"aws\" {\n}\n";

pub fn repo(text: &str) -> Repo {
    let catalogue = Catalogue(&[]);
    let settings = Settings::parse("state_profile = \"shared\"\naccount \"shared\" { id = \"333333333333\" }\naccount \"dev\" { id = \"111111111111\" }\naccount \"prod\" { id = \"222222222222\" }\n", catalogue).unwrap();
    let request = Request {
        settings,
        ..Request::usual(catalogue)
    };
    let document = Document::new("main.tf".into(), text.to_owned()).unwrap();
    let facts = Facts::of(&document, FileKind::Configuration, &request);
    let index = Index {
        modules: Modules::new([("main.tf".into(), Box::new(facts))], Links::default()),
        ..Index::default()
    };
    Repo::new(request, index)
}

fn moved(before: &str, after: &str) -> Option<String> {
    AccountsBefore::of(&repo(before)).moved(&repo(after))
}

#[test]
fn what_stays_in_its_account_passes() {
    let prod = "provider \"aws\" {\n  alias   = \"a\"\n  profile = \"prod\"\n}\n";
    let shared = prod.replace("prod", "shared");
    assert_eq!(
        moved(&[DEFAULT, ALIAS].concat(), &[NOBODY, prod].concat()),
        None
    );
    assert_eq!(
        moved(&[DEFAULT, ALIAS].concat(), &[NOBODY, ALIAS].concat()),
        None
    );
    assert_eq!(
        moved(&[DEFAULT, AMBIENT].concat(), &[NOBODY, &shared].concat()),
        None
    );
}

#[test]
fn what_would_act_elsewhere_is_named() {
    let dev = "provider \"aws\" {\n  alias   = \"a\"\n  profile = \"dev\"\n}\n";
    let moved_alias = Some("main.tf: provider \"aws.a\" would change account".to_owned());
    for (before, after) in [
        ([DEFAULT, ALIAS], [NOBODY, dev]),
        ([DEFAULT, ALIAS], [NOBODY, AMBIENT]),
        ([DEFAULT, AMBIENT], [NOBODY, AMBIENT]),
        ([DEFAULT, AMBIENT], [NOBODY, dev]),
        ([DEFAULT, dev], [DEFAULT, AMBIENT]),
    ] {
        assert_eq!(
            moved(&before.concat(), &after.concat()),
            moved_alias,
            "{after:?}"
        );
    }
    let keyed = "provider \"aws\" {\n  alias      = \"a\"\n  access_key = var.a\n}\n";
    assert_eq!(
        moved(&[NOBODY, keyed].concat(), &[NOBODY, AMBIENT].concat()),
        moved_alias
    );
}
