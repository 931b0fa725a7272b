//! Decodes bodies in AWS's chunked coding (`STREAMING-...`), signed or not, with or without a trailer. It checks the
//! framing and the signatures; the caller compares the content of the trailer.

use super::presented::Scope;
use super::signature::{EMPTY_HASH, hash, signed};

/// The streaming form that a request announced in `x-amz-content-sha256`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    signed: bool,
    trailer: bool,
}

impl Form {
    pub(crate) fn named(name: &str) -> Option<Self> {
        let (signed, trailer) = match name {
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => (false, true),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => (true, false),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => (true, true),
            _ => return None,
        };
        Some(Self { signed, trailer })
    }
}

/// The first link in the chain of the chunks' signatures.
#[derive(Debug)]
pub(crate) struct Seed<'a> {
    pub(crate) key: [u8; 32],
    pub(crate) time: &'a str,
    pub(crate) scope: &'a Scope,
    /// The signature of the request's headers.
    pub(crate) signature: &'a str,
}

/// The reason why a body was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The framing is wrong or ends early.
    Framing,
    /// A chunk or the trailer is not signed as it says.
    Signature,
}

/// A body with its chunks put together.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub(crate) data: Vec<u8>,
    pub(crate) trailer: Vec<(String, String)>,
}

fn line<'a>(body: &mut &'a [u8]) -> Result<&'a str, Broken> {
    let end = body.windows(2).position(|pair| pair == b"\r\n").ok_or(Broken::Framing)?;
    let text = std::str::from_utf8(&body[..end]).map_err(|_| Broken::Framing)?;
    *body = &body[end + 2..];
    Ok(text)
}

/// Removes the chunked coding from `body`.
pub(crate) fn decode(mut body: &[u8], form: Form, seed: &Seed) -> Result<Decoded, Broken> {
    let mut data = Vec::with_capacity(body.len());
    let mut previous = seed.signature.to_owned();
    loop {
        let head = line(&mut body)?;
        let (size, extension) = head.split_once(';').unwrap_or((head, ""));
        let size = usize::from_str_radix(size, 16).map_err(|_| Broken::Framing)?;
        let chunk = body.get(..size).ok_or(Broken::Framing)?;
        if form.signed {
            let signature = extension.strip_prefix("chunk-signature=").ok_or(Broken::Framing)?;
            let text = format!(
                "AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n{previous}\n{EMPTY_HASH}\n{}",
                seed.time,
                seed.scope,
                hash(chunk)
            );
            if !signed(&seed.key, &text, signature) {
                return Err(Broken::Signature);
            }
            signature.clone_into(&mut previous);
        }
        data.extend_from_slice(chunk);
        body = &body[size..];
        if size == 0 {
            break;
        }
        if !line(&mut body)?.is_empty() {
            return Err(Broken::Framing);
        }
    }
    let trailer = if form.trailer { read_trailer(body, form, seed, &previous)? } else { Vec::new() };
    Ok(Decoded { data, trailer })
}

fn read_trailer(
    mut body: &[u8],
    form: Form,
    seed: &Seed,
    previous: &str,
) -> Result<Vec<(String, String)>, Broken> {
    let (mut trailer, mut signature) = (Vec::new(), None);
    while !body.is_empty() {
        let text = line(&mut body)?;
        if text.is_empty() {
            continue;
        }
        let (name, value) = text.split_once(':').ok_or(Broken::Framing)?;
        if name.eq_ignore_ascii_case("x-amz-trailer-signature") {
            signature = Some(value.trim());
        } else {
            trailer.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    if form.signed {
        let lines: Vec<String> = trailer.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let canonical = lines.concat();
        let text = format!(
            "AWS4-HMAC-SHA256-TRAILER\n{}\n{}\n{previous}\n{}",
            seed.time,
            seed.scope,
            hash(canonical.as_bytes())
        );
        if !signed(&seed.key, &text, signature.ok_or(Broken::Framing)?) {
            return Err(Broken::Signature);
        }
    }
    Ok(trailer)
}
