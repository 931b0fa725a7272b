//! Whether a request to the broker may be answered, and what it asks for: judged by
//! its head alone. Nothing is looked up here, and no body is ever read.
//!
//! A web page can make a browser send requests to loopback. It cannot send a GET with
//! our token, but what it sends is refused by several signs, each enough by itself: the
//! token, the method, a `Host` that is not ours (a name of the page's that was made to
//! point here), and the headers that browsers add to whatever a page asks for.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use subtle::ConstantTimeEq;

use crate::fault::Fault;
use crate::name::{AccountId, ProfileName};
use crate::pin::Pin;
use crate::quote::json;
use crate::secret::Secret;

/// Below this lie the credentials, one path a profile.
const CREDENTIALS: &str = "/v1/credentials/";
/// The same for our own commands, which want to know more of a session.
const SESSIONS: &str = "/v1/sessions/";
/// How the broker is.
pub const STATUS: &str = "/v1/status";

/// What stands for itself in a path or a query.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What comes before a request's body.
#[derive(Debug)]
pub struct Head<'a> {
    /// `GET`, mostly.
    pub method: &'a str,
    /// The target as it was sent: `/v1/credentials/prod?account=123456789012`.
    pub target: &'a str,
    /// Every header; names in lower case.
    pub headers: Vec<(&'a str, &'a [u8])>,
}

/// Where a request came in.
#[derive(Debug, Clone, Copy)]
pub enum Door<'a> {
    /// The loopback address, which every program and every web page here can reach.
    Loopback {
        /// Its port.
        port: u16,
        /// What whoever knocks must know.
        token: &'a Secret,
    },
    /// The unix socket: whose program it is that knocks, the kernel has told already.
    Socket,
}

/// What somebody asks for who may ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Credentials, as AWS's SDKs read them.
    Credentials(ProfileName, Pin),
    /// Credentials with what there is to say of them, for our own commands.
    Session(ProfileName, Pin),
    /// How the broker is.
    Status,
}

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Anything but GET.
    Method,
    /// Another host's name: the page of somebody who has it point here.
    Host,
    /// A browser says that a page wants it.
    Page,
    /// No token, or another one.
    Token,
    /// Nothing lies under that path.
    Target,
}

impl Refusal {
    /// The status of the answer. None is one that clients would try again.
    pub fn status(self) -> u16 {
        match self {
            Self::Method => 405,
            Self::Host | Self::Page => 403,
            Self::Token => 401,
            Self::Target => 404,
        }
    }

    /// The answer's body.
    pub fn body(self) -> String {
        format!("{{\"code\":{},\"message\":{}}}", json(self.code()), json(&self.to_string()))
    }

    /// Its name for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Method => "MethodNotAllowed",
            Self::Host => "WrongHost",
            Self::Page => "WebPage",
            Self::Token => "WrongToken",
            Self::Target => "NotFound",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "refused: only GET is answered here",
            Self::Host => "refused: the Host header names another host",
            Self::Page => "refused: web pages are not answered here",
            Self::Token => "refused: the token is not the broker's",
            Self::Target => "refused: there is nothing under this path",
        })
    }
}

/// What is answered where there is nothing to serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The fault's name, as in `--json`: `login_needed`.
    pub slug: String,
    /// What is the matter.
    pub reason: String,
    /// What to type.
    pub hint: String,
}

impl From<&Fault> for Told {
    fn from(fault: &Fault) -> Self {
        Self { slug: fault.slug(), reason: fault.to_string(), hint: fault.hint() }
    }
}

impl Told {
    /// Whether a login is all that is lacking.
    pub fn needs_login(&self) -> bool {
        const MENDED: [&str; 5] =
            ["login_needed", "store_locked", "other_gave_up", "prompt_timeout", "cancelled"];
        MENDED.contains(&self.slug.as_str())
    }

    /// One line for whoever reads an SDK's error.
    pub fn message(&self) -> String {
        if self.needs_login() {
            return format!("login needed: {}", self.hint);
        }
        format!("{}; {}", self.reason, self.hint)
    }

    /// The answer's body, as the credentials protocol has it. Python's SDK and the CLI
    /// show it as it stands, Go's (Terraform's) its two parts.
    pub fn body(&self) -> String {
        let code: String = self.slug.split('_').map(capitalised).collect();
        format!("{{\"code\":{},\"message\":{}}}", json(&code), json(&self.message()))
    }

    /// The same for our own commands.
    pub fn full_body(&self) -> String {
        let [slug, reason, hint] = [&self.slug, &self.reason, &self.hint].map(|text| json(text));
        format!("{{\"error\":{slug},\"message\":{reason},\"hint\":{hint}}}")
    }
}

/// The status of an answer without credentials: one that no SDK takes for a passing
/// trouble of ours, to be tried again for a long time.
pub const UNSERVED: u16 = 403;

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// Judges a request.
pub fn judge(head: &Head<'_>, door: Door<'_>) -> Result<Asked, Refusal> {
    if head.method != "GET" {
        return Err(Refusal::Method);
    }
    if let Door::Loopback { port, token } = door {
        // A header that is there twice is read by one as the first, by another as the last.
        let host = head.only("host").ok_or(Refusal::Host)?;
        let ours = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        if !ours.iter().any(|name| name.as_bytes() == host) {
            return Err(Refusal::Host);
        }
        let by_a_page = head.headers.iter().any(|(name, value)| match *name {
            "origin" | "referer" => true,
            name => name.starts_with("sec-fetch-") && *value != b"none",
        });
        if by_a_page {
            return Err(Refusal::Page);
        }
        let given = head.only("authorization").unwrap_or_default();
        if !bool::from(given.ct_eq(token.expose().as_bytes())) {
            return Err(Refusal::Token);
        }
    }
    asked(head.target, door).ok_or(Refusal::Target)
}

fn asked(target: &str, door: Door<'_>) -> Option<Asked> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if let Some(name) = path.strip_prefix(CREDENTIALS) {
        return Some(Asked::Credentials(profile(name)?, pin(query)?));
    }
    if matches!(door, Door::Loopback { .. }) {
        return None;
    }
    match path.strip_prefix(SESSIONS) {
        Some(name) => Some(Asked::Session(profile(name)?, pin(query)?)),
        None => (path == STATUS).then_some(Asked::Status),
    }
}

fn profile(name: &str) -> Option<ProfileName> {
    let name = decoded(name)?;
    (!name.is_empty() && !name.contains('\0')).then(|| ProfileName::new(name))
}

/// The pin in a query. What is no pin is refused rather than passed over: a project
/// that misspells its account must not be served without one.
fn pin(query: &str) -> Option<Pin> {
    let mut pin = Pin::default();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=')?;
        let value = decoded(value).filter(|value| !value.is_empty())?;
        match name {
            "account" if pin.account.is_none() => pin.account = Some(AccountId::new(value)),
            "role" if pin.role.is_none() => pin.role = Some(value.into_owned()),
            _ => return None,
        }
    }
    Some(pin)
}

/// Percent-escapes resolved; a path with a `/` of its own is no name.
fn decoded(text: &str) -> Option<Cow<'_, str>> {
    if text.contains('/') {
        return None;
    }
    percent_decode_str(text).decode_utf8().ok()
}

/// The path of a profile's credentials, with the pin that they must agree with.
pub fn credentials_path(profile: &ProfileName, pin: &Pin) -> String {
    path(CREDENTIALS, profile, pin)
}

/// The path by which our own commands ask for a profile's session.
pub fn session_path(profile: &ProfileName, pin: &Pin) -> String {
    path(SESSIONS, profile, pin)
}

fn path(below: &str, profile: &ProfileName, pin: &Pin) -> String {
    let escaped = |text: &str| utf8_percent_encode(text, KEPT).to_string();
    let account = pin.account.as_ref().map(|account| format!("account={}", escaped(account.as_str())));
    let role = pin.role.as_ref().map(|role| format!("role={}", escaped(role)));
    let query: Vec<String> = account.into_iter().chain(role).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{below}{}{mark}{}", escaped(profile.as_str()), query.join("&"))
}

impl<'a> Head<'a> {
    /// A header that is there exactly once.
    fn only(&self, name: &str) -> Option<&'a [u8]> {
        let mut found = self.headers.iter().filter(|(known, _)| *known == name).map(|(_, value)| *value);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "w3-l0ng_en0ugh";

    fn judged(method: &str, target: &str, headers: &[(&str, &str)]) -> Result<Asked, Refusal> {
        let token = Secret::new(TOKEN);
        let headers = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        judge(&Head { method, target, headers }, Door::Loopback { port: 4711, token: &token })
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
        for (name, value, refusal) in [
            ("host", "127.0.0.1", Refusal::Host),
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
        assert_eq!(judged("GET", target, &with("sec-fetch-site", "none")), Ok(dev()));
        for method in ["POST", "PUT", "OPTIONS", "HEAD", "get", "DELETE", "CONNECT"] {
            assert_eq!(judged(method, target, &good), Err(Refusal::Method), "{method}");
        }
    }

    #[test]
    fn header_that_is_there_twice_is_as_good_as_none() {
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
            Told::from(&locked).body(),
            r#"{"code":"LoginNeeded","message":"login needed: awsesame login -p prod"}"#
        );
        assert_eq!(
            Told::from(&locked).full_body(),
            r#"{"error":"login_needed","message":"profile `prod` has a session that has expired","hint":"awsesame login -p prod"}"#
        );
        let full = Told::from(&Fault::KeyringFull);
        assert!(full.message().starts_with("the kernel keyring is full") && !full.needs_login());
    }

    #[test]
    fn what_a_path_is_made_of_can_be_read_back_from_it() {
        let pin = Pin { account: Some(AccountId::new("123456789012")), role: Some("a&b=c/d".into()) };
        for name in ["dev", "a b", "a/b?c#d", "dév", "%41", "..", "a&account=1"] {
            let profile = ProfileName::new(name);
            let head = |target| Head { method: "GET", target, headers: Vec::new() };
            let target = credentials_path(&profile, &pin);
            let asked = judge(&head(&target), Door::Socket);
            assert_eq!(asked, Ok(Asked::Credentials(profile.clone(), pin.clone())), "{target}");
            let target = session_path(&profile, &Pin::default());
            assert_eq!(judge(&head(&target), Door::Socket), Ok(Asked::Session(profile, Pin::default())));
        }
        let status = Head { method: "GET", target: STATUS, headers: Vec::new() };
        assert_eq!(judge(&status, Door::Socket), Ok(Asked::Status));
    }
}
