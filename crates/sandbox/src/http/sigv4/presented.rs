//! The signature that a request claims: it is parsed here, not verified.

use std::fmt;

use crate::clock;
use crate::wire::call::Call;

/// The name of the algorithm, as requests present it.
pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The part of the request that has the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Header,
    /// The query of a presigned URL.
    Query,
}

/// A credential scope, such as `20150830/us-east-1/sts/aws4_request`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) date: String,
    pub(crate) region: String,
    pub(crate) service: String,
    pub(crate) terminator: String,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.date, self.region, self.service, self.terminator)
    }
}

/// A signature with the facts that the request states about it.
#[derive(Debug, Clone)]
pub(crate) struct Presented {
    pub(crate) origin: Origin,
    pub(crate) access_key: String,
    pub(crate) scope: Scope,
    pub(crate) signed_headers: Vec<String>,
    pub(crate) signature: String,
    /// The time in the basic format, as the string to sign contains it.
    pub(crate) time: String,
    /// The same time in seconds since 1970.
    pub(crate) seconds: i64,
    /// The time for which a presigned URL is valid, in seconds.
    pub(crate) expires: Option<i64>,
    pub(crate) token: Option<String>,
}

/// The reason why no signature could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unsigned {
    /// The request does not contain a signature.
    Missing,
    /// The signature is malformed, for this reason.
    Malformed(String),
}

impl Presented {
    /// Reads the Authorization header, else the presigned query.
    pub(crate) fn read(call: &Call) -> Result<Self, Unsigned> {
        match call.header("authorization") {
            Some(value) => Self::from_header(call, value),
            None if call.query().has("X-Amz-Signature") || call.query().has("X-Amz-Algorithm") => {
                Self::from_query(call)
            }
            None => Err(Unsigned::Missing),
        }
    }

    fn from_header(call: &Call, value: &str) -> Result<Self, Unsigned> {
        let malformed = |what: &str| Unsigned::Malformed(what.to_owned());
        let parts = value.strip_prefix(ALGORITHM).ok_or_else(|| malformed("Unsupported AWS 'algorithm'."))?;
        let field = |name: &str| {
            parts
                .split(',')
                .map(str::trim)
                .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
                .ok_or_else(|| malformed(&format!("Authorization header requires '{name}' parameter.")))
        };
        let (access_key, scope) = credential(field("Credential")?)?;
        let (time, seconds) = header_time(call)?;
        Ok(Self {
            origin: Origin::Header,
            access_key,
            scope,
            signed_headers: headers(field("SignedHeaders")?),
            signature: field("Signature")?.to_owned(),
            time,
            seconds,
            expires: None,
            token: call.header("x-amz-security-token").map(str::to_owned),
        })
    }

    fn from_query(call: &Call) -> Result<Self, Unsigned> {
        let query = call.query();
        let field = |name: &str| {
            query.given(name).map(str::to_owned).ok_or_else(|| {
                Unsigned::Malformed(format!("AWS query-string parameters must include '{name}'."))
            })
        };
        if field("X-Amz-Algorithm")? != ALGORITHM {
            return Err(Unsigned::Malformed("Unsupported AWS 'algorithm'.".to_owned()));
        }
        let (access_key, scope) = credential(&field("X-Amz-Credential")?)?;
        let time = field("X-Amz-Date")?;
        let seconds = clock::parse_basic(&time).ok_or_else(|| {
            Unsigned::Malformed(format!("Date must be in ISO-8601 'basic format'. Got '{time}'."))
        })?;
        let expires = field("X-Amz-Expires")?;
        let expires =
            expires.parse().ok().filter(|seconds| (0..=604_800).contains(seconds)).ok_or_else(|| {
                Unsigned::Malformed("X-Amz-Expires must be less than a week (in seconds)".to_owned())
            })?;
        Ok(Self {
            origin: Origin::Query,
            access_key,
            scope,
            signed_headers: headers(&field("X-Amz-SignedHeaders")?),
            signature: field("X-Amz-Signature")?,
            time,
            seconds,
            expires: Some(expires),
            token: query.given("X-Amz-Security-Token").map(str::to_owned),
        })
    }
}

fn credential(text: &str) -> Result<(String, Scope), Unsigned> {
    let parts: Vec<&str> = text.split('/').collect();
    match parts.as_slice() {
        [key, date, region, service, terminator] if !key.is_empty() => Ok((
            (*key).to_owned(),
            Scope {
                date: (*date).to_owned(),
                region: (*region).to_owned(),
                service: (*service).to_owned(),
                terminator: (*terminator).to_owned(),
            },
        )),
        _ => Err(Unsigned::Malformed(format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{text}'"
        ))),
    }
}

fn headers(text: &str) -> Vec<String> {
    text.split(';').map(str::to_ascii_lowercase).collect()
}

fn header_time(call: &Call) -> Result<(String, i64), Unsigned> {
    if let Some(time) = call.header("x-amz-date") {
        let seconds = clock::parse_basic(time).ok_or_else(|| {
            Unsigned::Malformed(format!("Date must be in ISO-8601 'basic format'. Got '{time}'."))
        })?;
        return Ok((time.to_owned(), seconds));
    }
    let seconds = call.header("date").and_then(clock::parse_http).ok_or_else(|| {
        Unsigned::Malformed(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.".to_owned(),
        )
    })?;
    Ok((clock::basic(seconds), seconds))
}
