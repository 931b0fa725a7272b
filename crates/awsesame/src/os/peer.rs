//! The process at the other end of a unix socket, as the kernel reports it (`SO_PEERCRED`, socket(7)). rustix has the
//! same call, but the kernel reports a process of another PID namespace with the number 0, which rustix's type for it
//! cannot hold.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use rustix::process::Pid;

/// The process at the other end.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// The process. None if it is in another PID namespace.
    pub pid: Option<Pid>,
    /// The user that the process belonged to when it connected or began to listen.
    pub uid: u32,
}

/// Returns the peer of a connected unix socket.
#[expect(unsafe_code, reason = "the call takes a pointer to its answer")]
pub fn of(socket: impl AsFd) -> io::Result<Peer> {
    let mut found = libc::ucred { pid: 0, uid: u32::MAX, gid: u32::MAX };
    let mut length = libc::socklen_t::try_from(size_of::<libc::ucred>()).map_err(io::Error::other)?;
    let fd = socket.as_fd().as_raw_fd();
    // SAFETY: both pointers are valid for the call, and `length` is the size of what the first one points to.
    let code = unsafe {
        libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_PEERCRED, (&raw mut found).cast(), &raw mut length)
    };
    if code != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Peer { pid: Pid::from_raw(found.pid), uid: found.uid })
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn the_peer_of_a_pair_of_sockets_is_this_process() {
        let (one, _other) = UnixStream::pair().unwrap();
        let peer = of(&one).unwrap();
        assert_eq!(peer.pid, Some(rustix::process::getpid()));
        assert_eq!(peer.uid, rustix::process::getuid().as_raw());
    }

    #[test]
    fn a_socket_of_the_network_has_no_peer_that_the_kernel_reports() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        assert!(of(&socket).map_or(true, |peer| peer.pid.is_none()));
    }
}
