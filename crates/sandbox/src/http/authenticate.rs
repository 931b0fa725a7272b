//! Identifies the caller of a request: it checks the key, the token, the date, the scope and the signature, with the
//! refusals of each service. It decides who calls, and never what they may do.

use sha2::{Digest, Sha256};

use crate::clock;
use crate::http::payload::{S3_MISMATCH, declared_payload, open_body};
use crate::http::sigv4::chunked::Seed;
use crate::http::sigv4::{
    Origin, Paths, Presented, Unsigned, canonical_request, signed, signing_key, string_to_sign,
};
use crate::wire::answer::Refusal;
use crate::wire::call::{Call, Service};
use crate::world::World;
use crate::world::caller::{Caller, Kind, Mfa};

/// The largest difference allowed in a request's date, in seconds.
const MAX_SKEW: i64 = 15 * 60;

/// A caller who proved to be one, and the body with its transfer coding taken off.
#[derive(Debug)]
pub(crate) struct Authenticated {
    pub(crate) caller: Caller,
    pub(crate) body: bytes::Bytes,
    /// The headers after the body.
    pub(crate) trailer: Vec<(String, String)>,
}

/// Checks everything that makes `call` its caller's.
pub(crate) fn authenticate(
    world: &mut World,
    service: Service,
    call: &Call,
    now: i64,
) -> Result<Authenticated, Refusal> {
    let presented = Presented::read(call).map_err(|unsigned| unreadable(service, &unsigned, call))?;
    let identified = identify(world, service, &presented);
    if let Some(known) = world.keys.get_mut(&presented.access_key) {
        known.unknown_for = known.unknown_for.saturating_sub(1);
    }
    let (caller, secret, expires) = identified?;
    check_scope(service, &presented)?;
    check_headers(service, call, &presented)?;
    check_time(service, &presented, now)?;

    let payload = declared_payload(service, call, &presented)?;
    let paths = if service == Service::S3 { Paths::Plain } else { Paths::Normalized };
    let canonical = canonical_request(call, &presented, paths, &payload);
    let key = signing_key(&secret, &presented.scope);
    let text = string_to_sign(&presented.time, &presented.scope, &canonical);
    if !signed(&key, &text, &presented.signature) {
        return Err(wrong_signature(service, &presented, &text, &canonical));
    }
    if expires.is_some_and(|expires| expires <= now) {
        return Err(match service {
            Service::S3 => Refusal::new(400, "ExpiredToken", "The provided token has expired."),
            _ => Refusal::new(403, "ExpiredToken", "The security token included in the request is expired"),
        });
    }
    if let Some(known) = world.keys.get_mut(&presented.access_key) {
        known.last_used = Some((now, service.name().into(), presented.scope.region.clone()));
    }
    let seed = Seed { key, time: &presented.time, scope: &presented.scope, signature: &presented.signature };
    let (body, trailer) = open_body(call, &payload, &seed)?;
    Ok(Authenticated { caller, body, trailer })
}

/// Returns the caller that the key and the token name, the secret, and the end of the session.
fn identify(
    world: &World,
    service: Service,
    presented: &Presented,
) -> Result<(Caller, String, Option<i64>), Refusal> {
    let invalid_token = || match service {
        Service::S3 => {
            Refusal::new(400, "InvalidToken", "The provided token is malformed or otherwise invalid.")
        }
        _ => Refusal::invalid_client_token(),
    };
    if let Some(session) = world.sessions.get(&presented.access_key) {
        let token = presented.token.as_deref().unwrap_or_default();
        // Hashes are compared, so the duration reveals nothing about the token.
        if Sha256::digest(token) != Sha256::digest(&session.token) {
            return Err(invalid_token());
        }
        return Ok((session.caller.clone(), session.secret.clone(), Some(session.expires)));
    }
    let key = world.keys.get(&presented.access_key).filter(|key| key.active && key.unknown_for == 0);
    let found = key.and_then(|key| Some((key, world.user(&key.account, &key.user)?)));
    let Some((key, user)) = found else {
        return Err(match service {
            Service::S3 => Refusal::new(
                403,
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
            )
            .detail("AWSAccessKeyId", &presented.access_key),
            _ => Refusal::invalid_client_token(),
        });
    };
    if presented.token.is_some() {
        return Err(invalid_token());
    }
    let caller = Caller {
        account: key.account.clone(),
        kind: if user.root { Kind::Root } else { Kind::User { name: user.name.clone() } },
        arn: user.arn.clone(),
        id: user.id.clone(),
        mfa: Mfa::Unknown,
        session_policies: Vec::new(),
        tags: std::collections::BTreeMap::new(),
        transitive: std::collections::BTreeSet::new(),
        source_identity: None,
        temporary: false,
        issued: None,
        sign_in: None,
    };
    Ok((caller, key.secret.clone(), None))
}

fn unreadable(service: Service, unsigned: &Unsigned, call: &Call) -> Refusal {
    match (service, unsigned) {
        (Service::S3, Unsigned::Missing) if call.query().has("AWSAccessKeyId") => Refusal::new(
            400,
            "InvalidRequest",
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
        ),
        (Service::S3, Unsigned::Missing) => Refusal::denied("Access Denied"),
        (_, Unsigned::Missing) => {
            Refusal::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
        }
        (Service::S3, Unsigned::Malformed(what)) if call.header("authorization").is_some() => Refusal::new(
            400,
            "AuthorizationHeaderMalformed",
            format!("The authorization header is malformed; {what}"),
        ),
        (Service::S3, Unsigned::Malformed(what)) => {
            Refusal::new(400, "AuthorizationQueryParametersError", what.clone())
        }
        (_, Unsigned::Malformed(what)) => Refusal::new(400, "IncompleteSignature", what.clone()),
    }
}

fn check_scope(service: Service, presented: &Presented) -> Result<(), Refusal> {
    let scope = &presented.scope;
    let wrong = if scope.service != service.name() {
        format!("Credential should be scoped to correct service: '{}'. ", service.name())
    } else if scope.terminator != "aws4_request" {
        format!(
            "Credential should be scoped with a valid terminator: 'aws4_request', not '{}'. ",
            scope.terminator
        )
    } else if scope.region.is_empty()
        || !scope.region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        format!("Credential should be scoped to a valid region, not '{}'. ", scope.region)
    } else if !presented.time.starts_with(&scope.date) || scope.date.len() != 8 {
        format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
             '{}' != '{}', from '{}'.",
            scope.date,
            presented.time.get(..8).unwrap_or_default(),
            presented.time
        )
    } else {
        return Ok(());
    };
    Err(match service {
        Service::S3 => Refusal::new(
            400,
            "AuthorizationHeaderMalformed",
            format!("The authorization header is malformed; {wrong}"),
        ),
        _ => Refusal::new(403, "SignatureDoesNotMatch", wrong),
    })
}

/// Checks that the signature covers what it must: the host, and in S3 every `x-amz-` header.
fn check_headers(service: Service, call: &Call, presented: &Presented) -> Result<(), Refusal> {
    let is_signed = |name: &str| presented.signed_headers.iter().any(|signed| signed == name);
    if !is_signed("host") {
        return Err(Refusal::new(
            403,
            "SignatureDoesNotMatch",
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ));
    }
    let loose = call.headers.iter().find(|(name, _)| {
        service == Service::S3
            && name.starts_with("x-amz-")
            && name != "x-amz-content-sha256"
            && !is_signed(name)
    });
    match loose {
        Some((name, _)) => {
            Err(Refusal::denied("There were headers present in the request which were not signed")
                .detail("HeadersNotSigned", name))
        }
        None => Ok(()),
    }
}

fn check_time(service: Service, presented: &Presented, now: i64) -> Result<(), Refusal> {
    let sent = presented.seconds;
    if let Some(expires) = presented.expires {
        if sent.saturating_add(expires) < now {
            return Err(match service {
                Service::S3 => Refusal::denied("Request has expired")
                    .detail("Expires", clock::iso(sent.saturating_add(expires)))
                    .detail("ServerTime", clock::iso(now)),
                _ => late(sent, now, expires),
            });
        }
    } else if now - sent > MAX_SKEW && service != Service::S3 {
        return Err(late(sent, now, MAX_SKEW));
    }
    let early = sent - now > MAX_SKEW;
    let skewed = early || (presented.origin == Origin::Header && now - sent > MAX_SKEW);
    match (skewed, service) {
        (false, _) => Ok(()),
        (true, Service::S3) => Err(Refusal::new(
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        )
        .detail("RequestTime", &presented.time)
        .detail("ServerTime", clock::iso(now))
        .detail("MaxAllowedSkewMilliseconds", (MAX_SKEW * 1000).to_string())),
        (true, _) => Err(Refusal::new(
            403,
            "SignatureDoesNotMatch",
            format!(
                "Signature not yet current: {} is still later than {} ({} + 15 min.)",
                presented.time,
                clock::basic(now + MAX_SKEW),
                clock::basic(now)
            ),
        )),
    }
}

fn late(sent: i64, now: i64, allowed: i64) -> Refusal {
    Refusal::new(
        403,
        "SignatureDoesNotMatch",
        format!(
            "Signature expired: {} is now earlier than {} ({} - {} min.)",
            clock::basic(sent),
            clock::basic(now - allowed),
            clock::basic(now),
            allowed / 60
        ),
    )
}

fn wrong_signature(service: Service, presented: &Presented, text: &str, canonical: &str) -> Refusal {
    match service {
        Service::S3 => Refusal::new(403, "SignatureDoesNotMatch", S3_MISMATCH)
            .detail("AWSAccessKeyId", &presented.access_key)
            .detail("StringToSign", text)
            .detail("SignatureProvided", &presented.signature)
            .detail("CanonicalRequest", canonical),
        _ => Refusal::new(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method. Consult the service documentation for details.",
        ),
    }
}
