//! What Fastly itself takes records by: the endpoints of its real-time log streaming.

use std::io::{ErrorKind, Write as _};

use fastly::log::Endpoint;
use selvedge_core::settle::Outcome;
use selvedge_core::sink::{Sink, Write};

/// Writes to a sink. A log endpoint takes what it is given at once, and never says what became of it.
pub(crate) fn write(write: &Write) -> Outcome {
    if write.sink != Sink::LogEndpoint {
        return Outcome::Refused(format!("Fastly does not have {}", write.sink.title()));
    }
    let mut endpoint = match Endpoint::try_from_name(&write.name) {
        Ok(endpoint) => endpoint,
        Err(error) => return Outcome::Refused(error.to_string()),
    };
    for record in &write.records {
        // Each write is a line; the second half of one would be another.
        match endpoint.write(record.as_bytes()) {
            Ok(written) if written == record.len() => {}
            Ok(written) => return Outcome::Refused(format!("cut after {written} bytes")),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                return Outcome::Refused(error.to_string());
            }
            Err(error) => return Outcome::Unreachable(error.to_string()),
        }
    }
    Outcome::Written
}
