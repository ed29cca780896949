//! Which files are linked, and what is said of those that are not.

// Tests may assert as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use selvedge_guests::link::{self, Refusal, WIT};
use selvedge_guests::{Interface, Limits};
use support::{at, component, settings};
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::Resolve;

/// A component of these interfaces, whose module is this text.
fn encode(wit: &str, world: &str, module: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package = resolve.push_source("test.wit", wit).unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    let mut module = wat::parse_str(module).unwrap();
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
        .unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

/// A package with nested ones, and a world of it. A file has one package of its own, and the others in braces.
fn package(interfaces: &[&str], world: &str) -> String {
    let nested = interfaces.iter().map(|wit| {
        let (head, body) = wit.split_once(';').unwrap();
        let head = head.lines().find(|line| line.trim().starts_with("package")).unwrap();
        format!("{head} {{ {body} }}\n")
    });
    format!("package test:test;\n{}world test {{ {world} }}", nested.collect::<String>())
}

/// A mapper of cookies that says what `value` is, and imports what it likes.
fn mapper(export: &str, imports: &str) -> String {
    format!(
        r#"(module {imports}
            (memory (export "memory") 1)
            (data (i32.const 8) "\01\01")
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
            (func (export "{export}#map") (param i32 i32 i32 i32) (result i32) (i32.const 8)))"#
    )
}

#[test]
fn interfaces_are_known_by_name_and_version() {
    for (name, export, interface) in [
        (
            "probe",
            "edgee:components/data-collection@1.0.0",
            Interface::DataCollection { authenticates: false },
        ),
        (
            "bearer",
            "edgee:components/data-collection@1.0.1",
            Interface::DataCollection { authenticates: true },
        ),
        ("cookies", "edgee:components/consent-mapping", Interface::ConsentMapping),
    ] {
        let found = component(name);
        assert_eq!((found.export.as_str(), found.interface), (export, interface));
        assert_eq!(found.imports, []);
        assert!(found.module.len() < found.file_bytes);
    }
}

#[test]
fn consent_is_mapped_by_either_name() {
    for (at_, name) in [(1, "consent-mapping"), (2, "consent-management")] {
        let export = format!("edgee:components/{name}@1.0.0");
        let wit = package(&[WIT[at_].1], &format!("export {export};"));
        let found = link::open(&encode(&wit, "test", &mapper(&export, ""))).unwrap();
        let said = at(|moment| found.guest().run(moment, Limits::default()).map(&[], &[]));
        assert_eq!(said.result, Ok(Some(selvedge_core::consent::State::Granted)));
    }
}

const WASI: &str = "
    package wasi:cli@0.2.3;
    interface environment { get-environment: func() -> list<tuple<string, string>>; }
";
const SOCKETS: &str = "
    package wasi:sockets@0.2.0;
    interface instance-network { open: func() -> u32; }
";
const HTTP: &str = "
    package wasi:http@0.2.0;
    interface outgoing-handler { handle: func() -> u32; }
";

#[test]
fn what_is_imported_is_on_the_list_or_refused_by_name() {
    let export = "edgee:components/consent-mapping@1.0.0";
    let world = |import: &str| format!("import {import}; export {export};");
    let import = r#"(import "wasi:cli/environment@0.2.3" "get-environment" (func (param i32)))"#;
    let wit = package(&[WIT[1].1, WASI], &world("wasi:cli/environment@0.2.3"));
    let found = link::open(&encode(&wit, "test", &mapper(export, import))).unwrap();
    assert_eq!(found.interfaces(), ["wasi:cli/environment@0.2.3"]);
    assert_eq!(found.imports, settings(&[("wasi:cli/environment@0.2.3", "get-environment")]));
    for (wasi, interface, function, why) in [
        (SOCKETS, "wasi:sockets/instance-network@0.2.0", "open", "opens no connections"),
        (HTTP, "wasi:http/outgoing-handler@0.2.0", "handle", "sends no requests"),
    ] {
        let import = format!(r#"(import "{interface}" "{function}" (func (result i32)))"#);
        let wit = package(&[WIT[1].1, wasi], &world(interface));
        let refused = link::open(&encode(&wit, "test", &mapper(export, &import))).unwrap_err();
        let said = refused.to_string();
        assert!(said.contains(&format!("{interface} `{function}`")) && said.contains(why), "{said}");
    }
}

#[test]
fn what_is_not_such_a_component_is_told_apart() {
    let refusal = |file: &[u8]| link::open(file).unwrap_err();
    assert!(matches!(refusal(b"text"), Refusal::NotAComponent(_)));
    assert_eq!(refusal(&wat::parse_str("(module)").unwrap()), Refusal::CoreModule);
    assert_eq!(refusal(&wat::parse_str("(component)").unwrap()), Refusal::NoInterface("nothing".into()));
    let other = "package test:test; world test { export run: func(); }";
    let module = r#"(module (func (export "run")))"#;
    assert_eq!(refusal(&encode(other, "test", module)), Refusal::NoInterface("run".into()));

    let wit = WIT[1].1.replace("@1.0.0", "@1.1.0");
    let export = "edgee:components/consent-mapping@1.1.0";
    let file = encode(&package(&[&wit], &format!("export {export};")), "test", &mapper(export, ""));
    assert_eq!(refusal(&file), Refusal::OtherVersion(export.into()));

    let wit = WIT[1].1.replace("pending, granted, denied", "pending, denied, granted");
    let export = "edgee:components/consent-mapping@1.0.0";
    let file = encode(&package(&[&wit], &format!("export {export};")), "test", &mapper(export, ""));
    let Refusal::OtherShape { function, found, .. } = refusal(&file) else { panic!() };
    assert_eq!(function, "map");
    assert!(found.contains("enum { pending, denied, granted }"), "{found}");
}

#[test]
fn damaged_files_are_refused_and_never_run() {
    let file = support::file("cookies");
    for cut in (0..file.len()).step_by(97) {
        assert!(link::open(&file[..cut]).is_err(), "cut at {cut}");
    }
}

#[test]
fn what_a_component_answers_is_not_believed() {
    let export = "edgee:components/consent-mapping@1.0.0";
    let wit = package(&[WIT[1].1], &format!("export {export};"));
    let good = mapper(export, "");
    for (what, changed) in [
        ("an address outside", good.replace("(i32.const 8)))", "(i32.const 65536)))")),
        ("no such case", good.replace(r"\01\01", r"\01\03")),
        ("no such discriminant", good.replace(r"\01\01", r"\02\01")),
        ("room that is not there", good.replace("(i32.const 1024)", "(i32.const 65530)")),
        ("room that is not aligned", good.replace("(i32.const 1024)", "(i32.const 1023)")),
    ] {
        assert_ne!(good, changed);
        let found = link::open(&encode(&wit, "test", &changed)).unwrap();
        let jar = settings(&[("name", "value")]);
        let said = at(|moment| found.guest().run(moment, Limits::default()).map(&jar, &[]));
        assert!(matches!(said.result, Err(selvedge_guests::Failure::Output(_))), "{what}: {said:?}");
    }
}
