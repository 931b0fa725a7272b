//! IAM Identity Center: one sign-in for all profiles of a portal, and the credentials of each role with its token. One
//! process refreshes the token for all. The credentials of a role are requested again when they expire.

mod browser;
mod client;
mod device;
mod token;

use std::time::Duration;

use awsesame_core::fault::{Fault, NoSession, SigninFault};
use awsesame_core::name::secret::Secret;
use awsesame_core::name::{AccountId, arn_field};
use awsesame_core::session::servable::{Demands, servable};
use awsesame_core::session::{Kind, Session};
use awsesame_core::signin::identity_center::portal::{self, Refusal, RoleCredentials, TOKEN_HEADER, refusal};
use awsesame_core::signin::identity_center::settings::{Hosts, Portal, PortalRole};
use zeroize::Zeroizing;

use super::requests::wait_again;
use super::{SignedIn, Signing, cli_caches};
use crate::aws::http::{Fetched, Request};
use crate::aws::{self, sts};
use crate::ui;

pub(super) const SERVICE: &str = "IAM Identity Center";
/// The time limit for connecting to the portal. The whole request may take twice as long.
const PATIENCE: Duration = Duration::from_secs(8);
/// The number of attempts if the portal is busy.
const TRIES: u32 = 5;
/// The longest pause between two of them.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The reasons why the portal refuses a request.
enum Trouble {
    /// The token is no longer valid.
    Token,
    /// Any other fault.
    Other { fault: Fault, denied: bool },
}

impl Signing<'_> {
    /// Returns the credentials of a role of a portal.
    pub(super) fn portal(&self, portal: &Portal, role: &PortalRole) -> Result<SignedIn, Fault> {
        let id = self.plan.root_id();
        let cached = self.cached(&id)?;
        if let Some(cached) = &cached
            && !self.need.force
            && !cached.header.wants_renewal(self.now())
        {
            return Ok(served(cached.clone(), false));
        }
        let (token, new) = match self.token(portal) {
            Ok(token) => token,
            // Credentials that are still valid are better than an error about their early renewal.
            Err(fault) => match cached.filter(|_| !self.need.force) {
                Some(cached) => return Ok(served(cached, false)),
                None => return Err(fault),
            },
        };
        let hosts = self.hosts(portal);
        match self.role_credentials(&hosts, &token, role) {
            Ok(given) => self.kept(&id, role, given).map(|session| served(session, new)),
            Err(Trouble::Token) => {
                self.forget_token()?;
                if !self.need.may_ask || new {
                    return Err(
                        SigninFault::Over { subject: self.plan.subject.clone(), changed: false }.into()
                    );
                }
                let (token, _) = self.token(portal)?;
                match self.role_credentials(&hosts, &token, role) {
                    Ok(given) => self.kept(&id, role, given).map(|session| served(session, true)),
                    Err(Trouble::Other { fault, .. }) => Err(fault),
                    Err(Trouble::Token) => Err(self.strange("its own new token is refused")),
                }
            }
            Err(Trouble::Other { fault, denied }) => match cached.filter(|_| !denied && !self.need.force) {
                Some(cached) => {
                    ui::warn(&format!("the credentials are used until they expire; {}", fault.in_one_line()));
                    Ok(served(cached, false))
                }
                None => Err(fault),
            },
        }
    }

    /// Returns the stored session of this role, if it is still valid.
    fn cached(&self, id: &str) -> Result<Option<Session>, Fault> {
        let now = self.now();
        let found = self.keyring.vault.derived(id, now)?;
        Ok(found.ok().filter(|session| servable(&session.header, &Demands::at(now)).is_ok()))
    }

    pub(in crate::signin) fn hosts(&self, portal: &Portal) -> Hosts {
        let settings = self.aws.settings();
        Hosts::new(&portal.region, settings.sso_oidc_endpoint.as_deref(), settings.sso_endpoint.as_deref())
    }

    fn role_credentials(
        &self,
        hosts: &Hosts,
        token: &Secret,
        role: &PortalRole,
    ) -> Result<RoleCredentials, Trouble> {
        let plain = |fault| Trouble::Other { fault, denied: false };
        let answer = self.ask_portal(&hosts.credentials_url(role), token).map_err(plain)?;
        if answer.status == 200 {
            return portal::credentials(&answer.body, self.now())
                .map_err(|why| plain(self.strange(&why.to_string())));
        }
        let subject = || self.plan.subject.clone();
        Err(match refusal(answer.status, &answer.body) {
            Refusal::Unauthorized => Trouble::Token,
            Refusal::NotAssigned => Trouble::Other {
                fault: SigninFault::NotAssigned {
                    subject: subject(),
                    role: role.name.clone(),
                    account: role.account.clone(),
                }
                .into(),
                denied: true,
            },
            Refusal::Later(why) => {
                plain(SigninFault::Busy { service: SERVICE, why, subject: subject() }.into())
            }
            Refusal::Other(why) => {
                plain(SigninFault::Refused { service: SERVICE, why, subject: subject() }.into())
            }
        })
    }

    /// Sends a request to the portal, with pauses if the portal is busy.
    fn ask_portal(&self, url: &str, token: &Secret) -> Result<Fetched, Fault> {
        let mut pause = Duration::from_millis(250);
        for attempt in 1.. {
            let headers = vec![(TOKEN_HEADER, Zeroizing::new(token.expose().to_owned()))];
            let answer = self.send(url, Request { headers, ..Request::get(url, PATIENCE) });
            let again = match &answer {
                Ok(answer) => answer.status == 429 || answer.status >= 500,
                Err(_) => true,
            };
            let asked = answer.as_ref().ok().and_then(|answer| answer.retry_after);
            if !again || attempt == TRIES || !wait_again(pause, asked, SERVICE) {
                return answer;
            }
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
        Err(Fault::Bug { what: "the portal was never asked".to_owned() })
    }

    /// Stores the credentials of a role for all profiles with that role.
    fn kept(&self, id: &str, role: &PortalRole, given: RoleCredentials) -> Result<Session, Fault> {
        // The portal does not return the identity. STS returns it, and no permission is needed for that.
        let arn = sts::caller_identity(self.aws, aws::temporary(&given.credentials))
            .unwrap_or_else(|_| format!("arn:aws:sts::{}:assumed-role/{}/unknown", role.account, role.name));
        let account = AccountId::new(arn_field(&arn, 4).unwrap_or_default());
        if account != role.account {
            let words = format!("the credentials are of account {account}, not {}", role.account);
            return Err(self.strange(&words));
        }
        let now = self.now();
        let mut header = self.header(id, Kind::Portal, account, arn, (now, given.expires));
        let written = self
            .keyring
            .vault
            .keep(&mut header, &given.credentials, now, |bytes| self.keyring.state.write_derived(id, bytes));
        if let Err(fault) = written {
            ui::warn(&format!("the credentials are used but not stored: {fault}"));
        }
        Ok(Session { header, credentials: given.credentials })
    }

    pub(super) fn strange(&self, why: &str) -> Fault {
        let (why, subject) = (why.to_owned(), self.plan.subject.clone());
        SigninFault::Strange { service: SERVICE, why, subject }.into()
    }

    /// Ends the session at the portal itself. If the portal cannot be reached, the session is still deleted here.
    pub(super) fn end_portal_session(&self, portal: &Portal) {
        let Ok(Ok(record)) = self.record() else { return };
        if record.published
            && let Err(fault) = cli_caches::withdraw_token(self.keyring.context, portal)
        {
            ui::warn(&format!("the published session stays: {fault}"));
        }
        let Some(token) = record.token else { return };
        let url = self.hosts(portal).logout_url();
        let headers = vec![(TOKEN_HEADER, Zeroizing::new(token.access.expose().to_owned()))];
        if let Err(fault) = self.post(&url, headers, Zeroizing::default()) {
            ui::warn(&format!("the portal could not be informed: {fault}"));
        }
    }

    pub(super) fn reason_to_sign_in(&self, reason: NoSession) -> Result<(), Fault> {
        if self.need.may_ask { Ok(()) } else { Err(self.login_needed(reason)) }
    }
}

fn served(session: Session, new: bool) -> SignedIn {
    let Session { header, credentials } = session;
    SignedIn {
        kind: Kind::Portal,
        credentials,
        arn: header.arn,
        obtained: header.obtained,
        expires: header.expires,
        new,
    }
}
