//! Tests S3: objects, conditions, listings, and uploads in parts.

use super::{Keys, Testbed};
use crate::http::sigv4::{EMPTY_HASH, Presented, hash, sign, signing_key};
use std::fmt::Write as _;

fn alice() -> (Testbed, Keys) {
    let mut bed = Testbed::new();
    let keys = bed.mfa_session("alice");
    (bed, keys)
}

#[test]
fn object_comes_back_as_it_was_put() {
    let (mut bed, keys) = alice();
    let headers =
        [("x-amz-meta-note", "a note"), ("content-type", "text/x-test"), ("cache-control", "no-store")];
    let put = bed.s3(&keys, "PUT", "/demo-bucket/dir/a%20%C3%BC+b", &headers, b"0123456789");
    let etag = "\"781e5e245d69b566979b86e28d23f2c7\"";
    assert_eq!(put.is_ok().header("etag"), Some(etag));
    let got = bed.s3(&keys, "GET", "/demo-bucket/dir/a%20%C3%BC+b", &[], b"");
    assert_eq!(got.is_ok().text(), "0123456789");
    for (name, value) in headers.into_iter().chain([("etag", etag)]) {
        assert_eq!(got.header(name), Some(value));
    }
    let part = bed.s3(&keys, "GET", "/demo-bucket/dir/a%20%C3%BC+b", &[("range", "bytes=2-4")], b"");
    assert_eq!((part.status, part.text().as_str()), (206, "234"));
    assert_eq!(part.header("content-range"), Some("bytes 2-4/10"));
    bed.s3(&keys, "GET", "/demo-bucket/dir/a%20%C3%BC+b", &[("range", "bytes=10-")], b"").is_refused(
        416,
        "InvalidRange",
        "",
    );
    assert_eq!(bed.s3(&keys, "DELETE", "/demo-bucket/dir/a%20%C3%BC+b", &[], b"").status, 204);
    bed.s3(&keys, "GET", "/demo-bucket/dir/a%20%C3%BC+b", &[], b"").is_refused(404, "NoSuchKey", "");
    bed.s3(&keys, "GET", "/nobody-s/x", &[], b"").is_refused(404, "NoSuchBucket", "");
}

/// Terraform's lock file depends on this: only one of two clients can create it, and only its holder removes it.
#[test]
fn conditional_write_lets_one_through() {
    let (mut bed, keys) = alice();
    let lock = "/tfstate/state.tflock";
    let first = bed.s3(&keys, "PUT", lock, &[("if-none-match", "*")], b"one");
    let etag = first.is_ok().header("etag").unwrap().to_owned();
    bed.s3(&keys, "PUT", lock, &[("if-none-match", "*")], b"two").is_refused(
        412,
        "PreconditionFailed",
        "pre-conditions",
    );
    bed.s3(&keys, "PUT", lock, &[("if-match", "\"no\"")], b"two").is_refused(412, "PreconditionFailed", "");
    assert_eq!(bed.s3(&keys, "GET", lock, &[], b"").text(), "one");
    bed.s3(&keys, "PUT", lock, &[("if-match", &etag)], b"two").is_ok();
    bed.s3(&keys, "DELETE", lock, &[("if-match", &etag)], b"").is_refused(412, "PreconditionFailed", "");
    bed.s3(&keys, "PUT", "/tfstate/none", &[("if-match", &etag)], b"x").is_refused(404, "NoSuchKey", "");
    assert_eq!(bed.s3(&keys, "GET", "/tfstate/state.tflock", &[("if-none-match", "*")], b"").status, 304);
}

#[test]
fn checksum_that_does_not_fit_is_refused() {
    let (mut bed, keys) = alice();
    let put = |bed: &mut Testbed, name, value| {
        bed.s3(&keys, "PUT", "/demo-bucket/sum", &[(name, value)], b"123456789")
    };
    let good = put(&mut bed, "x-amz-checksum-crc32", "y/Q5Jg==");
    assert_eq!(good.is_ok().header("x-amz-checksum-crc32"), Some("y/Q5Jg=="));
    let got = bed.s3(&keys, "GET", "/demo-bucket/sum", &[("x-amz-checksum-mode", "ENABLED")], b"");
    assert_eq!(got.header("x-amz-checksum-crc32"), Some("y/Q5Jg=="));
    put(&mut bed, "x-amz-checksum-crc32", "AAAAAA==").is_refused(400, "BadDigest", "CRC32");
    put(&mut bed, "content-md5", "AAAAAA==").is_refused(400, "BadDigest", "Content-MD5");
}

#[test]
fn unsigned_chunks_with_a_trailer_are_taken_apart() {
    let (mut bed, keys) = alice();
    let body = b"4\r\n1234\r\n5\r\n56789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n";
    let headers = [
        ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        ("x-amz-decoded-content-length", "9"),
        ("x-amz-trailer", "x-amz-checksum-crc32"),
        ("content-encoding", "aws-chunked"),
    ];
    bed.s3(&keys, "PUT", "/demo-bucket/chunks", &headers, body).is_ok();
    let got = bed.s3(&keys, "GET", "/demo-bucket/chunks", &[], b"");
    assert_eq!(got.text(), "123456789");
    assert_eq!(got.header("content-encoding"), None);
    let wrong = b"9\r\n12345678x\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n";
    bed.s3(&keys, "PUT", "/demo-bucket/chunks", &headers, wrong).is_refused(400, "BadDigest", "CRC32");
    bed.s3(&keys, "PUT", "/demo-bucket/chunks", &headers, b"9\r\n1234").is_refused(400, "IncompleteBody", "");
}

#[test]
fn signed_chunks_must_hang_together() {
    let (mut bed, keys) = alice();
    let headers = [
        ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        ("x-amz-decoded-content-length", "10"),
    ];
    let mut call = bed.signed(&keys, "s3", "PUT", "/demo-bucket/signed", &headers, b"");
    let presented = Presented::read(&call).unwrap();
    let key = signing_key(&keys.secret, &presented.scope);
    let mut previous = presented.signature.clone();
    let mut body = String::new();
    for chunk in ["01234", "56789", ""] {
        let text = format!(
            "AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n{previous}\n{EMPTY_HASH}\n{}",
            presented.time,
            presented.scope,
            hash(chunk.as_bytes())
        );
        previous = sign(&key, &text);
        let _ = write!(body, "{:x};chunk-signature={previous}\r\n{chunk}\r\n", chunk.len());
    }
    call.body = body.clone().into();
    bed.send(&call).is_ok();
    assert_eq!(bed.s3(&keys, "GET", "/demo-bucket/signed", &[], b"").text(), "0123456789");
    call.body = body.replace("56789", "56780").into();
    bed.send(&call).is_refused(403, "SignatureDoesNotMatch", "");
}

#[test]
fn listing_shows_prefixes_and_pages() {
    let (mut bed, keys) = alice();
    for key in ["a", "dir/1", "dir/2", "z&z"] {
        bed.s3(&keys, "PUT", &format!("/tfstate/{}", key.replace('&', "%26")), &[], b"x").is_ok();
    }
    let first = bed.s3(&keys, "GET", "/tfstate?list-type=2&delimiter=%2F&max-keys=2", &[], b"");
    assert_eq!((first.get("IsTruncated"), first.get("KeyCount")), ("true".to_owned(), "2".to_owned()));
    assert!(first.text().contains("<CommonPrefixes><Prefix>dir/</Prefix>"), "{}", first.text());
    let token = first.get("NextContinuationToken");
    let second = bed.s3(
        &keys,
        "GET",
        &format!("/tfstate?continuation-token={token}&delimiter=%2F&list-type=2"),
        &[],
        b"",
    );
    assert_eq!((second.get("IsTruncated"), second.get("Key")), ("false".to_owned(), "z&z".to_owned()));
    let all = bed.s3(&keys, "GET", "/", &[], b"").text();
    assert!(all.contains("<Name>demo-bucket</Name>") && all.contains("<Name>tfstate</Name>"), "{all}");
}

#[test]
fn many_are_deleted_at_once_and_each_is_asked_about() {
    let (mut bed, keys) = alice();
    let body = b"<Delete><Object><Key>hello.txt</Key></Object><Object><Key>other</Key></Object></Delete>";
    let reply = bed.s3(&keys, "POST", "/demo-bucket?delete", &[], body);
    assert_eq!(crate::wire::xml::elements(&reply.is_ok().text(), "Deleted").len(), 2);
    bed.s3(&keys, "GET", "/demo-bucket/hello.txt", &[], b"").is_refused(404, "NoSuchKey", "");
    let bare = bed.keys("alice");
    let refused = bed.s3(&bare, "POST", "/demo-bucket?delete", &[], body).text();
    assert!(refused.contains("<Code>AccessDenied</Code>") && !refused.contains("<Deleted>"), "{refused}");
}

#[test]
fn upload_in_parts_adds_up() {
    let (mut bed, keys) = alice();
    let id = bed.s3(&keys, "POST", "/demo-bucket/big?uploads", &[], b"").is_ok().get("UploadId");
    let part = |bed: &mut Testbed, number: u32, data: &[u8]| {
        let reply =
            bed.s3(&keys, "PUT", &format!("/demo-bucket/big?partNumber={number}&uploadId={id}"), &[], data);
        reply.is_ok().header("etag").unwrap().to_owned()
    };
    let (first, second) = (vec![b'a'; 5 << 20], b"end".to_vec());
    let (one, two) = (part(&mut bed, 1, &first), part(&mut bed, 2, &second));
    let document = |parts: &[(u32, &str)]| {
        let parts: Vec<String> = parts
            .iter()
            .map(|(number, etag)| {
                format!("<Part><ETag>{etag}</ETag><PartNumber>{number}</PartNumber></Part>")
            })
            .collect();
        format!("<CompleteMultipartUpload>{}</CompleteMultipartUpload>", parts.concat())
    };
    let complete = |bed: &mut Testbed, body: String| {
        bed.s3(&keys, "POST", &format!("/demo-bucket/big?uploadId={id}"), &[], body.as_bytes())
    };
    complete(&mut bed, document(&[(2, &two), (1, &one)])).is_refused(400, "InvalidPartOrder", "");
    complete(&mut bed, document(&[(1, &two)])).is_refused(400, "InvalidPart", "");
    let listed = bed.s3(&keys, "GET", &format!("/demo-bucket/big?uploadId={id}"), &[], b"");
    assert_eq!(crate::wire::xml::elements(&listed.text(), "Part").len(), 2);
    complete(&mut bed, document(&[(1, &one), (2, &two)])).is_ok();
    let got = bed.s3(&keys, "GET", "/demo-bucket/big", &[("range", "bytes=-4")], b"");
    assert_eq!(got.text(), "aend");
    complete(&mut bed, document(&[(1, &one)])).is_refused(404, "NoSuchUpload", "");
}

#[test]
fn bucket_says_what_is_not_configured() {
    let (mut bed, keys) = alice();
    for (query, code) in [
        ("policy", "NoSuchBucketPolicy"),
        ("publicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
        ("tagging", "NoSuchTagSet"),
        ("lifecycle", "NoSuchLifecycleConfiguration"),
    ] {
        bed.s3(&keys, "GET", &format!("/tfstate?{query}"), &[], b"").is_refused(404, code, "");
    }
    for query in ["versioning", "location", "encryption"] {
        bed.s3(&keys, "GET", &format!("/tfstate?{query}"), &[], b"").is_ok();
    }
    bed.s3(&keys, "GET", "/tfstate?inventory", &[], b"").is_refused(501, "NotImplemented", "");
}

#[test]
fn buckets_are_made_and_removed() {
    let (mut bed, keys) = alice();
    bed.s3(&keys, "PUT", "/new-bucket", &[], b"").is_ok();
    bed.s3(&keys, "PUT", "/new-bucket", &[], b"").is_refused(409, "BucketAlreadyOwnedByYou", "");
    bed.s3(&keys, "PUT", "/New_Bucket", &[], b"").is_refused(400, "InvalidBucketName", "");
    bed.s3(&keys, "DELETE", "/demo-bucket", &[], b"").is_refused(409, "BucketNotEmpty", "");
    assert_eq!(bed.s3(&keys, "DELETE", "/new-bucket", &[], b"").status, 204);
    assert_eq!(bed.s3(&keys, "HEAD", "/new-bucket", &[], b"").status, 404);
}

#[test]
fn objects_are_copied_with_their_metadata() {
    let (mut bed, keys) = alice();
    bed.s3(&keys, "PUT", "/demo-bucket/from%20here", &[("x-amz-meta-note", "kept")], b"data").is_ok();
    let copy = bed.s3(&keys, "PUT", "/tfstate/to", &[("x-amz-copy-source", "demo-bucket/from%20here")], b"");
    assert!(copy.is_ok().text().contains("<CopyObjectResult"));
    let got = bed.s3(&keys, "GET", "/tfstate/to", &[], b"");
    assert_eq!((got.text().as_str(), got.header("x-amz-meta-note")), ("data", Some("kept")));
}
