//! Gets the token of a portal: the stored one, refreshed if it is time; the one of `aws sso login`; or else a new one
//! by browser. One process does it for all processes of the user.

use awsesame_core::fault::{Fault, NoSession, SigninFault};
use awsesame_core::name::AccountId;
use awsesame_core::name::secret::Secret;
use awsesame_core::session::Kind;
use awsesame_core::signin::identity_center::oidc::{Ask, Refusal, Tokens, answer, refusal};
use awsesame_core::signin::identity_center::record::Record;
use awsesame_core::signin::identity_center::registration::{Flow, Registration};
use awsesame_core::signin::identity_center::settings::{Hosts, Portal};
use zeroize::Zeroizing;

use super::super::requests::{Failed, attempts};
use super::super::{BrowserPlace, Signing, cli_caches};
use super::SERVICE;
use crate::state::lock::Flight;
use crate::ui;

/// The reason why there is no new token.
pub(super) enum NoToken {
    /// The service refused the request.
    Refused(Refusal),
    /// The request failed, or its answer is unusable.
    Fault(Fault),
}

impl Signing<'_> {
    /// Returns a token for the portal, and whether the person signed in just now.
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
            // Another process may have obtained the token.
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
        let now = self.now();
        Ok(self.keyring.vault.grant(&self.grant_id, now)?.and_then(|(header, text)| {
            if header.left(now) <= 0 {
                return Err(NoSession::Expired);
            }
            Record::from_text(&text).ok_or(NoSession::Damaged)
        }))
    }

    fn keep_record(&self, portal: &Portal, record: &Record) -> Result<(), Fault> {
        let now = self.now();
        let obtained = record.token.as_ref().map_or(now, |token| token.obtained);
        let times = (obtained, record.ends(now));
        let mut header =
            self.header(&self.grant_id, Kind::Grant, AccountId::new(""), portal.start_url.clone(), times);
        self.keyring.vault.keep_grant(&mut header, &record.to_text(), now)
    }

    fn keep_record_or_warn(&self, portal: &Portal, record: &Record) {
        if let Err(fault) = self.keep_record(portal, record) {
            ui::warn(&format!("the refreshed token is used but not stored: {fault}"));
        }
    }

    /// Deletes the token and the registrations.
    pub(super) fn forget_token(&self) -> Result<(), Fault> {
        self.keyring.state.forget(&self.grant_id).map(drop)
    }

    /// Returns the token after a refresh, or the old one if the refresh fails and the old one is still valid. Returns
    /// None if the person must sign in again.
    fn refreshed_token(&self, portal: &Portal, record: &mut Record) -> Result<Option<Secret>, Fault> {
        // A refresh token is valid once. If another program has used ours, the next one is in its file.
        let theirs = Some(&*record).filter(|record| record.published);
        let theirs =
            theirs.and_then(|record| cli_caches::refreshed_token(self.keyring.context, portal, record));
        if let Some(theirs) = theirs {
            let due = theirs.wants_refresh(self.now());
            let access = theirs.access.clone();
            record.token = Some(theirs);
            self.keep_record_or_warn(portal, record);
            if !due {
                return Ok(Some(access));
            }
        }
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
                    self.keep_record_or_warn(portal, record);
                    if record.published {
                        cli_caches::publish_token(self.keyring.context, record, portal)?;
                    }
                    return Ok(record.token.as_ref().map(|token| token.access.clone()));
                }
                // The session at the portal has ended, but the token is valid until it expires.
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

    /// Signs a person in. A registration that the service refuses is replaced once.
    fn sign_in_to(
        &self,
        portal: &Portal,
        record: &mut Record,
        flight: &mut Option<Flight>,
    ) -> Result<Secret, Fault> {
        self.keyring.vault.try_out(self.now())?;
        let flow =
            if self.way.through == BrowserPlace::DeviceCode { Flow::DeviceCode } else { Flow::Browser };
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

    /// Requests a token.
    pub(super) fn tokens_of(
        &self,
        hosts: &Hosts,
        client: &Registration,
        ask: &Ask<'_>,
    ) -> Result<Tokens, NoToken> {
        let url = format!("{}/token", hosts.oidc);
        attempts(SERVICE, || {
            let body = Zeroizing::new(ask.body(client).to_string());
            let fetched = self
                .post(&url, Vec::new(), body)
                .map_err(|fault| Failed::for_now(NoToken::Fault(fault), None))?;
            if fetched.status == 200 {
                let strange = |why: &str| Failed::for_good(NoToken::Fault(self.strange(why)));
                return answer(&fetched.body).map_err(|why| strange(&why.to_string()));
            }
            Err(match refusal(fetched.status, &fetched.body) {
                refused @ Refusal::Later(_) => {
                    Failed::for_now(NoToken::Refused(refused), fetched.retry_after)
                }
                refused => Failed::for_good(NoToken::Refused(refused)),
            })
        })
    }
}

impl From<Fault> for NoToken {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
