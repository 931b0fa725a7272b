//! Creates the unix socket of the broker, and checks its peers. Only a socket of this user may be replaced, and only
//! programs of this user are answered, as the kernel reports them.

use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

use awsesame_core::fault::{BrokerFault, Fault};
use rustix::process::geteuid;

use crate::os::file;
#[cfg(target_os = "linux")]
use crate::os::peer;

/// The time limit for a connection. A running broker accepts one immediately.
const PATIENCE: Duration = Duration::from_secs(5);

/// Listens at a path. Only the holder of the broker's lease may call this, because it replaces the socket that a killed
/// broker left.
pub fn listen(path: &Path) -> Result<UnixListener, Fault> {
    if let Some(folder) = path.parent() {
        file::make_folder(folder)?;
    }
    if check(path)? {
        file::remove(path)?;
    }
    let fail = |error: std::io::Error| file::unwritable(path, &error);
    let listener = UnixListener::bind(path).map_err(fail)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(fail)?;
    Ok(listener)
}

/// Returns true if there is a socket of ours at a path. Fails if something else is there.
pub fn check(path: &Path) -> Result<bool, Fault> {
    let shown = || path.to_string_lossy().into_owned();
    let Ok(about) = path.symlink_metadata() else { return Ok(false) };
    let what = match about.file_type() {
        kind if kind.is_socket() => {
            if about.uid() != geteuid().as_raw() {
                return Err(Fault::NotOurs { path: shown(), uid: about.uid() });
            }
            return Ok(true);
        }
        kind if kind.is_symlink() => "a symbolic link",
        kind if kind.is_dir() => "a folder",
        _ => "a file",
    };
    Err(BrokerFault::NotASocket { path: shown(), what }.into())
}

/// Returns the process that listens at our socket, as the kernel reports it. Returns None if there is none, or if it is
/// in another process namespace.
pub fn listener(path: &Path) -> Option<rustix::process::Pid> {
    if !check(path).ok()? {
        return None;
    }
    peer(&open(path, PATIENCE).ok()?)
}

/// Returns the process of this user at the other end of a connection. Returns None if it is in another process namespace,
/// and if the system does not report it.
pub fn peer(stream: &UnixStream) -> Option<rustix::process::Pid> {
    #[cfg(target_os = "linux")]
    {
        let peer = peer::of(stream).ok()?;
        peer.pid.filter(|_| peer.uid == geteuid().as_raw())
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = stream;
        None
    }
}

/// Connects with a time limit. Fails if another user listens there: the file may have been replaced after it was
/// checked, but the process behind the connection cannot be.
pub fn connect(path: &Path, patience: Duration) -> std::io::Result<UnixStream> {
    let stream = open(path, patience)?;
    #[cfg(target_os = "linux")]
    {
        let uid = peer::of(&stream)?.uid;
        // Root may listen there, for example if a socket was passed into a container. Root could impersonate this user
        // anyway.
        if uid != geteuid().as_raw() && uid != 0 {
            let why = format!("the program behind it belongs to another user (uid {uid})");
            return Err(std::io::Error::other(why));
        }
    }
    Ok(stream)
}

/// Connects with a time limit, because a connection to a listener with a full queue would wait forever.
#[cfg(target_os = "linux")]
fn open(path: &Path, patience: Duration) -> std::io::Result<UnixStream> {
    use rustix::net::sockopt::{Timeout, set_socket_timeout};
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
    let socket =
        rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    // This limit applies to the connect call too (unix(7)).
    set_socket_timeout(&socket, Timeout::Send, Some(patience))?;
    match rustix::net::connect(&socket, &SocketAddrUnix::new(path)?) {
        Ok(()) => Ok(UnixStream::from(socket)),
        Err(rustix::io::Errno::AGAIN) => Err(std::io::ErrorKind::TimedOut.into()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn open(path: &Path, _patience: Duration) -> std::io::Result<UnixStream> {
    UnixStream::connect(path)
}

/// Fails if the client does not belong to this user. Root does not count as this user, because it needs no socket.
pub fn is_ours(stream: &tokio::net::UnixStream) -> Result<(), u32> {
    match stream.peer_cred() {
        Ok(peer) if peer.uid() == geteuid().as_raw() => Ok(()),
        Ok(peer) => Err(peer.uid()),
        Err(_) => Err(u32::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_socket_of_ours_is_put_out_of_the_way() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("broker/socket");
        drop(listen(&path).unwrap());
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
        assert_eq!(path.parent().unwrap().metadata().unwrap().mode() & 0o777, 0o700);
        drop(listen(&path).unwrap());
        let elsewhere = home.path().join("elsewhere");
        std::fs::rename(&path, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        let fault = listen(&path).unwrap_err();
        assert!(fault.to_string().contains("is a symbolic link, not awsesame's socket"), "{fault}");
        assert!(elsewhere.exists());
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "precious").unwrap();
        assert!(listen(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    }
}
