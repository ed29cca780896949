//! The rewriter: bytes of a page in, the same bytes and at most one script element (or, where the page brings it,
//! attributes of that) out, and what the page says about
//! itself. It knows nothing of visits.
//!
//! lol_html only *reads* here. What it reports are offsets, and the page that leaves is the page that came in, spliced
//! at one of them: whatever lol_html makes of a page, no byte of it can be lost, repeated or re-encoded.
//!
//! A page passes three stages. In its head (`head.rs`) every tag is looked at. If the data layer was not there, a
//! bounded stretch of what follows is searched for it (`search.rs`). After that the page is *released*: the caller
//! hands the rest to the platform, and not one more byte enters.
//!
//! The tag goes to the *end* of the head: only there is it known that the page does not carry it already, and the
//! script is asynchronous, so the browser's preload scanner, which reads ahead, fetches it about as early from there.

mod charset;
mod head;
mod search;
mod span;
mod text;
mod tokens;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod properties;

use std::fmt;

pub use self::charset::{Charset, Unreadable};
use self::head::{Head, Seen, Step};
use self::search::Search;
use self::span::Span;

/// How far a head is read, in bytes from the start of the page. Real heads are below 100 kB; one that does not end
/// here is not worth the visitor's time.
pub const HEAD_LIMIT: usize = 256 * 1024;
/// The longest title that is taken, in bytes of the page.
pub const TITLE_LIMIT: usize = 4 * 1024;
/// The longest canonical URL that is taken, in bytes of the page.
pub const CANONICAL_LIMIT: usize = 8 * 1024;
/// The longest list of keywords that is taken, in bytes of the page.
pub const KEYWORDS_LIMIT: usize = 4 * 1024;
/// The longest data layer that is taken, in bytes of the page.
pub const DATA_LAYER_LIMIT: usize = 64 * 1024;
/// What [`Options::data_layer_within`] is by default, in bytes from the start of the page.
pub const DATA_LAYER_WITHIN: usize = 64 * 1024;

/// What to look for, and what to put in.
#[derive(Debug, Clone)]
pub struct Options {
    /// The complete script element to put in the head, in ASCII; `None`: put nothing in.
    pub tag: Option<Vec<u8>>,
    /// How far to look for the data layer where the head has none, in bytes from the start of the page. The start tag
    /// of its element has to be complete by then. 0: only in the head.
    pub data_layer_within: usize,
    /// The ids by which the data layer's script element is known.
    pub data_layer_ids: &'static [&'static str],
    /// The id by which the SDK's script element is known.
    pub sdk_id: &'static str,
    /// An element that counts as the SDK's, written for another, and what it lacks.
    pub adopt: Option<Adopt>,
    /// The charset that the content type declares; it wins over the page's own declaration.
    pub charset: Option<Charset>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tag: None,
            data_layer_within: DATA_LAYER_WITHIN,
            data_layer_ids: &["__SELVEDGE_DATA_LAYER__"],
            sdk_id: "__SELVEDGE_SDK__",
            adopt: None,
            charset: None,
        }
    }
}

/// A script element of the page's own that is taken for the SDK's, if it loads a script at all.
#[derive(Debug, Clone)]
pub struct Adopt {
    /// Its id.
    pub id: &'static str,
    /// The attributes, in ASCII, each after a space, that are put before its own: of two of a name, browsers take the
    /// first.
    pub attributes: String,
}

/// What to do after a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Write what comes next, too.
    More,
    /// All that was written has come out; what comes next needs not be written (it would pass as it is).
    Released,
}

/// Where the SDK's tag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sdk {
    /// It was put in.
    Injected,
    /// The page's head had it already.
    Present,
    /// Neither: there was none to put in, or no place for it.
    Absent,
}

/// What ended the reading of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Released {
    /// The head ended, and nothing more was wanted.
    Head,
    /// The data layer was found after the head.
    DataLayer,
    /// The head, or the search for the data layer, came to its limit.
    Limit,
    /// The page ended first.
    End,
    /// This is no page that can be read: it begins with text and is no document, or is in a charset whose ASCII does
    /// not look like ASCII.
    Refused,
    /// The parser gave up: out of its memory, or markup of two meanings.
    Failed,
}

/// A part of the page that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The title.
    Title,
    /// The canonical URL.
    Canonical,
    /// The keywords.
    Keywords,
    /// The data layer.
    DataLayer,
}

/// What a page says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageFacts {
    /// The first title in the head, entities decoded, white space collapsed; at most [`TITLE_LIMIT`].
    pub title: Option<String>,
    /// The first `<link rel=canonical>` in the head, as it is written there (perhaps relative); at most
    /// [`CANONICAL_LIMIT`].
    pub canonical: Option<String>,
    /// The first `<meta name=keywords>` in the head, split at its commas; at most [`KEYWORDS_LIMIT`] in all.
    pub keywords: Vec<String>,
    /// The text of the data layer's script element, which should be JSON; at most [`DATA_LAYER_LIMIT`].
    pub data_layer: Option<String>,
    /// What is there but longer than its limit, and therefore not taken.
    pub too_long: Vec<Part>,
    /// Where the SDK's tag is.
    pub sdk: Sdk,
    /// What ended the reading.
    pub released: Released,
    /// How many bytes were written to the rewriter.
    pub read: u64,
}

/// A page on its way through.
///
/// Its memory is bounded whatever the page: at most [`HEAD_LIMIT`] of bytes held back while a tag is incomplete, and
/// the parser's own limit.
pub struct Rewriter {
    options: Options,
    stage: Stage,
    seen: Seen,
    sdk: Sdk,
    released: Released,
    read: u64,
}

enum Stage {
    Head(Box<Head>),
    Search(Box<Search>),
    Done,
}

impl Rewriter {
    /// A rewriter for one page.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let stage =
            Stage::Head(Box::new(Head::new(options.data_layer_ids, options.sdk_id, options.adopt.clone())));
        Self { options, stage, seen: Seen::default(), sdk: Sdk::Absent, released: Released::End, read: 0 }
    }

    /// Takes the next bytes of the page, and appends to `out` what can be sent on.
    pub fn write(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Progress {
        self.read = self.read.saturating_add(chunk.len() as u64);
        match &mut self.stage {
            Stage::Head(head) => {
                let step = head.read(chunk, out);
                self.leave_head(step, out);
            }
            Stage::Search(_) => {
                out.extend_from_slice(chunk);
                self.search(chunk);
            }
            Stage::Done => out.extend_from_slice(chunk),
        }
        if matches!(self.stage, Stage::Done) { Progress::Released } else { Progress::More }
    }

    /// Ends the page, also one that was cut: appends to `out` what was held back.
    pub fn finish(mut self, out: &mut Vec<u8>) -> PageFacts {
        if let Stage::Head(head) = &mut self.stage {
            let step = head.finish(self.options.tag.is_some(), out);
            self.leave_head(step, out);
            self.released = Released::End;
        }
        self.facts()
    }

    fn leave_head(&mut self, step: Step<'_>, out: &mut Vec<u8>) {
        let Stage::Head(head) = &mut self.stage else { return };
        if matches!(step, Step::More) {
            return;
        }
        self.seen = head.take();
        self.sdk = if self.seen.sdk { Sdk::Present } else { Sdk::Absent };
        match step {
            Step::More => {}
            Step::Stopped(why) => self.release(why),
            Step::Over { at, held, chunk } => {
                if let (Some(tag), Sdk::Absent) = (&self.options.tag, self.sdk) {
                    out.extend_from_slice(tag);
                    self.sdk = Sdk::Injected;
                }
                out.extend_from_slice(&held);
                out.extend_from_slice(chunk);
                let (ids, until) = (self.options.data_layer_ids, self.options.data_layer_within);
                if self.seen.data_layer.is_some() || ids.is_empty() || at >= until {
                    return self.release(Released::Head);
                }
                self.stage = Stage::Search(Box::new(Search::new(ids, at, until)));
                self.search(&held);
                self.search(chunk);
            }
        }
    }

    fn search(&mut self, bytes: &[u8]) {
        let Stage::Search(search) = &mut self.stage else { return };
        if let Some(released) = search.read(bytes) {
            self.seen.data_layer = search.take();
            self.release(released);
        }
    }

    fn release(&mut self, released: Released) {
        self.stage = Stage::Done;
        self.released = released;
    }

    fn facts(self) -> PageFacts {
        let charset = self.seen.charset(self.options.charset);
        let mut too_long = Vec::new();
        let mut take = |part, span: Option<Span>| {
            let span = span?;
            if span.is_too_long() {
                too_long.push(part);
                return None;
            }
            span.into_bytes().map(|bytes| charset::decode(charset, &bytes))
        };
        PageFacts {
            title: take(Part::Title, self.seen.title).and_then(|raw| text::title(&raw)),
            canonical: take(Part::Canonical, self.seen.canonical).and_then(|raw| text::link(&raw)),
            keywords: take(Part::Keywords, self.seen.keywords)
                .map(|raw| text::list(&raw))
                .unwrap_or_default(),
            data_layer: take(Part::DataLayer, self.seen.data_layer),
            too_long,
            sdk: self.sdk,
            released: self.released,
            read: self.read,
        }
    }
}

impl fmt::Debug for Rewriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match self.stage {
            Stage::Head(_) => "head",
            Stage::Search(_) => "search",
            Stage::Done => "released",
        };
        f.debug_struct("Rewriter").field("stage", &stage).field("read", &self.read).finish_non_exhaustive()
    }
}
