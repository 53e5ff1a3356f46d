use diagnostics::finding::Finding;
use engine::repo::Repo;
use syntax::edit::Edit;
use syntax::hcl::Block;
use syntax::text;
use terraform::module::Module;
use terraform::module_call::ModuleCall;
use upgrade::registry::{RegistryCall, module_calls};
use upgrade::{Verdict, vpc};

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
    let Some(target) = repo.settings().upgrade.modules.get(&registry_call.module) else {
        return Vec::new();
    };
    let block = call.block;
    let document = block.document();
    let version = block.attribute("version");
    let place = version
        .as_ref()
        .map_or(call.source.span(), syntax::hcl::Attribute::span);
    let subject = format!("module \"{}\" ({})", call.name(), registry_call.module);
    let say =
        |message: String| Finding::new(ID, document, place.clone(), (subject.clone(), message));
    let written = match &version {
        None => None,
        Some(found) => match found.value.literal() {
            Some(written) => Some(written.to_owned()),
            None => {
                return vec![say(
                    "has a version that is no plain string: left alone".to_owned()
                )];
            }
        },
    };
    let (to, safety, why) = match registry_call.verdict(target) {
        Verdict::Keep => return Vec::new(),
        Verdict::Leave(why) => return vec![say(format!("is left alone: {why}"))],
        Verdict::Beyond(why) => return vec![say(why).note()],
        Verdict::Change { to, safety, why } => (to, safety, why),
    };
    let mut holds = repo.holds(&module.directory).modules;
    if repo.selection().admits(safety)
        && let Some(hold) = holds.remove(&registry_call.module)
    {
        return vec![say("is held back".to_owned()).help(hold)];
    }
    if !block.text().contains('\n') {
        let help = "write the block over several lines, and run again";
        return vec![say("stands on one line: left alone".to_owned()).help(help)];
    }
    let message = match &written {
        Some(written) => format!("moves from `{written}` to `{to}`"),
        None => format!("gets the version `{to}`"),
    };
    let mut finding = say(message).safety(safety);
    finding = match &version {
        Some(version) => finding.edit(
            document,
            Edit::replace(version.value.span(), format!("\"{to}\"")),
        ),
        None => {
            let siblings: Vec<_> = block.body().attributes().collect();
            let value = format!("\"{to}\"");
            let text = document.text();
            let item = Edit::add_behind(text, &call.source, &siblings, "version", &value);
            finding.edit(document, item)
        }
    };
    finding.help = why;
    let mut findings = Vec::new();
    if registry_call.is_vpc() {
        let admitted = registry_call.admitted();
        let is_past = target.release >= vpc::CHANGED_DEFAULTS;
        let below =
            is_past && admitted.is_some_and(|admitted| vpc::breaks_on_provider_5(&admitted));
        let pins = match repo.option(ID, "pins") {
            Some(false) => Vec::new(),
            _ if below => pins(&block),
            _ => Vec::new(),
        };
        if is_past {
            finding = with_arguments(finding, &block, &pins);
        }
        if below {
            findings.extend(unpinned(&block, &pins, say));
        }
    }
    findings.insert(0, finding);
    findings
}

/// Adds the edits that the new release of the VPC module requires: variables that it removed are
/// removed, former defaults are pinned.
fn with_arguments(mut finding: Finding, block: &Block<'_>, pins: &[(String, String)]) -> Finding {
    let document = block.document();
    let mut added = pins.to_vec();
    let mut removed = Vec::new();
    for attribute in block.body().attributes() {
        if vpc::REMOVED.contains(&attribute.name) {
            removed.push(attribute);
        } else if attribute.name == vpc::ASSIGN_IPV6 {
            if attribute.value.expression().as_bool() != Some(false) {
                added.extend(assign_ipv6(block, attribute.value.text()));
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

fn is_set(block: &Block<'_>, name: &str) -> bool {
    block.attribute(name).is_some()
}

/// Whether an argument is set, to something else than the literal `false`.
fn may_be_true(block: &Block<'_>, name: &str) -> bool {
    let value = block
        .attribute(name)
        .map(|found| found.value.expression().as_bool());
    value.is_some_and(|value| value != Some(false))
}

/// The kinds of subnet that a call creates.
fn kinds(block: &Block<'_>) -> Vec<&'static str> {
    let used = |kind: &&str| is_set(block, &format!("{kind}_subnets"));
    vpc::SUBNET_KINDS.into_iter().filter(used).collect()
}

/// The arguments that pin the former defaults. Some matter only with others: there is a default for
/// public addresses only with public subnets, for IPv6 only with `enable_ipv6`.
fn pins(block: &Block<'_>) -> Vec<(String, String)> {
    let mut pins: Vec<(String, String)> = vpc::PINS
        .iter()
        .filter(|(name, _)| *name != "map_public_ip_on_launch" || is_set(block, "public_subnets"))
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    if may_be_true(block, "manage_default_vpc") {
        pins.push(("default_vpc_enable_dns_hostnames".into(), "false".into()));
    }
    let destination = block.attribute("flow_log_destination_type");
    if destination.is_some_and(|found| found.value.literal() != Some("cloud-watch-logs")) {
        pins.push(("flow_log_file_format".into(), "\"plain-text\"".into()));
    }
    if may_be_true(block, "enable_ipv6") {
        for kind in kinds(block) {
            for name in [
                "enable_dns64",
                "enable_resource_name_dns_aaaa_record_on_launch",
            ] {
                pins.push((format!("{kind}_subnet_{name}"), "false".into()));
            }
        }
    }
    pins.retain(|(name, _)| !is_set(block, name));
    pins
}

/// `assign_ipv6_address_on_creation` as 5.x has it: a variable for each kind of subnet.
fn assign_ipv6(block: &Block<'_>, value: &str) -> Vec<(String, String)> {
    let names = kinds(block).into_iter();
    let names = names.map(|kind| format!("{kind}_subnet_{}", vpc::ASSIGN_IPV6));
    let missing = names.filter(|name| !is_set(block, name));
    missing.map(|name| (name, value.to_owned())).collect()
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

/// Reports what no pin keeps, to be reviewed in the plan.
fn unpinned(
    block: &Block<'_>,
    pinned: &[(String, String)],
    say: impl Fn(String) -> Finding,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |message: &str, help: &str| {
        findings.push(say(message.to_owned()).help(help));
    };
    let left: Vec<String> = pins(block)
        .into_iter()
        .filter(|pin| !pinned.contains(pin))
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    if !left.is_empty() {
        let help = format!("the former defaults were {}", left.join(", "));
        add(
            "loses its former defaults: `pins = false` leaves them to change",
            &help,
        );
    }
    if !is_set(block, "cidr") && !may_be_true(block, "use_ipam_pool") {
        let help = "the default went from 0.0.0.0/0 to 10.0.0.0/16: set `cidr` to what the VPC has";
        add("sets no `cidr`", help);
    }
    if may_be_true(block, "enable_ipv6") {
        let help = "there is one egress route per NAT gateway now, no longer one per private subnet: \
                    the plan destroys the surplus duplicates";
        add(
            "has `enable_ipv6`, so the number of private IPv6 egress routes changes",
            help,
        );
    }
    let renamed = [
        (
            "manage_default_security_group",
            "default_security_group_name",
        ),
        ("manage_default_network_acl", "default_network_acl_name"),
        ("manage_default_route_table", "default_route_table_name"),
    ];
    for (manage, named) in renamed {
        if may_be_true(block, manage) && !is_set(block, named) {
            let help = format!("set `{named}` to the VPC's name to keep the Name tag");
            add(
                &format!("has `{manage}`, whose Name tag becomes \"<name>-default\""),
                &help,
            );
        }
    }
    findings
}
