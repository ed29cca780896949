//! A component as a host would instantiate it: which modules, in which order, with what for their imports; and what its
//! exported functions are.

use std::collections::BTreeMap;
use std::rc::Rc;

use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExternalKind, ComponentInstance,
    ComponentOuterAliasKind, ComponentTypeRef, ExternalKind, Instance, Parser, Payload,
};

use super::Refusal;
use crate::link::find::slice;

/// A thing that modules share: a function, a table, a memory or a global.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Item {
    /// What an instance of a module exports.
    Export(usize, String),
    /// A function that comes from outside, by module and name.
    Import(String, String),
    /// What only a component's host could make. Who calls it traps.
    Nothing,
}

/// What an instance's imports from one name are.
#[derive(Debug, Clone)]
pub(super) enum Given {
    /// The exports of another instance.
    Instance(usize),
    /// Picked by the component.
    Picked(Rc<BTreeMap<String, Item>>),
}

/// A module at its place.
#[derive(Debug)]
pub(super) struct Placed<'f> {
    pub(super) module: &'f [u8],
    pub(super) given: BTreeMap<String, Given>,
}

/// An exported function.
#[derive(Debug, Clone)]
pub(super) struct Lift {
    pub(super) function: Item,
    pub(super) memory: Option<Item>,
    pub(super) realloc: Option<Item>,
    pub(super) post_return: Option<Item>,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Graph<'f> {
    /// The modules, in the order in which they are instantiated.
    pub(super) placed: Vec<Placed<'f>>,
    /// The exported interfaces, with their functions.
    pub(super) exports: BTreeMap<String, BTreeMap<String, Lift>>,
}

#[derive(Debug, Clone)]
enum Thing<'f> {
    Function(Function),
    Instance(Outer<'f>),
    Type(Option<(String, String)>),
    Component(Definition<'f>),
    Module(&'f [u8]),
}

#[derive(Debug, Clone)]
enum Function {
    Lift(Box<Lift>),
    Import(String, String),
}

/// An instance of a component.
#[derive(Debug, Clone)]
enum Outer<'f> {
    Import(String),
    Exports(Rc<BTreeMap<String, Thing<'f>>>),
}

/// A component that has not been instantiated, and where it stands.
#[derive(Debug, Clone)]
struct Definition<'f> {
    bytes: &'f [u8],
    around: Rc<Vec<Spaces<'f>>>,
}

/// The index spaces of one component.
#[derive(Debug, Clone, Default)]
struct Spaces<'f> {
    modules: Vec<&'f [u8]>,
    core_instances: Vec<Given>,
    core_functions: Vec<Item>,
    tables: Vec<Item>,
    memories: Vec<Item>,
    globals: Vec<Item>,
    components: Vec<Definition<'f>>,
    instances: Vec<Outer<'f>>,
    functions: Vec<Function>,
    /// The interface and name of what comes from outside; none of the component's own.
    types: Vec<Option<(String, String)>>,
}

/// Walks a component.
pub(super) fn evaluate(file: &[u8]) -> Result<Graph<'_>, Refusal> {
    let mut graph = Graph::default();
    let exports = instantiate(&Definition { bytes: file, around: Rc::default() }, None, &mut graph)?;
    for (name, thing) in exports.iter() {
        let Thing::Instance(Outer::Exports(functions)) = thing else { continue };
        let lifts = functions.iter().filter_map(|(name, thing)| match thing {
            Thing::Function(Function::Lift(lift)) => Some((name.clone(), (**lift).clone())),
            _ => None,
        });
        graph.exports.insert(name.clone(), lifts.collect());
    }
    Ok(graph)
}

fn at<T: Clone>(list: &[T], index: u32) -> Result<T, Refusal> {
    list.get(index as usize).cloned().ok_or_else(|| Refusal::NotAComponent("an index points nowhere".into()))
}

fn several(what: &str) -> Refusal {
    Refusal::Several(what.to_owned())
}

type Exports<'f> = Rc<BTreeMap<String, Thing<'f>>>;

fn instantiate<'f>(
    definition: &Definition<'f>,
    args: Option<&BTreeMap<String, Thing<'f>>>,
    graph: &mut Graph<'f>,
) -> Result<Exports<'f>, Refusal> {
    let bytes = definition.bytes;
    if definition.around.len() > 8 {
        return Err(several("its components are nested too deeply"));
    }
    let mut own = Spaces::default();
    let mut exports = BTreeMap::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            _ if depth > 1 => {}
            Payload::ModuleSection { unchecked_range, .. } => {
                own.modules.push(bytes.get(slice(&unchecked_range)).unwrap_or_default());
            }
            Payload::ComponentSection { unchecked_range, .. } => {
                let mut around = (*definition.around).clone();
                around.push(own.clone());
                let bytes = bytes.get(slice(&unchecked_range)).unwrap_or_default();
                own.components.push(Definition { bytes, around: Rc::new(around) });
            }
            Payload::ComponentTypeSection(types) => own.types.extend(types.into_iter().map(|_| None)),
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    let import = import?;
                    let name = import.name.name;
                    let thing = match args {
                        Some(args) => args
                            .get(name)
                            .cloned()
                            .ok_or_else(|| several("a component in it lacks an import"))?,
                        None => match import.ty {
                            ComponentTypeRef::Instance(_) => Thing::Instance(Outer::Import(name.to_owned())),
                            ComponentTypeRef::Func(_) => {
                                Thing::Function(Function::Import("$root".into(), name.to_owned()))
                            }
                            ComponentTypeRef::Type(_) => Thing::Type(None),
                            _ => return Err(several("it takes components from outside")),
                        },
                    };
                    own.push(thing);
                }
            }
            Payload::InstanceSection(instances) => {
                for instance in instances {
                    let given = own.core_instance(instance?, graph)?;
                    own.core_instances.push(given);
                }
            }
            Payload::ComponentInstanceSection(instances) => {
                for instance in instances {
                    let made = match instance? {
                        ComponentInstance::Instantiate { component_index, args } => {
                            let mut given = BTreeMap::new();
                            for arg in &args {
                                given.insert(arg.name.to_owned(), own.thing(arg.kind, arg.index)?);
                            }
                            instantiate(&at(&own.components, component_index)?, Some(&given), graph)?
                        }
                        ComponentInstance::FromExports(list) => {
                            let mut given = BTreeMap::new();
                            for export in &list {
                                given.insert(
                                    export.name.name.to_owned(),
                                    own.thing(export.kind, export.index)?,
                                );
                            }
                            Rc::new(given)
                        }
                    };
                    own.instances.push(Outer::Exports(made));
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    own.alias(&alias?, &definition.around)?;
                }
            }
            Payload::ComponentCanonicalSection(functions) => {
                for function in functions {
                    own.canonical(function?)?;
                }
            }
            Payload::ComponentExportSection(list) => {
                for export in list {
                    let export = export?;
                    let thing = own.thing(export.kind, export.index)?;
                    exports.insert(export.name.name.to_owned(), thing.clone());
                    own.push(thing);
                }
            }
            Payload::ComponentStartSection { .. } => {
                return Err(several("it has a start function of its own"));
            }
            _ => {}
        }
    }
    Ok(Rc::new(exports))
}

impl<'f> Spaces<'f> {
    fn push(&mut self, thing: Thing<'f>) {
        match thing {
            Thing::Function(function) => self.functions.push(function),
            Thing::Instance(instance) => self.instances.push(instance),
            Thing::Type(of) => self.types.push(of),
            Thing::Component(component) => self.components.push(component),
            Thing::Module(module) => self.modules.push(module),
        }
    }

    fn thing(&self, kind: ComponentExternalKind, index: u32) -> Result<Thing<'f>, Refusal> {
        Ok(match kind {
            ComponentExternalKind::Func => Thing::Function(at(&self.functions, index)?),
            ComponentExternalKind::Instance => Thing::Instance(at(&self.instances, index)?),
            ComponentExternalKind::Type => Thing::Type(at(&self.types, index)?),
            ComponentExternalKind::Component => Thing::Component(at(&self.components, index)?),
            ComponentExternalKind::Module => Thing::Module(at(&self.modules, index)?),
            ComponentExternalKind::Value => return Err(several("it has values")),
        })
    }

    fn core_instance(&self, instance: Instance<'f>, graph: &mut Graph<'f>) -> Result<Given, Refusal> {
        match instance {
            Instance::Instantiate { module_index, args } => {
                let mut given = BTreeMap::new();
                for arg in &args {
                    given.insert(arg.name.to_owned(), at(&self.core_instances, arg.index)?);
                }
                graph.placed.push(Placed { module: at(&self.modules, module_index)?, given });
                Ok(Given::Instance(graph.placed.len() - 1))
            }
            Instance::FromExports(exports) => {
                let mut picked = BTreeMap::new();
                for export in &exports {
                    let space = match export.kind {
                        ExternalKind::Func | ExternalKind::FuncExact => &self.core_functions,
                        ExternalKind::Table => &self.tables,
                        ExternalKind::Memory => &self.memories,
                        ExternalKind::Global => &self.globals,
                        ExternalKind::Tag => return Err(several("it has exceptions")),
                    };
                    picked.insert(export.name.to_owned(), at(space, export.index)?);
                }
                Ok(Given::Picked(Rc::new(picked)))
            }
        }
    }

    fn alias(&mut self, alias: &ComponentAlias<'_>, around: &[Spaces<'f>]) -> Result<(), Refusal> {
        match *alias {
            ComponentAlias::CoreInstanceExport { kind, instance_index, name } => {
                let item = match at(&self.core_instances, instance_index)? {
                    Given::Instance(instance) => Item::Export(instance, name.to_owned()),
                    Given::Picked(picked) => picked.get(name).cloned().unwrap_or(Item::Nothing),
                };
                match kind {
                    ExternalKind::Func | ExternalKind::FuncExact => self.core_functions.push(item),
                    ExternalKind::Table => self.tables.push(item),
                    ExternalKind::Memory => self.memories.push(item),
                    ExternalKind::Global => self.globals.push(item),
                    ExternalKind::Tag => return Err(several("it has exceptions")),
                }
            }
            ComponentAlias::InstanceExport { kind, instance_index, name } => {
                let thing = match at(&self.instances, instance_index)? {
                    Outer::Exports(exports) => exports.get(name).cloned(),
                    Outer::Import(interface) => match kind {
                        ComponentExternalKind::Func => {
                            Some(Thing::Function(Function::Import(interface, name.to_owned())))
                        }
                        ComponentExternalKind::Type => Some(Thing::Type(Some((interface, name.to_owned())))),
                        _ => None,
                    },
                };
                self.push(thing.ok_or_else(|| several("it takes modules from outside"))?);
            }
            ComponentAlias::Outer { kind, count, index } => {
                // None outwards is the component itself.
                let outer =
                    (count as usize).checked_sub(1).and_then(|up| around.iter().rev().nth(up)).cloned();
                let outer = outer.unwrap_or_else(|| self.clone());
                match kind {
                    ComponentOuterAliasKind::Type => self.types.push(at(&outer.types, index)?),
                    ComponentOuterAliasKind::Component => self.components.push(at(&outer.components, index)?),
                    ComponentOuterAliasKind::CoreModule => self.modules.push(at(&outer.modules, index)?),
                    ComponentOuterAliasKind::CoreType => {}
                }
            }
        }
        Ok(())
    }

    fn canonical(&mut self, function: CanonicalFunction) -> Result<(), Refusal> {
        let made = match function {
            CanonicalFunction::Lift { core_func_index, options, .. } => {
                let function = at(&self.core_functions, core_func_index)?;
                let mut lift = Lift { function, memory: None, realloc: None, post_return: None };
                for option in &options {
                    match *option {
                        CanonicalOption::Memory(index) => lift.memory = Some(at(&self.memories, index)?),
                        CanonicalOption::Realloc(index) => {
                            lift.realloc = Some(at(&self.core_functions, index)?);
                        }
                        CanonicalOption::PostReturn(index) => {
                            lift.post_return = Some(at(&self.core_functions, index)?);
                        }
                        CanonicalOption::UTF8 => {}
                        other => {
                            return Err(Refusal::NotInterpreted(format!(
                                "its functions are lifted with {other:?}"
                            )));
                        }
                    }
                }
                self.functions.push(Function::Lift(Box::new(lift)));
                return Ok(());
            }
            CanonicalFunction::Lower { func_index, .. } => match at(&self.functions, func_index)? {
                Function::Import(interface, name) => Item::Import(interface, name),
                // A call from one component of the tree to another: JavaScript's has one, for its build.
                Function::Lift(_) => Item::Nothing,
            },
            CanonicalFunction::ResourceDrop { resource } => match at(&self.types, resource)? {
                Some((interface, name)) => Item::Import(interface, format!("[resource-drop]{name}")),
                None => Item::Nothing,
            },
            _ => Item::Nothing,
        };
        self.core_functions.push(made);
        Ok(())
    }
}
