use diagnostics::ask::Help;
use diagnostics::finding::{Finding, Safety};
use engine::repo::Repo;
use syntax::code::sentence;
use syntax::edit::Edit;
use syntax::hcl::Block;
use syntax::text;
use terraform::module::Module;
use terraform::module_call::ModuleCall;
use upgrade::module_changes::{Arguments, may_be_empty};
use upgrade::output_uses::compared_texts;
use upgrade::registry::{RegistryCall, module_calls};
use upgrade::settings::ModuleTarget;
use upgrade::{Verdict, not_upgraded, vpc};

const ID: &str = "bump_module";

pub fn scan(module: &Module, repo: &Repo) -> Vec<Finding> {
    let documents = module.configuration();
    let calls = documents.flat_map(|document| module_calls(document, &repo.settings().upgrade));
    calls.flat_map(|call| bump(&call, module, repo)).collect()
}

fn bump(call: &ModuleCall<'_>, module: &Module, repo: &Repo) -> Vec<Finding> {
    let Some(registry_call) = RegistryCall::of(call) else {
        return Vec::new();
    };
    let registry_call = repo.resolved_call(&module.directory, registry_call);
    let Some(target) = repo.settings().upgrade.modules.get(&registry_call.module) else {
        return Vec::new();
    };
    let block = call.block;
    let document = block.document();
    let version = block.attribute("version");
    let place = version
        .as_ref()
        .map_or(call.source.span(), syntax::hcl::Attribute::span);
    let subject = registry_call.subject();
    let say =
        |message: String| Finding::new(ID, document, place.clone(), (subject.clone(), message));
    let written = match &version {
        None => None,
        Some(found) => match found.value.literal() {
            Some(written) => Some(written.to_owned()),
            None => {
                return vec![say(
                    "has a version that is no plain string: not changed".to_owned()
                )];
            }
        },
    };
    let (to, mut safety, mut reasons, mut help) = match registry_call.verdict(target) {
        Verdict::Keep => return Vec::new(),
        Verdict::Leave(why) => {
            let mut finding = say(format!("is not changed: {why}"));
            finding.help = registry_call.cure(&target.release).map(Into::into);
            return vec![finding];
        }
        Verdict::Beyond(why) => return vec![say(why).note()],
        Verdict::Change {
            to,
            safety,
            reasons,
            help,
        } => (to, safety, reasons, help),
    };
    let mut holds = repo.holds(&module.directory).modules;
    if repo.selection().admits(safety)
        && let Some(hold) = holds.remove(&registry_call.module)
    {
        let with_review = repo.holds_with_review(&module.directory).modules;
        if with_review.contains_key(&registry_call.module) {
            return vec![say(not_upgraded(written.as_deref(), &to)).noted(hold)];
        }
        (safety, reasons, help) = (Safety::Review, vec![hold], Vec::new());
    }
    if !block.text().contains('\n') {
        let help = "write the block over several lines, and run again";
        return vec![say("stands on one line: not changed".to_owned()).help(help)];
    }
    let message = match &written {
        Some(written) => sentence!("moves from `{written}` to `{to}`"),
        None => sentence!("gets the version `{to}`"),
    };
    let mut finding = say(message).safety(safety);
    finding = finding.edit(document, with_version(call, &to));
    finding.notes = reasons;
    finding.help = Help::joined(help.into_iter().map(Help::from));
    let mut findings = Vec::new();
    if registry_call.is_vpc() {
        let arguments = &registry_call.arguments;
        let below = registry_call.admitted();
        let is_past = target.release >= vpc::CHANGED_DEFAULTS;
        let below = below.filter(|admitted| is_past && vpc::breaks_on_provider_5(admitted));
        let needed = below
            .as_ref()
            .map(|admitted| vpc::pins(admitted, arguments));
        let needed = needed.unwrap_or_default();
        let is_pinned = repo.option(ID, "pins") != Some(false);
        let pins = needed.iter().filter(|_| is_pinned).cloned().collect();
        if is_past {
            finding = with_arguments(finding, &block, pins, arguments);
        }
        finding = with_comparisons(finding, module, &registry_call, target);
        // AWS refuses the old default as a block of a VPC, so that no plan on what is there changes.
        if below.is_some() && !arguments.has("cidr") && !arguments.may_be_true("use_ipam_pool") {
            let help =
                "set `cidr` to what the VPC has: the default went from 0.0.0.0/0 to 10.0.0.0/16";
            findings.push(say("sets no `cidr`".to_owned()).help(help));
        }
        if !is_pinned && !needed.is_empty() {
            findings.push(unpinned(&needed, say));
        }
    }
    findings.insert(0, finding);
    findings
}

/// The edit that sets the version of a call.
fn with_version(call: &ModuleCall<'_>, to: &str) -> Edit {
    let value = format!("\"{to}\"");
    match call.block.attribute("version") {
        Some(version) => Edit::replace(version.value.span(), value),
        None => {
            let siblings: Vec<_> = call.block.body().attributes().collect();
            let text = call.block.document().text();
            Edit::add_behind(text, &call.source, &siblings, "version", &value)
        }
    }
}

/// Adds the edits that the new release of the VPC module requires: variables that it removed are
/// removed, former defaults are pinned.
fn with_arguments(
    mut finding: Finding,
    block: &Block<'_>,
    mut added: vpc::Pins,
    arguments: &Arguments,
) -> Finding {
    let document = block.document();
    let mut removed = Vec::new();
    for attribute in block.body().attributes() {
        if vpc::REMOVED.contains(&attribute.name) {
            removed.push(attribute);
        } else if attribute.name == vpc::ASSIGN_IPV6 {
            if attribute.value.expression().as_bool() != Some(false) {
                added.extend(vpc::assign_ipv6(arguments, attribute.value.text()));
            }
            removed.push(attribute);
        }
    }
    for attribute in removed {
        finding = finding.edit(document, Edit::remove(document, attribute.span()));
    }
    if added.is_empty() {
        return finding;
    }
    let names: Vec<&str> = added.iter().map(|(name, _)| name.as_str()).collect();
    finding.message += &format!(", keeping its former defaults by {}", names.join(", "));
    finding.edit(document, add_group(block, &added))
}

/// Adds the edits by which comparisons of outputs with an empty text mean the same once the outputs
/// are null.
fn with_comparisons(
    mut finding: Finding,
    module: &Module,
    call: &RegistryCall,
    target: &ModuleTarget,
) -> Finding {
    if call.uses.is_empty() {
        return finding;
    }
    let mut nullable = call.nullable_outputs(target);
    nullable.retain(|output, _| !may_be_empty(&call.module, output));
    for document in module.configuration() {
        for text in compared_texts(document, &call.name, &nullable) {
            finding = finding.edit(document, Edit::replace(text, "null".to_owned()));
        }
    }
    finding
}

/// The edit that adds arguments as a group of their own at the end of a block.
fn add_group(block: &Block<'_>, arguments: &[(String, String)]) -> Edit {
    let text = block.document().text();
    let ending = text::line_ending(text, block.span().start);
    let indent = text::indentation(text, block.span().start);
    let widest = arguments.iter().map(|(name, _)| name.len()).max();
    let widest = widest.unwrap_or_default();
    let lines = arguments
        .iter()
        .map(|(name, value)| format!("{indent}  {name:widest$} = {value}"));
    let lines = lines.collect::<Vec<_>>().join(ending);
    let closing = text::line_start(text, block.closing());
    let above = text::line_start(text, closing.saturating_sub(1));
    let apart = match text::is_blank(text, above..closing) {
        true => "",
        false => ending,
    };
    Edit::add_lines_at_end(block, &format!("{apart}{lines}"))
}

/// Reports the former defaults that are not pinned, because the user wants none.
fn unpinned(pins: &vpc::Pins, say: impl Fn(String) -> Finding) -> Finding {
    let pins: Vec<_> = pins
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    let help = format!(
        "compare the plan with the former defaults: {}",
        pins.join(", ")
    );
    let message = "loses its former defaults: `pins = false` leaves them to change";
    say(message.to_owned()).help(help)
}
