use diagnostics::ask::Help;
use diagnostics::finding::{Finding, Safety};
use engine::repo::Repo;
use syntax::code::sentence;
use syntax::edit::Edit;
use syntax::hcl::{Document, Value};
use terraform::module::Module;
use terraform::requirement::{Requirement, provider_blocks, requirements};
use upgrade::provider::{InUse, Requirer};
use upgrade::{Verdict, not_upgraded, provider};

const ID: &str = "bump_provider";

pub fn scan(module: &Module, repo: &Repo) -> Vec<Finding> {
    let names = module.aws_names();
    let mut findings = Vec::new();
    let mut first_provider = None;
    let mut is_required = false;
    for document in module.configuration() {
        for requirement in requirements(document) {
            is_required = true;
            findings.extend(required(document, &requirement, module, repo));
        }
        for block in provider_blocks(document, &names) {
            first_provider.get_or_insert(block);
            if let Some(version) = block.attribute("version") {
                is_required = true;
                let edit =
                    |to: &str| Some(Edit::replace(version.value.span(), format!("\"{to}\"")));
                let found = decide(document, &version.value, module, repo, edit);
                findings.extend(found);
            }
        }
    }
    for document in module.generated() {
        findings.extend(
            requirements(document)
                .iter()
                .filter_map(|requirement| generated(document, requirement, repo)),
        );
    }
    if let Some(block) = first_provider.filter(|_| !is_required)
        && !repo.is_child(&module.directory)
    {
        let target = &repo.settings().upgrade.aws_provider;
        let message = "has no constraint in this module: init takes the newest release";
        let help = sentence!(
            "add `aws = {{ source = \"hashicorp/aws\", version = \"{target}\" }}` to `required_providers`"
        );
        let sentence = ("the AWS provider", message);
        findings.push(Finding::new(ID, block.document(), block.span(), sentence).help(help));
    }
    findings
}

/// Reports a requirement that Terragrunt generates. It is not edited: which modules get it, and so
/// whether they can be upgraded together, is not known.
fn generated(document: &Document, requirement: &Requirement<'_>, repo: &Repo) -> Option<Finding> {
    let version = requirement.version?;
    let target = &repo.settings().upgrade.aws_provider;
    let message = format!(
        "is held to {} where Terragrunt generates it: not changed",
        version.text()
    );
    let sentence = ("the AWS provider", message);
    let finding = Finding::new(ID, document, version.span(), sentence);
    let Some(written) = version.literal() else {
        return Some(finding.help(sentence!("change it by hand if it excludes `{target}`")));
    };
    let root = Requirer::Root(InUse::default());
    match provider::verdict(Some(written), &root, target) {
        Verdict::Change { to, .. } => Some(finding.help(format!(
            "make it \"{to}\" by hand, together with the modules that it is generated for"
        ))),
        _ => None,
    }
}

/// The finding for a `required_providers` entry.
fn required(
    document: &Document,
    requirement: &Requirement<'_>,
    module: &Module,
    repo: &Repo,
) -> Option<Finding> {
    let value = requirement.version.unwrap_or(requirement.entry.value);
    let edit = |to: &str| match requirement.version {
        Some(version) => Some(Edit::replace(version.span(), format!("\"{to}\""))),
        None => with_version(document, &requirement.entry.value, to),
    };
    decide(document, &value, module, repo, edit)
}

/// The finding for a constraint, or for the object of an entry that has none.
fn decide(
    document: &Document,
    value: &Value<'_>,
    module: &Module,
    repo: &Repo,
    edit: impl Fn(&str) -> Option<Edit>,
) -> Option<Finding> {
    let say =
        |message: String| Finding::new(ID, document, value.span(), ("the AWS provider", message));
    let written = match (value.literal(), value.expression().is_object()) {
        (Some(written), _) => Some(written),
        (None, true) => None,
        (None, false) => {
            return Some(say(
                "has a version that is no plain string: not changed".into()
            ));
        }
    };
    let requirer = repo.requirer(&module.directory);
    let target = &repo.settings().upgrade.aws_provider;
    match provider::verdict(written, &requirer, target) {
        Verdict::Keep => None,
        Verdict::Leave(why) => Some(say(format!("is not changed: {why}"))),
        Verdict::Beyond(why) => Some(say(why).note()),
        Verdict::Change {
            to,
            mut safety,
            mut reasons,
            mut help,
        } => {
            // Without `--review` a change that needs it is not made anyway: it is reported as that.
            let hold = repo.holds(&module.directory).provider;
            if let Some(hold) = hold.filter(|_| repo.selection().admits(safety)) {
                if repo.holds_with_review(&module.directory).provider.is_some() {
                    return Some(say(not_upgraded(written, &to)).noted(hold));
                }
                (safety, reasons, help) = (Safety::Review, vec![hold], Vec::new());
            }
            let message = match written {
                Some(written) => sentence!("moves from `{written}` to `{to}`"),
                None => sentence!("gets the constraint `{to}`"),
            };
            let mut finding = say(message).safety(safety);
            finding.notes = reasons;
            match edit(&to) {
                Some(edit) => finding = finding.edit(document, edit),
                None => help.push(sentence!("add `version = \"{to}\"` by hand")),
            }
            finding.help = Help::joined(help.into_iter().map(Help::from));
            Some(finding)
        }
    }
}

/// Adds `version` to an entry's object, behind its source and in its style; `None` where the braces
/// hold only comments.
fn with_version(document: &Document, object: &Value<'_>, to: &str) -> Option<Edit> {
    let text = document.text();
    let entries = object.entries();
    let Some(behind) = entries
        .iter()
        .find(|entry| entry.name == "source")
        .or(entries.last())
    else {
        let empty = text[object.span()]
            .trim_matches(['{', '}'])
            .trim()
            .is_empty();
        let version = format!("{{ version = \"{to}\" }}");
        return empty.then(|| Edit::replace(object.span(), version));
    };
    let value = format!("\"{to}\"");
    Some(Edit::add_behind(text, behind, &entries, "version", &value))
}
