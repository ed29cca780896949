//! Where a deployed service is reached, out of what the platforms' commands say.

use serde_json::Value;

/// The names that the platforms themselves give a service; the website's own may still point elsewhere.
const OWN: [&str; 2] = [".workers.dev", ".edgecompute.app"];

/// What wrangler writes down of a deployment (`WRANGLER_OUTPUT_FILE_PATH`): JSON lines, one of which has its targets.
pub(super) fn of_wrangler(written: &str) -> Option<String> {
    let lines = written.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut deploys = lines.filter(|line| line.get("type").and_then(Value::as_str) == Some("deploy"));
    let deploy = deploys.next_back()?;
    let targets = deploy.get("targets")?.as_array()?;
    chosen(targets.iter().filter_map(Value::as_str))
}

/// What `fastly service domain list --json` lists.
pub(super) fn of_fastly(listed: &Value) -> Option<String> {
    let domains = listed.as_array()?.iter();
    chosen(domains.filter_map(|domain| domain.get("Name").or_else(|| domain.get("name"))?.as_str()))
}

/// One that answers surely, if there is one: `https://host`.
fn chosen<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let host = |name: &'a str| {
        // `shop.example.com/*`, `shop.example.com (custom domain)`, `https://selvedge.me.workers.dev`
        let name = name.strip_prefix("https://").unwrap_or(name);
        let host = name.split(['/', ' ']).next()?;
        (host.contains('.') && !host.contains('*')).then_some(host)
    };
    let hosts: Vec<_> = names.filter_map(host).collect();
    let own = hosts.iter().find(|host| OWN.iter().any(|end| host.ends_with(end)));
    own.or(hosts.first()).map(|host| format!("https://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platforms_own_name_is_asked_first() {
        let line = |targets: &str| {
            format!("{{\"type\":\"wrangler-session\"}}\n{{\"type\":\"deploy\",\"targets\":{targets}}}\n")
        };
        for (targets, expected) in [
            (r#"["shop.example.com/*", "https://a.me.workers.dev"]"#, Some("https://a.me.workers.dev")),
            (r#"["*.example.com/*", "www.example.com (custom domain)"]"#, Some("https://www.example.com")),
            (r#"["*.example.com/* (zone name: example.com)"]"#, None),
            ("[]", None),
        ] {
            assert_eq!(of_wrangler(&line(targets)).as_deref(), expected, "{targets}");
        }
        let listed = serde_json::json!([{"Name": "www.example.com"}, {"Name": "x.edgecompute.app"}]);
        assert_eq!(of_fastly(&listed).as_deref(), Some("https://x.edgecompute.app"));
        assert_eq!(of_wrangler("nothing"), None);
    }
}
