//! What a major of the AWS provider does to the arguments of a module, by the tables of the majors.

mod affected;
mod candidates;
mod changes;
mod code;
mod convert;
mod facts;
mod in_block;
mod in_references;
mod inner_edits;
mod lists_of_sets;
mod major_upgrade;
mod may_apply;
mod module_code;
mod nested_edits;
mod object_form;
mod site_change;
mod surroundings;
mod table;
mod whole_objects;

pub use affected::{AffectedBlock, affected_blocks};
pub use candidates::CandidateRows;
pub use changes::changes;
pub use code::passed_objects::{CallArguments, HeldOutputs, HeldVariables, PassedObjects};
pub use facts::{Fact, facts, similar_types, type_page};
pub use major_upgrade::MajorUpgrade;
pub use site_change::ArgumentChange;
pub use surroundings::{ModuleSurroundings, passed_on};
pub use table::{has_table, is_block};

#[cfg(test)]
mod tests {
    use super::code::block_type::BlockType;
    use super::code::sites::sites;
    use super::is_block;
    use super::table::MAJORS;
    use syntax::hcl::Document;

    /// Whether the path leads somewhere in JSON that nests objects along it.
    fn leads(keyword: &str, type_name: &str, path: &str) -> bool {
        let nested = path.rsplit('.').fold("1".to_owned(), |inner, name| {
            format!("{{\"{name}\": {inner}}}")
        });
        let json = format!("{{\"{keyword}\": {{\"{type_name}\": {{\"x\": {nested}}}}}}}");
        let document = Document::of_json("main.tf.json".into(), json, is_block).unwrap();
        let block = document.blocks(keyword).next().unwrap();
        !sites(&block, path).is_empty()
    }

    #[test]
    fn every_path_of_the_tables_leads_through_json() {
        for (_, table) in MAJORS.iter() {
            for (kind, type_name, row) in table.all() {
                for path in row.paths.iter().filter(|_| kind != BlockType::Provider) {
                    assert!(
                        leads(kind.keyword(), type_name, path),
                        "{type_name}: {path}"
                    );
                }
            }
        }
        assert!(!leads("resource", "aws_x", "tags.a"), "a map is no block");
    }
}
