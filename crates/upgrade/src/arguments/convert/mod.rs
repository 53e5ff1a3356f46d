//! Conversions: changes of shape that no row can express. One file, one conversion.

mod anomaly_threshold;
mod assume_role_duration;
mod autoscaling_group_tags;
mod batch_compute_environments;
mod budget_cost_filters;
mod cpu_options;
mod ecs_cluster_capacity_providers;
mod eip_domain;
mod eks_addon_resolve_conflicts;
mod elasticache_cluster_mode;
mod elasticache_zones;
mod firehose_s3_configuration;
mod flow_log_group_name;
mod guardduty_auto_enable;
mod identitystore_filter;
mod msk_volume_size;
mod own_resource;
mod presence;
mod rds_cluster_instance_engine;
pub mod route_instance;
mod secret_rotation;
mod ssm_association_instance;
mod subnet_ids;
mod text;
mod waf_excluded_rule;

use super::code::ignore_changes::ignored_paths;
use super::code::sites::ArgumentSite;
use super::inner_edits::InnerEdits;
use super::module_code::ModuleCode;
use diagnostics::finding::FileEdit;
use std::ops::Range;
use syntax::edit::{Edit, splice};
use syntax::hcl::{Block, Document};
use terraform::module::Module;

/// What a conversion works on: arguments of its row with the same owner.
pub struct ConversionInput<'c, 'd> {
    /// The module around it.
    pub module: &'c Module,
    /// The resource, data source or provider.
    pub block: Block<'d>,
    /// The arguments, in order; at least one.
    pub sites: &'c [ArgumentSite<'d>],
    /// The code of that module, looked up.
    pub code: &'c ModuleCode<'d>,
    /// The edits that other rows make in the module.
    pub inner: &'c InnerEdits,
}

/// The result of a conversion.
pub struct ConvertedArgument {
    /// The predicate of a sentence whose subject are the names of the arguments.
    pub message: String,
    /// What the user has to know, where the row does not say it.
    pub help: Option<String>,
    /// The edits, which belong together.
    pub edits: Vec<FileEdit>,
}

/// Converts the arguments; `None` where their shape needs a manual change.
pub type Converter = fn(&ConversionInput<'_, '_>) -> Option<ConvertedArgument>;

/// The source text of a range, with the edits inside of it applied.
pub fn edited(document: &Document, range: Range<usize>, edits: &InnerEdits) -> String {
    let inside = edits.inside(document, &range).into_iter();
    let moved = inside.map(|it| {
        let at = it.range.start - range.start..it.range.end - range.start;
        Edit::replace(at, it.text.clone())
    });
    let source = &document.text()[range.clone()];
    let spliced = splice(source, &mut moved.collect());
    spliced.map_or_else(|_| source.to_owned(), |(text, _)| text)
}

/// The conversion of that name.
pub fn named(name: &str) -> Option<Converter> {
    Some(match name {
        "anomaly_threshold" => anomaly_threshold::convert,
        "assume_role_duration" => assume_role_duration::convert,
        "autoscaling_group_tags" => autoscaling_group_tags::convert,
        "batch_compute_environments" => batch_compute_environments::convert,
        "budget_cost_filters" => budget_cost_filters::convert,
        "cpu_options" => cpu_options::convert,
        "ecs_cluster_capacity_providers" => ecs_cluster_capacity_providers::convert,
        "eip_domain" => eip_domain::convert,
        "eks_addon_resolve_conflicts" => eks_addon_resolve_conflicts::convert,
        "elasticache_cluster_mode" => elasticache_cluster_mode::convert,
        "elasticache_zones" => elasticache_zones::convert,
        "firehose_s3_configuration" => firehose_s3_configuration::convert,
        "flow_log_group_name" => flow_log_group_name::convert,
        "guardduty_auto_enable" => guardduty_auto_enable::convert,
        "identitystore_filter" => identitystore_filter::convert,
        "msk_volume_size" => msk_volume_size::convert,
        "rds_cluster_instance_engine" => rds_cluster_instance_engine::convert,
        "route_instance" => route_instance::convert,
        "secret_rotation" => secret_rotation::convert,
        "ssm_association_instance" => ssm_association_instance::convert,
        "subnet_ids" => subnet_ids::convert,
        "waf_excluded_rule" => waf_excluded_rule::convert,
        _ => return None,
    })
}

impl<'d> ConversionInput<'_, 'd> {
    /// The file of the block.
    pub fn document(&self) -> &'d Document {
        self.block.document()
    }

    /// The block that directly contains the arguments.
    pub fn owner(&self) -> Block<'d> {
        self.sites[0].owner
    }

    /// The source text of a range, with the edits inside of it applied.
    pub fn text(&self, range: Range<usize>) -> String {
        edited(self.document(), range, self.inner)
    }

    /// The edits that make the entries of `ignore_changes` for the path follow.
    pub fn ignored_as(&self, path: &str, to: &str) -> Vec<Edit> {
        let ignored = ignored_paths(&self.block, path).into_iter();
        ignored.map(|it| Edit::replace(it.name, to)).collect()
    }

    /// A conversion by edits of the one file.
    pub fn converted(&self, message: impl Into<String>, edits: Vec<Edit>) -> ConvertedArgument {
        let path = self.document().path();
        let edits = edits.into_iter().map(|edit| FileEdit {
            path: path.to_path_buf(),
            edit,
        });
        ConvertedArgument {
            message: message.into(),
            help: None,
            edits: edits.collect(),
        }
    }
}
