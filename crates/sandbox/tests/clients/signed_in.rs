//! Tests AWS's own clients with the caches of a sign-in: they refresh a session that is about to expire, and use it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use awsesame_sandbox::{Fault, Fixture, LogEntry, Options, Sandbox};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::browser::npm;
use super::outside;

const FRANK: &str = "arn:aws:iam::123456789012:user/frank";
const VERIFIER: &str = "aaaaaaaaaa-._~BBBBBBBBBB0123456789cccccccccccccccccccccccccccccc";
const CHALLENGE: &str = "91vfi-tbXeuJhU8qP4GTbmjKRdP3hn2TSxdwTKpZx7Q";
const CALLBACK: &str = "http%3A%2F%2F127.0.0.1%3A5000%2Foauth%2Fcallback";

/// A person who is signed in, and the folder with the caches that clients find.
struct SignedIn {
    sandbox: Sandbox,
    home: tempfile::TempDir,
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn iso(seconds: u64) -> String {
    let time = jiff::Timestamp::from_second(i64::try_from(seconds).unwrap()).unwrap();
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Returns the `code` in a redirect.
fn code_in(location: &str) -> &str {
    location.split(['?', '&']).find_map(|pair| pair.strip_prefix("code=")).unwrap()
}

/// Sends JSON, and returns the answer.
fn post(sandbox: &Sandbox, path: &str, header: &str, body: &Value) -> Value {
    let host = sandbox.url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let body = body.to_string();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {host}\r\n{header}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap_or_else(|_| panic!("{text}"))
}

/// Returns the private key as the AWS CLI writes it: SEC 1 in PEM (RFC 5915).
fn pem(key: &SigningKey) -> String {
    let point = key.verifying_key().to_sec1_point(false);
    let der = [
        &[0x30, 0x77, 2, 1, 1, 4, 0x20][..],
        &key.to_bytes(),
        &[0xa0, 0x0a, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7, 0xa1, 0x44, 3, 0x42, 0],
        point.as_bytes(),
    ]
    .concat();
    let text = STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN EC PRIVATE KEY-----\n{}\n-----END EC PRIVATE KEY-----\n", lines.join("\n"))
}

impl SignedIn {
    fn start() -> Self {
        let sandbox = Sandbox::start(Fixture::with_browser(), Options::default()).unwrap();
        let home = tempfile::tempdir().unwrap();
        let config = format!(
            "[profile login]\nregion = us-east-1\nlogin_session = {FRANK}\n\
             [sso-session corp]\nsso_start_url = {}\nsso_region = us-east-1\n\
             [profile sso]\nregion = us-east-1\nsso_session = corp\nsso_account_id = 123456789012\n\
             sso_role_name = ReadOnly\n",
            sandbox.start_url().unwrap()
        );
        std::fs::write(home.path().join("config"), config).unwrap();
        Self { sandbox, home }
    }

    /// Returns the cache of `aws login`, with credentials that are valid for this many seconds.
    fn with_login(self, left: i64) -> Self {
        let key = SigningKey::from_slice(&Sha256::digest("a key for these tests")).unwrap();
        let client = "arn:aws:signin:::devtools/same-device";
        let url = format!(
            "{}/v1/authorize?response_type=code&client_id={client}&state=s&code_challenge_method=SHA-256&scope=openid\
             &redirect_uri={CALLBACK}&code_challenge={CHALLENGE}",
            self.sandbox.url()
        );
        let location = self.sandbox.sign_in(&url, "frank").location.unwrap();
        let point = key.verifying_key().to_sec1_point(false);
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let jwk = json!({
            "kty": "EC",
            "crv": "P-256",
            "x": URL_SAFE_NO_PAD.encode(point.x().unwrap()),
            "y": URL_SAFE_NO_PAD.encode(point.y().unwrap()),
        });
        let claims = json!({ "htm": "POST", "htu": format!("{}/v1/token", self.sandbox.url()), "iat": now(), "jti": "first" });
        let input =
            [part(&json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk })), part(&claims)].join(".");
        let signature: Signature = key.sign(input.as_bytes());
        let proof = format!("DPoP: {input}.{}\r\n", URL_SAFE_NO_PAD.encode(signature.to_bytes()));
        let body = json!({
            "clientId": client,
            "grantType": "authorization_code",
            "code": code_in(&location),
            "codeVerifier": VERIFIER,
            "redirectUri": "http://127.0.0.1:5000/oauth/callback",
        });
        let tokens = post(&self.sandbox, "/v1/token", &proof, &body);
        let mut cache = json!({
            "accessToken": tokens["accessToken"],
            "tokenType": tokens["tokenType"],
            "clientId": client,
            "refreshToken": tokens["refreshToken"],
            "idToken": tokens["idToken"],
            "dpopKey": pem(&key),
        });
        cache["accessToken"]["accountId"] = json!("123456789012");
        cache["accessToken"]["expiresAt"] = json!(iso(now().saturating_add_signed(left)));
        let name = hex(&Sha256::digest(FRANK));
        self.write(&format!(".aws/login/cache/{name}.json"), &cache);
        self
    }

    /// Returns the cache of `aws sso login`, with a token that is valid for this many seconds.
    fn with_portal(self, left: i64) -> Self {
        let own = |client: &Value| json!({ "clientId": client["clientId"], "clientSecret": client["clientSecret"] });
        let start_url = self.sandbox.start_url().unwrap();
        let registration = json!({
            "clientName": "x", "clientType": "public", "scopes": ["sso:account:access"],
            "grantTypes": ["authorization_code", "refresh_token"],
            "redirectUris": ["http://127.0.0.1/oauth/callback"], "issuerUrl": start_url,
        });
        let client = post(&self.sandbox, "/client/register", "", &registration);
        let url = format!(
            "{}/authorize?response_type=code&client_id={}&state=s&code_challenge_method=S256&scopes=sso:account:access\
             &redirect_uri={CALLBACK}&code_challenge={CHALLENGE}",
            self.sandbox.url(),
            client["clientId"].as_str().unwrap()
        );
        let location = self.sandbox.sign_in(&url, "olaf").location.unwrap();
        let mut body = own(&client);
        body["grantType"] = json!("authorization_code");
        body["code"] = json!(code_in(&location));
        body["codeVerifier"] = json!(VERIFIER);
        body["redirectUri"] = json!("http://127.0.0.1:5000/oauth/callback");
        let tokens = post(&self.sandbox, "/token", "", &body);
        let mut cache = own(&client);
        cache["startUrl"] = json!(start_url);
        cache["region"] = json!("us-east-1");
        cache["accessToken"] = tokens["accessToken"].clone();
        cache["refreshToken"] = tokens["refreshToken"].clone();
        cache["expiresAt"] = json!(iso(now().saturating_add_signed(left)));
        cache["registrationExpiresAt"] = json!(iso(now() + 86_400));
        let name = hex(&Sha1::digest("corp"));
        self.write(&format!(".aws/sso/cache/{name}.json"), &cache);
        self
    }

    fn write(&self, file: &str, value: &Value) {
        let path = self.home.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, value.to_string()).unwrap();
    }

    fn program(&self, name: &str, profile: &str) -> Command {
        let mut command = outside::command(name, self.home.path());
        command.env("AWS_PROFILE", profile).env("AWS_REGION", "us-east-1");
        // Go reads those of the services behind a profile by their own names only.
        for name in ["", "_SIGNIN", "_SSO", "_SSO_OIDC"] {
            command.env(format!("AWS_ENDPOINT_URL{name}"), self.sandbox.url());
        }
        // A client that calls AWS itself reaches nothing.
        command.env("HTTPS_PROXY", "http://127.0.0.1:9").env("NO_PROXY", "127.0.0.1");
        command
    }

    /// Returns the number of successful calls of the action.
    fn good(&self, action: &str) -> usize {
        let good = |entry: &&LogEntry| entry.action == action && entry.status == 200;
        self.sandbox.log().iter().filter(good).count()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

const BOTO: &str = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])";
const JS: &str = "const { STSClient, GetCallerIdentityCommand } = require(process.env.MODULES + '/@aws-sdk/client-sts');\
                  new STSClient({}).send(new GetCallerIdentityCommand({})).then((who) => console.log(who.Arn));";

/// A client, if it is installed: what to run for a profile.
type Client = fn(&SignedIn, &str) -> Option<Command>;

fn boto3(signed_in: &SignedIn, profile: &str) -> Option<Command> {
    if !outside::present("python3", &["-c", "import boto3, awscrt"]) {
        outside::skip("boto3 with CRT", "python3 cannot import boto3 and awscrt");
        return None;
    }
    let mut python = signed_in.program("python3", profile);
    python.args(["-c", BOTO]);
    Some(python)
}

fn javascript(signed_in: &SignedIn, profile: &str) -> Option<Command> {
    let Some(modules) = npm("@aws-sdk/client-sts") else {
        outside::skip("@aws-sdk/client-sts", "npm has not installed it");
        return None;
    };
    let mut node = signed_in.program("node", profile);
    node.args(["-e", JS]).env("MODULES", modules);
    Some(node)
}

/// Builds the Go client, if its modules are on this machine. Otherwise the test is skipped.
fn go(signed_in: &SignedIn, profile: &str) -> Option<Command> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/go"));
    let program = signed_in.home.path().join("who");
    let mut build = Command::new("go");
    build.current_dir(folder).args(["build", "-o"]).arg(&program).arg(".");
    // Modules that are not here already are not downloaded.
    build.env("GOPROXY", "off").env("GOFLAGS", "-mod=mod").env("GOSUMDB", "off");
    if !build.output().is_ok_and(|built| built.status.success()) {
        outside::skip(outside::GO, "without Go and its modules the client cannot be built");
        return None;
    }
    Some(signed_in.program(program.to_str().unwrap(), profile))
}

const CLIENTS: [(&str, Client); 3] = [("boto3", boto3), ("JavaScript", javascript), ("Go", go)];

#[test]
fn clients_refresh_a_console_sign_in_and_use_it() {
    for (name, client) in CLIENTS {
        // Go asks only after the end.
        let left = if name == "Go" { -60 } else { 200 };
        let signed_in = SignedIn::start().with_login(left);
        let Some(command) = client(&signed_in, "login") else { continue };
        assert_eq!(outside::stdout_of(command), format!("{FRANK}\n"), "{name}");
        assert_eq!(signed_in.good("CreateOAuth2Token"), 2, "{name}: one for the code, one refresh");
        // The client wrote its refreshed session back, so the next run needs no refresh.
        let again = client(&signed_in, "login").unwrap();
        assert_eq!(outside::stdout_of(again), format!("{FRANK}\n"), "{name}");
        assert_eq!(signed_in.good("CreateOAuth2Token"), 2, "{name}");
    }
}

#[test]
fn clients_refresh_a_token_of_the_portal_and_have_credentials_of_a_role() {
    for (name, client) in CLIENTS {
        let left = if name == "Go" { -60 } else { 200 };
        let signed_in = SignedIn::start().with_portal(left);
        let Some(command) = client(&signed_in, "sso") else { continue };
        let arn = outside::stdout_of(command);
        let start = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_ReadOnly_";
        assert!(arn.starts_with(start) && arn.ends_with("/olaf\n"), "{name}: {arn}");
        assert_eq!(signed_in.good("CreateToken"), 2, "{name}: one for the code, one refresh");
        assert_eq!(signed_in.good("GetRoleCredentials"), 1, "{name}");
    }
}

#[test]
fn clients_are_told_why_a_sign_in_cannot_be_refreshed() {
    for (name, client) in CLIENTS {
        let signed_in = SignedIn::start().with_login(-60);
        signed_in.sandbox.change_password("frank", "another");
        let Some(command) = client(&signed_in, "login") else { continue };
        outside::stderr_of(command);
        let log = signed_in.sandbox.log();
        let last = log.iter().rfind(|entry| entry.action == "CreateOAuth2Token").unwrap();
        assert_eq!(last.error_code.as_deref(), Some("USER_CREDENTIALS_CHANGED"), "{name}");
    }
}

#[test]
fn clients_repeat_a_refresh_whose_answer_was_lost() {
    for (name, client) in CLIENTS {
        let signed_in = SignedIn::start().with_login(-60);
        signed_in.sandbox.fail_next("CreateOAuth2Token", Fault::LoseAnswer);
        let Some(command) = client(&signed_in, "login") else { continue };
        assert_eq!(outside::stdout_of(command), format!("{FRANK}\n"), "{name}");
    }
}
