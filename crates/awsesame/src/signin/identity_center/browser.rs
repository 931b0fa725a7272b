//! Signs a person in to a portal by browser, on this machine or on any other.

use awsesame_core::name::secret::Secret;
use awsesame_core::plan::{Root, SignIn};
use awsesame_core::signin::authorize::Authorization;
use awsesame_core::signin::callback;
use awsesame_core::signin::identity_center::oidc::{Ask, Tokens};
use awsesame_core::signin::identity_center::registration::Registration;
use awsesame_core::signin::identity_center::settings::{Hosts, Portal, PortalRole};

use super::super::Signing;
use super::super::oauth::listener::Listener;
use super::super::oauth::{name, pkce};
use super::token::NoToken;
use crate::state::lock::Flight;

impl Signing<'_> {
    /// Gets a token with the browser of this machine, or with another one whose last address the person pastes.
    pub(super) fn by_browser(
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

    /// Returns the role for which the person signs in. Returns None for a sign-in to the whole portal.
    fn role_of_plan(&self) -> Option<&PortalRole> {
        match &self.plan.root {
            Root::SignIn(SignIn::Portal(_, role)) if !role.is_any() => Some(role),
            _ => None,
        }
    }
}
