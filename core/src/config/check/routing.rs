//! Sites, routes and redirects: does each ever match, and does it lead where it can be followed?

use super::{Finding, bounds, error, warning};
use crate::config::pattern::{HostPattern, PathPattern, expand};
use crate::config::place::KeyPath;
use crate::config::{Redirect, Site};
use crate::path::normalise;

pub(super) fn check(sites: &[Site], findings: &mut Vec<Finding>) {
    let at = KeyPath::to("site");
    if sites.is_empty() {
        findings.push(error(at.clone(), "there is no site to serve").help(
            "add a `[[site]]` with the `origin` where the website lives: origin = \"https://origin.example.com\"",
        ));
    }
    reachable_sites(sites, &at, findings);
    for (i, site) in sites.iter().enumerate() {
        bounds(findings, at.index(i).key("timeout_seconds"), site.timeout_seconds.into(), 1..=120, "seconds");
        routes(site, &at.index(i).key("route"), findings);
        redirects(site, &at.index(i).key("redirect"), findings);
    }
}

fn reachable_sites(sites: &[Site], at: &KeyPath, findings: &mut Vec<Finding>) {
    let mut before: Vec<(usize, &HostPattern)> = Vec::new();
    let mut takes_all = None;
    for (i, site) in sites.iter().enumerate() {
        if let Some(first) = takes_all {
            let message = format!("this site is never reached: `site[{first}]` before it takes every host");
            findings.push(warning(at.index(i), message).help("put the site without `hosts` last"));
            continue;
        }
        for (j, host) in site.hosts.iter().enumerate() {
            let name = text(host);
            // A pattern's own text, star and all, is matched by exactly the patterns that match whatever it does.
            if let Some((first, by)) = before.iter().find(|(_, by)| by.matches(&name)) {
                let message =
                    format!("{name:?} never gets here: `site[{first}]` takes it as {:?}", text(*by));
                findings.push(warning(at.index(i).key("hosts").index(j), message));
            }
            before.push((i, host));
        }
        if site.hosts.is_empty() {
            takes_all = Some(i);
        }
    }
}

fn routes(site: &Site, at: &KeyPath, findings: &mut Vec<Finding>) {
    let patterns: Vec<_> = site.routes.iter().map(|route| &route.path).collect();
    for (i, route) in site.routes.iter().enumerate() {
        let at = at.index(i);
        pattern(&patterns, i, &at.key("path"), findings);
        let Some(rewrite) = &route.rewrite else { continue };
        let at = at.key("rewrite");
        let problem = if !rewrite.starts_with('/') {
            Some("must start with `/`")
        } else if rewrite.contains(['?', '#']) {
            Some("must be a path alone: the visitor's query is kept")
        } else if !rewrite.bytes().all(|b| b.is_ascii_graphic()) {
            Some("must be written in visible ASCII; escape the rest as `%…`")
        } else {
            None
        };
        let wrong = problem.map(|problem| error(at.clone(), format!("{rewrite:?} {problem}")));
        findings.extend(wrong.or_else(|| template(rewrite, &route.path, &at)));
    }
}

fn redirects(site: &Site, at: &KeyPath, findings: &mut Vec<Finding>) {
    let patterns: Vec<_> = site.redirects.iter().map(|redirect| &redirect.from).collect();
    for (i, redirect) in site.redirects.iter().enumerate() {
        let at = at.index(i);
        pattern(&patterns, i, &at.key("from"), findings);
        if !matches!(redirect.status, 301 | 302 | 303 | 307 | 308) {
            let message = format!("{} is not the status of a redirect", redirect.status);
            findings.push(error(at.key("status"), message).help(
                "301 or 308 for good, 302 or 307 for now; 307 and 308 keep the method, 303 makes it a GET",
            ));
        }
        let (to, text) = (at.key("to"), &redirect.to);
        let wrong = target(text).err().map(|problem| error(to.clone(), format!("{text:?} {problem}")));
        let wrong = wrong.or_else(|| template(text, &redirect.from, &to));
        let endless = || error(to.clone(), "this redirect leads back to itself, for ever");
        findings.extend(wrong.or_else(|| comes_back(site, i).then(endless)));
    }
}

/// Whether a pattern can ever match: it is written as paths are compared, and no earlier one takes all that it would.
fn pattern(all: &[&PathPattern], i: usize, at: &KeyPath, findings: &mut Vec<Finding>) {
    let Some(this) = all.get(i) else { return };
    let written = text(*this);
    let normal = normalise(&written);
    if normal != written {
        let message = format!(
            "{written:?} never matches: paths are compared without needless escapes, dots and slashes"
        );
        findings.push(error(at.clone(), message).help(format!("write {normal:?}")));
    }
    // As with hosts: who matches the pattern's text, stars and all, matches whatever it does.
    if let Some(first) = all.iter().take(i).find(|earlier| earlier.captures(&written).is_some()) {
        findings.push(warning(
            at.clone(),
            format!("{written:?} never gets here: {:?} before it takes it", text(*first)),
        ));
    }
}

/// The first `$n` of a template that stands for no star of its pattern.
fn template(template: &str, pattern: &PathPattern, at: &KeyPath) -> Option<Finding> {
    let stars = pattern.stars();
    let stands = |digits: &str| digits.parse().is_ok_and(|n| (1..=stars).contains(&n));
    let numbers = template.split('$').skip(1).map(|part| {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part.split_at(end).0
    });
    let digits = numbers.into_iter().find(|digits| !stands(digits))?;
    if digits.is_empty() {
        let message = format!("{template:?} has a `$` without the number of a star");
        return Some(error(at.clone(), message).help("write a dollar sign that is meant as such as `%24`"));
    }
    let count = match stars {
        0 => "no star".to_owned(),
        1 => "one star, `$1`".to_owned(),
        _ => format!("{stars} stars, `$1` to `${stars}`"),
    };
    Some(error(at.clone(), format!("`${digits}` stands for nothing: {:?} has {count}", text(pattern))))
}

/// Whether a redirect's target is a path or an absolute URL whose host is fixed. What a visitor wrote must not choose
/// the host: that would make the website vouch for anybody's.
fn target(text: &str) -> Result<(), &'static str> {
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("must be written in visible ASCII; escape the rest as `%…`");
    }
    if text.starts_with("//") {
        return Err("must name the scheme: \"https://…\"");
    }
    if text.starts_with('/') {
        return Ok(());
    }
    let (authority, _) = absolute(text).ok_or("must be a path or an absolute http(s) URL")?;
    if authority.contains('$') {
        return Err("must not let a star choose the host: put a `/` between");
    }
    let fits = authority.parse::<http::uri::Authority>().is_ok_and(|a| !a.host().is_empty());
    if fits && !authority.contains('@') { Ok(()) } else { Err("has no valid host") }
}

/// An absolute http(s) URL as its authority and what follows.
fn absolute(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    Some(rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())))
}

/// Whether following a site's redirects from where one leads meets that one again, taking each star to stand for one
/// letter.
fn comes_back(site: &Site, start: usize) -> bool {
    let mut at = site.redirects.get(start);
    for _ in &site.redirects {
        let Some(path) = at.and_then(|redirect| lands_on(site, redirect)) else { return false };
        let next = site.redirects.iter().position(|redirect| redirect.from.captures(&path).is_some());
        if next == Some(start) {
            return true;
        }
        at = next.and_then(|next| site.redirects.get(next));
    }
    false
}

/// The path of the same site that a redirect leads to, or `None` when it leads elsewhere or perhaps elsewhere.
fn lands_on(site: &Site, redirect: &Redirect) -> Option<String> {
    let to = expand(&redirect.to, &vec!["x"; redirect.from.stars()]);
    let path = if to.starts_with('/') {
        to.as_str()
    } else {
        let (authority, path) = absolute(&to)?;
        let host = authority.split(':').next()?.to_ascii_lowercase();
        if !site.hosts.iter().any(|pattern| pattern.matches(&host)) {
            return None;
        }
        path
    };
    let path = path.split(['?', '#']).next()?;
    Some(normalise(path).into_owned())
}

/// A pattern as it was written.
fn text<P: Clone + Into<String>>(pattern: &P) -> String {
    pattern.clone().into()
}
