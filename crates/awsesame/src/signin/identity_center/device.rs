//! Signs in with a device code, if the user asks for that. It shows the code with a warning about its misuse, and polls
//! the service until the person has answered.

use std::time::{Duration, Instant};

use awsesame_core::fault::{Fault, SigninFault};
use awsesame_core::signin::identity_center::device::{self, Pace};
use awsesame_core::signin::identity_center::oidc::{Ask, Refusal, Tokens, refusal};
use awsesame_core::signin::identity_center::registration::Registration;
use awsesame_core::signin::identity_center::settings::Hosts;

use super::super::Signing;
use super::token::NoToken;
use crate::os::file;
use crate::os::signals::Signals;
use crate::state::lock::Flight;
use crate::ui;

/// The interval at which the program checks whether the person gives up.
const TICK: Duration = Duration::from_millis(50);

impl Signing<'_> {
    /// Gets a token by a code that the user types into a browser on any device.
    pub(super) fn by_device_code(
        &self,
        hosts: &Hosts,
        client: &Registration,
        start_url: &str,
        flight: &mut Option<Flight>,
    ) -> Result<Tokens, NoToken> {
        let url = format!("{}/device_authorization", hosts.oidc);
        let answered = self.post(&url, Vec::new(), device::body(client, start_url))?;
        if answered.status != 200 {
            return Err(NoToken::Refused(refusal(answered.status, &answered.body)));
        }
        let endpoint = self.aws.settings().sso_oidc_endpoint.as_deref();
        let code = device::answer(&answered.body, endpoint).map_err(|why| self.strange(&why.to_string()))?;
        if let Some(picture) = ui::qr::picture(&code.page_with_code, ui::qr::Strokes::here()) {
            ui::talk(&picture);
        }
        ui::say(&format!("open {} and compare the code: {}", code.page_with_code, code.user_code));
        ui::warn(
            "approve a code only if you asked for it yourself just now: otherwise the person who sent it is signed in as you",
        );
        let signals = Signals::watch()
            .map_err(|error| Fault::Bug { what: format!("signals: {}", file::words(&error)) })?;
        let answer = self.poll(hosts, client, &code, &signals);
        if signals.arrived()
            && let Some(flight) = flight.take()
        {
            flight.give_up();
        }
        signals.obey();
        answer
    }

    fn poll(
        &self,
        hosts: &Hosts,
        client: &Registration,
        code: &device::DeviceCode,
        signals: &Signals,
    ) -> Result<Tokens, NoToken> {
        let mut pace = Pace::new(code, self.now());
        loop {
            let refused = match self.tokens_of(hosts, client, &Ask::Device { code: &code.code }) {
                Err(NoToken::Refused(refused)) => refused,
                other => return other,
            };
            let Some(seconds) = pace.after(&refused, self.now()) else {
                return Err(match refused {
                    Refusal::Pending | Refusal::SlowDown | Refusal::Expired => {
                        let minutes = u64::try_from(code.seconds / 60).unwrap_or_default();
                        let subject = self.plan.subject.clone();
                        NoToken::Fault(SigninFault::Abandoned { subject, minutes }.into())
                    }
                    refused => NoToken::Refused(refused),
                });
            };
            let until = Instant::now() + Duration::from_secs(seconds);
            while Instant::now() < until {
                if signals.arrived() {
                    return Err(NoToken::Fault(self.given_up()));
                }
                std::thread::sleep(TICK);
            }
        }
    }
}
