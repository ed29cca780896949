//! Each case is a file in which the comment `# <<` marks the line that a finding must point at.

use super::*;
use crate::budget::Platform;
use crate::component::{Destination, Encoded, Moment, ResolvedSettings, SettingError, SettingSpec};
use crate::config::read::{locate, read};
use crate::consent::Purpose;
use crate::event::Event;

#[derive(Debug)]
struct Nowhere;

impl Destination for Nowhere {
    fn encode(&self, _: &[&Event], _: &Moment<'_>) -> Encoded {
        Encoded::default()
    }
}

const fn spec(name: &'static str, required: bool, secret: bool, help: &'static str) -> SettingSpec {
    SettingSpec { name, required, secret, help }
}

const GA4: &[SettingSpec] = &[spec("measurement_id", true, false, "GA4 shows it as G-XXXXXXX")];
const META: &[SettingSpec] =
    &[spec("pixel_id", true, false, "the data set's id"), spec("access_token", true, true, "the token")];
const WEB: &[SettingSpec] = &[spec("url", true, false, "where to post")];

fn ga4(settings: &ResolvedSettings) -> Result<Box<dyn Destination>, SettingError> {
    if settings.required("measurement_id")?.starts_with("G-") {
        Ok(Box::new(Nowhere))
    } else {
        Err(SettingError { name: "measurement_id", problem: "must start with `G-`".into() })
    }
}

/// Kinds like those of the registry.
pub(crate) fn registry() -> Vec<Kind> {
    let purposes = &[Purpose::Analytics];
    vec![
        Kind { name: "ga4", purposes, conversions: false, tcf_vendor: None, settings: GA4, build: ga4 },
        Kind {
            name: "meta-capi",
            purposes,
            conversions: true,
            tcf_vendor: None,
            settings: META,
            // What is said of a secret while it is not known must not count.
            build: |_| Err(SettingError { name: "access_token", problem: "is not a token".into() }),
        },
        Kind {
            name: "webhook",
            purposes,
            conversions: false,
            tcf_vendor: None,
            settings: WEB,
            build: |_| Ok(Box::new(Nowhere)),
        },
    ]
}

const SITE: &str = "[[site]]\norigin = \"https://a.example\"\n";
const WEBHOOK: &str = "[[component]]\nkind = \"webhook\"\nsettings = { url = \"https://c.example\" }\n";

/// The only finding of a file, as its severity, key and message; `None` when there is none.
fn only(source: &str) -> Option<(Severity, String, String)> {
    let problems = match read(source, &registry()) {
        Ok(reading) => reading.warnings,
        Err(problems) => problems.into_list(),
    };
    assert!(problems.len() <= 1, "{source}\n{problems:#?}");
    let problem = problems.into_iter().next()?;
    let marked = source.lines().position(|line| line.contains("# <<")).map_or(1, |at| at + 1);
    assert_eq!(problem.line, marked, "{source}\n{problem:#?}");
    Some((problem.severity, problem.key, problem.message))
}

/// Asserts that a file has one finding, of that severity and key, whose message contains a text.
fn finds(severity: Severity, source: &str, key: &str, message: &str) {
    let found = only(source).unwrap_or_else(|| panic!("nothing found in\n{source}"));
    assert_eq!((found.0, found.1.as_str()), (severity, key), "{source}\n{}", found.2);
    assert!(found.2.contains(message), "{:?} does not say {message:?}", found.2);
}

use Severity::{Error, Warning};

#[test]
fn sites_must_be_there_and_within_reach() {
    finds(Error, WEBHOOK, "site", "no site");
    let all = format!("{WEBHOOK}{SITE}[[site]] # <<\norigin = \"https://b.example\"");
    finds(Warning, &all, "site[1]", "never reached: `site[0]`");
    let site = |hosts: &str, mark| format!("{SITE}hosts = {hosts} # {mark}\n");
    for (first, second) in
        [("['*.a.b', 'x.y']", "['c.a.b']"), ("['*.a.b']", "['*.c.a.b', 'z.z']"), ("['x.y']", "['X.y']")]
    {
        let source = format!("{WEBHOOK}{}{}", site(first, ""), site(second, "<<"));
        finds(Warning, &source, "site[1].hosts[0]", "`site[0]` takes it");
    }
    let source = format!("{WEBHOOK}{}{}{SITE}", site("['*.a.b']", ""), site("['a.b', '*.b']", ""));
    assert_eq!(only(&source), None);
}

fn routes(lines: &str) -> String {
    format!("{WEBHOOK}{SITE}hosts = ['www.example']\n{lines}")
}

#[test]
fn routes_must_match_and_rewrite_to_what_matched() {
    for (path, rewrite, message) in [
        ("/a/*", "x/$1", "start with `/`"),
        ("/a/*", "/x?y=$1", "path alone"),
        ("/a/*", "/$2", "`$2` stands for nothing"),
        ("/a/*", "/$0", "`$0` stands for nothing"),
        ("/a", "/$1", "no star"),
        ("/a/*", "/$", "without the number"),
        ("/a/*", "/$x", "without the number"),
    ] {
        let source = routes(&format!("[[site.route]]\npath = '{path}'\nrewrite = '{rewrite}' # <<"));
        finds(Error, &source, "site[0].route[0].rewrite", message);
    }
    let source = routes("[[site.route]]\npath = '/%7euser/../*' # <<");
    finds(Error, &source, "site[0].route[0].path", "never matches");
    let source = routes("[[site.route]]\npath = '/a*'\n[[site.route]]\npath = '/a/*/b' # <<");
    finds(Warning, &source, "site[0].route[1].path", "\"/a*\" before it");
    let source = routes("[[site.route]]\npath = '/a/*/b'\n[[site.route]]\npath = '/a*'\nrewrite = '/$1'");
    assert_eq!(only(&source), None);
}

#[test]
fn redirects_must_lead_somewhere() {
    let redirect = |from: &str, to: &str| {
        routes(&format!("[[site.redirect]]\nfrom = '{from}'\nto = '{to}' # <<"))
            .replace("[[site.redirect]]\n# ", "")
    };
    for (from, to, message) in [
        ("/a/*", "$1", "must be a path or"),
        ("/a/*", "//b.example/$1", "name the scheme"),
        ("/a/*", "ftp://b.example/$1", "must be a path or"),
        ("/a/*", "https://$1/", "choose the host"),
        ("/a*", "https://b.example$1", "choose the host"),
        ("/a/*", "https://u@b.example/", "no valid host"),
        ("/a/*", "https:///x", "no valid host"),
        ("/a/*", "/b c", "visible ASCII"),
        ("/a/*", "/b/$2", "one star, `$1`"),
        ("/*/*", "/b/$3", "2 stars, `$1` to `$2`"),
        ("/a", "/a", "back to itself"),
        ("/a", "/b/../a?x=1#y", "back to itself"),
        ("/*", "/new/$1", "back to itself"),
        ("/*", "https://www.example/$1", "back to itself"),
        ("/*", "https://WWW.example:443", "back to itself"),
    ] {
        finds(Error, &redirect(from, to), "site[0].redirect[0].to", message);
    }
    for (from, to) in [
        ("/a/*", "/b/$1?from=a#top"),
        ("/*", "https://b.example/$1"),
        ("/a*", "http://b.example:81"),
        ("/a", "/"),
    ] {
        assert_eq!(only(&redirect(from, to)), None);
    }
    let status = routes("[[site.redirect]]\nfrom = '/a'\nto = '/b'\nstatus = 300 # <<");
    finds(Error, &status, "site[0].redirect[0].status", "300 is not");
}

#[test]
fn redirects_must_not_go_round() {
    let round = routes(
        "redirect = [{ from = '/a', to = '/b' }, { from = '/b', to = '/c' }, { from = '/c', to = '/a' }]",
    );
    let problems = read(&round, &registry()).unwrap_err().into_list();
    let keys: Vec<_> = problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["site[0].redirect[0].to", "site[0].redirect[1].to", "site[0].redirect[2].to"]);
    let into_round = routes("redirect = [{ from = '/x', to = '/a' }, { from = '/a', to = '/b' }]");
    assert_eq!(only(&into_round), None);
}

#[test]
fn an_origin_has_from_one_second_to_two_minutes() {
    for seconds in [0, 121] {
        let site = routes(&format!("timeout_seconds = {seconds} # <<"));
        let (_, key, message) = only(&site).unwrap();
        assert_eq!(key, "site[0].timeout_seconds");
        assert!(message.contains("1 to 120"), "{message}");
    }
}

#[test]
fn tables_keep_their_bounds() {
    for (table, line, key, message) in [
        ("page", "data_layer_within = 1048577", "", "0 to 1048576"),
        ("collect", "max_bytes = 1023", "", "1024 to 1048576"),
        ("collect", "max_bytes = 1048577", "", "1024 to 1048576"),
        ("collect", "path = ''", "", "must start with"),
        ("collect", "path = 'x'", "", "must start with"),
        ("collect", "path = '/'", "", "every path"),
        ("collect", "path = '/x/'", "", "must not end"),
        ("collect", "path = '/x*'", "", "plain path"),
        ("collect", "path = '/x?'", "", "plain path"),
        ("collect", "path = '/é'", "", "plain path"),
        ("collect", "path = '/x//y'", "", "as requests are compared"),
        ("visitor", "cookie = ''", "", "not a cookie's name"),
        ("visitor", "cookie = 'a b'", "", "not a cookie's name"),
        ("visitor", "lifetime_days = 0", "", "1 to 400"),
        ("visitor", "lifetime_days = 401", "", "1 to 400"),
        ("visitor", "session_minutes = 0", "", "1 to 1440"),
        ("visitor", "session_minutes = 1441", "", "1 to 1440"),
        ("visitor", "domain = '.a.example'", "", "not a domain"),
        ("visitor", "domain = '*.a.example'", "", "not a domain"),
        ("visitor", "key = { secret = '' }", ".secret", "not the name of a secret"),
        ("visitor", "previous_keys = [{ secret = 'a b' }]", "[0].secret", "not the name of a secret"),
    ] {
        let source = format!("{WEBHOOK}{SITE}[{table}]\n{line} # <<");
        let name = line.split(' ').next().unwrap();
        finds(Error, &source, &format!("{table}.{name}{key}"), message);
        assert_eq!(only(&format!("{WEBHOOK}{SITE}[{table}]")), None);
    }
}

#[test]
fn cookies_must_suit_their_domain() {
    let source = |cookie: &str, domain: &str, mark: &str| {
        format!("{}[visitor]\ncookie = '{cookie}' {mark}\ndomain = '{domain}'", routes(""))
    };
    finds(Error, &source("__Host-a", "www.example", "# <<"), "visitor.cookie", "together with a domain");
    assert_eq!(only(&source("a", "www.example", "")), None);
    let elsewhere = routes("[visitor]\ndomain = 'ww.example' # <<");
    finds(Warning, &elsewhere, "visitor.domain", "\"www.example\"");
}

#[test]
fn edgees_paths_are_not_ours() {
    for (path, edgee, own) in [
        ("/_edgee", true, false),
        ("/_edgee/x", true, false),
        ("/_edgee", false, true),
        ("/_edgees", true, true),
    ] {
        let source = format!("{WEBHOOK}{SITE}[collect]\nedgee = {edgee}\npath = '{path}' # <<");
        match own {
            true => assert_eq!(only(&source), None),
            false => finds(Error, &source, "collect.path", "Edgee's own"),
        }
    }
}

#[test]
fn edgees_cookies_are_others_than_ours() {
    let source = |line: &str| routes(&format!("[visitor.edgee]\n{line}"));
    for (line, key, message) in [
        ("cookie = 'selvedge' # <<", "cookie", "Selvedge's own cookie too"),
        ("cookie = 'a b' # <<", "cookie", "not a cookie's name"),
        ("key = { secret = 'a b' } # <<", "key.secret", "not the name of a secret"),
        ("iv = { secret = '' } # <<", "iv.secret", "not the name of a secret"),
    ] {
        finds(Error, &source(line), &format!("visitor.edgee.{key}"), message);
    }
    assert_eq!(only(&source("cookie = 'edgee'\nkey = { secret = 'K' }")), None);
}

#[test]
fn regions_must_name_countries() {
    let region =
        |countries: &str| format!("{WEBHOOK}{SITE}[[consent.region]]\ndefault = 'granted'\n{countries} # <<");
    for (country, message) in [("fr", "not a country"), ("FRA", "not a country"), ("", "not a country")] {
        let source = region(&format!("countries = ['US', '{country}']"));
        finds(Error, &source, "consent.region[0].countries[1]", message);
    }
    finds(Warning, &region("countries = ['US', 'US']"), "consent.region[0].countries[1]", "named before");
    finds(Warning, &region("countries = []"), "consent.region[0].countries", "changes nothing");
}

fn component(lines: &str) -> String {
    format!("{SITE}[[component]]\n{lines}")
}

#[test]
fn components_must_be_of_a_kind_and_have_ids_of_their_own() {
    finds(Warning, &format!("# <<\n{SITE}"), "component", "events go nowhere");
    finds(Error, &component("kind = 'ga5' # <<"), "component[0].kind", "`ga5`; did you mean `ga4`?");
    finds(Error, &component("kind = 'segment' # <<"), "component[0].kind", "unknown kind `segment`");
    let twice = format!("{SITE}{WEBHOOK}{WEBHOOK}").replacen("[[component]]\n", "[[component]] #\n", 1);
    let twice = twice.replace("[[component]]\n", "[[component]] # <<\n");
    finds(Error, &twice, "component[1].id", "\"webhook\" is taken by `component[0]`");
    for id in ["all", "a b", "é"] {
        finds(Error, &format!("{SITE}{WEBHOOK}id = '{id}' # <<"), "component[0].id", "id");
    }
    let listed = format!("{SITE}{WEBHOOK}purposes = ['analytics', 'functional', 'analytics'] # <<");
    finds(Error, &listed, "component[0].purposes[2]", "`analytics` is listed twice");
    let listed = format!("{SITE}{WEBHOOK}events = ['page', 'page'] # <<");
    finds(Error, &listed, "component[0].events[1]", "`page` is listed twice");
    finds(Warning, &format!("{SITE}{WEBHOOK}events = [] # <<"), "component[0].events", "gets nothing");
}

#[test]
fn endpoints_must_be_urls_to_put_paths_behind() {
    let source = |endpoint: &str| format!("{SITE}{WEBHOOK}endpoint = '{endpoint}' # <<");
    for (endpoint, message) in [
        ("c.example", "must be an https URL"),
        ("http://c.example/x", "must be an https URL"),
        ("https://c.example/x?y", "neither query nor fragment"),
        ("https://c.example#y", "neither query nor fragment"),
        ("https://c.example/a b", "is not a URL"),
    ] {
        finds(Error, &source(endpoint), "component[0].endpoint", message);
    }
    for endpoint in ["https://c.example", "https://c.example/a/b/", "http://127.0.0.1:8080/x"] {
        assert_eq!(only(&source(endpoint)), None);
    }
}

#[test]
fn settings_must_be_those_of_the_kind() {
    let at = "component[0].settings";
    let missing = component("kind = 'ga4'").replace("[[component]]", "[[component]] # <<");
    finds(Error, &missing, &format!("{at}.measurement_id"), "`ga4` needs the setting `measurement_id`");
    let empty = component("kind = 'ga4'\nsettings.measurement_id = '' # <<");
    finds(Error, &empty, &format!("{at}.measurement_id"), "is empty");
    let wrong = component("kind = 'ga4'\nsettings.measurement_id = 'UA-1' # <<");
    finds(Error, &wrong, &format!("{at}.measurement_id"), "must start with `G-`");
    let unknown = format!("{SITE}{WEBHOOK}[component.settings]\nurl = 'https://c.example'\nurls = 1 # <<");
    let unknown = unknown.replace("settings = { url = \"https://c.example\" }\n", "");
    finds(Error, &unknown, &format!("{at}.urls"), "`webhook` has no setting `urls`; did you mean `url`?");
    let clear = component("kind = 'meta-capi'\nsettings.pixel_id = '1'\nsettings.access_token = 'x' # <<");
    let clear = read(&clear, &registry()).unwrap_err().into_list();
    assert_eq!(clear[0].severity, Warning);
    assert_eq!(
        clear[0].help.as_deref().map(|help| help.contains("{ secret = \"ACCESS_TOKEN\" }")),
        Some(true)
    );
    let kept =
        component("kind = 'meta-capi'\nsettings = { pixel_id = '1', access_token = { secret = 'T' } }");
    assert_eq!(only(&kept), None);
    let unnamed = kept.replace("'T' } }", "'' } } # <<");
    finds(Error, &unnamed, &format!("{at}.access_token.secret"), "not the name of a secret");
}

#[test]
fn budgets_are_kept_at_worst() {
    let many = |count: usize, settings: &str| {
        let components =
            (0..count).map(|i| format!("[[component]] # {i}\nkind = 'webhook'\nid = 'c{i}'\n{settings}\n"));
        format!("{SITE}{}", components.collect::<String>())
    };
    let budget = |source: &str| {
        let config = read(source, &registry()).unwrap().config;
        locate(source, check_platform(&config, &registry(), &Platform::FASTLY)).into_list()
    };
    let plain = "settings.url = 'https://c.example'";
    assert_eq!(budget(&many(31, plain)), []);
    let over = budget(&many(32, plain));
    assert_eq!(over.len(), 1);
    assert_eq!((over[0].key.as_str(), over[0].line), ("component[31]", 3 + 31 * 4));
    assert!(over[0].message.contains("33 subrequests; fastly allows 32"), "{}", over[0].message);

    let secret =
        |i: usize| format!("[[component]]\nkind = 'webhook'\nid = 'c{i}'\nsettings.url.secret = 'S{i}'\n");
    let secrets = |count: usize| format!("{SITE}{}", (0..count).map(secret).collect::<String>());
    assert_eq!(budget(&secrets(14)), []);
    assert!(budget(&secrets(15))[0].message.contains("16 secrets"));
}

#[test]
fn secrets_are_listed_once() {
    let source = format!(
        "{SITE}[visitor]\nprevious_keys = [{{ secret = 'OLD' }}]\n[visitor.edgee]\nkey = {{ secret = 'EDGEE_KEY' }}\n{WEBHOOK}{}",
        "[[component]]\nkind = 'webhook'\nid = 'b'\nsettings.url.secret = 'OLD'"
    );
    let config = read(&source, &registry()).unwrap().config;
    assert_eq!(secrets(&config).into_iter().collect::<Vec<_>>(), ["EDGEE_KEY", "OLD", "SELVEDGE_KEY"]);
}

#[test]
fn consent_platforms_and_purposes_must_go_together() {
    let consent = |lines: &str| format!("{SITE}{WEBHOOK}[consent]\n{lines}");
    assert_eq!(only(&consent("cmp = 'didomi'\ncookie = 'mine'")), None);
    finds(Error, &consent("cookie = 'mine' # <<"), "consent.cookie", "does not name a platform");
    finds(Error, &consent("cmp = 'didomi'\ncookie = 'a b' # <<"), "consent.cookie", "not a cookie's name");
    let component = |lines: &str| format!("{SITE}{WEBHOOK}{lines}");
    assert_eq!(only(&component("without_consent = 'anonymous'\npersonal_data = 'keep'")), None);
    let source = component("purposes = []\nwithout_consent = 'anonymous' # <<");
    finds(Warning, &source, "component[0].without_consent", "never without consent");
    let source = component("purposes = []\npersonal_data = 'keep' # <<");
    finds(Error, &source, "component[0].personal_data", "of those who refused");
    let source = format!("{SITE}{WEBHOOK}[visitor]\nbefore_consent = 'cookie' # <<");
    finds(Warning, &source, "visitor.before_consent", "before the visitor has agreed");
}

#[path = "rules_tests.rs"]
mod rules;
