//! AWS Sign-In: a console session of the browser becomes credentials of fifteen minutes, which
//! are refreshed without anybody until that session ends. One process of a user does it for
//! all, and always in the Region of the login.

use std::time::Duration;

use awsesame_core::fault::{Fault, NoSession, SigninFault};
use awsesame_core::name::secret::Secret;
use awsesame_core::name::{AccountId, Shown, arn_field};
use awsesame_core::session::{Header, Inputs, Kind};
use awsesame_core::signin::authorize::Authorization;
use awsesame_core::signin::callback;
use awsesame_core::signin::console::{
    Answer, Ask, CROSS_DEVICE, Grant, Place, Refusal, SAME_DEVICE, Variant, answer, refusal,
};
use awsesame_core::signin::dpop::DpopKey;
use awsesame_core::signin::pkce::Pkce;
use zeroize::Zeroizing;

use super::oauth::listener::{Arrival, Listener};
use super::oauth::{name, pkce, random};
use super::requests::ATTEMPTS;
use super::{PATIENCE, SignedIn, Signing};
use crate::os::terminal::{Answer as Typed, Terminal};
use crate::state::lock::Flight;
use crate::ui;

const SERVICE: &str = "AWS Sign-In";
/// A clock that is further off, in seconds, makes proofs that are refused.
const SKEW: i64 = 30;

/// Why there are no new tokens.
struct Trouble {
    fault: Fault,
    /// Whether the session is over, so that nothing of it is worth keeping.
    over: bool,
    /// Whether access was denied, so that not even living credentials are to be served.
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
                            "the credentials are served while they live; {}",
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
        if !self.need.may_ask {
            return Err(self.login_needed(reason));
        }
        let mut flight = flight;
        let signed_in = self.sign_in(&id, session, &mut flight);
        if let (Err(_), Some(flight)) = (&signed_in, flight) {
            flight.give_up();
        }
        signed_in.map(|grant| served(&grant, true))
    }

    /// What an earlier sign-in left.
    fn grant(&self, id: &str) -> Result<Result<Grant, NoSession>, Fault> {
        let now = self.now();
        Ok(self.keyring.vault.grant(id, now)?.and_then(|(header, text)| {
            if header.left(now) <= 0 {
                return Err(NoSession::Expired);
            }
            Grant::from_text(&text).ok_or(NoSession::Damaged)
        }))
    }

    fn keep(&self, id: &str, grant: &Grant) -> Result<(), Fault> {
        let mut header = Header {
            subject: self.plan.subject.clone(),
            kind: Kind::Grant,
            account: AccountId::new(arn_field(&grant.arn, 4).unwrap_or_default()),
            arn: grant.arn.clone(),
            obtained: grant.signed_in,
            expires: grant.ends(),
            mfa_at: None,
            region: None,
            endpoint: None,
            id: id.to_owned(),
            root: id.to_owned(),
            key: awsesame_core::session::seal::KeyId::of(&[0; 32]),
            store: String::new(),
            stamps: Vec::new(),
            inputs: Inputs::default(),
        };
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
            ui::warn(&format!("the refreshed credentials are served but not kept: {fault}"));
        }
        Ok(next)
    }

    fn variant(&self) -> Variant {
        let settings = self.aws.settings();
        Variant { fips: settings.use_fips, dual_stack: settings.use_dualstack }
    }

    /// Somebody signs in.
    fn sign_in(&self, id: &str, session: &str, flight: &mut Option<Flight>) -> Result<Grant, Fault> {
        // Nobody is sent to a browser for what cannot be kept.
        self.keyring.vault.try_out(self.now())?;
        let settings = self.aws.settings();
        let place = Place::new(&settings.region, settings.signin_endpoint.as_deref(), self.variant());
        let trip = Trip { pkce: pkce()?, state: name()?, key: key()? };
        let Some(browser) = self.browser() else {
            let redirect_uri = place.confirmation();
            let address = trip.address(&place, CROSS_DEVICE, &redirect_uri);
            let code = self.pasted(&address, &trip.state)?;
            return self.redeem(id, session, &place, &trip, (CROSS_DEVICE, &redirect_uri), &code);
        };
        let listener = Listener::open()?;
        let redirect_uri = listener.redirect_uri();
        let address = trip.address(&place, SAME_DEVICE, &redirect_uri);
        let _browser = browser.start(&address)?;
        self.tell_address(&address);
        let arrival = self.arrival(&listener, &trip.state, flight)?;
        drop(listener);
        let code = self.code(arrival.callback.clone());
        let grant = code
            .and_then(|code| self.redeem(id, session, &place, &trip, (SAME_DEVICE, &redirect_uri), &code));
        self.show(arrival, &grant);
        grant
    }

    /// The code of an answer that somebody carries over from another machine.
    fn pasted(&self, address: &str, state: &str) -> Result<Secret, Fault> {
        let subject = || self.plan.subject.clone();
        let mut terminal = Terminal::open().ok_or_else(|| self.login_needed(NoSession::Never))?;
        let unreadable = |error: std::io::Error| Fault::Unreadable {
            path: "/dev/tty".to_owned(),
            why: crate::os::file::words(&error),
        };
        let picture = ui::qr::picture(address);
        let picture = picture.as_deref().map(|picture| format!("{picture}\n")).unwrap_or_default();
        let text = format!(
            "{picture}sign in as {} in a browser on any machine:\n\n{address}\n\n",
            self.plan.subject
        );
        terminal.show(&text).map_err(unreadable)?;
        match terminal
            .ask("paste the authorization code from the page: ", Some(PATIENCE))
            .map_err(unreadable)?
        {
            Typed::Line(line) => match callback::read_pasted(&line, state) {
                Ok(callback) => self.code(callback),
                Err(why) => Err(SigninFault::Pasted { subject: subject(), why: why.to_string() }.into()),
            },
            Typed::Cancelled => Err(self.given_up()),
            Typed::TimedOut => {
                let minutes = PATIENCE.as_secs() / 60;
                Err(SigninFault::Abandoned { subject: subject(), minutes }.into())
            }
        }
    }

    /// Makes the code credentials, and keeps them if they are whose they have to be.
    fn redeem(
        &self,
        id: &str,
        session: &str,
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
        let Some(identity) = answer.identity else { return Err(strange("it holds no `idToken`").into()) };
        if identity.arn != session {
            return Err(SigninFault::OtherIdentity {
                subject: self.plan.subject.clone(),
                expected: session.to_owned(),
                actual: identity.arn,
            }
            .into());
        }
        let now = self.now();
        let grant = Grant {
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
        };
        self.keep(id, &grant)?;
        Ok(grant)
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
        let mut trouble = None;
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                std::thread::sleep(Duration::from_millis(200 << attempt));
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

/// What one way to the browser and back is made with.
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
