//! Takes over the sockets that systemd opened for the broker (`LISTEN_FDS`). systemd keeps them open while no broker
//! runs, so that no other program can listen in its place.

use std::net::TcpListener;
use std::os::unix::net::UnixListener;

use awsesame_core::fault::{BrokerFault, Fault};
use listenfd::ListenFd;

/// The listeners that were handed over.
#[derive(Debug, Default)]
pub struct Given {
    /// The listener on the loopback address.
    pub tcp: Option<TcpListener>,
    /// The listener on the unix socket.
    pub unix: Option<UnixListener>,
}

impl Given {
    /// Takes over the existing sockets. There are none if a person started the broker.
    pub fn take() -> Result<Self, Fault> {
        let mut given = Self::default();
        let mut handed = ListenFd::from_env();
        let wrong = |error: std::io::Error| BrokerFault::Silent {
            why: format!("a socket that systemd handed over: {}", crate::os::file::words(&error)),
        };
        for index in 0..handed.len() {
            // Each call refuses a socket of the other kind and leaves it for the other call.
            if let Ok(Some(listener)) = handed.take_tcp_listener(index) {
                let address = listener.local_addr().map_err(wrong)?;
                if !address.ip().is_loopback() {
                    let why = format!("systemd listens at {address}, which others can reach");
                    return Err(BrokerFault::Silent { why }.into());
                }
                given.tcp = Some(listener);
            } else if let Ok(Some(listener)) = handed.take_unix_listener(index) {
                given.unix = Some(listener);
            }
        }
        Ok(given)
    }
}
