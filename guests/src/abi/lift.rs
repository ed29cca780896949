//! What a component returned, read from its memory. Nothing there is believed: every address, length and number is held
//! against what its interface promises, and all of it together against a limit.

use crate::Failure;
use crate::guest::{AuthRequest, Request};

/// How many fields a request may have.
const FIELDS: u32 = 64;

/// A component's memory as it was when the call returned.
pub(crate) struct Lifted<'m> {
    memory: &'m [u8],
    /// How many bytes may still be read as text.
    left: usize,
}

impl<'m> Lifted<'m> {
    pub(crate) fn new(memory: &'m [u8], limit: usize) -> Self {
        Self { memory, left: limit }
    }

    fn bytes(&self, at: u32, length: usize) -> Result<&'m [u8], Failure> {
        let outside = || Failure::Output("an address that is not in its memory".into());
        let at = at as usize;
        let end = at.checked_add(length).ok_or_else(outside)?;
        self.memory.get(at..end).ok_or_else(outside)
    }

    fn number<const N: usize>(&self, at: u32) -> Result<[u8; N], Failure> {
        let bytes = self.bytes(at, N)?;
        bytes.try_into().map_err(|_| Failure::Output("a number of another size".into()))
    }

    fn word(&self, at: u32) -> Result<u32, Failure> {
        Ok(u32::from_le_bytes(self.number(at)?))
    }

    /// A number that stands for one of so many cases.
    fn case(&self, at: u32, cases: u8) -> Result<u8, Failure> {
        let [case] = self.number(at)?;
        if case < cases { Ok(case) } else { Err(Failure::Output(format!("the case {case} of {cases}"))) }
    }

    fn text(&mut self, at: u32) -> Result<String, Failure> {
        let (start, length) = (self.word(at)?, self.word(at.wrapping_add(4))?);
        let text = self.bytes(start, length as usize)?;
        let too_much = || Failure::Output("more than it may".into());
        self.left = self.left.checked_sub(text.len()).ok_or_else(too_much)?;
        let text = std::str::from_utf8(text).map_err(|_| Failure::Output("text that is not UTF-8".into()))?;
        Ok(text.to_owned())
    }

    fn dict(&mut self, at: u32) -> Result<Vec<(String, String)>, Failure> {
        let (start, length) = (self.word(at)?, self.word(at.wrapping_add(4))?);
        if length > FIELDS {
            return Err(Failure::Output(format!("{length} fields; {FIELDS} are the most")));
        }
        let item = |nth: u32| start.wrapping_add(nth * 16);
        (0..length).map(|nth| Ok((self.text(item(nth))?, self.text(item(nth).wrapping_add(8))?))).collect()
    }

    fn method(&self, at: u32) -> Result<http::Method, Failure> {
        Ok(match self.case(at, 4)? {
            0 => http::Method::GET,
            1 => http::Method::PUT,
            2 => http::Method::POST,
            _ => http::Method::DELETE,
        })
    }

    /// The error that a result may be, at so many bytes from its start.
    fn ok(&mut self, at: u32, payload: u32) -> Result<u32, Failure> {
        let content = at.wrapping_add(payload);
        match self.case(at, 2)? {
            0 => Ok(content),
            _ => Err(Failure::Refused(Failure::said(&self.text(content)?))),
        }
    }
}

/// `result<edgee-request, string>`.
pub(crate) fn request(memory: &mut Lifted<'_>, at: u32) -> Result<Request, Failure> {
    let at = memory.ok(at, 4)?;
    Ok(Request {
        method: memory.method(at)?,
        url: memory.text(at.wrapping_add(4))?,
        headers: memory.dict(at.wrapping_add(12))?,
        forward_client_headers: memory.case(at.wrapping_add(20), 2)? == 1,
        body: memory.text(at.wrapping_add(24))?,
    })
}

/// `result<option<auth-request>, string>`.
pub(crate) fn auth_request(memory: &mut Lifted<'_>, at: u32) -> Result<Option<AuthRequest>, Failure> {
    let at = memory.ok(at, 8)?;
    if memory.case(at, 2)? == 0 {
        return Ok(None);
    }
    let at = at.wrapping_add(8);
    let property = match memory.case(at.wrapping_add(32), 2)? {
        0 => None,
        _ => Some(memory.text(at.wrapping_add(36))?),
    };
    Ok(Some(AuthRequest {
        method: memory.method(at)?,
        url: memory.text(at.wrapping_add(4))?,
        headers: memory.dict(at.wrapping_add(12))?,
        token_duration: i64::from_le_bytes(memory.number(at.wrapping_add(24))?),
        response_property: property,
        setting: memory.text(at.wrapping_add(44))?,
        body: memory.text(at.wrapping_add(52))?,
    }))
}

/// `option<consent>`: 0 pending, 1 granted, 2 denied.
pub(crate) fn consent(
    memory: &Lifted<'_>,
    at: u32,
) -> Result<Option<selvedge_core::consent::State>, Failure> {
    use selvedge_core::consent::State;
    if memory.case(at, 2)? == 0 {
        return Ok(None);
    }
    Ok(Some(match memory.case(at.wrapping_add(1), 3)? {
        0 => State::Pending,
        1 => State::Granted,
        _ => State::Denied,
    }))
}
