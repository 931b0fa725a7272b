//! AWS Sign-In: a console session of the browser becomes credentials of fifteen minutes, which are refreshed without a
//! person until that session ends. One process refreshes them for all processes of the user, and always in the Region
//! of the login. The module `browser` signs a person in.

mod browser;

use awsesame_core::fault::{Fault, NoSession, SigninFault};
use awsesame_core::name::{AccountId, Shown, arn_field};
use awsesame_core::session::{Credentials, Kind};
use awsesame_core::signin::console::{Answer, Ask, Grant, Place, Refusal, Variant, answer, refusal};
use awsesame_core::signin::dpop::DpopKey;
use awsesame_core::signin::login_cache::Cached;
use zeroize::Zeroizing;

use super::oauth::name;
use super::requests::{Failed, attempts};
use super::{SignedIn, Signing, cli_caches};
use crate::aws::{self, sts};
use crate::ui;

const SERVICE: &str = "AWS Sign-In";
/// A clock that is further off, in seconds, makes proofs that are refused.
const SKEW: i64 = 30;

/// The reason why there are no new tokens.
struct Trouble {
    fault: Fault,
    /// True if the session is over, so that nothing of it is worth keeping.
    over: bool,
    /// True if access was denied, so that not even valid credentials may be served.
    denied: bool,
}

impl Signing<'_> {
    /// Returns the credentials of a console session, by the ARN that it is for.
    pub(super) fn console(&self, session: &str) -> Result<SignedIn, Fault> {
        let id = self.grant_id.clone();
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
            // Another process has obtained the session.
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
        // The session of `aws login` is used while it is valid, and never refreshed, because its token is not ours.
        if !self.need.force
            && let Some(cached) = cli_caches::console_login(self.keyring.context, session)
            && cached.expires > self.now()
            && self.belongs_to(session, &cached.credentials)
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

    /// Returns true if the AWS CLI's credentials belong to this console session. Anybody who can write the file can
    /// write another session into it. STS returns the identity, and no permission is needed for that.
    fn belongs_to(&self, session: &str, credentials: &Credentials) -> bool {
        let whose = sts::caller_identity(self.aws, aws::temporary(credentials));
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

    /// Deletes the file that was written for other tools.
    pub(super) fn withdraw_console(&self) {
        if let Ok(Ok(grant)) = self.grant(&self.grant_id)
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

    /// Refreshes the credentials with the refresh token, and stores them.
    fn refreshed(&self, id: &str, grant: &Grant) -> Result<Grant, Trouble> {
        // AWS accepts a refresh token once. If another program has used ours, the next one is in its file.
        let theirs = Some(grant).filter(|grant| grant.published);
        let theirs = theirs.and_then(|grant| cli_caches::refreshed_login(self.keyring.context, grant));
        let theirs = theirs.filter(|theirs| self.belongs_to(&grant.arn, &theirs.credentials));
        if let Some(theirs) = theirs.as_ref().filter(|theirs| !theirs.wants_refresh(self.now())) {
            self.keep_or_warn(id, theirs);
            return Ok(theirs.clone());
        }
        let grant = theirs.as_ref().unwrap_or(grant);
        let place = Place::new(&grant.region, grant.endpoint.as_deref(), self.variant());
        let answer =
            self.tokens(&place, &grant.client_id, &grant.key, &Ask::Refresh { token: &grant.refresh_token })?;
        let next = grant.refreshed(answer, self.now());
        self.keep_or_warn(id, &next);
        if next.published {
            let published = cli_caches::publish_login(self.keyring.context, &next);
            published.map_err(|fault| Trouble { fault, over: false, denied: false })?;
        }
        Ok(next)
    }

    /// Stores the result of a refresh. If that fails, there is only a warning: the old refresh token is valid for a
    /// short time, and the refresh can be repeated.
    fn keep_or_warn(&self, id: &str, grant: &Grant) {
        if let Err(fault) = self.keep(id, grant) {
            ui::warn(&format!("the refreshed credentials are used but not stored: {fault}"));
        }
    }

    fn variant(&self) -> Variant {
        let settings = self.aws.settings();
        Variant { fips: settings.use_fips, dual_stack: settings.use_dualstack }
    }

    /// Stores the result of a sign-in, also for other tools if the user asked for that.
    fn adopt(&self, id: &str, grant: &Grant) -> Result<(), Fault> {
        self.keep(id, grant)?;
        if grant.published {
            cli_caches::publish_login(self.keyring.context, grant)?;
        }
        Ok(())
    }

    /// Makes the first sign-in of a profile without a `login_session`. Nothing is stored.
    pub fn first(&self) -> Result<Grant, Fault> {
        let flight = self.flight(&|| false)?;
        let mut flight = flight;
        let grant = self.sign_in(None, &mut flight);
        if let (Err(_), Some(flight)) = (&grant, flight) {
            flight.give_up();
        }
        grant
    }

    /// Stores a first sign-in, after its identity was written to the profile.
    pub fn keep_first(&self, grant: &Grant) -> Result<(), Fault> {
        self.adopt(&self.grant_id, grant)
    }

    /// Requests tokens. Each attempt has a new proof.
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
        attempts(SERVICE, || {
            let name = name().map_err(|fault| Failed::for_good(plain(fault)))?;
            let proof = Zeroizing::new(key.proof(&url, self.now() + offset, &name));
            let fetched = self
                .post(&url, vec![("dpop", proof)], ask.body(client_id))
                .map_err(|fault| Failed::for_now(plain(fault), None))?;
            if fetched.status == 200 {
                return answer(&fetched.body).map_err(|why| {
                    let subject = self.plan.subject.clone();
                    let strange = SigninFault::Strange { service: SERVICE, why: why.to_string(), subject };
                    Failed::for_good(plain(strange.into()))
                });
            }
            let refused = refusal(fetched.status, &fetched.body);
            let skew = fetched.date.map_or(0, |date| date - self.now());
            // A proof of another time is not taken: the service's own clock counts.
            let of_another_time = matches!(refused, Refusal::Invalid(_)) && skew.abs() > SKEW && offset == 0;
            if of_another_time {
                offset = skew;
            }
            let again = of_another_time || matches!(refused, Refusal::Later(_));
            let trouble = self.trouble(place, refused);
            Err(if again { Failed::for_now(trouble, fetched.retry_after) } else { Failed::for_good(trouble) })
        })
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
}

/// Returns the credentials of the AWS CLI's own sign-in. If the time of the sign-in is unknown, the current time is
/// used.
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
