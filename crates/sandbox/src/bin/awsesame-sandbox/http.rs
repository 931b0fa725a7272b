//! Sends one plain request over loopback. An HTTP client library would be too much for that.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::failure::Failure;

const PATIENCE: Duration = Duration::from_secs(5);
const MAX_ANSWER: u64 = 64 * 1024;

/// Returns a value for a query.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat()
}

/// Sends a request to an endpoint of this machine, and returns status and body.
pub(crate) fn request(
    endpoint: &str,
    method: &str,
    target: &str,
    body: &str,
) -> Result<(u16, String), Failure> {
    let unreachable = |what: String| {
        Failure::new(format!("nobody answers at `{endpoint}`: {what}"), "awsesame-sandbox serve")
    };
    let authority = endpoint.strip_prefix("http://").unwrap_or(endpoint).trim_end_matches('/');
    let address: SocketAddr = authority.replace("localhost", "127.0.0.1").parse().map_err(|_| {
        Failure::new(
            format!("`{endpoint}` is not the address of a sandbox"),
            "awsesame-sandbox code USER --endpoint http://127.0.0.1:PORT",
        )
    })?;
    if !address.ip().is_loopback() {
        return Err(Failure::new(
            format!("`{endpoint}` is not on this machine"),
            "awsesame-sandbox code USER --endpoint http://127.0.0.1:PORT",
        ));
    }
    let exchange = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        // The request is written in one piece, because the server may answer after the first line and close the
        // connection.
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes())?;
        let mut text = String::new();
        stream.take(MAX_ANSWER).read_to_string(&mut text)?;
        Ok(text)
    };
    let text = exchange().map_err(|error| unreachable(error.to_string()))?;
    let status = text.get(9..12).and_then(|status| status.parse().ok());
    let body = text.split_once("\r\n\r\n").map(|(_, body)| body.trim().to_owned());
    status.zip(body).ok_or_else(|| unreachable("that is not HTTP".to_owned()))
}
