//! Reads a cookie that no consent management platform writes: `yes`, `no`, or anything else. Its interface has no version,
//! as those of old components.

wit_bindgen::generate!({
    inline: "
        package edgee:components;

        interface consent-mapping {
            type dict = list<tuple<string,string>>;
            enum consent { pending, granted, denied }
            %map: func(cookies: dict, settings: dict) -> option<consent>;
        }

        world cookies { export consent-mapping; }
    ",
});

use exports::edgee::components::consent_mapping::{Consent, Dict, Guest};

struct Cookies;

impl Guest for Cookies {
    fn map(cookies: Dict, settings: Dict) -> Option<Consent> {
        let name = settings.iter().find(|(name, _)| name == "cookie_name").map_or("choice", |(_, name)| name);
        let (_, value) = cookies.iter().find(|(n, _)| n == name)?;
        match value.as_str() {
            "yes" => Some(Consent::Granted),
            "no" => Some(Consent::Denied),
            "trap" => core::arch::wasm32::unreachable(),
            "loop" => loop {
                std::hint::black_box(0);
            },
            "none" => None,
            _ => Some(Consent::Pending),
        }
    }
}

export!(Cookies);
