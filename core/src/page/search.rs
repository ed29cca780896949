//! The search for the data layer in what follows the head.
//!
//! Most pages have none, so that this is about bytes that are looked at for nothing. Parsing them would cost more
//! than the head did; but an element can only be the data layer if its id stands in the page as it is written, and
//! looking for that costs next to nothing (memchr's substring search goes at gigabytes per second). So the bytes are
//! kept, which is a copy of at most [`super::DATA_LAYER_WITHIN`] or what the owner chose, and only if an id turns up
//! does the parser read them, from the end of the head on: it alone can tell the element from a comment, a template or
//! a script's text. An id that is spelled with entities is not found; nobody writes it so.

use lol_html::HandlerResult;
use lol_html::html_content::EndTag;
use lol_html::send::Element;
use memchr::memmem;

use super::span::Span;
use super::tokens::{Broken, Enough, Shared, Tokens, is_data_layer};
use super::{DATA_LAYER_LIMIT, Released};

/// What the parser knows. Offsets are in bytes from where the search began.
struct Seen {
    ids: &'static [&'static str],
    templates: usize,
    data_layer: Option<Span>,
}

/// The page from the end of its head.
pub(super) struct Search {
    ids: &'static [&'static str],
    /// How all of them end: one look finds any.
    mark: &'static str,
    /// The bytes so far, as long as no id turned up among them.
    kept: Vec<u8>,
    tokens: Option<Tokens<Seen>>,
    /// How much the parser has read.
    read: usize,
    /// Where the search ends, in bytes from where it began.
    until: usize,
}

impl Search {
    /// A search from offset `at` to offset `until` of the page.
    pub(super) fn new(ids: &'static [&'static str], at: usize, until: usize) -> Self {
        let until = until.saturating_sub(at);
        Self { ids, mark: shared_end(ids), kept: Vec::new(), tokens: None, read: 0, until }
    }

    /// The data layer, if it was found.
    pub(super) fn take(&mut self) -> Option<Span> {
        self.tokens.as_ref()?.state().data_layer.take()
    }

    /// Reads on. Answers when it is over.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Option<Released> {
        if self.tokens.is_some() {
            return self.parse(bytes);
        }
        let room = self.until.saturating_sub(self.kept.len());
        let (piece, beyond) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
        // An id may have begun in the bytes before.
        let from = self.kept.len().saturating_sub(self.mark.len());
        self.kept.extend_from_slice(piece);
        let fresh = self.kept.get(from..).unwrap_or_default();
        if memmem::find(fresh, self.mark.as_bytes()).is_some() {
            let seen = Seen { ids: self.ids, templates: 0, data_layer: None };
            self.tokens = Some(Tokens::new(&["script", "template"], seen, element));
            let kept = std::mem::take(&mut self.kept);
            return self.parse(&kept).or_else(|| self.parse(beyond));
        }
        (self.kept.len() >= self.until).then_some(Released::Limit)
    }

    fn parse(&mut self, mut bytes: &[u8]) -> Option<Released> {
        loop {
            let room = self.until.saturating_sub(self.read);
            let (piece, beyond) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            let tokens = self.tokens.as_mut()?;
            if let Err(Broken) = tokens.feed(piece) {
                return Some(Released::Failed);
            }
            if let Some(span) = &mut tokens.state().data_layer {
                span.take(self.read, piece);
                if span.is_closed() {
                    return Some(Released::DataLayer);
                }
                // Having begun in time, it may end later. (Never sooner, or it would matter how the page is cut.)
                let end = span.start().saturating_add(DATA_LAYER_LIMIT + b"</script>".len());
                self.until = self.until.max(end);
            }
            self.read = self.read.saturating_add(piece.len());
            if self.read >= self.until {
                return Some(Released::Limit);
            }
            if beyond.is_empty() {
                return None;
            }
            bytes = beyond;
        }
    }
}

/// The longest text that all of them end with.
fn shared_end(ids: &[&'static str]) -> &'static str {
    let Some((first, others)) = ids.split_first() else { return "" };
    let same = |id: &&str| first.bytes().rev().zip(id.bytes().rev()).take_while(|(a, b)| a == b).count();
    let length = others.iter().map(same).min().unwrap_or(first.len());
    first.get(first.len().saturating_sub(length)..).unwrap_or(first)
}

fn element(element: &mut Element<'_, '_>, shared: &Shared<Seen>) -> HandlerResult {
    if element.namespace_uri() != "http://www.w3.org/1999/xhtml" {
        return Ok(());
    }
    let mut seen = shared.borrow();
    if element.tag_name() == "template" {
        seen.templates += 1;
        return shared.on_end(element, end_of_template);
    }
    if seen.templates == 0 && seen.data_layer.is_none() && is_data_layer(element, seen.ids) {
        seen.data_layer = Some(Span::open(element.source_location().bytes().end, DATA_LAYER_LIMIT));
        return shared.on_end(element, end_of_data_layer);
    }
    Ok(())
}

fn end_of_template(seen: &mut Seen, end: &EndTag<'_>) -> HandlerResult {
    // An end tag of something around it does not close a template.
    if end.name() == "template" {
        seen.templates = seen.templates.saturating_sub(1);
    }
    Ok(())
}

fn end_of_data_layer(seen: &mut Seen, end: &EndTag<'_>) -> HandlerResult {
    if let Some(span) = &mut seen.data_layer {
        span.close(end.source_location().bytes().start);
    }
    Err(Enough.into())
}
