//! `[[components.data_collection]]`: destinations; and the other kinds of components, which have no place here yet.

use selvedge_core::component::Kind;
use selvedge_core::config::Origin;
use selvedge_core::edgee::slug;
use toml::Value;

use super::fields::Fields;
use super::settings::{ENDPOINTS, GONE, PREFIXES, snake, sounds_secret};
use super::{Migration, commented, text};

/// What Edgee's host took from a component's settings for itself.
struct Host {
    anonymous: bool,
    events: Vec<&'static str>,
}

impl Migration {
    pub(super) fn components(&mut self, components: &mut Fields) {
        if components.take("cache").is_some() {
            self.note(components.path("cache"), "no equivalent: destinations are compiled into the service");
        }
        for mut function in components.tables("edge_function", &mut self.notes) {
            let id = function.text("id", &mut self.notes).unwrap_or_default();
            let at = function.path("id");
            self.note(
                at,
                format!("{id:?} is an edge function, and there are none here: it has to live elsewhere"),
            );
            // All of it goes with that.
            drop(function.drain());
        }
        let mut ids = Vec::new();
        for mut component in components.tables("data_collection", &mut self.notes) {
            self.component(&mut component, &mut ids);
            component.rest(&mut self.notes);
        }
    }

    fn component(&mut self, component: &mut Fields, ids: &mut Vec<String>) {
        let slug = component.text("id", &mut self.notes).unwrap_or_default();
        let file = component.text("file", &mut self.notes).unwrap_or_default();
        drop(component.take("wit_version"));
        let name = slug::kind_of(&slug).or_else(|| slug::kind_of(&of_file(&file)));
        let kind = selvedge_components::registry().iter().find(|kind| Some(kind.name) == name);
        let mut settings = component.table("settings", &mut self.notes);
        let host = self.host(&mut settings);
        let id = id(&slug, name, ids);
        let mut block = format!("[[component]]\nkind = {}\n", text(name.unwrap_or("wasm")));
        if name != Some(id.as_str()) {
            block += &format!("id = {}\n", text(&id));
        }
        if host.events.len() < 3 {
            let list = host.events.iter().map(|event| text(event)).collect::<Vec<_>>().join(", ");
            block += &format!("events = [{list}]\n");
        }
        block += "without_consent = \"anonymous\"\n";
        if !host.anonymous {
            block += "# purposes = []  # as Edgee had it: everything, whatever the visitor has agreed to\n";
            self.note(
                settings.path("edgee_anonymization"),
                "was off, so that everything was sent in full without consent; here it is sent without what tells who \
                 it was, unless `purposes = []` says that no consent is needed",
            );
        }
        block += &self.settings(&mut settings, name, kind);
        for (key, what) in [
            ("event_filtering_rules", "events are chosen by type, by consent and by `components` alone"),
            ("data_manipulation_rules", "events are sent as they were said"),
        ] {
            let rules = component.tables(key, &mut self.notes);
            if !rules.is_empty() {
                self.note(component.path(key), format!("no equivalent ({} of them): {what}", rules.len()));
            }
        }
        if kind.is_some() {
            self.head(block.trim_end());
            return;
        }
        self.head(commented(&block).trim_end());
        let what = match name {
            Some(name) => format!(
                "{slug:?} would be the kind `{name}`, which this version does not have: commented out"
            ),
            None => format!("{slug:?} ({file}) is a component that is not known here: commented out"),
        };
        self.note(component.path("id"), what);
    }

    fn host(&mut self, settings: &mut Fields) -> Host {
        let notes = &mut self.notes;
        let anonymous = settings.yes("edgee_anonymization", notes) != Some(false);
        let default = settings.text("edgee_default_consent", notes).unwrap_or_else(|| "pending".into());
        let events = [
            ("page", "edgee_page_event_enabled"),
            ("track", "edgee_track_event_enabled"),
            ("user", "edgee_user_event_enabled"),
        ];
        let events = events.into_iter().filter(|(_, key)| settings.yes(key, notes) != Some(false));
        let events = events.map(|(event, _)| event).collect();
        self.defaults.push(default);
        Host { anonymous, events }
    }

    /// The lines of `[component.settings]`, and of `endpoint` before them.
    fn settings(&mut self, settings: &mut Fields, name: Option<&str>, kind: Option<&Kind>) -> String {
        let (mut before, mut lines) = (String::new(), String::new());
        for (key, value) in settings.drain() {
            let path = settings.path(&key);
            let is = |known: &str, of: &str| Some(of) == name && known == key;
            if let Some((.., what)) = GONE.iter().find(|(of, known, _)| is(known, of)) {
                self.note(path, *what);
                continue;
            }
            let value = match value {
                Value::String(text) => text,
                other => other.to_string(),
            };
            if ENDPOINTS.iter().any(|(of, known)| is(known, of)) {
                before += &self.endpoint(&value, &path);
                continue;
            }
            let prefix = PREFIXES.iter().find(|(of, _)| Some(*of) == name).map_or("", |(_, prefix)| prefix);
            let ours = snake(key.strip_prefix(prefix).unwrap_or(&key));
            let spec = kind.and_then(|kind| kind.settings.iter().find(|spec| spec.name == ours));
            let secret = spec.map_or_else(|| kind.is_none() && sounds_secret(&ours), |spec| spec.secret);
            if let (Some(kind), None) = (kind, spec) {
                lines += &format!("# {ours} = {}\n", text(&value));
                self.note(path, format!("`{}` has no setting like it: commented out", kind.name));
            } else if secret {
                let name =
                    format!("{}_{ours}", name.unwrap_or("component")).to_ascii_uppercase().replace('-', "_");
                lines += &format!("{ours} = {}\n", self.secret(&name, &path));
            } else {
                lines += &format!("{ours} = {}\n", text(&value));
            }
        }
        if lines.is_empty() { before } else { format!("{before}[component.settings]\n{lines}") }
    }

    fn endpoint(&mut self, url: &str, path: &str) -> String {
        let base = url.split('/').take(3).collect::<Vec<_>>().join("/");
        if Origin::try_from(base.clone()).is_err() {
            self.note(path, format!("{url:?} is not an https URL: left out"));
            return String::new();
        }
        if base.len() < url.trim_end_matches('/').len() {
            self.note(
                path,
                format!(
                    "{url:?} has a path, which `endpoint` puts before the vendor's own: {base:?} was taken"
                ),
            );
        }
        format!("endpoint = {}\n", text(&base))
    }
}

/// What a component's file is called after: `/var/edgee/wasm/edgee_amplitude_component.wasm` after Amplitude.
fn of_file(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.strip_suffix(".wasm").unwrap_or(name).to_ascii_lowercase().replace('_', "-");
    let name = name
        .split_once("-v")
        .filter(|(_, v)| v.starts_with(|c: char| c.is_ascii_digit()))
        .map_or(name.as_str(), |(name, _)| name);
    let mut name = name;
    for prefix in ["edgee-", "dc-", "data-collection-"] {
        name = name.strip_prefix(prefix).unwrap_or(name);
    }
    name.strip_suffix("-component").unwrap_or(name).to_owned()
}

/// A component's id: what `components` maps on the pages call it, with `-` for what an id may not have. A slug that we
/// know means the kind anyway.
fn id(slug: &str, kind: Option<&str>, ids: &mut Vec<String>) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let spelled: String = slug.chars().map(fits).collect();
    let by_kind = kind.filter(|kind| slug::kind_of(slug) == Some(kind) && !ids.iter().any(|id| id == kind));
    let first = by_kind.map_or(spelled, str::to_owned);
    let first = if first.is_empty() || first == "all" { "component".to_owned() } else { first };
    let numbered = (2..).map(|n| format!("{first}-{n}"));
    let id =
        std::iter::once(first.clone()).chain(numbered).find(|id| !ids.contains(id)).unwrap_or(first.clone());
    ids.push(id.clone());
    id
}
