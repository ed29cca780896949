//! What a platform gives an adapter, here made of sockets: a fetch, a stream, heads of its own kind.

use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use selvedge_core::config::Origin;
use selvedge_core::head::Reply;

use crate::wire::{Framing, Head, LAST_CHUNK, write_chunk};

/// What comes in on a connection.
pub(super) type From = BufReader<TcpStream>;

/// Sends a request and waits for the head of the answer.
pub(super) fn fetch(
    to: &Origin,
    wait: Duration,
    head: &Head,
    mut body: impl Read,
) -> io::Result<(From, Head)> {
    let address: SocketAddr = format!("{}:{}", to.host, to.port).parse().map_err(io::Error::other)?;
    let mut stream_to = TcpStream::connect_timeout(&address, wait)?;
    stream_to.set_nodelay(true)?;
    stream_to.write_all(&head.bytes())?;
    if head.get("transfer-encoding").is_some() {
        stream(&stream_to, Framing::Chunk(0), &mut body)?;
    } else {
        io::copy(&mut body, &mut stream_to)?;
    }
    stream_to.set_read_timeout(Some(wait))?;
    let mut from = BufReader::new(stream_to);
    let head = Head::read(&mut from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    if !head.start.starts_with("HTTP/1.") || head.status() < 100 {
        return Err(io::ErrorKind::InvalidData.into());
    }
    from.get_ref().set_read_timeout(None)?;
    Ok((from, head))
}

/// Passes a body on as it comes; one that breaks off is not ended.
pub(super) fn stream(mut to: &TcpStream, framing: Framing, mut body: impl Read) -> io::Result<()> {
    let mut chunk = vec![0; 65_536];
    loop {
        let Ok(read) = body.read(&mut chunk) else { return Ok(()) };
        match framing {
            Framing::Chunk(_) if read == 0 => return to.write_all(LAST_CHUNK),
            Framing::Chunk(_) => write_chunk(&mut to, &chunk[..read])?,
            _ if read == 0 => return Ok(()),
            _ => to.write_all(&chunk[..read])?,
        }
    }
}

/// Reads what a refused request still sends: closing before that would take the answer back.
pub(super) fn drain(mut stream: &TcpStream) -> io::Result<u64> {
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    io::copy(&mut stream, &mut io::sink())
}

pub(super) fn reply(mut to: &TcpStream, reply: &Reply, method: &str) -> io::Result<()> {
    let bodiless = reply.status == StatusCode::NO_CONTENT || method == "HEAD";
    let framing = if bodiless { Framing::Done } else { Framing::Length(reply.body.len() as u64) };
    respond_head(to, reply.status, &reply.headers, framing)?;
    to.write_all(if bodiless { &[] } else { &reply.body })
}

pub(super) fn respond_head(
    mut to: &TcpStream,
    status: StatusCode,
    headers: &HeaderMap,
    framing: Framing,
) -> io::Result<()> {
    let mut headers = headers.clone();
    headers.remove("transfer-encoding");
    match framing {
        Framing::Chunk(_) => drop(headers.insert("transfer-encoding", HeaderValue::from_static("chunked"))),
        Framing::Length(length) => drop(headers.insert("content-length", length.into())),
        Framing::Close | Framing::Done => {}
    }
    to.write_all(&Head { start: format!("HTTP/1.1 {}", status.as_u16()), fields: fields(&headers) }.bytes())
}

pub(super) fn header_map(head: &Head) -> HeaderMap {
    let field = |(name, value): &(String, Vec<u8>)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(value).ok()?))
    };
    head.fields.iter().filter_map(field).collect()
}

pub(super) fn request_head(start: String, headers: &HeaderMap, framing: Framing) -> Head {
    let mut headers = headers.clone();
    match framing {
        Framing::Chunk(_) => drop(headers.insert("transfer-encoding", HeaderValue::from_static("chunked"))),
        Framing::Length(length) if length > 0 => drop(headers.insert("content-length", length.into())),
        _ => {}
    }
    Head { start, fields: fields(&headers) }
}

fn fields(headers: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect()
}
