//! Computes the requests and addresses for a sign-in to the web console. The program sends the request and opens the
//! browser.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::fault::ConsoleFault;
use crate::name::secret::Secret;
use crate::session::Credentials;

/// The characters that are escaped in a query: all except those that represent themselves (RFC 3986's unreserved).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The console of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Console {
    /// The endpoint where sign-in tokens are issued and accepted.
    pub federation: String,
    /// The first part of the address of every page.
    home: &'static str,
}

impl Console {
    /// Returns the console of a partition. `endpoint` replaces the usual federation endpoint.
    pub fn of(partition: &str, endpoint: Option<String>) -> Result<Self, ConsoleFault> {
        let usual = match partition {
            "aws" => Some(("https://signin.aws.amazon.com/federation", "https://console.aws.amazon.com/")),
            "aws-cn" => Some(("https://signin.amazonaws.cn/federation", "https://console.amazonaws.cn/")),
            "aws-us-gov" => Some((
                "https://signin.amazonaws-us-gov.com/federation",
                "https://console.amazonaws-us-gov.com/",
            )),
            _ => None,
        };
        let (federation, home) =
            usual.ok_or_else(|| ConsoleFault::Partition { partition: partition.to_owned() })?;
        let federation = endpoint.unwrap_or_else(|| federation.to_owned());
        if !is_safe(&federation) {
            return Err(ConsoleFault::Endpoint { endpoint: federation });
        }
        Ok(Self { federation, home })
    }

    /// Returns the address of a page: that of a service, or the first page.
    pub fn page(&self, service: Option<&str>, region: &str) -> Result<String, ConsoleFault> {
        let service = service.unwrap_or("console");
        let in_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '/');
        if service.is_empty() || service.starts_with('/') || !service.chars().all(in_name) {
            return Err(ConsoleFault::Service { service: service.to_owned() });
        }
        Ok(format!("{}{service}/home?region={}", self.home, escaped(region)))
    }

    /// Returns the address that signs in and continues to a page. Anybody who has the address can use it for fifteen
    /// minutes.
    pub fn sign_in(&self, token: &Secret, page: &str) -> Secret {
        Secret::new(format!(
            "{}?Action=login&Issuer=awsesame&Destination={}&SigninToken={}",
            self.federation,
            escaped(page),
            escaped(token.expose())
        ))
    }
}

/// The ends of the names of AWS's endpoints, in all partitions.
const AWS: [&str; 7] = [
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".api.aws",
    ".api.amazonwebservices.com.cn",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
];

/// Returns true if credentials may be sent to this endpoint.
pub fn is_safe(endpoint: &str) -> bool {
    endpoint.starts_with("https://") || is_near(endpoint)
}

/// Returns true if an endpoint is on this machine.
pub fn is_near(endpoint: &str) -> bool {
    matches!(host(endpoint), Some("127.0.0.1" | "localhost" | "::1"))
}

/// Returns true if an endpoint is one of AWS's own.
pub fn is_aws(endpoint: &str) -> bool {
    host(endpoint).is_some_and(|host| AWS.iter().any(|end| host.ends_with(end)))
}

/// Returns the host of an address. Returns None if there is text before an `@`, which is not a host.
fn host(endpoint: &str) -> Option<&str> {
    let rest = endpoint.strip_prefix("https://").or_else(|| endpoint.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.strip_prefix('[') {
        _ if authority.contains('@') => None,
        Some(inside) => inside.split(']').next(),
        None => authority.split(':').next(),
    }
}

/// Returns the form that requests a sign-in token. The credentials are in the body, so that no proxy or log has them in
/// an address.
pub fn question(credentials: &Credentials) -> Zeroizing<String> {
    let session = Zeroizing::new(format!(
        "{{\"sessionId\":{},\"sessionKey\":{},\"sessionToken\":{}}}",
        crate::text::quote::json(&credentials.access_key_id),
        *Zeroizing::new(crate::text::quote::json(credentials.secret_access_key.expose())),
        *Zeroizing::new(crate::text::quote::json(credentials.session_token.expose()))
    ));
    Zeroizing::new(format!(
        "Action=getSigninToken&SessionType=json&Session={}",
        *Zeroizing::new(escaped(&session))
    ))
}

/// Returns the token from an answer.
pub fn token(body: &[u8]) -> Option<Secret> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(rename = "SigninToken", borrow)]
        token: std::borrow::Cow<'a, str>,
    }
    let answer: Answer<'_> = serde_json::from_slice(body).ok()?;
    (!answer.token.is_empty()).then(|| Secret::new(answer.token))
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::credentials;

    #[test]
    fn every_partition_has_a_console_of_its_own() {
        for (partition, page) in [
            ("aws", "https://console.aws.amazon.com/s3/home?region=eu-central-1"),
            ("aws-cn", "https://console.amazonaws.cn/s3/home?region=eu-central-1"),
            ("aws-us-gov", "https://console.amazonaws-us-gov.com/s3/home?region=eu-central-1"),
        ] {
            let console = Console::of(partition, None).unwrap();
            assert_eq!(console.page(Some("s3"), "eu-central-1").as_deref(), Ok(page));
            assert!(
                console.federation.starts_with("https://signin.")
                    && console.federation.ends_with("/federation")
            );
        }
        assert!(matches!(Console::of("aws-iso", None), Err(ConsoleFault::Partition { .. })));
    }

    #[test]
    fn a_page_is_a_name_and_nothing_that_leads_elsewhere() {
        let console = Console::of("aws", None).unwrap();
        assert_eq!(
            console.page(None, "us-east-1").unwrap(),
            "https://console.aws.amazon.com/console/home?region=us-east-1"
        );
        assert!(console.page(Some("systems-manager/parameters"), "us-east-1").is_ok());
        for service in ["", "/evil", "s3?x", "s3#", "@evil.example", "..", "S3", "a b"] {
            let page = console.page(Some(service), "us-east-1");
            assert!(matches!(page, Err(ConsoleFault::Service { .. })), "{service}: {page:?}");
        }
    }

    #[test]
    fn an_endpoint_of_aws_is_told_from_what_stands_in_for_it() {
        for (endpoint, aws, near) in [
            ("https://sts.eu-west-1.amazonaws.com", true, false),
            ("https://vpce-1.sts.us-east-1.vpce.amazonaws.com/", true, false),
            ("https://sts.cn-north-1.amazonaws.com.cn", true, false),
            ("https://sts.eusc-de-east-1.amazonaws.eu", true, false),
            ("http://127.0.0.1:4566", false, true),
            ("https://localhost:4566/x", false, true),
            ("http://[::1]:4566", false, true),
            ("https://aws.example", false, false),
            ("https://amazonaws.com.example", false, false),
            ("https://x.amazonaws.com@aws.example", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_aws(endpoint), is_near(endpoint)), (aws, near), "{endpoint}");
        }
    }

    #[test]
    fn credentials_go_over_tls_or_stay_on_this_machine() {
        let of = |endpoint: &str| Console::of("aws", Some(endpoint.to_owned()));
        for good in [
            "https://signin.example/federation",
            "http://127.0.0.1:8080/f",
            "http://localhost/f",
            "http://[::1]:1/f",
        ] {
            assert!(of(good).is_ok(), "{good}");
        }
        for bad in [
            "http://signin.example/federation",
            "http://127.0.0.1.example/",
            "http://127.0.0.1@evil.example/",
            "http://localhost:80@evil.example/",
            "ftp://127.0.0.1/",
            "127.0.0.1",
            "",
        ] {
            assert!(matches!(of(bad), Err(ConsoleFault::Endpoint { .. })), "{bad}");
        }
    }

    #[test]
    fn the_question_and_the_address_are_escaped_and_the_answer_is_read() {
        let question = question(&credentials());
        assert_eq!(
            *question,
            "Action=getSigninToken&SessionType=json&Session=%7B%22sessionId%22%3A%22ASIAEXAMPLE%22%2C%22sessionKey%22\
             %3A%22secret%2Fhalf%22%2C%22sessionToken%22%3A%22token%3D%3D%22%7D"
        );
        let console = Console::of("aws", None).unwrap();
        let address = console.sign_in(&Secret::new("a+b&c"), "https://console.aws.amazon.com/");
        assert_eq!(
            address.expose(),
            "https://signin.aws.amazon.com/federation?Action=login&Issuer=awsesame&Destination=https%3A%2F%2F\
             console.aws.amazon.com%2F&SigninToken=a%2Bb%26c"
        );
        assert_eq!(token(br#"{"SigninToken":"abc"}"#), Some(Secret::new("abc")));
        for nothing in [&b"{}"[..], b"", b"<html>", br#"{"SigninToken":""}"#, br#"{"SigninToken":5}"#] {
            assert_eq!(token(nothing), None);
        }
    }
}
