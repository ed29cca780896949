//! From a component's file to what is interpreted: which interface it has, what it imports, and the one module in it that
//! does the work.
//!
//! What cannot be run is refused here, with what to do about it, and never at the edge.

mod artifact;
mod find;
mod flatten;
mod prepare;
mod shape;
mod snapshot;

use thiserror::Error;

use crate::guest::{engine, parse};
use crate::host;
use crate::{Guest, Interface};

pub use artifact::{AttachError, attach};
pub use shape::WIT;

/// A component that can be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// What it may be asked.
    pub interface: Interface,
    /// The interface's name as the component exports it: `edgee:components/data-collection@1.0.1`.
    pub export: String,
    /// The functions that it imports, by module and name.
    pub imports: Vec<(String, String)>,
    /// What is interpreted: bytes of the artifact, too.
    pub module: Vec<u8>,
    /// The size of its file in bytes.
    pub file_bytes: usize,
}

impl Component {
    /// The component at work in this process. Its module is kept for as long as the process lasts.
    #[must_use]
    pub fn guest(&self) -> Guest {
        Guest::new(self.interface, self.module.clone().leak())
    }

    /// The interfaces that it imports, each once, in the order in which it names them.
    #[must_use]
    pub fn interfaces(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (module, _) in &self.imports {
            if !names.contains(&module.as_str()) {
                names.push(module);
            }
        }
        names
    }
}

/// Why a file cannot be linked. It is for the component's author to change.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Not WebAssembly at all, or damaged.
    #[error("this is not a WebAssembly component: {0}")]
    NotAComponent(String),
    /// A core module.
    #[error("this is a core module, not a component; make one of it with: selvedge component build")]
    CoreModule,
    /// None of the interfaces is exported.
    #[error(
        "it exports none of edgee:components/data-collection, /consent-mapping and /consent-management, but {0}"
    )]
    NoInterface(String),
    /// An interface is exported in a version that is not known.
    #[error("it exports {0}; the versions that are known are 1.0.0 and 1.0.1, and none")]
    OtherVersion(String),
    /// A function is not what the interface says.
    #[error("{export}: `{function}` is `{found}`; the interface says `{known}`")]
    OtherShape {
        /// The interface.
        export: String,
        /// The function.
        function: String,
        /// What it is.
        found: String,
        /// What it should be.
        known: String,
    },
    /// It is made of several modules that share a memory, or of several components.
    #[error("{0}")]
    Several(String),
    /// It imports what is not given to anybody.
    #[error("it imports {}", listed(.0))]
    Imports(Vec<Forbidden>),
    /// It uses what the interpreter does not have.
    #[error("it cannot be interpreted: {0}")]
    NotInterpreted(String),
}

/// An import that is refused, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forbidden {
    /// The module, such as `wasi:sockets/tcp@0.2.3`.
    pub module: String,
    /// The name in it.
    pub name: String,
    /// Why.
    pub why: &'static str,
}

impl Forbidden {
    fn new(module: &str, name: &str) -> Self {
        let interface = module.split('@').next().unwrap_or(module);
        let why = match interface {
            _ if interface.starts_with("wasi:sockets") || name.starts_with("sock_") => {
                "a component opens no connections: it returns the request, and it is sent for it"
            }
            _ if interface.starts_with("wasi:http") => {
                "a component sends no requests: it returns the request, and it is sent for it"
            }
            "env" | "GOT.mem" | "GOT.func" => {
                "it is linked dynamically, of several modules that share a memory, as Python's components are"
            }
            _ if interface.starts_with("wasi:") || interface == "wasi_snapshot_preview1" => {
                "it is not on the short list of what a component may import"
            }
            _ => "there is nobody to give it",
        };
        Self { module: module.to_owned(), name: name.to_owned(), why }
    }
}

fn listed(imports: &[Forbidden]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for import in imports.iter().take(5) {
        lines.push(format!("{} `{}`: {}", import.module, import.name, import.why));
    }
    if let more @ 1.. = imports.len().saturating_sub(5) {
        lines.push(format!("and {more} more"));
    }
    lines.join("; ")
}

/// Opens a component's file, or says why it cannot be run.
///
/// # Errors
/// As [`Refusal`] says.
pub fn open(file: &[u8]) -> Result<Component, Refusal> {
    match wasmparser::Parser::is_component(file) {
        true => {}
        false if wasmparser::Parser::is_core_wasm(file) => return Err(Refusal::CoreModule),
        false => return Err(Refusal::NotAComponent("it does not begin as one does".into())),
    }
    let (interface, export) = shape::check(file)?;
    let found = main(file, &export)?;
    let imports = find::imports(&found.module)?;
    let forbidden = imports.iter().filter(|(module, name)| !host::allows(module, name));
    let forbidden: Vec<_> = forbidden.map(|(module, name)| Forbidden::new(module, name)).collect();
    if !forbidden.is_empty() {
        return Err(Refusal::Imports(forbidden));
    }
    let module = prepare::prepare(&found)?;
    parse(&engine(), &module).map_err(|error| Refusal::NotInterpreted(error.to_string()))?;
    let module = snapshot::started(module)?;
    Ok(Component { interface, export, imports, module, file_bytes: file.len() })
}

/// The module that does the work; where several do it together, they are made one.
fn main<'f>(file: &'f [u8], export: &str) -> Result<find::Found<'f>, Refusal> {
    match find::main(file, export) {
        Err(Refusal::Several(_)) => flatten::flatten(file, export),
        found => found,
    }
}

/// What a component is, whether it can be linked or not.
#[derive(Debug)]
pub struct Inspection {
    /// The interface that it has, by the name by which it is exported.
    pub export: Result<String, Refusal>,
    /// What it imports; by interface alone where its modules cannot be told.
    pub imports: Vec<Import>,
}

/// An import, and whether it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The module, such as `wasi:clocks/wall-clock@0.2.3`.
    pub module: String,
    /// The name in it.
    pub name: String,
    /// Why it is refused.
    pub why: Option<&'static str>,
}

/// Looks at a component's file.
///
/// # Errors
/// When it is none.
pub fn inspect(file: &[u8]) -> Result<Inspection, Refusal> {
    if !wasmparser::Parser::is_component(file) {
        return open(file).map(|_| Inspection { export: Err(Refusal::CoreModule), imports: Vec::new() });
    }
    let export = shape::check(file).map(|(_, export)| export);
    let of_main =
        export.as_ref().ok().and_then(|export| find::imports(&main(file, export).ok()?.module).ok());
    let imports = match of_main {
        Some(imports) => imports,
        None => find::interfaces(file)?.into_iter().map(|name| (name, String::new())).collect(),
    };
    let imports = imports.into_iter().map(|(module, name)| {
        let allowed = if name.is_empty() { host::knows(&module) } else { host::allows(&module, &name) };
        let why = (!allowed).then(|| Forbidden::new(&module, &name).why);
        Import { module, name, why }
    });
    Ok(Inspection { export, imports: imports.collect() })
}
