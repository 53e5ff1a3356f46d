//! Clusters of EKS: who created them is their admin, and who else may use them is listed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use diagnostics::finding::Finding;
use engine::migration::{MigratingModule, Migration, NewCaller};
use engine::repo::Repo;
use syntax::code::{self, sentence};
use syntax::hcl::{Attribute, Block, Document};
use syntax::location::Location;
use terraform::partition;

use super::{ID, Place, about, documents, named};

/// Who runs a module after the migration, and which of them its clusters admit.
pub(super) struct Admitted {
    pub callers: Vec<NewCaller>,
    /// Who runs it until then, as the module itself would name the entry.
    pub current: Vec<NewCaller>,
    /// Those that nothing in the module, its root modules or the files beside them names.
    pub missing: Vec<NewCaller>,
}

impl Admitted {
    pub fn of(
        module: &MigratingModule,
        all: &HashMap<&Path, &MigratingModule>,
        repo: &Repo,
    ) -> Self {
        let callers = module.callers(repo);
        let around = module.roots.iter().map(PathBuf::as_path);
        let around = around.chain([module.module.directory.as_path()]);
        let around = around.filter_map(|it| all.get(it)).copied();
        let texts: Vec<&str> = around
            .flat_map(|it| documents(it))
            .map(Document::source)
            .collect();
        let missing = callers.iter().filter(|it| !is_named(it, &texts));
        let missing = missing.cloned().collect();
        Self {
            callers,
            current: module.current_callers(repo),
            missing,
        }
    }

    /// The callers that a cluster has to admit first, as a phrase.
    pub fn first(&self) -> String {
        let callers = match self.missing.is_empty() {
            true => &self.callers,
            false => &self.missing,
        };
        named(callers, true)
    }
}

/// Whether a text names a caller: the beginning of a permission set's role, or the role of jobs.
pub(super) fn is_named(caller: &NewCaller, texts: &[&str]) -> bool {
    let name = caller.arn.rsplit('/').next().unwrap_or_default();
    let name = match caller.name {
        // The permission set may be a pattern or a variable.
        "sso" => "AWSReservedSSO_",
        _ if name.starts_with('<') => return false,
        _ => name,
    };
    texts.iter().any(|text| text.contains(name))
}

/// The access policy of a cluster's administrators, in the partition of these callers ("Review access policy
/// permissions", EKS user guide).
pub(super) fn admin_policy(callers: &[NewCaller]) -> String {
    let partition = callers.iter().find_map(|it| partition::of_arn(&it.arn));
    let partition = partition.unwrap_or(partition::AWS);
    format!("arn:{partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy")
}

/// The argument of the EKS module that lists who may use the cluster.
pub(super) const ENTRIES: &str = "access_entries";

/// The argument that makes whoever runs Terraform an admin of the cluster.
const BY_MODULE: &str = "enable_cluster_creator_admin_permissions";

/// Whether the call of a module makes its creator an admin, which is reported with the entries to write.
pub(super) fn admits_creator(call: &Block<'_>) -> bool {
    call.attribute(BY_MODULE).as_ref().is_some_and(may_be_on)
}

/// The entries of the EKS module that admit callers.
fn entries_of(callers: &[NewCaller]) -> Vec<String> {
    let admin = admin_policy(callers);
    let entries = callers.iter().map(|caller| {
        format!(
            "{} = {{ principal_arn = \"{}\", policy_associations = {{ admin = {{ policy_arn = \"{admin}\", \
             access_scope = {{ type = \"cluster\" }} }} }} }}",
            caller.name, caller.arn
        )
    });
    entries.collect()
}

/// What an attribute that is on or off says, where it may be on.
fn may_be_on(attribute: &Attribute<'_>) -> bool {
    attribute.value.expression().as_bool() != Some(false)
        && attribute.value.literal() != Some("false")
        && !attribute.value.expression().is_null()
}

/// Whoever creates a cluster is its admin.
pub(super) fn creators(module: &MigratingModule, admitted: &Admitted) -> Vec<Finding> {
    const BY_RESOURCE: &str = "bootstrap_cluster_creator_admin_permissions";
    let (mut by_module, mut by_resource) = (Vec::new(), Vec::new());
    let mut has_entries = false;
    for document in documents(module) {
        for call in document.blocks("module") {
            for (name, places) in [(BY_MODULE, &mut by_module), (BY_RESOURCE, &mut by_resource)] {
                let set = call.attribute(name).filter(may_be_on);
                has_entries |=
                    name == BY_MODULE && set.is_some() && call.attribute(ENTRIES).is_some();
                places.extend(set.map(|it| place(&call, &it)));
            }
        }
        let clusters = document.blocks("resource");
        for cluster in clusters.filter(|it| it.label(0) == Some("aws_eks_cluster")) {
            let mut access = cluster.blocks("access_config");
            let set = access.find_map(|it| it.attribute(BY_RESOURCE));
            by_resource.extend(set.filter(may_be_on).map(|it| place(&cluster, &it)));
        }
    }
    let by_module = about(
        by_module,
        "makes the caller an admin of the cluster by `enable_cluster_creator_admin_permissions`: its \
         access entry is that of who runs Terraform, which is replaced each time an engineer and a job \
         alternate",
    );
    let mut entries = admitted.current.clone();
    entries.extend_from_slice(&admitted.callers);
    let by_module = by_module.map(|finding| {
        let entries = match has_entries {
            true => sentence!(
                "add to `{ENTRIES}` {}",
                code::listed(&entries_of(&entries))
            ),
            false => sentence!("write `{ENTRIES} = {{ {} }}`", entries_of(&entries).join(", ")),
        };
        finding.help(format!(
            "set it to false and {entries} before the migration: `cluster_creator` is who runs Terraform until \
             then, take it out once the migration is done"
        ))
    });
    let by_resource = about(
        by_resource,
        "made the cluster's creator its admin by `bootstrap_cluster_creator_admin_permissions`: after the \
         migration engineers and jobs are other principals",
    );
    let by_resource = by_resource.filter(|_| !admitted.missing.is_empty()).map(|finding| {
        finding.help(format!(
            "add an `aws_eks_access_entry` with an `aws_eks_access_policy_association` of {} for {} before \
             the migration, and leave the setting, whose change replaces the cluster",
            admin_policy(&admitted.callers),
            admitted.first()
        ))
    });
    by_module.into_iter().chain(by_resource).collect()
}

pub(super) fn place<'d>(block: &Block<'d>, attribute: &Attribute<'d>) -> Place<'d> {
    Place {
        document: block.document(),
        offset: attribute.span().start,
        subject: subject(block),
    }
}

/// As Terraform refers to a block: `module.eks`, `aws_eks_cluster.this`, `data.aws_eks_cluster_auth.this`.
pub(super) fn subject(block: &Block<'_>) -> String {
    let kind = Some(block.kind()).filter(|kind| *kind != "resource");
    let labels = [0, 1].map(|index| block.label(index)).into_iter().flatten();
    let names: Vec<&str> = kind.into_iter().chain(labels).collect();
    names.join(".")
}

/// An entry of `aws-auth`, as YAML and HCL both take it.
pub(super) fn map_entry(caller: &NewCaller) -> String {
    format!(
        "{{ rolearn: \"{}\", username: \"{}\", groups: [\"system:masters\"] }}",
        caller.without_path(),
        caller.name
    )
}

/// Tokens that are signed for whoever runs Terraform.
pub(super) fn tokens(module: &MigratingModule, admitted: &Admitted) -> Option<Finding> {
    if admitted.missing.is_empty() || !module.moves_providers {
        return None;
    }
    let documents = documents(module);
    let data = documents.iter().flat_map(|it| it.blocks("data"));
    let tokens = data.filter(|it| it.label(0) == Some("aws_eks_cluster_auth"));
    let places = tokens.map(|token| Place {
        document: token.document(),
        offset: token.span().start,
        subject: subject(&token),
    });
    let message = "signs in to the cluster as the provider, whose identity changes";
    let finding = about(places.collect(), message)?;
    Some(finding.help(admit(admitted)))
}

/// What to do where a cluster has to admit the new callers.
pub(super) fn admit(admitted: &Admitted) -> String {
    format!(
        "admit {} to the cluster before the migration, by access entries or, without the path, in \
         `aws-auth` (`aws iam list-roles --path-prefix /aws-reserved/sso.amazonaws.com/` lists the roles \
         of permission sets)",
        admitted.first()
    )
}

/// The `aws-auth` maps among files beside modules that lack roles of permission sets.
pub(super) fn maps(migration: &Migration, repo: &Repo) -> Vec<Finding> {
    let lacks = |text: &str| !text.contains("AWSReservedSSO_");
    let callers = migration.callers(repo);
    if callers.is_empty() {
        return Vec::new();
    }
    let maps = migration.files.iter().filter_map(|(path, text)| {
        let offset = text.find("mapUsers").filter(|_| lacks(text))?;
        let at = Location::at(path, text, offset);
        let roles: Vec<String> = callers.iter().map(map_entry).collect();
        let sentence = (
            "`aws-auth`",
            "lists who may use the cluster, without those who run Terraform after the migration",
        );
        let help = format!(
            "add to `mapRoles` before the migration: {}",
            roles.join(", ")
        );
        Some(Finding::at(ID, at, offset..offset + "mapUsers".len(), sentence).help(help))
    });
    maps.collect()
}
