//! What calls of modules in the repository pass by their arguments.

use std::collections::BTreeMap;

use super::held_objects::{Held, ObjectReader, Scope, is_empty};
use super::holders::Holders;
use super::passed_objects::CallArguments;
use syntax::hcl::Top;
use terraform::module::Module;
use terraform::module_call::{ModuleAddress, ModuleCall};

/// The arguments of the module's calls of modules in the repository, with what they hold. Attributes
/// are left out, which are followed as far as the call.
pub fn call_arguments(module: &Module, holders: &Holders<'_>) -> Vec<CallArguments> {
    let names = holders.names();
    let mut all = Vec::new();
    let calls = module
        .configuration()
        .flat_map(|it| it.top_blocks("module"));
    // A module of the repository has `./` in its source, and most calls have none and are not parsed.
    let may_be_local = |top: &Top<'_>| top.text().contains("./") || top.text().contains("\\u");
    for block in calls
        .filter(may_be_local)
        .filter_map(|top| top.parse().ok())
    {
        let Some(source) = block.attribute("source") else {
            continue;
        };
        let call = ModuleCall { block, source };
        let ModuleAddress::Local(directory) = call.address() else {
            continue;
        };
        let mut reader = ObjectReader::new(&names, call.block.offset());
        let for_each = call.block.attribute("for_each");
        let element = for_each.and_then(|it| reader.element_of(it.value.expression()));
        let element = element.map_or(Scope::Other, Scope::Value);
        let values = reader.with("each.value", element, |reader| {
            let arguments = call.block.body().attributes();
            let values = arguments.map(|argument| {
                let value = argument.value.expression();
                let held = reader.read(value).and_then(Held::objects);
                (argument.name.to_owned(), (held, is_empty(value)))
            });
            values.collect::<BTreeMap<_, _>>()
        });
        all.push(CallArguments {
            label: call.name().to_owned(),
            directory,
            values,
        });
    }
    all
}
