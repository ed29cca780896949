//! `[[routing]]`: hosts, backends, redirects.

use selvedge_core::config::Origin;
use selvedge_core::config::pattern::{HostPattern, PathPattern};

use super::fields::Fields;
use super::{Migration, text};

/// A server that a site may be asked from.
pub(super) struct Backend {
    pub(super) name: String,
    /// As we write it.
    pub(super) origin: String,
    default: bool,
}

impl Migration {
    pub(super) fn sites(&mut self, fields: &mut Fields) {
        let routing = fields.tables("routing", &mut self.notes);
        if routing.is_empty() {
            self.head(
                "# [[site]]\n# hosts = [\"www.example.com\"]\n# origin = \"https://origin.example.com\"",
            );
            self.note("routing", "there is none: without a site there is nothing to serve");
        }
        for mut site in routing {
            self.site(&mut site);
            site.rest(&mut self.notes);
        }
    }

    fn site(&mut self, site: &mut Fields) {
        let domain = site.text("domain", &mut self.notes).unwrap_or_default();
        // Ports are no part of a site here.
        let host = domain.split(':').next().unwrap_or_default().to_owned();
        if host != domain {
            self.note(site.path("domain"), format!("a site is known by its host, {host:?}, on every port"));
        }
        let backends = self.backends(site);
        self.head("[[site]]");
        if HostPattern::try_from(host.clone()).is_ok() {
            self.line(format!("hosts = [{}]", text(&host)));
        } else {
            self.note(
                site.path("domain"),
                format!("{domain:?} is no host; the site takes every host until it has one"),
            );
        }
        let default = backends.iter().find(|backend| backend.default).or(backends.first());
        match default {
            Some(backend) => {
                self.line(format!("origin = {}", text(&backend.origin)));
                if !backend.default {
                    let what =
                        format!("none was the default, and Edgee answered 502; {:?} is now", backend.name);
                    self.note(site.path("backends"), what);
                }
            }
            None => {
                self.line("# origin = \"https://origin.example.com\"");
                self.note(site.path("backends"), "there is none: say where the website lives");
            }
        }
        self.redirects(site);
        for mut rule in site.tables("rules", &mut self.notes) {
            self.rule(&mut rule, &backends);
            rule.rest(&mut self.notes);
        }
    }

    fn backends(&mut self, site: &mut Fields) -> Vec<Backend> {
        let mut backends = Vec::new();
        for mut backend in site.tables("backends", &mut self.notes) {
            let name = backend.text("name", &mut self.notes).unwrap_or_default();
            let address = backend.text("address", &mut self.notes).unwrap_or_default();
            let default = backend.yes("default", &mut self.notes) == Some(true);
            let tls = backend.yes("enable_ssl", &mut self.notes) != Some(false);
            if backend.take("compress").is_some() {
                self.note(backend.path("compress"), "not needed: bodies travel as visitor and origin agree");
            }
            let plain = format!("http://{address}");
            let origin = if !tls && Origin::try_from(plain.clone()).is_ok() {
                plain
            } else {
                if !tls {
                    self.note(
                        backend.path("enable_ssl"),
                        format!(
                            "origins are asked over TLS; {address:?} was asked without, and must learn it"
                        ),
                    );
                }
                format!("https://{}", address.strip_suffix(":80").unwrap_or(&address))
            };
            backend.rest(&mut self.notes);
            backends.push(Backend { name, origin, default });
        }
        backends
    }

    fn redirects(&mut self, site: &mut Fields) {
        let mut any = false;
        for mut redirect in site.tables("redirections", &mut self.notes) {
            let from = redirect.text("source", &mut self.notes).unwrap_or_default();
            let to = redirect.text("target", &mut self.notes).unwrap_or_default();
            redirect.rest(&mut self.notes);
            if from.contains('*') || PathPattern::try_from(from.clone()).is_err() {
                self.note(
                    redirect.path("source"),
                    format!("{from:?} is not a path that can be written here: left out"),
                );
                continue;
            }
            self.head("[[site.redirect]]");
            self.line(format!("from = {}", text(&from)));
            self.line(format!("to = {}", text(&to)));
            self.line("status = 302");
            any = true;
        }
        if any {
            self.note(site.path("redirections"), "keep the visitor's query now, unless the target has one");
        }
    }
}
