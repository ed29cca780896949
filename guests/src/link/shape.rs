//! Which of the interfaces a component exports, and whether it is what the WIT says, function by function.

use wit_component::DecodedWasm;
use wit_parser::{Function, Resolve, Type, TypeDefKind, WorldItem, WorldKey};

use super::Refusal;
use crate::Interface;

/// The interfaces, as WIT: by version and name.
pub const WIT: [(&str, &str); 4] = [
    ("1.0.0/data-collection", include_str!("../../../wit/1.0.0/data-collection.wit")),
    ("1.0.0/consent-mapping", include_str!("../../../wit/1.0.0/consent-mapping.wit")),
    ("1.0.0/consent-management", include_str!("../../../wit/1.0.0/consent-management.wit")),
    ("1.0.1/data-collection", include_str!("../../../wit/1.0.1/data-collection.wit")),
];

/// The interface that a component has, and its name as it is exported.
pub(super) fn check(file: &[u8]) -> Result<(Interface, String), Refusal> {
    let decoded =
        wit_component::decode(file).map_err(|error| Refusal::NotAComponent(format!("{error:#}")))?;
    let DecodedWasm::Component(resolve, world) = decoded else {
        return Err(Refusal::NotAComponent("it is a WIT package".into()));
    };
    let exports = resolve.worlds.get(world).map(|world| &world.exports).into_iter().flatten();
    let mut others = Vec::new();
    for (key, item) in exports {
        let name = resolve.name_world_key(key);
        let (WorldKey::Interface(_), WorldItem::Interface { id, .. }) = (key, item) else {
            others.push(name);
            continue;
        };
        let Some(of_edgee) = name.strip_prefix("edgee:components/") else {
            others.push(name);
            continue;
        };
        let (short, version) = match of_edgee.split_once('@') {
            None => (of_edgee, "1.0.0"),
            Some((short, version)) => (short, version),
        };
        let known = match WIT.iter().find(|(known, _)| *known == format!("{version}/{short}")) {
            Some((_, wit)) => functions_of(wit, short),
            None if WIT.iter().any(|(known, _)| known.ends_with(&format!("/{short}"))) => {
                return Err(Refusal::OtherVersion(name));
            }
            None => {
                others.push(name);
                continue;
            }
        };
        let exported = resolve.interfaces.get(*id).map(|found| &found.functions);
        for (function, known) in &known {
            let found = exported.and_then(|all| all.get(function));
            let found = found.map_or_else(|| "missing".to_owned(), |found| signature(&resolve, found));
            if found != *known {
                let (export, function, known) = (name, function.clone(), known.clone());
                return Err(Refusal::OtherShape { export, function, found, known });
            }
        }
        let interface = match short {
            "data-collection" => Interface::DataCollection {
                authenticates: known.iter().any(|(function, _)| function == "authenticate"),
            },
            _ => Interface::ConsentMapping,
        };
        return Ok((interface, name));
    }
    Err(Refusal::NoInterface(if others.is_empty() { "nothing".into() } else { others.join(", ") }))
}

/// The functions of an interface, with their signatures.
fn functions_of(wit: &str, name: &str) -> Vec<(String, String)> {
    let mut resolve = Resolve::default();
    // It is part of this program, and tests read all of it.
    let Ok(package) = resolve.push_source("known.wit", wit) else { return Vec::new() };
    let interface = resolve.packages.get(package).and_then(|package| package.interfaces.get(name));
    let interface = interface.and_then(|id| resolve.interfaces.get(*id));
    let functions = interface.map(|interface| &interface.functions).into_iter().flatten();
    functions.map(|(name, function)| (name.clone(), signature(&resolve, function))).collect()
}

/// A function's type with all its parts, so that equal texts are equal layouts.
fn signature(resolve: &Resolve, function: &Function) -> String {
    let params: Vec<_> = function.params.iter().map(|param| text(resolve, &param.ty)).collect();
    let result = function.result.as_ref().map(|ty| format!(" -> {}", text(resolve, ty)));
    format!("func({}){}", params.join(", "), result.unwrap_or_default())
}

fn text(resolve: &Resolve, ty: &Type) -> String {
    let Type::Id(id) = ty else { return format!("{ty:?}").to_ascii_lowercase() };
    let Some(def) = resolve.types.get(*id) else { return "unknown".into() };
    let maybe = |ty: &Option<Type>| ty.as_ref().map_or_else(|| "_".to_owned(), |ty| text(resolve, ty));
    match &def.kind {
        TypeDefKind::Type(ty) => text(resolve, ty),
        TypeDefKind::Record(record) => {
            let fields: Vec<_> = record
                .fields
                .iter()
                .map(|field| format!("{}: {}", field.name, text(resolve, &field.ty)))
                .collect();
            format!("record {{ {} }}", fields.join(", "))
        }
        TypeDefKind::Tuple(tuple) => {
            let types: Vec<_> = tuple.types.iter().map(|ty| text(resolve, ty)).collect();
            format!("tuple<{}>", types.join(", "))
        }
        TypeDefKind::Variant(variant) => {
            let cases: Vec<_> =
                variant.cases.iter().map(|case| format!("{}({})", case.name, maybe(&case.ty))).collect();
            format!("variant {{ {} }}", cases.join(", "))
        }
        TypeDefKind::Enum(cases) => {
            let cases: Vec<_> = cases.cases.iter().map(|case| case.name.as_str()).collect();
            format!("enum {{ {} }}", cases.join(", "))
        }
        TypeDefKind::Option(ty) => format!("option<{}>", text(resolve, ty)),
        TypeDefKind::Result(result) => format!("result<{}, {}>", maybe(&result.ok), maybe(&result.err)),
        TypeDefKind::List(ty) => format!("list<{}>", text(resolve, ty)),
        other => other.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wit_is_read_and_says_what_is_called() {
        for (name, wit) in WIT {
            let (version, short) = name.split_once('/').unwrap();
            let names: Vec<_> = functions_of(wit, short).into_iter().map(|(name, _)| name).collect();
            let expected: &[&str] = match (version, short) {
                ("1.0.0", "data-collection") => &["page", "track", "user"],
                ("1.0.1", "data-collection") => &["page", "track", "user", "authenticate"],
                _ => &["map"],
            };
            assert_eq!(names, expected, "{name}");
        }
        let map = functions_of(WIT[1].1, "consent-mapping");
        let dict = "list<tuple<string, string>>";
        assert_eq!(map[0].1, format!("func({dict}, {dict}) -> option<enum {{ pending, granted, denied }}>"));
    }
}
