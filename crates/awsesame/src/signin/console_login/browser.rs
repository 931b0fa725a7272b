//! Signs a person in to AWS Sign-In by browser, on this machine or on any other, and exchanges the code for tokens.

use awsesame_core::fault::{Fault, SigninFault};
use awsesame_core::name::secret::Secret;
use awsesame_core::name::{Shown, arn_field};
use awsesame_core::signin::authorize::Authorization;
use awsesame_core::signin::callback;
use awsesame_core::signin::console::{Ask, CROSS_DEVICE, Grant, Place, SAME_DEVICE};
use awsesame_core::signin::dpop::DpopKey;
use awsesame_core::signin::pkce::Pkce;
use zeroize::Zeroizing;

use super::super::Signing;
use super::super::oauth::listener::{Arrival, Listener};
use super::super::oauth::{name, pkce, random};
use super::SERVICE;
use crate::state::lock::Flight;

impl Signing<'_> {
    /// Signs a person in. If `session` is given, it must be that person.
    pub(super) fn sign_in(&self, session: Option<&str>, flight: &mut Option<Flight>) -> Result<Grant, Fault> {
        // If the session could not be stored, nobody should be sent to the browser.
        self.keyring.vault.try_out(self.now())?;
        let settings = self.aws.settings();
        let place = Place::new(&settings.region, settings.signin_endpoint.as_deref(), self.variant());
        let secrets = SignInSecrets { pkce: pkce()?, state: name()?, key: key()? };
        let Some(browser) = self.browser() else {
            let redirect_uri = place.confirmation();
            let address = secrets.address(&place, CROSS_DEVICE, &redirect_uri);
            let callback =
                self.pasted(&address, "paste the authorization code from the page: ", |pasted| {
                    callback::read_pasted(pasted, &secrets.state)
                })?;
            let code = self.code(callback)?;
            return self.redeem(session, &place, &secrets, (CROSS_DEVICE, &redirect_uri), &code);
        };
        let mut listener = Listener::open()?;
        let redirect_uri = listener.redirect_uri();
        let address = secrets.address(&place, SAME_DEVICE, &redirect_uri);
        let _browser = browser.start(&address)?;
        self.tell_address(&address);
        let arrival = self.arrival(&mut listener, &secrets.state, flight)?;
        drop(listener);
        let code = self.code(arrival.callback.clone());
        let grant =
            code.and_then(|code| self.redeem(session, &place, &secrets, (SAME_DEVICE, &redirect_uri), &code));
        self.show(arrival, &grant);
        grant
    }

    /// Exchanges the code for credentials, and stores them if they belong to the expected person.
    fn redeem(
        &self,
        session: Option<&str>,
        place: &Place,
        secrets: &SignInSecrets,
        (client_id, redirect_uri): (&str, &str),
        code: &Secret,
    ) -> Result<Grant, Fault> {
        let ask = Ask::Redeem { code, verifier: &secrets.pkce.verifier, redirect_uri };
        let answer = self.tokens(place, client_id, &secrets.key, &ask).map_err(|trouble| trouble.fault)?;
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
            key: secrets.key.clone(),
            id_token: Some(identity.token),
            published: self.way.publish,
        })
    }

    /// Shows the result in the browser.
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
struct SignInSecrets {
    pkce: Pkce,
    state: String,
    key: DpopKey,
}

impl SignInSecrets {
    fn address(&self, place: &Place, client_id: &str, redirect_uri: &str) -> String {
        let asked =
            Authorization { client_id, redirect_uri, state: &self.state, challenge: &self.pkce.challenge };
        asked.console(place.origin())
    }
}

/// Creates a key that is used for one session only.
fn key() -> Result<DpopKey, Fault> {
    // About one draw in 128 is rejected, so the loop ends.
    for _ in 0..64 {
        let bytes = Zeroizing::new(random::<32>()?);
        if let Some(key) = DpopKey::draw(&bytes) {
            return Ok(key);
        }
    }
    Err(Fault::Bug { what: "no key of the curve in 64 tries".to_owned() })
}
