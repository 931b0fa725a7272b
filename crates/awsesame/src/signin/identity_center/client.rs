//! Prepares a sign-in to a portal: finds the portal's own address, and registers a client.

use awsesame_core::fault::{Fault, SigninFault};
use awsesame_core::signin::identity_center::oidc::refusal;
use awsesame_core::signin::identity_center::record::Record;
use awsesame_core::signin::identity_center::registration::{self, Flow, Registration};
use awsesame_core::signin::identity_center::settings::{Hosts, Portal};
use awsesame_core::signin::identity_center::start_url::{self, Kind as StartUrl};

use super::super::Signing;
use super::PATIENCE;
use crate::aws::http::Request;

impl Signing<'_> {
    /// Returns the portal's own start URL, which may differ from a custom domain.
    pub(super) fn resolved(&self, portal: &Portal) -> Result<String, Fault> {
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

    /// Returns the client of a flow, and registers one if there is none. It is stored before the person signs in.
    pub(super) fn client(
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
}
