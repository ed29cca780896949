//! A destination that needs a token, and says how it is had.

use serde_json::json;

wit_bindgen::generate!({
    inline: "
        package tests:bearer;
        world bearer { export edgee:components/data-collection@1.0.1; }
    ",
    path: "../../../wit/1.0.1",
    world: "tests:bearer/bearer",
    generate_all,
});

use exports::edgee::components::data_collection::{
    AuthRequest, Dict, EdgeeRequest, Event, Guest, HttpMethod,
};

struct Bearer;

fn setting(settings: &Dict, name: &str) -> Result<String, String> {
    let found = settings.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
    found.ok_or_else(|| format!("the setting {name} is missing"))
}

fn request(event: Event, settings: Dict) -> Result<EdgeeRequest, String> {
    let token = setting(&settings, "access_token")?;
    Ok(EdgeeRequest {
        method: HttpMethod::Post,
        url: "https://warehouse.example.com/rows".into(),
        headers: vec![("authorization".into(), format!("Bearer {token}"))],
        forward_client_headers: false,
        body: json!({ "id": event.uuid }).to_string(),
    })
}

impl Guest for Bearer {
    fn page(event: Event, settings: Dict) -> Result<EdgeeRequest, String> {
        request(event, settings)
    }

    fn track(event: Event, settings: Dict) -> Result<EdgeeRequest, String> {
        request(event, settings)
    }

    fn user(event: Event, settings: Dict) -> Result<EdgeeRequest, String> {
        request(event, settings)
    }

    fn authenticate(settings: Dict) -> Result<Option<AuthRequest>, String> {
        let key = setting(&settings, "key")?;
        Ok(Some(AuthRequest {
            method: HttpMethod::Post,
            url: "https://login.example.com/token".into(),
            headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
            token_duration: 3600,
            response_token_property_name: Some("access_token".into()),
            component_token_setting_name: "access_token".into(),
            body: format!("grant_type=client_credentials&key={key}"),
        }))
    }
}

export!(Bearer);
