//! Ports on this machine.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::{Context, Result, bail};

/// Listens on a port of 127.0.0.1, or on any free one if that is taken.
///
/// # Errors
/// When there is no free port.
pub(crate) fn preferring(port: u16) -> Result<TcpListener> {
    listen(port).or_else(|_| listen(0)).context("there is no free port on 127.0.0.1")
}

/// Listens on a port of 127.0.0.1; 0: any.
///
/// # Errors
/// When it is taken: `option` names another.
pub(crate) fn exactly(port: u16, option: &str) -> Result<TcpListener> {
    match listen(port) {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => bail!(
            "port {port} of 127.0.0.1 is in use: end what listens there, or choose another with {option} {}",
            port.saturating_add(10)
        ),
        Err(error) => Err(error).with_context(|| format!("cannot listen on port {port} of 127.0.0.1")),
    }
}

/// A port that nobody listened on a moment ago.
///
/// # Errors
/// When there is none.
pub(crate) fn free() -> Result<u16> {
    Ok(listen(0)
        .and_then(|listener| listener.local_addr())
        .context("there is no free port on 127.0.0.1")?
        .port())
}

/// `http://127.0.0.1:PORT`.
///
/// # Errors
/// When the system does not say.
pub(crate) fn url(listener: &TcpListener) -> Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
}

fn listen(port: u16) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    // As tokio wants it.
    listener.set_nonblocking(true)?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_told_or_avoided() {
        let taken = exactly(0, "--port").unwrap();
        let port = taken.local_addr().unwrap().port();
        let told = exactly(port, "--port").unwrap_err().to_string();
        assert!(told.contains(&format!("port {port} ")) && told.contains("--port"), "{told}");
        assert_ne!(preferring(port).unwrap().local_addr().unwrap().port(), port);
    }
}
