//! What a person writes: `case.toml`, and the files beside it. The format is described in `tests/README.md`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::wire::latin1;

/// One case: one directory.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What must hold, in a sentence.
    pub about: String,
    /// Which of `scenarios/configs/`.
    #[serde(default = "Case::default_config")]
    pub config: String,
    /// Hosts that cannot do this, and why.
    #[serde(default)]
    pub except: BTreeMap<String, String>,
    /// Visitors whose sealed cookies stand for `{name}`.
    #[serde(default)]
    pub visitors: BTreeMap<String, Visitor>,
    /// What happens, one after the other.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
    /// Where it is written.
    #[serde(skip)]
    pub dir: PathBuf,
}

/// A visitor who was here before. Times are like `-40d`, `-29m` or `-90s`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visitor {
    /// Theirs.
    pub id: uuid::Uuid,
    /// When they first came.
    pub first_seen: String,
    /// When they last did something.
    pub last_seen: String,
    /// When that session began.
    pub session_start: String,
    /// When the one before began.
    pub previous_session: Option<String>,
    /// How many there were.
    #[serde(default = "Visitor::default_sessions")]
    pub sessions: u32,
    /// Who they said they are.
    pub user_id: Option<String>,
    /// Which key it is sealed with: the current one, or `previous` or `foreign`.
    #[serde(default)]
    pub key: Key,
    /// The choice that Edgee's cookie remembers.
    pub consent: Option<String>,
}

/// The keys that the harness knows.
#[derive(Debug, Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// The one in use.
    #[default]
    Current,
    /// The one before.
    Previous,
    /// Somebody else's.
    Foreign,
    /// Edgee's own default: the value is as its proxy would have written it.
    Edgee,
}

/// One request, and what everybody else does meanwhile.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What happens, in a few words.
    #[serde(default)]
    pub does: String,
    /// Where the visitor is: `fr`, `us`, `de`, `br` or `nowhere`.
    #[serde(default = "Step::default_from")]
    pub from: String,
    /// Whose fields the request has beside those written.
    #[serde(default, rename = "as")]
    pub as_: Preset,
    /// Method and target, and the fields that differ from the preset's; an empty value takes a field away.
    pub request: String,
    /// The request's body.
    #[serde(default)]
    pub body: Body,
    /// What the origin answers; without it nobody may ask the origin.
    pub origin: Option<Answer>,
    /// How long to wait before it, in milliseconds.
    #[serde(default)]
    pub after_ms: u64,
    /// What destinations answer, by component; otherwise 204 at once.
    #[serde(default)]
    pub catcher: BTreeMap<String, Catch>,
    /// How long things may take.
    #[serde(default)]
    pub time: Time,
}

/// Who asks.
#[derive(Debug, Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// A visitor who opens a page.
    #[default]
    Browser,
    /// A script on a page.
    Fetch,
    /// A program.
    Curl,
    /// Nobody: only what is written.
    Bare,
}

/// A body: text, or more.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Written")]
pub struct Body {
    /// Its text.
    pub text: Option<String>,
    /// Or the file that it is in.
    pub file: Option<String>,
    /// Grown to so many bytes.
    pub grow_to: Option<usize>,
    /// What is done to it: `latin1`, `utf16`, `gzip`, `br`.
    pub encode: Vec<String>,
    /// Sent in pieces of so many bytes.
    pub pieces: Option<usize>,
    /// Or in these pieces.
    pub parts: Vec<String>,
    /// With so much time between.
    pub pause_ms: u64,
    /// `length`, `chunked` or `close`; otherwise `chunked` for pieces, else `length`.
    pub framing: Option<String>,
    /// The connection ends after so many bytes of it.
    pub stop_after: Option<usize>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    More(More),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct More {
    text: Option<String>,
    file: Option<String>,
    grow_to: Option<usize>,
    encode: Vec<String>,
    pieces: Option<usize>,
    parts: Vec<String>,
    pause_ms: u64,
    framing: Option<String>,
    stop_after: Option<usize>,
}

impl From<Written> for Body {
    fn from(written: Written) -> Self {
        match written {
            Written::Text(text) => Self { text: Some(text), ..Self::default() },
            Written::More(More {
                text,
                file,
                grow_to,
                encode,
                pieces,
                parts,
                pause_ms,
                framing,
                stop_after,
            }) => Self { text, file, grow_to, encode, pieces, parts, pause_ms, framing, stop_after },
        }
    }
}

/// What the origin answers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answer {
    /// Status, reason and fields.
    pub head: String,
    /// The body.
    pub body: Body,
    /// How long it thinks before the head.
    pub delay_ms: u64,
    /// Or these bytes instead of all that, and no more.
    pub raw: Option<String>,
}

/// What a destination answers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catch {
    /// The status; otherwise 204, or 200 where there is a body.
    pub status: Option<u16>,
    /// The body, which is JSON.
    #[serde(default)]
    pub body: String,
    /// How long it thinks.
    #[serde(default)]
    pub delay_ms: u64,
    /// It hangs up instead.
    #[serde(default)]
    pub hang_up: bool,
}

/// What is measured, in milliseconds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Time {
    /// The response is complete before that.
    pub total_below_ms: Option<u64>,
    /// Its head is there before that.
    pub head_below_ms: Option<u64>,
    /// Its body is not kept until its end: so long from its first byte to its last, at least.
    pub body_spread_ms: Option<u64>,
    /// Nor is the request's, on its way to the origin.
    pub upload_spread_ms: Option<u64>,
}

impl Case {
    fn default_config() -> String {
        "shop".into()
    }

    /// Reads a case.
    ///
    /// # Errors
    /// When it is not one, with the file's name.
    pub fn read(dir: &Path) -> Result<Self, String> {
        let path = dir.join("case.toml");
        let named = |problem: String| format!("{}: {problem}", path.display());
        let text = std::fs::read_to_string(&path).map_err(|error| named(error.to_string()))?;
        let mut case: Self = toml::from_str(&text).map_err(|error| named(error.to_string()))?;
        case.dir = dir.to_owned();
        Ok(case)
    }

    /// Everything that is written in the case, to tell what the run made from it.
    #[must_use]
    pub fn words(&self) -> String {
        let mut all = String::new();
        for entry in std::fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            if entry.file_name() != "expected.txt" {
                all.push_str(&String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap_or_default()));
            }
        }
        all
    }
}

impl Visitor {
    fn default_sessions() -> u32 {
        1
    }
}

impl Step {
    fn default_from() -> String {
        "fr".into()
    }
}

impl Body {
    /// Its bytes, all of them. `put` puts values in for `{names}`.
    #[must_use]
    pub fn bytes(&self, dir: &Path, put: &dyn Fn(&str) -> String) -> Vec<u8> {
        let mut bytes = match (&self.text, &self.file) {
            (Some(text), _) => put(text).into_bytes(),
            (None, Some(file)) => {
                let path = dir.join(file);
                std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
            }
            (None, None) => self.parts.iter().flat_map(|part| put(part).into_bytes()).collect(),
        };
        if let Some(size) = self.grow_to {
            let mut line = 0_u32;
            while bytes.len() < size {
                bytes.extend(
                    format!("<p>{line:08}: the loom is never in a hurry, and neither is this page.</p>\n")
                        .bytes(),
                );
                line += 1;
            }
            bytes.truncate(size);
        }
        self.encode.iter().fold(bytes, |bytes, how| encoded(&bytes, how))
    }

    /// The pieces that these bytes are sent in.
    #[must_use]
    pub fn cut(&self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let bytes = &bytes[..self.stop_after.unwrap_or(bytes.len()).min(bytes.len())];
        if !self.parts.is_empty() {
            let mut left = bytes;
            let mut pieces = Vec::new();
            for part in &self.parts {
                let (piece, rest) = left.split_at(part.len().min(left.len()));
                pieces.push(piece.to_vec());
                left = rest;
            }
            return pieces;
        }
        bytes.chunks(self.pieces.unwrap_or(65_536).max(1)).map(<[u8]>::to_vec).collect()
    }

    /// Whether it is sent in chunks.
    #[must_use]
    pub fn chunked(&self) -> bool {
        match self.framing.as_deref() {
            Some(framing) => framing == "chunked",
            None => self.pieces.is_some() || !self.parts.is_empty(),
        }
    }

    /// Whether it ends with the connection.
    #[must_use]
    pub fn ends_with_connection(&self) -> bool {
        self.framing.as_deref() == Some("close")
    }
}

fn encoded(bytes: &[u8], how: &str) -> Vec<u8> {
    use std::io::Write;
    let text = || String::from_utf8_lossy(bytes).into_owned();
    match how {
        "latin1" => latin1(&text()),
        "utf16" => text().encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "gzip" => {
            let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
            to.write_all(bytes).and_then(|()| to.finish()).expect("memory can be written to")
        }
        "br" => {
            let mut out = Vec::new();
            let params = brotli::enc::BrotliEncoderParams { quality: 5, ..Default::default() };
            brotli::BrotliCompress(&mut &*bytes, &mut out, &params).expect("memory can be written to");
            out
        }
        other => panic!("no such encoding: {other:?}"),
    }
}
