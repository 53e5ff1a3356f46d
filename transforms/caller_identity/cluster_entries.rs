//! The lists of who may use a cluster that lack the new callers: one finding for each cluster.

use diagnostics::finding::Finding;
use engine::migration::{MigratingModule, NewCaller};
use syntax::hcl::{Attribute, Block};

use super::clusters::{
    Admitted, ENTRIES, admin_policy, admits_creator, is_named, map_entry, place,
};
use super::{Place, about, documents, named};

/// Arguments of modules that list who may use a cluster.
const LISTS: [&str; 4] = [ENTRIES, "aws_auth_roles", "aws_auth_users", "map_roles"];

/// The lists of one cluster.
struct ClusterLists<'d> {
    /// What tells it apart: its name as written, the call of its module.
    cluster: String,
    entries: Vec<Place<'d>>,
    maps: Vec<Place<'d>>,
    /// What the lists hold.
    texts: Vec<&'d str>,
}

pub(super) fn findings(module: &MigratingModule, admitted: &Admitted) -> Vec<Finding> {
    let lists = lists(module);
    let findings = lists.iter().enumerate().filter_map(|(at, own)| {
        let lacks = |caller: &&NewCaller| {
            let is_missing = admitted.missing.contains(caller);
            // Named for another cluster alone; what an expression names may be anybody.
            let others = lists.iter().enumerate().filter(|(other, _)| *other != at);
            let is_elsewhere = others
                .into_iter()
                .any(|(_, it)| is_named(caller, &it.texts));
            let is_written_out = !own.texts.iter().any(|it| refers(it));
            is_missing || is_elsewhere && is_written_out && !is_named(caller, &own.texts)
        };
        let missing: Vec<NewCaller> = admitted.callers.iter().filter(lacks).cloned().collect();
        own.finding(&missing, admitted)
    });
    findings.collect()
}

/// The lists of a module by cluster, in the order of their first places.
fn lists(module: &MigratingModule) -> Vec<ClusterLists<'_>> {
    let mut all = Vec::new();
    for document in documents(module) {
        for call in document.blocks("module") {
            let set = LISTS.iter().filter_map(|name| call.attribute(name));
            let is_said = |list: &Attribute<'_>| list.name == ENTRIES && admits_creator(&call);
            for list in set.filter(|it| !is_passed_on(it) && !is_said(it)) {
                let cluster = format!("module.{}", call.label(0).unwrap_or_default());
                add(&mut all, cluster, list.name != ENTRIES, (&call, &list));
            }
        }
        for resource in document.blocks("resource") {
            match resource.label(0).unwrap_or_default() {
                "aws_eks_access_entry" => {
                    let principal = resource.attribute("principal_arn");
                    let principal = principal.filter(|it| !is_node(&resource) && !is_passed_on(it));
                    let cluster = resource.attribute("cluster_name");
                    let cluster = cluster.map_or("", |it| it.value.text()).to_owned();
                    if let Some(principal) = principal {
                        add(&mut all, cluster, false, (&resource, &principal));
                    }
                }
                "kubernetes_config_map"
                | "kubernetes_config_map_v1"
                | "kubernetes_config_map_v1_data"
                    if resource.text().contains("mapRoles") =>
                {
                    // The provider configuration says of which cluster.
                    let provider = resource.attribute("provider");
                    let cluster = provider.map_or("aws-auth", |it| it.value.text()).to_owned();
                    if let Some(data) = resource.attribute("data") {
                        add(&mut all, cluster, true, (&resource, &data));
                    }
                }
                _ => {}
            }
        }
    }
    // One map and one cluster belong together.
    if let [one, other] = all.as_mut_slice()
        && one.entries.is_empty() != other.entries.is_empty()
    {
        let other = all.remove(1);
        all[0].entries.extend(other.entries);
        all[0].maps.extend(other.maps);
        all[0].texts.extend(other.texts);
    }
    all
}

fn add<'d>(
    all: &mut Vec<ClusterLists<'d>>,
    cluster: String,
    is_map: bool,
    (block, list): (&Block<'d>, &Attribute<'d>),
) {
    let at = all.iter().position(|it| it.cluster == cluster);
    let at = at.unwrap_or_else(|| {
        all.push(ClusterLists {
            cluster,
            entries: Vec::new(),
            maps: Vec::new(),
            texts: Vec::new(),
        });
        all.len() - 1
    });
    all[at].texts.push(list.value.text());
    let places = match is_map {
        true => &mut all[at].maps,
        false => &mut all[at].entries,
    };
    places.push(place(block, list));
}

impl ClusterLists<'_> {
    fn finding(&self, missing: &[NewCaller], admitted: &Admitted) -> Option<Finding> {
        if missing.is_empty() {
            return None;
        }
        let places = self.entries.iter().chain(&self.maps).cloned().collect();
        let finding = about(
            places,
            "lists who may use the cluster, without those who run Terraform after the migration",
        )?;
        Some(finding.help(match self.entries.is_empty() {
            true => {
                let roles: Vec<String> = missing.iter().map(map_entry).collect();
                format!(
                    "add to the roles of `aws-auth` before the migration: {}",
                    roles.join(", ")
                )
            }
            false => format!(
                "add an entry with {} for {} before the migration",
                admin_policy(&admitted.callers),
                named(missing, true)
            ),
        }))
    }
}

/// Whether a text reads something of the module, which may be the role of a caller.
fn refers(text: &str) -> bool {
    let words = ["local.", "var.", "each.", "data.", "module.", "aws_"];
    words.iter().any(|word| text.contains(word))
}

/// Whether a list is that of the caller: what it has, the caller's own configuration tells.
fn is_passed_on(attribute: &Attribute<'_>) -> bool {
    let text = attribute.value.text();
    let rest = text.strip_prefix("var.").or(text.strip_prefix("each."));
    rest.is_some_and(|rest| {
        rest.bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"_.".contains(&it))
    })
}

/// Whether an access entry is for nodes, which say nothing of people and jobs.
fn is_node(entry: &Block<'_>) -> bool {
    let kind = entry.attribute("type");
    kind.is_some_and(|it| it.value.literal().is_some_and(|kind| kind != "STANDARD"))
}
