//! The token of a portal: what lies there, refreshed where it is time, what `aws sso login`
//! left, or else by a browser. One process of a user does it for all.

use std::time::Duration;

use awsesame_core::fault::{Fault, NoSession, SigninFault};
use awsesame_core::name::AccountId;
use awsesame_core::name::secret::Secret;
use awsesame_core::plan::{Root, SignIn};
use awsesame_core::session::Kind;
use awsesame_core::signin::authorize::Authorization;
use awsesame_core::signin::callback;
use awsesame_core::signin::identity_center::oidc::{Ask, Refusal, Tokens, answer, refusal};
use awsesame_core::signin::identity_center::record::Record;
use awsesame_core::signin::identity_center::registration::{self, Flow, Registration};
use awsesame_core::signin::identity_center::settings::{Hosts, Portal, PortalRole};
use awsesame_core::signin::identity_center::start_url::{self, Kind as StartUrl};
use zeroize::Zeroizing;

use super::super::oauth::listener::Listener;
use super::super::oauth::{name, pkce};
use super::super::requests::{ATTEMPTS, wait_again};
use super::super::{Signing, Through, cli_caches};
use super::{PATIENCE, SERVICE};
use crate::aws::http::Request;
use crate::state::lock::Flight;
use crate::ui;

/// Why there is no new token.
pub(super) enum NoToken {
    /// The service refuses.
    Refused(Refusal),
    /// Nothing usable came.
    Fault(Fault),
}

impl Signing<'_> {
    /// A token that opens the portal, and whether somebody signed in for it just now.
    pub(in crate::signin) fn token(&self, portal: &Portal) -> Result<(Secret, bool), Fault> {
        let since = self.now();
        if let Ok(record) = self.record()?
            && let Some(token) = &record.token
            && !self.need.force
            && !token.wants_refresh(since)
        {
            return Ok((token.access.clone(), false));
        }
        let good = |record: &Record| {
            record.token.as_ref().is_some_and(|token| {
                if self.need.force { token.signed_in >= since } else { !token.wants_refresh(self.now()) }
            })
        };
        let came = || matches!(self.record(), Ok(Ok(record)) if good(&record));
        let flight = self.flight(&came)?;
        let (mut record, mut reason) = match self.record()? {
            Ok(record) => (record, NoSession::Expired),
            Err(reason) => (Record::default(), reason),
        };
        if let Some(token) = record.token.clone() {
            // Another process may have brought what we want.
            let waited = flight.as_ref().is_none_or(|flight| flight.waited);
            if good(&record) && (!self.need.force || waited) {
                return Ok((token.access, false));
            }
            if !self.need.force
                && let Some(token) = self.refreshed_token(portal, &mut record)?
            {
                return Ok((token, false));
            }
        } else if !self.need.force
            && let Some(cached) = cli_caches::portal_token(self.keyring.context, portal)
            && cached.expires > self.now()
        {
            return Ok((cached.access, false));
        }
        if self.need.force {
            reason = NoSession::Unwanted;
        }
        self.reason_to_sign_in(reason)?;
        let mut flight = flight;
        let signed_in = self.sign_in_to(portal, &mut record, &mut flight);
        if let (Err(_), Some(flight)) = (&signed_in, flight) {
            flight.give_up();
        }
        signed_in.map(|token| (token, true))
    }

    /// Returns the record that an earlier sign-in left.
    pub(super) fn record(&self) -> Result<Result<Record, NoSession>, Fault> {
        let id = self.plan.grant_id().unwrap_or_default();
        let now = self.now();
        Ok(self.keyring.vault.grant(&id, now)?.and_then(|(header, text)| {
            if header.left(now) <= 0 {
                return Err(NoSession::Expired);
            }
            Record::from_text(&text).ok_or(NoSession::Damaged)
        }))
    }

    fn keep_record(&self, portal: &Portal, record: &Record) -> Result<(), Fault> {
        let (id, now) = (self.plan.grant_id().unwrap_or_default(), self.now());
        let obtained = record.token.as_ref().map_or(now, |token| token.obtained);
        let times = (obtained, record.ends(now));
        let mut header = self.header(&id, Kind::Grant, AccountId::new(""), portal.start_url.clone(), times);
        self.keyring.vault.keep_grant(&mut header, &record.to_text(), now)
    }

    /// Forgets the token, and the registrations with it.
    pub(super) fn forget_token(&self) -> Result<(), Fault> {
        let id = self.plan.grant_id().unwrap_or_default();
        self.keyring.state.forget(&id).map(drop)
    }

    /// The token after a refresh, or the old one where that fails while it lives. None where
    /// somebody has to sign in again.
    fn refreshed_token(&self, portal: &Portal, record: &mut Record) -> Result<Option<Secret>, Fault> {
        let Some(token) = record.token.clone() else { return Ok(None) };
        let living = token.lives(self.now()).then(|| token.access.clone());
        let (Some(refresh), Some(client)) = (&token.refresh, record.client().cloned()) else {
            return Ok(living);
        };
        if client.expires <= self.now() {
            return Ok(living);
        }
        let fault: Fault =
            match self.tokens_of(&self.hosts(portal), &client, &Ask::Refresh { token: refresh }) {
                Ok(tokens) => {
                    record.refreshed(tokens, self.now());
                    if let Err(fault) = self.keep_record(portal, record) {
                        ui::warn(&format!("the refreshed token is used but not stored: {fault}"));
                    }
                    if record.published {
                        cli_caches::publish_token(self.keyring.context, record, portal)?;
                    }
                    return Ok(record.token.as_ref().map(|token| token.access.clone()));
                }
                // The session at the portal is over, but for what the token itself has left.
                Err(NoToken::Refused(
                    Refusal::InvalidGrant | Refusal::Expired | Refusal::InvalidClient | Refusal::Denied,
                )) => {
                    return Ok(living);
                }
                Err(NoToken::Refused(refused)) => self.refused(refused),
                Err(NoToken::Fault(fault)) => fault,
            };
        match living {
            Some(living) => {
                ui::warn(&format!("the token is used until it expires; {}", fault.in_one_line()));
                Ok(Some(living))
            }
            None => Err(fault),
        }
    }

    /// Somebody signs in. A registration that is refused is made anew, once.
    fn sign_in_to(
        &self,
        portal: &Portal,
        record: &mut Record,
        flight: &mut Option<Flight>,
    ) -> Result<Secret, Fault> {
        self.keyring.vault.try_out(self.now())?;
        let flow = if self.way.through == Through::DeviceCode { Flow::DeviceCode } else { Flow::Browser };
        let start_url = self.resolved(portal)?;
        let hosts = self.hosts(portal);
        for attempt in 0..2 {
            let client = self.client(portal, &hosts, &start_url, flow, record)?;
            let tokens = match flow {
                Flow::Browser => self.by_browser(portal, &hosts, &client, flight),
                Flow::DeviceCode => self.by_device_code(&hosts, &client, &start_url, flight),
            };
            match tokens {
                Ok(tokens) => {
                    let access = tokens.access.clone();
                    record.signed_in(flow, tokens, self.now());
                    record.published |= self.way.publish;
                    self.keep_record(portal, record)?;
                    if record.published {
                        cli_caches::publish_token(self.keyring.context, record, portal)?;
                    }
                    return Ok(access);
                }
                Err(NoToken::Refused(Refusal::InvalidClient)) if attempt == 0 => {
                    *record = Record { browser: None, device: None, ..record.clone() };
                }
                Err(NoToken::Refused(refused)) => return Err(self.refused(refused)),
                Err(NoToken::Fault(fault)) => return Err(fault),
            }
        }
        Err(self.strange("it refuses the registration that it has just made"))
    }

    pub(super) fn refused(&self, refused: Refusal) -> Fault {
        let subject = self.plan.subject.clone();
        match refused {
            Refusal::InvalidGrant | Refusal::Expired => SigninFault::CodeLapsed { subject },
            Refusal::Denied => SigninFault::Declined { subject, why: "access_denied".to_owned() },
            Refusal::Later(why) => SigninFault::Busy { service: SERVICE, why, subject },
            Refusal::Other(why) => SigninFault::Refused { service: SERVICE, why, subject },
            Refusal::SlowDown => SigninFault::Busy { service: SERVICE, why: "slow_down".to_owned(), subject },
            // Only device codes are pending.
            Refusal::Pending => {
                SigninFault::Refused { service: SERVICE, why: "authorization_pending".to_owned(), subject }
            }
            Refusal::InvalidClient => {
                let why = "it does not know this client".to_owned();
                SigninFault::Refused { service: SERVICE, why, subject }
            }
        }
        .into()
    }

    /// The portal's own start URL, where a company has a name of its own for it.
    fn resolved(&self, portal: &Portal) -> Result<String, Fault> {
        let url = &portal.start_url;
        let wrong = |why: String| Fault::from(SigninFault::StartUrl { url: url.clone(), why });
        match start_url::kind(url) {
            Ok(StartUrl::Portal) => Ok(url.clone()),
            Err(why) => Err(wrong(why.to_string())),
            Ok(StartUrl::Vanity) => {
                let ask = |method| self.send(url, Request { method, ..Request::get(url, PATIENCE) });
                let mut answer = ask("HEAD")?;
                if matches!(answer.status, 405 | 501) {
                    answer = ask("GET")?;
                }
                start_url::resolved(answer.location.as_deref()).map_err(|why| wrong(why.to_string()))
            }
        }
    }

    /// The client of a flow, registered now if there is none. It is kept before anybody signs in.
    fn client(
        &self,
        portal: &Portal,
        hosts: &Hosts,
        start_url: &str,
        flow: Flow,
        record: &mut Record,
    ) -> Result<Registration, Fault> {
        let (scopes, now) = (&portal.scopes, self.now());
        if let Some(client) = record.client_of(flow).filter(|client| client.serves(scopes, now)) {
            return Ok(client.clone());
        }
        let named = portal.session.as_deref().unwrap_or("portal");
        let body = registration::body(&format!("awsesame-{named}"), flow, start_url, scopes);
        let answered = self.post(&format!("{}/client/register", hosts.oidc), Vec::new(), body)?;
        if answered.status != 200 {
            return Err(self.refused(refusal(answered.status, &answered.body)));
        }
        let client =
            registration::answer(&answered.body, scopes).map_err(|why| self.strange(&why.to_string()))?;
        record.register(flow, client.clone());
        Ok(client)
    }

    /// A token by the browser on this machine, or by one anywhere whose last address is pasted.
    fn by_browser(
        &self,
        portal: &Portal,
        hosts: &Hosts,
        client: &Registration,
        flight: &mut Option<Flight>,
    ) -> Result<Tokens, NoToken> {
        let (pkce, state) = (pkce()?, name()?);
        let mut listener = Listener::open()?;
        let redirect_uri = listener.redirect_uri();
        let asked = Authorization {
            client_id: &client.client_id,
            redirect_uri: &redirect_uri,
            state: &state,
            challenge: &pkce.challenge,
        };
        let address = asked.identity_center(&hosts.oidc, &portal.scopes);
        let redeem = |code: &Secret| {
            let ask = Ask::Code { code, verifier: &pkce.verifier, redirect_uri: &redirect_uri };
            self.tokens_of(hosts, client, &ask)
        };
        let Some(browser) = self.browser() else {
            let callback = self.pasted(
                &address,
                "the browser stops at a page that it cannot open: paste that page's address here: ",
                |pasted| callback::read_address(pasted, &state),
            )?;
            return redeem(&self.code(callback)?);
        };
        let _browser = browser.start(&address)?;
        self.tell_address(&address);
        let arrival = self.arrival(&mut listener, &state, flight)?;
        drop(listener);
        let tokens = match self.code(arrival.callback.clone()) {
            Ok(code) => redeem(&code),
            Err(fault) => Err(NoToken::Fault(fault)),
        };
        match &tokens {
            Ok(_) => {
                let role =
                    self.role_of_plan().map(|role| format!(", account {}, role {}", role.account, role.name));
                let sentence = format!(
                    "{}{}, at the portal {}. You may close this tab.",
                    self.plan.subject,
                    role.unwrap_or_default(),
                    portal.start_url
                );
                arrival.show(true, "Signed in", &sentence);
            }
            Err(_) => arrival.show(false, "Not signed in", "The terminal says why. You may close this tab."),
        }
        tokens
    }

    /// The role that somebody signs in for. None if it is for all that the portal has.
    fn role_of_plan(&self) -> Option<&PortalRole> {
        match &self.plan.root {
            Root::SignIn(SignIn::Portal(_, role)) if !role.is_any() => Some(role),
            _ => None,
        }
    }

    /// Asks for a token.
    pub(super) fn tokens_of(
        &self,
        hosts: &Hosts,
        client: &Registration,
        ask: &Ask<'_>,
    ) -> Result<Tokens, NoToken> {
        let url = format!("{}/token", hosts.oidc);
        let (mut trouble, mut asked) = (None, None);
        for attempt in 0..ATTEMPTS {
            if attempt > 0 && !wait_again(Duration::from_millis(200 << attempt), asked.take(), SERVICE) {
                break;
            }
            let fetched = match self.post(&url, Vec::new(), Zeroizing::new(ask.body(client).to_string())) {
                Ok(fetched) => fetched,
                Err(fault) => {
                    trouble = Some(NoToken::Fault(fault));
                    continue;
                }
            };
            if fetched.status == 200 {
                return answer(&fetched.body).map_err(|why| NoToken::Fault(self.strange(&why.to_string())));
            }
            asked = fetched.retry_after;
            match refusal(fetched.status, &fetched.body) {
                refused @ Refusal::Later(_) => trouble = Some(NoToken::Refused(refused)),
                refused => return Err(NoToken::Refused(refused)),
            }
        }
        Err(trouble.unwrap_or_else(|| NoToken::Fault(self.login_needed(NoSession::Expired))))
    }
}

impl From<Fault> for NoToken {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
