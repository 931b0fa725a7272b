//! Reads the credentials that a container or an instance provides, and decides which addresses may be asked for them.
//! The address can come from the environment, so it must not send a token to a foreign host. No call is made here.

use std::net::IpAddr;

use serde::Deserialize;

use crate::answer::valid;
use crate::fault::Fault;
use crate::name::secret::Secret;
use crate::plan::Ambient;
use crate::session::Credentials;

/// The host of a container's relative address. Source: the container credential provider in the AWS SDKs reference
/// guide.
const CONTAINER: &str = "http://169.254.170.2";
/// The addresses of ECS and EKS, to which a token may be sent without TLS.
const AWS_OWN: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];
/// The addresses of an instance's metadata, by IPv4 and by IPv6.
const INSTANCE: [&str; 2] = ["http://169.254.169.254", "http://[fd00:ec2::254]"];

/// The facts in the environment about a container's credentials.
#[derive(Debug, Clone, Default)]
pub struct ContainerFacts {
    /// The value of `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`.
    pub relative: Option<String>,
    /// The value of `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
    pub full: Option<String>,
    /// The port of our own broker, if one was chosen.
    pub broker: Option<u16>,
}

/// Returns the address of a container's credentials. Without TLS, only this machine and AWS's own link-local addresses
/// are allowed, because a token must not be sent unencrypted over a network.
pub fn container(facts: &ContainerFacts) -> Result<String, Fault> {
    if let Some(relative) = &facts.relative {
        return Ok(format!("{CONTAINER}/{}", relative.trim_start_matches('/')));
    }
    let Some(url) = &facts.full else { return Err(Fault::NoContainer) };
    let refuse = |why: &'static str| Err(Fault::ContainerAddress { url: url.clone(), why });
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = host_and_port(authority);
    if host.is_empty() || authority.contains('@') {
        return refuse("it is not an address");
    }
    let path = &rest[authority.len()..];
    if path.starts_with("/v1/credentials/") && facts.broker.is_some() && port == facts.broker {
        return refuse("it is awsesame's own broker, which would ask us");
    }
    match scheme.to_ascii_lowercase().as_str() {
        "https" => Ok(url.clone()),
        "http" if is_near(host) => Ok(url.clone()),
        "http" => refuse("without TLS only loopback and AWS's own addresses are asked"),
        _ => refuse("it is neither http nor https"),
    }
}

/// The environment's settings about an instance's metadata.
#[derive(Debug, Clone, Default)]
pub struct InstanceFacts {
    /// The value of `AWS_EC2_METADATA_SERVICE_ENDPOINT`.
    pub endpoint: Option<String>,
    /// The value of `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE`.
    pub mode: Option<String>,
}

/// Returns the address of an instance's metadata, without a slash at its end. Without TLS, only this machine and
/// link-local addresses are allowed, as for a container.
pub fn instance(facts: &InstanceFacts) -> Result<String, Fault> {
    let Some(url) = &facts.endpoint else {
        let mode = facts.mode.as_deref().unwrap_or_default();
        return Ok(INSTANCE[usize::from(mode.eq_ignore_ascii_case("ipv6"))].to_owned());
    };
    let url = url.trim_end_matches('/').to_owned();
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host_and_port(authority).0;
    let linked = match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_link_local(),
        Ok(IpAddr::V6(_)) => host == "fd00:ec2::254",
        Err(_) => false,
    };
    let why = match scheme.to_ascii_lowercase().as_str() {
        _ if host.is_empty() || authority.contains('@') => "it is not an address",
        "http" if linked || is_near(host) => return Ok(url),
        "https" => return Ok(url),
        "http" => "without TLS only loopback and AWS's own addresses are asked",
        _ => "it is neither http nor https",
    };
    let source_name = Ambient::Instance.as_str();
    Err(Fault::MachineSilent { source_name, url, why: why.to_owned() })
}

/// Returns the name of the role from the list that an instance returns. The name becomes a part of the next address, so
/// it is checked.
pub fn role_of_instance(listed: &[u8]) -> Result<String, String> {
    let listed = String::from_utf8_lossy(listed);
    let Some(role) = listed.lines().map(str::trim).find(|name| !name.is_empty()) else {
        return Err("the instance has no role".into());
    };
    // These are the characters that IAM allows in the name of an instance profile.
    let good =
        role.len() <= 128 && role.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@-_".contains(&b));
    if good { Ok(role.to_owned()) } else { Err("it names a role that none is called".into()) }
}

fn host_and_port(authority: &str) -> (&str, Option<u16>) {
    if let Some((host, after)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, after.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match authority.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()),
        None => (authority, None),
    }
}

fn is_near(host: &str) -> bool {
    host == "localhost"
        || AWS_OWN.contains(&host)
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The JSON answer of a container's or an instance's endpoint.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    access_key_id: String,
    secret_access_key: String,
    token: String,
    expiration: String,
}

/// Returns the credentials in an answer, and the time until which they are valid, in unix seconds.
pub fn read(body: &[u8], now: i64) -> Result<(Credentials, i64), String> {
    let none = || "its answer has no credentials".to_owned();
    let answer: Answer = serde_json::from_slice(body).map_err(|_| none())?;
    let until: jiff::Timestamp = answer.expiration.parse().map_err(|_| none())?;
    let credentials = Credentials {
        access_key_id: answer.access_key_id,
        secret_access_key: Secret::new(answer.secret_access_key),
        session_token: Secret::new(answer.token),
    };
    valid::session(&credentials, until.as_second(), now)
        .map_err(|why| format!("its answer has no credentials: {why}"))?;
    Ok((credentials, until.as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(url: &str) -> Result<String, Fault> {
        container(&ContainerFacts {
            full: Some(url.into()),
            broker: Some(15_001),
            ..ContainerFacts::default()
        })
    }

    #[test]
    fn a_token_goes_nowhere_in_the_clear() {
        for url in [
            "http://127.0.0.1:15002/get",
            "http://127.9.9.9/",
            "http://localhost/x",
            "http://[::1]:80/",
            "http://169.254.170.23/v1/credentials",
            "http://[fd00:ec2::23]/v1",
            "https://example.com/credentials",
            // Somebody else's of the same make.
            "http://127.0.0.1:15002/v1/credentials/prod",
        ] {
            assert_eq!(full(url).as_deref(), Ok(url));
        }
        for url in [
            "http://example.com/",
            "http://169.254.169.254/",
            "http://127.0.0.1.example.com/",
            "http://127.0.0.1@example.com/",
            "http://user@127.0.0.1/",
            "http://0.0.0.0/",
            "http:///x",
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
            "127.0.0.1",
            "",
            "http://127.0.0.1:15001/v1/credentials/prod?account=123456789012",
        ] {
            assert!(matches!(full(url), Err(Fault::ContainerAddress { .. })), "{url}");
        }
    }

    #[test]
    fn an_instance_is_asked_next_to_us_or_by_tls() {
        let ask = |endpoint: Option<&str>, mode: Option<&str>| {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            instance(&InstanceFacts { endpoint: owned(endpoint), mode: owned(mode) })
        };
        assert_eq!(ask(None, None).as_deref(), Ok("http://169.254.169.254"));
        assert_eq!(ask(None, Some("IPv6")).as_deref(), Ok("http://[fd00:ec2::254]"));
        for url in [
            "http://127.0.0.1:1338",
            "http://localhost:1338/x",
            "http://169.254.169.254",
            "http://[fd00:ec2::254]",
            "https://metadata.example.com",
        ] {
            assert_eq!(ask(Some(&format!("{url}/")), Some("IPv6")).as_deref(), Ok(url));
        }
        for url in [
            "http://example.com",
            "http://10.0.0.1",
            "http://169.254.169.254.example.com",
            "http://169.254.169.254@example.com",
            "http://[fd00::1]",
            "file:///etc",
            "169.254.169.254",
        ] {
            assert!(matches!(ask(Some(url), None), Err(Fault::MachineSilent { .. })), "{url}");
        }
    }

    #[test]
    fn a_role_of_an_instance_is_a_name() {
        assert_eq!(role_of_instance(b"\n web-server_1 \nother\n").as_deref(), Ok("web-server_1"));
        for listed in [&b""[..], b"\n", b"../../x", b"a b", b"a\x1b[2J", b"r?x=y", "größe".as_bytes()] {
            assert!(role_of_instance(listed).is_err(), "{listed:?}");
        }
    }

    #[test]
    fn the_relative_address_comes_first() {
        let facts = ContainerFacts {
            relative: Some("/v2/credentials/x".into()),
            full: Some("http://127.0.0.1/".into()),
            broker: None,
        };
        assert_eq!(container(&facts).as_deref(), Ok("http://169.254.170.2/v2/credentials/x"));
        assert_eq!(container(&ContainerFacts::default()), Err(Fault::NoContainer));
    }

    #[test]
    fn an_answer_is_whole_or_none() {
        let whole = br#"{"Code":"Success","AccessKeyId":"ASIAX","SecretAccessKey":"s","Token":"t","Expiration":"2026-11-22T10:00:00Z"}"#;
        let (credentials, until) = read(whole, 1_795_341_000).expect("credentials");
        assert_eq!((credentials.access_key_id.as_str(), until), ("ASIAX", 1_795_341_600));
        for half in [
            &b"{}"[..],
            b"",
            b"<html>",
            br#"{"AccessKeyId":"A","SecretAccessKey":"s","Token":"t","Expiration":"soon"}"#,
        ] {
            assert!(read(half, 0).is_err());
        }
    }
}
