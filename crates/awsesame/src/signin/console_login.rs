//! AWS Sign-In: a console session of the browser becomes credentials of fifteen minutes, which
//! are refreshed without anybody until that session ends. One process of a user does it for
//! all, and always in the Region of the login.

use std::time::Duration;

use awsesame_core::fault::{Fault, NoSession, SigninFault};
use awsesame_core::name::secret::Secret;
use awsesame_core::name::{AccountId, Shown, arn_field};
use awsesame_core::session::Kind;
use awsesame_core::signin::authorize::Authorization;
use awsesame_core::signin::callback;
use awsesame_core::signin::console::{
    Answer, Ask, CROSS_DEVICE, Grant, Place, Refusal, SAME_DEVICE, Variant, answer, refusal,
};
use awsesame_core::signin::dpop::DpopKey;
use awsesame_core::signin::login_cache::Cached;
use awsesame_core::signin::pkce::Pkce;
use zeroize::Zeroizing;

use super::oauth::listener::{Arrival, Listener};
use super::oauth::{name, pkce, random};
use super::requests::{ATTEMPTS, wait_again};
use super::{SignedIn, Signing, cli_caches};
use crate::aws::{self, sts};
use crate::state::lock::Flight;
use crate::ui;

const SERVICE: &str = "AWS Sign-In";
/// A clock that is further off, in seconds, makes proofs that are refused.
const SKEW: i64 = 30;

/// Why there are no new tokens.
struct Trouble {
    fault: Fault,
    /// True if the session is over, so that nothing of it is worth keeping.
    over: bool,
    /// True if access was denied, so that not even credentials that are still valid are to be served.
    denied: bool,
}

impl Signing<'_> {
    /// The credentials of a console session, by the ARN that it is for.
    pub(super) fn console(&self, session: &str) -> Result<SignedIn, Fault> {
        let id = self.plan.grant_id().unwrap_or_default();
        let since = self.now();
        let good = |grant: &Grant| {
            if self.need.force { grant.signed_in >= since } else { !grant.wants_refresh(self.now()) }
        };
        if !self.need.force
            && let Ok(grant) = self.grant(&id)?
            && good(&grant)
        {
            return Ok(served(&grant, false));
        }
        let state = self.keyring.state;
        let came = || matches!(self.grant(&id), Ok(Ok(grant)) if good(&grant));
        let flight = self.flight(&came)?;
        let reason = match self.grant(&id)? {
            // Another process brought what we want.
            Ok(grant)
                if good(&grant)
                    && (!self.need.force || flight.as_ref().is_none_or(|flight| flight.waited)) =>
            {
                return Ok(served(&grant, false));
            }
            Ok(_) if self.need.force => NoSession::Unwanted,
            Ok(grant) => match self.refreshed(&id, &grant) {
                Ok(grant) => return Ok(served(&grant, false)),
                Err(Trouble { fault, over, denied }) => {
                    if grant.lives(self.now()) && !denied {
                        ui::warn(&format!(
                            "the credentials are used until they expire; {}",
                            fault.in_one_line()
                        ));
                        return Ok(served(&grant, false));
                    }
                    if over {
                        state.forget(&id)?;
                    }
                    if !over || !self.need.may_ask {
                        return Err(fault);
                    }
                    ui::say(&fault.to_string());
                    NoSession::Expired
                }
            },
            Err(why) => why,
        };
        // What `aws login` left is used while it is good, and never refreshed: its token is not ours.
        if !self.need.force
            && let Some(cached) = cli_caches::console_login(self.keyring.context, session)
            && cached.expires > self.now()
            && self.belongs_to(session, &cached)
        {
            return Ok(borrowed(session, cached, self.now()));
        }
        if !self.need.may_ask {
            return Err(self.login_needed(reason));
        }
        let mut flight = flight;
        let signed_in = self.sign_in(Some(session), &mut flight).and_then(|grant| {
            self.adopt(&id, &grant)?;
            Ok(grant)
        });
        if let (Err(_), Some(flight)) = (&signed_in, flight) {
            flight.give_up();
        }
        signed_in.map(|grant| served(&grant, true))
    }

    /// Returns true if the AWS CLI's credentials are those of this console session. Anybody who can write the file can write
    /// another session's into it; STS says whose they are, and needs no permission for it.
    fn belongs_to(&self, session: &str, cached: &Cached) -> bool {
        let whose = sts::caller_identity(self.aws, aws::temporary(&cached.credentials));
        let why = match whose {
            Ok(arn) if arn == session => return true,
            Ok(arn) => format!("its credentials belong to `{}`", Shown(&arn)),
            Err(answer) => answer.words(),
        };
        ui::warn(&format!("the sign-in in `~/.aws/login/cache` is not used: {why}"));
        false
    }

    /// Returns the grant that an earlier sign-in left.
    fn grant(&self, id: &str) -> Result<Result<Grant, NoSession>, Fault> {
        let now = self.now();
        Ok(self.keyring.vault.grant(id, now)?.and_then(|(header, text)| {
            if header.left(now) <= 0 {
                return Err(NoSession::Expired);
            }
            Grant::from_text(&text).ok_or(NoSession::Damaged)
        }))
    }

    /// Takes away what was written for other tools.
    pub(super) fn withdraw_console(&self) {
        let id = self.plan.grant_id().unwrap_or_default();
        if let Ok(Ok(grant)) = self.grant(&id)
            && grant.published
            && let Err(fault) = cli_caches::withdraw_login(self.keyring.context, &grant)
        {
            ui::warn(&format!("the published session stays: {fault}"));
        }
    }

    fn keep(&self, id: &str, grant: &Grant) -> Result<(), Fault> {
        let account = AccountId::new(arn_field(&grant.arn, 4).unwrap_or_default());
        let times = (grant.signed_in, grant.ends());
        let mut header = self.header(id, Kind::Grant, account, grant.arn.clone(), times);
        self.keyring.vault.keep_grant(&mut header, &grant.to_text(), self.now())
    }

    /// New credentials for the refresh token, kept.
    fn refreshed(&self, id: &str, grant: &Grant) -> Result<Grant, Trouble> {
        let place = Place::new(&grant.region, grant.endpoint.as_deref(), self.variant());
        let answer =
            self.tokens(&place, &grant.client_id, &grant.key, &Ask::Refresh { token: &grant.refresh_token })?;
        let next = grant.refreshed(answer, self.now());
        // The old refresh token is good for a short time more: what cannot be kept is got again.
        if let Err(fault) = self.keep(id, &next) {
            ui::warn(&format!("the refreshed credentials are used but not stored: {fault}"));
        }
        if next.published {
            let published = cli_caches::publish_login(self.keyring.context, &next);
            published.map_err(|fault| Trouble { fault, over: false, denied: false })?;
        }
        Ok(next)
    }

    fn variant(&self) -> Variant {
        let settings = self.aws.settings();
        Variant { fips: settings.use_fips, dual_stack: settings.use_dualstack }
    }

    /// Keeps what a sign-in brought, for other tools too where that was asked for.
    fn adopt(&self, id: &str, grant: &Grant) -> Result<(), Fault> {
        self.keep(id, grant)?;
        if grant.published {
            cli_caches::publish_login(self.keyring.context, grant)?;
        }
        Ok(())
    }

    /// The first sign-in of a profile that has no `login_session` yet. Nothing of it is kept.
    pub fn first(&self) -> Result<Grant, Fault> {
        let flight = self.flight(&|| false)?;
        let mut flight = flight;
        let grant = self.sign_in(None, &mut flight);
        if let (Err(_), Some(flight)) = (&grant, flight) {
            flight.give_up();
        }
        grant
    }

    /// Keeps a first sign-in, once the profile says whose it is.
    pub fn keep_first(&self, grant: &Grant) -> Result<(), Fault> {
        self.adopt(&self.plan.grant_id().unwrap_or_default(), grant)
    }

    /// Somebody signs in, who has to be `session` where that is known.
    fn sign_in(&self, session: Option<&str>, flight: &mut Option<Flight>) -> Result<Grant, Fault> {
        // Nobody is sent to a browser for what cannot be kept.
        self.keyring.vault.try_out(self.now())?;
        let settings = self.aws.settings();
        let place = Place::new(&settings.region, settings.signin_endpoint.as_deref(), self.variant());
        let trip = Trip { pkce: pkce()?, state: name()?, key: key()? };
        let Some(browser) = self.browser() else {
            let redirect_uri = place.confirmation();
            let address = trip.address(&place, CROSS_DEVICE, &redirect_uri);
            let callback =
                self.pasted(&address, "paste the authorization code from the page: ", |pasted| {
                    callback::read_pasted(pasted, &trip.state)
                })?;
            let code = self.code(callback)?;
            return self.redeem(session, &place, &trip, (CROSS_DEVICE, &redirect_uri), &code);
        };
        let mut listener = Listener::open()?;
        let redirect_uri = listener.redirect_uri();
        let address = trip.address(&place, SAME_DEVICE, &redirect_uri);
        let _browser = browser.start(&address)?;
        self.tell_address(&address);
        let arrival = self.arrival(&mut listener, &trip.state, flight)?;
        drop(listener);
        let code = self.code(arrival.callback.clone());
        let grant =
            code.and_then(|code| self.redeem(session, &place, &trip, (SAME_DEVICE, &redirect_uri), &code));
        self.show(arrival, &grant);
        grant
    }

    /// Makes the code credentials, and keeps them if they are whose they have to be.
    fn redeem(
        &self,
        session: Option<&str>,
        place: &Place,
        trip: &Trip,
        (client_id, redirect_uri): (&str, &str),
        code: &Secret,
    ) -> Result<Grant, Fault> {
        let ask = Ask::Redeem { code, verifier: &trip.pkce.verifier, redirect_uri };
        let answer = self.tokens(place, client_id, &trip.key, &ask).map_err(|trouble| trouble.fault)?;
        let strange = |why: &str| SigninFault::Strange {
            service: SERVICE,
            why: why.to_owned(),
            subject: self.plan.subject.clone(),
        };
        let Some(identity) = answer.identity else { return Err(strange("it has no `idToken`").into()) };
        if let Some(expected) = session.filter(|session| *session != identity.arn) {
            let (subject, expected) = (self.plan.subject.clone(), expected.to_owned());
            return Err(SigninFault::OtherIdentity { subject, expected, actual: identity.arn }.into());
        }
        if let Some(expected) = self.need.account.clone().filter(|account| *account != identity.account) {
            let subject = self.plan.subject.clone();
            // The account of a role above it is another matter.
            if self.plan.roles.is_empty() {
                return Err(Fault::PinnedAccount { subject, expected, actual: identity.account });
            }
        }
        let now = self.now();
        Ok(Grant {
            arn: identity.arn,
            region: place.region.clone(),
            endpoint: self.aws.settings().signin_endpoint.clone(),
            client_id: client_id.to_owned(),
            signed_in: now,
            credentials: answer.credentials,
            obtained: now,
            expires: now.saturating_add(answer.seconds),
            refresh_token: answer.refresh_token,
            key: trip.key.clone(),
            id_token: Some(identity.token),
            published: self.way.publish,
        })
    }

    /// Asks for tokens; each attempt has a proof of its own.
    fn tokens(
        &self,
        place: &Place,
        client_id: &str,
        key: &DpopKey,
        ask: &Ask<'_>,
    ) -> Result<Answer, Trouble> {
        let url = place.token_url();
        let plain = |fault: Fault| Trouble { fault, over: false, denied: false };
        let mut offset = 0;
        let (mut trouble, mut asked) = (None, None);
        for attempt in 0..ATTEMPTS {
            if attempt > 0 && !wait_again(Duration::from_millis(200 << attempt), asked.take(), SERVICE) {
                break;
            }
            let proof = Zeroizing::new(key.proof(&url, self.now() + offset, &name().map_err(plain)?));
            let fetched = match self.post(&url, vec![("dpop", proof)], ask.body(client_id)) {
                Ok(fetched) => fetched,
                Err(fault) => {
                    trouble = Some(plain(fault));
                    continue;
                }
            };
            if fetched.status == 200 {
                return answer(&fetched.body).map_err(|why| {
                    let subject = self.plan.subject.clone();
                    plain(SigninFault::Strange { service: SERVICE, why: why.to_string(), subject }.into())
                });
            }
            asked = fetched.retry_after;
            let refused = refusal(fetched.status, &fetched.body);
            let skew = fetched.date.map_or(0, |date| date - self.now());
            match refused {
                // A proof of another time is not taken: the service's own clock counts.
                Refusal::Invalid(_) if skew.abs() > SKEW && offset == 0 => offset = skew,
                Refusal::Later(_) => {}
                _ => return Err(self.trouble(place, refused)),
            }
            trouble = Some(self.trouble(place, refused));
        }
        Err(trouble.unwrap_or_else(|| plain(self.login_needed(NoSession::Expired))))
    }

    fn trouble(&self, place: &Place, refused: Refusal) -> Trouble {
        let subject = self.plan.subject.clone();
        let (over, denied) = (refused.ends_the_session(), refused.denies_access());
        let fault = match refused {
            Refusal::TokenExpired => SigninFault::Over { subject, changed: false },
            Refusal::CredentialsChanged => SigninFault::Over { subject, changed: true },
            Refusal::CodeExpired => SigninFault::CodeLapsed { subject },
            Refusal::InsufficientPermissions => SigninFault::NotPermitted { subject },
            Refusal::Invalid(why) => SigninFault::Invalid { subject, region: place.region.clone(), why },
            Refusal::Later(why) => SigninFault::Busy { service: SERVICE, why, subject },
            Refusal::Other(why) => SigninFault::Refused { service: SERVICE, why, subject },
        };
        Trouble { fault: fault.into(), over, denied }
    }

    /// Tells the browser what became of it.
    fn show(&self, arrival: Arrival, grant: &Result<Grant, Fault>) {
        let subject = &self.plan.subject;
        match grant {
            Ok(grant) => {
                let account = arn_field(&grant.arn, 4).unwrap_or_default();
                let who = Shown(grant.arn.rsplit('/').next().unwrap_or_default()).to_string();
                let sentence = format!("{subject}: {who}, account {account}. You may close this tab.");
                arrival.show(true, "Signed in", &sentence);
            }
            Err(fault) => arrival.show(false, "Not signed in", &format!("{fault}. You may close this tab.")),
        }
    }
}

/// The values that one trip to the browser and back is made with.
struct Trip {
    pkce: Pkce,
    state: String,
    key: DpopKey,
}

impl Trip {
    fn address(&self, place: &Place, client_id: &str, redirect_uri: &str) -> String {
        let asked =
            Authorization { client_id, redirect_uri, state: &self.state, challenge: &self.pkce.challenge };
        asked.console(place.origin())
    }
}

/// A key for one session alone.
fn key() -> Result<DpopKey, Fault> {
    // About one in 128 is drawn again, so this comes to an end.
    for _ in 0..64 {
        let bytes = Zeroizing::new(random::<32>()?);
        if let Some(key) = DpopKey::draw(&bytes) {
            return Ok(key);
        }
    }
    Err(Fault::Bug { what: "no key of the curve in 64 tries".to_owned() })
}

/// The credentials of the AWS CLI's own sign-in. Without the time at which they were obtained, they
/// count as of now.
fn borrowed(session: &str, cached: Cached, now: i64) -> SignedIn {
    let (credentials, expires) = (cached.credentials, cached.expires);
    SignedIn { kind: Kind::SignIn, credentials, arn: session.to_owned(), obtained: now, expires, new: false }
}

fn served(grant: &Grant, new: bool) -> SignedIn {
    SignedIn {
        kind: Kind::SignIn,
        credentials: grant.credentials.clone(),
        arn: grant.arn.clone(),
        obtained: grant.obtained,
        expires: grant.expires,
        new,
    }
}
