//! Writes the manifests of the kinds that can be components, as `selvedge component build` and Edgee's own command read them:
//! `manifests DIRECTORY [KIND…]`.
//!
//! Prints a line for each: its name, and after tabs the arguments with which `selvedge component check` can call it. Of those
//! that cannot be components it says why. The golden cases are what it knows that from.

// As tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../components/tests/support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use selvedge_components::registry;
use selvedge_core::component::{Kind, SettingSpec};
use selvedge_guests::pack::texts;
use support::Case;
use toml::{Table, Value};

/// What each of them takes beside the kind's own settings.
const SHARED: [SettingSpec; 2] = [
    SettingSpec {
        name: "endpoint",
        required: false,
        secret: false,
        help: "A base URL that replaces the vendor's: a regional host, a proxy, a test.",
    },
    SettingSpec {
        name: "without_consent",
        required: false,
        secret: false,
        help: "What becomes of an event whose consent is not `granted`: `drop` (the default), or `anonymous`, which sends \
               what happened without anything that could tell who it was.",
    },
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let directory = PathBuf::from(arguments.next().unwrap());
    let wanted: Vec<String> = arguments.collect();
    if let Some(name) = wanted.iter().find(|name| registry().iter().all(|kind| kind.name != **name)) {
        eprintln!("error: there is no kind of destination called {name:?}");
        return ExitCode::FAILURE;
    }
    let asked = |kind: &&Kind| wanted.is_empty() || wanted.iter().any(|name| name == kind.name);
    let mut left_out = 0;
    for kind in registry().iter().filter(asked) {
        let cases = cases(kind);
        if let Some(why) = unable(kind, &cases) {
            left_out += 1;
            eprintln!("{} is no component: {why}", kind.name);
            continue;
        }
        let home = directory.join(kind.name);
        fs::create_dir_all(&home).unwrap();
        fs::write(home.join("edgee-component.toml"), manifest(kind).to_string()).unwrap();
        let settings = texts(&cases[0].settings).into_iter().map(|(name, value)| format!("{name}={value}"));
        let settings: String = settings.map(|setting| format!("\t--setting\t{setting}")).collect();
        println!("{}{settings}", kind.name);
    }
    // Whoever names one wants it.
    if left_out > 0 && !wanted.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn cases(kind: &Kind) -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../components/tests/golden").join(kind.name);
    let mut files: Vec<PathBuf> =
        fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path().join("case.json")).collect();
    files.retain(|file| file.is_file());
    files.sort();
    files.iter().map(|file| serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()).collect()
}

/// Why a kind cannot be a component, if it cannot.
fn unable(kind: &Kind, cases: &[Case]) -> Option<String> {
    for case in cases {
        let destination = case.build(kind);
        if let Some(sink) = destination.sink() {
            return Some(format!("its events leave by the platform's own {}", sink.word()));
        }
        if destination.credentials().is_some() {
            return Some("its requests carry a token that lives an hour, and it cannot keep one".into());
        }
        for event in case.events() {
            let encoded = case.encode(kind, &[event]);
            if encoded.requests.len() > 1 {
                return Some("it makes several requests of an event".into());
            }
            if encoded.requests.iter().any(|(request, _)| std::str::from_utf8(&request.body).is_err()) {
                return Some("its requests are no text".into());
            }
        }
    }
    None
}

fn manifest(kind: &Kind) -> Table {
    let name = kind.name;
    let command = format!(
        "SELVEDGE_KIND={name} cargo rustc --package selvedge-component --lib --crate-type cdylib --profile component \
         --target wasm32-unknown-unknown --target-dir ../../wasm && \
         cp ../../wasm/wasm32-unknown-unknown/component/selvedge_component.wasm ../{name}.wasm"
    );
    let text = |text: &str| Value::from(text);
    let build = [("command", text(&command)), ("output_path", text(&format!("../{name}.wasm")))];
    let settings = kind.settings.iter().chain(&SHARED).map(|spec| (spec.name, setting(spec).into()));
    let component = [
        ("name", text(name)),
        ("version", text(env!("CARGO_PKG_VERSION"))),
        ("category", text("data-collection")),
        ("subcategory", text(if kind.conversions { "conversion-api" } else { "analytics" })),
        ("description", text(&format!("Selvedge's {name}"))),
        ("language", text("Rust")),
        ("wit-version", text("1.0.0")),
        ("build", table(build).into()),
        ("settings", table(settings).into()),
    ];
    table([("manifest-version", Value::from(1)), ("component", table(component).into())])
}

fn setting(spec: &SettingSpec) -> Table {
    table([
        ("title", Value::from(spec.name.replace('_', " "))),
        ("type", "string".into()),
        ("required", spec.required.into()),
        ("secret", spec.secret.into()),
        ("description", spec.help.into()),
    ])
}

fn table<'n>(pairs: impl IntoIterator<Item = (&'n str, Value)>) -> Table {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
