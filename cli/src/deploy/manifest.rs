//! The platform's manifest: what it has already, and what is put into it. Its comments and its order stay.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use selvedge_core::config::Config;
use toml::{Table, Value};

use crate::file;
use crate::needs::{Binding, Extra, STORE_ID, bindings};
use crate::platform::Platform;

/// Fastly's command takes the service's id from here first.
const SERVICE_ID: &str = "FASTLY_SERVICE_ID";

/// A manifest as it is now.
#[derive(Debug)]
pub(super) struct Manifest {
    platform: Platform,
    path: PathBuf,
    source: String,
    table: Table,
}

impl Manifest {
    /// Reads it.
    ///
    /// # Errors
    /// When it is not there, or is not TOML.
    pub(super) fn read(platform: Platform, directory: &Path) -> Result<Self> {
        let path = directory.join(name(platform));
        let source = std::fs::read_to_string(&path).with_context(|| {
            let word = platform.word();
            format!("cannot read {}; `selvedge init --platform {word}` writes one", path.display())
        })?;
        let table = source.parse().with_context(|| format!("{} is not TOML", path.display()))?;
        Ok(Self { platform, path, source, table })
    }

    /// `wrangler.toml` or `fastly.toml`.
    pub(super) fn name(&self) -> &'static str {
        name(self.platform)
    }

    /// What the service is called.
    pub(super) fn service_name(&self) -> &str {
        self.table.get("name").and_then(Value::as_str).unwrap_or("selvedge")
    }

    /// Whether it is known which service is meant.
    pub(super) fn has_service(&self) -> bool {
        let named = self.table.get("service_id").and_then(Value::as_str).is_some_and(|id| !id.is_empty());
        named || std::env::var_os(SERVICE_ID).is_some_and(|id| !id.is_empty())
    }

    /// The bindings that it does not have.
    pub(super) fn missing(&self, config: &Config, extras: &[Extra]) -> Vec<Binding> {
        let mut wanted = match self.platform {
            Platform::Fastly => Vec::new(),
            Platform::Cloudflare => bindings(config, extras),
        };
        wanted.retain(|binding| !self.table.values().any(|value| binds(value, binding.name())));
        wanted
    }

    /// What is put at its end for bindings. `id` knows the namespaces'.
    pub(super) fn text<'a>(missing: &[Binding], id: impl Fn(&str) -> Option<&'a str>) -> String {
        let block = |binding: &Binding| {
            let id = id(binding.name()).unwrap_or(STORE_ID);
            format!("\n# {}.\n{}", capital(binding.why()), binding.toml(id))
        };
        missing.iter().map(block).collect()
    }

    /// Puts a text at the end.
    ///
    /// # Errors
    /// When what comes out is not TOML, since tables of that name are written in another form, or it cannot be written.
    pub(super) fn append(&self, text: &str) -> Result<()> {
        self.write(&format!("{}\n{text}", self.source.trim_end()), text)
    }

    /// Writes down which service it is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn set_service(&self, id: &str) -> Result<()> {
        let line = format!("service_id = {id:?}\n");
        // Keys of the whole come before the first table.
        let lines =
            || self.source.split_inclusive('\n').take_while(|text| !text.trim_start().starts_with('['));
        let has = |key: &str| lines().position(|text| text.split('=').next().map(str::trim) == Some(key));
        // Fastly's command itself leaves an empty one there.
        let (at, old) = match (has("service_id"), has("name")) {
            (Some(at), _) => (at, 1),
            (None, Some(name)) => (name + 1, 0),
            (None, None) => (usize::MAX, 0),
        };
        let (before, after) = self.source.split_at(lines().take(at).map(str::len).sum());
        let (_, after) = after.split_at(lines().skip(at).take(old).map(str::len).sum());
        let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
        self.write(&format!("{before}{gap}{line}{after}"), &line)
    }

    fn write(&self, text: &str, added: &str) -> Result<()> {
        if let Err(error) = text.parse::<Table>() {
            bail!("{} cannot take these lines, put them in by hand ({error}):\n{added}", self.path.display());
        }
        file::write(&self.path, text.as_bytes())
    }
}

fn name(platform: Platform) -> &'static str {
    match platform {
        Platform::Fastly => "fastly.toml",
        Platform::Cloudflare => "wrangler.toml",
    }
}

/// Whether somewhere in it there is a binding of that name.
fn binds(value: &Value, name: &str) -> bool {
    match value {
        Value::Array(all) => all.iter().any(|value| binds(value, name)),
        Value::Table(table) => {
            table.get("binding").and_then(Value::as_str) == Some(name)
                || table.values().any(|value| binds(value, name))
        }
        _ => false,
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(platform: Platform, name: &str, text: &str) -> Manifest {
        let directory = std::env::temp_dir().join(format!("selvedge-manifest-{}-{name}", std::process::id()));
        file::write(&directory.join(super::name(platform)), text.as_bytes()).unwrap();
        Manifest::read(platform, &directory).unwrap()
    }

    fn after(manifest: &Manifest) -> String {
        let text = std::fs::read_to_string(&manifest.path).unwrap();
        std::fs::remove_dir_all(manifest.path.parent().unwrap()).unwrap();
        text
    }

    #[test]
    fn a_service_is_written_above_the_first_table() {
        for (name, before, expected) in [
            (
                "named",
                "# A\nname = \"a\" # b\n[scripts]\nname = 1\n",
                "# A\nname = \"a\" # b\nservice_id = \"S\"\n[scripts]\nname = 1\n",
            ),
            ("none", "[scripts]\nbuild = 1", "service_id = \"S\"\n[scripts]\nbuild = 1"),
            ("short", "name = \"a\"", "name = \"a\"\nservice_id = \"S\"\n"),
            (
                "empty",
                "name = \"a\"\nservice_id = \"\"\n[scripts]\nservice_id = 1",
                "name = \"a\"\nservice_id = \"S\"\n[scripts]\nservice_id = 1",
            ),
        ] {
            let manifest = manifest(Platform::Fastly, name, before);
            manifest.set_service("S").unwrap();
            assert_eq!(after(&manifest), expected);
        }
    }

    #[test]
    fn bindings_are_put_at_the_end_once() {
        let source = "[[site]]\norigin = 'https://a.example'\n[delivery]\noutbox = true\n";
        let config =
            selvedge_core::config::read::read(source, selvedge_components::registry()).unwrap().config;
        let extras = [Extra::Push, Extra::Metrics];
        let before = "name = \"a\"\n[[queues.producers]]\nbinding = \"SELVEDGE_OUTBOX\"\nqueue = \"mine\"\n[dev]\nport = 1\n";
        let old = manifest(Platform::Cloudflare, "bind", before);
        let missing = old.missing(&config, &extras);
        let names: Vec<_> = missing.iter().map(|binding| binding.name()).collect();
        assert_eq!(names, ["SELVEDGE_DEAD", "SELVEDGE_CONFIG", "SELVEDGE_METRICS"]);
        old.append(&Manifest::text(&missing, |_| Some("abc"))).unwrap();
        let new = Manifest::read(Platform::Cloudflare, old.path.parent().unwrap()).unwrap();
        assert_eq!(new.missing(&config, &extras), []);
        let text = after(&new);
        assert!(
            text.starts_with(before)
                && text.contains("\n[[kv_namespaces]]\nbinding = \"SELVEDGE_DEAD\"\nid = \"abc\"\n"),
            "{text}"
        );
        let inline = manifest(Platform::Cloudflare, "inline", "kv_namespaces = [{ binding = \"X\" }]\n");
        let refused = inline.append(&Manifest::text(&missing, |_| Some("abc"))).unwrap_err().to_string();
        assert!(refused.contains("put them in by hand") && refused.contains("SELVEDGE_DEAD"), "{refused}");
        assert_eq!(after(&inline), "kv_namespaces = [{ binding = \"X\" }]\n");
    }
}
