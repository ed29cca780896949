//! lol_html as a reader: which tags there are, and where. Its output is thrown away.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use encoding_rs::X_USER_DEFINED;
use lol_html::errors::RewritingError;
use lol_html::html_content::EndTag;
use lol_html::send::{Element, ElementContentHandlers, HtmlRewriter, Settings};
use lol_html::{AsciiCompatibleEncoding, HandlerResult, MemorySettings, OutputSink};
use thiserror::Error;

/// What lol_html may use, in bytes: an incomplete tag of [`super::HEAD_LIMIT`], and as much again for open elements.
const MEMORY_LIMIT: usize = 512 * 1024;

/// What the handlers share with their owner. lol_html calls them during `feed` only, so nobody ever waits for it; it
/// is a mutex (and not a cell) so that a page can be rewritten wherever its future happens to run.
pub(super) struct Shared<S>(Arc<Mutex<S>>);

impl<S> Clone for Shared<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Send + 'static> Shared<S> {
    /// Looks at it, or changes it.
    pub(super) fn borrow(&self) -> MutexGuard<'_, S> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls `handler` with the end tag that closes `element`: its own, or one of an element around it. An element
    /// that is closed by neither (`<p>` by another `<p>`) has none.
    pub(super) fn on_end(
        &self,
        element: &mut Element<'_, '_>,
        handler: fn(&mut S, &EndTag<'_>) -> HandlerResult,
    ) -> HandlerResult {
        let shared = self.clone();
        element.on_end_tag(Box::new(move |end| handler(&mut shared.borrow(), end)))
    }
}

/// What a handler returns when it has seen enough.
#[derive(Debug, Error)]
#[error("seen enough")]
pub(super) struct Enough;

/// The parser gave up, or had given up before.
#[derive(Debug)]
pub(super) struct Broken;

/// A parser of the page from some tag on, which calls a handler for some of its elements.
pub(super) struct Tokens<S> {
    parser: Option<HtmlRewriter<'static, Passed>>,
    shared: Shared<S>,
    passed: Arc<AtomicUsize>,
}

impl<S: Send + 'static> Tokens<S> {
    /// A parser that calls `handler` for each element with one of `names` (`*` for any).
    pub(super) fn new(
        names: &[&str],
        state: S,
        handler: fn(&mut Element<'_, '_>, &Shared<S>) -> HandlerResult,
    ) -> Self {
        let shared = Shared(Arc::new(Mutex::new(state)));
        let passed = Arc::new(AtomicUsize::new(0));
        let memory = MemorySettings::new().with_max_allowed_memory_usage(MEMORY_LIMIT);
        // Strict: in markup of two meanings, what looks like a place for the tag could be inside of something else.
        let mut settings = Settings::new_send().with_memory_settings(memory).with_strict(true);
        // The page's charset may be declared after what is read in it. This one maps each byte to one character and
        // back, so that values can be had as bytes, and decoded when all is known.
        if let Some(encoding) = AsciiCompatibleEncoding::new(X_USER_DEFINED) {
            settings = settings.with_encoding(encoding);
        }
        for name in names {
            let Ok(selector) = name.parse() else { continue };
            let shared = shared.clone();
            let handlers = ElementContentHandlers::default()
                .element(move |element: &mut Element<'_, '_>| handler(element, &shared));
            settings = settings.append_element_content_handler((Cow::Owned(selector), handlers));
        }
        let parser = Some(HtmlRewriter::new(settings, Passed(Arc::clone(&passed))));
        Self { parser, shared, passed }
    }

    /// What the handlers know by now.
    pub(super) fn state(&self) -> MutexGuard<'_, S> {
        self.shared.borrow()
    }

    /// Reads on, up to where a handler has seen enough.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        let parser = self.parser.as_mut().ok_or(Broken)?;
        match parser.write(bytes) {
            Ok(()) => Ok(()),
            Err(error) => {
                self.parser = None;
                match error {
                    RewritingError::ContentHandlerError(error) if error.is::<Enough>() => Ok(()),
                    _ => Err(Broken),
                }
            }
        }
    }

    /// How many bytes are behind the parser: no handler will be called for a tag that begins before this offset.
    pub(super) fn passed(&self) -> usize {
        self.passed.load(Ordering::Relaxed)
    }
}

/// Counts lol_html's output. Nothing is ever changed and no text is looked at, so that this is its input.
struct Passed(Arc<AtomicUsize>);

impl OutputSink for Passed {
    fn handle_chunk(&mut self, chunk: &[u8]) {
        self.0.fetch_add(chunk.len(), Ordering::Relaxed);
    }
}

/// The bytes of an attribute's value, as they are in the page.
pub(super) fn attribute(element: &Element<'_, '_>, name: &str) -> Option<Vec<u8>> {
    let value = element.get_attribute(name)?;
    // The inverse of x-user-defined: 0x80..=0xFF are at U+F780..=U+F7FF.
    Some(value.chars().map(|c| u8::try_from(u32::from(c) & 0xff).unwrap_or(b'?')).collect())
}

/// Whether an attribute has this value, ASCII case and white space around it aside.
pub(super) fn has(element: &Element<'_, '_>, name: &str, value: &str) -> bool {
    element.get_attribute(name).is_some_and(|given| given.trim_ascii().eq_ignore_ascii_case(value))
}

/// Whether this script element is the data layer.
pub(super) fn is_data_layer(element: &Element<'_, '_>, ids: &[&str]) -> bool {
    let json = |given: String| {
        given
            .split(';')
            .next()
            .is_some_and(|given| given.trim_ascii().eq_ignore_ascii_case("application/json"))
    };
    element.get_attribute("id").is_some_and(|id| ids.contains(&id.as_str()))
        && element.get_attribute("type").is_some_and(json)
}
