//! Reads what a visitor has agreed to from a cookie.

wit_bindgen::generate!({ path: "wit", world: "component", generate_all });

use exports::edgee::components::consent_mapping::{Consent, Dict, Guest};

struct Component;

export!(Component);

impl Guest for Component {
    fn map(cookies: Dict, settings: Dict) -> Option<Consent> {
        let name = get(&settings, "cookie_name").unwrap_or("consent");
        get(&cookies, name).map(meaning)
    }
}

fn meaning(answer: &str) -> Consent {
    match answer {
        "yes" => Consent::Granted,
        "no" => Consent::Denied,
        _ => Consent::Pending,
    }
}

fn get<'a>(dict: &'a Dict, name: &str) -> Option<&'a str> {
    dict.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_is_yes_and_no_is_no() {
        assert_eq!(meaning("yes"), Consent::Granted);
        assert_eq!(meaning("no"), Consent::Denied);
        assert_eq!(meaning("YES!"), Consent::Pending);
    }
}
