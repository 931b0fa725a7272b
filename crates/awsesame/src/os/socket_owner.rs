//! Asks the kernel for the user at the other end of a TCP connection on loopback. The question takes a few microseconds
//! for any number of connections (`sock_diag(7)`). Reading `/proc/net/tcp` instead takes longer with every connection.

use std::net::SocketAddr;

/// A socket to ask the kernel with.
#[derive(Debug)]
pub struct SocketOwners {
    #[cfg(target_os = "linux")]
    kernel: std::os::fd::OwnedFd,
}

#[cfg(target_os = "linux")]
mod linux {
    use std::net::SocketAddrV4;

    use rustix::net::{
        AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with,
    };

    use super::{SocketAddr, SocketOwners};

    /// The message type `SOCK_DIAG_BY_FAMILY` of `linux/sock_diag.h`.
    const BY_FAMILY: u16 = 20;
    /// The flag `NLM_F_REQUEST` of `linux/netlink.h`.
    const REQUEST: u16 = 1;
    const HEADER: usize = 16;
    /// A header and `struct inet_diag_req_v2`, of `linux/inet_diag.h`.
    const ASKED: usize = HEADER + 56;
    /// The size of a header and `struct inet_diag_msg`. Attributes may follow.
    const ANSWERED: usize = HEADER + 72;
    const TCP: u8 = 6;
    const INET: u8 = 2;
    const LISTENS: u8 = 10;

    impl SocketOwners {
        /// Opens the socket. Returns None if the kernel does not allow it, as in some sandboxes.
        pub fn open() -> Option<Self> {
            let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
            let kernel =
                socket_with(AddressFamily::NETLINK, SocketType::DGRAM, flags, Some(netlink::SOCK_DIAG))
                    .ok()?;
            Some(Self { kernel })
        }

        /// Returns the uid of the socket that connects from one address to another. Returns None if it is closed.
        pub fn owner(&self, from: SocketAddr, to: SocketAddr) -> Option<u32> {
            let (SocketAddr::V4(from), SocketAddr::V4(to)) = (from, to) else { return None };
            send(&self.kernel, &question(from, to), SendFlags::empty()).ok()?;
            let mut answer = [0; 512];
            let (_, length) = recv(&self.kernel, answer.as_mut_slice(), RecvFlags::empty()).ok()?;
            uid(answer.get(..length)?)
        }
    }

    fn question(from: SocketAddrV4, to: SocketAddrV4) -> [u8; ASKED] {
        let mut text = [0; ASKED];
        let length = u32::try_from(ASKED).expect("it is short");
        text[0..4].copy_from_slice(&length.to_ne_bytes());
        text[4..6].copy_from_slice(&BY_FAMILY.to_ne_bytes());
        text[6..8].copy_from_slice(&REQUEST.to_ne_bytes());
        text[16] = INET;
        text[17] = TCP;
        // The state of the connection does not matter.
        text[20..24].fill(0xff);
        text[24..26].copy_from_slice(&from.port().to_be_bytes());
        text[26..28].copy_from_slice(&to.port().to_be_bytes());
        text[28..32].copy_from_slice(&from.ip().octets());
        text[44..48].copy_from_slice(&to.ip().octets());
        // `INET_DIAG_NOCOOKIE` means any socket with these addresses.
        text[64..72].fill(0xff);
        text
    }

    fn uid(answer: &[u8]) -> Option<u32> {
        if answer.len() < ANSWERED || u16::from_ne_bytes([answer[4], answer[5]]) != BY_FAMILY {
            return None;
        }
        let uid = u32::from_ne_bytes(answer[80..84].try_into().ok()?);
        (answer[17] != LISTENS).then_some(uid)
    }
}

#[cfg(not(target_os = "linux"))]
impl SocketOwners {
    /// Returns None: this system has no such socket.
    pub fn open() -> Option<Self> {
        None
    }

    /// Returns None: this system does not provide the owner.
    pub fn owner(&self, _from: SocketAddr, _to: SocketAddr) -> Option<u32> {
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn kernel_reports_the_owner_of_an_open_connection() {
        let Some(owners) = SocketOwners::open() else { return };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (_server, peer) = listener.accept().unwrap();
        let us = rustix::process::geteuid().as_raw();
        assert_eq!(owners.owner(peer, client.peer_addr().unwrap()), Some(us));
        // A listening socket is not a connection, and an unused port has none.
        let nobody = "127.0.0.1:1".parse().unwrap();
        assert_eq!(owners.owner(listener.local_addr().unwrap(), nobody), None);
        assert_eq!(owners.owner(nobody, peer), None);
    }
}
