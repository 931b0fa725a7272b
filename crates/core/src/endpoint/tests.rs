//! Tests requests and their answers, as tables.

use super::*;
use crate::fault::Fault;
use crate::name::AccountId;

const TOKEN: &str = "w3-l0ng_en0ugh";

fn judged(method: &str, target: &str, headers: &[(&str, &str)]) -> Result<Asked, Refusal> {
    let token = Secret::new(TOKEN);
    let headers = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    judge(&Head { method, target, headers }, Channel::Loopback { port: 4711, token: &token })
}

fn dev() -> Asked {
    Asked::Credentials(ProfileName::new("dev"), Pin::default())
}

#[test]
fn only_a_program_that_knows_the_token_is_answered() {
    let good = [("host", "127.0.0.1:4711"), ("authorization", TOKEN)];
    let with = |name, value| -> Vec<(&str, &str)> {
        good.into_iter().filter(|(known, _)| *known != name).chain([(name, value)]).collect()
    };
    let target = "/v1/credentials/dev";
    assert_eq!(judged("GET", target, &good), Ok(dev()));
    assert_eq!(judged("GET", target, &with("host", "localhost:4711")), Ok(dev()));
    assert_eq!(judged("GET", target, &with("host", "127.0.0.1")), Ok(dev()));
    for (name, value, refusal) in [
        ("host", "localhost", Refusal::Host),
        ("host", "127.0.0.1:4712", Refusal::Host),
        ("host", "attacker.example:4711", Refusal::Host),
        ("host", "127.0.0.1:4711.attacker.example", Refusal::Host),
        ("host", "LOCALHOST:4711", Refusal::Host),
        ("host", "", Refusal::Host),
        ("origin", "https://attacker.example", Refusal::Page),
        ("origin", "null", Refusal::Page),
        ("origin", "http://127.0.0.1:4711", Refusal::Page),
        ("referer", "http://127.0.0.1:4711/", Refusal::Page),
        ("sec-fetch-site", "cross-site", Refusal::Page),
        ("sec-fetch-site", "same-origin", Refusal::Page),
        ("sec-fetch-mode", "no-cors", Refusal::Page),
        ("authorization", "", Refusal::Token),
        ("authorization", "w3-l0ng_en0ugi", Refusal::Token),
        ("authorization", "w3-l0ng_en0ugh ", Refusal::Token),
        ("authorization", "w3-l0ng_en0ug", Refusal::Token),
        ("authorization", "Bearer w3-l0ng_en0ugh", Refusal::Token),
    ] {
        assert_eq!(judged("GET", target, &with(name, value)), Err(refusal), "{name}: {value}");
    }
    assert_eq!(judged("GET", target, &good[..1]), Err(Refusal::NoToken));
    assert_eq!(judged("GET", target, &with("sec-fetch-site", "none")), Ok(dev()));
    for method in ["POST", "PUT", "OPTIONS", "HEAD", "get", "DELETE", "CONNECT"] {
        assert_eq!(judged(method, target, &good), Err(Refusal::Method), "{method}");
    }
}

#[test]
fn header_that_occurs_twice_counts_as_missing() {
    let hosts = [("host", "127.0.0.1:4711"), ("host", "127.0.0.1:4711"), ("authorization", TOKEN)];
    assert_eq!(judged("GET", "/v1/credentials/dev", &hosts), Err(Refusal::Host));
    let tokens = [("host", "127.0.0.1:4711"), ("authorization", TOKEN), ("authorization", "other")];
    assert_eq!(judged("GET", "/v1/credentials/dev", &tokens), Err(Refusal::Token));
}

#[test]
fn path_names_a_profile_and_its_pin() {
    let good = [("host", "127.0.0.1:4711"), ("authorization", TOKEN)];
    let of = |profile: &str, account: Option<&str>, role: Option<&str>| {
        let pin = Pin { account: account.map(AccountId::new), role: role.map(str::to_owned) };
        Some(Asked::Credentials(ProfileName::new(profile), pin))
    };
    for (target, asked) in [
        ("/v1/credentials/dev", of("dev", None, None)),
        ("/v1/credentials/a%20b%2Fc", of("a b/c", None, None)),
        ("/v1/credentials/d%C3%A9v", of("dév", None, None)),
        ("/v1/credentials/dev?", of("dev", None, None)),
        ("/v1/credentials/dev?account=123456789012", of("dev", Some("123456789012"), None)),
        ("/v1/credentials/dev?account=1&role=a%2Fb", of("dev", Some("1"), Some("a/b"))),
        ("/v1/credentials/..", of("..", None, None)),
        ("/v1/credentials/dev?accounts=123456789012", None),
        ("/v1/credentials/dev?account=1&account=2", None),
        ("/v1/credentials/dev?account=", None),
        ("/v1/credentials/dev?account", None),
        ("/v1/credentials/", None),
        ("/v1/credentials/a/b", None),
        ("/v1/credentials/%FF", None),
        ("/v1/credentials/a%00b", None),
        ("/v1/credentials", None),
        ("/v1/sessions/dev", None),
        ("/v1/status", None),
        ("http://127.0.0.1:4711/v1/credentials/dev", None),
        ("*", None),
        ("", None),
    ] {
        assert_eq!(judged("GET", target, &good), asked.ok_or(Refusal::Target), "{target}");
    }
}

#[test]
fn whoever_cannot_be_served_is_told_what_to_type() {
    use crate::fault::NoSession;
    use crate::name::Subject;
    let subject = Subject::Profile(ProfileName::new("prod"));
    let locked = Fault::LoginNeeded { subject, reason: NoSession::Expired };
    assert_eq!(
        Unserved::from(&locked).body(),
        r#"{"code":"LoginNeeded","message":"login needed: awsesame login -p prod"}"#
    );
    assert_eq!(
        Unserved::from(&locked).full_body(),
        r#"{"error":"login_needed","message":"profile `prod` has an expired session","hint":"awsesame login -p prod"}"#
    );
    let full = Unserved::from(&Fault::KeyringFull);
    assert!(full.message().starts_with("the kernel keyring is full") && !full.needs_login());
}

#[test]
fn what_a_path_is_made_of_can_be_read_back_from_it() {
    let pin = Pin { account: Some(AccountId::new("123456789012")), role: Some("a&b=c/d".into()) };
    for name in ["dev", "a b", "a/b?c#d", "dév", "%41", "..", "a&account=1"] {
        let profile = ProfileName::new(name);
        let head = |target| Head { method: "GET", target, headers: Vec::new() };
        let target = credentials_path(&profile, &pin);
        let asked = judge(&head(&target), Channel::Socket);
        assert_eq!(asked, Ok(Asked::Credentials(profile.clone(), pin.clone())), "{target}");
        let target = session_path(&profile, &Pin::default());
        assert_eq!(judge(&head(&target), Channel::Socket), Ok(Asked::Session(profile, Pin::default())));
    }
    let status = Head { method: "GET", target: STATUS, headers: Vec::new() };
    assert_eq!(judge(&status, Channel::Socket), Ok(Asked::Status));
}

#[test]
fn what_our_own_commands_ask_is_answered_at_the_socket_alone() {
    let changes = |mark: Option<&str>| Asked::Changes(mark.map(str::to_owned));
    for (target, asked) in [
        (changes_path(None), Some(changes(None))),
        (changes_path(Some("1700-42-3")), Some(changes(Some("1700-42-3")))),
        (SESSIONS.to_owned(), Some(Asked::Sessions)),
        (format!("{SESSIONS}?all=1"), None),
        (format!("{SESSIONS}/"), None),
        ("/v1/changes?until=3".to_owned(), None),
    ] {
        let head = |headers| Head { method: "GET", target: &target, headers };
        assert_eq!(judge(&head(Vec::new()), Channel::Socket), asked.ok_or(Refusal::Target), "{target}");
        let known = vec![("host", &b"127.0.0.1:4711"[..]), ("authorization", TOKEN.as_bytes())];
        let channel = Channel::Loopback { port: 4711, token: &Secret::new(TOKEN) };
        assert_eq!(judge(&head(known), channel), Err(Refusal::Target), "{target}");
    }
}
