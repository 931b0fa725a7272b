//! Tests the clients of Identity Center: what they may register and request, and what the page refuses.

use serde_json::json;

use super::Testbed;
use super::portal::{START_URL, address, is_refused, with};

#[test]
fn page_refuses_requests_that_are_not_in_order_and_redirects_nobody() {
    let mut bed = Testbed::browser();
    let client = bed.registered(&json!({}));
    bed.plain("GET", &address(&client, &[]), &[], "").is_ok();
    // Some clients write `scope`.
    let plain = address(&client, &[]).replace("scopes=", "scope=");
    bed.plain("GET", &plain, &[], "").is_ok();
    for (name, value) in [
        ("response_type", "token"),
        ("client_id", "nobody"),
        ("redirect_uri", "https://example.com/oauth/callback"),
        ("redirect_uri", "http://127.0.0.1:5001/elsewhere"),
        ("redirect_uri", "http://127.0.0.1:0/oauth/callback"),
        ("state", ""),
        ("code_challenge_method", "SHA-256"),
        ("code_challenge", "short"),
        ("scopes", "everything"),
    ] {
        for method in ["GET", "POST"] {
            let reply = bed.plain(
                method,
                &address(&client, &[(name, value)]),
                &[],
                "user=nina&password=nina-Passw0rd",
            );
            assert_eq!((reply.status, reply.header("location")), (400, None), "{name}={value}");
        }
    }
    let target = address(&client, &[]);
    let denied = bed.form(&target, &[("decision", "deny")]);
    assert_eq!(
        denied.header("location"),
        Some("http://127.0.0.1:5001/oauth/callback?error=access_denied&state=a%20state")
    );
    for fields in [
        [("user", "nina"), ("password", "wrong")],
        [("user", "nobody"), ("password", "x")],
        [("user", "olaf"), ("password", "olaf-Passw0rd")],
    ] {
        assert_eq!(bed.form(&target, &fields).status, 401, "{fields:?}");
    }
    let foreign =
        bed.plain("POST", &target, &[("origin", "https://example.com")], "user=nina&password=nina-Passw0rd");
    assert_eq!((foreign.status, foreign.header("location")), (400, None));
    let rebound = bed.plain("GET", &target, &[("host", "evil.example:39407")], "");
    assert_eq!(rebound.status, 403);
}

#[test]
fn malformed_registrations_and_requests_are_named() {
    let mut bed = Testbed::browser();
    let base = json!({
        "clientName": "a client", "clientType": "public", "grantTypes": ["authorization_code"],
        "redirectUris": ["http://127.0.0.1/oauth/callback"], "issuerUrl": START_URL,
    });
    for (more, error, exception) in [
        (
            json!({ "clientType": "confidential" }),
            "invalid_client_metadata",
            "InvalidClientMetadataException",
        ),
        (json!({ "scopes": ["everything"] }), "invalid_scope", "InvalidScopeException"),
        (json!({ "grantTypes": ["password"] }), "unsupported_grant_type", "UnsupportedGrantTypeException"),
        (
            json!({ "redirectUris": ["https://example.com/"] }),
            "invalid_redirect_uri",
            "InvalidRedirectUriException",
        ),
        (json!({ "redirectUris": null }), "invalid_redirect_uri", "InvalidRedirectUriException"),
        (
            json!({ "issuerUrl": "https://elsewhere.awsapps.com/start" }),
            "invalid_request",
            "InvalidRequestException",
        ),
        (json!({ "clientName": null }), "invalid_request", "InvalidRequestException"),
    ] {
        let reply = bed.call("/client/register", &with(base.clone(), &more));
        is_refused(&reply, 400, error, exception);
    }
    let client = bed.registered_for_devices(&json!({}));
    let elsewhere = with(client.clone(), &json!({ "startUrl": "https://elsewhere.awsapps.com/start" }));
    is_refused(
        &bed.call("/device_authorization", &elsewhere),
        400,
        "invalid_request",
        "InvalidRequestException",
    );
    let unknown = with(client.clone(), &json!({ "grantType": "password" }));
    is_refused(&bed.call("/token", &unknown), 400, "unsupported_grant_type", "UnsupportedGrantTypeException");
    let missing = with(client, &json!({ "grantType": "refresh_token" }));
    is_refused(&bed.call("/token", &missing), 400, "invalid_request", "InvalidRequestException");
    bed.region = "eu-west-1".to_owned();
    is_refused(&bed.call("/client/register", &base), 400, "invalid_request", "InvalidRequestException");
}

#[test]
fn registrations_expire_and_are_for_one_way_only() {
    let mut bed = Testbed::browser();
    let (redirects, devices) = (bed.registered(&json!({})), bed.registered_for_devices(&json!({})));
    let started =
        bed.call("/device_authorization", &with(redirects.clone(), &json!({ "startUrl": START_URL })));
    is_refused(&started, 400, "unauthorized_client", "UnauthorizedClientException");
    assert_eq!(bed.plain("GET", &address(&devices, &[]), &[], "").status, 400);
    let redeemed = bed.redeem(&devices, "x", &json!({}));
    is_refused(&redeemed, 400, "unauthorized_client", "UnauthorizedClientException");
    let wrong = with(redirects.clone(), &json!({ "clientSecret": "x" }));
    is_refused(&bed.renew(&wrong, &json!("x")), 401, "invalid_client", "InvalidClientException");
    bed.now += 90 * 86_400;
    is_refused(&bed.renew(&redirects, &json!("x")), 401, "invalid_client", "InvalidClientException");
    assert_eq!(bed.plain("GET", &address(&redirects, &[]), &[], "").status, 400);
}
