use diagnostics::finding::{Finding, Safety};
use engine::repo::Repo;
use syntax::code::{self, sentence};
use syntax::edit::Edit;
use terraform::module::Module;
use terraform::module_call::ModuleCall;
use upgrade::registry::{self, Conflict, Incompatibility, RegistryCall, module_calls};
use upgrade::vpc::VPC;
use upgrade::{Verdict, not_upgraded};

const ID: &str = "constrain_module";

pub fn scan(module: &Module, repo: &Repo) -> Vec<Finding> {
    let documents = module.configuration();
    let calls = documents.flat_map(|document| module_calls(document, &repo.settings().upgrade));
    calls
        .filter_map(|call| constrain(&call, module, repo))
        .collect()
}

fn constrain(call: &ModuleCall<'_>, module: &Module, repo: &Repo) -> Option<Finding> {
    let registry_call = repo.resolved_call(&module.directory, RegistryCall::of(call)?);
    let moves = registry_call.configured(&repo.settings().upgrade.modules);
    if registry_call.module == VPC || matches!(moves, Some(Verdict::Change { .. })) {
        return None;
    }
    let (conflict, is_everywhere) = repo.conflict(&module.directory, &registry_call)?;
    let version = call.block.attribute("version");
    let place = version
        .as_ref()
        .map_or(call.source.span(), syntax::hcl::Attribute::span);
    let subject = registry_call.subject();
    let document = call.block.document();
    let say = |message: String| Finding::new(ID, document, place.clone(), (&subject, message));
    let manual = || {
        let written = match &registry_call.version {
            Some(version) => code::quoted(version),
            None => "without a version".to_owned(),
        };
        say(format!("{written} {}", conflict.predicate())).help(advice(&conflict))
    };
    let is_free = is_everywhere && registry_call.hold.is_none();
    let Some(to) = bound(&registry_call, &conflict).filter(|_| is_free) else {
        return Some(manual());
    };
    if repo.selection().admits(Safety::Review)
        && let Some(hold) = repo.conflict_hold(&module.directory)
    {
        let message = not_upgraded(registry_call.version.as_deref(), &to);
        return Some(say(message).noted(hold));
    }
    let message = match &registry_call.version {
        Some(written) => sentence!("moves from `{written}` to `{to}`"),
        None => sentence!("gets the version `{to}`"),
    };
    let edit = match &version {
        Some(version) => Edit::replace(version.value.span(), format!("\"{to}\"")),
        None if call.block.text().contains('\n') => {
            let siblings: Vec<_> = call.block.body().attributes().collect();
            let (text, value) = (document.text(), format!("\"{to}\""));
            Edit::add_behind(text, &call.source, &siblings, "version", &value)
        }
        None => return Some(manual()),
    };
    let (major, next) = (conflict.major, conflict.major + 1);
    let without = format!("without an upper bound the module {}", conflict.predicate());
    let in_use = format!(
        "the release in use today may be one for provider {next}: a bound for {major} would be a downgrade"
    );
    let finding = say(message).safety(Safety::Review);
    let finding = finding.noted(without).noted(in_use);
    Some(finding.edit(document, edit))
}

/// The version with the upper bound that makes the call work; `None` where no bound does.
fn bound(call: &RegistryCall, conflict: &Conflict) -> Option<String> {
    match &conflict.cause {
        Incompatibility::RequiresNewerMajor { bound } => {
            registry::with_upper_bound(call, bound.as_ref()?)
        }
        _ => None,
    }
}

fn advice(conflict: &Conflict) -> String {
    match (&conflict.cause, &conflict.compatible) {
        (Incompatibility::RequiresNewerRelease(floor), _) => format!(
            "raise the requirement to {floor} or later, or pin an older release of the module"
        ),
        (_, Some(compatible)) => sentence!(
            "move to a release that works with provider {}, `{compatible}`, by the module's upgrade \
             guides, or name one in a `module` block of `upgrade` in tfkeyless.hcl",
            conflict.major
        ),
        (_, None) => format!(
            "look for a release that works with provider {}: none is known",
            conflict.major
        ),
    }
}
