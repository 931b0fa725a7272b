//! The state of AWS Sign-In: the console sessions, the codes and refresh tokens that it gave, and the proofs that it
//! has seen. `services::signin` decides who gets them.

use std::collections::{HashMap, HashSet};

use super::caller::Caller;
use super::id;

/// The cookie that names a console session.
pub(crate) const COOKIE: &str = "sandbox-console";

/// Returns the header that gives a browser its session.
pub(crate) fn cookie(session: &str) -> String {
    format!("{COOKIE}={session}; Path=/; HttpOnly; SameSite=Lax")
}

/// A person who has signed in to the console, with the MFA context of that sign-in.
#[derive(Debug, Clone)]
pub(crate) struct ConsoleSession {
    /// The caller, as with long-term keys, because the credentials that are issued later have their own times.
    pub(crate) caller: Caller,
    /// The ARN of the session, `arn:aws:signin:REGION:ACCOUNT:session/ID`.
    pub(crate) arn: String,
    /// The number of changes of the user's password before the sign-in.
    pub(crate) password: u32,
    /// The time at which it ends, at most 12 hours after it began.
    pub(crate) until: i64,
}

/// An authorization code, good once.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizationCode {
    /// The console session of the code.
    pub(crate) session: String,
    pub(crate) client: String,
    pub(crate) redirect: String,
    /// The base64url of the SHA-256 of the verifier.
    pub(crate) challenge: String,
    pub(crate) region: String,
    pub(crate) until: i64,
}

/// A refresh token and its state.
#[derive(Debug, Clone)]
pub(crate) struct RefreshToken {
    pub(crate) session: String,
    pub(crate) client: String,
    /// The thumbprint of the key that its proofs must be made with.
    pub(crate) key: String,
    pub(crate) region: String,
    /// The time at which it was used, and the answer that is repeated for a short while.
    pub(crate) used: Option<(i64, String)>,
}

/// The state of AWS Sign-In.
#[derive(Debug)]
pub(crate) struct SignIns {
    /// The console sessions, by the value of their cookie.
    pub(crate) sessions: HashMap<String, ConsoleSession>,
    pub(crate) codes: HashMap<String, AuthorizationCode>,
    pub(crate) refresh_tokens: HashMap<String, RefreshToken>,
    /// The `jti` of proofs, with the time until which each is remembered.
    pub(crate) proofs: HashMap<String, i64>,
    /// The unused challenges for passkeys, with the time at which each expires.
    pub(crate) challenges: HashMap<String, i64>,
    /// The private key that signs identity tokens, here and at every OIDC provider.
    pub(crate) signing_key: [u8; 32],
    /// The maximum time for which a console session lasts, in seconds.
    pub(crate) length: u32,
}

impl SignIns {
    pub(super) fn new() -> Self {
        Self {
            sessions: HashMap::new(),
            codes: HashMap::new(),
            refresh_tokens: HashMap::new(),
            proofs: HashMap::new(),
            challenges: HashMap::new(),
            signing_key: id::key(),
            length: 12 * 3600,
        }
    }

    /// Starts a console session, and returns the value of its cookie.
    pub(crate) fn start(&mut self, caller: Caller, region: &str, password: u32, now: i64) -> String {
        let id = id::opaque();
        let arn = format!("arn:aws:signin:{region}:{}:session/{}", caller.account, id::request());
        let until = now + i64::from(self.length);
        let caller = Caller { sign_in: Some(arn.clone()), ..caller };
        self.sessions.insert(id.clone(), ConsoleSession { caller, arn, password, until });
        id
    }

    /// Deletes everything that has expired. Refresh tokens are deleted with their session.
    pub(crate) fn forget_ended(&mut self, now: i64) {
        self.sessions.retain(|_, session| session.until > now);
        self.codes.retain(|_, code| code.until > now);
        self.proofs.retain(|_, until| *until > now);
        self.challenges.retain(|_, until| *until > now);
        let sessions = &self.sessions;
        self.refresh_tokens.retain(|_, token| sessions.contains_key(&token.session));
    }

    /// Ends the sessions of the principal, and with them what could be refreshed.
    pub(crate) fn revoke(&mut self, arn: &str) {
        let ended: HashSet<String> = self
            .sessions
            .iter()
            .filter(|(_, session)| session.caller.arn == arn)
            .map(|(id, _)| id.clone())
            .collect();
        self.sessions.retain(|id, _| !ended.contains(id));
        self.refresh_tokens.retain(|_, token| !ended.contains(&token.session));
    }
}
