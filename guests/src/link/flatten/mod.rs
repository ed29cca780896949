//! Several modules made one. What some tools build (JavaScript's and Python's) is linked dynamically: modules that share a
//! memory, in a tree of components that hand functions to each other. Here the tree is walked as a host would instantiate
//! it ([`graph`]), and the modules are written as one ([`merge`]), with only what can be reached from the interface.

mod graph;
mod merge;
mod parsed;
mod write;

use std::collections::BTreeMap;

use super::Refusal;
use super::find::Found;
use graph::Item;

/// The one module that a component comes to, with the names of [`crate::guest`].
pub(super) fn flatten(file: &[u8], export: &str) -> Result<Found<'static>, Refusal> {
    let graph = graph::evaluate(file)?;
    let missing = || Refusal::Several(format!("{export} is not made of functions of its own"));
    let interface = graph.exports.get(export).ok_or_else(missing)?;
    let mut roots: BTreeMap<String, Item> = BTreeMap::new();
    let mut memory = None;
    for (name, lift) in interface {
        roots.insert(name.clone(), lift.function.clone());
        if let Some(post) = &lift.post_return {
            roots.insert(format!("{}{name}", crate::guest::POST), post.clone());
        }
        if let Some(realloc) = &lift.realloc {
            roots.insert(crate::guest::REALLOC.to_owned(), realloc.clone());
        }
        if lift.memory.is_some() {
            memory.clone_from(&lift.memory);
        }
    }
    let memory = memory.ok_or_else(missing)?;
    let module = merge::merge(&graph, &roots, &memory)?;
    let functions = roots.into_keys().map(|name| (name.clone(), name)).collect();
    Ok(Found { module: module.into(), functions, memory: crate::guest::MEMORY.to_owned() })
}
