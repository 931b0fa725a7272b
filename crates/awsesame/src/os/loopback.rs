//! Whose program is at the other end of a connection on loopback.

use std::net::SocketAddr;

/// Returns true if the program that connected to our port is one of this user's. If the system does not tell, this
/// returns true, and what the program knows has to be enough.
pub fn is_ours(peer: SocketAddr, port: u16) -> bool {
    let Ok(table) = std::fs::read_to_string("/proc/net/tcp") else { return true };
    let SocketAddr::V4(peer) = peer else { return false };
    owner(&table, peer.port(), port) == Some(rustix::process::geteuid().as_raw())
}

/// Returns the owner of the socket that connects from one port of loopback to another, by the lines of `/proc/net/tcp`:
/// number, local address, remote address, state, queues, timers, retries, uid. `None` if there is no such socket.
fn owner(table: &str, from: u16, to: u16) -> Option<u32> {
    let ends = (format!("0100007F:{from:04X}"), format!("0100007F:{to:04X}"));
    let own_order = if cfg!(target_endian = "big") {
        (format!("7F000001:{from:04X}"), format!("7F000001:{to:04X}"))
    } else {
        ends
    };
    table.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        (words.get(1) == Some(&own_order.0.as_str()) && words.get(2) == Some(&own_order.1.as_str()))
            .then(|| words.get(7)?.parse().ok())
            .flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_of_a_connection_is_read_as_the_kernel_writes_it() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1\n\
             1: 0100007F:A000 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 2\n";
        if cfg!(target_endian = "little") {
            assert_eq!(owner(table, 0xA000, 0x1F90), Some(1000));
        }
        assert_eq!(owner(table, 0xA001, 0x1F90), None);
    }
}
