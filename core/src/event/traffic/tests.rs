use proptest::prelude::*;

use super::*;
use crate::event::context::campaign;

/// The traffic of a visit to a page with this query, from this page.
fn came(query: &str, referrer: Option<&str>) -> Traffic {
    let mut clicks = Ids::default();
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        if CLICKS.iter().any(|(click, ..)| *click == name) {
            clicks.put(name, value);
        }
    }
    let page = Page {
        url: Some(format!("https://shop.example/p?{query}")),
        referrer: referrer.map(str::to_owned),
        ..Page::default()
    };
    classify(&page, &campaign(query), &clicks, |host| host == "blog.example")
}

#[test]
fn without_a_campaign_the_referrer_tells() {
    use Channel::{
        AiAssistant, Direct, Email, Internal, OrganicSearch, OrganicShopping, OrganicSocial, OrganicVideo,
        Referral,
    };
    for (referrer, channel, source) in [
        (None, Direct, None),
        (Some(""), Direct, None),
        (Some("about:blank"), Direct, None),
        (Some("https:///"), Direct, None),
        (Some("https://www.google.com/"), OrganicSearch, Some("google")),
        (Some("https://www.google.co.uk/search?q=x"), OrganicSearch, Some("google")),
        (Some("https://duckduckgo.com/"), OrganicSearch, Some("duckduckgo")),
        (Some("https://cn.bing.com/"), OrganicSearch, Some("bing")),
        (Some("https://search.brave.com/"), OrganicSearch, Some("brave")),
        (Some("android-app://com.google.android.googlequicksearchbox/"), OrganicSearch, Some("google")),
        (Some("android-app://com.google.android.gm"), Email, Some("gmail")),
        (Some("android-app://com.example.reader/"), Referral, Some("com.example.reader")),
        (Some("https://l.facebook.com/l.php?u=x"), OrganicSocial, Some("facebook")),
        (Some("https://t.co/abc"), OrganicSocial, Some("twitter")),
        (Some("https://www.youtube.com/"), OrganicVideo, Some("youtube")),
        (Some("https://www.amazon.de/"), OrganicShopping, Some("amazon")),
        (Some("https://chatgpt.com/"), AiAssistant, Some("chatgpt")),
        (Some("https://www.perplexity.ai/search/x"), AiAssistant, Some("perplexity")),
        (Some("https://gemini.google.com/app"), AiAssistant, Some("gemini")),
        (Some("https://copilot.microsoft.com/"), AiAssistant, Some("copilot")),
        (Some("https://claude.ai/chat/x"), AiAssistant, Some("claude")),
        (Some("https://mail.google.com/"), Email, Some("gmail")),
        (Some("https://docs.google.com/document/x"), Referral, Some("docs.google.com")),
        (Some("https://WWW.News.Example:8443/x?y"), Referral, Some("news.example")),
        (Some("https://user:pass@news.example/"), Referral, Some("news.example")),
        (Some("https://shop.example/q"), Internal, None),
        (Some("http://SHOP.example:80/"), Internal, None),
        (Some("https://blog.example/"), Internal, None),
        (Some("https://notshop.example/"), Referral, Some("notshop.example")),
    ] {
        let expected = Traffic { channel, source: source.map(str::to_owned) };
        assert_eq!(came("", referrer), expected, "{referrer:?}");
    }
}

#[test]
fn campaigns_and_clicks_tell_more() {
    use Channel::{
        Affiliates, AiAssistant, Direct, Display, Email, OrganicSearch, OrganicShopping, OrganicSocial,
        OrganicVideo, PaidOther, PaidSearch, PaidShopping, PaidSocial, PaidVideo, PushNotifications,
        Referral, Sms,
    };
    let google = Some("https://www.google.com/");
    let facebook = Some("https://l.facebook.com/");
    for (query, referrer, channel, source) in [
        // Mediums.
        ("utm_source=google&utm_medium=cpc", None, PaidSearch, "google"),
        ("utm_source=Google&utm_medium=PPC", None, PaidSearch, "Google"),
        ("utm_source=facebook&utm_medium=paid_social", None, PaidSocial, "facebook"),
        ("utm_source=fb&utm_medium=cpm", None, PaidSocial, "fb"),
        ("utm_source=youtube&utm_medium=cpv", None, PaidVideo, "youtube"),
        ("utm_source=youtube&utm_medium=cpc", None, PaidVideo, "youtube"),
        ("utm_source=amazon&utm_medium=retargeting", None, PaidShopping, "amazon"),
        ("utm_source=x.example&utm_medium=cpc&utm_campaign=spring+shopping", None, PaidShopping, "x.example"),
        ("utm_source=x.example&utm_medium=cpc", None, PaidOther, "x.example"),
        ("utm_source=x.example&utm_medium=cpc&utm_campaign=workshop", None, PaidOther, "x.example"),
        ("utm_source=x.example&utm_medium=a&utm_campaign=eshop", None, OrganicShopping, "x.example"),
        ("utm_source=x.example&utm_medium=banner", None, Display, "x.example"),
        ("utm_source=x.example&utm_medium=social", None, OrganicSocial, "x.example"),
        ("utm_source=x.example&utm_medium=video-teaser", None, OrganicVideo, "x.example"),
        ("utm_source=x.example&utm_medium=organic", None, OrganicSearch, "x.example"),
        ("utm_source=bing&utm_medium=organic", None, OrganicSearch, "bing"),
        ("utm_source=news&utm_medium=email", google, Email, "news"),
        ("utm_source=E-Mail&utm_medium=x", None, Email, "E-Mail"),
        ("utm_source=partner&utm_medium=affiliate", None, Affiliates, "partner"),
        ("utm_source=sms", None, Sms, "sms"),
        ("utm_source=app&utm_medium=web-push", None, PushNotifications, "app"),
        ("utm_source=firebase&utm_medium=x", None, PushNotifications, "firebase"),
        ("utm_source=chatgpt.com", None, AiAssistant, "chatgpt.com"),
        ("utm_source=partner&utm_medium=referral", None, Referral, "partner"),
        ("utm_source=partner", google, Referral, "partner"),
        // A campaign without a source has that of the referrer.
        ("utm_medium=cpc", google, PaidSearch, "google"),
        ("utm_campaign=x", facebook, OrganicSocial, "facebook"),
        ("utm_campaign=x", Some("https://www.news.example/"), Referral, "news.example"),
        // Clicks.
        ("gclid=x", None, PaidSearch, "google"),
        ("gclid=x", google, PaidSearch, "google"),
        ("gbraid=x", None, PaidSearch, "google"),
        ("wbraid=x", Some("https://parked.example/"), PaidSearch, "google"),
        ("msclkid=x", Some("https://duckduckgo.com/"), PaidSearch, "duckduckgo"),
        ("gclid=x", Some("https://www.youtube.com/"), PaidSearch, "google"),
        ("gclid=x&utm_source=youtube", None, PaidVideo, "youtube"),
        ("gclid=x&utm_source=newsletter&utm_medium=banner", None, Display, "newsletter"),
        ("gclid=x&utm_source=brand", None, PaidSearch, "brand"),
        ("dclid=x", None, Display, "google"),
        ("fbclid=x", None, OrganicSocial, "facebook"),
        ("fbclid=x", Some("https://l.instagram.com/"), OrganicSocial, "instagram"),
        ("fbclid=x", facebook, OrganicSocial, "facebook"),
        ("fbclid=x&utm_source=fb&utm_medium=paid", facebook, PaidSocial, "fb"),
        ("ttclid=x", None, PaidSocial, "tiktok"),
        ("twclid=x", Some("https://t.co/x"), PaidSocial, "twitter"),
        ("li_fat_id=x", None, PaidSocial, "linkedin"),
        ("ScCid=x", None, PaidSocial, "snapchat"),
        ("epik=x", Some("https://www.pinterest.fr/"), PaidSocial, "pinterest"),
        ("rdt_cid=x", None, PaidSocial, "reddit"),
        ("awc=x", Some("https://deals.example/"), Affiliates, "awin"),
    ] {
        let expected = Traffic { channel, source: Some(source.to_owned()) };
        assert_eq!(came(query, referrer), expected, "{query} from {referrer:?}");
    }
    let direct = Traffic { channel: Direct, source: None };
    assert_eq!(came("utm_source=(direct)&utm_medium=(none)", google), direct);
    assert_eq!(came("utm_source=&utm_medium=+", None), direct);
}

#[test]
fn channels_are_called_as_the_schema_says() {
    let traffic = Traffic { channel: Channel::AiAssistant, source: Some("claude".into()) };
    let expected = serde_json::json!({"channel": "ai_assistant", "source": "claude"});
    assert_eq!(serde_json::to_value(traffic).unwrap(), expected);
}

proptest! {
    #[test]
    fn nothing_that_is_said_panics(referrer in "(https?://)?[a-zA-Z.:@/%é]{0,40}", query in "[a-z_=&.+%é-]{0,60}") {
        came(&query, Some(&referrer));
        came(&format!("utm_source={query}&utm_medium={referrer}&utm_campaign=éshop{query}"), Some(&referrer));
    }
}

/// Prints what a call costs: `cargo test --release -p selvedge-core traffic -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn cost() {
    let page = Page {
        url: Some("https://shop.example/p".into()),
        referrer: Some("https://a.long.and.unknown.host.example/x".into()),
        ..Page::default()
    };
    let campaign = campaign("utm_source=partner&utm_medium=referral");
    let start = std::time::Instant::now();
    for _ in 0..100_000 {
        std::hint::black_box(classify(std::hint::black_box(&page), &campaign, &Ids::default(), |_| false));
    }
    println!("{} ns a visit", start.elapsed().as_nanos() / 100_000);
}
