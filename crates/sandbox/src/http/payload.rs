//! Reads the payload of a request: its text for the canonical request, and its body without the transfer coding. The
//! module `authenticate` checks the sender.

use crate::http::sigv4::chunked::{self, Broken, Form, Seed};
use crate::http::sigv4::{Origin, Presented, hash};
use crate::wire::answer::Refusal;
use crate::wire::call::{Call, Service};

pub(crate) const S3_MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check \
                           your key and signing method.";

/// Returns the text that represents the body in the canonical request, checked already where that is possible.
pub(crate) fn declared_payload(
    service: Service,
    call: &Call,
    presented: &Presented,
) -> Result<String, Refusal> {
    if service != Service::S3 {
        return Ok(hash(&call.body));
    }
    let declared = match (call.header("x-amz-content-sha256"), presented.origin) {
        (Some(declared), _) => declared.to_owned(),
        (None, Origin::Query) => {
            call.query().given("X-Amz-Content-Sha256").unwrap_or("UNSIGNED-PAYLOAD").to_owned()
        }
        (None, Origin::Header) => {
            return Err(Refusal::new(
                400,
                "InvalidRequest",
                "Missing required header for this request: x-amz-content-sha256",
            ));
        }
    };
    if declared == "UNSIGNED-PAYLOAD" || Form::named(&declared).is_some() {
        return Ok(declared);
    }
    let computed = hash(&call.body);
    if declared != computed {
        return Err(Refusal::new(
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )
        .detail("ClientComputedContentSHA256", declared)
        .detail("S3ComputedContentSHA256", computed));
    }
    Ok(declared)
}

/// The bytes of a body, and the headers after it.
type Body = (bytes::Bytes, Vec<(String, String)>);

pub(crate) fn open_body(call: &Call, payload: &str, seed: &Seed) -> Result<Body, Refusal> {
    let Some(form) = Form::named(payload) else {
        return Ok((call.body.clone(), Vec::new()));
    };
    let decoded = chunked::decode(&call.body, form, seed).map_err(|broken| match broken {
        Broken::Framing => Refusal::new(400, "IncompleteBody", "The request body terminated unexpectedly"),
        Broken::Signature => Refusal::new(403, "SignatureDoesNotMatch", S3_MISMATCH),
    })?;
    let announced = call.header("x-amz-decoded-content-length");
    if announced.is_some_and(|length| length.parse() != Ok(decoded.data.len())) {
        return Err(Refusal::new(
            400,
            "IncompleteBody",
            "You did not provide the number of bytes specified by the Content-Length HTTP header",
        ));
    }
    Ok((decoded.data.into(), decoded.trailer))
}
