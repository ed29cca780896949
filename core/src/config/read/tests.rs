use super::*;
use crate::config::check::tests::registry;
use crate::config::{Collect, Consent, Page, Setting, Visitor};

/// What is said of a file, as `line:column+width key: message`.
fn said(source: &str) -> Vec<String> {
    let problems = read(source, &registry()).unwrap_err().into_list();
    let line = |p: Problem| format!("{}:{}+{} {}: {}", p.line, p.column, p.width, p.key, p.message);
    problems.into_iter().map(line).collect()
}

const WEBHOOK: &str = "[[component]]\nkind = 'webhook'\nsettings.url = 'https://c.example'\n";

#[test]
fn ids_are_filled_in() {
    let source = format!("[[site]]\norigin = 'https://a.example'\n{WEBHOOK}{WEBHOOK}id = 'second'");
    let reading = read(&source, &registry()).unwrap();
    let ids: Vec<_> = reading.config.components.iter().map(|component| component.id.as_str()).collect();
    assert_eq!(ids, ["webhook", "second"]);
    assert_eq!(reading.warnings, []);
}

#[test]
fn problems_are_shown_as_compilers_do() {
    let source = "[[site]]\n\thosts = [\"é.example\", \"a:80\"]\norigins = \"https://a.example\"\n\n[[component]]\nkind = \"ga4\"\n";
    assert_eq!(
        read(source, &registry()).unwrap_err().to_string(),
        "\
error: the key `origin` is missing
 --> 1:1
  |
1 | [[site]]
  | ^^^^^^^^

error: \"a:80\" is not a host such as \"shop.example.com\" or \"*.example.com\"
 --> 2:24
  |
2 | \thosts = [\"é.example\", \"a:80\"]
  | \t                      ^^^^^^

error: unknown key `origins`; did you mean `origin`?
 --> 3:1
  |
3 | origins = \"https://a.example\"
  | ^^^^^^^

error: `ga4` needs the setting `measurement_id`
 --> 5:1
  |
5 | [[component]]
  | ^^^^^^^^^^^^^
  = help: GA4 shows it as G-XXXXXXX
"
    );
}

#[test]
fn everything_is_found_at_once() {
    let source = "\
[[site]]
origin = 'a.example'
preserve_host = 'yes'
[[site.route]]
paths = '/x'
[[site]]
origin = 'https://b.example'
redirect = [{ from = 'x', to = '/' }, { from = '/x', to = '/$1', staus = 301 }]
[pages]
[page]
views = 'edgy'
inject = 1
[visitor]
lifetime_days = 70000
cookie = 'a b'
key = 'SELVEDGE_KEY'
[[consent.region]]
countries = 'US'
default = 'maybe'
[[component]]
kind = 7
[[component]]
kind = 'webhook'
settings = { url = 1.5, key = { secrets = 'X' } }
events = ['page', 'click']
[[component]]
kind = 'hook'
";
    assert_eq!(
        said(source),
        [
            "2:10+11 site[0].origin: \"a.example\" is not an origin such as \"https://origin.example.com\"",
            "3:17+5 site[0].preserve_host: expected `true` or `false`, found the text \"yes\"",
            "4:1+14 site[0].route[0].path: the key `path` is missing",
            "5:1+5 site[0].route[0].paths: unknown key `paths`; did you mean `path`?",
            "8:22+3 site[1].redirect[0].from: \"x\" is not a path: it must start with \"/\"",
            "8:59+5 site[1].redirect[1].to: `$1` stands for nothing: \"/x\" has no star",
            "8:66+5 site[1].redirect[1].staus: unknown key `staus`; did you mean `status`?",
            "9:2+5 pages: unknown key `pages`; did you mean `page`?",
            "11:9+6 page.views: unknown word \"edgy\"; did you mean `edge`?",
            "12:10+1 page.inject: expected `true` or `false`, found the number `1`",
            "14:17+5 visitor.lifetime_days: expected a whole number from 0 to 65535, found the number `70000`",
            "15:10+5 visitor.cookie: \"a b\" is not a cookie's name",
            "16:7+14 visitor.key: expected a table, found text",
            "18:13+4 consent.region[0].countries: expected an array, found text",
            "19:11+7 consent.region[0].default: unknown word \"maybe\"",
            "21:8+1 component[0].kind: expected text, found the number `7`",
            "24:20+3 component[1].settings.url: expected text, a whole number, true or false, a list of texts, or { secret = \"NAME\" }",
            "24:31+17 component[1].settings.key: expected text, a whole number, true or false, a list of texts, or { secret = \"NAME\" }",
            "25:19+7 component[1].events[1]: unknown word \"click\"",
            "27:8+6 component[2].kind: unknown kind `hook`",
        ]
    );
}

/// Without its only host the first site would serve every host, and the second none.
#[test]
fn what_follows_from_an_error_is_not_said() {
    let source = "[[site]]\nhots = ['a.example']\norigin = 'https://a.example'\n\
                  [[site]]\norigin = 'https://b.example'\n[[component]]\nkind = 1\n";
    let said = said(source);
    assert_eq!(said.len(), 2, "{said:#?}");
}

#[test]
fn tables_and_arrays_are_told_apart() {
    let source = "[site]\norigin = 'https://a.example'\n[consent.region]\n[[page]]\n";
    let problems = read(source, &registry()).unwrap_err().into_list();
    let help: Vec<_> =
        problems.iter().filter(|p| p.severity == Severity::Error).map(|p| p.help.as_deref()).collect();
    assert_eq!(
        help,
        [
            Some("write its header in double brackets: [[site]]"),
            Some("write its header in double brackets: [[consent.region]]"),
            Some("its keys: inject, views, data_layer_within"),
        ]
    );
}

#[test]
fn what_is_not_toml_is_said_alone() {
    let source = "[[site]]\norigin = 'https://a.example\n[page\ninject = true\ninject = false\n";
    let said = said(source);
    assert!(said.len() >= 2 && said[0].starts_with("2:28"), "{said:?}");
    assert!(said.iter().all(|line| !line.contains("missing")), "{said:?}");
}

#[test]
fn keys_that_are_not_known_get_a_list() {
    let problems = read("[page]\nzzz = 1\n", &registry()).unwrap_err().into_list();
    let help = problems.iter().find(|p| p.key == "page.zzz").unwrap().help.clone();
    assert_eq!(help.as_deref(), Some("known here: inject, views, data_layer_within"));
}

#[test]
fn odd_files_do_no_harm() {
    for source in
        ["", "\n", "\u{feff}", "a", "=", "[[site]]", "site = [1, [2], {}]", "x.y.z = 1\n\"\" = 2", "é = 'é'"]
    {
        let shown = read(source, &registry()).unwrap_err().to_string();
        assert!(shown.starts_with("error: ") || shown.starts_with("warning: "), "{source:?}: {shown}");
    }
}

const MANUAL: &str = include_str!("../../../../docs/configuration.md");

fn examples() -> Vec<&'static str> {
    let fenced = MANUAL.split("```toml\n").skip(1);
    fenced.map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn the_manuals_example_is_complete_and_spells_out_the_defaults() {
    let reading = read(examples()[0], &registry()).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(reading.warnings, []);
    let config = reading.config;
    assert_eq!(config.page, Page::default());
    assert_eq!(config.collect, Collect::default());
    assert_eq!(config.visitor, Visitor { domain: config.visitor.domain.clone(), ..Visitor::default() });
    assert_eq!(config.consent, Consent { regions: config.consent.regions.clone(), ..Consent::default() });
    let settings = config.components.iter().flat_map(|component| component.settings.values());
    assert!(settings.into_iter().any(|setting| matches!(setting, Setting::Secret(_))));
}

/// Every table of the model, as a file that has an unknown key in it and so is told the known ones.
#[test]
fn the_manual_names_every_key_of_every_table() {
    for (heading, source) in [
        ("The file", "zzzzzz = 1"),
        ("`[[site]]`", "[[site]]\nzzzzzz = 1"),
        ("`[[site.route]]`", "[[site]]\n[[site.route]]\nzzzzzz = 1"),
        ("`[[site.redirect]]`", "[[site]]\n[[site.redirect]]\nzzzzzz = 1"),
        ("`[page]`", "[page]\nzzzzzz = 1"),
        ("`[sdk]`", "[sdk]\nzzzzzz = 1"),
        ("`[collect]`", "[collect]\nzzzzzz = 1"),
        ("`[visitor]`", "[visitor]\nzzzzzz = 1"),
        ("`[visitor.edgee]`", "[visitor.edgee]\nzzzzzz = 1"),
        ("`[consent]`", "[consent]\nzzzzzz = 1"),
        ("`[consent.names]`", "[consent.names]\nzzzzzz = 1"),
        ("`[[consent.region]]`", "[[consent.region]]\nzzzzzz = 1"),
        ("`[delivery]`", "[delivery]\nzzzzzz = 1"),
        ("`[[component]]`", "[[component]]\nzzzzzz = 1"),
        ("`[component.limits]`", "[[component]]\n[component.limits]\nzzzzzz = 1"),
        ("`[component.filter]`", "[[component]]\n[component.filter]\nzzzzzz = 1"),
        ("`[[component.transform]]`", "[[component]]\n[[component.transform]]\nzzzzzz = 1"),
    ] {
        let section =
            MANUAL.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no {heading}")).1;
        let section = section.split("\n## ").next().unwrap();
        let problems = read(source, &registry()).unwrap_err().into_list();
        let known = problems.iter().find_map(|p| p.help.as_deref()?.strip_prefix("known here: ")).unwrap();
        for key in known.split(", ") {
            assert!(section.contains(&format!("| `{key}` |")), "{heading} does not name `{key}`");
        }
    }
}

#[test]
fn the_manual_shows_errors_as_they_are() {
    let shown = MANUAL.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let problems = read(examples()[1], &registry()).unwrap_err();
    assert_eq!(problems.render("selvedge.toml", &|_, text| text.to_owned()), shown);
}
