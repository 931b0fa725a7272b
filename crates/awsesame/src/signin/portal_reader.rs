//! Lists the accounts and roles of a portal, page by page, in several threads, and with the pauses that the portal
//! requests.

use std::time::{Duration, Instant};

use aws_sdk_sts::config::SharedHttpClient;
use awsesame_core::fault::{Fault, SigninFault};
use awsesame_core::name::Subject;
use awsesame_core::name::secret::Secret;
use awsesame_core::signin::Unacceptable;
use awsesame_core::signin::identity_center::portal::{self, Account, Page, Refusal, TOKEN_HEADER, refusal};
use awsesame_core::signin::identity_center::settings::Hosts;
use zeroize::Zeroizing;

use super::identity_center::SERVICE;
use crate::aws::http::{Request, fetch};

/// The time limit for connecting. A request may take twice as long.
const PATIENCE: Duration = Duration::from_secs(8);
/// The time limit for one page, with all the pauses that the portal requests.
const PAGE: Duration = Duration::from_mins(2);
/// The time limit for all pages together, with any number of accounts.
const ALL: Duration = Duration::from_mins(15);
/// The maximum pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The maximum number of pages of a list.
const MOST_PAGES: usize = 1000;

/// A portal that is open.
pub struct PortalReader {
    http: SharedHttpClient,
    hosts: Hosts,
    token: Secret,
    subject: Subject,
    until: Instant,
}

impl PortalReader {
    pub(super) fn new(http: SharedHttpClient, hosts: Hosts, token: Secret, subject: Subject) -> Self {
        Self { http, hosts, token, subject, until: Instant::now() + ALL }
    }

    /// Returns all accounts.
    pub fn accounts(&self) -> Result<Vec<Account>, Fault> {
        self.all(|next| self.hosts.accounts_url(next), portal::accounts)
    }

    /// Returns every role of an account.
    pub fn roles(&self, account: &Account) -> Result<Vec<String>, Fault> {
        self.all(|next| self.hosts.roles_url(&account.id, next), portal::roles)
    }

    fn all<T>(
        &self,
        url: impl Fn(Option<&str>) -> String,
        read: impl Fn(&[u8]) -> Result<Page<T>, Unacceptable>,
    ) -> Result<Vec<T>, Fault> {
        let (mut items, mut next) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let body = self.page(&url(next.as_deref()))?;
            let page = read(&body).map_err(|why| self.strange(&why.to_string()))?;
            items.extend(page.items);
            match page.next {
                // A page whose next page is itself would never end.
                Some(again) if next.as_ref() == Some(&again) => break,
                Some(again) => next = Some(again),
                None => return Ok(items),
            }
        }
        Err(self.strange("its list has no end"))
    }

    fn strange(&self, why: &str) -> Fault {
        SigninFault::Strange { service: SERVICE, why: why.to_owned(), subject: self.subject.clone() }.into()
    }

    fn page(&self, url: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let until = self.until.min(Instant::now() + PAGE);
        let mut pause = Duration::from_millis(250);
        loop {
            let headers = vec![(TOKEN_HEADER, Zeroizing::new(self.token.expose().to_owned()))];
            let subject = self.subject.clone();
            let fetched = fetch(&self.http, Request { headers, ..Request::get(url, PATIENCE) });
            let asked = fetched.as_ref().ok().and_then(|answer| answer.retry_after).unwrap_or_default();
            let fault: Fault = match fetched {
                Ok(answer) if answer.status == 200 => return Ok(answer.body),
                Ok(answer) => match refusal(answer.status, &answer.body) {
                    Refusal::Later(why) => SigninFault::Busy { service: SERVICE, why, subject }.into(),
                    Refusal::Unauthorized => return Err(SigninFault::Over { subject, changed: false }.into()),
                    Refusal::NotAssigned => {
                        let why = format!("HTTP {}", answer.status);
                        return Err(SigninFault::Refused { service: SERVICE, why, subject }.into());
                    }
                    Refusal::Other(why) => {
                        return Err(SigninFault::Refused { service: SERVICE, why, subject }.into());
                    }
                },
                Err(why) => Fault::NoNetwork { endpoint: self.hosts.portal.clone(), why },
            };
            let wait = pause.max(asked);
            if wait > until.saturating_duration_since(Instant::now()) {
                return Err(fault);
            }
            std::thread::sleep(wait);
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }
}
