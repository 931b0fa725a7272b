//! Classifies start URLs: the hosts of AWS, and custom domains that lead to one of them by one redirect. Every other
//! address is refused, because a sign-in there would give the credentials to somebody else.

use crate::signin::valid::{Unacceptable, wrong};

/// The kind of a start URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A portal of AWS.
    Portal,
    /// A company's own name for one: ask where it leads.
    Vanity,
}

/// The domains under which AWS has portals.
const DOMAINS: [&str; 8] = [
    "app.aws",
    "portal.amazonaws.com",
    "portal.amazonaws.com.cn",
    "portal.amazonaws.eu",
    "app.amazonwebservices.com.cn",
    "api.amazonwebservices.eu",
    "awsapps.com",
    "awsapps.cn",
];
/// The start of the hosts where instances are named by their id alone.
const INSTANCES: &str = "identitycenter.";
const INSTANCE_SUFFIXES: [&str; 4] =
    ["amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "amazonaws-us-gov.com"];

/// Classifies a start URL. It must use https, without a port or a user.
pub fn kind(url: &str) -> Result<Kind, Unacceptable> {
    let host = host(url)?;
    Ok(if is_aws(host) { Kind::Portal } else { Kind::Vanity })
}

/// Returns the target of a custom domain. `location` is the header of its one redirect.
pub fn resolved(location: Option<&str>) -> Result<String, Unacceptable> {
    let Some(location) = location else { return wrong("it does not redirect") };
    if !is_aws(host(location)?) {
        return wrong("it leads to a host that is not AWS's");
    }
    let end = location.find(['?', '#']).unwrap_or(location.len());
    Ok(location[..end].to_owned())
}

/// Returns the Region in a URL of the form `https://ID.portal.REGION.app.aws`.
pub fn region(url: &str) -> Option<&str> {
    let labels: Vec<&str> = host(url).ok()?.split('.').collect();
    match labels[..] {
        [_, "portal", region, "app", "aws"] => Some(region),
        _ => None,
    }
}

fn host(url: &str) -> Result<&str, Unacceptable> {
    let Some(rest) = url.strip_prefix("https://") else { return wrong("it is not an https address") };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if url.len() > 2048 || !url.bytes().all(|byte| byte.is_ascii_graphic()) || !host.split('.').all(label) {
        return wrong("it is not the address of a portal");
    }
    Ok(host)
}

fn is_aws(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let below = |domain: &str| host.strip_suffix(domain).is_some_and(|front| front.ends_with('.'));
    DOMAINS.iter().any(|domain| below(domain))
        || host.strip_prefix(INSTANCES).is_some_and(|suffix| INSTANCE_SUFFIXES.contains(&suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portals_are_aws_s_and_everything_else_is_asked_where_it_leads() {
        for url in [
            "https://d-1234567890.awsapps.com/start",
            "https://my-company.awsapps.com/start#/",
            "https://ssoins-1234567890abcdef.portal.eu-west-1.app.aws",
            "https://identitycenter.amazonaws.com/ssoins-1234567890abcdef",
            "https://start.home.awsapps.cn/directory/d-123",
        ] {
            assert_eq!(kind(url), Ok(Kind::Portal), "{url}");
        }
        for url in
            ["https://aws.example.com", "https://awsapps.com.example.com/start", "https://evilawsapps.com"]
        {
            assert_eq!(kind(url), Ok(Kind::Vanity), "{url}");
        }
        for url in [
            "",
            "http://d-1234567890.awsapps.com/start",
            "https://",
            "https://user@d-1234567890.awsapps.com/start",
            "https://d-1234567890.awsapps.com:8443/start",
            "https://d-1 .awsapps.com/start",
            "file:///etc/passwd",
        ] {
            assert!(kind(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_company_s_own_name_may_lead_to_aws_only() {
        assert_eq!(
            resolved(Some("https://ssoins-1.portal.us-east-1.app.aws/start?x=1#y")),
            Ok("https://ssoins-1.portal.us-east-1.app.aws/start".into())
        );
        for location in
            [None, Some("/start"), Some("https://evil.example"), Some("http://d-1.awsapps.com/start")]
        {
            assert!(resolved(location).is_err(), "{location:?}");
        }
    }

    #[test]
    fn a_region_is_read_out_of_the_newer_form() {
        assert_eq!(region("https://ssoins-1.portal.eu-west-1.app.aws/start"), Some("eu-west-1"));
        assert_eq!(region("https://d-1234567890.awsapps.com/start"), None);
    }
}
