//! Module calls that pass static keys on.

use diagnostics::finding::Finding;
use diagnostics::ignore::Ignore;
use engine::repo::Repo;
use syntax::edit::Edit;
use syntax::hcl::Attribute;
use terraform::module::Module;
use terraform::module_call::{ModuleAddress, ModuleCall};
use terraform::static_keys::named;

use super::ID;

/// The findings on the calls of a module that pass keys to modules which lose them.
pub fn in_calls(module: &Module, repo: &Repo) -> Vec<Finding> {
    let passages = &repo.index().key_passages;
    if passages.through(&module.directory).is_none() {
        return Vec::new();
    }
    let documents = module.configuration();
    let blocks = documents.flat_map(|document| document.blocks("module"));
    let calls = blocks.filter_map(|block| {
        let source = block.attribute("source")?;
        Some(ModuleCall { block, source })
    });
    calls.filter_map(|call| in_call(&call, repo)).collect()
}

fn in_call(call: &ModuleCall<'_>, repo: &Repo) -> Option<Finding> {
    let ModuleAddress::Local(directory) = call.address() else {
        return None;
    };
    let directory = repo.index().modules.links.directory(&directory);
    let arguments = call.block.body().attributes();
    let arguments = arguments.filter(|argument| {
        let passages = &repo.index().key_passages;
        passages.passes(&directory, argument.name) && !Ignore::keeps_setting(argument, ID)
    });
    let arguments: Vec<Attribute<'_>> = arguments.collect();
    let first = arguments.first()?;
    let document = first.value.document();
    let message = format!(
        "loses {}: its providers take credentials from the environment",
        named(&arguments)
    );
    let finding = Finding::new(ID, document, first.span(), (call.reference(), message));
    Some(arguments.iter().fold(finding, |finding, argument| {
        finding.edit(document, Edit::remove(document, argument.span()))
    }))
}
