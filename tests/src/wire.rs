//! HTTP/1.1 as it is on the wire, for doubles that must send and see exact bytes. No library would let an origin answer
//! garbage, or show the case of a field's name.

use std::io::{self, BufRead, Read, Write};

/// The head of a message: its first line, and its fields as they came.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// The first line, without its end.
    pub start: String,
    /// The fields in their order.
    pub fields: Vec<(String, Vec<u8>)>,
}

impl Head {
    /// Reads a head; none when the connection ended before its first byte.
    ///
    /// # Errors
    /// When the connection breaks within it, or it is not one.
    pub fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some(start) = line(from)? else { return Ok(None) };
        let mut head = Self { start: text(&start), fields: Vec::new() };
        loop {
            let field = line(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            if field.is_empty() {
                return Ok(Some(head));
            }
            let colon = field.iter().position(|byte| *byte == b':').ok_or(io::ErrorKind::InvalidData)?;
            head.fields.push((text(&field[..colon]), field[colon + 1..].trim_ascii().to_vec()));
        }
    }

    /// The first value of a field, whatever the case of its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        self.fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| text(value))
    }

    /// A word of the first line, from 0.
    #[must_use]
    pub fn word(&self, n: usize) -> &str {
        self.start.split(' ').nth(n).unwrap_or_default()
    }

    /// The status of a response; 0 where there is none.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.word(1).parse().unwrap_or(0)
    }

    /// The bytes of this head, its empty line included.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = latin1(&self.start);
        bytes.extend(b"\r\n");
        for (name, value) in &self.fields {
            bytes.extend(name.as_bytes());
            bytes.extend(b": ");
            bytes.extend(value);
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"\r\n");
        bytes
    }

    /// How a request's body is framed.
    #[must_use]
    pub fn request_body(&self) -> Framing {
        self.framing().unwrap_or(Framing::Length(0))
    }

    /// How the body of a response to such a request is framed.
    #[must_use]
    pub fn response_body(&self, method: &str) -> Framing {
        if method == "HEAD" || matches!(self.status(), 100..=199 | 204 | 304) {
            return Framing::Length(0);
        }
        self.framing().unwrap_or(Framing::Close)
    }

    fn framing(&self) -> Option<Framing> {
        if self.get("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            return Some(Framing::Chunk(0));
        }
        self.get("content-length").and_then(|value| value.parse().ok()).map(Framing::Length)
    }
}

/// How far a body reaches, and what is left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// So many bytes more.
    Length(u64),
    /// Chunks, with so many bytes left of the one that is being read.
    Chunk(u64),
    /// To the end of the connection.
    Close,
    /// It is over.
    Done,
}

impl Framing {
    /// The next piece of the body as it arrives, at most `most` bytes; empty at its end.
    ///
    /// # Errors
    /// When the connection breaks before the end.
    pub fn piece(&mut self, from: &mut impl BufRead, most: usize) -> io::Result<Vec<u8>> {
        if *self == Self::Chunk(0) {
            let size = line(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            let digits = text(&size);
            let digits = digits.split(';').next().unwrap_or_default().trim();
            let size = u64::from_str_radix(digits, 16).map_err(|_| io::ErrorKind::InvalidData)?;
            if size == 0 {
                while line(from)?.is_some_and(|trailer| !trailer.is_empty()) {}
                *self = Self::Done;
            } else {
                *self = Self::Chunk(size);
            }
        }
        let left = match *self {
            Self::Length(left) | Self::Chunk(left) => left,
            Self::Close => u64::MAX,
            Self::Done => 0,
        };
        if left == 0 {
            *self = Self::Done;
            return Ok(Vec::new());
        }
        let there = from.fill_buf()?;
        let take = there.len().min(most).min(usize::try_from(left).unwrap_or(usize::MAX));
        if take == 0 && *self != Self::Close {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let piece = there[..take].to_vec();
        from.consume(take);
        let left = left - take as u64;
        match self {
            Self::Length(n) => *n = left,
            Self::Chunk(n) => {
                *n = left;
                if left == 0 {
                    line(from)?;
                }
            }
            _ => {}
        }
        Ok(piece)
    }
}

/// A body as a [`Read`].
pub struct BodyReader<'r, R> {
    /// Where it comes from.
    pub from: &'r mut R,
    /// How far it reaches.
    pub framing: Framing,
}

impl<R: BufRead> Read for BodyReader<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let piece = self.framing.piece(self.from, out.len())?;
        out[..piece.len()].copy_from_slice(&piece);
        Ok(piece.len())
    }
}

/// Writes one chunk; nothing for no bytes, because that would end the body.
///
/// # Errors
/// When the connection is broken.
pub fn write_chunk(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    to.write_all(&chunk(bytes))
}

/// The bytes of one chunk.
#[must_use]
pub fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut out = format!("{:x}\r\n", bytes.len()).into_bytes();
    out.extend(bytes);
    out.extend(b"\r\n");
    out
}

/// What stands after the last chunk.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// One line without its end; none at the end of the connection.
fn line(from: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        line.pop();
    }
    Ok(Some(line))
}

/// Bytes as text: UTF-8, and what is not as `\xNN`.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for part in bytes.utf8_chunks() {
        out.push_str(part.valid());
        part.invalid().iter().for_each(|byte| out.push_str(&format!("\\x{byte:02X}")));
    }
    out
}

/// Text as bytes, one for each character up to U+00FF; others in UTF-8.
#[must_use]
pub fn latin1(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u8::try_from(c) {
            Ok(byte) => out.push(byte),
            Err(_) => out.extend(c.to_string().bytes()),
        }
    }
    out
}
