//! [`Guest`]: a component that can be called, and [`Run`]: one instance of it, for the events of one visit.

use std::fmt::Debug;
use std::sync::OnceLock;

use selvedge_core::component::Moment;
use selvedge_core::consent::State;
use selvedge_core::event::{Event, EventType};
use wasmi::errors::ErrorKind;
use wasmi::{
    CompilationMode, Config, CustomFuelCosts, Engine, Instance, Linker, Memory, Module, Store, TrapCode,
};

use crate::abi::{self, Image, Lifted, Room};
use crate::host::{self, Host};
use crate::{Failure, Limits};

/// Which interface a component has: what it may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interface {
    /// A destination: `page`, `track`, `user`.
    DataCollection {
        /// Whether it may be asked how to get a token: since version 1.0.1.
        authenticates: bool,
    },
    /// Reads consent from cookies: `map`.
    ConsentMapping,
}

/// A request, as a component returned it: bounded, and otherwise unchecked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `PUT`, `POST` or `DELETE`.
    pub method: http::Method,
    /// The URL.
    pub url: String,
    /// Fields.
    pub headers: Vec<(String, String)>,
    /// Whether it shall look as if the visitor's browser had sent it.
    pub forward_client_headers: bool,
    /// The body.
    pub body: String,
}

/// How a token is had, as a component returned it: bounded, and otherwise unchecked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthRequest {
    /// `GET`, `PUT`, `POST` or `DELETE`.
    pub method: http::Method,
    /// The URL.
    pub url: String,
    /// Fields.
    pub headers: Vec<(String, String)>,
    /// For how many seconds the token is good, unless the answer says so itself.
    pub token_duration: i64,
    /// The property of the answer's JSON that is the token; none: the answer is the token.
    pub response_property: Option<String>,
    /// The setting as which the component gets it.
    pub setting: String,
    /// The body.
    pub body: String,
}

/// What a call came to, and what it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called<T> {
    /// What it returned, or how it failed.
    pub result: Result<T, Failure>,
    /// Instructions that it took; the first call's include the instance's own start.
    pub fuel: u64,
    /// Memory that the instance has, in bytes.
    pub memory: usize,
    /// What it wrote to its standard output and error, as the log may have it; mostly nothing.
    pub said: String,
}

/// A component that can be called. Parsed when it first is.
pub struct Guest {
    /// What it may be asked.
    pub interface: Interface,
    module: &'static [u8],
    ready: OnceLock<Result<Ready, String>>,
}

struct Ready {
    engine: Engine,
    module: Module,
    linker: Linker<Host>,
}

impl Debug for Guest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guest")
            .field("interface", &self.interface)
            .field("bytes", &self.module.len())
            .finish()
    }
}

/// The names by which a linked module exports what is asked of it; a function's clean-up has [`POST`] before its name.
pub(crate) const MEMORY: &str = "memory";
pub(crate) const REALLOC: &str = "realloc";
pub(crate) const INITIALIZE: &str = "initialize";
pub(crate) const POST: &str = "post-";

impl Guest {
    /// A component of a linked module: [`crate::link`] makes such, and nothing else may be given here.
    pub(crate) fn new(interface: Interface, module: &'static [u8]) -> Self {
        Self { interface, module, ready: OnceLock::new() }
    }

    fn ready(&self) -> Result<&Ready, Failure> {
        let ready = self.ready.get_or_init(|| {
            let engine = engine();
            let module = parse(&engine, self.module).map_err(|error| error.to_string())?;
            let linker = host::linker(&engine, &module).map_err(|import| format!("it imports {import}"))?;
            Ok(Ready { engine, module, linker })
        });
        ready.as_ref().map_err(|problem| Failure::Unusable(problem.clone()))
    }

    /// A fresh instance. What goes wrong as it starts is told by its first call.
    #[must_use]
    pub fn run(&self, moment: &Moment<'_>, limits: Limits) -> Run {
        let mut run = Run { started: Err(Failure::Unusable(String::new())), limits, spent: 0 };
        run.started = self.ready().and_then(|ready| Started::new(ready, moment, limits));
        if let Ok(started) = &run.started {
            run.spent = limits.fuel.saturating_sub(started.store.get_fuel().unwrap_or_default());
        }
        run
    }
}

/// Every module is checked when it is linked. What is deployed was, and does not carry what checks.
#[cfg(feature = "link")]
pub(crate) fn parse(engine: &Engine, module: &[u8]) -> Result<Module, wasmi::Error> {
    Module::new(engine, module)
}

#[cfg(not(feature = "link"))]
#[allow(unsafe_code)]
fn parse(engine: &Engine, module: &[u8]) -> Result<Module, wasmi::Error> {
    // SAFETY: linking has validated it, and the artifact is what linking has written.
    unsafe { Module::new_unchecked(engine, module) }
}

/// Functions are translated when they are first called. That is not a call's own doing, so it costs no fuel: the same call
/// takes the same fuel in a fresh process and in an old one.
pub(crate) fn engine() -> Engine {
    let mut config = Config::default();
    config
        .consume_fuel(true)
        .fuel_cost(CustomFuelCosts {
            bytes_copied_per_fuel: 64,
            fuel_per_bytes_translated: 0,
            fuel_per_bytes_validated: 0,
        })
        .compilation_mode(CompilationMode::LazyTranslation)
        .ignore_custom_sections(true)
        .set_max_cached_stacks(1);
    Engine::new(&config)
}

/// An instance at work. After a trap its memory means nothing any more: every later call fails as that one did.
#[derive(Debug)]
pub struct Run {
    started: Result<Started, Failure>,
    limits: Limits,
    /// What its start took, until the first call has accounted for it.
    spent: u64,
}

struct Started {
    store: Store<Host>,
    instance: Instance,
    memory: Memory,
    realloc: abi::Realloc,
}

impl Debug for Started {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Started").finish_non_exhaustive()
    }
}

impl Started {
    fn new(ready: &Ready, moment: &Moment<'_>, limits: Limits) -> Result<Self, Failure> {
        let mut store = Store::new(&ready.engine, Host::new(moment, limits));
        store.limiter(|host| &mut host.store);
        store.set_fuel(limits.fuel).map_err(|error| Failure::Unusable(error.to_string()))?;
        let instance = ready.linker.instantiate_and_start(&mut store, &ready.module);
        let instance = instance.map_err(|error| wrong(&error, &store))?;
        if let Ok(initialize) = instance.get_typed_func::<(), ()>(&store, INITIALIZE) {
            initialize.call(&mut store, ()).map_err(|error| wrong(&error, &store))?;
        }
        let absent = |what: &str| Failure::Unusable(format!("it has no {what}"));
        let memory = instance.get_memory(&store, MEMORY).ok_or_else(|| absent(MEMORY))?;
        let realloc = instance.get_typed_func(&store, REALLOC).map_err(|_| absent(REALLOC))?;
        Ok(Self { store, instance, memory, realloc })
    }
}

/// Settings, as components get them: texts by name.
pub type Settings = [(String, String)];

impl Run {
    /// What the next call may spend, where that is less than the first.
    pub(crate) fn limit(&mut self, fuel: u64) {
        self.limits.fuel = fuel;
    }

    /// Asks for the request that an event becomes.
    pub fn event(&mut self, event: &Event, settings: &Settings) -> Called<Request> {
        let function = match event.data.event_type() {
            EventType::Page => "page",
            EventType::Track => "track",
            EventType::User => "user",
        };
        self.call(
            function,
            |room| {
                let mut image = Image::new(room);
                abi::event(&mut image, event)?;
                image.dict(settings.iter().map(|(name, value)| (name, value)))?;
                Ok(vec![image.put(8)?])
            },
            abi::request,
        )
    }

    /// Asks how a token is had; none where none is needed.
    pub fn authenticate(&mut self, settings: &Settings) -> Called<Option<AuthRequest>> {
        self.call("authenticate", |room| words(room, &[settings]), abi::auth_request)
    }

    /// Asks what cookies say; none where they say nothing.
    pub fn map(&mut self, cookies: &Settings, settings: &Settings) -> Called<Option<State>> {
        self.call("map", |room| words(room, &[cookies, settings]), |memory, at| abi::consent(memory, at))
    }

    fn call<T>(
        &mut self,
        function: &str,
        lower: impl FnOnce(&mut Room<'_>) -> Result<Vec<u32>, Failure>,
        lift: impl FnOnce(&mut Lifted<'_>, u32) -> Result<T, Failure>,
    ) -> Called<T> {
        let limits = self.limits;
        let spent = std::mem::take(&mut self.spent);
        let Ok(started) = &mut self.started else {
            let result = Err(self.started.as_ref().err().cloned().unwrap_or(Failure::OutOfFuel(0)));
            return Called { result, fuel: spent, memory: 0, said: String::new() };
        };
        let budget = limits.fuel.saturating_sub(spent);
        let result = started.call(function, budget, limits, lower, lift);
        let left = started.store.get_fuel().unwrap_or_default();
        let called = Called {
            fuel: limits.fuel.saturating_sub(left),
            memory: started.memory.data_size(&started.store),
            said: started.store.data_mut().said(),
            result,
        };
        match &called.result {
            Ok(_) | Err(Failure::Refused(_)) => {}
            Err(failure) => self.started = Err(failure.clone()),
        }
        called
    }
}

impl Started {
    fn call<T>(
        &mut self,
        function: &str,
        fuel: u64,
        limits: Limits,
        lower: impl FnOnce(&mut Room<'_>) -> Result<Vec<u32>, Failure>,
        lift: impl FnOnce(&mut Lifted<'_>, u32) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Self { store, instance, memory, realloc } = self;
        store.set_fuel(fuel).map_err(|error| Failure::Unusable(error.to_string()))?;
        let words = lower(&mut Room { store: &mut *store, memory: *memory, realloc: *realloc })?;
        let absent = || Failure::Unusable(format!("it has no function {function:?}"));
        let at = match words[..] {
            [a] => instance
                .get_typed_func::<u32, u32>(&*store, function)
                .map_err(|_| absent())?
                .call(&mut *store, a),
            [a, b] => {
                let call =
                    instance.get_typed_func::<(u32, u32), u32>(&*store, function).map_err(|_| absent())?;
                call.call(&mut *store, (a, b))
            }
            [a, b, c, d] => {
                let call = instance
                    .get_typed_func::<(u32, u32, u32, u32), u32>(&*store, function)
                    .map_err(|_| absent())?;
                call.call(&mut *store, (a, b, c, d))
            }
            _ => return Err(absent()),
        };
        let at = at.map_err(|error| wrong(&error, store))?;
        let lifted = lift(&mut Lifted::new(memory.data(&*store), limits.output), at);
        if let Ok(post) = instance.get_typed_func::<u32, ()>(&*store, &format!("{POST}{function}")) {
            post.call(&mut *store, at).map_err(|error| wrong(&error, store))?;
        }
        lifted
    }
}

/// The arguments of a function that takes dictionaries.
fn words(room: &mut Room<'_>, dicts: &[&Settings]) -> Result<Vec<u32>, Failure> {
    let mut image = Image::new(room);
    for dict in dicts {
        image.dict(dict.iter().map(|(name, value)| (name, value)))?;
    }
    Ok(image.words())
}

/// What an error of the interpreter means.
pub(crate) fn wrong(error: &wasmi::Error, store: &Store<Host>) -> Failure {
    let host = store.data();
    let memory = || Failure::OutOfMemory(host.limits.memory);
    match (error.as_trap_code(), error.kind()) {
        (Some(TrapCode::OutOfFuel), _) | (_, ErrorKind::Fuel(_)) => Failure::OutOfFuel(host.limits.fuel),
        (Some(TrapCode::GrowthOperationLimited | TrapCode::OutOfSystemMemory), _) => memory(),
        (_, ErrorKind::Memory(_) | ErrorKind::Table(_)) => memory(),
        _ => {
            let why = match error.i32_exit_status() {
                Some(status) => format!("it ended itself, with status {status}"),
                None => error.to_string(),
            };
            Failure::Trapped(Failure::said(&why))
        }
    }
}
