use serde_json::json;

use super::super::anonymous::tests::event;
use super::*;
use crate::event::{Channel, Page, Traffic};

#[test]
fn what_has_nothing_personal_is_not_copied() {
    assert_eq!(redacted(&event(Data::Page(Page::default()))), None);
    let track = Track { name: "purchase".into(), ..Track::default() };
    assert_eq!(redacted(&event(Data::Track(track))), None);
}

#[test]
fn every_text_is_looked_at() {
    let jane = || Some("jane@example.com".to_owned());
    let properties = || json!({"x": "jane@example.com"}).as_object().unwrap().clone();
    let page = || Page {
        name: jane(),
        category: jane(),
        keywords: vec!["jane@example.com".into()],
        title: jane(),
        url: Some("https://a.example/jane@example.com?e=jane@example.com".into()),
        path: Some("/jane@example.com".into()),
        search: Some("?e=jane@example.com".into()),
        referrer: Some("https://b.example/?e=jane@example.com".into()),
        properties: properties(),
    };
    let user = || User {
        user_id: jane(),
        anonymous_id: jane(),
        edgee_id: Some("e".into()),
        properties: properties(),
    };
    let track = Track { name: "to jane@example.com".into(), properties: properties() };
    for data in [Data::Page(page()), Data::Track(track), Data::User(user())] {
        let mut event = event(data);
        event.context.page = page();
        event.context.user = user();
        event.context.campaign = Campaign {
            name: jane(),
            source: jane(),
            medium: jane(),
            term: jane(),
            content: jane(),
            creative_format: jane(),
            marketing_tactic: jane(),
        };
        event.context.traffic = Some(Traffic { channel: Channel::Email, source: jane() });
        let redacted = redacted(&event).unwrap();
        let text = serde_json::to_string(&redacted).unwrap();
        assert!(!text.contains("jane"), "{text}");
        assert_eq!(redacted.context.user.user_id, None, "a text in its place would be one user");
        assert_eq!(redacted.context.user.edgee_id.as_deref(), Some("e"));
        assert_eq!(redacted.context.client, event.context.client);
        assert_eq!(super::redacted(&redacted), None, "once is enough");
    }
}
