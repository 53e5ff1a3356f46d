//! Conversions: what takes another shape than a name or a value. One file, one conversion.

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
mod route_instance;
mod secret_rotation;
mod ssm_association_instance;
mod subnet_ids;
mod text;
mod waf_excluded_rule;

use super::ignored::ignored;
use super::places::ArgumentSite;
use diagnostics::finding::FileEdit;
use std::ops::Range;
use syntax::edit::{Edit, splice};
use syntax::hcl::{Block, Document};
use terraform::module::Module;

/// What a conversion is given: the places of its row that stand in one block.
pub struct ConversionInput<'c, 'd> {
    /// The module around it.
    pub module: &'c Module,
    /// The resource, data source or provider.
    pub block: Block<'d>,
    /// The places, in order; at least one, all with one owner.
    pub places: &'c [ArgumentSite<'d>],
    /// What is edited around them.
    pub inner: &'c [FileEdit],
}

/// What a conversion makes of them.
pub struct ConvertedArgument {
    /// What becomes of the places: the rest of the sentence that their names begin.
    pub message: String,
    /// What a person should know, where the row does not say it.
    pub help: Option<String>,
    /// The edits, one transaction.
    pub edits: Vec<FileEdit>,
}

/// Converts what it is given; `None` where it has a shape that only a person can convert.
pub type Converter = fn(&ConversionInput<'_, '_>) -> Option<ConvertedArgument>;

/// The source text of a range, with the edits that lie inside it.
pub fn edited(document: &Document, range: Range<usize>, edits: &[FileEdit]) -> String {
    let inside = edits.iter().filter(|it| {
        let at = &it.edit.range;
        it.path == document.path() && range.start <= at.start && at.end <= range.end
    });
    let moved = inside.map(|it| {
        let at = &it.edit.range;
        let at = at.start - range.start..at.end - range.start;
        Edit::replace(at, it.edit.text.clone())
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
    /// The file that it stands in.
    pub fn document(&self) -> &'d Document {
        self.block.document()
    }

    /// The block whose content the places stand in.
    pub fn owner(&self) -> Block<'d> {
        self.places[0].owner
    }

    /// The source text of a range, with what is edited inside it.
    pub fn text(&self, range: Range<usize>) -> String {
        edited(self.document(), range, self.inner)
    }

    /// Where `ignore_changes` names what is at that path gets this name.
    pub fn ignored_as(&self, path: &str, to: &str) -> Option<Edit> {
        let ignored = ignored(&self.block, path)?;
        Some(Edit::replace(ignored.span, to))
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
