//! The functions of the sandbox for tests of signing in: they sign in without a browser, and change sign-ins
//! afterwards.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::net::TcpListener;

use crate::http::form;
use crate::http::server::{Endpoint, accept};
use crate::http::shared::lock;
use crate::sandbox::Sandbox;
use crate::services::sts::web_identity::{self, Claims};
use crate::wire::answer::Answer;

/// The answer of a page to its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormAnswer {
    /// The HTTP status: 302 if the browser is redirected, and 401 if the sign-in was refused.
    pub status: u16,
    /// The address that the browser is sent to, with the code or the error.
    pub location: Option<String>,
    /// The HTML text of the page.
    pub page: String,
}

impl From<Answer> for FormAnswer {
    fn from(answer: Answer) -> Self {
        let location = answer.headers.iter().find(|(name, _)| *name == "location");
        Self {
            status: answer.status,
            location: location.map(|(_, url)| url.clone()),
            page: String::from_utf8_lossy(&answer.body).into_owned(),
        }
    }
}

impl Sandbox {
    /// Signs `user` in at the page of `url` (an authorization address, or the page for device codes) and allows the
    /// requested access, with the password of the fixture and a fresh code or the passkey.
    ///
    /// Returns the page's answer. The caller follows its `location`, as a browser would.
    ///
    /// # Panics
    /// The function panics if the fixture gives the user no password, or if there is no unspent code.
    pub fn sign_in(&self, url: &str, user: &str) -> FormAnswer {
        match form::sign_in(&self.shared, url, &self.region_of(url), user) {
            Ok(answer) => answer.into(),
            Err(why) => panic!("cannot sign in: {why}"),
        }
    }

    /// Sends these fields to the page of `url`, as a browser sends its form.
    pub fn send_form(&self, url: &str, fields: &[(&str, &str)]) -> FormAnswer {
        form::send(&self.shared, url, &self.region_of(url), fields).into()
    }

    /// Listens for another Region as well, and returns the address of its services.
    ///
    /// # Errors
    /// The function fails if no port is free.
    pub fn listen_in(&self, region: &str) -> io::Result<String> {
        let Some(runtime) = &self.runtime else { return Err(io::ErrorKind::NotConnected.into()) };
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        lock(&self.shared.regions).insert(address.port(), region.to_owned());
        let endpoint = Endpoint { region: region.to_owned(), port: address.port() };
        runtime.spawn(accept(listener, endpoint, Arc::clone(&self.shared)));
        Ok(format!("http://{address}"))
    }

    /// Writes a token of an OIDC provider with any address, for `subject` and `audience`. It expires after the given
    /// seconds.
    pub fn web_identity_token(&self, issuer: &str, subject: &str, audience: &str, seconds: i64) -> String {
        let now = self.shared.clock.now();
        let claims = Claims {
            iss: format!("https://{issuer}"),
            sub: subject.to_owned(),
            aud: audience.to_owned(),
            iat: now,
            exp: now + seconds,
        };
        web_identity::token(&lock(&self.shared.world).sign_ins.signing_key, &claims)
    }

    fn region_of(&self, url: &str) -> String {
        let authority = url.strip_prefix("http://").unwrap_or(url).split('/').next().unwrap_or_default();
        let port = authority.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
        let regions = lock(&self.shared.regions);
        port.and_then(|port| regions.get(&port)).map_or_else(|| "us-east-1".to_owned(), String::clone)
    }

    /// Changes the password of a user of IAM or of Identity Center. Console sign-ins with the old one cannot be
    /// refreshed any more.
    ///
    /// # Panics
    /// The function panics if no user of that name has a password.
    pub fn change_password(&self, user: &str, text: &str) {
        let now = self.shared.clock.now();
        let mut world = lock(&self.shared.world);
        world.password_mut(user).expect("the fixture gives this user a password").change(text, now);
    }

    /// Ends all sign-ins of a user, at the console and at the portal. Credentials remain valid until they expire.
    pub fn revoke_sign_ins(&self, user: &str) {
        let mut world = lock(&self.shared.world);
        let users = world.accounts.values().filter_map(|account| account.users.get(user));
        let arns: Vec<String> = users.map(|user| user.arn.clone()).collect();
        for arn in arns {
            world.sign_ins.revoke(&arn);
        }
        if let Some(center) = &mut world.center {
            center.sessions.retain(|_, session| session.person != user);
        }
    }

    /// Sets the lifetime of new console sign-ins in seconds. It is 12 hours in AWS.
    pub fn set_sign_in_length(&self, seconds: u32) {
        lock(&self.shared.world).sign_ins.length = seconds;
    }

    /// Sets the lifetime of new access tokens of the portal in seconds.
    pub fn set_token_length(&self, seconds: u32) {
        if let Some(center) = &mut lock(&self.shared.world).center {
            center.settings.token_seconds = seconds;
        }
    }

    /// Sets the lifetime of new portal sign-ins in seconds.
    pub fn set_portal_length(&self, seconds: u32) {
        if let Some(center) = &mut lock(&self.shared.world).center {
            center.settings.session_seconds = seconds;
        }
    }

    /// Returns the address of the portal for profiles, if the fixture has Identity Center.
    pub fn start_url(&self) -> Option<String> {
        lock(&self.shared.world).center.as_ref().map(|center| center.settings.start_url.clone())
    }
}
