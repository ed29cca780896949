//! The head of a page: what it says, and where it ends.
//!
//! lol_html finds tags but builds no tree, so the few rules of the HTML standard that decide where a head ends are
//! kept here: the end tag may be missing, both tags may be missing, and what is inside a `<template>` is elsewhere.
//! What is inside comments, scripts, `<noscript>` and the like is text, and lol_html knows that.

use lol_html::HandlerResult;
use lol_html::html_content::EndTag;
use lol_html::send::Element;

use super::charset::{Charset, Unreadable};
use super::span::Span;
use super::tokens::{Broken, Enough, Shared, Tokens, attribute, has, is_data_layer};
use super::{Adopt, CANONICAL_LIMIT, DATA_LAYER_LIMIT, HEAD_LIMIT, KEYWORDS_LIMIT, Released, TITLE_LIMIT};

/// What is known of a head. Offsets are in bytes from the start of the page.
#[derive(Debug, Default)]
pub(super) struct Seen {
    ids: &'static [&'static str],
    sdk_id: &'static str,
    /// Whether the page begins with markup; else with text.
    markup: bool,
    /// Whether something says that this is a whole document and not a piece of one.
    document: bool,
    adopt: Option<Adopt>,
    /// Where the attributes of an adopted element go.
    adopted: Option<usize>,
    /// How many templates are open.
    templates: usize,
    bom: bool,
    meta: Option<Charset>,
    unreadable: bool,
    /// Where the head ends: where a tag that belongs at its end has to go.
    over: Option<usize>,
    /// The page begins with text, and goes on like no document does.
    fragment: bool,
    /// The title's text.
    pub(super) title: Option<Span>,
    /// The canonical URL.
    pub(super) canonical: Option<Span>,
    /// The keywords.
    pub(super) keywords: Option<Span>,
    /// The data layer's text.
    pub(super) data_layer: Option<Span>,
    /// Whether the SDK's tag is there.
    pub(super) sdk: bool,
}

impl Seen {
    /// The charset: a byte order mark's, else the content type's, else the page's own word.
    pub(super) fn charset(&self, declared: Option<Charset>) -> Option<Charset> {
        if self.bom { Some(Charset::UTF_8) } else { declared.or(self.meta) }
    }

    fn take(&mut self, at: usize, piece: &[u8]) {
        for span in [&mut self.title, &mut self.data_layer].into_iter().flatten() {
            span.take(at, piece);
        }
    }

    fn attributes(&self) -> &str {
        self.adopt.as_ref().map_or("", |adopt| &adopt.attributes)
    }

    fn end_at(&mut self, at: usize) -> HandlerResult {
        self.over = Some(at);
        Err(Enough.into())
    }
}

/// What became of a piece of the page.
#[derive(Debug)]
pub(super) enum Step<'c> {
    /// The head goes on.
    More,
    /// The head ended at offset `at`. Up to there all is in the output; `held` and then `chunk` come next.
    Over { at: usize, held: Vec<u8>, chunk: &'c [u8] },
    /// There is nothing more to be had; all is in the output.
    Stopped(Released),
}

/// The page up to the end of its head.
pub(super) struct Head {
    tokens: Tokens<Seen>,
    opening: Opening,
    /// How much was read.
    read: usize,
    /// The last bytes of that, which begin a tag whose end has not come yet: the head may end before it.
    held: Vec<u8>,
}

impl Head {
    /// Before the first byte.
    pub(super) fn new(ids: &'static [&'static str], sdk_id: &'static str, adopt: Option<Adopt>) -> Self {
        let seen = Seen { ids, sdk_id, adopt, ..Seen::default() };
        Self {
            tokens: Tokens::new(&["*"], seen, element),
            opening: Opening::default(),
            read: 0,
            held: Vec::new(),
        }
    }

    /// What was seen, to be taken once.
    pub(super) fn take(&mut self) -> Seen {
        std::mem::take(&mut *self.tokens.state())
    }

    /// Reads on.
    pub(super) fn read<'c>(&mut self, chunk: &'c [u8], out: &mut Vec<u8>) -> Step<'c> {
        self.opening.read(chunk);
        if self.opening.is_utf_16() {
            return self.stop(Released::Refused, chunk, out);
        }
        {
            let mut seen = self.tokens.state();
            seen.markup = self.opening.is_markup();
            seen.document |= self.opening.is_doctype();
            seen.bom = self.opening.has_bom();
        }
        let piece = chunk.get(..HEAD_LIMIT.saturating_sub(self.read)).unwrap_or(chunk);
        let fed = self.tokens.feed(piece);
        let (over, refused, adopted) = {
            let mut seen = self.tokens.state();
            seen.take(self.read, piece);
            (seen.over, seen.fragment || seen.unreadable, seen.adopted.take())
        };
        let begun = self.read;
        self.read = begun.saturating_add(piece.len());
        let (at, piece, chunk) = match adopted {
            Some(place) => {
                let rest = self.pass(place, begun, piece, out);
                out.extend_from_slice(self.tokens.state().attributes().as_bytes());
                let gone = piece.len() - rest.len();
                (begun + gone, rest, chunk.get(gone..).unwrap_or_default())
            }
            None => (begun, piece, chunk),
        };
        match (fed, over) {
            (Err(Broken), _) => self.stop(Released::Failed, chunk, out),
            (Ok(()), _) if refused => self.stop(Released::Refused, chunk, out),
            (Ok(()), Some(over)) => self.over(over, at, chunk, out),
            (Ok(()), None) if self.read >= HEAD_LIMIT => self.stop(Released::Limit, chunk, out),
            (Ok(()), None) => {
                let passed = self.tokens.passed();
                let rest = self.pass(passed, at, piece, out);
                self.held.extend_from_slice(rest);
                Step::More
            }
        }
    }

    /// The page has ended, and its head has not. With `place`, a document has the tag put at its end, if that is
    /// where a tag can be: not inside of a comment, a script, a title.
    pub(super) fn finish(&mut self, place: bool, out: &mut Vec<u8>) -> Step<'static> {
        if place && self.tokens.state().document {
            // Which of these it is, the parser knows: would it see another tag here?
            let fed = self.tokens.feed(b"<body>");
            let over = self.tokens.state().over;
            if fed.is_ok() && over == Some(self.read) {
                return self.over(self.read, self.read, &[], out);
            }
        }
        self.stop(Released::End, &[], out)
    }

    /// The head ended at offset `over`, `chunk` began at offset `at`.
    fn over<'c>(&mut self, over: usize, at: usize, chunk: &'c [u8], out: &mut Vec<u8>) -> Step<'c> {
        let chunk = self.pass(over, at, chunk, out);
        Step::Over { at: over, held: std::mem::take(&mut self.held), chunk }
    }

    /// Lets everything up to offset `until` out. Returns what remains of `piece`, which began at offset `at`; what
    /// remains of the bytes before it is still held.
    fn pass<'p>(&mut self, until: usize, at: usize, piece: &'p [u8], out: &mut Vec<u8>) -> &'p [u8] {
        let behind = self.held.len().saturating_sub(at.saturating_sub(until)).min(self.held.len());
        out.extend(self.held.drain(..behind));
        let (passed, rest) = piece.split_at_checked(until.saturating_sub(at)).unwrap_or((piece, &[]));
        out.extend_from_slice(passed);
        rest
    }

    fn stop(&mut self, why: Released, chunk: &[u8], out: &mut Vec<u8>) -> Step<'static> {
        out.append(&mut self.held);
        out.extend_from_slice(chunk);
        Step::Stopped(why)
    }
}

/// The first bytes of a page, white space aside: enough to tell a doctype.
#[derive(Debug, Default)]
struct Opening(Vec<u8>);

impl Opening {
    const BOM: &[u8] = b"\xef\xbb\xbf";
    const DOCTYPE: &[u8] = b"<!doctype";

    fn read(&mut self, chunk: &[u8]) {
        for byte in chunk {
            if self.0.len() == Self::BOM.len() + Self::DOCTYPE.len() {
                return;
            }
            if !(byte.is_ascii_whitespace() && self.text().is_empty()) {
                self.0.push(*byte);
            }
        }
    }

    fn text(&self) -> &[u8] {
        self.0.strip_prefix(Self::BOM).unwrap_or(&self.0)
    }

    fn has_bom(&self) -> bool {
        self.0.starts_with(Self::BOM)
    }

    fn is_utf_16(&self) -> bool {
        self.0.starts_with(b"\xff\xfe") || self.0.starts_with(b"\xfe\xff")
    }

    fn is_markup(&self) -> bool {
        self.text().starts_with(b"<")
    }

    fn is_doctype(&self) -> bool {
        self.text().get(..Self::DOCTYPE.len()).is_some_and(|text| text.eq_ignore_ascii_case(Self::DOCTYPE))
    }
}

/// A start tag of the head.
fn element(element: &mut Element<'_, '_>, shared: &Shared<Seen>) -> HandlerResult {
    let name = element.tag_name();
    let mut seen = shared.borrow();
    if seen.templates > 0 && name != "template" {
        return Ok(());
    }
    match name.as_str() {
        "html" => seen.document = true,
        "head" => {
            // Also a second one, which browsers ignore: what ends "it" ends the first.
            seen.document = true;
            return shared.on_end(element, end_of_head);
        }
        "template" => {
            seen.templates += 1;
            return shared.on_end(element, end_of_template);
        }
        "title" if seen.title.is_none() => {
            seen.title = Some(Span::open(element.source_location().bytes().end, TITLE_LIMIT));
            return shared.on_end(element, end_of_title);
        }
        "script" if seen.data_layer.is_none() && is_data_layer(element, seen.ids) => {
            seen.data_layer = Some(Span::open(element.source_location().bytes().end, DATA_LAYER_LIMIT));
            return shared.on_end(element, end_of_data_layer);
        }
        "script" => script(element, &mut seen),
        "link" if seen.canonical.is_none() => canonical(element, &mut seen),
        "meta" => return meta(element, &mut seen),
        "base" | "basefont" | "bgsound" | "link" | "noframes" | "noscript" | "style" | "title" => {}
        // All others are not of the head: its end tag was omitted.
        _ => {
            // Text that is followed by tags, but not by a document, is no page: JSON with markup in it, often.
            seen.fragment = !(seen.markup || seen.document || name == "body" || name == "frameset");
            return seen.end_at(element.source_location().bytes().start);
        }
    }
    Ok(())
}

fn script(element: &Element<'_, '_>, seen: &mut Seen) {
    let Some(id) = element.get_attribute("id") else { return };
    seen.sdk |= id == seen.sdk_id;
    let loads = || element.get_attribute("src").is_some_and(|src| !src.trim_ascii().is_empty());
    if !seen.sdk && seen.adopt.as_ref().is_some_and(|adopt| adopt.id == id) && loads() {
        seen.sdk = true;
        seen.adopted = Some(element.source_location().bytes().start + "<script".len());
    }
}

fn canonical(element: &Element<'_, '_>, seen: &mut Seen) {
    let rel = element.get_attribute("rel").unwrap_or_default();
    if rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("canonical")) {
        seen.canonical = attribute(element, "href").map(|href| Span::whole(href, CANONICAL_LIMIT));
    }
}

fn meta(element: &Element<'_, '_>, seen: &mut Seen) -> HandlerResult {
    if seen.keywords.is_none() && has(element, "name", "keywords") {
        seen.keywords = attribute(element, "content").map(|content| Span::whole(content, KEYWORDS_LIMIT));
    }
    if seen.meta.is_none() {
        let charset = match element.get_attribute("charset") {
            Some(label) => Charset::from_label(&label),
            None if has(element, "http-equiv", "content-type") => {
                Charset::from_content(&element.get_attribute("content").unwrap_or_default())
            }
            None => Ok(None),
        };
        match charset {
            Ok(charset) => seen.meta = charset,
            Err(Unreadable) => {
                seen.unreadable = true;
                return Err(Enough.into());
            }
        }
    }
    Ok(())
}

fn end_of_head(seen: &mut Seen, end: &EndTag<'_>) -> HandlerResult {
    // Inside of a template, `</head>` means nothing.
    if seen.templates > 0 { Ok(()) } else { seen.end_at(end.source_location().bytes().start) }
}

fn end_of_template(seen: &mut Seen, end: &EndTag<'_>) -> HandlerResult {
    // An end tag of something around it does not close a template.
    if end.name() == "template" {
        seen.templates = seen.templates.saturating_sub(1);
    }
    Ok(())
}

fn end_of_title(seen: &mut Seen, end: &EndTag<'_>) -> HandlerResult {
    close(&mut seen.title, end)
}

fn end_of_data_layer(seen: &mut Seen, end: &EndTag<'_>) -> HandlerResult {
    close(&mut seen.data_layer, end)
}

fn close(span: &mut Option<Span>, end: &EndTag<'_>) -> HandlerResult {
    if let Some(span) = span {
        span.close(end.source_location().bytes().start);
    }
    Ok(())
}
