//! What is said for all sites: logs, listeners, cookies, the SDK.

use super::fields::Fields;
use super::{Migration, text};

impl Migration {
    /// `defaults` are the defaults of consent that components had.
    pub(super) fn global(&mut self, fields: &mut Fields, defaults: &[String]) {
        self.platforms(fields);
        let mut compute = fields.table("compute", &mut self.notes);
        self.page(&mut compute);
        self.sdk(&mut compute);
        self.head("[collect]");
        self.line("edgee = true  # pages that were written for Edgee work as they are");
        self.visitor(&mut compute);
        self.consent(defaults);
        compute.rest(&mut self.notes);
    }

    /// What the platforms do.
    fn platforms(&mut self, fields: &mut Fields) {
        for (table, keys, what) in [
            (
                "log",
                &["level", "span", "trace_component"][..],
                "logs are JSON lines, and go where the platform keeps them",
            ),
            ("http", &["address"], "the platform listens"),
            ("https", &["address", "cert", "key"], "the platform listens, and has its own certificates"),
            ("monitor", &["address"], "`GET /_selvedge/health` on every host takes its place"),
        ] {
            let mut table = fields.table(table, &mut self.notes);
            for key in keys {
                if table.take(key).is_some() {
                    self.note(table.path(key), format!("no equivalent: {what}"));
                }
            }
            if table.yes("force_https", &mut self.notes) == Some(true) {
                self.note(
                    table.path("force_https"),
                    "the platform's to do: force TLS on Fastly's domain, \"Always Use HTTPS\" on Cloudflare's zone; \
                     our cookies are `Secure` in any case",
                );
            }
            table.rest(&mut self.notes);
        }
    }

    fn page(&mut self, compute: &mut Fields) {
        let off = compute.yes("proxy_only", &mut self.notes) == Some(true);
        let inject = compute.yes("inject_sdk", &mut self.notes) == Some(true) && !off;
        self.head("[page]");
        self.line(format!("inject = {inject}"));
        self.line(if off { "views = \"off\"" } else { "views = \"edge\"" });
        if !inject && !off {
            self.note(
                compute.path("inject_sdk"),
                "the SDK is where a page has its tag, as before; page views are reported of every page, with a tag or \
                 without, first views too",
            );
        }
        if compute.take("inject_sdk_position").is_some() {
            self.note(
                compute.path("inject_sdk_position"),
                "no equivalent: the tag goes to the end of the head",
            );
        }
        for key in ["behind_proxy_cache", "enforce_no_store_policy"] {
            if compute.yes(key, &mut self.notes) == Some(true) {
                self.note(
                    compute.path(key),
                    "not needed: the edge reports views of pages that browsers may keep, too, and caching stays yours",
                );
            }
        }
    }

    fn sdk(&mut self, compute: &mut Fields) {
        let said = compute.has("autocapture");
        let mut auto = compute.table("autocapture", &mut self.notes);
        let mut yes = |key: &str| auto.yes(key, &mut self.notes);
        let (pageview, spa, engagement) = (yes("pageview"), yes("spa_pageview"), yes("engagement"));
        let captured: Vec<_> =
            ["click", "form", "scroll"].into_iter().filter(|key| yes(key) == Some(true)).collect();
        self.head("[sdk]");
        self.line(format!("navigations = {}", spa == Some(true)));
        self.line(format!("engagement = {}", engagement == Some(true)));
        let list = captured.iter().map(|what| text(what)).collect::<Vec<_>>().join(", ");
        self.line(format!("capture = [{list}]"));
        if said && pageview != Some(true) {
            self.note(
                auto.path("pageview"),
                "was off for the browser alone; the edge went on reporting views, and does. `page.views = \"off\"` \
                 ends that",
            );
        }
        if !captured.is_empty() {
            self.note(
                auto.path(&captured.join(", ")),
                "no longer says what a person typed: neither values of fields nor their contents",
            );
        }
        auto.rest(&mut self.notes);
    }

    fn visitor(&mut self, compute: &mut Fields) {
        let domain = compute.text("cookie_domain", &mut self.notes);
        self.head("[visitor]");
        match domain {
            Some(domain) => self.line(format!("domain = {}", text(domain.trim_start_matches('.')))),
            None => {
                self.line("# domain = \"example.com\"  # Edgee shared the visitor with all subdomains");
                self.note(
                    compute.path("cookie_domain"),
                    "was not said, and so the registrable domain: here, each host has its own visitors unless \
                     `visitor.domain` says otherwise",
                );
            }
        }
        self.line("# before_consent = \"cookie\"  # as Edgee had it, whatever the visitor had agreed to");
        self.note(
            "(visitors)",
            "Edgee kept a cookie whatever the visitor had agreed to; here there is no identity before consent, unless \
             `visitor.before_consent` says otherwise",
        );
        let cookie = compute.text("cookie_name", &mut self.notes);
        let key = compute.text("aes_key", &mut self.notes);
        let iv = compute.text("aes_iv", &mut self.notes);
        self.head("[visitor.edgee]  # whoever brings a cookie of Edgee's stays who they were");
        if let Some(cookie) = &cookie {
            self.line(format!("cookie = {}", text(cookie)));
        }
        for (name, given, secret, path) in
            [("key", key, "EDGEE_AES_KEY", "aes_key"), ("iv", iv, "EDGEE_AES_IV", "aes_iv")]
        {
            if given.is_some() {
                let reference = self.secret(secret, &compute.path(path));
                self.line(format!("{name} = {reference}"));
            }
        }
    }

    fn consent(&mut self, defaults: &[String]) {
        let first = defaults.first().map_or("pending", String::as_str);
        let same = defaults.iter().all(|default| default == first);
        let known = matches!(first, "granted" | "denied" | "pending");
        let default = if same && known { first } else { "pending" };
        self.head("[consent]");
        self.line(format!("default = {}", text(default)));
        if !same || !known {
            self.note(
                "components.data_collection[].settings.edgee_default_consent",
                "differs from component to component; here there is one default for all, and regions: \
                 \"pending\", which grants nothing, was taken",
            );
        }
    }
}
