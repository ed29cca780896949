//! Configurations that were pushed while the service runs: how they lie in the platform's store, and which is at work.
//!
//! `current` holds the one that was made so last; what was pushed lies beside it under a key of its own, for as long as it
//! is among the last [`KEPT`]. Both are JSON: `{"at": milliseconds, "key": its own, "configuration": the compiled form in
//! base64}`. Who lists the store reads in the keys what there is, and needs to look into none.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::Config;
use super::compiled::{Compiled, CompiledError, decode};
use crate::event::time::parse_rfc3339;
use crate::facts::Timestamp;

/// The key of the one that is to be at work. Without it, the artifact's own is.
pub const CURRENT: &str = "current";

/// What the keys of those that were pushed begin with.
pub const PREFIX: &str = "config/";

/// How many of them are kept.
pub const KEPT: usize = 20;

/// How many are forgotten at one time: each is an operation on the store.
const FORGOTTEN: usize = 3;

/// How long a note may be, in bytes: it is part of the key, of which Cloudflare takes 512 bytes.
pub const MAX_NOTE: usize = 200;

/// What the key of a pushed configuration says: `config/TIME-ID/BYTES/NOTE`, so that keys sort by time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it was pushed.
    pub at: Timestamp,
    /// [`Compiled::id`].
    pub id: String,
    /// The compiled form's size.
    pub bytes: usize,
    /// What the owner noted; empty where nothing.
    pub note: String,
}

impl Entry {
    /// The key.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{PREFIX}{}/{}/{}", self.name(), self.bytes, URL_SAFE_NO_PAD.encode(&self.note))
    }

    /// What the owner calls it: `2026-11-22T10:35:00.123Z-1a2b3c4d`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-{}", self.at.rfc3339(), self.id)
    }

    /// What a key says; none where it is not one of ours.
    #[must_use]
    pub fn read(key: &str) -> Option<Self> {
        let parts: Vec<&str> = key.strip_prefix(PREFIX)?.split('/').collect();
        let [name, bytes, note] = parts[..] else { return None };
        let (at, id) = name.rsplit_once('-')?;
        let hexadecimal = id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        hexadecimal.then_some(())?;
        Some(Self {
            at: moment(at)?,
            id: id.to_owned(),
            bytes: bytes.parse().ok()?,
            note: String::from_utf8(URL_SAFE_NO_PAD.decode(note).ok()?).ok()?,
        })
    }
}

/// Of the store's keys, those of the oldest that are no longer kept; a few at a time.
pub fn forgotten(keys: &[String]) -> impl Iterator<Item = &String> {
    let mut ours: Vec<_> = keys.iter().filter(|key| Entry::read(key).is_some()).collect();
    ours.sort();
    let many = ours.len().saturating_sub(KEPT).min(FORGOTTEN);
    ours.into_iter().take(many)
}

/// A configuration as it lies in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pushed {
    /// Since when it is, or was, to be at work.
    pub at: Timestamp,
    /// The key under which it was pushed.
    pub key: String,
    /// The compiled form, in base64.
    pub configuration: String,
}

impl Pushed {
    /// Reads what the store holds.
    ///
    /// # Errors
    /// When it is something else.
    pub fn read(text: &[u8]) -> Result<Self, CompiledError> {
        serde_json::from_slice(text).map_err(|_| CompiledError::NotAConfiguration)
    }

    /// As the store holds it.
    #[must_use]
    pub fn text(&self) -> String {
        // Two texts and a number; writing them into memory cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Loads the configuration.
    ///
    /// # Errors
    /// When it is none, of another version, or damaged.
    pub fn load(&self) -> Result<Compiled, CompiledError> {
        decode(&STANDARD.decode(&self.configuration).map_err(|_| CompiledError::NotAConfiguration)?)
    }
}

/// Where a configuration comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Out of the artifact.
    Stamped,
    /// Out of the store.
    Pushed,
}

/// Which configuration it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Which {
    /// Where it comes from.
    pub from: Source,
    /// [`Entry::name`] of one that was pushed, [`Compiled::id`] of the artifact's own.
    pub id: String,
    /// Since when it was to be at work: pushed, brought back, or compiled into the artifact.
    #[serde(serialize_with = "in_words")]
    pub at: Timestamp,
}

/// A moment as these answers have it: RFC 3339.
#[must_use]
pub fn moment(text: &str) -> Option<Timestamp> {
    parse_rfc3339(text)
}

fn in_words<S: serde::Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&at.rfc3339())
}

/// What is to be at work.
#[derive(Debug)]
pub struct Choice {
    /// The configuration; none where there is no good one.
    pub at_work: Option<(Config, Which)>,
    /// The artifact's own, where it has one.
    pub stamped: Option<Which>,
    /// What was amiss, for the log.
    pub problems: Vec<String>,
}

/// Chooses the newer of the artifact's own configuration and of what the store holds as [`CURRENT`], if it holds anything:
/// a deployment after a push is what the owner wanted last. What is not good is not chosen.
#[must_use]
pub fn choose(stamped: Result<Option<Compiled>, CompiledError>, stored: Option<&[u8]>) -> Choice {
    let mut problems = Vec::new();
    let mut tell = |what: &str, problem: CompiledError| problems.push(format!("{what}: {problem}"));
    let stamped = stamped.unwrap_or_else(|problem| {
        tell("the stamped configuration", problem);
        None
    });
    let pushed = stored.and_then(|text| {
        let read = Pushed::read(text).and_then(|pushed| Ok((pushed.load()?, pushed)));
        read.map_err(|problem| tell("the pushed configuration", problem)).ok()
    });
    let own = stamped.as_ref().map(|compiled| Which {
        from: Source::Stamped,
        id: compiled.id.clone(),
        at: compiled.made,
    });
    // Telling visits whole is for the machine of whoever built the artifact, and nothing that can be pushed.
    let trace = stamped.as_ref().is_some_and(|compiled| compiled.config.trace);
    let newer = pushed.filter(|(_, pushed)| own.as_ref().is_none_or(|own| pushed.at >= own.at));
    let at_work = match newer {
        Some((compiled, Pushed { at, key, .. })) => {
            let id = Entry::read(&key).map_or(compiled.id, |entry| entry.name());
            Some((Config { trace, ..compiled.config }, Which { from: Source::Pushed, id, at }))
        }
        None => stamped.map(|compiled| compiled.config).zip(own.clone()),
    };
    if at_work.is_none() && problems.is_empty() {
        problems.push("no configuration was stamped into this artifact".to_owned());
    }
    Choice { at_work, stamped: own, problems }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::compiled::encode;

    const NOON: Timestamp = Timestamp(1_795_348_800_000);

    fn config(origin: &str) -> Config {
        serde_json::from_value(json!({"site": [{"origin": origin}]})).unwrap()
    }

    fn stamped(at: i64) -> Compiled {
        decode(&encode(&config("https://stamped.example"), Timestamp(NOON.0 + at))).unwrap()
    }

    fn pushed(at: i64) -> String {
        let compiled = encode(&config("https://pushed.example"), NOON);
        let at = Timestamp(NOON.0 + at);
        let entry =
            Entry { at, id: decode(&compiled).unwrap().id, bytes: compiled.len(), note: String::new() };
        Pushed { at, key: entry.key(), configuration: STANDARD.encode(compiled) }.text()
    }

    fn chosen(choice: &Choice) -> Option<(Source, String)> {
        let (config, which) = choice.at_work.as_ref()?;
        Some((which.from, config.sites[0].origin.host.clone()))
    }

    #[test]
    fn a_key_says_what_was_pushed() {
        for note in ["", "Meta's pixel, as of June — é/=", &"n".repeat(MAX_NOTE)] {
            let entry =
                Entry { at: Timestamp(NOON.0 + 7), id: "0a1b2c3d".into(), bytes: 1234, note: note.into() };
            let key = entry.key();
            assert!(
                key.starts_with("config/2026-11-22T12:00:00.007Z-0a1b2c3d/1234/") && key.len() <= 512,
                "{key}"
            );
            assert_eq!(Entry::read(&key), Some(entry));
        }
        for key in
            ["current", "config/x", "config/2026-11-22T12:00:00.007Z-0a1b2c3/1/", "config/x-0a1b2c3d/1/"]
        {
            assert_eq!(Entry::read(key), None, "{key}");
        }
    }

    #[test]
    fn the_newer_is_at_work() {
        for (text, from) in [
            (None, Source::Stamped),
            (Some(pushed(1)), Source::Pushed),
            (Some(pushed(0)), Source::Pushed),
            (Some(pushed(-1)), Source::Stamped),
        ] {
            let choice = choose(Ok(Some(stamped(0))), text.as_deref().map(str::as_bytes));
            assert_eq!(chosen(&choice).unwrap().0, from, "{text:?}");
            assert_eq!((choice.problems.len(), choice.stamped.unwrap().at), (0, NOON));
        }
        let alone = choose(Ok(None), Some(pushed(0).as_bytes()));
        assert_eq!(chosen(&alone), Some((Source::Pushed, "pushed.example".into())));
        let which = alone.at_work.unwrap().1;
        assert!(which.id.starts_with("2026-11-22T12:00:00.000Z-") && alone.stamped.is_none(), "{which:?}");
    }

    #[test]
    fn what_is_not_good_is_told_and_not_chosen() {
        let own = || Ok(Some(stamped(0)));
        let foreign =
            json!({"at": NOON.0 + 1, "key": "x", "configuration": STANDARD.encode("x")}).to_string();
        let damaged =
            pushed(1).replacen("\"configuration\":\"U0VMVkVER0U", "\"configuration\":\"U0VMVkVER0U!", 1);
        assert_ne!(damaged, pushed(1));
        for text in ["", "garbage", "{}", &foreign, &damaged, pushed(1).get(..40).unwrap()] {
            let choice = choose(own(), Some(text.as_bytes()));
            assert_eq!(chosen(&choice), Some((Source::Stamped, "stamped.example".into())), "{text}");
            assert!(choice.problems[0].starts_with("the pushed configuration: "), "{:?}", choice.problems);
        }
        let broken = choose(Err(CompiledError::Damaged), Some(pushed(0).as_bytes()));
        assert_eq!(chosen(&broken).unwrap().0, Source::Pushed);
        assert_eq!(broken.problems, ["the stamped configuration: the compiled configuration is damaged"]);
        let none = choose(Ok(None), None);
        assert_eq!((chosen(&none), none.problems.len()), (None, 1));
    }

    #[test]
    fn a_pushed_configuration_does_not_decide_what_the_log_tells() {
        let mut own = stamped(0);
        own.config.trace = true;
        let (config, _) = choose(Ok(Some(own)), Some(pushed(1).as_bytes())).at_work.unwrap();
        assert!(config.trace);
    }

    #[test]
    fn the_last_ones_are_kept() {
        let key = |nth: usize| {
            let at = Timestamp(NOON.0 + i64::try_from(nth).unwrap());
            Entry { at, id: "00000000".into(), bytes: 1, note: String::new() }.key()
        };
        let mut keys: Vec<_> = (0..KEPT).rev().map(key).collect();
        keys.push("current".into());
        assert_eq!(forgotten(&keys).count(), 0);
        keys.push(key(KEPT));
        assert_eq!(forgotten(&keys).collect::<Vec<_>>(), [&key(0)]);
        keys.extend((KEPT + 1..KEPT + 9).map(key));
        assert_eq!(forgotten(&keys).collect::<Vec<_>>(), [&key(0), &key(1), &key(2)]);
    }
}
