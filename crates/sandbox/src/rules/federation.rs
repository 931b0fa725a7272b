//! Tests the sign-in to the console by federation: only roles can use it, and a token is valid for fifteen minutes.

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Keys, Reply, Testbed, sign_in};
use crate::wire::call::Call;
use crate::wire::encoding::percent;

const DEPLOY: &str = "arn:aws:iam::123456789012:role/deploy";

impl Testbed {
    fn federation(&mut self, fields: &[(&str, &str)]) -> Reply {
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", percent(value.as_bytes(), b""))).collect();
        self.send(&Call {
            method: "POST".to_owned(),
            path: "/federation".to_owned(),
            query: String::new(),
            headers: Vec::new(),
            body: Bytes::from(pairs.join("&")),
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
            region: "us-east-1".to_owned(),
            port: 80,
        })
    }

    fn signin_token(&mut self, keys: &Keys) -> Reply {
        let session = json!({ "sessionId": keys.id, "sessionKey": keys.secret, "sessionToken": keys.token });
        self.federation(&[("Action", "getSigninToken"), ("Session", &session.to_string())])
    }

    fn role(&mut self) -> Keys {
        let session = self.mfa_session("alice");
        self.sts(&session, "AssumeRole", &[("RoleArn", DEPLOY), ("RoleSessionName", "web")]).keys()
    }
}

fn token(reply: &Reply) -> String {
    let answer: Value = serde_json::from_slice(&reply.is_ok().body).unwrap();
    answer["SigninToken"].as_str().unwrap().to_owned()
}

#[test]
fn role_signs_in_for_a_quarter_of_an_hour() {
    let mut bed = Testbed::new();
    let role = bed.role();
    let reply = bed.signin_token(&role);
    let token = token(&reply);
    let login = [("Action", "login"), ("SigninToken", token.as_str()), ("Destination", "https://console/")];
    bed.now += 899;
    let page = bed.federation(&login);
    assert!(page.is_ok().text().contains("assumed-role/deploy/web\nhttps://console/"), "{}", page.text());
    bed.now += 1;
    assert_eq!(bed.federation(&login).status, 400);
}

#[test]
fn users_their_sessions_and_what_has_ended_do_not_sign_in() {
    let mut bed = Testbed::new();
    let refused = |reply: &Reply, words: &str| {
        assert_eq!(reply.status, 400);
        assert!(reply.text().contains(words), "{}", reply.text());
    };
    let keys = bed.keys("alice");
    refused(&bed.signin_token(&keys), "not temporary");
    let role = bed.role();
    bed.now += 30;
    let session = bed.mfa_session("alice");
    refused(&bed.signin_token(&session), "Only federation tokens or assume role tokens may be used");
    let forged = Keys { secret: "x".to_owned(), ..role.clone() };
    refused(&bed.signin_token(&forged), "not valid");
    bed.now += 3600;
    refused(&bed.signin_token(&role), "expired");
    refused(&bed.federation(&[("Action", "login"), ("SigninToken", "made-up")]), "not valid");
    refused(&bed.federation(&[("Action", "getSigninToken")]), "no JSON");
}

#[test]
fn role_that_signed_in_has_credentials_for_the_command_line() {
    let mut bed = Testbed::browser();
    let role = bed.role();
    let token = token(&bed.signin_token(&role));
    let login = [("Action", "login"), ("SigninToken", token.as_str()), ("Destination", "https://console/")];
    let page = bed.federation(&login);
    let cookie = page.is_ok().header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let target = sign_in::address(&sign_in::asked(sign_in::SAME, sign_in::CALLBACK));
    let reply = bed.plain("POST", &target, &[("cookie", &cookie)], "session=current");
    let code = sign_in::redirect(&reply).get("code").unwrap().to_owned();
    let client = sign_in::Client::new();
    let tokens = bed.token(&client, &sign_in::redemption(&code));
    let tokens: Value = serde_json::from_slice(&tokens.is_ok().body).unwrap();
    let who = bed.sts(&sign_in::keys(&tokens), "GetCallerIdentity", &[]);
    assert_eq!(who.get("Arn"), "arn:aws:sts::123456789012:assumed-role/deploy/web");
    // The password of a user does not matter here.
    bed.refresh(&client, &tokens["refreshToken"]).is_ok();
}
