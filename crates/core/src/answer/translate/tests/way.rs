//! Tests failures on the way to AWS, such as a proxy or a missing connection.

use super::*;

#[test]
fn the_way_to_aws_fails_in_its_own_words() {
    for (kind, words, context, expected) in [
        (
            UnreachedKind::Connect,
            "tcp connect error: Connection refused (os error 111)",
            context(),
            format!("cannot reach `{ENDPOINT}`: tcp connect error: Connection refused (os error 111)"),
        ),
        (
            UnreachedKind::Connect,
            "Connection refused",
            through_proxy(),
            "the proxy `http://proxy:3128` (HTTPS_PROXY) does not let awsesame through: Connection refused"
                .to_owned(),
        ),
        (
            UnreachedKind::Dns,
            "Name or service not known",
            context(),
            format!("cannot reach `{ENDPOINT}`: its name has no address (Name or service not known)"),
        ),
        (UnreachedKind::Timeout(10), "", context(), format!("`{ENDPOINT}` did not answer within 10 s")),
        (
            UnreachedKind::Tls,
            "invalid peer certificate:\n UnknownIssuer.",
            through_proxy(),
            format!("the certificate of `{ENDPOINT}` is not trusted: nobody here knows who issued it"),
        ),
        (
            UnreachedKind::Proxy,
            "tunnel failed",
            through_proxy(),
            "the proxy `http://proxy:3128` (HTTPS_PROXY) does not let awsesame through: tunnel failed"
                .to_owned(),
        ),
        (
            UnreachedKind::Proxy,
            "not a URL",
            context(),
            "the proxy `unknown` (HTTPS_PROXY) does not let awsesame through: not a URL".to_owned(),
        ),
        (UnreachedKind::Other, "", context(), format!("cannot reach `{ENDPOINT}`: no reason was given")),
    ] {
        let answer = Answer::Unreached(Unreached {
            operation: "GetSessionToken",
            kind,
            words: words.to_owned(),
            endpoint: ENDPOINT.to_owned(),
        });
        assert_eq!(translate(&answer, &context).to_string(), expected);
    }
}
