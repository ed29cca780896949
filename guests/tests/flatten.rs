//! Several modules are made one, and a slow start is over when a component is linked.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use selvedge_core::consent::State;
use selvedge_guests::Limits;
use selvedge_guests::link::{self, Component, WIT};
use support::at;
use wit_component::{ComponentEncoder, Linker, StringEncoding};
use wit_parser::Resolve;

const MAP: &str = "edgee:components/consent-mapping@1.0.0#map";

/// Writes into a module that it is a consent mapping.
fn embed(module: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let interface = WIT.iter().find(|(name, _)| *name == "1.0.0/consent-mapping").unwrap().1;
    resolve.push_source("interface.wit", interface).unwrap();
    let world = "package a:b; world test { export edgee:components/consent-mapping@1.0.0; }";
    let package = resolve.push_source("world.wit", world).unwrap();
    let world = resolve.select_world(&[package], Some("test")).unwrap();
    let mut module = wat::parse_str(module).unwrap();
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
        .unwrap();
    module
}

fn answer(component: &Component, cookies: &[(String, String)]) -> (Option<State>, u64) {
    let called = at(|moment| component.guest().run(moment, Limits::default()).map(cookies, &[]));
    (called.result.unwrap(), called.fuel)
}

/// A library that answers, by way of another one's function, table and memory: what it writes there is its relocated data, and a
/// function that the other one calls through the table that they share.
fn libraries() -> Vec<u8> {
    let main = r#"(module
        (@dylink.0 (mem-info (memory 16 4) (table 1 1)) (needed "other"))
        (type $number (func (result i32)))
        (import "env" "memory" (memory 1))
        (import "env" "__indirect_function_table" (table 1 funcref))
        (import "env" "__memory_base" (global $base i32))
        (import "env" "__table_base" (global $first i32))
        (import "env" "through" (func $through (param i32) (result i32)))
        (data (global.get $base) "\01\00")
        (elem (global.get $first) func $two)
        (func $two (type $number) (i32.const 2))
        (func $never (export "never") (result i32) (i32.const 99))
        (func (export "edgee:components/consent-mapping@1.0.0#map") (param i32 i32 i32 i32) (result i32)
            (i32.store8 offset=1 (global.get $base) (call $through (global.get $first)))
            (global.get $base)))"#;
    let other = r#"(module
        (@dylink.0 (mem-info (memory 8 4)))
        (type $number (func (result i32)))
        (import "env" "memory" (memory 1))
        (import "env" "__indirect_function_table" (table 1 funcref))
        (import "env" "__stack_pointer" (global $stack (mut i32)))
        (func (export "through") (param i32) (result i32)
            (global.set $stack (i32.sub (global.get $stack) (i32.const 16)))
            (call_indirect (type $number) (local.get 0))
            (global.set $stack (i32.add (global.get $stack) (i32.const 16))))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
            (i32.sub (global.get $stack) (i32.const 64))))"#;
    let mut linker = Linker::default();
    linker.encoder().validate(true);
    linker.library("main", &embed(main), false).unwrap();
    linker.library("other", &wat::parse_str(other).unwrap(), false).unwrap();
    linker.encode().unwrap()
}

#[test]
fn libraries_that_share_a_memory_are_one_module() {
    let component = link::open(&libraries()).unwrap();
    assert_eq!(component.imports, [], "what they import of each other is not from outside");
    // Denied is the third of the states.
    assert_eq!(answer(&component, &[]).0, Some(State::Denied));
}

#[test]
fn what_nobody_calls_is_left_out() {
    let component = link::open(&libraries()).unwrap();
    let constants = component.module.windows(3).filter(|bytes| *bytes == [0x41, 0xe3, 0x00]).count();
    assert_eq!(constants, 0, "the function that returns 99 cannot be reached");
}

/// A module whose start counts to a number.
fn slow(turns: u32) -> Component {
    let module = format!(
        r#"(module
            (memory (export "memory") 1)
            (global $ready (mut i32) (i32.const 0))
            (data (i32.const 16) "gone")
            (func (export "_initialize")
                (local $i i32)
                (loop $more
                    (local.set $i (i32.add (local.get $i) (i32.const 1)))
                    (br_if $more (i32.lt_u (local.get $i) (i32.const {turns}))))
                (drop (memory.grow (i32.const 1)))
                (i32.store (i32.const 16) (i32.const 0))
                (i32.store8 (i32.const 70000) (i32.const 1))
                (global.set $ready (i32.const 1)))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
            (func (export "{MAP}") (param i32 i32 i32 i32) (result i32)
                (if (i32.load (i32.const 16)) (then (unreachable)))
                (i32.store8 (i32.const 70001) (global.get $ready))
                (i32.const 70000)))"#
    );
    let module = embed(&module);
    let file = ComponentEncoder::default().validate(true).module(&module).unwrap().encode().unwrap();
    link::open(&file).unwrap()
}

#[test]
fn a_slow_start_is_over_when_it_is_linked() {
    let (state, fuel) = answer(&slow(1_000_000), &[]);
    assert_eq!(state, Some(State::Granted), "memory and globals are as the start left them");
    assert!(fuel < 1000, "{fuel}");
}

#[test]
fn a_quick_start_is_left_as_it_is() {
    let (state, fuel) = answer(&slow(1000), &[]);
    assert_eq!(state, Some(State::Granted));
    assert!(fuel > 1000, "{fuel}");
}
