//! What a deployed service cannot reach: this machine, and private networks. On this machine they are what one wants, so
//! nothing of it is wrong with a configuration as such.

use std::net::IpAddr;

use super::{Finding, warning};
use crate::config::place::KeyPath;
use crate::config::{Component, Config, Setting, Site};

/// Warnings of the origins and endpoints that lead to the machine itself or into a private network, where no platform's
/// servers find anything.
#[must_use]
pub fn out_of_reach(config: &Config) -> Vec<Finding> {
    let sites =
        config.sites.iter().enumerate().flat_map(|(i, site)| origins(site, &KeyPath::to("site").index(i)));
    let components = config.components.iter().enumerate();
    let endpoints =
        components.flat_map(|(i, component)| endpoints(component, &KeyPath::to("component").index(i)));
    sites.chain(endpoints).collect()
}

fn origins(site: &Site, at: &KeyPath) -> Vec<Finding> {
    let routes = site.routes.iter().enumerate();
    let routes = routes.filter_map(|(i, route)| Some((at.key("route").index(i), route.origin.as_ref()?)));
    std::iter::once((at.clone(), &site.origin))
        .chain(routes)
        .filter_map(|(at, origin)| {
            let help = "name the origin that everybody can ask; `selvedge dev --origin` takes another for this machine";
            finding(at.key("origin"), &origin.to_string(), &origin.host, help)
        })
        .collect()
}

/// Where a component sends its events: an endpoint stands in place of what its settings name.
fn endpoints(component: &Component, at: &KeyPath) -> Vec<Finding> {
    if let Some(endpoint) = &component.endpoint {
        let help = "without it events go to the vendor; `selvedge dev` catches them all the same";
        return judged(at.key("endpoint"), endpoint, help).into_iter().collect();
    }
    let settings = component.settings.iter().filter_map(|(name, setting)| match setting {
        Setting::Text(text) => Some((at.key("settings").key(name), text)),
        _ => None,
    });
    let help = "name what everybody can ask; `selvedge dev` catches what would go there";
    settings.filter_map(|(at, text)| judged(at, text, help)).collect()
}

/// A text, if it is a URL. That it is a good one has been seen to.
fn judged(at: KeyPath, text: &str, help: &str) -> Option<Finding> {
    let url: http::Uri = text.parse().ok().filter(|url: &http::Uri| url.scheme().is_some())?;
    finding(at, text, url.host()?, help)
}

fn finding(at: KeyPath, text: &str, host: &str, help: &str) -> Option<Finding> {
    let place = place(host)?;
    Some(warning(at, format!("{text:?} is {place}, which a deployed service cannot reach")).help(help))
}

/// What a host is that is not on the Internet: names by RFC 6761 §6.3, addresses by RFC 1122, 1918, 3927, 4193 and 4291.
fn place(host: &str) -> Option<&'static str> {
    const MACHINE: &str = "this machine itself";
    const NETWORK: &str = "an address of a private network";
    let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase();
    if host == "localhost" || host.ends_with(".localhost") {
        return Some(MACHINE);
    }
    let address = match host.parse().ok()? {
        IpAddr::V6(address) => address.to_ipv4_mapped().map_or(IpAddr::V6(address), IpAddr::V4),
        address @ IpAddr::V4(_) => address,
    };
    if address.is_loopback() || address.is_unspecified() {
        return Some(MACHINE);
    }
    let private = match address {
        IpAddr::V4(address) => address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    };
    private.then_some(NETWORK)
}

#[cfg(test)]
#[cfg(feature = "toml")]
mod tests {
    use super::super::tests::registry;
    use super::*;
    use crate::config::read::{locate, read};

    #[test]
    fn hosts_that_are_not_on_the_internet() {
        for host in [
            "127.0.0.1",
            "127.8.9.1",
            "[::1]",
            "LocalHost",
            "shop.localhost",
            "localhost.",
            "0.0.0.0",
            "[::]",
        ] {
            assert_eq!(place(host), Some("this machine itself"), "{host}");
        }
        let mapped = ["[::ffff:10.0.0.1]", "[fd00::1]", "[fe80::1]", "169.254.169.254"];
        for host in ["10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.10"].into_iter().chain(mapped) {
            assert_eq!(place(host), Some("an address of a private network"), "{host}");
        }
        for host in
            ["172.32.0.1", "11.0.0.1", "8.8.8.8", "[2606:4700::1]", "localhost.example.com", "mylocalhost"]
        {
            assert_eq!(place(host), None, "{host}");
        }
    }

    #[test]
    fn each_is_told_on_its_line() {
        let source = "[[site]]\norigin = 'http://127.0.0.1:8080'\n[[site.route]]\npath = '/a/*'\norigin = 'https://10.0.0.5'\n\
            [[site.route]]\npath = '/b/*'\nrewrite = '/$1'\n\
            [[component]]\nkind = 'webhook'\nsettings.url = 'http://app.localhost:1/x'\n\
            [[component]]\nkind = 'webhook'\nid = 'b'\nendpoint = 'http://[::1]:7678/b'\nsettings.url = 'http://localhost/x'\n\
            [[component]]\nkind = 'webhook'\nid = 'c'\nsettings.url = 'https://in.example/127.0.0.1'\n";
        let config = read(source, &registry()).unwrap().config;
        let found = locate(source, out_of_reach(&config)).into_list();
        let found: Vec<_> =
            found.iter().map(|problem| (problem.line, problem.column, problem.key.as_str())).collect();
        assert_eq!(
            found,
            [
                (2, 10, "site[0].origin"),
                (5, 10, "site[0].route[0].origin"),
                (11, 16, "component[0].settings.url"),
                (15, 12, "component[1].endpoint"),
            ]
        );
        assert!(
            out_of_reach(&config).iter().all(|finding| finding.severity == super::super::Severity::Warning)
        );
    }
}
