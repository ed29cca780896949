//! A stretch of the page whose bytes are kept as they pass.

/// What lies between two offsets, the second of which becomes known later.
#[derive(Debug)]
pub(super) struct Span {
    start: usize,
    end: Option<usize>,
    limit: usize,
    bytes: Vec<u8>,
}

impl Span {
    /// A stretch that begins at offset `start`; at most `limit` bytes of it are kept.
    pub(super) fn open(start: usize, limit: usize) -> Self {
        Self { start, end: None, limit, bytes: Vec::new() }
    }

    /// A stretch that is already at hand, if it is not longer than `limit`.
    pub(super) fn whole(bytes: Vec<u8>, limit: usize) -> Self {
        let end = Some(bytes.len());
        Self { start: 0, end, limit, bytes: if bytes.len() > limit { Vec::new() } else { bytes } }
    }

    /// Sets the end, once: what closes an element first is what closes it.
    pub(super) fn close(&mut self, end: usize) {
        self.end.get_or_insert(end);
    }

    /// Where it begins.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// Whether the end is known.
    pub(super) fn is_closed(&self) -> bool {
        self.end.is_some()
    }

    /// Keeps its share of bytes that passed at offset `at`. To be called for every piece since the one in which it was
    /// opened, after the piece was read: the end may turn out to lie in an earlier piece, where `</title` began.
    pub(super) fn take(&mut self, at: usize, piece: &[u8]) {
        let length = self.end.map(|end| end.saturating_sub(self.start));
        if let Some(length) = length {
            self.bytes.truncate(length);
        }
        let room = length.unwrap_or(usize::MAX).min(self.limit).saturating_sub(self.bytes.len());
        let fresh = piece.get(self.start.saturating_sub(at)..).unwrap_or_default();
        self.bytes.extend_from_slice(fresh.get(..room).unwrap_or(fresh));
    }

    /// Whether there is more of it than its limit.
    pub(super) fn is_too_long(&self) -> bool {
        match self.end {
            Some(end) => end.saturating_sub(self.start) > self.limit,
            None => self.bytes.len() >= self.limit,
        }
    }

    /// The bytes; `None` if the end was never met.
    pub(super) fn into_bytes(self) -> Option<Vec<u8>> {
        self.end.map(|_| self.bytes)
    }
}
