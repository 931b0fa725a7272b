//! Tests the page of AWS Sign-In: which requests it accepts, whom it lets in, and where it sends the browser.

use serde_json::{Value, json};

use super::sign_in::{CALLBACK, CROSS, Client, SAME, address, asked, keys, redemption, redirect};
use super::{PORT, Testbed};
use crate::wire::call::Params;
use crate::wire::encoding::unbase64url;

#[test]
fn page_refuses_requests_that_are_not_in_order_and_redirects_nobody() {
    let mut bed = Testbed::browser();
    bed.plain("GET", &address(&asked(SAME, CALLBACK)), &[], "").is_ok();
    // Browsers write a space as a plus.
    let plus = address(&asked(SAME, CALLBACK)).replace("a%20state", "a+state");
    let reply = bed.form(&plus, &[("decision", "deny")]);
    assert_eq!(redirect(&reply).get("state"), Some("a state"));
    for (name, value) in [
        ("response_type", "token"),
        ("client_id", "nobody"),
        ("state", ""),
        ("code_challenge_method", "S256"),
        ("scope", "profile"),
        ("redirect_uri", "https://example.com/oauth/callback"),
        ("redirect_uri", "http://127.0.0.1:5000/elsewhere"),
        ("redirect_uri", "http://127.0.0.1:5000@example.com/oauth/callback"),
        ("code_challenge", "short"),
    ] {
        let mut fields = asked(SAME, CALLBACK);
        fields.retain(|(known, _)| *known != name);
        fields.push((name, value));
        for method in ["GET", "POST"] {
            let reply = bed.plain(method, &address(&fields), &[], "user=grace&password=grace-Passw0rd");
            assert_eq!((reply.status, reply.header("location")), (400, None), "{name}={value}");
        }
    }
}

#[test]
fn page_lets_nobody_in_without_password_and_device() {
    let mut bed = Testbed::browser();
    let target = address(&asked(SAME, CALLBACK));
    let code = bed.code("frank", 0);
    for (fields, words) in [
        (vec![("user", "frank"), ("password", "wrong"), ("code", &code)], "incorrect"),
        (vec![("user", "nobody"), ("password", "x")], "incorrect"),
        (vec![("user", "alice"), ("password", "")], "incorrect"),
        (vec![("user", "frank"), ("password", "frank-Passw0rd")], "code or a passkey"),
        (vec![("user", "frank"), ("password", "frank-Passw0rd"), ("code", "000000")], "not correct"),
        (vec![("user", "frank"), ("account", "customer"), ("password", "frank-Passw0rd")], "incorrect"),
    ] {
        let reply = bed.form(&target, &fields);
        assert_eq!((reply.status, reply.header("location")), (401, None), "{fields:?}");
        assert!(reply.text().contains(words), "{fields:?}: {}", reply.text());
    }
    let good = [("user", "frank"), ("account", "sandbox"), ("password", "frank-Passw0rd"), ("code", &code)];
    assert_eq!(bed.form(&target, &good).status, 302);
    assert_eq!(bed.form(&target, &good).status, 401, "each code is good once, here too");
    let denied = redirect(&bed.form(&target, &[("decision", "deny")]));
    assert_eq!((denied.get("error"), denied.get("code")), (Some("access_denied"), None));
    let foreign = bed.plain(
        "POST",
        &target,
        &[("origin", "https://example.com")],
        "user=grace&password=grace-Passw0rd",
    );
    assert_eq!((foreign.status, foreign.header("location")), (400, None));
    assert_eq!(bed.plain("GET", &target, &[("host", "evil.example:39407")], "").status, 403);
}

#[test]
fn console_session_is_continued_with_its_mfa_and_its_end() {
    let mut bed = Testbed::browser();
    let target = address(&asked(SAME, CALLBACK));
    let code = bed.code("frank", 0);
    let reply = bed.form(&target, &[("user", "frank"), ("password", "frank-Passw0rd"), ("code", &code)]);
    let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    bed.now += 12 * 3600 - 60;
    let page = bed.plain("GET", &target, &[("cookie", &cookie)], "").is_ok().text();
    assert!(page.contains("Continue as arn:aws:iam::123456789012:user/frank"), "{page}");
    let reply = bed.plain("POST", &target, &[("cookie", &cookie)], "session=current");
    let code = redirect(&reply).get("code").unwrap().to_owned();
    let reply = bed.token(&Client::new(), &redemption(&code));
    let tokens: Value = serde_json::from_slice(&reply.is_ok().body).unwrap();
    assert_eq!(tokens["expiresIn"], 60);
    bed.s3(&keys(&tokens), "GET", "/demo-bucket/hello.txt", &[], b"").is_ok();
    bed.now += 60;
    assert_eq!(bed.plain("POST", &target, &[("cookie", &cookie)], "session=current").status, 401);
}

#[test]
fn code_for_another_device_is_shown_to_be_carried_over() {
    let mut bed = Testbed::browser();
    let confirmation = format!("http://127.0.0.1:{PORT}/v1/sessions/confirmation");
    let target = address(&asked(CROSS, &confirmation));
    let reply = bed.form(&target, &[("user", "grace"), ("password", "grace-Passw0rd")]);
    let location = reply.header("location").unwrap().to_owned();
    let page = bed.plain("GET", location.strip_prefix(&format!("http://127.0.0.1:{PORT}")).unwrap(), &[], "");
    let shown = page.is_ok().text();
    let shown = shown.split("<code id=\"code\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let text = unbase64url(shown.trim_end_matches('=')).unwrap();
    let query = Params::parse(std::str::from_utf8(&text).unwrap(), false);
    assert_eq!(query.get("state"), Some("a state"));
    let mut body = redemption(query.get("code").unwrap());
    (body["clientId"], body["redirectUri"]) = (json!(CROSS), json!(confirmation));
    bed.token(&Client::new(), &body).is_ok();
    let elsewhere = address(&asked(CROSS, "http://127.0.0.1:1/v1/sessions/confirmation"));
    assert_eq!(bed.plain("GET", &elsewhere, &[], "").status, 400);
}
