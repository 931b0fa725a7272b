//! Chooses the broker's port on loopback, and creates the token that its clients need.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

use awsesame_core::fault::{BrokerFault, Fault};
use awsesame_core::name::secret::Secret;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::place::BrokerPaths;
use crate::os::file::{self, Durability};

/// The ports from which one is chosen. They are below those that systems use for outgoing connections, so that no such
/// connection blocks the port at the next start.
const PORTS: Range<u16> = 15_000..32_000;
/// The number of ports that are tried; after that, something else must be wrong.
const TRIES: u32 = 50;
/// The maximum size of the file with the port, in bytes.
const MOST_BYTES: usize = 1024;
/// The size of the token in bytes. It is encoded as text that an HTTP header allows.
const TOKEN_BYTES: usize = 32;
const TOKEN_LENGTH: usize = 43;

/// The choice to keep or to replace the port and the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The port that was chosen before, or a free one the first time.
    Keep,
    /// A new port, even if one was chosen before.
    New,
}

fn silent(why: String) -> Fault {
    BrokerFault::Silent { why }.into()
}

/// Listens at the port that was chosen before, or at a free one, which is stored for the next time.
pub fn listen(place: &BrokerPaths, choice: Choice) -> Result<TcpListener, Fault> {
    if choice == Choice::Keep
        && let Some(port) = port(place)?
    {
        return bind(port).map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => BrokerFault::PortTaken { port }.into(),
            _ => silent(format!("127.0.0.1:{port}: {}", file::words(&error))),
        });
    }
    let mut last = String::new();
    for _ in 0..TRIES {
        let port = any_port()?;
        match bind(port) {
            Ok(listener) => {
                keep_port(place, port)?;
                return Ok(listener);
            }
            Err(error) => last = file::words(&error),
        }
    }
    Err(silent(format!("no port of 127.0.0.1 is free: {last}")))
}

/// Returns the chosen port, if there is one.
pub fn port(place: &BrokerPaths) -> Result<Option<u16>, Fault> {
    let text = file::read_own(&place.port(), MOST_BYTES)?;
    // Text that is not a number counts as no choice. A newer version may add lines.
    Ok(text.and_then(|text| std::str::from_utf8(&text).ok()?.lines().next()?.trim().parse().ok()))
}

/// Returns the chosen port. If there is none, a free port is chosen now and stored.
pub fn settled_port(place: &BrokerPaths) -> Result<u16, Fault> {
    match port(place)? {
        Some(port) => Ok(port),
        None => listen(place, Choice::New)?
            .local_addr()
            .map(|address| address.port())
            .map_err(|error| silent(file::words(&error))),
    }
}

/// Stores a port for the next broker.
pub fn keep_port(place: &BrokerPaths, port: u16) -> Result<(), Fault> {
    file::write_own(&place.port(), format!("{port}\n").as_bytes(), Durability::Disk)
}

fn bind(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}

fn any_port() -> Result<u16, Fault> {
    let spread = u16::from_le_bytes(random()?) % (PORTS.end - PORTS.start);
    Ok(PORTS.start + spread)
}

/// Creates a new token in the file from which clients read it. Every new broker has a new token: while no broker
/// listened, another program may have listened and received the old token.
pub fn new_token(place: &BrokerPaths) -> Result<Secret, Fault> {
    let bytes = Zeroizing::new(random::<TOKEN_BYTES>()?);
    let token = Secret::new(BASE64_URL_SAFE_NO_PAD.encode(bytes.as_slice()));
    // The file has no newline, because the SDKs would send it.
    file::write_own(&place.token(), token.expose().as_bytes(), Durability::Process)?;
    Ok(token)
}

/// Returns the token of the previous broker, if no other program can have listened in its place.
pub fn old_token(place: &BrokerPaths) -> Result<Option<Secret>, Fault> {
    let Some(bytes) = file::read_own(&place.token(), TOKEN_LENGTH)? else { return Ok(None) };
    let bytes = Zeroizing::new(bytes);
    let text = std::str::from_utf8(&bytes).ok().filter(|text| text.len() == TOKEN_LENGTH);
    Ok(text.filter(|text| text.bytes().all(|b| b.is_ascii_graphic())).map(Secret::new))
}

fn random<const N: usize>() -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Fault::Bug { what: format!("the system has no randomness to give: {error}") })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;
    use crate::state::State;

    fn place(home: &tempfile::TempDir) -> BrokerPaths {
        BrokerPaths::of(&State::at(home.path().join("awsesame")))
    }

    #[test]
    fn port_is_chosen_once_and_kept_until_another_is_wanted() {
        let home = tempfile::tempdir().unwrap();
        let place = place(&home);
        assert_eq!(port(&place), Ok(None));
        let first = listen(&place, Choice::Keep).unwrap();
        let chosen = first.local_addr().unwrap().port();
        assert!(PORTS.contains(&chosen));
        assert_eq!(port(&place), Ok(Some(chosen)));
        // Another program listens there now.
        assert_eq!(listen(&place, Choice::Keep).unwrap_err(), BrokerFault::PortTaken { port: chosen }.into());
        drop(first);
        assert_eq!(listen(&place, Choice::Keep).unwrap().local_addr().unwrap().port(), chosen);
        let other = listen(&place, Choice::New).unwrap().local_addr().unwrap().port();
        assert_eq!(port(&place), Ok(Some(other)));
        assert_eq!(settled_port(&place), Ok(other));
    }

    #[test]
    fn token_is_text_for_a_header_in_a_file_of_ours() {
        let home = tempfile::tempdir().unwrap();
        let place = place(&home);
        assert!(old_token(&place).unwrap().is_none());
        let token = new_token(&place).unwrap();
        let about = std::fs::metadata(place.token()).unwrap();
        assert_eq!((about.mode() & 0o777, about.len()), (0o600, TOKEN_LENGTH as u64));
        assert_eq!(std::fs::read_to_string(place.token()).unwrap(), token.expose());
        assert!(old_token(&place).unwrap() == Some(token.clone()));
        assert!(new_token(&place).unwrap() != token);
        std::fs::write(place.token(), "short").unwrap();
        assert!(old_token(&place).unwrap().is_none());
        std::fs::remove_file(place.token()).unwrap();
        std::os::unix::fs::symlink("/dev/null", place.token()).unwrap();
        assert!(old_token(&place).is_err());
    }
}
