//! Tests the published vectors of AWS: its test suite for Signature Version 4, and the examples of the Amazon S3 API
//! Reference.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

use serde::Deserialize;

use super::chunked::{Broken, Form, Seed, decode};
use super::signature::EMPTY_HASH;
use super::{Paths, Presented, canonical_request, hash, signed, signing_key, string_to_sign};
use crate::wire::call::Call;

#[derive(Deserialize)]
struct Case {
    name: String,
    normalize: bool,
    secret: String,
    header_request: String,
    header_canonical: String,
    query_request: String,
    query_canonical: String,
    /// True for the one case in which the token is added after signing, because a service requires that.
    token_signed: bool,
}

/// Parses a request as the suite writes it: a target may contain spaces, and header lines may be folded, as HTTP once
/// allowed.
fn request(text: &str) -> Call {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let first = lines.next().unwrap();
    let (method, rest) = first.split_once(' ').unwrap();
    let target = rest.strip_suffix(" HTTP/1.1").unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines {
        if line.starts_with([' ', '\t']) {
            let value = &mut headers.last_mut().unwrap().1;
            value.push(' ');
            value.push_str(line.trim());
            continue;
        }
        let (name, value) = line.split_once(':').unwrap();
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    Call {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: body.to_owned().into(),
        peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
        region: "us-east-1".to_owned(),
        port: 80,
    }
}

fn verify(call: &Call, secret: &str, paths: Paths, payload: &str) -> (String, bool) {
    let presented = Presented::read(call).unwrap();
    let canonical = canonical_request(call, &presented, paths, payload);
    let text = string_to_sign(&presented.time, &presented.scope, &canonical);
    let good = signed(&signing_key(secret, &presented.scope), &text, &presented.signature);
    (canonical, good)
}

#[test]
fn every_case_of_the_published_suite_is_verified() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../../tests/vectors/sigv4.json")).unwrap();
    assert_eq!(cases.len(), 38);
    for case in cases {
        let paths = if case.normalize { Paths::Normalized } else { Paths::Verbatim };
        let mut forms = vec![("header", &case.header_request, &case.header_canonical)];
        if case.token_signed {
            forms.push(("query", &case.query_request, &case.query_canonical));
        }
        for (form, text, expected) in forms {
            let mut call = request(text);
            let (canonical, good) = verify(&call, &case.secret, paths, &hash(&call.body));
            assert_eq!(canonical, *expected, "{} in its {form}", case.name);
            assert!(good, "{} in its {form}", case.name);
            call.method.push('X');
            let (_, good) = verify(&call, &case.secret, paths, &hash(&call.body));
            assert!(!good, "{} in its {form}, changed", case.name);
        }
    }
}

const S3_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const CREDENTIAL: &str = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";

/// Returns an example of the chapter `Signature Calculations for the Authorization Header`.
fn s3_example(
    request_line: &str,
    host: &str,
    headers: &[(&str, &str)],
    names: &str,
    signature: &str,
) -> Call {
    let mut text = format!("{request_line} HTTP/1.1\nHost:{host}\nx-amz-date:20130524T000000Z\n");
    for (name, value) in headers {
        let _ = writeln!(text, "{name}:{value}");
    }
    let _ = write!(
        text,
        "Authorization:AWS4-HMAC-SHA256 Credential={CREDENTIAL},SignedHeaders={names},Signature={signature}"
    );
    request(&text)
}

#[test]
fn examples_of_the_s3_reference_are_verified() {
    let host = "examplebucket.s3.amazonaws.com";
    let welcome = hash(b"Welcome to Amazon S3.");
    for (line, headers, names, payload, signature) in [
        (
            "GET /test.txt",
            &[("Range", "bytes=0-9"), ("x-amz-content-sha256", EMPTY_HASH)][..],
            "host;range;x-amz-content-sha256;x-amz-date",
            EMPTY_HASH,
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT /test%24file.text",
            &[
                ("Date", "Fri, 24 May 2013 00:00:00 GMT"),
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                ("x-amz-content-sha256", &welcome),
            ],
            "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            &welcome,
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            "GET /?lifecycle",
            &[("x-amz-content-sha256", EMPTY_HASH)],
            "host;x-amz-content-sha256;x-amz-date",
            EMPTY_HASH,
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            "GET /?max-keys=2&prefix=J",
            &[("x-amz-content-sha256", EMPTY_HASH)],
            "host;x-amz-content-sha256;x-amz-date",
            EMPTY_HASH,
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ] {
        let call = s3_example(line, host, headers, names, signature);
        assert!(verify(&call, S3_SECRET, Paths::Plain, payload).1, "{line}");
    }
}

#[test]
fn presigned_example_of_the_s3_reference_is_verified() {
    let call = request(
        "GET /test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2F\
         us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&\
         X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404 HTTP/1.1\n\
         Host:examplebucket.s3.amazonaws.com",
    );
    assert!(verify(&call, S3_SECRET, Paths::Plain, "UNSIGNED-PAYLOAD").1);
}

/// Returns 66,560 bytes of `a` in chunks of 64 KiB and 1 KiB, as in both chunked examples.
fn chunks(signatures: [&str; 3]) -> Vec<u8> {
    let mut body = Vec::new();
    for (size, signature) in [65_536, 1024, 0].into_iter().zip(signatures) {
        body.extend(format!("{size:x};chunk-signature={signature}\r\n").into_bytes());
        body.extend(std::iter::repeat_n(b'a', size));
        if size > 0 {
            body.extend(b"\r\n");
        }
    }
    body
}

/// Verifies the request's own signature and decodes the body with it as the seed.
fn chunked_example(
    payload: &str,
    more: &[(&str, &str)],
    names: &str,
    signature: &str,
    body: &[u8],
) -> Result<usize, Broken> {
    let mut headers = vec![
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("x-amz-content-sha256", payload),
        ("Content-Encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", "66560"),
    ];
    headers.extend(more);
    let call =
        s3_example("PUT /examplebucket/chunkObject.txt", "s3.amazonaws.com", &headers, names, signature);
    assert!(verify(&call, S3_SECRET, Paths::Plain, payload).1, "{payload}");
    let presented = Presented::read(&call).unwrap();
    let seed = Seed {
        key: signing_key(S3_SECRET, &presented.scope),
        time: &presented.time,
        scope: &presented.scope,
        signature: &presented.signature,
    };
    decode(body, Form::named(payload).unwrap(), &seed).map(|decoded| decoded.data.len())
}

#[test]
fn chunked_example_of_the_s3_reference_is_verified() {
    let payload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    let names = "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;\
                 x-amz-storage-class";
    let seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
    let mut body = chunks([
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ]);
    body.extend(b"\r\n");
    let length = [("Content-Length", "66824")];
    assert_eq!(chunked_example(payload, &length, names, seed, &body), Ok(66_560));
    body[100] = b'b';
    assert_eq!(chunked_example(payload, &length, names, seed, &body), Err(Broken::Signature));
    assert_eq!(chunked_example(payload, &length, names, seed, &body[..1000]), Err(Broken::Framing));
}

#[test]
fn trailer_example_of_the_s3_reference_is_verified() {
    let payload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
    let names = "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;\
                 x-amz-storage-class;x-amz-trailer";
    let seed = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
    let mut body = chunks([
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    ]);
    body.extend(
        b"x-amz-checksum-crc32c:sOO8/Q==\r\n\
          x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
    );
    let more = [("x-amz-trailer", "x-amz-checksum-crc32c")];
    assert_eq!(chunked_example(payload, &more, names, seed, &body), Ok(66_560));
    let end = body.len() - 10;
    body[end] ^= 1;
    assert_eq!(chunked_example(payload, &more, names, seed, &body), Err(Broken::Signature));
}
