use selvedge_core::facts::Random;

use super::*;

#[test]
fn nobody_is_drawn_once() {
    let random = Random::from_seed([1; 32]);
    let nobody = Nobody::new(&random);
    assert_eq!(nobody.id().to_owned(), nobody.id());
    assert_ne!(nobody.id(), Nobody::new(&random).id());
}

#[test]
fn placeholders_are_no_ids() {
    for (id, is) in [
        ("u-1", Some("u-1")),
        (" u ", Some("u")),
        ("", None),
        ("NULL", None),
        ("0", None),
        ("00", Some("00")),
    ] {
        assert_eq!(real(id), is, "{id}");
    }
}

fn place<'a>(url: &'a str, search: &'a str, referrer: &'a str) -> Place<'a> {
    Place { title: None, url: Some(url), path: None, search: Some(search), referrer: Some(referrer) }
}

#[test]
fn a_location_has_its_query_once() {
    for (url, search, expected) in [
        ("https://a/p?x=1", "?x=1", "https://a/p?x=1"),
        ("https://a/p", "?x=1", "https://a/p?x=1"),
        ("https://a/p#top", "x=1", "https://a/p?x=1#top"),
        ("https://a/p", "", "https://a/p"),
        ("https://a/p", "?", "https://a/p"),
    ] {
        assert_eq!(place(url, search, "").location().as_deref(), Some(expected));
    }
}

#[test]
fn hosts() {
    for (url, expected) in [
        ("https://Shop.Example:8443/p?q#f", Some("shop.example")),
        ("http://u:p@a.b?x", Some("a.b")),
        ("https://[::1]:80/", Some("[::1]")),
        ("https://[::1]/", Some("[::1]")),
        ("https:///p", None),
        ("/p", None),
        ("", None),
        ("android-app://com.google/", Some("com.google")),
    ] {
        assert_eq!(host(url).as_deref(), expected, "{url}");
    }
    assert_eq!(protocol("HTTPS://a/").as_deref(), Some("https:"));
    assert_eq!(bare("https://a/p?x#y"), "https://a/p");
}

#[test]
fn a_referrer_is_external_unless_it_is_the_site_itself() {
    for (url, referrer, expected) in [
        ("https://shop.example/", "https://news.example/x", Some("news.example")),
        ("https://www.shop.example/", "https://shop.example/x", None),
        ("https://shop.example/", "not a url", None),
    ] {
        let found = place(url, "", referrer).external_referrer();
        assert_eq!(found.map(|(_, host)| host).as_deref(), expected);
    }
}

#[test]
fn locales_and_browsers_are_as_browsers_say() {
    let client = |locale: &str, full: &str, brief: &str| Client {
        locale: Some(locale.into()),
        user_agent_full_version_list: (!full.is_empty()).then(|| full.into()),
        user_agent_version_list: (!brief.is_empty()).then(|| brief.into()),
        ..Client::default()
    };
    let chrome =
        client("fr-fr", "Not?A_Brand;99.0.0.0|Chromium;130.0.6|Google Chrome;130.0.6", "Chromium;130");
    assert_eq!(locale(&chrome).as_deref(), Some("fr-FR"));
    assert_eq!(browser(&chrome), (Some("Chrome"), Some("130.0.6")));
    let odd = client("zh-hans-cn", "", " Not A;Brand;99|Microsoft Edge;131|Chromium;131");
    assert_eq!(locale(&odd).as_deref(), Some("zh-hans-cn"));
    assert_eq!(browser(&odd), (Some("Microsoft Edge"), Some("131")));
    assert_eq!(browser(&client("en", "", "Chromium;120")), (Some("Chromium"), Some("120")));
    assert_eq!(browser(&client("en", ";|;;|x", "")), (Some(";"), Some("")));
    assert_eq!(browser(&Client::default()), (None, None));
    assert_eq!((major("130.0.6"), major("x"), major("")), (Some(130), None, None));
    let dense = Client { screen_density: Some(1.1), ..Client::default() };
    assert_eq!(density(&dense), Some(1.1));
}
