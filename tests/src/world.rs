//! A configuration at work on one host, with its origins and destinations: where cases are played.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use selvedge_core::config::read::read;
use selvedge_core::edge::Secrets;
use selvedge_core::event::User;
use selvedge_core::facts::{Random, Timestamp};
use selvedge_core::visitor::{self, KeyRing, RememberedUser};

use crate::case::{self, Case, Key, Step};
use crate::catcher::Catcher;
use crate::client::{self, Got};
use crate::hop;
use crate::hosts::{Host, Kind, Written, place};
use crate::normal::Normaliser;
use crate::origin::{Origin, Script, Seen};
use crate::tcf;
use crate::transcript::{self, Counts, Scene};

/// What a host has in its store of secrets.
const SECRETS: [(&str, &str); 3] = [
    ("SELVEDGE_KEY", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
    ("SELVEDGE_KEY_BEFORE", "1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100"),
    ("WEBHOOK_SECRET", "the loom's own secret"),
];

const FOREIGN_KEY: &str = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

/// How long a host may take to do what the transcript expects of it.
const PATIENCE: Duration = Duration::from_secs(8);

/// For how long nothing more may happen.
const QUIET: Duration = Duration::from_millis(50);

/// A configuration at work.
pub struct World {
    origin: Origin,
    origin2: Origin,
    catcher: Catcher,
    host: Box<dyn Host>,
    keys: BTreeMap<&'static str, KeyRing>,
}

/// What came of a case.
#[derive(Debug)]
pub struct Played {
    /// What everybody saw.
    pub transcript: String,
    /// What took too long, or came too late.
    pub faults: Vec<String>,
}

/// The secrets.
#[must_use]
pub fn secrets() -> Secrets {
    SECRETS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

impl World {
    /// Starts everything for `scenarios/configs/{config}.toml`.
    ///
    /// # Errors
    /// When the configuration cannot be read, or the host does not start.
    pub fn start(kind: Kind, config: &str) -> Result<Self, String> {
        let (origin, origin2, catcher) =
            (Origin::start("origin"), Origin::start("origin2"), Catcher::start());
        let path = crate::root().join(format!("tests/scenarios/configs/{config}.toml"));
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let text = text
            .replace("{origin}", &origin.server.url())
            .replace("{origin2}", &origin2.server.url())
            .replace("{catcher}", &catcher.server.url())
            .replace("{closed}", &format!("http://127.0.0.1:{}", crate::server::free_port()));
        let read = read(&text, selvedge_components::registry())
            .map_err(|problems| format!("{}: {problems}", path.display()))?;
        let host = kind.start(config, read.config, secrets())?;
        let ring =
            |key: &str| KeyRing::new(key.as_bytes(), &[] as &[&[u8]]).map_err(|error| error.to_string());
        let [(_, current), (_, previous), _] = SECRETS;
        let keys = BTreeMap::from([
            ("current", ring(current)?),
            ("previous", ring(previous)?),
            ("foreign", ring(FOREIGN_KEY)?),
        ]);
        Ok(Self { origin, origin2, catcher, host, keys })
    }

    /// Plays a case. `expected` is the transcript that it should give, where there is one.
    ///
    /// # Errors
    /// When the host cannot be talked to.
    pub fn play(&self, case: &Case, expected: Option<&str>) -> Result<Played, String> {
        let now = now();
        let mut normal = Normaliser::new(case.words(), self.places(), now);
        let counts = expected.map(transcript::counts).unwrap_or_default();
        let sealed = case.visitors.iter().map(|(name, visitor)| Ok((name.clone(), self.seal(visitor, now)?)));
        let mut sealed: BTreeMap<String, String> = sealed.collect::<Result<_, String>>()?;
        let mut jar: BTreeMap<String, String> = BTreeMap::new();
        let mut played = Played { transcript: format!("{}\n", case.about.trim()), faults: Vec::new() };
        self.forget();
        for (n, step) in case.steps.iter().enumerate() {
            std::thread::sleep(Duration::from_millis(step.after_ms));
            let put = |text: &str| put(text, now, &sealed, &jar);
            let expected = counts.get(n).copied().unwrap_or_default();
            let script = step.origin.as_ref().map(|answer| Arc::new(Script::new(answer, &case.dir, &put)));
            self.origin.script(script.clone());
            self.origin2.script(script);
            self.catcher.answers(step.catcher.clone());
            let shown = client::head(step, &put);
            let mut head = shown.clone();
            let at = place(&step.from);
            head.fields.extend(self.host.fields(at));
            let body = step.body.bytes(&case.dir, &put);
            let body = step.body.cut(&body);
            let from = Ipv4Addr::new(127, 0, 0, at.address);
            let got = client::ask(self.host.address(), from, head, body, step)
                .map_err(|error| format!("the host cannot be reached: {error}"))?;
            let (written, log) = self.settle(expected);
            let mut asked = self.origin.seen();
            asked.extend(self.origin2.seen());
            faults(&mut played.faults, n + 1, step, &got, &asked);
            keep(&mut jar, &got);
            sealed.extend(location(&got).map(|to| ("location".to_owned(), to)));
            let opened = self.opened(&got);
            let scene = Scene { asked, got, sealed: opened, sent: self.catcher.seen(), written, log };
            transcript::write(&mut played.transcript, n + 1, step, &shown, scene, &mut normal);
        }
        Ok(played)
    }

    /// Waits until the host has done what is expected and no more comes; what sinks got and the log lines since.
    fn settle(&self, expected: Counts) -> (Vec<Written>, Vec<String>) {
        let started = Instant::now();
        let (mut written, mut log) = (Vec::new(), Vec::new());
        loop {
            written.extend(self.host.written());
            log.extend(self.host.log());
            let done = match self.host.busy() {
                Some(busy) => !busy,
                None => {
                    let told = log.iter().filter(|line| hop::tells_of_log(line)).count();
                    self.catcher.count() >= expected.deliveries
                        && written.len() >= expected.records
                        && told >= expected.lines
                }
            };
            if done || started.elapsed() > PATIENCE {
                break;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        if self.host.busy().is_none() {
            std::thread::sleep(QUIET);
        }
        written.extend(self.host.written());
        log.extend(self.host.log());
        (written, log)
    }

    /// Drops what a case before may have left.
    fn forget(&self) {
        drop((
            self.host.log(),
            self.host.written(),
            self.origin.seen(),
            self.origin2.seen(),
            self.catcher.seen(),
        ));
    }

    fn places(&self) -> Vec<(String, String)> {
        [
            (self.origin.server.address, "<origin>"),
            (self.origin2.server.address, "<origin2>"),
            (self.catcher.server.address, "<catcher>"),
            (self.host.address(), "<edge>"),
        ]
        .map(|(address, name)| (address.to_string(), name.to_owned()))
        .to_vec()
    }

    fn seal(&self, visitor: &case::Visitor, now: Timestamp) -> Result<String, String> {
        let at = |text: &str| {
            shift(text).map(|ms| Timestamp(now.0 + ms)).ok_or_else(|| format!("not a time: {text:?}"))
        };
        let key = match visitor.key {
            Key::Current => "current",
            Key::Previous => "previous",
            Key::Foreign => "foreign",
            Key::Edgee => return edgees(visitor, at),
        };
        let sealed = visitor::Visitor {
            id: visitor.id,
            first_seen: at(&visitor.first_seen)?,
            last_seen: at(&visitor.last_seen)?,
            session_start: at(&visitor.session_start)?,
            previous_session: visitor.previous_session.as_deref().map(at).transpose()?,
            session_count: visitor.sessions,
            user: None,
            landing: visitor::Landing::default(),
        };
        let sealed = sealed.remember(&User { user_id: visitor.user_id.clone(), ..User::default() });
        let ring = self.keys.get(key).ok_or("no such key")?;
        Ok(ring.seal(&sealed, &Random::from_seed([7; 32])))
    }

    /// What the cookies say that a response sets.
    fn opened(&self, got: &Got) -> Vec<String> {
        let set = got.head.fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        let values = set.filter_map(|(_, value)| {
            Some(std::str::from_utf8(value).ok()?.split([';', '=']).nth(1)?.to_owned())
        });
        let ring = self.keys.get("current");
        values
            .filter_map(|value| Some((ring?.open(&value)?, value)))
            .map(|(v, value)| {
                let user = v.user.as_ref().and_then(RememberedUser::user_id).map(|id| format!(", user {id}"));
                let traits = v.user.as_ref().map(RememberedUser::traits).filter(|traits| !traits.is_empty());
                let traits = traits.map(|traits| format!(", {}", serde_json::Value::Object(traits.clone())));
                let (campaign, clicks) = (&v.landing.campaign, &v.landing.clicks);
                let landing = serde_json::json!({"campaign": campaign, "clicks": clicks});
                let landing = (!v.landing.is_empty()).then(|| format!(", landed by {landing}"));
                let before = v.previous_session.map(|at| format!(", the one before {}", at.rfc3339()));
                format!(
                    "({value} says: visitor {}, first seen {}, last seen {}, session {} since {}{}{}{}{})",
                    v.id,
                    v.first_seen.rfc3339(),
                    v.last_seen.rfc3339(),
                    v.session_count,
                    v.session_start.rfc3339(),
                    before.unwrap_or_default(),
                    user.unwrap_or_default(),
                    traits.unwrap_or_default(),
                    landing.unwrap_or_default(),
                )
            })
            .collect()
    }
}

/// Keeps cookies as a browser does, as far as the cases need it.
fn keep(jar: &mut BTreeMap<String, String>, got: &Got) {
    for (name, value) in &got.head.fields {
        if !name.eq_ignore_ascii_case("set-cookie") {
            continue;
        }
        let value = String::from_utf8_lossy(value).into_owned();
        let Some((name, rest)) = value.split_once('=') else { continue };
        let kept = rest.split(';').next().unwrap_or_default();
        if value.contains("Max-Age=0") {
            jar.remove(name)
        } else {
            jar.insert(name.to_owned(), kept.to_owned())
        };
    }
}

/// Path and query of where a response leads.
fn location(got: &Got) -> Option<String> {
    let (_, to) = got.head.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"))?;
    let to = String::from_utf8_lossy(to).into_owned();
    let path = to.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)));
    Some(path.unwrap_or(&to).split('#').next()?.to_owned())
}

/// Puts values in for `{jar}`, `{<visitor>}`, and times such as `{now-5m}` (RFC 3339), `{s-5m}` and `{ms-5m}`.
fn put(
    text: &str,
    now: Timestamp,
    sealed: &BTreeMap<String, String>,
    jar: &BTreeMap<String, String>,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut left = text;
    while let Some((before, after)) = left.split_once('{') {
        out.push_str(before);
        let name = after.split('}').next().unwrap_or_default();
        let value = match name {
            "jar" => {
                Some(jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; "))
            }
            _ => sealed.get(name).cloned().or_else(|| tcf::string(name, now)).or_else(|| time(name, now)),
        };
        match value.filter(|_| after.contains('}')) {
            Some(value) => {
                out.push_str(&value);
                left = after.split_once('}').map_or("", |(_, rest)| rest);
            }
            None => {
                out.push('{');
                left = after;
            }
        }
    }
    out.push_str(left);
    out
}

fn time(name: &str, now: Timestamp) -> Option<String> {
    let (unit, away) = name.split_at(name.find(['+', '-']).unwrap_or(name.len()));
    let at = now.0 + if away.is_empty() { 0 } else { shift(away)? };
    match unit {
        "now" => Some(Timestamp(at).rfc3339()),
        "s" => Some((at / 1000).to_string()),
        "ms" => Some(at.to_string()),
        _ => None,
    }
}

/// `-40d`, `+5m`, `-90s` in milliseconds.
fn shift(text: &str) -> Option<i64> {
    let unit = match text.chars().last()? {
        'd' => 86_400_000,
        'h' => 3_600_000,
        'm' => 60_000,
        's' => 1000,
        _ => return None,
    };
    text.get(..text.len() - 1)?.parse::<i64>().ok().map(|n| n * unit)
}

fn faults(faults: &mut Vec<String>, n: usize, step: &Step, got: &Got, asked: &[Seen]) {
    let mut below = |what: &str, is: Duration, bound: Option<u64>| {
        if let Some(bound) = bound.filter(|bound| is >= Duration::from_millis(*bound)) {
            faults.push(format!("step {n}: {what} took {} ms, not less than {bound}", is.as_millis()));
        }
    };
    below("the response", got.total, step.time.total_below_ms);
    below("the response's head", got.head_after, step.time.head_below_ms);
    let upload = asked.first().map(|seen| seen.spread).unwrap_or_default();
    let mut spread = |what: &str, is: Duration, bound: Option<u64>| {
        if let Some(bound) = bound.filter(|bound| is < Duration::from_millis(*bound)) {
            faults.push(format!(
                "step {n}: {what} came within {} ms, not spread over {bound}: it was held back",
                is.as_millis()
            ));
        }
    };
    spread("the response's body", got.spread, step.time.body_spread_ms);
    spread("the request's body", upload, step.time.upload_spread_ms);
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or_default())
}

/// A cookie of Edgee's, under the key and the IV that it has by default.
fn edgees(visitor: &case::Visitor, at: impl Fn(&str) -> Result<Timestamp, String>) -> Result<String, String> {
    use aes::cipher::{BlockEncryptMut, KeyIvInit, block_padding::Pkcs7};
    let time = |text: &str| at(text).map(Timestamp::rfc3339);
    let mut fields = serde_json::json!({
        "id": visitor.id,
        "fs": time(&visitor.first_seen)?,
        "ls": time(&visitor.last_seen)?,
        "ss": time(&visitor.session_start)?,
        "sc": visitor.sessions,
        "sz": "1440x900x2",
        "tz": "Europe/Paris",
    });
    if let (Some(consent), Some(fields)) = (&visitor.consent, fields.as_object_mut()) {
        fields.insert("c".into(), consent.as_str().into());
    }
    let cipher = cbc::Encryptor::<aes::Aes128>::new(b"_key.edgee.cloud".into(), b"__iv.edgee.cloud".into());
    let sealed = cipher.encrypt_padded_vec_mut::<Pkcs7>(fields.to_string().as_bytes());
    Ok(sealed.iter().map(|byte| format!("{byte:02x}")).collect())
}
